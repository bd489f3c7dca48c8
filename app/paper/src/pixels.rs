//! Reading grey pictures: shrinking, values between pixels, dark regions.
//!
//! A position is measured from the picture's upper left edge, so pixel 0 reaches from 0.0 to 1.0.

use image::GrayImage;

use crate::geometry::Point;

/// The mean of each `factor` × `factor` square of pixels; what is left over at the right and below is dropped.
pub(crate) fn shrink(picture: &GrayImage, factor: u32) -> GrayImage {
    let factor = factor.max(1);
    if factor == 1 {
        return picture.clone();
    }
    let (w, h) = (picture.width() / factor, picture.height() / factor);
    if factor == 2 {
        return GrayImage::from_raw(w, h, halve(picture, w as usize)).unwrap_or_default();
    }
    let stride = picture.width() as usize;
    let source = picture.as_raw();
    let side = factor as usize;
    let area = factor * factor;
    let mut sums = vec![0_u32; w as usize];
    let mut out = Vec::with_capacity((w * h) as usize);
    for row in 0..h as usize {
        sums.fill(0);
        for line in 0..side {
            let from = (row * side + line) * stride;
            let pixels = &source[from..from + w as usize * side];
            for (sum, group) in sums.iter_mut().zip(pixels.chunks_exact(side)) {
                *sum += group.iter().map(|&v| u32::from(v)).sum::<u32>();
            }
        }
        out.extend(sums.iter().map(|sum| ((sum + area / 2) / area) as u8));
    }
    GrayImage::from_raw(w, h, out).unwrap_or_default()
}

/// As [`shrink`] by two, which is most of all shrinking, in a form that compiles to few instructions.
fn halve(picture: &GrayImage, width: usize) -> Vec<u8> {
    let stride = picture.width().max(1) as usize;
    let mut out = Vec::with_capacity(picture.as_raw().len() / 4);
    for rows in picture.as_raw().chunks_exact(2 * stride) {
        let (upper, lower) = rows.split_at(stride);
        let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2)).take(width);
        out.extend(pairs.map(|(a, b)| {
            let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
            ((sum + 2) >> 2) as u8
        }));
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
    let raw = picture.as_raw();
    // Sums wrap at 2^32, and so do their differences, which stay right while a window holds under 2^24 pixels.
    let stride = w + 1;
    let mut sums = vec![0_u32; stride * (h + 1)];
    for y in 0..h {
        let mut row_sum = 0_u32;
        for x in 0..w {
            row_sum += u32::from(raw[y * w + x]);
            sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1].wrapping_add(row_sum);
        }
    }
    let mut out = vec![false; w * h];
    for y in 0..h {
        let (y0, y1) = (y.saturating_sub(reach), (y + reach + 1).min(h));
        for x in 0..w {
            let (x0, x1) = (x.saturating_sub(reach), (x + reach + 1).min(w));
            let sum = sums[y1 * stride + x1]
                .wrapping_sub(sums[y0 * stride + x1])
                .wrapping_sub(sums[y1 * stride + x0])
                .wrapping_add(sums[y0 * stride + x0]);
            let area = ((y1 - y0) * (x1 - x0)) as f32;
            out[y * w + x] = f32::from(raw[y * w + x]) * area < sum as f32 * share;
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
