//! A QR code's modules told apart through the blur of a photo.
//!
//! Out of focus or in motion, a module's light spreads over its neighbours. Much of a code is the same on every
//! copy (finder patterns, timing, the white around), so the filter that undoes the spreading is found from the code
//! itself: the weights of the half-modules around a module that best give what is known of the modules that are. It is then
//! run over all modules, and once more with what it was sure of taken as known.
//!
//! Source: J. Proakis, M. Salehi, "Digital Communications", 5th ed., §9.4 (fractionally spaced linear equalisers) and §9.5
//! (decision feedback).

use crate::geometry::least_squares;

/// Half-modules across the square of weights: three modules.
const REACH: usize = 6;
const WEIGHTS: usize = REACH * REACH;
/// The weights, and a level that rises from side to side.
const UNKNOWNS: usize = WEIGHTS + 3;

/// Half-modules of white that are known to each side of the code.
pub(crate) const MARGIN: usize = 8;

/// Modules of white around the code that the weights are fitted to.
const QUIET: isize = 2;

/// What the ridge adds for every module that the weights are fitted to; it is noise that the fit allows for.
const RIDGE: f64 = 0.02;

/// From this certainty on a module counts as known the second time.
const SURE: f32 = 0.6;

/// The brightness of the half-modules of a code, [`MARGIN`] more to each side.
pub(crate) struct Levels {
    /// Modules a side.
    side: usize,
    /// Rows of `2 * side + 2 * MARGIN`, brought to mean 0 and variance 1.
    halves: Vec<f32>,
}

/// How black each module of a code is, row by row: towards 1 is black, towards -1 white.
#[derive(Debug, Clone)]
pub(crate) struct Modules {
    /// Modules a side.
    pub(crate) side: usize,
    pub(crate) black: Vec<f32>,
}

impl Levels {
    /// Takes the brightness of every half-module by `at`, column and row counted from the code's upper left.
    pub(crate) fn measure(side: usize, at: impl Fn(isize, isize) -> f32) -> Self {
        let width = 2 * side + 2 * MARGIN;
        let index = |i: usize| i as isize - MARGIN as isize;
        let mut halves: Vec<f32> = (0..width * width)
            .map(|i| at(index(i % width), index(i / width)))
            .collect();
        let n = halves.len() as f32;
        let mean = halves.iter().sum::<f32>() / n;
        let variance = halves.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n;
        let gain = 1.0 / variance.sqrt().max(1e-3);
        for value in &mut halves {
            *value = (*value - mean) * gain;
        }
        Self { side, halves }
    }

    /// What the modules are by the weights that fit those known, after each of `rounds`.
    pub(crate) fn equalise(&self, rounds: usize) -> impl Iterator<Item = Modules> {
        let side = self.side as isize;
        let mut known: Vec<(isize, isize, f32)> = (-QUIET..side + QUIET)
            .flat_map(|row| (-QUIET..side + QUIET).map(move |column| (column, row)))
            .filter_map(|(column, row)| {
                let black = fixed(side, column, row)?;
                Some((column, row, if black { 1.0 } else { -1.0 }))
            })
            .collect();
        let fixed_count = known.len();
        (0..rounds).map_while(move |_| {
            let modules = self.by(&known)?;
            known.truncate(fixed_count);
            known.extend(modules.black.iter().enumerate().filter_map(|(i, black)| {
                let (column, row) = (i as isize % side, i as isize / side);
                let sure = black.abs() > SURE && fixed(side, column, row).is_none();
                sure.then(|| (column, row, black.signum()))
            }));
            Some(modules)
        })
    }

    fn by(&self, known: &[(isize, isize, f32)]) -> Option<Modules> {
        let rows = known.iter().map(|&(column, row, black)| {
            let around = self.around(column, row);
            let line = std::array::from_fn(|i| f64::from(*around.get(i).unwrap_or(&black)));
            (1.0, line)
        });
        let ridge = RIDGE * known.len() as f64;
        let weights = least_squares::<UNKNOWNS, { UNKNOWNS + 1 }>(rows, ridge)?;
        let side = self.side;
        let black = (0..side * side)
            .map(|i| {
                let around = self.around((i % side) as isize, (i / side) as isize);
                let sum: f64 = around
                    .iter()
                    .zip(&weights)
                    .map(|(value, weight)| f64::from(*value) * weight)
                    .sum();
                sum as f32
            })
            .collect();
        Some(Modules { side, black })
    }

