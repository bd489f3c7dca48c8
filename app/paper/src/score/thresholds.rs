//! Where the line between clear, unsure and marked is drawn.

use super::{FieldState, Sight};
use crate::form::FieldKind;
use crate::reading::PhotoQuality;
use crate::writing::faintness;

/// From this share of a field on, a faint mark may lie in what is cut off.
const WASHED_OUT_SHARE: f32 = 0.2;
/// With print that fits worse than this, blur swallows light ticks.
const DIRE_PRINT_FIT: f32 = 0.6;
/// Around a box with a faint mark print fits at least by this share of what it does on the page.
const FAINT_FIT: f32 = 0.7;

/// Where the line between the three states is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Below this score a tick box is clear.
    pub clear_below: f32,
    /// From this score on it is marked; between the two it is unsure.
    pub marked_from: f32,
    /// Below this score a field is clear that is written, signed or stamped on.
    pub blank_below: f32,
    /// From this score on it is marked.
    pub written_from: f32,
    /// A tick box is clear only by this many standard deviations of its noise.
    pub clear_deviations: f32,
    /// It is marked only by so many: noise that looks like a faint tick is commoner than noise that hides one.
    pub marked_deviations: f32,
    /// The same for what is written, signed or stamped.
    pub written_deviations: f32,
    /// With less fit it is unsure, whatever its score: what looks like ink may be a thumb. A mark over the outline
    /// brings the fit down to a third on blurred photos.
    pub fit_from: f32,
    /// With less contrast it is never clear: light that is added to the whole has left too little of a mark.
    pub contrast_from: f32,
    /// The same where paper is as bright as the camera can tell: glare may have taken a faint mark away altogether.
    pub washed_out_contrast_from: f32,
    /// On darker paper it is unsure, whatever its score: a tenth of what is left of the grey levels is noise.
    pub paper_level_from: f32,
    /// A box that is more uneven is never clear: light and print were fitted to something else, such as a seal that runs in.
    pub uneven_from: f32,
    /// Up to this score a mark is faint: it leaves its outline to be seen.
    pub faint_below: f32,
    /// So with less fit than this it is unsure whether what looks like a faint mark is not print that lies off its place.
    pub faint_fit_from: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            clear_below: 0.45,
            marked_from: 0.55,
            blank_below: 0.2,
            written_from: 0.55,
            clear_deviations: 1.2,
            marked_deviations: 3.5,
            written_deviations: 2.2,
            fit_from: 0.2,
            contrast_from: 0.4,
            washed_out_contrast_from: 0.5,
            paper_level_from: 20.0,
            // On simulated photos of every severity and effect empty boxes have up to 2.9, under seals three to fourteen.
            uneven_from: 3.0,
            faint_below: 3.0,
            faint_fit_from: 0.2,
        }
    }
}

impl Thresholds {
    /// These thresholds for a photo of some quality: where print fits badly, little of a stroke is left, and noise looks like one;
    /// where all that is written is faint, so are ticks.
    #[must_use]
    pub fn widened_for(&self, quality: &PhotoQuality) -> Self {
        let dire = ((DIRE_PRINT_FIT - quality.print_fit) / 0.1).clamp(0.0, 1.0);
        let faintness = faintness(quality.written);
        Self {
            clear_below: self.clear_below * faintness,
            marked_from: self.marked_from * faintness,
            blank_below: self.blank_below * (1.0 - 0.6 * dire),
            written_from: self.written_from * (1.0 + 3.0 * dire),
            contrast_from: self.contrast_from + 0.2 * dire,
            washed_out_contrast_from: self.washed_out_contrast_from / faintness,
            faint_fit_from: FAINT_FIT * quality.print_fit,
            ..*self
        }
    }

