//! What arrived: the receiver's side of the numbered packets, and when it acknowledges them.

use alloc::collections::VecDeque;
use alloc::vec;
use core::time::Duration;

use crate::Tick;
use crate::config::{MAX_ANSWERS, MAX_FLIGHT_PACKETS};
use crate::frame::{Ack, WireNumber};

/// Numbers up to the newest whose arrival is remembered: [`MAX_FLIGHT_PACKETS`] and some probes.
pub(crate) const HISTORY: u64 = 256;

const _: () = assert!(MAX_FLIGHT_PACKETS as u64 + 16 <= HISTORY);

/// An ordinary acknowledgement looks back to where the one this many before it began, so that several in a
/// row may be lost without harm; one that a probe asked for tells the whole history. Where more are lost the sender notices
/// by how far an acknowledgement reaches, and asks.
const ACKS_REACHED: usize = 8;

/// Frames after which an acknowledgement does not wait any longer.
const ACK_EVERY: u32 = 32;

/// Answers after which it does not either: their sender keeps [`MAX_ANSWERS`] until they are acknowledged, and takes nothing
/// new while it has no room.
const ACK_EVERY_ANSWERS: usize = MAX_ANSWERS / 4;

/// The longest that an acknowledgement waits for more packets. The sender knows how long it waited, and
/// where it does not want to wait it asks: 12 bytes a second against the data.
pub(crate) const ACK_WAIT: Duration = Duration::from_secs(1);

/// The same for packets of answers alone while we have something to send ourselves: 9 bytes in 10 s against the data.
pub(crate) const ANSWERS_ACK_WAIT: Duration = Duration::from_secs(10);

/// The same where the line has to turn around for it: the sender asks when it has said what it had to say.
const HALF_DUPLEX_ACK_WAIT: Duration = Duration::from_secs(4);

/// After a gap the sender should know soon, but other gaps on a fast line may still join.
const GAP_WAIT: Duration = Duration::from_millis(30);

#[derive(Debug)]
pub(crate) struct Arrivals {
    newest: Option<Newest>,
    /// At `number % HISTORY`, whether that number arrived.
    seen: [bool; HISTORY as usize],
    unacknowledged: u32,
    unacknowledged_answers: usize,
    /// The newest numbers of the last [`ACKS_REACHED`] acknowledgements, oldest first.
    acknowledged: VecDeque<u64>,
    /// Wrong bytes put right since the connection began.
    corrected: u32,
    half_duplex: bool,
}

#[derive(Debug, Clone, Copy)]
struct Newest {
    number: u64,
    at: Tick,
}

/// When an acknowledgement is due after a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AckDue {
    Now,
    Within(Duration),
}

impl Arrivals {
    pub(crate) fn new(half_duplex: bool) -> Self {
        Self {
            corrected: 0,
            half_duplex,
            newest: None,
            seen: [false; HISTORY as usize],
            unacknowledged: 0,
            unacknowledged_answers: 0,
            acknowledged: VecDeque::with_capacity(ACKS_REACHED),
        }
    }

    /// The whole number of a packet that just arrived, or `None` if that number arrived before.
    ///
    /// The sender makes sure that the nearest number to the expected one is the right one.
    pub(crate) fn new_number(&self, number: WireNumber) -> Option<u64> {
        let (low, span) = match number {
            WireNumber::Narrow(low) => (u64::from(low), 1 << 8),
            WireNumber::Wide(low) => (u64::from(low), 1 << 16),
        };
        let expected = self.newest.map_or(0, |newest| newest.number + 1);
        let ahead = low.wrapping_sub(expected) % span;
        if ahead < span / 2 {
            return Some(expected + ahead);
        }
        let number = (expected + ahead).checked_sub(span)?;
        (expected - number <= HISTORY && !self.has_seen(number)).then_some(number)
    }

    /// Notes how many bytes of a frame were put right.
    pub(crate) fn corrected(&mut self, bytes: usize) {
        self.corrected = self.corrected.wrapping_add(bytes as u32);
    }

