//! People who die, go to prison, become disabled or come under watch.

use relief::{
    EventId, Fact, Fen, ListCode, Month, SchemeId,
    household::{HouseholdMember, HouseholdStopped, MembersSet},
    special_group::{
        Disability, HouseholdRechecked, Measure, PersonFound, PersonSettled, PolicyApplied,
        PolicyNotApplied, SpecialGroup,
    },
};

use super::{Story, Today};
use crate::year::people::{name, words};

impl Story<'_> {
    pub(super) fn special_groups(&mut self, today: &mut Today<'_, '_>) {
        let households: Vec<_> = today
            .registers
            .roster
            .households()
            .filter(|household| household.stopped().is_none())
            .collect();
        if households.is_empty() {
            return;
        }
        for _ in 0..2 {
            let group = match self.chance.below(80) {
                0 => SpecialGroup::Imprisoned,
                1 => SpecialGroup::Detained,
                2..=12 => SpecialGroup::NewlyDisabled,
                13..=20 => SpecialGroup::NewlyMonitored,
                21..=60 => SpecialGroup::Died,
                _ => continue,
            };
            let household = households[self.chance.below(households.len())];
            let month = Month::of(today.day);
            let (members, _) = household.members(month);
            let Some(member) = members.get(self.chance.below(members.len())) else {
                continue;
            };
            let leaves = group.leaves();
            let happened = self.chance.days_before(today.day, 60);
            today.facts.push(Fact::PersonFound(PersonFound {
                person: if leaves {
                    member.person.clone()
                } else {
                    self.people.one(&mut self.chance)
                },
                place: household.entered.place.clone(),
                group,
                happened,
                through: ListCode(self.chance.of(&[1, 2, 3, 4])),
                household: leaves.then_some(household.id),
                disability: (group == SpecialGroup::NewlyDisabled).then(|| Disability {
                    kind: ListCode(self.chance.of(&[1, 4, 5, 6])),
                    level: 1 + u8::try_from(self.chance.below(2)).unwrap_or(0),
                    certificate: words(""),
                }),
                family_size: u8::try_from(1 + self.chance.below(4)).unwrap_or(1),
            }));
        }
        for special in today.registers.special_groups.persons() {
            let open = !special.is_settled();
            if !open || !self.chance.one_in(20) {
                continue;
            }
            let found = special.id;
            if !special.found.group.leaves() {
                today.facts.push(if self.chance.one_in(3) {
                    Fact::PolicyNotApplied(PolicyNotApplied {
                        found,
                        qualifies: false,
                    })
                } else {
                    Fact::PolicyApplied(PolicyApplied {
                        found,
                        policy: ListCode(self.chance.of(&[1, 2, 4, 7])),
                        on: today.day,
                        had_before: self.chance.one_in(5),
                    })
                });
                continue;
            }
            let visitors = vec![name("核查员甲"), name("核查员乙")];
            if special.rechecked.is_none() {
                today
                    .facts
                    .push(Fact::HouseholdRechecked(HouseholdRechecked {
                        found,
                        on: today.day,
                        by: visitors,
                    }));
                continue;
            }
            self.settle(today, special.found, found);
        }
    }

    /// The household goes on without the person, or its support ends.
    fn settle(&mut self, today: &mut Today<'_, '_>, person: &PersonFound, found: EventId) {
        let Some(household) = person
            .household
            .and_then(|id| today.registers.roster.get(id))
        else {
            return;
        };
        let from = Month::of(today.day).plus(1);
        let (members, _) = household.members(from);
        let rest: Vec<HouseholdMember> = members
            .iter()
            .filter(|member| !member.person.is(&person.person))
            .cloned()
            .collect();
        let monthly = match (household.owed(from), rest.len()) {
            (Some(owed), left) if left != 0 => {
                let (left, all) = (left as i64, members.len() as i64);
                Fen(owed.monthly.0 * left / all)
            }
            _ => Fen::ZERO,
        };
        let gone = monthly == Fen::ZERO;
        today.facts.push(Fact::PersonSettled(PersonSettled {
            found,
            measure: if gone {
                Measure::Stopped
            } else {
                Measure::Reduced
            },
            from,
            monthly,
            decided: today.day,
            funeral: (household.entered.class.scheme() == SchemeId::TEKUN).then_some(Fen(300_000)),
        }));
        let household = household.id;
        if gone {
            today.facts.push(Fact::HouseholdStopped(HouseholdStopped {
                household,
                from,
                decided: today.day,
            }));
        } else {
            today
                .facts
                .push(Fact::AmountSet(relief::household::AmountSet {
                    household,
                    monthly,
                    from,
                    decided: today.day,
                }));
            today.facts.push(Fact::MembersSet(MembersSet {
                household,
                members: rest,
                from,
            }));
        }
    }
}
