//! Something that reaches over the edge of the page: a hand that holds it, a thumb, a sleeve.
//!
//! Every form has a white rim. Light and shadow change along it slowly or in a step; what lies on it makes a dip
//! between two edges. No knowledge of the form is needed, so a preview can be looked at in the same way.

use image::GrayImage;

use crate::form::PAGE;
use crate::geometry::Point;
use crate::pixels::sample;

/// Where along the rim the paper is looked at, inside the edge: outside of everything that is printed, and far enough
/// in that a curled edge still lies outside of it.
const INSIDE_MM: f64 = 4.0;

/// From one look to the next.
const STEP_MM: f64 = 2.0;

/// A dip counts when it is darker than this share of the rim on both sides of it. Simulated skin is at 0.50 to 0.79 of
/// paper in the same light, and brighter where its own soft edge is averaged in.
const DIP_SHARE: f32 = 0.87;

/// A finger is at least this wide; a dirt speck or a printed stroke is not.
const LEAST_WIDE_MM: f64 = 8.0;
/// Wider than two hands is a shadow.
const MOST_WIDE_MM: f64 = 150.0;

/// What reaches over the edge of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dip {
    /// Its two ends on the page, in millimetres, along the rim.
    pub(crate) ends: [Point; 2],
    /// How bright it is beside the rim around it, 0 to 1.
    pub(crate) share: f32,
}

/// All that reaches over the edge of the page that lies in `photo` as `to_photo` says.
///
/// `photo` may be shrunk, as long as a pixel stays below two millimetres.
pub(crate) fn dips(photo: &GrayImage, to_photo: impl Fn(Point) -> Point) -> Vec<Dip> {
    let corners = PAGE.inset(INSIDE_MM).corners();
    // One closed walk around the page, so that a thumb on a corner is one dip.
    let mut places = Vec::new();
    for (i, &from) in corners.iter().enumerate() {
        let to = corners[(i + 1) % 4];
        let steps = (from.distance(to) / STEP_MM).round();
        places.extend((0..steps as usize).map(|k| from.toward(to, k as f64 / steps)));
    }
    let levels: Vec<Option<f32>> = places
        .iter()
        .map(|&p| {
            let around = [(0.0, 0.0), (0.6, 0.0), (-0.6, 0.0), (0.0, 0.6), (0.0, -0.6)];
            let values = around.map(|(x, y)| sample(photo, to_photo(Point::new(p.x + x, p.y + y))));
            // Beyond the photo there is nothing to see.
            let values: Vec<f32> = values.into_iter().flatten().collect();
            (values.len() == around.len()).then(|| values.iter().sum::<f32>() / values.len() as f32)
        })
        .collect();
    find(&levels)
        .into_iter()
        .map(|(first, last, share)| Dip {
            ends: [places[first], places[last]],
            share,
        })
        .collect()
}

/// Runs of `levels`, which close into a ring, that are darker than the rim before and after them; with how bright they
/// are beside it.
fn find(levels: &[Option<f32>]) -> Vec<(usize, usize, f32)> {
    let n = levels.len();
    let most = (MOST_WIDE_MM / STEP_MM) as usize;
    let least = (LEAST_WIDE_MM / STEP_MM) as usize;
    let at = |i: usize| levels[i % n];
    // Paper just outside of a run: the brighter of two looks, the soft edge skipped.
    let paper = |from: usize, step: isize| {
        let look = |k: isize| at((from as isize + step * k).rem_euclid(n as isize) as usize);
        match (look(2), look(4)) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    };
    let mut out: Vec<(usize, usize, f32)> = Vec::new();
    let mut first = 0;
    while first < n {
        let longest = (least..=most.min(n / 2)).rev().find_map(|length| {
            let last = first + length - 1;
            let (before, after) = (paper(first, -1)?, paper(last % n, 1)?);
            let limit = before.min(after) * DIP_SHARE;
            let mut sum = 0.0;
            for i in first..=last {
                let level = at(i)?;
                if level > limit {
                    return None;
                }
                sum += level;
            }
            Some((length, sum / length as f32 / before.min(after)))
        });
        match longest {
            Some((length, share)) => {
                out.push((first, (first + length - 1) % n, share));
                first += length;
            }
            None => first += 1,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(levels: &[f32]) -> Vec<Option<f32>> {
        let mut ring = vec![Some(200.0); 120];
        for (place, level) in ring.iter_mut().zip(levels) {
            *place = Some(*level);
        }
        ring
    }

    #[test]
    fn a_dip_between_two_edges_is_found_and_a_step_is_not() {
        let thumb: Vec<f32> = [200.0; 20].into_iter().chain([120.0; 10]).collect();
        let found = find(&ring(&thumb));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), (20, 29));
        assert!((found[0].2 - 0.6).abs() < 0.01);

        // A shadow over a half of the ring: both of its ends are steps, and it is wider than two hands.
        let mut half = vec![Some(200.0); 200];
        half[..90].fill(Some(110.0));
        assert_eq!(find(&half), []);
    }

    #[test]
    fn a_slow_gradient_and_a_speck_are_no_hand() {
        let gradient: Vec<f32> = (0..120)
            .map(|i| 100.0 + (60_i32 - i).abs() as f32)
            .collect();
        assert_eq!(find(&ring(&gradient)), []);
        let mut speck = ring(&[]);
        speck[40] = Some(30.0);
        assert_eq!(find(&speck), []);
    }

    #[test]
    fn a_thumb_over_where_the_walk_begins_is_one_dip() {
        let mut levels = ring(&[]);
        for i in [115, 116, 117, 118, 119, 0, 1, 2, 3, 4] {
            levels[i] = Some(110.0);
        }
        let places: Vec<_> = find(&levels).iter().map(|dip| (dip.0, dip.1)).collect();
        assert_eq!(places, [(115, 4)]);
    }
}
