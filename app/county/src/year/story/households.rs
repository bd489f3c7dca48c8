//! Who is in support when the year begins, and who applies.

use chrono::{Days, NaiveDate};
use relief::{
    Fact, Fen, Month, Place, SchemeId, SlipNumber,
    household::{HouseholdEntered, HouseholdMember, SupportClass},
    near_relative::{ApplicationEntered, Declared, OfficialCategory},
};

use super::{Story, Today};
use crate::year::people::words;

const INSTITUTIONS: &[&str] = &["第一敬老院", "第二敬老院", "第三敬老院", "第四敬老院"];

impl Story<'_> {
    /// Everybody who is in support when the year begins, and the officials.
    pub(super) fn begin(&mut self, today: &mut Today<'_, '_>) {
        for index in 0..self.households {
            let class = match index % 45 {
                0..=6 => SupportClass::DibaoUrban,
                7..=40 => SupportClass::DibaoRural,
                41..=43 => SupportClass::TekunScattered,
                _ => SupportClass::TekunCollective,
            };
            let household = self.household(class, today.day);
            today.facts.push(Fact::HouseholdEntered(household));
        }
        for place in self.villages.clone() {
            self.official(today, OfficialCategory::Village, place);
        }
        for township in self.book.codes.open_townships() {
            for _ in 0..3 {
                let place = Place {
                    township: township.code.clone(),
                    village: String::new(),
                };
                self.official(today, OfficialCategory::Township, place);
            }
        }
    }

    pub(super) fn applications(&mut self, today: &mut Today<'_, '_>) {
        for _ in 0..self.chance.below(5) {
            self.slips += 1;
            let Ok(slip) = SlipNumber::new(140_428, 1, self.slips) else {
                continue;
            };
            let class = if self.chance.one_in(8) {
                SupportClass::TekunScattered
            } else {
                SupportClass::DibaoRural
            };
            let decided = today
                .day
                .checked_add_days(Days::new(40))
                .unwrap_or(today.day);
            let mut household = self.household(class, decided);
            household.slip = Some(slip);
            household.applied = Some(today.day);
            let officials: Vec<_> = today.registers.near_relatives.officials().collect();
            let official = officials[self.chance.below(officials.len())];
            today
                .facts
                .push(Fact::ApplicationEntered(ApplicationEntered {
                    slip,
                    scheme: class.scheme(),
                    place: household.place.clone(),
                    persons: household
                        .members
                        .iter()
                        .map(|member| member.person.clone())
                        .collect(),
                    declared: self.chance.one_in(12).then(|| Declared {
                        official_name: official.entered.person.name.clone(),
                        relation: relief::RelationCode(self.chance.of(&[2, 3, 4])),
                    }),
                    applied: today.day,
                }));
            if !self.chance.one_in(4) {
                self.at(today.day, 40, Fact::HouseholdEntered(household));
            }
        }
    }

    fn household(&mut self, class: SupportClass, decided: NaiveDate) -> HouseholdEntered {
        let mut members = self.members();
        if class.scheme() == SchemeId::TEKUN {
            members.truncate(1);
        }
        let collective = class == SupportClass::TekunCollective;
        HouseholdEntered {
            place: self.village(),
            class,
            members,
            monthly: Fen(20_000 + i64::try_from(self.chance.below(80)).unwrap_or(0) * 1_000),
            from: Month::of(decided).plus(1),
            decided,
            institution: if collective {
                words(self.chance.of(INSTITUTIONS))
            } else {
                words("")
            },
            slip: None,
            applied: None,
        }
    }

    fn members(&mut self) -> Vec<HouseholdMember> {
        let many = 1 + self.chance.below(3);
        (0..many)
            .map(|_| HouseholdMember {
                person: self.people.one(&mut self.chance),
                disabled: self.chance.one_in(6),
            })
            .collect()
    }
}
