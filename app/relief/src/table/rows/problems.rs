//! Table 1, each focus item in each township, and table 6, the rectification list.

use crate::county_event::Source;
use crate::lists::{FocusItem, ListName};
use crate::rectification::Problem;
use crate::registers::Registers;
use crate::table::drawn::{DrawnRow, Scope};
use crate::table::figure::{Figure, Tally, Value};

use super::{place_name, township_name, townships};

pub(super) fn by_focus(
    scope: &Scope,
    registers: &Registers<'_>,
) -> (Vec<DrawnRow>, Option<DrawnRow>) {
    let problems = registers
        .problems
        .problems()
        .map(|problem| &problem.entered.place);
    let leads = registers.leads.leads().map(|lead| &lead.entered.place);
    let named = problems.chain(leads).map(|place| place.township.as_str());
    let townships = townships(scope, registers.book, named);
    let mut rows = Vec::new();
    for focus in registers.book.lists.focus_items() {
        for township in &townships {
            let mut row = focus_row(scope, registers, Some((focus.code, township)));
            let heading = Figure::heading(focus.title.clone());
            row.figures.insert("focus", heading);
            let name = township_name(township, registers.book);
            row.figures.insert("township", Figure::heading(name));
            rows.push(row);
        }
    }
    (rows, Some(focus_row(scope, registers, None)))
}

/// One focus item of one township, or all of them.
fn focus_row(
    scope: &Scope,
    registers: &Registers<'_>,
    only: Option<(FocusItem, &String)>,
) -> DrawnRow {
    let belongs = |focus: FocusItem, township: &String| match only {
        Some((one, place)) => focus == one && township == place,
        None => scope.covers(township),
    };
    let problems: Vec<&Problem<'_>> = registers
        .problems
        .problems()
        .filter(|problem| problem.on <= scope.to)
        .filter(|problem| belongs(problem.entered.focus, &problem.entered.place.township))
        .collect();
    let (mut new, mut all, mut done_new, mut done_all) = (
        Tally::default(),
        Tally::default(),
        Tally::default(),
        Tally::default(),
    );
    let (mut households, mut persons, mut amount) =
        (Tally::default(), Tally::default(), Tally::default());
    let (mut sanctioned, mut improved, mut recovered, mut made_up) = (
        Tally::default(),
        Tally::default(),
        Tally::default(),
        Tally::default(),
    );
    let mut handed_over = Tally::default();
    let (mut words, mut places, mut new_sources) = (Vec::new(), Vec::new(), Vec::new());
    for problem in &problems {
        let entered = problem.entered;
        all.add(1, problem.id);
        if scope.has(problem.on) {
            new.add(1, problem.id);
            households.add(entered.households, problem.id);
            persons.add(entered.persons, problem.id);
            amount.add(entered.amount, problem.id);
            words.push((*entered.words).to_owned());
            let place = place_name(&entered.place, registers.book);
            if !places.contains(&place) {
                places.push(place);
            }
            new_sources.push(problem.id);
        }
        if let Some(done) = problem.done().filter(|done| *done <= scope.to) {
            let sources = done_sources(problem);
            done_all.add_all(1, sources.iter().copied());
            if scope.has(done) {
                done_new.add_all(1, sources);
            }
        }
        for (sanction, event, _) in problem.sanctions.iter().filter(|(.., on)| scope.has(*on)) {
            sanctioned.add(sanction.persons, *event);
        }
        for (_, event, _) in problem.improved.iter().filter(|(.., on)| scope.has(*on)) {
            improved.add(1, *event);
        }
        for (money, event, _) in &problem.recovered {
            if scope.has(money.on) {
                recovered.add(money.amount, *event);
            }
        }
        for (progress, _, event, _) in &problem.progress {
            if scope.has(progress.on) {
                if progress.recovered.0 != 0 {
                    recovered.add(progress.recovered, *event);
                }
                if progress.made_up.0 != 0 {
                    made_up.add(progress.made_up, *event);
                }
            }
        }
    }
    for lead in registers.leads.leads() {
        if let Some((handed, event)) = lead.handed_over
            && belongs(lead.entered.focus, &lead.entered.place.township)
            && scope.has(handed.on)
        {
            handed_over.add(1, event);
        }
    }
    let share = Value::Share {
        part: done_all.sum(),
        whole: all.sum(),
    };
    let all = all.count();
    let share = Figure::new(share, all.sources.iter().copied());
    DrawnRow::new([
        ("focus", Figure::empty()),
        ("township", Figure::empty()),
        ("problems-new", new.count()),
        ("problems-all", all),
        ("problems-words", text(words, &new_sources)),
        ("places", text(places, &new_sources)),
        ("households", households.count()),
        ("persons", persons.count()),
        ("amount", amount.money()),
        ("rectified-new", done_new.count()),
        ("rectified-all", done_all.count()),
        ("rectified-share", share),
        ("handed-over", handed_over.count()),
        ("sanctioned", sanctioned.count()),
        ("recovered", recovered.money()),
        ("made-up", made_up.money()),
        ("improved", improved.count()),
    ])
}