    /// Forgets the connection.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.half_duplex);
    }

    /// Notes a number from [`Arrivals::new_number`], of a packet with so many answers, and says when to acknowledge;
    /// `can_wait` if there is no hurry.
    pub(crate) fn note(
        &mut self,
        now: Tick,
        number: u64,
        poll: bool,
        answers: usize,
        can_wait: bool,
    ) -> AckDue {
        let expected = self.newest.map_or(0, |newest| newest.number + 1);
        if expected <= number {
            for skipped in expected.max(number.saturating_sub(HISTORY))..number {
                self.set_seen(skipped, false);
            }
            self.newest = Some(Newest { number, at: now });
        }
        self.set_seen(number, true);
        self.unacknowledged += 1;
        self.unacknowledged_answers += answers;
        if poll {
            AckDue::Now
        } else if self.half_duplex {
            AckDue::Within(HALF_DUPLEX_ACK_WAIT)
        } else if ACK_EVERY <= self.unacknowledged
            || ACK_EVERY_ANSWERS <= self.unacknowledged_answers
        {
            AckDue::Now
        } else if expected < number {
            AckDue::Within(GAP_WAIT)
        } else if can_wait {
            AckDue::Within(ANSWERS_ACK_WAIT)
        } else {
            AckDue::Within(ACK_WAIT)
        }
    }

    /// The acknowledgement to send now, `None` before the first packet.
    pub(crate) fn acknowledge(&mut self, now: Tick, all: bool) -> Option<Ack> {
        let newest = self.newest?;
        self.unacknowledged = 0;
        self.unacknowledged_answers = 0;
        let oldest = if self.acknowledged.len() < ACKS_REACHED {
            None
        } else {
            self.acknowledged.pop_front()
        };
        self.acknowledged.push_back(newest.number);
        let reach = match oldest {
            Some(oldest) if !all => newest.number - oldest,
            _ => newest.number + 1,
        }
        .min(HISTORY);
        let seen = |behind: u64| self.has_seen(newest.number - behind);
        let run = (1..reach).take_while(|&behind| seen(behind)).count() as u64;
        let mut bitmap = vec![0; Ack::bitmap_len(run as u32, reach as u32)];
        for (bit, behind) in (run + 2..reach).enumerate() {
            if seen(behind)
                && let Some(byte) = bitmap.get_mut(bit / 8)
            {
                *byte |= 1 << (bit % 8);
            }
        }
        let delay_ms = u32::try_from(now.since(newest.at).as_millis()).unwrap_or(u32::MAX);
        Some(Ack {
            newest: newest.number as u16,
            delay_ms,
            run: run as u32,
            reach: reach as u32,
            corrected: self.corrected,
            bitmap,
        })
    }

    fn has_seen(&self, number: u64) -> bool {
        self.seen
            .get((number % HISTORY) as usize)
            .copied()
            .unwrap_or_default()
    }

    fn set_seen(&mut self, number: u64, seen: bool) {
        if let Some(entry) = self.seen.get_mut((number % HISTORY) as usize) {
            *entry = seen;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn arrivals_of(numbers: impl IntoIterator<Item = u64>) -> Arrivals {
        let mut arrivals = Arrivals::new(false);
        for number in numbers {
            arrivals.note(Tick(0), number, false, 0, false);
        }
        arrivals
    }

    fn named(ack: &Ack) -> Vec<u64> {
        (0..=u64::from(ack.newest))
            .filter(|number| ack.covers(u64::from(ack.newest) - number))
            .collect()
    }

    #[test]
    fn an_acknowledgement_names_what_arrived() {
        let sent = [0, 1, 2, 4, 7, 8, 9, 12, 13];
        let ack = arrivals_of(sent).acknowledge(Tick(5_000_000), true);
        assert_eq!(
            ack,
            Some(Ack {
                newest: 13,
                delay_ms: 5000,
                run: 1,
                reach: 14,
                corrected: 0,
                bitmap: vec![0b0100_1110, 0b0000_0111]
            })
        );
        assert_eq!(ack.as_ref().map(named), Some(sent.to_vec()));
    }

    #[test]
    fn a_clean_line_needs_no_bitmap() {
        let ack = arrivals_of(0..1000).acknowledge(Tick(0), false);
        let ack = ack.map(|ack| (ack.newest, ack.run, ack.bitmap));
        assert_eq!(ack, Some((999, 255, vec![])));
    }

    #[test]
    fn an_acknowledgement_repeats_the_last_eight_unless_the_whole_history_is_wanted() {
        let mut arrivals = Arrivals::new(false);
        let mut last = None;
        for number in (0..20).map(|step| step * 2) {
            arrivals.note(Tick(0), number, false, 0, false);
            last = arrivals.acknowledge(Tick(0), false);
        }
        assert_eq!(
            last.as_ref().map(named),
            Some((12..20).map(|step| step * 2).collect())
        );
        let all = arrivals.acknowledge(Tick(0), true);
        assert_eq!(
            all.as_ref().map(named),
            Some((0..20).map(|step| step * 2).collect())
        );
    }

    #[test]
    fn frames_before_the_first_that_arrived_are_not_named() {
        let ack = arrivals_of([3]).acknowledge(Tick(0), true);
        assert_eq!(ack.as_ref().map(named), Some(vec![3]));
    }

    #[test]
    fn a_gap_of_any_size_forgets_what_lies_below_it() {
        for gap in [1, 100, 255, 256, 257, 5000] {
            let mut arrivals = arrivals_of(0..10);
            arrivals.note(Tick(0), 10 + gap, false, 0, false);
            let ack = arrivals.acknowledge(Tick(0), true);
            let expected: Vec<u64> = (0..10)
                .filter(|number| 10 + gap - number < HISTORY)
                .chain([10 + gap])
                .collect();
            assert_eq!(ack.as_ref().map(named), Some(expected), "gap {gap}");
        }
    }

    #[test]
    fn the_nearest_number_is_meant_and_a_second_copy_is_known() {
        let arrivals = arrivals_of(0..300);
        assert_eq!(arrivals.new_number(WireNumber::Narrow(44)), Some(300));
        assert_eq!(
            arrivals.new_number(WireNumber::Narrow(43)),
            None,
            "299 arrived"
        );
        assert_eq!(
            arrivals.new_number(WireNumber::Narrow((300 + 126 - 256) as u8)),
            Some(426)
        );
        assert_eq!(arrivals.new_number(WireNumber::Wide(20_000)), Some(20_000));
        assert_eq!(
            arrivals.new_number(WireNumber::Wide(60_000)),
            None,
            "before the first"
        );
    }

    #[test]
    fn an_acknowledgement_waits_unless_it_is_asked_for_or_much_has_come() {
        let mut arrivals = Arrivals::new(false);
        assert_eq!(
            arrivals.note(Tick(0), 0, false, 0, false),
            AckDue::Within(ACK_WAIT)
        );
        assert_eq!(arrivals.note(Tick(0), 1, true, 0, false), AckDue::Now);
        assert_eq!(
            arrivals.note(Tick(0), 3, false, 0, false),
            AckDue::Within(GAP_WAIT)
        );
        for number in 4..32 {
            assert_eq!(
                arrivals.note(Tick(0), number, false, 0, false),
                AckDue::Within(ACK_WAIT)
            );
        }
        assert_eq!(arrivals.note(Tick(0), 32, false, 0, false), AckDue::Now);
    }

    #[test]
    fn an_acknowledgement_goes_out_before_the_peer_runs_out_of_room_for_answers() {
        let mut arrivals = Arrivals::new(false);
        let dues: Vec<AckDue> = (0..8)
            .map(|number| arrivals.note(Tick(0), number, false, MAX_ANSWERS / 32, true))
            .collect();
        assert_eq!(dues[6], AckDue::Within(ANSWERS_ACK_WAIT));
        assert_eq!(dues[7], AckDue::Now);
    }
}
