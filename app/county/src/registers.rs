//! The registers: what staff state of households, officials, payments and the rest, and what follows from it.

use std::{collections::BTreeSet, slice};

use chrono::NaiveDate;
use parking_lot::Mutex;
use relief::{
    Actor, Application, CountyEvent, EventId, Evidence, Fact, IdNumber, NearRelative, PersonEntry,
    PersonKey, PersonName, Place, Registers, Role, SlipNumber, Words, china_date,
    county_event::NotAdmitted,
    near_relative::{ApplicationEntered, Assisted, Declared, Recusal},
};

use crate::{
    County, UnixMs,
    ledger::{
        Connection, LedgerError, Transaction, cases,
        county_events::{self, EventRow, corrupt},
    },
    standing::Timelines,
};

/// Why a fact was not stated; the ledger is as it was.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A rule refuses it; the officer is shown which.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// It concerns a near relative of the officer.
    #[error(transparent)]
    Recused(#[from] Recusal),
    /// It has more bytes than a fact may have.
    #[error("fact is too large")]
    TooLarge,
    /// The machine gives no randomness.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Events as they were read last; more are only ever appended, so that nothing is read twice.
#[derive(Default)]
pub(crate) struct Events(Mutex<Vec<CountyEvent>>);

impl County {
    /// States a fact, if the rules admit it after what was stated before and it is not about the officer's own relative.
    ///
    /// # Errors
    ///
    /// [`StateError`]; nothing was stated.
    pub fn state(
        &self,
        actor: Actor,
        reason: Words,
        evidence: Option<Evidence>,
        fact: Fact,
    ) -> Result<EventId, StateError> {
        let event = self.event(actor, reason, evidence, fact);
        self.ledger().write(|tx| {
            self.admit(tx, slice::from_ref(&event))?;
            self.append_event(tx, &event)
        })
    }

    /// States facts of which none depends on another: all of them or none.
    ///
    /// # Errors
    ///
    /// [`StateError`]; nothing was stated.
    pub(crate) fn state_all(
        &self,
        actor: Actor,
        evidence: Option<Evidence>,
        facts: Vec<Fact>,
    ) -> Result<Vec<EventId>, StateError> {
        let events: Vec<CountyEvent> = facts
            .into_iter()
            .map(|fact| self.event(actor.clone(), Words::default(), evidence.clone(), fact))
            .collect();
        self.ledger().write(|tx| {
            self.admit(tx, &events)?;
            let appended = events.iter().map(|event| self.append_event(tx, event));
            appended.collect()
        })
    }

    fn event(
        &self,
        actor: Actor,
        reason: Words,
        evidence: Option<Evidence>,
        fact: Fact,
    ) -> CountyEvent {
        CountyEvent {
            id: EventId(0),
            actor,
            at_ms: self.now().0,
            reason,
            evidence,
            fact,
        }
    }

    /// Refuses what the rules do not admit after what was stated before, and what is about an officer's own relative.
    fn admit(&self, tx: &Transaction<'_>, events: &[CountyEvent]) -> Result<(), StateError> {
        let Some(last) = events.last() else {
            return Ok(());
        };
        self.registers_at(tx, last.date(), |registers| {
            events.iter().try_for_each(|event| {
                registers.admit(event)?;
                match assisted(registers, &event.fact) {
                    Some(assisted) => Ok(not_their_own(registers, &event.actor, assisted)?),
                    None => Ok(()),
                }
            })
        })?
    }

    /// Takes over facts that were stated, and admitted by the rules, elsewhere: all of them or none. Their numbers are those
    /// that they had if nothing was stated here before.
    ///
    /// # Errors
    ///
    /// [`StateError::Ledger`] and its like; nothing was stated.
    pub fn take_over(&self, events: &[CountyEvent]) -> Result<(), StateError> {
        self.ledger().write(|tx| {
            for event in events {
                self.append_event(tx, event)?;
            }
            Ok(())
        })
    }

    /// What `look` sees in the registers as they were known at the end of `day`.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn registers<T>(
        &self,
        day: NaiveDate,
        look: impl FnOnce(&Registers<'_>) -> T,
    ) -> Result<T, LedgerError> {
        // What is looked at may take a while, and is not to hold up who writes.
        self.ledger().read(|connection| self.catch_up(connection))?;
        let events = self.inner.events.0.lock();
        Ok(look(&Registers::known_on(&events, self.rulebook(), day)))
    }

    /// What `look` sees in the list of all events.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn county_events<T>(
        &self,
        look: impl FnOnce(&[CountyEvent]) -> T,
    ) -> Result<T, LedgerError> {
        self.ledger().read(|connection| self.catch_up(connection))?;
        Ok(look(&self.inner.events.0.lock()))
    }

    /// The key by which a person is matched in the registers.
    #[must_use]
    pub fn person_key(&self, number: &IdNumber) -> PersonKey {
        self.register_key().person(number)
    }

    pub(crate) fn registers_at<T>(
        &self,
        connection: &Connection,
        day: NaiveDate,
        look: impl FnOnce(&Registers<'_>) -> T,
    ) -> Result<T, LedgerError> {
        self.events_at(connection, |events| {
            look(&Registers::known_on(events, self.rulebook(), day))
        })
    }

    fn events_at<T>(
        &self,
        connection: &Connection,
        look: impl FnOnce(&[CountyEvent]) -> T,
    ) -> Result<T, LedgerError> {
        self.catch_up(connection)?;
        Ok(look(&self.inner.events.0.lock()))
    }

    /// Reads the events that were stated since.
    fn catch_up(&self, connection: &Connection) -> Result<(), LedgerError> {
        let mut events = self.inner.events.0.lock();
        let last = events.last().map_or(EventId(0), |event| event.id);
        for row in county_events::after(connection, last)? {
            events.push(self.opened_event(row)?);
        }
        Ok(())
    }

    fn opened_event(&self, row: EventRow) -> Result<CountyEvent, LedgerError> {
        let body = self
            .register_key()
            .open(&row.at.0.to_be_bytes(), &row.body)
            .ok_or_else(|| corrupt("sealed body", row.id))?;
        CountyEvent::from_cbor(row.id, row.actor, row.at.0, &body)
            .map_err(|_| corrupt("body", row.id))
    }

    pub(crate) fn append_event(
        &self,
        tx: &Transaction<'_>,
        event: &CountyEvent,
    ) -> Result<EventId, StateError> {
        let body = event.to_cbor().map_err(|_| StateError::TooLarge)?;
        let sealed = self
            .register_key()
            .seal(&event.at_ms.to_be_bytes(), &body)?;
        Ok(county_events::append(
            tx,
            UnixMs(event.at_ms),
            &event.actor,
            &sealed,
        )?)
    }

    /// Enters an application that has come, so that it is matched with officials and their relatives.
    pub(crate) fn enter_application(
        &self,
        tx: &Transaction<'_>,
        record: &Application,
        submitted: UnixMs,
        received: UnixMs,
    ) -> Result<(), LedgerError> {
        let event = CountyEvent {
            id: EventId(0),
            actor: Actor {
                role: Role::System,
                name: String::new(),
            },
            at_ms: received.0,
            reason: Words::default(),
            evidence: None,
            fact: Fact::ApplicationEntered(self.application(record, submitted)),
        };
        match self.append_event(tx, &event) {
            Ok(_) => Ok(()),
            Err(StateError::Ledger(error)) => Err(error),
            // A record is far smaller than a fact may be, and without randomness no page is served either.
            Err(_) => Err(corrupt("application", EventId(0))),
        }
    }

    fn application(&self, record: &Application, submitted: UnixMs) -> ApplicationEntered {
        let entry = |name: &PersonName, id_number: Option<IdNumber>, birth| PersonEntry {
            name: name.clone(),
            id_number,
            key: id_number.map(|number| self.person_key(&number)),
            birth,
        };
        let applicant = &record.applicant;
        let persons = [entry(
            &applicant.name,
            applicant.id_number,
            Some(applicant.birth),
        )]
        .into_iter()
        .chain(
            record
                .household
                .iter()
                .map(|one| entry(&one.name, one.id_number, None)),
        );
        ApplicationEntered {
            slip: record.slip_number,
            scheme: record.scheme,
            place: Place {
                township: record.township.clone(),
                village: String::new(),
            },
            persons: persons.collect(),
            declared: match &record.near_relative {
                NearRelative::None => None,
                NearRelative::Related {
                    official_name,
                    relation,
                } => Some(Declared {
                    official_name: official_name.clone(),
                    relation: *relation,
                }),
            },
            applied: china_date(submitted.0),
        }
    }

    /// Enters the applications of a ledger that is older than the registers, when the county opens.
    pub(crate) fn take_up_registers(&self) -> Result<(), LedgerError> {
        self.ledger().write(|tx| {
            let entered = self.events_at(tx, |events| -> BTreeSet<String> {
                let slips = events.iter().filter_map(|event| match &event.fact {
                    Fact::ApplicationEntered(application) => Some(application.slip.to_string()),
                    _ => None,
                });
                slips.collect()
            })?;
            let mut timelines = Timelines::default();
            for row in cases::all(tx)? {
                if !entered.contains(&row.slip_number) {
                    let record = self.record(tx, &row)?;
                    let submitted = timelines.submitted(tx, &row)?;
                    self.enter_application(tx, &record, submitted, row.received)?;
                }
            }
            Ok(())
        })
    }

    /// What the registers say of who applied with this slip, and of `actor`, if somebody wants to act on it.
    pub(crate) fn relatives(
        &self,
        connection: &Connection,
        slip: SlipNumber,
        actor: Option<&Actor>,
    ) -> Result<Relatives, LedgerError> {
        self.registers_at(connection, self.today(), |registers| {
            let all = &registers.near_relatives;
            let applied: Vec<Assisted> = all
                .applications()
                .filter(|(_, application)| application.slip == slip)
                .map(|(event, _)| Assisted::Application(event))
                .collect();
            Relatives {
                concerned: applied.iter().any(|one| all.concerns(*one)),
                may_act: actor.map_or(Ok(()), |actor| {
                    applied
                        .iter()
                        .try_for_each(|one| not_their_own(registers, actor, *one))
                }),
            }
        })
    }
}

/// What the near-relative register says of an application.
pub(crate) struct Relatives {
    /// Whether it concerns a near relative of somebody in office.
    pub(crate) concerned: bool,
    /// Refuses an officer who is a near relative of who applied.
    pub(crate) may_act: Result<(), Recusal>,
}

/// Refuses an officer who is, by name, an official related to who is concerned. Staff give their name when they sign in;
/// of two officials of one name neither acts.
fn not_their_own(
    registers: &Registers<'_>,
    actor: &Actor,
    assisted: Assisted,
) -> Result<(), Recusal> {
    let all = &registers.near_relatives;
    all.officials_named(&actor.name, registers.log.day())
        .try_for_each(|official| all.may_act(official.id, assisted))
}

/// Whose case a fact is about. Registering a relative, and that they stand back, is for whoever learns of it.
fn assisted(registers: &Registers<'_>, fact: &Fact) -> Option<Assisted> {
    let of_filing = |filing| {
        let filing = registers.near_relatives.filing(filing)?;
        Some(filing.filed.assisted)
    };
    let of_found = |found| {
        let special = registers.special_groups.get(found)?;
        special.found.household.map(Assisted::Household)
    };
    match fact {
        Fact::AmountSet(one) => Some(Assisted::Household(one.household)),
        Fact::MembersSet(one) => Some(Assisted::Household(one.household)),
        Fact::HouseholdStopped(one) => Some(Assisted::Household(one.household)),
        Fact::FilingVisited(one) => of_filing(one.filing),
        Fact::FilingSettled(one) => of_filing(one.filing),
        Fact::HouseholdRechecked(one) => of_found(one.found),
        Fact::PersonSettled(one) => of_found(one.found),
        _ => None,
    }
}
