//! Blots that are no ink: specks, and fingers that hold the page.

use super::{Ink, View};
use crate::template::READ_PX_PER_MM;

/// Specks smaller than this are dirt: 6 pixels are 0.1 mm².
const SPECK_PX: usize = 6;
/// Blots that are nowhere dark are dirt up to this: 30 pixels are a thin stroke of 1.4 mm.
const FAINT_SPECK_PX: usize = 30;
/// A dark blot has a place this much darker than the least, on average over 3 × 3 pixels; the noise of a shadow has not.
const CORE_DARKNESS: f32 = 0.05;

/// Fingers come in over the page's margin: no form has fields as close to the page's edge.
const MARGIN_MM: f64 = 15.0;
/// Around a finger, or its shadow, the page is on average more than this share as dark as at its rim. Ink is as sharp as the photo.
const SOFT_SHARE: f32 = 0.25;
/// Fewer places along a rim tell nothing.
const RIM_PX: usize = 8;

impl View<'_> {
    /// The ink without blots that have too few pixels clear of print or are nowhere dark enough, and without fingers.
    pub(super) fn without_dirt(&self, ink: &Ink) -> Vec<usize> {
        let open = &self.template.open;
        let core = self.least + CORE_DARKNESS;
        let is_core = |&at: &usize| {
            let sum: f32 = self.around(at).map(|near| self.darkness(near)).sum();
            sum / 9.0 >= core
        };
        let mut unseen = ink.is_ink.clone();
        let mut kept = Vec::with_capacity(ink.pixels.len());
        for &start in &ink.pixels {
            if !std::mem::take(&mut unseen[start]) {
                continue;
            }
            let first = kept.len();
            kept.push(start);
            let mut next = first;
            while let Some(&at) = kept.get(next) {
                next += 1;
                for near in self.around(at) {
                    if std::mem::take(&mut unseen[near]) {
                        kept.push(near);
                    }
                }
            }
            if self.is_finger(&kept[first..], ink) {
                // A stroke below its shadow stays.
                let strokes: Vec<usize> = kept
                    .drain(first..)
                    .filter(|&at| open[at] && self.is_between_paper(at))
                    .collect();
                kept.extend(strokes);
            }
            let mut clear = kept[first..].iter().copied().filter(|&at| open[at]);
            let count = clear.clone().count();
            if count < SPECK_PX || (count < FAINT_SPECK_PX && !clear.any(|at| is_core(&at))) {
                kept.truncate(first);
            }
        }
        kept
    }

    /// Whether `blot` reaches into the page's margin and fades out at its rim.
    fn is_finger(&self, blot: &[usize], ink: &Ink) -> bool {
        let open = &self.template.open;
        let (width, height) = (self.width, self.page.len() / self.width);
        let margin = (MARGIN_MM * READ_PX_PER_MM) as usize;
        let inside =
            |at: usize, length: usize| (margin..length.saturating_sub(margin)).contains(&at);
        if blot
            .iter()
            .all(|at| inside(at % width, width) && inside(at / width, height))
        {
            return false;
        }
        let is_bare = |at: usize| ink.is_ink.get(at) == Some(&false) && open[at];
        let (mut count, mut within, mut beyond) = (0, 0.0, 0.0);
        for &at in blot.iter().filter(|&&at| open[at]) {
            for step in [1, width] {
                let far = self.side_px * step;
                for (near, far) in [
                    (at + step, at + far),
                    (at.wrapping_sub(step), at.wrapping_sub(far)),
                ] {
                    if is_bare(near) && is_bare(far) {
                        count += 1;
                        within += self.darkness(at);
                        let print = self.print_darkness(&self.template.thick, far);
                        beyond += (self.darkness(far) - print).max(0.0);
                    }
                }
            }
        }
        count > RIM_PX && beyond > SOFT_SHARE * within
    }
}
