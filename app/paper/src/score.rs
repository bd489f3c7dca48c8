//! How much ink each field holds, and what that means.

use image::GrayImage;

use crate::form::{Field, FieldKind};
use crate::geometry::{Point, RectMm};
use crate::grain::Grain;
use crate::ink::Paper;
use crate::layout::{HAIRLINE_STEPS, TICK_LINE_STEPS, lattice};
use crate::marker::Corner;
use crate::reading::PhotoQuality;
use crate::register::{self, Patch};
use crate::seal_ring::SealRing;
use crate::template::{READ_PX_PER_MM, Template, for_pixels, rows};
use crate::tick::{TickInk, level};
use crate::waves::Waves;
use crate::writing::faintness;

/// What is believed of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldState {
    /// Nothing was put there.
    Clear,
    /// A person has to look: little ink, or the place is not seen well.
    Unsure,
    /// Something was put there.
    Marked,
}

/// One field as read.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldReading {
    /// The field's name in its form.
    pub id: String,
    /// How the field is filled.
    pub kind: FieldKind,
    /// The judgement on `score` and `sight`.
    pub state: FieldState,
    /// Ink in the field, in units of a faint but whole mark of its kind: 0 is clean paper, 1 a light tick of a thin pen or
    /// a small signature.
    pub score: f32,
    /// How well the field's place is seen.
    pub sight: Sight,
}

/// How well the printed outline of a field is seen in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// Correlation with the blank, -1 to 1: around zero under a thumb, zero outside the photo.
    pub fit: f32,
    /// Its blackness, as a share of what toner on this page gives: little under glare. Of large fields that of their faintest
    /// quarter.
    pub contrast: f32,
    /// Brightness of the paper there, 0 to 255; in the dark, noise looks like ink.
    pub paper_level: f32,
    /// The share of the paper there that is as bright as the camera can tell: what is only a little darker is cut off with it.
    pub washed_out: f32,
    /// The standard deviation of what the grain of the paper there adds to the score; more if empty tick boxes scatter more.
    pub noise: f32,
    /// How much of the score may be ink of a seal or a finger; the rest is a pen's.
    pub seal: f32,
    /// How much more a tick box's place scatters than those of the page's other boxes do in the middle; 0 for other fields, and on
    /// pages with few boxes.
    pub unevenness: f32,
}

/// Where the line between the three states is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Below this score a tick box is clear.
    pub clear_below: f32,
    /// From this score on it is marked; between the two it is unsure.
    pub marked_from: f32,
    /// Below this score a field is clear that is written, signed or stamped on.
    pub blank_below: f32,
    /// From this score on it is marked.
    pub written_from: f32,
    /// A tick box is clear only by this many standard deviations of its noise.
    pub clear_deviations: f32,
    /// It is marked only by so many: noise that looks like a faint tick is commoner than noise that hides one.
    pub marked_deviations: f32,
    /// The same for what is written, signed or stamped.
    pub written_deviations: f32,
    /// With less fit it is unsure, whatever its score: what looks like ink may be a thumb. A mark over the outline
    /// brings the fit down to a third on blurred photos.
    pub fit_from: f32,
    /// With less contrast it is never clear: light that is added to the whole has left too little of a mark.
    pub contrast_from: f32,
    /// The same where paper is as bright as the camera can tell: glare may have taken a faint mark away altogether.
    pub washed_out_contrast_from: f32,
    /// On darker paper it is unsure, whatever its score: a tenth of what is left of the grey levels is noise.
    pub paper_level_from: f32,
    /// A box that is more uneven is never clear: light and print were fitted to something else, such as a seal that runs in.
    pub uneven_from: f32,
    /// Up to this score a mark is faint: it leaves its outline to be seen.
    pub faint_below: f32,
    /// So with less fit than this it is unsure whether what looks like a faint mark is not print that lies off its place.
    pub faint_fit_from: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            clear_below: 0.45,
            marked_from: 0.55,
            blank_below: 0.2,
            written_from: 0.55,
            clear_deviations: 1.2,
            marked_deviations: 3.5,
            written_deviations: 2.2,
            fit_from: 0.2,
            contrast_from: 0.4,
            washed_out_contrast_from: 0.5,
            paper_level_from: 20.0,
            // On simulated photos of every severity and effect empty boxes have up to 2.9, under seals three to fourteen.
            uneven_from: 3.0,
            faint_below: 3.0,
            faint_fit_from: 0.2,
        }
    }
}

