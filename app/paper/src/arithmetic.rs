//! Arithmetic coding of single bits, each with a chance that both sides know, and chances that learn.
//!
//! One model serves both directions: it hands every bit to a [`BitCoder`] and goes on with the bit that comes back.
//!
//! Source: M. Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression", Florida Tech. CS-2005-16.

/// Codes bits one by one.
pub(crate) trait BitCoder {
    /// Whether more was read than was written: what is read now means nothing.
    fn is_overrun(&self) -> bool {
        false
    }

    /// Codes a bit that is set with a chance of `chance` in 65 536 (1 to 65 535) and returns it. A reader passes over
    /// `bit` and returns what was written.
    fn code(&mut self, chance: u16, bit: bool) -> bool;
}

/// Where in `low..=high` the part of set bits ends.
fn split(low: u32, high: u32, chance: u16) -> u32 {
    low + ((u64::from(high - low) * u64::from(chance)) >> 16) as u32
}

/// Writes bits.
pub(crate) struct BitWriter {
    low: u32,
    high: u32,
    out: Vec<u8>,
}

impl BitWriter {
    pub(crate) fn new() -> Self {
        Self {
            low: 0,
            high: u32::MAX,
            out: Vec::new(),
        }
    }

    /// The bytes, as few as tell the last bit: 1 to 4 after those that a reader has shifted out by then.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        // A reader takes bytes after the end as zero, so the last ones need only lie between the two ends.
        let rounded = |kept: u32| self.high & (u32::MAX << (32 - 8 * kept));
        let kept = (1..=4).find(|&kept| rounded(kept) >= self.low).unwrap_or(4);
        self.out
            .extend(&rounded(kept).to_be_bytes()[..kept as usize]);
        self.out
    }
}

impl BitCoder for BitWriter {
    fn code(&mut self, chance: u16, bit: bool) -> bool {
        let middle = split(self.low, self.high, chance);
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.out.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
        }
        bit
    }
}

/// Reads bits; after the last byte come zeros without end.
pub(crate) struct BitReader<'a> {
    low: u32,
    high: u32,
    value: u32,
    data: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        let mut reader = Self {
            low: 0,
            high: u32::MAX,
            value: 0,
            data,
            at: 0,
        };
        for _ in 0..4 {
            reader.shift();
        }
        reader
    }

    fn shift(&mut self) {
        let next = self.data.get(self.at).copied().unwrap_or(0);
        self.value = self.value << 8 | u32::from(next);
        self.at += 1;
    }

    /// Whether the bits read so far are all that was written: no byte is missing or too many.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.data.len() && !self.is_overrun()
    }
}

impl BitCoder for BitReader<'_> {
    fn is_overrun(&self) -> bool {
        // Four bytes are read ahead, and at least one of them was written.
        self.at > self.data.len() + 3
    }

    fn code(&mut self, chance: u16, _: bool) -> bool {
        let middle = split(self.low, self.high, chance);
        let bit = self.value <= middle;
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
            self.shift();
        }
        bit
    }
}

/// The chance that a bit is set, learned from the bits seen: fast at first, then ever slower.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chance {
    /// In 2^32: chances of one in many thousands are learned in small steps.
    set: u32,
    /// How many bits it has seen, up to a bound.
    seen: u16,
}

impl Chance {
    pub(crate) const EVEN: Self = Self {
        set: 1 << 31,
        seen: 0,
    };

    /// As a coder takes it.
    pub(crate) fn of_set(self) -> u16 {
        ((self.set >> 16) as u16).max(1)
    }

    /// Learns `bit`. From `memory` bits on, each further bit weighs the same.
    pub(crate) fn learn(&mut self, bit: bool, memory: u16) {
        let target = if bit { i64::from(u32::MAX) } else { 0 };
        let gap = target - i64::from(self.set);
        // The first bit moves the chance by two thirds of the way, the n-th by 1 / (n + 0.5).
        self.set = (i64::from(self.set) + 2 * gap / (2 * i64::from(self.seen) + 3)) as u32;
        self.seen = (self.seen + 1).min(memory);
    }

    /// Codes `bit` with this chance alone, and learns it.
    pub(crate) fn code(&mut self, coder: &mut impl BitCoder, bit: bool, memory: u16) -> bool {
        let bit = coder.code(self.of_set(), bit);
        self.learn(bit, memory);
        bit
    }
}

