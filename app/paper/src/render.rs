//! A page as a picture: blank, or with what a kiosk already knows printed in.

use std::collections::BTreeMap;

use image::GrayImage;

use crate::canvas::Canvas;
use crate::code;
use crate::form::{Field, FieldKind, Form, PAGE_H_MM, PAGE_W_MM};
use crate::geometry::Point;
use crate::layout::{Sheet, Text};
use crate::marker::Corner;
use crate::payload::{CASE_REF_LIMIT, Spot};
use crate::typeface::Typeface;

/// Resolution of the page to print.
pub const PRINT_DPI: u32 = 300;

/// The largest resolution that is drawn: an A4 page has 140 million pixels at it.
pub const DPI_LIMIT: u32 = 1200;

/// What is printed into a form beside the form itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FillIn {
    /// The case that the page belongs to: up to 19 characters of `0-9`, `A-Z` and `-`.
    pub case_ref: Option<String>,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Text(String),
    Mark,
}

impl FillIn {
    /// Nothing: the blank form.
    #[must_use]
    pub fn blank() -> Self {
        Self::default()
    }

    /// Names the case that the page belongs to.
    #[must_use]
    pub fn for_case(mut self, case_ref: impl Into<String>) -> Self {
        self.case_ref = Some(case_ref.into());
        self
    }

    /// Prints `text` into the text or digit field `id`.
    #[must_use]
    pub fn write(mut self, id: impl Into<String>, text: impl Into<String>) -> Self {
        self.entries.insert(id.into(), Entry::Text(text.into()));
        self
    }

    /// Prints a tick into the box `id`.
    #[must_use]
    pub fn mark(mut self, id: impl Into<String>) -> Self {
        self.entries.insert(id.into(), Entry::Mark);
        self
    }
}

/// Why a page cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The form has no such page.
    #[error("form has {pages} pages, page {page} was asked for")]
    NoSuchPage {
        /// The page asked for, from 1.
        page: u8,
        /// How many there are.
        pages: u8,
    },
    /// The resolution is outside what is drawn.
    #[error("resolution is {dpi} dpi, needs 1 to {DPI_LIMIT}")]
    Resolution {
        /// The resolution asked for.
        dpi: u32,
    },
    /// The case reference does not go into the code.
    #[error(
        "case reference has {length} characters, needs up to {CASE_REF_LIMIT} of 0-9, A-Z and -"
    )]
    CaseRef {
        /// How many characters were given.
        length: usize,
    },
    /// An entry names a field that the form does not have, or that is not filled this way.
    #[error("form has no field {id} to fill this way")]
    Field {
        /// The name given.
        id: String,
    },
    /// An entry is longer than its field.
    #[error("entry for {id} has {length} characters, which do not fit")]
    TooLong {
        /// The field.
        id: String,
        /// How many characters were given.
        length: usize,
    },
    /// The typeface cannot draw a character of an entry.
    #[error("typeface has no {character:?}")]
    NoGlyph {
        /// The character.
        character: char,
    },
}

