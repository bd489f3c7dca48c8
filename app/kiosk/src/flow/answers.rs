//! What has been answered so far, and what is still to be asked.

use std::{collections::BTreeSet, sync::Arc};

use paper::PageSets;
use relief::{IdNumber, NoNumberReason, ReasonCode, RelationCode, SlipNumber};
use zeroize::Zeroize;

use super::{
    content::{FlowContent, SchemeContent},
    draft::{ApplicantAnswers, ConsentGiven, Draft, MemberAnswers, NearRelativeAnswer, PaperPage},
    page::{Field, Page, Pick},
    papers::MissingPages,
};

/// Everything a person has answered in this visit.
///
/// `None` is "not asked yet"; an answer of "none" is a value of its own. Text is already checked and
/// normalised. Personal text is overwritten in memory when the answers are dropped.
#[derive(Default)]
pub struct Answers {
    /// Place of the scheme in the content.
    pub scheme: Option<usize>,
    /// The applicant's name.
    pub name: Option<String>,
    /// The applicant's number, or why there is none.
    pub id_number: Option<IdAnswer>,
    /// GB/T 2261.1: 1 male, 2 female.
    pub sex_code: Option<u8>,
    /// `YYYYMMDD`.
    pub birth: Option<String>,
    /// GB/T 3304, from the card; by hand it is not asked.
    pub nation_code: Option<u8>,
    /// Address.
    pub address: Option<String>,
    /// Place of the township in the content.
    pub township: Option<usize>,
    /// Telephone; the empty text is "has none".
    pub phone: Option<String>,
    /// Name, sex, birth, address and number are the card's.
    pub from_card: bool,
    /// The other members.
    pub household: Vec<MemberAnswers>,
    /// The reasons ticked.
    pub reasons: BTreeSet<ReasonCode>,
    /// Free words to the reasons.
    pub reason_text: String,
    /// The near-relative declaration.
    pub near_relative: Option<NearRelative>,
    /// When the notice on personal data came on the screen.
    pub privacy_shown_ms: Option<u64>,
    /// When the texts to tick came on the screen.
    pub consents_shown_ms: Option<u64>,
    /// Places of the texts that are ticked.
    pub ticked: BTreeSet<usize>,
    /// The signed pages.
    pub paper: Option<PaperAnswer>,
    /// The case that papers are handed in for, without an application.
    pub case: Option<SlipNumber>,
}

/// A number, or why there is none.
#[derive(Clone, PartialEq, Eq)]
pub enum IdAnswer {
    /// The 18 characters.
    Number(String),
    /// There is none.
    Missing(NoNumberReason),
}

/// The near-relative declaration.
#[derive(Clone, PartialEq, Eq)]
pub enum NearRelative {
    /// There is none.
    None,
    /// There is one.
    Related(NearRelativeAnswer),
}

/// What was decided on the signed pages.
#[derive(Clone, PartialEq)]
pub enum PaperAnswer {
    /// They are handed in at the window.
    Later,
    /// They were laid under the camera.
    Pages {
        /// Those that were.
        sets: PageSets<Arc<PaperPage>>,
        /// Pages that are missing are handed in at the window.
        rest_later: bool,
    },
}

impl Answers {
    /// The next page of the applicant's own questions; [`Page::Who`] when all are answered.
    #[must_use]
    pub fn next_about_applicant(&self) -> Page {
        if self.name.is_none() {
            Page::Type(Field::Name)
        } else if self.id_number.is_none() {
            Page::Type(Field::IdNumber)
        } else if self.sex_code.is_none() {
            Page::Pick(Pick::Sex)
        } else if self.birth.is_none() {
            Page::Type(Field::BirthDate)
        } else if self.address.is_none() {
            Page::Type(Field::Address)
        } else if self.township.is_none() {
            Page::Pick(Pick::Township)
        } else if self.phone.is_none() {
            Page::Type(Field::Phone)
        } else {
            Page::Who
        }
    }

    /// The applicant's answers that can be changed, each named by the page that asks for it.
    #[must_use]
    pub fn applicant_lines(&self) -> Vec<Page> {
        let mut lines = vec![Page::Type(Field::Name), Page::Type(Field::IdNumber)];
        if matches!(self.id_number, Some(IdAnswer::Missing(_))) {
            lines.extend([Page::Pick(Pick::Sex), Page::Type(Field::BirthDate)]);
        }
        lines.extend([
            Page::Type(Field::Address),
            Page::Pick(Pick::Township),
            Page::Type(Field::Phone),
        ]);
        lines
    }

    /// All answers that can be changed, each named by the page that asks for it.
    #[must_use]
    pub fn review_lines(&self) -> Vec<Page> {
        let mut lines = vec![Page::Pick(Pick::Scheme)];
        lines.extend(self.applicant_lines());
        lines.extend([
            Page::Household,
            Page::Pick(Pick::Reasons),
            Page::Pick(Pick::NearRelative),
            Page::Consents,
            Page::Paper,
        ]);
        lines
    }

