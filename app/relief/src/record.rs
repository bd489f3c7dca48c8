//! The record of one submission, as the kiosk seals it and the county opens it.
//!
//! CBOR maps with numbered fields. Numbers are append-only: a field that is no longer written keeps its
//! number for ever, and a new field is an `Option` or has a default, so that records of every age decode.
//! A field that this build does not know is kept and written again ([`Kept`]); only what stands inside a
//! near relative or a [`PageAnswer`] is closed, and what is new to say there becomes a field beside it.
//!
//! A record travels on thin lines, so what is made of digits is written as a number: identity, phone and
//! slip numbers, township codes, days, and two bits for each box of a page. A reader also takes the text that
//! builds before that wrote.

use std::fmt;

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::codes::{NoNumberReason, ReasonCode, RelationCode};
use crate::id_number::{IdNumber, Sex};
use crate::kept::{Kept, Numbered, UNKNOWN_BYTES_MAX, UNKNOWN_FIELDS_MAX};
use crate::name::PersonName;
use crate::phone::Phone;
use crate::scheme::SchemeId;
use crate::slip_number::SlipNumber;

pub(crate) mod compact;
mod handover;
mod kiosk_condition;
mod kiosk_time;
mod page_boxes;

pub use handover::Handover;
pub use kiosk_condition::{FaultCode, HEARD_MAX, KioskCondition};
pub use kiosk_time::KioskTime;
pub use page_boxes::{BoxState, PageBoxes};

/// The largest record, in bytes. A household at every limit below stays under it.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;
/// Household members beside the applicant.
pub const MEMBERS_MAX: usize = 30;
/// Reasons for the application; the table has fewer.
pub const REASONS_MAX: usize = 16;
/// Characters of free text on the reasons: one page of large writing.
pub const REASON_TEXT_CHARS_MAX: usize = 500;
/// Characters of an address; an identity card holds 35.
pub const ADDRESS_CHARS_MAX: usize = 100;
/// Consents given.
pub const CONSENTS_MAX: usize = 16;
/// Papers scanned.
pub const ATTACHMENTS_MAX: usize = 64;
/// Paper pages whose boxes were read.
pub const PAGES_MAX: usize = 16;
/// Boxes read from one paper page, or from all of them where each is named.
pub const PAGE_ANSWERS_MAX: usize = 512;
/// Characters of a code, an edition, a media type or a field's id.
pub const TOKEN_CHARS_MAX: usize = 64;

/// Why a record was not written or not read. No variant carries anything from inside the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// More bytes than a record may have.
    #[error("record has {bytes} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
        /// [`RECORD_BYTES_MAX`].
        limit: usize,
    },
    /// The bytes end before the record does.
    #[error("record ends early")]
    Truncated,
    /// Not CBOR, not this record, or a value (name, number, code) that its type refuses.
    #[error("record cannot be read{}", .at.map(|at| format!(" at byte {at}")).unwrap_or_default())]
    Malformed {
        /// Where, if the decoder knows.
        at: Option<usize>,
    },
    /// Bytes follow the record.
    #[error("{extra} bytes follow the record")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// A list or text is longer than its limit.
    #[error("{field} has {got} entries or characters, at most {limit} are allowed")]
    TooLong {
        /// The field's name.
        field: &'static str,
        /// Entries or characters found.
        got: usize,
        /// The most allowed.
        limit: usize,
    },
    /// A text holds U+0000, which is no writing and which PostgreSQL does not keep.
    #[error("{field} holds a character that is no text")]
    NotText {
        /// The field's name.
        field: &'static str,
    },
}

/// The applicant.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Person {
    /// Name in the household register.
    #[n(0)]
    pub name: PersonName,
    /// Sex.
    #[n(1)]
    pub sex: Sex,
    /// Nation (民族) as GB/T 3304 numbers it, 1 to 56, 97, 98; `None` if not asked.
    #[n(2)]
    pub nation_code: Option<u8>,
    /// Date of birth.
    #[cbor(n(3), with = "compact::day")]
    pub birth: NaiveDate,
    /// Address, as on the card or as typed; may be empty. At most [`ADDRESS_CHARS_MAX`] characters.
    #[n(4)]
    pub address: String,
    /// Identity number; `None` needs `no_number_reason`.
    #[n(5)]
    pub id_number: Option<IdNumber>,
    /// Why there is no identity number.
    #[n(6)]
    pub no_number_reason: Option<NoNumberReason>,
    /// Telephone; many have none.
    #[n(7)]
    pub phone: Option<Phone>,
    /// Whether name, sex, birth, address and number came from the card reader rather than the keys.
    #[n(8)]
    pub from_card: bool,
}

impl Numbered for Person {
    const FIELDS: i64 = 9;
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(hidden)")
    }
}

/// A member of the household beside the applicant.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Member {
    /// Name in the household register.
    #[n(0)]
    pub name: PersonName,
    /// What the member is to the applicant.
    #[n(1)]
    pub relation: RelationCode,
    /// Identity number; a newborn may have none.
    #[n(2)]
    pub id_number: Option<IdNumber>,
    /// Why there is no identity number.
    #[n(3)]
    pub no_number_reason: Option<NoNumberReason>,
}

