//! What a person has answered, checked and frozen for the appliance.

use std::{fmt, sync::Arc};

use paper::{Grade, PageTag};
use relief::{ConsentKind, NoNumberReason, ReasonCode, RelationCode, SchemeId, SlipNumber};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A finished visit: every answer as it was confirmed on the review page.
///
/// Text fields are already normalised and checked. The memory of names, numbers and addresses is
/// overwritten when the draft is dropped; the scanned page is dropped with its last holder.
#[derive(Clone, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Draft {
    /// What is applied for.
    #[zeroize(skip)]
    pub scheme: SchemeId,
    /// Edition of the explainer card that was on offer.
    pub card_edition: String,
    /// Who applies.
    pub applicant: ApplicantAnswers,
    /// The township that receives the application, by its division code.
    pub township: String,
    /// The others of the household, the applicant not among them.
    pub household: Vec<MemberAnswers>,
    /// The reasons, in rising order.
    #[zeroize(skip)]
    pub reasons: Vec<ReasonCode>,
    /// Free words to the reasons; may be empty.
    pub reason_text: String,
    /// The official the applicant is related to; `None` is the declaration that there is none.
    pub near_relative: Option<NearRelativeAnswer>,
    /// The texts that were shown and ticked, in the order shown.
    pub consents: Vec<ConsentGiven>,
    /// The signed pages that were laid under the camera, form by form.
    #[zeroize(skip)]
    pub paper: Vec<Arc<PaperPage>>,
}

/// Papers that are handed in without an application.
#[derive(Clone, PartialEq)]
pub struct HandoverDraft {
    /// The case that they belong to; `None` for an office's papers.
    pub case: Option<SlipNumber>,
    /// The pages, form by form.
    pub paper: Vec<Arc<PaperPage>>,
}

/// What a visit hands in.
#[derive(Debug, Clone, PartialEq)]
pub enum Finished {
    /// An application.
    Application(Box<Draft>),
    /// Papers without one.
    Handover(HandoverDraft),
}

impl Finished {
    /// Its pages.
    #[must_use]
    pub fn paper(&self) -> &[Arc<PaperPage>] {
        match self {
            Self::Application(draft) => &draft.paper,
            Self::Handover(draft) => &draft.paper,
        }
    }
}

impl From<Draft> for Finished {
    fn from(draft: Draft) -> Self {
        Self::Application(Box::new(draft))
    }
}

/// The applicant's own answers.
#[derive(Clone, PartialEq, Eq, Default, Zeroize, ZeroizeOnDrop)]
pub struct ApplicantAnswers {
    /// Name.
    pub name: String,
    /// GB/T 2261.1: 1 male, 2 female.
    pub sex_code: u8,
    /// GB/T 3304; 0 if it was not asked.
    pub nation_code: u8,
    /// `YYYYMMDD`.
    pub birth: String,
    /// Home address.
    pub address: String,
    /// The 18 characters; empty exactly when `no_number_reason` is set.
    pub id_number: String,
    /// Why there is no number.
    #[zeroize(skip)]
    pub no_number_reason: Option<NoNumberReason>,
    /// Telephone; may be empty.
    pub phone: String,
    /// Name, sex, birth, address and number came from the card reader and were not changed by hand.
    pub from_card: bool,
}

/// One other member of the household.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct MemberAnswers {
    /// What the member is to the applicant.
    #[zeroize(skip)]
    pub relation: RelationCode,
    /// Name.
    pub name: String,
    /// The 18 characters; empty exactly when `no_number_reason` is set.
    pub id_number: String,
    /// Why there is no number.
    #[zeroize(skip)]
    pub no_number_reason: Option<NoNumberReason>,
}

/// The near-relative declaration with a name in it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct NearRelativeAnswer {
    /// Name of the official or committee member.
    pub official_name: String,
    /// What that person is to the applicant.
    #[zeroize(skip)]
    pub relation: RelationCode,
}

/// A text that was shown, and ticked where it asks for a tick.
#[derive(Debug, Clone, PartialEq, Eq, Zeroize)]
pub struct ConsentGiven {
    /// Which text.
    #[zeroize(skip)]
    pub kind: ConsentKind,
    /// Edition of the text that was shown.
    pub text_edition: String,
    /// When it came on the screen, in the visit's milliseconds.
    pub shown_tick_ms: u64,
}