impl Thresholds {
    /// These thresholds for a photo of some quality: where print fits badly, little of a stroke is left, and noise looks like one;
    /// where all that is written is faint, so are ticks.
    #[must_use]
    pub fn widened_for(&self, quality: &PhotoQuality) -> Self {
        let dire = ((DIRE_PRINT_FIT - quality.print_fit) / 0.1).clamp(0.0, 1.0);
        let faintness = faintness(quality.written);
        Self {
            clear_below: self.clear_below * faintness,
            marked_from: self.marked_from * faintness,
            blank_below: self.blank_below * (1.0 - 0.6 * dire),
            written_from: self.written_from * (1.0 + 3.0 * dire),
            contrast_from: self.contrast_from + 0.2 * dire,
            washed_out_contrast_from: self.washed_out_contrast_from / faintness,
            faint_fit_from: FAINT_FIT * quality.print_fit,
            ..*self
        }
    }

    /// Judges the score of a field of `kind` by how well its place is seen. A seal's ink may hide as much as there is of it, and a box
    /// that seems brighter than paper by as much as a mark is darker was not seen well.
    #[must_use]
    pub fn decide(&self, kind: FieldKind, score: f32, sight: Sight) -> FieldState {
        let is_tick = kind == FieldKind::Tick;
        let (clear_below, marked_from) = if is_tick {
            (
                self.clear_below - self.clear_deviations * sight.noise,
                self.marked_from + self.marked_deviations * sight.noise,
            )
        } else {
            // Grain hides nothing of what is dark and large.
            (
                self.blank_below,
                self.written_from + self.written_deviations * sight.noise,
            )
        };
        let pen = score - sight.seal;
        let faint = is_tick && (marked_from..self.faint_below).contains(&pen);
        let contrast_from = if sight.washed_out >= WASHED_OUT_SHARE {
            self.washed_out_contrast_from
        } else {
            self.contrast_from
        };
        if sight.fit < self.fit_from
            || sight.paper_level < self.paper_level_from
            || faint && sight.fit < self.faint_fit_from
        {
            FieldState::Unsure
        } else if pen >= marked_from {
            FieldState::Marked
        } else if score + sight.seal >= clear_below
            || is_tick && -score >= marked_from
            || sight.unevenness >= self.uneven_from
            || sight.contrast < contrast_from
        {
            FieldState::Unsure
        } else {
            FieldState::Clear
        }
    }
}

/// From this brightness on, of 255, what glare adds to paper is cut off by the camera.
const WASHED_OUT_LEVEL: u8 = 250;
/// From this share of a field on, a faint mark may lie in what is cut off.
const WASHED_OUT_SHARE: f32 = 0.2;
/// With print that fits worse than this, blur swallows light ticks.
const DIRE_PRINT_FIT: f32 = 0.6;
/// Around a box with a faint mark print fits at least by this share of what it does on the page.
const FAINT_FIT: f32 = 0.7;

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

/// Even paper comes out this much darker than white, because of its noise.
const PAPER_DARKNESS: f64 = 0.02;

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

/// The blackness of the outline of `rect`, as a share of what toner on this page gives: that of the piece that a quarter of all
/// is fainter than.
///
/// Blackness is summed across the line, so that blur does not change it. Glare takes it away, if only on one side.
fn contrast(page: &GrayImage, rect: RectMm, line_mm: f64, quality: &PhotoQuality) -> f32 {
    /// Pieces are about this long.
    const PIECE_MM: f64 = 4.0;
    /// How far to each side of the line blackness is summed.
    const REACH_MM: f64 = 0.5;
    let want = f64::from(quality.toner.max(0.1)) * line_mm / (2.0 * REACH_MM + line_mm);
    let mut shares = Vec::new();
    let mut piece = |area: RectMm| {
        let (mut sum, mut count) = (0, 0);
        for_pixels(area, page, |at| {
            sum += u32::from(255 - page.as_raw()[at]);
            count += 1;
        });
        let mean = f64::from(sum) / 255.0 / f64::from(count.max(1)) - PAPER_DARKNESS;
        let mean = mean.max(0.0);
        shares.push((mean / want) as f32);
    };
    let wide = 2.0 * REACH_MM + line_mm;
    let columns = (rect.w / PIECE_MM).round().max(1.0);
    for i in 0..columns as usize {
        let (x, w) = (rect.x + rect.w * i as f64 / columns, rect.w / columns);
        piece(RectMm::new(x, rect.y - REACH_MM, w, wide));
        piece(RectMm::new(x, rect.y + rect.h - wide + REACH_MM, w, wide));
    }
    let rows = (rect.h / PIECE_MM).round().max(1.0);
    for i in 0..rows as usize {
        let (y, h) = (rect.y + rect.h * i as f64 / rows, rect.h / rows);
        piece(RectMm::new(rect.x - REACH_MM, y, wide, h));
        piece(RectMm::new(rect.x + rect.w - wide + REACH_MM, y, wide, h));
    }
    shares.sort_by(f32::total_cmp);
    shares[shares.len() / 4]
}

