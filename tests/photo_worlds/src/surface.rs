//! How a sheet bends: a cylinder of any profile, so that paper keeps its lengths.

use crate::random::Random;
use crate::sheet::PAPER_MM;
use crate::world::{Effect, World};

/// Steps of a profile.
const STEPS: usize = 400;

/// The profile goes on this far beyond the paper, for what is printed larger.
const BEYOND_MM: f32 = 15.0;

/// A sheet bent along one of its axes.
///
/// The profile is given by the angle of the paper at each millimetre along it; where it lies in space is the sum of those.
pub(crate) struct Surface {
    /// 0 bends along x, 1 along y.
    pub(crate) axis: usize,
    /// Creases, in millimetres along the axis from the paper's middle.
    pub(crate) folds: Vec<f32>,
    angle: Vec<f32>,
    /// Where each step lies, along the table and above it.
    along: Vec<f32>,
    height: Vec<f32>,
}

impl Surface {
    pub(crate) fn bent(world: World, random: &mut Random) -> Self {
        let axis = random.below(2);
        let span = PAPER_MM[axis];
        let rise = world.curl_mm() * random.between(0.3, 1.0);
        let (lifts, top) = (random.chance(0.4), random.between(0.3, 0.7));
        let (folds, bend): (Vec<f32>, f32) = match world.has(Effect::Folds) {
            true if random.chance(0.5) => (vec![0.0], random.between(0.05, 0.13)),
            true => (vec![-span / 6.0, span / 6.0], random.between(0.05, 0.13)),
            false => (Vec::new(), 0.0),
        };
        let side = random.pick(&[-1.0, 1.0]);
        let slope = |s: f32| {
            // From 0 at one end of the paper to 1 at the other.
            let t = (s / span + 0.5).clamp(0.0, 1.0);
            let curl = match lifts {
                true => side * 2.0 * (if side < 0.0 { 1.0 - t } else { t }) / span,
                false if t < top => (std::f32::consts::PI * t / top).sin() * 1.57 / (top * span),
                false => {
                    let down = (t - top) / (1.0 - top);
                    -(std::f32::consts::PI * down).sin() * 1.57 / ((1.0 - top) * span)
                }
            };
            let passed = folds.iter().filter(|fold| **fold < s).count();
            // Leaves of a folded sheet lean one way and the other.
            let leaf = if passed.is_multiple_of(2) {
                bend
            } else {
                -bend
            };
            rise * curl + side * leaf
        };
        let step = (span + 2.0 * BEYOND_MM) / STEPS as f32;
        let at = |i: usize| (i as f32 + 0.5) * step - span / 2.0 - BEYOND_MM;
        let angle: Vec<f32> = (0..STEPS)
            .map(|i| slope(at(i)).clamp(-0.9, 0.9).asin())
            .collect();
        let sum = |part: fn(f32) -> f32| {
            let steps = angle.iter().scan(0.0, |sum, angle| {
                *sum += step * part(*angle);
                Some(*sum)
            });
            let mut sums: Vec<f32> = std::iter::once(0.0).chain(steps).collect();
            let middle = sums[STEPS / 2];
            sums.iter_mut().for_each(|v| *v -= middle);
            sums
        };
        Self {
            axis,
            folds,
            along: sum(f32::cos),
            height: sum(f32::sin),
            angle,
        }
    }

    fn span(&self) -> f32 {
        PAPER_MM[self.axis] + 2.0 * BEYOND_MM
    }

    /// The step at `s` millimetres along the axis from the middle, and the rest of it.
    fn step(&self, s: f32) -> (usize, f32) {
        let at = (s / self.span() + 0.5) * STEPS as f32;
        let step = at.clamp(0.0, STEPS as f32 - 1.0) as usize;
        (step, at - step as f32)
    }

    fn mix(values: &[f32], (step, rest): (usize, f32)) -> f32 {
        values[step] + (values[step + 1] - values[step]) * rest
    }

    /// Where a point of the paper, measured from its middle, lies in space: height last.
    pub(crate) fn lift(&self, p: [f32; 2]) -> [f32; 3] {
        let step = self.step(p[self.axis]);
        let mut q = p;
        q[self.axis] = Self::mix(&self.along, step);
        [q[0], q[1], Self::mix(&self.height, step)]
    }

    /// The point of the paper above the point `q` of the table, and its height.
    pub(crate) fn above(&self, q: [f32; 2]) -> ([f32; 2], f32) {
        let u = q[self.axis];
        let step = self.along.partition_point(|v| *v < u).clamp(1, STEPS) - 1;
        let rest = (u - self.along[step]) / (self.along[step + 1] - self.along[step]);
        let mut p = q;
        p[self.axis] = ((step as f32 + rest) / STEPS as f32 - 0.5) * self.span();
        // Beyond the profile paper would lie flat.
        (p, Self::mix(&self.height, (step, rest.clamp(0.0, 1.0))))
    }

    /// How the paper leans at a point of it, in radians.
    pub(crate) fn lean(&self, p: [f32; 2]) -> f32 {
        self.angle[self.step(p[self.axis]).0]
    }
}
