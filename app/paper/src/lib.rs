//! Paper forms: one definition is printed, and read back from a photo.

mod canvas;
mod form;
mod geometry;
mod layout;
mod marker;
mod payload;
mod render;
mod template;
mod typeface;

pub use form::{Edition, Field, FieldKind, Form, FormError, PAGE_H_MM, PAGE_W_MM};
pub use geometry::{Point, RectMm};
pub use image::GrayImage;
pub use marker::Corner;
pub use payload::{CASE_REF_LIMIT, Payload, PayloadError, Spot};
pub use render::{DPI_LIMIT, FillIn, PRINT_DPI, RenderError};
pub use template::READ_DPI;
pub use typeface::{Typeface, TypefaceError};
