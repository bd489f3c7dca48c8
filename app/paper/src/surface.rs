//! What a page is laid on: pixels, or the marks of a PDF.

use crate::geometry::{Point, RectMm};
use crate::layout::Text;

/// Takes black ink, in millimetres from the upper left corner of the page.
pub(crate) trait Surface {
    /// Blackens `rect`. Bars may lie over each other.
    fn bar(&mut self, rect: RectMm);

    /// Blackens shapes that touch but never overlap; no seam shows between neighbours.
    fn tiles(&mut self, tiles: &[RectMm]);

    /// A stroke of a round pen from each point to the next.
    fn stroke(&mut self, points: &[Point], width_mm: f64);

    /// Sets one line of text.
    fn text(&mut self, text: &Text);
}
