//! How much ink each field holds, and what that means.

use image::GrayImage;

use crate::form::{Field, FieldKind};
use crate::geometry::{Point, RectMm};
use crate::grain::{Grain, mean_darkness};
use crate::ink::Paper;
use crate::layout::{HAIRLINE_STEPS, TICK_LINE_STEPS, lattice};
use crate::marker::Corner;
use crate::reading::PhotoQuality;
use crate::register::{self, Patch};
use crate::seal_ring::SealRing;
use crate::template::{READ_PX_PER_MM, Template, for_pixels};

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
    /// Blackness of its faintest piece, as a share of what toner on this page gives: little under glare.
    pub contrast: f32,
    /// Brightness of the paper there, 0 to 255; in the dark, noise looks like ink.
    pub paper_level: f32,
    /// The same where it is brightest: near 255 the camera has cut off what is lighter than black.
    pub brightest_level: f32,
    /// Darkness below which ink is not told from the grain of the paper there, 0 to 1.
    pub noise: f32,
    /// How much of the score may be ink of a seal or a finger; the rest is a pen's.
    pub seal: f32,
}

/// Where the line between the three states is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Below this score a field is clear.
    pub clear_below: f32,
    /// From this score on it is marked; between the two it is unsure.
    pub marked_from: f32,
    /// With less fit it is unsure, whatever its score: what looks like ink may be a thumb. A mark over the outline
    /// brings the fit down to a third on blurred photos.
    pub fit_from: f32,
    /// With less contrast it is never clear: light that is added to the whole has left too little of a mark.
    pub contrast_from: f32,
    /// The same where paper is as bright as the camera can tell: glare may have taken a mark away.
    pub washed_out_contrast_from: f32,
    /// On darker paper it is unsure, whatever its score: a tenth of what is left of the grey levels is noise.
    pub paper_level_from: f32,
    /// Up to this score a mark is faint: it leaves its outline to be seen.
    pub faint_below: f32,
    /// So with less fit than this it is unsure whether what looks like a faint mark is not print that lies off its place.
    pub faint_fit_from: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            clear_below: 0.25,
            marked_from: 0.5,
            fit_from: 0.2,
            contrast_from: 0.3,
            washed_out_contrast_from: 0.5,
            paper_level_from: 20.0,
            faint_below: 3.0,
            faint_fit_from: 0.2,
        }
    }
}

impl Thresholds {
    /// These thresholds for a photo of some quality: with blur, a light tick gives less ink, and an empty box seems to
    /// hold as much as before.
    #[must_use]
    pub fn widened_for(&self, quality: &PhotoQuality) -> Self {
        let dire = ((DIRE_PRINT_FIT - quality.print_fit) / 0.1).clamp(0.0, 1.0);
        let (clear, marked) = if is_sharp(quality) {
            let poor = ((GOOD_PRINT_FIT - quality.print_fit) / 0.2).clamp(0.0, 1.0);
            (1.0 - 0.5 * poor, 1.0 + 1.2 * poor)
        } else {
            (0.6 * (1.0 - 0.6 * dire), 1.2 * (1.0 + 3.0 * dire))
        };
        Self {
            clear_below: self.clear_below * clear,
            marked_from: self.marked_from * marked,
            contrast_from: self.contrast_from + 0.2 * dire,
            faint_fit_from: FAINT_FIT * quality.print_fit,
            ..*self
        }
    }

    /// Judges the score of a field of `kind` by how well its place is seen.
    #[must_use]
    pub fn decide(&self, kind: FieldKind, score: f32, sight: Sight) -> FieldState {
        let noisy = (sight.noise - LEAST_NOISE).max(0.0);
        let clear_below = self.clear_below * (1.0 - 6.0 * noisy).max(0.4);
        let marked_from = self.marked_from * (1.0 + 10.0 * noisy);
        let pen = score - sight.seal;
        let faint = kind == FieldKind::Tick && (marked_from..self.faint_below).contains(&pen);
        let washed_out = sight.brightest_level >= WASHED_OUT_LEVEL;
        let contrast_from = if washed_out {
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
        } else if score >= clear_below || sight.contrast < contrast_from {
            FieldState::Unsure
        } else {
            FieldState::Clear
        }
    }
}

