//! Whether something that had a day was done by it.

use chrono::NaiveDate;

/// How something that is due stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Punctuality {
    /// Done on its day or before.
    InTime,
    /// Done so many calendar days after it.
    Late {
        /// Calendar days.
        days: u32,
    },
    /// Not done, and so many calendar days past its day.
    Overdue {
        /// Calendar days.
        days: u32,
    },
    /// Not done, and not due yet; so many calendar days are left, 0 on the day itself.
    Ahead {
        /// Calendar days.
        days: u32,
    },
}

impl Punctuality {
    /// How what is due on `due` and was done on `done`, if it was, stands on `today`.
    #[must_use]
    pub fn of(due: NaiveDate, done: Option<NaiveDate>, today: NaiveDate) -> Self {
        let days = |later: NaiveDate, earlier: NaiveDate| {
            u32::try_from(later.signed_duration_since(earlier).num_days()).unwrap_or(0)
        };
        match done {
            Some(done) if done <= due => Self::InTime,
            Some(done) => Self::Late {
                days: days(done, due),
            },
            None if due < today => Self::Overdue {
                days: days(today, due),
            },
            None => Self::Ahead {
                days: days(due, today),
            },
        }
    }

    /// Whether somebody was late or is.
    #[must_use]
    pub const fn is_late(self) -> bool {
        matches!(self, Self::Late { .. } | Self::Overdue { .. })
    }

    /// In plain Chinese.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::InTime => "按时".to_owned(),
            Self::Late { days } => format!("迟{days}天"),
            Self::Overdue { days } => format!("已超期{days}天"),
            Self::Ahead { days: 0 } => "今天到期".to_owned(),
            Self::Ahead { days } => format!("还有{days}天"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_itself_is_in_time_and_the_next_is_late() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        for (done, today, words) in [
            (Some(10), 31, "按时"),
            (Some(11), 31, "迟1天"),
            (None, 9, "还有1天"),
            (None, 10, "今天到期"),
            (None, 12, "已超期2天"),
        ] {
            let stands = Punctuality::of(day(10), done.map(day), day(today));
            assert_eq!(stands.words(), words);
        }
    }
}
