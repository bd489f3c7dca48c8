//! Explainer cards (救助明白卡): what a villager hears and reads about a scheme (`assets/cards/*.toml`).
//!
//! Each sentence has the text and article that it rests on. A sentence that tells a clock names it, so that
//! the card can be held against the rules in force.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::clock::Clock;
use crate::local::{Amount, Local};
use crate::rules::Rules;
use crate::scheme::SchemeId;

/// The longest entry in characters: what one breath of reading aloud and six lines of large print hold.
pub const ENTRY_CHARS_MAX: usize = 90;

/// One sentence or two in plain words, and what they rest on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The words.
    pub text: String,
    /// Ids of the clocks whose numbers the words tell.
    #[serde(default)]
    pub clocks: Vec<String>,
    /// Text and article.
    pub source: String,
}

/// A place for an amount of money; empty until the county supplies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountSlot {
    /// The scheme.
    pub scheme: SchemeId,
    /// The class within it, such as 城市 or 农村.
    pub class: String,
    /// The amount, if the county supplied one that holds.
    pub amount: Option<Amount>,
}

/// Why a card was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Not TOML, or not of this shape.
    #[error("card cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A section that every card must have is empty.
    #[error("card {card} has an empty section {section}")]
    EmptySection {
        /// The card's key.
        card: String,
        /// The section.
        section: &'static str,
    },
    /// An entry has no words, too many, or no source.
    #[error(
        "card {card}, section {section}, entry {entry} needs 1 to {ENTRY_CHARS_MAX} characters and a source"
    )]
    Entry {
        /// The card's key.
        card: String,
        /// The section.
        section: &'static str,
        /// The entry, from 1.
        entry: usize,
    },
    /// An entry names a clock that no rule in force has for this card's schemes.
    #[error("card {card} names clock {clock}, which is not in force for it")]
    UnknownClock {
        /// The card's key.
        card: String,
        /// The clock.
        clock: String,
    },
    /// An entry names a clock but tells another number.
    #[error("card {card} names clock {clock} but its words do not say {expected}")]
    OtherNumber {
        /// The card's key.
        card: String,
        /// The clock.
        clock: String,
        /// What the words should hold.
        expected: String,
    },
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Key for files and addresses.
    pub key: String,
    /// Edition; an application carries the one that was shown.
    pub edition: String,
    /// Title.
    pub title: String,
    /// The schemes that it explains and that can be applied for from it.
    pub schemes: Vec<SchemeId>,
    /// Who it is for, in one sentence.
    pub for_whom: Entry,
    /// Conditions (条件).
    pub conditions: Vec<Entry>,
    /// Where and how to apply (申请渠道).
    pub channels: Vec<Entry>,
    /// What happens then (办理程序).
    pub procedure: Vec<Entry>,
    /// What the household must do (应尽义务).
    pub duties: Vec<Entry>,
    /// Papers to bring.
    pub papers: Vec<Entry>,
    /// Where to complain and appeal.
    pub complaints: Vec<Entry>,
    /// Amounts of money, each empty until supplied.
    pub amounts: Vec<AmountSlot>,
    /// The county's relief hotline, `None` until supplied.
    pub hotline: Option<String>,
}

impl Card {
    /// Reads a card's file.
    ///
    /// # Errors
    ///
    /// [`CardError`] with the place in the file, or the section and entry at fault.
    pub fn parse(toml: &str) -> Result<Self, CardError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct File {
            key: String,
            edition: String,
            title: String,
            schemes: Vec<SchemeId>,
            for_whom: Entry,
            condition: Vec<Entry>,
            channel: Vec<Entry>,
            procedure: Vec<Entry>,
            duty: Vec<Entry>,
            paper: Vec<Entry>,
            complaint: Vec<Entry>,
            #[serde(default)]
            amount: Vec<Slot>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Slot {
            scheme: SchemeId,
            class: String,
        }
        let file: File = toml::from_str(toml)?;
        let card = Self {
            key: file.key,
            edition: file.edition,
            title: file.title,
            schemes: file.schemes,
            for_whom: file.for_whom,
            conditions: file.condition,
            channels: file.channel,
            procedure: file.procedure,
            duties: file.duty,
            papers: file.paper,
            complaints: file.complaint,
            amounts: file
                .amount
                .into_iter()
                .map(|slot| AmountSlot {
                    scheme: slot.scheme,
                    class: slot.class,
                    amount: None,
                })
                .collect(),
            hotline: None,
        };
        card.check_entries()?;
        Ok(card)
    }

    /// This card with the hotline and the amounts that the county supplied and that hold on `day`.
    #[must_use]
    pub fn with_local(mut self, local: &Local, day: NaiveDate) -> Self {
        self.hotline.clone_from(&local.hotline);
        for slot in &mut self.amounts {
            slot.amount = local.amount(slot.scheme, &slot.class, day).cloned();
        }
        self
    }

    /// Holds the card against the rules in force on `day`: every clock it names exists for one of its schemes,
    /// and its words tell that clock's number.
    ///
    /// # Errors
    ///
    /// [`CardError::UnknownClock`] or [`CardError::OtherNumber`]: a county that changes a clock changes the card.
    pub fn agrees_with(&self, rules: &Rules, day: NaiveDate) -> Result<(), CardError> {
        for entry in self.entries() {
            for id in &entry.clocks {
                let clock =
                    self.clock_in_force(id, rules, day)
                        .ok_or_else(|| CardError::UnknownClock {
                            card: self.key.clone(),
                            clock: id.clone(),
                        })?;
                let phrases = clock.limit.phrases();
                if !phrases.iter().any(|phrase| says(&entry.text, phrase)) {
                    return Err(CardError::OtherNumber {
                        card: self.key.clone(),
                        clock: id.clone(),
                        expected: phrases.join(" / "),
                    });
                }
            }
        }
        Ok(())
    }

    /// The clock that holds for the step which `id` names: a county may have laid one of another id over it.
    fn clock_in_force<'a>(&self, id: &str, rules: &'a Rules, day: NaiveDate) -> Option<&'a Clock> {
        let named = rules.by_id(id, day)?;
        let scheme = self
            .schemes
            .iter()
            .find(|scheme| named.schemes.contains(scheme))?;
        rules.clock(*scheme, named.step, named.condition, day)
    }

    /// The sections by their names in the file, in the order in which they are read out.
    #[must_use]
    pub fn sections(&self) -> [(&'static str, &[Entry]); 7] {
        [
            ("for-whom", std::slice::from_ref(&self.for_whom)),
            ("condition", &self.conditions),
            ("channel", &self.channels),
            ("procedure", &self.procedure),
            ("duty", &self.duties),
            ("paper", &self.papers),
            ("complaint", &self.complaints),
        ]
    }

    /// Every entry of every section, in the same order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.sections().into_iter().flat_map(|(_, entries)| entries)
    }

    fn check_entries(&self) -> Result<(), CardError> {
        for (section, entries) in self.sections() {
            if entries.is_empty() {
                return Err(CardError::EmptySection {
                    card: self.key.clone(),
                    section,
                });
            }
            for (index, entry) in entries.iter().enumerate() {
                let chars = entry.text.chars().count();
                if !(1..=ENTRY_CHARS_MAX).contains(&chars) || entry.source.trim().is_empty() {
                    return Err(CardError::Entry {
                        card: self.key.clone(),
                        section,
                        entry: index + 1,
                    });
                }
            }
        }
        Ok(())
    }
}

/// Whether `text` holds `phrase` as a number of its own: 3天 is not said by 13天.
fn says(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        !(phrase.starts_with(|c: char| c.is_ascii_digit())
            && text[..at].ends_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests;
