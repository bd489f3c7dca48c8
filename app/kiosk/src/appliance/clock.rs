//! The appliance's three readings of time; only here are they taken.

use std::cmp::Ordering;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use chrono::NaiveDate;
use link::Tick;
use relief::{KioskTime, china_time};
use store::{CountyTime, Moment, UnixMs};

/// One reading of all clocks, for those who are told the time instead of reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Microseconds of this boot, for the line's protocol.
    pub tick: Tick,
    /// The same for files, with the boot's number and the wall clock.
    pub moment: Moment,
}

impl Now {
    /// The reading at `tick` of boot number `boot`, when the wall clock says `wall`.
    #[must_use]
    pub fn new(boot: u32, tick: Tick, wall: UnixMs) -> Self {
        let tick_ms = tick.0 / 1000;
        Self {
            tick,
            moment: Moment {
                boot,
                tick_ms,
                wall,
            },
        }
    }

    /// The same as a record keeps it, with the newest time that the county has told.
    #[must_use]
    pub fn told(&self, heard: Option<CountyTime>) -> KioskTime {
        let Moment {
            boot: boot_id,
            tick_ms,
            wall,
        } = self.moment;
        KioskTime {
            boot_id,
            tick_ms,
            wall_ms: wall.0,
            county_ms: heard.map(|heard| heard.county.0),
            county_tick_ms: heard.and_then(|heard| match heard.boot.cmp(&boot_id) {
                Ordering::Less => None,
                Ordering::Equal => Some(heard.tick_ms),
                // A program beside this one heard it, as from a stick, in a boot of its own that began after this one:
                // it is known now, and was not when this boot began.
                Ordering::Greater => Some(tick_ms),
            }),
        }
    }
}

/// Which boot this is, how long it has lasted, and what the wall clock says.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    boot_id: u32,
    started: Instant,
}

impl Clock {
    /// The clock of boot number `boot_id`, whose ticks count from `started`.
    #[must_use]
    pub fn new(boot_id: u32, started: Instant) -> Self {
        Self { boot_id, started }
    }

    /// The wall clock. It may be years off and may step; it decides no wait.
    #[must_use]
    pub fn wall(&self) -> UnixMs {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Microseconds of this boot, for the line's protocol.
    #[must_use]
    pub fn tick(&self) -> Tick {
        Tick(u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// All three.
    #[must_use]
    pub fn now(&self) -> Now {
        Now::new(self.boot_id, self.tick(), self.wall())
    }
}

/// A time as people read it: `2026年11月23日 10:05`, in China's time.
#[must_use]
pub fn for_people(time: UnixMs) -> String {
    china_time(time.0)
        .map(|time| time.format("%Y年%-m月%-d日 %H:%M").to_string())
        .unwrap_or_default()
}

/// A day, given as in ISO 8601, as people read it: `2026年11月27日`; `None` if it is no day.
#[must_use]
pub fn day_for_people(iso: &str) -> Option<String> {
    let day: NaiveDate = iso.parse().ok()?;
    Some(day.format("%Y年%-m月%-d日").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_county_time_is_told_with_the_tick_by_which_it_was_known() {
        let now = Now::new(5, Tick(60_000_000), UnixMs(1));
        let told = |boot| {
            now.told(Some(CountyTime {
                county: UnixMs(7),
                boot,
                tick_ms: 900,
            }))
        };
        for (boot, tick_ms) in [(4, None), (5, Some(900)), (6, Some(60_000))] {
            let told = told(boot);
            assert_eq!((told.county_ms, told.county_tick_ms), (Some(7), tick_ms));
        }
        let told = now.told(None);
        assert_eq!((told.county_ms, told.county_tick_ms), (None, None));
    }

    #[test]
    fn a_day_is_told_in_words_and_nonsense_is_not() {
        assert_eq!(
            day_for_people("2026-11-07").as_deref(),
            Some("2026年11月7日")
        );
        assert_eq!(day_for_people("2026-02-30"), None);
    }

    #[test]
    fn a_time_is_told_in_china_s_hours() {
        assert_eq!(
            for_people(UnixMs(1_795_446_300_000)),
            "2026年11月23日 23:05"
        );
    }
}