    /// Judges the score of a field of `kind` by how well its place is seen. A seal's ink may hide as much as there is of it, and a box
    /// that seems brighter than paper by as much as a mark is darker was not seen well.
    #[must_use]
    pub fn decide(&self, kind: FieldKind, score: f32, sight: Sight) -> FieldState {
        let is_tick = kind == FieldKind::Tick;
        let (clear_below, marked_from) = if is_tick {
            (
                self.clear_below - self.clear_deviations * sight.noise,
                self.marked_from + self.marked_deviations * sight.noise,
            )
        } else {
            // Grain hides nothing of what is dark and large.
            (
                self.blank_below,
                self.written_from + self.written_deviations * sight.noise,
            )
        };
        let pen = score - sight.seal;
        let faint = is_tick && (marked_from..self.faint_below).contains(&pen);
        // Along the rim of a mirrored lamp light is uneven too; there contrast tells how much is seen.
        let (contrast_from, uneven_from) = if sight.washed_out >= WASHED_OUT_SHARE {
            (self.washed_out_contrast_from, f32::INFINITY)
        } else {
            (self.contrast_from, self.uneven_from)
        };
        if sight.fit < self.fit_from
            || sight.paper_level < self.paper_level_from
            || faint && sight.fit < self.faint_fit_from
        {
            FieldState::Unsure
        } else if pen >= marked_from {
            FieldState::Marked
        } else if score + sight.seal >= clear_below
            || is_tick && -score >= marked_from
            || sight.unevenness >= uneven_from
            || sight.contrast < contrast_from
        {
            FieldState::Unsure
        } else {
            FieldState::Clear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a box with this score is judged on a good photo.
    fn judge(score: f32, sight: Sight) -> FieldState {
        Thresholds::default().decide(FieldKind::Tick, score, sight)
    }

    /// The same on a page that is written so black.
    fn judge_written(blackness: Option<f32>, score: f32, sight: Sight) -> FieldState {
        let quality = PhotoQuality {
            px_per_mm: 5.0,
            edge_mm: [0.5; 2],
            toner: 0.9,
            paper_level: 200.0,
            print_fit: 0.9,
            written: blackness,
        };
        let thresholds = Thresholds::default().widened_for(&quality);
        thresholds.decide(FieldKind::Tick, score, sight)
    }

    /// A box in light that leaves so much of the outline's blackness and cuts off so much of the paper.
    fn glare(contrast: f32, washed_out: f32) -> Sight {
        Sight {
            contrast,
            washed_out,
            ..Sight::GOOD
        }
    }

    #[test]
    fn a_little_ink_may_be_a_tick_where_all_that_is_written_is_faint() {
        for pen in [None, Some(0.9)] {
            assert_eq!(judge_written(pen, 0.3, Sight::GOOD), FieldState::Clear);
            assert_eq!(judge_written(pen, 0.6, Sight::GOOD), FieldState::Unsure);
        }
        let carbon_copy = Some(0.35);
        assert_eq!(
            judge_written(carbon_copy, 0.05, Sight::GOOD),
            FieldState::Clear
        );
        assert_eq!(
            judge_written(carbon_copy, 0.3, Sight::GOOD),
            FieldState::Unsure
        );
        assert_eq!(
            judge_written(carbon_copy, 0.6, Sight::GOOD),
            FieldState::Marked
        );
    }

    #[test]
    fn a_box_under_glare_is_clear_as_long_as_a_faint_mark_would_be_seen() {
        assert_eq!(judge(0.0, glare(0.45, 0.0)), FieldState::Clear);
        assert_eq!(judge(0.0, glare(0.6, 1.0)), FieldState::Clear);
        assert_eq!(judge(0.0, glare(0.45, 0.5)), FieldState::Unsure);
        assert_eq!(judge(0.0, glare(0.3, 0.0)), FieldState::Unsure);
    }

    #[test]
    fn less_glare_takes_a_faint_mark_away_than_a_usual_one() {
        let washed_out = glare(0.6, 1.0);
        assert_eq!(judge_written(Some(0.9), 0.0, washed_out), FieldState::Clear);
        assert_eq!(
            judge_written(Some(0.35), 0.0, washed_out),
            FieldState::Unsure
        );
    }

    #[test]
    fn a_box_that_seems_much_brighter_than_paper_is_unsure() {
        let noisy = Sight {
            noise: 0.1,
            ..Sight::GOOD
        };
        assert_eq!(judge(-1.3, noisy), FieldState::Unsure);
        assert_eq!(judge(-0.4, noisy), FieldState::Clear);
    }

    #[test]
    fn a_box_is_clear_if_neither_a_seals_ink_nor_as_much_under_it_would_be_a_mark() {
        for (seal, state) in [(0.1, FieldState::Clear), (0.3, FieldState::Unsure)] {
            assert_eq!(
                judge(
                    seal,
                    Sight {
                        seal,
                        ..Sight::GOOD
                    }
                ),
                state
            );
        }
    }

    #[test]
    fn a_box_that_is_much_more_uneven_than_others_is_not_clear() {
        let uneven = |unevenness: f32| Sight {
            unevenness,
            ..Sight::GOOD
        };
        assert_eq!(judge(0.0, uneven(1.2)), FieldState::Clear);
        assert_eq!(judge(0.0, uneven(5.0)), FieldState::Unsure);
        assert_eq!(judge(5.0, uneven(5.0)), FieldState::Marked);
        let beside_a_lamp = Sight {
            unevenness: 5.0,
            ..glare(0.6, 0.5)
        };
        assert_eq!(judge(0.0, beside_a_lamp), FieldState::Clear);
    }
}
