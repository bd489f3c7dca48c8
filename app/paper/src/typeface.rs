//! The font that forms are set in, handed in as bytes by the program that embeds it.

use swash::FontRef;
use swash::scale::{Render, ScaleContext, Source, image::Image};
use swash::zeno::{Format, Vector};

/// Noto Sans SC Regular: every character of the 8105 standard ones, and most rare names. Screens, slips, forms and the
/// county's pictures are set in it; it stands here so that a program of several parts holds it once.
pub static NOTO_SANS_SC: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC_400Regular.ttf");

/// An outline font that every page of a form is set in.
#[derive(Clone, Copy)]
pub struct Typeface {
    font: FontRef<'static>,
}

impl std::fmt::Debug for Typeface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typeface").finish_non_exhaustive()
    }
}

/// Why bytes are not a usable font.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TypefaceError {
    /// No TrueType or OpenType tables were found.
    #[error("{len} bytes are not a TrueType or OpenType font")]
    NotAFont {
        /// How many bytes were given.
        len: usize,
    },
}

impl Typeface {
    /// Opens the first font in `bytes` (TrueType or OpenType).
    ///
    /// The bytes are static because programs embed their font; nothing is copied.
    ///
    /// # Errors
    ///
    /// [`TypefaceError::NotAFont`] when the tables are not there.
    pub fn parse(bytes: &'static [u8]) -> Result<Self, TypefaceError> {
        FontRef::from_index(bytes, 0)
            .map(|font| Self { font })
            .ok_or(TypefaceError::NotAFont { len: bytes.len() })
    }

    /// Whether the font can draw `c`.
    #[must_use]
    pub fn has(&self, c: char) -> bool {
        self.font.charmap().map(c) != 0
    }

    /// How wide `c` is set, as a share of the em.
    #[must_use]
    pub fn advance(&self, c: char) -> f64 {
        let glyph = self.font.charmap().map(c);
        let metrics = self.font.glyph_metrics(&[]);
        f64::from(metrics.advance_width(glyph)) / f64::from(metrics.units_per_em().max(1))
    }

    /// The number of the glyph that draws `c`; 0 when there is none.
    pub(crate) fn glyph(&self, c: char) -> u16 {
        self.font.charmap().map(c)
    }

    /// The font file.
    pub(crate) fn bytes(&self) -> &'static [u8] {
        self.font.data
    }

    /// How far characters reach above and, as a negative number, below the baseline, and how high capitals are, as
    /// shares of the em.
    pub(crate) fn heights(&self) -> [f32; 3] {
        let metrics = self.font.metrics(&[]);
        let em = f32::from(metrics.units_per_em.max(1));
        [metrics.ascent, -metrics.descent, metrics.cap_height].map(|height| height / em)
    }

    /// A pen that draws this font's characters.
    #[must_use]
    pub fn pen(&self) -> Pen {
        Pen {
            font: self.font,
            context: ScaleContext::new(),
        }
    }
}

/// Draws single characters; keeps the font's scaling state between them.
pub struct Pen {
    font: FontRef<'static>,
    context: ScaleContext,
}

impl Pen {
    /// The coverage of `c` at `em_px` pixels per em, set `dx`, `dy` (below one pixel) off the pixel lattice.
    pub fn draw(&mut self, c: char, em_px: f32, dx: f32, dy: f32) -> Option<Image> {
        let glyph = self.font.charmap().map(c);
        let mut scaler = self
            .context
            .builder(self.font)
            .size(em_px)
            .hint(false)
            .build();
        Render::new(&[Source::Outline])
            .format(Format::Alpha)
            .offset(Vector::new(dx, dy))
            .render(&mut scaler, glyph)
    }
}
