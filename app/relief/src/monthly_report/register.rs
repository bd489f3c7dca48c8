//! Who reported for a month, when, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Change, ChangeOutcome, VillageReported};
use crate::calendar::DueDate;
use crate::county_event::{EventId, Fact, Log, Place};
use crate::month::Month;
use crate::punctuality::Punctuality;
use crate::rulebook::Rulebook;

/// A village's report of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VillageMonth {
    /// The village.
    pub place: Place,
    /// By when.
    pub due: DueDate,
    /// The first report, and the day on which it was given.
    pub reported: Option<(EventId, NaiveDate)>,
    /// How it stands.
    pub stands: Punctuality,
    /// Whether the township checked it, and the event.
    pub checked: Option<EventId>,
    /// How many changes it told, of all its reports of the month.
    pub changes: usize,
}

/// A township's report of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TownshipMonth {
    /// Code of the township.
    pub township: String,
    /// By when.
    pub due: DueDate,
    /// The report, and the day on which it was given.
    pub reported: Option<(EventId, NaiveDate)>,
    /// How it stands.
    pub stands: Punctuality,
    /// Villages that have not reported.
    pub villages_missing: usize,
    /// Reports of villages that were not checked.
    pub unchecked: usize,
}

/// A reported change.
#[derive(Debug, Clone)]
pub struct ChangeLine<'a> {
    /// The village's report.
    pub report: EventId,
    /// The line, from 0.
    pub line: u32,
    /// The village.
    pub place: &'a Place,
    /// The month.
    pub month: Month,
    /// What was reported.
    pub change: &'a Change,
    /// Whether the township found that it is not so; `None` before its check.
    pub wrong: Option<bool>,
    /// What the county did about it, and the event.
    pub outcome: Option<(ChangeOutcome, EventId)>,
}

impl ChangeLine<'_> {
    /// Whether the county still has to act.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.wrong != Some(true) && self.outcome.is_none()
    }
}

struct Report<'a> {
    id: EventId,
    on: NaiveDate,
    reported: &'a VillageReported,
    checked: Option<(EventId, &'a [u32])>,
    outcomes: BTreeMap<u32, (ChangeOutcome, EventId)>,
}

/// All monthly reports.
pub struct MonthlyReports<'a> {
    reports: BTreeMap<EventId, Report<'a>>,
    townships: BTreeMap<(String, Month), (EventId, NaiveDate)>,
    day: NaiveDate,
}

