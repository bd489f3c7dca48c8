//! Points, rectangles in millimetres, and the plane-to-plane map between page and photo.

/// A point: millimetres on a page (x right, y down from the upper left corner) or pixels in a photo.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

impl Point {
    /// The point at `x`, `y`.
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// How far `other` is away.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point `share` of the way to `other`.
    pub(crate) fn toward(self, other: Self, share: f64) -> Self {
        Self::new(
            self.x + (other.x - self.x) * share,
            self.y + (other.y - self.y) * share,
        )
    }

    /// Whether it lies in a picture of `size`, at least `rim_px` from its edges.
    pub(crate) fn is_in(self, size: (u32, u32), rim_px: f64) -> bool {
        let inside = |at: f64, length: u32| (rim_px..f64::from(length) - rim_px).contains(&at);
        inside(self.x, size.0) && inside(self.y, size.1)
    }
}

/// An upright rectangle on a page, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RectMm {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl RectMm {
    /// The rectangle with its upper left corner at `x`, `y`.
    #[must_use]
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    /// The rectangle with every edge moved inwards by `by` (outwards when negative).
    #[must_use]
    pub fn inset(self, by: f64) -> Self {
        Self::new(
            self.x + by,
            self.y + by,
            (self.w - 2.0 * by).max(0.0),
            (self.h - 2.0 * by).max(0.0),
        )
    }

    /// The rectangle moved by `dx`, `dy`.
    #[must_use]
    pub fn shifted(self, dx: f64, dy: f64) -> Self {
        Self::new(self.x + dx, self.y + dy, self.w, self.h)
    }

    /// The corners: upper left, upper right, lower right, lower left.
    #[must_use]
    pub fn corners(self) -> [Point; 4] {
        let (right, bottom) = (self.x + self.w, self.y + self.h);
        [
            Point::new(self.x, self.y),
            Point::new(right, self.y),
            Point::new(right, bottom),
            Point::new(self.x, bottom),
        ]
    }

    /// The middle.
    #[must_use]
    pub fn centre(self) -> Point {
        Point::new(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Whether `p` lies inside.
    #[must_use]
    pub fn contains(self, p: Point) -> bool {
        (self.x..self.x + self.w).contains(&p.x) && (self.y..self.y + self.h).contains(&p.y)
    }
}

/// A projective map of one plane onto another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Homography([f64; 9]);

impl Homography {
    /// The map that carries each first point to its second with the least squared error.
    ///
    /// `None` with fewer than four pairs, or when the points do not span a plane.
    ///
    /// Source: R. Hartley, A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd ed., §4.1
    /// (inhomogeneous form on normalised points).
    pub(crate) fn fit(pairs: &[(Point, Point)]) -> Option<Self> {
        if pairs.len() < 4 {
            return None;
        }
        let from = Normaliser::of(pairs.iter().map(|pair| pair.0))?;
        let to = Normaliser::of(pairs.iter().map(|pair| pair.1))?;
        let mut normal = [[0.0; 9]; 8];
        for &(a, b) in pairs {
            let (a, b) = (from.apply(a), to.apply(b));
            let rows = [
                [a.x, a.y, 1.0, 0.0, 0.0, 0.0, -b.x * a.x, -b.x * a.y, b.x],
                [0.0, 0.0, 0.0, a.x, a.y, 1.0, -b.y * a.x, -b.y * a.y, b.y],
            ];
            for row in rows {
                for i in 0..8 {
                    for j in 0..9 {
                        normal[i][j] += row[i] * row[j];
                    }
                }
            }
        }
        let h = solve(normal)?;
        let middle = Self([h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], 1.0]);
        let map = to.inverse().after(&middle).after(&from.forward());
        map.0.iter().all(|v| v.is_finite()).then_some(map)
    }

    /// The affine map that carries each first point to its second with the least squared error by the weights before
    /// them: what can be told from points that lie close together.
    ///
    /// `None` when the points do not span a plane.
    pub(crate) fn affine(pairs: impl Iterator<Item = (f64, Point, Point)> + Clone) -> Option<Self> {
        let solve = |to: fn(Point) -> f64| {
            let rows = pairs
                .clone()
                .map(|(weight, a, b)| (weight, [a.x, a.y, 1.0, to(b)]));
            least_squares::<3, 4>(rows, 0.0)
        };
        let ([a, b, c], [d, e, f]) = (solve(|p| p.x)?, solve(|p| p.y)?);
        Some(Self([a, b, c, d, e, f, 0.0, 0.0, 1.0]))
    }

    /// The map that turns, moves and scales each first point to its second with the least squared error, and keeps right
    /// angles: complex numbers z ↦ a·z + b.
    ///
    /// `None` when all points are one.
    pub(crate) fn similarity(pairs: &[(Point, Point)]) -> Option<Self> {
        let n = pairs.len().max(1) as f64;
        let mean = |of: fn(&(Point, Point)) -> Point| {
            let (x, y) = pairs
                .iter()
                .map(of)
                .fold((0.0, 0.0), |(x, y), p| (x + p.x, y + p.y));
            Point::new(x / n, y / n)
        };
        let (from, to) = (mean(|pair| pair.0), mean(|pair| pair.1));
        let (mut re, mut im, mut norm) = (0.0, 0.0, 0.0);
        for (a, b) in pairs {
            let (a, b) = (
                Point::new(a.x - from.x, a.y - from.y),
                Point::new(b.x - to.x, b.y - to.y),
            );
            re += a.x * b.x + a.y * b.y;
            im += a.x * b.y - a.y * b.x;
            norm += a.x * a.x + a.y * a.y;
        }
        if norm <= 0.0 {
            return None;
        }
        let (re, im) = (re / norm, im / norm);
        let (x, y) = (
            to.x - re * from.x + im * from.y,
            to.y - im * from.x - re * from.y,
        );
        Some(Self([re, -im, x, im, re, y, 0.0, 0.0, 1.0]))
    }

    /// Where `p` goes. Points on the horizon go to infinity; callers check what they use.
    pub(crate) fn map(&self, p: Point) -> Point {
        let m = &self.0;
        let w = m[6] * p.x + m[7] * p.y + m[8];
        Point::new(
            (m[0] * p.x + m[1] * p.y + m[2]) / w,
            (m[3] * p.x + m[4] * p.y + m[5]) / w,
        )
    }

    /// First `inner`, then `self`.
    fn after(&self, inner: &Self) -> Self {
        let mut out = [0.0; 9];
        for r in 0..3 {
            for c in 0..3 {
                out[r * 3 + c] = (0..3).map(|k| self.0[r * 3 + k] * inner.0[k * 3 + c]).sum();
            }
        }
        Self(out)
    }

    /// The largest distance between a pair's second point and where its first point is carried.
    pub(crate) fn worst_error(&self, pairs: &[(Point, Point)]) -> f64 {
        pairs
            .iter()
            .map(|&(a, b)| self.map(a).distance(b))
            .fold(0.0, f64::max)
    }
}

