//! What is wrong with a photo that gave no answers, as far as it can be told.

use image::GrayImage;

use super::codes::{contrast_of, hidden_codes};
use super::places::{around_corner, dip_rect, outside_px};
use super::rim::dips;
use super::{BLUR_CHECK_MM, CUT_MM, Defect, Finding, Severity};
use crate::form::PAGE;
use crate::geometry::{Homography, Point, RectMm};
use crate::locate::Marker;
use crate::marker::Corner;
use crate::reading::{LEAST_PAPER_LEVEL, PageProblem};
use crate::seek;

/// All that is wrong with `photo`, which could not be read because of `problem`.
pub(super) fn findings(photo: &GrayImage, problem: &PageProblem) -> Vec<Finding> {
    let cannot = |defect| Finding {
        defect,
        severity: Severity::CannotRead,
        places: Vec::new(),
        fields: Vec::new(),
    };
    match *problem {
        PageProblem::TooDark { paper_level } => vec![cannot(Defect::Dark { paper_level })],
        PageProblem::TooSmall { px_per_mm } => vec![cannot(Defect::Far { px_per_mm })],
        PageProblem::TooBlurred { edge_mm } => {
            let ratio = edge_ratio(photo);
            vec![cannot(if ratio >= EDGE_RATIO_MOVED {
                Defect::Moved { smear: ratio }
            } else {
                Defect::Blurred { edge_mm }
            })]
        }
        PageProblem::PrintCovered { .. } => {
            let mut out = on_found_page(photo, &cannot);
            if out.is_empty() {
                out.push(cannot(Defect::Curled { bend_mm: None }));
            }
            out
        }
        PageProblem::CodeUnreadable { edge_mm } => {
            let mut out = on_found_page(photo, &cannot);
            if out.is_empty() && edge_mm > BLUR_CHECK_MM {
                out.push(cannot(Defect::Blurred { edge_mm }));
            }
            out
        }
        PageProblem::CornerMissing { .. } | PageProblem::NoPage { .. } => {
            let brightest = bright_level(photo);
            if brightest < LEAST_PAPER_LEVEL {
                return vec![cannot(Defect::Dark {
                    paper_level: brightest,
                })];
            }
            on_found_page(photo, &cannot)
        }
        // The photo is good enough to say that the paper is another.
        PageProblem::NotOurForm
        | PageProblem::UnknownForm { .. }
        | PageProblem::OtherEdition { .. } => Vec::new(),
    }
}

/// Edges of markers that are this much softer in one direction come from movement along a side of the page.
const EDGE_RATIO_MOVED: f64 = 1.8;

/// How much softer the edges of all markers are across the page than down it, or the other way round.
fn edge_ratio(photo: &GrayImage) -> f64 {
    let markers = seek::all_markers(photo);
    let sum = |axis: usize| markers.iter().map(|m| m.edge_px[axis]).sum::<f64>();
    let (a, b) = (sum(0), sum(1));
    a.max(b) / a.min(b).max(0.1)
}

/// The brightness that one pixel in twenty reaches.
fn bright_level(photo: &GrayImage) -> f32 {
    let mut counts = [0_u32; 256];
    let mut all = 0;
    for &value in photo.as_raw().iter().step_by(37) {
        counts[usize::from(value)] += 1;
        all += 1;
    }
    let mut left = all / 20;
    for (value, &count) in counts.iter().enumerate().rev() {
        if left < count {
            return value as f32;
        }
        left -= count;
    }
    0.0
}

/// Corners that are not seen, codes that are covered and hands on the rim, where the markers alone say where the page is.
fn on_found_page(photo: &GrayImage, finding: &impl Fn(Defect) -> Finding) -> Vec<Finding> {
    let markers = seek::all_markers(photo);
    let Some(map) = rough_map(&markers) else {
        return Vec::new();
    };
    let to_photo = |p: Point| map.map(p);
    let outline = |rect: RectMm| rect.corners().map(to_photo).to_vec();
    let size = photo.dimensions();
    let page = PAGE.corners();
    let across = to_photo(page[0]).distance(to_photo(page[2]));
    let px_per_mm = (across / page[0].distance(page[2])).max(0.1);
    let mut out = Vec::new();
    for (corner, p) in Corner::ALL.into_iter().zip(page) {
        if markers.iter().any(|marker| marker.corner == corner) {
            continue;
        }
        let outside_mm = outside_px(size, to_photo(p)) / px_per_mm;
        let defect = if outside_mm > CUT_MM {
            Defect::CutOff { corner, outside_mm }
        } else {
            Defect::CornerHidden { corner }
        };
        out.push(Finding {
            places: vec![outline(around_corner(p))],
            ..finding(defect)
        });
    }
    // From one or two markers the far side of the page is only roughly known.
    if markers.len() < 3 {
        return out;
    }
    let found: Vec<RectMm> = markers.iter().map(|marker| marker.corner.rect()).collect();
    let known = contrast_of(photo, &found, to_photo).map_or(0.0, |seen| seen.contrast);
    let codes = hidden_codes(photo, known, to_photo).into_iter();
    out.extend(codes.map(|(spot, defect)| Finding {
        places: vec![outline(spot.rect())],
        ..finding(defect)
    }));
    out.extend(dips(photo, to_photo).iter().map(|dip| Finding {
        places: vec![outline(dip_rect(dip))],
        ..finding(Defect::Covered { share: dip.share })
    }));
    out
}

/// Where the page lies by its markers: a projection from three, and from fewer one that keeps right angles and only
/// says on which side the page leaves the photo.
fn rough_map(markers: &[Marker]) -> Option<Homography> {
    let pairs: Vec<(Point, Point)> = markers.iter().flat_map(Marker::pairs).collect();
    if markers.len() >= 3 {
        return Homography::fit(&pairs);
    }
    Homography::similarity(&pairs)
}
