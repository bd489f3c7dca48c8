//! Randomness that a seed gives again.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Bytes that look random: every seed gives others.
#[must_use]
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; len];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// Which of the places 0, 1, 2 … are hit, each with the same probability; the next one is known in advance, so that what
/// is not hit costs nothing.
#[derive(Debug)]
pub(crate) struct Hits {
    probability: f64,
    random: ChaCha8Rng,
    /// Places from here to the next hit.
    ahead: u64,
}

impl Hits {
    pub(crate) fn new(probability: f64, seed: u64) -> Self {
        let mut hits = Self {
            probability,
            random: ChaCha8Rng::seed_from_u64(seed),
            ahead: 0,
        };
        hits.ahead = hits.gap();
        hits
    }

    /// From now on another probability.
    pub(crate) fn change(&mut self, probability: f64) {
        self.probability = probability;
        self.ahead = self.gap();
    }

    /// Places between two hits: geometric.
    fn gap(&mut self) -> u64 {
        if self.probability <= 0.0 {
            return u64::MAX;
        }
        let uniform: f64 = self.random.random();
        ((1.0 - uniform).ln() / (-self.probability).ln_1p()) as u64
    }

    /// How many of the next places are not hit, at least.
    pub(crate) fn ahead(&self) -> u64 {
        self.ahead
    }

    /// Goes past places that are not hit.
    pub(crate) fn skip(&mut self, places: u64) {
        if self.ahead != u64::MAX {
            self.ahead -= places;
        }
    }

    /// Goes past one place: whether it is hit.
    pub(crate) fn next(&mut self) -> bool {
        if 0 < self.ahead {
            self.skip(1);
            return false;
        }
        self.ahead = self.gap();
        true
    }

    /// Something to damage with.
    pub(crate) fn byte(&mut self) -> u8 {
        self.random.random()
    }

    /// The length of a run with this mean, at least 1.
    pub(crate) fn run(&mut self, mean: f64) -> u32 {
        let uniform: f64 = self.random.random();
        1 + (-(1.0 - uniform).ln() * (mean - 1.0).max(0.0)) as u32
    }
}
