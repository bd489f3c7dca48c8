//! Table 4, newly disabled and monitored people, and table 5, people who died or went to prison.

use crate::calendar::DueDate;
use crate::county_event::Place;
use crate::id_number::Sex;
use crate::lists::ListName;
use crate::name::PersonName;
use crate::payment::{Overpaid, overpaid};
use crate::registers::Registers;
use crate::rulebook::Rulebook;
use crate::special_group::Special;
use crate::table::drawn::{DrawnRow, Scope};
use crate::table::figure::{Figure, Tally, Value};

use super::{township_name, village_name};

/// People found in the time, and those found before who still get nothing or got it in the time.
pub(super) fn newly_eligible(scope: &Scope, registers: &Registers<'_>) -> Vec<DrawnRow> {
    people(scope, registers, false)
        .filter(|special| {
            let applied = special
                .policies
                .iter()
                .filter(|(policy, _)| !policy.had_before);
            scope.from <= special.known
                || special.policies.is_empty()
                || applied.into_iter().any(|(policy, _)| scope.has(policy.on))
        })
        .map(|special| newly_eligible_row(special, registers.book))
        .collect()
}

/// People found in the time, and those found before whose household was not settled or was in the time.
pub(super) fn departed(scope: &Scope, registers: &Registers<'_>) -> Vec<DrawnRow> {
    people(scope, registers, true)
        .filter(|special| {
            let settled_before = special.settled.is_some_and(|(.., on)| on < scope.from);
            scope.from <= special.known || !settled_before
        })
        .map(|special| departed_row(special, registers))
        .collect()
}

fn people<'r, 'a>(
    scope: &'r Scope,
    registers: &'r Registers<'a>,
    leave: bool,
) -> impl Iterator<Item = &'r Special<'a>> {
    registers.special_groups.persons().filter(move |special| {
        special.found.group.leaves() == leave
            && special.known <= scope.to
            && scope.covers(&special.found.place.township)
    })
}

