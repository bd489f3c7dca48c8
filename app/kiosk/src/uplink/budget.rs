//! What went over a route, until it is booked in the kiosk's file; and to which month it is booked.
//!
//! A crash or a power cut loses what is not booked yet, so that the month then counts too little: by no more than
//! [`UNBOOKED_MAX`] for each of them and what one turn of the worker moves.

use std::time::Duration;

use chrono::Datelike;
use link::Tick;
use relief::china_time;
use store::{CountyTime, Month};

use crate::appliance::clock::Now;

/// How often bytes are booked at most, unless there are many: each booking is a write to a card that wears.
pub const BOOKED_EVERY: Duration = Duration::from_secs(60);

/// So many bytes are booked at once. A line that moves a megabyte in less than a minute pays for it with one small
/// write a megabyte.
pub const UNBOOKED_MAX: u64 = 1 << 20;

/// The bytes of one route that are not in the file yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    unbooked: u64,
    booked_at: Tick,
    /// The file did not take the last booking.
    has_failed: bool,
}

impl Meter {
    /// Bytes went over the route.
    pub fn moved(&mut self, bytes: u64) {
        self.unbooked = self.unbooked.saturating_add(bytes);
    }

    /// What is not in the file yet.
    #[must_use]
    pub const fn unbooked(&self) -> u64 {
        self.unbooked
    }

    /// Whether it is time to book.
    #[must_use]
    pub fn is_due(&self, now: Tick) -> bool {
        let long_ago = self.booked_at + BOOKED_EVERY <= now;
        let many = UNBOOKED_MAX <= self.unbooked && !self.has_failed;
        (0 < self.unbooked && long_ago) || many
    }

    /// All of it is in the file, or the file did not take it, which is tried again later.
    pub fn booked(&mut self, now: Tick, is_taken: bool) {
        if is_taken {
            self.unbooked = 0;
        }
        self.has_failed = !is_taken;
        self.booked_at = now;
    }
}

/// The month that a budget is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthNow {
    /// Which one.
    pub month: Month,
    /// The county has told the time in this boot.
    pub is_sure: bool,
}

/// The time by the best clock there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BestTime {
    /// Unix milliseconds.
    pub ms: i64,
    /// The county has told the time in this boot.
    pub is_sure: bool,
}

/// The time by the best clock: the county's, as far as this boot has heard it; else the kiosk's own, which is at least
/// as late as the county was when it was last heard.
#[must_use]
pub fn best_time(now: Now, heard: Option<CountyTime>) -> BestTime {
    let moment = now.moment;
    let told = heard.filter(|heard| heard.boot == moment.boot);
    let ms = match (told, heard) {
        (Some(told), _) => {
            let since = moment.tick_ms.saturating_sub(told.tick_ms);
            told.county.0.saturating_add_unsigned(since)
        }
        (None, Some(heard)) => moment.wall.0.max(heard.county.0),
        (None, None) => moment.wall.0,
    };
    BestTime {
        ms,
        is_sure: told.is_some(),
    }
}

/// The present month in China by the best clock; `None` for a clock beyond every calendar.
#[must_use]
pub fn month_now(now: Now, heard: Option<CountyTime>) -> Option<MonthNow> {
    let best = best_time(now, heard);
    let time = china_time(best.ms)?;
    Some(MonthNow {
        month: Month::new(time.year(), time.month())?,
        is_sure: best.is_sure,
    })
}

#[cfg(test)]
mod tests {
    use store::UnixMs;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    /// 2026-11-30 15:59:59 UTC: in China November has one second left.
    const LAST_SECOND: i64 = 1_796_054_399_000;

    fn at(boot: u32, tick_ms: u64, wall_ms: i64) -> Now {
        Now::new(boot, Tick(tick_ms * 1000), UnixMs(wall_ms))
    }

    fn heard(county_ms: i64, boot: u32, tick_ms: u64) -> Option<CountyTime> {
        Some(CountyTime {
            county: UnixMs(county_ms),
            boot,
            tick_ms,
        })
    }

    #[track_caller]
    fn is(now: Now, heard: Option<CountyTime>, month: &str, is_sure: bool) {
        let got = month_now(now, heard).unwrap();
        assert_eq!(
            (got.month.to_string().as_str(), got.is_sure),
            (month, is_sure)
        );
    }

    #[test]
    fn a_month_begins_when_it_does_in_china() {
        is(at(1, 0, LAST_SECOND), None, "2026-11", false);
        is(at(1, 0, LAST_SECOND + 1000), None, "2026-12", false);
        assert_eq!(month_now(at(1, 0, i64::MAX), None), None);
    }

    #[test]
    fn what_the_county_told_in_this_boot_counts_more_than_the_wall_clock() {
        let told = heard(LAST_SECOND, 4, 5000);
        is(at(4, 5900, 0), told, "2026-11", true);
        is(at(4, 6000, 0), told, "2026-12", true);
    }

    #[test]
    fn what_it_told_in_an_earlier_boot_is_the_least_that_it_can_be() {
        let told = heard(LAST_SECOND + 1000, 3, 0);
        is(at(4, 0, 0), told, "2026-12", false);
        is(
            at(4, 0, LAST_SECOND + 40 * 86_400_000),
            told,
            "2027-01",
            false,
        );
    }

    #[test]
    fn bytes_are_booked_once_a_minute_and_sooner_if_there_are_many() {
        let mut meter = Meter::default();
        let now = Tick(0) + MINUTE;
        assert!(!meter.is_due(now), "nothing to book");
        meter.moved(10);
        assert!(meter.is_due(now));
        meter.booked(now, true);
        meter.moved(UNBOOKED_MAX - 1);
        assert!(!meter.is_due(now + MINUTE / 2));
        meter.moved(1);
        assert!(meter.is_due(now + MINUTE / 2));
        // The disk is full: the bytes stay, and are tried again later.
        meter.booked(now + MINUTE, false);
        assert_eq!(meter.unbooked(), UNBOOKED_MAX);
        assert!(!meter.is_due(now + MINUTE));
        assert!(meter.is_due(now + MINUTE * 2));
    }
}
