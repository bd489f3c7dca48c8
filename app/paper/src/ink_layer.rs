//! What a person drew on a page, as black and white: what is printed there is left out, ink that crosses it is not.
//!
//! Clear of print, ink is what is darker than print blurred into the paper there, and about half as dark as the darkest
//! ink around, so that a faint stroke is kept whole and a bold one is not made bolder by blur. Where the blank has print,
//! and a little around it, a dark pixel may be print that lies a little off its place; there ink is believed where it
//! goes on from ink that is clear of print: a step or two into what is darker than the blurred blank, and straight
//! through print to ink on its other side.

use image::GrayImage;

use crate::blur::{bell, blur_px};
use crate::reading::PhotoQuality;
use crate::template::Template;

/// Ink is darker than paper by this share at least, and by [`NOISE_LEVEL`].
const LEAST_DARKNESS: f32 = 0.14;
/// Noise of a photo, in its grey levels, which evening out the light multiplies.
const NOISE_LEVEL: f32 = 11.0;
/// A blot has a place this much darker than the least, on average over 3 × 3 pixels; the noise of a shadow has not.
const CORE_DARKNESS: f32 = 0.05;
/// A pixel is ink when it has this share of the greatest darkness within [`EDGE_REACH_PX`].
const EDGE_SHARE: f32 = 0.45;
/// Half of a bold stroke and its blur: 0.5 mm.
const EDGE_REACH_PX: usize = 4;

/// Specks smaller than this are dirt: 6 pixels are 0.1 mm².
const SPECK_PX: usize = 6;

/// How far ink goes on beside print: the guard around print and one pixel of its edge.
const STEPS_BESIDE_PRINT: usize = 3;
/// There it is darker than the blurred blank by this share.
const BESIDE_PRINT_DARKNESS: f32 = 0.25;
/// Ink goes on through print that is at most this wide: 0.9 mm is the thickest line with its edges.
const THROUGH_PRINT_PX: usize = 7;

/// The ink of an evenly lit page that lies on its blank: 0 where a person drew, 255 elsewhere.
///
/// `paper_level` is the photo's brightness of bare paper, 0 to 255; it tells how strong noise is.
pub(crate) fn ink_layer(
    page: &GrayImage,
    template: &Template,
    quality: &PhotoQuality,
) -> GrayImage {
    let view = View {
        page: page.as_raw(),
        width: page.width() as usize,
        template,
        least: LEAST_DARKNESS.max(NOISE_LEVEL / quality.paper_level.max(1.0)),
        blur: quality.edge_mm.map(blur_weights),
    };
    let mut ink = view.clear_of_print();
    view.go_on_beside_print(&mut ink);
    view.go_on_through_print(&mut ink);
    view.drop_dirt(&mut ink);
    let pixels = ink.iter().map(|&ink| if ink { 0 } else { 255 }).collect();
    GrayImage::from_raw(page.width(), page.height(), pixels).unwrap_or_default()
}

/// Blur is followed this far to each side: as wide as photos worth reading spread it.
const BLUR_REACH_PX: usize = 5;
const BLUR_PX: usize = 2 * BLUR_REACH_PX + 1;

struct View<'a> {
    page: &'a [u8],
    width: usize,
    template: &'a Template,
    /// The least darkness of ink, 0 to 1.
    least: f32,
    /// How the photo's blur spreads a pixel across and down.
    blur: [[f32; BLUR_PX]; 2],
}

fn blur_weights(edge_mm: f64) -> [f32; BLUR_PX] {
    let bell = bell(blur_px(edge_mm).min(4.0), BLUR_REACH_PX);
    std::array::from_fn(|i| bell[i] as f32)
}