/// How black print is on an evenly lit page: the darker half of what the borders of the corner markers show.
pub(crate) fn toner(page: &GrayImage) -> f32 {
    let mut levels = Vec::new();
    for corner in Corner::ALL {
        for cell in corner.border_cells() {
            let (mut sum, mut count) = (0_u32, 0);
            for_pixels(cell.inset(0.6), page, |at| {
                sum += u32::from(page.as_raw()[at]);
                count += 1;
            });
            levels.push(sum as f32 / count.max(1) as f32);
        }
    }
    levels.sort_by(f32::total_cmp);
    1.0 - levels.get(levels.len() / 4).copied().unwrap_or(0.0) / 255.0
}

/// How far the outline of a tick box is off its place, in millimetres.
fn drift(page: &GrayImage, template: &Template, rect: RectMm) -> (f64, f64) {
    let px = |mm: f64| (mm * READ_PX_PER_MM).round().max(0.0) as u32;
    let around = rect.inset(-0.9);
    let patch = Patch {
        x: px(around.x),
        y: px(around.y),
        side: px(around.w),
    };
    // Four pixels are half a millimetre, more than registration leaves on pages worth reading.
    match register::find(page, &template.blank, patch, 4) {
        Some(found) if found.fit > 0.2 => (found.dx / READ_PX_PER_MM, found.dy / READ_PX_PER_MM),
        Some(_) | None => (0.0, 0.0),
    }
}

