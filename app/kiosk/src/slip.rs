//! The slip (回执): what a villager takes home, drawn as one bitmap so that every character prints right.
//!
//! The printer knows no Chinese code page that holds every name, so it gets dots only. The same picture is
//! what the screen shows when there is no paper.

use devices::bitmap::Bitmap;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use paper::{Pen, Typeface};
use qrcode::{EcLevel, QrCode};

use crate::flow::QrModules;

/// Width of 80 mm paper at 203 dots per inch, less the margins that no head reaches.
pub const SLIP_WIDTH_DOTS: usize = 576;

const WIDTH: i32 = SLIP_WIDTH_DOTS as i32;
const MARGIN: i32 = 28;
const TEXT_WIDTH: i32 = WIDTH - 2 * MARGIN;
const TITLE_SIZE: f32 = 44.0;
const NUMBER_SIZE: f32 = 40.0;
const BODY_SIZE: f32 = 30.0;
const SMALL_SIZE: f32 = 24.0;
/// White modules that the QR standard asks for around the code (ISO/IEC 18004 §6.3.8).
const QUIET_MODULES: usize = 4;

/// What a slip says. It carries no full name, no ID number and no answer.
#[derive(Clone, PartialEq, Eq)]
pub struct SlipContent {
    /// What it was given for.
    pub subject: SlipSubject,
    /// The number people say on the telephone.
    pub slip_number: String,
    /// Local date and time of the submission, ready to read.
    pub submitted: String,
    /// Signed pages handed in with it, by title; none on a slip printed after its person has gone.
    pub pages: Vec<String>,
    /// What happens next, one sentence each, in order.
    pub next_steps: Vec<String>,
    /// The county's assistance line; `None` until the bureau has set it.
    pub hotline: Option<String>,
    /// The address in the QR code, in characters of its alphanumeric mode.
    pub url: String,
}

/// What a slip is given for.
#[derive(Clone, PartialEq, Eq)]
pub enum SlipSubject {
    /// An application.
    Application {
        /// 救助类别, as on the card.
        scheme_title: String,
        /// 张*: enough to tell two slips of one household apart; `None` on a slip printed after its person has gone.
        applicant_masked: Option<String>,
        /// The township that receives the application; `None` as above.
        receiving_unit: Option<String>,
    },
    /// Papers without an application.
    Handover {
        /// The number of the case that they belong to; `None` for an office's, and as above.
        case: Option<String>,
    },
}

impl SlipSubject {
    /// The heading, and what the banner under it says.
    const fn headings(&self) -> (&'static str, &'static str) {
        match self {
            Self::Application { .. } => ("社会救助申请提交回执", "已提交，尚未受理"),
            Self::Handover { .. } => ("社会救助材料回执", "材料已收下"),
        }
    }

    /// What the holder of the slip sees with its code.
    const fn code_shows(&self) -> &'static str {
        match self {
            Self::Application { .. } => "就能看到办到哪一步。",
            Self::Handover { .. } => "就能看到材料有没有送到。",
        }
    }

    fn lines(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Application {
                scheme_title,
                applicant_masked,
                ..
            } => {
                let applicant = applicant_masked.as_deref().map(|name| ("申请人", name));
                let scheme = ("类　别", scheme_title.as_str());
                std::iter::once(scheme).chain(applicant).collect()
            }
            Self::Handover { case } => {
                let case = case.as_deref().map(|case| ("申　请", case));
                case.into_iter().collect()
            }
        }
    }
}

/// Why a slip could not be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlipError {
    /// The address is longer than the largest code that fits the paper.
    #[error("slip address of {length} characters does not fit a QR code")]
    UrlTooLong {
        /// Characters in the address.
        length: usize,
    },
}

