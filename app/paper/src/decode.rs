//! Reading QR codes: anywhere in a photo, or from a small upright picture of where one is printed.
//!
//! On such a picture rxing's own search is tried first, then its error correction on modules that we sample ourselves where they
//! are known to be printed: no finder pattern has to be recognised, and blur is undone as far as it goes. Both run behind
//! [`catch_unwind`], because decoders for outside pictures may panic, and on pictures of bounded size.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use rxing::qrcode::decoder::qrcode_decoder;
use rxing::{BarcodeFormat, DecodeHints};

use crate::code::ModuleGrid;
use crate::equaliser::{Levels, Modules};
use crate::finders;
use crate::geometry::{Point, RectMm};
use crate::payload::Spot;
use crate::pixels::{sample, shrink};

/// White that is kept around the printed square: the quiet zone of four modules.
const QUIET_MM: f64 = 4.1;

/// Pixels to the millimetre in the cut-out: seven to a module.
const CUT_PX_PER_MM: f64 = 8.0;

/// The printed square may be off by this much when the page is curled.
const DRIFT_MM: f64 = 2.5;

/// How often the modules that are sure are taken as known to tell the others.
const ROUNDS: usize = 3;

/// Longer side of a whole photo that is searched for codes, at most; bounds the decoder's time.
const WHOLE_SIDE: u32 = 1700;

/// A code found without knowing where the page lies.
pub(crate) struct Found {
    pub(crate) text: String,
    /// The code's corners in photo pixels, clockwise from its own upper left; empty when the decoder does not tell.
    pub(crate) corners: Vec<Point>,
}

/// Looks for codes anywhere in `photo`, two at most: a page has no more.
pub(crate) fn find(photo: &GrayImage) -> Vec<Found> {
    let factor = photo
        .width()
        .max(photo.height())
        .div_ceil(WHOLE_SIDE)
        .max(1);
    let mut picture = shrink(photo, factor);
    let mut found = Vec::new();
    if finders::crowd(&picture) {
        return found;
    }
    while found.len() < 2 {
        let Some((text, corners)) = rxing_read(&picture) else {
            break;
        };
        whiten(&mut picture, &corners);
        let scale = f64::from(factor);
        found.push(Found {
            text,
            corners: corners
                .into_iter()
                .map(|p| Point::new(p.x * scale, p.y * scale))
                .collect(),
        });
    }
    found
}

/// The text of one QR code anywhere in `photo`, which may be any picture: a slip under the camera, for example.
#[must_use]
pub fn find_code(photo: &GrayImage) -> Option<String> {
    find(photo).into_iter().next().map(|found| found.text)
}

/// Takes a code that was read out of the picture, so that the next search finds another.
fn whiten(picture: &mut GrayImage, corners: &[Point]) {
    let &[first, _, opposite, _] = corners else {
        return;
    };
    let middle = first.toward(opposite, 0.5);
    let reach = 0.55 * first.distance(opposite);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if middle.distance(Point::new(f64::from(x), f64::from(y))) < reach {
            pixel.0[0] = 255;
        }
    }
}

/// The square around `spot`, cut out of a photo through `to_photo` (page millimetres to photo pixels).
pub(crate) struct Cut {
    pub(crate) spot: Spot,
    area: RectMm,
    picture: GrayImage,
}

impl Cut {
    pub(crate) fn of(photo: &GrayImage, spot: Spot, to_photo: impl Fn(Point) -> Point) -> Self {
        let area = spot.rect().inset(-QUIET_MM);
        let side = (area.w * CUT_PX_PER_MM).round() as u32;
        let picture = GrayImage::from_fn(side, side, |x, y| {
            let at = |v: u32| (f64::from(v) + 0.5) / CUT_PX_PER_MM;
            let p = to_photo(Point::new(area.x + at(x), area.y + at(y)));
            image::Luma([sample(photo, p).map_or(255, |v| v as u8)])
        });
        Self {
            spot,
            area,
            picture,
        }
    }

    /// What rxing reads.
    pub(crate) fn by_search(&self) -> Option<String> {
        rxing_read(&self.picture).map(|(text, _)| text)
    }

    /// The modules that a code of each possible size has here, as far as the blur can be undone: after one round, after two.
    pub(crate) fn modules(&self) -> Vec<Modules> {
        ModuleGrid::possible(self.spot)
            .iter()
            .filter_map(|grid| self.levels(grid))
            .flat_map(|levels| levels.equalise(ROUNDS).collect::<Vec<_>>())
            .collect()
    }

