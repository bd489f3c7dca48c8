//! Officials, the relatives whom they name, and what is registered of it.

use chrono::Datelike;
use relief::{
    EventId, Fact, Place,
    near_relative::{
        FilingResult, FilingSettled, FilingVisited, OfficialCategory, OfficialEntered,
        OfficialLeft, Recused, RelativeFiled, RelativeNamed,
    },
};

use super::{Story, Today};
use crate::year::people::{name, words};

impl Story<'_> {
    /// Some officials name a relative who is in support.
    pub(super) fn name_relatives(&mut self, today: &mut Today<'_, '_>) {
        let households: Vec<_> = today.registers.roster.households().collect();
        let officials: Vec<EventId> = today
            .registers
            .near_relatives
            .officials()
            .map(|one| one.id)
            .collect();
        if today
            .registers
            .near_relatives
            .officials()
            .any(|one| !one.relatives.is_empty())
        {
            return;
        }
        for official in officials.into_iter().step_by(6) {
            let household = households[self.chance.below(households.len())];
            let Some(head) = household.head() else {
                continue;
            };
            today.facts.push(Fact::RelativeNamed(RelativeNamed {
                official,
                relative: head.person.clone(),
                relation: relief::RelationCode(self.chance.of(&[2, 3, 4, 20])),
            }));
        }
    }

    pub(super) fn near_relatives(&mut self, today: &mut Today<'_, '_>) {
        let all = &today.registers.near_relatives;
        for candidate in all.unfiled() {
            let official = candidate.official.or_else(|| {
                let name = candidate.declared_name?;
                Some(all.officials_named(name.as_str(), today.day).next()?.id)
            });
            if let Some(official) = official
                && self.chance.one_in(5)
            {
                today.facts.push(Fact::RelativeFiled(RelativeFiled {
                    assisted: candidate.assisted,
                    official,
                    relation: candidate.relation,
                    found_by: candidate.found_by,
                }));
            }
        }
        for filing in all.filings() {
            let id = filing.id;
            if filing.recusals.is_empty() && self.chance.one_in(4) {
                today.facts.push(Fact::Recused(Recused {
                    filing: id,
                    instead: name("经办员乙"),
                }));
            }
            if filing.awaits_visit() && self.chance.one_in(10) {
                today.facts.push(Fact::FilingVisited(FilingVisited {
                    filing: id,
                    on: today.day,
                    by: vec![name("核查员甲"), name("核查员乙")],
                    qualifies: !self.chance.one_in(12),
                }));
            }
            if let (Some((visit, _)), None) = (filing.visit(), filing.result)
                && self.chance.one_in(6)
            {
                today.facts.push(Fact::FilingSettled(FilingSettled {
                    filing: id,
                    result: if visit.qualifies {
                        FilingResult::Kept
                    } else {
                        FilingResult::LeftUnqualified
                    },
                }));
            }
        }
        if today.day.day() == 5 {
            // An election or a transfer: one goes, one comes.
            let officials: Vec<_> = all.officials().filter(|one| one.last.is_none()).collect();
            let leaver = officials[self.chance.below(officials.len())];
            let (category, place) = (leaver.entered.category, leaver.entered.place.clone());
            let left = OfficialLeft {
                official: leaver.id,
                last: today.day,
            };
            today.facts.push(Fact::OfficialLeft(left));
            self.official(today, category, place);
        }
    }

    pub(super) fn official(
        &mut self,
        today: &mut Today<'_, '_>,
        category: OfficialCategory,
        place: Place,
    ) {
        let person = self.people.one(&mut self.chance);
        today.facts.push(Fact::OfficialEntered(OfficialEntered {
            person,
            category,
            place,
            post: words(category.title()),
            from: today.day,
        }));
    }
}
