//! A page laid on a surface: blank, or with what is already known printed in.

mod enter;
mod fill_in;

use image::GrayImage;

pub use self::fill_in::FillIn;
use crate::canvas::Canvas;
use crate::code;
use crate::form::{Form, PAGE_H_MM, PAGE_W_MM};
use crate::layout::{Sheet, Text};
use crate::marker::Corner;
use crate::payload::{CASE_REF_LIMIT, Spot};
use crate::surface::Surface;

/// Resolution of the page to print.
pub const PRINT_DPI: u32 = 300;

/// The largest resolution that is drawn: an A4 page has 140 million pixels at it.
pub const DPI_LIMIT: u32 = 1200;

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
    /// The typeface's file cannot be cut down to the characters that a PDF uses.
    #[error("typeface cannot be embedded")]
    Typeface,
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
        if !(1..=DPI_LIMIT).contains(&dpi) {
            return Err(RenderError::Resolution { dpi });
        }
        let mut canvas = Canvas::new(PAGE_W_MM, PAGE_H_MM, dpi, self.typeface());
        self.lay(&mut canvas, page, fill)?;
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

    /// Lays page `page` (from 1) on `surface`, with `fill` printed in.
    pub(crate) fn lay(
        &self,
        surface: &mut impl Surface,
        page: u8,
        fill: &FillIn,
    ) -> Result<(), RenderError> {
        let sheet = self.sheet(page).ok_or(RenderError::NoSuchPage {
            page,
            pages: self.pages(),
        })?;
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
        print(surface, sheet);
        for spot in [Spot::A, Spot::B] {
            let text = self.payload(page, spot, fill.case_ref.as_deref()).text();
            let modules = code::modules(&text, spot).ok_or(RenderError::CaseRef {
                length: fill.case_ref.as_deref().unwrap_or_default().len(),
            })?;
            surface.tiles(&modules);
        }
        if let Some(case_ref) = &fill.case_ref {
            surface.text(&Text {
                content: format!("编号 {case_ref}"),
                x: 79.0,
                baseline: 34.4,
                em: 3.2,
                spacing: 0.0,
            });
        }
        for (id, entry) in &fill.entries {
            let field = self
                .field(id)
                .ok_or_else(|| RenderError::Field { id: id.clone() })?;
            if field.page == page {
                enter::enter(surface, self.typeface(), field, entry)?;
            }
        }
        Ok(())
    }
}

/// Lays down what every copy of a page shares: all but its codes and what is filled in.
pub(crate) fn print(surface: &mut impl Surface, sheet: &Sheet) {
    for corner in Corner::ALL {
        let cells: Vec<_> = corner.cells().collect();
        surface.tiles(&cells);
    }
    for &bar in &sheet.bars {
        surface.bar(bar);
    }
    for text in &sheet.texts {
        surface.text(text);
    }
}
