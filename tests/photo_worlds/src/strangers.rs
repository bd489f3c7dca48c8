//! Sheets that are no page of a known form.

use image::{GrayImage, Luma};
use paper::{DEFINITIONS, Form, NOTO_SANS_SC, PageProblem, Typeface};
use qrcode::{Color, QrCode};

use crate::random::Random;
use crate::sheet::{PAPER_MM, print};

/// A sheet that is no page of a known form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// Grey grain.
    Noise,
    /// Black and white squares.
    Chequers,
    /// Black and white modules with a code's finders among them, all over the sheet.
    CodeTexture,
    /// A ruled page with text, without markers and codes.
    Text,
    /// The same with two codes of something else.
    ForeignCode,
    /// A page with our markers, and codes of something else.
    OurMarkers,
    /// A page of a known form, in another edition.
    OtherEdition,
    /// A page of a form that is not known.
    UnknownForm,
}

impl Stranger {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Noise,
        Self::Chequers,
        Self::CodeTexture,
        Self::Text,
        Self::ForeignCode,
        Self::OurMarkers,
        Self::OtherEdition,
        Self::UnknownForm,
    ];

    /// Draws the sheet at `dpi` dots to the inch.
    ///
    /// # Panics
    ///
    /// If the project's forms do not have what is changed here.
    #[must_use]
    pub fn print(self, dpi: u32, seed: u64) -> GrayImage {
        match self {
            Self::Noise => squares(dpi, 0.3, seed, |random| random.below(256) as u8),
            Self::Chequers => {
                let side = Random::of(seed, 0).between(1.5, 9.0) * dpi as f32 / 25.4;
                sheet(dpi, |x, y| {
                    let odd = (x as f32 / side) as u32 + (y as f32 / side) as u32;
                    if odd.is_multiple_of(2) { 255 } else { 0 }
                })
            }
            Self::CodeTexture => code_texture(dpi, seed),
            Self::Text => altered(dpi, seed, &["qr", "fid"], false),
            Self::ForeignCode => altered(dpi, seed, &["qr", "fid"], true),
            Self::OurMarkers => altered(dpi, seed, &["qr"], true),
            Self::OtherEdition => edited("title = \"", "title = \"旧", dpi, seed),
            Self::UnknownForm => edited("code = \"", "code = \"Q", dpi, seed),
        }
    }

    /// Whether `problem` says what is wrong with the sheet, on a photo that is good.
    #[must_use]
    pub fn is_named_by(self, problem: &PageProblem) -> bool {
        match self {
            Self::Noise | Self::Chequers | Self::CodeTexture | Self::Text => {
                matches!(problem, PageProblem::NoPage { .. })
            }
            Self::ForeignCode | Self::OurMarkers => matches!(problem, PageProblem::NotOurForm),
            Self::OtherEdition => matches!(problem, PageProblem::OtherEdition { .. }),
            Self::UnknownForm => matches!(problem, PageProblem::UnknownForm { .. }),
        }
    }
}

fn sheet(dpi: u32, value: impl Fn(u32, u32) -> u8) -> GrayImage {
    let [w, h] = PAPER_MM.map(|mm| (mm * dpi as f32 / 25.4) as u32);
    GrayImage::from_fn(w, h, |x, y| Luma([value(x, y)]))
}

/// Squares of `side_mm`, each with a value of its own.
fn squares(dpi: u32, side_mm: f32, seed: u64, value: impl Fn(&mut Random) -> u8) -> GrayImage {
    let random = &mut Random::of(seed, 0);
    let [columns, rows] = PAPER_MM.map(|mm| (mm / side_mm) as usize + 2);
    let values: Vec<u8> = (0..columns * rows).map(|_| value(random)).collect();
    let at = |px: u32| (px as f32 * 25.4 / (dpi as f32 * side_mm)) as usize;
    sheet(dpi, |x, y| values[at(y) * columns + at(x)])
}

