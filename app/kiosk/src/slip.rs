//! The slip (回执): what a villager takes home, drawn as one bitmap so that every character prints right.
//!
//! The printer knows no Chinese code page that holds every name, so it gets dots only. The same picture is
//! what the screen shows when there is no paper.

use devices::receipt_printer::Bitmap;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use paper::face::Face;
use qrcode::{EcLevel, QrCode};

/// Width of 80 mm paper at 203 dots per inch, less the margins that no head reaches.
pub const SLIP_WIDTH_DOTS: u32 = 576;

const MARGIN: i32 = 28;
const TEXT_WIDTH: i32 = SLIP_WIDTH_DOTS as i32 - 2 * MARGIN;
const TITLE_SIZE: f32 = 44.0;
const NUMBER_SIZE: f32 = 40.0;
const BODY_SIZE: f32 = 30.0;
const SMALL_SIZE: f32 = 24.0;
/// White modules that the QR standard asks for around the code (ISO/IEC 18004 §6.3.8).
const QUIET_MODULES: u32 = 4;

/// What a slip says. It carries no full name, no ID number and no answer.
#[derive(Clone, PartialEq, Eq)]
pub struct SlipContent {
    /// 救助类别, as on the card.
    pub scheme_title: String,
    /// The number people say on the telephone.
    pub slip_number: String,
    /// Local date and time of the submission, ready to read.
    pub submitted: String,
    /// 张*: enough to tell two slips of one household apart.
    pub applicant_masked: String,
    /// The township that receives the application.
    pub receiving_unit: String,
    /// Signed pages handed in with it, by title; empty when none was.
    pub pages: Vec<String>,
    /// What happens next, one sentence each, in order.
    pub next_steps: Vec<String>,
    /// The county's assistance line; `None` until the bureau has set it.
    pub hotline: Option<String>,
    /// The address in the QR code, in characters of its alphanumeric mode.
    pub url: String,
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
/// [`SlipError::UrlTooLong`] if the address is more than a QR code of this width holds.
pub fn draw(content: &SlipContent, face: &Face) -> Result<Bitmap, SlipError> {
    let code = qr_modules(&content.url)?;
    // Once without ink to learn the length, once for real: the two can't disagree.
    let height_dots = lay_out(content, face, &code, &mut Strip::measuring());
    let mut strip = Strip::on(Bitmap::new(SLIP_WIDTH_DOTS, height_dots));
    lay_out(content, face, &code, &mut strip);
    Ok(strip.bitmap)
}

/// The modules of the code that the slip and the screen show for `url`, row by row; `true` is dark.
///
/// # Errors
///
/// [`SlipError::UrlTooLong`] if no code of the standard holds the address.
pub fn qr_modules(url: &str) -> Result<Vec<Vec<bool>>, SlipError> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M)
        .map_err(|_| SlipError::UrlTooLong { length: url.chars().count() })?;
    let width = code.width();
    Ok(code
        .to_colors()
        .chunks(width)
        .map(|row| row.iter().map(|module| *module == qrcode::Color::Dark).collect())
        .collect())
}

/// Puts everything on the strip from top to bottom and returns the length used.
fn lay_out(content: &SlipContent, face: &Face, code: &[Vec<bool>], strip: &mut Strip) -> u32 {
    strip.skip(20);
    strip.centred(face, TITLE_SIZE, "社会救助申请提交回执");
    strip.skip(10);
    strip.banner(face, "已提交，尚未受理");
    strip.skip(18);
    strip.labelled(face, "回执号", "");
    strip.centred(face, NUMBER_SIZE, &content.slip_number);
    strip.skip(8);
    strip.labelled(face, "类　别", &content.scheme_title);
    strip.labelled(face, "申请人", &content.applicant_masked);
    strip.labelled(face, "提交于", &content.submitted);
    strip.labelled(face, "交　到", &content.receiving_unit);
    let pages = if content.pages.is_empty() { "还没有交纸质签字页".to_owned() } else { content.pages.join("、") };
    strip.labelled(face, "材　料", &pages);
    strip.skip(14);
    strip.code(code);
    strip.skip(6);
    strip.centred(face, SMALL_SIZE, "用手机扫一扫，或拿回自助机，");
    strip.centred(face, SMALL_SIZE, "就能看到办到哪一步。");
    strip.skip(14);
    strip.rule();
    strip.skip(14);
    strip.paragraph(face, BODY_SIZE, "接下来");
    for (index, step) in content.next_steps.iter().enumerate() {
        strip.paragraph(face, BODY_SIZE, &format!("{}. {step}", index + 1));
    }
    if let Some(hotline) = &content.hotline {
        strip.skip(8);
        strip.labelled(face, "电　话", hotline);
    }
    strip.skip(14);
    strip.rule();
    strip.skip(10);
    strip.centred(face, SMALL_SIZE, "人工窗口一直开着，不用机器也能办。");
    strip.centred(face, SMALL_SIZE, "请把回执收好，不要给别人拍照。");
    strip.skip(24);
    u32::try_from(strip.y).unwrap_or(0)
}

