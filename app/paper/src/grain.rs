//! How much bare paper scatters in a photo: what ink has to stand out from.

use image::GrayImage;

use crate::ink::Paper;
use crate::median::{MEDIAN_DEVIATION, median};
use crate::template::{READ_PX_PER_MM, Template};

/// The grain of bare paper, as seen in means over squares.
///
/// A camera's noise is about the same in light and in shadow, so it is given in grey levels of the photo; evening out
/// the light multiplies it where the paper is dark.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grain {
    /// Squares reach this many pixels to each side of their middle.
    pub(crate) reach: usize,
    /// The standard deviation of bare paper, in grey levels of the photo.
    pub(crate) deviation: f32,
}

/// Pixels from one square that is measured to the next.
const STEP: usize = 13;

impl Grain {
    /// Measures the grain of `page` as it came flat from the photo, whose black edges are `edge_mm` wide.
    pub(crate) fn measure(
        page: &GrayImage,
        paper: &Paper,
        template: &Template,
        edge_mm: f64,
    ) -> Self {
        // A stroke is as wide as an edge; a mean over less leaves noise, over more it thins the stroke out.
        let reach = ((edge_mm * READ_PX_PER_MM * 0.3) as usize).clamp(1, 4);
        let clear = reach + (edge_mm * READ_PX_PER_MM * 0.7) as usize;
        let (w, h) = (page.width() as usize, page.height() as usize);
        let mut levels = Vec::new();
        for y in (clear..h.saturating_sub(clear)).step_by(STEP) {
            for x in (clear..w.saturating_sub(clear)).step_by(STEP) {
                let at = y * w + x;
                let around = [at - clear, at + clear, at - clear * w, at + clear * w];
                if template.open[at] && around.iter().all(|at| template.open[*at]) {
                    let gain = paper.gain(x, y);
                    levels.push(mean_darkness(page, at, reach, gain) * 255.0 / gain);
                }
            }
        }
        let bare = median(levels.clone(), f32::total_cmp).unwrap_or(0.0);
        // Ink and shadows are outliers to one side; the other side is paper.
        let below = levels.iter().filter(|level| **level <= bare);
        let gaps = below.map(|level| bare - level).collect();
        Self {
            reach,
            deviation: median(gaps, f32::total_cmp).unwrap_or(0.0) / MEDIAN_DEVIATION as f32,
        }
    }
}

/// How much darker than paper the pixels up to `reach` around `at` are on average: 1 is black, and bright grain is less than 0.
/// Paper is 255 after multiplying by `gain`.
fn mean_darkness(page: &GrayImage, at: usize, reach: usize, gain: f32) -> f32 {
    let (raw, width) = (page.as_raw(), page.width() as usize);
    let side = 2 * reach + 1;
    let first = at.wrapping_sub(reach * width + reach);
    let mut sum = 0_u32;
    for row in 0..side {
        let from = first.wrapping_add(row * width);
        let pixels = raw.get(from..from.wrapping_add(side));
        sum += pixels.map_or(255 * side as u32, |pixels| {
            pixels.iter().map(|&v| u32::from(v)).sum()
        });
    }
    1.0 - sum as f32 * gain / (side * side * 255) as f32
}
