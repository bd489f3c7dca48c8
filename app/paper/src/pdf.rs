//! Pages as a PDF: lines and marks as shapes, text as text in the part of the typeface that they use.
//!
//! Nothing in the file depends on when or where it is written: the same pages give the same bytes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::types::{
    CidFontType, FontFlags, LineCapStyle, LineJoinStyle, SystemInfo, UnicodeCmap,
};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use subsetter::GlyphRemapper;

use crate::form::{Form, PAGE_H_MM, PAGE_W_MM};
use crate::geometry::{Point, RectMm};
use crate::layout::Text;
use crate::render::{FillIn, RenderError};
use crate::surface::Surface;
use crate::typeface::Typeface;

const PT_PER_MM: f64 = 72.0 / 25.4;
const FONT: Name<'static> = Name(b"F");
/// Six letters and a plus sign name a subset (ISO 32000-1, 9.6.4).
const FONT_NAME: Name<'static> = Name(b"MBFORM+NotoSansSC-Regular");
const IDENTITY: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};
/// Compression level of zlib; higher ones gain under a hundredth here.
const DEFLATE_LEVEL: u8 = 6;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const TYPE0: Ref = Ref::new(4);
const CID_FONT: Ref = Ref::new(5);
const DESCRIPTOR: Ref = Ref::new(6);
const FONT_FILE: Ref = Ref::new(7);
const TO_UNICODE: Ref = Ref::new(8);
/// Every page takes two numbers from here on: itself and its content.
const FIRST_PAGE: i32 = 9;

impl Form {
    /// The pages `pages` (from 1) as a PDF, with `fill` printed in. Its print dialogue starts with 100 % scale.
    ///
    /// # Errors
    ///
    /// [`RenderError`] says which wish cannot be met; nothing is left out silently.
    pub fn pdf(&self, pages: RangeInclusive<u8>, fill: &FillIn) -> Result<Vec<u8>, RenderError> {
        let mut document = Document::new(self.title(), [PAGE_W_MM, PAGE_H_MM], self.typeface());
        for page in pages {
            document.page(|marks| self.lay(marks, page, fill))?;
        }
        document.finish()
    }
}

/// A PDF of pages of one size, set in one typeface.
pub(crate) struct Document<'t> {
    title: &'t str,
    /// Width and height, in millimetres.
    size: [f64; 2],
    glyphs: Glyphs<'t>,
    contents: Vec<Vec<u8>>,
}

impl<'t> Document<'t> {
    pub(crate) fn new(title: &'t str, size: [f64; 2], typeface: &'t Typeface) -> Self {
        Self {
            title,
            size,
            glyphs: Glyphs::new(typeface),
            contents: Vec::new(),
        }
    }

    /// Adds a page with what `lay` lays on it.
    pub(crate) fn page<T>(&mut self, lay: impl FnOnce(&mut Marks<'_, 't>) -> T) -> T {
        let mut marks = Marks {
            content: Content::new(),
            glyphs: &mut self.glyphs,
            height: self.size[1],
        };
        let laid = lay(&mut marks);
        let content = marks.content.finish();
        self.contents
            .push(compress_to_vec_zlib(&content, DEFLATE_LEVEL));
        laid
    }

    /// # Errors
    ///
    /// [`RenderError::Typeface`] if the typeface's file cannot be cut down to what is used.
    pub(crate) fn finish(self) -> Result<Vec<u8>, RenderError> {
        let mut pdf = Pdf::new();
        let mut catalog = pdf.catalog(CATALOG);
        catalog.pages(PAGES).lang(TextStr("zh-CN"));
        // Readers fit pages to the printer's margins unless told not to, and then marks are smaller than they should be.
        catalog
            .viewer_preferences()
            .pair(Name(b"PrintScaling"), Name(b"None"));
        catalog.finish();
        pdf.document_info(INFO).title(TextStr(self.title));
        let page_ref = |i: usize| Ref::new(FIRST_PAGE + 2 * i as i32);
        pdf.pages(PAGES)
            .kids((0..self.contents.len()).map(page_ref))
            .count(self.contents.len() as i32);
        let [width, height] = self.size.map(|mm| (mm * PT_PER_MM) as f32);
        for (i, content) in self.contents.iter().enumerate() {
            let content_ref = Ref::new(page_ref(i).get() + 1);
            let mut page = pdf.page(page_ref(i));
            page.media_box(Rect::new(0.0, 0.0, width, height));
            page.parent(PAGES).contents(content_ref);
            page.resources().fonts().pair(FONT, TYPE0);
            page.finish();
            pdf.stream(content_ref, content).filter(Filter::FlateDecode);
        }
        self.glyphs.embed(&mut pdf)?;
        Ok(pdf.finish())
    }
}

