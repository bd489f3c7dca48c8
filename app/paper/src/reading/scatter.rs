//! How much a page's tick boxes differ from each other.
//!
//! What grain adds to a score is told from its box alone. Whatever else is uneven about the paper, such as the reverse side that
//! shows through or waves of light, shows in that scores of empty boxes differ; and what is seen in one box alone is not grain.

use crate::median::{MEDIAN_DEVIATION, median};
use crate::score::Sight;

/// From this score on a box is not empty.
const HELD: f32 = 0.55;
/// Rounding alone makes scores scatter by as much.
const LEAST_NOISE: f32 = 0.01;
/// Fewer boxes than these tell nothing of the others.
const LEAST_BOXES: usize = 6;
/// Empty boxes scatter by up to so many of the standard deviations that grain gives their scores: on 19 of 20 simulated photos of
/// usual paper by less than one, on half of those with moiré by more than two.
const EXCESS: f32 = 1.6;

/// How much the scores of empty boxes scatter below and above the middle one, in standard deviations of what grain adds; `None` if
/// there are too few. `ticks` are the scores and sights of a page's tick boxes, of which most with a low score are empty.
fn scatter(ticks: &[(f32, Sight)]) -> Option<[f32; 2]> {
    let low: Vec<(f32, Sight)> = empty(ticks).collect();
    if low.len() < LEAST_BOXES {
        return None;
    }
    let middle = median(
        low.iter().map(|(score, _)| *score).collect(),
        f32::total_cmp,
    )?;
    let deviation = |side: f32| {
        let off = low
            .iter()
            .map(|(score, sight)| side * (score - middle) / noise(sight))
            .filter(|off| 0.0 <= *off);
        Some(median(off.collect(), f32::total_cmp)? / MEDIAN_DEVIATION as f32)
    };
    Some([deviation(-1.0)?, deviation(1.0)?])
}

fn empty(ticks: &[(f32, Sight)]) -> impl Iterator<Item = (f32, Sight)> {
    let ticks = ticks.iter().copied();
    ticks.filter(|(score, sight)| *score < HELD && sight.seal == 0.0)
}

fn noise(sight: &Sight) -> f32 {
    sight.noise.max(LEAST_NOISE)
}

/// By what the noise of all boxes must be multiplied for empty ones to scatter no more than it says. A little ink makes some scores
/// higher, and print that does not fit makes some lower, so that the side counts that scatters less.
pub(super) fn excess(ticks: &[(f32, Sight)]) -> f32 {
    let least = scatter(ticks).map_or(0.0, |[below, above]| below.min(above));
    (least / EXCESS).max(1.0)
}

/// The noise of the page's middle box, in grey levels of the photo; `None` if there are too few boxes. Noise is about the same in
/// light and in shadow, so that a box with much more has something in it that is neither print nor light nor grain.
pub(super) fn usual_noise_levels(ticks: &[(f32, Sight)]) -> Option<f32> {
    let levels = ticks.iter().map(|(_, sight)| noise_levels(sight));
    let levels = (LEAST_BOXES <= ticks.len()).then(|| levels.collect())?;
    median(levels, f32::total_cmp)
}

/// The noise of a box in grey levels of the photo, as much as it adds to the score.
pub(super) fn noise_levels(sight: &Sight) -> f32 {
    noise(sight) * sight.paper_level
}

/// Whether waves of light may be in the scores: empty boxes scatter more than grain makes them or, where there are few, any of them
/// is off.
pub(super) fn may_be_wavy(ticks: &[(f32, Sight)]) -> bool {
    match scatter(ticks) {
        Some([below, above]) => EXCESS < below.max(above),
        None => empty(ticks).any(|(score, sight)| EXCESS * noise(&sight) < score.abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Boxes with these scores, each as noisy as the others.
    fn ticks(scores: &[f32]) -> Vec<(f32, Sight)> {
        scores.iter().map(|score| (*score, Sight::GOOD)).collect()
    }

    #[test]
    fn boxes_that_scatter_as_grain_makes_them_are_as_noisy_as_each_tells() {
        let grain = [-0.06, -0.03, 0.0, 0.01, 0.04, 0.07, 6.0, 8.0];
        assert_eq!(excess(&ticks(&grain)), 1.0);
    }

    #[test]
    fn boxes_that_scatter_more_are_noisier() {
        let uneven = [-0.4, -0.2, -0.1, 0.0, 0.1, 0.3, 0.4, 6.0];
        let excess = excess(&ticks(&uneven));
        assert!((1.4..4.0).contains(&excess), "{excess}");
    }

    #[test]
    fn specks_and_faint_ticks_among_empty_boxes_do_not_make_them_noisier() {
        let specks = [-0.02, 0.0, 0.0, 0.01, 0.02, 0.3, 0.35, 0.3, 0.5];
        assert_eq!(excess(&ticks(&specks)), 1.0);
    }

    #[test]
    fn a_few_boxes_tell_nothing() {
        let few = ticks(&[-0.4, -0.2, 0.2, 0.4]);
        assert_eq!((excess(&few), usual_noise_levels(&few)), (1.0, None));
    }

    #[test]
    fn a_box_in_the_shade_is_no_more_uneven_than_others() {
        let mut ticks = ticks(&[0.0; 8]);
        ticks[3].1.paper_level = 50.0;
        ticks[3].1.noise = 0.2;
        assert_eq!(usual_noise_levels(&ticks), Some(noise_levels(&ticks[3].1)));
    }
}
