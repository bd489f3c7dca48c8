//! Rectangles of the page that findings are about.

use super::rim::Dip;
use crate::form::PAGE;
use crate::geometry::{Point, RectMm};

/// Whether two rectangles share an area.
pub(super) fn overlap(a: &RectMm, b: &RectMm) -> bool {
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

/// The smallest rectangle that holds both.
pub(super) fn around(a: RectMm, b: RectMm) -> RectMm {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    RectMm::new(
        x,
        y,
        (a.x + a.w).max(b.x + b.w) - x,
        (a.y + a.h).max(b.y + b.h) - y,
    )
}

/// The stretch of the rim that a dip covers, from the edge inwards as far as a thumb reaches.
pub(super) fn dip_rect(dip: &Dip) -> RectMm {
    const REACH_MM: f64 = 12.0;
    let [a, b] = dip.ends;
    let band = around(
        RectMm::new(a.x, a.y, 0.0, 0.0),
        RectMm::new(b.x, b.y, 0.0, 0.0),
    )
    .inset(-REACH_MM);
    let (x, y) = (band.x.max(PAGE.x), band.y.max(PAGE.y));
    RectMm::new(
        x,
        y,
        (band.x + band.w).min(PAGE.w) - x,
        (band.y + band.h).min(PAGE.h) - y,
    )
}

/// The square of the page at a corner of it that takes in the marker.
pub(super) fn around_corner(corner: Point) -> RectMm {
    const SIDE_MM: f64 = 22.0;
    let from = |at: f64| if at > 0.0 { at - SIDE_MM } else { 0.0 };
    RectMm::new(from(corner.x), from(corner.y), SIDE_MM, SIDE_MM)
}

/// How many pixels `p` lies outside of a picture of `size`.
pub(super) fn outside_px(size: (u32, u32), p: Point) -> f64 {
    let (w, h) = (f64::from(size.0), f64::from(size.1));
    let out = [-p.x, -p.y, p.x - w, p.y - h];
    out.into_iter().fold(0.0, f64::max)
}
