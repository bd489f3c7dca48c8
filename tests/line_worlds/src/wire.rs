//! One direction of a line: a port that drains at the line's rate, a delay, and what noise does.

use std::collections::VecDeque;
use std::time::Duration;

use link::Tick;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::line::Line;
use crate::random::Hits;

const XON: u8 = 0x11;
const XOFF: u8 = 0x13;

/// The silence around `+++` by which a modem knows that it is meant.
const GUARD: Duration = Duration::from_secs(1);

/// One direction of a line.
#[derive(Debug)]
pub struct Wire {
    line: Line,
    /// Swallows everything, and nobody is told.
    pub is_mute: bool,
    /// Bytes that were put on the line.
    pub carried: u64,
    /// What was put on the line, if somebody wants to know.
    pub record: Option<Vec<u8>>,
    /// Times that the bytes themselves made a modem leave data mode.
    pub escapes: u32,
    flips: Hits,
    drops: Hits,
    insertions: Hits,
    bursts: Hits,
    burst_left: u32,
    jitter: ChaCha8Rng,
    /// When the port has sent all it holds, in nanoseconds.
    busy_until_ns: u64,
    /// When the last byte arrives, in nanoseconds; nothing overtakes it.
    last_arrival_ns: u64,
    on_line: VecDeque<Piece>,
    escape: Escape,
}

/// Bytes that follow each other at the line's rate.
#[derive(Debug)]
struct Piece {
    /// When the first byte left the port, and when it arrives.
    left_ns: u64,
    arrival_ns: u64,
    bytes: VecDeque<u8>,
}

/// What a modem has seen of `+++`.
#[derive(Debug, Default)]
struct Escape {
    pluses: u32,
    /// When the last byte had left.
    last_ns: u64,
}

/// Something that happens to a byte on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Bits are flipped.
    Flip(u8),
    /// It is gone.
    Drop,
    /// Another one comes before it.
    Insert(u8),
}

impl Wire {
    /// An idle line.
    #[must_use]
    pub fn new(line: Line, seed: u64) -> Self {
        let seed = seed.wrapping_mul(5);
        Self {
            line,
            is_mute: false,
            carried: 0,
            record: None,
            escapes: 0,
            flips: Hits::new(line.bit_errors, seed),
            drops: Hits::new(line.drops, seed.wrapping_add(1)),
            insertions: Hits::new(line.insertions, seed.wrapping_add(2)),
            bursts: Hits::new(line.bursts, seed.wrapping_add(3)),
            burst_left: 0,
            jitter: ChaCha8Rng::seed_from_u64(seed.wrapping_add(4)),
            busy_until_ns: 0,
            last_arrival_ns: 0,
            on_line: VecDeque::new(),
            escape: Escape::default(),
        }
    }

    /// What it is like.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// From now on noise is that of `line`; nothing else changes.
    pub fn change_noise(&mut self, line: &Line) {
        self.flips.change(line.bit_errors);
        self.drops.change(line.drops);
        self.insertions.change(line.insertions);
        self.bursts.change(line.bursts);
    }

    /// How many bytes the owner may put into the port.
    #[must_use]
    pub fn room(&self, now: Tick) -> usize {
        let waiting = self
            .busy_until_ns
            .saturating_sub(now.0 * 1000)
            .div_ceil(self.line.byte_ns());
        self.line.port_bytes().saturating_sub(waiting) as usize
    }

    /// When half of the port's share is free.
    #[must_use]
    pub fn has_room_at(&self) -> Tick {
        let ahead = self.line.port_bytes() / 2 * self.line.byte_ns();
        Tick(self.busy_until_ns.saturating_sub(ahead).div_ceil(1000))
    }

    /// Puts bytes into the port. On a half-duplex line they wait for the `other` direction, and it for them.
    pub fn write(&mut self, now: Tick, bytes: &[u8], other: &Self) {
        if bytes.is_empty() {
            return;
        }
        if let Some(turn_around) = self.line.turn_around
            && self.busy_until_ns < other.busy_until_ns
        {
            self.busy_until_ns = other.busy_until_ns + turn_around.as_nanos() as u64;
        }
        let start_ns = self.busy_until_ns.max(now.0 * 1000);
        let byte_ns = self.line.byte_ns();
        self.busy_until_ns = start_ns + bytes.len() as u64 * byte_ns;
        self.carried += bytes.len() as u64;
        if let Some(record) = &mut self.record {
            record.extend(bytes);
        }
        if self.line.heeds_escape {
            self.watch_for_escape(start_ns, bytes);
        }
        if self.is_mute {
            return;
        }
        let jitter = match self.line.jitter.as_nanos() as u64 {
            0 => 0,
            jitter_ns => self.jitter.random_range(0..jitter_ns),
        };
        let delay_ns = byte_ns + self.line.latency.as_nanos() as u64 + jitter;
        let delay_ns = delay_ns.max(self.last_arrival_ns.saturating_sub(start_ns));
        self.damage(bytes, start_ns, delay_ns);
    }

