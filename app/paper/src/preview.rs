//! What a frame of the camera's preview shows, cheaply: whether anything moves, where the page lies, whether a hand is on
//! it, how sharp and bright it is.
//!
//! A frame is a photo of about a megapixel. Nothing is read from it; it only says whether a photo is worth taking.

use image::GrayImage;

use crate::form::PAGE;
use crate::geometry::{Homography, Point};
use crate::locate;
use crate::marker::Corner;
use crate::median::median;
use crate::pixels::{sample, shrink};
use crate::quality::dips;

/// Longer side of the small picture that movement is looked for in.
const SMALL_SIDE: u32 = 160;

/// A spot of the small picture has changed when it differs by this many grey levels: noise of a square of a preview's
/// pixels stays below 3, flicker of lamps below 6.
const CHANGED_LEVELS: i32 = 10;

/// A page further out than this many millimetres is not whole.
const RIM_MM: f64 = 1.0;

/// What one frame shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Share of the frame that differs from the frame before, 0 to 1; 1 for the first frame.
    pub changed: f32,
    /// The page, as far as it was looked for.
    pub page: PageSeen,
}

/// The page in a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum PageSeen {
    /// No corner of a page of ours.
    None,
    /// Some of its corners are not seen: hidden, or outside.
    Part {
        /// Which are not.
        missing: Vec<Corner>,
    },
    /// All of it.
    Whole {
        /// Share of the frame's length that the page's longer side takes, 0 to 1.
        fill: f64,
        /// How wide an edge is, in millimetres of the page.
        edge_mm: f64,
        /// Brightness of the paper, 0 to 255.
        paper_level: f32,
        /// Whether something reaches over its rim.
        hand: bool,
        /// Whether a part of its rim lies outside of the frame.
        cut: bool,
    },
}

/// Looks at frame after frame.
#[derive(Debug, Default)]
pub struct Preview {
    before: Option<GrayImage>,
}

impl Preview {
    /// What `frame` shows, beside the frame before it.
    pub fn look(&mut self, frame: &GrayImage) -> Seen {
        let factor = frame.width().max(frame.height()).div_ceil(SMALL_SIDE);
        let small = shrink(frame, factor.max(1));
        let changed = self
            .before
            .as_ref()
            .map_or(1.0, |before| changed(before, &small));
        self.before = Some(small);
        Seen {
            changed,
            page: page(frame),
        }
    }
}

/// The share of pixels that differ; all of them when the size does.
fn changed(before: &GrayImage, now: &GrayImage) -> f32 {
    if before.dimensions() != now.dimensions() || now.as_raw().is_empty() {
        return 1.0;
    }
    let pairs = before.as_raw().iter().zip(now.as_raw());
    let differ = pairs.filter(|(a, b)| (i32::from(**a) - i32::from(**b)).abs() > CHANGED_LEVELS);
    differ.count() as f32 / now.as_raw().len() as f32
}

fn page(frame: &GrayImage) -> PageSeen {
    let markers = locate::preview_markers(frame);
    if markers.is_empty() {
        return PageSeen::None;
    }
    let missing: Vec<Corner> = Corner::ALL
        .into_iter()
        .filter(|corner| markers.iter().all(|marker| marker.corner != *corner))
        .collect();
    let pairs: Vec<(Point, Point)> = markers.iter().flat_map(locate::Marker::pairs).collect();
    let map = match Homography::fit(&pairs) {
        Some(map) if missing.is_empty() => map,
        Some(_) | None => return PageSeen::Part { missing },
    };
    let corners = PAGE.inset(RIM_MM).corners().map(|p| map.map(p));
    let inside = |p: &Point| p.is_in(frame.dimensions(), 0.0);
    let long = corners[0]
        .distance(corners[3])
        .max(corners[1].distance(corners[2]));
    let px_per_mm = (long / PAGE.h).max(0.1);
    let edges = markers.iter().flat_map(|marker| marker.edge_px).collect();
    // The paper beside each marker: white on every form.
    let levels = Corner::ALL
        .iter()
        .filter_map(|corner| {
            let rect = corner.rect().inset(-2.5);
            sample(frame, map.map(Point::new(rect.x, rect.y)))
        })
        .collect();
    PageSeen::Whole {
        fill: long / f64::from(frame.width().max(frame.height())),
        edge_mm: median(edges, f64::total_cmp).unwrap_or(0.0) / px_per_mm,
        paper_level: median(levels, f32::total_cmp).unwrap_or(0.0),
        hand: !dips(frame, |p| map.map(p)).is_empty(),
        cut: !corners.iter().all(inside),
    }
}
