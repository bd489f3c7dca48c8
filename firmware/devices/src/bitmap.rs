//! A picture in dots: what a thermal printer burns, one bit per dot.

use std::convert::Infallible;
use std::fmt;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::BinaryColor;

/// Dots in rows from the top, 1 = black, packed eight to a byte with the leftmost in the highest bit.
///
/// Each row begins on a byte; what is left over in its last byte is always white, so equal pictures
/// are equal bytes. As a `DrawTarget`, [`BinaryColor::On`] is black and what falls outside is not
/// drawn.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    width_dots: usize,
    height_dots: usize,
    rows: Vec<u8>,
}

impl Bitmap {
    /// White paper of this size.
    #[must_use]
    pub fn new(width_dots: usize, height_dots: usize) -> Self {
        Self {
            width_dots,
            height_dots,
            rows: vec![0; width_dots.div_ceil(8) * height_dots],
        }
    }

    /// The picture in packed rows of `width_dots`, as [`Bitmap::rows`] gives them; bytes that do not
    /// make a whole row are left out.
    #[must_use]
    pub fn from_rows(width_dots: usize, mut rows: Vec<u8>) -> Self {
        let row_bytes = width_dots.div_ceil(8);
        let height_dots = rows.len().checked_div(row_bytes).unwrap_or(0);
        rows.truncate(row_bytes * height_dots);
        let spare = row_bytes * 8 - width_dots;
        if spare > 0 {
            for last in rows.iter_mut().skip(row_bytes - 1).step_by(row_bytes) {
                *last &= 0xFF << spare;
            }
        }
        Self {
            width_dots,
            height_dots,
            rows,
        }
    }

    /// Dots from left to right.
    #[must_use]
    pub fn width_dots(&self) -> usize {
        self.width_dots
    }

    /// Dots from top to bottom.
    #[must_use]
    pub fn height_dots(&self) -> usize {
        self.height_dots
    }

    /// Bytes that one row takes.
    #[must_use]
    pub fn row_bytes(&self) -> usize {
        self.width_dots.div_ceil(8)
    }

    /// The packed rows, top first.
    #[must_use]
    pub fn rows(&self) -> &[u8] {
        &self.rows
    }

    /// Whether the dot is black; outside the picture all is white.
    #[must_use]
    pub fn is_black(&self, x: usize, y: usize) -> bool {
        x < self.width_dots
            && y < self.height_dots
            && self.rows[y * self.row_bytes() + x / 8] & (0x80 >> (x % 8)) != 0
    }

    /// The picture as one byte per dot, 0 black and 255 white, for encoders of grey pictures.
    #[must_use]
    pub fn to_grey(&self) -> Vec<u8> {
        (0..self.height_dots)
            .flat_map(|y| {
                (0..self.width_dots).map(move |x| if self.is_black(x, y) { 0 } else { 255 })
            })
            .collect()
    }
}

impl fmt::Debug for Bitmap {
    /// Prints the size alone: a slip's dots are somebody's slip.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bitmap({}x{} dots)", self.width_dots, self.height_dots)
    }
}

impl OriginDimensions for Bitmap {
    fn size(&self) -> Size {
        let side = |dots: usize| u32::try_from(dots).unwrap_or(u32::MAX);
        Size::new(side(self.width_dots), side(self.height_dots))
    }
}

impl DrawTarget for Bitmap {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        let row_bytes = self.row_bytes();
        for Pixel(point, color) in pixels {
            let (Ok(x), Ok(y)) = (usize::try_from(point.x), usize::try_from(point.y)) else {
                continue;
            };
            if x < self.width_dots && y < self.height_dots {
                let byte = &mut self.rows[y * row_bytes + x / 8];
                let dot = 0x80 >> (x % 8);
                match color {
                    BinaryColor::On => *byte |= dot,
                    BinaryColor::Off => *byte &= !dot,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::prelude::*;
    use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};

    use super::*;

    #[test]
    fn the_leftmost_dot_is_the_highest_bit_and_rows_begin_on_a_byte() {
        let mut page = Bitmap::new(10, 2);
        let black = |x, y| Pixel(Point::new(x, y), BinaryColor::On);
        page.draw_iter([black(0, 0), black(9, 0), black(1, 1)])
            .expect("drawn");
        assert_eq!(page.rows(), [0x80, 0x40, 0x40, 0x00]);
    }

    #[test]
    fn what_falls_outside_is_not_drawn() {
        let mut page = Bitmap::new(9, 3);
        Rectangle::new(Point::new(-5, -5), Size::new(100, 100))
            .into_styled(PrimitiveStyle::with_fill(BinaryColor::On))
            .draw(&mut page)
            .expect("drawn");
        assert_eq!(page.rows(), [0xFF, 0x80, 0xFF, 0x80, 0xFF, 0x80]);
        assert_eq!(page.to_grey(), [0; 27]);
    }

    #[test]
    fn rows_with_ink_beyond_the_edge_are_the_same_picture_as_without() {
        let inked = Bitmap::from_rows(9, vec![0x01, 0xFF, 0x02, 0x7F, 0x55]);
        assert_eq!(inked, Bitmap::from_rows(9, vec![0x01, 0x80, 0x02, 0x00]));
        assert_eq!(inked.height_dots(), 2);
    }

    #[test]
    fn a_picture_without_width_has_no_rows() {
        assert_eq!(Bitmap::from_rows(0, vec![1, 2, 3]), Bitmap::new(0, 0));
    }
}