/// Paper that is written from the top down.
struct Strip {
    bitmap: Bitmap,
    y: i32,
    inked: bool,
}

impl Strip {
    fn measuring() -> Self {
        Self { bitmap: Bitmap::new(SLIP_WIDTH_DOTS, 0), y: 0, inked: false }
    }

    fn on(bitmap: Bitmap) -> Self {
        Self { bitmap, y: 0, inked: true }
    }

    fn skip(&mut self, dots: i32) {
        self.y += dots;
    }

    fn text(&mut self, face: &Face, size: f32, x: i32, text: &str, colour: BinaryColor) {
        if !self.inked {
            return;
        }
        let top = self.y;
        let bitmap = &mut self.bitmap;
        face.draw(text, size, |dx, dy, coverage| {
            if coverage >= 128 {
                let dot = Pixel(Point::new(x + dx, top + dy), colour);
                // A bitmap takes every dot and drops what lies outside it.
                let Ok(()) = bitmap.draw_iter([dot]);
            }
        });
    }

    fn line(&mut self, face: &Face, size: f32, x: i32, text: &str) {
        self.text(face, size, x, text, BinaryColor::On);
        self.y += line_height(size);
    }

    fn centred(&mut self, face: &Face, size: f32, text: &str) {
        let x = (SLIP_WIDTH_DOTS as i32 - face.width(text, size).round() as i32) / 2;
        self.line(face, size, x.max(0), text);
    }

    fn paragraph(&mut self, face: &Face, size: f32, text: &str) {
        for line in wrap(face, size, text, TEXT_WIDTH) {
            self.line(face, size, MARGIN, &line);
        }
    }

    fn labelled(&mut self, face: &Face, label: &str, value: &str) {
        let indent = (face.width("提交于", BODY_SIZE) + BODY_SIZE * 0.7).round() as i32;
        self.text(face, BODY_SIZE, MARGIN, label, BinaryColor::On);
        let lines = wrap(face, BODY_SIZE, value, TEXT_WIDTH - indent);
        for line in &lines {
            self.line(face, BODY_SIZE, MARGIN + indent, line);
        }
        if lines.is_empty() {
            self.y += line_height(BODY_SIZE);
        }
    }

    fn fill(&mut self, x: i32, y: i32, width: u32, height: u32) {
        if self.inked {
            let area = Rectangle::new(Point::new(x, y), Size::new(width, height));
            let Ok(()) = area.into_styled(PrimitiveStyle::with_fill(BinaryColor::On)).draw(&mut self.bitmap);
        }
    }

    /// White on black, so that the one thing nobody may misread stands out without colour.
    fn banner(&mut self, face: &Face, text: &str) {
        let height = line_height(NUMBER_SIZE) + 16;
        self.fill(MARGIN, self.y, TEXT_WIDTH as u32, height as u32);
        let x = (SLIP_WIDTH_DOTS as i32 - face.width(text, NUMBER_SIZE).round() as i32) / 2;
        self.y += 8;
        self.text(face, NUMBER_SIZE, x, text, BinaryColor::Off);
        self.y += height - 8;
    }

