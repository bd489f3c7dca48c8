//! How bad a photo is: six severities, and one named world for each effect beside them.

/// How a page is filled, printed and photographed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct World {
    /// 0 is a flatbed, 1 a careful photo, 2 a usual one, 3 a careless one, 4 a bad one, 5 hardly to be read.
    pub severity: usize,
    /// What comes on top.
    pub effect: Option<Effect>,
}

/// Something that can go wrong with paper or photo beside what every severity has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The page was folded in half or in thirds.
    Folds,
    /// The print of the reverse side is seen.
    ShowThrough,
    /// Red and blue round seals lie over tick boxes.
    Seals,
    /// The page was printed at 80 to 104 % of its size.
    PrintScale,
    /// The toner is nearly used up.
    FaintToner,
    /// What was written came through carbon paper.
    CarbonCopy,
    /// The pen skips.
    SkippingPen,
    /// The lens bends straight lines.
    Lens,
    /// Light and sensor interfere.
    Moire,
    /// A lamp is mirrored in the page.
    Glare,
    /// A thumb holds the page.
    Thumb,
    /// An edge of the page is outside of the photo.
    CutOff,
    /// The camera is out of focus.
    Defocus,
    /// The camera moved.
    Motion,
}

impl Effect {
    /// All of them, with what people call them.
    pub const ALL: [(Self, &str); 14] = [
        (Self::Folds, "folded"),
        (Self::ShowThrough, "reverse side shows through"),
        (Self::Seals, "seals over boxes"),
        (Self::PrintScale, "printed at 80 to 104 %"),
        (Self::FaintToner, "faint toner"),
        (Self::CarbonCopy, "carbon copy"),
        (Self::SkippingPen, "pen that skips"),
        (Self::Lens, "lens distortion"),
        (Self::Moire, "moiré"),
        (Self::Glare, "glare"),
        (Self::Thumb, "thumb"),
        (Self::CutOff, "edge cut off"),
        (Self::Defocus, "out of focus"),
        (Self::Motion, "moved"),
    ];
}

impl World {
    /// How many severities there are.
    pub const SEVERITIES: usize = 6;

    /// A severity alone.
    #[must_use]
    pub const fn severity(severity: usize) -> Self {
        Self {
            severity,
            effect: None,
        }
    }

    /// An effect on top of a usual photo.
    #[must_use]
    pub const fn effect(effect: Effect) -> Self {
        Self {
            severity: 2,
            effect: Some(effect),
        }
    }

    /// Every severity and every effect, with what people call it.
    #[must_use]
    pub fn all() -> Vec<(String, Self)> {
        let severities =
            (0..Self::SEVERITIES).map(|s| (format!("severity {s}"), Self::severity(s)));
        let effects = Effect::ALL
            .into_iter()
            .map(|(effect, name)| (name.to_owned(), Self::effect(effect)));
        severities.chain(effects).collect()
    }

    /// Whether this world has `effect`.
    #[must_use]
    pub fn has(self, effect: Effect) -> bool {
        self.effect == Some(effect)
    }
}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident: $values:expr;)*) => {
        /// What the severities come to: the most of each quantity, or how probable it is.
        impl World {
            $($(#[$doc])* pub(crate) fn $name(self) -> f32 { let values: [f32; Self::SEVERITIES] = $values; values[self.severity] })*
        }
    };
}

// The severities are as bad as those of the measurements that the reader's first thresholds were set on.
levels! {
    /// Between the page's normal and the camera's axis.
    tilt_deg: [0.0, 6.0, 11.0, 16.0, 21.0, 25.0];
    /// How far the page is turned from upright; at severity 2 quarter turns come on top.
    turn_deg: [0.8, 6.0, 20.0, 180.0, 180.0, 180.0];
    /// Share of the photo that the page fills.
    fill: [0.97, 0.93, 0.9, 0.86, 0.8, 0.74];
    /// How far the page rises.
    curl_mm: [0.0, 1.5, 3.0, 6.0, 10.0, 15.0];
    /// How much light shadows take.
    shade: [0.03, 0.12, 0.25, 0.4, 0.55, 0.7];
    /// How far brightness is off.
    exposure: [0.0, 0.05, 0.1, 0.15, 0.22, 0.3];
    /// Radius of the disc that a point becomes.
    defocus_mm: [0.08, 0.14, 0.2, 0.3, 0.48, 0.72];
    /// How far the page moves in the photo.
    motion_mm: [0.0, 0.0, 0.15, 0.38, 0.72, 1.3];
    /// Deviation of a pixel in levels of 255.
    noise: [1.0, 2.0, 3.5, 5.5, 8.0, 12.0];
    /// Of the JPEG, of 100.
    jpeg_quality: [95.0, 92.0, 88.0, 80.0, 70.0, 60.0];
    /// That a lamp is mirrored in the page.
    glare: [0.0, 0.0, 0.1, 0.3, 0.5, 0.7];
    /// That a thumb holds the page.
    thumb: [0.0, 0.0, 0.1, 0.25, 0.4, 0.5];
    /// That an edge of the page is outside of the photo.
    cut_off: [0.0, 0.0, 0.0, 0.04, 0.12, 0.2];
    /// That the table is as pale as the page.
    pale_table: [1.0, 0.05, 0.1, 0.2, 0.3, 0.35];
}
