//! The blank page as the reader knows it.

use std::ops::Range;

use image::GrayImage;

use crate::canvas::Canvas;
use crate::form::{PAGE, PAGE_H_MM, PAGE_W_MM};
use crate::geometry::RectMm;
use crate::layout::Sheet;
use crate::marker::Corner;
use crate::payload::Spot;
use crate::pixels::shrink;
use crate::render;
use crate::typeface::Typeface;

/// Resolution at which photos are compared with the blank.
pub const READ_DPI: u32 = 200;

/// Pixels to the millimetre at [`READ_DPI`].
pub(crate) const READ_PX_PER_MM: f64 = READ_DPI as f64 / 25.4;

/// Around print, ink is not told from a print edge that registration left a little off: 2 pixels are 0.25 mm.
const GUARD_PX: usize = 2;

/// Along the rim of the page the table that it lies on may show.
const RIM_MM: f64 = 3.0;

/// A blank page without its codes, whose content differs from copy to copy.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// The page at [`READ_DPI`].
    pub(crate) blank: GrayImage,
    /// The same at a half and at a quarter of that.
    pub(crate) half: GrayImage,
    pub(crate) quarter: GrayImage,
    /// Pixels of `blank` that are white and clear of print, codes, markers and the rim: where ink can be told.
    pub(crate) open: Vec<bool>,
    /// `blank` with its print a pixel thicker all around, which is what print may look like that lies a little off.
    pub(crate) thick: GrayImage,
    /// Squares that a copy prints its own content in.
    pub(crate) varying: [RectMm; 2],
}

impl Template {
    pub(crate) fn of(sheet: &Sheet, typeface: &Typeface) -> Self {
        let mut canvas = Canvas::new(PAGE_W_MM, PAGE_H_MM, READ_DPI, typeface);
        render::print(&mut canvas, sheet);
        let blank = canvas.finish();
        let half = shrink(&blank, 2);
        let quarter = shrink(&half, 2);
        let varying = [Spot::A, Spot::B].map(|spot| spot.rect().inset(-1.0));
        let mut closed: Vec<bool> = blank.as_raw().iter().map(|&v| v < 200).collect();
        let width = blank.width() as usize;
        widen(&mut closed, width);
        let markers = Corner::ALL.map(|corner| corner.rect().inset(-1.0));
        for rect in varying.iter().chain(&markers) {
            for_pixels(*rect, &blank, |at| closed[at] = true);
        }
        let inside = PAGE.inset(RIM_MM);
        let mut on_rim = vec![true; closed.len()];
        for_pixels(inside, &blank, |at| on_rim[at] = false);
        for (closed, on_rim) in closed.iter_mut().zip(on_rim) {
            *closed |= on_rim;
        }
        Self {
            open: closed.into_iter().map(|closed| !closed).collect(),
            thick: thicken(&blank),
            blank,
            half,
            quarter,
            varying,
        }
    }
}

/// Each pixel as dark as the darkest of it and its eight neighbours.
fn thicken(picture: &GrayImage) -> GrayImage {
    let mut out = picture.clone();
    for step in [1, picture.width() as usize] {
        let old = out.as_raw().clone();
        for (at, value) in out.iter_mut().enumerate() {
            let beside = |at: Option<usize>| at.and_then(|at| old.get(at)).copied().unwrap_or(255);
            *value = (*value)
                .min(beside(at.checked_sub(step)))
                .min(beside(at.checked_add(step)));
        }
    }
    out
}

/// Sets every pixel within [`GUARD_PX`] of a set one, first along rows, then along columns.
fn widen(set: &mut [bool], width: usize) {
    for step in [1, width] {
        let old = set.to_vec();
        for (i, _) in old.iter().enumerate().filter(|(_, set)| **set) {
            for k in 1..=GUARD_PX {
                if let Some(at) = i.checked_sub(k * step) {
                    set[at] = true;
                }
                if let Some(after) = set.get_mut(i + k * step) {
                    *after = true;
                }
            }
        }
    }
}

/// Calls `each` with the index of every pixel of `picture` (at [`READ_DPI`]) whose middle lies in `rect`.
pub(crate) fn for_pixels(rect: RectMm, picture: &GrayImage, each: impl FnMut(usize)) {
    rows(rect, picture).flatten().for_each(each);
}

/// The indices of the pixels of `picture` (at [`READ_DPI`]) whose middle lies in `rect`, row by row.
pub(crate) fn rows(rect: RectMm, picture: &GrayImage) -> impl Iterator<Item = Range<usize>> {
    let (width, height) = picture.dimensions();
    let span = |from: f64, length: f64, limit: u32| {
        let px = |mm: f64| (mm * READ_PX_PER_MM).round().clamp(0.0, f64::from(limit)) as usize;
        px(from)..px(from + length)
    };
    let columns = span(rect.x, rect.w, width);
    span(rect.y, rect.h, height).map(move |y| {
        let first = y * width as usize;
        first + columns.start..first + columns.end
    })
}