    fn rule(&mut self) {
        self.fill(MARGIN, self.y, TEXT_WIDTH as u32, 3);
        self.y += 3;
    }

    fn code(&mut self, code: &[Vec<bool>]) {
        let modules = code.len() as u32 + 2 * QUIET_MODULES;
        let dots = (SLIP_WIDTH_DOTS / modules).clamp(1, 8);
        let left = (SLIP_WIDTH_DOTS.saturating_sub(code.len() as u32 * dots) / 2) as i32;
        let top = self.y + (QUIET_MODULES * dots) as i32;
        for (row, modules) in code.iter().enumerate() {
            for (column, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
                self.fill(left + (column as u32 * dots) as i32, top + (row as u32 * dots) as i32, dots, dots);
            }
        }
        self.y += (modules * dots) as i32;
    }
}

fn line_height(size: f32) -> i32 {
    (size * 1.4).round() as i32
}

/// Breaks `text` into lines of at most `width` dots. Chinese may break anywhere except before a closing mark.
fn wrap(face: &Face, size: f32, text: &str, width: i32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for character in text.chars() {
        let mut longer = line.clone();
        longer.push(character);
        let overflows = face.width(&longer, size) > width as f32;
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

    const FONT: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC_400Regular.ttf");
    const URL: &str = "HTTP://127.0.0.1:8081/S/8J5K2M7Q3W9X4T6V1B0N8J5K2M7Q3W9X4T6V1B0N";

    fn content() -> SlipContent {
        SlipContent {
            scheme_title: "最低生活保障（低保）".into(),
            slip_number: "140428-003-000017-4".into(),
            submitted: "2026-11-23 15:04".into(),
            applicant_masked: "㛃*".into(),
            receiving_unit: "丹朱镇".into(),
            pages: vec!["低保申请书".into()],
            next_steps: vec!["乡镇查看材料，缺什么会一次全部写给您。".into(), "办没办成，都会书面告诉您，并说明理由。".into()],
            hotline: None,
            url: URL.into(),
        }
    }

    fn luma(bitmap: &Bitmap) -> image::GrayImage {
        image::GrayImage::from_fn(bitmap.width_dots(), bitmap.height_dots(), |x, y| {
            image::Luma([if bitmap.is_black(x, y) { 0 } else { 255 }])
        })
    }

    #[test]
    fn the_code_on_the_slip_reads_back_as_its_address() {
        let face = Face::new(FONT).unwrap();
        let slip = luma(&draw(&content(), &face).unwrap());
        let (width, height) = slip.dimensions();
        let found = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
            slip.get_pixel(x as u32, y as u32).0[0]
        })
        .detect_grids();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].decode().unwrap().1, URL);
    }

    #[test]
    fn nothing_touches_the_paper_s_edges() {
        let face = Face::new(FONT).unwrap();
        let slip = draw(&content(), &face).unwrap();
        for y in 0..slip.height_dots() {
            assert!(!slip.is_black(0, y) && !slip.is_black(SLIP_WIDTH_DOTS - 1, y), "ink at the edge in row {y}");
        }
    }

    #[test]
    fn a_hotline_that_nobody_has_set_leaves_no_line_behind() {
        let face = Face::new(FONT).unwrap();
        let without = draw(&content(), &face).unwrap();
        let with = draw(&SlipContent { hotline: Some("12345".into()), ..content() }, &face).unwrap();
        assert!(without.height_dots() < with.height_dots());
    }

    #[test]
    fn a_closing_mark_never_begins_a_line() {
        let face = Face::new(FONT).unwrap();
        for line in wrap(&face, BODY_SIZE, &"一二三四五六七八九十，".repeat(6), TEXT_WIDTH) {
            assert!(!line.starts_with('，'), "{line}");
        }
    }

    #[test]
    fn an_address_that_no_code_can_hold_is_refused() {
        let long = SlipContent { url: "A".repeat(5000), ..content() };
        let face = Face::new(FONT).unwrap();
        assert_eq!(draw(&long, &face).err(), Some(SlipError::UrlTooLong { length: 5000 }));
    }
}
