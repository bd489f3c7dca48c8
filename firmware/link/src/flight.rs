//! What is on its way: numbered packets, their fate, and the round trip they measure.

use alloc::collections::VecDeque;
use core::time::Duration;

use crate::Tick;
use crate::arrivals::HISTORY;
use crate::config::MAX_FLIGHT_PACKETS;
use crate::frame::{Ack, WireNumber};
use crate::rate::{Rate, Sample};

/// Numbers up to this far above the newest acknowledged one are unmistakable in one byte: the receiver
/// takes the nearest number with these low bits, and its newest is never below the acknowledged one.
const NARROW_SPAN: u64 = 126;

/// The sender's side of the numbered packets, each holding a `T` to act on when its fate is known.
///
/// A line keeps the order, so every acknowledgement decides all packets up to its newest: those it names
/// arrived, the others are lost. A number is never used again; what was lost goes out under a new one. So
/// nothing is ever sent again on a guess: silence only makes the session ask.
#[derive(Debug)]
pub(crate) struct Flight<T> {
    packets: VecDeque<Sent<T>>,
    bytes: usize,
    /// The number of the first of `packets`.
    first: u64,
    /// The last number whose acknowledgement was asked for at once.
    polled: Option<u64>,
    /// Bytes that went out since.
    bytes_since_poll: usize,
    pub(crate) round_trip: RoundTrip,
    pub(crate) rate: Rate,
}

#[derive(Debug)]
struct Sent<T> {
    content: T,
    len: usize,
    at: Tick,
    sample: Sample,
}

/// How a packet went out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Departure {
    /// When its first byte went out.
    pub(crate) began: Tick,
    /// Its bytes on the wire.
    pub(crate) len: usize,
    /// It asks for an acknowledgement at once.
    pub(crate) is_polled: bool,
    /// Nothing waited to follow it.
    pub(crate) is_idle: bool,
}

/// What an acknowledgement told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It decided packets.
    News,
    /// It came before, or names a number that was never sent.
    Nothing,
    /// It does not look back far enough, as those before it were lost: the whole history has to be asked for.
    Unreached,
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrived,
    Lost,
}

impl<T> Flight<T> {
    pub(crate) fn new() -> Self {
        Self {
            packets: VecDeque::new(),
            bytes: 0,
            first: 0,
            polled: None,
            bytes_since_poll: 0,
            round_trip: RoundTrip::new(),
            rate: Rate::new(),
        }
    }

    /// Starts a new connection with number 0; what was measured stays, as the line does.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            round_trip: self.round_trip,
            rate: self.rate,
            ..Self::new()
        };
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Whether `window_bytes` and the bound on packets leave room for more than probes, when a packet of
    /// `ahead` bytes goes out before (0: none does).
    pub(crate) fn has_room(&self, window_bytes: usize, ahead: usize) -> bool {
        let packets_ahead = usize::from(ahead != 0);
        self.bytes + ahead < window_bytes && self.packets.len() + packets_ahead < MAX_FLIGHT_PACKETS
    }

    /// The number that the next packet bears.
    pub(crate) fn next_number(&self) -> WireNumber {
        let next = self.first + self.packets.len() as u64;
        if self.packets.len() as u64 <= NARROW_SPAN {
            WireNumber::Narrow(next as u8)
        } else {
            WireNumber::Wide(next as u16)
        }
    }

    /// Notes that a packet with the next number went out.
    pub(crate) fn push(&mut self, now: Tick, content: T, departure: Departure) {
        let Departure {
            began,
            len,
            is_polled,
            is_idle,
        } = departure;
        self.bytes_since_poll += len;
        if is_polled {
            self.polled = Some(self.first + self.packets.len() as u64);
            self.bytes_since_poll = 0;
        }
        let sample = self.rate.sent(began, self.packets.is_empty(), is_idle);
        self.packets.push_back(Sent {
            content,
            len,
            at: now,
            sample,
        });
        self.bytes += len;
    }

    /// Bytes that went out since an acknowledgement was asked for.
    pub(crate) fn bytes_since_poll(&self) -> usize {
        self.bytes_since_poll
    }

    /// Whether an acknowledgement that was asked for at once is still to come.
    pub(crate) fn is_polled(&self) -> bool {
        self.polled.is_some_and(|polled| self.first <= polled)
    }

    /// Tells `decide` the fate of every packet up to the acknowledgement's newest, oldest first.
    pub(crate) fn acknowledge(
        &mut self,
        now: Tick,
        ack: &Ack,
        mut decide: impl FnMut(T, usize, Fate),
    ) -> Heard {
        // The low bits of the first undecided packet turn the newest number into a place in the queue.
        let place = usize::from(ack.newest.wrapping_sub(self.first as u16));
        let Some(newest) = self.packets.get(place) else {
            return Heard::Nothing;
        };
        // Further back than a whole history nobody remembers.
        if !ack.reaches(place as u64) && u64::from(ack.reach) < HISTORY {
            return Heard::Unreached;
        }
        let waited = Duration::from_millis(u64::from(ack.delay_ms));
        self.round_trip
            .measured(now, now.since(newest.at).saturating_sub(waited));
        let sample = newest.sample;
        for behind in (0..=place as u64).rev() {
            let Some(sent) = self.packets.pop_front() else {
                break;
            };
            self.first += 1;
            self.bytes -= sent.len;
            let fate = if ack.covers(behind) {
                self.rate.delivered(sent.len);
                Fate::Arrived
            } else {
                Fate::Lost
            };
            decide(sent.content, sent.len, fate);
        }
        self.rate.measured(now, waited, sample);
        Heard::News
    }
}

