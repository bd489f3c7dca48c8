//! The wavelet transform that grey crops are packed with.
//!
//! Source: A. Cohen, I. Daubechies, J.-C. Feauveau, "Biorthogonal Bases of Compactly Supported Wavelets", Comm. Pure Appl.
//! Math. 45, 1992 (the 9/7 pair), by lifting as in ITU-T T.800 annex F.

/// How often the coarse part is split again.
pub(super) const LEVELS: u32 = 4;

const LIFTS: [f32; 4] = [-1.586_134_3, -0.052_980_12, 0.882_911_1, 0.443_506_85];
/// Makes a step of the quantiser weigh the same in every band.
const GAIN: f32 = 1.149_604_4;

/// A picture of `w` × `h` values, row by row.
pub(super) struct Plane {
    pub(super) w: usize,
    pub(super) h: usize,
    pub(super) values: Vec<f32>,
}

/// A rectangle of coefficients of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) w: usize,
    pub(super) h: usize,
    /// 0 is the finest split; the coarsest band of all has [`LEVELS`].
    pub(super) level: u32,
}

/// The bands of a picture, coarsest first.
pub(super) fn bands(w: usize, h: usize) -> Vec<Band> {
    let mut bands = Vec::new();
    let (mut w, mut h) = (w, h);
    for level in 0..LEVELS {
        let (cw, ch) = (w.div_ceil(2), h.div_ceil(2));
        let mut add = |left, top, w, h| {
            bands.push(Band {
                left,
                top,
                w,
                h,
                level,
            });
        };
        add(cw, ch, w - cw, h - ch);
        add(0, ch, cw, h - ch);
        add(cw, 0, w - cw, ch);
        (w, h) = (cw, ch);
    }
    bands.push(Band {
        left: 0,
        top: 0,
        w,
        h,
        level: LEVELS,
    });
    bands.reverse();
    bands
}

impl Plane {
    pub(super) fn forward(&mut self) {
        self.each_level(false);
    }

    pub(super) fn back(&mut self) {
        self.each_level(true);
    }

    fn each_level(&mut self, back: bool) {
        let mut sizes = vec![(self.w, self.h)];
        for level in 1..LEVELS as usize {
            let (w, h) = sizes[level - 1];
            sizes.push((w.div_ceil(2), h.div_ceil(2)));
        }
        if back {
            sizes.reverse();
        }
        let mut line = Vec::new();
        for (w, h) in sizes {
            for columns in [back, !back] {
                let (count, length, step, next) = if columns {
                    (w, h, self.w, 1)
                } else {
                    (h, w, 1, self.w)
                };
                for i in 0..count {
                    let places = (0..length).map(|k| i * next + k * step);
                    line.clear();
                    line.extend(places.clone().map(|at| self.values[at]));
                    if back {
                        join(&mut line);
                    } else {
                        part(&mut line);
                    }
                    for (at, value) in places.zip(&line) {
                        self.values[at] = *value;
                    }
                }
            }
        }
    }
}

/// Adds to every second value, from `first`, its two neighbours times `factor`; ends are mirrored.
fn lift(line: &mut [f32], first: usize, factor: f32) {
    let last = line.len() - 1;
    for i in (first..=last).step_by(2) {
        let before = line[if i == 0 { 1 } else { i - 1 }];
        let after = line[if i == last { last - 1 } else { i + 1 }];
        line[i] += factor * (before + after);
    }
}

/// Splits `line` into its coarse half and, after it, what the coarse half leaves out.
fn part(line: &mut Vec<f32>) {
    if line.len() < 2 {
        return;
    }
    for (i, factor) in LIFTS.into_iter().enumerate() {
        lift(line, (i + 1) % 2, factor);
    }
    let (coarse, fine) = (line.iter().step_by(2), line.iter().skip(1).step_by(2));
    *line = coarse
        .map(|v| v * GAIN)
        .chain(fine.map(|v| v / GAIN))
        .collect();
}

fn join(line: &mut Vec<f32>) {
    if line.len() < 2 {
        return;
    }
    let coarse = line.len().div_ceil(2);
    *line = (0..line.len())
        .map(|i| {
            if i % 2 == 0 {
                line[i / 2] / GAIN
            } else {
                line[coarse + i / 2] * GAIN
            }
        })
        .collect();
    for (i, factor) in LIFTS.into_iter().enumerate().rev() {
        lift(line, (i + 1) % 2, -factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_picture_comes_back(w in 1_usize..40, h in 1_usize..40, seed: u64) {
            let values: Vec<f32> = (0..w * h)
                .map(|i| (seed.wrapping_mul(2 * i as u64 + 1) >> 56) as f32)
                .collect();
            let mut plane = Plane { w, h, values: values.clone() };
            plane.forward();
            plane.back();
            for (a, b) in plane.values.iter().zip(&values) {
                prop_assert!((a - b).abs() < 0.05, "{} {}", a, b);
            }
        }

        #[test]
        fn bands_cover_a_picture_once(w in 1_usize..70, h in 1_usize..70) {
            let mut covered = vec![0; w * h];
            for band in bands(w, h) {
                for y in band.top..band.top + band.h {
                    for x in band.left..band.left + band.w {
                        covered[y * w + x] += 1;
                    }
                }
            }
            prop_assert!(covered.iter().all(|&n| n == 1));
        }
    }

    #[test]
    fn even_grey_has_no_fine_part() {
        let mut plane = Plane {
            w: 19,
            h: 8,
            values: vec![100.0; 19 * 8],
        };
        plane.forward();
        for band in bands(19, 8).iter().skip(1) {
            for y in band.top..band.top + band.h {
                for x in band.left..band.left + band.w {
                    assert!(plane.values[y * 19 + x].abs() < 0.01);
                }
            }
        }
    }
}
