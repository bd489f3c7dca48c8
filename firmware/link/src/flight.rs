//! What is on its way: numbered frames, their fate, and the round trip they measure.

use alloc::collections::VecDeque;
use core::time::Duration;

use crate::Tick;
use crate::config::MAX_FLIGHT_FRAMES;
use crate::frame::{Ack, WireNumber};

/// Numbers up to this far above the newest acknowledged one are unmistakable in one byte: the receiver
/// takes the nearest number with these low bits, and its newest is never below the acknowledged one.
const NARROW_SPAN: u64 = 126;

/// The sender's side of the numbered frames, each holding a `T` to act on when its fate is known.
///
/// A line keeps the order, so every acknowledgement decides all frames up to its newest: those it names
/// arrived, the others are lost. A number is never used again; what was lost goes out under a new one. So
/// nothing is ever sent again on a guess: silence only makes the session ask.
#[derive(Debug)]
pub(crate) struct Flight<T> {
    frames: VecDeque<Sent<T>>,
    bytes: usize,
    /// The number of the first of `frames`.
    first: u64,
    /// The last number whose acknowledgement was asked for at once.
    polled: Option<u64>,
    pub(crate) round_trip: RoundTrip,
}

#[derive(Debug)]
struct Sent<T> {
    content: T,
    len: usize,
    at: Tick,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrived,
    Lost,
}

impl<T> Flight<T> {
    pub(crate) fn new() -> Self {
        Self {
            frames: VecDeque::new(),
            bytes: 0,
            first: 0,
            polled: None,
            round_trip: RoundTrip::new(),
        }
    }

    /// Starts a new connection with number 0; the measured round trip stays, as the line does.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            round_trip: self.round_trip,
            ..Self::new()
        };
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether `window_bytes` and the bound on frames leave room for more than probes, when a frame of
    /// `ahead` bytes goes out before (0: none does).
    pub(crate) fn has_room(&self, window_bytes: usize, ahead: usize) -> bool {
        let frames_ahead = usize::from(ahead != 0);
        self.bytes + ahead < window_bytes && self.frames.len() + frames_ahead < MAX_FLIGHT_FRAMES
    }

    /// The number that the next frame bears.
    pub(crate) fn next_number(&self) -> WireNumber {
        let next = self.first + self.frames.len() as u64;
        if self.frames.len() as u64 <= NARROW_SPAN {
            WireNumber::Narrow(next as u8)
        } else {
            WireNumber::Wide(next as u16)
        }
    }

    /// Notes that a frame of `len` bytes with the next number went out.
    pub(crate) fn push(&mut self, now: Tick, content: T, len: usize, polled: bool) {
        if polled {
            self.polled = Some(self.first + self.frames.len() as u64);
        }
        self.frames.push_back(Sent {
            content,
            len,
            at: now,
        });
        self.bytes += len;
    }

    /// Whether an acknowledgement that was asked for at once is still to come.
    pub(crate) fn is_polled(&self) -> bool {
        self.polled.is_some_and(|polled| self.first <= polled)
    }

    /// Tells `decide` the fate of every frame up to the acknowledgement's newest, oldest first; false if it
    /// decides none (it came before, or names a number that was never sent).
    pub(crate) fn acknowledge(
        &mut self,
        now: Tick,
        ack: &Ack,
        mut decide: impl FnMut(T, Fate),
    ) -> bool {
        // The low bits of the first undecided frame turn the newest number into a place in the queue.
        let place = usize::from(ack.newest.wrapping_sub(self.first as u16));
        let Some(newest) = self.frames.get(place) else {
            return false;
        };
        let waited = Duration::from_millis(u64::from(ack.delay_ms));
        self.round_trip
            .measured(now.since(newest.at).saturating_sub(waited));
        for behind in (0..=place as u64).rev() {
            let Some(sent) = self.frames.pop_front() else {
                break;
            };
            self.first += 1;
            self.bytes -= sent.len;
            decide(
                sent.content,
                if ack.covers(behind) {
                    Fate::Arrived
                } else {
                    Fate::Lost
                },
            );
        }
        true
    }
}

/// A smoothed round trip and its spread.
///
/// Source: RFC 6298, with its factors; the wait after silence is its RTO without the lower bound of one
/// second, since waiting too short only costs a probe of ten bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoundTrip {
    measured: Option<Measured>,
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    smooth: Duration,
    spread: Duration,
}

