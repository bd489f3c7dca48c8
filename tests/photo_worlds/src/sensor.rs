//! From light to the bytes of a picture: lens blur, movement, noise, JPEG.

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::random::Random;
use crate::world::{Effect, World};

/// One colour of a picture that is not rounded yet.
pub(crate) type Plane = Vec<f32>;

/// A pixel nearby, and its share in a blurred one.
type Tap = (isize, isize, f32);

/// What lens and hand make of a point.
pub(crate) fn blur(
    planes: &mut [Plane; 3],
    size: [u32; 2],
    px_per_mm: f32,
    world: World,
    random: &mut Random,
) {
    let radius_mm = match world.has(Effect::Defocus) {
        true => random.between(0.35, 0.65),
        false => world.defocus_mm() * random.between(0.6, 1.0),
    };
    let moved_mm = match world.has(Effect::Motion) {
        true => random.between(0.45, 0.9),
        false => world.motion_mm() * random.between(0.0, 1.0),
    };
    let way = random.between(0.0, std::f32::consts::PI);
    let (dx, dy) = (
        way.cos() * moved_mm * px_per_mm,
        way.sin() * moved_mm * px_per_mm,
    );
    // A sensor's own pixels are never sharper than this.
    let disc = disc((radius_mm * px_per_mm).max(0.75));
    for plane in planes {
        convolve(plane, size, &disc);
        if 1.0 < dx.hypot(dy) {
            convolve(plane, size, &line(dx, dy));
        }
    }
}

/// A disc of this radius in pixels.
fn disc(radius: f32) -> Vec<Tap> {
    /// Points along the side of a pixel that are in the disc or not.
    const FINE: isize = 8;
    let reach = radius.ceil() as isize;
    let mut taps = Vec::new();
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let inside = (0..FINE * FINE).filter(|i| {
                let at = |whole: isize, part: isize| {
                    whole as f32 - 0.5 + (part as f32 + 0.5) / FINE as f32
                };
                at(dx, i % FINE).hypot(at(dy, i / FINE)) < radius
            });
            taps.push((dx, dy, inside.count() as f32));
        }
    }
    whole(taps)
}

/// A line of this extent in pixels.
fn line(dx: f32, dy: f32) -> Vec<Tap> {
    let steps = (dx.hypot(dy) * 2.0).ceil();
    let mut taps: Vec<Tap> = Vec::new();
    for i in 0..=steps as usize {
        let t = i as f32 / steps - 0.5;
        let (x, y) = (t * dx, t * dy);
        for (ox, oy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (px, py) = (x.floor() + ox, y.floor() + oy);
            let share = (1.0 - (x - px).abs()) * (1.0 - (y - py).abs());
            let (px, py) = (px as isize, py as isize);
            match taps.iter_mut().find(|tap| (tap.0, tap.1) == (px, py)) {
                Some(tap) => tap.2 += share,
                None => taps.push((px, py, share)),
            }
        }
    }
    whole(taps)
}

/// The taps that matter, with shares that sum up to 1.
fn whole(mut taps: Vec<Tap>) -> Vec<Tap> {
    let sum: f32 = taps.iter().map(|tap| tap.2).sum();
    taps.iter_mut().for_each(|tap| tap.2 /= sum);
    taps.retain(|tap| 1e-4 < tap.2);
    taps
}

fn convolve(plane: &mut Plane, [w, h]: [u32; 2], taps: &[Tap]) {
    let (w, h) = (w as usize, h as usize);
    let reach = |part: fn(&Tap) -> isize| {
        taps.iter()
            .map(part)
            .map(isize::unsigned_abs)
            .max()
            .unwrap_or(0)
    };
    let (side, above) = (reach(|tap| tap.0), reach(|tap| tap.1));
    let stride = w + 2 * side;
    let padded: Vec<f32> = (0..h + 2 * above)
        .flat_map(|y| {
            let row = &plane[y.saturating_sub(above).min(h - 1) * w..][..w];
            let first = std::iter::repeat_n(row[0], side);
            let last = std::iter::repeat_n(row[w - 1], side);
            first.chain(row.iter().copied()).chain(last)
        })
        .collect();
    for (y, out) in plane.chunks_exact_mut(w).enumerate() {
        out.fill(0.0);
        for (dx, dy, share) in taps {
            let row = (y + above).wrapping_add_signed(*dy) * stride + side.wrapping_add_signed(*dx);
            for (out, v) in out.iter_mut().zip(&padded[row..row + w]) {
                *out += share * v;
            }
        }
    }
}

/// Counts photons: rounds the planes with noise, more of it in bright places, part of it in all colours alike.
pub(crate) fn expose(
    planes: &[Plane; 3],
    size: [u32; 2],
    world: World,
    random: &mut Random,
) -> RgbImage {
    const DRAWS: usize = 1 << 14;
    let strength = world.noise() * random.between(0.6, 1.0);
    let draws: Vec<f32> = (0..DRAWS).map(|_| strength * random.normal()).collect();
    let mut state = random.number() | 1;
    let mut picture = RgbImage::new(size[0], size[1]);
    let mut before = 0.0;
    for (i, pixel) in picture.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        // Numbers of Marsaglia's xorshift are random enough to choose among draws.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let draw = |shift: u32| draws[(state >> shift) as usize % DRAWS];
        // Neighbours share what the sensor's colour filter mixes.
        let grey = draw(0);
        let shared = 0.85 * grey + 0.5 * before;
        before = grey;
        for (c, (out, shift)) in pixel.iter_mut().zip([14, 28, 42]).enumerate() {
            let v = planes[c][i];
            let more = 0.7 + 0.3 * (v / 160.0).clamp(0.0, 1.6);
            *out = (v + more * (shared + 0.3 * draw(shift)) + 0.5) as u8;
        }
    }
    picture
}

/// Packs a picture as a phone does.
pub(crate) fn jpeg(picture: &RgbImage, world: World, random: &mut Random) -> Vec<u8> {
    let quality = (world.jpeg_quality() + random.between(-3.0, 3.0)) as u8;
    let mut bytes = Vec::new();
    // Writing into memory fails for no picture that has pixels.
    let _ = JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture);
    bytes
}
