//! What people put into the fields of a form: marks, writing, fingerprints and seals.

use std::f32::consts::TAU;

use paper::RectMm;

use crate::ink::{Ink, Mm, Pen};
use crate::random::{Random, Smooth};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Put {
    /// Nothing.
    Nothing,
    /// A usual tick.
    Tick,
    /// A tick of a thin pen that hardly gives ink.
    LightTick,
    /// Two strokes across each other.
    Cross,
    /// One stroke across the box.
    Slash,
    /// The box filled.
    Fill,
    /// A dot that nobody meant.
    Speck,
    /// A signature, writing, digits, a fingerprint or a seal.
    Whole,
    /// A stroke that runs in from a neighbouring field.
    RunIn,
}

impl Put {
    /// Whether the field counts as filled.
    #[must_use]
    pub fn is_filled(self) -> bool {
        match self {
            Self::Nothing | Self::Speck | Self::RunIn => false,
            Self::Tick | Self::LightTick | Self::Cross | Self::Slash | Self::Fill | Self::Whole => {
                true
            }
        }
    }
}

/// A place in a box, a hand's jitter off: 0 is left and above, 1 right and below.
fn near(rect: RectMm, x: f32, y: f32, random: &mut Random) -> Mm {
    let (x, y) = (x + 0.06 * random.normal(), y + 0.06 * random.normal());
    within(rect, x, y)
}

fn within(rect: RectMm, x: f32, y: f32) -> Mm {
    [
        (rect.x + rect.w * f64::from(x)) as f32,
        (rect.y + rect.h * f64::from(y)) as f32,
    ]
}

/// Who sees that the pen has left less than this share of a stroke goes over it again, and does not for ever.
const LEAST_LEFT: f32 = 0.5;
const GOES: usize = 9;

/// Makes a mark in the tick box `rect`.
pub(crate) fn mark(put: Put, rect: RectMm, ink: &mut Ink, pen: &Pen, random: &mut Random) {
    let mut line = |points: &[(f32, f32)], pen: &Pen, random: &mut Random| {
        let mut pen = pen.clone();
        for _ in 0..GOES {
            let points: Vec<Mm> = points
                .iter()
                .map(|&(x, y)| near(rect, x, y, random))
                .collect();
            if LEAST_LEFT < ink.stroke(&points, &pen) {
                break;
            }
            pen.flow = Smooth::new(random);
        }
    };
    match put {
        Put::Tick | Put::LightTick => {
            let pen = match put {
                Put::Tick => pen.clone(),
                _ => pen.with(0.35, pen.light * random.between(0.28, 0.47)),
            };
            let (shift, size) = (random.between(-0.1, 0.1), random.between(0.8, 1.3));
            let end = (0.45 + shift + 0.5 * size, 0.85 - 0.95 * size);
            line(
                &[(0.15 + shift, 0.5), (0.4 + shift, 0.85), end],
                &pen,
                random,
            );
        }
        Put::Cross => {
            line(&[(0.1, 0.1), (0.9, 0.9)], pen, random);
            line(&[(0.9, 0.1), (0.1, 0.9)], pen, random);
        }
        Put::Slash => line(&[(0.15, 0.85), (0.85, 0.15)], pen, random),
        Put::Fill => {
            let turns = (0..10).map(|i| (0.1 + 0.8 * (i % 2) as f32, 0.1 + 0.089 * i as f32));
            let points: Vec<_> = turns.collect();
            line(&points, &pen.with(pen.width_mm * 1.3, pen.darkness), random);
        }
        Put::Speck => {
            let spot = near(rect, 0.5, 0.5, random);
            ink.stroke(&[spot, [spot[0] + 0.05, spot[1]]], &pen.with(0.45, 0.55));
        }
        Put::RunIn => {
            let (left, bottom) = (rect.x as f32, (rect.y + rect.h) as f32);
            let end = [
                left + random.between(3.0, 10.0),
                bottom - random.between(1.0, 2.5),
            ];
            ink.stroke(
                &[[left - 6.0, bottom + 1.5], [left, bottom - 0.3], end],
                pen,
            );
        }
        Put::Nothing | Put::Whole => {}
    }
}

