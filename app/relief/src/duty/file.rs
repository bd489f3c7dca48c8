//! The shape of `duties.toml`, and what makes a row of it a duty.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{DutiesError, Duty, DutyKind, Every, OnlyWhen};
use crate::clock::SetBy;
use crate::in_force::ends_before_it_begins;
use crate::scheme::SchemeId;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct File {
    pub(super) edition: String,
    pub(super) set_by: SetBy,
    pub(super) duty: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Row {
    id: String,
    kind: DutyKind,
    title: String,
    from: String,
    to: String,
    #[serde(default)]
    schemes: Vec<SchemeId>,
    every: Every,
    #[serde(default)]
    days: Vec<u32>,
    #[serde(default)]
    dates: Vec<NaiveDate>,
    only_when: Option<OnlyWhen>,
    source: String,
    effective: Option<NaiveDate>,
    until: Option<NaiveDate>,
    note: Option<String>,
}

impl Row {
    pub(super) fn into_duty(mut self, set_by: SetBy) -> Result<Duty, DutiesError> {
        let fits = match self.every {
            Every::Week => self.days.is_empty() && self.dates.is_empty(),
            Every::Month | Every::Quarter => {
                let real = self.days.iter().all(|day| (1..=31).contains(day));
                !self.days.is_empty() && real && self.dates.is_empty()
            }
            Every::Once => self.days.is_empty() && !self.dates.is_empty(),
        };
        if !fits {
            return Err(DutiesError::Days { id: self.id });
        }
        if let Some(OnlyWhen { key, value }) = &self.only_when
            && !key.values().contains(&value.as_str())
        {
            return Err(DutiesError::OnlyWhen {
                id: self.id,
                key: *key,
                value: value.clone(),
            });
        }
        if self.source.trim().is_empty() {
            return Err(DutiesError::NoSource { id: self.id });
        }
        if ends_before_it_begins(self.effective, self.until) {
            return Err(DutiesError::EndsBeforeItBegins { id: self.id });
        }
        self.days.sort_unstable();
        self.days.dedup();
        self.dates.sort_unstable();
        Ok(Duty {
            id: self.id,
            kind: self.kind,
            title: self.title,
            from: self.from,
            to: self.to,
            schemes: self.schemes,
            every: self.every,
            days: self.days,
            dates: self.dates,
            only_when: self.only_when,
            source: self.source,
            set_by,
            effective: self.effective,
            until: self.until,
            note: self.note,
        })
    }
}
