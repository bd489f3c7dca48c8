//! Laying a photo onto the blank page it was printed from.
//!
//! The markers give a projection, which is right for flat paper. Paper under a camera curls; so patches of the blank
//! are looked for near where the projection puts them, first coarsely, then finely, and a smooth bend is fitted to
//! what they say.

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

    let factor = shrunk_for(scale / 2.0);
    let page = flatten(&shrink(photo, factor), factor, &warp, scale / 2.0);
    let mut places = Vec::new();
    for patch in patches(
        &template.quarter,
        &template.varying,
        scale / 2.0,
        26,
        (12, 16),
    ) {
        if let Some(found) = find(&page, &template.quarter, patch, (0, 0), 8) {
            places.extend(found.place(patch, scale / 2.0, |p| p));
        }
    }
    let warp = warp.bent(&places, 0.5);

    let factor = shrunk_for(scale);
    let page = match factor {
        1 => flatten(photo, 1, &warp, scale),
        _ => flatten(&shrink(photo, factor), factor, &warp, scale),
    };
    let mut places = Vec::new();
    let mut fits = Vec::new();
    for patch in patches(&template.half, &template.varying, scale, 32, (15, 20)) {
        if let Some(found) = find(&page, &template.half, patch, (0, 0), 4) {
            // What lies outside of the photo says nothing of how well it shows the rest.
            if is_inside(photo, warp.to_photo(patch.middle(scale))) {
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

fn is_inside(photo: &GrayImage, p: Point) -> bool {
    let (w, h) = (f64::from(photo.width()), f64::from(photo.height()));
    (0.0..w).contains(&p.x) && (0.0..h).contains(&p.y)
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

/// Looks for `patch` of `blank` in `page`, up to `reach` pixels around its own place moved by `guess`.
pub(crate) fn find(
    page: &GrayImage,
    blank: &GrayImage,
    patch: Patch,
    guess: (i32, i32),
    reach: i32,
) -> Option<Match> {
    let known = Sums::of(blank, patch);
    let width = (2 * reach + 1) as usize;
    let fits: Vec<f32> = (0..width * width)
        .map(|i| {
            let dx = guess.0 + (i % width) as i32 - reach;
            let dy = guess.1 + (i / width) as i32 - reach;
            correlation(page, blank, patch, &known, dx, dy).unwrap_or(-1.0)
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
        dx: f64::from(guess.0 + column as i32 - reach) + sub_x,
        dy: f64::from(guess.1 + row as i32 - reach) + sub_y,
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

/// How well the page, `dx`, `dy` off the patch's place, looks like the patch: -1 to 1, free of brightness and contrast.
fn correlation(
    page: &GrayImage,
    blank: &GrayImage,
    patch: Patch,
    known: &Sums,
    dx: i32,
    dy: i32,
) -> Option<f32> {
    let x = patch.x.checked_add_signed(dx)?;
    let y = patch.y.checked_add_signed(dy)?;
    if x + patch.side > page.width() || y + patch.side > page.height() {
        return None;
    }
    let side = patch.side as usize;
    let (mut sum, mut squares, mut products) = (0_u32, 0_u32, 0_u32);
    for row in 0..side {
        let seen = (y as usize + row) * page.width() as usize + x as usize;
        let wanted = (patch.y as usize + row) * blank.width() as usize + patch.x as usize;
        let seen = page.as_raw().get(seen..seen + side)?;
        let wanted = blank.as_raw().get(wanted..wanted + side)?;
        for (&a, &b) in seen.iter().zip(wanted) {
            let (a, b) = (u32::from(a), u32::from(b));
            sum += a;
            squares += a * a;
            products += a * b;
        }
    }
    let n = known.n;
    let seen = Sums { n, sum, squares };
    let together = products as f32 / n - (sum as f32 / n) * (known.sum as f32 / n);
    let spread = seen.spread() * known.spread();
    // Bare paper has no shape to compare; noise of one grey level is bare.
    (seen.spread() > 1.0).then(|| together / spread.sqrt().max(1e-6))
}