/// The wait while no round trip is measured; covers a modem call of 600 ms each way and a slow frame.
const UNMEASURED_WAIT: Duration = Duration::from_secs(3);

/// Added to every wait: schedulers and ports answer in steps of this order.
const GRANULARITY: Duration = Duration::from_millis(50);

impl RoundTrip {
    fn new() -> Self {
        Self { measured: None }
    }

    fn measured(&mut self, sample: Duration) {
        let next = match self.measured {
            None => Measured {
                smooth: sample,
                spread: sample / 2,
            },
            Some(Measured { smooth, spread }) => Measured {
                smooth: (smooth * 7 + sample) / 8,
                spread: (spread * 3 + smooth.abs_diff(sample)) / 4,
            },
        };
        self.measured = Some(next);
    }

    /// How long an answer that is given at once may take before it counts as missing.
    pub(crate) fn answer_wait(&self) -> Duration {
        self.measured
            .map_or(UNMEASURED_WAIT, |Measured { smooth, spread }| {
                smooth + spread * 4 + GRANULARITY
            })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn flight_of(count: u64) -> Flight<u64> {
        let mut flight = Flight::new();
        for number in 0..count {
            flight.push(Tick(number * 1000), number, 100, false);
        }
        flight
    }

    fn ack(newest: u16, run: u32, bitmap: &[u8]) -> Ack {
        Ack {
            newest,
            delay_ms: 0,
            run,
            bitmap: bitmap.to_vec(),
        }
    }

    fn lost(flight: &mut Flight<u64>, ack: &Ack) -> Vec<u64> {
        let mut lost = Vec::new();
        flight.acknowledge(Tick(1_000_000), ack, |number, fate| {
            if fate == Fate::Lost {
                lost.push(number);
            }
        });
        lost
    }

    #[test]
    fn what_lies_below_the_newest_and_is_not_named_is_lost() {
        let mut flight = flight_of(10);
        // 7 newest, 6 with it, 5 missing, then 4 (bit 0) missing, 3 arrived; 2 and below are not named.
        assert_eq!(lost(&mut flight, &ack(7, 1, &[0b10])), [0, 1, 2, 4, 5]);
        assert_eq!(flight.frames.len(), 2);
        assert_eq!(flight.bytes, 200);
        assert_eq!(lost(&mut flight, &ack(9, 0, &[])), [8]);
        assert!(flight.is_empty());
    }

    #[test]
    fn an_acknowledgement_of_what_was_never_sent_or_is_decided_changes_nothing() {
        let mut flight = flight_of(10);
        assert!(!flight.acknowledge(Tick(0), &ack(10, 9, &[]), |_, _| {}));
        assert!(flight.acknowledge(Tick(0), &ack(3, 3, &[]), |_, _| {}));
        assert!(!flight.acknowledge(Tick(0), &ack(3, 3, &[]), |_, _| {}));
        assert_eq!(flight.frames.len(), 6);
    }

    #[test]
    fn numbers_go_on_past_sixteen_bits() {
        let mut flight = flight_of(0);
        for number in 0..70_000_u64 {
            flight.push(Tick(number), number, 1, false);
            let mut decided = vec![];
            flight.acknowledge(Tick(number), &ack(number as u16, 0, &[]), |n, fate| {
                decided.push((n, fate));
            });
            assert_eq!(decided, [(number, Fate::Arrived)]);
        }
    }

    #[test]
    fn a_number_takes_two_bytes_only_when_one_is_not_enough() {
        assert_eq!(flight_of(126).next_number(), WireNumber::Narrow(126));
        assert_eq!(flight_of(127).next_number(), WireNumber::Wide(127));
    }

    #[test]
    fn the_wait_follows_the_round_trip() {
        let mut round_trip = RoundTrip::new();
        assert_eq!(round_trip.answer_wait(), UNMEASURED_WAIT);
        for _ in 0..50 {
            round_trip.measured(Duration::from_millis(300));
        }
        let settled = round_trip.answer_wait();
        assert!(
            Duration::from_millis(350) <= settled && settled < Duration::from_millis(360),
            "{settled:?}"
        );
        round_trip.measured(Duration::from_secs(4));
        assert!(Duration::from_secs(4) < round_trip.answer_wait());
    }
}
