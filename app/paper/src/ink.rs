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
    /// What makes paper 255.
    gains: Vec<f32>,
}

impl Paper {
    /// Measures the unprinted parts of `page`, which lies on the blank at the reading resolution. `is_seen` tells of points of the
    /// page, in millimetres, whether the photo shows them; what it does not becomes as bright as paper around.
    pub(crate) fn measure(
        page: &mut GrayImage,
        template: &Template,
        is_seen: impl Fn(Point) -> bool,
    ) -> Self {
        let half = shrink(page, 2);
        let (w, h) = (half.width() as usize, half.height() as usize);
        let (columns, rows) = (w.div_ceil(SQUARE), h.div_ceil(SQUARE));
        let stride = page.width() as usize;
        let is_seen = |x: usize, y: usize| {
            let mm = |half_px: usize| 2.0 * half_px as f64 / READ_PX_PER_MM;
            is_seen(Point::new(mm(x), mm(y)))
        };
        // A square is seen whole when its corners are.
        let nodes: Vec<bool> = (0..(columns + 1) * (rows + 1))
            .map(|i| is_seen(i % (columns + 1) * SQUARE, i / (columns + 1) * SQUARE))
            .collect();
        let is_whole = |i: usize| {
            let at = i / columns * (columns + 1) + i % columns;
            let corners = [at, at + 1, at + columns + 1, at + columns + 2];
            corners.iter().all(|&at| nodes[at])
        };
        let measured: Vec<Option<f32>> = (0..columns * rows)
            .map(|i| {
                let mut counts = [0_u32; 256];
                let (left, top) = (i % columns * SQUARE, i / columns * SQUARE);
                let width = SQUARE.min(w - left);
                let is_whole = is_whole(i);
                for y in top..(top + SQUARE).min(h) {
                    let seen = &half.as_raw()[y * w + left..][..width];
                    let open = template.open.get(2 * (y * stride + left)..);
                    let open = open.unwrap_or_default().iter().step_by(2);
                    for ((level, open), x) in seen.iter().zip(open).zip(left..) {
                        let counted = *open && (is_whole || is_seen(x, y));
                        counts[usize::from(*level)] += u32::from(counted);
                    }
                }
                share_below(&counts, 0.7)
            })
            .collect();
        let mut paper = Self {
            columns,
            rows,
            levels: fill_gaps(measured, columns, rows),
            gains: Vec::new(),
        };
        paper.raise_blots();
        paper.gains = paper.levels.iter().map(|level| 255.0 / level).collect();
        for i in (0..columns * rows).filter(|&i| !is_whole(i)) {
            let (left, top) = (i % columns * SQUARE, i / columns * SQUARE);
            let pixels = (top..h)
                .take(SQUARE)
                .flat_map(|y| (left..w).take(SQUARE).map(move |x| (x, y)));
            for (x, y) in pixels.filter(|&(x, y)| !is_seen(x, y)) {
                let level = (255.0 / paper.gain(2 * x, 2 * y)) as u8;
                for at in [0, 1, stride, stride + 1] {
                    page.as_mut()[2 * (y * stride + x) + at] = level;
                }
            }
        }
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
            self.gains[row * self.columns + column]
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
                let usual = median(around, f32::total_cmp).unwrap_or(0.0);
                let level = &mut self.levels[row * self.columns + column];
                *level = level.max(0.55 * usual).max(8.0);
            }
        }
    }

    /// `page` with every pixel divided by the paper's brightness there: paper becomes 255.
    pub(crate) fn even_out(&self, page: &GrayImage) -> GrayImage {
        /// With 2^23 added a number stands rounded in its last bits, which is quicker than converting it.
        const ROUNDING: f32 = 8_388_608.0;
        let (w, h) = page.dimensions();
        // Squares of the half page are twice as large on the page itself; brightness belongs to their middles.
        let side = 2.0 * SQUARE as f32;
        let locate = |v: u32, n: usize| {
            let at = ((v as f32 + 0.5) / side - 0.5).clamp(0.0, n as f32 - 1.0);
            let first = (at as usize).min(n.saturating_sub(2));
            (first, at - first as f32)
        };
        // The stretches of pixels between the middles of two squares, and how far each pixel is on its way to the right one.
        let across = (0..w).map(|x| locate(x, self.columns));
        let (columns, rights): (Vec<usize>, Vec<f32>) = across.unzip();
        let stretches: Vec<&[usize]> = columns.chunk_by(|a, b| a == b).collect();
        let gains = &self.gains;
        let mut row_gains = vec![0.0; self.columns];
        let mut out = page.clone();
        for (y, mut line) in (0..h).zip(out.chunks_exact_mut(w.max(1) as usize)) {
            let (row, down) = locate(y, self.rows);
            let upper = row * self.columns;
            let lower = (row + 1).min(self.rows - 1) * self.columns;
            for (i, gain) in row_gains.iter_mut().enumerate() {
                *gain = gains[upper + i] + (gains[lower + i] - gains[upper + i]) * down;
            }
            let mut rights = rights.as_slice();
            for columns in &stretches {
                let column = columns[0];
                let gain = row_gains[column];
                let rise = row_gains[(column + 1).min(self.columns - 1)] - gain;
                let (near, far) = rights.split_at(columns.len());
                rights = far;
                let pixels = line.split_off_mut(..columns.len()).unwrap_or_default();
                for (pixel, right) in pixels.iter_mut().zip(near) {
                    let level = f32::from(*pixel) * (gain + rise * right);
                    *pixel = (level.min(255.0) + ROUNDING).to_bits() as u8;
                }
            }
        }
        out
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
