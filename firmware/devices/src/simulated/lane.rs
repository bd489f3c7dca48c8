//! One direction of a serial line: rate, latency, bit errors and a cut, with time as an argument.
//!
//! ```text
//! push ─► waiting (transmit buffer) ─► one byte per 10 bit times ─► flying (latency) ─► take_arrived
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Bits that a byte takes on the line: start, eight of data, stop.
const BITS_PER_BYTE: u64 = 10;

/// How far the line may lag behind a writer that always has more to send.
///
/// The thread that moves the bytes wakes late on a busy machine. A writer that was held back by the
/// full transmit buffer meanwhile has not left the line idle, so what it writes next is sent as if it
/// had stood there. After more than this the writer was the late one, and nothing is made up for.
const LAG_MAX: Duration = Duration::from_millis(100);

/// What has passed one way since the line was laid, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Taken from the writer.
    pub taken: u64,
    /// Given to the reader, damaged or not.
    pub delivered: u64,
    /// Sent with at least one bit turned over.
    pub damaged: u64,
    /// Lost to a cut.
    pub cut_off: u64,
    /// Lost because the reader had not read and its side was full.
    pub overrun: u64,
}

/// One direction. Times count from when the line was laid.
#[derive(Debug)]
pub(super) struct Lane {
    bits_per_second: u32,
    latency: Duration,
    transmit_buffer: usize,
    carrier: bool,
    noise: Noise,
    waiting: VecDeque<u8>,
    /// When the last bit of the byte before the next one has left.
    free_at: Duration,
    /// The writer had filled the buffer when it last wrote.
    writer_was_held: bool,
    /// Bytes on the way, with the time of their arrival, which never falls.
    flying: VecDeque<(Duration, u8)>,
    traffic: Traffic,
}

impl Lane {
    /// A line whose noise is drawn from `seed`, `stream`; rates below 1 count as 1.
    pub(super) fn new(
        bits_per_second: u32,
        latency: Duration,
        transmit_buffer: usize,
        bit_error_rate: f64,
        (seed, stream): (u64, u64),
    ) -> Self {
        Self {
            bits_per_second: bits_per_second.max(1),
            latency,
            transmit_buffer: transmit_buffer.max(1),
            carrier: true,
            noise: Noise::new(seed, stream, bit_error_rate),
            waiting: VecDeque::new(),
            free_at: Duration::ZERO,
            writer_was_held: false,
            flying: VecDeque::new(),
            traffic: Traffic::default(),
        }
    }

    /// From now on the line sends at this rate; rates below 1 count as 1.
    pub(super) fn set_bits_per_second(&mut self, bits_per_second: u32) {
        self.bits_per_second = bits_per_second.max(1);
    }

    /// From now on each data bit is turned over with this probability.
    pub(super) fn set_bit_error_rate(&mut self, bit_error_rate: f64) {
        self.noise.set_rate(bit_error_rate);
    }

    /// Loses the carrier, and with it every byte on the way; bytes sent until it is restored are
    /// lost too.
    pub(super) fn cut(&mut self) {
        self.carrier = false;
        self.traffic.cut_off += self.flying.len() as u64;
        self.flying.clear();
    }

    /// Finds the carrier again.
    pub(super) fn restore(&mut self) {
        self.carrier = true;
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// How many bytes the transmit buffer takes now.
    pub(super) fn room(&self) -> usize {
        self.transmit_buffer - self.waiting.len()
    }

    /// Whether the writer may go on: from a buffer half empty, so that it is not started for every byte.
    pub(super) fn wants_more(&self) -> bool {
        self.waiting.len() <= self.transmit_buffer / 2
    }

    /// Puts at most [`Lane::room`] bytes into the transmit buffer.
    pub(super) fn push(&mut self, now: Duration, bytes: &[u8]) {
        debug_assert!(
            bytes.len() <= self.room(),
            "{} bytes for {}",
            bytes.len(),
            self.room()
        );
        if bytes.is_empty() {
            return;
        }
        let lagging = self.writer_was_held && now <= self.free_at + LAG_MAX;
        if self.waiting.is_empty() && !lagging {
            self.free_at = self.free_at.max(now);
        }
        self.waiting.extend(bytes);
        self.traffic.taken += bytes.len() as u64;
        self.writer_was_held = self.room() == 0;
    }

    /// Sends what had time to leave by `now`.
    pub(super) fn advance(&mut self, now: Duration) {
        while let Some(&byte) = self.waiting.front() {
            let left_at = self.free_at + self.byte_time();
            if now < left_at {
                break;
            }
            self.waiting.pop_front();
            self.free_at = left_at;
            let turned = self.noise.next_byte();
            if self.carrier {
                self.traffic.damaged += u64::from(turned != 0);
                // A latency is fixed for the line, so arrivals are in order.
                self.flying
                    .push_back((left_at + self.latency, byte ^ turned));
            } else {
                self.traffic.cut_off += 1;
            }
        }
    }

    /// Appends to `arrived` what has arrived by `now`; the owner says with [`Lane::delivered`] what
    /// became of it.
    pub(super) fn take_arrived(&mut self, now: Duration, arrived: &mut Vec<u8>) {
        while let Some((_, byte)) = self.flying.pop_front_if(|(at, _)| *at <= now) {
            arrived.push(byte);
        }
    }

    /// Counts bytes that the reader's side took, and those for which it had no room.
    pub(super) fn delivered(&mut self, taken: usize, overrun: usize) {
        self.traffic.delivered += taken as u64;
        self.traffic.overrun += overrun as u64;
    }

    /// When something happens next, if nothing is pushed before.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let arrival = self.flying.front().map(|(at, _)| *at);
        let departure = (!self.waiting.is_empty()).then(|| self.free_at + self.byte_time());
        arrival.into_iter().chain(departure).min()
    }

