//! Round seals, found by their ring: a grey picture has no colour to tell them by, and a blue one has that of a pen.
//!
//! Every place where the page turns dark votes for the middles of the circles that could run through it there; where many
//! agree, a circle is looked for.
//!
//! Source: D. Ballard, "Generalizing the Hough Transform to Detect Arbitrary Shapes", Pattern Recognition 13(2), 1981.

use std::f64::consts::TAU;
use std::ops::Range;

use image::GrayImage;

use crate::geometry::{Point, RectMm};
use crate::pixels::shrink;
use crate::template::{READ_PX_PER_MM, Template};

/// Seals of offices are 38 to 45 mm wide; measured on the form, those on a page printed at 80 % seem wider: radii of 18 to 28.5 mm,
/// in steps.
const RADII_STEPS: Range<i32> = 36..58;
const RADIUS_STEP_MM: f64 = 0.5;

/// The page is looked at this much smaller: a ring is a millimetre wide.
const SHRUNK: u32 = 4;
const PX_PER_MM: f64 = READ_PX_PER_MM / SHRUNK as f64;

/// Votes are counted in squares of this side.
const SQUARE_MM: f64 = 1.0;
const COLUMNS: usize = 210;
const ROWS: usize = 297;

/// A place turns dark when brightness falls by this from one side of it to the other, of 255; it is less than a worn ring gives.
const LEAST_STEP: i32 = 20;
/// A ring of 120 mm that is half there has two edges with two votes to a millimetre.
const LEAST_VOTES: u32 = 100;
/// More circles than this are not looked at; a page has two or three seals.
const CANDIDATES: usize = 8;

/// A place is dark when it is this much darker than paper, of 255.
const DARK: u8 = 25;
/// A ring is dark along at least this share of what is seen of it beside print, and at least half of it is seen.
const LEAST_RING: f64 = 0.7;
/// Handwriting is as dark a little further out; around a seal there is paper.
const MOST_OUTSIDE: f64 = 0.35;
const OUTSIDE_MM: f64 = 2.5;

/// A round seal on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SealRing {
    pub(crate) middle: Point,
    pub(crate) radius_mm: f64,
}

impl SealRing {
    /// Whether any of `rect` lies under the seal.
    pub(crate) fn covers(&self, rect: RectMm) -> bool {
        /// Half of the ring's width, and what it may be off.
        const RIM_MM: f64 = 1.5;
        let near = |at: f64, from: f64, length: f64| at.clamp(from, from + length);
        let nearest = Point::new(
            near(self.middle.x, rect.x, rect.w),
            near(self.middle.y, rect.y, rect.h),
        );
        nearest.distance(self.middle) < self.radius_mm + RIM_MM
    }

    /// Points along the ring.
    pub(crate) fn points(&self) -> impl Iterator<Item = Point> {
        around(self.middle, self.radius_mm)
    }
}

fn radii_mm() -> impl Iterator<Item = f64> {
    RADII_STEPS.map(|steps| f64::from(steps) * RADIUS_STEP_MM)
}

fn around(middle: Point, radius_mm: f64) -> impl Iterator<Item = Point> {
    const POINTS: usize = 120;
    (0..POINTS).map(move |i| {
        let angle = TAU * i as f64 / POINTS as f64;
        Point::new(
            middle.x + radius_mm * angle.cos(),
            middle.y + radius_mm * angle.sin(),
        )
    })
}

/// Finds the round seals on an evenly lit page that lies on its blank.
pub(crate) fn find(page: &GrayImage, template: &Template) -> Vec<SealRing> {
    let small = Small {
        page: shrink(page, SHRUNK),
        blank: &template.quarter,
    };
    let mut votes = small.votes();
    let mut rings: Vec<SealRing> = Vec::new();
    for _ in 0..CANDIDATES {
        let Some((square, count)) = votes.iter().copied().enumerate().max_by_key(|(_, n)| *n)
        else {
            break;
        };
        if count < LEAST_VOTES {
            break;
        }
        let (column, row) = (square % COLUMNS, square / COLUMNS);
        rings.extend(small.ring(column, row));
        // What votes beside a middle is the same circle.
        for y in row.saturating_sub(4)..(row + 5).min(ROWS) {
            let first = y * COLUMNS + column.saturating_sub(4);
            votes[first..y * COLUMNS + (column + 5).min(COLUMNS)].fill(0);
        }
    }
    rings
}

