//! The map from a flat page to a photo of it: a projection, and a smooth bend for paper that is not flat.

use image::GrayImage;

use crate::form::{PAGE, PAGE_H_MM, PAGE_W_MM};
use crate::geometry::{Homography, Point, RectMm, least_squares};
use crate::pixels::sample;

/// Terms of a polynomial of degree 5 in two variables.
const TERMS: usize = 21;
/// Of those, the terms up to degree 3 stand first.
const CUBIC_TERMS: usize = 10;

/// From page millimetres to photo pixels.
#[derive(Debug, Clone)]
pub(crate) struct Warp {
    flat: Homography,
    bend_x: [f64; TERMS],
    bend_y: [f64; TERMS],
    /// What a polynomial cannot follow, such as the foot of a fold.
    rest: Option<Rest>,
}

/// A place of the blank and how far from it, in millimetres of the flat map, the photo shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Displaced {
    pub(crate) at: Point,
    pub(crate) by: Point,
    /// How far this measurement is trusted, 0 to 1.
    pub(crate) weight: f64,
    /// How far each of the two directions is told, 0 to 1: along a line nothing is.
    pub(crate) sure: Point,
}

impl Warp {
    pub(crate) fn flat(flat: Homography) -> Self {
        Self {
            flat,
            bend_x: [0.0; TERMS],
            bend_y: [0.0; TERMS],
            rest: None,
        }
    }

    /// Where page point `p` is in the photo.
    pub(crate) fn to_photo(&self, p: Point) -> Point {
        let bend = self.bend(p);
        self.flat.map(Point::new(p.x + bend.x, p.y + bend.y))
    }

    /// How far `p` is moved in the flat map.
    pub(crate) fn bend(&self, p: Point) -> Point {
        let terms = terms(p);
        let sum = |factors: &[f64; TERMS]| -> f64 {
            factors.iter().zip(&terms).map(|(f, t)| f * t).sum()
        };
        let rest = self
            .rest
            .as_ref()
            .map_or(Point::default(), |rest| rest.at(p));
        Point::new(sum(&self.bend_x) + rest.x, sum(&self.bend_y) + rest.y)
    }

    /// The same flat map with the bend that fits `places` best, cubic or of degree 5 by how many there are.
    ///
    /// Places that the fit misses by much more than `tolerance_mm` lose their say (iteratively reweighted least
    /// squares with Geman and McClure's weights). With fewer than 20 places the map stays as it is.
    pub(crate) fn bent(&self, places: &[Displaced], tolerance_mm: f64) -> Self {
        let mut out = Self {
            rest: None,
            ..self.clone()
        };
        if places.len() < 20 {
            return out;
        }
        let degree_5 = places.len() >= 90;
        let mut weights: Vec<f64> = places.iter().map(|place| place.weight).collect();
        for _ in 0..5 {
            let solve = |axis: fn(Point) -> f64| {
                if degree_5 {
                    fit::<TERMS, { TERMS + 1 }>(places, &weights, axis)
                } else {
                    fit::<CUBIC_TERMS, { CUBIC_TERMS + 1 }>(places, &weights, axis)
                }
            };
            let (Some(x), Some(y)) = (solve(|p| p.x), solve(|p| p.y)) else {
                return out;
            };
            (out.bend_x, out.bend_y) = (x, y);
            for (weight, place) in weights.iter_mut().zip(places) {
                let bend = out.bend(place.at);
                let (x, y) = (bend.x - place.by.x, bend.y - place.by.y);
                let miss = (x * place.sure.x).hypot(y * place.sure.y) / tolerance_mm;
                *weight = place.weight / (1.0 + miss * miss).powi(2);
            }
        }
        out.rest = Some(Rest::of(places, |place| {
            let bend = out.bend(place.at);
            Point::new(place.by.x - bend.x, place.by.y - bend.y)
        }));
        out
    }
}

/// How far places lie from a smooth bend, evened out over their neighbourhood and kept at the nodes of a grid.
#[derive(Debug, Clone)]
struct Rest {
    nodes: Vec<Point>,
}

impl Rest {
    const NODE_MM: f64 = 9.0;
    /// Places have their say over about this far.
    const NEAR_MM: f64 = 9.0;
    /// Places further off the bend than this are mistaken.
    const LIMIT_MM: f64 = 2.0;
    const COLUMNS: usize = 25;
    const ROWS: usize = 34;

