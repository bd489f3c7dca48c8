//! How black a page is written, which tells how faint a mark may be there: through carbon paper all of it is.

use std::ops::Range;

use image::GrayImage;

use crate::form::{Field, FieldKind};
use crate::template::{READ_PX_PER_MM, Template, rows};

/// Ink is looked for this far inside of a field's outline.
const INSIDE_MM: f64 = 0.4;
/// What is lighter than this, of 255, is shade or grain.
const LIGHTEST_INK: u8 = 225;
/// Beside the fields nothing is written, so that what is as dark there is grain; in fields that lie in shadow there may be so many
/// times as much.
const GRAIN: f64 = 2.0;
/// Strokes that cover less tell nothing.
const LEAST_WRITTEN_MM2: f64 = 3.0;
/// Blur that makes edges so wide leaves 0.7 of the blackness in the middle of a stroke of half a millimetre.
const STROKE_EDGE_MM: f64 = 0.64;
/// The least of what pens write: of 400 simulated pages written with pens 1 % were less black, of 55 through carbon paper all.
const USUAL_BLACKNESS: f32 = 0.62;

/// How black strokes were written into `fields` of an evenly lit page, 0 to 1, as they would be without the blur that makes edges
/// `edge_mm` wide: a tenth of what is darker than shade is blacker. `None` where next to nothing was written.
pub(crate) fn blackness(
    page: &GrayImage,
    template: &Template,
    fields: &[Field],
    edge_mm: [f64; 2],
) -> Option<f32> {
    let is_written = |field: &&Field| match field.kind {
        FieldKind::Tick | FieldKind::Text | FieldKind::Digits { .. } | FieldKind::Signature => true,
        FieldKind::Fingerprint | FieldKind::Seal => false,
    };
    let written = fields.iter().filter(is_written);
    let inside = written.flat_map(|field| rows(field.rect.inset(INSIDE_MM), page));
    let inside = levels(page, template, inside);
    let beside = levels(page, template, beside(fields, page).into_iter());
    let share = inside.iter().sum::<usize>() as f64 / beside.iter().sum::<usize>().max(1) as f64;
    let ink: Vec<usize> = inside[..usize::from(LIGHTEST_INK)]
        .iter()
        .zip(beside)
        .map(|(inside, beside)| inside.saturating_sub((GRAIN * share * beside as f64) as usize))
        .collect();
    let all: usize = ink.iter().sum();
    if (all as f64) < LEAST_WRITTEN_MM2 * READ_PX_PER_MM.powi(2) {
        return None;
    }
    let mut blacker = 0;
    let level = ink.iter().position(|count| {
        blacker += count;
        all / 10 <= blacker
    })?;
    let blurred = (edge_mm[0] * edge_mm[1]).sqrt() / STROKE_EDGE_MM;
    let black = (1.0 - level as f64 / 255.0) * 1.0_f64.hypot(blurred);
    Some(black.min(1.0) as f32)
}

/// How many pixels clear of print there are of each level.
fn levels(
    page: &GrayImage,
    template: &Template,
    rows: impl Iterator<Item = Range<usize>>,
) -> [usize; 256] {
    let mut counts = [0; 256];
    for row in rows {
        for (seen, open) in page.as_raw()[row.clone()].iter().zip(&template.open[row]) {
            counts[usize::from(*seen)] += usize::from(*open);
        }
    }
    counts
}

/// What no field covers of every eighth row of the page, from side to side.
fn beside(fields: &[Field], page: &GrayImage) -> Vec<Range<usize>> {
    let width = page.width() as usize;
    let px = |mm: f64| (mm * READ_PX_PER_MM).clamp(0.0, width as f64) as usize;
    let mut gaps = Vec::new();
    for y in (0..page.height() as usize).step_by(8) {
        let at = y as f64 / READ_PX_PER_MM;
        let mut spans: Vec<Range<usize>> = fields
            .iter()
            .map(|field| field.rect)
            .filter(|rect| (rect.y..rect.y + rect.h).contains(&at))
            .map(|rect| px(rect.x)..px(rect.x + rect.w))
            .collect();
        spans.sort_by_key(|span| span.start);
        let mut from = 0;
        for span in spans.into_iter().chain(std::iter::once(width..width)) {
            gaps.push(y * width + from..y * width + span.start.max(from));
            from = from.max(span.end);
        }
    }
    gaps
}

/// How faint marks are on a page that is written so black, as a share of those of pens; 1 where nothing is written.
pub(crate) fn faintness(blackness: Option<f32>) -> f32 {
    blackness.map_or(1.0, |black| (black / USUAL_BLACKNESS).min(1.0))
}
