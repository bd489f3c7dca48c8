//! How light falls on the page in a photo, and how much of the print comes through, square by square.

use image::GrayImage;

use super::places::{around, overlap};
use super::{PRINT_GONE, WASHED_LEVEL};
use crate::geometry::{Point, RectMm};
use crate::median::median;
use crate::pixels::shrink;
use crate::template::{READ_PX_PER_MM, Template};
use crate::warp::{Warp, flatten};

/// Pixels along a square of the half-resolution page: 3.05 mm, a little less than a tick box.
const SQUARE_PX: usize = 12;

/// Pixels to the millimetre of that page.
const PX_PER_MM: f64 = READ_PX_PER_MM / 2.0;

/// Side of a square in millimetres.
const SQUARE_MM: f64 = SQUARE_PX as f64 / PX_PER_MM;

/// A square shows how the print comes through when its grey levels on the blank have at least this variance: a
/// hairline across it has 300, a character of small print 2000.
const LEAST_PRINT: f32 = 250.0;

/// What one square of the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Square {
    /// Brightness of the paper, 0 to 255 as in the photo.
    pub(super) level: f32,
    /// How black print is beside the paper there, 0 to 1; `None` where the blank has too little print to tell.
    pub(super) print: Option<f32>,
}

/// The page as squares, row by row.
pub(super) struct LightMap {
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) squares: Vec<Square>,
    /// The middle one of all levels.
    pub(super) level: f32,
    /// The middle one of all `print`.
    pub(super) print: f32,
}

impl LightMap {
    /// Measures the page that lies in `photo` as `warp` says.
    pub(super) fn measure(
        photo: &GrayImage,
        warp: &Warp,
        px_per_mm: f64,
        template: &Template,
    ) -> Self {
        let factor = ((px_per_mm / PX_PER_MM) as u32).clamp(1, 8);
        let page = flatten(&shrink(photo, factor), factor, warp, PX_PER_MM);
        let blank = &template.half;
        let (w, h) = (
            page.width().min(blank.width()) as usize,
            page.height().min(blank.height()) as usize,
        );
        let (columns, rows) = (w / SQUARE_PX, h / SQUARE_PX);
        let varies = |i: usize| {
            let at = RectMm::new(
                (i % columns) as f64 * SQUARE_MM,
                (i / columns) as f64 * SQUARE_MM,
                SQUARE_MM,
                SQUARE_MM,
            )
            .centre();
            template.varying.iter().any(|rect| holds(rect, at))
        };
        let squares: Vec<Square> = (0..columns * rows)
            .map(|i| {
                let (left, top) = (i % columns * SQUARE_PX, i / columns * SQUARE_PX);
                square(&page, blank, left, top, !varies(i))
            })
            .collect();
        let levels = squares.iter().map(|square| square.level).collect();
        let prints = squares.iter().filter_map(|square| square.print).collect();
        Self {
            columns,
            rows,
            level: median(levels, f32::total_cmp).unwrap_or(0.0),
            print: median(prints, f32::total_cmp).unwrap_or(0.0),
            squares,
        }
    }

    /// The square at column and row, as a rectangle on the page.
    pub(super) fn rect(&self, index: usize) -> RectMm {
        let (column, row) = (index % self.columns.max(1), index / self.columns.max(1));
        RectMm::new(
            column as f64 * SQUARE_MM,
            row as f64 * SQUARE_MM,
            SQUARE_MM,
            SQUARE_MM,
        )
    }

    /// The squares that `rect` touches with at least a third of their side.
    pub(super) fn under(&self, rect: RectMm) -> impl Iterator<Item = usize> {
        let span = |from: f64, length: f64, count: usize| {
            let first = ((from / SQUARE_MM + 1.0 / 3.0).floor().max(0.0) as usize).min(count);
            let last = ((from + length) / SQUARE_MM - 1.0 / 3.0).ceil().max(0.0) as usize;
            first..last.clamp(first, count)
        };
        let columns = span(rect.x, rect.w, self.columns);
        let stride = self.columns;
        span(rect.y, rect.h, self.rows)
            .flat_map(move |row| columns.clone().map(move |column| row * stride + column))
    }
}

/// Something that lies on the page.
pub(super) struct Blot {
    pub(super) rect: RectMm,
    /// How many printed squares are gone.
    pub(super) squares: usize,
    pub(super) share: f32,
}

