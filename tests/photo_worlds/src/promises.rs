//! What must hold for every photo, however bad: an empty page has no answers, and neither has a stranger.

use paper::{FieldKind, FieldState, Form};

use crate::performance::photo_of;
use crate::photo;
use crate::random::Random;
use crate::strangers::Stranger;
use crate::world::World;

/// Photographs a page that nobody has filled, and says which boxes, signatures, fingerprints and seals were read as there.
#[must_use]
pub fn blank_stays_blank(forms: &[Form], world: World, seed: u64) -> Vec<String> {
    let (order, photo) = photo_of(forms, world, seed, true);
    let Ok(reading) = paper::read(&photo.to_read(), forms) else {
        return Vec::new();
    };
    let name = format!("blank {} page {}", order.form.key(), order.page);
    let marked = reading
        .fields
        .iter()
        .filter(|field| field.state == FieldState::Marked);
    marked
        .filter(|field| !matches!(field.kind, FieldKind::Text | FieldKind::Digits { .. }))
        .map(|field| format!("{name}: {} is marked, score {:.2}", field.id, field.score))
        .collect()
}

/// Photographs a stranger, and says if it was read, or on a good photo not named as what it is.
#[must_use]
pub fn stranger_stays_stranger(
    forms: &[Form],
    stranger: Stranger,
    severity: usize,
    seed: u64,
) -> Option<String> {
    let megapixels = Random::of(seed, 0).between(1.0, 4.0);
    let print = |dpi| stranger.print(dpi, seed);
    let photo = photo::take_print(print, World::severity(severity), megapixels, seed);
    let problem = match paper::read(&photo.to_read(), forms) {
        Ok(reading) => {
            return Some(format!(
                "{stranger:?} was read as {} page {}",
                reading.form_key, reading.page
            ));
        }
        Err(problem) => problem,
    };
    let named = stranger.is_named_by(&problem);
    (severity <= 1 && !named).then(|| format!("{stranger:?} is named so: {problem}"))
}
