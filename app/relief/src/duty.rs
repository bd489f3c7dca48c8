//! What is due again and again by the calendar: payments, monthly reports, progress reports (`assets/rules/duties.toml`).
//!
//! A clock runs since something happened; a duty has its day whether anything happened or not.

mod file;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Deserialize;

use crate::calendar::{Calendar, DueDate, day_or_month_end};
use crate::clock::SetBy;
use crate::in_force::in_force;
use crate::scheme::SchemeId;
use crate::settings::{Dated, SettingKey, Settings};

use file::File;

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DutyKind {
    /// Money reaches a household, a person or an institution.
    Payment,
    /// A report reaches the next office.
    Report,
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// On the day of [`Settings::weekly_report_day`].
    Week,
    /// On [`Duty::days`] of each month.
    Month,
    /// On [`Duty::days`] of the first month of each quarter.
    Quarter,
    /// On [`Duty::dates`] and never again.
    Once,
}

/// A setting on which it depends whether the duty exists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnlyWhen {
    /// The question.
    pub key: SettingKey,
    /// The answer under which it exists.
    pub value: String,
}

/// One duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Stable name, such as `P1`.
    pub id: String,
    /// What is owed.
    pub kind: DutyKind,
    /// In plain Chinese.
    pub title: String,
    /// Who owes it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The schemes whose money it is; empty for reports.
    pub schemes: Vec<SchemeId>,
    /// How often.
    pub every: Every,
    /// Days of the month, 1 to 31.
    pub days: Vec<u32>,
    /// Dates of a duty that comes once.
    pub dates: Vec<NaiveDate>,
    /// When it exists, if not always.
    pub only_when: Option<OnlyWhen>,
    /// Text and section.
    pub source: String,
    /// Who set it.
    pub set_by: SetBy,
    /// The first day that can be its day, where known.
    pub effective: Option<NaiveDate>,
    /// The last day that can be its day, if it ended.
    pub until: Option<NaiveDate>,
    /// What an editor must know.
    pub note: Option<String>,
}

/// One time at which a duty is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyDate {
    /// The duty.
    pub id: String,
    /// The day as the text names it.
    pub nominal: NaiveDate,
    /// The day at the latest, if the named one is a day of rest.
    pub due: DueDate,
    /// First day of the time that it is about.
    pub from: NaiveDate,
    /// Last day of it.
    pub to: NaiveDate,
}

/// Why a file of duties was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DutiesError {
    /// Not TOML, or not of this shape.
    #[error("duties file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// Its days do not fit how often it comes.
    #[error(
        "duty {id} needs days 1 to 31 for every month or quarter, dates for once, neither for a week"
    )]
    Days {
        /// The duty.
        id: String,
    },
    /// It depends on an answer that the question does not have.
    #[error("duty {id} exists under {value}, needed is one of: {}", key.values().join(", "))]
    OnlyWhen {
        /// The duty.
        id: String,
        /// The question.
        key: SettingKey,
        /// The answer.
        value: String,
    },
    /// The source is empty.
    #[error("duty {id} names no source")]
    NoSource {
        /// The duty.
        id: String,
    },
    /// The last day is before the first.
    #[error("duty {id} ends before it begins")]
    EndsBeforeItBegins {
        /// The duty.
        id: String,
    },
    /// Two duties with the same id hold from the same day.
    #[error("duty {id} stands twice for the same first day")]
    Duplicate {
        /// The duty.
        id: String,
    },
}

/// The longest time asked about at once, in days: ten years. What lies beyond is left out.
pub const RANGE_DAYS_MAX: u64 = 3660;

/// All duties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duties {
    edition: String,
    duties: Vec<Duty>,
}

impl Duties {
    /// Reads `duties.toml`.
    ///
    /// # Errors
    ///
    /// [`DutiesError`] with the place in the file or the duty at fault.
    pub fn parse(toml: &str) -> Result<Self, DutiesError> {
        let file: File = toml::from_str(toml)?;
        let mut duties: Vec<Duty> = Vec::with_capacity(file.duty.len());
        for row in file.duty {
            let duty = row.into_duty(file.set_by)?;
            if duties
                .iter()
                .any(|other| other.id == duty.id && other.effective == duty.effective)
            {
                return Err(DutiesError::Duplicate { id: duty.id });
            }
            duties.push(duty);
        }
        Ok(Self {
            edition: file.edition,
            duties,
        })
    }

    /// These duties with a county's laid over them; a county's duty takes the place of ours of the same id from its
    /// first day on.
    #[must_use]
    pub fn overridden_by(mut self, county: Self) -> Self {
        self.edition = format!("{}+{}", self.edition, county.edition);
        self.duties.extend(county.duties);
        self
    }

