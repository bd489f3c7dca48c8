//! Finding markers that blur hides from [`locate`](crate::locate), where those that were found say they must be.
//!
//! One marker tells the page's direction and scale about well enough to know where the next is. The photo around that place is
//! laid flat, and the marker's picture is looked for by correlation, which needs neither a closed outline nor cells that can be
//! told one by one. With every marker found the places of the others are known better.

use image::GrayImage;

use crate::geometry::{Homography, Point, RectMm};
use crate::locate::{self, Marker};
use crate::marker::{CELLS, Corner};
use crate::pixels::{sample, shrink};

/// Pixels to a marker's cell in what is searched: blur over half a cell leaves that much to tell.
const CELL_PX: usize = 3;

/// How far from its likely place a marker is looked for, as a share of how far it is from the one that tells the place. A page
/// held at 25 degrees is seen by an eighth smaller at its far end, and a blurred marker points askew.
const REACH: f64 = 0.21;

/// Correlation with the marker's picture from which something is taken to be it. Of print, clutter and codes nearly
/// nothing has more than 0.45; a projection through all markers found then has the last word.
const LEAST_LIKENESS: f32 = 0.5;

/// The markers of the page in `photo`: those that are told by themselves, and those that they lead to.
pub(crate) fn all_markers(photo: &GrayImage) -> Vec<Marker> {
    let mut known = locate::markers(photo);
    if known.len() < Corner::ALL.len() {
        seek(photo, &mut known);
    }
    known
}

/// Adds the markers that `known` ones lead to, the nearest first. One that is not found is looked for again when another was.
fn seek(photo: &GrayImage, known: &mut Vec<Marker>) {
    let Some(first) = known.first() else { return };
    let px_per_cell = first.side() / CELLS as f64;
    let factor = ((px_per_cell / CELL_PX as f64).round() as u32).clamp(1, 16);
    let shrunk = shrink(photo, factor);
    while let Some(marker) = next(photo, (&shrunk, factor), known) {
        known.push(marker);
    }
}

/// The nearest marker that `known` ones lead to.
fn next(
    photo: &GrayImage,
    (shrunk, factor): (&GrayImage, u32),
    known: &[Marker],
) -> Option<Marker> {
    let map = likely_map(known)?;
    let far = |corner: &Corner| {
        let to = |marker: &Marker| {
            let (a, b) = (marker.corner.rect().centre(), corner.rect().centre());
            a.distance(b)
        };
        known.iter().map(to).fold(f64::MAX, f64::min)
    };
    let is_missing = |corner: &Corner| known.iter().all(|marker| marker.corner != *corner);
    let mut missing: Vec<Corner> = Corner::ALL.into_iter().filter(is_missing).collect();
    missing.sort_by(|a, b| far(a).total_cmp(&far(b)));
    missing.into_iter().find_map(|corner| {
        let quad = look_for(shrunk, factor, corner, &map, REACH * far(&corner))?;
        locate::measure(photo, corner, quad)
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

/// The outline of `corner`'s marker in the photo, near where `map` has it.
fn look_for(
    shrunk: &GrayImage,
    factor: u32,
    corner: Corner,
    map: &Homography,
    reach_mm: f64,
) -> Option<[Point; 4]> {
    let rect = corner.rect();
    let cell_mm = rect.w / CELLS as f64;
    let px_mm = cell_mm / CELL_PX as f64;
    // The marker with a ring of white, and the field it may lie in.
    let side = (CELLS + 2) * CELL_PX;
    let reach = (reach_mm / px_mm).ceil() as usize;
    let around = rect.inset(-cell_mm - reach as f64 * px_mm);
    let field_side = side + 2 * reach;
    let field: Vec<f32> = (0..field_side * field_side)
        .map(|i| {
            let mm = |px: usize| (px as f64 + 0.5) * px_mm;
            let p = map.map(Point::new(
                around.x + mm(i % field_side),
                around.y + mm(i / field_side),
            ));
            let scale = f64::from(factor);
            sample(shrunk, Point::new(p.x / scale, p.y / scale)).unwrap_or(f32::NAN)
        })
        .collect();
    let picture: Vec<f32> = (0..side * side)
        .map(|i| {
            let cell = |px: usize| (px / CELL_PX).checked_sub(1).filter(|cell| *cell < CELLS);
            match (cell(i % side), cell(i / side)) {
                (Some(column), Some(row)) if corner.is_black(column, row) => -1.0,
                _ => 1.0,
            }
        })
        .collect();
    let mean = picture.iter().sum::<f32>() / picture.len() as f32;
    let norm = picture.iter().map(|v| (v - mean).powi(2)).sum::<f32>();
    let likeness = |x: usize, y: usize| {
        let (mut sum, mut squares, mut products) = (0.0, 0.0, 0.0);
        for row in 0..side {
            let from = (y + row) * field_side + x;
            let seen = &field[from..from + side];
            for (seen, wanted) in seen.iter().zip(&picture[row * side..]) {
                sum += seen;
                squares += seen * seen;
                products += seen * (wanted - mean);
            }
        }
        let spread = squares - sum * sum / picture.len() as f32;
        // Four grey levels of noise make no marker.
        if spread < 16.0 * picture.len() as f32 {
            return 0.0;
        }
        products / (spread * norm).sqrt()
    };
    let mut best = (LEAST_LIKENESS, None);
    for y in 0..=2 * reach {
        for x in 0..=2 * reach {
            let likeness = likeness(x, y);
            if likeness > best.0 {
                best = (likeness, Some((x, y)));
            }
        }
    }
    let (x, y) = best.1?;
    let shift = |px: usize| (px as f64 - reach as f64) * px_mm;
    let found: RectMm = rect.shifted(shift(x), shift(y));
    Some(found.corners().map(|p| map.map(p)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::PAGE;

    const PX_PER_MM: f64 = 4.0;

    #[test]
    fn a_marker_whose_border_is_broken_is_found_where_the_others_say() {
        let mut page = GrayImage::from_pixel(840, 1188, image::Luma([230]));
        let mut fill = |rect: RectMm, grey: u8| {
            let px = |mm: f64| (mm * PX_PER_MM).round() as u32;
            for y in px(rect.y)..px(rect.y + rect.h) {
                for x in px(rect.x)..px(rect.x + rect.w) {
                    page.put_pixel(x, y, image::Luma([grey]));
                }
            }
        };
        for corner in Corner::ALL {
            corner.cells().for_each(|cell| fill(cell, 30));
        }
        // A crease across the two markers on the left.
        for corner in [Corner::TopLeft, Corner::BottomLeft] {
            let rect = corner.rect();
            fill(RectMm::new(rect.x, rect.y + 4.5, rect.w, 1.0), 230);
        }
        let alone: Vec<Corner> = locate::markers(&page).iter().map(|m| m.corner).collect();
        assert_eq!(alone, [Corner::TopRight, Corner::BottomRight]);
        let markers = all_markers(&page);
        assert_eq!(markers.len(), 4);
        for (at, px) in markers.iter().flat_map(Marker::pairs) {
            let miss = px.distance(Point::new(at.x * PX_PER_MM, at.y * PX_PER_MM));
            assert!(miss < 1.5, "{at:?} is {miss} pixels off");
        }
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
        assert!(locate::markers(&page).len() < 3);
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
