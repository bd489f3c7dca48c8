//! What a visit shows and offers: schemes, cards, code tables, texts, limits.

use paper::{FiledUnder, Form, FormBoxes};
use relief::{
    Card, Codes, Entry, Local, NoNumberReason, ReasonCode, RelationCode, SchemeId, Schemes,
};

use super::texts::{ConsentText, TextsError};

/// Division code of 长子县, whose townships are compiled in.
const BUILTIN_COUNTY_CODE: u32 = 140_428;

/// Everything that a visit takes from data files.
#[derive(Debug, Clone)]
pub struct FlowContent {
    /// The schemes in the order they are offered.
    pub schemes: Vec<SchemeContent>,
    /// The explainer cards in the order they are offered.
    pub cards: Vec<CardContent>,
    /// Relations within a household.
    pub relations: Vec<Choice<RelationCode>>,
    /// Reasons for an application.
    pub reasons: Vec<Choice<ReasonCode>>,
    /// What an official may be to the applicant.
    pub official_relations: Vec<Choice<RelationCode>>,
    /// Reasons why a person has no identity number.
    pub no_number_reasons: Vec<Choice<NoNumberReason>>,
    /// Townships that receive applications, with their division codes.
    pub townships: Vec<Choice<String>>,
    /// The paper forms that the camera reads.
    pub forms: Vec<FormContent>,
    /// Division code of the county, the first part of its slip numbers.
    pub county_code: u32,
    /// The notice on personal data.
    pub privacy: ConsentText,
    /// The texts that are ticked one by one.
    pub consents: Vec<ConsentText>,
    /// The county's relief hotline, if the county gave one.
    pub hotline: Option<String>,
    /// How long a visit may stand still.
    pub idle: IdleLimits,
}

/// A code of the record and what people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<Code> {
    /// The code.
    pub code: Code,
    /// The words on the screen.
    pub title: String,
}

/// A scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeContent {
    /// Its number.
    pub id: SchemeId,
    /// Short title.
    pub title: String,
    /// Full title.
    pub full_title: String,
    /// Edition of the card that explains it; empty without a card.
    pub card_edition: String,
}

/// A paper form that the camera reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormContent {
    /// Its key.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// Its heading where there is little room.
    pub short_title: String,
    /// What a filled one belongs to.
    pub filed_under: FiledUnder,
    /// The schemes that it is signed for, if it is an application; else none.
    pub schemes: Vec<SchemeId>,
}

impl FormContent {
    /// Whether it goes with an application for `scheme`: its own form, and every form that is of no scheme.
    #[must_use]
    pub fn goes_with(&self, scheme: Option<SchemeId>) -> bool {
        self.filed_under == FiledUnder::Case
            && (self.schemes.is_empty()
                || scheme.is_some_and(|scheme| self.schemes.contains(&scheme)))
    }
}

impl From<&Form> for FormContent {
    fn from(form: &Form) -> Self {
        Self {
            key: form.key().to_owned(),
            title: form.title().to_owned(),
            short_title: form.short_title().to_owned(),
            filed_under: form.filed_under(),
            schemes: form.schemes().iter().copied().map(SchemeId).collect(),
        }
    }
}

impl From<FormBoxes> for FormContent {
    fn from(form: FormBoxes) -> Self {
        Self {
            key: form.key,
            title: form.title,
            short_title: form.short_title,
            filed_under: form.filed_under,
            schemes: form.schemes.into_iter().map(SchemeId).collect(),
        }
    }
}

/// An explainer card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardContent {
    /// Title.
    pub title: String,
    /// For whom, in one sentence.
    pub for_whom: String,
    /// The schemes that can be applied for from it, as places in [`FlowContent::schemes`].
    pub schemes: Vec<usize>,
    /// Its parts in reading order.
    pub sections: Vec<CardSection>,
}

/// One part of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardSection {
    /// Heading.
    pub title: &'static str,
    /// Sentences.
    pub lines: Vec<CardLine>,
}

/// One sentence of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardLine {
    /// The sentence.
    pub text: String,
    /// The rule it comes from; may be empty.
    pub source: String,
}

/// How long a visit may stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleLimits {
    /// After this the person is warned.
    pub warn_ms: u64,
    /// After this everything typed is wiped; later than `warn_ms`.
    pub wipe_ms: u64,
}

impl Default for IdleLimits {
    /// 60 s and 90 s: a slow reader gets a full minute before the first warning.
    fn default() -> Self {
        Self {
            warn_ms: 60_000,
            wipe_ms: 90_000,
        }
    }
}

