//! The map from a flat page to a photo of it: a projection, and a smooth bend for paper that is not flat.

use image::GrayImage;

use crate::form::{PAGE_H_MM, PAGE_W_MM};
use crate::geometry::{Homography, Point, least_squares};
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
}

/// A place of the blank and how far from it, in millimetres of the flat map, the photo shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Displaced {
    pub(crate) at: Point,
    pub(crate) by: Point,
    /// How far this measurement is trusted, 0 to 1.
    pub(crate) weight: f64,
}

impl Warp {
    pub(crate) fn flat(flat: Homography) -> Self {
        Self {
            flat,
            bend_x: [0.0; TERMS],
            bend_y: [0.0; TERMS],
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
        let sum = |factors: &[f64; TERMS]| factors.iter().zip(&terms).map(|(f, t)| f * t).sum();
        Point::new(sum(&self.bend_x), sum(&self.bend_y))
    }

    /// The same flat map with the bend that fits `places` best, cubic or of degree 5 by how many there are.
    ///
    /// Places that the fit misses by much more than `tolerance_mm` lose their say (iteratively reweighted least
    /// squares with Geman and McClure's weights). With fewer than 20 places the map stays as it is.
    pub(crate) fn bent(&self, places: &[Displaced], tolerance_mm: f64) -> Self {
        let mut out = self.clone();
        if places.len() < 20 {
            return out;
        }
        let degree_5 = places.len() >= 90;
        let mut weights: Vec<f64> = places.iter().map(|place| place.weight).collect();
        for _ in 0..5 {
            let solve = |target: fn(&Displaced) -> f64| {
                if degree_5 {
                    fit::<TERMS, { TERMS + 1 }>(places, &weights, target)
                } else {
                    fit::<CUBIC_TERMS, { CUBIC_TERMS + 1 }>(places, &weights, target)
                }
            };
            let (Some(x), Some(y)) = (solve(|place| place.by.x), solve(|place| place.by.y)) else {
                return out;
            };
            (out.bend_x, out.bend_y) = (x, y);
            for (weight, place) in weights.iter_mut().zip(places) {
                let miss = out.bend(place.at).distance(place.by) / tolerance_mm;
                *weight = place.weight / (1.0 + miss * miss).powi(2);
            }
        }
        out
    }
}

fn fit<const N: usize, const W: usize>(
    places: &[Displaced],
    weights: &[f64],
    target: fn(&Displaced) -> f64,
) -> Option<[f64; TERMS]> {
    let rows = places.iter().zip(weights).map(|(place, weight)| {
        let terms = terms(place.at);
        let row = std::array::from_fn(|i| if i < N { terms[i] } else { target(place) });
        (*weight, row)
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
    let mut out = [0.0; TERMS];
    let mut next = 0;
    for degree in 0..=5 {
        for of_v in 0..=degree {
            out[next] = u.powi(degree - of_v) * v.powi(of_v);
            next += 1;
        }
    }
    out
}

/// The page as if photographed flat, at `px_per_mm`; white where the photo ends.
///
/// `picture` is the photo shrunk by `factor`.
pub(crate) fn flatten(picture: &GrayImage, factor: u32, warp: &Warp, px_per_mm: f64) -> GrayImage {
    /// The map is computed at the corners of squares of this many pixels and taken as straight between them.
    const SQUARE: usize = 16;
    let px = |mm: f64| (mm * px_per_mm).round() as usize;
    let (w, h) = (px(PAGE_W_MM), px(PAGE_H_MM));
    let (columns, rows) = (w.div_ceil(SQUARE) + 1, h.div_ceil(SQUARE) + 1);
    let nodes: Vec<Point> = (0..rows * columns)
        .map(|i| {
            let mm = |node: usize| (node * SQUARE) as f64 / px_per_mm;
            let p = warp.to_photo(Point::new(mm(i % columns), mm(i / columns)));
            Point::new(p.x / f64::from(factor), p.y / f64::from(factor))
        })
        .collect();
    let mut out = vec![255_u8; w * h];
    for (row, line) in out.chunks_exact_mut(w).enumerate() {
        let at = row / SQUARE * columns;
        let down = (row % SQUARE) as f64 / SQUARE as f64 + 0.5 / SQUARE as f64;
        for (square, pixels) in line.chunks_mut(SQUARE).enumerate() {
            let left = nodes[at + square].toward(nodes[at + columns + square], down);
            let right = nodes[at + square + 1].toward(nodes[at + columns + square + 1], down);
            let step = Point::new(
                (right.x - left.x) / SQUARE as f64,
                (right.y - left.y) / SQUARE as f64,
            );
            let start = Point::new(left.x + step.x / 2.0, left.y + step.y / 2.0);
            stretch(picture, start, step, pixels);
        }
    }
    GrayImage::from_raw(w as u32, h as u32, out).unwrap_or_default()
}

/// Fills `pixels` with what `picture` shows at `start`, `start + step`, and so on.
fn stretch(picture: &GrayImage, start: Point, step: Point, pixels: &mut [u8]) {
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    let last = (pixels.len().max(1) - 1) as f64;
    let end = Point::new(start.x + step.x * last, start.y + step.y * last);
    let inside = |p: Point| p.x > 1.0 && p.y > 1.0 && p.x < w - 1.5 && p.y < h - 1.5;
    if !(inside(start) && inside(end)) {
        for (k, pixel) in pixels.iter_mut().enumerate() {
            let k = k as f64;
            let p = Point::new(start.x + step.x * k, start.y + step.y * k);
            *pixel = sample(picture, p).map_or(255, |v| v.round() as u8);
        }
        return;
    }
    // Sixteenths of a sixteenth of a pixel, so that the inner loop is whole numbers.
    let fixed = |v: f64| (v * 65_536.0) as i64;
    let (mut x, mut y) = (fixed(start.x - 0.5), fixed(start.y - 0.5));
    let (dx, dy) = (fixed(step.x), fixed(step.y));
    let raw = picture.as_raw();
    let stride = picture.width() as usize;
    for pixel in pixels {
        let at = (y >> 16) as usize * stride + (x >> 16) as usize;
        let (fx, fy) = ((x >> 8 & 255) as u32, (y >> 8 & 255) as u32);
        let mix = |i: usize| u32::from(raw[i]) * (256 - fx) + u32::from(raw[i + 1]) * fx;
        *pixel = ((mix(at) * (256 - fy) + mix(at + stride) * fy + 32_768) >> 16) as u8;
        x += dx;
        y += dy;
    }
}