/// Draws the slip, [`SLIP_WIDTH_DOTS`] wide and as long as its text needs.
///
/// # Errors
///
/// [`SlipError::UrlTooLong`] if the address is more than a QR code holds.
pub fn draw(content: &SlipContent, typeface: &Typeface) -> Result<Bitmap, SlipError> {
    let code = qr_modules(&content.url)?;
    let mut type_ = Type {
        typeface,
        pen: typeface.pen(),
    };
    // Once without ink to learn the length, once for real: the two can't disagree.
    let height_dots = lay_out(content, &code, &mut Strip::new(&mut type_, 0));
    let mut strip = Strip::new(&mut type_, height_dots);
    lay_out(content, &code, &mut strip);
    Ok(strip.bitmap)
}

/// The modules of the code that the slip and the screen show for `url`.
///
/// # Errors
///
/// [`SlipError::UrlTooLong`] if no code of the standard holds the address.
pub fn qr_modules(url: &str) -> Result<QrModules, SlipError> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M).map_err(|_| {
        SlipError::UrlTooLong {
            length: url.chars().count(),
        }
    })?;
    let dark = code
        .to_colors()
        .into_iter()
        .map(|module| module == qrcode::Color::Dark)
        .collect();
    Ok(QrModules {
        side: code.width(),
        dark,
    })
}

/// Puts everything on the strip from top to bottom and returns the length used.
fn lay_out(content: &SlipContent, code: &QrModules, strip: &mut Strip<'_, '_>) -> usize {
    strip.skip(20);
    let (title, banner) = content.subject.headings();
    strip.centred(TITLE_SIZE, title);
    strip.skip(10);
    strip.banner(banner);
    strip.skip(18);
    strip.centred(NUMBER_SIZE, &content.slip_number);
    strip.skip(8);
    for (label, value) in content.subject.lines() {
        strip.labelled(label, value);
    }
    strip.labelled("提交于", &content.submitted);
    if let SlipSubject::Application {
        receiving_unit: Some(unit),
        ..
    } = &content.subject
    {
        strip.labelled("交　到", unit);
    }
    if !content.pages.is_empty() {
        strip.labelled("已交来", &content.pages.join("、"));
    }
    strip.skip(14);
    strip.code(code);
    strip.skip(6);
    strip.centred(SMALL_SIZE, "用手机扫一扫，或拿回自助机，");
    strip.centred(SMALL_SIZE, content.subject.code_shows());
    strip.skip(14);
    strip.rule();
    strip.skip(14);
    strip.paragraph(BODY_SIZE, "接下来");
    for (index, step) in content.next_steps.iter().enumerate() {
        strip.paragraph(BODY_SIZE, &format!("{}. {step}", index + 1));
    }
    if let Some(hotline) = &content.hotline {
        strip.skip(8);
        strip.labelled("电　话", hotline);
    }
    strip.skip(14);
    strip.rule();
    strip.skip(10);
    strip.centred(SMALL_SIZE, "人工窗口一直开着，不用机器也能办。");
    strip.centred(SMALL_SIZE, "请把回执收好，不要给别人拍照。");
    strip.skip(24);
    usize::try_from(strip.y).unwrap_or(0)
}

/// The typeface and the state of setting it.
struct Type<'a> {
    typeface: &'a Typeface,
    pen: Pen,
}

impl Type<'_> {
    fn width(&self, text: &str, size: f32) -> i32 {
        let em: f64 = text
            .chars()
            .map(|character| self.typeface.advance(character))
            .sum();
        (em * f64::from(size)).round() as i32
    }
}

/// Paper that is written from the top down. Dots beyond its end are dropped, which is how a strip of no length measures.
struct Strip<'a, 'b> {
    type_: &'a mut Type<'b>,
    bitmap: Bitmap,
    y: i32,
}

impl<'a, 'b> Strip<'a, 'b> {
    fn new(type_: &'a mut Type<'b>, height_dots: usize) -> Self {
        Self {
            type_,
            bitmap: Bitmap::new(SLIP_WIDTH_DOTS, height_dots),
            y: 0,
        }
    }

