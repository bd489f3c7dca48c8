//! Finding the corner markers in a photo.

use std::ops::RangeInclusive;

use image::GrayImage;

use crate::blobs;
use crate::geometry::{Homography, Point};
use crate::marker::{self, CELLS, Corner};
use crate::median::median;
use crate::pixels::{dark, sample, shrink};

/// The longer side of the picture that markers are looked for in, at most. A page that fills three quarters of it has
/// 4.5 pixels to the millimetre, 9 to a marker's cell.
const SEARCH_SIDE: u32 = 1800;

/// Sides of a marker in the search picture, at least: three pixels to a cell.
const LEAST_SIDE: u32 = 18;

/// White against black, in grey levels, below which a pattern is taken for noise.
const LEAST_CONTRAST: f32 = 14.0;

/// Correlation with a marker's cells from which something of its outline may be it.
const LEAST_LIKENESS: f32 = 0.5;

/// Corners of a page are 15 to 27 sides of a marker apart; a tilt that can be read changes that by a third.
const APART_SIDES: RangeInclusive<f64> = 10.0..=40.0;

/// A marker as found in the photo.
#[derive(Debug, Clone)]
pub(crate) struct Marker {
    pub(crate) corner: Corner,
    /// Its corners in photo pixels, from the marker's own upper left, clockwise.
    pub(crate) at: [Point; 4],
    /// How many photo pixels an edge takes from a tenth to nine tenths of the way from black to white: across the
    /// page, and down it. The two differ when the camera moved.
    pub(crate) edge_px: [f64; 2],
}

impl Marker {
    /// The marker's corners: millimetres on the page, pixels in the photo.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Point, Point)> {
        self.corner.rect().corners().into_iter().zip(self.at)
    }

    /// Whether the two lie as far apart as corners of a page. Characters that look like markers stand closer in their text.
    pub(crate) fn may_share_a_page_with(&self, other: &Self) -> bool {
        let (a, b) = (self.side(), other.side());
        let apart = self.at[0]
            .toward(self.at[2], 0.5)
            .distance(other.at[0].toward(other.at[2], 0.5));
        APART_SIDES.contains(&(apart / ((a + b) / 2.0))) && a.max(b) < 2.5 * a.min(b)
    }

    pub(crate) fn side(&self) -> f64 {
        (0..4)
            .map(|i| self.at[i].distance(self.at[(i + 1) % 4]))
            .sum::<f64>()
            / 4.0
    }
}

/// The markers that a photo shows.
pub(crate) struct Markers {
    /// Those told by their cells, at most one for each corner of the page.
    pub(crate) sure: Vec<Marker>,
    /// What has a marker's outline and is like one inside, the likest first; among it are those whose cells blur hides.
    pub(crate) likely: Vec<Marker>,
}

