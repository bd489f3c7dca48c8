//! The roster: what the events say of every household.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{HouseholdEntered, HouseholdMember};
use crate::county_event::{EventId, Fact, Log};
use crate::fen::Fen;
use crate::month::Month;
use crate::person_entry::PersonKey;

/// An amount per month from a month on, as it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwedStep {
    /// The first month.
    pub from: Month,
    /// Each month; nothing once support ended.
    pub monthly: Fen,
    /// The day of the decision.
    pub decided: NaiveDate,
    /// The event that says so.
    pub event: EventId,
}

/// A household in support, or one that was.
#[derive(Debug, Clone)]
pub struct Household<'a> {
    /// Its number.
    pub id: EventId,
    /// How it came in.
    pub entered: &'a HouseholdEntered,
    /// The day on which that was stated.
    pub stated: NaiveDate,
    steps: Vec<OwedStep>,
    members: Vec<(Month, &'a [HouseholdMember], EventId)>,
    stopped: Option<(Month, EventId)>,
}

impl<'a> Household<'a> {
    /// Every amount that was decided, in the order of the events.
    #[must_use]
    pub fn steps(&self) -> &[OwedStep] {
        &self.steps
    }

    /// What it is owed for `month`: of the decisions that hold in it the one with the latest first month, of those the
    /// one stated last.
    #[must_use]
    pub fn owed(&self, month: Month) -> Option<OwedStep> {
        self.steps
            .iter()
            .filter(|step| step.from <= month)
            .max_by_key(|step| (step.from, step.event))
            .filter(|step| step.monthly != Fen::ZERO)
            .copied()
    }

    /// Who counts in `month`, and the event that says so.
    #[must_use]
    pub fn members(&self, month: Month) -> (&'a [HouseholdMember], EventId) {
        self.members
            .iter()
            .filter(|(from, ..)| *from <= month)
            .max_by_key(|(from, _, event)| (*from, *event))
            .or_else(|| self.members.first())
            .map_or((&[], self.id), |(_, members, event)| (members, *event))
    }

    /// The first month without support, and the event that ended it.
    #[must_use]
    pub const fn stopped(&self) -> Option<(Month, EventId)> {
        self.stopped
    }

    /// Whether anybody of this key was ever a member.
    #[must_use]
    pub fn has(&self, key: PersonKey) -> bool {
        self.members
            .iter()
            .flat_map(|(_, members, _)| *members)
            .any(|member| member.person.key == Some(key))
    }

    /// The head: who stands first in the list of members.
    #[must_use]
    pub fn head(&self) -> Option<&'a HouseholdMember> {
        self.entered.members.first()
    }
}

/// Every household that is or was in support.
#[derive(Debug, Clone)]
pub struct Roster<'a> {
    households: BTreeMap<EventId, Household<'a>>,
    by_key: BTreeMap<PersonKey, Vec<EventId>>,
}

impl<'a> Roster<'a> {
    /// The roster that these events make.
    #[must_use]
    pub fn of(log: &Log<'a>) -> Self {
        let mut roster = Self {
            households: BTreeMap::new(),
            by_key: BTreeMap::new(),
        };
        for event in log.iter() {
            match &event.fact {
                Fact::HouseholdEntered(entered) => {
                    let step = OwedStep {
                        from: entered.from,
                        monthly: entered.monthly,
                        decided: entered.decided,
                        event: event.id,
                    };
                    let household = Household {
                        id: event.id,
                        entered,
                        stated: event.date(),
                        steps: vec![step],
                        members: Vec::new(),
                        stopped: None,
                    };
                    roster.households.insert(event.id, household);
                    roster.set_members(event.id, entered.from, &entered.members, event.id);
                }
                Fact::AmountSet(set) => {
                    if let Some(household) = roster.households.get_mut(&set.household) {
                        household.steps.push(OwedStep {
                            from: set.from,
                            monthly: set.monthly,
                            decided: set.decided,
                            event: event.id,
                        });
                    }
                }
                Fact::MembersSet(set) => {
                    roster.set_members(set.household, set.from, &set.members, event.id);
                }
                Fact::HouseholdStopped(stopped) => {
                    if let Some(household) = roster.households.get_mut(&stopped.household) {
                        household.stopped = Some((stopped.from, event.id));
                        household.steps.push(OwedStep {
                            from: stopped.from,
                            monthly: Fen::ZERO,
                            decided: stopped.decided,
                            event: event.id,
                        });
                    }
                }
                _ => {}
            }
        }
        roster
    }

    fn set_members(
        &mut self,
        id: EventId,
        from: Month,
        members: &'a [HouseholdMember],
        event: EventId,
    ) {
        let Some(household) = self.households.get_mut(&id) else {
            return;
        };
        household.members.push((from, members, event));
        for key in members.iter().filter_map(|member| member.person.key) {
            let households = self.by_key.entry(key).or_default();
            if !households.contains(&id) {
                households.push(id);
            }
        }
    }

    /// Every household, in the order in which they came.
    pub fn households(&self) -> impl Iterator<Item = &Household<'a>> {
        self.households.values()
    }

    /// The household of this number.
    #[must_use]
    pub fn get(&self, id: EventId) -> Option<&Household<'a>> {
        self.households.get(&id)
    }

    /// The households that a person of this key is or was a member of.
    pub fn of_person(&self, key: PersonKey) -> impl Iterator<Item = &Household<'a>> {
        let ids = self.by_key.get(&key).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.get(*id))
    }
}
