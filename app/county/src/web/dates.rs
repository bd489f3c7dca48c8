//! Times and clocks in words, as both residents and staff read them.

use chrono::{Datelike, NaiveDate, Timelike};
use relief::{ClockView, DaysLeft, Due};

use crate::UnixMs;

/// Such as 2026年11月23日 10:05.
pub(super) fn time(at: UnixMs) -> String {
    at.in_china().map_or_else(String::new, |time| {
        format!(
            "{} {:02}:{:02}",
            date(time.date_naive()),
            time.hour(),
            time.minute()
        )
    })
}

/// Such as 2026年11月23日.
pub(super) fn date(day: NaiveDate) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// How a clock stands.
pub(super) struct ClockWords {
    /// Such as 还剩3个工作日.
    pub(super) left: String,
    /// Such as 最迟2026年11月26日; empty when there is no date.
    pub(super) due: String,
    /// The day may move once the next year's holidays are published.
    pub(super) provisional: bool,
    /// The day is past.
    pub(super) overdue: bool,
}

pub(super) fn clock(clock: &ClockView) -> ClockWords {
    let unit = match clock.days_left {
        Some(DaysLeft::Working(_)) => "个工作日",
        Some(DaysLeft::Calendar(_)) | None => "天",
    };
    match (clock.due, clock.days_left.map(DaysLeft::count)) {
        (Due::By(due), Some(left)) => ClockWords {
            left: match left {
                0 => "今天到期".to_owned(),
                1.. => format!("还剩{left}{unit}"),
                ..0 => format!("已超期{}{unit}", left.unsigned_abs()),
            },
            due: format!("最迟{}", date(due.date)),
            provisional: due.provisional,
            overdue: left < 0,
        },
        (Due::By(due), None) => ClockWords {
            left: format!("最迟{}", date(due.date)),
            due: String::new(),
            provisional: due.provisional,
            overdue: false,
        },
        (Due::From(day), _) => ClockWords {
            left: format!("从{}起", date(day)),
            due: String::new(),
            provisional: false,
            overdue: false,
        },
        (Due::NoLimit(no_limit), _) => ClockWords {
            left: no_limit.wording().to_owned(),
            due: String::new(),
            provisional: false,
            overdue: false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_the_clock_on_the_wall_in_china() {
        assert_eq!(time(UnixMs(0)), "1970年1月1日 08:00");
    }
}
