//! Waves that light lays over paper: a lamp that flickers while the camera goes down its lines, or two grids that interfere.
//!
//! They are looked for in the bare paper around a tick box, and what they are in the box is foretold from there, so that no ink
//! in the box is taken for one.
//!
//! Source: N. Lomb, "Least-squares frequency analysis of unequally spaced data", Astrophysics and Space Science 39, 1976; one wave
//! after the other, as S. Mallat, Z. Zhang, "Matching pursuits with time-frequency dictionaries", IEEE Trans. SP 41(12), 1993.

use std::f64::consts::TAU;

use crate::geometry::{Point, RectMm, least_squares};
use crate::median::{MEDIAN_DEVIATION, median};
use crate::template::READ_PX_PER_MM;

/// Paper is looked at at every other pixel of a square of this many, 14 mm wide.
const SIDE: usize = 56;
const STEP: usize = 2;
/// Waves of up to this many periods in twice that width, of 1.4 mm and more: shorter ones add nothing to the ink of a box.
const PERIODS: usize = 20;
/// So much of a box and what blur makes of it is not paper.
const BESIDE_MM: f64 = 0.4;
/// What is darker by so much is ink.
const INK: f64 = 0.2;
/// With fewer places of paper nothing is told.
const LEAST_PLACES: usize = 600;
/// Waves that explain less than this of what the paper scatters by are taken for none: of 1 500 boxes in simulated moiré they explain
/// more of nine in ten, of 260 on other photos of one in ten.
const LEAST_EXPLAINED: f64 = 0.5;

/// Two plane waves of darkness around a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Waves {
    middle: [isize; 2],
    /// Radians for each pixel across and down.
    ways: [[f64; 2]; 2],
    /// How much darkness is added by the cosine and the sine of each.
    sizes: [[f64; 2]; 2],
}

/// A place of bare paper: its column and row in the square, and how dark it is.
struct Place {
    column: usize,
    row: usize,
    dark: f64,
}

impl Waves {
    /// Looks for waves in the `darkness` of bare paper around `rect`, 1 being black. `is_open` tells which pixels of the page are
    /// clear of print.
    pub(crate) fn around(
        rect: RectMm,
        is_open: impl Fn(isize, isize) -> bool,
        darkness: impl Fn(isize, isize) -> f64,
    ) -> Option<Self> {
        let px = |mm: f64| (mm * READ_PX_PER_MM).round() as isize;
        let middle = [px(rect.centre().x), px(rect.centre().y)];
        let covered = rect.inset(-BESIDE_MM);
        let is_bare = |x: isize, y: isize| {
            let mm = |px: isize| (px as f64 + 0.5) / READ_PX_PER_MM;
            !covered.contains(Point::new(mm(x), mm(y))) && is_open(x, y)
        };
        let mut places = Vec::new();
        for (row, column) in (0..SIDE * SIDE).map(|i| (i / SIDE, i % SIDE)) {
            let [x, y] = [middle[0] + offset(column), middle[1] + offset(row)];
            let dark = darkness(x, y);
            if dark.abs() < INK && is_bare(x, y) {
                places.push(Place { column, row, dark });
            }
        }
        if places.len() < LEAST_PLACES {
            return None;
        }
        let plain = fit(&places, [[0.0; 2]; 2])?;
        let first = strongest(&places, &plain.rest);
        let one = fit(&places, [first, [0.0; 2]])?;
        let ways = [first, strongest(&places, &one.rest)];
        let both = fit(&places, ways)?;
        (both.square < (1.0 - LEAST_EXPLAINED) * plain.square).then_some(Self {
            middle,
            ways,
            sizes: both.sizes,
        })
    }

    /// How much darker the waves make the pixel at `x`, `y` of the page.
    pub(crate) fn at(&self, x: isize, y: isize) -> f64 {
        let (x, y) = ((x - self.middle[0]) as f64, (y - self.middle[1]) as f64);
        let waves = self.ways.iter().zip(&self.sizes);
        waves
            .map(|(way, [cos, sin])| {
                let phase = way[0] * x + way[1] * y;
                cos * phase.cos() + sin * phase.sin()
            })
            .sum()
    }
}

/// How many pixels from the middle the places of a row or column are.
fn offset(place: usize) -> isize {
    (STEP * place) as isize - (STEP * SIDE / 2) as isize
}

/// The wave that the darkness `rest` of places has most of, in radians for each pixel.
fn strongest(places: &[Place], rest: &[f64]) -> [f64; 2] {
    // Angles are multiples of a turn's 112th part.
    let turn = 2 * SIDE;
    let table: Vec<[f64; 2]> = (0..turn)
        .map(|i| (TAU * i as f64 / turn as f64).sin_cos())
        .map(|(sin, cos)| [cos, sin])
        .collect();
    let mut across = vec![[0.0; 2]; SIDE * (PERIODS + 1)];
    for (place, rest) in places.iter().zip(rest) {
        let sums = &mut across[place.row * (PERIODS + 1)..][..PERIODS + 1];
        for (periods, sum) in sums.iter_mut().enumerate() {
            let [cos, sin] = table[periods * place.column % turn];
            sum[0] += rest * cos;
            sum[1] -= rest * sin;
        }
    }
    let (mut best, mut most) = ([0.0; 2], 0.0);
    for periods in 0..=PERIODS {
        for down in 0..2 * PERIODS + 1 {
            let mut sum = [0.0; 2];
            for row in 0..SIDE {
                let [re, im] = across[row * (PERIODS + 1) + periods];
                // A turn more does not change an angle.
                let [cos, sin] = table[(down + turn - PERIODS) * row % turn];
                sum[0] += re * cos + im * sin;
                sum[1] += im * cos - re * sin;
            }
            let power = sum[0] * sum[0] + sum[1] * sum[1];
            if most < power {
                most = power;
                best = [periods as f64, down as f64 - PERIODS as f64];
            }
        }
    }
    best.map(|periods| TAU * periods / (turn * STEP) as f64)
}

