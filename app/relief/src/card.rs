//! Explainer cards (救助明白卡): what a villager hears and reads about a scheme (`assets/cards/*.toml`).
//!
//! Each sentence has the text and article that it rests on. A sentence that tells a clock names it, so that
//! the card can be held against the rules in force.

use chrono::NaiveDate;
use serde::Deserialize;

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
                let clock = rules
                    .by_id(id, day)
                    .filter(|clock| {
                        clock
                            .schemes
                            .iter()
                            .any(|scheme| self.schemes.contains(scheme))
                    })
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::builtin;
    use crate::clock::Step;
    use crate::scheme::PublicNotice;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    #[test]
    fn seven_cards_explain_every_scheme_once() {
        let cards = builtin::cards();
        assert_eq!(cards.len(), 7);
        let explained: Vec<u16> = cards
            .iter()
            .flat_map(|card| card.schemes.iter().map(|scheme| scheme.0))
            .collect();
        assert_eq!(explained, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn every_clock_that_a_card_names_exists_with_the_number_it_tells() {
        for card in builtin::cards() {
            assert_eq!(card.agrees_with(&builtin::rules(), today()), Ok(()));
        }
    }

    #[test]
    fn every_number_of_days_or_months_in_a_procedure_belongs_to_a_clock_it_names() {
        for card in builtin::cards() {
            for entry in &card.procedure {
                if entry.text.contains("个工作日") || entry.text.contains("公示7天") {
                    assert!(!entry.clocks.is_empty(), "{}: {}", card.key, entry.text);
                }
            }
        }
    }

    #[test]
    fn every_clock_of_an_allowance_and_of_extreme_hardship_is_told() {
        let cards = builtin::cards();
        let told: Vec<&str> = cards
            .iter()
            .flat_map(Card::entries)
            .flat_map(|entry| &entry.clocks)
            .map(String::as_str)
            .collect();
        for clock in builtin::rules().clocks() {
            // L4 has no number, N1 stands in for what is not known.
            if ["L4", "N1"].contains(&clock.id.as_str()) {
                continue;
            }
            assert!(told.contains(&clock.id.as_str()), "{}", clock.id);
        }
    }

    #[test]
    fn a_card_that_tells_another_number_than_the_county_is_found() {
        let county = builtin::CLOCKS_TOML
            .replace("set-by = \"national\"", "set-by = \"county\"")
            .replace("limit = 30", "limit = 25");
        let rules = builtin::rules().overridden_by(Rules::parse(&county).unwrap());
        let card = Card::parse(builtin::CARDS_TOML[0]).unwrap();
        assert_eq!(
            card.agrees_with(&rules, today()),
            Err(CardError::OtherNumber {
                card: "dibao".into(),
                clock: "L9".into(),
                expected: "25个工作日".into()
            })
        );
        assert!(!says("13天", "3天") && says("公示3天", "3天"));
    }

    #[test]
    fn a_clock_of_another_scheme_is_not_in_force_for_a_card() {
        let card = Card::parse(&builtin::CARDS_TOML[0].replace("\"L2\"", "\"T2\"")).unwrap();
        assert_eq!(
            card.agrees_with(&builtin::rules(), today()),
            Err(CardError::UnknownClock {
                card: "dibao".into(),
                clock: "T2".into()
            })
        );
    }

    #[test]
    fn the_human_counter_is_on_every_card_and_so_is_acting_for_another() {
        for card in builtin::cards() {
            assert!(
                card.channels
                    .iter()
                    .any(|entry| entry.text.contains("人工窗口")),
                "{}",
                card.key
            );
            assert!(
                card.channels
                    .iter()
                    .any(|entry| entry.text.contains("代办") || entry.text.contains("委托")),
                "{}",
                card.key
            );
        }
    }

    #[test]
    fn a_childrens_card_has_no_public_notice() {
        let schemes = builtin::schemes();
        for card in builtin::cards() {
            let never = card.schemes.iter().any(|scheme| {
                schemes
                    .get(*scheme)
                    .is_some_and(|scheme| scheme.public_notice == PublicNotice::Never)
            });
            if never {
                assert_eq!(card.key, "children");
                assert!(card.entries().all(|entry| !entry.text.contains("公示")));
                let rules = builtin::rules();
                for id in card.entries().flat_map(|entry| &entry.clocks) {
                    let step = rules.by_id(id, today()).unwrap().step;
                    assert!(!matches!(step, Step::Notice | Step::EndNotice));
                }
            }
        }
    }

    /// Sentences are heard, not read: what does not end within a breath is not understood.
    #[test]
    fn sentences_are_short_and_numbers_are_digits() {
        for card in builtin::cards() {
            for entry in card.entries() {
                for sentence in entry.text.split(['。', '；', '？', '！']) {
                    assert!(sentence.chars().count() <= 45, "{}: {sentence}", card.key);
                }
                for numeral in [
                    "三个",
                    "七天",
                    "十个",
                    "三十",
                    "十五",
                    "两个",
                    "六个月",
                    "一年一",
                ] {
                    assert!(
                        !entry.text.contains(numeral),
                        "{}: {}",
                        card.key,
                        entry.text
                    );
                }
                assert_eq!(entry.text.trim(), entry.text);
            }
        }
    }

    #[test]
    fn no_amount_and_no_telephone_number_is_invented() {
        for card in builtin::cards() {
            assert_eq!(card.hotline, None);
            assert!(card.amounts.iter().all(|slot| slot.amount.is_none()));
            for entry in card.entries() {
                assert!(!entry.text.contains('元'), "{}: {}", card.key, entry.text);
                let mut digits = 0;
                for c in entry.text.chars() {
                    digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
                    assert!(digits < 5, "{}: {}", card.key, entry.text);
                }
            }
        }
    }

    #[test]
    fn a_county_fills_in_hotline_and_amounts() {
        let local = Local::parse(
            r#"
            hotline = "0355-0000000"
            office = ""
            hours = ""
            [[amount]]
            scheme = 1
            class = "农村"
            value = "1.50"
            unit = "元/月"
            valid-from = "2026-01-01"
            document = "某文件"
            "#,
        )
        .unwrap();
        let card = Card::parse(builtin::CARDS_TOML[0])
            .unwrap()
            .with_local(&local, today());
        assert_eq!(card.hotline.as_deref(), Some("0355-0000000"));
        let filled: Vec<_> = card
            .amounts
            .iter()
            .map(|slot| (slot.class.as_str(), slot.amount.is_some()))
            .collect();
        assert_eq!(filled, [("城市", false), ("农村", true)]);
    }

    #[test]
    fn a_card_without_a_section_or_a_source_is_refused() {
        let dibao = builtin::CARDS_TOML[0];
        let cut = dibao.find("[[duty]]").unwrap();
        let no_duty = dibao.replace("[[duty]]", "[[paper]]");
        assert!(matches!(Card::parse(&no_duty), Err(CardError::Syntax(_))));
        assert!(matches!(
            Card::parse(&dibao[..cut]),
            Err(CardError::Syntax(_))
        ));
        let unsourced = dibao.replacen("source = \"民发〔2021〕57号 第14条\"", "source = \"\"", 1);
        assert!(matches!(
            Card::parse(&unsourced),
            Err(CardError::Entry {
                section: "condition",
                ..
            })
        ));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = Card::parse(&text);
        }
    }
}