    /// The file's edition.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Every duty, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Duty] {
        &self.duties
    }

    /// The duty of this id that holds on `day`.
    #[must_use]
    pub fn by_id(&self, id: &str, day: NaiveDate) -> Option<&Duty> {
        self.duties
            .iter()
            .filter(|duty| duty.id == id && duty.in_force(day))
            .max_by_key(|duty| (duty.set_by == SetBy::County, duty.effective))
    }

    /// Every time from `first` to `last` at which a duty is due, by its day at the latest, the earliest first; at most
    /// [`RANGE_DAYS_MAX`] days.
    #[must_use]
    pub fn due_between(
        &self,
        first: NaiveDate,
        last: NaiveDate,
        settings: &Settings,
        calendar: &Calendar,
    ) -> Vec<DutyDate> {
        let last = last.min(
            first
                .checked_add_days(Days::new(RANGE_DAYS_MAX))
                .unwrap_or(NaiveDate::MAX),
        );
        let mut dates: Vec<DutyDate> = self
            .duties
            .iter()
            .flat_map(|duty| {
                // A day that a holiday moves stays within a month of where it was.
                let nominals = duty.nominals(month_before(first), month_after(last), settings);
                nominals
                    .into_iter()
                    .filter(|&nominal| self.holds(duty, nominal, settings))
                    .map(|nominal| self.on(duty, nominal, settings, calendar))
                    .collect::<Vec<_>>()
            })
            .filter(|date| first <= date.due.date && date.due.date <= last)
            .collect();
        dates.sort_by(|a, b| (a.due.date, &a.id).cmp(&(b.due.date, &b.id)));
        dates
    }

    /// Whether `duty` is the one of its id that is in force on `nominal`, and the settings have it exist.
    fn holds(&self, duty: &Duty, nominal: NaiveDate, settings: &Settings) -> bool {
        self.by_id(&duty.id, nominal)
            .is_some_and(|in_force| std::ptr::eq(in_force, duty))
            && duty.exists(settings, nominal)
    }

    fn on(
        &self,
        duty: &Duty,
        nominal: NaiveDate,
        settings: &Settings,
        calendar: &Calendar,
    ) -> DutyDate {
        let dated = match duty.kind {
            DutyKind::Payment => Dated::Payment,
            DutyKind::Report => Dated::Report,
        };
        let (from, to) = self.about(duty, nominal, settings);
        DutyDate {
            id: duty.id.clone(),
            nominal,
            due: calendar.moved(nominal, settings.rest_day(dated, nominal)),
            from,
            to,
        }
    }

    /// The time that it is about: a payment's month or quarter, a report's days since the one before. Where the
    /// rhythm has changed, the one before came in the old one.
    fn about(
        &self,
        duty: &Duty,
        nominal: NaiveDate,
        settings: &Settings,
    ) -> (NaiveDate, NaiveDate) {
        let month = nominal.with_day(1).unwrap_or(nominal);
        let months = |n| {
            let next = month.checked_add_months(Months::new(n));
            next.and_then(|day| day.pred_opt())
                .unwrap_or(NaiveDate::MAX)
        };
        match (duty.kind, duty.every) {
            (DutyKind::Payment, Every::Quarter) => return (month, months(3)),
            (DutyKind::Payment, _) => return (month, months(1)),
            (DutyKind::Report, Every::Once) => return (duty.effective.unwrap_or(nominal), nominal),
            (DutyKind::Report, Every::Week | Every::Month | Every::Quarter) => {}
        }
        let back = nominal
            .checked_sub_months(Months::new(LOOK_BACK_MONTHS))
            .unwrap_or(NaiveDate::MIN);
        let yesterday = nominal.pred_opt().unwrap_or(nominal);
        let turns = || {
            self.duties
                .iter()
                .filter(|other| other.takes_turns_with(duty))
        };
        let rhythm = duty.nominals(back, yesterday, settings).pop();
        // The first of all, or the first after a break, is about as many days as those after it.
        let goes_on = rhythm.is_some_and(|day| {
            turns().any(|other| other.in_force(day) && other.exists(settings, day))
        });
        let told = turns()
            .flat_map(|other| {
                let days = other.nominals(back, yesterday, settings);
                days.into_iter()
                    .filter(|&day| self.holds(other, day, settings))
            })
            .max();
        let before = told.filter(|_| goes_on).or(rhythm);
        let from = before.and_then(|day| day.succ_opt()).unwrap_or(month);
        (from, nominal)
    }
}

/// The report before a quarter's is three months back, and a month more where a short one was left out.
const LOOK_BACK_MONTHS: u32 = 4;

impl Duty {
    fn in_force(&self, day: NaiveDate) -> bool {
        in_force(self.effective, self.until, day)
    }

    fn exists(&self, settings: &Settings, day: NaiveDate) -> bool {
        self.only_when
            .as_ref()
            .is_none_or(|when| settings.is(when.key, &when.value, day))
    }

    /// Whether a report of one tells what the other left off: the same duty in an older form, or in another rhythm.
    fn takes_turns_with(&self, other: &Self) -> bool {
        let key = |duty: &Self| duty.only_when.as_ref().map(|when| when.key);
        self.id == other.id || (self.only_when.is_some() && key(self) == key(other))
    }

    /// The days that the text names, from `first` to `last`.
    fn nominals(&self, first: NaiveDate, last: NaiveDate, settings: &Settings) -> Vec<NaiveDate> {
        match self.every {
            Every::Once => self.dates.clone(),
            Every::Week => first
                .iter_days()
                .take_while(|day| *day <= last)
                .filter(|day| day.weekday() == settings.weekly_report_day(*day))
                .collect(),
            Every::Month | Every::Quarter => months(first, last)
                .filter(|month| self.every == Every::Month || month.month0() % 3 == 0)
                .flat_map(|month| self.days_of(month, settings))
                .collect(),
        }
        .into_iter()
        .filter(|day| first <= *day && *day <= last)
        .collect()
    }

    fn days_of(&self, month: NaiveDate, settings: &Settings) -> Vec<NaiveDate> {
        self.days
            .iter()
            .filter_map(|&day| {
                month.with_day(day).or_else(|| {
                    let end = day_or_month_end(month.year(), month.month(), day)?;
                    settings
                        .is(SettingKey::ShortMonth, "month-end", end)
                        .then_some(end)
                })
            })
            .collect()
    }
}

/// The first days of the months that `first` to `last` touch.
fn months(first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let start = first.with_day(1).unwrap_or(first);
    std::iter::successors(Some(start), |month| {
        month.checked_add_months(Months::new(1))
    })
    .take_while(move |month| *month <= last)
}

fn month_before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_months(Months::new(1))
        .unwrap_or(NaiveDate::MIN)
}

fn month_after(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(Months::new(1))
        .unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests;
