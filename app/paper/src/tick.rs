//! What the place of a tick box shows, taken apart into light, print and ink.
//!
//! A photo shows a box as its blank, spread by the photo's blur, in light that changes evenly over so small a place, and
//! ink over both. Light and print are fitted to all that is not ink; ink is what they leave. Blur spreads ink without
//! making less of it, so that its sum is the same in a sharp photo and in a blurred one, and grain adds as much to the sum
//! as it takes away.

use image::GrayImage;

use crate::blur::{bell, blur_px};
use crate::geometry::{RectMm, least_squares};
use crate::median::{MEDIAN_DEVIATION, median};
use crate::template::READ_PX_PER_MM;

/// Light and print are fitted to this much around a box.
const AROUND_MM: f64 = 1.0;

/// Ink is summed this far inside of the outline.
const GUARD_MM: f64 = 0.25;

/// Toner that is fainter than this tells nothing of how pale glare makes ink, nor does a fainter outline.
const LEAST_TONER: f64 = 0.1;
const LEAST_CONTRAST: f64 = 0.2;

/// What is less dark than this is not ink: the reverse side showing through, or the shade of a fold.
const SHADE: f64 = 0.02;
/// Shade is told from ink in means about this much narrower than what blur makes of a point.
const SMOOTHING: f64 = 0.7;

/// The blurred print; what it changes by where it lies a little further to the right and down, and where it is blurred a
/// little more across and down; and light that rises from side to side.
const TERMS: usize = 8;
/// Those from here on are light.
const LIGHT: usize = 5;
const PRINT: usize = 0;

/// How often light and print are fitted, each time with less weight on what they did not explain before.
const ROUNDS: usize = 6;
/// In the first of these what is too bright keeps its weight: ink only darkens.
const INK_ROUNDS: usize = 2;
/// What is not explained by this many standard deviations has half a say, in those rounds and after.
const INK_DEVIATIONS: f64 = 1.2;
const DEVIATIONS: f64 = 2.0;
/// The page is evenly lit before it is looked at, so that no more darkness than this is want of light. What covers a box and
/// all around it is ink: a seal's, or a pen's that blackened it.
const LIGHT_MAX: f64 = 0.2;
/// Rounding to grey levels scatters by as much.
const LEAST_SCATTER: f64 = 0.004;
/// Along its edges print may be off by this share of what it changes by from one pixel to the next but one.
const EDGE_DOUBT: f64 = 0.5;

/// What light and print that are fitted to a box with a faint tick leave of its ink, by how wide the photo shows edges: the wider
/// the ink is spread, the more like light and print it is. As measured on a stroke a third black.
fn share_left(edge_mm: f64) -> f64 {
    (1.1 - 0.545 * edge_mm).max(0.1)
}

/// What the place of a tick box holds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct TickInk {
    /// Ink in the box, in square millimetres of full black, if it is a faint tick's; a bold one's is made more than it is on
    /// blurred photos. Below zero where grain is brighter than paper.
    pub(crate) ink_mm2: f32,
    /// The standard deviation of what grain makes of an empty box, in the same unit.
    pub(crate) grain_mm2: f32,
    /// How black the outline is, as a share of the toner's blackness: little under glare.
    pub(crate) contrast: f32,
}

