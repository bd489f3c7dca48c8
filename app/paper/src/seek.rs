//! Finding markers that blur hides from [`locate`](crate::locate), where those that were found say they must be.
//!
//! One marker tells the page's direction and scale about well enough to know where the next is. The photo around that place is
//! laid flat, and the marker's picture is looked for by correlation, which needs neither a closed outline nor cells that can be
//! told one by one. With every marker found the places of the others are known better.

use image::GrayImage;

use crate::geometry::{Homography, Point, RectMm};
use crate::locate::{self, Marker, Markers};
use crate::marker::{CELLS, Corner};
use crate::pixels::{sample, shrink};
use crate::reading::LEAST_PX_PER_MM;

/// Pixels to a marker's cell in what is searched: blur over half a cell leaves that much to tell.
const CELL_PX: usize = 3;

/// How far from its likely place a marker is looked for, as a share of how far it is from the one that tells the place. A page
/// held at 25 degrees is seen by an eighth smaller at its far end, and a blurred marker points askew.
const REACH: f64 = 0.21;

/// Correlation with the marker's picture from which something is looked at closely. Of print, clutter and codes little has more
/// than 0.45; what is inside then tells, and a projection through all markers found has the last word.
const LEAST_LIKENESS: f32 = 0.5;

/// The same where nothing is told by itself yet: in noise and patterns as coarse as a marker's cells much leads to something alike.
const LEAST_AGREEMENT: f32 = 0.65;

/// How much smaller than thought a marker may be seen, across the page and down it: the far end of a tilted page is smaller, and
/// one side of it is foreshortened. Correlation needs the size within a tenth.
const SIZES: [[f64; 2]; 4] = [[1.0, 1.0], [0.86, 0.86], [0.9, 0.76], [0.76, 0.9]];

/// So many places that are like a marker are looked at closely; a finder pattern of a code is like one, and near it.
const PLACE_LIMIT: usize = 3;

/// So many of what may be a marker are followed up. A page has four, and a few squares in its print and around it may look more like
/// one; each costs a third of what reading a photo does, so that a page full of squares is bounded by this.
const LIKELY_LIMIT: usize = 5;

/// The markers of the page in `photo`: those that are told by themselves, and those that they lead to. Where these are too few to
/// say where the page lies, what may be a marker is taken for one if it leads to two more.
pub(crate) fn all_markers(photo: &GrayImage) -> Vec<Marker> {
    let Markers { sure, likely } = locate::markers(photo);
    let mut known = sure;
    if (1..Corner::ALL.len()).contains(&known.len()) {
        seek(photo, &mut known, LEAST_LIKENESS);
    }
    // One marker alone may be clutter, two that led to each other are none.
    let (start, least) = if known.len() < 2 {
        (Vec::new(), LEAST_AGREEMENT)
    } else {
        (known.clone(), LEAST_LIKENESS)
    };
    // What is too small to be read may be any small square.
    let large = |marker: &Marker| LEAST_PX_PER_MM * marker.corner.rect().w <= marker.side();
    for marker in likely.into_iter().filter(large).take(LIKELY_LIMIT) {
        if known.len() > 2 {
            break;
        }
        let agrees =
            |other: &Marker| other.corner != marker.corner && other.may_share_a_page_with(&marker);
        if !start.iter().all(agrees) {
            continue;
        }
        let mut led_to = start.clone();
        led_to.push(marker);
        seek(photo, &mut led_to, least);
        if led_to.len() > 2.max(start.len() + 1) {
            known = led_to;
        }
    }
    known
}

/// Adds the markers that `known` ones lead to, the nearest first. One that is not found is looked for again when another was.
fn seek(photo: &GrayImage, known: &mut Vec<Marker>, least: f32) {
    let Some(first) = known.first() else { return };
    let px_per_cell = first.side() / CELLS as f64;
    let factor = ((px_per_cell / CELL_PX as f64).round() as u32).clamp(1, 16);
    let shrunk = shrink(photo, factor);
    while let Some(marker) = next(photo, (&shrunk, factor), known, least) {
        known.push(marker);
    }
}

/// The nearest marker that `known` ones lead to.
fn next(
    photo: &GrayImage,
    (shrunk, factor): (&GrayImage, u32),
    known: &[Marker],
    least: f32,
) -> Option<Marker> {
    let map = likely_map(known)?;
    let far = |corner: Corner| {
        let to = |marker: &Marker| {
            let (a, b) = (marker.corner.rect().centre(), corner.rect().centre());
            a.distance(b)
        };
        known.iter().map(to).fold(f64::MAX, f64::min)
    };
    let is_missing = |corner: &Corner| known.iter().all(|marker| marker.corner != *corner);
    let mut missing: Vec<Corner> = Corner::ALL.into_iter().filter(is_missing).collect();
    missing.sort_by(|a, b| far(*a).total_cmp(&far(*b)));
    if known.len() == 1 {
        // The opposite corner is furthest, and searched for over four times as much as the nearest.
        missing.truncate(2);
    }
    // Two tell the page's own size and not how it is tilted; a projection tells both, and what one leads to is mostly clutter, not
    // worth a long search.
    let sizes = if known.len() == 2 { SIZES.len() } else { 1 };
    let mut tries = SIZES[..sizes]
        .iter()
        .flat_map(|size| missing.iter().map(move |corner| (*corner, *size)));
    tries.find_map(|(corner, size)| {
        let field = Field::around(shrunk, factor, corner, &map, REACH * far(corner), size);
        let mut likenesses = field.likenesses();
        (0..PLACE_LIMIT).find_map(|_| {
            let quad = field
                .take_likest(&mut likenesses, least)?
                .map(|p| map.map(p));
            locate::measure(photo, corner, quad)
        })
    })
}

