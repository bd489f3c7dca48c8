//! What a person has answered, checked and frozen for the appliance.

use std::{fmt, sync::Arc};

use relief::{ConsentKind, NoNumberReason, ReasonCode, RelationCode, SchemeId};
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
    /// The signed page, if it was laid under the camera.
    #[zeroize(skip)]
    pub paper: Option<Arc<PaperPage>>,
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
    /// What was read of each of its boxes, in the order of the form.
    pub fields: Vec<PaperField>,
    /// The straightened page, small enough for the screen.
    pub preview: Picture,
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
    ApplicantAnswers,
    MemberAnswers,
    NearRelativeAnswer,
    PaperPage,
    Picture,
    Scan,
    ScanBytes
);