/// How well the page correlates with the blank in a band along the edges of `rect`, `outside` and `inside` wide; the
/// page is looked at `shift` pixels off.
fn band_fit(
    page: &GrayImage,
    template: &Template,
    rect: RectMm,
    (outside, inside): (f64, f64),
    shift: isize,
) -> f32 {
    let (outer, inner) = (rect.inset(-outside), rect.inset(inside));
    let wide = outside + inside;
    let bands = [
        RectMm::new(outer.x, outer.y, outer.w, wide),
        RectMm::new(outer.x, inner.y + inner.h, outer.w, wide),
        RectMm::new(outer.x, inner.y, wide, inner.h),
        RectMm::new(inner.x + inner.w, inner.y, wide, inner.h),
    ];
    let mut sums = [0_u64; 6];
    for row in bands.into_iter().flat_map(|band| rows(band, page)) {
        let from = row.start.wrapping_add_signed(shift);
        let Some(seen) = page.as_raw().get(from..from.wrapping_add(row.len())) else {
            continue;
        };
        let [mut a, mut b, mut aa, mut bb, mut ab] = [0_u32; 5];
        for (seen, wanted) in seen.iter().zip(&template.blank.as_raw()[row]) {
            let (seen, wanted) = (u32::from(*seen), u32::from(*wanted));
            a += seen;
            b += wanted;
            aa += seen * seen;
            bb += wanted * wanted;
            ab += seen * wanted;
        }
        for (sum, of_row) in sums.iter_mut().zip([seen.len() as u32, a, b, aa, bb, ab]) {
            *sum += u64::from(of_row);
        }
    }
    let [n, a, b, aa, bb, ab] = sums.map(|sum| sum as f64);
    let together = n * ab - a * b;
    let spread = (n * aa - a * a) * (n * bb - b * b);
    (together / spread.max(1.0).sqrt()) as f32
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How an empty box under glare is judged, of which so much of the outline's blackness is left and so much paper is washed out.
    fn under_glare(contrast: f32, washed_out: f32) -> FieldState {
        let sight = Sight {
            fit: 0.8,
            contrast,
            paper_level: 200.0,
            washed_out,
            noise: 0.05,
            seal: 0.0,
            unevenness: 0.0,
        };
        Thresholds::default().decide(FieldKind::Tick, 0.0, sight)
    }

    /// How a box on a good photo is judged whose page is written so black, with this score, of which so much of the outline's
    /// blackness is left by light that washed the paper out.
    fn written(blackness: Option<f32>, score: f32, contrast: f32) -> FieldState {
        let quality = PhotoQuality {
            px_per_mm: 5.0,
            edge_mm: [0.5; 2],
            toner: 0.9,
            paper_level: 200.0,
            print_fit: 0.9,
            written: blackness,
        };
        let sight = Sight {
            fit: 0.8,
            contrast,
            paper_level: 200.0,
            washed_out: 1.0,
            noise: 0.04,
            seal: 0.0,
            unevenness: 0.0,
        };
        let thresholds = Thresholds::default().widened_for(&quality);
        thresholds.decide(FieldKind::Tick, score, sight)
    }

    #[test]
    fn a_little_ink_may_be_a_tick_where_all_that_is_written_is_faint() {
        for pen in [None, Some(0.9)] {
            assert_eq!(written(pen, 0.3, 1.0), FieldState::Clear);
            assert_eq!(written(pen, 0.6, 1.0), FieldState::Unsure);
        }
        let carbon_copy = Some(0.35);
        assert_eq!(written(carbon_copy, 0.05, 1.0), FieldState::Clear);
        assert_eq!(written(carbon_copy, 0.3, 1.0), FieldState::Unsure);
        assert_eq!(written(carbon_copy, 0.6, 1.0), FieldState::Marked);
    }

    #[test]
    fn less_glare_takes_a_faint_mark_away_than_a_usual_one() {
        assert_eq!(written(Some(0.9), 0.0, 0.6), FieldState::Clear);
        assert_eq!(written(Some(0.35), 0.0, 0.6), FieldState::Unsure);
    }

    #[test]
    fn a_box_that_seems_much_brighter_than_paper_is_unsure() {
        let judge = |score: f32, noise: f32| {
            let sight = Sight {
                fit: 0.8,
                contrast: 1.0,
                paper_level: 200.0,
                washed_out: 0.0,
                noise,
                seal: 0.0,
                unevenness: 0.0,
            };
            Thresholds::default().decide(FieldKind::Tick, score, sight)
        };
        assert_eq!(judge(-1.3, 0.1), FieldState::Unsure);
        assert_eq!(judge(-0.4, 0.1), FieldState::Clear);
    }

    #[test]
    fn a_box_is_clear_if_neither_a_seals_ink_nor_as_much_under_it_would_be_a_mark() {
        let judge = |seal: f32| {
            let sight = Sight {
                fit: 0.8,
                contrast: 1.0,
                paper_level: 200.0,
                washed_out: 0.0,
                noise: 0.05,
                seal,
                unevenness: 0.0,
            };
            Thresholds::default().decide(FieldKind::Tick, seal, sight)
        };
        assert_eq!(judge(0.1), FieldState::Clear);
        assert_eq!(judge(0.3), FieldState::Unsure);
    }

    #[test]
    fn a_box_that_is_much_more_uneven_than_others_is_not_clear() {
        let judge = |score: f32, unevenness: f32| {
            let sight = Sight {
                fit: 0.8,
                contrast: 1.0,
                paper_level: 200.0,
                washed_out: 0.0,
                noise: 0.3,
                seal: 0.0,
                unevenness,
            };
            Thresholds::default().decide(FieldKind::Tick, score, sight)
        };
        assert_eq!(judge(0.0, 1.2), FieldState::Clear);
        assert_eq!(judge(0.0, 5.0), FieldState::Unsure);
        assert_eq!(judge(5.0, 5.0), FieldState::Marked);
    }

    #[test]
    fn a_box_under_glare_is_clear_as_long_as_a_faint_mark_would_be_seen() {
        assert_eq!(under_glare(0.45, 0.0), FieldState::Clear);
        assert_eq!(under_glare(0.6, 1.0), FieldState::Clear);
        assert_eq!(under_glare(0.45, 0.5), FieldState::Unsure);
        assert_eq!(under_glare(0.3, 0.0), FieldState::Unsure);
    }
}
