//! From a photo to answers, one typed stage after another.
//!
//! ```text
//! RawPage ──locate──► LocatedPage ──identify──► IdentifiedPage ──register──► FlatPage ──read──► PageReading
//! ```

mod flat;
mod identified;
mod located;
mod problem;
mod raw;
mod scatter;

use std::sync::{Arc, OnceLock};

use image::GrayImage;

use crate::form::{Edition, Form};
use crate::geometry::Point;
use crate::grain::Grain;
use crate::ink_layer::ink_layer;
use crate::score::{FieldReading, Thresholds};
use crate::template::Template;
use crate::warp::Warp;

pub use flat::FlatPage;
pub use identified::IdentifiedPage;
pub use located::LocatedPage;
pub use problem::PageProblem;
pub use raw::RawPage;

/// Photos with less than this many pixels to a millimetre of the page are refused: a module of the code has under
/// two pixels.
pub const LEAST_PX_PER_MM: f64 = 1.8;

/// A black edge may be blurred over this many millimetres; wider, and a faint tick leaves a sixth of its ink to be told from paper.
pub const EDGE_LIMIT_MM: f64 = 1.7;

/// Paper darker than this (of 255) has too few grey levels left between it and ink.
pub const LEAST_PAPER_LEVEL: f32 = 28.0;

/// The print must correlate with the blank at least this much; a page that does not is folded, covered or not the one
/// that its code names.
pub const LEAST_PRINT_FIT: f32 = 0.3;
/// How good a photo is; what thresholds are set on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhotoQuality {
    /// Photo pixels to a millimetre of the page.
    pub px_per_mm: f64,
    /// How wide the photo shows a printed edge, from a tenth to nine tenths of the way from black to white: across
    /// the page, and down it.
    pub edge_mm: [f64; 2],
    /// How black print is on the evenly lit page, 0 to 1.
    pub toner: f32,
    /// Brightness of bare paper, 0 to 255.
    pub paper_level: f32,
    /// How well the print correlates with the blank, -1 to 1.
    pub print_fit: f32,
    /// How black the page is written, 0 to 1, as it would be without blur: 0.6 and more with a pen, a third through carbon
    /// paper. `None` where next to nothing is written.
    pub written: Option<f32>,
}

/// What a page says.
#[derive(Debug, Clone)]
pub struct PageReading {
    /// Key of the form.
    pub form_key: String,
    /// The form's edition.
    pub edition: Edition,
    /// Which page of the form.
    pub page: u8,
    /// The case that the page was printed for.
    pub case_ref: Option<String>,
    /// All fields of the page, in reading order.
    pub fields: Vec<FieldReading>,
    /// The page's corners in photo pixels, clockwise from its upper left.
    pub corners: [Point; 4],
    /// How good the photo is.
    pub quality: PhotoQuality,
    /// How strong noise is.
    pub(crate) grain: Grain,
    /// From the page to the photo.
    pub(crate) warp: Warp,
    /// The page flat and evenly lit at [`READ_DPI`](crate::READ_DPI): paper is 255.
    pub rectified: GrayImage,
    /// The blank that the page lies on.
    pub(crate) template: Arc<Template>,
    /// Drawn when first asked for, because answers need none of it.
    pub(crate) ink: OnceLock<GrayImage>,
}

impl PageReading {
    /// What a person drew, at the scale of [`rectified`](Self::rectified): 0 is ink, 255 is none. Print is left out.
    #[must_use]
    pub fn ink(&self) -> &GrayImage {
        self.ink
            .get_or_init(|| ink_layer(&self.rectified, &self.template, &self.quality, &self.grain))
    }
}

/// Reads a photo of a page of one of `forms`, with the usual thresholds: a [`Photo`](crate::Photo), whose colours tell ink of a
/// seal from that of a pen, or a grey picture, where what may be either is left to a person.
///
/// # Errors
///
/// [`PageProblem`] says what is wrong with the photo or the page.
pub fn read<'a>(
    photo: impl Into<RawPage<'a>>,
    forms: &'a [Form],
) -> Result<PageReading, PageProblem> {
    let photo: RawPage<'a> = photo.into();
    Ok(photo
        .locate()?
        .identify(forms)?
        .register()?
        .read(&Thresholds::default()))
}
