//! Ink on print and close to it: from ink that is clear of print into what is darker than the blurred blank, and straight
//! through print to ink on its other side.

use super::{Ink, LEAST_DARKNESS, View};

/// Beside print and on it, ink is darker than the blurred blank by this share. Print that lies half a pixel off is less.
const BESIDE_PRINT_DARKNESS: f32 = 0.18;
/// How far ink is looked for over print and beside it: the guard to both sides of the thickest line, 1 mm.
const STEPS_BESIDE_PRINT: usize = 8;
/// Ink goes on through print that is at most this wide: 0.9 mm is the thickest line with its edges.
const THROUGH_PRINT_PX: usize = 7;

impl View<'_> {
    /// From ink, over what is dark beside print, print too, to what is darker than print.
    pub(super) fn go_on_beside_print(&self, ink: &mut Ink) {
        let open = &self.template.open;
        let least = BESIDE_PRINT_DARKNESS.max(self.faint);
        let mut is_seen = vec![false; open.len()];
        let mut rim = ink.pixels.clone();
        for _ in 0..STEPS_BESIDE_PRINT {
            let mut next = Vec::new();
            for near in rim.into_iter().flat_map(|at| self.around(at)) {
                let darkness = self.darkness(near);
                if open[near] || is_seen[near] || darkness < least {
                    continue;
                }
                is_seen[near] = true;
                next.push(near);
                if darkness - self.print_darkness(&self.template.blank, near) >= least {
                    ink.add(near);
                }
            }
            rim = next;
        }
    }

    /// From ink, straight through dark print, to ink.
    pub(super) fn go_on_through_print(&self, ink: &mut Ink) {
        let open = &self.template.open;
        let width = self.width;
        let dark = (255.0 * (1.0 - LEAST_DARKNESS)) as u8;
        let mut through = Vec::new();
        for &start in &ink.pixels {
            // Four directions do: a way back is the same way.
            for step in [1, width - 1, width, width + 1] {
                let first = start + step;
                if ink.is_ink.get(first) != Some(&false) || open[first] {
                    continue;
                }
                let way = (1..=THROUGH_PRINT_PX + 1).map(|n| start + n * step);
                let passed = way.clone().take_while(|&at| {
                    ink.is_ink.get(at) == Some(&false) && !open[at] && self.page[at] < dark
                });
                let count = passed.count();
                let end = start + (count + 1) * step;
                if count <= THROUGH_PRINT_PX && ink.is_ink.get(end) == Some(&true) {
                    through.extend(way.take(count));
                }
            }
        }
        for at in through {
            ink.add(at);
        }
    }
}