/// Writes `count` characters that look like Chinese ones from afar, `size` millimetres high, from `start` to the right;
/// with `joined` strokes as signatures have them.
pub(crate) fn characters(
    count: usize,
    start: Mm,
    size: f32,
    joined: bool,
    ink: &mut Ink,
    pen: &Pen,
    random: &mut Random,
) {
    for i in 0..count {
        let x = start[0] + size * 1.08 * i as f32;
        let y = start[1] + 0.05 * size * random.normal();
        let at = |u: f32, v: f32, random: &mut Random| {
            let jitter = 0.035 * size;
            [
                x + size * (u + 0.12 * (0.5 - v)) + jitter * random.normal(),
                y + size * v + jitter * random.normal(),
            ]
        };
        let mut last = None;
        for _ in 0..3 + random.below(4) {
            let (u, v) = (random.between(0.05, 0.6), random.between(0.05, 0.75));
            let points = match random.below(4) {
                0 => vec![at(u.min(0.3), v, random), at(0.9, v - 0.06, random)],
                1 => vec![at(u, v.min(0.3), random), at(u, 0.95, random)],
                2 => {
                    let (low, middle) = (at(0.05, 0.95, random), at(u - 0.1, v + 0.2, random));
                    vec![at(u, v.min(0.4), random), middle, low]
                }
                _ => {
                    let corner = at(u + 0.35, v, random);
                    let hook = at(u + 0.2, v + 0.5, random);
                    vec![
                        at(u, v, random),
                        corner,
                        at(u + 0.3, v + 0.55, random),
                        hook,
                    ]
                }
            };
            if joined && let Some(last) = last.replace(points[points.len() - 1]) {
                ink.stroke(
                    &[last, points[0]],
                    &pen.with(pen.width_mm * 0.7, pen.darkness * 0.8),
                );
            }
            ink.stroke(&points, pen);
        }
    }
}

/// Signs in `rect`: two or three large characters in one go.
pub(crate) fn signature(rect: RectMm, ink: &mut Ink, pen: &Pen, random: &mut Random) {
    let size = (rect.h as f32 * random.between(0.55, 0.8)).min(rect.w as f32 * 0.28);
    let pen = pen.with(pen.width_mm * random.between(0.8, 1.1), pen.darkness);
    let count = 2 + random.below(2);
    let room = (rect.w as f32 - size * 1.08 * count as f32).max(0.0);
    let left = rect.x as f32 + room * random.between(0.1, 0.6);
    let top = rect.y as f32 + (rect.h as f32 - size) * random.between(0.3, 0.6);
    characters(count, [left, top], size, true, ink, &pen, random);
}

/// Writes over a half of `rect` or more, in lines if it is high.
pub(crate) fn writing(rect: RectMm, ink: &mut Ink, pen: &Pen, random: &mut Random) {
    let size = (rect.h as f32 * 0.62).min(random.between(4.2, 5.5));
    let lines = ((rect.h as f32 / (size * 1.6)) as usize).clamp(1, 3);
    let fit = ((rect.w as f32 - 2.0) / (size * 1.08)).max(1.0) as usize;
    for line in 0..1 + random.below(lines) {
        let count = (fit / 2 + random.below(fit / 2 + 1)).clamp(1, 12);
        let y = rect.y as f32 + (rect.h as f32 / lines as f32 - size) / 2.0;
        let y = y + rect.h as f32 / lines as f32 * line as f32;
        let start = [rect.x as f32 + 1.2, y];
        let pen = pen.with(pen.width_mm * 0.8, pen.darkness);
        characters(count, start, size, false, ink, &pen, random);
    }
}

/// Strokes of the digits 0 to 9: places on a grid of ten by ten, column before row; a blank lifts the pen.
const DIGITS: [&str; 10] = [
    "5013173979847250",
    "315059",
    "12508344190999",
    "11607344775919",
    "500696 6369",
    "202474771909 2090",
    "702427497965542626",
    "109059",
    "8030127579391672",
    "82302254828059",
];

/// Writes digits into the `count` boxes of `rect`.
pub(crate) fn digits(count: u8, rect: RectMm, ink: &mut Ink, pen: &Pen, random: &mut Random) {
    let pen = pen.with(pen.width_mm * 0.8, pen.darkness);
    let w = rect.w / f64::from(count);
    for i in 0..count {
        let cell = RectMm::new(rect.x + w * f64::from(i), rect.y, w, rect.h);
        let (shift, size) = (0.06 * random.normal(), random.between(0.5, 0.72));
        for stroke in random.pick(&DIGITS).split(' ') {
            let places = stroke.as_bytes().as_chunks::<2>().0.iter();
            let points = places.map(|place| {
                let [x, y] = place.map(|digit| f32::from(digit - b'0') / 9.0);
                within(cell, 0.25 + shift + x * 0.5, 0.5 + (y - 0.5) * size)
            });
            ink.stroke(&points.collect::<Vec<Mm>>(), &pen);
        }
    }
}

