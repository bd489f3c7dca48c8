//! Tables 1, 2 and 6 again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Cells, Facts};
use crate::county_event::{EventId, Fact, Place};
use crate::household::HouseholdEntered;
use crate::lists::FocusItem;
use crate::month::Month;
use crate::near_relative::{Assisted, FilingResult};
use crate::person_entry::PersonKey;
use crate::rectification::ProblemState;
use crate::scheme::SchemeId;

/// Where a problem is and what it belongs to.
fn of_problem<'e>(facts: &Facts<'e>, id: EventId) -> Option<(FocusItem, &'e Place)> {
    match &facts.find(id)?.fact {
        Fact::ProblemEntered(problem) => Some((problem.focus, &problem.place)),
        _ => None,
    }
}

pub(super) fn focus(facts: &Facts<'_>) -> Cells {
    let mut cells = Cells::default();
    let title = |focus: FocusItem| {
        let items = facts.book.lists.focus_items();
        items
            .iter()
            .find(|item| item.code == focus)
            .map_or("", |item| item.title.as_str())
    };
    let mut add = |at: Option<(FocusItem, &Place)>, figure: &'static str, number: i64| {
        if let Some((focus, place)) = at
            && facts.here(place)
        {
            let township = facts.name(&place.township);
            cells.add(&[title(focus), township.as_str()], figure, number);
        }
    };
    for event in &facts.events {
        let stated = event.date();
        match &event.fact {
            Fact::ProblemEntered(problem) if stated <= facts.to => {
                let at = Some((problem.focus, &problem.place));
                add(at, "problems-all", 1);
                if facts.from <= stated {
                    add(at, "problems-new", 1);
                    add(at, "households", problem.households.into());
                    add(at, "persons", problem.persons.into());
                    add(at, "amount", problem.amount.0);
                }
                if let Some(done) = done(facts, event.id)
                    && done <= facts.to
                {
                    add(at, "rectified-all", 1);
                    if facts.from <= done {
                        add(at, "rectified-new", 1);
                    }
                }
            }
            Fact::ProblemProgressed(progress) if facts.in_time(progress.on) => {
                let at = of_problem(facts, progress.problem)
                    .filter(|_| entered_by(facts, progress.problem));
                add(at, "recovered", progress.recovered.0);
                add(at, "made-up", progress.made_up.0);
            }
            Fact::MoneyRecovered(money) if facts.in_time(money.on) => {
                let problem = money.problem.filter(|id| entered_by(facts, *id));
                add(
                    problem.and_then(|id| of_problem(facts, id)),
                    "recovered",
                    money.amount.0,
                );
            }
            Fact::StaffSanctioned(one) if facts.in_time(stated) => {
                add(
                    of_problem(facts, one.problem),
                    "sanctioned",
                    one.persons.into(),
                );
            }
            Fact::SystemImproved(one) if facts.in_time(stated) => {
                add(of_problem(facts, one.problem), "improved", 1);
            }
            Fact::LeadHandedOver(one) if facts.in_time(one.on) => {
                let lead = facts.find(one.lead).map(|event| &event.fact);
                if let Some(Fact::LeadEntered(lead)) = lead {
                    add(Some((lead.focus, &lead.place)), "handed-over", 1);
                }
            }
            _ => {}
        }
    }
    cells
}

fn entered_by(facts: &Facts<'_>, problem: EventId) -> bool {
    facts
        .find(problem)
        .is_some_and(|event| event.date() <= facts.to)
}

/// The day of the last step if it left the problem done, else that of its acceptance.
fn done(facts: &Facts<'_>, problem: EventId) -> Option<NaiveDate> {
    let mut last = None;
    let mut accepted = None;
    for event in &facts.events {
        match &event.fact {
            Fact::ProblemProgressed(one) if one.problem == problem => {
                let done = [ProblemState::Done, ProblemState::GoesOn].contains(&one.state);
                last = done.then_some(one.on);
            }
            Fact::ProblemClosed(one) if one.problem == problem => accepted = Some(one.on),
            _ => {}
        }
    }
    last.or(accepted)
}

