//! Tables 4 and 5 again.

use super::simple::members;
use super::{Cells, Facts};
use crate::county_event::{EventId, Fact};
use crate::household::{HouseholdEntered, SupportClass};
use crate::month::Month;
use crate::payment::{LineState, Payee};
use crate::settings::SettingKey;
use crate::special_group::{PersonFound, PersonSettled, SpecialGroup};

pub(super) fn newly_eligible(facts: &Facts<'_>) -> Cells {
    let mut cells = Cells::default();
    for event in &facts.events {
        let Fact::PersonFound(found) = &event.fact else {
            continue;
        };
        let new =
            [SpecialGroup::NewlyDisabled, SpecialGroup::NewlyMonitored].contains(&found.group);
        if !new || facts.to < event.date() || !facts.here(&found.place) {
            continue;
        }
        let mut got_any = false;
        let mut got_now = false;
        for other in &facts.events {
            if let Fact::PolicyApplied(one) = &other.fact
                && one.found == event.id
            {
                got_any = true;
                got_now |= !one.had_before && facts.in_time(one.on);
            }
        }
        if facts.from <= event.date() || !got_any || got_now {
            cells.add_total("rows", 1);
            cells.add_total("family", found.family_size.into());
        }
    }
    cells
}

pub(super) fn departed(facts: &Facts<'_>) -> Cells {
    let mut cells = Cells::default();
    for event in &facts.events {
        let Fact::PersonFound(found) = &event.fact else {
            continue;
        };
        let gone = [
            SpecialGroup::Died,
            SpecialGroup::Imprisoned,
            SpecialGroup::Detained,
        ];
        if !gone.contains(&found.group) || facts.to < event.date() || !facts.here(&found.place) {
            continue;
        }
        let settled = facts
            .events
            .iter()
            .rev()
            .find_map(|other| match &other.fact {
                Fact::PersonSettled(one) if one.found == event.id => Some((*other, one)),
                _ => None,
            });
        let over_before = settled.is_some_and(|(stated, _)| stated.date() < facts.from);
        if over_before && event.date() < facts.from {
            continue;
        }
        cells.add_total("rows", 1);
        for other in &facts.events {
            if let Fact::MoneyRecovered(money) = &other.fact
                && money.found == Some(event.id)
            {
                cells.add_total("recovered", money.amount.0);
            }
        }
        if let Some(funeral) = settled.and_then(|(_, one)| one.funeral) {
            cells.add_total("funeral", funeral.0);
        }
        let (months, amount) = too_much(facts, found, settled.map(|(_, one)| one));
        cells.add_total("overpaid-months", months);
        cells.add_total("overpaid", amount);
    }
    cells
}

/// Month by month, what was paid for the household of somebody gone beyond what it was owed without them. An amount that is
/// not known of every month is told in words and adds up to nothing.
fn too_much(facts: &Facts<'_>, found: &PersonFound, settled: Option<&PersonSettled>) -> (i64, i64) {
    let Some(id) = found.household else {
        return (0, 0);
    };
    let Some(Fact::HouseholdEntered(household)) = facts.find(id).map(|event| &event.fact) else {
        return (0, 0);
    };
    let mut month = Month::of(found.happened).plus(1);
    let dibao = matches!(
        household.class,
        SupportClass::DibaoUrban | SupportClass::DibaoRural
    );
    let grace = facts.book.settings.is(
        SettingKey::OverpaidFrom,
        "after-three-months",
        found.happened,
    );
    if grace && dibao && found.group == SpecialGroup::Died {
        let step = crate::clock::Step::AfterDeath;
        let scheme = household.class.scheme();
        let last = facts
            .book
            .deadline(scheme, step, found.happened)
            .and_then(|one| one.last_day());
        month = last.map_or(month, |last| Month::of(last.date).plus(1));
    }
    let alone = members(facts, id, Month::of(found.happened)) <= 1;
    let right = settled.map(|one| one.monthly.0).or(alone.then_some(0));
    let (mut months, mut amount, mut known) = (0, 0, true);
    let end = Month::of(facts.today).plus(12);
    while month <= end {
        let paid = paid_for(facts, id, household, month, found);
        if 0 < paid {
            match right {
                Some(right) if paid <= right => {}
                Some(right) => {
                    months += 1;
                    amount += paid - right;
                }
                None => {
                    months += 1;
                    known = false;
                }
            }
        }
        month = month.plus(1);
    }
    (months, if known { amount } else { 0 })
}

fn paid_for(
    facts: &Facts<'_>,
    id: EventId,
    household: &HouseholdEntered,
    month: Month,
    found: &PersonFound,
) -> i64 {
    let mut paid = 0;
    for event in &facts.events {
        let Fact::PayListEntered(list) = &event.fact else {
            continue;
        };
        if month < list.from || list.to < month {
            continue;
        }
        let lasts = i64::from(list.to.since(list.from) + 1);
        for line in &list.lines {
            if line.state == LineState::Returned || line.on <= found.happened {
                continue;
            }
            match &line.payee {
                Payee::Household(one) if *one == id => {
                    let rest = line.amount.0 % lasts;
                    paid += line.amount.0 / lasts + if month == list.to { rest } else { 0 };
                }
                Payee::Institution(name)
                    if household.class == SupportClass::TekunCollective
                        && **name == *household.institution =>
                {
                    paid += decided_by(facts, id, month, line.on);
                }
                _ => {}
            }
        }
    }
    paid
}

/// What had been decided for a month by a day.
fn decided_by(facts: &Facts<'_>, id: EventId, month: Month, day: chrono::NaiveDate) -> i64 {
    let mut best: Option<(Month, i64)> = None;
    for event in facts.of_household(id) {
        let (from, decided, monthly) = match &event.fact {
            Fact::HouseholdEntered(one) if event.id == id => (one.from, one.decided, one.monthly.0),
            Fact::AmountSet(one) if one.household == id => (one.from, one.decided, one.monthly.0),
            Fact::HouseholdStopped(one) if one.household == id => (one.from, one.decided, 0),
            _ => continue,
        };
        if from <= month && decided <= day && best.is_none_or(|(other, _)| other <= from) {
            best = Some((from, monthly));
        }
    }
    best.map_or(0, |(_, monthly)| monthly)
}
