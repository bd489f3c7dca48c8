//! Laying a photo onto the blank page it was printed from.
//!
//! The markers give a projection, which is right for flat paper. Paper under a camera curls; so patches of the blank
//! are looked for near where the projection puts them, first coarsely, then finely, and a smooth bend is fitted to
//! what they say.

use std::ops::Range;

use image::GrayImage;

use crate::geometry::{Homography, Point, RectMm};
use crate::median::median;
use crate::pixels::shrink;
use crate::template::{READ_PX_PER_MM, Template};
use crate::warp::{Displaced, Warp, flatten};

/// A patch counts when it correlates at least this much with the blank.
const LEAST_FIT: f32 = 0.45;

/// A direction in which correlation falls off by less than this share of what it does in the other is hardly told.
const LEAST_DROP: f64 = 0.2;

/// What was found by registering.
pub(crate) struct Registered {
    pub(crate) warp: Warp,
    /// The middle one of how well the patches of the blank correlate with the photo, -1 to 1.
    pub(crate) print_fit: f32,
}

/// Finds the map from the page to `photo`, starting from `flat`.
pub(crate) fn register(
    photo: &GrayImage,
    flat: Homography,
    px_per_mm: f64,
    template: &Template,
) -> Registered {
    let scale = READ_PX_PER_MM / 2.0;
    // Shrunk before it is sampled, so that the page does not pick single noisy pixels.
    let shrunk_for = |scale: f64| ((px_per_mm / scale) as u32).clamp(1, 8);
    let warp = Warp::flat(flat);

    let factor = shrunk_for(scale);
    let shrunk = (factor > 1).then(|| shrink(photo, factor));
    let fine = shrunk.as_ref().unwrap_or(photo);
    // The coarse picture is made from the fine one, which is quicker to go through than the photo.
    let further = shrunk_for(scale / 2.0) / factor;
    let coarse = shrink(fine, further);
    let page = flatten(&coarse, factor * further, &warp, scale / 2.0);
    let mut places = Vec::new();
    for patch in patches(
        &template.quarter,
        &template.varying,
        scale / 2.0,
        26,
        (12, 16),
    ) {
        if let Some(found) = find(&page, &template.quarter, patch, 8) {
            places.extend(found.place(patch, scale / 2.0, |p| p));
        }
    }
    let warp = warp.bent(&places, 0.5);

    let page = flatten(fine, factor, &warp, scale);
    let mut places = Vec::new();
    let mut fits = Vec::new();
    for patch in patches(&template.half, &template.varying, scale, 32, (15, 20)) {
        if let Some(found) = find(&page, &template.half, patch, 4) {
            // What lies outside of the photo says nothing of how well it shows the rest.
            let middle = warp.to_photo(patch.middle(scale));
            if middle.is_in(photo.dimensions(), 0.0) {
                fits.push(found.fit);
            }
            // The page at hand is bent already; what the flat map needs is both together.
            places.extend(found.place(patch, scale, |p| {
                let bend = warp.bend(p);
                Point::new(p.x + bend.x, p.y + bend.y)
            }));
        }
    }
    Registered {
        warp: warp.bent(&places, 0.2),
        print_fit: median(fits, f32::total_cmp).unwrap_or(-1.0),
    }
}

/// A square of the blank, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) side: u32,
}

impl Patch {
    /// Its middle in millimetres, with `scale` pixels to each.
    pub(crate) fn middle(self, scale: f64) -> Point {
        let mm = |v: u32| (f64::from(v) + f64::from(self.side) / 2.0) / scale;
        Point::new(mm(self.x), mm(self.y))
    }
}

/// The best place for a patch, in pixels off its own.
pub(crate) struct Match {
    pub(crate) dx: f64,
    pub(crate) dy: f64,
    /// Correlation there, -1 to 1.
    pub(crate) fit: f32,
    /// How far the place is told in each direction, 0 to 1: along a line one is as good as another.
    sure: Point,
    /// The best place is at the rim of what was searched, so a better one may lie outside.
    pub(crate) at_rim: bool,
}

impl Match {
    fn place(&self, patch: Patch, scale: f64, bent: impl Fn(Point) -> Point) -> Option<Displaced> {
        if self.fit < LEAST_FIT || self.at_rim {
            return None;
        }
        let at = patch.middle(scale);
        let seen = bent(Point::new(at.x + self.dx / scale, at.y + self.dy / scale));
        Some(Displaced {
            at,
            by: Point::new(seen.x - at.x, seen.y - at.y),
            weight: f64::from(self.fit * self.fit),
            sure: self.sure,
        })
    }
}