impl TickInk {
    /// Measures the box `rect`, with lines of `line_mm`, of `blank`, whose edges the photo shows `edge_mm` wide and `drift`
    /// pixels off. Print is as black as `toner` where no glare makes it paler, by brightness of paper at most to the share
    /// `glare`; ink that is paler by as much is counted in full. `darkness` tells how much darker than paper the photo shows a pixel:
    /// 1 is black, and bright grain is less than 0.
    pub(crate) fn measure(
        blank: &GrayImage,
        (rect, line_mm): (RectMm, f64),
        edge_mm: [f64; 2],
        (toner, glare): (f64, f64),
        drift: (isize, isize),
        darkness: impl Fn(isize, isize) -> f64,
    ) -> Self {
        let place = Place::around(rect);
        let sigma = edge_mm.map(blur_px);
        let black = |x, y| 1.0 - level(blank, x - drift.0, y - drift.1) / 255.0;
        let print = place.spread(MARGIN, sigma, black);
        let Some((rest, black)) = explain(place, &print, darkness) else {
            return Self::default();
        };
        let contrast = black / toner.max(LEAST_TONER);
        let gain = 1.0 / contrast.clamp(glare.clamp(LEAST_CONTRAST, 1.0), 1.0);
        let rest_at = |x, y| gain * rest[place.index(0, x - place.left, y - place.top)];
        let smooth = place.spread(0, sigma.map(|sigma| SMOOTHING * sigma), rest_at);
        let px = |mm: f64| (mm * READ_PX_PER_MM).round() as isize;
        let inside = rect.inset(line_mm + GUARD_MM);
        let (left, top) = (px(inside.x) + drift.0, px(inside.y) + drift.1);
        let mut ink = 0.0;
        for y in top..top + px(inside.h) {
            for x in left..left + px(inside.w) {
                let rest = smooth[place.index(0, x - place.left, y - place.top)];
                ink += rest - rest.clamp(-SHADE, SHADE);
            }
        }
        let edge_mm = (edge_mm[0] * edge_mm[1]).sqrt();
        let grain_mm2 = GRAIN_MM * edge_mm * scatter(&smooth).unwrap_or(0.0);
        let left = share_left(edge_mm);
        Self {
            ink_mm2: (ink / READ_PX_PER_MM.powi(2) / left) as f32,
            grain_mm2: (grain_mm2 / left) as f32,
            contrast: contrast as f32,
        }
    }
}

/// Grain of smoothed darkness is about as wide as edges are; its sum over a box has this many of its standard deviations for
/// each millimetre of that.
const GRAIN_MM: f64 = 0.8;

/// The grey level of a pixel; white outside of `picture`.
pub(crate) fn level(picture: &GrayImage, x: isize, y: isize) -> f64 {
    let pixel = u32::try_from(x).ok().zip(u32::try_from(y).ok());
    let pixel = pixel.and_then(|(x, y)| picture.get_pixel_checked(x, y));
    pixel.map_or(255.0, |pixel| f64::from(pixel.0[0]))
}

/// Pixels of the page that hold a box and what is around it.
#[derive(Debug, Clone, Copy)]
struct Place {
    left: isize,
    top: isize,
    width: isize,
    height: isize,
}

/// Second differences of the print reach this many pixels out of its place.
const MARGIN: isize = 1;

impl Place {
    fn around(rect: RectMm) -> Self {
        let px = |mm: f64| (mm * READ_PX_PER_MM).round() as isize;
        let around = rect.inset(-AROUND_MM);
        Self {
            left: px(around.x),
            top: px(around.y),
            width: px(around.w),
            height: px(around.h),
        }
    }

    /// Where a pixel of the place is kept that has `margin` more to each side; one beyond is taken for the nearest.
    fn index(self, margin: isize, x: isize, y: isize) -> usize {
        let x = (x + margin).clamp(0, self.width + 2 * margin - 1);
        let y = (y + margin).clamp(0, self.height + 2 * margin - 1);
        (y * (self.width + 2 * margin) + x) as usize
    }

    /// The pixels of the place and `margin` more to each side, `value` spread by a bell of `sigma` pixels across and down.
    fn spread(
        self,
        margin: isize,
        sigma: [f64; 2],
        value: impl Fn(isize, isize) -> f64,
    ) -> Vec<f64> {
        let [across, down] = sigma.map(|sigma| bell(sigma, (3.0 * sigma).ceil() as usize));
        let (reach_x, reach_y) = (across.len() as isize / 2, down.len() as isize / 2);
        let (left, top) = (self.left - margin, self.top - margin);
        let (w, h) = (self.width + 2 * margin, self.height + 2 * margin);
        let width = w as usize;
        let mut lines = vec![0.0; width * (h + 2 * reach_y) as usize];
        for (y, sums) in (top - reach_y..).zip(lines.chunks_exact_mut(width)) {
            let line: Vec<f64> = (left - reach_x..left + w + reach_x)
                .map(|x| value(x, y))
                .collect();
            for (values, weight) in line.windows(width).zip(&across) {
                add(sums, *weight, values);
            }
        }
        let mut out = vec![0.0; width * h as usize];
        for (y, sums) in out.chunks_exact_mut(width).enumerate() {
            for (values, weight) in lines[y * width..].chunks_exact(width).zip(&down) {
                add(sums, *weight, values);
            }
        }
        out
    }
}