/// Moves points to mean zero and mean distance one, so that the normal equations stay well scaled.
struct Normaliser {
    centre: Point,
    scale: f64,
}

impl Normaliser {
    fn of(points: impl Iterator<Item = Point> + Clone) -> Option<Self> {
        let n = points.clone().count() as f64;
        let (sx, sy) = points
            .clone()
            .fold((0.0, 0.0), |(sx, sy), p| (sx + p.x, sy + p.y));
        let centre = Point::new(sx / n, sy / n);
        let spread = points.map(|p| p.distance(centre)).sum::<f64>() / n;
        (spread.is_finite() && spread > 1e-9).then_some(Self {
            centre,
            scale: 1.0 / spread,
        })
    }

    fn apply(&self, p: Point) -> Point {
        Point::new(
            (p.x - self.centre.x) * self.scale,
            (p.y - self.centre.y) * self.scale,
        )
    }

    fn forward(&self) -> Homography {
        let (s, c) = (self.scale, self.centre);
        Homography([s, 0.0, -s * c.x, 0.0, s, -s * c.y, 0.0, 0.0, 1.0])
    }

    fn inverse(&self) -> Homography {
        let (s, c) = (1.0 / self.scale, self.centre);
        Homography([s, 0.0, c.x, 0.0, s, c.y, 0.0, 0.0, 1.0])
    }
}

/// Solves the `N` equations whose last column is the right side; `None` when they are dependent.
fn solve<const N: usize, const W: usize>(mut rows: [[f64; W]; N]) -> Option<[f64; N]> {
    debug_assert_eq!(W, N + 1);
    for i in 0..N {
        let pivot = (i..N).max_by(|&a, &b| rows[a][i].abs().total_cmp(&rows[b][i].abs()))?;
        if !rows[pivot][i].is_finite() || rows[pivot][i].abs() < 1e-12 {
            return None;
        }
        rows.swap(i, pivot);
        let head = rows[i];
        for (r, row) in rows.iter_mut().enumerate() {
            if r != i {
                let factor = row[i] / head[i];
                for c in i..W {
                    row[c] -= factor * head[c];
                }
            }
        }
    }
    Some(std::array::from_fn(|i| rows[i][N] / rows[i][i]))
}

/// Solves the `N` equations of `rows` (each with its right side last) in the least-squares sense, with `ridge`
/// added to the diagonal; `None` when they are dependent.
pub(crate) fn least_squares<const N: usize, const W: usize>(
    rows: impl Iterator<Item = (f64, [f64; W])>,
    ridge: f64,
) -> Option<[f64; N]> {
    let mut normal = [[0.0; W]; N];
    for (weight, row) in rows {
        for i in 0..N {
            for j in i..W {
                normal[i][j] += weight * row[i] * row[j];
            }
        }
    }
    // What lies below the diagonal is what lies above it.
    let upper = normal;
    for (i, row) in normal.iter_mut().enumerate() {
        for (value, above) in row.iter_mut().zip(&upper[..i]) {
            *value = above[i];
        }
        row[i] += ridge;
    }
    solve(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_map_carries_its_own_points() {
        let page = RectMm::new(0.0, 0.0, 210.0, 297.0).corners();
        let photo = [
            Point::new(120.0, 80.0),
            Point::new(1900.0, 130.0),
            Point::new(1800.0, 2500.0),
            Point::new(60.0, 2400.0),
        ];
        let pairs: Vec<_> = page.into_iter().zip(photo).collect();
        let map = Homography::fit(&pairs).expect("four corners span a plane");
        assert!(map.worst_error(&pairs) < 1e-6);
    }

    #[test]
    fn points_on_one_line_give_no_map() {
        let pairs: Vec<_> = (0..5)
            .map(|i| (Point::new(f64::from(i), 0.0), Point::new(f64::from(i), 1.0)))
            .collect();
        assert_eq!(Homography::fit(&pairs), None);
    }
}