    fn skip(&mut self, dots: i32) {
        self.y += dots;
    }

    /// One line of text with its upper left corner at `x` and the present height.
    fn text(&mut self, size: f32, x: i32, text: &str, colour: BinaryColor) {
        let baseline = self.y + (size * (LEADING - 1.0) / 2.0 + size * ASCENT).round() as i32;
        let mut left = f64::from(x);
        for character in text.chars() {
            if let Some(glyph) = self.type_.pen.draw(character, size, 0.0, 0.0) {
                let place = glyph.placement;
                let at = Point::new(left.round() as i32 + place.left, baseline - place.top);
                let dots = glyph
                    .data
                    .chunks(place.width.max(1) as usize)
                    .zip(0..)
                    .flat_map(|(row, dy)| {
                        let inked = row
                            .iter()
                            .zip(0..)
                            .filter(|(coverage, _)| **coverage >= 128);
                        inked.map(move |(_, dx)| Pixel(at + Point::new(dx, dy), colour))
                    });
                let Ok(()) = self.bitmap.draw_iter(dots);
            }
            left += self.type_.typeface.advance(character) * f64::from(size);
        }
    }

    fn line(&mut self, size: f32, x: i32, text: &str) {
        self.text(size, x, text, BinaryColor::On);
        self.y += line_height(size);
    }

    fn centred(&mut self, size: f32, text: &str) {
        let x = (WIDTH - self.type_.width(text, size)) / 2;
        self.line(size, x.max(0), text);
    }

    fn paragraph(&mut self, size: f32, text: &str) {
        for line in wrap(self.type_, size, text, TEXT_WIDTH) {
            self.line(size, MARGIN, &line);
        }
    }

    fn labelled(&mut self, label: &str, value: &str) {
        let indent = (BODY_SIZE * 3.7).round() as i32;
        self.text(BODY_SIZE, MARGIN, label, BinaryColor::On);
        for line in wrap(self.type_, BODY_SIZE, value, TEXT_WIDTH - indent) {
            self.line(BODY_SIZE, MARGIN + indent, &line);
        }
    }

    fn fill(&mut self, x: i32, y: i32, width: i32, height: i32) {
        let area = Rectangle::new(
            Point::new(x, y),
            Size::new(width.unsigned_abs(), height.unsigned_abs()),
        );
        let Ok(()) = area
            .into_styled(PrimitiveStyle::with_fill(BinaryColor::On))
            .draw(&mut self.bitmap);
    }

    /// White on black, so that the one thing nobody may misread stands out without colour.
    fn banner(&mut self, text: &str) {
        let height = line_height(NUMBER_SIZE) + 16;
        self.fill(MARGIN, self.y, TEXT_WIDTH, height);
        let x = (WIDTH - self.type_.width(text, NUMBER_SIZE)) / 2;
        self.y += 8;
        self.text(NUMBER_SIZE, x, text, BinaryColor::Off);
        self.y += height - 8;
    }

    fn rule(&mut self) {
        self.fill(MARGIN, self.y, TEXT_WIDTH, 3);
        self.y += 3;
    }

    fn code(&mut self, code: &QrModules) {
        let modules = code.side + 2 * QUIET_MODULES;
        let dots = (SLIP_WIDTH_DOTS / modules).clamp(1, MODULE_DOTS_MAX) as i32;
        let left = (WIDTH - code.side as i32 * dots) / 2;
        let top = self.y + QUIET_MODULES as i32 * dots;
        for (index, _) in code.dark.iter().enumerate().filter(|(_, dark)| **dark) {
            let (row, column) = ((index / code.side) as i32, (index % code.side) as i32);
            self.fill(left + column * dots, top + row * dots, dots, dots);
        }
        self.y += modules as i32 * dots;
    }
}