/// 1 / (1 + e^-x) times 4096 at x = -8, -7.5 … 8.
const SQUASHED: [i32; 33] = [
    1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348,
    3607, 3785, 3901, 3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
];

/// The chance, in 4096, whose odds have the logarithm `x` / 256. Whole numbers only, so that all machines agree.
const fn squash(x: i32) -> i32 {
    if x > 2047 {
        return 4095;
    }
    if x < -2047 {
        return 0;
    }
    let at = ((x + 2048) >> 7) as usize;
    let part = x & 127;
    (SQUASHED[at] * (128 - part) + SQUASHED[at + 1] * part + 64) >> 7
}

/// The logarithm of the odds of each chance, the other way round.
static STRETCHED: [i16; 4096] = {
    let mut stretched = [2047; 4096];
    let mut next = 0;
    let mut x = -2047;
    while x <= 2047 {
        let chance = squash(x) as usize;
        while next <= chance {
            stretched[next] = x as i16;
            next += 1;
        }
        x += 1;
    }
    stretched
};

/// Weighs several chances into one, by which of them were right before.
pub(crate) struct Mixer<const N: usize> {
    /// One set of weights for each situation, 65 536 being 1.
    weights: Vec<[i32; N]>,
    /// How fast weights follow.
    speed: i32,
    /// How many bits the chances remember.
    memory: u16,
}

impl<const N: usize> Mixer<N> {
    pub(crate) fn new(situations: usize, speed: i32, memory: u16) -> Self {
        // Somewhat more than a mean: of several views that agree, each alone is too careful.
        Self {
            weights: vec![[90_000 / N as i32; N]; situations],
            speed,
            memory,
        }
    }

    /// Codes `bit` with the weighed chance of `chances`, and learns weights and chances.
    pub(crate) fn code(
        &mut self,
        coder: &mut impl BitCoder,
        situation: usize,
        chances: [&mut Chance; N],
        bit: bool,
    ) -> bool {
        let weights = &mut self.weights[situation];
        let odds: [i32; N] =
            std::array::from_fn(|i| i32::from(STRETCHED[(chances[i].set >> 20) as usize]));
        let sum: i64 = odds
            .iter()
            .zip(weights.iter())
            .map(|(x, w)| i64::from(*x) * i64::from(*w))
            .sum();
        let mixed = squash((sum >> 16).clamp(-2047, 2047) as i32);
        let bit = coder.code(((mixed << 4) + 8).clamp(24, 65_511) as u16, bit);
        let miss = (i32::from(bit) << 12) - mixed;
        for (weight, x) in weights.iter_mut().zip(odds) {
            let step = (x * miss * self.speed + (1 << 13)) >> 14;
            *weight = (*weight + step).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT);
        }
        for chance in chances {
            chance.learn(bit, self.memory);
        }
        bit
    }
}

/// Weights beyond this, sixteen times, are no use; it keeps sums small whatever a stranger's bits teach.
const WEIGHT_LIMIT: i32 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_come_back_whatever_their_chances(bits: Vec<(bool, u16)>) {
            let mut writer = BitWriter::new();
            for &(bit, chance) in &bits {
                writer.code(chance.max(1), bit);
            }
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes);
            for &(bit, chance) in &bits {
                prop_assert_eq!(reader.code(chance.max(1), false), bit);
            }
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn what_is_likely_costs_little(chance in 60_000_u16..) {
            let mut writer = BitWriter::new();
            for _ in 0..1000 {
                writer.code(chance, true);
            }
            // 60 000 of 65 536 is an eighth of a bit.
            prop_assert!(writer.finish().len() <= 20);
        }
    }

    #[test]
    fn a_chance_learns_what_it_sees() {
        let mut chance = Chance::EVEN;
        for _ in 0..20 {
            chance.learn(true, 255);
        }
        assert!(chance.of_set() > 60_000);
    }

    #[test]
    fn odds_and_chances_are_each_other_s_inverse() {
        for chance in 1..4095 {
            let back = squash(i32::from(STRETCHED[chance as usize]));
            // Where the curve is steep, neighbouring chances share their odds.
            assert!((back - chance).abs() <= 4, "{chance} {back}");
        }
    }
}