    fn damage(&mut self, bytes: &[u8], start_ns: u64, delay_ns: u64) {
        let byte_ns = self.line.byte_ns();
        let count = bytes.len() as u64;
        let mut piece = Piece {
            left_ns: start_ns,
            arrival_ns: start_ns + delay_ns,
            bytes: VecDeque::new(),
        };
        let spared = self.burst_left == 0
            && !self.line.swallows_flow_control
            && count * 8 <= self.flips.ahead()
            && [&self.drops, &self.insertions, &self.bursts]
                .iter()
                .all(|hits| count <= hits.ahead());
        if spared {
            self.flips.skip(count * 8);
            for hits in [&mut self.drops, &mut self.insertions, &mut self.bursts] {
                hits.skip(count);
            }
            piece.bytes.extend(bytes);
        } else {
            for (place, &byte) in bytes.iter().enumerate() {
                if self.insertions.next() {
                    piece.bytes.push_back(self.insertions.byte());
                }
                let arrived = self.damage_byte(byte);
                let swallowed =
                    self.line.swallows_flow_control && matches!(arrived, Some(XON | XOFF));
                if let Some(arrived) = arrived.filter(|_| !swallowed) {
                    piece.bytes.push_back(arrived);
                    continue;
                }
                // What follows keeps its time.
                let next_ns = start_ns + (place as u64 + 1) * byte_ns;
                let after = Piece {
                    left_ns: next_ns,
                    arrival_ns: next_ns + delay_ns,
                    bytes: VecDeque::new(),
                };
                self.put(std::mem::replace(&mut piece, after));
            }
        }
        self.put(piece);
    }

    fn put(&mut self, mut piece: Piece) {
        if piece.bytes.is_empty() {
            return;
        }
        piece.arrival_ns = piece.arrival_ns.max(self.last_arrival_ns);
        let last = piece.bytes.len() as u64 - 1;
        self.last_arrival_ns = piece.arrival_ns + last * self.line.byte_ns();
        self.on_line.push_back(piece);
    }

    fn damage_byte(&mut self, byte: u8) -> Option<u8> {
        let mut flipped = 0;
        for bit in 0..8 {
            flipped |= u8::from(self.flips.next()) << bit;
        }
        if self.bursts.next() {
            self.burst_left = self.bursts.run(self.line.burst_bytes);
        }
        if 0 < self.burst_left {
            self.burst_left -= 1;
            flipped ^= self.bursts.byte();
        }
        (!self.drops.next()).then_some(byte ^ flipped)
    }

    fn watch_for_escape(&mut self, start_ns: u64, bytes: &[u8]) {
        let guard_ns = GUARD.as_nanos() as u64;
        let was_silent = self.escape.last_ns + guard_ns <= start_ns;
        self.escapes += u32::from(was_silent && self.escape.pluses == 3);
        let mut may_begin = was_silent;
        for &byte in bytes {
            self.escape.pluses = match (byte, self.escape.pluses) {
                (b'+', 0) if may_begin => 1,
                (b'+', pluses @ (1 | 2)) => pluses + 1,
                _ => 0,
            };
            may_begin = false;
        }
        self.escape.last_ns = self.busy_until_ns;
    }

    /// When the reader is woken for what arrives next.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Tick> {
        let piece = self.on_line.front()?;
        Some(Tick(piece.arrival_ns.div_ceil(1000)) + self.line.read_batch)
    }

    /// Appends what has arrived.
    pub fn take_arrived(&mut self, now: Tick, out: &mut Vec<u8>) {
        let byte_ns = self.line.byte_ns();
        let now_ns = now.0 * 1000;
        while let Some(piece) = self.on_line.front_mut() {
            let Some(elapsed) = now_ns.checked_sub(piece.arrival_ns) else {
                return;
            };
            let arrived = (elapsed / byte_ns + 1).min(piece.bytes.len() as u64);
            out.extend(piece.bytes.drain(..arrived as usize));
            if !piece.bytes.is_empty() {
                piece.left_ns += arrived * byte_ns;
                piece.arrival_ns += arrived * byte_ns;
                return;
            }
            self.on_line.pop_front();
        }
    }

    /// Bytes that nobody sent appear at the reader, as from a modem that has something to say.
    pub fn babble(&mut self, now: Tick, bytes: &[u8]) {
        self.put(Piece {
            left_ns: now.0 * 1000,
            arrival_ns: now.0 * 1000,
            bytes: bytes.iter().copied().collect(),
        });
    }

    /// Something happens to the byte that arrives after `place` others; false if nothing is on its way there.
    pub fn strike(&mut self, mut place: usize, fault: Fault) -> bool {
        for piece in &mut self.on_line {
            if piece.bytes.len() <= place {
                place -= piece.bytes.len();
                continue;
            }
            match fault {
                Fault::Flip(mask) => piece.bytes[place] ^= mask,
                Fault::Drop => drop(piece.bytes.remove(place)),
                Fault::Insert(byte) => piece.bytes.insert(place, byte),
            }
            self.on_line.retain(|piece| !piece.bytes.is_empty());
            return true;
        }
        false
    }

    /// Bytes on their way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.on_line.iter().map(|piece| piece.bytes.len()).sum()
    }

    /// Everything on the line and in the port is gone.
    pub fn clear(&mut self, now: Tick) {
        self.on_line.clear();
        self.busy_until_ns = now.0 * 1000;
        self.last_arrival_ns = 0;
    }

    /// The sender reboots: what has not left its port is gone.
    pub fn drop_port(&mut self, now: Tick) {
        let byte_ns = self.line.byte_ns();
        let now_ns = now.0 * 1000;
        for piece in &mut self.on_line {
            let left = now_ns.saturating_sub(piece.left_ns) / byte_ns;
            piece.bytes.truncate(left as usize);
        }
        self.on_line.retain(|piece| !piece.bytes.is_empty());
        self.busy_until_ns = self.busy_until_ns.min(now_ns);
    }
}
