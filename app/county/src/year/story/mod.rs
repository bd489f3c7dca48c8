//! What happens on each day.

mod complaints;
mod households;
mod near_relatives;
mod payments;
mod reports;
mod special_groups;
mod supports;

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use county::County;
use relief::{Actor, CountyEvent, EventId, Fact, Place, Registers, Role, Rulebook};

use super::{
    noon_ms,
    people::{Chance, People, villages, words},
};

pub(super) use supports::Support;

/// A year as it is played.
pub(super) struct Story<'c> {
    chance: Chance,
    people: People<'c>,
    book: &'c Rulebook,
    villages: Vec<Place>,
    households: usize,
    slips: u32,
    /// Facts that will be stated on a later day.
    later: BTreeMap<NaiveDate, Vec<Fact>>,
    /// The cases of destitute persons to whose support something happened, by their households.
    pub(super) supports: BTreeMap<EventId, Support>,
    /// How much the rules refused.
    pub(super) refused: usize,
}

/// A day of facts that are not admitted yet.
struct Today<'s, 'r> {
    day: NaiveDate,
    registers: &'s Registers<'r>,
    facts: Vec<Fact>,
}

impl<'c> Story<'c> {
    pub(super) fn new(
        seed: u64,
        households: usize,
        county: &'c County,
        book: &'c Rulebook,
    ) -> Self {
        Self {
            chance: Chance::new(seed),
            people: People::new(county),
            book,
            villages: villages(&book.codes),
            households,
            slips: 0,
            later: BTreeMap::new(),
            supports: BTreeMap::new(),
            refused: 0,
        }
    }

    /// What is stated on `day`, after `before`, numbered on from it. What the rules refuse is left out.
    pub(super) fn day(&mut self, day: NaiveDate, before: &[CountyEvent]) -> Vec<CountyEvent> {
        let registers = Registers::known_on(before, self.book, day);
        let mut today = Today {
            day,
            registers: &registers,
            facts: self.later.remove(&day).unwrap_or_default(),
        };
        if before.is_empty() {
            self.begin(&mut today);
        } else {
            self.go_on(&mut today);
        }
        let facts = today.facts;
        let mut stated: Vec<CountyEvent> = Vec::new();
        for fact in facts {
            let id = EventId(u64::try_from(before.len() + stated.len()).unwrap_or(0) + 1);
            let event = CountyEvent {
                id,
                actor: Actor {
                    role: Role::County,
                    name: "经办员".to_owned(),
                },
                at_ms: noon_ms(day),
                reason: words("依据核查结果"),
                evidence: None,
                fact,
            };
            if registers.admit(&event).is_ok() {
                stated.push(event);
            } else {
                self.refused += 1;
            }
        }
        stated
    }

    fn go_on(&mut self, today: &mut Today<'_, '_>) {
        if today.day.year() < 2024 {
            self.name_relatives(today);
            return;
        }
        self.pay(today);
        self.monthly_report(today);
        self.reports(today);
        self.special_groups(today);
        self.overpayments(today);
        let works = self.book.calendar.is_working_day(today.day).working;
        if !works {
            return;
        }
        self.supports(today);
        self.applications(today);
        self.near_relatives(today);
        self.leads(today);
        self.problems(today);
        self.calls(today);
        if today.day.weekday() == Weekday::Mon {
            self.slip_of_the_pen(today);
        }
    }

    fn at(&mut self, today: NaiveDate, days: usize, fact: Fact) {
        let days = u64::try_from(days).unwrap_or(0);
        let day = today.checked_add_days(Days::new(days)).unwrap_or(today);
        self.later.entry(day).or_default().push(fact);
    }

    fn village(&mut self) -> Place {
        let index = self.chance.below(self.villages.len());
        self.villages[index].clone()
    }
}