    fn of(places: &[Displaced], miss: impl Fn(&Displaced) -> Point) -> Self {
        let missed: Vec<(&Displaced, Point)> = places
            .iter()
            .map(|place| (place, miss(place)))
            .filter(|(_, miss)| miss.distance(Point::default()) < Self::LIMIT_MM)
            .collect();
        let nodes = (0..Self::COLUMNS * Self::ROWS)
            .map(|i| {
                let mm = |node: usize| node as f64 * Self::NODE_MM;
                let node = Point::new(mm(i % Self::COLUMNS), mm(i / Self::COLUMNS));
                // A place that hardly anything confirms counts for less than nothing at all does.
                let (mut x, mut y) = ((0.0, 0.3), (0.0, 0.3));
                for (place, miss) in &missed {
                    let (dx, dy) = (place.at.x - node.x, place.at.y - node.y);
                    let squared = (dx * dx + dy * dy) / (Self::NEAR_MM * Self::NEAR_MM);
                    if squared < 9.0 {
                        let weight = place.weight * (-squared / 2.0).exp();
                        let (of_x, of_y) = (weight * place.sure.x, weight * place.sure.y);
                        x = (x.0 + of_x * miss.x, x.1 + of_x);
                        y = (y.0 + of_y * miss.y, y.1 + of_y);
                    }
                }
                Point::new(x.0 / x.1, y.0 / y.1)
            })
            .collect();
        Self { nodes }
    }

    fn at(&self, p: Point) -> Point {
        let locate = |mm: f64, n: usize| {
            let at = (mm / Self::NODE_MM).clamp(0.0, (n - 1) as f64 - 1e-6);
            (at as usize, at.fract())
        };
        let ((column, right), (row, down)) = (locate(p.x, Self::COLUMNS), locate(p.y, Self::ROWS));
        let at = row * Self::COLUMNS + column;
        let below = at + Self::COLUMNS;
        let upper = self.nodes[at].toward(self.nodes[at + 1], right);
        upper.toward(self.nodes[below].toward(self.nodes[below + 1], right), down)
    }
}

fn fit<const N: usize, const W: usize>(
    places: &[Displaced],
    weights: &[f64],
    axis: fn(Point) -> f64,
) -> Option<[f64; TERMS]> {
    let rows = places.iter().zip(weights).map(|(place, weight)| {
        let terms = terms(place.at);
        let row = std::array::from_fn(|i| if i < N { terms[i] } else { axis(place.by) });
        (*weight * axis(place.sure), row)
    });
    // The ridge keeps terms that the places say nothing about near zero; it is small beside one trusted place.
    let solved: [f64; N] = least_squares::<N, W>(rows, 1e-3)?;
    Some(std::array::from_fn(|i| {
        solved.get(i).copied().unwrap_or(0.0)
    }))
}

/// The powers of `p`, lowest degree first, with the page's longer half as unit.
fn terms(p: Point) -> [f64; TERMS] {
    let unit = PAGE_H_MM / 2.0;
    let (u, v) = (
        (p.x - PAGE_W_MM / 2.0) / unit,
        (p.y - PAGE_H_MM / 2.0) / unit,
    );
    let powers = |base: f64| {
        let mut powers = [1.0; 6];
        for degree in 1..powers.len() {
            powers[degree] = powers[degree - 1] * base;
        }
        powers
    };
    let (u, v) = (powers(u), powers(v));
    let mut out = [0.0; TERMS];
    let mut next = 0;
    for degree in 0..=5 {
        for of_v in 0..=degree {
            out[next] = u[degree - of_v] * v[of_v];
            next += 1;
        }
    }
    out
}

/// The page as if photographed flat, at `px_per_mm`; white where the photo ends.
///
/// `picture` is the photo shrunk by `factor`.
pub(crate) fn flatten(picture: &GrayImage, factor: u32, warp: &Warp, px_per_mm: f64) -> GrayImage {
    flatten_part(picture, factor, warp, px_per_mm, PAGE)
}

/// As [`flatten`], only `part` of the page, whose first pixel is at its upper left corner, rounded to a pixel.
pub(crate) fn flatten_part(
    picture: &GrayImage,
    factor: u32,
    warp: &Warp,
    px_per_mm: f64,
    part: RectMm,
) -> GrayImage {
    let px = |mm: f64| (mm * px_per_mm).round() as usize;
    let (left, top) = (px(part.x), px(part.y));
    let (w, h) = (px(part.w), px(part.h));
    let (columns, rows) = (w.div_ceil(SQUARE) + 1, h.div_ceil(SQUARE) + 1);
    let nodes: Vec<Point> = (0..rows * columns)
        .map(|i| {
            let mm = |from: usize, node: usize| (from + node * SQUARE) as f64 / px_per_mm;
            let p = warp.to_photo(Point::new(mm(left, i % columns), mm(top, i / columns)));
            Point::new(p.x / f64::from(factor), p.y / f64::from(factor))
        })
        .collect();
    let (right, bottom) = (
        f64::from(picture.width()) - 1.5,
        f64::from(picture.height()) - 1.5,
    );
    let is_inside = |p: &Point| 1.0 < p.x && 1.0 < p.y && p.x < right && p.y < bottom;
    let mut out = vec![255_u8; w * h];
    // Square by square, so that the photo is read in small pieces whichever way it is turned.
    for (band, lines) in out.chunks_mut(w * SQUARE).enumerate() {
        for square in 0..columns - 1 {
            let at = band * columns + square;
            let corners = [at, at + 1, at + columns, at + columns + 1].map(|at| nodes[at]);
            let pixels = square * SQUARE..w.min((square + 1) * SQUARE);
            let lines = lines
                .chunks_exact_mut(w)
                .map(|line| &mut line[pixels.clone()]);
            if corners.iter().all(is_inside) {
                fill_inside(picture, corners, lines);
            } else {
                fill_at_edge(picture, corners, lines);
            }
        }
    }
    GrayImage::from_raw(w as u32, h as u32, out).unwrap_or_default()
}

