//! Why a photo gives no answers.

use super::{EDGE_LIMIT_MM, LEAST_PAPER_LEVEL, LEAST_PRINT_FIT, LEAST_PX_PER_MM};
use crate::form::Edition;
use crate::marker::Corner;

/// Why a photo gives no answers. Each says what was measured; the kiosk puts it into words.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PageProblem {
    /// Neither corner markers nor a code of ours: the photo shows something else or nothing.
    #[error("no page found, {markers} corner markers seen")]
    NoPage {
        /// How many corner markers were seen.
        markers: u8,
    },
    /// The code is another paper's.
    #[error("the code on the page is not one of ours")]
    NotOurForm,
    /// The code is ours and names a form that is not known here.
    #[error("page is of form {code}, which is not known")]
    UnknownForm {
        /// The form's code.
        code: String,
    },
    /// The page is of a known form in an edition that is not known here.
    #[error("page is of edition {printed} of {form}, known is {known}")]
    OtherEdition {
        /// The form's key.
        form: String,
        /// The edition on the page.
        printed: Edition,
        /// The edition that was given to read with.
        known: Edition,
    },
    /// Too few corners are in the picture to say where the page lies.
    #[error("corners {missing:?} of the page are not seen")]
    CornerMissing {
        /// The corners whose markers were not found.
        missing: Vec<Corner>,
    },
    /// The page was found, and neither of its codes can be read.
    #[error("neither code can be read, edges are {edge_mm:.2} mm wide")]
    CodeUnreadable {
        /// How wide black edges are.
        edge_mm: f64,
    },
    /// The page fills too little of the photo.
    #[error("photo has {px_per_mm:.1} pixels to a millimetre, needs {LEAST_PX_PER_MM:.1}")]
    TooSmall {
        /// The page's scale.
        px_per_mm: f64,
    },
    /// The photo is out of focus or shaken.
    #[error("edges are {edge_mm:.2} mm wide, at most {EDGE_LIMIT_MM:.2} mm can be read")]
    TooBlurred {
        /// How wide black edges are.
        edge_mm: f64,
    },
    /// The paper is too dark.
    #[error("paper has brightness {paper_level:.0} of 255, needs {LEAST_PAPER_LEVEL:.0}")]
    TooDark {
        /// How bright paper is.
        paper_level: f32,
    },
    /// The print is not where the form has it.
    #[error("print fits the blank by {print_fit:.2}, needs {LEAST_PRINT_FIT:.2}")]
    PrintCovered {
        /// Correlation of the print with the blank.
        print_fit: f32,
    },
}
