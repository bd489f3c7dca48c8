//! A draft as the record that is sealed.

use std::sync::Arc;

use chrono::NaiveDate;
use relief::{
    Application, Attachment, BoxState, Consent, Handover, IdNumber, IdNumberError, Kept, KioskTime,
    Member, NameError, NearRelative, PageBoxes, Person, PersonName, Phone, PhoneError, Sex,
    SlipNumber,
};

use super::draft::{Draft, HandoverDraft, Mark, MemberAnswers, PaperPage};

/// What the appliance adds to a draft.
#[derive(Debug, Clone)]
pub struct RecordIds {
    /// Made once at capture.
    pub submission_id: [u8; 16],
    /// The number on the slip.
    pub slip_number: SlipNumber,
    /// When the person touched submit.
    pub submitted: KioskTime,
    /// The sealed files, by hash.
    pub attachments: Vec<Kept<Attachment>>,
    /// Hash of the token that only the slip carries.
    pub status_token_hash: [u8; 32],
}

/// Why a draft is no record; the flow checks every answer, so this is a fault of ours that is told
/// instead of a submission that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// A name does not pass.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A number does not pass.
    #[error(transparent)]
    IdNumber(#[from] IdNumberError),
    /// A telephone number does not pass.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// The code is not of GB/T 2261.1.
    #[error("sex code is {0}, needs 1 or 2")]
    Sex(u8),
    /// The date of birth is no date.
    #[error("date of birth is no date")]
    Birth,
}

impl Draft {
    /// The record of this draft.
    ///
    /// # Errors
    ///
    /// [`DraftError`] if an answer does not pass the rules that the flow applied when it was typed.
    pub fn to_application(&self, ids: RecordIds) -> Result<Kept<Application>, DraftError> {
        let applicant = &self.applicant;
        let sex_code = applicant.sex_code;
        let record = Application {
            submission_id: ids.submission_id,
            slip_number: ids.slip_number,
            scheme: self.scheme,
            card_edition: self.card_edition.clone(),
            submitted: ids.submitted.into(),
            township: self.township.clone(),
            applicant: Person {
                name: PersonName::parse(&applicant.name)?,
                sex: Sex::from_code(sex_code).ok_or(DraftError::Sex(sex_code))?,
                nation_code: (applicant.nation_code != 0).then_some(applicant.nation_code),
                birth: NaiveDate::parse_from_str(&applicant.birth, "%Y%m%d")
                    .map_err(|_| DraftError::Birth)?,
                address: applicant.address.clone(),
                id_number: number(&applicant.id_number)?,
                no_number_reason: applicant.no_number_reason,
                phone: match applicant.phone.as_str() {
                    "" => None,
                    phone => Some(Phone::parse(phone)?),
                },
                from_card: applicant.from_card,
            }
            .into(),
            household: self
                .household
                .iter()
                .map(member)
                .collect::<Result<_, _>>()?,
            reasons: self.reasons.clone(),
            reason_text: self.reason_text.clone(),
            near_relative: match &self.near_relative {
                None => NearRelative::None,
                Some(answer) => NearRelative::Related {
                    official_name: PersonName::parse(&answer.official_name)?,
                    relation: answer.relation,
                },
            },
            consents: self
                .consents
                .iter()
                .map(|given| {
                    Kept::from(Consent {
                        kind: given.kind,
                        text_edition: given.text_edition.clone(),
                        shown_tick_ms: given.shown_tick_ms,
                    })
                })
                .collect(),
            attachments: ids.attachments,
            page_answers: Vec::new(),
            status_token_hash: ids.status_token_hash,
            pages: boxes(&self.paper),
        };
        Ok(record.into())
    }
}

impl HandoverDraft {
    /// The record of this draft.
    #[must_use]
    pub fn to_handover(&self, ids: RecordIds) -> Kept<Handover> {
        Kept::from(Handover {
            submission_id: ids.submission_id,
            slip_number: ids.slip_number,
            case: self.case,
            submitted: ids.submitted.into(),
            attachments: ids.attachments,
            pages: boxes(&self.paper),
            status_token_hash: ids.status_token_hash,
        })
    }
}

/// What was read in the boxes of each page.
fn boxes(paper: &[Arc<PaperPage>]) -> Vec<Kept<PageBoxes>> {
    let boxes = paper.iter().map(|page| {
        Kept::from(PageBoxes {
            form: page.form.clone(),
            edition: page.edition.clone(),
            page: page.page,
            states: page.fields.iter().map(|field| seen(field.state)).collect(),
        })
    });
    boxes.collect()
}

fn member(answers: &MemberAnswers) -> Result<Kept<Member>, DraftError> {
    Ok(Kept::from(Member {
        name: PersonName::parse(&answers.name)?,
        relation: answers.relation,
        id_number: number(&answers.id_number)?,
        no_number_reason: answers.no_number_reason,
    }))
}

const fn seen(mark: Mark) -> BoxState {
    match mark {
        Mark::Clear => BoxState::Clear,
        Mark::Unsure => BoxState::Unsure,
        Mark::Marked => BoxState::Marked,
    }
}

fn number(text: &str) -> Result<Option<IdNumber>, IdNumberError> {
    if text.is_empty() {
        Ok(None)
    } else {
        IdNumber::parse(text).map(Some)
    }
}