impl Form {
    /// Draws page `page` (from 1) at `dpi`, black on white, with `fill` printed in.
    ///
    /// At [`PRINT_DPI`] and its multiples every line and code has crisp edges.
    ///
    /// # Errors
    ///
    /// [`RenderError`] says which wish cannot be met; nothing is left out silently.
    pub fn render_page(&self, page: u8, dpi: u32, fill: &FillIn) -> Result<GrayImage, RenderError> {
        let sheet = self.sheet(page).ok_or(RenderError::NoSuchPage {
            page,
            pages: self.pages(),
        })?;
        if !(1..=DPI_LIMIT).contains(&dpi) {
            return Err(RenderError::Resolution { dpi });
        }
        if let Some(case_ref) = &fill.case_ref
            && (case_ref.is_empty()
                || case_ref.len() > CASE_REF_LIMIT
                || !case_ref
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'-'))
        {
            return Err(RenderError::CaseRef {
                length: case_ref.chars().count(),
            });
        }
        let mut canvas = Canvas::new(PAGE_W_MM, PAGE_H_MM, dpi, self.typeface());
        print(&mut canvas, sheet, self.typeface());
        for spot in [Spot::A, Spot::B] {
            let text = self.payload(page, spot, fill.case_ref.as_deref()).text();
            let modules = code::modules(&text, spot).ok_or(RenderError::CaseRef {
                length: fill.case_ref.as_deref().unwrap_or_default().len(),
            })?;
            for module in modules {
                canvas.tile(module);
            }
        }
        if let Some(case_ref) = &fill.case_ref {
            line(
                &mut canvas,
                self.typeface(),
                &Text {
                    content: format!("编号 {case_ref}"),
                    x: 79.0,
                    baseline: 34.4,
                    em: 3.2,
                    spacing: 0.0,
                },
            );
        }
        for (id, entry) in &fill.entries {
            let field = self
                .fields()
                .find(|field| &field.id == id)
                .ok_or_else(|| RenderError::Field { id: id.clone() })?;
            if field.page == page {
                self.enter(&mut canvas, field, entry)?;
            }
        }
        Ok(canvas.finish())
    }

    /// Draws the first page; see [`render_page`](Self::render_page).
    ///
    /// # Errors
    ///
    /// As [`render_page`](Self::render_page).
    pub fn render(&self, dpi: u32, fill: &FillIn) -> Result<GrayImage, RenderError> {
        self.render_page(1, dpi, fill)
    }

    fn enter(&self, canvas: &mut Canvas, field: &Field, entry: &Entry) -> Result<(), RenderError> {
        let rect = field.rect;
        let typeface = self.typeface();
        match (entry, field.kind) {
            (Entry::Mark, FieldKind::Tick) => {
                let at = |x: f64, y: f64| Point::new(rect.x + rect.w * x, rect.y + rect.h * y);
                canvas.stroke(at(0.18, 0.52), at(0.42, 0.80), 0.6);
                canvas.stroke(at(0.42, 0.80), at(0.86, 0.20), 0.6);
                Ok(())
            }
            (Entry::Text(text), FieldKind::Text) => {
                let too_long = || RenderError::TooLong {
                    id: field.id.clone(),
                    length: text.chars().count(),
                };
                let ems = advance(typeface, text)?;
                let em = (0.6 * rect.h).min(4.2).min((rect.w - 3.0) / ems.max(1e-6));
                if em < 2.2 {
                    return Err(too_long());
                }
                line(
                    canvas,
                    typeface,
                    &Text {
                        content: text.clone(),
                        x: rect.x + 1.5,
                        baseline: rect.y + rect.h / 2.0 + 0.38 * em,
                        em,
                        spacing: 0.0,
                    },
                );
                Ok(())
            }
            (Entry::Text(text), FieldKind::Digits { count }) => {
                let length = text.chars().count();
                if length > usize::from(count) {
                    return Err(RenderError::TooLong {
                        id: field.id.clone(),
                        length,
                    });
                }
                let cell = rect.w / f64::from(count);
                let em = 4.4;
                for (i, c) in text.chars().enumerate() {
                    let width = advance(typeface, c.encode_utf8(&mut [0; 4]))? * em;
                    canvas.glyph(
                        c,
                        rect.x + cell * i as f64 + (cell - width) / 2.0,
                        rect.y + rect.h / 2.0 + 0.38 * em,
                        em,
                    );
                }
                Ok(())
            }
            (Entry::Mark | Entry::Text(_), _) => Err(RenderError::Field {
                id: field.id.clone(),
            }),
        }
    }
}

fn advance(typeface: &Typeface, text: &str) -> Result<f64, RenderError> {
    text.chars().try_fold(0.0, |ems, character| {
        if typeface.has(character) {
            Ok(ems + typeface.advance(character))
        } else {
            Err(RenderError::NoGlyph { character })
        }
    })
}

/// Lays down what every copy of a page shares: all but its codes and what is filled in.
pub(crate) fn print(canvas: &mut Canvas, sheet: &Sheet, typeface: &Typeface) {
    for corner in Corner::ALL {
        for cell in corner.cells() {
            canvas.tile(cell);
        }
    }
    for &bar in &sheet.bars {
        canvas.bar(bar);
    }
    for text in &sheet.texts {
        line(canvas, typeface, text);
    }
}

fn line(canvas: &mut Canvas, typeface: &Typeface, text: &Text) {
    let mut x = text.x;
    for c in text.content.chars() {
        canvas.glyph(c, x, text.baseline, text.em);
        x += typeface.advance(c) * text.em + text.spacing;
    }
}
