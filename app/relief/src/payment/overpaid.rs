//! Money that was paid for people who had died or were in prison (超期发放).

use chrono::NaiveDate;

use super::{LineState, Payee};
use crate::clock::Step;
use crate::county_event::{EventId, Fact, Log, Source};
use crate::fen::Fen;
use crate::household::{Household, Roster, SupportClass};
use crate::month::Month;
use crate::rulebook::Rulebook;
use crate::scheme::SchemeId;
use crate::settings::SettingKey;
use crate::special_group::{Special, SpecialGroup};

/// A month that was paid too much for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverpaidMonth {
    /// The month.
    pub month: Month,
    /// How much; `None` while nobody has said what the others of the household are owed without the person.
    pub amount: Option<Fen>,
    /// The lines that paid it.
    pub sources: Vec<Source>,
}

/// What was paid for somebody after they died or went to prison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overpaid {
    /// The household.
    pub household: EventId,
    /// The months, the first one first.
    pub months: Vec<OverpaidMonth>,
}

impl Overpaid {
    /// The sum, as far as it is known.
    #[must_use]
    pub fn amount(&self) -> Fen {
        self.months.iter().filter_map(|month| month.amount).sum()
    }

    /// Whether it is known of every month.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.months.iter().all(|month| month.amount.is_some())
    }

    /// Every line that it comes from.
    pub fn sources(&self) -> impl Iterator<Item = Source> {
        self.months
            .iter()
            .flat_map(|month| month.sources.iter().copied())
    }
}

/// The first month that nothing is to be paid for anymore: the one after the death or the committal, or, where the
/// setting `overpaid-from` says `after-three-months`, for a member of a household on the allowance who died, the one
/// after the re-check's limit.
fn first_month(special: &Special<'_>, household: &Household<'_>, book: &Rulebook) -> Month {
    let happened = special.found.happened;
    let next = Month::of(happened).plus(1);
    let is_late = book
        .settings
        .is(SettingKey::OverpaidFrom, "after-three-months", happened);
    let dibao = household.entered.class.scheme() == SchemeId::DIBAO;
    if !(is_late && dibao && special.found.group == SpecialGroup::Died) {
        return next;
    }
    book.deadline(SchemeId::DIBAO, Step::AfterDeath, happened)
        .and_then(|deadline| deadline.last_day())
        .map_or(next, |last| Month::of(last.date).plus(1))
}

/// What was paid for `special` after they left, if they leave and a household in support is known.
///
/// Only money that arrived after the day counts: a quarter that was paid before a death was paid rightly. A list's amount
/// counts equally for each of its months. Of a household of several, what is above [`crate::special_group::PersonSettled::monthly`]
/// is too much, and until that is settled nobody knows how much it is. Of an institution's money it is the person's share.
#[must_use]
pub fn overpaid(
    special: &Special<'_>,
    log: &Log<'_>,
    roster: &Roster<'_>,
    book: &Rulebook,
) -> Option<Overpaid> {
    let found = special.found;
    let household = roster.get(found.household.filter(|_| found.group.leaves())?)?;
    let first = first_month(special, household, book);
    let mut months: Vec<(Month, Fen, Vec<Source>)> = Vec::new();
    for event in log.iter() {
        let Fact::PayListEntered(list) = &event.fact else {
            continue;
        };
        if list.to < first {
            continue;
        }
        for (index, line) in list.lines.iter().enumerate() {
            let through_institution = match &line.payee {
                Payee::Household(id) if *id == household.id => false,
                Payee::Institution(name)
                    if household.entered.class == SupportClass::TekunCollective
                        && *household.entered.institution == **name =>
                {
                    true
                }
                _ => continue,
            };
            if line.state != LineState::Paid || line.on <= found.happened {
                continue;
            }
            let source = Source::line(event.id, index);
            let lasts = list.to.since(list.from) + 1;
            for month in list.from.to(list.to).filter(|month| first <= *month) {
                let share = if through_institution {
                    owed_as_decided(household, month, line.on)
                } else {
                    share_of(line.amount, lasts, month == list.to)
                };
                if share == Fen::ZERO {
                    continue;
                }
                match months.iter_mut().find(|(other, ..)| *other == month) {
                    Some((_, paid, sources)) => {
                        *paid += share;
                        sources.push(source);
                    }
                    None => months.push((month, share, vec![source])),
                }
            }
        }
    }
    months.sort_by_key(|(month, ..)| *month);
    let months: Vec<OverpaidMonth> = months
        .into_iter()
        .map(|(month, paid, sources)| OverpaidMonth {
            month,
            amount: rightly(special, household).map(|right| (paid - right).or_zero()),
            sources,
        })
        .filter(|month| month.amount != Some(Fen::ZERO))
        .collect();
    (!months.is_empty()).then_some(Overpaid {
        household: household.id,
        months,
    })
}

/// A month's part of a list's amount; what does not divide counts for the last.
fn share_of(amount: Fen, months: i32, last: bool) -> Fen {
    let months = i64::from(months.max(1));
    let each = amount.0 / months;
    Fen(if last {
        amount.0 - each * (months - 1)
    } else {
        each
    })
}

/// What the household gets each month without the person; `None` while it is not settled.
fn rightly(special: &Special<'_>, household: &Household<'_>) -> Option<Fen> {
    if let Some((settled, ..)) = special.settled {
        return Some(settled.monthly);
    }
    let (members, _) = household.members(Month::of(special.found.happened));
    (members.len() <= 1).then_some(Fen::ZERO)
}

/// What was decided for a month by the day on which it was paid.
fn owed_as_decided(household: &Household<'_>, month: Month, by: NaiveDate) -> Fen {
    household
        .steps()
        .iter()
        .filter(|step| step.from <= month && step.decided <= by)
        .max_by_key(|step| (step.from, step.event))
        .map_or(Fen::ZERO, |step| step.monthly)
}
