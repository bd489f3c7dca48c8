//! Reports that townships owe by the calendar: progress weekly or on the 14th and 29th, stage reports; who is late.
//!
//! Source: 长子民发〔2024〕26号 四（三）、五（一）、五（八）; the days are duties of `duties.toml`.

mod facts;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::county_event::{EventId, Fact, Log};
use crate::duty::{DutyDate, DutyKind};
use crate::monthly_report::MonthlyReports;
use crate::punctuality::Punctuality;
use crate::rulebook::Rulebook;

pub use facts::ReportHandedIn;

/// A report that a township owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedReport {
    /// Code of the township.
    pub township: String,
    /// What is owed and when.
    pub duty: DutyDate,
    /// The report, and the day on which it was handed in.
    pub handed_in: Option<(EventId, NaiveDate)>,
    /// How it stands.
    pub stands: Punctuality,
}

/// Every report that each of these townships owes from `first` to `last`, as of the log's day, the earliest first.
///
/// The monthly report is not among them: see [`MonthlyReports`].
#[must_use]
pub fn owed_reports(
    log: &Log<'_>,
    townships: &[String],
    first: NaiveDate,
    last: NaiveDate,
    book: &Rulebook,
) -> Vec<OwedReport> {
    let mut handed_in: BTreeMap<(&str, NaiveDate, &str), (EventId, NaiveDate)> = BTreeMap::new();
    for event in log.iter() {
        if let Fact::ReportHandedIn(report) = &event.fact {
            let key = (
                report.duty.as_str(),
                report.nominal,
                report.township.as_str(),
            );
            handed_in.entry(key).or_insert((event.id, event.date()));
        }
    }
    let mut owed = Vec::new();
    for duty in book
        .duties
        .due_between(first, last, &book.settings, &book.calendar)
    {
        let kind = book
            .duties
            .by_id(&duty.id, duty.nominal)
            .map(|one| one.kind);
        if kind != Some(DutyKind::Report) || MonthlyReports::DUTIES.contains(&duty.id.as_str()) {
            continue;
        }
        for township in townships {
            let key = (duty.id.as_str(), duty.nominal, township.as_str());
            let report = handed_in.get(&key).copied();
            owed.push(OwedReport {
                township: township.clone(),
                handed_in: report,
                stands: Punctuality::of(duty.due.date, report.map(|(_, on)| on), log.day()),
                duty: duty.clone(),
            });
        }
    }
    owed
}

#[cfg(test)]
mod tests;
