//! Where the modules of a printed QR code stand.

use qrcode::{EcLevel, QrCode, Version, bits::Bits};

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

/// The smallest code printed that holds `text`, all of it alphanumeric: mixed modes save nothing at these lengths, and a
/// choice of modes that looks ahead too little would overrun a code that the text fits.
fn coded(text: &str) -> Option<QrCode> {
    VERSIONS.into_iter().find_map(|version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_alphanumeric_data(text.as_bytes()).ok()?;
        bits.push_terminator(EcLevel::Q).ok()?;
        QrCode::with_bits(bits, EcLevel::Q).ok()
    })
}

/// A code as printed: which of its modules are black, row by row.
pub(crate) struct Printed {
    /// Modules a side.
    pub(crate) side: usize,
    pub(crate) black: Vec<bool>,
}

impl Printed {
    /// The code that says `text`; `None` when it is too long.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = coded(text)?;
        let colours = code.to_colors();
        let black = colours.iter().map(|colour| *colour == qrcode::Color::Dark);
        Some(Self {
            side: code.width(),
            black: black.collect(),
        })
    }
}

/// The black modules of the code at `spot` that says `text`, in millimetres; `None` when `text` is too long.
pub(crate) fn modules(text: &str, spot: Spot) -> Option<Vec<RectMm>> {
    let code = Printed::of(text)?;
    let grid = ModuleGrid::new(code.side, spot);
    let black = code
        .black
        .iter()
        .enumerate()
        .filter(|(_, black)| **black)
        .map(|(i, _)| grid.rect(i % grid.side, i / grid.side))
        .collect();
    Some(black)
}

/// The square that the code at `spot` covers when it says `text`.
pub(crate) fn square(text: &str, spot: Spot) -> Option<RectMm> {
    Some(ModuleGrid::new(Printed::of(text)?.side, spot).square())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side(text: &str) -> Option<usize> {
        Printed::of(text).map(|code| code.side)
    }

    proptest! {
        #[test]
        fn every_text_as_long_as_a_payload_fits(
            edition in "[0-9A-F]{8}",
            number in "[0-9]{6}-[0-9]{3}-[0-9]{6}-[0-9]",
            check in "[0-9A-F]{4}",
        ) {
            prop_assert_eq!(side(&format!("MB1:NTNA:{edition}:11A:{number}:{check}")), Some(29));
            prop_assert_eq!(side(&format!("MB1:NTNA:{edition}:11A::{check}")), Some(25));
        }
    }
}
