//! How a photo's blur spreads a point, taken as Gaussian.

use crate::template::READ_PX_PER_MM;

/// The standard deviation, in pixels of a page, of a blur that makes edges of `edge_mm`: from a tenth to nine tenths of its height
/// a blurred edge is 2.563 of them wide.
pub(crate) fn blur_px(edge_mm: f64) -> f64 {
    (edge_mm / 2.563 * READ_PX_PER_MM).max(0.3)
}

/// The weights of a normal distribution of `sigma` pixels from `reach` pixels before its middle to as many behind it.
pub(crate) fn bell(sigma: f64, reach: usize) -> Vec<f64> {
    let bell: Vec<f64> = (0..=2 * reach)
        .map(|i| {
            let x = i as f64 - reach as f64;
            (-x * x / (2.0 * sigma * sigma)).exp()
        })
        .collect();
    let sum: f64 = bell.iter().sum();
    bell.into_iter().map(|weight| weight / sum).collect()
}