impl Numbered for Member {
    const FIELDS: i64 = 4;
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member(hidden)")
    }
}

/// The applicant's declaration on near relatives among staff and village committee members.
///
/// It bars nobody: the township registers such a case separately (近亲属备案) and the county visits the home.
/// Source: 民发〔2021〕57号 Art 11, 20.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum NearRelative {
    /// There is none.
    #[n(0)]
    None,
    /// There is one.
    #[n(1)]
    Related {
        /// The staff or committee member's name.
        #[n(0)]
        official_name: PersonName,
        /// What that person is to the applicant, of the near-relative table.
        #[n(1)]
        relation: RelationCode,
    },
}

impl fmt::Debug for NearRelative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NearRelative(hidden)")
    }
}

/// What a person agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ConsentKind(pub u8);

impl ConsentKind {
    /// The notice on how personal data is handled was shown. Source: 个人信息保护法 Art 17, 35.
    pub const PRIVACY_NOTICE: Self = Self(1);
    /// Authorisation to check the household's means (授权核对). Source: 民发〔2021〕57号 Art 9.
    pub const AUTHORISATION: Self = Self(2);
    /// Promise that the papers are true and complete (承诺). Source: 民发〔2021〕57号 Art 9.
    pub const TRUTH_PROMISE: Self = Self(3);
}

/// One consent: which text, in which edition, and when it stood on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Consent {
    /// What was agreed to.
    #[n(0)]
    pub kind: ConsentKind,
    /// The edition of the text that was shown.
    #[n(1)]
    pub text_edition: String,
    /// The kiosk's tick, of the boot in [`Application::submitted`], when it was shown.
    #[n(2)]
    pub shown_tick_ms: u64,
}

impl Numbered for Consent {
    const FIELDS: i64 = 3;
}

/// What an attachment shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct AttachmentKind(pub u8);

impl AttachmentKind {
    /// What is written on a form page, apart from its printed blank.
    pub const FORM_INK: Self = Self(1);
    /// A form page as photographed.
    pub const FORM_PICTURE: Self = Self(2);
    /// Any other paper as photographed.
    pub const DOCUMENT_PICTURE: Self = Self(3);
}

/// A paper that travels sealed apart from the record, named here by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Attachment {
    /// SHA-256 of the sealed bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// What it shows.
    #[n(1)]
    pub kind: AttachmentKind,
    /// Media type of the plain bytes, such as `image/jpeg`.
    #[n(2)]
    pub media: String,
    /// Length of the plain bytes.
    #[n(3)]
    pub len: u32,
}

impl Numbered for Attachment {
    const FIELDS: i64 = 4;
}

/// What was read in one box of a paper page, as builds before [`PageBoxes`] wrote it.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PageAnswer {
    /// The box's id in the form's definition.
    #[n(0)]
    pub field: String,
    /// Code of its [`BoxState`].
    #[n(1)]
    pub state: u8,
}

impl fmt::Debug for PageAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageAnswer(hidden)")
    }
}

/// One submission.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Application {
    /// Random, made once at capture; the county knows a repeated submission by it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub submission_id: [u8; 16],
    /// The number on the slip.
    #[n(1)]
    pub slip_number: SlipNumber,
    /// What is applied for.
    #[n(2)]
    pub scheme: SchemeId,
    /// Edition of the explainer card that was shown.
    #[n(3)]
    pub card_edition: String,
    /// When it was submitted.
    #[n(4)]
    pub submitted: Kept<KioskTime>,
    /// Code of the township that is to receive it: nine digits, or one that the county assigned.
    #[cbor(n(5), with = "compact::code")]
    pub township: String,
    /// Who applies.
    #[n(6)]
    pub applicant: Kept<Person>,
    /// The other members of the household.
    #[cbor(n(7), skip_if = "Vec::is_empty")]
    pub household: Vec<Kept<Member>>,
    /// Reasons, of the reason table.
    #[cbor(n(8), skip_if = "Vec::is_empty")]
    pub reasons: Vec<ReasonCode>,
    /// Reasons in the applicant's own words; may be empty. At most [`REASON_TEXT_CHARS_MAX`] characters.
    #[cbor(n(9), skip_if = "String::is_empty")]
    pub reason_text: String,
    /// Declaration on near relatives.
    #[n(10)]
    pub near_relative: NearRelative,
    /// What was agreed to.
    #[cbor(n(11), skip_if = "Vec::is_empty")]
    pub consents: Vec<Kept<Consent>>,
    /// Papers that belong to it.
    #[cbor(n(12), skip_if = "Vec::is_empty")]
    pub attachments: Vec<Kept<Attachment>>,
    /// Boxes read from its paper pages, each by name: read, but no longer written by a kiosk.
    #[cbor(n(13), skip_if = "Vec::is_empty")]
    pub page_answers: Vec<PageAnswer>,
    /// SHA-256 of the status token that only the slip carries.
    #[cbor(n(14), with = "minicbor::bytes")]
    pub status_token_hash: [u8; 32],
    /// Boxes read from its paper pages.
    #[cbor(n(15), skip_if = "Vec::is_empty")]
    pub pages: Vec<Kept<PageBoxes>>,
}

