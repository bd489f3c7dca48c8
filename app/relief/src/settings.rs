//! What the notice leaves open, or says twice, with the answer that is worked by (`assets/rules/settings.toml`).
//!
//! Every question has one stated default. A county answers it otherwise by a row of its own, from a day on; what was
//! issued before that day stays.

use chrono::{NaiveDate, Weekday};
use serde::Deserialize;

use crate::calendar::RestDay;
use crate::clock::{SetBy, Step};
use crate::in_force::{ends_before_it_begins, in_force};
use crate::scheme::SchemeId;

/// A question that the texts leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingKey {
    /// How often townships report their progress: `weekly` or `semi-monthly` (the 14th and the 29th).
    ProgressReport,
    /// The day of a weekly report: `monday` to `sunday`.
    WeeklyReportDay,
    /// A report's day in a month that has no such day: `month-end`, or `left-out`.
    ShortMonth,
    /// A report whose day is a day of rest: `earlier`, `later` or `stays`.
    ReportOnRestDay,
    /// A payment whose day is a day of rest.
    PaymentOnRestDay,
    /// A period of the law that ends on a day of rest.
    PeriodEndOnRestDay,
    /// A public notice that ends on a day of rest.
    NoticeEndOnRestDay,
    /// Whether days on which asked-for papers are awaited count: `not-counted` or `counted`.
    DaysWaitingForPapers,
    /// Who confirms: `county` or `township`. May be said for some schemes only.
    ConfirmingPower,
    /// Whose near relatives are registered apart: applicants of `all-schemes`, or of `dibao-only`.
    NearRelativeScope,
    /// By when money is to arrive that was decided after the pay day: `next-tenth`, the same day of the next month, or
    /// `next-pay-day`, which for a quarter's money is the next quarter's.
    LateDecisionPayment,
    /// From when on money for somebody who died counts as paid too long: `next-month` or `after-three-months`.
    OverpaidFrom,
}

const REST_DAYS: &[&str] = &["earlier", "later", "stays"];

impl SettingKey {
    /// Every question, in the order of the file.
    pub const ALL: [Self; 12] = [
        Self::ProgressReport,
        Self::WeeklyReportDay,
        Self::ShortMonth,
        Self::ReportOnRestDay,
        Self::PaymentOnRestDay,
        Self::PeriodEndOnRestDay,
        Self::NoticeEndOnRestDay,
        Self::DaysWaitingForPapers,
        Self::ConfirmingPower,
        Self::NearRelativeScope,
        Self::LateDecisionPayment,
        Self::OverpaidFrom,
    ];

    /// The answers that there are.
    #[must_use]
    pub const fn values(self) -> &'static [&'static str] {
        match self {
            Self::ProgressReport => &["weekly", "semi-monthly"],
            Self::WeeklyReportDay => &[
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
            ],
            Self::ShortMonth => &["month-end", "left-out"],
            Self::ReportOnRestDay
            | Self::PaymentOnRestDay
            | Self::PeriodEndOnRestDay
            | Self::NoticeEndOnRestDay => REST_DAYS,
            Self::DaysWaitingForPapers => &["not-counted", "counted"],
            Self::ConfirmingPower => &["county", "township"],
            Self::NearRelativeScope => &["all-schemes", "dibao-only"],
            Self::LateDecisionPayment => &["next-tenth", "next-pay-day"],
            Self::OverpaidFrom => &["next-month", "after-three-months"],
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The question.
    pub key: SettingKey,
    /// The question in plain Chinese.
    pub question: String,
    /// The answer, one of [`SettingKey::values`].
    pub value: String,
    /// Why it is so.
    pub why: String,
    /// What it rests on.
    pub source: String,
    /// The schemes it is said for; empty: all.
    pub schemes: Vec<SchemeId>,
    /// Our default, or the county's answer.
    pub set_by: SetBy,
    /// First day on which it holds; `None`: always.
    pub effective: Option<NaiveDate>,
    /// Last day on which it holds, if it ended.
    pub until: Option<NaiveDate>,
}

/// Why a file of settings was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not TOML, or not of this shape.
    #[error("settings file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An answer that the question does not have.
    #[error("setting {key:?} has the value {value}, needed is one of: {}", key.values().join(", "))]
    Value {
        /// The question.
        key: SettingKey,
        /// The answer.
        value: String,
    },
    /// Nothing says what the answer rests on.
    #[error("setting {key:?} names no source")]
    NoSource {
        /// The question.
        key: SettingKey,
    },
    /// The last day is before the first.
    #[error("setting {key:?} ends before it begins")]
    EndsBeforeItBegins {
        /// The question.
        key: SettingKey,
    },
    /// Only some questions can be answered for some schemes alone.
    #[error("setting {key:?} cannot be said for some schemes only")]
    SchemesUnused {
        /// The question.
        key: SettingKey,
    },
}

/// All answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    edition: String,
    settings: Vec<Setting>,
}

/// What has a day that may be a day of rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// A report within the administration.
    Report,
    /// A payment.
    Payment,
    /// A period of the law.
    Period,
    /// A public notice.
    Notice,
}

