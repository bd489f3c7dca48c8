//! Table 2: the near-relative register, filing by filing and township by township.

use std::collections::{BTreeMap, BTreeSet};

use crate::county_event::{EventId, Source};
use crate::household::Household;
use crate::month::Month;
use crate::name::PersonName;
use crate::near_relative::{Assisted, Filing, FilingResult};
use crate::registers::Registers;
use crate::table::drawn::{DrawnRow, Scope};
use crate::table::figure::{Figure, Tally, Value};

use super::{township_name, townships, village_name};

/// The household that an application became, or is about.
fn household<'r, 'a>(
    assisted: Assisted,
    registers: &'r Registers<'a>,
) -> Option<&'r Household<'a>> {
    match assisted {
        Assisted::Household(id) => registers.roster.get(id),
        Assisted::Application(id) => {
            let slip = registers.near_relatives.application(id)?.slip;
            registers
                .roster
                .households()
                .find(|household| household.entered.slip == Some(slip))
        }
    }
}

/// How many people it is about, and what says so.
fn persons(assisted: Assisted, scope: &Scope, registers: &Registers<'_>) -> (i64, EventId) {
    if let Some(household) = household(assisted, registers) {
        let (members, event) = household.members(Month::of(scope.to));
        return (count(members.len()), event);
    }
    let application = registers.near_relatives.application(assisted.event());
    let persons = application.map_or(0, |application| application.persons.len());
    (count(persons), assisted.event())
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

fn township<'a>(assisted: Assisted, registers: &Registers<'a>) -> &'a str {
    let about = registers.near_relatives.about(assisted, &registers.roster);
    about.map_or("", |(place, ..)| place.township.as_str())
}

/// Every filing made by the last day.
pub(super) fn filings(scope: &Scope, registers: &Registers<'_>) -> Vec<DrawnRow> {
    registers
        .near_relatives
        .filings()
        .filter(|filing| filing.on <= scope.to)
        .filter(|filing| scope.covers(township(filing.filed.assisted, registers)))
        .map(|filing| filing_row(filing, scope, registers))
        .collect()
}

fn filing_row(filing: &Filing<'_>, scope: &Scope, registers: &Registers<'_>) -> DrawnRow {
    let (filed, book) = (filing.filed, registers.book);
    let all = &registers.near_relatives;
    let about = all.about(filed.assisted, &registers.roster);
    let of_assisted = |value| Figure::new(value, [filed.assisted.event()]);
    let official = all.official(filed.official);
    let of_official = |value| Figure::new(value, [filed.official]);
    let person = about.and_then(|(.., person)| person);
    let household = household(filed.assisted, registers);
    let (persons, persons_event) = persons(filed.assisted, scope, registers);
    let owed = household.and_then(|household| household.owed(Month::of(scope.to)));
    let application = all.application(filed.assisted.event());
    let applied = application
        .map(|application| application.applied)
        .or_else(|| household.and_then(|household| household.entered.applied));
    let relation = filed
        .relation
        .and_then(|relation| book.codes.near_relative(relation));
    let visit = filing.visit();
    let recusals: Vec<String> = filing
        .recusals
        .iter()
        .map(|(recused, _)| format!("已回避，由{}办理", recused.instead.as_str()))
        .collect();
    DrawnRow::new([
        (
            "township",
            about.map_or_else(Figure::empty, |(place, ..)| {
                of_assisted(Value::Text(township_name(&place.township, book)))
            }),
        ),
        (
            "village",
            about.map_or_else(Figure::empty, |(place, ..)| {
                of_assisted(Value::Text(village_name(&place.village, book)))
            }),
        ),
        (
            "official",
            official.map_or_else(Figure::empty, |official| {
                of_official(Value::Name(official.entered.person.name.clone()))
            }),
        ),
        (
            "post",
            official.map_or_else(Figure::empty, |official| {
                of_official(Value::Text((*official.entered.post).to_owned()))
            }),
        ),
        (
            "category",
            official.map_or_else(Figure::empty, |official| {
                of_official(Value::Text(official.entered.category.title().to_owned()))
            }),
        ),
        (
            "applicant",
            person.map_or_else(Figure::empty, |person| {
                of_assisted(Value::Name(person.name.clone()))
            }),
        ),
        (
            "id-number",
            person
                .and_then(|person| person.id_number)
                .map_or_else(Figure::empty, |number| of_assisted(Value::IdNumber(number))),
        ),
        (
            "relation",
            Figure::new(
                Value::Text(
                    relation
                        .map_or("同户", |kind| kind.title.as_str())
                        .to_owned(),
                ),
                [filing.id],
            ),
        ),
        (
            "scheme",
            about.map_or_else(Figure::empty, |(_, scheme, _)| {
                let title = book.schemes.get(scheme).map(|scheme| scheme.title.clone());
                of_assisted(Value::Text(title.unwrap_or_else(|| scheme.to_string())))
            }),
        ),
        (
            "persons",
            Figure::new(Value::Count(persons), [persons_event]),
        ),
        (
            "monthly",
            Figure::maybe(owed.map(|owed| (Value::Money(owed.monthly), owed.event))),
        ),
        (
            "applied",
            applied.map_or_else(Figure::empty, |day| of_assisted(Value::Day(day))),
        ),
        ("filed", Figure::new(Value::Day(filing.on), [filing.id])),
        (
            "visited",
            Figure::maybe(visit.map(|(visited, event)| (Value::Day(visited.on), event))),
        ),
        (
            "visited-by",
            Figure::maybe(visit.map(|(visited, event)| {
                let names: Vec<&str> = visited.by.iter().map(PersonName::as_str).collect();
                (Value::Text(names.join("、")), event)
            })),
        ),
        (
            "qualifies",
            Figure::maybe(visit.map(|(visited, event)| (Value::YesNo(visited.qualifies), event))),
        ),
        (
            "recusal",
            if recusals.is_empty() {
                Figure::empty()
            } else {
                let events = filing.recusals.iter().map(|(_, event)| *event);
                Figure::new(Value::Text(recusals.join("；")), events)
            },
        ),
        (
            "result",
            Figure::maybe(
                filing
                    .result
                    .map(|(result, event)| (Value::Text(result.title().to_owned()), event)),
            ),
        ),
    ])
}