impl Numbered for Application {
    const FIELDS: i64 = 16;
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("slip_number", &self.slip_number)
            .field("scheme", &self.scheme)
            .field("submitted", &self.submitted)
            .finish_non_exhaustive()
    }
}

impl Application {
    /// Reads a record's bytes; any bytes may be given.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if they are not exactly one record within the limits.
    pub fn from_cbor(bytes: &[u8]) -> Result<Kept<Self>, RecordError> {
        read(bytes, Kept::<Self>::check_limits)
    }
}

impl Kept<Application> {
    /// The record's bytes, with every field that a later build had put into it.
    ///
    /// # Errors
    ///
    /// [`RecordError::TooLong`], [`RecordError::TooLarge`] or [`RecordError::NotText`], so that nothing is sealed that the
    /// county would have to refuse.
    pub fn to_cbor(&self) -> Result<Vec<u8>, RecordError> {
        write(self, Self::check_limits)
    }

    fn check_limits(&self) -> Result<(), RecordError> {
        within("household", self.household.len(), MEMBERS_MAX)?;
        within("reasons", self.reasons.len(), REASONS_MAX)?;
        within("consents", self.consents.len(), CONSENTS_MAX)?;
        within("page_answers", self.page_answers.len(), PAGE_ANSWERS_MAX)?;
        handover::papers_within(&self.attachments, &self.pages)?;
        text_within("reason_text", &self.reason_text, REASON_TEXT_CHARS_MAX)?;
        text_within("address", &self.applicant.address, ADDRESS_CHARS_MAX)?;
        text_within("card_edition", &self.card_edition, TOKEN_CHARS_MAX)?;
        text_within("township", &self.township, TOKEN_CHARS_MAX)?;
        unknown_within(self)?;
        unknown_within(&self.submitted)?;
        unknown_within(&self.applicant)?;
        for member in &self.household {
            unknown_within(member)?;
        }
        for consent in &self.consents {
            text_within("text_edition", &consent.text_edition, TOKEN_CHARS_MAX)?;
            unknown_within(consent)?;
        }
        for answer in &self.page_answers {
            text_within("field", &answer.field, TOKEN_CHARS_MAX)?;
        }
        Ok(())
    }
}

/// The record in `bytes`, within the limits of its kind.
fn read<T>(
    bytes: &[u8],
    check_limits: impl FnOnce(&Kept<T>) -> Result<(), RecordError>,
) -> Result<Kept<T>, RecordError>
where
    Kept<T>: for<'b> Decode<'b, ()>,
{
    check_size(bytes.len())?;
    let record = decode_whole(bytes)?;
    check_limits(&record)?;
    Ok(record)
}

/// The bytes of a record that is within the limits of its kind.
fn write<T>(
    record: &Kept<T>,
    check_limits: impl FnOnce(&Kept<T>) -> Result<(), RecordError>,
) -> Result<Vec<u8>, RecordError>
where
    Kept<T>: Encode<()>,
{
    check_limits(record)?;
    let bytes = minicbor::to_vec(record).map_err(|_| RecordError::Malformed { at: None })?;
    check_size(bytes.len())?;
    Ok(bytes)
}

/// Exactly one `T`, with nothing behind it.
fn decode_whole<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, RecordError> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let read = decoder.decode().map_err(|error| {
        if error.is_end_of_input() {
            RecordError::Truncated
        } else {
            RecordError::Malformed {
                at: error.position(),
            }
        }
    })?;
    let extra = bytes.len() - decoder.position();
    if extra > 0 {
        return Err(RecordError::Trailing { extra });
    }
    Ok(read)
}

const fn check_size(bytes: usize) -> Result<(), RecordError> {
    if bytes > RECORD_BYTES_MAX {
        return Err(RecordError::TooLarge {
            bytes,
            limit: RECORD_BYTES_MAX,
        });
    }
    Ok(())
}

const fn within(field: &'static str, got: usize, limit: usize) -> Result<(), RecordError> {
    if got > limit {
        Err(RecordError::TooLong { field, got, limit })
    } else {
        Ok(())
    }
}

fn text_within(field: &'static str, text: &str, limit: usize) -> Result<(), RecordError> {
    if text.contains('\0') {
        return Err(RecordError::NotText { field });
    }
    within(field, text.chars().count(), limit)
}

fn unknown_within<T>(map: &Kept<T>) -> Result<(), RecordError> {
    let (fields, bytes) = map.unknown();
    within("fields of a later build", fields, UNKNOWN_FIELDS_MAX)?;
    within("bytes of a later build", bytes, UNKNOWN_BYTES_MAX)
}

#[cfg(test)]
mod tests;
