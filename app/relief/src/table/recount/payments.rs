//! Table 3 again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::simple::{members_of, owed};
use super::{Cells, Facts};
use crate::calendar::day_or_month_end;
use crate::county_event::{EventId, Fact};
use crate::household::{HouseholdEntered, SupportClass};
use crate::month::Month;
use crate::payment::{LineState, Payee};
use crate::settings::{Dated, SettingKey};
use crate::table::rows::{ELDERLY_FROM_YEARS, MINOR_BELOW_YEARS};

/// A pay day: as the notice names it, at the latest, and its months.
#[derive(Clone, Copy)]
struct Due {
    nominal: NaiveDate,
    last: NaiveDate,
    from: Month,
    to: Month,
}

/// One payee and one pay day.
#[derive(Default)]
struct Ledger {
    township: String,
    households: BTreeSet<EventId>,
    /// Day at the latest and amount.
    owed: Vec<(NaiveDate, i64)>,
    /// Day and amount.
    paid: Vec<(NaiveDate, i64)>,
}

pub(super) fn payments(facts: &Facts<'_>) -> Cells {
    let mut cells = Cells::default();
    for class in SupportClass::ALL {
        for due in pay_days(facts, class) {
            let period = if due.from == due.to {
                due.from.to_string()
            } else {
                format!("{}至{}", due.from, due.to)
            };
            let mut townships = BTreeSet::new();
            for ledger in ledgers(facts, class, due).values() {
                if facts.township.is_some_and(|one| one != ledger.township) {
                    continue;
                }
                townships.insert(ledger.township.clone());
                let township = facts.name(&ledger.township);
                count(
                    facts,
                    ledger,
                    due,
                    [&township, class.title(), &period],
                    &mut cells,
                );
            }
            for code in townships {
                let township = facts.name(&code);
                leavers(
                    facts,
                    class,
                    due,
                    &code,
                    [&township, class.title(), &period],
                    &mut cells,
                );
            }
        }
    }
    cells
}

/// The pay days whose day at the latest is in the time.
fn pay_days(facts: &Facts<'_>, class: SupportClass) -> Vec<Due> {
    let book = facts.book;
    book.duties
        .due_between(facts.from, facts.to, &book.settings, &book.calendar)
        .into_iter()
        .filter(|date| date.id == class.duty_id())
        .map(|date| Due {
            nominal: date.nominal,
            last: date.due.date,
            from: Month::of(date.from),
            to: Month::of(date.to),
        })
        .collect()
}

fn ledgers(facts: &Facts<'_>, class: SupportClass, due: Due) -> BTreeMap<String, Ledger> {
    let mut ledgers: BTreeMap<String, Ledger> = BTreeMap::new();
    let key = |id: EventId, household: &HouseholdEntered| {
        if household.class == SupportClass::TekunCollective {
            (*household.institution).to_owned()
        } else {
            format!("{id:?}")
        }
    };
    let mut households: BTreeMap<EventId, &HouseholdEntered> = BTreeMap::new();
    for event in &facts.events {
        if let Fact::HouseholdEntered(household) = &event.fact {
            households.insert(event.id, household);
        }
    }
    for (id, household) in households.iter().filter(|(_, one)| one.class == class) {
        let parts = parts(facts, *id, due);
        if !parts.is_empty() {
            let ledger = ledgers.entry(key(*id, household)).or_default();
            if ledger.households.is_empty() {
                ledger.township.clone_from(&household.place.township);
            }
            ledger.households.insert(*id);
            ledger.owed.extend(parts);
        }
    }
    for event in &facts.events {
        let Fact::PayListEntered(list) = &event.fact else {
            continue;
        };
        if list.from < due.from || due.to < list.from {
            continue;
        }
        for line in &list.lines {
            let to = match &line.payee {
                Payee::Household(id) => households.get_key_value(id),
                Payee::Institution(name) => households.iter().find(|(_, household)| {
                    household.class == SupportClass::TekunCollective
                        && *household.institution == **name
                }),
                Payee::Unmatched(_) => None,
            };
            let Some((id, household)) = to.filter(|(_, household)| household.class == class) else {
                continue;
            };
            let ledger = ledgers
                .entry(key(*id, household))
                .or_insert_with(|| Ledger {
                    township: household.place.township.clone(),
                    ..Ledger::default()
                });
            if line.state == LineState::Paid {
                ledger.paid.push((line.on, line.amount.0));
            }
        }
    }
    ledgers
}

/// What a household is owed on a pay day, with the day of each part: the most that was promised by a day, of what it comes
/// to in the end.
fn parts(facts: &Facts<'_>, id: EventId, due: Due) -> Vec<(NaiveDate, i64)> {
    let mut parts = Vec::new();
    let mut month = due.from;
    while month <= due.to {
        let in_the_end = owed(facts, id, month);
        let mut decisions: Vec<(NaiveDate, EventId, i64)> = Vec::new();
        for event in facts.of_household(id) {
            let (from, decided, monthly) = match &event.fact {
                Fact::HouseholdEntered(one) if event.id == id => {
                    (one.from, one.decided, one.monthly.0)
                }
                Fact::AmountSet(one) if one.household == id => {
                    (one.from, one.decided, one.monthly.0)
                }
                _ => continue,
            };
            if from <= month {
                decisions.push((decided, event.id, monthly));
            }
        }
        decisions.sort_unstable();
        let mut most = 0;
        for (decided, _, monthly) in decisions {
            let promised = monthly.min(in_the_end);
            if most < promised {
                parts.push((last_day(facts, due, month, decided), promised - most));
                most = promised;
            }
        }
        month = month.plus(1);
    }
    parts
}

