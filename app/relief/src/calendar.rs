//! Working days and periods, from the State Council's yearly notices (`assets/rules/holidays.json`).
//!
//! A date past the last published year is never counted silently: the result says `provisional`, and
//! may move once the year's notice is out. Source of the counting rules: 民法典 Art 201–203, used by
//! analogy, for the relief rules have no article on counting.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, Weekday};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// Why a holiday file was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not JSON, or not of this shape.
    #[error("holiday file cannot be read: {reason}")]
    Syntax {
        /// What is wrong there.
        reason: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A day stands under another year.
    #[error("{date} stands under year {year}")]
    WrongYear {
        /// The day.
        date: NaiveDate,
        /// The year it stands under.
        year: i32,
    },
    /// A day is both off and working.
    #[error("{date} is listed as off and as working")]
    Contradiction {
        /// The day.
        date: NaiveDate,
    },
    /// A make-up working day on a day that is working anyway, which betrays a slip.
    #[error("make-up working day {date} is no Saturday or Sunday")]
    MakeUpOnWeekday {
        /// The day.
        date: NaiveDate,
    },
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayKind {
    /// Whether offices work on it.
    pub working: bool,
    /// Whether its year's notice is not published, so that this is a guess from weekdays and fixed days.
    pub provisional: bool,
}

/// What happens to a last day that is a day of rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestDay {
    /// The next working day takes its place.
    Later,
    /// The last working day before takes its place.
    Earlier,
    /// It stays the last day.
    Stays,
}

/// Days on which nothing is counted, because papers were asked for: those after `asked` up to and with `brought`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// The day on which the papers were asked for, the last one that counts.
    pub asked: NaiveDate,
    /// The day on which they came; the next one counts again.
    pub brought: NaiveDate,
}

impl Pause {
    pub(crate) fn covers(&self, day: NaiveDate) -> bool {
        self.asked < day && day <= self.brought
    }
}

/// The last day of a period; it ends at 24:00 or at close of business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueDate {
    /// The day.
    pub date: NaiveDate,
    /// Whether counting ran into a year without a published notice, so that the day is a best guess
    /// and may move once the notice is out. [`Calendar::last_published_year`] tells up to where notices are known.
    pub provisional: bool,
}