/// The map from the page to the photo as far as the markers found tell it: a projection from three, less from fewer.
fn likely_map(known: &[Marker]) -> Option<Homography> {
    let pairs: Vec<(Point, Point)> = known.iter().flat_map(Marker::pairs).collect();
    match known.len() {
        // A blurred marker is longer along the way that the camera moved, so that its sides say little one by one; nor do those
        // of two say how the page goes on across the line between them.
        1 | 2 => Homography::similarity(&pairs),
        _ => Homography::fit(&pairs),
    }
}

/// Side in pixels of what is searched for: a marker with a ring of white.
const SIDE: usize = (CELLS + 2) * CELL_PX;

/// The photo around a marker's likely place, laid flat.
struct Field {
    corner: Corner,
    /// Millimetres to a pixel, across and down, if the map were right about the size.
    px_mm: [f64; 2],
    /// How far the marker is looked for to each side, in pixels.
    reach: usize,
    pixels: Vec<f32>,
}

impl Field {
    fn around(
        shrunk: &GrayImage,
        factor: u32,
        corner: Corner,
        map: &Homography,
        reach_mm: f64,
        size: [f64; 2],
    ) -> Self {
        let rect = corner.rect();
        let likely_px_mm = rect.w / (CELLS * CELL_PX) as f64;
        let reach = (reach_mm / likely_px_mm).ceil() as usize;
        let px_mm = size.map(|size| size * likely_px_mm);
        let side = SIDE + 2 * reach;
        let middle = rect.centre();
        let from_middle = |px: usize| px as f64 + 0.5 - side as f64 / 2.0;
        let pixels = (0..side * side)
            .map(|i| {
                let p = map.map(Point::new(
                    middle.x + from_middle(i % side) * px_mm[0],
                    middle.y + from_middle(i / side) * px_mm[1],
                ));
                let scale = f64::from(factor);
                sample(shrunk, Point::new(p.x / scale, p.y / scale)).unwrap_or(f32::NAN)
            })
            .collect();
        Self {
            corner,
            px_mm,
            reach,
            pixels,
        }
    }

