//! A grey crop of a page, packed for a thin line with what the ink of the same place already says.
//!
//! The ink, blurred a little and as dark as the crop's ink is on average, is a first guess of the crop; what it misses
//! goes through a wavelet transform, is rounded to whole steps and coded bit by bit. Loss is in the rounding only.
//!
//! ```text
//! u8 step       grey levels to a step of the quantiser, from 1
//! u8 darkness   of ink, 255 being black
//! bits          coefficients, coarsest band first
//! ```

use image::GrayImage;

use super::wavelet::{self, Band, LEVELS, Plane};
use crate::arithmetic::{BitCoder, BitReader, BitWriter, Chance, Mixer};

const HEADER_LEN: usize = 2;

/// Coefficients beyond this many steps are cut off; a crop of 255 levels has none.
const STEPS_LIMIT: i32 = 4095;

/// A little more than half a step is rounded to nothing: it costs most and shows least.
const DEAD_ZONE: f32 = 0.62;

/// How many bits a chance of the coefficients remembers.
const MEMORY: u16 = 255;

/// Packs `crop`, whose ink is `ink` (0 where there is ink, of the same size), in steps of `step` grey levels.
pub(super) fn encode(crop: &GrayImage, ink: &GrayImage, step: u8) -> Vec<u8> {
    let step = step.max(1);
    let darkness = darkness(crop, ink);
    let guess = guess(ink, darkness);
    let (w, h) = (crop.width() as usize, crop.height() as usize);
    let mut plane = Plane {
        w,
        h,
        values: crop
            .as_raw()
            .iter()
            .zip(&guess)
            .map(|(&v, guess)| f32::from(v) - guess)
            .collect(),
    };
    plane.forward();
    let scale = f32::from(step);
    let mut steps: Vec<i32> = plane
        .values
        .iter()
        .map(|v| {
            let size = (v.abs() / scale + 1.0 - DEAD_ZONE).floor();
            (size.copysign(*v) as i32).clamp(-STEPS_LIMIT, STEPS_LIMIT)
        })
        .collect();
    let mut writer = BitWriter::new();
    code(&mut writer, &mut steps, ink, w, h);
    let mut out = vec![step, darkness];
    out.extend(writer.finish());
    out
}

/// Unpacks what [`encode`] packed with the same `ink`; `None` if the bytes are too few or too many.
pub(super) fn decode(bytes: &[u8], ink: &GrayImage) -> Option<GrayImage> {
    let (&[step, darkness], bits) = bytes.split_first_chunk::<HEADER_LEN>()?;
    let (w, h) = (ink.width() as usize, ink.height() as usize);
    let mut steps = vec![0; w * h];
    let mut reader = BitReader::new(bits);
    code(&mut reader, &mut steps, ink, w, h);
    if !reader.is_at_end() {
        return None;
    }
    let scale = f32::from(step.max(1));
    let mut plane = Plane {
        w,
        h,
        values: steps.iter().map(|&v| v as f32 * scale).collect(),
    };
    plane.back();
    let pixels = plane
        .values
        .iter()
        .zip(guess(ink, darkness))
        .map(|(v, guess)| (v + guess).round().clamp(0.0, 255.0) as u8)
        .collect();
    GrayImage::from_raw(ink.width(), ink.height(), pixels)
}

/// How dark the ink of `crop` is on average.
fn darkness(crop: &GrayImage, ink: &GrayImage) -> u8 {
    let (mut sum, mut count) = (0, 0);
    for (&v, &ink) in crop.as_raw().iter().zip(ink.as_raw()) {
        if ink == 0 {
            sum += u64::from(255 - v);
            count += 1;
        }
    }
    sum.checked_div(count).map_or(0, |mean| mean as u8)
}

/// The crop as the ink alone lets it expect: paper is 255.
fn guess(ink: &GrayImage, darkness: u8) -> Vec<f32> {
    let (w, h) = (ink.width() as usize, ink.height() as usize);
    let mut soft: Vec<f32> = ink
        .as_raw()
        .iter()
        .map(|&v| if v == 0 { 1.0 } else { 0.0 })
        .collect();
    // 1 2 1 across and down.
    for (step, count) in [(1, w), (w, h)] {
        let old = soft.clone();
        for (at, value) in soft.iter_mut().enumerate() {
            let place = at / step % count;
            let before = if place == 0 { at } else { at - step };
            let after = if place + 1 == count { at } else { at + step };
            *value = (old[before] + 2.0 * old[at] + old[after]) / 4.0;
        }
    }
    // The mean over ink pixels counts their pale rims, so the middle is darker than the mean.
    soft.iter()
        .map(|v| 255.0 - v * f32::from(darkness) * 1.2)
        .collect()
}