fn text(words: Vec<String>, sources: &[crate::county_event::EventId]) -> Figure {
    if words.is_empty() {
        return Figure::empty();
    }
    Figure::new(Value::Text(words.join("；")), sources.iter().copied())
}

/// What says that a problem is done: the last step, or that it was accepted.
fn done_sources(problem: &Problem<'_>) -> Vec<Source> {
    let step = problem
        .progress
        .last()
        .map(|(_, _, event, _)| Source::from(*event));
    let closed = problem.closed.map(|(_, event)| Source::from(event));
    [Some(Source::from(problem.id)), step, closed]
        .into_iter()
        .flatten()
        .collect()
}

/// The list: every problem but those that were accepted as done before the time began.
pub(super) fn list(scope: &Scope, registers: &Registers<'_>) -> Vec<DrawnRow> {
    registers
        .problems
        .problems()
        .filter(|problem| problem.on <= scope.to && scope.covers(&problem.entered.place.township))
        .filter(|problem| {
            problem
                .closed
                .is_none_or(|(closed, _)| scope.from <= closed.on)
        })
        .map(|problem| list_row(problem, registers))
        .collect()
}

fn list_row(problem: &Problem<'_>, registers: &Registers<'_>) -> DrawnRow {
    let (entered, id, book) = (problem.entered, problem.id, registers.book);
    let said = |value| Figure::new(value, [id]);
    let name = |name: &Option<crate::name::PersonName>| {
        Figure::maybe(name.clone().map(|name| (Value::Name(name), id)))
    };
    let (mut recovered, mut made_up) = (Tally::default(), Tally::default());
    for (money, event, _) in &problem.recovered {
        recovered.add(money.amount, *event);
    }
    for (progress, _, event, _) in &problem.progress {
        if progress.recovered.0 != 0 {
            recovered.add(progress.recovered, *event);
        }
        if progress.made_up.0 != 0 {
            made_up.add(progress.made_up, *event);
        }
    }
    let improved: Vec<String> = problem
        .improved
        .iter()
        .map(|(improved, ..)| (*improved.title).to_owned())
        .collect();
    let improved_events: Vec<_> = problem
        .improved
        .iter()
        .map(|(_, event, _)| *event)
        .collect();
    let done = problem.done().map(Value::Day);
    let state = problem
        .progress
        .last()
        .map_or(id, |(_, _, event, _)| *event);
    DrawnRow::new([
        (
            "origin",
            said(Value::Text(
                book.lists.title(ListName::Origin, entered.origin),
            )),
        ),
        (
            "focus",
            said(Value::Text(book.lists.focus_title(entered.focus))),
        ),
        ("words", said(Value::Text((*entered.words).to_owned()))),
        ("place", said(Value::Text(place_name(&entered.place, book)))),
        (
            "measures",
            said(Value::Text((*entered.measures).to_owned())),
        ),
        ("unit", said(Value::Text((*entered.unit).to_owned()))),
        ("leader", name(&entered.leader)),
        ("responsible", name(&entered.responsible)),
        ("due", said(Value::Day(entered.due))),
        (
            "state",
            Figure::new(Value::Text(problem.state().title().to_owned()), [state]),
        ),
        (
            "done",
            done.map_or_else(Figure::empty, |done| {
                Figure::new(done, done_sources(problem))
            }),
        ),
        ("amount", said(Value::Money(entered.amount))),
        ("recovered", recovered.money()),
        ("made-up", made_up.money()),
        ("improved", text(improved, &improved_events)),
        (
            "closed",
            Figure::new(
                Value::YesNo(problem.closed.is_some()),
                problem.closed.map(|(_, event)| event),
            ),
        ),
        (
            "accepted-by",
            Figure::maybe(
                problem
                    .closed
                    .map(|(closed, event)| (Value::Name(closed.accepted_by.clone()), event)),
            ),
        ),
    ])
}
