//! A picture of a page from its blank, its ink and its crops. It says of itself that it is no photo.

use image::GrayImage;
use image::imageops::replace;

use super::PageParts;
use crate::form::{Form, PAGE_W_MM};
use crate::render::FillIn;
use crate::typeface::Typeface;

/// Height of the strip above the page that says how the picture came about.
const STRIP_MM: f64 = 11.0;
/// Size of its characters.
const EM_MM: f64 = 5.0;

const WITH_BLANK: &str = "由空白表格和笔迹合成，非原件影像";
const WITHOUT_BLANK: &str = "只有笔迹，没有这一版空白表格，非原件影像";

/// The page of `parts` on its blank from `forms`, under a strip that says what the picture is; on bare paper if no form is
/// of that edition. A crop stands in for all that is in its place, print too.
#[must_use]
pub fn rebuild(parts: &PageParts, forms: &[Form], typeface: &Typeface) -> GrayImage {
    let fill = match &parts.case_ref {
        Some(case_ref) => FillIn::blank().for_case(case_ref),
        None => FillIn::blank(),
    };
    let blank = forms
        .iter()
        .find(|form| form.key() == parts.form_key && form.edition() == parts.edition)
        .and_then(|form| {
            form.render_page(parts.page, u32::from(parts.dpi), &fill)
                .ok()
        })
        .filter(|blank| blank.dimensions() == parts.ink.dimensions());
    let note = if blank.is_some() {
        WITH_BLANK
    } else {
        WITHOUT_BLANK
    };
    let (w, h) = parts.ink.dimensions();
    let mut page = blank.unwrap_or_else(|| GrayImage::from_pixel(w, h, image::Luma([255])));
    for (pixel, &ink) in page.iter_mut().zip(parts.ink.as_raw()) {
        *pixel = (*pixel).min(ink);
    }
    for crop in &parts.crops {
        replace(
            &mut page,
            &crop.picture,
            i64::from(crop.x),
            i64::from(crop.y),
        );
    }
    let strip = strip(note, w, typeface);
    let mut out = GrayImage::from_pixel(w, h + strip.height(), image::Luma([255]));
    replace(&mut out, &strip, 0, 0);
    replace(&mut out, &page, 0, i64::from(strip.height()));
    out
}

/// `note` in the middle of a light strip `w` pixels wide, with a line below.
fn strip(note: &str, w: u32, typeface: &Typeface) -> GrayImage {
    let px_per_mm = f64::from(w) / PAGE_W_MM;
    let h = (STRIP_MM * px_per_mm).ceil().max(4.0) as u32;
    let mut strip = GrayImage::from_pixel(w, h, image::Luma([225]));
    let em_px = EM_MM * px_per_mm;
    let ems: f64 = note.chars().map(|c| typeface.advance(c)).sum();
    let mut x = (f64::from(w) - ems * em_px).max(0.0) / 2.0;
    let baseline = f64::from(h) * 0.66;
    let mut pen = typeface.pen();
    for c in note.chars() {
        if let Some(glyph) = pen.draw(c, em_px as f32, 0.0, 0.0) {
            let left = x as i64 + i64::from(glyph.placement.left);
            let top = baseline as i64 - i64::from(glyph.placement.top);
            let width = i64::from(glyph.placement.width.max(1));
            for (i, &ink) in (0_i64..).zip(&glyph.data) {
                let (Ok(x), Ok(y)) = (
                    u32::try_from(left + i % width),
                    u32::try_from(top + i / width),
                ) else {
                    continue;
                };
                if let Some(pixel) = strip.get_pixel_mut_checked(x, y) {
                    pixel.0[0] = pixel.0[0].min(255 - ink);
                }
            }
        }
        x += typeface.advance(c) * em_px;
    }
    for y in h - 2..h {
        for x in 0..w {
            strip.put_pixel(x, y, image::Luma([90]));
        }
    }
    strip
}
