//! Reading grey pictures: shrinking, values between pixels, dark regions.
//!
//! A position is measured from the picture's upper left edge, so pixel 0 reaches from 0.0 to 1.0.

use image::GrayImage;

use crate::geometry::Point;

/// The mean of each `factor` × `factor` square of pixels, with a factor of at most 257; what is left over at the right and below is
/// dropped.
pub(crate) fn shrink(picture: &GrayImage, factor: u32) -> GrayImage {
    let factor = factor.max(1);
    if factor == 1 {
        return picture.clone();
    }
    let (w, h) = (picture.width() / factor, picture.height() / factor);
    if factor == 2 {
        return GrayImage::from_raw(w, h, halve(picture)).unwrap_or_default();
    }
    let stride = picture.width() as usize;
    let side = factor as usize;
    let area = u64::from(factor) * u64::from(factor);
    // Division by multiplying.
    let share = (1_u64 << 48).div_ceil(area);
    let mut sums = vec![0_u16; stride];
    let mut out = Vec::with_capacity((w * h) as usize);
    // First down the columns, then along the row of their sums.
    for rows in picture.as_raw().chunks_exact(stride.max(1) * side) {
        sums.fill(0);
        for row in rows.chunks_exact(stride) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum = sum.saturating_add(u16::from(*value));
            }
        }
        let sum = |sums: &[u16]| sums.iter().map(|sum| u32::from(*sum)).sum::<u32>();
        let squares = sums.chunks_exact(side).map(sum);
        out.extend(squares.map(|sum| (((u64::from(sum) + area / 2) * share) >> 48) as u8));
    }
    GrayImage::from_raw(w, h, out).unwrap_or_default()
}

/// As [`shrink`] by two, which is most of all shrinking, in a form that compiles to instructions that take several pixels.
fn halve(picture: &GrayImage) -> Vec<u8> {
    let stride = picture.width().max(1) as usize;
    let pair = |pixels: &[u8; 2]| {
        let both = u16::from_le_bytes(*pixels);
        (both & 255) + (both >> 8)
    };
    let mut out = Vec::with_capacity(picture.as_raw().len() / 4);
    for rows in picture.as_raw().chunks_exact(2 * stride) {
        let (upper, lower) = rows.split_at(stride);
        let squares = upper.as_chunks().0.iter().zip(lower.as_chunks().0);
        out.extend(squares.map(|(a, b)| ((pair(a) + pair(b) + 2) >> 2) as u8));
    }
    out
}

/// The value at `p` between its four nearest pixels; `None` outside the picture.
pub(crate) fn sample(picture: &GrayImage, p: Point) -> Option<f32> {
    let (w, h) = picture.dimensions();
    if !(p.x >= 0.0 && p.y >= 0.0 && p.x <= f64::from(w) && p.y <= f64::from(h)) || w < 2 || h < 2 {
        return None;
    }
    let x = (p.x - 0.5).clamp(0.0, f64::from(w - 1) - 1e-6);
    let y = (p.y - 0.5).clamp(0.0, f64::from(h - 1) - 1e-6);
    let (column, row) = (x as usize, y as usize);
    let (fx, fy) = ((x - column as f64) as f32, (y - row as f64) as f32);
    let raw = picture.as_raw();
    let at = row * w as usize + column;
    let below = at + w as usize;
    let mix = |a: u8, b: u8| f32::from(a) + (f32::from(b) - f32::from(a)) * fx;
    let (upper, lower) = (mix(raw[at], raw[at + 1]), mix(raw[below], raw[below + 1]));
    Some(upper + (lower - upper) * fy)
}

/// Which pixels are darker than `share` of the mean of the square around them that reaches `reach` pixels each way.
///
/// Source: D. Bradley, G. Roth, "Adaptive Thresholding Using the Integral Image", Journal of Graphics Tools 12(2), 2007.
pub(crate) fn dark(picture: &GrayImage, reach: u32, share: f32) -> Vec<bool> {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let reach = reach as usize;
    let row = |y: usize| &picture.as_raw()[y * w..(y + 1) * w];
    let mut out = vec![false; w * h];
    let (mut y0, mut y1) = (0, 0);
    // What each column holds from row y0 to y1, and all columns before each, with as many more to each side as squares reach
    // beyond the picture. Sums wrap at 2^32, and so do their differences, which stay right while a square holds under 2^24 pixels.
    let mut columns = vec![0_u32; w];
    let mut before = vec![0_u32; w + 2 * reach + 1];
    let across: Vec<f32> = (0..w)
        .map(|x| ((x + reach + 1).min(w) - x.saturating_sub(reach)) as f32)
        .collect();
    for (y, out) in out.chunks_exact_mut(w.max(1)).enumerate() {
        while y1 < (y + reach + 1).min(h) {
            for (sum, value) in columns.iter_mut().zip(row(y1)) {
                *sum += u32::from(*value);
            }
            y1 += 1;
        }
        while y0 + reach < y {
            for (sum, value) in columns.iter_mut().zip(row(y0)) {
                *sum -= u32::from(*value);
            }
            y0 += 1;
        }
        let mut all = 0_u32;
        for (sum, column) in before[reach + 1..].iter_mut().zip(&columns) {
            all = all.wrapping_add(*column);
            *sum = all;
        }
        before[reach + w..].fill(all);
        let down = (y1 - y0) as f32;
        let sums = before.iter().zip(&before[2 * reach + 1..]);
        for (((out, value), across), (first, last)) in
            out.iter_mut().zip(row(y)).zip(&across).zip(sums)
        {
            let sum = last.wrapping_sub(*first) as f32;
            *out = f32::from(*value) * (across * down) < sum * share;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_takes_the_mean_and_drops_the_rest() {
        let picture =
            GrayImage::from_raw(3, 2, vec![0, 100, 9, 100, 200, 9]).expect("3 x 2 pixels");
        assert_eq!(shrink(&picture, 2).as_raw(), &[100]);
    }

    #[test]
    fn between_pixels_values_are_mixed() {
        let picture = GrayImage::from_raw(2, 2, vec![0, 100, 100, 200]).expect("2 x 2 pixels");
        assert_eq!(sample(&picture, Point::new(1.0, 1.0)), Some(100.0));
        assert_eq!(sample(&picture, Point::new(2.1, 1.0)), None);
    }

    #[test]
    fn a_dark_spot_is_found_in_light_and_in_shadow() {
        let mut picture =
            GrayImage::from_fn(40, 20, |x, _| image::Luma([if x < 20 { 200 } else { 60 }]));
        picture.put_pixel(5, 10, image::Luma([90]));
        picture.put_pixel(35, 10, image::Luma([20]));
        let dark = dark(&picture, 4, 0.8);
        assert!(dark[10 * 40 + 5] && dark[10 * 40 + 35]);
        assert!(!dark[10 * 40 + 8] && !dark[10 * 40 + 32]);
    }
}