    fn at(&self, p: Point) -> Option<f32> {
        sample(
            &self.picture,
            Point::new(
                (p.x - self.area.x) * CUT_PX_PER_MM,
                (p.y - self.area.y) * CUT_PX_PER_MM,
            ),
        )
    }

    /// The brightness of every half-module: the lattice is carried by the drift of the three finder patterns.
    fn levels(&self, grid: &ModuleGrid) -> Option<Levels> {
        let far = (grid.side - 7) as f64;
        let corner = self.drift(grid, 0.0, 0.0)?;
        let right = self.drift(grid, far, 0.0)?;
        let below = self.drift(grid, 0.0, far)?;
        Some(Levels::measure(grid.side, |half_column, half_row| {
            let (column, row) = (
                half_column as f64 / 2.0 - 0.25,
                half_row as f64 / 2.0 - 0.25,
            );
            let (u, v) = ((column - 3.0) / far, (row - 3.0) / far);
            let shift = |c: f64, r: f64, b: f64| c + (r - c) * u + (b - c) * v;
            let (dx, dy) = (
                shift(corner.x, right.x, below.x),
                shift(corner.y, right.y, below.y),
            );
            let spots = [
                (-0.125, -0.125),
                (0.125, -0.125),
                (-0.125, 0.125),
                (0.125, 0.125),
            ];
            let sum: f32 = spots
                .iter()
                .map(|(x, y)| {
                    let p = grid.middle(column + x, row + y);
                    self.at(Point::new(p.x + dx, p.y + dy)).unwrap_or(255.0)
                })
                .sum();
            sum / spots.len() as f32
        }))
    }

    /// How far the finder pattern whose first module is `column`, `row` stands from where it was printed.
    fn drift(&self, grid: &ModuleGrid, column: f64, row: f64) -> Option<Point> {
        const STEP_MM: f64 = 0.25;
        let steps = (DRIFT_MM / STEP_MM) as i32;
        let mut best: Option<(f32, Point)> = None;
        for j in -steps..=steps {
            for i in -steps..=steps {
                let drift = Point::new(f64::from(i) * STEP_MM, f64::from(j) * STEP_MM);
                let fit = self.finder_fit(grid, column, row, drift);
                if best.as_ref().is_none_or(|(most, _)| fit > *most) {
                    best = Some((fit, drift));
                }
            }
        }
        best.filter(|(fit, _)| *fit > 0.0).map(|(_, drift)| drift)
    }

    /// White minus black where a finder pattern should have them, its white surround included.
    fn finder_fit(&self, grid: &ModuleGrid, column: f64, row: f64, drift: Point) -> f32 {
        let (mut black, mut white) = ((0.0, 0), (0.0, 0));
        for r in -1..8_i32 {
            for c in -1..8_i32 {
                let ring = (r - 3).abs().max((c - 3).abs());
                let p = grid.middle(column + f64::from(c), row + f64::from(r));
                let value = self
                    .at(Point::new(p.x + drift.x, p.y + drift.y))
                    .unwrap_or(128.0);
                let side = if ring == 2 || ring == 4 {
                    &mut white
                } else {
                    &mut black
                };
                side.0 += value;
                side.1 += 1;
            }
        }
        white.0 / white.1 as f32 - black.0 / black.1 as f32
    }
}

/// The text that modules spell, if they are a code within the reach of its error correction.
pub(crate) fn spell(modules: &Modules) -> Option<String> {
    let bits = modules.bits();
    catch_unwind(AssertUnwindSafe(|| {
        let result = qrcode_decoder::decode_bool_array(&bits).ok()?;
        Some(result.getText().to_owned())
    }))
    .ok()
    .flatten()
}

fn rxing_read(picture: &GrayImage) -> Option<(String, Vec<Point>)> {
    let (w, h) = picture.dimensions();
    // Below this no code of ours has two pixels to a module.
    if w < 50 || h < 50 {
        return None;
    }
    catch_unwind(AssertUnwindSafe(|| {
        let mut hints = DecodeHints::default();
        let result = rxing::helpers::detect_in_luma_slice_with_hints(
            picture.as_raw(),
            w,
            h,
            Some(BarcodeFormat::QR_CODE),
            &mut hints,
        )
        .ok()?;
        let point = |p: &rxing::Point| Point::new(f64::from(p.x), f64::from(p.y));
        // rxing's order is upper left, upper right, lower left, lower right.
        let corners = match result.getPoints() {
            [a, b, d, c] => [a, b, c, d].map(point).to_vec(),
            _ => Vec::new(),
        };
        Some((result.getText().to_owned(), corners))
    }))
    .ok()
    .flatten()
}