/// A smoothed round trip and its spread.
///
/// Source: RFC 6298, with its factors; the wait after silence is its RTO without the lower bound of one
/// second, since waiting too short only costs a probe of ten bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoundTrip {
    measured: Option<Measured>,
    /// The shortest of late, and when it was measured.
    shortest: Option<(Duration, Tick)>,
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    smooth: Duration,
    spread: Duration,
}

/// The wait while no round trip is measured; covers a modem call of 600 ms each way and a slow packet.
const UNMEASURED_WAIT: Duration = Duration::from_secs(3);

/// How long the shortest round trip counts: calls are rerouted and cells change.
const SHORTEST_VALID: Duration = Duration::from_secs(60);

/// Added to every wait: schedulers and ports answer in steps of this order.
const GRANULARITY: Duration = Duration::from_millis(50);

impl RoundTrip {
    fn new() -> Self {
        Self {
            measured: None,
            shortest: None,
        }
    }

    fn measured(&mut self, now: Tick, sample: Duration) {
        self.shortest = match self.shortest {
            Some((shortest, at)) if shortest < sample && now.since(at) < SHORTEST_VALID => {
                Some((shortest, at))
            }
            _ => Some((sample, now)),
        };
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

    /// The smoothed round trip.
    pub(crate) fn smooth(&self) -> Option<Duration> {
        self.measured.map(|measured| measured.smooth)
    }

    /// The round trip of the line alone, without what waits in buffers.
    pub(crate) fn shortest(&self) -> Option<Duration> {
        self.shortest.map(|(shortest, _)| shortest)
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

    fn departure(len: usize) -> Departure {
        Departure {
            began: Tick(0),
            len,
            is_polled: false,
            is_idle: false,
        }
    }

    fn flight_of(count: u64) -> Flight<u64> {
        let mut flight = Flight::new();
        for number in 0..count {
            flight.push(Tick(number * 1000), number, departure(100));
        }
        flight
    }

    fn ack(newest: u16, run: u32, bitmap: &[u8]) -> Ack {
        Ack {
            newest,
            delay_ms: 0,
            run,
            reach: 256,
            corrected: 0,
            bitmap: bitmap.to_vec(),
        }
    }

    fn lost(flight: &mut Flight<u64>, ack: &Ack) -> Vec<u64> {
        let mut lost = Vec::new();
        flight.acknowledge(Tick(1_000_000), ack, |number, _, fate| {
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
        assert_eq!(flight.packets.len(), 2);
        assert_eq!(flight.bytes, 200);
        assert_eq!(lost(&mut flight, &ack(9, 0, &[])), [8]);
        assert!(flight.is_empty());
    }

    #[test]
    fn an_acknowledgement_of_what_was_never_sent_or_is_decided_changes_nothing() {
        let mut flight = flight_of(10);
        let mut heard = |ack: &Ack| flight.acknowledge(Tick(0), ack, |_, _, _| {});
        assert_eq!(heard(&ack(10, 9, &[])), Heard::Nothing);
        assert_eq!(heard(&ack(3, 3, &[])), Heard::News);
        assert_eq!(heard(&ack(3, 3, &[])), Heard::Nothing);
        assert_eq!(flight.packets.len(), 6);
    }

    #[test]
    fn an_acknowledgement_that_does_not_reach_the_oldest_decides_nothing() {
        let mut flight = flight_of(10);
        let near = Ack {
            reach: 8,
            ..ack(8, 3, &[])
        };
        let heard = flight.acknowledge(Tick(0), &near, |_, _, _| {});
        assert_eq!((heard, flight.packets.len()), (Heard::Unreached, 10));
    }

    #[test]
    fn what_lies_beyond_a_whole_history_is_lost() {
        let mut flight = flight_of(300);
        let lost = lost(&mut flight, &ack(299, 255, &[]));
        assert_eq!(lost, (0..44).collect::<Vec<u64>>());
    }

    #[test]
    fn numbers_go_on_past_sixteen_bits() {
        let mut flight = flight_of(0);
        for number in 0..70_000_u64 {
            flight.push(Tick(number), number, departure(1));
            let mut decided = vec![];
            flight.acknowledge(Tick(number), &ack(number as u16, 0, &[]), |n, _, fate| {
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
            round_trip.measured(Tick(0), Duration::from_millis(300));
        }
        let settled = round_trip.answer_wait();
        assert!(
            Duration::from_millis(350) <= settled && settled < Duration::from_millis(360),
            "{settled:?}"
        );
        round_trip.measured(Tick(0), Duration::from_secs(4));
        assert!(Duration::from_secs(4) < round_trip.answer_wait());
    }
}
