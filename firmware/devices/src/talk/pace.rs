//! How far ahead of its rate a port is filled: little, so that what becomes urgent overtakes soon, and enough that a
//! wake-up that comes late leaves no gap on the line.

use std::time::Duration;

use link::Tick;

/// A port is filled up when what waits in it lasts no longer than this, and as much longer as wake-ups came late of late.
const RESERVE: Duration = Duration::from_millis(35);

/// It is filled up by so much more: the time between two wake-ups of a busy line.
const STEP: Duration = Duration::from_millis(25);

/// However late wake-ups come, no more than this is made up for: an urgent frame waits as long.
const LATE_MAX: Duration = Duration::from_millis(250);

/// How soon a late wake-up is forgotten: of a machine that is busy for a while the next comes before.
const FORGET_AFTER: Duration = Duration::from_secs(10);

/// How late wake-ups are taken to come before any has: programs that start keep a machine busy.
const LATE_AT_FIRST: Duration = Duration::from_millis(100);

/// Most bytes that may wait in a port: below the 4096 that a serial driver of Linux holds, so that a write
/// never waits.
const WAITING_MAX: usize = 3840;

/// Fewest bytes that a port is filled up to, so that slow lines are not fed byte by byte.
const WAITING_MIN: usize = 32;

/// Fills one port.
#[derive(Debug)]
pub(super) struct Pace {
    byte_time: Duration,
    /// When it is time to fill up a port whose owner has more.
    due: Option<Tick>,
    late: Duration,
    late_as_of: Tick,
}

/// What is to be done about a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Fill in so many bytes.
    Fill(usize),
    /// It holds enough for so long.
    Wait(Duration),
}

impl Pace {
    /// For a port with ten bits a byte.
    pub(super) fn new(bits_per_second: u32, now: Tick) -> Self {
        /// Start, eight of data, stop.
        const BITS_PER_BYTE: u64 = 10;
        Self {
            byte_time: Duration::from_secs(BITS_PER_BYTE) / bits_per_second.max(1),
            due: None,
            late: LATE_AT_FIRST,
            late_as_of: now,
        }
    }

    /// What to do about a port in which `waiting` bytes wait.
    pub(super) fn step(&mut self, now: Tick, waiting: usize) -> Step {
        let since = now.since(self.late_as_of);
        let kept = 1.0 - since.as_secs_f64() / FORGET_AFTER.as_secs_f64();
        self.late = self.late.mul_f64(kept.max(0.0));
        self.late_as_of = now;
        let reserve = self.bytes(RESERVE + self.late);
        let full = self.bytes(RESERVE + self.late + STEP);
        let full = full.clamp(WAITING_MIN, WAITING_MAX);
        let reserve = reserve.min(full * 2 / 3);
        match waiting.checked_sub(reserve) {
            Some(ahead) if 0 < ahead => {
                let wait = self.time(ahead);
                self.due = self.due.map(|_| now + wait);
                Step::Wait(wait)
            }
            _ => Step::Fill(full - waiting),
        }
    }

    /// So many bytes that were to be filled in at `began` are in the port now; `has_more` says whether the owner would have
    /// had more. Returns when it is time for those.
    pub(super) fn filled(
        &mut self,
        began: Tick,
        now: Tick,
        bytes: usize,
        has_more: bool,
    ) -> Duration {
        let late = self.due.map_or(Duration::ZERO, |due| now.since(due));
        // A write that was not due may be held up as well.
        let late = late.max(now.since(began)).min(LATE_MAX);
        self.late = self.late.max(late);
        let wait = self.time(bytes).min(STEP);
        self.due = has_more.then(|| now + wait);
        wait
    }

    fn bytes(&self, time: Duration) -> usize {
        let bytes = time.as_nanos() / self.byte_time.as_nanos().max(1);
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    fn time(&self, bytes: usize) -> Duration {
        self.byte_time
            .saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Tick {
        Tick(60_000_000 + ms * 1000)
    }

    /// What has forgotten the start.
    fn pace(bits_per_second: u32) -> Pace {
        Pace::new(bits_per_second, Tick(0))
    }

    #[test]
    fn little_waits_in_a_port_and_a_slow_one_is_fed_in_pieces() {
        let fill_of_empty = |bits_per_second| pace(bits_per_second).step(at(0), 0);
        assert_eq!(fill_of_empty(50), Step::Fill(32));
        assert_eq!(fill_of_empty(9600), Step::Fill(57));
        assert_eq!(fill_of_empty(115_200), Step::Fill(691));
        assert_eq!(fill_of_empty(921_600), Step::Fill(3840));
        assert_eq!(fill_of_empty(0), Step::Fill(32));
        assert_eq!(fill_of_empty(u32::MAX), Step::Fill(3840));
    }

    #[test]
    fn a_port_is_filled_up_before_it_is_empty() {
        let mut pace = pace(9600);
        assert_eq!(pace.step(at(0), 33), Step::Fill(24));
        let Step::Wait(wait) = pace.step(at(0), 57) else {
            panic!("it is full");
        };
        assert!(
            Duration::from_millis(24) < wait && wait < Duration::from_millis(26),
            "{wait:?}"
        );
    }

    #[test]
    fn at_first_and_after_a_late_wake_up_more_waits_for_a_while() {
        let mut pace = Pace::new(9600, at(0));
        assert_eq!(pace.step(at(0), 0), Step::Fill(57 + 96));
        assert_eq!(pace.step(at(10_000), 0), Step::Fill(57));
        let wait = pace.filled(at(10_000), at(10_000), 57, true);
        assert_eq!(wait, STEP);
        // Due at 25, and 75 too late.
        assert_eq!(pace.step(at(10_100), 0), Step::Fill(57));
        pace.filled(at(10_100), at(10_100), 57, true);
        assert_eq!(pace.step(at(10_100), 0), Step::Fill(57 + 72));
        assert_eq!(pace.step(at(15_100), 0), Step::Fill(57 + 36));
        assert_eq!(pace.step(at(30_000), 0), Step::Fill(57));
    }

    #[test]
    fn a_port_that_nobody_had_to_fill_was_not_filled_late() {
        let mut pace = pace(9600);
        pace.step(at(0), 0);
        pace.filled(at(0), at(0), 20, false);
        assert_eq!(pace.step(at(4000), 0), Step::Fill(57));
        pace.filled(at(4000), at(4000), 57, true);
        assert_eq!(pace.step(at(4000), 0), Step::Fill(57));
    }

    #[test]
    fn a_write_that_is_held_up_counts_as_late_and_no_lateness_is_made_up_for_without_end() {
        let mut pace = pace(9600);
        pace.step(at(0), 0);
        pace.filled(at(0), at(3000), 57, true);
        assert_eq!(pace.step(at(0), 0), Step::Fill(57 + 240));
    }
}