pub(super) fn problems(facts: &Facts<'_>) -> Cells {
    let mut cells = Cells::default();
    let mut listed = BTreeSet::new();
    for event in &facts.events {
        if let Fact::ProblemEntered(problem) = &event.fact {
            let closed_before = facts.events.iter().any(|other| match &other.fact {
                Fact::ProblemClosed(closed) => closed.problem == event.id && closed.on < facts.from,
                _ => false,
            });
            if event.date() <= facts.to && facts.here(&problem.place) && !closed_before {
                listed.insert(event.id);
                cells.add_total("rows", 1);
                cells.add_total("amount", problem.amount.0);
            }
        }
    }
    for event in &facts.events {
        match &event.fact {
            Fact::ProblemProgressed(one) if listed.contains(&one.problem) => {
                cells.add_total("recovered", one.recovered.0);
                cells.add_total("made-up", one.made_up.0);
            }
            Fact::MoneyRecovered(one) if one.problem.is_some_and(|id| listed.contains(&id)) => {
                cells.add_total("recovered", one.amount.0);
            }
            _ => {}
        }
    }
    cells
}

/// The household that an application became, or is about, with its members in the month of the last day.
fn household<'e>(facts: &Facts<'e>, assisted: Assisted) -> Option<(EventId, &'e HouseholdEntered)> {
    let slip = match facts.find(assisted.event()).map(|event| &event.fact) {
        Some(Fact::ApplicationEntered(application)) => Some(application.slip),
        _ => None,
    };
    let wanted = |id: EventId, household: &HouseholdEntered| match assisted {
        Assisted::Household(one) => one == id,
        Assisted::Application(_) => slip.is_some() && household.slip == slip,
    };
    facts.events.iter().find_map(|event| match &event.fact {
        Fact::HouseholdEntered(household) if wanted(event.id, household) => {
            Some((event.id, household))
        }
        _ => None,
    })
}

/// How many members a household has in `month`, before its first month as many as then.
pub(super) fn members(facts: &Facts<'_>, id: EventId, month: Month) -> usize {
    members_of(facts, id, month).len()
}

pub(super) fn members_of<'e>(
    facts: &Facts<'e>,
    id: EventId,
    month: Month,
) -> &'e [crate::household::HouseholdMember] {
    let mut best: Option<(Month, &[crate::household::HouseholdMember])> = None;
    let mut first: &[crate::household::HouseholdMember] = &[];
    for event in facts.of_household(id) {
        let (from, members) = match &event.fact {
            Fact::HouseholdEntered(one) if event.id == id => {
                first = &one.members;
                (one.from, &one.members)
            }
            Fact::MembersSet(one) if one.household == id => (one.from, &one.members),
            _ => continue,
        };
        // Of two that begin with the same month the later one holds.
        if from <= month && best.is_none_or(|(other, _)| other <= from) {
            best = Some((from, members));
        }
    }
    best.map_or(first, |(_, members)| members)
}

fn people(facts: &Facts<'_>, assisted: Assisted) -> i64 {
    let number = if let Some((id, _)) = household(facts, assisted) {
        members(facts, id, Month::of(facts.to))
    } else {
        match facts.find(assisted.event()).map(|event| &event.fact) {
            Some(Fact::ApplicationEntered(application)) => application.persons.len(),
            _ => 0,
        }
    };
    i64::try_from(number).unwrap_or(0)
}

fn place<'e>(facts: &Facts<'e>, assisted: Assisted) -> Option<&'e Place> {
    match &facts.find(assisted.event())?.fact {
        Fact::ApplicationEntered(one) => Some(&one.place),
        Fact::HouseholdEntered(one) => Some(&one.place),
        _ => None,
    }
}

pub(super) fn filings(facts: &Facts<'_>) -> Cells {
    let mut cells = Cells::default();
    for event in &facts.events {
        let Fact::RelativeFiled(filed) = &event.fact else {
            continue;
        };
        if facts.to < event.date()
            || !place(facts, filed.assisted).is_some_and(|one| facts.here(one))
        {
            continue;
        }
        cells.add_total("rows", 1);
        cells.add_total("persons", people(facts, filed.assisted));
        if let Some((id, _)) = household(facts, filed.assisted) {
            cells.add_total("monthly", owed(facts, id, Month::of(facts.to)));
        }
    }
    cells
}

/// What a household is owed for a month: every decision in its order, the one that begins later winning.
pub(super) fn owed(facts: &Facts<'_>, id: EventId, month: Month) -> i64 {
    let mut best: Option<(Month, i64)> = None;
    for event in facts.of_household(id) {
        let (from, monthly) = match &event.fact {
            Fact::HouseholdEntered(one) if event.id == id => (one.from, one.monthly.0),
            Fact::AmountSet(one) if one.household == id => (one.from, one.monthly.0),
            Fact::HouseholdStopped(one) if one.household == id => (one.from, 0),
            _ => continue,
        };
        if from <= month && best.is_none_or(|(other, _)| other <= from) {
            best = Some((from, monthly));
        }
    }
    best.map_or(0, |(_, monthly)| monthly)
}

