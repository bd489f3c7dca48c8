//! Counts the tables' figures again, from the raw events and by other code.
//!
//! Nothing of the registers, the accounts or the rows is used here: every figure is added up event by event, with the
//! rules read from the rule files once more. Two ways of counting that agree err alike or not at all.

mod departed;
mod payments;
mod simple;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::definition::RowKind;
use super::drawn::{Drawn, DrawnRow};
use super::figure::Value;
use crate::county_event::{CountyEvent, EventId, Fact, Place};
use crate::rulebook::Rulebook;

/// A figure that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The table's id.
    pub table: String,
    /// What the row is about; empty for the last row.
    pub row: Vec<String>,
    /// The figure's name; `rows` for how many rows there are.
    pub figure: String,
    /// What the table says, a number or fen.
    pub drawn: i64,
    /// What the recount says.
    pub recounted: i64,
}

/// A cell: what its row is about, and the figure.
type Cell = (Vec<String>, &'static str);

/// Numbers by cell; the last row is the one about nothing.
#[derive(Default)]
struct Cells(BTreeMap<Cell, i64>);

impl Cells {
    /// Adds to a row and to the last one.
    fn add(&mut self, row: &[&str], figure: &'static str, number: i64) {
        let row: Vec<String> = row.iter().map(|part| (*part).to_owned()).collect();
        *self.0.entry((row, figure)).or_default() += number;
        *self.0.entry((Vec::new(), figure)).or_default() += number;
    }

    /// Adds to the last row alone, of a table whose rows are entries.
    fn add_total(&mut self, figure: &'static str, number: i64) {
        *self.0.entry((Vec::new(), figure)).or_default() += number;
    }
}

/// Holds every number and amount of a table against a recount of `events`; empty if all agree.
#[must_use]
pub fn recount(drawn: &Drawn, events: &[CountyEvent], book: &Rulebook) -> Vec<Mismatch> {
    let events = counted(events, drawn.known_on);
    let facts = Facts {
        of_household: of_household(&events),
        events,
        book,
        from: drawn.scope.from,
        to: drawn.scope.to,
        township: drawn.scope.township.as_deref(),
        today: drawn.known_on,
    };
    let (cells, headings): (Cells, &[&str]) = match drawn.definition.rows {
        RowKind::FocusAndTownship => (simple::focus(&facts), &["focus", "township"]),
        RowKind::Filings => (simple::filings(&facts), &[]),
        RowKind::FilingsByTownship => (simple::by_township(&facts), &["township"]),
        RowKind::Payments => (payments::payments(&facts), &["township", "class", "period"]),
        RowKind::NewlyEligible => (departed::newly_eligible(&facts), &[]),
        RowKind::Departed => (departed::departed(&facts), &[]),
        RowKind::Problems => (simple::problems(&facts), &[]),
    };
    let mut said: BTreeMap<Cell, i64> = BTreeMap::new();
    let mut take = |row: &DrawnRow, about: Vec<String>| {
        for (name, figure) in &row.figures {
            if let Value::Count(_) | Value::Money(_) = figure.value {
                let number = figure.value.number().unwrap_or(0);
                said.insert((about.clone(), name), number);
            }
        }
    };
    take(&drawn.total, Vec::new());
    if headings.is_empty() {
        let rows = i64::try_from(drawn.rows.len()).unwrap_or(i64::MAX);
        said.insert((Vec::new(), "rows"), rows);
    } else {
        for row in &drawn.rows {
            let about = headings.iter().map(|name| {
                row.get(name)
                    .map_or_else(String::new, |figure| figure.value.words())
            });
            take(row, about.collect());
        }
    }
    let all: BTreeSet<&Cell> = said.keys().chain(cells.0.keys()).collect();
    all.into_iter()
        .filter_map(|cell| {
            let number = |numbers: &BTreeMap<Cell, i64>| numbers.get(cell).copied().unwrap_or(0);
            let (drawn_number, recounted) = (number(&said), number(&cells.0));
            (drawn_number != recounted).then(|| Mismatch {
                table: drawn.definition.id.clone(),
                row: cell.0.clone(),
                figure: cell.1.to_owned(),
                drawn: drawn_number,
                recounted,
            })
        })
        .collect()
}

/// The events that count on `day`.
fn counted(events: &[CountyEvent], day: NaiveDate) -> Vec<&CountyEvent> {
    let mut counted: BTreeMap<EventId, &CountyEvent> = BTreeMap::new();
    for event in events.iter().filter(|event| event.date() <= day) {
        if let Fact::Withdrawn(withdrawn) = &event.fact {
            counted.remove(&withdrawn.event);
        } else {
            counted.insert(event.id, event);
        }
    }
    counted.into_values().collect()
}

/// What was decided of each household, in the order of the events.
fn of_household<'e>(events: &[&'e CountyEvent]) -> BTreeMap<EventId, Vec<&'e CountyEvent>> {
    let mut decided: BTreeMap<EventId, Vec<&CountyEvent>> = BTreeMap::new();
    for event in events {
        let household = match &event.fact {
            Fact::HouseholdEntered(_) => event.id,
            Fact::AmountSet(one) => one.household,
            Fact::MembersSet(one) => one.household,
            Fact::HouseholdStopped(one) => one.household,
            _ => continue,
        };
        decided.entry(household).or_default().push(event);
    }
    decided
}

/// What is counted, and how far.
struct Facts<'e> {
    /// By their numbers.
    events: Vec<&'e CountyEvent>,
    of_household: BTreeMap<EventId, Vec<&'e CountyEvent>>,
    book: &'e Rulebook,
    from: NaiveDate,
    to: NaiveDate,
    township: Option<&'e str>,
    today: NaiveDate,
}

impl<'e> Facts<'e> {
    fn in_time(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    fn here(&self, place: &Place) -> bool {
        self.township.is_none_or(|one| one == place.township)
    }

    fn find(&self, id: EventId) -> Option<&'e CountyEvent> {
        let at = self.events.binary_search_by_key(&id, |event| event.id);
        at.ok().map(|at| self.events[at])
    }

    fn of_household(&self, id: EventId) -> &[&'e CountyEvent] {
        self.of_household.get(&id).map_or(&[], Vec::as_slice)
    }

    fn name(&self, township: &str) -> String {
        if township.is_empty() {
            return "县本级".to_owned();
        }
        for one in self.book.codes.townships() {
            if one.code == township {
                return one.name.clone();
            }
        }
        township.to_owned()
    }
}
