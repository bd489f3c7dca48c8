//! What a line is like, in one direction.

use std::time::Duration;

/// What a line is like, in one direction. All probabilities are per byte, but for `bit_errors`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Bits per second; a byte takes ten.
    pub rate: u64,
    /// From the port's end to the other port's reader.
    pub latency: Duration,
    /// What the delay grows by at most, drawn for each write. The order of bytes is kept.
    pub jitter: Duration,
    /// Probability that a bit is flipped.
    pub bit_errors: f64,
    /// Probability that a byte vanishes.
    pub drops: f64,
    /// Probability that a byte of noise is put before a byte.
    pub insertions: f64,
    /// Probability that a run of noise begins at a byte.
    pub bursts: f64,
    /// Mean length of such a run, in bytes.
    pub burst_bytes: f64,
    /// On a half-duplex line, how long it takes to turn around; `None` on a full-duplex one.
    pub turn_around: Option<Duration>,
    /// Takes XON and XOFF out of the stream.
    pub swallows_flow_control: bool,
    /// A modem that leaves data mode when `+++` comes with a second of silence on both sides.
    pub heeds_escape: bool,
    /// The reader is woken this long after a byte arrived, as a port's buffer is read in batches.
    pub read_batch: Duration,
}

impl Line {
    /// A line without errors.
    #[must_use]
    pub const fn clean(rate: u64, latency_ms: u64) -> Self {
        Self {
            rate,
            latency: Duration::from_millis(latency_ms),
            jitter: Duration::ZERO,
            bit_errors: 0.0,
            drops: 0.0,
            insertions: 0.0,
            bursts: 0.0,
            burst_bytes: 20.0,
            turn_around: None,
            swallows_flow_control: false,
            heeds_escape: false,
            read_batch: Duration::from_millis(2),
        }
    }

    /// A line that flips bits.
    #[must_use]
    pub const fn noisy(rate: u64, latency_ms: u64, bit_errors: f64) -> Self {
        Self {
            bit_errors,
            ..Self::clean(rate, latency_ms)
        }
    }

    /// Whether every byte arrives as it was sent.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.hits_per_byte() == 0.0
    }

    /// How many mishaps a byte meets on average.
    #[must_use]
    pub fn hits_per_byte(&self) -> f64 {
        self.bit_errors * 8.0 + self.drops + self.insertions + self.bursts
    }

    /// How long a byte takes.
    #[must_use]
    pub fn byte_ns(&self) -> u64 {
        10_000_000_000 / self.rate
    }

    /// How long so many bytes take.
    #[must_use]
    pub fn time_of(&self, bytes: u64) -> Duration {
        Duration::from_nanos(self.byte_ns() * bytes)
    }

    /// What an owner keeps in the port: 0.1 s of the line, but never less than 16 bytes.
    #[must_use]
    pub fn port_bytes(&self) -> u64 {
        (self.rate / 100).clamp(16, 4096)
    }
}