/// From this brightness on, of 255, what glare adds to paper is cut off by the camera.
const WASHED_OUT_LEVEL: f32 = 242.0;
/// Up to this width of an edge, in millimetres, a stroke keeps most of its darkness, and what is fainter may be shadow or the
/// reverse side showing through.
const SHARP_EDGE_MM: f64 = 0.85;
/// There, ink is at least this dark, and at least this many grey levels of the photo.
const SHARP_NOISE: f32 = 0.06;
const SHARP_NOISE_LEVEL: f32 = 5.0;
/// With print that fits this well, empty boxes of a sharp photo score under a third of what is clear.
const GOOD_PRINT_FIT: f32 = 0.85;

fn is_sharp(quality: &PhotoQuality) -> bool {
    quality.edge_mm[0].max(quality.edge_mm[1]) < SHARP_EDGE_MM
}

/// With print that fits worse than this, blur swallows light ticks.
const DIRE_PRINT_FIT: f32 = 0.6;
/// Around a box with a faint mark print fits at least by this share of what it does on the page.
const FAINT_FIT: f32 = 0.7;

/// Ink of the faintest tick that counts, in square millimetres of full black: a stroke of 0.35 mm in grey over most of
/// the box. A speck of a quarter millimetre has a third of it.
const TICK_INK_MM2: f32 = 0.30;
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

/// Ink is looked for this far inside the outline of a tick box.
const GUARD_MM: f64 = 0.25;

/// How far outside and inside of its edges the outline of a tick box is compared with the blank: little of a mark
/// reaches there.
const TICK_BAND_MM: (f64, f64) = (0.5, 0.6);
/// The same for larger fields, where the band takes in some of the print around.
const FRAME_BAND_MM: (f64, f64) = (2.5, 0.8);

