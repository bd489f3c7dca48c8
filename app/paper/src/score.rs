//! How much ink each field holds, and what that means.

use image::GrayImage;

use crate::form::{Field, FieldKind};
use crate::geometry::{Point, RectMm};
use crate::ink::Paper;
use crate::layout::{HAIRLINE_STEPS, TICK_LINE_STEPS, lattice};
use crate::marker::Corner;
use crate::reading::PhotoQuality;
use crate::register::{self, Patch};
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
    /// With less contrast it is never clear: glare may have taken a mark away.
    pub contrast_from: f32,
    /// On darker paper it is unsure, whatever its score.
    pub paper_level_from: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            clear_below: 0.25,
            marked_from: 0.5,
            fit_from: 0.2,
            contrast_from: 0.5,
            paper_level_from: 40.0,
        }
    }
}

impl Thresholds {
    /// These thresholds with the span between clear and marked widened as far as a photo's print fits its blank badly:
    /// scores scatter more on blurred and noisy photos.
    #[must_use]
    pub fn widened_for(&self, quality: &PhotoQuality) -> Self {
        let poor = ((GOOD_PRINT_FIT - quality.print_fit) / 0.2).clamp(0.0, 1.0);
        Self {
            clear_below: self.clear_below * (1.0 - 0.5 * poor),
            marked_from: self.marked_from * (1.0 + 1.2 * poor),
            ..*self
        }
    }

    /// Judges a score by how well its place is seen.
    #[must_use]
    pub fn decide(&self, score: f32, sight: Sight) -> FieldState {
        if sight.fit < self.fit_from || sight.paper_level < self.paper_level_from {
            FieldState::Unsure
        } else if score >= self.marked_from {
            FieldState::Marked
        } else if score >= self.clear_below || sight.contrast < self.contrast_from {
            FieldState::Unsure
        } else {
            FieldState::Clear
        }
    }
}

/// With print that fits this well, empty boxes score under a third of what is clear.
const GOOD_PRINT_FIT: f32 = 0.85;

/// Ink of the faintest tick that counts, in square millimetres of full black: a stroke of 0.35 mm in grey over most of
/// the box. A speck of a quarter millimetre has a third of it.
const TICK_INK_MM2: f32 = 0.30;
/// The same for writing: a short stroke.
const TEXT_INK_MM2: f32 = 1.2;
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

/// The same within a tick box, where the spill of the outline is taken off first and fewer pixels are summed.
const TICK_NOISE: f32 = 0.06;
/// On dark paper noise is at least this many grey levels of the photo, which evening out the light then multiplies.
const TICK_NOISE_LEVEL: f32 = 5.0;

/// Darkening below this is paper grain and noise.
const NOISE_DENSITY: f32 = 0.09;

/// Scores `field` on an evenly lit page that lies on the blank; also says how well its place is seen. `in_photo` says
/// whether a page point is in the photo.
pub(crate) fn score(
    page: &GrayImage,
    paper: &Paper,
    template: &Template,
    field: &Field,
    quality: &PhotoQuality,
    in_photo: impl Fn(Point) -> bool,
) -> (f32, Sight) {
    let corners = field.rect.corners();
    let paper_level = corners
        .map(|p| paper.at(p))
        .into_iter()
        .fold(255.0, f32::min);
    let (score, mut sight) = match field.kind {
        FieldKind::Tick => {
            let (dx, dy) = drift(page, template, field.rect);
            let rect = field.rect.shifted(dx, dy);
            let shift = px(dy) * page.width() as isize + px(dx);
            let sight = Sight {
                fit: band_fit(page, template, field.rect, TICK_BAND_MM, shift),
                contrast: least_contrast(page, rect, lattice(TICK_LINE_STEPS), quality),
                paper_level,
            };
            let noise = TICK_NOISE.max(TICK_NOISE_LEVEL / paper_level);
            let ink = tick_ink_mm2(page, rect, quality, noise);
            (ink / TICK_INK_MM2, sight)
        }
        kind => {
            let score = match kind {
                // The ring of the smallest seal, 38 mm across, touches more squares than a signature.
                FieldKind::Signature | FieldKind::Fingerprint | FieldKind::Seal => {
                    spread(page, template, field.rect.inset(0.8)) / SPREAD_SQUARES
                }
                FieldKind::Tick | FieldKind::Text | FieldKind::Digits { .. } => {
                    let open = |at: usize| template.open[at];
                    ink_mm2(page, field.rect.inset(0.4), open) / TEXT_INK_MM2
                }
            };
            let sight = Sight {
                fit: band_fit(page, template, field.rect, FRAME_BAND_MM, 0),
                contrast: least_contrast(page, field.rect, lattice(HAIRLINE_STEPS), quality),
                paper_level,
            };
            (score, sight)
        }
    };
    if !corners.into_iter().all(in_photo) {
        sight.fit = 0.0;
    }
    (score, sight)
}

