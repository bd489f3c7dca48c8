//! How black a page is written, which tells how faint a mark may be there: through carbon paper all of it is.

use image::GrayImage;

use crate::form::{Field, FieldKind};
use crate::template::{READ_PX_PER_MM, Template, rows};

/// Ink is looked for this far inside of a field's outline.
const INSIDE_MM: f64 = 0.4;
/// What is lighter than this, of 255, is shade or grain.
const LIGHTEST_INK: u8 = 225;
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
    let mut counts = [0_usize; 256];
    let is_written = |field: &&Field| match field.kind {
        FieldKind::Tick | FieldKind::Text | FieldKind::Digits { .. } | FieldKind::Signature => true,
        FieldKind::Fingerprint | FieldKind::Seal => false,
    };
    for field in fields.iter().filter(is_written) {
        for row in rows(field.rect.inset(INSIDE_MM), page) {
            for (seen, open) in page.as_raw()[row.clone()].iter().zip(&template.open[row]) {
                counts[usize::from(*seen)] += usize::from(*open);
            }
        }
    }
    let ink = &counts[..usize::from(LIGHTEST_INK)];
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

/// How faint marks are on a page that is written so black, as a share of those of pens; 1 where nothing is written.
pub(crate) fn faintness(blackness: Option<f32>) -> f32 {
    blackness.map_or(1.0, |black| (black / USUAL_BLACKNESS).min(1.0))
}
