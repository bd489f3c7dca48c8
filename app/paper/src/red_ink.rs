//! Red ink, which seals and fingers leave, told from a pen's by its colour.
//!
//! Red ink takes green and blue from the light and leaves most of the red; the ink of pens takes red too. So where a pen went
//! through or under red ink, the red that is missing shows its strokes.

use image::GrayImage;

use crate::form::{Field, FieldKind, PAGE_H_MM, PAGE_W_MM};
use crate::geometry::{Point, RectMm};
use crate::ink::Paper;
use crate::layout::Sheet;
use crate::median::median;
use crate::photo::Colour;
use crate::pixels::shrink;
use crate::template::{READ_PX_PER_MM, for_pixels};
use crate::warp::{Warp, flatten, flatten_part};

/// Cells of the map, to the millimetre.
const CELLS_PER_MM: f64 = 1.0;
/// Side of the squares whose paper is taken to have one tint, in cells: light of two lamps changes over a hand's breadth, and a
/// seal covers less than half of it.
const TINT_CELLS: usize = 30;

/// Colour that differs less from grey is noise, or skin in warm light.
const LEAST_REDNESS: f32 = 0.12;
/// Redness of a full layer of a seal's ink; orange ones have more.
const FULL_REDNESS: f32 = 0.5;
/// From this redness on a place tells how much red is missing under red ink alone.
const TELLING_REDNESS: f32 = 0.2;
/// Red that is missing under red ink, in its redness: between vermilion and the darkest of seals.
const MISSING_RED: std::ops::RangeInclusive<f32> = 0.1..=1.0;
/// What is measured of that may be too little by this share.
const MISSING_RED_DOUBT: f32 = 1.15;

/// Red ink of less than this in and around a field changes no score.
const LEAST_RED_MM2: f32 = 0.3;
/// Seals and fingerprints spread over more than a box: their red goes on around it for at least this much. A tick of a red pen
/// runs out over the outline by a millimetre or two.
const SEAL_RED_MM2: f32 = 8.0;
const SEAL_REACH_MM: f64 = 10.0;
const TICK_OVERRUN_MM: f64 = 2.0;

/// Pixels to the millimetre at which colour is looked at in fields: half of what the page is read at.
const FINE_PX_PER_MM: f64 = READ_PX_PER_MM / 2.0;
/// Darkness below which a share of it is not told.
const LEAST_DARKNESS: f32 = 0.03;

/// The colours of a page that lies flat, and where it is red.
pub(crate) struct RedInk<'a> {
    colour: &'a Colour,
    warp: &'a Warp,
    paper: &'a Paper,
    /// Red, green and blue of paper, as shares of its brightness, for each square.
    tints: Vec<[f32; 3]>,
    /// The light that comes back from each cell, as shares of what comes from paper.
    cells: Vec<[f32; 3]>,
}

const COLUMNS: usize = (PAGE_W_MM * CELLS_PER_MM) as usize;
const ROWS: usize = (PAGE_H_MM * CELLS_PER_MM) as usize;
const TINT_COLUMNS: usize = COLUMNS.div_ceil(TINT_CELLS);
const TINT_ROWS: usize = ROWS.div_ceil(TINT_CELLS);

impl<'a> RedInk<'a> {
    /// Looks for red on the page that `warp` finds in the photo, whose paper is as bright as `paper` says.
    pub(crate) fn find(
        colour: &'a Colour,
        warp: &'a Warp,
        paper: &'a Paper,
        px_per_mm: f64,
    ) -> Self {
        let factor = ((px_per_mm / 2.0 / CELLS_PER_MM) as u32).max(1);
        let planes = colour
            .each_ref()
            .map(|plane| flatten(&shrink(plane, factor), 2 * factor, warp, CELLS_PER_MM));
        let mut cells: Vec<[f32; 3]> = (0..COLUMNS * ROWS)
            .map(|at| {
                let level = paper.at(middle(at));
                planes
                    .each_ref()
                    .map(|plane| f32::from(plane.as_raw()[at]) / level)
            })
            .collect();
        let tints = tints(&cells);
        for (at, cell) in cells.iter_mut().enumerate() {
            let tint = tints[tint_of(middle(at))];
            *cell = std::array::from_fn(|c| cell[c] / tint[c]);
        }
        Self {
            colour,
            warp,
            paper,
            tints,
            cells,
        }
    }

    /// Whether red ink may be part of what is seen in `rect`.
    pub(crate) fn is_in(&self, rect: RectMm) -> bool {
        self.red_mm2(rect.inset(-1.0), |_| true) >= LEAST_RED_MM2
    }

    /// Whether most of these points are red.
    pub(crate) fn is_along(&self, points: impl Iterator<Item = Point>) -> bool {
        let (mut all, mut red) = (0, 0);
        for p in points {
            let cell = (p.y.max(0.0) * CELLS_PER_MM) as usize * COLUMNS
                + (p.x.max(0.0) * CELLS_PER_MM) as usize;
            all += 1;
            red += usize::from(
                self.cells
                    .get(cell)
                    .is_some_and(|cell| redness(*cell) >= LEAST_REDNESS),
            );
        }
        all < 2 * red
    }

    /// Whether the red ink in `field` is that of a seal or a finger, because it goes on around it. Red that is written into
    /// other boxes of the page does not count.
    pub(crate) fn is_seal(&self, field: &Field, sheet: &Sheet) -> bool {
        if field.kind != FieldKind::Tick {
            return true;
        }
        let boxes: Vec<RectMm> = sheet
            .fields
            .iter()
            .filter(|field| field.kind == FieldKind::Tick)
            .map(|field| field.rect.inset(-TICK_OVERRUN_MM))
            .collect();
        let outside = |p: Point| !boxes.iter().any(|rect| rect.contains(p));
        self.red_mm2(field.rect.inset(-SEAL_REACH_MM), outside) >= SEAL_RED_MM2
    }

