//! The blank page as the reader knows it.

use image::GrayImage;

use crate::canvas::Canvas;
use crate::form::{PAGE_H_MM, PAGE_W_MM};
use crate::layout::Sheet;
use crate::render;
use crate::typeface::Typeface;

/// Resolution at which photos are compared with the blank.
pub const READ_DPI: u32 = 200;

/// A blank page without its codes, whose content differs from copy to copy.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) blank: GrayImage,
}

impl Template {
    pub(crate) fn of(sheet: &Sheet, typeface: &Typeface) -> Self {
        let mut canvas = Canvas::new(PAGE_W_MM, PAGE_H_MM, READ_DPI, typeface);
        render::print(&mut canvas, sheet, typeface);
        Self {
            blank: canvas.finish(),
        }
    }
}