/// The glyphs that the pages use, in their new order.
struct Glyphs<'a> {
    typeface: &'a Typeface,
    remapper: GlyphRemapper,
    /// The character that each new number draws.
    characters: BTreeMap<u16, char>,
}

impl<'a> Glyphs<'a> {
    fn new(typeface: &'a Typeface) -> Self {
        Self {
            typeface,
            remapper: GlyphRemapper::new(),
            characters: BTreeMap::new(),
        }
    }

    fn number(&mut self, c: char) -> u16 {
        let number = self.remapper.remap(self.typeface.glyph(c));
        self.characters.entry(number).or_insert(c);
        number
    }

    fn embed(self, pdf: &mut Pdf) -> Result<(), RenderError> {
        let subset = subsetter::subset(self.typeface.bytes(), 0, &self.remapper)
            .map_err(|_| RenderError::Typeface)?;
        pdf.type0_font(TYPE0)
            .base_font(FONT_NAME)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(CID_FONT)
            .to_unicode(TO_UNICODE);
        let mut font = pdf.cid_font(CID_FONT);
        font.subtype(CidFontType::Type2)
            .base_font(FONT_NAME)
            .system_info(IDENTITY)
            .font_descriptor(DESCRIPTOR)
            .default_width(1000.0)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = font.widths();
        for (&number, &c) in &self.characters {
            let width = (1000.0 * self.typeface.advance(c)) as f32;
            widths.consecutive(number, [width]);
        }
        widths.finish();
        font.finish();
        let [ascent, descent, cap_height] = self.typeface.heights().map(|share| 1000.0 * share);
        pdf.font_descriptor(DESCRIPTOR)
            .name(FONT_NAME)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(-1000.0, descent, 2000.0, ascent))
            .italic_angle(0.0)
            .ascent(ascent)
            .descent(descent)
            .cap_height(cap_height)
            // Not recorded in the font; readers use it only where they have to stand in another font.
            .stem_v(80.0)
            .font_file2(FONT_FILE);
        let packed = compress_to_vec_zlib(&subset, DEFLATE_LEVEL);
        pdf.stream(FONT_FILE, &packed)
            .filter(Filter::FlateDecode)
            .pair(Name(b"Length1"), subset.len() as i32);
        let mut map = UnicodeCmap::new(Name(b"ToUnicode"), IDENTITY);
        for (&number, &c) in &self.characters {
            map.pair(number, c);
        }
        let map = compress_to_vec_zlib(&map.finish(), DEFLATE_LEVEL);
        pdf.stream(TO_UNICODE, &map).filter(Filter::FlateDecode);
        Ok(())
    }
}

/// The marks of one page.
pub(crate) struct Marks<'a, 'b> {
    content: Content,
    glyphs: &'a mut Glyphs<'b>,
    /// Of the page, in millimetres: PDF counts heights from its foot.
    height: f64,
}

impl Marks<'_, '_> {
    fn up(&self, mm: f64) -> f32 {
        pt(self.height - mm)
    }
}

/// Millimetres to points, to a thousandth: 0.4 µm.
fn pt(mm: f64) -> f32 {
    ((mm * PT_PER_MM * 1e3).round() / 1e3) as f32
}

impl Surface for Marks<'_, '_> {
    fn bar(&mut self, rect: RectMm) {
        self.tiles(&[rect]);
    }

    fn tiles(&mut self, tiles: &[RectMm]) {
        for rect in tiles {
            let y = self.up(rect.y + rect.h);
            self.content.rect(pt(rect.x), y, pt(rect.w), pt(rect.h));
        }
        // One path, so that neighbours are covered together.
        self.content.fill_nonzero();
    }

    fn stroke(&mut self, points: &[Point], width_mm: f64) {
        self.content
            .set_line_width(pt(width_mm))
            .set_line_cap(LineCapStyle::RoundCap)
            .set_line_join(LineJoinStyle::RoundJoin);
        for (i, point) in points.iter().enumerate() {
            let (x, y) = (pt(point.x), self.up(point.y));
            if i == 0 {
                self.content.move_to(x, y);
            } else {
                self.content.line_to(x, y);
            }
        }
        self.content.stroke();
    }

    fn text(&mut self, text: &Text) {
        let codes: Vec<u8> = text
            .content
            .chars()
            .flat_map(|c| self.glyphs.number(c).to_be_bytes())
            .collect();
        let baseline = self.up(text.baseline);
        self.content
            .begin_text()
            .set_font(FONT, pt(text.em))
            .set_char_spacing(pt(text.spacing))
            .next_line(pt(text.x), baseline)
            .show(Str(&codes))
            .end_text();
    }
}
