//! What a person has answered, checked and frozen for the appliance.

use std::sync::Arc;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A finished visit: every answer as it was confirmed on the review page.
///
/// Text fields are already normalised and checked. The memory of names, numbers and addresses is
/// overwritten when the draft is dropped; the scanned page is dropped with its last holder.
#[derive(Debug, Clone, Default, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Draft {
    /// The scheme's number.
    pub scheme: u16,
    /// Edition of the explainer card that was on offer.
    pub card_edition: String,
    /// Who applies.
    pub applicant: ApplicantAnswers,
    /// The township that receives the application, by its division code.
    pub township: String,
    /// The others of the household, the applicant not among them.
    pub household: Vec<MemberAnswers>,
    /// Codes of the reasons, in rising order.
    pub reasons: Vec<u8>,
    /// Free words to the reasons; may be empty.
    pub reason_text: String,
    /// The official the applicant is related to; `None` is the declaration that there is none.
    pub near_relative: Option<NearRelativeAnswer>,
    /// The texts that were ticked, in the order shown.
    pub consents: Vec<ConsentGiven>,
    /// The signed page, if it was laid under the camera.
    #[zeroize(skip)]
    pub paper: Option<Arc<PaperPage>>,
}

/// The applicant's own answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ApplicantAnswers {
    /// Name.
    pub name: String,
    /// GB/T 2261.1: 1 male, 2 female.
    pub sex_code: u8,
    /// GB/T 3304.
    pub nation_code: u8,
    /// `YYYYMMDD`.
    pub birth: String,
    /// Home address.
    pub address: String,
    /// The 18 characters; empty exactly when `no_number_reason` is set.
    pub id_number: String,
    /// Code of the reason why there is no number; 0 when there is one.
    pub no_number_reason: u8,
    /// Telephone; may be empty.
    pub phone: String,
    /// The identity came from the card reader and was not changed by hand.
    pub from_card: bool,
}

/// One other member of the household.
#[derive(Debug, Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct MemberAnswers {
    /// Code of the relation to the applicant.
    pub relation: u8,
    /// Name.
    pub name: String,
    /// The 18 characters; empty for a member without a number.
    pub id_number: String,
}

/// The near-relative declaration with a name in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct NearRelativeAnswer {
    /// Name of the official or committee member.
    pub official_name: String,
    /// Code of the relation to that person.
    pub relation: u8,
}

/// A text that was shown and ticked.
#[derive(Debug, Clone, PartialEq, Eq, Zeroize)]
pub struct ConsentGiven {
    /// Which text.
    #[zeroize(skip)]
    pub kind: ConsentKind,
    /// Edition of the text that was shown.
    pub text_edition: String,
    /// When it came on the screen, in milliseconds of the kiosk's monotonic clock.
    pub shown_tick_ms: u64,
}

/// The texts a person is shown before anything is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentKind {
    /// The notice on personal data, 个人信息保护法 Art. 17: shown, not asked.
    PrivacyNotice,
    /// Truth and completeness, 承诺.
    Promise,
    /// Authorisation to check the family's means, 授权核对.
    Authorisation,
}

/// A page of ours that was laid under the camera, as far as visit and record need it.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperPage {
    /// Key of the form.
    pub form: String,
    /// Edition of the form.
    pub edition: String,
    /// What was read of each box, in the order of the form.
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
}

/// What was seen in a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Clean paper.
    Clear,
    /// A person must look.
    Unsure,
    /// Inked.
    Marked,
}

/// A grey picture, row by row; 0 is black.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// Pixels along a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height` bytes.
    pub grey: Vec<u8>,
}

/// A file that travels sealed beside the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Ink or full picture.
    pub kind: ScanKind,
    /// Media type.
    pub media: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// How much of the page a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanKind {
    /// Only what differs from the printed blank.
    Ink,
    /// The whole picture.
    Picture,
}