pub(super) fn by_township(facts: &Facts<'_>) -> Cells {
    let mut cells = Cells::default();
    let mut filed: BTreeMap<Assisted, (NaiveDate, bool, bool)> = BTreeMap::new();
    for event in &facts.events {
        if let Fact::RelativeFiled(one) = &event.fact
            && event.date() <= facts.to
        {
            let visited = facts.events.iter().any(|other| match &other.fact {
                Fact::FilingVisited(visit) => visit.filing == event.id && visit.on <= facts.to,
                _ => false,
            });
            let result = facts
                .events
                .iter()
                .rev()
                .find_map(|other| match &other.fact {
                    Fact::FilingSettled(settled) if settled.filing == event.id => {
                        Some(settled.result)
                    }
                    _ => None,
                });
            let entry = filed
                .entry(one.assisted)
                .or_insert((event.date(), false, false));
            entry.1 |= visited;
            entry.2 |= result == Some(FilingResult::LeftUnqualified);
        }
    }
    let mut due = related(facts);
    due.extend(filed.keys().copied());
    for assisted in due {
        let Some(place) = place(facts, assisted).filter(|place| facts.here(place)) else {
            continue;
        };
        let township = facts.name(&place.township);
        let row = [township.as_str()];
        let persons = people(facts, assisted);
        cells.add(&row, "due-households", 1);
        cells.add(&row, "due-persons", persons);
        if let Some((first, visited, left)) = filed.get(&assisted) {
            cells.add(&row, "filed-households", 1);
            cells.add(&row, "filed-persons", persons);
            cells.add(&row, "filed-new", i64::from(facts.in_time(*first)));
            cells.add(&row, "visited-households", i64::from(*visited));
            cells.add(&row, "left-households", i64::from(*left));
        }
    }
    cells
}

/// Every application and running household in which somebody is an official in post, is named by one, or names one.
fn related(facts: &Facts<'_>) -> BTreeSet<Assisted> {
    let counts = |relation| {
        facts
            .book
            .codes
            .near_relative(relation)
            .is_some_and(|kind| kind.counts_on(facts.today))
    };
    let in_post = |official: EventId| {
        let begun = match facts.find(official).map(|event| &event.fact) {
            Some(Fact::OfficialEntered(one)) => one.from <= facts.today,
            _ => false,
        };
        let left = facts.events.iter().any(|event| match &event.fact {
            Fact::OfficialLeft(one) => one.official == official && one.last < facts.today,
            _ => false,
        });
        begun && !left
    };
    let mut keys: BTreeSet<PersonKey> = BTreeSet::new();
    for event in &facts.events {
        match &event.fact {
            Fact::OfficialEntered(one) if in_post(event.id) => keys.extend(one.person.key),
            Fact::RelativeNamed(one) if in_post(one.official) && counts(one.relation) => {
                keys.extend(one.relative.key);
            }
            _ => {}
        }
    }
    let only_dibao = facts.book.settings.is(
        crate::settings::SettingKey::NearRelativeScope,
        "dibao-only",
        facts.today,
    );
    let month = Month::of(facts.today);
    let mut related = BTreeSet::new();
    for event in &facts.events {
        let hit = |key: Option<PersonKey>| key.is_some_and(|key| keys.contains(&key));
        match &event.fact {
            Fact::ApplicationEntered(one) => {
                let declares = one
                    .declared
                    .as_ref()
                    .is_some_and(|one| counts(one.relation));
                let matched = one.persons.iter().any(|person| hit(person.key));
                if (declares || matched) && !(only_dibao && one.scheme != SchemeId::DIBAO) {
                    related.insert(Assisted::Application(event.id));
                }
            }
            Fact::HouseholdEntered(one) => {
                let decided = facts.of_household(event.id);
                let stopped = decided.iter().any(|other| match &other.fact {
                    Fact::HouseholdStopped(stop) => stop.from <= month,
                    _ => false,
                });
                let members = members_of(facts, event.id, month);
                let matched = members.iter().any(|member| hit(member.person.key));
                let scheme = one.class.scheme();
                if matched && !stopped && !(only_dibao && scheme != SchemeId::DIBAO) {
                    related.insert(Assisted::Household(event.id));
                }
            }
            _ => {}
        }
    }
    related
}