/// Ink within a tick box is told from the grain of the paper by this many of its standard deviations.
const DEVIATIONS: f32 = 1.5;
/// And is at least this dark.
const LEAST_NOISE: f32 = 0.03;
/// Writing is looked for over a larger field, and is darker than a faint tick.
const TEXT_DEVIATIONS: f32 = 4.0;
/// What is spilt by the outline may be off by this share.
const SPILL_DOUBT: f32 = 0.3;

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
        let brightest_level = levels.into_iter().fold(0.0, f32::max);
        let noise = (DEVIATIONS * self.grain.deviation / paper_level).max(LEAST_NOISE);
        let (score, mut sight) = match field.kind {
            FieldKind::Tick => {
                let (dx, dy) = drift(page, template, field.rect);
                let rect = field.rect.shifted(dx, dy);
                let shift = px(dy) * page.width() as isize + px(dx);
                let contrast = contrast(page, rect, lattice(TICK_LINE_STEPS), quality);
                let sight = Sight {
                    fit: band_fit(page, template, field.rect, TICK_BAND_MM, shift),
                    contrast: contrast.least,
                    paper_level,
                    brightest_level,
                    noise,
                    seal: 0.0,
                };
                if self.is_under_seal(field.rect) {
                    return (0.0, sight);
                }
                let toner = quality.toner * contrast.middle.min(1.0);
                let ink = self.tick_ink_mm2(rect, toner, paper_level, noise);
                (ink / TICK_INK_MM2, sight)
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
                        let least = TEXT_DEVIATIONS * coarser * self.grain.deviation / paper_level;
                        let ink = |at: usize| template.open[at] && darkness(page, at) >= least;
                        ink_mm2(page, field.rect.inset(0.4), ink) / TEXT_INK_MM2
                    }
                };
                let sight = Sight {
                    fit: band_fit(page, template, field.rect, FRAME_BAND_MM, 0),
                    // A pen's stroke is darker than a hairline, and a signature is more than what glare over a corner hides.
                    contrast: contrast(page, field.rect, lattice(HAIRLINE_STEPS), quality).quarter,
                    paper_level,
                    brightest_level,
                    noise,
                    seal: 0.0,
                };
                (score, sight)
            }
        };
        if !corners.into_iter().all(in_photo) {
            sight.fit = 0.0;
        }
        (score, sight)
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
        let page = self.page;
        let pen = |at: usize| self.template.open[at] && darkness(page, at) > PEN_DARKNESS;
        let inked = squares
            .filter(|square| !self.is_under_seal(*square))
            .filter(|square| ink_mm2(page, *square, pen) >= SQUARE_INK_MM2);
        inked.count() as f32
    }

    /// The ink inside the tick box `rect`, less what the photo's blur lets its printed outline spill inwards.
    ///
    /// A blurred edge is taken as Gaussian: from a tenth to nine tenths of its height it is 2.563 standard deviations
    /// wide. The outline is a square less a smaller one, and the blur of each is a product of one function of x and one
    /// of y.
    fn tick_ink_mm2(&self, rect: RectMm, toner: f32, paper_level: f32, noise: f32) -> f32 {
        let hole = rect.inset(lattice(TICK_LINE_STEPS));
        let inside = hole.inset(GUARD_MM);
        let width = self.page.width() as usize;
        // Taking means over squares blurs once more.
        let square_mm = f64::from(2 * self.grain.reach as u32 + 1) / READ_PX_PER_MM;
        let sigma = self.quality.edge_mm.map(|edge| {
            (edge / 2.563)
                .hypot(if is_sharp(self.quality) {
                    0.0
                } else {
                    square_mm / 12_f64.sqrt()
                })
                .max(0.03)
        });
        let share = |at: f64, from: f64, length: f64, sigma: f64| {
            normal((at - from) / sigma) - normal((at - from - length) / sigma)
        };
        let mm = |px: usize| (px as f64 + 0.5) / READ_PX_PER_MM;
        let bare = self.grain.bare / paper_level;
        let sharp = is_sharp(self.quality);
        let (toner, noise, doubt) = if sharp {
            let least = SHARP_NOISE.max(SHARP_NOISE_LEVEL / paper_level);
            (self.quality.toner, least, 0.0)
        } else {
            (toner, noise, SPILL_DOUBT)
        };
        let mut dark = Vec::new();
        for_pixels(inside, self.page, |at| {
            let (x, y) = (mm(at % width), mm(at / width));
            let outer = share(x, rect.x, rect.w, sigma[0]) * share(y, rect.y, rect.h, sigma[1]);
            let inner = share(x, hole.x, hole.w, sigma[0]) * share(y, hole.y, hole.h, sigma[1]);
            let spill = toner * (outer - inner) as f32;
            let seen = if sharp {
                darkness(self.page, at)
            } else {
                let gain = self.paper.gain(at % width, at / width);
                mean_darkness(self.flat, at, self.grain.reach, gain)
            };
            dark.push((seen - spill, spill));
        });
        dark.sort_by(|a, b| a.0.total_cmp(&b.0));
        let quarter = dark.get(dark.len() / 4).map_or(0.0, |dark| dark.0);
        let scatter = self.grain.deviation / paper_level;
        // Blurred print around brings the paper level down, and then paper in the box is brighter than paper.
        let paper = if sharp {
            0.0
        } else {
            (quarter + 0.6745 * scatter).clamp(bare - 0.1, bare)
        };
        let sum: f32 = dark
            .iter()
            .map(|(dark, spill)| (dark - paper, noise + doubt * spill))
            .filter(|(ink, least)| ink >= least)
            .map(|(ink, _)| ink)
            .sum();
        sum / (READ_PX_PER_MM * READ_PX_PER_MM) as f32
    }
}

