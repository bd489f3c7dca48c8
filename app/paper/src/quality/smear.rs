//! Whether the page or the camera moved while the picture was taken.
//!
//! Movement takes sharpness away in one direction only. How steep edges are in each direction is what the structure
//! tensor of a picture says; the blank's own tensor takes out that print has more edges across than down.
//!
//! Source: J. Bigün, G. Granlund, "Optimal Orientation Detection of Linear Symmetry", ICCV 1987.

use image::GrayImage;

/// Products of the slopes across and down, summed over a page.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Tensor {
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Tensor {
    fn of(picture: &GrayImage, counts: impl Fn(usize) -> bool) -> Self {
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        let raw = picture.as_raw();
        let mut sums = Self::default();
        // A page has the same lines all over, so every second row tells as much.
        for y in (1..h.saturating_sub(1)).step_by(2) {
            let (mut xx, mut xy, mut yy) = (0_i64, 0_i64, 0_i64);
            for x in 1..w.saturating_sub(1) {
                let at = y * w + x;
                if !counts(at) {
                    continue;
                }
                let dx = i64::from(raw[at + 1]) - i64::from(raw[at - 1]);
                let dy = i64::from(raw[at + w]) - i64::from(raw[at - w]);
                xx += dx * dx;
                xy += dx * dy;
                yy += dy * dy;
            }
            sums.xx += xx as f64;
            sums.xy += xy as f64;
            sums.yy += yy as f64;
        }
        sums
    }
}

/// How much steeper edges are along the sharpest direction than along the softest, beside the blank: 1 is the same in
/// all directions. Both pictures have the same size and lie on each other.
///
/// `None` when the pictures are flat or of different sizes.
pub(super) fn smear(page: &GrayImage, blank: &GrayImage) -> Option<f64> {
    if page.dimensions() != blank.dimensions() {
        return None;
    }
    // Near print only, so that neither noise of the paper nor what people wrote has much of a say.
    let printed = |at: usize| {
        let raw = blank.as_raw();
        let row = blank.width() as usize;
        raw[at]
            .min(raw[at - 1])
            .min(raw[at + 1])
            .min(raw[at - row])
            .min(raw[at + row])
            < 250
    };
    let seen = Tensor::of(page, printed);
    let known = Tensor::of(blank, printed);
    // The eigenvalues of known⁻¹ · seen are the squared gains along its two axes.
    let det = known.xx * known.yy - known.xy * known.xy;
    if det <= 1.0 {
        return None;
    }
    let trace = (known.yy * seen.xx - 2.0 * known.xy * seen.xy + known.xx * seen.yy) / det;
    let product = (seen.xx * seen.yy - seen.xy * seen.xy) / det;
    let root = (trace * trace / 4.0 - product).max(0.0).sqrt();
    let (large, small) = (trace / 2.0 + root, trace / 2.0 - root);
    (small > 0.0).then(|| (large / small).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of small rings, which have edges in every direction.
    fn rings() -> GrayImage {
        GrayImage::from_fn(240, 240, |x, y| {
            let (dx, dy) = (f64::from(x % 24) - 12.0, f64::from(y % 24) - 12.0);
            let off = (dx.hypot(dy) - 7.0).abs();
            image::Luma([if off < 1.5 { 20 } else { 255 }])
        })
    }

    /// The picture as it is when it moves by `length` pixels along `dx`, `dy`.
    fn moved(picture: &GrayImage, (dx, dy): (f64, f64), length: i32) -> GrayImage {
        let (w, h) = (picture.width() as i32, picture.height() as i32);
        GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
            let sum: u32 = (0..length)
                .map(|k| {
                    let at = |v: u32, d: f64, limit: i32| {
                        (v as i32 + (f64::from(k) * d).round() as i32).clamp(0, limit - 1) as u32
                    };
                    u32::from(picture.get_pixel(at(x, dx, w), at(y, dy, h)).0[0])
                })
                .sum();
            image::Luma([(sum / length as u32) as u8])
        })
    }

    #[test]
    fn movement_in_any_direction_shows_and_an_even_blur_does_not() {
        let blank = rings();
        for direction in [(1.0, 0.0), (0.0, 1.0), (0.7, 0.7), (0.7, -0.7)] {
            let smear = smear(&moved(&blank, direction, 6), &blank).expect("two equal pages");
            assert!(smear > 1.5, "{direction:?}: {smear}");
        }
        let blurred = image::imageops::blur(&blank, 2.0);
        let smear = smear(&blurred, &blank).expect("two equal pages");
        assert!(smear < 1.1, "{smear}");
    }

    #[test]
    fn a_flat_page_tells_nothing() {
        let flat = GrayImage::from_pixel(50, 50, image::Luma([200]));
        assert_eq!(smear(&flat, &flat), None);
        assert_eq!(smear(&flat, &rings()), None);
    }
}