fn place<F: Fn(Value) -> Figure>(
    place: &Place,
    book: &Rulebook,
    said: F,
) -> [(&'static str, Figure); 2] {
    [
        (
            "township",
            said(Value::Text(township_name(&place.township, book))),
        ),
        (
            "village",
            said(Value::Text(village_name(&place.village, book))),
        ),
    ]
}

fn newly_eligible_row(special: &Special<'_>, book: &Rulebook) -> DrawnRow {
    let found = special.found;
    let said = |value| Figure::new(value, [special.id]);
    let sex = found.person.sex().and_then(|sex| match sex {
        Sex::Male => Some("男"),
        Sex::Female => Some("女"),
        Sex::Unknown | Sex::Unstated => None,
    });
    let disability = found.disability.as_ref();
    let policies = |had_before: bool| {
        let some: Vec<_> = special
            .policies
            .iter()
            .filter(|(policy, _)| policy.had_before == had_before)
            .collect();
        if some.is_empty() {
            return Figure::empty();
        }
        let words: Vec<String> = some
            .iter()
            .map(|(policy, _)| {
                let title = book.lists.title(ListName::Policy, policy.policy);
                format!("{title}（{}）", policy.on)
            })
            .collect();
        Figure::new(
            Value::Text(words.join("、")),
            some.iter().map(|(_, event)| *event),
        )
    };
    let qualifies = special
        .not_applied
        .map(|(not, _, event)| (Value::YesNo(not.qualifies), event))
        .or_else(|| {
            special
                .policies
                .first()
                .map(|(_, event)| (Value::YesNo(true), *event))
        });
    let visit = special.rechecked;
    let row = [
        ("name", said(Value::Name(found.person.name.clone()))),
        (
            "sex",
            sex.map_or_else(Figure::empty, |sex| said(Value::Text(sex.to_owned()))),
        ),
        (
            "id-number",
            found
                .person
                .id_number
                .map_or_else(Figure::empty, |number| said(Value::IdNumber(number))),
        ),
        ("group", said(Value::Text(found.group.title().to_owned()))),
        ("recognised", said(Value::Day(found.happened))),
        (
            "disability-kind",
            disability.map_or_else(Figure::empty, |one| {
                said(Value::Text(
                    book.lists.title(ListName::Disability, one.kind),
                ))
            }),
        ),
        (
            "disability-level",
            disability.map_or_else(Figure::empty, |one| {
                said(Value::Text(format!("{}级", one.level)))
            }),
        ),
        (
            "certificate",
            disability
                .filter(|one| !one.certificate.is_empty())
                .map_or_else(Figure::empty, |one| {
                    said(Value::Text((*one.certificate).to_owned()))
                }),
        ),
        (
            "family",
            match found.family_size {
                0 => Figure::empty(),
                size => said(Value::Count(i64::from(size))),
            },
        ),
        ("has-now", policies(true)),
        ("qualifies", Figure::maybe(qualifies)),
        ("applied", policies(false)),
        (
            "not-applied-why",
            Figure::maybe(
                special
                    .not_applied
                    .map(|(_, why, event)| (Value::Text((**why).to_owned()), event)),
            ),
        ),
        (
            "visited-by",
            Figure::maybe(visit.map(|(visit, event)| {
                let names: Vec<&str> = visit.by.iter().map(PersonName::as_str).collect();
                (Value::Text(names.join("、")), event)
            })),
        ),
        (
            "visited-on",
            Figure::maybe(visit.map(|(visit, event)| (Value::Day(visit.on), event))),
        ),
    ];
    DrawnRow::new(place(&found.place, book, said).into_iter().chain(row))
}

fn departed_row(special: &Special<'_>, registers: &Registers<'_>) -> DrawnRow {
    let (found, book) = (special.found, registers.book);
    let said = |value| Figure::new(value, [special.id]);
    let household = found.household.and_then(|id| registers.roster.get(id));
    let limit: Option<DueDate> = special
        .deadline(&registers.roster, book)
        .and_then(|deadline| deadline.last_day());
    let settled = special.settled;
    let overpaid = overpaid(special, &registers.log, &registers.roster, book);
    let mut recovered = Tally::default();
    for (money, event) in &special.recovered {
        recovered.add(money.amount, *event);
    }
    let row = [
        ("name", said(Value::Name(found.person.name.clone()))),
        (
            "id-number",
            found
                .person
                .id_number
                .map_or_else(Figure::empty, |number| said(Value::IdNumber(number))),
        ),
        (
            "class",
            household.map_or_else(Figure::empty, |household| {
                Figure::new(
                    Value::Text(household.entered.class.title().to_owned()),
                    [household.id],
                )
            }),
        ),
        ("group", said(Value::Text(found.group.title().to_owned()))),
        ("happened", said(Value::Day(found.happened))),
        (
            "through",
            said(Value::Text(
                book.lists.title(ListName::Channel, found.through),
            )),
        ),
        ("known", said(Value::Day(special.known))),
        (
            "rechecked",
            Figure::maybe(
                special
                    .rechecked
                    .map(|(check, event)| (Value::Day(check.on), event)),
            ),
        ),
        (
            "limit",
            limit.map_or_else(Figure::empty, |limit| said(Value::Day(limit.date))),
        ),
        (
            "measure",
            Figure::maybe(settled.map(|(settled, event, _)| {
                (Value::Text(settled.measure.title().to_owned()), event)
            })),
        ),
        (
            "settled-on",
            Figure::maybe(settled.map(|(settled, event, _)| (Value::Day(settled.decided), event))),
        ),
        (
            "from",
            Figure::maybe(settled.map(|(settled, event, _)| (Value::Month(settled.from), event))),
        ),
        ("overpaid-months", overpaid_months(overpaid.as_ref())),
        ("overpaid", overpaid_amount(overpaid.as_ref())),
        ("recovered", recovered.money()),
        (
            "recovered-on",
            Figure::maybe(
                special
                    .recovered
                    .last()
                    .map(|(money, event)| (Value::Day(money.on), *event)),
            ),
        ),
        (
            "funeral",
            Figure::maybe(settled.and_then(|(settled, event, _)| {
                settled.funeral.map(|amount| (Value::Money(amount), event))
            })),
        ),
    ];
    DrawnRow::new(place(&found.place, book, said).into_iter().chain(row))
}

fn overpaid_months(overpaid: Option<&Overpaid>) -> Figure {
    let months = overpaid.map_or(0, |overpaid| overpaid.months.len());
    let months = Value::Count(i64::try_from(months).unwrap_or(i64::MAX));
    Figure::new(months, overpaid.into_iter().flat_map(Overpaid::sources))
}

/// The amount; words while it is not known of every month.
fn overpaid_amount(overpaid: Option<&Overpaid>) -> Figure {
    let Some(overpaid) = overpaid else {
        return Tally::default().money();
    };
    let value = if overpaid.is_known() {
        Value::Money(overpaid.amount())
    } else {
        Value::Text("待核查后确定".to_owned())
    };
    Figure::new(value, overpaid.sources())
}