/// Goes through the days from the decision on until one is a day on which it can be paid.
fn last_day(facts: &Facts<'_>, due: Due, month: Month, decided: NaiveDate) -> NaiveDate {
    if decided <= due.last {
        return due.last;
    }
    let settings = &facts.book.settings;
    let quarter =
        settings.is(SettingKey::LateDecisionPayment, "next-pay-day", decided) && due.from != due.to;
    let first = if quarter { due.from } else { month };
    decided
        .iter_days()
        .find(|day| {
            (-1..=1)
                .map(|turn| Month::of(*day).plus(turn))
                .any(|other| {
                    let its_turn = !quarter || other.since(due.from) % 3 == 0;
                    let start = other.first_day();
                    let named = day_or_month_end(start.year(), start.month(), due.nominal.day());
                    first <= other
                        && its_turn
                        && named.is_some_and(|named| {
                            let rest_day = settings.rest_day(Dated::Payment, named);
                            facts.book.calendar.moved(named, rest_day).date == *day
                        })
                })
        })
        .unwrap_or(decided)
}

fn count(facts: &Facts<'_>, ledger: &Ledger, due: Due, row: [&str; 3], cells: &mut Cells) {
    let sum = |parts: &[(NaiveDate, i64)], by: NaiveDate| -> i64 {
        parts
            .iter()
            .filter(|(day, _)| *day <= by)
            .map(|(_, amount)| amount)
            .sum()
    };
    // On a day on which something was due, less had arrived by then.
    let behind = ledger
        .owed
        .iter()
        .any(|(day, _)| *day <= facts.today && sum(&ledger.paid, *day) < sum(&ledger.owed, *day));
    let households = i64::try_from(ledger.households.len()).unwrap_or(0);
    cells.add(&row, "households", households);
    cells.add(&row, "owed", sum(&ledger.owed, NaiveDate::MAX));
    cells.add(&row, "paid", sum(&ledger.paid, NaiveDate::MAX));
    cells.add(&row, "not-in-full", if behind { households } else { 0 });
    cells.add(&row, "made-up", late_fen(ledger));
    for id in &ledger.households {
        let Some(Fact::HouseholdEntered(household)) = facts.find(*id).map(|event| &event.fact)
        else {
            continue;
        };
        let members = members_of(facts, *id, due.from.max(household.from));
        let persons = i64::try_from(members.len()).unwrap_or(0);
        cells.add(&row, "persons", persons);
        for member in members {
            let birth = member
                .person
                .id_number
                .map(|number| number.birth())
                .or(member.person.birth);
            let years = birth.and_then(|birth| due.nominal.years_since(birth));
            let elderly = years.is_some_and(|years| ELDERLY_FROM_YEARS <= years);
            let minor = years.is_some_and(|years| years < MINOR_BELOW_YEARS);
            cells.add(&row, "elderly", i64::from(elderly));
            cells.add(&row, "minors", i64::from(minor));
            cells.add(&row, "disabled", i64::from(member.disabled));
        }
        if due.from <= household.from && household.from <= due.to {
            cells.add(&row, "new-households", 1);
            cells.add(&row, "new-persons", persons);
        }
    }
}

/// The fen that arrived after their day, the first fen that arrived being the first that was due.
fn late_fen(ledger: &Ledger) -> i64 {
    let (mut owed, mut paid) = (ledger.owed.clone(), ledger.paid.clone());
    owed.sort_unstable();
    // Of one day's payments it does not matter which came first.
    paid.sort_unstable();
    let (mut late, mut at) = (0, 0);
    let mut left = owed.first().map_or(0, |(_, amount)| *amount);
    for (day, mut amount) in paid {
        while 0 < amount && at < owed.len() {
            let fits = amount.min(left);
            if owed[at].0 < day {
                late += fits;
            }
            amount -= fits;
            left -= fits;
            if left == 0 {
                at += 1;
                left = owed.get(at).map_or(0, |(_, amount)| *amount);
            }
        }
    }
    late
}

fn leavers(
    facts: &Facts<'_>,
    class: SupportClass,
    due: Due,
    township: &str,
    row: [&str; 3],
    cells: &mut Cells,
) {
    for event in &facts.events {
        let Fact::HouseholdStopped(stop) = &event.fact else {
            continue;
        };
        let Some(Fact::HouseholdEntered(household)) =
            facts.find(stop.household).map(|event| &event.fact)
        else {
            continue;
        };
        let here = household.class == class && household.place.township == township;
        if here && due.from <= stop.from && stop.from <= due.to {
            let members = members_of(facts, stop.household, stop.from.plus(-1));
            cells.add(&row, "left-households", 1);
            cells.add(
                &row,
                "left-persons",
                i64::try_from(members.len()).unwrap_or(0),
            );
        }
    }
}
