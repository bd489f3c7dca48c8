//! What a person put on a page: the page evenly lit, minus what is printed there.

use image::GrayImage;

use crate::geometry::Point;
use crate::median::median;
use crate::pixels::shrink;
use crate::template::{READ_PX_PER_MM, Template};

/// Side of the squares that the paper's brightness is measured in, in pixels of the half-resolution page: 4 mm, so that
/// the soft edge of a shadow is followed.
const SQUARE: usize = 16;

/// A square tells the paper's brightness when at least this many of its 256 pixels are unprinted.
const LEAST_OPEN: u32 = 24;

/// The brightness of bare paper over the page, as one value per square.
pub(crate) struct Paper {
    columns: usize,
    rows: usize,
    levels: Vec<f32>,
}

impl Paper {
    /// Measures the unprinted parts of `page`, which lies on the blank at the reading resolution.
    pub(crate) fn measure(page: &GrayImage, template: &Template) -> Self {
        let half = shrink(page, 2);
        let (w, h) = (half.width() as usize, half.height() as usize);
        let (columns, rows) = (w.div_ceil(SQUARE), h.div_ceil(SQUARE));
        let stride = page.width() as usize;
        let measured: Vec<Option<f32>> = (0..columns * rows)
            .map(|i| {
                let mut counts = [0_u32; 256];
                for y in (i / columns * SQUARE)..((i / columns + 1) * SQUARE).min(h) {
                    for x in (i % columns * SQUARE)..((i % columns + 1) * SQUARE).min(w) {
                        if template.open.get(2 * y * stride + 2 * x) == Some(&true) {
                            counts[usize::from(half.as_raw()[y * w + x])] += 1;
                        }
                    }
                }
                share_below(&counts, 0.7)
            })
            .collect();
        let mut paper = Self {
            columns,
            rows,
            levels: fill_gaps(measured, columns, rows),
        };
        paper.raise_blots();
        paper
    }

    /// The brightness of the paper around page point `p`, 0 to 255.
    pub(crate) fn at(&self, p: Point) -> f32 {
        let square = |mm: f64, n: usize| {
            let at = (mm * READ_PX_PER_MM / (2 * SQUARE) as f64).max(0.0) as usize;
            at.min(n.saturating_sub(1))
        };
        let at = square(p.y, self.rows) * self.columns + square(p.x, self.columns);
        self.levels.get(at).copied().unwrap_or(0.0)
    }

    /// What the pixel at `x`, `y` of the page is multiplied by to make paper there 255, as [`even_out`](Self::even_out) does.
    pub(crate) fn gain(&self, x: usize, y: usize) -> f32 {
        let locate = |v: usize, n: usize| {
            let at = ((v as f32 + 0.5) / (2 * SQUARE) as f32 - 0.5).clamp(0.0, n as f32 - 1.0);
            let first = (at as usize).min(n.saturating_sub(2));
            (first, at - first as f32)
        };
        let ((column, right), (row, down)) = (locate(x, self.columns), locate(y, self.rows));
        let gain = |column: usize, row: usize| {
            let (column, row) = (column.min(self.columns - 1), row.min(self.rows - 1));
            255.0 / self.levels[row * self.columns + column]
        };
        let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
        mix(
            mix(gain(column, row), gain(column + 1, row), right),
            mix(gain(column, row + 1), gain(column + 1, row + 1), right),
            down,
        )
    }

    /// The middle brightness of the page, 0 to 255.
    pub(crate) fn median(&self) -> f32 {
        median(self.levels.clone(), f32::total_cmp).unwrap_or(0.0)
    }

    /// A square that is all ink (a fingerprint) looks like dark paper; no shadow is as dark as half of the paper around.
    fn raise_blots(&mut self) {
        const REACH: usize = 4;
        let old = self.levels.clone();
        for row in 0..self.rows {
            for column in 0..self.columns {
                let mut around = Vec::with_capacity((2 * REACH + 1) * (2 * REACH + 1));
                for y in row.saturating_sub(REACH)..(row + REACH + 1).min(self.rows) {
                    let at = y * self.columns;
                    let left = column.saturating_sub(REACH);
                    let right = (column + REACH + 1).min(self.columns);
                    around.extend_from_slice(&old[at + left..at + right]);
                }
                around.sort_by(f32::total_cmp);
                let usual = around[around.len() / 2];
                let level = &mut self.levels[row * self.columns + column];
                *level = level.max(0.55 * usual).max(8.0);
            }
        }
    }

    /// `page` with every pixel divided by the paper's brightness there: paper becomes 255.
    pub(crate) fn even_out(&self, page: &GrayImage) -> GrayImage {
        let (w, h) = page.dimensions();
        // Squares of the half page are twice as large on the page itself; brightness belongs to their middles.
        let side = 2.0 * SQUARE as f32;
        let locate = |v: u32, n: usize| {
            let at = ((v as f32 + 0.5) / side - 0.5).clamp(0.0, n as f32 - 1.0);
            let first = (at as usize).min(n.saturating_sub(2));
            (first, at - first as f32)
        };
        let across: Vec<(usize, f32)> = (0..w).map(|x| locate(x, self.columns)).collect();
        let gains: Vec<f32> = self.levels.iter().map(|level| 255.0 / level).collect();
        let mut row_gains = vec![0.0; self.columns];
        let mut out = Vec::with_capacity((w * h) as usize);
        for (y, line) in (0..h).zip(page.as_raw().chunks_exact(w.max(1) as usize)) {
            let (row, down) = locate(y, self.rows);
            let upper = row * self.columns;
            let lower = (row + 1).min(self.rows - 1) * self.columns;
            for (i, gain) in row_gains.iter_mut().enumerate() {
                *gain = gains[upper + i] + (gains[lower + i] - gains[upper + i]) * down;
            }
            out.extend(line.iter().zip(&across).map(|(&v, &(column, right))| {
                let next = row_gains[(column + 1).min(self.columns - 1)];
                let gain = row_gains[column] + (next - row_gains[column]) * right;
                (f32::from(v) * gain + 0.5) as u8
            }));
        }
        GrayImage::from_raw(w, h, out).unwrap_or_default()
    }
}

/// The value that `share` of what is counted lies below; `None` when too little is counted.
fn share_below(counts: &[u32; 256], share: f32) -> Option<f32> {
    let all: u32 = counts.iter().sum();
    if all < LEAST_OPEN {
        return None;
    }
    let mut left = (all as f32 * share) as u32;
    counts.iter().enumerate().find_map(|(value, &count)| {
        if left < count {
            return Some(value as f32);
        }
        left -= count;
        None
    })
}

/// Gives every square without a value the mean of its neighbours that have one, from the rims of the gaps inwards.
fn fill_gaps(mut values: Vec<Option<f32>>, columns: usize, rows: usize) -> Vec<f32> {
    for _ in 0..columns + rows {
        if values.iter().all(Option::is_some) {
            break;
        }
        let old = values.clone();
        for (i, value) in values.iter_mut().enumerate().filter(|(_, v)| v.is_none()) {
            let (column, row) = (i % columns, i / columns);
            let mut sum = (0.0, 0);
            for y in row.saturating_sub(1)..(row + 2).min(rows) {
                for x in column.saturating_sub(1)..(column + 2).min(columns) {
                    if let Some(near) = old[y * columns + x] {
                        sum = (sum.0 + near, sum.1 + 1);
                    }
                }
            }
            if sum.1 > 0 {
                *value = Some(sum.0 / sum.1 as f32);
            }
        }
    }
    values.into_iter().map(|v| v.unwrap_or(255.0)).collect()
}
