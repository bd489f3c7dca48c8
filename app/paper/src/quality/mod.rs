//! What is wrong with a photo of a page, in measured quantities, each with the place on the photo and the fields that it
//! touches.
//!
//! [`Quality::judge`] is asked before a page is accepted; it needs the photo and what reading it came to, and has something to
//! say also of photos that could not be read. It measures and judges; words for people are the caller's.
//!
//! | finding | measured | unit | to be looked at from | not to be read from |
//! |---|---|---|---|---|
//! | [`Blurred`](Defect::Blurred) | width of a black edge | mm | [`BLUR_CHECK_MM`] | [`EDGE_LIMIT_MM`](crate::EDGE_LIMIT_MM) |
//! | [`Moved`](Defect::Moved) | sharpness along two directions | ratio | [`SMEAR_CHECK`] | with blur |
//! | [`Dark`](Defect::Dark) | brightness of paper | of 255 | below [`DARK_CHECK`] | below [`LEAST_PAPER_LEVEL`](crate::LEAST_PAPER_LEVEL) |
//! | [`Glare`](Defect::Glare) | paper washed out under a field | share of it | [`GLARE_SHARE`] | – |
//! | [`CutOff`](Defect::CutOff) | corner outside of the photo | mm | [`CUT_MM`] | when the page is not found |
//! | [`Curled`](Defect::Curled) | print away from a flat page | mm | [`CURL_CHECK_MM`] | when print does not fit |
//! | [`Far`](Defect::Far) | scale | pixels per mm | below [`FAR_CHECK_PX_PER_MM`] | below [`LEAST_PX_PER_MM`](crate::LEAST_PX_PER_MM) |
//! | [`Faint`](Defect::Faint) | blackness of print | share | below [`TONER_CHECK`] | – |
//! | [`CodeCovered`](Defect::CodeCovered) | contrast of a square code | share of print's | below [`CODE_CONTRAST`] | both codes |
//! | [`Covered`](Defect::Covered) | dip of the page's rim, or print that is gone | share | below 0.87, [`PRINT_GONE`] | when not found |
//!
//! How the thresholds were set is said at each; the example `quality` prints how often they are right on photos with truth.

mod codes;
mod light;
mod look;
mod overlay;
mod places;
mod rim;
mod smear;
mod unread;

use image::GrayImage;

use crate::form::Form;
use crate::geometry::Point;
use crate::marker::Corner;
use crate::payload::Spot;
use crate::reading::{PageProblem, PageReading};

use look::Look;
pub use overlay::overlay;
pub(crate) use rim::dips;

/// Edges wider than this many millimetres are worth a second photo.
///
/// Set on 141 simulated photos without glare and thumbs: below 0.7 mm no field is unsure, between 0.7 and 1.0 mm one in
/// seventy, in the three above 1.1 mm a third.
pub const BLUR_CHECK_MM: f64 = 0.95;

/// Sharpness along two directions that differs by this factor comes from movement.
///
/// Set on 342 simulated photos: none of 59 that moved by less than 0.1 mm has more than 1.07; of 126 that moved by 0.6 mm and more
/// two in three have more than this.
pub const SMEAR_CHECK: f64 = 1.12;

/// Movement that leaves edges narrower than this many millimetres does no harm.
pub const MOVED_EDGE_MM: f64 = 0.8;

/// Paper darker than this (of 255) is read, with noise that looks like faint ink. Chosen between the least that is read and 100,
/// from where one field in three hundred is unsure on simulated photos.
pub const DARK_CHECK: f32 = 70.0;

/// A field is under glare when at least this share of its squares is washed out: a box loses its mark with its outline.
///
/// Of 30 simulated photos with glare over a field 28 have such a field, of 164 without glare one.
pub const GLARE_SHARE: f32 = 0.25;

/// A corner of the page that lies further than this outside of the photo is cut off: the white rim is 7 mm wide.
pub const CUT_MM: f64 = 1.0;

/// Print that lies further than this from where a flat page would have it is worth flattening the page: half of what the
/// markers may miss a plane by. Simulated pages that rise by 9 mm reach it.
pub const CURL_CHECK_MM: f64 = 4.0;

/// With fewer pixels to a millimetre a thin tick is a pixel wide.
pub const FAR_CHECK_PX_PER_MM: f64 = 3.0;

/// Print that is less black than this was printed with an empty cartridge. Chosen, as simulated print is never below 0.8.
pub const TONER_CHECK: f32 = 0.50;