/// A page of ours that was laid under the camera, as far as visit and record need it.
#[derive(Clone, PartialEq)]
pub struct PaperPage {
    /// Key of the form.
    pub form: String,
    /// Edition of the form.
    pub edition: String,
    /// Which page of the form, from 1.
    pub page: u8,
    /// How many pages the form has.
    pub pages: u8,
    /// The case that the page was printed for; `None` on a form that was printed blank.
    pub case_ref: Option<String>,
    /// How well it was seen, to keep the better one of two photos.
    pub grade: Grade,
    /// What a person has to look at before it is used.
    pub findings: Vec<PhotoFinding>,
    /// What was read of each of its boxes, in the order of the form.
    pub fields: Vec<PaperField>,
    /// The straightened page, small enough for the screen.
    pub preview: Picture,
    /// The photo as it was taken, with what is wrong outlined; `None` when nothing is.
    pub marked: Option<MarkedPhoto>,
    /// The files that travel with the record.
    pub scans: Vec<Scan>,
}

/// One box of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperField {
    /// The form's field id.
    pub id: String,
    /// The field's printed label.
    pub label: String,
    /// What the box is for.
    pub role: FieldRole,
    /// What was seen in it.
    pub state: Mark,
    /// Whether the page is of no use without it.
    pub required: bool,
}

/// What a box of a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRole {
    /// A box to tick.
    Tick,
    /// Space for a signature.
    Signature,
    /// Space for a fingerprint.
    Fingerprint,
    /// Space for an authority's seal.
    Seal,
}

/// What was seen in a box, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Clean paper.
    Clear = 0,
    /// A person must look.
    Unsure = 1,
    /// Inked.
    Marked = 2,
}

/// A grey picture, row by row; 0 is black.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// Pixels along a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height` bytes.
    pub grey: Vec<u8>,
}

/// A small photo with outlines in colour, row by row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MarkedPhoto {
    /// Pixels along a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `3 * width * height` bytes: red, green, blue.
    pub rgb: Vec<u8>,
}

/// One thing that is wrong with a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoFinding {
    /// What.
    pub fault: PhotoFault,
    /// The printed labels of the fields that it touches; empty when it is the whole page.
    pub labels: Vec<String>,
}

/// What can be wrong with a photo of a page of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoFault {
    /// Out of focus.
    Blurred,
    /// The page or the camera moved.
    Moved,
    /// Too little light.
    Dark,
    /// A lamp is mirrored in the page.
    Glare,
    /// A part of the page lies outside of the picture.
    CutOff,
    /// A corner is in the picture and not seen.
    CornerHidden,
    /// The paper is bent.
    Curled,
    /// The page fills too little of the picture.
    Far,
    /// The print itself is faint.
    Faint,
    /// Something lies on a square code.
    CodeCovered,
    /// A hand or another thing lies on the page.
    Covered,
}

/// A photo that could not be read, and what is wrong with it.
#[derive(Clone, PartialEq)]
pub struct BadPhoto {
    /// What is wrong, the first thing to mend first; never empty.
    pub findings: Vec<PhotoFinding>,
    /// The photo with the places outlined.
    pub marked: MarkedPhoto,
}

/// A file that travels sealed beside the record.
#[derive(Clone, PartialEq, Eq)]
pub struct Scan {
    /// Ink or full picture.
    pub kind: ScanKind,
    /// Media type.
    pub media: String,
    /// The file.
    pub bytes: ScanBytes,
}

/// Where the bytes of a scanned file are until the person submits.
#[derive(Clone, PartialEq, Eq)]
pub enum ScanBytes {
    /// In memory.
    Here(Vec<u8>),
    /// In the kiosk's file under this number, sealed with the visit's key.
    Kept(u32),
}

/// How much of the page a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanKind {
    /// Only what differs from the printed blank.
    Ink,
    /// The whole picture.
    Picture,
}

impl PaperPage {
    /// What the page says of itself, for the set that it belongs to.
    #[must_use]
    pub fn tag(&self) -> PageTag {
        let sure = self.fields.iter().filter_map(|field| match field.state {
            Mark::Clear => Some((field.id.clone(), false)),
            Mark::Marked => Some((field.id.clone(), true)),
            Mark::Unsure => None,
        });
        PageTag {
            form: self.form.clone(),
            edition: self.edition.clone(),
            page: self.page,
            case_ref: self.case_ref.clone(),
            sure: sure.collect(),
            grade: self.grade,
        }
    }

    /// The weakest mark among the required boxes of `role`; `None` if none is required.
    #[must_use]
    pub fn weakest(&self, role: FieldRole) -> Option<Mark> {
        let required = self
            .fields
            .iter()
            .filter(|field| field.role == role && field.required);
        required
            .map(|field| field.state)
            .min_by_key(|mark| *mark as u8)
    }
}

/// Personal data shows its kind only, so that no log line can carry a name.
macro_rules! hidden_debug {
    ($($kind:ident),*) => {$(
        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($kind), "(hidden)"))
            }
        }
    )*};
}

hidden_debug!(
    Draft,
    HandoverDraft,
    ApplicantAnswers,
    MemberAnswers,
    NearRelativeAnswer,
    PaperPage,
    BadPhoto,
    MarkedPhoto,
    Picture,
    Scan,
    ScanBytes
);