impl View<'_> {
    /// How much darker than paper a pixel is, 0 to 1.
    fn darkness(&self, at: usize) -> f32 {
        f32::from(255 - self.page[at]) / 255.0
    }

    /// The pixels around `at` within `reach` rows and columns; those beyond the upper and lower rim are left out.
    fn around(&self, at: usize, reach: usize) -> impl Iterator<Item = usize> {
        let (width, len) = (self.width, self.page.len());
        let first = (at % width).saturating_sub(reach);
        let last = (at % width + reach).min(width - 1);
        let row = at / width;
        (row.saturating_sub(reach)..=row + reach)
            .flat_map(move |row| row * width + first..=row * width + last)
            .filter(move |&at| at < len)
    }

    fn clear_of_print(&self) -> Vec<bool> {
        let open = &self.template.open;
        // As a grey level, so that the many bare pixels cost one comparison.
        let level = (255.0 * (1.0 - self.least)) as u8;
        let mut ink = vec![false; self.page.len()];
        for at in 0..ink.len() {
            if self.page[at] > level || !open[at] {
                continue;
            }
            let near = self.around(at, EDGE_REACH_PX).filter(|&at| open[at]);
            let darkest = near.map(|at| self.page[at]).min().unwrap_or(255);
            let share = EDGE_SHARE * f32::from(255 - darkest) / 255.0;
            ink[at] = self.darkness(at) >= share
                && self.darkness(at) - self.print_darkness(&self.template.thick, at) >= self.least;
        }
        ink
    }

    /// How dark `blank` is at `at`, blurred as the photo is.
    fn print_darkness(&self, blank: &GrayImage, at: usize) -> f32 {
        let first = at.wrapping_sub(BLUR_REACH_PX * (self.width + 1));
        let rows = self.blur[1].iter().enumerate().map(|(row, down)| {
            let start = first.wrapping_add(row * self.width);
            let line = blank.as_raw().get(start..start.wrapping_add(BLUR_PX));
            let values = line.unwrap_or(&[255; BLUR_PX]).iter().zip(&self.blur[0]);
            down * values
                .map(|(&v, across)| across * f32::from(255 - v))
                .sum::<f32>()
        });
        rows.sum::<f32>() / 255.0
    }

    fn is_darker_than_print(&self, at: usize) -> bool {
        self.darkness(at) - self.print_darkness(&self.template.blank, at) > BESIDE_PRINT_DARKNESS
    }

    fn go_on_beside_print(&self, ink: &mut [bool]) {
        let open = &self.template.open;
        let is_rim = |at: usize, ink: &[bool]| {
            ink[at] && self.around(at, 1).any(|near| !open[near] && !ink[near])
        };
        let mut rim: Vec<usize> = (0..ink.len()).filter(|&at| is_rim(at, ink)).collect();
        for _ in 0..STEPS_BESIDE_PRINT {
            let mut next = Vec::new();
            for at in rim {
                for near in self.around(at, 1) {
                    if !ink[near] && !open[near] && self.is_darker_than_print(near) {
                        ink[near] = true;
                        next.push(near);
                    }
                }
            }
            rim = next;
        }
    }

    /// From ink, straight through dark print, to ink.
    fn go_on_through_print(&self, ink: &mut [bool]) {
        let open = &self.template.open;
        let width = self.width;
        let dark = (255.0 * (1.0 - LEAST_DARKNESS)) as u8;
        let mut through = Vec::new();
        // Four directions do: a way back is the same way.
        for step in [1, width - 1, width, width + 1] {
            for start in 0..ink.len() {
                let first = start + step;
                if !ink[start] || ink.get(first) != Some(&false) || open[first] {
                    continue;
                }
                let way = (1..=THROUGH_PRINT_PX + 1).map(|n| start + n * step);
                let passed = way.clone().take_while(|&at| {
                    ink.get(at) == Some(&false) && !open[at] && self.page[at] < dark
                });
                let count = passed.count();
                let end = start + (count + 1) * step;
                if count <= THROUGH_PRINT_PX && ink.get(end) == Some(&true) {
                    through.extend(way.take(count));
                }
            }
        }
        for at in through {
            ink[at] = true;
        }
    }

    /// Blots with too few pixels clear of print, or nowhere dark enough.
    fn drop_dirt(&self, ink: &mut [bool]) {
        let core = self.least + CORE_DARKNESS;
        let mut seen = vec![false; ink.len()];
        let mut blot = Vec::new();
        for start in 0..ink.len() {
            if !ink[start] || seen[start] {
                continue;
            }
            blot.clear();
            blot.push(start);
            seen[start] = true;
            let mut next = 0;
            while let Some(&at) = blot.get(next) {
                next += 1;
                for near in self.around(at, 1) {
                    if ink[near] && !seen[near] {
                        seen[near] = true;
                        blot.push(near);
                    }
                }
            }
            let clear = blot.iter().filter(|&&at| self.template.open[at]);
            let is_core = |&&at: &&usize| {
                let sum: f32 = self.around(at, 1).map(|near| self.darkness(near)).sum();
                sum / 9.0 >= core
            };
            if clear.clone().count() < SPECK_PX || !clear.clone().any(|at| is_core(&at)) {
                for &at in &blot {
                    ink[at] = false;
                }
            }
        }
    }
}