pub(super) fn by_township(
    scope: &Scope,
    registers: &Registers<'_>,
) -> (Vec<DrawnRow>, Option<DrawnRow>) {
    let all = &registers.near_relatives;
    let filed = all.filings().map(|filing| filing.filed.assisted);
    let found = all.candidates().iter().map(|candidate| candidate.assisted);
    let named: BTreeSet<&str> = filed
        .chain(found)
        .map(|assisted| township(assisted, registers))
        .collect();
    let rows = townships(scope, registers.book, named.into_iter())
        .into_iter()
        .map(|code| {
            let mut row = township_row(scope, registers, Some(&code));
            let name = township_name(&code, registers.book);
            row.figures.insert("township", Figure::heading(name));
            row
        })
        .collect();
    (rows, Some(township_row(scope, registers, None)))
}

/// One township, or all that belong to the scope. Households count once, with however many officials.
fn township_row(scope: &Scope, registers: &Registers<'_>, only: Option<&str>) -> DrawnRow {
    let all = &registers.near_relatives;
    let belongs = |assisted: Assisted| {
        let place = township(assisted, registers);
        only.map_or_else(|| scope.covers(place), |one| one == place)
    };
    let mut due: BTreeMap<Assisted, Vec<Source>> = BTreeMap::new();
    for candidate in all.candidates().iter().filter(|one| belongs(one.assisted)) {
        due.entry(candidate.assisted)
            .or_default()
            .extend(candidate.sources.iter().copied());
    }
    let mut filed: BTreeMap<Assisted, Vec<&Filing<'_>>> = BTreeMap::new();
    for filing in all.filings().filter(|filing| filing.on <= scope.to) {
        if belongs(filing.filed.assisted) {
            filed.entry(filing.filed.assisted).or_default().push(filing);
        }
    }
    for (assisted, filings) in &filed {
        due.entry(*assisted)
            .or_default()
            .extend(filings.iter().map(|one| Source::from(one.id)));
    }
    let (mut due_households, mut due_persons) = (Tally::default(), Tally::default());
    for (assisted, sources) in due {
        due_households.add_all(1, sources);
        let (number, event) = persons(assisted, scope, registers);
        due_persons.add(number, event);
    }
    let (mut households, mut people, mut new, mut visited, mut left) = (
        Tally::default(),
        Tally::default(),
        Tally::default(),
        Tally::default(),
        Tally::default(),
    );
    for (assisted, filings) in filed {
        households.add_all(1, filings.iter().map(|filing| filing.id.into()));
        let (number, event) = persons(assisted, scope, registers);
        people.add(number, event);
        if let Some(first) = filings.first().filter(|first| scope.has(first.on)) {
            new.add(1, first.id);
        }
        let visits: Vec<Source> = filings
            .iter()
            .flat_map(|filing| &filing.visits)
            .filter(|(visit, _)| visit.on <= scope.to)
            .map(|(_, event)| (*event).into())
            .collect();
        if !visits.is_empty() {
            visited.add_all(1, visits);
        }
        let ends: Vec<Source> = filings
            .iter()
            .filter_map(|filing| filing.result)
            .filter(|(result, _)| *result == FilingResult::LeftUnqualified)
            .map(|(_, event)| event.into())
            .collect();
        if !ends.is_empty() {
            left.add_all(1, ends);
        }
    }
    DrawnRow::new([
        ("township", Figure::empty()),
        ("due-households", due_households.count()),
        ("due-persons", due_persons.count()),
        ("filed-households", households.count()),
        ("filed-persons", people.count()),
        ("filed-new", new.count()),
        ("visited-households", visited.count()),
        ("left-households", left.count()),
    ])
}