    /// How like the marker is what lies at each place, row by row: -1 to 1.
    fn likenesses(&self) -> Vec<f32> {
        let picture: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| {
                let cell = |px: usize| (px / CELL_PX).checked_sub(1).filter(|cell| *cell < CELLS);
                match (cell(i % SIDE), cell(i / SIDE)) {
                    (Some(column), Some(row)) if self.corner.is_black(column, row) => -1.0,
                    _ => 1.0,
                }
            })
            .collect();
        let n = picture.len() as f32;
        let mean = picture.iter().sum::<f32>() / n;
        let picture: Vec<f32> = picture.into_iter().map(|v| v - mean).collect();
        let norm = picture.iter().map(|v| v * v).sum::<f32>();
        let side = SIDE + 2 * self.reach;
        let places = 2 * self.reach + 1;
        let likeness = |i: usize| {
            let (mut sum, mut squares, mut products) = (0.0, 0.0, 0.0);
            for (row, wanted) in picture.chunks_exact(SIDE).enumerate() {
                let from = (i / places + row) * side + i % places;
                let seen = &self.pixels[from..from + SIDE];
                for (seen, wanted) in seen.iter().zip(wanted) {
                    sum += seen;
                    squares += seen * seen;
                    products += seen * wanted;
                }
            }
            let spread = squares - sum * sum / n;
            // Steps of one grey level have no shape.
            if spread >= n {
                products / (spread * norm).sqrt()
            } else {
                0.0
            }
        };
        (0..places * places).map(likeness).collect()
    }

    /// The outline on the page of the likest place, if it is more than `least` like a marker; it is taken out of `likenesses` with
    /// all around it.
    fn take_likest(&self, likenesses: &mut [f32], least: f32) -> Option<[Point; 4]> {
        let places = 2 * self.reach + 1;
        let mut best = (least, None);
        for (i, likeness) in likenesses.iter().enumerate() {
            if *likeness > best.0 {
                best = (*likeness, Some((i % places, i / places)));
            }
        }
        let (x, y) = best.1?;
        let around = |at: usize| at.saturating_sub(SIDE / 2)..(at + SIDE / 2).min(places);
        for row in around(y) {
            likenesses[row * places..][around(x)].fill(0.0);
        }
        let rect = self.corner.rect();
        let shift = |px: usize| px as f64 - self.reach as f64;
        let middle = rect.centre();
        let middle = Point::new(
            middle.x + shift(x) * self.px_mm[0],
            middle.y + shift(y) * self.px_mm[1],
        );
        let [w, h] = self.px_mm.map(|px_mm| px_mm * (CELLS * CELL_PX) as f64);
        Some(RectMm::new(middle.x - w / 2.0, middle.y - h / 2.0, w, h).corners())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::PAGE;

    const PX_PER_MM: f64 = 4.0;

    fn fill(page: &mut GrayImage, rect: RectMm, grey: u8) {
        let px = |mm: f64| (mm * PX_PER_MM).round() as u32;
        for y in px(rect.y)..px(rect.y + rect.h) {
            for x in px(rect.x)..px(rect.x + rect.w) {
                page.put_pixel(x, y, image::Luma([grey]));
            }
        }
    }

    fn page_with_markers() -> GrayImage {
        let mut page = GrayImage::from_pixel(840, 1188, image::Luma([230]));
        for corner in Corner::ALL {
            corner.cells().for_each(|cell| fill(&mut page, cell, 30));
        }
        page
    }

    #[track_caller]
    fn assert_all_are_found(page: &GrayImage) {
        let markers = all_markers(page);
        assert_eq!(markers.len(), 4);
        for (at, px) in markers.iter().flat_map(Marker::pairs) {
            let miss = px.distance(Point::new(at.x * PX_PER_MM, at.y * PX_PER_MM));
            assert!(miss < 1.5, "{at:?} is {miss} pixels off");
        }
    }

    #[test]
    fn markers_none_of_which_is_told_by_itself_are_found_by_their_agreement() {
        let mut page = page_with_markers();
        for corner in Corner::ALL {
            let rect = corner.rect();
            let inside = rect.inset(rect.w / CELLS as f64 * 0.9);
            let inner = corner.cells().filter(|cell| inside.contains(cell.centre()));
            inner.take(2).for_each(|cell| fill(&mut page, cell, 230));
        }
        assert!(locate::markers(&page).sure.is_empty());
        assert_all_are_found(&page);
    }

    #[test]
    fn what_is_inside_tells_one_marker_from_another() {
        let page = page_with_markers();
        let quad = Corner::TopLeft.rect().corners();
        let quad = quad.map(|p| Point::new(p.x * PX_PER_MM, p.y * PX_PER_MM));
        assert!(locate::measure(&page, Corner::TopLeft, quad).is_some());
        assert!(locate::measure(&page, Corner::BottomRight, quad).is_none());
    }

    #[test]
    fn a_marker_whose_border_is_broken_is_found_where_the_others_say() {
        let mut page = page_with_markers();
        // A crease across the two markers on the left.
        for corner in [Corner::TopLeft, Corner::BottomLeft] {
            let rect = corner.rect();
            fill(
                &mut page,
                RectMm::new(rect.x, rect.y + 4.5, rect.w, 1.0),
                230,
            );
        }
        let alone: Vec<Corner> = locate::markers(&page)
            .sure
            .iter()
            .map(|m| m.corner)
            .collect();
        assert_eq!(alone, [Corner::TopRight, Corner::BottomRight]);
        assert_all_are_found(&page);
    }

    #[test]
    fn three_blurred_markers_of_a_tilted_page_are_found_from_the_fourth() {
        // The far edge of the page is seen by a fifth smaller.
        let seen = [
            (200.0, 100.0),
            (760.0, 100.0),
            (830.0, 1060.0),
            (130.0, 1060.0),
        ];
        let seen = seen.map(|(x, y)| Point::new(x, y));
        let pairs: Vec<_> = seen.into_iter().zip(PAGE.corners()).collect();
        let to_page = Homography::fit(&pairs).expect("four corners");
        let black: Vec<RectMm> = Corner::ALL
            .iter()
            .flat_map(|corner| corner.cells())
            .collect();
        let mut page = GrayImage::from_fn(960, 1160, |x, y| {
            let p = to_page.map(Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5));
            // A crease across each marker but one.
            let creased = Corner::ALL[..3].iter().any(|corner| {
                let rect = corner.rect();
                RectMm::new(rect.x, rect.y + 4.5, rect.w, 1.0).contains(p)
            });
            let is_black = !creased && black.iter().any(|cell| cell.contains(p));
            image::Luma([if is_black { 30 } else { 230 }])
        });
        page = image::imageops::blur(&page, 2.5);
        assert!(locate::markers(&page).sure.len() < 3);
        let to_photo = Homography::fit(&PAGE.corners().into_iter().zip(seen).collect::<Vec<_>>())
            .expect("four corners");
        let markers = all_markers(&page);
        assert_eq!(markers.len(), 4);
        for (at, px) in markers.iter().flat_map(Marker::pairs) {
            let miss = px.distance(to_photo.map(at));
            assert!(miss < 4.0, "{at:?} is {miss} pixels off");
        }
    }
}
