//! How much may be handed to a port, so that little waits inside it.

use core::time::Duration;

use crate::Tick;

/// What may wait in the port: long enough for an owner that looks every few tens of milliseconds to keep the line busy,
/// short enough for an urgent object to overtake.
const BACKLOG: Duration = Duration::from_millis(100);

/// Bytes that may always be handed to an idle port, so that slow lines are not fed byte by byte.
const ROOM_MIN: usize = 32;

/// Estimates from the line's speed what still waits in a port that does not tell.
///
/// The owner asks [`room`](Self::room) before each `poll_transmit` and tells [`sent`](Self::sent) what it wrote. On a port
/// that is slower than stated the port itself makes its writer wait.
#[derive(Debug, Clone, Copy)]
pub struct Pacer {
    bytes_per_second: u64,
    /// When the line will have sent all that was written so far.
    idle_at: Tick,
}

impl Pacer {
    /// For a line of `bits_per_second` with ten bits a byte.
    #[must_use]
    pub fn new(bits_per_second: u32) -> Self {
        Self {
            bytes_per_second: u64::from(bits_per_second / 10).max(1),
            idle_at: Tick(0),
        }
    }

    /// How many bytes may be written now.
    #[must_use]
    pub fn room(&self, now: Tick) -> usize {
        let free = BACKLOG.saturating_sub(self.idle_at.since(now));
        if free.is_zero() {
            return 0;
        }
        let bytes = u128::from(self.bytes_per_second) * free.as_micros() / 1_000_000;
        usize::try_from(bytes).unwrap_or(usize::MAX).max(ROOM_MIN)
    }

    /// `bytes` were written.
    pub fn sent(&mut self, now: Tick, bytes: usize) {
        let micros = (bytes as u64).saturating_mul(1_000_000) / self.bytes_per_second;
        self.idle_at = self.idle_at.max(now) + Duration::from_micros(micros);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_waits_in_the_port_than_a_tenth_of_a_second_brings_away() {
        let mut pacer = Pacer::new(9600);
        let now = Tick(5_000_000);
        assert_eq!(pacer.room(now), 96);
        pacer.sent(now, 96);
        assert_eq!(pacer.room(now), 0);
        assert_eq!(pacer.room(now + Duration::from_millis(50)), 48);
        assert_eq!(pacer.room(now + Duration::from_secs(9)), 96);
    }

    #[test]
    fn a_slow_line_is_fed_in_pieces_worth_a_write() {
        assert_eq!(Pacer::new(50).room(Tick(0)), 32);
    }
}
