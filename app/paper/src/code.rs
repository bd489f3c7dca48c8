//! Where the modules of a printed QR code stand.

use qrcode::{EcLevel, QrCode, Version};

use crate::geometry::{Point, RectMm};
use crate::layout::lattice;
use crate::payload::Spot;

/// The versions printed, smallest first: 25 and 29 modules a side at correction level Q hold 29 and 47 characters.
const VERSIONS: [i16; 2] = [2, 3];

/// The module lattice of a code at one place of a page.
///
/// A module is a whole number of lattice steps, 1.02 mm or 0.93 mm, above the 0.85 mm that cameras are known to
/// resolve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModuleGrid {
    /// Modules a side.
    pub(crate) side: usize,
    module: f64,
    x: f64,
    y: f64,
}

impl ModuleGrid {
    fn new(side: usize, spot: Spot) -> Self {
        let square = spot.rect();
        let room = (square.w / lattice(1.0)).round();
        let steps = (room / side as f64).floor();
        let margin = lattice(((room - steps * side as f64) / 2.0).floor());
        Self {
            side,
            module: lattice(steps),
            x: square.x + margin,
            y: square.y + margin,
        }
    }

    /// The grids that a code at `spot` can have.
    pub(crate) fn possible(spot: Spot) -> [Self; 2] {
        VERSIONS.map(|version| Self::new(version as usize * 4 + 17, spot))
    }

    /// The middle of module `column`, `row`; shares of a module are allowed.
    pub(crate) fn middle(&self, column: f64, row: f64) -> Point {
        Point::new(
            self.x + self.module * (column + 0.5),
            self.y + self.module * (row + 0.5),
        )
    }

    /// The square that the code covers.
    fn square(&self) -> RectMm {
        let side = self.module * self.side as f64;
        RectMm::new(self.x, self.y, side, side)
    }

    fn rect(&self, column: usize, row: usize) -> RectMm {
        RectMm::new(
            self.x + self.module * column as f64,
            self.y + self.module * row as f64,
            self.module,
            self.module,
        )
    }
}

/// The black modules of the code at `spot` that says `text`, in millimetres; `None` when `text` is too long.
pub(crate) fn modules(text: &str, spot: Spot) -> Option<Vec<RectMm>> {
    let code = VERSIONS.into_iter().find_map(|version| {
        QrCode::with_version(text.as_bytes(), Version::Normal(version), EcLevel::Q).ok()
    })?;
    let grid = ModuleGrid::new(code.width(), spot);
    let black = code
        .to_colors()
        .iter()
        .enumerate()
        .filter(|(_, colour)| **colour == qrcode::Color::Dark)
        .map(|(i, _)| grid.rect(i % grid.side, i / grid.side))
        .collect();
    Some(black)
}

/// Modules a side of the code that says `text`.
pub(crate) fn side(text: &str) -> Option<usize> {
    VERSIONS.into_iter().find_map(|version| {
        QrCode::with_version(text.as_bytes(), Version::Normal(version), EcLevel::Q)
            .ok()
            .map(|code| code.width())
    })
}

/// The square that the code at `spot` covers when it says `text`.
pub(crate) fn square(text: &str, spot: Spot) -> Option<RectMm> {
    Some(ModuleGrid::new(side(text)?, spot).square())
}