fn code_texture(dpi: u32, seed: u64) -> GrayImage {
    const MODULE_MM: f32 = 0.9;
    let mut picture = squares(dpi, MODULE_MM, seed, |random| random.pick(&[0, 255]));
    let random = &mut Random::of(seed, 1);
    let px = MODULE_MM * dpi as f32 / 25.4;
    for _ in 0..400 {
        let corner = PAPER_MM.map(|mm| (random.between(0.0, mm / MODULE_MM - 9.0)) as u32);
        for (x, y) in (0..81).map(|i| (i % 9, i / 9)) {
            let from_rim = (x as i32 - 4).abs().max((y as i32 - 4).abs());
            let black = from_rim == 3 || from_rim <= 1;
            fill(
                &mut picture,
                corner[0] + x,
                corner[1] + y,
                px,
                if black { 0 } else { 255 },
            );
        }
    }
    picture
}

/// Fills a module of `px` pixels.
fn fill(picture: &mut GrayImage, column: u32, row: u32, px: f32, value: u8) {
    let span = |i: u32, limit: u32| {
        let at = |i: u32| ((i as f32 * px).ceil() as u32).min(limit);
        at(i)..at(i + 1)
    };
    let (w, h) = picture.dimensions();
    for y in span(row, h) {
        for x in span(column, w) {
            picture.put_pixel(x, y, Luma([value]));
        }
    }
}

fn typeface() -> Typeface {
    Typeface::parse(NOTO_SANS_SC).expect("the project's font")
}

fn definition(seed: u64) -> &'static str {
    Random::of(seed, 0).pick(DEFINITIONS)
}

/// A form's first page with what stands in places of these `kinds` taken away, and codes of something else in those of codes
/// if there are to be `codes`.
fn altered(dpi: u32, seed: u64, kinds: &[&str], codes: bool) -> GrayImage {
    let form = Form::parse(definition(seed), typeface()).expect("a form of the project");
    let mut picture = print(&form, 1, None)(dpi);
    let boxes = form.boxes_json(1).expect("a first page");
    let boxes: serde_json::Value = serde_json::from_str(&boxes).expect("JSON");
    for place in boxes["fields"].as_array().into_iter().flatten() {
        let kind = place["type"].as_str().unwrap_or_default();
        if !kinds.contains(&kind) {
            continue;
        }
        let mm = |i: usize| place["rect_mm"][i].as_f64().unwrap_or_default();
        let px = |mm: f64| (mm * f64::from(dpi) / 25.4) as u32;
        let (left, top, side) = (px(mm(0)), px(mm(1)), px(mm(2)));
        for y in top.saturating_sub(2)..top + side + 3 {
            for x in left.saturating_sub(2)..left + side + 3 {
                picture.put_pixel(x, y, Luma([255]));
            }
        }
        if codes && kind == "qr" {
            let text = format!("https://example.org/parcel/{}", seed % 1000);
            let code = QrCode::new(text).expect("a short text");
            let width = code.width();
            let colours = code.to_colors();
            for (x, y) in (0..side * side).map(|i| (i % side, i / side)) {
                let module = |px: u32| (px as usize * width) / side as usize;
                let black = colours[module(y) * width + module(x)] == Color::Dark;
                picture.put_pixel(left + x, top + y, Luma([if black { 0 } else { 255 }]));
            }
        }
    }
    picture
}

/// A form's first page whose definition says `to` where it said `from`.
fn edited(from: &str, to: &str, dpi: u32, seed: u64) -> GrayImage {
    let text = definition(seed);
    let (before, after) = text
        .split_once(from)
        .expect("a definition with a code and a title");
    // A code has four letters.
    let after = if from.starts_with("code") {
        &after[1..]
    } else {
        after
    };
    let text = format!("{before}{to}{after}");
    let form = Form::parse(&text, typeface()).expect("a changed form");
    print(&form, 1, None)(dpi)
}
