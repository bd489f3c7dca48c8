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
/// A pixel is ink when it has this share of the greatest darkness in the square of [`EDGE_PX`] around it.
const EDGE_SHARE: f32 = 0.45;
/// To each side half of a bold stroke and its blur: 0.5 mm.
const EDGE_PX: usize = 9;

/// Whether there is ink is asked for so many pixels at once.
const STRETCH_PX: usize = 64;

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
    let mut picture = GrayImage::from_pixel(page.width(), page.height(), image::Luma([255]));
    for at in view.without_dirt(&ink) {
        picture.as_mut()[at] = 0;
    }
    picture
}

/// The pixels that are ink: few of a page's, so that nothing looks at all of them but the first search.
struct Ink {
    pixels: Vec<usize>,
    /// The same, for every pixel of the page.
    is_ink: Vec<bool>,
}

impl Ink {
    fn add(&mut self, at: usize) {
        if !self.is_ink[at] {
            self.is_ink[at] = true;
            self.pixels.push(at);
        }
    }
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

    /// The pixel at `at` and those around it; what lies beyond the rim is left out.
    fn around(&self, at: usize) -> impl Iterator<Item = usize> {
        let (width, len) = (self.width, self.page.len());
        let first = (at % width).saturating_sub(1);
        let last = (at % width + 1).min(width - 1);
        let row = at / width;
        (row.saturating_sub(1)..=row + 1)
            .flat_map(move |row| row * width + first..=row * width + last)
            .filter(move |&at| at < len)
    }

    /// The rows of the square of `SIDE` pixels around `at`; what lies above or below the page is white.
    fn square<'a, const SIDE: usize>(
        &self,
        picture: &'a [u8],
        at: usize,
    ) -> impl Iterator<Item = &'a [u8; SIDE]> {
        let first = at.wrapping_sub(SIDE / 2 * (self.width + 1));
        let starts = (0..SIDE).map(move |row| first.wrapping_add(row * self.width));
        let rows = starts.map(|start| picture.get(start..)?.first_chunk());
        rows.map(|row| row.unwrap_or(const { &[255; SIDE] }))
    }

    fn clear_of_print(&self) -> Ink {
        // With print as white as paper, so that the many bare pixels are passed over by stretches.
        let pixels = self.page.iter().zip(&self.template.open);
        let clear: Vec<u8> = pixels
            .map(|(&level, &open)| if open { level } else { 255 })
            .collect();
        let level = (255.0 * (1.0 - self.least)) as u8;
        let mut ink = Ink {
            pixels: Vec::new(),
            is_ink: vec![false; clear.len()],
        };
        let is_within_stroke = |at: usize| {
            let rows = self.square::<EDGE_PX>(&clear, at).flatten();
            let darkest = rows.fold(255, |least, level| least.min(*level));
            self.darkness(at) >= EDGE_SHARE * f32::from(255 - darkest) / 255.0
        };
        for (first, stretch) in (0..).step_by(STRETCH_PX).zip(clear.chunks(STRETCH_PX)) {
            if stretch.iter().fold(255, |least, v| least.min(*v)) > level {
                continue;
            }
            let pixels = stretch.iter().zip(first..);
            for (_, at) in pixels.filter(|(v, _)| **v <= level) {
                let darkness = self.darkness(at);
                // Nothing is darker than black, which saves most of a stroke a look around.
                if (darkness >= EDGE_SHARE || is_within_stroke(at))
                    && darkness - self.print_darkness(&self.template.thick, at) >= self.least
                {
                    ink.add(at);
                }
            }
        }
        ink
    }

    /// How dark `blank` is at `at`, blurred as the photo is.
    fn print_darkness(&self, blank: &GrayImage, at: usize) -> f32 {
        let rows = self.square::<BLUR_PX>(blank.as_raw(), at);
        // Most rows are white and add nothing.
        let printed = rows
            .zip(&self.blur[1])
            .filter(|(row, _)| **row != [255; BLUR_PX]);
        let rows = printed.map(|(row, down)| {
            let values = row.iter().zip(&self.blur[0]);
            down * values
                .map(|(&v, across)| across * f32::from(255 - v))
                .sum::<f32>()
        });
        rows.sum::<f32>() / 255.0
    }

    fn is_darker_than_print(&self, at: usize) -> bool {
        self.darkness(at) - self.print_darkness(&self.template.blank, at) > BESIDE_PRINT_DARKNESS
    }

    fn go_on_beside_print(&self, ink: &mut Ink) {
        let open = &self.template.open;
        let mut from = 0;
        for _ in 0..STEPS_BESIDE_PRINT {
            let until = ink.pixels.len();
            for i in from..until {
                for near in self.around(ink.pixels[i]) {
                    if !ink.is_ink[near] && !open[near] && self.is_darker_than_print(near) {
                        ink.add(near);
                    }
                }
            }
            from = until;
        }
    }

    /// From ink, straight through dark print, to ink.
    fn go_on_through_print(&self, ink: &mut Ink) {
        let open = &self.template.open;
        let width = self.width;
        let dark = (255.0 * (1.0 - LEAST_DARKNESS)) as u8;
        let mut through = Vec::new();
        for &start in &ink.pixels {
            // Four directions do: a way back is the same way.
            for step in [1, width - 1, width, width + 1] {
                let first = start + step;
                if ink.is_ink.get(first) != Some(&false) || open[first] {
                    continue;
                }
                let way = (1..=THROUGH_PRINT_PX + 1).map(|n| start + n * step);
                let passed = way.clone().take_while(|&at| {
                    ink.is_ink.get(at) == Some(&false) && !open[at] && self.page[at] < dark
                });
                let count = passed.count();
                let end = start + (count + 1) * step;
                if count <= THROUGH_PRINT_PX && ink.is_ink.get(end) == Some(&true) {
                    through.extend(way.take(count));
                }
            }
        }
        for at in through {
            ink.add(at);
        }
    }

    /// The ink without blots that have too few pixels clear of print, or are nowhere dark enough.
    fn without_dirt(&self, ink: &Ink) -> Vec<usize> {
        let core = self.least + CORE_DARKNESS;
        let is_core = |&&at: &&usize| {
            let sum: f32 = self.around(at).map(|near| self.darkness(near)).sum();
            sum / 9.0 >= core
        };
        let mut unseen = ink.is_ink.clone();
        let mut kept = Vec::with_capacity(ink.pixels.len());
        for &start in &ink.pixels {
            if !std::mem::take(&mut unseen[start]) {
                continue;
            }
            let first = kept.len();
            kept.push(start);
            let mut next = first;
            while let Some(&at) = kept.get(next) {
                next += 1;
                for near in self.around(at) {
                    if std::mem::take(&mut unseen[near]) {
                        kept.push(near);
                    }
                }
            }
            let clear = kept[first..].iter().filter(|&&at| self.template.open[at]);
            if clear.clone().count() < SPECK_PX || !clear.clone().any(|at| is_core(&at)) {
                kept.truncate(first);
            }
        }
        kept
    }
}
