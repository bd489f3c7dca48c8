//! Randomness that a seed gives again.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draws of all kinds.
#[derive(Debug, Clone)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The draws of `seed` for one purpose; those of another purpose do not depend on how many are taken here.
    #[must_use]
    pub fn of(seed: u64, purpose: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(purpose);
        Self(random)
    }

    /// Evenly spread from `low` to `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    /// A whole number below `limit`, which is at least 1.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0.random_range(0..limit)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.0.random::<f32>() < probability
    }

    /// One of `all`, which is not empty.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Normally distributed around zero with a deviation of 1: twelve even draws together.
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.0.random::<f32>()).sum::<f32>() - 6.0
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.random()
    }
}

/// Values that change smoothly over a plane, from -1 to 1, as wood, clouds and uneven ink do.
#[derive(Debug, Clone)]
pub(crate) struct Smooth(Vec<f32>);

/// The pattern comes again after this many units.
const SIDE: usize = 64;

impl Smooth {
    /// A pattern.
    pub(crate) fn new(random: &mut Random) -> Self {
        Self(
            (0..SIDE * SIDE)
                .map(|_| random.between(-1.0, 1.0))
                .collect(),
        )
    }

    /// The value at a point; bumps are about one unit wide.
    #[must_use]
    pub(crate) fn at(&self, x: f32, y: f32) -> f32 {
        let ease = |t: f32| t * t * (3.0 - 2.0 * t);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let wrap = |v: f32| (v.floor() as i64).rem_euclid(SIDE as i64) as usize;
        let (x0, y0) = (wrap(x), wrap(y));
        let (x1, y1) = ((x0 + 1) % SIDE, (y0 + 1) % SIDE);
        let row = |y: usize| {
            let (a, b) = (self.0[y * SIDE + x0], self.0[y * SIDE + x1]);
            a + (b - a) * ease(fx)
        };
        let (upper, lower) = (row(y0), row(y1));
        upper + (lower - upper) * ease(fy)
    }

    /// Bumps of one unit with smaller ones on them.
    #[must_use]
    pub(crate) fn rough(&self, x: f32, y: f32) -> f32 {
        0.55 * self.at(x, y)
            + 0.3 * self.at(2.1 * x + 7.0, 2.1 * y)
            + 0.15 * self.at(4.3 * x, 4.3 * y + 13.0)
    }
}