/// Presses a finger into `rect`.
pub(crate) fn fingerprint(rect: RectMm, ink: &mut Ink, random: &mut Random) {
    let middle = near(rect, 0.5, 0.5, random);
    let (half_w, half_h) = (random.between(5.0, 6.5), random.between(6.5, 8.5));
    let (lean, dark) = (random.between(-0.3, 0.3), random.between(0.75, 1.0));
    let core = [random.between(-1.0, 1.0), random.between(0.0, 2.5)];
    let smooth = Smooth::new(random);
    let reach = half_h + 1.0;
    let low = [middle[0] - reach, middle[1] - reach];
    ink.area(low, [middle[0] + reach, middle[1] + reach], |[x, y]| {
        let (x, y) = (x - middle[0], y - middle[1]);
        let (x, y) = (x + lean * y, y - lean * x);
        let rim = (x / half_w).hypot(y / half_h) + 0.08 * smooth.rough(x / 2.0, y / 2.0);
        let away = (x - core[0]).hypot(0.75 * (y - core[1]));
        let ridge = ((away + 0.35 * smooth.at(x / 3.0, y / 3.0)) * TAU / 0.52).cos();
        let patchy = 0.9 + 0.4 * smooth.rough(x / 1.5 + 20.0, y / 1.5);
        ((1.0 - rim) * 6.0).clamp(0.0, 1.0) * (0.65 + 0.9 * ridge).clamp(0.15, 1.0) * patchy * dark
    });
}

/// Stamps a round seal of 38 to 42 mm around `middle`: two rings, a star and characters.
pub(crate) fn seal(middle: Mm, ink: &mut Ink, random: &mut Random) {
    let radius = random.between(19.0, 21.0);
    let turn = random.between(-0.3, 0.3);
    let dark = random.between(0.6, 0.95);
    let smooth = Smooth::new(random);
    let worn = move |x: f32, y: f32| {
        (1.15 + 0.9 * smooth.rough(x / 5.0, y / 5.0) + 0.3 * smooth.at(x * 2.0, y * 2.0)) * dark
    };
    let mut stamp = ink.empty();
    let reach = radius + 1.0;
    let (low, high) = (
        [middle[0] - reach, middle[1] - reach],
        [middle[0] + reach, middle[1] + reach],
    );
    stamp.area(low, high, |[x, y]| {
        let (x, y) = (x - middle[0], y - middle[1]);
        let away = x.hypot(y);
        let ring =
            |at: f32, width: f32| ((width / 2.0 - (away - at).abs()) * 8.0 + 0.5).clamp(0.0, 1.0);
        // From a tip of the star its edge runs straight to the next notch, at 0.382 of the tip's radius.
        let fifth = TAU / 5.0;
        let off_tip = (y.atan2(x) - turn + TAU / 4.0 + fifth / 2.0).rem_euclid(fifth) - fifth / 2.0;
        let (tip, notch) = (5.5, 5.5 * 0.382);
        let (nx, ny) = (notch * (fifth / 2.0).cos(), notch * (fifth / 2.0).sin());
        let edge = tip * ny / (off_tip.cos() * ny + off_tip.abs().sin() * (tip - nx));
        let star = ((edge - away) * 6.0).clamp(0.0, 1.0);
        ring(radius, 1.2).max(ring(radius - 1.6, 0.3)).max(star)
    });
    let pen = Pen::usual(random).with(0.7, 1.0);
    for i in 0..9 {
        let angle = turn + TAU * (0.425 + 0.08 * i as f32);
        let (x, y) = (angle.cos() * (radius - 5.5), angle.sin() * (radius - 5.5));
        let start = [middle[0] + x - 2.2, middle[1] + y - 2.2];
        characters(1, start, 4.4, false, &mut stamp, &pen, random);
    }
    ink.area(low, high, |[x, y]| {
        stamp.at([x, y]) * worn(x - middle[0], y - middle[1])
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: RectMm = RectMm::new(10.0, 10.0, 4.5, 4.5);

    /// The ink in the box, in square millimetres of what covers all.
    fn ink_mm2(ink: &Ink) -> f32 {
        let steps = (0..45 * 45).map(|i| [i % 45, i / 45].map(|v| 10.05 + 0.1 * v as f32));
        steps.map(|p| 0.01 * ink.at(p)).sum()
    }

    #[test]
    fn a_mark_of_a_pen_that_skips_is_seen() {
        for seed in 0..200 {
            let random = &mut Random::of(seed, 0);
            let pen = Pen {
                skips: 0.55,
                ..Pen::usual(random)
            };
            for put in [Put::Tick, Put::Cross, Put::Slash, Put::Fill] {
                let mut ink = Ink::new((400, 400), 12.0, [0.0; 2]);
                mark(put, RECT, &mut ink, &pen, random);
                let seen = ink_mm2(&ink);
                assert!(0.3 < seen, "{seen} mm² of {put:?} with seed {seed}");
            }
        }
    }
}
