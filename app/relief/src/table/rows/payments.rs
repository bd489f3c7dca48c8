//! Table 3: what was owed and paid, by township, class and pay day.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::county_event::Source;
use crate::household::{Household, SupportClass};
use crate::month::Month;
use crate::payment::{Account, Finding, PayDays};
use crate::registers::Registers;
use crate::table::drawn::{DrawnRow, Scope};
use crate::table::figure::{Figure, Tally, Value};

use super::township_name;

/// From this age on a person counts as elderly. Source: 老年人权益保障法 第2条.
pub(in crate::table) const ELDERLY_FROM_YEARS: u32 = 60;
/// Below this age a person counts as a minor. Source: 民法典 第17条.
pub(in crate::table) const MINOR_BELOW_YEARS: u32 = 18;

/// A row for each township, class and pay day whose day at the latest lies in the time.
pub(super) fn rows(scope: &Scope, registers: &Registers<'_>) -> (Vec<DrawnRow>, Option<DrawnRow>) {
    // A holiday moves a day within a month.
    let (first, last) = (Month::of(scope.from).plus(-1), Month::of(scope.to).plus(1));
    let days = PayDays::between(registers.book, first, last);
    let accounts = registers.accounts(first, last).accounts;
    let accounts: Vec<&Account> = accounts
        .iter()
        .filter(|account| scope.has(account.pay_day.due.date) && scope.covers(&account.township))
        .collect();
    let townships: BTreeSet<&str> = accounts
        .iter()
        .map(|account| account.township.as_str())
        .collect();
    let mut rows = Vec::new();
    for township in townships {
        for class in SupportClass::ALL {
            for day in days.of(class) {
                let own: Vec<&Account> = accounts
                    .iter()
                    .filter(|account| {
                        account.township == township
                            && account.class == class
                            && account.pay_day.from == day.from
                    })
                    .copied()
                    .collect();
                if own.is_empty() {
                    continue;
                }
                let mut row = row(&own, registers);
                let name = township_name(township, registers.book);
                row.figures.insert("township", Figure::heading(name));
                row.figures.insert("class", Figure::heading(class.title()));
                let period = if day.from == day.to {
                    day.from.to_string()
                } else {
                    format!("{}至{}", day.from, day.to)
                };
                row.figures.insert("period", Figure::heading(period));
                rows.push(row);
            }
        }
    }
    (rows, Some(row(&accounts, registers)))
}

