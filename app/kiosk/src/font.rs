//! The one typeface, embedded once for the screen and the slip.

use std::sync::LazyLock;

use paper::Typeface;

/// Noto Sans SC Regular: every character of the 8105 standard ones, and most rare names.
pub static NOTO_SANS_SC: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC_400Regular.ttf");

static TYPEFACE: LazyLock<Option<Typeface>> = LazyLock::new(|| Typeface::parse(NOTO_SANS_SC).ok());

/// Whether `character` has a shape in the typeface.
///
/// The screen leaves a gap for one that has none, so names are asked about before they are drawn.
#[must_use]
pub fn covers(character: char) -> bool {
    TYPEFACE.is_some_and(|typeface| typeface.has(character))
}