/// Squares of `side` pixels spread evenly over the blank at `scale` pixels to the millimetre that hold enough print to be
/// recognised.
pub(crate) fn patches(
    blank: &GrayImage,
    varying: &[RectMm],
    scale: f64,
    side: u32,
    (columns, rows): (u32, u32),
) -> Vec<Patch> {
    // Nothing is printed along the rim.
    let margin = (4.1 * scale) as u32;
    let spread = |i: u32, n: u32, length: u32| margin + (length - side - 2 * margin) * i / (n - 1);
    let mut out = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let patch = Patch {
                x: spread(column, columns, blank.width()),
                y: spread(row, rows, blank.height()),
                side,
            };
            let mm = |v: u32| f64::from(v) / scale;
            let overlaps = varying.iter().any(|rect| {
                mm(patch.x) < rect.x + rect.w
                    && mm(patch.x + side) > rect.x
                    && mm(patch.y) < rect.y + rect.h
                    && mm(patch.y + side) > rect.y
            });
            if !overlaps && Sums::of(blank, patch).spread() > 300.0 {
                out.push(patch);
            }
        }
    }
    out
}

/// Looks for `patch` of `blank` in `page`, up to `reach` pixels around its own place.
pub(crate) fn find(page: &GrayImage, blank: &GrayImage, patch: Patch, reach: u32) -> Option<Match> {
    let width = (2 * reach + 1) as usize;
    let (known, area) = (Known::of(blank, patch), Area::around(page, patch, reach));
    let fits: Vec<f32> = (0..width * width)
        .map(|i| {
            let correlation = area.correlation(&known, i % width, i / width);
            correlation.unwrap_or(-1.0)
        })
        .collect();
    let best = (0..fits.len()).max_by(|&a, &b| fits[a].total_cmp(&fits[b]))?;
    let (column, row) = (best % width, best / width);
    let inner = 1..width.max(2) - 1;
    let at_rim = !(inner.contains(&column) && inner.contains(&row));
    let (mut sub_x, mut sub_y) = (0.0, 0.0);
    let mut sure = Point::default();
    if !at_rim {
        sub_x = peak(fits[best - 1], fits[best], fits[best + 1]);
        sub_y = peak(fits[best - width], fits[best], fits[best + width]);
        let drop =
            |step: usize| f64::from(2.0 * fits[best] - fits[best - step] - fits[best + step]);
        let (x, y) = (drop(1).max(1e-9), drop(width).max(1e-9));
        let share = |drop: f64| (drop / x.max(y) / LEAST_DROP).min(1.0).powi(2);
        sure = Point::new(share(x), share(y));
    }
    Some(Match {
        dx: column as f64 - f64::from(reach) + sub_x,
        dy: row as f64 - f64::from(reach) + sub_y,
        fit: fits[best],
        sure,
        at_rim,
    })
}

/// Where between its neighbours, -0.5 to 0.5, the parabola through three values has its top.
fn peak(before: f32, top: f32, after: f32) -> f64 {
    let curve = before - 2.0 * top + after;
    if curve >= -1e-6 {
        return 0.0;
    }
    f64::from((0.5 * (before - after) / curve).clamp(-0.5, 0.5))
}

/// First and second moments of a square of pixels.
struct Sums {
    n: f32,
    sum: u32,
    squares: u32,
}

impl Sums {
    fn of(picture: &GrayImage, patch: Patch) -> Self {
        let (mut sum, mut squares) = (0, 0);
        let side = patch.side as usize;
        let raw = picture.as_raw();
        for y in 0..side {
            let at = (patch.y as usize + y) * picture.width() as usize + patch.x as usize;
            for &v in raw.get(at..at + side).unwrap_or_default() {
                sum += u32::from(v);
                squares += u32::from(v) * u32::from(v);
            }
        }
        Self {
            n: (side * side) as f32,
            sum,
            squares,
        }
    }

    /// The variance of the pixels.
    fn spread(&self) -> f32 {
        let mean = self.sum as f32 / self.n;
        self.squares as f32 / self.n - mean * mean
    }
}

/// So many products are summed at once.
const LANES: usize = 32;

/// A patch as it is looked for: rows of whole [`LANES`], black behind the patch, which adds nothing to products.
struct Known {
    side: usize,
    rows: Vec<i16>,
    sums: Sums,
}

impl Known {
    fn of(blank: &GrayImage, patch: Patch) -> Self {
        let side = patch.side as usize;
        let wide = side.next_multiple_of(LANES);
        let mut rows = cut(blank, [patch.x.into(), patch.y.into()], [wide, side]);
        for row in rows.chunks_exact_mut(wide.max(1)) {
            row[side..].fill(0);
        }
        Self {
            side,
            rows,
            sums: Sums::of(blank, patch),
        }
    }
}