/// Adds `weight` times each of `values` to `sums`.
fn add(sums: &mut [f64], weight: f64, values: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += weight * value;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The standard deviation of most of `values`, whatever the rest is.
fn scatter(values: &[f64]) -> Option<f64> {
    let middle = median(values.to_vec(), f64::total_cmp)?;
    let off = values.iter().map(|value| (value - middle).abs()).collect();
    Some(median(off, f64::total_cmp)? / MEDIAN_DEVIATION)
}

/// What light and print leave of the darkness of a place, and how black the print is.
///
/// Source: P. Holland, R. Welsch, "Robust regression using iteratively reweighted least-squares", Communications in
/// Statistics A6(9), 1977.
fn explain(
    place: Place,
    print: &[f64],
    darkness: impl Fn(isize, isize) -> f64,
) -> Option<(Vec<f64>, f64)> {
    let side = |at: isize, length: isize| (2 * at + 1) as f64 / length as f64 - 1.0;
    let rows: Vec<[f64; TERMS + 1]> = (0..place.width * place.height)
        .map(|i| {
            let (x, y) = (i % place.width, i / place.width);
            let at = |dx: isize, dy: isize| print[place.index(MARGIN, x + dx, y + dy)];
            let (right, left, below, above) = (at(1, 0), at(-1, 0), at(0, 1), at(0, -1));
            [
                at(0, 0),
                right - left,
                below - above,
                right + left - 2.0 * at(0, 0),
                below + above - 2.0 * at(0, 0),
                1.0,
                side(x, place.width),
                side(y, place.height),
                darkness(place.left + x, place.top + y),
            ]
        })
        .collect();
    let mut weights = vec![1.0; rows.len()];
    let (mut rest, mut explained) = (Vec::new(), [0.0; TERMS]);
    for round in 0..ROUNDS {
        let weighted = weights.iter().copied().zip(rows.iter().copied());
        let terms = least_squares::<TERMS, { TERMS + 1 }>(weighted, 1e-6)?;
        rest = rows
            .iter()
            .map(|row| row[TERMS] - dot(row, &terms))
            .collect();
        explained = terms;
        let scatter = scatter(&rest)? + LEAST_SCATTER;
        let ink_round = round < INK_ROUNDS;
        let deviations = if ink_round {
            INK_DEVIATIONS
        } else {
            DEVIATIONS
        };
        for ((weight, rest), row) in weights.iter_mut().zip(&rest).zip(&rows) {
            let doubt = scatter + EDGE_DOUBT * (row[1].abs() + row[2].abs());
            let half = (deviations * doubt).powi(4);
            *weight = if ink_round && *rest < 0.0 {
                1.0
            } else {
                half / (half + rest.powi(4))
            };
        }
    }
    for (rest, row) in rest.iter_mut().zip(&rows) {
        *rest += (dot(&row[LIGHT..TERMS], &explained[LIGHT..]) - LIGHT_MAX).max(0.0);
    }
    Some((rest, explained[PRINT]))
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    const LINE_MM: f64 = 0.34;
    const RECT: RectMm = RectMm::new(4.0, 4.0, 4.5, 4.5);
    /// A light tick: a stroke of 0.35 mm, a third black.
    const STROKE: RectMm = RectMm::new(6.0, 5.0, 0.35, 2.5);
    const STROKE_DARKNESS: f64 = 0.35;

    fn blank() -> GrayImage {
        let mut blank = GrayImage::from_pixel(100, 100, Luma([255]));
        paint(RECT, |x, y| blank.put_pixel(x, y, Luma([0])));
        paint(RECT.inset(LINE_MM), |x, y| {
            blank.put_pixel(x, y, Luma([255]));
        });
        blank
    }

    fn paint(rect: RectMm, mut each: impl FnMut(u32, u32)) {
        let px = |mm: f64| (mm * READ_PX_PER_MM).round() as u32;
        for y in px(rect.y)..px(rect.y + rect.h) {
            for x in px(rect.x)..px(rect.x + rect.w) {
                each(x, y);
            }
        }
    }

    /// How black the print of these photos is.
    const BLACK: f64 = 0.9;

    /// The ink that is measured where a photo with edges of `edge_mm` shows the box `off` pixels to the right, with `stroke`
    /// in it, in light that falls off to the right by `slope` to a millimetre.
    fn measured(stroke: f64, edge_mm: f64, off: isize, slope: f64) -> f32 {
        seen(stroke, BLACK, edge_mm, off, slope).ink_mm2
    }

    /// The same with all that is measured, and with print as black as said.
    fn seen(stroke: f64, black: f64, edge_mm: f64, off: isize, slope: f64) -> TickInk {
        let blank = blank();
        let mut page = vec![0.0; 100 * 100];
        for (pixel, level) in page.iter_mut().zip(blank.as_raw()) {
            *pixel = black * (1.0 - f64::from(*level) / 255.0);
        }
        paint(STROKE, |x, y| page[(y * 100 + x) as usize] += stroke);
        let whole = Place {
            left: 0,
            top: 0,
            width: 100,
            height: 100,
        };
        let seen = whole.spread(0, [blur_px(edge_mm); 2], |x, y| {
            page[whole.index(0, x - off, y)]
        });
        let darkness = |x: isize, y: isize| {
            let shade = slope * (x as f64 / READ_PX_PER_MM - 6.0);
            seen[whole.index(0, x, y)] + shade
        };
        // The photo's blur is known to a tenth.
        let edge_mm = [0.9 * edge_mm, 1.1 * edge_mm];
        TickInk::measure(
            &blank,
            (RECT, LINE_MM),
            edge_mm,
            (BLACK, black / BLACK),
            (off, 0),
            darkness,
        )
    }

    #[test]
    fn a_faint_tick_has_the_same_ink_in_sharp_photos_and_in_blurred_ones() {
        let put = (STROKE.w * STROKE.h * STROKE_DARKNESS) as f32;
        for edge_mm in [0.3, 0.6, 0.9, 1.2, 1.5, 1.7] {
            let found = measured(STROKE_DARKNESS, edge_mm, 0, 0.0);
            assert!(
                (0.9..1.1).contains(&(found / put)),
                "{found} of {put} mm² at {edge_mm} mm"
            );
        }
    }

    #[test]
    fn an_empty_box_holds_no_ink_off_its_place_or_in_falling_light() {
        for edge_mm in [0.3, 0.6, 0.9, 1.2] {
            for (off, slope) in [(0, 0.0), (2, 0.0), (0, 0.03), (-2, 0.03)] {
                let found = measured(0.0, edge_mm, off, slope);
                assert!(
                    found.abs() < 0.02,
                    "{found} mm² at {edge_mm} mm, {off} px off, light {slope}"
                );
            }
        }
    }

    #[test]
    fn ink_that_glare_makes_paler_counts_in_full() {
        for edge_mm in [0.3, 0.9] {
            let full = seen(STROKE_DARKNESS, BLACK, edge_mm, 1, 0.0);
            let pale = seen(0.4 * STROKE_DARKNESS, 0.4 * BLACK, edge_mm, 1, 0.0);
            let share = pale.ink_mm2 / full.ink_mm2;
            assert!((0.9..1.1).contains(&share), "{full:?} and {pale:?}");
            let contrast = pale.contrast / full.contrast;
            assert!((0.35..0.45).contains(&contrast), "{full:?} and {pale:?}");
        }
    }

    #[test]
    fn what_covers_a_box_and_all_around_it_is_ink() {
        let blank = blank();
        let black = |x: isize, y: isize| {
            if level(&blank, x, y) < 128.0 {
                0.9
            } else {
                0.6
            }
        };
        let found = TickInk::measure(
            &blank,
            (RECT, LINE_MM),
            [0.3; 2],
            (BLACK, 1.0),
            (0, 0),
            black,
        )
        .ink_mm2;
        assert!(2.0 < found, "{found} mm²");
    }

    #[test]
    fn shade_that_is_fainter_than_ink_does_not_count() {
        let (shade, faint) = (measured(0.02, 0.3, 0, 0.0), measured(0.2, 0.3, 0, 0.0));
        assert!(shade < 0.005 && 0.05 < faint, "{shade} and {faint} mm²");
    }
}
