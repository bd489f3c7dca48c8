//! How much ink each field holds, and what that means.

use image::GrayImage;

use crate::form::{Field, FieldKind};
use crate::geometry::{Point, RectMm};
use crate::layout::{TICK_LINE_STEPS, lattice};
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
    /// The judgement on `score` and `fit`.
    pub state: FieldState,
    /// Ink in the field, in units of the least that is surely a mark of this kind: 0 is clean paper, 1 a faint mark.
    pub score: f32,
    /// How well the printed outline of the field is seen in its place, -1 to 1; little when a thumb, glare or the edge
    /// of the photo hides it.
    pub fit: f32,
}

/// Where the line between the three states is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Below this score a field is clear.
    pub clear_below: f32,
    /// From this score on it is marked; between the two it is unsure.
    pub marked_from: f32,
    /// Below this fit it is unsure, whatever its score.
    pub seen_from: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            clear_below: 0.6,
            marked_from: 1.0,
            seen_from: 0.35,
        }
    }
}

impl Thresholds {
    /// Judges a score.
    #[must_use]
    pub fn decide(&self, score: f32, fit: f32) -> FieldState {
        if fit < self.seen_from {
            FieldState::Unsure
        } else if score < self.clear_below {
            FieldState::Clear
        } else if score < self.marked_from {
            FieldState::Unsure
        } else {
            FieldState::Marked
        }
    }
}

/// Ink of the faintest tick that counts, in square millimetres of full black: a stroke of 0.35 mm in grey over most of
/// the box. A speck of a quarter millimetre has a third of it.
const TICK_INK_MM2: f32 = 0.30;
/// The same for writing: a short stroke.
const TEXT_INK_MM2: f32 = 1.2;
/// Squares of 2 mm with ink in them that a signature or a fingerprint covers at least; a stray stroke that runs in
/// from beside covers two or three.
const SPREAD_SQUARES: f32 = 7.0;
const SQUARE_MM: f64 = 2.0;
/// Ink that makes one of those squares count, in square millimetres.
const SQUARE_INK_MM2: f32 = 0.12;

/// Darkening below this is paper grain and noise.
const NOISE_DENSITY: f32 = 0.09;

/// Scores `field` on an evenly lit page that lies on the blank. `seen` says whether a page point is in the photo.
pub(crate) fn score(
    page: &GrayImage,
    template: &Template,
    field: &Field,
    seen: impl Fn(Point) -> bool,
) -> (f32, f32) {
    let fit = if field.rect.corners().into_iter().all(seen) {
        1.0
    } else {
        -1.0_f32
    };
    match field.kind {
        FieldKind::Tick => {
            let outline = outline(page, template, field.rect);
            let inside = field.rect.inset(lattice(TICK_LINE_STEPS) + 0.25);
            let inside = inside.shifted(outline.dx, outline.dy);
            (
                ink_mm2(page, inside, |_| true) / TICK_INK_MM2,
                fit.min(outline.fit),
            )
        }
        FieldKind::Text | FieldKind::Digits { .. } => {
            let inside = field.rect.inset(0.4);
            let open = |at: usize| template.open[at];
            (
                ink_mm2(page, inside, open) / TEXT_INK_MM2,
                fit.min(frame_fit(page, template, field.rect)),
            )
        }
        FieldKind::Signature | FieldKind::Fingerprint => (
            spread(page, template, field.rect.inset(0.8)) / SPREAD_SQUARES,
            fit.min(frame_fit(page, template, field.rect)),
        ),
    }
}

/// How far the outline of a tick box is off its place, in millimetres, and how well it is seen.
struct Outline {
    dx: f64,
    dy: f64,
    fit: f32,
}

fn outline(page: &GrayImage, template: &Template, rect: RectMm) -> Outline {
    let px = |mm: f64| (mm * READ_PX_PER_MM).round().max(0.0) as u32;
    let around = rect.inset(-0.9);
    let patch = Patch {
        x: px(around.x),
        y: px(around.y),
        side: px(around.w),
    };
    // Four pixels are half a millimetre, more than registration leaves on pages worth reading.
    match register::find(page, &template.blank, patch, (0, 0), 4) {
        Some(found) if found.fit > 0.2 => Outline {
            dx: found.dx / READ_PX_PER_MM,
            dy: found.dy / READ_PX_PER_MM,
            fit: found.fit,
        },
        found => Outline {
            dx: 0.0,
            dy: 0.0,
            fit: found.map_or(-1.0, |found| found.fit),
        },
    }
}

/// How well the page correlates with the blank in a band of 2.5 mm outside and 0.8 mm inside the edges of `rect`.
fn frame_fit(page: &GrayImage, template: &Template, rect: RectMm) -> f32 {
    let (outer, inner) = (rect.inset(-2.5), rect.inset(0.8));
    let bands = [
        RectMm::new(outer.x, outer.y, outer.w, inner.y - outer.y),
        RectMm::new(outer.x, inner.y + inner.h, outer.w, inner.y - outer.y),
        RectMm::new(outer.x, inner.y, inner.x - outer.x, inner.h),
        RectMm::new(inner.x + inner.w, inner.y, inner.x - outer.x, inner.h),
    ];
    let (mut n, mut a, mut b, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let (seen, wanted) = (page.as_raw(), template.blank.as_raw());
    for band in bands {
        for_pixels(band, page, |at| {
            let (s, w) = (f64::from(seen[at]), f64::from(wanted[at]));
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

/// How much darker than paper the pixels around `at` are on average, 0 to 1; 0 up to the noise.
fn density(page: &GrayImage, at: usize) -> f32 {
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
        ink_mm2(page, square, |at| template.open[at]) >= SQUARE_INK_MM2
    });
    inked.count() as f32
}
