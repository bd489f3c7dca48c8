//! Months of the calendar.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A month from 1900 to 2199.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    /// Months since January of the year 0.
    number: i32,
}

/// Not a month that we count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("month needs the form 2024-05, from 1900-01 to 2199-12")]
pub struct MonthError;

const FIRST: i32 = 1900 * 12;
const LAST: i32 = 2199 * 12 + 11;

impl Month {
    /// Month `month`, from 1, of `year`; `None` if it is none that is counted.
    #[must_use]
    pub const fn new(year: u16, month: u8) -> Option<Self> {
        if 1900 <= year && year < 2200 && 0 < month && month < 13 {
            Some(Self {
                number: year as i32 * 12 + month as i32 - 1,
            })
        } else {
            None
        }
    }

    /// The month of `day`, or the nearest that is counted.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        let number = day.year().saturating_mul(12) + day.month0().cast_signed();
        Self {
            number: number.clamp(FIRST, LAST),
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        let month = (self.number % 12 + 1).cast_unsigned();
        NaiveDate::from_ymd_opt(self.number / 12, month, 1).unwrap_or_default()
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.first_day()
            .checked_add_months(Months::new(1))
            .and_then(|day| day.pred_opt())
            .unwrap_or_default()
    }

    /// The month `months` later, or earlier if negative; no further than months are counted.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self {
            number: self.number.saturating_add(months).clamp(FIRST, LAST),
        }
    }

    /// Every month from this one to `last`.
    pub fn to(self, last: Self) -> impl Iterator<Item = Self> + Clone {
        (self.number..=last.number).map(|number| Self { number })
    }

    /// How many months later than `earlier` it is.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i32 {
        self.number - earlier.number
    }
}

/// Such as `2024-05`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.number / 12, self.number % 12 + 1)
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let (year, month) = text.trim().split_once('-').ok_or(MonthError)?;
        let part = |text: &str, len: std::ops::RangeInclusive<usize>| {
            let sound = len.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            sound.then(|| text.parse::<i32>().ok()).flatten()
        };
        let year = part(year, 4..=4).ok_or(MonthError)?;
        let month = part(month, 2..=2).ok_or(MonthError)?;
        let number = year * 12 + month - 1;
        if !(1..=12).contains(&month) || !(FIRST..=LAST).contains(&number) {
            return Err(MonthError);
        }
        Ok(Self { number })
    }
}

/// Months since January of the year 0.
impl<C> Encode<C> for Month {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.i32(self.number)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Month {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let number = d.i32()?;
        if (FIRST..=LAST).contains(&number) {
            Ok(Self { number })
        } else {
            Err(decode::Error::message("month is beyond those counted"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_counted_has_its_days_its_text_and_its_bytes() {
        let first: Month = "1900-01".parse().unwrap();
        let last: Month = "2199-12".parse().unwrap();
        let mut yesterday = None;
        for month in first.to(last) {
            if let Some(yesterday) = yesterday {
                assert_eq!(month.first_day().pred_opt(), Some(yesterday));
            }
            yesterday = Some(month.last_day());
            assert_eq!(Month::of(month.first_day()), month);
            assert_eq!(Month::of(month.last_day()), month);
            assert_eq!(month.to_string().parse(), Ok(month));
            let bytes = minicbor::to_vec(month).unwrap();
            assert_eq!(minicbor::decode::<Month>(&bytes).unwrap(), month);
        }
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in [
            "", "2024", "2024-13", "2024-00", "2024-5", "24-05", "2024-5-1", "1899-12", "2200-01",
        ] {
            assert_eq!(text.parse::<Month>(), Err(MonthError), "{text}");
        }
        for number in [0, FIRST - 1, LAST + 1, i32::MAX] {
            let bytes = minicbor::to_vec(number).unwrap();
            assert!(minicbor::decode::<Month>(&bytes).is_err(), "{number}");
        }
    }
}
