//! A layer of ink over a sheet: how much of it lies where.

use image::{GrayImage, Luma};

use crate::random::{Random, Smooth};

/// A point on the form in millimetres, x to the right and y down.
pub(crate) type Mm = [f32; 2];

/// Ink of one colour over a sheet; 0 is none, 255 is what covers all.
pub(crate) struct Ink {
    pub(crate) density: GrayImage,
    /// Pixels to a millimetre of the form.
    px_per_mm: f32,
    /// Where the form's upper left corner lies, in pixels.
    origin: [f32; 2],
}

/// What strokes are drawn with.
#[derive(Debug, Clone)]
pub(crate) struct Pen {
    pub(crate) width_mm: f32,
    /// 0 leaves nothing, 1 is full ink.
    pub(crate) darkness: f32,
    /// How dark a light tick is, in those that a pen leaves on the paper under it.
    pub(crate) light: f32,
    /// Share of a stroke at which the pen gives no ink.
    pub(crate) skips: f32,
    /// Where on a stroke it does and where it does not.
    pub(crate) flow: Smooth,
}

impl Pen {
    /// The pen that a person has at hand.
    pub(crate) fn usual(random: &mut Random) -> Self {
        Self {
            width_mm: random.between(0.45, 0.8),
            darkness: random.between(0.78, 1.0),
            light: 1.0,
            skips: 0.0,
            flow: Smooth::new(random),
        }
    }

    /// The same pen with other strokes.
    pub(crate) fn with(&self, width_mm: f32, darkness: f32) -> Self {
        Self {
            width_mm,
            darkness,
            ..self.clone()
        }
    }

    /// Ink at this many millimetres along a stroke.
    fn at(&self, along_mm: f32, start: f32) -> f32 {
        let flow = self.flow.at(along_mm * 0.7, start);
        let pressure = self.darkness * (0.93 + 0.07 * flow);
        if self.skips == 0.0 {
            return pressure;
        }
        let gap = ((flow + 1.0) / 2.0 - 0.8 * self.skips) * 8.0;
        pressure * gap.clamp(0.04, 1.0)
    }
}

impl Ink {
    pub(crate) fn new(size: (u32, u32), px_per_mm: f32, origin: [f32; 2]) -> Self {
        Self {
            density: GrayImage::new(size.0, size.1),
            px_per_mm,
            origin,
        }
    }

    /// Another layer over the same sheet, without ink.
    pub(crate) fn empty(&self) -> Self {
        Self::new(self.density.dimensions(), self.px_per_mm, self.origin)
    }

    /// How much ink lies at `p`, 0 to 1.
    pub(crate) fn at(&self, p: Mm) -> f32 {
        let [x, y] = [0, 1].map(|axis| (p[axis] * self.px_per_mm + self.origin[axis]) as u32);
        let pixel = self.density.get_pixel_checked(x, y);
        pixel.map_or(0.0, |pixel| f32::from(pixel.0[0]) / 255.0)
    }

    /// Draws a smooth stroke through `points`; gives the share of it that a pen which skips left, 0 to 1.
    pub(crate) fn stroke(&mut self, points: &[Mm], pen: &Pen) -> f32 {
        let start = points.first().map_or(0.0, |p| p[0] * 3.1 + p[1] * 1.7);
        let (mut along, mut left) = (0.0, 0.0);
        for pair in curve(points).windows(2) {
            let [a, b] = [pair[0], pair[1]];
            let length = (b[0] - a[0]).hypot(b[1] - a[1]);
            let dark = pen.at(along + length / 2.0, start);
            self.segment(a, b, pen.width_mm, dark);
            along += length;
            left += dark / pen.darkness * length;
        }
        left / along
    }

    /// Draws a straight stroke with round ends.
    fn segment(&mut self, a: Mm, b: Mm, width_mm: f32, dark: f32) {
        let (ax, ay) = (a[0], a[1]);
        let (dx, dy) = (b[0] - ax, b[1] - ay);
        let square = (dx * dx + dy * dy).max(1e-9);
        let reach = width_mm / 2.0 + 1.0 / self.px_per_mm;
        let low = [a[0].min(b[0]) - reach, a[1].min(b[1]) - reach];
        let high = [a[0].max(b[0]) + reach, a[1].max(b[1]) + reach];
        let px_per_mm = self.px_per_mm;
        self.area(low, high, |[x, y]| {
            let t = (((x - ax) * dx + (y - ay) * dy) / square).clamp(0.0, 1.0);
            let off = (x - ax - t * dx).hypot(y - ay - t * dy);
            ((width_mm / 2.0 - off) * px_per_mm + 0.5).clamp(0.0, 1.0) * dark
        });
    }

    /// Lays `density` (0 to 1) of each point between two corners over what is there.
    pub(crate) fn area(&mut self, low: Mm, high: Mm, density: impl Fn(Mm) -> f32) {
        let px = |mm: f32, axis: usize, limit: u32| {
            (mm * self.px_per_mm + self.origin[axis]).clamp(0.0, limit as f32) as u32
        };
        let (w, h) = self.density.dimensions();
        for y in px(low[1], 1, h)..px(high[1] + 1.0 / self.px_per_mm, 1, h) {
            for x in px(low[0], 0, w)..px(high[0] + 1.0 / self.px_per_mm, 0, w) {
                let mm =
                    |v: u32, axis: usize| (v as f32 + 0.5 - self.origin[axis]) / self.px_per_mm;
                let ink = (density([mm(x, 0), mm(y, 1)]).clamp(0.0, 1.0) * 255.0) as u8;
                let there = self.density.get_pixel_mut(x, y);
                *there = Luma([there.0[0].max(ink)]);
            }
        }
    }
}

/// A smooth line through `points` as short straight pieces.
///
/// Source: E. Catmull, R. Rom, "A Class of Local Interpolating Splines", Computer Aided Geometric Design, 1974.
fn curve(points: &[Mm]) -> Vec<Mm> {
    const PIECES: usize = 8;
    if points.len() < 3 {
        return points.to_vec();
    }
    let at = |i: isize| points[i.clamp(0, points.len() as isize - 1) as usize];
    let mut out = vec![points[0]];
    for i in 0..points.len() as isize - 1 {
        let [p0, p1, p2, p3] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            out.push([0, 1].map(|axis| {
                let [a, b, c, d] = [p0[axis], p1[axis], p2[axis], p3[axis]];
                b + 0.5
                    * t
                    * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
            }));
        }
    }
    out
}
