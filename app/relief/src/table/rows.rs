//! The rows of each kind of table.

mod near_relatives;
mod payments;
mod problems;
mod special_groups;

use std::collections::BTreeSet;

pub(super) use payments::{ELDERLY_FROM_YEARS, MINOR_BELOW_YEARS};

use super::definition::RowKind;
use super::drawn::{DrawnRow, Scope};
use crate::county_event::Place;
use crate::registers::Registers;
use crate::rulebook::Rulebook;

/// The rows, and the last one where it is counted apart.
pub(super) fn of(
    kind: RowKind,
    scope: &Scope,
    registers: &Registers<'_>,
) -> (Vec<DrawnRow>, Option<DrawnRow>) {
    match kind {
        RowKind::FocusAndTownship => problems::by_focus(scope, registers),
        RowKind::Filings => (near_relatives::filings(scope, registers), None),
        RowKind::FilingsByTownship => near_relatives::by_township(scope, registers),
        RowKind::Payments => payments::rows(scope, registers),
        RowKind::NewlyEligible => (special_groups::newly_eligible(scope, registers), None),
        RowKind::Departed => (special_groups::departed(scope, registers), None),
        RowKind::Problems => (problems::list(scope, registers), None),
    }
}

/// The townships that have a row: every one that takes applications, and whatever else the events name, so that nothing
/// is left out.
fn townships<'e>(
    scope: &Scope,
    book: &'e Rulebook,
    named: impl Iterator<Item = &'e str>,
) -> Vec<String> {
    if let Some(township) = &scope.township {
        return vec![township.clone()];
    }
    let open = book
        .codes
        .open_townships()
        .map(|township| township.code.as_str());
    let all: BTreeSet<&str> = open.chain(named).collect();
    all.into_iter().map(str::to_owned).collect()
}

/// A township's name; what has no township belongs to the county itself.
fn township_name(code: &str, book: &Rulebook) -> String {
    if code.is_empty() {
        return "县本级".to_owned();
    }
    let township = book.codes.township(code);
    township.map_or_else(|| code.to_owned(), |township| township.name.clone())
}

fn village_name(code: &str, book: &Rulebook) -> String {
    let village = book.codes.village(code);
    village.map_or_else(|| code.to_owned(), |village| village.name.clone())
}

/// Township and village together.
fn place_name(place: &Place, book: &Rulebook) -> String {
    let village = village_name(&place.village, book);
    format!("{}{village}", township_name(&place.township, book))
}
