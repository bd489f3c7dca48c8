//! Scoring the fields of a page: how much ink each holds, and how well its place is seen.

use image::GrayImage;

use super::Sight;
use super::outline::{band_fit, contrast, drift};
use crate::form::{Field, FieldKind};
use crate::geometry::{Point, RectMm};
use crate::grain::Grain;
use crate::ink::Paper;
use crate::layout::{HAIRLINE_STEPS, TICK_LINE_STEPS, lattice};
use crate::reading::PhotoQuality;
use crate::seal_ring::SealRing;
use crate::template::{READ_PX_PER_MM, Template, for_pixels, rows};
use crate::tick::{TickInk, level};
use crate::waves::Waves;
use crate::writing::faintness;

/// From this brightness on, of 255, what glare adds to paper is cut off by the camera.
const WASHED_OUT_LEVEL: u8 = 250;

/// Ink of the faintest tick that counts, in square millimetres of full black: a stroke of 0.35 mm in grey over most of
/// the box. A speck of a quarter millimetre has a third of it.
const TICK_INK_MM2: f32 = 0.24;
/// The same for writing: a short stroke.
const TEXT_INK_MM2: f32 = 2.4;
/// Squares of 2 mm with ink in them that make a score of 1. The least signature has twenty; strokes that run in from
/// neighbouring fields touch four or five.
const SPREAD_SQUARES: f32 = 18.0;
const SQUARE_MM: f64 = 2.0;
/// A pen or an ink pad is at least this dark, blurred; the noise of a shadow is not.
const PEN_DARKNESS: f32 = 0.2;
/// Ink that makes one of those squares count, in square millimetres.
const SQUARE_INK_MM2: f32 = 0.12;

/// How far outside and inside of its edges the outline of a tick box is compared with the blank: little of a mark
/// reaches there.
const TICK_BAND_MM: (f64, f64) = (0.5, 0.6);
/// The same for larger fields, where the band takes in some of the print around.
const FRAME_BAND_MM: (f64, f64) = (2.5, 0.8);

/// Writing is looked for over a larger field, and is darker than a faint tick.
const TEXT_DEVIATIONS: f32 = 4.0;
/// Darkening below this is paper grain and noise.
const NOISE_DENSITY: f32 = 0.09;

/// An evenly lit page that lies on its blank, with what scoring its fields needs.
pub(crate) struct Scorer<'a> {
    pub(crate) page: &'a GrayImage,
    /// The same before the light was evened out, which cuts off bright grain.
    pub(crate) flat: &'a GrayImage,
    pub(crate) paper: &'a Paper,
    pub(crate) template: &'a Template,
    pub(crate) quality: &'a PhotoQuality,
    pub(crate) grain: Grain,
    /// Ink under these does not count.
    pub(crate) seals: &'a [SealRing],
    /// Whether waves of light are looked for around tick boxes.
    pub(crate) wavy: bool,
}

