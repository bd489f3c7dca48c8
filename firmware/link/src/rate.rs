//! How fast the line carries, measured from acknowledgements, and how much to keep on its way.
//!
//! Source: the delivery rate of N. Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM Queue, 2016.

use core::time::Duration;

use crate::Tick;

/// Before anything is measured so much is on its way: a satellite hop at 115200 bit/s holds it.
const FIRST_WINDOW: usize = 24 << 10;

/// The first acknowledgements measure the first round trip as well, so they make the line look slow.
const FIRST_SAMPLES: u32 = 8;

/// The window covers rate times round trip so many times over, so that it can grow where the line is faster than measured.
const GAIN: u64 = 2;

/// Added to the round trip: schedulers, ports and acknowledgements come in steps of this order.
const STEP: Duration = Duration::from_millis(100);

/// How long the window lasts on a line where one side talks at a time: each turn costs the turn-around twice.
const HALF_DUPLEX_TURN: Duration = Duration::from_secs(8);

/// Bytes delivered over time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    delivered: u64,
    delivered_at: Tick,
    bytes_per_second: Option<u64>,
    samples: u32,
}

/// What was delivered when a packet went out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    delivered: u64,
    delivered_at: Tick,
    sent_at: Tick,
    /// Nothing waited to follow the packet, so the line was faster than what it was given.
    is_idle: bool,
}

impl Rate {
    pub(crate) fn new() -> Self {
        Self {
            delivered: 0,
            delivered_at: Tick(0),
            bytes_per_second: None,
            samples: 0,
        }
    }

    pub(crate) fn bytes_per_second(&self) -> Option<u64> {
        self.bytes_per_second
    }

    /// A packet that was begun at `began` went out; `is_first` if none was on its way.
    pub(crate) fn sent(&mut self, began: Tick, is_first: bool, is_idle: bool) -> Sample {
        if is_first {
            self.delivered_at = began;
        }
        Sample {
            delivered: self.delivered,
            delivered_at: self.delivered_at,
            sent_at: began,
            is_idle,
        }
    }

    pub(crate) fn delivered(&mut self, len: usize) {
        self.delivered += len as u64;
    }

    /// An acknowledgement that waited for `waited` came for the packet with this sample.
    pub(crate) fn measured(&mut self, now: Tick, waited: Duration, sample: Sample) {
        let at = Tick(now.0.saturating_sub(waited.as_micros() as u64)).max(self.delivered_at);
        self.delivered_at = at;
        // Acknowledgements that come in a bunch must not look like a fast line.
        let interval = at
            .since(sample.delivered_at)
            .max(sample.sent_at.since(sample.delivered_at));
        let bytes = self.delivered - sample.delivered;
        let micros = interval.as_micros() as u64;
        if micros == 0 || bytes == 0 {
            return;
        }
        let measured = bytes * 1_000_000 / micros;
        self.bytes_per_second = match self.bytes_per_second {
            // A line that was not kept busy may be faster than that.
            known if sample.is_idle && known.is_none_or(|known| measured < known) => known,
            Some(known) if measured < known => Some(known - (known - measured) / 8),
            _ => Some(measured),
        };
        self.samples = self.samples.saturating_add(1);
    }

    /// Bytes to keep on their way: `shortest` is the round trip of the line alone.
    pub(crate) fn window(
        &self,
        shortest: Option<Duration>,
        packet_len: usize,
        half_duplex: bool,
    ) -> usize {
        let (Some(rate), Some(shortest)) = (self.bytes_per_second, shortest) else {
            return FIRST_WINDOW;
        };
        let covered = if half_duplex {
            HALF_DUPLEX_TURN + shortest
        } else {
            (shortest + STEP) * GAIN as u32
        };
        let bytes = rate.saturating_mul(covered.as_micros() as u64) / 1_000_000;
        let window = usize::try_from(bytes)
            .unwrap_or(usize::MAX)
            .saturating_add(2 * packet_len);
        if self.samples < FIRST_SAMPLES {
            window.max(FIRST_WINDOW)
        } else {
            window
        }
    }
}
