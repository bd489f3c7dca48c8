//! Whether the page's square codes can be seen.

use image::GrayImage;

use super::{CODE_CONTRAST, Defect, WASHED_LEVEL};
use crate::geometry::{Point, RectMm};
use crate::payload::Spot;
use crate::pixels::sample;

/// How rectangles of the page look in the photo.
pub(super) struct Seen {
    /// How far their darkest and lightest eighth differ, as a share of the lighter.
    pub(super) contrast: f32,
    /// Brightness that seven eighths stay below.
    light: f32,
}

/// `None` when nothing of the rectangles is in the photo.
pub(super) fn contrast_of(
    photo: &GrayImage,
    rects: &[RectMm],
    to_photo: impl Fn(Point) -> Point,
) -> Option<Seen> {
    const STEP_MM: f64 = 0.7;
    let mut values = Vec::new();
    for rect in rects {
        let (columns, rows) = ((rect.w / STEP_MM) as usize, (rect.h / STEP_MM) as usize);
        for i in 0..columns * rows {
            let p = Point::new(
                rect.x + ((i % columns) as f64 + 0.5) * STEP_MM,
                rect.y + ((i / columns) as f64 + 0.5) * STEP_MM,
            );
            values.extend(sample(photo, to_photo(p)));
        }
    }
    values.sort_by(f32::total_cmp);
    let n = values.len();
    let (dark, light) = (*values.get(n / 8)?, *values.get(n * 7 / 8)?);
    Some(Seen {
        contrast: (light - dark) / light.max(1.0),
        light,
    })
}

/// The codes that cannot be seen, beside markers that have the contrast `known`.
pub(super) fn hidden_codes(
    photo: &GrayImage,
    known: f32,
    to_photo: impl Fn(Point) -> Point,
) -> Vec<(Spot, Defect)> {
    let spots = [Spot::A, Spot::B].into_iter();
    spots
        .filter_map(|spot| {
            let seen = contrast_of(photo, &[spot.rect()], &to_photo)?;
            let contrast = seen.contrast / known.max(0.01);
            let defect = if seen.light >= WASHED_LEVEL {
                Defect::Glare {
                    share: 1.0 - contrast.min(1.0),
                }
            } else {
                Defect::CodeCovered { spot, contrast }
            };
            (contrast < CODE_CONTRAST).then_some((spot, defect))
        })
        .collect()
}
