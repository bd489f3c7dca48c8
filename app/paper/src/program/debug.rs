//! A picture for each stage of reading, and all scores, so that one can see what was seen.

use std::error::Error;
use std::path::Path;

use image::{GrayImage, Rgb, RgbImage};
use paper::{FieldState, Form, READ_DPI};
use serde_json::json;

use super::outcome::Outcome;

/// The longer side of the picture of the photo.
const PHOTO_SIDE: u32 = 1200;

/// Writes what reading `photo` came to: `*.located.png`, the photo with the page's outline; `*.flat.png`, the page laid flat and
/// evenly lit; `*.fields.png`, the same with its fields, green for clear, blue for marked, red for unsure; `*.ink.png`, what a person
/// drew; `*.scores.json`. A photo that could not be read has the first and the last.
pub(crate) fn save(
    stem: &Path,
    photo: &GrayImage,
    outcome: &Outcome,
    forms: &[Form],
) -> Result<(), Box<dyn Error>> {
    let at = |ending: &str| stem.with_extension(ending);
    located(photo, outcome).save(at("located.png"))?;
    if let Some(reading) = &outcome.reading {
        reading.rectified.save(at("flat.png"))?;
        reading.ink().save(at("ink.png"))?;
        let form = forms.iter().find(|form| form.key() == reading.form_key);
        let mut picture = image::DynamicImage::ImageLuma8(reading.rectified.clone()).to_rgb8();
        for field in &reading.fields {
            let Some(known) = form.and_then(|form| form.field(&field.id)) else {
                continue;
            };
            let colour = match field.state {
                FieldState::Clear => Rgb([0, 150, 0]),
                FieldState::Marked => Rgb([0, 60, 230]),
                FieldState::Unsure => Rgb([230, 0, 0]),
            };
            let corners = known.rect.corners().map(|p| {
                let px = |mm: f64| mm * f64::from(READ_DPI) / 25.4;
                [px(p.x), px(p.y)]
            });
            outline(&mut picture, corners, colour);
        }
        picture.save(at("fields.png"))?;
    }
    let states = outcome.reading.as_ref().map(|reading| {
        let fields = reading.fields.iter();
        fields
            .map(|field| (field.id.clone(), json!(format!("{:?}", field.state))))
            .collect::<serde_json::Map<_, _>>()
    });
    let scores = json!({"outcome": outcome, "states": states});
    std::fs::write(at("scores.json"), serde_json::to_string_pretty(&scores)?)?;
    Ok(())
}

fn located(photo: &GrayImage, outcome: &Outcome) -> RgbImage {
    let factor = photo
        .width()
        .max(photo.height())
        .div_ceil(PHOTO_SIDE)
        .max(1);
    let small = image::imageops::thumbnail(photo, photo.width() / factor, photo.height() / factor);
    let mut picture = image::DynamicImage::ImageLuma8(small).to_rgb8();
    if let Some(corners) = outcome.corners {
        let corners = corners.map(|p| p.map(|v| v / f64::from(factor)));
        outline(&mut picture, corners, Rgb([230, 0, 0]));
    }
    picture
}

/// Draws the sides between `corners`, two pixels wide, as far as they lie in the picture.
fn outline(picture: &mut RgbImage, corners: [[f64; 2]; 4], colour: Rgb<u8>) {
    for i in 0..4 {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        let steps = (a[0] - b[0])
            .abs()
            .max((a[1] - b[1]).abs())
            .clamp(1.0, 20_000.0);
        for step in 0..=steps as u32 {
            let share = f64::from(step) / steps;
            let at = [0, 1].map(|axis| (a[axis] + (b[axis] - a[axis]) * share) as i64);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1)] {
                let place = (u32::try_from(at[0] + dx), u32::try_from(at[1] + dy));
                if let (Ok(x), Ok(y)) = place
                    && let Some(pixel) = picture.get_pixel_mut_checked(x, y)
                {
                    *pixel = colour;
                }
            }
        }
    }
}