/// Days off and make-up working days of the published years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i32, Year>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Year {
    off: BTreeSet<NaiveDate>,
    work: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// Reads `holidays.json`. A year whose status is not `official` counts as unpublished.
    ///
    /// # Errors
    ///
    /// [`CalendarError`] with the place in the file or the day that contradicts.
    pub fn from_json(json: &str) -> Result<Self, CalendarError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default, rename = "timezone")]
            _timezone: IgnoredAny,
            #[serde(default, rename = "rule")]
            _rule: IgnoredAny,
            #[serde(default, rename = "source")]
            _source: IgnoredAny,
            years: BTreeMap<i32, Listed>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Listed {
            status: String,
            #[serde(default, rename = "notice")]
            _notice: IgnoredAny,
            #[serde(default, rename = "url")]
            _url: IgnoredAny,
            #[serde(default, rename = "note")]
            _note: IgnoredAny,
            off: Vec<Named>,
            work: Vec<Named>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Named {
            date: NaiveDate,
            #[serde(default, rename = "name")]
            _name: IgnoredAny,
        }
        let file: File = serde_json::from_str(json).map_err(|error| CalendarError::Syntax {
            reason: error.to_string(),
            line: error.line(),
            column: error.column(),
        })?;
        let mut years = BTreeMap::new();
        for (number, listed) in file.years {
            // A year of another status is listed so that its editor sees it coming; it counts as unpublished.
            if listed.status != "official" {
                continue;
            }
            let year = Year {
                off: listed.off.iter().map(|day| day.date).collect(),
                work: listed.work.iter().map(|day| day.date).collect(),
            };
            if let Some(date) = year
                .off
                .union(&year.work)
                .find(|date| date.year() != number)
            {
                return Err(CalendarError::WrongYear {
                    date: *date,
                    year: number,
                });
            }
            if let Some(date) = year.off.intersection(&year.work).next() {
                return Err(CalendarError::Contradiction { date: *date });
            }
            if let Some(date) = year.work.iter().find(|date| !is_weekend(**date)) {
                return Err(CalendarError::MakeUpOnWeekday { date: *date });
            }
            years.insert(number, year);
        }
        Ok(Self { years })
    }

    /// What `date` is: listed as make-up working day, else listed as off, else by weekday. In a year
    /// without notice also the holidays that the law ties to a date of the solar calendar are off.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> DayKind {
        match self.years.get(&date.year()) {
            Some(year) => DayKind {
                working: year.work.contains(&date)
                    || !(year.off.contains(&date) || is_weekend(date)),
                provisional: false,
            },
            None => DayKind {
                working: !(is_weekend(date) || is_fixed_holiday(date)),
                provisional: true,
            },
        }
    }

    /// The same years with those of a county's file over them; each of its years takes the place of ours, so that a file
    /// of last year loses nobody the next one.
    #[must_use]
    pub fn overridden_by(mut self, county: Self) -> Self {
        self.years.extend(county.years);
        self
    }

    /// The years whose notice is published, in order.
    pub fn published_years(&self) -> impl Iterator<Item = i32> {
        self.years.keys().copied()
    }

    /// The last year whose notice is published, or `None` if there is none.
    #[must_use]
    pub fn last_published_year(&self) -> Option<i32> {
        self.years.keys().next_back().copied()
    }

    /// The `n`th working day after `start` that is in no pause; the day `start` itself is not counted. With `n` 0 it
    /// is `start`.
    #[must_use]
    pub fn add_working_days(&self, start: NaiveDate, n: u16, pauses: &[Pause]) -> DueDate {
        let mut due = DueDate {
            date: start,
            provisional: false,
        };
        for _ in 0..n {
            due = self.next_working_day(due);
            while let Some(pause) = pauses.iter().find(|pause| pause.covers(due.date)) {
                due.date = pause.brought;
                due = self.next_working_day(due);
            }
        }
        due
    }

    /// The `n`th calendar day after `start` that is in no pause, moved by `rest_day` if it is a day of rest. Pauses are
    /// in the order in which they were and do not overlap.
    #[must_use]
    pub fn add_calendar_days(
        &self,
        start: NaiveDate,
        n: u16,
        pauses: &[Pause],
        rest_day: RestDay,
    ) -> DueDate {
        self.after_pauses(
            start,
            start.checked_add_days(Days::new(n.into())),
            pauses,
            rest_day,
        )
    }

    /// The same day `n` months after `start`, or that month's last day if it has no such day; later by as many days as
    /// the pauses had; then moved by `rest_day` if it is a day of rest.
    #[must_use]
    pub fn add_months(
        &self,
        start: NaiveDate,
        n: u16,
        pauses: &[Pause],
        rest_day: RestDay,
    ) -> DueDate {
        self.after_pauses(
            start,
            start.checked_add_months(Months::new(n.into())),
            pauses,
            rest_day,
        )
    }

    /// `date`, or where `rest_day` moves it if it is a day of rest.
    #[must_use]
    pub fn moved(&self, date: NaiveDate, rest_day: RestDay) -> DueDate {
        let kind = self.is_working_day(date);
        let mut due = DueDate {
            date,
            provisional: kind.provisional,
        };
        match rest_day {
            // The day is named, and no notice of holidays changes it.
            RestDay::Stays => DueDate {
                date,
                provisional: false,
            },
            RestDay::Later | RestDay::Earlier if kind.working => due,
            RestDay::Later => self.next_working_day(due),
            RestDay::Earlier => {
                while let Some(day) = due.date.pred_opt() {
                    let kind = self.is_working_day(day);
                    due = DueDate {
                        date: day,
                        provisional: due.provisional || kind.provisional,
                    };
                    if kind.working {
                        break;
                    }
                }
                due
            }
        }
    }

    /// How many working days are left after `today` up to and with `due`; negative once `due` is past, then
    /// the working days after `due` up to and with `today`.
    #[must_use]
    pub fn working_days_left(&self, today: NaiveDate, due: NaiveDate) -> i32 {
        let (from, to, sign) = if today <= due {
            (today, due, 1)
        } else {
            (due, today, -1)
        };
        let count = from
            .iter_days()
            .skip(1)
            .take_while(|day| *day <= to)
            .take(DAYS_COUNTED_MAX)
            .filter(|day| self.is_working_day(*day).working)
            .count();
        i32::try_from(count).unwrap_or(i32::MAX) * sign
    }

    fn after_pauses(
        &self,
        start: NaiveDate,
        end: Option<NaiveDate>,
        pauses: &[Pause],
        rest_day: RestDay,
    ) -> DueDate {
        let end = pauses.iter().fold(end, |end, pause| {
            let end = end?;
            if end <= pause.asked {
                return Some(end);
            }
            let first = pause.asked.max(start);
            let days = pause.brought.signed_duration_since(first).num_days();
            end.checked_add_days(Days::new(u64::try_from(days).unwrap_or(0)))
        });
        self.moved(end.unwrap_or(NaiveDate::MAX), rest_day)
    }

    fn next_working_day(&self, from: DueDate) -> DueDate {
        let mut due = from;
        while let Some(date) = due.date.succ_opt() {
            let kind = self.is_working_day(date);
            due = DueDate {
                date,
                provisional: due.provisional || kind.provisional,
            };
            if kind.working {
                break;
            }
        }
        due
    }
}