    fn byte_time(&self) -> Duration {
        Duration::from_nanos(BITS_PER_BYTE * 1_000_000_000 / u64::from(self.bits_per_second))
    }
}

/// Turns bits over at random, the same ones for the same seed whatever the timing.
///
/// Only data bits: a turned start or stop bit costs a receiver the byte, which to whoever checks
/// bytes is no other case.
#[derive(Debug)]
struct Noise {
    random: ChaCha8Rng,
    rate: f64,
    /// Good bits before the next turned one; drawing the gap is one draw per error instead of eight
    /// per byte.
    good_bits: u64,
}

impl Noise {
    fn new(seed: u64, stream: u64, rate: f64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        let mut noise = Self {
            random,
            rate: 0.0,
            good_bits: 0,
        };
        noise.set_rate(rate);
        noise
    }

    fn set_rate(&mut self, rate: f64) {
        // The comparison also sends what is not a number to 0.
        self.rate = if 0.0 < rate { rate.min(1.0) } else { 0.0 };
        self.good_bits = self.draw_gap();
    }

    /// The bits to turn over in the next byte.
    fn next_byte(&mut self) -> u8 {
        let mut turned = 0;
        for bit in 0..8 {
            if self.good_bits == 0 {
                turned |= 1 << bit;
                self.good_bits = self.draw_gap();
            } else {
                self.good_bits = self.good_bits.saturating_sub(1);
            }
        }
        turned
    }