fn px(mm: f64) -> isize {
    (mm * READ_PX_PER_MM).round() as isize
}

/// The blackness of the pieces of the outline of `rect`, as shares of what toner on this page gives.
///
/// Blackness is summed across the line, so that blur does not change it. Glare takes it away, if only on one side.
struct Contrast {
    /// Of the faintest piece.
    least: f32,
    /// Of the piece that a quarter of all is fainter than.
    quarter: f32,
    /// Of the middle one.
    middle: f32,
}

fn contrast(page: &GrayImage, rect: RectMm, line_mm: f64, quality: &PhotoQuality) -> Contrast {
    /// Pieces are about this long.
    const PIECE_MM: f64 = 4.0;
    /// How far to each side of the line blackness is summed.
    const REACH_MM: f64 = 0.5;
    let want = f64::from(quality.toner.max(0.1)) * line_mm / (2.0 * REACH_MM + line_mm);
    let mut shares = Vec::new();
    let mut piece = |area: RectMm| {
        let (mut sum, mut count) = (0.0, 0);
        for_pixels(area, page, |at| {
            sum += f64::from(255 - page.as_raw()[at]) / 255.0;
            count += 1;
        });
        let mean = (sum / f64::from(count.max(1)) - PAPER_DARKNESS).max(0.0);
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
    Contrast {
        least: shares[0],
        quarter: shares[shares.len() / 4],
        middle: (shares[(shares.len() - 1) / 2] + shares[shares.len() / 2]) / 2.0,
    }
}

/// The share of a normal distribution below `z` standard deviations.
///
/// Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.2.17; error below 1e-7.
fn normal(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let sum = series
        .iter()
        .rev()
        .fold(0.0, |sum, factor| (sum + factor) * t);
    let tail = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * sum;
    if z > 0.0 { 1.0 - tail } else { tail }
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
    match register::find(page, &template.blank, patch, (0, 0), 4) {
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
    let (mut n, mut a, mut b, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let (seen, wanted) = (page.as_raw(), template.blank.as_raw());
    for band in bands {
        for_pixels(band, page, |at| {
            let shifted = at.checked_add_signed(shift).and_then(|at| seen.get(at));
            let s = f64::from(shifted.copied().unwrap_or(255));
            let w = f64::from(wanted[at]);
            n += 1.0;
            a += s;
            b += w;
            aa += s * s;
            bb += w * w;
            ab += s * w;
        });
    }
    let together = n * ab - a * b;
    let spread = (n * aa - a * a) * (n * bb - b * b);
    (together / spread.max(1.0).sqrt()) as f32
}

/// The ink in `rect` as square millimetres of full black, over the pixels that `counts`.
fn ink_mm2(page: &GrayImage, rect: RectMm, counts: impl Fn(usize) -> bool) -> f32 {
    let mut sum = 0.0;
    for_pixels(rect, page, |at| {
        if counts(at) {
            sum += density(page, at);
        }
    });
    sum / (READ_PX_PER_MM * READ_PX_PER_MM) as f32
}

/// As [`darkness`], but nothing up to the noise.
fn density(page: &GrayImage, at: usize) -> f32 {
    let density = darkness(page, at);
    if density < NOISE_DENSITY {
        0.0
    } else {
        density
    }
}

/// How much darker than paper the pixels around `at` are on average, 0 to 1.
fn darkness(page: &GrayImage, at: usize) -> f32 {
    let (raw, width) = (page.as_raw(), page.width() as usize);
    let mut sum = 0_u32;
    for row in [at.wrapping_sub(width), at, at + width] {
        let row = row.wrapping_sub(1);
        sum += raw
            .get(row..row.wrapping_add(3))
            .unwrap_or(&[255; 3])
            .iter()
            .map(|&v| u32::from(v))
            .sum::<u32>();
    }
    let density = 1.0 - sum as f32 / (9.0 * 255.0);
    if density < NOISE_DENSITY {
        0.0
    } else {
        density
    }
}
