//! The shape of `clocks.toml`, and what makes a row of it a clock.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::clock::{Clock, Condition, Confidence, Limit, NoLimit, SetBy, Start, Step, Subject};
use crate::in_force::ends_before_it_begins;
use crate::rules::{LIMIT_MAX, RulesError};
use crate::scheme::SchemeId;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) edition: String,
    pub(crate) set_by: SetBy,
    pub(crate) clock: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    WorkingDays,
    CalendarDays,
    Months,
    NextMonth,
    SameMonth,
    NoNationalLimit,
    CountyFixes,
    Promptly,
    NotKnown,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Row {
    id: String,
    #[serde(default)]
    subject: Subject,
    #[serde(default)]
    schemes: Vec<SchemeId>,
    step: Step,
    #[serde(default)]
    condition: Condition,
    title: String,
    limit: Option<u16>,
    unit: Unit,
    starts: Start,
    source: String,
    confidence: Confidence,
    #[serde(default)]
    by_analogy: bool,
    effective: Option<NaiveDate>,
    until: Option<NaiveDate>,
    note: Option<String>,
}

impl Row {
    pub(crate) fn into_clock(self, set_by: SetBy) -> Result<Clock, RulesError> {
        let counted = match self.unit {
            Unit::WorkingDays => Some(Limit::WorkingDays as fn(u16) -> Limit),
            Unit::CalendarDays => Some(Limit::CalendarDays as fn(u16) -> Limit),
            Unit::Months => Some(Limit::Months as fn(u16) -> Limit),
            _ => None,
        };
        let limit = match (counted, self.limit) {
            (Some(limit), Some(n @ 1..=LIMIT_MAX)) => limit(n),
            (Some(_), _) => return Err(RulesError::LimitMissing { id: self.id }),
            (None, Some(_)) => return Err(RulesError::LimitUnused { id: self.id }),
            (None, None) => match self.unit {
                Unit::NextMonth => Limit::NextMonth,
                Unit::SameMonth => Limit::SameMonth,
                Unit::CountyFixes => Limit::None(NoLimit::CountyFixes),
                Unit::Promptly => Limit::None(NoLimit::Promptly),
                Unit::NotKnown => Limit::None(NoLimit::NotKnown),
                _ => Limit::None(NoLimit::NoNationalLimit),
            },
        };
        if (self.subject == Subject::Case) == self.schemes.is_empty() {
            return Err(RulesError::Subject { id: self.id });
        }
        if ends_before_it_begins(self.effective, self.until) {
            return Err(RulesError::EndsBeforeItBegins { id: self.id });
        }
        if self.source.trim().is_empty() {
            return Err(RulesError::NoSource { id: self.id });
        }
        Ok(Clock {
            id: self.id,
            subject: self.subject,
            schemes: self.schemes,
            step: self.step,
            condition: self.condition,
            title: self.title,
            limit,
            starts: self.starts,
            source: self.source,
            set_by,
            confidence: self.confidence,
            by_analogy: self.by_analogy,
            effective: self.effective,
            until: self.until,
            note: self.note,
        })
    }
}
