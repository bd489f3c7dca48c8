//! Following the print of a known page from where the page is known to where it is not.
//!
//! A page that leaves the photo, or whose far markers are hidden, shows one or two markers. From there on the patches of print
//! next to known places are looked for, each where its neighbours say it must be; found ones lead to the next. What lies
//! between follows every bend of the paper.

use image::GrayImage;

use crate::blur::blur_px;
use crate::form::{PAGE_H_MM, PAGE_W_MM};
use crate::geometry::{Homography, Point};
use crate::median::median;
use crate::pixels::{sample, shrink};
use crate::register::{self, Patch};
use crate::template::{READ_PX_PER_MM, Template};

/// Pixels to the millimetre of what is compared: a quarter of the reading resolution.
const PX_PER_MM: f64 = READ_PX_PER_MM / 4.0;

/// Side of a patch in pixels: 14 mm.
const SIDE: u32 = 28;

/// How far a patch is looked for around its likely place, in pixels: 4 mm.
const REACH: u32 = 8;

/// Correlation from which a patch is found.
const LEAST_FIT: f32 = 0.6;

/// Known places further away than about this have no say in where a patch lies.
const NEAR_MM: f64 = 30.0;

/// A patch is looked for when it has a known place this near or, where none has, as near as the print beyond a code.
const NEXT_MM: [f64; 2] = [28.0, 45.0];

/// Over this share of the page's width and height print has to be followed for the rest to be told.
const LEAST_SPAN: f64 = 0.4;

/// A place of the page and where the photo shows it.
pub(crate) type Pair = (Point, Point);

/// Where the page of `template` lies in the photo, of which `known` places are known.
pub(crate) fn grow(
    photo: &GrayImage,
    px_per_mm: f64,
    edge_mm: f64,
    template: &Template,
    known: Vec<Pair>,
) -> Option<Homography> {
    let pairs = follow(photo, px_per_mm, edge_mm, template, known);
    let range = |of: fn(&Point) -> f64| {
        let values = || pairs.iter().map(|(page, _)| of(page));
        values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)
    };
    if range(|p| p.x) < LEAST_SPAN * PAGE_W_MM || range(|p| p.y) < LEAST_SPAN * PAGE_H_MM {
        return None;
    }
    let map = Homography::fit(&pairs)?;
    let miss = |(page, seen): &Pair| map.map(*page).distance(*seen);
    let limit = 3.0 * median(pairs.iter().map(miss).collect(), f64::total_cmp)?;
    let near: Vec<Pair> = pairs
        .iter()
        .copied()
        .filter(|pair| miss(pair) <= limit)
        .collect();
    Homography::fit(&near)
}

/// `known` and all that can be found from them on.
fn follow(
    photo: &GrayImage,
    px_per_mm: f64,
    edge_mm: f64,
    template: &Template,
    known: Vec<Pair>,
) -> Vec<Pair> {
    // The print is looked for as blurred as the photo has it.
    let sigma = blur_px(edge_mm) * PX_PER_MM / READ_PX_PER_MM;
    let blank = image::imageops::blur(&template.quarter, sigma as f32);
    let factor = ((px_per_mm / PX_PER_MM) as u32).clamp(1, 16);
    let shrunk = shrink(photo, factor);
    let mut open = register::patches(
        &template.quarter,
        &template.varying,
        PX_PER_MM,
        SIDE,
        (15, 21),
    );
    let mut pairs = known;
    let mut limits = NEXT_MM.into_iter();
    let mut limit_mm = limits.next();
    while let Some(near_mm) = limit_mm {
        let (next, rest): (Vec<Patch>, Vec<Patch>) = open.into_iter().partition(|patch| {
            let at = patch.middle(PX_PER_MM);
            pairs.iter().any(|(page, _)| page.distance(at) < near_mm)
        });
        let found: Vec<Pair> = next
            .into_iter()
            .filter_map(|patch| look_for(&shrunk, factor, &blank, patch, &pairs))
            .collect();
        if found.is_empty() {
            limit_mm = limits.next();
        }
        pairs.extend(found);
        open = rest;
    }
    pairs
}

/// Where the photo shows the middle of `patch`, if it does.
fn look_for(
    shrunk: &GrayImage,
    factor: u32,
    blank: &GrayImage,
    patch: Patch,
    known: &[Pair],
) -> Option<Pair> {
    let at = patch.middle(PX_PER_MM);
    let map = map_near(at, known)?;
    // A small picture of the photo around, laid flat, with the patch's own place in its middle.
    let side = patch.side + 2 * REACH;
    let field = GrayImage::from_fn(side, side, |x, y| {
        let mm = |px: u32, from: u32| {
            (f64::from(px) + 0.5 + f64::from(from) - f64::from(REACH)) / PX_PER_MM
        };
        let p = map.map(Point::new(mm(x, patch.x), mm(y, patch.y)));
        let scale = f64::from(factor);
        let value = sample(shrunk, Point::new(p.x / scale, p.y / scale));
        image::Luma([value.map_or(255, |v| v as u8)])
    });
    let wanted = image::imageops::crop_imm(blank, patch.x, patch.y, patch.side, patch.side);
    let mut blank = GrayImage::from_pixel(side, side, image::Luma([255]));
    image::imageops::replace(&mut blank, &wanted.to_image(), REACH.into(), REACH.into());
    let centred = Patch {
        x: REACH,
        y: REACH,
        side: patch.side,
    };
    let found = register::find(&field, &blank, centred, REACH)?;
    (found.fit >= LEAST_FIT && !found.at_rim).then(|| {
        let seen = Point::new(at.x + found.dx / PX_PER_MM, at.y + found.dy / PX_PER_MM);
        (at, map.map(seen))
    })
}

/// The affine map that known places near `at` agree on.
fn map_near(at: Point, known: &[Pair]) -> Option<Homography> {
    let nearest = known
        .iter()
        .map(|(page, _)| page.distance(at))
        .fold(f64::MAX, f64::min);
    let weight = |page: Point| (-((page.distance(at) - nearest) / NEAR_MM).powi(2)).exp();
    Homography::affine(
        known
            .iter()
            .map(|(page, photo)| (weight(*page), *page, *photo)),
    )
}
