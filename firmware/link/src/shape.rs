//! How long packets are and how much parity they bear: what the line's errors make best.

use crate::blocks::BLOCK_LEN;
use crate::coding::{CRC_LEN, Strength};

/// Bytes of a packet besides blocks, checksum, parity and stuffing: head, and one item's own fields.
pub(crate) const HEAD_LEN: usize = 8;

/// How many blocks a packet may have; the longest lasts 2 s at 9600 bit/s.
const BLOCK_COUNTS: [usize; 6] = [1, 2, 3, 4, 6, 8];

/// Share of the bytes that COBS adds to bytes that look random, and of those where an error breaks the stuffing, so that
/// parity is of no help: code bytes, and bytes one bit away from the delimiter.
const STUFFING: f32 = 0.0023;
const FRAGILE: f32 = 0.01;

/// After so many bytes what was seen before counts half as much as before: errors come and go with weather and calls.
const MEMORY_BYTES: f32 = 128e3;

/// What is assumed before anything was seen: that the line is good, as every line that is good needs no parity at all. The
/// first losses teach better at the price of a packet each, and until long enough without one packets are not the longest.
const FIRST_BYTES: f32 = 4e3;
const FIRST_ERRORS: f32 = 0.005;
const FIRST_BREAKS: f32 = 0.0002;
const FIRST_UNEXPLAINED: f32 = 0.1;

/// What a loss without parity is put down to before parity has shown what the line does: as much to wrong bytes as to a
/// break. A fifth of an observation, so that the first one decides.
const FIRST_GUESS: f32 = 0.2;

/// A longer packet or another strength has to promise so much more, or things stay as they are.
const WORTH_CHANGING: f32 = 1.001;

/// How packets are made until as much was acknowledged as the first assumption counts: on a line where long ones without
/// parity never arrive, nothing would be learnt from them.
const FIRST_SHAPE: Shape = Shape {
    len: HEAD_LEN + 2 * BLOCK_LEN,
    strength: Strength::GREETING,
};

/// How packets are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Payload after which a packet ends, in bytes.
    pub(crate) len: usize,
    pub(crate) strength: Strength,
}

/// What the line has done to our packets, and the shape that suits it.
///
/// Two kinds of damage are told apart: wrong bytes, which parity puts right, and breaks (bursts, lost and added bytes), which
/// it does not. Both are counted over the recent past as rates per byte. Only packets that bear parity tell which of the two
/// it was; losses of others are shared out as those say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    bytes: f32,
    /// Wrong bytes in packets that bore parity.
    errors: f32,
    /// Breaks in packets that bore parity.
    breaks: f32,
    /// Packets without parity that were lost.
    unexplained: f32,
    shape: Shape,
}

impl Noise {
    pub(crate) fn new() -> Self {
        Self {
            bytes: FIRST_BYTES,
            errors: FIRST_ERRORS,
            breaks: FIRST_BREAKS,
            unexplained: FIRST_UNEXPLAINED,
            shape: FIRST_SHAPE,
        }
    }

    /// A packet of `wire_len` bytes arrived.
    pub(crate) fn arrived(&mut self, wire_len: usize) {
        self.seen(wire_len);
    }

    /// A packet of `wire_len` bytes was lost: by wrong bytes or a break, as likely as their rates make it.
    pub(crate) fn lost(&mut self, wire_len: usize, strength: Strength) {
        self.seen(wire_len);
        if strength == Strength::NONE {
            self.unexplained += 1.0;
            return;
        }
        let wire = wire_len as f32;
        let by_errors = 1.0 - survives_errors(self.errors / self.bytes, wire, strength);
        let by_break = 1.0 - libm::expf(-self.breaks / self.bytes * wire);
        let share = by_errors / (by_errors + by_break);
        self.errors += share * (strength.correctable() + 1) as f32;
        self.breaks += 1.0 - share;
    }

    /// The peer put so many wrong bytes right.
    pub(crate) fn corrected(&mut self, bytes: u32) {
        self.errors += bytes as f32;
    }