/// The markers found in `photo`.
///
/// A second search, finer and stricter about what is dark, is made when the first does not find all.
pub(crate) fn markers(photo: &GrayImage) -> Markers {
    let long = photo.width().max(photo.height());
    let coarse = long.div_ceil(SEARCH_SIDE).max(1);
    let mut likely = Vec::new();
    let mut found: [Option<Marker>; 4] = [None, None, None, None];
    let fine = coarse.div_ceil(2);
    for (factor, windows, share) in [(coarse, 14, 0.80), (fine, 40, 0.90)] {
        let picture = shrink(photo, factor);
        let side = picture.width().max(picture.height());
        let dark = dark(&picture, (side / windows / 2).max(4), share);
        for quad in blobs::quads(&dark, picture.width(), LEAST_SIDE, side / 6) {
            let Some((mut marker, likeness)) = read(&picture, quad) else {
                continue;
            };
            let scale = f64::from(factor);
            marker.at = marker.at.map(|p| Point::new(p.x * scale, p.y * scale));
            marker.edge_px = marker.edge_px.map(|width| width * scale);
            match likeness {
                Likeness::Sure => keep_larger(&mut found, marker),
                Likeness::Likely(likeness) => likely.push((likeness, marker)),
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    let found: Vec<Marker> = found.into_iter().flatten().collect();
    let on_a_page = |marker: &Marker| {
        found
            .iter()
            .any(|other| marker.may_share_a_page_with(other))
    };
    let sure = match found.len() {
        0 | 1 => found,
        _ => found.iter().filter(|m| on_a_page(m)).cloned().collect(),
    };
    likely.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    Markers {
        sure,
        likely: likely.into_iter().map(|(_, marker)| marker).collect(),
    }
}

/// The markers found in a frame of a preview, which is small and looked at once.
pub(crate) fn preview_markers(frame: &GrayImage) -> Vec<Marker> {
    let side = frame.width().max(frame.height());
    let dark = dark(frame, (side / 28).max(4), 0.80);
    let mut found: [Option<Marker>; 4] = [None, None, None, None];
    for quad in blobs::quads(&dark, frame.width(), LEAST_SIDE, side / 6) {
        if let Some((marker, Likeness::Sure)) = read(frame, quad) {
            keep_larger(&mut found, marker);
        }
    }
    found.into_iter().flatten().collect()
}

/// Of what looks like one corner's marker, the largest is it.
fn keep_larger(found: &mut [Option<Marker>; 4], marker: Marker) {
    let place = &mut found[marker.corner as usize];
    if place.as_ref().is_none_or(|old| old.side() < marker.side()) {
        *place = Some(marker);
    }
}

/// How sure it is that something is a marker.
enum Likeness {
    /// Its cells tell.
    Sure,
    /// Its cells correlate by this much with a marker's.
    Likely(f32),
}

/// The marker whose outline is `quad`, if it is one.
fn read(picture: &GrayImage, quad: [Point; 4]) -> Option<(Marker, Likeness)> {
    let sides = [0, 1, 2, 3].map(|i| quad[i].distance(quad[(i + 1) % 4]));
    let (short, long) = (
        sides.iter().copied().fold(f64::MAX, f64::min),
        sides.iter().copied().fold(0.0, f64::max),
    );
    if short < f64::from(LEAST_SIDE) * 0.7 || long > 3.0 * short {
        return None;
    }
    let (quad, slopes) = refine(picture, quad);
    let levels = Levels::of(picture, quad)?;
    if levels.white - levels.black < LEAST_CONTRAST {
        return None;
    }
    let level = (levels.black + levels.white) / 2.0;
    if levels.border.iter().filter(|&&v| v > level).count() > 3 {
        return None;
    }
    let cells = levels.inside;
    let bits = cells
        .iter()
        .fold(0, |bits, &cell| bits << 1 | u16::from(cell > level));
    let (corner, turns, likeness) = match marker::recognise(bits) {
        Some((corner, turns)) => (corner, turns, Likeness::Sure),
        None => {
            let (corner, turns, likeness) = marker::most_like(cells)?;
            if likeness < LEAST_LIKENESS {
                return None;
            }
            (corner, turns, Likeness::Likely(likeness))
        }
    };
    // Side 0 is the upper one of the upright marker; what stands upright is crossed on the way across the page.
    let [upper, right, lower, left] = marker::upright(slopes, turns);
    let marker = Marker {
        corner,
        at: marker::upright(quad, turns),
        edge_px: [(right + left) / 2.0, (upper + lower) / 2.0],
    };
    Some((marker, likeness))
}

/// How bright the cells of what may be a marker are.
struct Levels {
    border: Vec<f32>,
    /// Row by row.
    inside: [f32; 16],
    /// The middle one of the border's cells.
    black: f32,
    /// The middle one of the cells around.
    white: f32,
}

impl Levels {
    /// The cells of a marker whose outline is `quad`; `None` where the picture does not show all of it.
    fn of(picture: &GrayImage, quad: [Point; 4]) -> Option<Self> {
        let n = CELLS as f64;
        let square = [(0.0, 0.0), (n, 0.0), (n, n), (0.0, n)].map(|(x, y)| Point::new(x, y));
        let pairs: Vec<_> = square.into_iter().zip(quad).collect();
        let map = Homography::fit(&pairs)?;
        let cell = |column: f64, row: f64| {
            let spots = [(0.5, 0.5), (0.3, 0.3), (0.7, 0.3), (0.3, 0.7), (0.7, 0.7)];
            let values =
                spots.map(|(x, y)| sample(picture, map.map(Point::new(column + x, row + y))));
            let sum: f32 = values.iter().flatten().sum();
            let seen = values.iter().flatten().count();
            (seen > 0).then(|| sum / seen as f32)
        };
        let (mut border, mut around) = (Vec::new(), Vec::new());
        for i in 0..CELLS {
            let (i, last) = (i as f64, n - 1.0);
            for (column, row) in [(i, 0.0), (i, last), (0.0, i), (last, i)] {
                border.push(cell(column, row)?);
            }
            for (column, row) in [(i, -1.0), (i, n), (-1.0, i), (n, i)] {
                around.extend(cell(column, row));
            }
        }
        let mut inside = [0.0; 16];
        for (i, value) in inside.iter_mut().enumerate() {
            *value = cell((i % 4 + 1) as f64, (i / 4 + 1) as f64)?;
        }
        Some(Self {
            black: median(border.clone(), f32::total_cmp)?,
            white: median(around, f32::total_cmp)?,
            border,
            inside,
        })
    }
}

/// The marker of `corner` whose outline is about `quad`, from its own upper left; `None` where no outline is seen, or what it holds
/// is not like that marker.
pub(crate) fn measure(picture: &GrayImage, corner: Corner, quad: [Point; 4]) -> Option<Marker> {
    let (at, [upper, right, lower, left]) = refine(picture, quad);
    let (likest, turns, likeness) = marker::most_like(Levels::of(picture, at)?.inside)?;
    if likest != corner || turns != 0 || likeness < LEAST_LIKENESS {
        return None;
    }
    let edge_px = [(right + left) / 2.0, (upper + lower) / 2.0];
    edge_px.iter().all(|edge| *edge > 0.0).then_some(Marker {
        corner,
        at,
        edge_px,
    })
}

/// Moves the sides of `quad` onto the middle of the grey slope from black to white. Also says how wide that slope is
/// at each side.
fn refine(picture: &GrayImage, quad: [Point; 4]) -> ([Point; 4], [f64; 4]) {
    let mut slopes = [0.0; 4];
    let lines = [0, 1, 2, 3].map(|i| {
        let (a, b) = (quad[i], quad[(i + 1) % 4]);
        let length = a.distance(b);
        // Clockwise with y downwards, so the outside is on the left of the way from a to b.
        let out = Point::new((b.y - a.y) / length, (a.x - b.x) / length);
        let reach = 0.8 * length / CELLS as f64;
        let mut widths = Vec::new();
        let points: Vec<Point> = (2..=14)
            .filter_map(|k| {
                let base = a.toward(b, f64::from(k) / 16.0);
                let (at, width) = crossing(picture, base, out, reach)?;
                widths.push(width);
                Some(Point::new(base.x + out.x * at, base.y + out.y * at))
            })
            .collect();
        slopes[i] = median(widths, f64::total_cmp).unwrap_or(0.0);
        Line::through(&points)
    });
    let refined = [0, 1, 2, 3].map(|i| {
        let met = match (&lines[(i + 3) % 4], &lines[i]) {
            (Some(before), Some(after)) => before.meet(after),
            _ => None,
        };
        let near = 0.35 * quad[i].distance(quad[(i + 1) % 4]);
        met.filter(|p| p.distance(quad[i]) < near)
            .unwrap_or(quad[i])
    });
    (refined, slopes)
}

/// Where, in pixels from `base` along `out`, black turns to white, and over how many pixels.
fn crossing(picture: &GrayImage, base: Point, out: Point, reach: f64) -> Option<(f64, f64)> {
    const STEP: f64 = 0.25;
    let steps = (reach / STEP).ceil() as i32;
    let values: Vec<f32> = (-steps..=steps)
        .map(|k| {
            let t = f64::from(k) * STEP;
            sample(picture, Point::new(base.x + out.x * t, base.y + out.y * t))
        })
        .collect::<Option<_>>()?;
    let ends = (steps / 3).max(1) as usize;
    let inside = values[..ends].iter().sum::<f32>() / ends as f32;
    let outside = values[values.len() - ends..].iter().sum::<f32>() / ends as f32;
    if outside - inside < LEAST_CONTRAST {
        return None;
    }
    let position = |share: f32| {
        let level = inside + (outside - inside) * share;
        let k = values
            .windows(2)
            .position(|v| v[0] < level && v[1] >= level)?;
        let between = (level - values[k]) / (values[k + 1] - values[k]);
        Some((k as f64 + f64::from(between) - f64::from(steps)) * STEP)
    };
    let middle = position(0.5)?;
    let width = position(0.9)? - position(0.1)?;
    Some((middle, width.max(0.0)))
}

/// A straight line: points `p` with `normal · p = offset`.
struct Line {
    normal: Point,
    offset: f64,
}

impl Line {
    /// The line nearest to `points`, fitted twice: the second time without those far off the first.
    fn through(points: &[Point]) -> Option<Self> {
        let first = Self::fit(points)?;
        let gap = |p: &Point| (first.normal.x * p.x + first.normal.y * p.y - first.offset).abs();
        let gaps = points.iter().map(gap).collect();
        let limit = (3.0 * median(gaps, f64::total_cmp)?).max(0.3);
        let near: Vec<Point> = points.iter().copied().filter(|p| gap(p) <= limit).collect();
        Self::fit(&near)
    }

    fn fit(points: &[Point]) -> Option<Self> {
        if points.len() < 4 {
            return None;
        }
        let n = points.len() as f64;
        let (sx, sy) = points
            .iter()
            .fold((0.0, 0.0), |(sx, sy), p| (sx + p.x, sy + p.y));
        let (mx, my) = (sx / n, sy / n);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for p in points {
            let (dx, dy) = (p.x - mx, p.y - my);
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        let normal = Point::new(-angle.sin(), angle.cos());
        Some(Self {
            normal,
            offset: normal.x * mx + normal.y * my,
        })
    }

    fn meet(&self, other: &Self) -> Option<Point> {
        let det = self.normal.x * other.normal.y - self.normal.y * other.normal.x;
        (det.abs() > 0.1).then(|| {
            Point::new(
                (self.offset * other.normal.y - other.offset * self.normal.y) / det,
                (self.normal.x * other.offset - other.normal.x * self.offset) / det,
            )
        })
    }
}