    /// The half-modules around a module, and where it stands.
    fn around(&self, column: isize, row: isize) -> [f32; UNKNOWNS] {
        let width = 2 * self.side + 2 * MARGIN;
        let first = |module: isize| (2 * module + 1 + MARGIN as isize) as usize - REACH / 2;
        let (left, top) = (first(column), first(row));
        let share = |at: isize| at as f32 / self.side as f32 - 0.5;
        std::array::from_fn(|i| match i.checked_sub(WEIGHTS) {
            None => self.halves[(top + i / REACH) * width + left + i % REACH],
            Some(0) => 1.0,
            Some(1) => share(column),
            Some(_) => share(row),
        })
    }
}

impl Modules {
    /// The modules as black and white.
    pub(crate) fn bits(&self) -> Vec<Vec<bool>> {
        self.black
            .chunks_exact(self.side)
            .map(|row| row.iter().map(|black| *black > 0.0).collect())
            .collect()
    }
}

impl Modules {
    /// How alike the modules that check the text are to those of a code known whole. The check follows from all of the text,
    /// so codes that differ in one character have nothing to do with each other there.
    pub(crate) fn likeness(&self, black: &[bool]) -> Likeness {
        let mut sums = Likeness::default();
        for at in check_modules(self.side) {
            // A module cannot be blacker than black; what overshoots has no more to say.
            let seen = self.black[at].clamp(-1.5, 1.5);
            sums.products += if black[at] { seen } else { -seen };
            sums.squares += seen * seen;
            sums.modules += 1.0;
        }
        sums
    }
}

/// How far modules that were seen agree with those of a known code.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Likeness {
    products: f32,
    squares: f32,
    modules: f32,
}

impl Likeness {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            products: self.products + other.products,
            squares: self.squares + other.squares,
            modules: self.modules + other.modules,
        }
    }

    /// The correlation, -1 to 1: about 0 for codes that have nothing to do with each other.
    pub(crate) fn correlation(self) -> f32 {
        self.products / (self.squares * self.modules).sqrt().max(1e-6)
    }
}

/// The modules that hold the codewords of error correction at level Q, for versions 2 and 3: they follow on the text's codewords
/// along the way that winds through the code upwards and downwards from the lower right.
///
/// Source: ISO/IEC 18004:2015, §7.7.3 and table 9.
fn check_modules(side: usize) -> impl Iterator<Item = usize> {
    let text_codewords = if side == 25 { 22 } else { 34 };
    let n = side as isize;
    let is_format = move |column: isize, row: isize| {
        let beside = |v: isize| v < 9 || v >= n - 8;
        row == 8 && beside(column) || column == 8 && beside(row)
    };
    // The timing column is stepped over.
    let pairs = (0..n / 2).map(move |pair| {
        let right = n - 1 - 2 * pair;
        (pair, if right > 6 { right } else { right - 1 })
    });
    pairs
        .flat_map(move |(pair, right)| {
            (0..n).flat_map(move |step| {
                let row = if pair % 2 == 0 { n - 1 - step } else { step };
                [(right, row), (right - 1, row)]
            })
        })
        .filter(move |&(column, row)| fixed(n, column, row).is_none() && !is_format(column, row))
        .skip(8 * text_codewords)
        .map(move |(column, row)| (row * n + column) as usize)
}