/// Codes the coefficients of a picture of `w` × `h`; a reader fills them in.
fn code(coder: &mut impl BitCoder, steps: &mut [i32], ink: &GrayImage, w: usize, h: usize) {
    let mut model = Model::new();
    let inked = near_ink(ink);
    for band in wavelet::bands(w, h) {
        for y in 0..band.h {
            for x in 0..band.w {
                let at = (band.top + y) * w + band.left + x;
                let here = Place::of(steps, w, band, x, y, &inked);
                steps[at] = model.coefficient(coder, &here, steps[at]);
            }
        }
    }
}

/// For each level, how much ink is near: per coefficient 0, 1 or 2.
fn near_ink(ink: &GrayImage) -> Vec<(usize, Vec<u8>)> {
    let (mut w, mut h) = (ink.width() as usize, ink.height() as usize);
    let mut cover: Vec<u8> = ink.as_raw().iter().map(|&v| u8::from(v == 0)).collect();
    let mut levels = Vec::new();
    for _ in 0..LEVELS {
        let (cw, ch) = (w.div_ceil(2), h.div_ceil(2));
        let mut coarse = vec![0_u8; cw * ch];
        let mut any = vec![0_u8; cw * ch];
        for y in 0..h {
            for x in 0..w {
                coarse[y / 2 * cw + x / 2] |= cover[y * w + x];
            }
        }
        for y in 0..ch {
            for x in 0..cw {
                let mut count = 0;
                for v in y.saturating_sub(1)..(y + 2).min(ch) {
                    for u in x.saturating_sub(1)..(x + 2).min(cw) {
                        count += coarse[v * cw + u];
                    }
                }
                any[y * cw + x] = coarse[y * cw + x] + u8::from(count > 0);
            }
        }
        levels.push((cw, any));
        (w, h, cover) = (cw, ch, coarse);
    }
    levels
}

/// What is known of a coefficient before it is coded.
struct Place {
    level: usize,
    /// Sizes around, 0 to 8.
    near: usize,
    /// Size of the coefficient of the coarser level at the same place, 0 to 2.
    parent: usize,
    /// 0 without ink, 1 beside it, 2 on it.
    inked: usize,
}

impl Place {
    fn of(
        steps: &[i32],
        w: usize,
        band: Band,
        x: usize,
        y: usize,
        inked: &[(usize, Vec<u8>)],
    ) -> Self {
        let size = |dx: usize, dy: usize, back: usize| -> u32 {
            // The neighbour `back` columns left of `x` plus `dx`, `dy` rows above.
            let Some(column) = (x + dx).checked_sub(back).filter(|&column| column < band.w) else {
                return 0;
            };
            if dy > y {
                return 0;
            }
            steps[(band.top + y - dy) * w + band.left + column].unsigned_abs()
        };
        let near = 2 * size(0, 0, 1)
            + 2 * size(0, 1, 0)
            + size(0, 1, 1)
            + size(1, 1, 0)
            + size(0, 0, 2).min(2)
            + size(0, 2, 0).min(2);
        let level = (band.level as usize).min(LEVELS as usize - 1);
        let (across, cover) = &inked[level];
        // In the band of a level stand coefficients of half its pixels.
        let mark = cover.get(y * across + x).copied().unwrap_or(0);
        let parent = || -> usize {
            if band.level >= LEVELS - 1 {
                return 0;
            }
            // The coarser band of the same kind begins at half of this one's place and has half of its size.
            let half = |from: usize, length: usize, at: usize| {
                let count = if from == 0 {
                    length.div_ceil(2)
                } else {
                    from / 2
                };
                count
                    .checked_sub(1)
                    .map(|last| from.div_ceil(2) + (at / 2).min(last))
            };
            let (column, row) = (half(band.left, band.w, x), half(band.top, band.h, y));
            let Some(at) = column.zip(row).map(|(column, row)| row * w + column) else {
                return 0;
            };
            steps[at].unsigned_abs().min(2) as usize
        };
        Self {
            level: band.level as usize,
            near: match near {
                0..=4 => near as usize,
                5..=6 => 5,
                7..=9 => 6,
                10..=15 => 7,
                _ => 8,
            },
            parent: parent(),
            inked: usize::from(mark.min(2)),
        }
    }
}

