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
pub(crate) fn date(day: NaiveDate) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// Such as 2026-11-23 10:05, for columns of a table.
pub(super) fn short_time(at: UnixMs) -> String {
    at.in_china().map_or_else(String::new, |time| {
        time.format("%Y-%m-%d %H:%M").to_string()
    })
}

/// How a clock stands.
pub(super) struct ClockWords {
    /// Such as 还剩3个工作日.
    pub(super) left: String,
    /// Such as 最迟2026年11月26日; empty when there is no date.
    pub(super) due: String,
    /// Whether the step has a date at all.
    pub(super) dated: bool,
    /// The day may move once the next year's holidays are published.
    pub(super) provisional: bool,
    /// Somebody is late.
    pub(super) overdue: bool,
}

pub(super) fn clock(clock: &ClockView) -> ClockWords {
    let undated = |left: String| ClockWords {
        left,
        due: String::new(),
        dated: false,
        provisional: false,
        overdue: false,
    };
    let (due, left) = match (clock.due, clock.days_left) {
        (Due::By(due), Some(left)) => (due, left),
        (Due::By(due), None) => return undated(format!("最迟{}", date(due.date))),
        (Due::From(day), _) => return undated(format!("从{}起", date(day))),
        (Due::NoLimit(no_limit), _) => return undated(no_limit.wording().to_owned()),
    };
    let unit = match left {
        DaysLeft::Working(_) => "个工作日",
        DaysLeft::Calendar(_) => "天",
    };
    if clock.stands_since.is_some() {
        let left = format!("等补材料，暂停计时。补齐后还剩{}{unit}", left.count());
        return undated(left);
    }
    // A public notice lasts until its day, and a right may go unused; nobody is late when the day is past.
    let lasts = clock.step.is_a_notice();
    let open_end = lasts || clock.step.is_a_right();
    ClockWords {
        left: match left.count() {
            0 if open_end => "今天是最后一天".to_owned(),
            0 => "今天到期".to_owned(),
            days @ 1.. => format!("还剩{days}{unit}"),
            ..0 if lasts => "公示已满期".to_owned(),
            ..0 if open_end => "期限已过".to_owned(),
            days @ ..0 => format!("已超期{}{unit}", days.unsigned_abs()),
        },
        due: format!(
            "{}{}",
            if lasts { "公示到" } else { "最迟" },
            date(due.date)
        ),
        dated: true,
        provisional: due.provisional,
        overdue: left.count() < 0 && !open_end,
    }
}

/// The clocks worth showing: those with a date and what takes effect on one, or where there is no date to keep, what the
/// rules say instead.
pub(super) fn shown(clocks: &[ClockView]) -> impl Iterator<Item = (&ClockView, ClockWords)> {
    let any_dated = clocks.iter().any(|view| clock(view).dated);
    clocks
        .iter()
        .map(|view| (view, clock(view)))
        .filter(move |(view, words)| words.dated || !any_dated || matches!(view.due, Due::From(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_the_clock_on_the_wall_in_china() {
        assert_eq!(time(UnixMs(0)), "1970年1月1日 08:00");
    }
}