/// The page and its blank, shrunk.
struct Small<'a> {
    page: GrayImage,
    blank: &'a GrayImage,
}

impl Small<'_> {
    /// For each square of the page, how many places that turn dark lie on a circle around it.
    fn votes(&self) -> Vec<u32> {
        let mut votes = vec![0_u32; COLUMNS * ROWS];
        let (w, h) = (self.page.width() as usize, self.page.height() as usize);
        let (page, blank) = (self.page.as_raw(), self.blank.as_raw());
        if blank.len() != page.len() {
            return votes;
        }
        const STEP: f64 = RADIUS_STEP_MM / SQUARE_MM;
        let square = SQUARE_MM * PX_PER_MM;
        // Squares in 65536ths; a place before the first of them becomes a very large one.
        let fixed = |squares: f64| (squares * 65_536.0) as i32;
        for y in 1..h.saturating_sub(1) {
            for x in 1..w.saturating_sub(1) {
                let at = y * w + x;
                let beside = [at - 1, at + 1, at - w, at + w];
                let value = |at: usize| i32::from(page[at]);
                let across = value(beside[0]) - value(beside[1]);
                let down = value(beside[2]) - value(beside[3]);
                let step = across * across + down * down;
                if step < LEAST_STEP * LEAST_STEP || beside.iter().any(|at| blank[*at] < 255) {
                    continue;
                }
                let length = f64::from(step).sqrt();
                let way = [across, down].map(|part| fixed(f64::from(part) / length * STEP));
                let place = [x, y].map(|px| fixed((px as f64 + 0.5) / square));
                for radius in RADII_STEPS.chain(RADII_STEPS.map(|radius| -radius)) {
                    let at = |axis: usize| ((place[axis] + radius * way[axis]) >> 16) as usize;
                    if at(0) < COLUMNS && at(1) < ROWS {
                        votes[at(1) * COLUMNS + at(0)] += 1;
                    }
                }
            }
        }
        votes
    }

    /// The ring around a square of the page, if there is one.
    fn ring(&self, column: usize, row: usize) -> Option<SealRing> {
        let mut best: Option<(f64, SealRing)> = None;
        for i in 0..9 {
            let off = |i: usize| (i as f64 - 1.0) * SQUARE_MM / 2.0;
            let middle = Point::new(
                (column as f64 + 0.5) * SQUARE_MM + off(i % 3),
                (row as f64 + 0.5) * SQUARE_MM + off(i / 3),
            );
            for radius_mm in radii_mm() {
                let ring = SealRing { middle, radius_mm };
                let share = self.dark_share(ring.points());
                let outside = self.dark_share(around(middle, radius_mm + OUTSIDE_MM));
                if share >= LEAST_RING
                    && outside <= MOST_OUTSIDE
                    && best.is_none_or(|(most, _)| most < share)
                {
                    best = Some((share, ring));
                }
            }
        }
        best.map(|(_, ring)| ring)
    }

    /// How many of the points that are clear of print are dark, as a share; nothing when half of them are not clear.
    fn dark_share(&self, points: impl Iterator<Item = Point>) -> f64 {
        let (mut all, mut clear, mut dark) = (0, 0, 0);
        for p in points {
            all += 1;
            let px = |mm: f64| (mm * PX_PER_MM).max(0.0) as u32;
            let at = (px(p.x), px(p.y));
            let printed = self.blank.get_pixel_checked(at.0, at.1);
            let seen = self.page.get_pixel_checked(at.0, at.1);
            if let (Some(printed), Some(seen)) = (printed, seen)
                && printed.0[0] == 255
            {
                clear += 1;
                dark += u32::from(seen.0[0] < 255 - DARK);
            }
        }
        if 2 * clear < all {
            return 0.0;
        }
        f64::from(dark) / f64::from(clear)
    }
}
