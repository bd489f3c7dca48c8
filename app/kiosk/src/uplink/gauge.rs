//! How fast a route carries, as far as it has been seen to.

use std::time::Duration;

use link::Tick;

/// Stretches shorter than this tell little: blocks arrive in lumps.
const STRETCH_MIN: Duration = Duration::from_millis(800);

/// How much of an old rate stays in the new one, in quarters: changes show within some seconds.
const KEPT_QUARTERS: u64 = 3;

/// Measures bytes that arrived while there was something to carry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gauge {
    bytes_per_second: Option<u64>,
    since: Tick,
    /// Whether there has been something to carry all the time since then.
    is_busy: bool,
    bytes: u64,
}

impl Gauge {
    /// A route that has just been opened, and what its line is said to carry.
    #[must_use]
    pub(crate) fn new(now: Tick, nominal_bytes_per_second: Option<u32>) -> Self {
        Self {
            bytes_per_second: nominal_bytes_per_second.map(u64::from),
            since: now,
            is_busy: false,
            bytes: 0,
        }
    }

    /// So many bytes have arrived since the last call; `is_busy`: there is more.
    pub(crate) fn look(&mut self, now: Tick, arrived: u64, is_busy: bool) {
        self.bytes += arrived;
        let stretch = now.since(self.since);
        if stretch < STRETCH_MIN {
            return;
        }
        if self.is_busy && is_busy {
            let micros = u64::try_from(stretch.as_micros()).unwrap_or(u64::MAX);
            let rate = self.bytes.saturating_mul(1_000_000) / micros.max(1);
            let old = self.bytes_per_second.unwrap_or(rate);
            self.bytes_per_second = Some((old * KEPT_QUARTERS + rate) / (KEPT_QUARTERS + 1));
        }
        self.since = now;
        self.is_busy = is_busy;
        self.bytes = 0;
    }

    /// The rate; `None` while nothing is known of it.
    #[must_use]
    pub(crate) fn bytes_per_second(&self) -> Option<u32> {
        let rate = self.bytes_per_second?;
        Some(u32::try_from(rate).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_rate_is_measured_only_while_there_is_something_to_carry() {
        let mut now = Tick(0);
        let mut gauge = Gauge::new(now, None);
        for (arrived, is_busy) in [(0, false), (500, true), (0, false)] {
            now = now + SECOND;
            gauge.look(now, arrived, is_busy);
            assert_eq!(gauge.bytes_per_second(), None, "no whole stretch was busy");
        }
        for _ in 0..3 {
            now = now + SECOND;
            gauge.look(now, 900, true);
        }
        assert_eq!(gauge.bytes_per_second(), Some(900));
    }

    #[test]
    fn a_line_that_slows_down_is_known_within_seconds() {
        let mut now = Tick(0);
        let mut gauge = Gauge::new(now, Some(960));
        assert_eq!(gauge.bytes_per_second(), Some(960));
        for _ in 0..12 {
            now = now + SECOND;
            gauge.look(now, 100, true);
        }
        let rate = gauge.bytes_per_second().unwrap();
        assert!((100..150).contains(&rate), "{rate}");
    }
}