/// Whether a module is black on every code of `side` modules; `None` where codes differ. Around the code it is white.
///
/// Source: ISO/IEC 18004:2015, §6.3, for versions 2 to 6.
fn fixed(side: isize, column: isize, row: isize) -> Option<bool> {
    let inside = |v: isize| (0..side).contains(&v);
    if !inside(column) || !inside(row) {
        return Some(false);
    }
    let far = side - 7;
    for (x, y) in [(0, 0), (far, 0), (0, far)] {
        let ring = (column - x - 3).abs().max((row - y - 3).abs());
        if ring <= 4 {
            return Some(ring < 2 || ring == 3);
        }
    }
    let ring = (column - far).abs().max((row - far).abs());
    if ring <= 2 {
        return Some(ring != 1);
    }
    if row == 6 || column == 6 {
        return Some((row + column) % 2 == 0);
    }
    // The one module beside the lower left finder pattern that is always black.
    (column == 8 && row == side - 8).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Printed;
    use crate::decode;

    /// The half-modules of a code, twice blurred by squares that reach `reach` half-modules to each side.
    fn blurred(code: &Printed, reach: isize) -> Levels {
        let side = code.side as isize;
        let at = |column: isize, row: isize| {
            let (c, r) = (column.div_euclid(2), row.div_euclid(2));
            let inside = (0..side).contains(&c) && (0..side).contains(&r);
            if inside && code.black[(r * side + c) as usize] {
                0.0
            } else {
                255.0
            }
        };
        let weights: Vec<f32> = (-2 * reach..=2 * reach)
            .map(|i| (2 * reach + 1 - i.abs()) as f32)
            .collect();
        let half = weights.len() as isize / 2;
        let total: f32 = weights.iter().sum();
        Levels::measure(code.side, |column, row| {
            let mut sum = 0.0;
            for (j, down) in weights.iter().enumerate() {
                for (i, across) in weights.iter().enumerate() {
                    let value = at(column + i as isize - half, row + j as isize - half);
                    sum += down * across * value;
                }
            }
            sum / (total * total)
        })
    }

    const TEXT: &str = "MB1:DBSQ:9F3C1D27:11A::B1CF";

    fn code() -> Printed {
        Printed::of(TEXT).expect("a short text")
    }

    fn wrong(code: &Printed, black: impl Iterator<Item = bool>) -> usize {
        code.black
            .iter()
            .zip(black)
            .filter(|(want, got)| **want != *got)
            .count()
    }

    #[test]
    fn modules_are_told_through_blur_that_leaves_their_own_brightness_wrong() {
        let code = code();
        let levels = blurred(&code, 1);
        let width = 2 * code.side + 2 * MARGIN;
        let own = (0..code.side * code.side).map(|i| {
            let at = |half: usize| MARGIN + 2 * (i % code.side) + half;
            let row = MARGIN + 2 * (i / code.side);
            let sum: f32 = (0..2)
                .flat_map(|y| (0..2).map(move |x| (row + y) * width + at(x)))
                .map(|at| levels.halves[at])
                .sum();
            sum < 0.0
        });
        let by_brightness = wrong(&code, own);
        let modules = levels.equalise(3).last().expect("three rounds");
        assert!(
            by_brightness > 50,
            "{by_brightness} wrong by their own brightness"
        );
        // Error correction mends 11 codewords.
        assert_eq!(decode::spell(&modules).as_deref(), Some(TEXT));
    }

    #[test]
    fn likeness_is_one_for_the_same_code_and_little_for_another() {
        let code = code();
        let other = Printed::of("MB1:DBSQ:9F3C1D28:11A::C0A1").expect("a short text");
        let black = |code: &Printed| -> Vec<f32> {
            code.black
                .iter()
                .map(|black| if *black { 1.0 } else { -1.0 })
                .collect()
        };
        let modules = Modules {
            side: code.side,
            black: black(&code),
        };
        assert!(modules.likeness(&code.black).correlation() > 0.999);
        let alike = modules.likeness(&other.black).correlation();
        assert!(alike.abs() < 0.25, "{alike}");
    }

    #[test]
    fn the_check_starts_after_the_texts_codewords() {
        // 44 codewords and 7 bits in version 2, 70 and 7 in version 3.
        assert_eq!(check_modules(25).count(), 22 * 8 + 7);
        assert_eq!(check_modules(29).count(), 36 * 8 + 7);
    }
}
