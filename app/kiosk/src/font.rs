//! The one typeface, embedded once for the screen and the slip.

use std::sync::LazyLock;

pub use paper::NOTO_SANS_SC;
use paper::Typeface;

static TYPEFACE: LazyLock<Option<Typeface>> = LazyLock::new(|| Typeface::parse(NOTO_SANS_SC).ok());

/// Whether `character` has a shape in the typeface.
///
/// The screen leaves a gap for one that has none, so names are asked about before they are drawn.
#[must_use]
pub fn covers(character: char) -> bool {
    TYPEFACE.is_some_and(|typeface| typeface.has(character))
}