/// A code whose modules differ by less than this share of what the corner markers do is covered. Chosen: bare skin has next to
/// none.
pub const CODE_CONTRAST: f32 = 0.35;

/// Print under a hand keeps less than this share of the contrast that print has elsewhere on the page.
pub const PRINT_GONE: f32 = 0.3;

/// Paper as bright as this, of 255, is at the end of what a camera tells apart.
const WASHED_LEVEL: f32 = 250.0;

/// How bad a photo is; the worst stands last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing to say.
    Fine,
    /// It can be read; a person should look at what is named.
    Check,
    /// It cannot be read.
    CannotRead,
}

/// What is wrong, with the quantity that says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Defect {
    /// Out of focus.
    Blurred {
        /// How wide the photo shows a black edge, from a tenth to nine tenths, in millimetres.
        edge_mm: f64,
    },
    /// The page or the camera moved.
    Moved {
        /// Sharpness along the sharpest direction over that along the softest; 1 is even.
        smear: f64,
    },
    /// Too little light on the page, or on the named fields.
    Dark {
        /// Brightness of bare paper there, 0 to 255.
        paper_level: f32,
    },
    /// A lamp is mirrored in the page.
    Glare {
        /// Largest share of a named field, or of a square code, that is washed out, 0 to 1.
        share: f32,
    },
    /// A corner of the page lies outside of the photo.
    CutOff {
        /// Which.
        corner: Corner,
        /// By how many millimetres of the page, as far as can be told.
        outside_mm: f64,
    },
    /// A corner of the page should be in the photo and is not seen: something lies on it, or light washes it out.
    CornerHidden {
        /// Which.
        corner: Corner,
    },
    /// The paper is bent.
    Curled {
        /// How far print lies from where a flat page would have it, in millimetres. Without a value the print was
        /// not found again at all.
        bend_mm: Option<f64>,
    },
    /// The page fills too little of the photo.
    Far {
        /// Photo pixels to a millimetre of the page.
        px_per_mm: f64,
    },
    /// The print itself is faint.
    Faint {
        /// How black print is on the evenly lit page, 0 to 1.
        toner: f32,
    },
    /// A square code cannot be seen.
    CodeCovered {
        /// Which of the two.
        spot: Spot,
        /// Contrast of its modules as a share of that of the corner markers, 0 to 1.
        contrast: f32,
    },
    /// Something lies on the page: a hand, a thumb, a sleeve.
    Covered {
        /// How bright it is beside the paper around, 0 to 1.
        share: f32,
    },
}

/// One thing that is wrong with a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What, and how much.
    pub defect: Defect,
    /// How bad that is.
    pub severity: Severity,
    /// Where: outlines in photo pixels, which may lie outside of the photo. Empty when it is the whole photo.
    pub places: Vec<Vec<Point>>,
    /// The fields that it touches, by id, in reading order; empty when it is the whole page or the page was not read.
    pub fields: Vec<String>,
}

/// What was measured of a photo that was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// How wide a black edge is, in millimetres of the page, in the softer of two directions.
    pub edge_mm: f64,
    /// Sharpness along the sharpest direction over that along the softest.
    pub smear: f64,
    /// Brightness of bare paper, 0 to 255.
    pub paper_level: f32,
    /// Photo pixels to a millimetre of the page.
    pub px_per_mm: f64,
    /// How far print lies from where a flat page would have it, in millimetres, where it is furthest.
    pub bend_mm: f64,
    /// How black print is on the evenly lit page, 0 to 1.
    pub toner: f32,
}

/// All that is wrong with a photo, the worst first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quality {
    /// Empty when the photo is fine.
    pub findings: Vec<Finding>,
    /// `None` for a photo that was not read.
    pub measures: Option<Measures>,
}

impl Quality {
    /// Measures `photo`, which was read with `forms` and came to `outcome`.
    #[must_use]
    pub fn judge(
        photo: &GrayImage,
        outcome: Result<&PageReading, &PageProblem>,
        forms: &[Form],
    ) -> Self {
        let (mut findings, measures) = match outcome {
            Ok(reading) => {
                let look = Look::at_reading(photo, reading, forms);
                (look.findings(), Some(look.measures()))
            }
            Err(problem) => (unread::findings(photo, problem), None),
        };
        // The sort is stable: what is equally bad stays in the order in which a person would mend it.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Self { findings, measures }
    }

    /// The worst of all findings.
    #[must_use]
    pub fn severity(&self) -> Severity {
        let worst = self.findings.iter().map(|finding| finding.severity).max();
        worst.unwrap_or(Severity::Fine)
    }
}
