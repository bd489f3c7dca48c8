//! An entry printed into its field.

use super::RenderError;
use super::fill_in::Entry;
use crate::form::{Field, FieldKind};
use crate::geometry::Point;
use crate::layout::Text;
use crate::layout::measure::{block_height, width, wrap};
use crate::surface::Surface;
use crate::typeface::Typeface;

/// Entries are set at this size where there is room.
const EM_MM: f64 = 4.2;
/// Smaller than this, an entry cannot be read by everybody: 6 points.
const EM_LEAST_MM: f64 = 2.2;
const EM_STEP_MM: f64 = 0.1;
const DIGIT_EM_MM: f64 = 4.4;
/// Room left and right of an entry together, and above and below it.
const SIDES_MM: f64 = 3.0;
const ENDS_MM: f64 = 1.0;

/// Prints `entry` into `field`. Text shrinks and takes several lines, so that all of it stands inside.
pub(super) fn enter(
    surface: &mut impl Surface,
    typeface: &Typeface,
    field: &Field,
    entry: &Entry,
) -> Result<(), RenderError> {
    let rect = field.rect;
    match (entry, field.kind) {
        (Entry::Mark, FieldKind::Tick) => {
            let at = |x: f64, y: f64| Point::new(rect.x + rect.w * x, rect.y + rect.h * y);
            surface.stroke(&[at(0.18, 0.52), at(0.42, 0.80), at(0.86, 0.20)], 0.6);
            Ok(())
        }
        (Entry::Text(text), FieldKind::Text) => {
            must_be_drawable(typeface, text)?;
            let largest = EM_MM.min(0.6 * rect.h);
            let steps = ((largest - EM_LEAST_MM) / EM_STEP_MM + 1e-6)
                .floor()
                .max(-1.0) as i32;
            let set = (0..=steps).find_map(|step| {
                let em = largest - EM_STEP_MM * f64::from(step);
                let lines = wrap(typeface, text, rect.w - SIDES_MM, em);
                let fits = block_height(lines.len(), em) <= rect.h - ENDS_MM
                    && lines
                        .iter()
                        .all(|line| width(typeface, line, em) <= rect.w - SIDES_MM);
                fits.then_some((em, lines))
            });
            let (em, lines) = set.ok_or_else(|| too_long(field, text))?;
            let top = rect.y + (rect.h - block_height(lines.len(), em)) / 2.0;
            let pitch = block_height(2, em) - em;
            for (i, content) in lines.into_iter().enumerate() {
                surface.text(&Text {
                    content,
                    x: rect.x + SIDES_MM / 2.0,
                    baseline: top + 0.88 * em + pitch * i as f64,
                    em,
                    spacing: 0.0,
                });
            }
            Ok(())
        }
        (Entry::Text(text), FieldKind::Digits { count }) => {
            must_be_drawable(typeface, text)?;
            if text.chars().count() > usize::from(count) {
                return Err(too_long(field, text));
            }
            let cell = rect.w / f64::from(count);
            for (i, c) in text.chars().enumerate() {
                let content = c.to_string();
                let room = cell - width(typeface, &content, DIGIT_EM_MM);
                surface.text(&Text {
                    content,
                    x: rect.x + cell * i as f64 + room / 2.0,
                    baseline: rect.y + rect.h / 2.0 + 0.38 * DIGIT_EM_MM,
                    em: DIGIT_EM_MM,
                    spacing: 0.0,
                });
            }
            Ok(())
        }
        (Entry::Mark | Entry::Text(_), _) => Err(RenderError::Field {
            id: field.id.clone(),
        }),
    }
}

fn too_long(field: &Field, text: &str) -> RenderError {
    RenderError::TooLong {
        id: field.id.clone(),
        length: text.chars().count(),
    }
}

fn must_be_drawable(typeface: &Typeface, text: &str) -> Result<(), RenderError> {
    let mut characters = text.chars().filter(|&c| c != '\n');
    match characters.find(|&c| !typeface.has(c)) {
        Some(character) => Err(RenderError::NoGlyph { character }),
        None => Ok(()),
    }
}
