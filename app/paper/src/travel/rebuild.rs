//! A picture of a page from its blank, its ink and its crops. It says of itself that it is no photo.

use image::GrayImage;
use image::imageops::replace;

use super::PageParts;
use crate::canvas::Canvas;
use crate::form::{Form, PAGE_H_MM, PAGE_W_MM};
use crate::layout::Text;
use crate::layout::measure::width;
use crate::render::FillIn;
use crate::surface::Surface;
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
    let strip = strip(note, w, h, typeface);
    let mut out = GrayImage::from_pixel(w, h + strip.height(), image::Luma([255]));
    replace(&mut out, &strip, 0, 0);
    replace(&mut out, &page, 0, i64::from(strip.height()));
    out
}

/// `note` in the middle of a light strip above a page of `w` × `h` pixels, with a line below.
fn strip(note: &str, w: u32, h: u32, typeface: &Typeface) -> GrayImage {
    // By the shorter side, so that of a picture as flat as no page the strip is not many times as large.
    let px_per_mm = (f64::from(w) / PAGE_W_MM).min(f64::from(h) / PAGE_H_MM);
    let strip_h = (STRIP_MM * px_per_mm).ceil().max(4.0) as u32;
    let strip = GrayImage::from_pixel(w, strip_h, image::Luma([225]));
    let mut canvas = Canvas::over(strip, px_per_mm, typeface);
    canvas.text(&Text {
        content: note.to_owned(),
        x: (f64::from(w) / px_per_mm - width(typeface, note, EM_MM)).max(0.0) / 2.0,
        baseline: 0.66 * STRIP_MM,
        em: EM_MM,
        spacing: 0.0,
    });
    let mut strip = canvas.finish();
    for y in strip_h - 2..strip_h {
        for x in 0..w {
            strip.put_pixel(x, y, image::Luma([90]));
        }
    }
    strip
}
