//! The four square marks in the corners of every page.
//!
//! They are the markers 0 to 3 of OpenCV's dictionary `DICT_4X4_50`, clockwise from the upper left, so that any ArUco
//! reader finds our pages too. Turned any way, two of the four differ in at least 7 of 16 cells.

use crate::geometry::RectMm;
use crate::layout::lattice;

/// Rows of white (1) and black (0) cells inside the one-cell black border.
const CODES: [[u8; 4]; 4] = [
    [0b1011, 0b0101, 0b0011, 0b0010],
    [0b0000, 0b1111, 0b1001, 0b1010],
    [0b0011, 0b0011, 0b0010, 0b1101],
    [0b1001, 0b1001, 0b0100, 0b0110],
];

/// Cells across a marker with its border.
pub(crate) const CELLS: usize = 6;

/// Wrong cells that still name a marker. The least distance of 7 would allow 3, but then one in thirty patterns of
/// clutter would pass; with 1 it is one in two hundred.
const WRONG_LIMIT: u32 = 1;

/// One cell is 24 lattice steps, 2.03 mm; a marker is 12.19 mm.
const CELL_STEPS: f64 = 24.0;

/// A corner of the page, clockwise from the upper left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Corner {
    /// Upper left.
    TopLeft,
    /// Upper right.
    TopRight,
    /// Lower right.
    BottomRight,
    /// Lower left.
    BottomLeft,
}

impl Corner {
    /// All corners, clockwise.
    pub const ALL: [Self; 4] = [
        Self::TopLeft,
        Self::TopRight,
        Self::BottomRight,
        Self::BottomLeft,
    ];

    /// Where this corner's marker stands on the page.
    pub(crate) fn rect(self) -> RectMm {
        let side = lattice(CELL_STEPS * CELLS as f64);
        let (near, right, bottom) = (lattice(83.0), lattice(2253.0), lattice(3281.0));
        let (x, y) = match self {
            Self::TopLeft => (near, near),
            Self::TopRight => (right, near),
            Self::BottomRight => (right, bottom),
            Self::BottomLeft => (near, bottom),
        };
        RectMm::new(x, y, side, side)
    }

    fn code(self) -> u16 {
        CODES[self as usize]
            .iter()
            .fold(0, |bits, row| bits << 4 | u16::from(*row))
    }

    /// Whether the cell at `column`, `row` (border included) is black.
    pub(crate) fn is_black(self, column: usize, row: usize) -> bool {
        let inside = 1..CELLS - 1;
        !(inside.contains(&column)
            && inside.contains(&row)
            && CODES[self as usize][row - 1] >> (4 - column) & 1 == 1)
    }

    /// The cells of the black border, each as a rectangle on the page.
    pub(crate) fn border_cells(self) -> impl Iterator<Item = RectMm> {
        let rim = |i: usize| i == 0 || i == CELLS - 1;
        self.cells_where(move |column, row| rim(column) || rim(row))
    }

    /// The black cells, each as a rectangle on the page.
    pub(crate) fn cells(self) -> impl Iterator<Item = RectMm> {
        self.cells_where(move |column, row| self.is_black(column, row))
    }

    fn cells_where(self, wanted: impl Fn(usize, usize) -> bool) -> impl Iterator<Item = RectMm> {
        let rect = self.rect();
        let cell = lattice(CELL_STEPS);
        (0..CELLS * CELLS)
            .map(|i| (i % CELLS, i / CELLS))
            .filter(move |&(column, row)| wanted(column, row))
            .map(move |(column, row)| {
                RectMm::new(
                    rect.x + cell * column as f64,
                    rect.y + cell * row as f64,
                    cell,
                    cell,
                )
            })
    }
}

/// The corner that 16 cells name (row by row, white is 1), and by how many quarter turns their picture has to be
/// turned clockwise to stand upright.
pub(crate) fn recognise(cells: u16) -> Option<(Corner, usize)> {
    let mut turned = cells;
    for turns in 0..4 {
        for corner in Corner::ALL {
            if (turned ^ corner.code()).count_ones() <= WRONG_LIMIT {
                return Some((corner, turns));
            }
        }
        turned = quarter_turn(turned);
    }
    None
}

/// The corner whose marker the brightness of 16 cells (row by row) is most like, by how many quarter turns their picture has to be
/// turned clockwise to stand upright, and the correlation with it, -1 to 1.
pub(crate) fn most_like(cells: [f32; 16]) -> Option<(Corner, usize, f32)> {
    let mean = cells.iter().sum::<f32>() / 16.0;
    let mut turned = cells.map(|cell| cell - mean);
    let norm = turned.iter().map(|cell| cell * cell).sum::<f32>();
    let mut all = Vec::new();
    for turns in 0..4 {
        for corner in Corner::ALL {
            let code = corner.code();
            let is_white = |i: usize| code >> (15 - i) & 1 == 1;
            let white = code.count_ones() as f32;
            let products = (0..16)
                .filter(|i| is_white(*i))
                .map(|i| turned[i])
                .sum::<f32>();
            let spread = white * (16.0 - white) / 16.0;
            all.push((corner, turns, products / (norm * spread).sqrt()));
        }
        turned = std::array::from_fn(|i| turned[quarter_turn_from(i)]);
    }
    let known = all
        .into_iter()
        .filter(|(.., likeness)| likeness.is_finite());
    known.max_by(|a, b| a.2.total_cmp(&b.2))
}

/// The 16 cells after a quarter turn clockwise.
fn quarter_turn(cells: u16) -> u16 {
    (0..16).fold(0, |bits, i| {
        bits << 1 | cells >> (15 - quarter_turn_from(i)) & 1
    })
}

/// Which cell a quarter turn clockwise brings to place `i`.
fn quarter_turn_from(i: usize) -> usize {
    (3 - i % 4) * 4 + i / 4
}

/// The corners (or sides) of a picture that needs `turns`, in the order they have when it stands upright.
pub(crate) fn upright<T: Copy>(corners: [T; 4], turns: usize) -> [T; 4] {
    // After one clockwise turn, what was lower left is upper left.
    std::array::from_fn(|i| corners[(i + 4 - turns) % 4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_known_however_it_is_turned() {
        for corner in Corner::ALL {
            let mut cells = corner.code();
            for turned in 0..4 {
                assert_eq!(recognise(cells), Some((corner, (4 - turned) % 4)));
                assert_eq!(
                    recognise(cells ^ 0b1000_0000),
                    Some((corner, (4 - turned) % 4))
                );
                cells = quarter_turn(cells);
            }
        }
    }

    #[test]
    fn a_marker_of_which_cells_are_seen_wrong_is_the_likest_however_it_is_turned() {
        for corner in Corner::ALL {
            let mut cells = corner.code() ^ 0b1000_0000_0100_0000;
            for turned in 0..4 {
                assert_eq!(recognise(cells), None);
                let grey =
                    std::array::from_fn(|i| [40.0, 70.0][usize::from(cells >> (15 - i) & 1)]);
                let likest = most_like(grey).expect("cells that differ");
                assert_eq!((likest.0, likest.1), (corner, (4 - turned) % 4));
                assert!(likest.2 > 0.6, "{likest:?}");
                cells = quarter_turn(cells);
            }
        }
        assert_eq!(most_like([7.0; 16]), None);
    }

    #[test]
    fn all_black_and_all_white_are_no_marker() {
        assert_eq!(recognise(0), None);
        assert_eq!(recognise(u16::MAX), None);
    }
}
