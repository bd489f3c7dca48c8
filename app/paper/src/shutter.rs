//! When to take the photo: the page lies whole, sharp and lit, nobody's hand is on it, and nothing has moved for a moment.
//!
//! The caller shows frames and passes the time; the shutter says [`Shot::Take`] once for each page that is laid down, and
//! otherwise what it waits for, so that a screen can say it.

use crate::marker::Corner;
use crate::preview::{PageSeen, Seen};

/// The page must have been good and still for this long, in milliseconds: a hand that lets go and comes back to straighten
/// the page takes less.
pub const STEADY_MS: u64 = 600;

/// Frames further apart than this say nothing about what happened between them, in milliseconds.
const FRAME_GAP_MS_MAX: u64 = 1000;

/// Something moves when more than this share of the frame changes: a finger that lifts off changes one hundredth.
const MOVING_SHARE: f32 = 0.004;

/// After a photo, the next page is waited for until this share of the frame has changed: paper that is taken away or laid
/// down, and not a shadow that passes.
const NEW_PAGE_SHARE: f32 = 0.06;

/// A preview's pixels are coarse, so its edges are judged more kindly than a photo's: a page in focus has 0.7 mm at three
/// pixels to the millimetre.
const PREVIEW_EDGE_MM: f64 = 1.3;

/// Paper darker than this, of 255, needs a lamp.
const PREVIEW_LEVEL: f32 = 60.0;

/// A page that takes less of the frame's length than this is too far away.
const FILL_LEAST: f64 = 0.45;

/// What has to happen before a photo is taken; the first that holds is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// A page of ours under the camera.
    Page,
    /// The page that was taken is still there: the next one, or this one moved.
    NextPage,
    /// All corners in the picture.
    Corners {
        /// Those that are not seen.
        missing: Vec<Corner>,
    },
    /// The page in the middle: its rim is cut off.
    Middle,
    /// The hand away from the page.
    HandAway,
    /// Nothing moving.
    Still,
    /// More light.
    Light,
    /// A sharper picture.
    Focus,
    /// The page nearer to the camera.
    Nearer,
    /// Only a moment more.
    Moment,
}

/// What to do after a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shot {
    /// Take the photo now.
    Take,
    /// Go on; this is missing.
    Wait(Want),
}

/// The shutter; see the file's head.
#[derive(Debug, Clone, Default)]
pub struct Shutter {
    state: State,
    last_frame_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum State {
    /// Something is not as it should be.
    #[default]
    Waiting,
    /// All is well since then.
    Steady { since_ms: u64 },
    /// The photo was taken; the page has not changed since.
    Taken,
}

impl Shutter {
    /// Takes one frame at `now_ms` of a clock that does not step back.
    pub fn frame(&mut self, now_ms: u64, seen: &Seen) -> Shot {
        let gap_ms = self
            .last_frame_ms
            .map_or(u64::MAX, |last| now_ms.saturating_sub(last));
        self.last_frame_ms = Some(now_ms);
        if self.state == State::Taken {
            if seen.changed < NEW_PAGE_SHARE && seen.page != PageSeen::None {
                return Shot::Wait(Want::NextPage);
            }
            self.state = State::Waiting;
        }
        if let Some(want) = wants(seen) {
            self.state = State::Waiting;
            return Shot::Wait(want);
        }
        match self.state {
            State::Steady { since_ms } if gap_ms <= FRAME_GAP_MS_MAX => {
                if now_ms.saturating_sub(since_ms) >= STEADY_MS {
                    self.state = State::Taken;
                    return Shot::Take;
                }
            }
            State::Steady { .. } | State::Waiting | State::Taken => {
                self.state = State::Steady { since_ms: now_ms };
            }
        }
        Shot::Wait(Want::Moment)
    }