    /// Wrong bytes in a million, breaks included.
    pub(crate) fn errors_per_megabyte(&self) -> u32 {
        ((self.errors + self.breaks + self.unexplained) / self.bytes * 1e6) as u32
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Takes the shape that lets most through.
    pub(crate) fn choose(&mut self) {
        if self.bytes < 2.0 * FIRST_BYTES {
            return;
        }
        let mut best = (self.efficiency(self.shape) * WORTH_CHANGING, self.shape);
        for strength in Strength::ALL {
            for blocks in BLOCK_COUNTS {
                let len = HEAD_LEN + blocks * BLOCK_LEN;
                let shape = Shape { len, strength };
                let efficiency = self.efficiency(shape);
                if best.0 < efficiency {
                    best = (efficiency, shape);
                }
            }
        }
        self.shape = best.1;
    }

    /// The share of a line's bytes that is payload and arrives.
    fn efficiency(&self, shape: Shape) -> f32 {
        let Some(payload) = shape.len.checked_sub(HEAD_LEN) else {
            return 0.0;
        };
        let checked = shape.len + CRC_LEN;
        let coded = (checked + shape.strength.overhead(checked)) as f32;
        // A code byte at the start and the delimiter.
        let wire = coded * (1.0 + STUFFING) + 2.0;
        let unbroken = libm::expf(-self.break_rate() * wire);
        payload as f32 / wire * survives_errors(self.error_rate(), wire, shape.strength) * unbroken
    }

    fn error_rate(&self) -> f32 {
        (self.errors + self.unexplained * self.error_share()) / self.bytes
    }

    fn break_rate(&self) -> f32 {
        (self.breaks + self.unexplained * (1.0 - self.error_share())) / self.bytes
    }

    /// The share of unexplained losses that wrong bytes are taken to be behind.
    fn error_share(&self) -> f32 {
        (self.errors + FIRST_GUESS) / (self.errors + self.breaks + 2.0 * FIRST_GUESS)
    }

    fn seen(&mut self, wire_len: usize) {
        let kept = libm::exp2f(-(wire_len as f32) / MEMORY_BYTES);
        self.bytes = self.bytes * kept + wire_len as f32;
        self.errors *= kept;
        self.breaks *= kept;
        self.unexplained *= kept;
    }
}

/// The probability that wrong bytes at `rate` cost no packet of `wire` bytes.
fn survives_errors(rate: f32, wire: f32, strength: Strength) -> f32 {
    if strength == Strength::NONE {
        return libm::expf(-rate * wire);
    }
    let stuffing = libm::expf(-rate * (wire * FRAGILE + 2.0));
    // Errors in a codeword are as many as a Poisson distribution says.
    let mean = rate * wire.min(255.0);
    let mut term = libm::expf(-mean);
    let mut corrected = term;
    for count in 1..=strength.correctable() {
        term *= mean / count as f32;
        corrected += term;
    }
    stuffing * libm::powf(corrected.min(1.0), (wire / 255.0).max(1.0))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// What is chosen after `bytes` with wrong bytes at `rate`, in packets that bear parity.
    fn chosen(bytes: usize, rate: f32) -> Shape {
        let mut noise = Noise::new();
        let mut wrong = 0.0;
        for _ in 0..bytes / 1000 {
            noise.arrived(1000);
            wrong += rate * 1000.0;
            noise.corrected(wrong as u32);
            wrong -= wrong as u32 as f32;
            noise.choose();
        }
        noise.shape()
    }

    fn parity(shape: Shape) -> usize {
        shape.strength.parity_len()
    }

    #[test]
    fn a_good_line_has_long_packets_without_parity() {
        let shape = chosen(50_000, 0.0);
        assert_eq!((shape.len, parity(shape)), (8 * BLOCK_LEN + HEAD_LEN, 0));
    }

    #[test]
    fn the_worse_the_line_the_more_parity() {
        let parities: Vec<usize> = [1e-5, 8e-5, 8e-4, 8e-3, 2.4e-2]
            .map(|rate| parity(chosen(100_000, rate)))
            .into();
        assert_eq!(parities, [0, 2, 4, 16, 16]);
    }

    #[test]
    fn against_breaks_packets_get_shorter_and_parity_is_given_up() {
        let mut noise = Noise::new();
        for packet in 0..400 {
            let shape = noise.shape();
            if packet % 4 == 3 {
                noise.lost(shape.len + 10, shape.strength);
            } else {
                noise.arrived(shape.len + 10);
            }
            noise.choose();
        }
        assert!(noise.shape().len <= 2 * BLOCK_LEN + HEAD_LEN, "{noise:?}");
        assert!(noise.break_rate() > 10.0 * noise.error_rate(), "{noise:?}");
    }

    #[test]
    fn parity_that_puts_nothing_right_is_given_up_within_a_few_losses() {
        const BREAK_EVERY_BYTES: usize = 14_000;
        let mut noise = Noise::new();
        let mut bytes = 0;
        let mut losses = 0;
        let mut under_parity = 0;
        while losses < 10 {
            let shape = noise.shape();
            let before = bytes;
            bytes += shape.len + 10;
            if before / BREAK_EVERY_BYTES < bytes / BREAK_EVERY_BYTES {
                losses += 1;
                under_parity += usize::from(parity(shape) != 0);
                noise.lost(shape.len + 10, shape.strength);
            } else {
                noise.arrived(shape.len + 10);
            }
            noise.choose();
        }
        assert!((1..=3).contains(&under_parity), "{under_parity}");
        assert!(noise.shape().len <= 3 * BLOCK_LEN + HEAD_LEN, "{noise:?}");
    }

    #[test]
    fn the_promise_is_near_what_a_line_can_carry() {
        // The best that selective repeat without parity reaches is 94.5 % and 83.3 % at these bit error rates.
        for (byte_errors, least) in [(8e-5, 0.975), (8e-4, 0.945)] {
            let mut noise = Noise::new();
            noise.bytes = 1e6;
            noise.errors = byte_errors * 1e6;
            noise.choose();
            let efficiency = noise.efficiency(noise.shape());
            assert!(least < efficiency, "{efficiency} at {byte_errors}");
        }
    }
}
