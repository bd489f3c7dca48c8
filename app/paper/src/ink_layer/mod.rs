//! What a person drew on a page, as black and white: what is printed there is left out, ink that crosses it is not.
//!
//! Clear of print, ink is what is darker than print blurred into the paper there, and about half as dark as the darkest
//! ink around, so that a faint stroke is kept whole and a bold one is not made bolder by blur. A stroke that is hardly darker
//! than the paper's grain is told by its two sides, both of which are paper; the soft rim of a shadow has one. Where the blank
//! has print, and a little around it, a dark pixel may be print that lies a little off its place; there ink is believed where
//! it goes on from ink that is clear of print, see [`beside_print`]. What has too little ink, or comes in from the page's
//! edges as fingers do, is left out at the end, see [`dirt`].

mod beside_print;
mod dirt;

use image::GrayImage;

use crate::blur::{bell, blur_px};
use crate::grain::Grain;
use crate::reading::PhotoQuality;
use crate::template::{READ_PX_PER_MM, Template};

/// Ink is darker than paper by this share at least, and by [`NOISE_LEVEL`].
const LEAST_DARKNESS: f32 = 0.14;
/// Noise of a photo, in its grey levels, which evening out the light multiplies.
const NOISE_LEVEL: f32 = 11.0;
/// A pixel is ink when it has this share of the greatest darkness in the square of [`EDGE_PX`] around it.
const EDGE_SHARE: f32 = 0.45;
/// To each side half of a bold stroke and its blur: 0.5 mm.
const EDGE_PX: usize = 9;

/// A stroke with paper to both sides is darker than that by this share at least: what shows through from the reverse, and most
/// shades of creases, are lighter. Light ticks of photos taken without care have 0.1 and more.
const FAINT_DARKNESS: f32 = 0.08;
/// And by so many standard deviations of grain: of four million pixels a few hundred pass four, and lie apart.
const FAINT_DEVIATIONS: f32 = 5.0;
/// Of its darkness, what is to both sides of it has this share at most.
const SIDES_SHARE: f32 = 0.3;
/// Half the width of a faint stroke, and then to each side this share of the photo's edges.
const FAINT_PX: f64 = 4.0;
const SIDES_EDGES: f64 = 0.7;

/// Whether there is ink is asked for so many pixels at once.
const STRETCH_PX: usize = 64;