fn row(accounts: &[&Account], registers: &Registers<'_>) -> DrawnRow {
    let today = registers.log.day();
    let (mut households, mut people) = (Tally::default(), Tally::default());
    let (mut elderly, mut minors, mut disabled) =
        (Tally::default(), Tally::default(), Tally::default());
    let (mut owed, mut paid, mut made_up, mut not_in_full) = (
        Tally::default(),
        Tally::default(),
        Tally::default(),
        Tally::default(),
    );
    let (mut came, mut came_persons, mut left, mut left_persons) = (
        Tally::default(),
        Tally::default(),
        Tally::default(),
        Tally::default(),
    );
    let mut paid_on: BTreeSet<NaiveDate> = BTreeSet::new();
    let mut made_up_on: BTreeSet<NaiveDate> = BTreeSet::new();
    let mut why: Vec<String> = Vec::new();
    for account in accounts {
        let (from, to) = (account.pay_day.from, account.pay_day.to);
        owed.add_all(account.owed(), account.owed_sources());
        paid.add_all(account.paid(), account.paid_sources());
        paid_on.extend(account.payments.iter().map(|payment| payment.on));
        for payment in account.made_up() {
            made_up.add(payment.amount, payment.source);
            made_up_on.insert(payment.on);
        }
        let findings: Vec<_> = account
            .findings(today)
            .into_iter()
            .filter(|finding| finding.is_to_the_household_s_cost())
            .collect();
        if !findings.is_empty() {
            let sources: Vec<Source> = account
                .owed_sources()
                .chain(account.paid_sources())
                .collect();
            not_in_full.add_all(count(account.households.len()), sources);
            for words in findings.into_iter().map(Finding::words) {
                if !why.contains(&words) {
                    why.push(words);
                }
            }
        }
        for household in account
            .households
            .iter()
            .filter_map(|id| registers.roster.get(*id))
        {
            let entered = household.entered.from;
            let (members, event) = household.members(from.max(entered));
            households.add(1, household.id);
            people.add(count(members.len()), event);
            let day = account.pay_day.nominal;
            for member in members {
                match member.person.age_on(day) {
                    Some(age) if ELDERLY_FROM_YEARS <= age => elderly.add(1, event),
                    Some(age) if age < MINOR_BELOW_YEARS => minors.add(1, event),
                    _ => {}
                }
                if member.disabled {
                    disabled.add(1, event);
                }
            }
            if (from..=to).contains(&entered) {
                came.add(1, household.id);
                came_persons.add(count(members.len()), event);
            }
        }
    }
    for (household, stop, event) in leavers(accounts, registers) {
        let (members, _) = household.members(stop.plus(-1));
        left.add(1, event);
        left_persons.add(count(members.len()), event);
    }
    let owed_sum = owed.sum();
    let people_sum = people.sum();
    let per_head = if people_sum == 0 {
        Figure::empty()
    } else {
        // Not added up: it is no sum, so it stands as words.
        let each = crate::fen::Fen(owed_sum / people_sum);
        Figure::heading(each.to_string())
    };
    let in_full = not_in_full.sum() == 0;
    let not_in_full = not_in_full.count();
    let not_sources: Vec<Source> = not_in_full.sources.iter().copied().collect();
    let paid = paid.money();
    let paid_sources: Vec<Source> = paid.sources.iter().copied().collect();
    let made_up = made_up.money();
    let made_up_sources: Vec<Source> = made_up.sources.iter().copied().collect();
    DrawnRow::new([
        ("township", Figure::empty()),
        ("class", Figure::empty()),
        ("period", Figure::empty()),
        ("households", households.count()),
        ("persons", people.count()),
        ("elderly", elderly.count()),
        ("minors", minors.count()),
        ("disabled", disabled.count()),
        ("owed", owed.money()),
        ("paid", paid),
        ("paid-on", days(&paid_on, paid_sources)),
        (
            "in-time",
            Figure::new(Value::YesNo(in_full), not_sources.iter().copied()),
        ),
        ("not-in-full", not_in_full),
        (
            "not-in-full-why",
            if why.is_empty() {
                Figure::empty()
            } else {
                Figure::new(Value::Text(why.join("；")), not_sources)
            },
        ),
        ("made-up", made_up),
        ("made-up-on", days(&made_up_on, made_up_sources)),
        ("new-households", came.count()),
        ("new-persons", came_persons.count()),
        ("left-households", left.count()),
        ("left-persons", left_persons.count()),
        ("per-head", per_head),
    ])
}

/// Households whose support ended with one of the months of these accounts, of the townships and classes in them.
fn leavers<'r, 'a>(
    accounts: &[&Account],
    registers: &'r Registers<'a>,
) -> Vec<(&'r Household<'a>, Month, crate::county_event::EventId)> {
    let periods: BTreeSet<(&str, SupportClass, Month, Month)> = accounts
        .iter()
        .map(|account| {
            let day = account.pay_day;
            (account.township.as_str(), account.class, day.from, day.to)
        })
        .collect();
    registers
        .roster
        .households()
        .filter_map(|household| {
            let (stop, event) = household.stopped()?;
            let entered = household.entered;
            let counts = periods.iter().any(|(township, class, from, to)| {
                *township == entered.place.township
                    && *class == entered.class
                    && (*from..=*to).contains(&stop)
            });
            counts.then_some((household, stop, event))
        })
        .collect()
}

/// Days in words, the first and the last of many.
fn days(days: &BTreeSet<NaiveDate>, sources: Vec<Source>) -> Figure {
    let words = match (days.first(), days.last()) {
        (Some(first), Some(last)) if first == last => first.to_string(),
        (Some(first), Some(last)) => format!("{first}至{last}"),
        _ => return Figure::empty(),
    };
    Figure::new(Value::Text(words), sources)
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}