/// Fewer printed squares than this are a blot of ink.
const BLOT_SQUARES: usize = 4;

/// Away from the rim, a thing covers at least this many printed squares: a cm² has eleven, and half of them have print.
pub(super) const THING_SQUARES: usize = 30;

/// Where print is gone and the paper is darker than around: connected squares, as rectangles around them. In `written`
/// fields people write over the print.
pub(super) fn blots(light: &LightMap, written: &[RectMm]) -> Vec<Blot> {
    let gone = |i: usize| {
        let square = light.squares[i];
        square
            .print
            .is_some_and(|print| print < PRINT_GONE * light.print)
            && square.level < 0.85 * light.level
            && square.level > 0.25 * light.level
            && !written.iter().any(|rect| overlap(rect, &light.rect(i)))
    };
    let mut open: Vec<bool> = (0..light.squares.len()).map(gone).collect();
    let mut out = Vec::new();
    for start in 0..open.len() {
        if !open[start] {
            continue;
        }
        open[start] = false;
        let mut group = vec![start];
        let mut next = 0;
        while let Some(&at) = group.get(next) {
            next += 1;
            let (column, row) = (at % light.columns, at / light.columns);
            // Unprinted squares lie between printed ones, so a gap of one does not part a hand.
            for y in row.saturating_sub(2)..(row + 3).min(light.rows) {
                for x in column.saturating_sub(2)..(column + 3).min(light.columns) {
                    let near = y * light.columns + x;
                    if std::mem::take(&mut open[near]) {
                        group.push(near);
                    }
                }
            }
        }
        if group.len() < BLOT_SQUARES {
            continue;
        }
        let level = group.iter().map(|&i| light.squares[i].level).sum::<f32>() / group.len() as f32;
        let rects = group.iter().map(|&i| light.rect(i));
        out.push(Blot {
            rect: rects
                .reduce(around)
                .unwrap_or(RectMm::new(0.0, 0.0, 0.0, 0.0)),
            squares: group.len(),
            share: level / light.level.max(1.0),
        });
    }
    out
}

/// Whether a square is brighter than paper on this page is, and what is printed there has gone with it.
pub(super) fn washed_out(light: &LightMap, square: Square) -> bool {
    let bright = square.level >= WASHED_LEVEL || square.level > 1.2 * light.level;
    // Where the whole page is at the brightest level, only lost print tells.
    let lost = match square.print {
        Some(print) => print < 0.55 * light.print,
        None => square.level >= 253.0 && light.level < 225.0,
    };
    bright && lost
}

/// Whether `rect` holds `p`.
fn holds(rect: &RectMm, p: Point) -> bool {
    p.x >= rect.x && p.x < rect.x + rect.w && p.y >= rect.y && p.y < rect.y + rect.h
}

/// The straight line that carries the blank's grey levels to the photo's, as paper level and blackness of print.
fn square(page: &GrayImage, blank: &GrayImage, left: usize, top: usize, printed: bool) -> Square {
    let (mut b, mut bb, mut r, mut rb) = (0_u32, 0_u32, 0_u32, 0_u32);
    for row in top..top + SQUARE_PX {
        let seen = row * page.width() as usize + left;
        let known = row * blank.width() as usize + left;
        let seen = &page.as_raw()[seen..seen + SQUARE_PX];
        let known = &blank.as_raw()[known..known + SQUARE_PX];
        for (&s, &k) in seen.iter().zip(known) {
            let (s, k) = (u32::from(s), u32::from(k));
            b += k;
            bb += k * k;
            r += s;
            rb += s * k;
        }
    }
    let n = (SQUARE_PX * SQUARE_PX) as f32;
    let (mean_b, mean_r) = (b as f32 / n, r as f32 / n);
    let spread = bb as f32 / n - mean_b * mean_b;
    if !printed || spread < LEAST_PRINT {
        return Square {
            level: mean_r,
            print: None,
        };
    }
    let slope = (rb as f32 / n - mean_b * mean_r) / spread;
    let level = (mean_r + slope * (255.0 - mean_b)).clamp(1.0, 255.0);
    Square {
        level,
        print: Some((slope * 255.0 / level).clamp(0.0, 1.0)),
    }
}
