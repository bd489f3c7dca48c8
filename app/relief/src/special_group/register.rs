//! The register of special groups, and how other offices' lists are matched with the roster.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    HouseholdRechecked, PersonFound, PersonSettled, PolicyApplied, PolicyNotApplied, SpecialGroup,
};
use crate::clock::Step;
use crate::county_event::{EventId, Fact, Log};
use crate::deadline::Deadline;
use crate::fen::Fen;
use crate::household::Roster;
use crate::month::Month;
use crate::payment::MoneyRecovered;
use crate::person_entry::PersonKey;
use crate::rulebook::Rulebook;
use crate::scheme::SchemeId;
use crate::words::Words;

/// Somebody of a special group.
#[derive(Debug, Clone)]
pub struct Special<'a> {
    /// Their number.
    pub id: EventId,
    /// What was found.
    pub found: &'a PersonFound,
    /// The day on which it became known (知悉时间).
    pub known: NaiveDate,
    /// The last re-check of the household, and its event.
    pub rechecked: Option<(&'a HouseholdRechecked, EventId)>,
    /// What was done about a death or an imprisonment, its event, and the day on which it was stated.
    pub settled: Option<(&'a PersonSettled, EventId, NaiveDate)>,
    /// Support that they got, each with its event.
    pub policies: Vec<(&'a PolicyApplied, EventId)>,
    /// That they got none, why, and the event.
    pub not_applied: Option<(&'a PolicyNotApplied, &'a Words, EventId)>,
    /// Money that came back, each with its event.
    pub recovered: Vec<(&'a MoneyRecovered, EventId)>,
}

impl Special<'_> {
    /// By when the household has to be checked and the allowance changed: for a member of a household on the allowance
    /// who died (L13). No text sets days for the others.
    #[must_use]
    pub fn deadline(&self, roster: &Roster<'_>, book: &Rulebook) -> Option<Deadline> {
        let household = roster.get(self.found.household?)?;
        let dibao = household.entered.class.scheme() == SchemeId::DIBAO;
        if !dibao || self.found.group != SpecialGroup::Died {
            return None;
        }
        book.deadline(SchemeId::DIBAO, Step::AfterDeath, self.found.happened)
    }

    /// Whether nothing more is to be done.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        if self.found.group.leaves() {
            self.settled.is_some() || self.found.household.is_none()
        } else {
            !self.policies.is_empty() || self.not_applied.is_some()
        }
    }

    /// What came back of the money paid after they left.
    #[must_use]
    pub fn recovered(&self) -> Fen {
        self.recovered.iter().map(|(money, _)| money.amount).sum()
    }
}

/// Everybody of a special group.
#[derive(Debug, Clone)]
pub struct SpecialGroups<'a> {
    persons: BTreeMap<EventId, Special<'a>>,
}

impl<'a> SpecialGroups<'a> {
    /// What these events say.
    #[must_use]
    pub fn of(log: &Log<'a>) -> Self {
        let mut persons: BTreeMap<EventId, Special<'a>> = BTreeMap::new();
        for event in log.iter() {
            let id = event.id;
            match &event.fact {
                Fact::PersonFound(found) => {
                    let special = Special {
                        id,
                        found,
                        known: event.date(),
                        rechecked: None,
                        settled: None,
                        policies: Vec::new(),
                        not_applied: None,
                        recovered: Vec::new(),
                    };
                    persons.insert(id, special);
                }
                Fact::HouseholdRechecked(rechecked) => {
                    if let Some(special) = persons.get_mut(&rechecked.found) {
                        special.rechecked = Some((rechecked, id));
                    }
                }
                Fact::PersonSettled(settled) => {
                    if let Some(special) = persons.get_mut(&settled.found) {
                        special.settled = Some((settled, id, event.date()));
                    }
                }
                Fact::PolicyApplied(applied) => {
                    if let Some(special) = persons.get_mut(&applied.found) {
                        special.policies.push((applied, id));
                        special.not_applied = None;
                    }
                }
                Fact::PolicyNotApplied(not) => {
                    if let Some(special) = persons.get_mut(&not.found) {
                        special.not_applied = Some((not, &event.reason, id));
                    }
                }
                Fact::MoneyRecovered(money) => {
                    let special = money.found.and_then(|found| persons.get_mut(&found));
                    if let Some(special) = special {
                        special.recovered.push((money, id));
                    }
                }
                _ => {}
            }
        }
        Self { persons }
    }

    /// Everybody, in the order in which they became known.
    pub fn persons(&self) -> impl Iterator<Item = &Special<'a>> {
        self.persons.values()
    }

    /// The person of this number.
    #[must_use]
    pub fn get(&self, id: EventId) -> Option<&Special<'a>> {
        self.persons.get(&id)
    }

    /// Whether the person is known already for the same thing on the same day.
    #[must_use]
    pub fn knows(&self, key: PersonKey, group: SpecialGroup, happened: NaiveDate) -> bool {
        self.persons.values().any(|special| {
            let found = special.found;
            found.person.key == Some(key) && found.group == group && found.happened == happened
        })
    }
}

/// A row of another office's list: deaths, committals, new disability certificates, people under watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Keyed hash of the identity number.
    pub key: PersonKey,
    /// Which list it is.
    pub group: SpecialGroup,
    /// The day that the row names.
    pub happened: NaiveDate,
}

/// A row that concerns a household in support, or somebody who may need support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The row of the list, from 0.
    pub row: usize,
    /// The household that the person is a member of, in support in the month of the day or later; `None` if there is none.
    pub household: Option<EventId>,
}

/// The rows of a list that the county has to do something about: who leaves and is in a household that is still paid
/// then, and everybody newly disabled or under watch. Those who are known already are left out.
#[must_use]
pub fn matched(list: &[Listed], roster: &Roster<'_>, known: &SpecialGroups<'_>) -> Vec<Match> {
    list.iter()
        .enumerate()
        .filter(|(_, row)| !known.knows(row.key, row.group, row.happened))
        .filter_map(|(index, row)| {
            let month = Month::of(row.happened);
            let household = roster
                .of_person(row.key)
                .filter(|household| household.stopped().is_none_or(|(from, _)| month < from))
                .last()
                .map(|household| household.id);
            let concerns = household.is_some() || !row.group.leaves();
            concerns.then_some(Match {
                row: index,
                household,
            })
        })
        .collect()
}
