//! The one typeface, embedded once for the screen and the slip.

use std::sync::LazyLock;

use swash::{Charmap, FontRef};

/// Noto Sans SC Regular: every character of the 8105 standard ones, and most rare names.
pub static NOTO_SANS_SC: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC_400Regular.ttf");

/// Its family name, as the screen asks for it.
pub const FAMILY: &str = "Noto Sans SC";

static CHARMAP: LazyLock<Option<Charmap<'static>>> =
    LazyLock::new(|| FontRef::from_index(NOTO_SANS_SC, 0).map(|font| font.charmap()));

/// Whether `character` has a shape in the typeface.
///
/// The screen leaves a gap for one that has none, so names are asked about before they are drawn.
#[must_use]
pub fn covers(character: char) -> bool {
    CHARMAP.as_ref().is_some_and(|map| map.map(character) != 0)
}