/// Days looked at when counting what is left: a hundred years, so that a mistyped date costs no time.
const DAYS_COUNTED_MAX: usize = 36_525;

/// The first day of the month after `date`'s, from when a payment that starts "the month after" is due.
#[must_use]
pub fn next_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(1)))
        .unwrap_or(NaiveDate::MAX)
}

/// Day `day` (from 1) of the month, or the month's last day if it has none such. `None` if there is no such month.
#[must_use]
pub fn day_or_month_end(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    (1..=day.min(31))
        .rev()
        .find_map(|day| NaiveDate::from_ymd_opt(year, month, day))
}

/// The moment `unix_ms` (Unix milliseconds) on a clock on the wall in China, which keeps one time without summer time;
/// `None` some 260 000 years from now.
#[must_use]
pub fn china_time(unix_ms: i64) -> Option<DateTime<FixedOffset>> {
    const CHINA_OFFSET_S: i32 = 8 * 3600;
    let china = FixedOffset::east_opt(CHINA_OFFSET_S)?;
    Some(DateTime::from_timestamp_millis(unix_ms)?.with_timezone(&china))
}

/// The day in China (UTC+8, no summer time) at `unix_ms`, Unix milliseconds UTC.
///
/// A time outside the calendar's range gives the nearest end of 1970 to 9999.
#[must_use]
pub fn china_date(unix_ms: i64) -> NaiveDate {
    const EIGHT_HOURS_MS: i64 = 8 * 3_600_000;
    const END_OF_9999_MS: i64 = 253_402_300_799_999;
    let clamped = unix_ms.clamp(-EIGHT_HOURS_MS, END_OF_9999_MS - EIGHT_HOURS_MS);
    DateTime::from_timestamp_millis(clamped + EIGHT_HOURS_MS)
        .map_or(NaiveDate::MAX, |time| time.date_naive())
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// 元旦, 劳动节 and 国庆节, the statutory days whose date does not hang on the moon or the solar terms.
/// Source: 全国年节及纪念日放假办法 as revised 2024-11-10, and before it for years to 2024.
fn is_fixed_holiday(date: NaiveDate) -> bool {
    match (date.month(), date.day()) {
        (1 | 5, 1) | (10, 1..=3) => true,
        (5, 2) => date.year() >= 2025,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