fn px(mm: f64) -> isize {
    (mm * READ_PX_PER_MM).round() as isize
}

/// The blackness of the faintest piece of the outline of `rect`, as a share of what toner on this page gives.
///
/// Blackness is summed across the line, so that blur does not change it. Glare takes it away, if only on one side.
fn least_contrast(page: &GrayImage, rect: RectMm, line_mm: f64, quality: &PhotoQuality) -> f32 {
    /// Pieces are about this long.
    const PIECE_MM: f64 = 4.0;
    /// How far to each side of the line blackness is summed.
    const REACH_MM: f64 = 0.5;
    let want = f64::from(quality.toner.max(0.1)) * line_mm / (2.0 * REACH_MM + line_mm);
    let mut least = f32::MAX;
    let mut piece = |area: RectMm| {
        let (mut sum, mut count) = (0.0, 0);
        for_pixels(area, page, |at| {
            sum += f64::from(255 - page.as_raw()[at]) / 255.0;
            count += 1;
        });
        let mean = (sum / f64::from(count.max(1)) - PAPER_DARKNESS).max(0.0);
        least = least.min((mean / want) as f32);
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
    least
}

/// The ink inside the tick box `rect`, less what the photo's blur lets its printed outline spill inwards.
///
/// A blurred edge is taken as Gaussian: from a tenth to nine tenths of its height it is 2.563 standard deviations wide.
/// The outline is a square less a smaller one, and the blur of each is a product of one function of x and one of y.
fn tick_ink_mm2(page: &GrayImage, rect: RectMm, quality: &PhotoQuality, noise: f32) -> f32 {
    let hole = rect.inset(lattice(TICK_LINE_STEPS));
    let inside = hole.inset(GUARD_MM);
    let width = page.width() as usize;
    let sigma = quality.edge_mm.map(|edge| (edge / 2.563).max(0.03));
    let share = |at: f64, from: f64, length: f64, sigma: f64| {
        normal((at - from) / sigma) - normal((at - from - length) / sigma)
    };
    let mm = |px: usize| (px as f64 + 0.5) / READ_PX_PER_MM;
    let mut sum = 0.0;
    for_pixels(inside, page, |at| {
        let (x, y) = (mm(at % width), mm(at / width));
        let outer = share(x, rect.x, rect.w, sigma[0]) * share(y, rect.y, rect.h, sigma[1]);
        let inner = share(x, hole.x, hole.w, sigma[0]) * share(y, hole.y, hole.h, sigma[1]);
        let spill = quality.toner * (outer - inner) as f32;
        let ink = darkness(page, at) - spill;
        if ink >= noise {
            sum += ink;
        }
    });
    sum / (READ_PX_PER_MM * READ_PX_PER_MM) as f32
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

/// In how many squares of `rect` there is ink.
fn spread(page: &GrayImage, template: &Template, rect: RectMm) -> f32 {
    let (columns, rows) = ((rect.w / SQUARE_MM) as usize, (rect.h / SQUARE_MM) as usize);
    let inked = (0..columns * rows).filter(|i| {
        let square = RectMm::new(
            rect.x + SQUARE_MM * (i % columns) as f64,
            rect.y + SQUARE_MM * (i / columns) as f64,
            SQUARE_MM,
            SQUARE_MM,
        );
        let pen = |at: usize| template.open[at] && darkness(page, at) > PEN_DARKNESS;
        ink_mm2(page, square, pen) >= SQUARE_INK_MM2
    });
    inked.count() as f32
}
