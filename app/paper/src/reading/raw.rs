//! Finding where in a photo the page lies.

use image::GrayImage;

use super::located::{LocatedPage, Loose};
use super::{LEAST_PX_PER_MM, PageProblem};
use crate::code;
use crate::decode;
use crate::form::{PAGE, PAGE_H_MM, PAGE_W_MM};
use crate::geometry::{Homography, Point};
use crate::grow::Pair;
use crate::marker::Corner;
use crate::median::median;
use crate::payload::{Payload, PayloadError};
use crate::photo::{Colour, Photo};
use crate::seek;

/// The markers may miss a common projection by this many millimetres; curled paper misses by two or three.
const PROJECTION_LIMIT_MM: f64 = 8.0;

/// A photo as taken, turned any way, in colour or not.
#[derive(Clone, Copy)]
pub struct RawPage<'a> {
    luma: &'a GrayImage,
    colour: Option<&'a Colour>,
}

impl<'a> From<&'a GrayImage> for RawPage<'a> {
    fn from(luma: &'a GrayImage) -> Self {
        Self { luma, colour: None }
    }
}

impl<'a> From<&'a Photo> for RawPage<'a> {
    fn from(photo: &'a Photo) -> Self {
        Self {
            luma: photo.luma(),
            colour: photo.colour(),
        }
    }
}

impl<'a> RawPage<'a> {
    /// Finds the page by its corner markers; where fewer than three are seen, its codes help.
    ///
    /// # Errors
    ///
    /// [`PageProblem::NoPage`], [`NotOurForm`](PageProblem::NotOurForm),
    /// [`CornerMissing`](PageProblem::CornerMissing) or [`TooSmall`](PageProblem::TooSmall).
    pub fn locate(self) -> Result<LocatedPage<'a>, PageProblem> {
        let photo = self.luma;
        let markers = seek::all_markers(photo);
        let mut anchors: Vec<Vec<(Point, Point)>> = markers
            .iter()
            .map(|marker| marker.pairs().collect())
            .collect();
        let (mut payload, mut foreign) = (None, false);
        if markers.len() < 3 {
            for found in decode::find(photo) {
                match Payload::parse(&found.text) {
                    Ok(said) => {
                        anchors.extend(code_anchor(&said, &found));
                        payload = Some(said);
                    }
                    Err(PayloadError::Foreign) => foreign = true,
                    Err(PayloadError::Check { .. } | PayloadError::Shape { .. }) => {}
                }
            }
            if payload.is_none() && markers.is_empty() {
                return Err(if foreign {
                    PageProblem::NotOurForm
                } else {
                    PageProblem::NoPage { markers: 0 }
                });
            }
        }
        let missing = || PageProblem::CornerMissing {
            missing: Corner::ALL
                .into_iter()
                .filter(|corner| markers.iter().all(|marker| marker.corner != *corner))
                .collect(),
        };
        // Without a single marker nothing tells how blurred the photo is, and scores would be guesses.
        if markers.is_empty() {
            return Err(missing());
        }
        let mut loose = None;
        let placed = place(&anchors).or_else(|| {
            let known: Vec<Pair> = anchors.iter().flatten().copied().collect();
            let map = Homography::affine(known.iter().map(|(page, photo)| (1.0, *page, *photo)))?;
            let missing = match markers.len() {
                markers @ 1 if payload.is_none() => PageProblem::NoPage {
                    markers: markers as u8,
                },
                _ => missing(),
            };
            loose = Some(Loose { known, missing });
            Some((map, scale(&map)?))
        });
        let (map, px_per_mm) = placed.ok_or_else(missing)?;
        if px_per_mm < LEAST_PX_PER_MM {
            if foreign {
                return Err(PageProblem::NotOurForm);
            }
            return Err(match loose.map(|loose| loose.missing) {
                // Some small square in another paper's print looks like a marker.
                Some(missing @ PageProblem::NoPage { .. }) => missing,
                Some(_) | None => PageProblem::TooSmall { px_per_mm },
            });
        }
        let edge_mm = [0, 1].map(|axis| {
            let widths = markers.iter().map(|marker| marker.edge_px[axis]).collect();
            median(widths, f64::total_cmp).unwrap_or(0.0) / px_per_mm
        });
        Ok(LocatedPage {
            photo,
            colour: self.colour,
            map,
            px_per_mm,
            edge_mm,
            payload,
            loose,
        })
    }
}

/// The corners of a code found in the photo: millimetres on the page, pixels in the photo.
fn code_anchor(payload: &Payload, found: &decode::Found) -> Option<Vec<(Point, Point)>> {
    let square = code::square(&found.text, payload.spot)?;
    let corners = found.corners.iter().copied();
    (found.corners.len() == 4).then(|| square.corners().into_iter().zip(corners).collect())
}

/// The projection that fits all anchors, or the one that fits best when one anchor is left out: clutter sometimes looks
/// like a marker. Also photo pixels to a millimetre.
fn place(anchors: &[Vec<(Point, Point)>]) -> Option<(Homography, f64)> {
    let fit = |left_out: Option<usize>| {
        let pairs: Vec<(Point, Point)> = anchors
            .iter()
            .enumerate()
            .filter(|(i, _)| Some(*i) != left_out)
            .flat_map(|(_, pairs)| pairs.iter().copied())
            .collect();
        if !spans_page(&pairs) {
            return None;
        }
        let map = Homography::fit(&pairs)?;
        let px_per_mm = scale(&map)?;
        let miss = map.worst_error(&pairs) / px_per_mm;
        (miss <= PROJECTION_LIMIT_MM).then_some((map, px_per_mm, miss))
    };
    let best = fit(None).or_else(|| {
        (0..anchors.len())
            .filter_map(|i| fit(Some(i)))
            .min_by(|a, b| a.2.total_cmp(&b.2))
    });
    best.map(|(map, px_per_mm, _)| (map, px_per_mm))
}

/// Whether known points lie far enough apart to carry a projection over the whole page.
fn spans_page(pairs: &[(Point, Point)]) -> bool {
    let range = |of: fn(&Point) -> f64| {
        let values = || pairs.iter().map(|(page, _)| of(page));
        values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)
    };
    pairs.len() >= 6 && range(|p| p.x) > 0.6 * PAGE_W_MM && range(|p| p.y) > 0.6 * PAGE_H_MM
}

/// Photo pixels to a millimetre on the page's shorter diagonal; `None` when the page is not a proper four-sided figure.
fn scale(map: &Homography) -> Option<f64> {
    let page = PAGE.corners();
    let seen = page.map(|p| map.map(p));
    let turns = (0..4).all(|i| {
        let (a, b, c) = (seen[i], seen[(i + 1) % 4], seen[(i + 2) % 4]);
        (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > 0.0
    });
    let diagonal = page[0].distance(page[2]);
    let seen = seen[0].distance(seen[2]).min(seen[1].distance(seen[3]));
    (turns && seen.is_finite()).then_some(seen / diagonal)
}