impl Scorer<'_> {
    /// Scores `field`; also says how well its place is seen. `in_photo` says whether a page point is in the photo.
    pub(crate) fn score(&self, field: &Field, in_photo: impl Fn(Point) -> bool) -> (f32, Sight) {
        let Self {
            page,
            paper,
            template,
            quality,
            ..
        } = self;
        let corners = field.rect.corners();
        let levels = corners.map(|p| paper.at(p));
        let paper_level = levels.into_iter().fold(255.0, f32::min);
        let grain = self.grain.deviation / paper_level;
        let (score, mut sight) = match field.kind {
            FieldKind::Tick => {
                let (dx, dy) = drift(page, template, field.rect);
                let rect = field.rect.shifted(dx, dy);
                let shift = px(dy) * page.width() as isize + px(dx);
                let line_mm = lattice(TICK_LINE_STEPS);
                let drift = (px(dx), px(dy));
                // Paper that is brighter than usual is so by light that is added to what it and the ink on it give back.
                let glare = f64::from(quality.paper_level / paper.at(field.rect.centre()));
                let waves = if self.wavy {
                    self.waves(field.rect)
                } else {
                    None
                };
                let darkness = |x: isize, y: isize| match &waves {
                    Some(waves) => self.darkness(x, y, field.rect) - waves.at(x, y),
                    None => {
                        let gain = paper.gain(x as usize, y as usize);
                        1.0 - level(self.flat, x, y) * f64::from(gain) / 255.0
                    }
                };
                let ink = TickInk::measure(
                    &template.blank,
                    (field.rect, line_mm),
                    quality.edge_mm,
                    (quality.toner.into(), glare),
                    drift,
                    darkness,
                );
                let sight = Sight {
                    fit: band_fit(page, template, field.rect, TICK_BAND_MM, shift),
                    contrast: ink.contrast,
                    paper_level,
                    washed_out: self.washed_out(rect.inset(line_mm)),
                    noise: ink.grain_mm2 / TICK_INK_MM2,
                    seal: 0.0,
                    unevenness: 0.0,
                };
                let score = if self.is_under_seal(field.rect) {
                    0.0
                } else {
                    ink.ink_mm2 / TICK_INK_MM2
                };
                (score, sight)
            }
            kind => {
                let score = match kind {
                    // The ring of the smallest seal, 38 mm across, touches more squares than a signature.
                    FieldKind::Signature | FieldKind::Fingerprint | FieldKind::Seal => {
                        self.spread(field.rect.inset(0.8)) / SPREAD_SQUARES
                    }
                    FieldKind::Tick | FieldKind::Text | FieldKind::Digits { .. } => {
                        // Over 3 × 3 pixels grain is coarser than where it was measured.
                        let coarser = (2 * self.grain.reach + 1) as f32 / 3.0;
                        let least = TEXT_DEVIATIONS * coarser * grain;
                        let ink = |darkness: f32| darkness >= least;
                        ink_mm2(page, template, field.rect.inset(0.4), ink) / TEXT_INK_MM2
                    }
                };
                let sight = Sight {
                    fit: band_fit(page, template, field.rect, FRAME_BAND_MM, 0),
                    // A pen's stroke is darker than a hairline, and a signature is more than what glare over a corner hides.
                    contrast: contrast(page, field.rect, lattice(HAIRLINE_STEPS), quality),
                    paper_level,
                    washed_out: self.washed_out(field.rect.inset(0.8)),
                    noise: grain / self.pen_darkness(),
                    seal: 0.0,
                    unevenness: 0.0,
                };
                (score, sight)
            }
        };
        if !corners.into_iter().all(in_photo) {
            sight.fit = 0.0;
        }
        (score, sight)
    }

    /// How dark a pixel is when the paper of `rect` is 0 and black 1. Evening out the light square by square would bend long waves.
    fn darkness(&self, x: isize, y: isize, rect: RectMm) -> f64 {
        1.0 - level(self.flat, x, y) / f64::from(self.paper.at(rect.centre()))
    }

    /// The waves of light around `rect`.
    fn waves(&self, rect: RectMm) -> Option<Waves> {
        let (width, open) = (self.page.width() as usize, &self.template.open);
        let is_open = |x: isize, y: isize| {
            let (x, y) = (usize::try_from(x).ok(), usize::try_from(y).ok());
            let at = x.filter(|x| *x < width).zip(y).map(|(x, y)| y * width + x);
            at.and_then(|at| open.get(at)).is_some_and(|open| *open)
        };
        Waves::around(rect, is_open, |x, y| self.darkness(x, y, rect))
    }

    /// The share of `rect` that is as bright as the camera can tell.
    fn washed_out(&self, rect: RectMm) -> f32 {
        let (mut all, mut washed_out) = (0, 0);
        for_pixels(rect, self.flat, |at| {
            all += 1;
            washed_out += u32::from(self.flat.as_raw()[at] >= WASHED_OUT_LEVEL);
        });
        washed_out as f32 / all.max(1) as f32
    }

    /// A pen is at least this dark on this page.
    fn pen_darkness(&self) -> f32 {
        PEN_DARKNESS * faintness(self.quality.written)
    }

    fn is_under_seal(&self, rect: RectMm) -> bool {
        self.seals.iter().any(|seal| seal.covers(rect))
    }

    /// In how many squares of `rect` there is ink.
    fn spread(&self, rect: RectMm) -> f32 {
        let (columns, rows) = ((rect.w / SQUARE_MM) as usize, (rect.h / SQUARE_MM) as usize);
        let squares = (0..columns * rows).map(|i| {
            RectMm::new(
                rect.x + SQUARE_MM * (i % columns) as f64,
                rect.y + SQUARE_MM * (i / columns) as f64,
                SQUARE_MM,
                SQUARE_MM,
            )
        });
        let (page, template) = (self.page, self.template);
        let least = self.pen_darkness();
        let pen = |darkness: f32| darkness > least;
        let inked = squares
            .filter(|square| !self.is_under_seal(*square))
            .filter(|square| ink_mm2(page, template, *square, pen) >= SQUARE_INK_MM2);
        inked.count() as f32
    }
}

fn px(mm: f64) -> isize {
    (mm * READ_PX_PER_MM).round() as isize
}

/// The ink in `rect` as square millimetres of full black, over the pixels clear of print whose darkness `counts`: how much
/// darker than paper it is there on average over 3 × 3 pixels, 0 to 1.
fn ink_mm2(
    page: &GrayImage,
    template: &Template,
    rect: RectMm,
    counts: impl Fn(f32) -> bool,
) -> f32 {
    const WHITE: u16 = 9 * 255;
    const FAINTEST: u16 = (WHITE as f32 * (1.0 - NOISE_DENSITY)) as u16;
    let (raw, width) = (page.as_raw(), page.width() as usize);
    let mut sum = 0.0;
    for row in rows(rect, page) {
        let line = |from: usize| raw.get(from.wrapping_sub(1)..from.wrapping_add(row.len() + 1));
        let lines = [row.start.wrapping_sub(width), row.start, row.start + width].map(line);
        // Along the page's rim nothing is written.
        let [Some(above), Some(here), Some(below)] = lines else {
            continue;
        };
        let columns: Vec<u16> = above
            .iter()
            .zip(here)
            .zip(below)
            .map(|((a, b), c)| u16::from(*a) + u16::from(*b) + u16::from(*c))
            .collect();
        for (around, open) in columns.windows(3).zip(&template.open[row]) {
            let light: u16 = around.iter().sum();
            if *open && light <= FAINTEST {
                let darkness = 1.0 - f32::from(light) / f32::from(WHITE);
                if counts(darkness) {
                    sum += darkness;
                }
            }
        }
    }
    sum / (READ_PX_PER_MM * READ_PX_PER_MM) as f32
}
