//! The photo, small, with what is wrong drawn into it.

use image::{GrayImage, Rgb, RgbImage, imageops};

use super::{Quality, Severity};
use crate::geometry::Point;

/// What cannot be read is outlined in red, what is to be looked at in amber; both are told apart by thickness too.
const RED: Rgb<u8> = Rgb([198, 30, 30]);
const AMBER: Rgb<u8> = Rgb([230, 140, 0]);

/// Places drawn at most: a photo with more is bad all over.
const PLACES_MAX: usize = 24;

/// `photo` as it was taken, shrunk to fit `side` × `side` pixels, with an outline around each place of `quality`.
///
/// An outline that lies outside of the photo is drawn along its edge, so that one sees on which side the page was cut.
#[must_use]
pub fn overlay(photo: &GrayImage, quality: &Quality, side: u32) -> RgbImage {
    let long = photo.width().max(photo.height()).max(1);
    let scale = f64::from(side.max(1)) / f64::from(long);
    let px = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
    let (w, h) = (px(photo.width()), px(photo.height()));
    // Whole squares first: a filter over eight megapixels would cost more than reading the page.
    let coarse = crate::pixels::shrink(photo, (long / side.max(1)).max(1));
    let small = imageops::resize(&coarse, w, h, imageops::FilterType::Triangle);
    let mut picture = RgbImage::from_fn(w, h, |x, y| {
        let v = small.get_pixel(x, y).0[0];
        Rgb([v, v, v])
    });
    let places = quality.findings.iter().rev().flat_map(|finding| {
        let worst = finding.severity == Severity::CannotRead;
        let look = if worst { (RED, 5) } else { (AMBER, 3) };
        finding.places.iter().map(move |place| (place, look))
    });
    for (place, (colour, thick)) in places.take(PLACES_MAX) {
        let inside = |p: &Point| {
            let limit = |v: f64, most: u32| (v * scale).min(f64::from(most) - 3.0).max(2.0);
            Point::new(limit(p.x, w), limit(p.y, h))
        };
        let corners: Vec<Point> = place.iter().map(inside).collect();
        for (i, &from) in corners.iter().enumerate() {
            line(
                &mut picture,
                from,
                corners[(i + 1) % corners.len()],
                colour,
                thick,
            );
        }
    }
    picture
}

/// A straight line as squares of `thick` pixels.
fn line(picture: &mut RgbImage, from: Point, to: Point, colour: Rgb<u8>, thick: i64) {
    let steps = from.distance(to).ceil().clamp(1.0, 4096.0);
    for k in 0..=steps as u32 {
        let p = from.toward(to, f64::from(k) / steps);
        for y in -thick / 2..=thick / 2 {
            for x in -thick / 2..=thick / 2 {
                let (x, y) = (p.x as i64 + x, p.y as i64 + y);
                if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                    && let Some(pixel) = picture.get_pixel_mut_checked(x, y)
                {
                    *pixel = colour;
                }
            }
        }
    }
}
