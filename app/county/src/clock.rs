//! Wall time, as the county's machine has it.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset, NaiveDate};
use relief::china_time;

/// Unix milliseconds, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// The same moment on a clock on the wall in China; `None` some 260 000 years from now.
    #[must_use]
    pub fn in_china(self) -> Option<DateTime<FixedOffset>> {
        china_time(self.0)
    }

    /// The calendar day in China, which is what legal periods count in.
    #[must_use]
    pub fn china_day(self) -> Option<NaiveDate> {
        Some(self.in_china()?.date_naive())
    }
}

/// Where wall time comes from. A program's `main` holds the only real one.
pub trait Clock: Send + Sync {
    /// The current wall time; it may step backwards when the network corrects it.
    fn now(&self) -> UnixMs;
}

/// The machine's own clock, for a program's `main`.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMs {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