impl Dated {
    /// What the limit of `step` is.
    #[must_use]
    pub const fn of_step(step: Step) -> Self {
        if step.is_a_notice() {
            Self::Notice
        } else {
            Self::Period
        }
    }
}

impl Settings {
    /// Reads `settings.toml`.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] with the place in the file or the answer at fault.
    pub fn parse(toml: &str) -> Result<Self, SettingsError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct File {
            edition: String,
            set_by: SetBy,
            setting: Vec<Row>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Row {
            key: SettingKey,
            value: String,
            #[serde(default)]
            question: String,
            #[serde(default)]
            why: String,
            source: String,
            #[serde(default)]
            schemes: Vec<SchemeId>,
            effective: Option<NaiveDate>,
            until: Option<NaiveDate>,
        }
        let file: File = toml::from_str(toml)?;
        let mut settings = Vec::with_capacity(file.setting.len());
        for row in file.setting {
            let key = row.key;
            if !key.values().contains(&row.value.as_str()) {
                return Err(SettingsError::Value {
                    key,
                    value: row.value,
                });
            }
            if row.source.trim().is_empty() {
                return Err(SettingsError::NoSource { key });
            }
            if ends_before_it_begins(row.effective, row.until) {
                return Err(SettingsError::EndsBeforeItBegins { key });
            }
            if !row.schemes.is_empty() && key != SettingKey::ConfirmingPower {
                return Err(SettingsError::SchemesUnused { key });
            }
            settings.push(Setting {
                key,
                question: row.question,
                value: row.value,
                why: row.why,
                source: row.source,
                schemes: row.schemes,
                set_by: file.set_by,
                effective: row.effective,
                until: row.until,
            });
        }
        Ok(Self {
            edition: file.edition,
            settings,
        })
    }

    /// These answers with a county's laid over them.
    #[must_use]
    pub fn overridden_by(mut self, county: Self) -> Self {
        self.edition = format!("{}+{}", self.edition, county.edition);
        self.settings.extend(county.settings);
        self
    }

    /// The file's edition.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Every answer, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Setting] {
        &self.settings
    }

    /// The answer that holds on `day`: for these schemes before one for all, the county's before ours, the later before
    /// the earlier.
    #[must_use]
    pub fn get(
        &self,
        key: SettingKey,
        scheme: Option<SchemeId>,
        day: NaiveDate,
    ) -> Option<&Setting> {
        self.settings
            .iter()
            .filter(|setting| {
                setting.key == key
                    && in_force(setting.effective, setting.until, day)
                    && (setting.schemes.is_empty()
                        || scheme.is_some_and(|scheme| setting.schemes.contains(&scheme)))
            })
            .max_by_key(|setting| {
                (
                    setting.set_by == SetBy::County,
                    !setting.schemes.is_empty(),
                    setting.effective,
                )
            })
    }

    /// Whether the answer that holds on `day` is `value`.
    #[must_use]
    pub fn is(&self, key: SettingKey, value: &str, day: NaiveDate) -> bool {
        self.get(key, None, day)
            .is_some_and(|setting| setting.value == value)
    }

    /// What happens on `day` to a last day that is a day of rest.
    #[must_use]
    pub fn rest_day(&self, dated: Dated, day: NaiveDate) -> RestDay {
        let key = match dated {
            Dated::Report => SettingKey::ReportOnRestDay,
            Dated::Payment => SettingKey::PaymentOnRestDay,
            Dated::Period => SettingKey::PeriodEndOnRestDay,
            Dated::Notice => SettingKey::NoticeEndOnRestDay,
        };
        match self
            .get(key, None, day)
            .map(|setting| setting.value.as_str())
        {
            Some("earlier") => RestDay::Earlier,
            Some("stays") => RestDay::Stays,
            _ => RestDay::Later,
        }
    }

    /// The day of the week on which a weekly report is due.
    #[must_use]
    pub fn weekly_report_day(&self, day: NaiveDate) -> Weekday {
        self.get(SettingKey::WeeklyReportDay, None, day)
            .and_then(|setting| setting.value.parse().ok())
            .unwrap_or(Weekday::Fri)
    }

    /// Whether days on which asked-for papers are awaited do not count.
    #[must_use]
    pub fn pauses_for_papers(&self, day: NaiveDate) -> bool {
        self.is(SettingKey::DaysWaitingForPapers, "not-counted", day)
    }

    /// Whether the township confirms cases of this scheme.
    #[must_use]
    pub fn township_confirms(&self, scheme: SchemeId, day: NaiveDate) -> bool {
        self.get(SettingKey::ConfirmingPower, Some(scheme), day)
            .is_some_and(|setting| setting.value == "township")
    }

    /// Whether an applicant of this scheme who is a near relative of staff or committee is registered apart.
    #[must_use]
    pub fn registers_near_relatives(&self, scheme: SchemeId, day: NaiveDate) -> bool {
        scheme == SchemeId::DIBAO || !self.is(SettingKey::NearRelativeScope, "dibao-only", day)
    }
}

#[cfg(test)]
mod tests;