/// The map is computed at the corners of squares of this many pixels and taken as straight between them.
const SQUARE: usize = 1 << SQUARE_BITS;
const SQUARE_BITS: u32 = 4;

/// Fills the lines of a square with what `picture` shows between these corners, the upper two first, all of them well inside.
fn fill_inside<'a>(
    picture: &GrayImage,
    corners: [Point; 4],
    lines: impl Iterator<Item = &'a mut [u8]>,
) {
    let [a, b, c, d] = corners.map(|p| [p.x, p.y].map(|v| ((v - 0.5) * 65_536.0) as i64));
    // Lines and pixels lie half a step into the square. Dividing by shifting is quicker.
    for (half_steps, line) in (1..).step_by(2).zip(lines) {
        let ways = [0, 1].map(|axis| {
            let down =
                |from: i64, to: i64| from + (((to - from) * half_steps) >> (SQUARE_BITS + 1));
            let (left, right) = (down(a[axis], c[axis]), down(b[axis], d[axis]));
            let step = (right - left) >> SQUARE_BITS;
            // In 32 bits steps back wrap around.
            [left + (step >> 1), step].map(|v| v as u32)
        });
        fill_line(picture, ways, line);
    }
}

/// Fills `line` with what `picture` shows from `x` and `y` on, each with its step, in 65536ths of a pixel.
///
/// In a function of its own, so that all of it is kept in registers.
#[inline(never)]
fn fill_line(picture: &GrayImage, [[mut x, dx], [mut y, dy]]: [[u32; 2]; 2], line: &mut [u8]) {
    let raw = picture.as_raw().as_slice();
    let stride = picture.width() as usize;
    for pixel in line {
        let at = (y >> 16) as usize * stride + (x >> 16) as usize;
        let square = &raw[at..at + stride + 2];
        // Both rows at once, in the halves of one number.
        let near = u32::from(square[0]) | u32::from(square[stride]) << 16;
        let far = u32::from(square[1]) | u32::from(square[stride + 1]) << 16;
        let right = x >> 8 & 255;
        let rows = (near << 8).wrapping_add(far.wrapping_sub(near).wrapping_mul(right));
        let (upper, lower) = (rows & 0xFFFF, rows >> 16);
        let below = y >> 8 & 255;
        let mixed = (upper << 8).wrapping_add(lower.wrapping_sub(upper).wrapping_mul(below));
        *pixel = (mixed.wrapping_add(32_768) >> 16) as u8;
        x = x.wrapping_add(dx);
        y = y.wrapping_add(dy);
    }
}

/// As [`fill_inside`], where the picture may end.
fn fill_at_edge<'a>(
    picture: &GrayImage,
    [a, b, c, d]: [Point; 4],
    lines: impl Iterator<Item = &'a mut [u8]>,
) {
    let share = |pixel: usize| (pixel as f64 + 0.5) / SQUARE as f64;
    for (row, line) in lines.enumerate() {
        let (left, right) = (a.toward(c, share(row)), b.toward(d, share(row)));
        for (column, pixel) in line.iter_mut().enumerate() {
            let seen = sample(picture, left.toward(right, share(column)));
            *pixel = seen.map_or(255, |v| v.round() as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_is_followed_that_no_polynomial_follows() {
        let flat = Homography::similarity(&[
            (Point::new(0.0, 0.0), Point::new(0.0, 0.0)),
            (Point::new(1.0, 0.0), Point::new(5.0, 0.0)),
        ])
        .expect("two points");
        // Flat down to 60 mm, from there on pulled upwards until 110 mm.
        let fold = |p: Point| Point::new(0.0, -2.5 * ((p.y - 60.0) / 50.0).clamp(0.0, 1.0));
        let places: Vec<Displaced> = (0..15 * 20)
            .map(|i| {
                let at = Point::new(
                    10.0 + 190.0 * f64::from(i % 15) / 14.0,
                    10.0 + 277.0 * f64::from(i / 15) / 19.0,
                );
                Displaced {
                    at,
                    by: fold(at),
                    weight: 0.8,
                    sure: Point::new(1.0, 1.0),
                }
            })
            .collect();
        let warp = Warp::flat(flat).bent(&places, 0.2);
        let worst = |warp: &Warp| {
            let miss = |place: &Displaced| warp.bend(place.at).distance(place.by);
            places.iter().map(miss).fold(0.0, f64::max)
        };
        let smooth = Warp {
            rest: None,
            ..warp.clone()
        };
        let (smooth, all) = (worst(&smooth), worst(&warp));
        assert!(
            all < 0.45 && 1.5 * all < smooth,
            "{all} mm off, {smooth} without the rest"
        );
    }
}
