//! Events for tests. All people are invented.

use chrono::NaiveDate;

use super::{CountyEvent, EventId, Fact, NotAdmitted, Place};
use crate::event::{Actor, Role};
use crate::fen::Fen;
use crate::household::{HouseholdEntered, HouseholdMember, SupportClass};
use crate::month::Month;
use crate::name::PersonName;
use crate::payment::{LineState, PayLine, PayListEntered, Payee};
use crate::person_entry::{PersonEntry, PersonKey};
use crate::registers::Registers;
use crate::rulebook::Rulebook;
use crate::words::Words;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

pub(crate) fn words(text: &str) -> Words {
    Words::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

/// Somebody whose key is made of this number.
pub(crate) fn person(text: &str, key: u8) -> PersonEntry {
    PersonEntry {
        key: Some(PersonKey([key; 32])),
        ..PersonEntry::named(name(text))
    }
}

pub(crate) fn place() -> Place {
    Place {
        township: "140428100".into(),
        village: "140428100201".into(),
    }
}

pub(crate) fn member(text: &str, key: u8) -> HouseholdMember {
    HouseholdMember {
        person: person(text, key),
        disabled: false,
    }
}

/// A household of one with the number of its key, decided a month before its first.
pub(crate) fn household(class: SupportClass, key: u8, yuan: i64, from: &str) -> HouseholdEntered {
    let from = month(from);
    HouseholdEntered {
        place: place(),
        class,
        members: vec![member("张三", key)],
        monthly: Fen(yuan * 100),
        from,
        decided: from.plus(-1).first_day(),
        institution: match class {
            SupportClass::TekunCollective => words("某敬老院"),
            _ => Words::default(),
        },
        slip: None,
        applied: None,
    }
}

pub(crate) fn paid(household: EventId, yuan: i64, on: &str) -> PayLine {
    PayLine {
        payee: Payee::Household(household),
        amount: Fen(yuan * 100),
        on: day(on),
        state: LineState::Paid,
    }
}

pub(crate) fn pay_list(class: SupportClass, from: &str, to: &str, lines: Vec<PayLine>) -> Fact {
    Fact::PayListEntered(PayListEntered {
        class,
        from: month(from),
        to: month(to),
        lines,
    })
}

/// A county's list of events under construction.
pub(crate) struct County {
    pub(crate) events: Vec<CountyEvent>,
    pub(crate) book: Rulebook,
}

impl County {
    pub(crate) fn new() -> Self {
        Self {
            events: Vec::new(),
            book: Rulebook::builtin(),
        }
    }

    /// The event that would state `fact` at noon of the day.
    pub(crate) fn event(&self, on: &str, fact: Fact) -> CountyEvent {
        let noon = day(on).and_hms_opt(4, 0, 0).unwrap().and_utc();
        CountyEvent {
            id: EventId(u64::try_from(self.events.len()).unwrap() + 1),
            actor: Actor {
                role: Role::County,
                name: "李四".into(),
            },
            at_ms: noon.timestamp_millis(),
            reason: words("依据核查结果"),
            evidence: None,
            fact,
        }
    }

    /// States it if the rules admit it.
    pub(crate) fn try_state(&mut self, on: &str, fact: Fact) -> Result<EventId, NotAdmitted> {
        let event = self.event(on, fact);
        Registers::known_on(&self.events, &self.book, event.date()).admit(&event)?;
        let id = event.id;
        self.events.push(event);
        Ok(id)
    }

    /// States it; the rules must admit it.
    pub(crate) fn state(&mut self, on: &str, fact: Fact) -> EventId {
        self.try_state(on, fact).unwrap()
    }

    pub(crate) fn on(&self, on: &str) -> Registers<'_> {
        Registers::known_on(&self.events, &self.book, day(on))
    }
}