    /// A gap of the geometric distribution: the number of good bits before a turned one.
    fn draw_gap(&mut self) -> u64 {
        if self.rate == 0.0 {
            return u64::MAX;
        }
        let uniform = 1.0 - self.random.random::<f64>();
        (uniform.ln() / (-self.rate).ln_1p()) as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lane(bits_per_second: u32, latency_ms: u64, bit_error_rate: f64) -> Lane {
        Lane::new(
            bits_per_second,
            Duration::from_millis(latency_ms),
            256,
            bit_error_rate,
            (1, 0),
        )
    }

    /// Sends `total` bytes as fast as the lane takes them, looking at it every `wake`, and returns
    /// when the last arrived.
    fn carry(lane: &mut Lane, total: usize, wake: Duration) -> Duration {
        let mut now = Duration::ZERO;
        let mut arrived = Vec::new();
        let mut pushed = 0;
        while arrived.len() < total {
            lane.advance(now);
            let count = lane.room().min(total - pushed);
            lane.push(now, &vec![0x55; count]);
            pushed += count;
            lane.advance(now);
            lane.take_arrived(now, &mut arrived);
            now += wake;
        }
        now - wake
    }

    #[test]
    fn a_byte_takes_ten_bit_times_and_the_latency() {
        let mut lane = lane(1000, 5, 0.0);
        let mut arrived = Vec::new();
        lane.push(Duration::ZERO, b"ab");
        assert_eq!(lane.deadline(), Some(Duration::from_millis(10)));
        lane.advance(Duration::from_millis(10));
        lane.take_arrived(Duration::from_millis(14), &mut arrived);
        assert_eq!(arrived, b"");
        assert_eq!(lane.deadline(), Some(Duration::from_millis(15)));
        lane.take_arrived(Duration::from_millis(15), &mut arrived);
        assert_eq!(arrived, b"a");
        assert_eq!(lane.deadline(), Some(Duration::from_millis(20)));
        lane.advance(Duration::from_millis(25));
        lane.take_arrived(Duration::from_millis(25), &mut arrived);
        assert_eq!(arrived, b"ab");
        assert_eq!(lane.deadline(), None);
    }

    #[test]
    fn the_rate_holds_to_a_thousandth_while_the_buffer_outlasts_the_pauses() {
        // 256 bytes last 267 ms at 9600 and 22 ms at 115200.
        for (bits_per_second, wake_us) in [
            (9600, 100),
            (9600, 7000),
            (9600, 90_000),
            (115_200, 100),
            (115_200, 7000),
            (115_200, 19_000),
        ] {
            let wake = Duration::from_micros(wake_us);
            let ten_seconds_of_bytes = bits_per_second as usize;
            let took = carry(
                &mut lane(bits_per_second, 0, 0.0),
                ten_seconds_of_bytes,
                wake,
            );
            let lower = Duration::from_millis(9990);
            let upper = Duration::from_millis(10_010) + wake;
            assert!(
                (lower..upper).contains(&took),
                "{bits_per_second}, {wake:?}: {took:?}"
            );
        }
    }

    #[test]
    fn a_line_that_was_idle_does_not_make_up_for_it() {
        let mut lane = lane(1000, 0, 0.0);
        lane.push(Duration::ZERO, &[0; 256]);
        let minute = Duration::from_secs(60);
        lane.advance(minute);
        lane.take_arrived(minute, &mut Vec::new());
        lane.push(minute, &[0; 2]);
        assert_eq!(lane.deadline(), Some(minute + Duration::from_millis(10)));
    }

    #[test]
    fn a_line_kept_busy_by_a_held_writer_makes_up_for_a_late_look() {
        let mut lane = lane(1000, 0, 0.0);
        lane.push(Duration::ZERO, &[0; 256]);
        let late = Duration::from_millis(2560 + 40);
        lane.advance(late);
        lane.push(late, &[0; 5]);
        lane.advance(late);
        let mut arrived = Vec::new();
        lane.take_arrived(late, &mut arrived);
        assert_eq!(arrived.len(), 260);
    }

    #[test]
    fn a_cut_loses_what_flies_and_what_leaves_but_not_what_waits_till_it_is_over() {
        let mut lane = lane(1000, 15, 0.0);
        lane.push(Duration::ZERO, b"abcd");
        lane.advance(Duration::from_millis(10));
        lane.cut();
        lane.advance(Duration::from_millis(20));
        lane.restore();
        lane.advance(Duration::from_millis(40));
        let mut arrived = Vec::new();
        lane.take_arrived(Duration::from_millis(100), &mut arrived);
        assert_eq!(arrived, b"cd");
        assert_eq!(lane.traffic().cut_off, 2);
    }

    #[test]
    fn turned_bits_come_as_often_as_the_rate_says() {
        for rate in [1e-4, 1e-3, 1e-2, 0.5, 1.0] {
            let mut noise = Noise::new(3, 0, rate);
            let bytes = 250_000;
            let turned: u32 = (0..bytes).map(|_| noise.next_byte().count_ones()).sum();
            let expected = rate * f64::from(bytes) * 8.0;
            let spread = 5.0 * (expected * (1.0 - rate)).sqrt();
            assert!(
                (f64::from(turned) - expected).abs() <= spread,
                "{turned} for {expected} at {rate}"
            );
        }
    }

    #[test]
    fn a_rate_that_is_no_probability_turns_no_bits() {
        for rate in [0.0, -1.0, f64::NAN] {
            let mut noise = Noise::new(3, 0, rate);
            assert!((0..10_000).all(|_| noise.next_byte() == 0));
        }
    }

    proptest! {
        #[test]
        fn a_clean_line_delivers_every_byte_in_order_and_never_early(
            bits_per_second in 50..1_000_000_u32,
            pushes in prop::collection::vec((0..500_u64, prop::collection::vec(any::<u8>(), 0..64)), 1..40),
        ) {
            let mut lane = lane(bits_per_second, 3, 0.0);
            let mut now = Duration::ZERO;
            let (mut sent, mut arrived) = (Vec::new(), Vec::new());
            for (pause_ms, bytes) in pushes {
                now += Duration::from_millis(pause_ms);
                lane.advance(now);
                let count = lane.room().min(bytes.len());
                lane.push(now, &bytes[..count]);
                sent.extend(&bytes[..count]);
                lane.take_arrived(now, &mut arrived);
                let possible = now.as_secs_f64() * f64::from(bits_per_second) / 10.0;
                prop_assert!(arrived.len() as f64 <= possible + 1e-3);
            }
            while let Some(at) = lane.deadline() {
                lane.advance(at);
                lane.take_arrived(at, &mut arrived);
            }
            prop_assert_eq!(arrived, sent);
        }
    }
}