/// Levels, the coarsest band's own among them.
const KINDS: usize = LEVELS as usize + 1;

struct Model {
    zero: [Vec<Chance>; 3],
    zero_mixer: Mixer<3>,
    more: Vec<Chance>,
    large: Vec<Chance>,
}

impl Model {
    fn new() -> Self {
        Self {
            zero: [
                vec![Chance::EVEN; KINDS * 9],
                vec![Chance::EVEN; KINDS * 9],
                vec![Chance::EVEN; 9 * 9],
            ],
            zero_mixer: Mixer::new(KINDS, 6, MEMORY),
            more: vec![Chance::EVEN; 3 * 9],
            large: vec![Chance::EVEN; 16],
        }
    }

    fn coefficient(&mut self, coder: &mut impl BitCoder, at: &Place, value: i32) -> i32 {
        let size = value.unsigned_abs();
        let [by_near, by_ink, by_both] = &mut self.zero;
        let ink = at.parent * 3 + at.inked;
        let any = self.zero_mixer.code(
            coder,
            at.level,
            [
                &mut by_near[at.level * 9 + at.near],
                &mut by_ink[at.level * 9 + ink],
                &mut by_both[at.near * 9 + ink],
            ],
            size > 0,
        );
        if !any {
            return 0;
        }
        let negative = coder.code(1 << 15, value < 0);
        // 1 and 2 by flags of their own; what is larger by its length in bits, then its bits.
        let mut found = 1;
        for flag in 0..3 {
            let chance = &mut self.more[flag * 9 + at.near];
            if !chance.code(coder, size > found, MEMORY) {
                return if negative {
                    -(found as i32)
                } else {
                    found as i32
                };
            }
            found += 1;
        }
        let rest = size.saturating_sub(found) + 1;
        let mut bits = 0;
        while bits < 12 && self.large[bits].code(coder, rest >> (bits + 1) > 0, MEMORY) {
            bits += 1;
        }
        let mut said = 1_u32;
        for bit in (0..bits).rev() {
            said = said << 1 | u32::from(coder.code(1 << 15, rest >> bit & 1 == 1));
        }
        let size = (found + said - 1).min(STEPS_LIMIT as u32) as i32;
        if negative { -size } else { size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn crop_and_ink() -> impl Strategy<Value = (GrayImage, GrayImage)> {
        (1_u32..60, 1_u32..50).prop_flat_map(|(w, h)| {
            let count = (w * h) as usize;
            let crop = proptest::collection::vec(any::<u8>(), count);
            let ink = proptest::collection::vec(prop_oneof![Just(0_u8), Just(255)], count);
            (crop, ink).prop_map(move |(crop, ink)| {
                let picture = |pixels| GrayImage::from_raw(w, h, pixels).expect("w x h pixels");
                (picture(crop), picture(ink))
            })
        })
    }

    proptest! {
        #[test]
        fn a_crop_comes_back_within_a_few_steps((crop, ink) in crop_and_ink(), step in 1_u8..40) {
            let back = decode(&encode(&crop, &ink, step), &ink).expect("a whole header");
            // Rounding errors of one place meet in a pixel from all bands; their mean stays below a step.
            let miss: f64 = crop
                .as_raw()
                .iter()
                .zip(back.as_raw())
                .map(|(&a, &b)| f64::from(a.abs_diff(b)))
                .sum();
            prop_assert!(miss / f64::from(crop.width() * crop.height()) <= f64::from(step));
        }

        #[test]
        fn arbitrary_bytes_never_panic((_, ink) in crop_and_ink(), bytes: Vec<u8>) {
            if let Some(crop) = decode(&bytes, &ink) {
                prop_assert_eq!(crop.dimensions(), ink.dimensions());
            }
        }
    }

    #[test]
    fn ink_that_looks_as_expected_costs_next_to_nothing() {
        let ink = GrayImage::from_fn(120, 60, |x, _| {
            image::Luma([if x % 40 < 6 { 0 } else { 255 }])
        });
        let mut crop = GrayImage::new(120, 60);
        for (pixel, guess) in crop.iter_mut().zip(guess(&ink, 180)) {
            *pixel = guess as u8;
        }
        let bytes = encode(&crop, &ink, 24);
        assert!(bytes.len() < 60, "{} bytes", bytes.len());
    }
}