impl FlowContent {
    /// Gathers a kiosk's content; `texts_toml` is `assets/i18n/consents.toml` or the county's own.
    ///
    /// # Errors
    ///
    /// [`TextsError`] if the texts cannot be read or one of the three kinds is missing.
    pub fn new(
        schemes: &Schemes,
        cards: &[Card],
        codes: &Codes,
        local: &Local,
        county_code: u32,
        texts_toml: &str,
    ) -> Result<Self, TextsError> {
        let texts = super::texts::parse(texts_toml)?;
        let place = |id: &SchemeId| schemes.all().iter().position(|scheme| scheme.id == *id);
        let edition = |id: SchemeId| {
            let card = cards.iter().find(|card| card.schemes.contains(&id));
            card.map_or_else(String::new, |card| card.edition.clone())
        };
        Ok(Self {
            schemes: schemes
                .all()
                .iter()
                .map(|scheme| SchemeContent {
                    id: scheme.id,
                    title: scheme.title.clone(),
                    full_title: scheme.full_title.clone(),
                    card_edition: edition(scheme.id),
                })
                .collect(),
            cards: cards
                .iter()
                .map(|card| CardContent {
                    title: card.title.clone(),
                    for_whom: card.for_whom.text.clone(),
                    schemes: card.schemes.iter().filter_map(place).collect(),
                    sections: sections(card),
                })
                .collect(),
            relations: choices(codes.relations().iter().map(|row| (row.code, &row.title))),
            reasons: choices(codes.reasons().iter().map(|row| (row.code, &row.title))),
            official_relations: choices(
                codes
                    .near_relatives()
                    .iter()
                    .map(|row| (row.code, &row.title)),
            ),
            no_number_reasons: choices(
                codes
                    .no_number_reasons()
                    .iter()
                    .map(|row| (row.code, &row.title)),
            ),
            townships: choices(
                codes
                    .open_townships()
                    .map(|row| (row.code.clone(), &row.name)),
            ),
            forms: Vec::new(),
            county_code,
            privacy: texts.privacy,
            consents: texts.consents,
            hotline: local.hotline.clone(),
            idle: IdleLimits::default(),
        })
    }

    /// The same content with these forms for the camera.
    #[must_use]
    pub fn with_forms(mut self, forms: impl IntoIterator<Item = FormContent>) -> Self {
        self.forms = forms.into_iter().collect();
        self
    }

    /// The form of this key.
    #[must_use]
    pub fn form(&self, key: &str) -> Option<&FormContent> {
        self.forms.iter().find(|form| form.key == key)
    }

    /// The form that is signed for `scheme`; `None` while there is none that the camera reads.
    #[must_use]
    pub fn application_form(&self, scheme: SchemeId) -> Option<&FormContent> {
        self.forms
            .iter()
            .find(|form| form.schemes.contains(&scheme))
    }

    /// The national defaults, 长子县's townships, and the texts and forms that are compiled in.
    ///
    /// # Panics
    ///
    /// If a compiled-in text or form is broken, which the tests rule out.
    #[must_use]
    pub fn builtin() -> Self {
        use relief::builtin;
        Self::new(
            &builtin::schemes(),
            &builtin::cards(),
            &builtin::codes(),
            &builtin::local(),
            BUILTIN_COUNTY_CODE,
            super::texts::BUILTIN_TEXTS_TOML,
        )
        .expect("compiled-in texts parse")
        .with_forms(paper::DEFINITIONS.iter().map(|definition| {
            FormBoxes::parse(definition)
                .expect("compiled-in forms parse")
                .into()
        }))
    }
}

fn choices<'a, Code>(rows: impl Iterator<Item = (Code, &'a String)>) -> Vec<Choice<Code>> {
    rows.map(|(code, title)| Choice {
        code,
        title: title.clone(),
    })
    .collect()
}

fn sections(card: &Card) -> Vec<CardSection> {
    let entries = |entries: &[Entry]| -> Vec<CardLine> {
        entries
            .iter()
            .map(|entry| CardLine {
                text: entry.text.clone(),
                source: entry.source.clone(),
            })
            .collect()
    };
    let steps = card
        .procedure
        .iter()
        .map(|step| CardLine {
            text: step.text.clone(),
            source: step.source.clone(),
        })
        .collect();
    let mut conditions = entries(std::slice::from_ref(&card.for_whom));
    conditions.extend(entries(&card.conditions));
    vec![
        CardSection {
            title: "条件",
            lines: conditions,
        },
        CardSection {
            title: "申请渠道",
            lines: entries(&card.channels),
        },
        CardSection {
            title: "办理程序",
            lines: steps,
        },
        CardSection {
            title: "应尽义务",
            lines: entries(&card.duties),
        },
        CardSection {
            title: "带什么材料",
            lines: entries(&card.papers),
        },
        CardSection {
            title: "投诉和申诉",
            lines: entries(&card.complaints),
        },
    ]
}
