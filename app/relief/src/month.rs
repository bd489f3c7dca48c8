//! A month of the calendar, for what is paid and reported by the month.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use minicbor::{Decode, Encode};

/// A month of a year from 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    year: u16,
    /// 1 to 12.
    month: u8,
}

/// The text is no month such as `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("month is not written as in 2026-11")]
pub struct MonthError;

impl Month {
    /// Month `month`, from 1, of `year`; `None` if there is none such.
    #[must_use]
    pub const fn new(year: u16, month: u8) -> Option<Self> {
        if 0 < year && year < 10_000 && 0 < month && month < 13 {
            Some(Self { year, month })
        } else {
            None
        }
    }

    /// The month that `date` lies in; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn of(date: NaiveDate) -> Option<Self> {
        let year = u16::try_from(date.year()).ok()?;
        Self::new(year, u8::try_from(date.month()).ok()?)
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month's number, from 1.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year.into(), self.month.into(), 1)
            .unwrap_or_else(|| unreachable!("a month of these years begins"))
    }

    /// `months` months later, or earlier for a negative number; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn plus(self, months: i32) -> Option<Self> {
        let count = (i32::from(self.year) * 12 + i32::from(self.month) - 1).checked_add(months)?;
        let year = u16::try_from(count.div_euclid(12)).ok()?;
        Self::new(year, u8::try_from(count.rem_euclid(12) + 1).ok()?)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let (year, month) = text.split_once('-').ok_or(MonthError)?;
        let number = |digits: &str, len| {
            (digits.len() == len && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| digits.parse::<u16>().ok())
                .flatten()
                .ok_or(MonthError)
        };
        let month = u8::try_from(number(month, 2)?).map_err(|_| MonthError)?;
        Self::new(number(year, 4)?, month).ok_or(MonthError)
    }
}

/// As its number counted from the year 0: 12 × year + month − 1.
impl<C> Encode<C> for Month {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u32(u32::from(self.year) * 12 + u32::from(self.month) - 1)?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for Month {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let count = d.u32()?;
        u16::try_from(count / 12)
            .ok()
            .and_then(|year| Self::new(year, u8::try_from(count % 12 + 1).ok()?))
            .ok_or_else(|| minicbor::decode::Error::message("no such month"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_month_is_written_and_read_and_counted_on() {
        let november = Month::new(2026, 11).unwrap();
        assert_eq!(november.to_string(), "2026-11");
        assert_eq!("2026-11".parse(), Ok(november));
        assert_eq!(november.plus(2), Month::new(2027, 1));
        assert_eq!(november.plus(-11), Month::new(2025, 12));
        assert_eq!(november.first_day().to_string(), "2026-11-01");
        for wrong in [
            "2026-13", "2026-00", "2026-1", "26-11", "2026-+1", "0000-01", "2026",
        ] {
            assert_eq!(wrong.parse::<Month>(), Err(MonthError), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_month_travels_and_counts_back(year in 1_u16..10_000, month in 1_u8..13, on in -500_i32..500) {
            let month = Month::new(year, month).unwrap();
            let bytes = minicbor::to_vec(month).unwrap();
            prop_assert_eq!(minicbor::decode::<Month>(&bytes).unwrap(), month);
            prop_assert_eq!(Month::of(month.first_day()), Some(month));
            if let Some(later) = month.plus(on) {
                prop_assert_eq!(later.plus(-on), Some(month));
            }
        }
    }
}
