//! One direction of a line: a port that drains at the line's rate, a delay, and what noise does.

use std::collections::VecDeque;
use std::time::Duration;

use link::Tick;

/// What a line is like, in each direction.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Bits per second; a byte takes ten.
    pub rate: u64,
    /// From the port's end to the other port's reader.
    pub latency: Duration,
    /// Probability that a bit is flipped.
    pub bit_errors: f64,
    /// Probability that a byte vanishes.
    pub drops: f64,
    /// Probability that a byte of noise is put before a byte.
    pub insertions: f64,
    /// Probability that a run of 20 bytes of noise begins at a byte.
    pub bursts: f64,
    /// On a half-duplex line, how long it takes to turn around; `None` on a full-duplex one.
    pub turn_around: Option<Duration>,
}

impl Line {
    pub const fn clean(rate: u64, latency_ms: u64) -> Self {
        let latency = Duration::from_millis(latency_ms);
        Self {
            rate,
            latency,
            bit_errors: 0.0,
            drops: 0.0,
            insertions: 0.0,
            bursts: 0.0,
            turn_around: None,
        }
    }

    pub const fn noisy(rate: u64, latency_ms: u64, bit_errors: f64) -> Self {
        Self {
            bit_errors,
            ..Self::clean(rate, latency_ms)
        }
    }

    pub fn is_clean(&self) -> bool {
        self.bit_errors + self.drops + self.insertions + self.bursts == 0.0
    }

    fn byte_ns(&self) -> u64 {
        10_000_000_000 / self.rate
    }

    /// What an owner keeps in the port: 0.1 s of the line, but never less than 16 bytes.
    fn port_bytes(&self) -> u64 {
        (self.rate / 100).clamp(16, 4096)
    }
}

/// The reader is woken this long after a byte arrived, as a UART's buffer is read in batches.
const READ_BATCH: Duration = Duration::from_millis(2);

const BURST_BYTES: u32 = 20;

#[derive(Debug)]
pub struct Wire {
    pub line: Line,
    pub is_mute: bool,
    /// Bytes that were put on the line.
    pub carried: u64,
    random: Random,
    burst_left: u32,
    /// When the port has sent all it holds, in nanoseconds.
    busy_until_ns: u64,
    on_line: VecDeque<(Tick, u8)>,
}

impl Wire {
    pub fn new(line: Line, seed: u64) -> Self {
        Self {
            line,
            is_mute: false,
            carried: 0,
            random: Random(seed),
            burst_left: 0,
            busy_until_ns: 0,
            on_line: VecDeque::new(),
        }
    }

    /// How many bytes the owner may put into the port.
    pub fn room(&self, now: Tick) -> usize {
        let waiting = self
            .busy_until_ns
            .saturating_sub(now.0 * 1000)
            .div_ceil(self.line.byte_ns());
        self.line.port_bytes().saturating_sub(waiting) as usize
    }

    /// When half of the port's share is free.
    pub fn has_room_at(&self) -> Tick {
        let ahead = self.line.port_bytes() / 2 * self.line.byte_ns();
        Tick(self.busy_until_ns.saturating_sub(ahead).div_ceil(1000))
    }

    /// Puts bytes into the port. On a half-duplex line they wait for the `other` direction, and it for them.
    pub fn write(&mut self, now: Tick, bytes: &[u8], other: &mut Self) {
        if bytes.is_empty() {
            return;
        }
        if let Some(turn_around) = self.line.turn_around {
            let turned_ns = other.busy_until_ns + turn_around.as_nanos() as u64;
            if self.busy_until_ns < other.busy_until_ns {
                self.busy_until_ns = turned_ns;
            }
        }
        self.busy_until_ns = self.busy_until_ns.max(now.0 * 1000);
        for &byte in bytes {
            self.busy_until_ns += self.line.byte_ns();
            let arrival = Tick(self.busy_until_ns.div_ceil(1000)) + self.line.latency;
            self.carried += 1;
            if self.is_mute {
                continue;
            }
            if self.random.happens(self.line.insertions) {
                let noise = self.random.next() as u8;
                self.on_line.push_back((arrival, noise));
            }
            if self.random.happens(self.line.bursts) {
                self.burst_left = BURST_BYTES;
            }
            if !self.random.happens(self.line.drops) {
                let damaged = self.damage(byte);
                self.on_line.push_back((arrival, damaged));
            }
        }
    }

    fn damage(&mut self, byte: u8) -> u8 {
        if 0 < self.burst_left {
            self.burst_left -= 1;
            return self.random.next() as u8;
        }
        if self
            .random
            .happens(1.0 - (1.0 - self.line.bit_errors).powi(8))
        {
            return byte ^ 1 << (self.random.next() % 8);
        }
        byte
    }

    pub fn next_arrival(&self) -> Option<Tick> {
        self.on_line
            .front()
            .map(|&(arrival, _)| arrival + READ_BATCH)
    }

    pub fn take_arrived(&mut self, now: Tick) -> Vec<u8> {
        let count = self
            .on_line
            .iter()
            .take_while(|(arrival, _)| *arrival <= now)
            .count();
        self.on_line.drain(..count).map(|(_, byte)| byte).collect()
    }

    /// Everything on the line and in the port is gone.
    pub fn clear(&mut self, now: Tick) {
        self.on_line.clear();
        self.busy_until_ns = now.0 * 1000;
    }

    /// The sender reboots: what has not left its port is gone.
    pub fn drop_port(&mut self, now: Tick) {
        let left = now + self.line.latency;
        self.on_line.retain(|(arrival, _)| *arrival <= left);
        self.busy_until_ns = now.0 * 1000;
    }
}

/// SplitMix64, so that a seed means the same everywhere.
///
/// Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn happens(&mut self, probability: f64) -> bool {
        0.0 < probability && ((self.next() >> 11) as f64) < probability * (1_u64 << 53) as f64
    }
}