/// The ink of an evenly lit page that lies on its blank: 0 where a person drew, 255 elsewhere.
///
/// `quality` tells how bright paper is in the photo and how wide edges are, `grain` how strong the photo's noise is.
pub(crate) fn ink_layer(
    page: &GrayImage,
    template: &Template,
    quality: &PhotoQuality,
    grain: &Grain,
) -> GrayImage {
    let paper_level = quality.paper_level.max(1.0);
    let [across, down] = quality.edge_mm.map(blur_weights);
    let edge_mm = quality.edge_mm[0].max(quality.edge_mm[1]);
    // With print as white as paper, so that the many bare pixels are passed over by stretches.
    let pixels = page.as_raw().iter().zip(&template.open);
    let clear = pixels.map(|(&level, &open)| if open { level } else { 255 });
    let view = View {
        page: page.as_raw(),
        clear: clear.collect(),
        width: page.width() as usize,
        template,
        least: LEAST_DARKNESS.max(NOISE_LEVEL / paper_level),
        faint: FAINT_DARKNESS.max(FAINT_DEVIATIONS * grain.deviation / paper_level),
        grain_reach: grain.reach,
        side_px: (FAINT_PX + SIDES_EDGES * edge_mm * READ_PX_PER_MM) as usize,
        across: std::array::from_fn(|i| {
            let weight = across.get(i).copied().unwrap_or(0.0);
            (weight * f32::from(ACROSS_UNIT)) as i16
        }),
        down,
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
/// What stands for 1 in weights that are whole numbers.
const ACROSS_UNIT: i16 = 1 << 14;

struct View<'a> {
    page: &'a [u8],
    /// The page where it is clear of print, 255 elsewhere.
    clear: Vec<u8>,
    width: usize,
    template: &'a Template,
    /// The least darkness of ink, 0 to 1.
    least: f32,
    /// That of a stroke with paper to both sides.
    faint: f32,
    /// Faint strokes are told in means over squares that reach this far.
    grain_reach: usize,
    /// From the middle of a faint stroke to the paper at its side.
    side_px: usize,
    /// How the photo's blur spreads a pixel across, in 2^-14, and down.
    across: [i16; 16],
    down: [f32; BLUR_PX],
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

    fn clear_of_print(&self) -> Ink {
        let level = (255.0 * (1.0 - self.faint.min(self.least))) as u8;
        let mut ink = Ink {
            pixels: Vec::new(),
            is_ink: vec![false; self.clear.len()],
        };
        let is_within_stroke = |at: usize| {
            // Rows are looked at by as many pixels as an instruction takes, of which the first are meant.
            let first = at.wrapping_sub(EDGE_PX / 2 * (self.width + 1));
            let mut darkest = [255; 16];
            for row in 0..EDGE_PX {
                let start = first.wrapping_add(row * self.width);
                let row = self.clear.get(start..).and_then(|row| row.first_chunk());
                let row: &[u8; 16] = row.unwrap_or(&[255; 16]);
                for (darkest, level) in darkest.iter_mut().zip(row) {
                    *darkest = (*level).min(*darkest);
                }
            }
            let darkest = darkest[..EDGE_PX]
                .iter()
                .fold(255, |least, v| least.min(*v));
            self.darkness(at) >= EDGE_SHARE * f32::from(255 - darkest) / 255.0
        };
        for (first, stretch) in (0..).step_by(STRETCH_PX).zip(self.clear.chunks(STRETCH_PX)) {
            if stretch.iter().fold(255, |least, v| least.min(*v)) > level {
                continue;
            }
            let pixels = stretch.iter().zip(first..);
            for (_, at) in pixels.filter(|(v, _)| **v <= level) {
                let darkness = self.darkness(at);
                // Nothing is darker than black, which saves most of a stroke a look around.
                if darkness < EDGE_SHARE && !is_within_stroke(at) {
                    continue;
                }
                let is_bold = darkness >= self.least;
                if !is_bold && !self.is_between_paper(at) {
                    continue;
                }
                let ink_darkness = darkness - self.print_darkness(&self.template.thick, at);
                if ink_darkness >= self.least
                    || (ink_darkness >= self.faint && (!is_bold || self.is_between_paper(at)))
                {
                    ink.add(at);
                }
            }
        }
        ink
    }

    /// The mean darkness, clear of print, of the square in which grain is measured.
    fn mean_darkness(&self, at: usize) -> f32 {
        let side = 2 * self.grain_reach + 1;
        let first = at.wrapping_sub(self.grain_reach * (self.width + 1));
        let rows = (0..side).map(|row| {
            let start = first.wrapping_add(row * self.width);
            let pixels = self.clear.get(start..start.wrapping_add(side));
            let darkness = |level: &u8| u32::from(255 - level);
            pixels.map_or(0, |row| row.iter().map(darkness).sum::<u32>())
        });
        rows.sum::<u32>() as f32 / (255 * side * side) as f32
    }

    /// Whether what is at `at` is dark on average, and in some direction what is to both sides of it is not.
    fn is_between_paper(&self, at: usize) -> bool {
        let mean = self.mean_darkness(at);
        if mean < self.faint {
            return false;
        }
        let diagonal = self.side_px * 7 / 10;
        let steps = [
            self.side_px,
            self.side_px * self.width,
            diagonal * (self.width - 1),
            diagonal * (self.width + 1),
        ];
        let is_paper = |at: usize| self.mean_darkness(at) <= SIDES_SHARE * mean;
        steps
            .iter()
            .any(|step| is_paper(at.wrapping_sub(*step)) && is_paper(at + step))
    }

    /// How dark `blank` is at `at`, blurred as the photo is.
    fn print_darkness(&self, blank: &GrayImage, at: usize) -> f32 {
        let first = at.wrapping_sub(BLUR_REACH_PX * (self.width + 1));
        let mut sum = 0.0;
        for (row, down) in self.down.iter().enumerate() {
            // As many pixels as instructions take; those behind the blur's have no weight.
            let start = first.wrapping_add(row * self.width);
            let row = blank
                .as_raw()
                .get(start..)
                .and_then(|row| row.first_chunk());
            let row: &[u8; 16] = row.unwrap_or(&[255; 16]);
            // Most rows are white and add nothing.
            if *row != [255; 16] {
                let products = row.iter().zip(&self.across);
                let products = products.map(|(v, across)| i32::from(255 - v) * i32::from(*across));
                sum += down * products.sum::<i32>() as f32;
            }
        }
        sum / (255.0 * f32::from(ACROSS_UNIT))
    }
}