/// What of the page a patch may lie over.
struct Area {
    /// Rows as long as the patch may need, black where the page ends.
    rows: Vec<i16>,
    stride: usize,
    /// The sums of pixels, and of their squares, above and to the left of each place.
    before: Vec<[u32; 2]>,
    sums_stride: usize,
    /// Where in it the patch may lie for all of it to be on the page.
    columns: Range<usize>,
    lines: Range<usize>,
}

impl Area {
    fn around(page: &GrayImage, patch: Patch, reach: u32) -> Self {
        let side = patch.side as usize;
        let (wide, high) = (side.next_multiple_of(LANES), side + 2 * reach as usize);
        let stride = wide + 2 * reach as usize;
        let corner = [patch.x, patch.y].map(|at| i64::from(at) - i64::from(reach));
        let rows = cut(page, corner, [stride, high]);
        let mut before = vec![[0; 2]; high + 1];
        for row in rows.chunks_exact(stride) {
            let above = before.len() - high - 1;
            let (mut sum, mut squares) = (0, 0);
            before.push([0; 2]);
            for (x, &v) in row[..high].iter().enumerate() {
                let v = u32::from(v.unsigned_abs());
                sum += v;
                squares += v * v;
                let [all, all_squares] = before[above + x + 1];
                before.push([all + sum, all_squares + squares]);
            }
        }
        let inside = |corner: i64, length: u32| {
            let last = i64::from(length) - side as i64 - corner;
            (-corner).max(0) as usize..(last + 1).max(0) as usize
        };
        Self {
            rows,
            stride,
            before,
            sums_stride: high + 1,
            columns: inside(corner[0], page.width()),
            lines: inside(corner[1], page.height()),
        }
    }

    /// How well what lies at `column` and `line` looks like the patch: -1 to 1, free of brightness and contrast.
    fn correlation(&self, known: &Known, column: usize, line: usize) -> Option<f32> {
        if !self.columns.contains(&column) || !self.lines.contains(&line) {
            return None;
        }
        let side = known.side;
        let wide = side.next_multiple_of(LANES);
        let lines = known.rows.chunks_exact(wide).enumerate();
        let products: i32 = lines
            .map(|(row, wanted)| {
                let from = (line + row) * self.stride + column;
                dot(&self.rows[from..from + wide], wanted)
            })
            .sum();
        let at = |right: usize, down: usize| {
            self.before[(line + down) * self.sums_stride + column + right]
        };
        let n = known.sums.n;
        let of = |i: usize| (at(side, side)[i] + at(0, 0)[i]) - (at(side, 0)[i] + at(0, side)[i]);
        let (sum, squares) = (of(0), of(1));
        let seen = Sums { n, sum, squares };
        let together = products as f32 / n - (sum as f32 / n) * (known.sums.sum as f32 / n);
        let spread = seen.spread() * known.sums.spread();
        // Bare paper has no shape to compare; noise of one grey level is bare.
        (seen.spread() > 1.0).then(|| together / spread.sqrt().max(1e-6))
    }
}

/// The sum of products of rows of whole [`LANES`], in a form that compiles to instructions that multiply and add pairs.
fn dot(a: &[i16], b: &[i16]) -> i32 {
    let (a, b) = (a.as_chunks::<LANES>().0, b.as_chunks::<LANES>().0);
    let lanes = a.iter().zip(b).map(|(a, b)| -> i32 {
        let products = a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b));
        products.sum()
    });
    lanes.sum()
}

/// The pixels of `picture` from `left` and `top` on, black beyond its edges.
fn cut(picture: &GrayImage, [left, top]: [i64; 2], [width, height]: [usize; 2]) -> Vec<i16> {
    let raw = picture.as_raw();
    let (w, h) = (i64::from(picture.width()), i64::from(picture.height()));
    let mut out = vec![0; width * height];
    for (y, row) in (top..).zip(out.chunks_exact_mut(width.max(1))) {
        let columns = left.clamp(0, w)..(left + width as i64).clamp(0, w);
        if (0..h).contains(&y) && !columns.is_empty() {
            let first = (columns.start - left) as usize;
            let seen = &raw[(y * w + columns.start) as usize..(y * w + columns.end) as usize];
            for (pixel, seen) in row[first..].iter_mut().zip(seen) {
                *pixel = i16::from(*seen);
            }
        }
    }
    out
}