/// What even light and two waves make of places.
struct Fit {
    sizes: [[f64; 2]; 2],
    rest: Vec<f64>,
    /// The mean square of most of the rest.
    square: f64,
}

/// Fits light that rises evenly and waves along `ways`; places that they do not explain have little weight.
fn fit(places: &[Place], ways: [[f64; 2]; 2]) -> Option<Fit> {
    const ROUNDS: usize = 3;
    let rows: Vec<[f64; 8]> = places
        .iter()
        .map(|place| {
            let (x, y) = (offset(place.column) as f64, offset(place.row) as f64);
            let [a, b] = ways.map(|way| way[0] * x + way[1] * y);
            let half = SIDE as f64;
            [
                1.0,
                x / half,
                y / half,
                a.cos(),
                a.sin(),
                b.cos(),
                b.sin(),
                place.dark,
            ]
        })
        .collect();
    let mut weights = vec![1.0; rows.len()];
    let (mut terms, mut rest) = ([0.0; 7], Vec::new());
    for _ in 0..ROUNDS {
        let weighted = weights.iter().copied().zip(rows.iter().copied());
        terms = least_squares::<7, 8>(weighted, 1e-3)?;
        rest = rows
            .iter()
            .map(|row| row[7] - row.iter().zip(&terms).map(|(a, b)| a * b).sum::<f64>())
            .collect();
        let off = rest.iter().map(|rest: &f64| rest.abs()).collect();
        let scatter = median(off, f64::total_cmp)? / MEDIAN_DEVIATION;
        for (weight, rest) in weights.iter_mut().zip(&rest) {
            let square = (rest / (3.0 * scatter + 1e-6)).powi(2);
            *weight = 1.0 / (1.0 + square * square);
        }
    }
    let weighted = || rest.iter().zip(&weights);
    let squares: f64 = weighted().map(|(rest, weight)| weight * rest * rest).sum();
    Some(Fit {
        sizes: [[terms[3], terms[4]], [terms[5], terms[6]]],
        rest: weighted().map(|(rest, weight)| rest * weight).collect(),
        square: squares / weights.iter().sum::<f64>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: RectMm = RectMm::new(20.0, 20.0, 4.5, 4.5);

    /// Grain of a darkness up to `size`, the same each time.
    fn grain(x: isize, y: isize, size: f64) -> f64 {
        let mixed = (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (y as u64).rotate_left(32);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        size * ((mixed >> 40) as f64 / f64::from(1 << 24) - 0.5)
    }

    /// Moiré: two waves that each other makes stronger and weaker.
    fn moire(x: isize, y: isize) -> f64 {
        let (x, y) = (x as f64, y as f64);
        0.07 * (0.2 * x + 0.11 * y).sin() * (0.05 * x - 0.17 * y + 1.0).cos()
    }

    /// Where print lies in the way.
    fn is_open(x: isize, y: isize) -> bool {
        !(130..136).contains(&y) && x % 40 != 0
    }

    /// How far the waves that are found are off those that are there, at most, in the box.
    fn most_off(darkness: impl Fn(isize, isize) -> f64) -> Option<f64> {
        let waves = Waves::around(RECT, is_open, darkness)?;
        let inside = (0..35 * 35).map(|i| (158 + i % 35, 158 + i / 35));
        Some(
            inside
                .map(|(x, y)| (waves.at(x, y) - moire(x, y)).abs())
                .fold(0.0, f64::max),
        )
    }

    #[test]
    fn waves_in_a_box_are_those_of_the_paper_around_whatever_is_in_the_box() {
        let off = most_off(|x, y| moire(x, y) + grain(x, y, 0.06) + 0.001 * y as f64 - 0.15);
        assert!(off.is_some_and(|off| off < 0.02), "{off:?}");
        let filled = |x, y| (158..193).contains(&x) && (158..193).contains(&y);
        let ink = |x: isize, y: isize| if filled(x, y) { 0.15 } else { 0.0 };
        let with_ink = most_off(|x, y| moire(x, y) + ink(x, y));
        assert!(with_ink.is_some_and(|off| off < 0.02), "{with_ink:?}");
    }

    #[test]
    fn grain_and_a_shadow_are_no_waves() {
        let shadow = |x: isize| if x < 150 { 0.1 } else { 0.0 };
        assert_eq!(most_off(|x, y| grain(x, y, 0.1)), None);
        assert_eq!(most_off(|x, y| shadow(x) + grain(x, y, 0.1)), None);
    }

    #[test]
    fn where_no_paper_is_bare_no_wave_is_found() {
        assert_eq!(Waves::around(RECT, |_, _| false, |_, _| 0.0), None);
    }
}