    /// The chosen scheme.
    pub(super) fn scheme_of<'c>(&self, content: &'c FlowContent) -> Option<&'c SchemeContent> {
        self.scheme.and_then(|place| content.schemes.get(place))
    }

    /// What is missing of the forms of which a page is here, and of the one that is signed for the chosen scheme.
    pub(super) fn missing_pages(&self, content: &FlowContent) -> Vec<MissingPages> {
        let sets = match &self.paper {
            Some(PaperAnswer::Pages { sets, .. }) => sets.sets(),
            Some(PaperAnswer::Later) | None => &[],
        };
        let scheme = self.scheme_of(content);
        let asked = scheme.and_then(|scheme| content.application_form(scheme.id));
        let asked = asked.filter(|form| sets.iter().all(|set| set.form() != form.key));
        let whole = asked.map(|form| MissingPages {
            form: form.key.clone(),
            pages: Vec::new(),
        });
        let begun = sets.iter().filter(|set| !set.is_complete());
        let begun = begun.map(|set| MissingPages {
            form: set.form().to_owned(),
            pages: set.missing(),
        });
        whole.into_iter().chain(begun).collect()
    }

    /// Whether a reason was given, ticked or in words.
    #[must_use]
    pub fn has_reason(&self) -> bool {
        !self.reasons.is_empty() || !self.reason_text.is_empty()
    }

    pub(super) fn set_number(&mut self, number: &IdNumber) {
        self.id_number = Some(IdAnswer::Number(number.as_str().to_owned()));
        self.sex_code = Some(number.sex().code());
        self.birth = Some(number.birth().format("%Y%m%d").to_string());
        self.from_card = false;
    }

    pub(super) fn set_no_number(&mut self, reason: NoNumberReason) {
        if !matches!(self.id_number, Some(IdAnswer::Missing(_))) {
            self.sex_code = None;
            self.birth = None;
        }
        self.id_number = Some(IdAnswer::Missing(reason));
        self.from_card = false;
    }

    /// Whether somebody of this application has `number`, the applicant counted unless `but_applicant`.
    pub(super) fn has_number(&self, number: &str, but_applicant: bool) -> bool {
        let applicant = matches!(&self.id_number, Some(IdAnswer::Number(own)) if own == number);
        (applicant && !but_applicant)
            || self
                .household
                .iter()
                .any(|member| member.id_number == number)
    }

    pub(super) fn add_member(&mut self, relation: RelationCode, name: String, id_number: IdAnswer) {
        let (id_number, no_number_reason) = split(id_number);
        self.household.push(MemberAnswers {
            relation,
            name,
            id_number,
            no_number_reason,
        });
    }

    /// The answers frozen for the appliance.
    ///
    /// # Errors
    ///
    /// The page of the first question without an answer.
    pub(super) fn freeze(&self, content: &FlowContent) -> Result<Draft, Page> {
        let scheme = self.scheme_of(content).ok_or(Page::Pick(Pick::Scheme))?;
        let privacy_shown_ms = self.privacy_shown_ms.ok_or(Page::Privacy)?;
        let asked = || self.next_about_applicant();
        let (id_number, no_number_reason) = split(self.id_number.clone().ok_or_else(asked)?);
        let township = self.township.and_then(|place| content.townships.get(place));
        let applicant = ApplicantAnswers {
            name: self.name.clone().ok_or_else(asked)?,
            sex_code: self.sex_code.ok_or_else(asked)?,
            nation_code: self.nation_code.unwrap_or(0),
            birth: self.birth.clone().ok_or_else(asked)?,
            address: self.address.clone().ok_or_else(asked)?,
            id_number,
            no_number_reason,
            phone: self.phone.clone().ok_or_else(asked)?,
            from_card: self.from_card,
        };
        if !self.has_reason() {
            return Err(Page::Pick(Pick::Reasons));
        }
        let near_relative = match &self.near_relative {
            None => return Err(Page::Pick(Pick::NearRelative)),
            Some(NearRelative::None) => None,
            Some(NearRelative::Related(answer)) => Some(answer.clone()),
        };
        let consents_shown_ms = self.consents_shown_ms.ok_or(Page::Consents)?;
        if self.ticked.len() < content.consents.len() {
            return Err(Page::Consents);
        }
        let shown = |text: &super::texts::ConsentText, shown_tick_ms| ConsentGiven {
            kind: text.kind,
            text_edition: text.edition.clone(),
            shown_tick_ms,
        };
        let mut consents = vec![shown(&content.privacy, privacy_shown_ms)];
        consents.extend(
            content
                .consents
                .iter()
                .map(|text| shown(text, consents_shown_ms)),
        );
        let paper = match &self.paper {
            None => return Err(Page::Paper),
            Some(PaperAnswer::Later) => Vec::new(),
            Some(PaperAnswer::Pages { sets, rest_later }) => {
                if !(self.missing_pages(content).is_empty() || *rest_later) {
                    return Err(Page::Paper);
                }
                sets.iter().cloned().collect()
            }
        };
        Ok(Draft {
            scheme: scheme.id,
            card_edition: scheme.card_edition.clone(),
            applicant,
            township: township.ok_or(Page::Pick(Pick::Township))?.code.clone(),
            household: self.household.clone(),
            reasons: self.reasons.iter().copied().collect(),
            reason_text: self.reason_text.clone(),
            near_relative,
            consents,
            paper,
        })
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        for text in [
            &mut self.name,
            &mut self.birth,
            &mut self.address,
            &mut self.phone,
        ] {
            text.zeroize();
        }
        if let Some(IdAnswer::Number(number)) = &mut self.id_number {
            number.zeroize();
        }
        self.reason_text.zeroize();
    }
}

fn split(answer: IdAnswer) -> (String, Option<NoNumberReason>) {
    match answer {
        IdAnswer::Number(number) => (number, None),
        IdAnswer::Missing(reason) => (String::new(), Some(reason)),
    }
}