/// Height of a line, as a multiple of the size of its type.
const LEADING: f32 = 1.4;
/// How far the tallest characters of the typeface reach above the line they stand on, as a share of their size.
const ASCENT: f32 = 0.88;
/// 1 mm at 203 dots per inch: more makes no telephone read better.
const MODULE_DOTS_MAX: usize = 8;

fn line_height(size: f32) -> i32 {
    (size * LEADING).round() as i32
}

/// Breaks `text` into lines of at most `width` dots. Chinese may break anywhere except before a closing mark.
fn wrap(type_: &Type<'_>, size: f32, text: &str, width: i32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for character in text.chars() {
        let mut longer = line.clone();
        longer.push(character);
        let overflows = type_.width(&longer, size) > width;
        if overflows && !line.is_empty() && !"，。；：、！？）》”".contains(character) {
            lines.push(std::mem::take(&mut line));
            line.push(character);
        } else {
            line = longer;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "HTTP://127.0.0.1:8081/S/8J5K2M7Q3W9X4T6V1B0N8J5K2M7Q3W9X4T6V1B0N";

    fn content() -> SlipContent {
        SlipContent {
            subject: SlipSubject::Application {
                scheme_title: "最低生活保障（低保）".into(),
                applicant_masked: Some("㛃*".into()),
                receiving_unit: Some("丹朱镇".into()),
            },
            slip_number: "140428-003-000017-4".into(),
            submitted: "2026-11-23 15:04".into(),
            pages: vec!["低保申请书".into()],
            next_steps: vec![
                "乡镇查看材料，缺什么会一次全部写给您。".into(),
                "办没办成，都会书面告诉您，并说明理由。".into(),
            ],
            hotline: None,
            url: URL.into(),
        }
    }

    fn typeface() -> Typeface {
        Typeface::parse(crate::font::NOTO_SANS_SC).unwrap()
    }

    fn luma(bitmap: &Bitmap) -> image::GrayImage {
        image::GrayImage::from_raw(
            bitmap.width_dots() as u32,
            bitmap.height_dots() as u32,
            bitmap.to_grey(),
        )
        .unwrap()
    }

    #[test]
    fn the_code_on_the_slip_reads_back_as_its_address() {
        let face = typeface();
        let slip = luma(&draw(&content(), &face).unwrap());
        let (width, height) = slip.dimensions();
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
                slip.get_pixel(x as u32, y as u32).0[0]
            });
        let found = picture.detect_grids();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].decode().unwrap().1, URL);
    }

    #[test]
    fn nothing_touches_the_paper_s_edges() {
        let face = typeface();
        let slip = draw(&content(), &face).unwrap();
        for y in 0..slip.height_dots() {
            assert!(
                !slip.is_black(0, y) && !slip.is_black(SLIP_WIDTH_DOTS - 1, y),
                "ink at the edge in row {y}"
            );
        }
    }

    #[test]
    fn a_hotline_that_nobody_has_set_leaves_no_line_behind() {
        let face = typeface();
        let without = draw(&content(), &face).unwrap();
        let with = draw(
            &SlipContent {
                hotline: Some("12345".into()),
                ..content()
            },
            &face,
        )
        .unwrap();
        assert!(without.height_dots() < with.height_dots());
    }

    #[test]
    fn a_closing_mark_never_begins_a_line() {
        let face = typeface();
        let type_ = Type {
            typeface: &face,
            pen: face.pen(),
        };
        for line in wrap(
            &type_,
            BODY_SIZE,
            &"一二三四五六七八九十，".repeat(6),
            TEXT_WIDTH,
        ) {
            assert!(!line.starts_with('，'), "{line}");
        }
    }

    #[test]
    fn an_address_that_no_code_can_hold_is_refused() {
        let long = SlipContent {
            url: "A".repeat(5000),
            ..content()
        };
        let face = typeface();
        assert_eq!(
            draw(&long, &face).err(),
            Some(SlipError::UrlTooLong { length: 5000 })
        );
    }
}