    /// The photo was of no use, or its page was taken out again: the same page may be taken once more.
    pub fn again(&mut self) {
        self.state = State::Waiting;
    }
}

/// What is missing in a frame, the first thing that a person would mend first.
fn wants(seen: &Seen) -> Option<Want> {
    let PageSeen::Whole {
        fill,
        edge_mm,
        paper_level,
        hand,
        cut,
    } = seen.page
    else {
        return Some(match &seen.page {
            PageSeen::Part { missing } => Want::Corners {
                missing: missing.clone(),
            },
            PageSeen::None | PageSeen::Whole { .. } => Want::Page,
        });
    };
    let wants = [
        (cut, Want::Middle),
        (hand, Want::HandAway),
        (seen.changed > MOVING_SHARE, Want::Still),
        (paper_level < PREVIEW_LEVEL, Want::Light),
        (fill < FILL_LEAST, Want::Nearer),
        (edge_mm > PREVIEW_EDGE_MM, Want::Focus),
    ];
    wants
        .into_iter()
        .find_map(|(missing, want)| missing.then_some(want))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Seen {
        Seen {
            changed: 0.0,
            page: PageSeen::Whole {
                fill: 0.8,
                edge_mm: 0.7,
                paper_level: 200.0,
                hand: false,
                cut: false,
            },
        }
    }

    fn part() -> Seen {
        Seen {
            changed: 0.0,
            page: PageSeen::Part {
                missing: vec![Corner::TopLeft],
            },
        }
    }

    fn nothing() -> Seen {
        Seen {
            changed: 0.5,
            page: PageSeen::None,
        }
    }

    /// Ten frames a second of the same, from `from_ms` on; all answers.
    fn show(shutter: &mut Shutter, from_ms: u64, frames: u64, seen: &Seen) -> Vec<Shot> {
        (0..frames)
            .map(|i| shutter.frame(from_ms + i * 100, seen))
            .collect()
    }

    #[test]
    fn a_good_page_is_taken_after_it_lay_still_and_only_once() {
        let mut shutter = Shutter::default();
        let shots = show(&mut shutter, 0, 30, &good());
        let taken: Vec<usize> = (0..30).filter(|&i| shots[i] == Shot::Take).collect();
        assert_eq!(taken, [STEADY_MS as usize / 100]);
        assert_eq!(shots[29], Shot::Wait(Want::NextPage));
    }

    #[test]
    fn whatever_is_wrong_is_said_and_starts_the_wait_anew() {
        let page = |edit: fn(&mut Seen)| {
            let mut seen = good();
            edit(&mut seen);
            seen
        };
        fn whole(seen: &mut Seen) -> (&mut f64, &mut f64, &mut f32, &mut bool, &mut bool) {
            match &mut seen.page {
                PageSeen::Whole {
                    fill,
                    edge_mm,
                    paper_level,
                    hand,
                    cut,
                } => (fill, edge_mm, paper_level, hand, cut),
                PageSeen::None | PageSeen::Part { .. } => unreachable!("good() shows all of it"),
            }
        }
        let cases = [
            (nothing(), Want::Page),
            (
                part(),
                Want::Corners {
                    missing: vec![Corner::TopLeft],
                },
            ),
            (page(|seen| *whole(seen).4 = true), Want::Middle),
            (page(|seen| *whole(seen).3 = true), Want::HandAway),
            (page(|seen| seen.changed = 0.02), Want::Still),
            (page(|seen| *whole(seen).2 = 30.0), Want::Light),
            (page(|seen| *whole(seen).0 = 0.3), Want::Nearer),
            (page(|seen| *whole(seen).1 = 2.0), Want::Focus),
        ];
        for (bad, want) in cases {
            let mut shutter = Shutter::default();
            let before = show(&mut shutter, 0, 6, &good());
            assert!(!before.contains(&Shot::Take));
            assert_eq!(shutter.frame(600, &bad), Shot::Wait(want));
            let after = show(&mut shutter, 700, 7, &good());
            assert_eq!(after.iter().filter(|shot| **shot == Shot::Take).count(), 1);
            assert_eq!(after[6], Shot::Take);
        }
    }

    #[test]
    fn a_shadow_over_a_taken_page_takes_no_second_photo_and_a_new_page_does() {
        let mut shutter = Shutter::default();
        show(&mut shutter, 0, 10, &good());
        let mut shadow = good();
        shadow.changed = NEW_PAGE_SHARE / 2.0;
        assert_eq!(shutter.frame(1_000, &shadow), Shot::Wait(Want::NextPage));
        assert_eq!(
            show(&mut shutter, 1_100, 20, &good())[19],
            Shot::Wait(Want::NextPage)
        );
        // The page is lifted off and another one laid down.
        shutter.frame(3_100, &nothing());
        let next = show(&mut shutter, 3_200, 10, &good());
        assert!(next.contains(&Shot::Take));
    }

    #[test]
    fn pages_that_are_swapped_between_two_frames_are_told_by_how_much_changed() {
        let mut shutter = Shutter::default();
        show(&mut shutter, 0, 10, &good());
        let mut swapped = good();
        swapped.changed = 0.3;
        assert_eq!(shutter.frame(1_000, &swapped), Shot::Wait(Want::Still));
        assert!(show(&mut shutter, 1_100, 10, &good()).contains(&Shot::Take));
    }

    #[test]
    fn frames_that_stopped_coming_prove_no_steadiness() {
        let mut shutter = Shutter::default();
        shutter.frame(0, &good());
        assert_eq!(
            shutter.frame(FRAME_GAP_MS_MAX + 1, &good()),
            Shot::Wait(Want::Moment)
        );
        assert_eq!(
            show(&mut shutter, FRAME_GAP_MS_MAX + 101, 6, &good())[5],
            Shot::Take
        );
    }

    #[test]
    fn a_refused_photo_may_be_taken_again_of_the_same_page() {
        let mut shutter = Shutter::default();
        show(&mut shutter, 0, 10, &good());
        shutter.again();
        assert!(show(&mut shutter, 1_000, 10, &good()).contains(&Shot::Take));
    }

    proptest::proptest! {
        #[test]
        fn no_photo_is_taken_within_the_wait_after_anything_was_wrong(
            frames in proptest::collection::vec((0_u64..1500, 0_u8..4), 0..200)
        ) {
            let mut shutter = Shutter::default();
            let (mut now_ms, mut good_since) = (0, None);
            for (gap_ms, kind) in frames {
                now_ms += gap_ms;
                let seen = match kind {
                    0 => nothing(),
                    1 => part(),
                    _ => good(),
                };
                if kind < 2 || gap_ms > FRAME_GAP_MS_MAX {
                    good_since = None;
                }
                if kind >= 2 {
                    good_since.get_or_insert(now_ms);
                }
                if shutter.frame(now_ms, &seen) == Shot::Take {
                    let since = good_since.expect("a photo of a good frame");
                    proptest::prop_assert!(now_ms - since >= STEADY_MS);
                }
            }
        }
    }
}