impl<'a> MonthlyReports<'a> {
    /// The duties of `duties.toml` that make up the monthly report.
    pub const DUTIES: [&'static str; 2] = [VILLAGE_DUTY, TOWNSHIP_DUTY];

    /// What these events say.
    #[must_use]
    pub fn of(log: &Log<'a>) -> Self {
        let mut all = Self {
            reports: BTreeMap::new(),
            townships: BTreeMap::new(),
            day: log.day(),
        };
        for event in log.iter() {
            match &event.fact {
                Fact::VillageReported(reported) => {
                    let report = Report {
                        id: event.id,
                        on: event.date(),
                        reported,
                        checked: None,
                        outcomes: BTreeMap::new(),
                    };
                    all.reports.insert(event.id, report);
                }
                Fact::VillageReportChecked(checked) => {
                    if let Some(report) = all.reports.get_mut(&checked.report) {
                        report.checked = Some((event.id, &checked.wrong));
                    }
                }
                Fact::TownshipReported(reported) => {
                    let key = (reported.place.township.clone(), reported.month);
                    all.townships.entry(key).or_insert((event.id, event.date()));
                }
                Fact::ChangeSettled(settled) => {
                    if let Some(report) = all.reports.get_mut(&settled.report) {
                        let outcome = (settled.outcome, event.id);
                        report.outcomes.insert(settled.line, outcome);
                    }
                }
                _ => {}
            }
        }
        all
    }

    /// How the report of `month` stands in each of these villages, as of the log's day. Empty if no duty of that month
    /// asks for it.
    #[must_use]
    pub fn villages(&self, month: Month, villages: &[Place], book: &Rulebook) -> Vec<VillageMonth> {
        let Some(due) = due(VILLAGE_DUTY, month, book) else {
            return Vec::new();
        };
        let mut of_village: BTreeMap<&Place, Vec<&Report<'a>>> = BTreeMap::new();
        for report in self.reports.values() {
            if report.reported.month == month {
                of_village
                    .entry(&report.reported.place)
                    .or_default()
                    .push(report);
            }
        }
        villages
            .iter()
            .map(|place| {
                let reports = of_village.get(place).map(Vec::as_slice).unwrap_or_default();
                let reported = reports.first().map(|report| (report.id, report.on));
                let all_checked = reports.iter().all(|report| report.checked.is_some());
                let last = reports.last().and_then(|report| report.checked);
                VillageMonth {
                    place: place.clone(),
                    due,
                    reported,
                    stands: Punctuality::of(due.date, reported.map(|(_, on)| on), self.day),
                    checked: last.filter(|_| all_checked).map(|(event, _)| event),
                    changes: reports
                        .iter()
                        .map(|report| report.reported.changes.len())
                        .sum(),
                }
            })
            .collect()
    }

    /// How the townships that these villages belong to stand, in the order of their codes.
    #[must_use]
    pub fn townships(
        &self,
        month: Month,
        villages: &[Place],
        townships: &[String],
        book: &Rulebook,
    ) -> Vec<TownshipMonth> {
        let Some(due) = due(TOWNSHIP_DUTY, month, book) else {
            return Vec::new();
        };
        let of_villages = self.villages(month, villages, book);
        let codes: BTreeSet<&String> = townships.iter().collect();
        codes
            .into_iter()
            .map(|township| {
                let reported = self.townships.get(&(township.clone(), month)).copied();
                let own = || {
                    of_villages
                        .iter()
                        .filter(|one| one.place.township == *township)
                };
                TownshipMonth {
                    township: township.clone(),
                    due,
                    reported,
                    stands: Punctuality::of(due.date, reported.map(|(_, on)| on), self.day),
                    villages_missing: own().filter(|one| one.reported.is_none()).count(),
                    unchecked: own()
                        .filter(|one| one.reported.is_some() && one.checked.is_none())
                        .count(),
                }
            })
            .collect()
    }

    /// Every reported change, in the order of the reports.
    pub fn changes(&self) -> impl Iterator<Item = ChangeLine<'a>> {
        self.reports.values().flat_map(|report| {
            let checked = report.checked;
            (0..)
                .zip(&report.reported.changes)
                .map(move |(line, change)| ChangeLine {
                    report: report.id,
                    line,
                    place: &report.reported.place,
                    month: report.reported.month,
                    change,
                    wrong: checked.map(|(_, wrong)| wrong.contains(&line)),
                    outcome: report.outcomes.get(&line).copied(),
                })
        })
    }

    /// The village of each report.
    pub fn places(&self) -> impl Iterator<Item = &'a Place> {
        self.reports.values().map(|report| &report.reported.place)
    }

    /// The report of this number has so many lines; `None` if there is no such report.
    #[must_use]
    pub fn lines(&self, report: EventId) -> Option<usize> {
        self.reports
            .get(&report)
            .map(|report| report.reported.changes.len())
    }
}

/// The village's duty in `duties.toml`.
const VILLAGE_DUTY: &str = "M1";
/// The township's.
const TOWNSHIP_DUTY: &str = "M2";

/// By when the report of `month` is due: the duty whose named day lies in it.
fn due(duty: &str, month: Month, book: &Rulebook) -> Option<DueDate> {
    let (first, last) = (month.plus(-1).first_day(), month.plus(1).last_day());
    book.duties
        .due_between(first, last, &book.settings, &book.calendar)
        .into_iter()
        .find(|date| date.id == duty && Month::of(date.nominal) == month)
        .map(|date| date.due)
}