    /// Takes red ink off a page, in and just around `rect`: `even` is the page evenly lit, `flat` as it came from the photo.
    pub(crate) fn lift(&self, rect: RectMm, even: &mut GrayImage, flat: &mut GrayImage) {
        let around = rect.inset(-1.0);
        let planes = self
            .colour
            .each_ref()
            .map(|plane| flatten_part(plane, 2, self.warp, FINE_PX_PER_MM, around));
        let missing = self.missing_red(rect);
        let tint = self.tints[tint_of(rect.centre())];
        let (width, page_width) = (planes[0].width() as usize, even.width() as usize);
        let px = |mm: f64| (mm * FINE_PX_PER_MM).round() as usize;
        let (left, top) = (px(around.x), px(around.y));
        let mut pixels = Vec::new();
        for_pixels(around, even, |at| pixels.push(at));
        for at in pixels {
            let (x, y) = (at % page_width, at / page_width);
            let (Some(column), Some(row)) = ((x / 2).checked_sub(left), (y / 2).checked_sub(top))
            else {
                continue;
            };
            let cell = row * width + column;
            if column >= width || planes[0].as_raw().len() <= cell {
                continue;
            }
            let gain = self.paper.gain(x, y);
            let light = std::array::from_fn(|c| {
                f32::from(planes[c].as_raw()[cell]) * gain / (255.0 * tint[c])
            });
            let left_out = 1.0 - pen_share(light, missing);
            for (page, paper) in [(&mut *even, 255.0), (&mut *flat, 255.0 / gain)] {
                let v = &mut page.as_mut()[at];
                let darker = (paper - f32::from(*v)).max(0.0);
                *v = (f32::from(*v) + darker * left_out).round() as u8;
            }
        }
    }

    /// Red ink in `rect`, in square millimetres of full red, where `counts`.
    fn red_mm2(&self, rect: RectMm, counts: impl Fn(Point) -> bool) -> f32 {
        let inside = self.cells_in(rect).filter(|at| counts(middle(*at)));
        let red = inside
            .map(|at| redness(self.cells[at]))
            .filter(|red| *red >= LEAST_REDNESS);
        let sum: f32 = red.map(|red| (red / FULL_REDNESS).min(1.0)).sum();
        sum / (CELLS_PER_MM * CELLS_PER_MM) as f32
    }

    /// How much red is missing under red ink around `rect`, in the ink's redness.
    fn missing_red(&self, rect: RectMm) -> f32 {
        let cells = self.cells_in(rect.inset(-SEAL_REACH_MM));
        let red = cells
            .map(|at| (1.0 - self.cells[at][0], redness(self.cells[at])))
            .filter(|(_, red)| *red >= TELLING_REDNESS);
        let missing = red.map(|(missing, red)| missing / red).collect();
        let usual = median(missing, f32::total_cmp).unwrap_or(*MISSING_RED.end());
        (MISSING_RED_DOUBT * usual).clamp(*MISSING_RED.start(), *MISSING_RED.end())
    }

    fn cells_in(&self, rect: RectMm) -> impl Iterator<Item = usize> {
        let span = |from: f64, length: f64, limit: usize| {
            let cell = |mm: f64| (mm * CELLS_PER_MM).round().clamp(0.0, limit as f64) as usize;
            cell(from)..cell(from + length)
        };
        let columns = span(rect.x, rect.w, COLUMNS);
        let rows = span(rect.y, rect.h, ROWS);
        rows.flat_map(move |row| columns.clone().map(move |column| row * COLUMNS + column))
    }
}

/// Where on the page the middle of a cell is.
fn middle(cell: usize) -> Point {
    let mm = |cell: usize| (cell as f64 + 0.5) / CELLS_PER_MM;
    Point::new(mm(cell % COLUMNS), mm(cell / COLUMNS))
}

/// The square of one tint that `p` is in.
fn tint_of(p: Point) -> usize {
    let square =
        |mm: f64, count: usize| ((mm * CELLS_PER_MM).max(0.0) as usize / TINT_CELLS).min(count - 1);
    square(p.y, TINT_ROWS) * TINT_COLUMNS + square(p.x, TINT_COLUMNS)
}

/// Red, green and blue of the paper in each square: the middle of the brighter half of its cells.
fn tints(cells: &[[f32; 3]]) -> Vec<[f32; 3]> {
    let mut squares = vec![Vec::new(); TINT_COLUMNS * TINT_ROWS];
    for (at, cell) in cells.iter().enumerate() {
        squares[tint_of(middle(at))].push(*cell);
    }
    squares
        .into_iter()
        .map(|mut square| {
            square.sort_by(|a, b| b[1].total_cmp(&a[1]));
            square.truncate(square.len().div_ceil(2));
            std::array::from_fn(|c| {
                let values = square.iter().map(|cell| cell[c]).collect();
                median(values, f32::total_cmp).unwrap_or(1.0).max(0.05)
            })
        })
        .collect()
}

/// How much more red comes back than green and blue: 0 is grey or blue.
fn redness([red, green, blue]: [f32; 3]) -> f32 {
    (red.min(1.0) - green.max(blue)).max(0.0)
}

/// How much of the darkness of a place comes from a pen, 0 to 1, when red ink alone takes `missing` red for its redness.
fn pen_share(light: [f32; 3], missing: f32) -> f32 {
    // Brightness by ITU-R BT.709, as pictures are made grey.
    let darkness = 1.0 - (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]);
    if darkness < LEAST_DARKNESS {
        return 1.0;
    }
    ((1.0 - light[0] - missing * redness(light)) / darkness).clamp(0.0, 1.0)
}
