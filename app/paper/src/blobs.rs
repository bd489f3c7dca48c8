//! Connected dark regions and the four-cornered outlines among them.

use crate::geometry::Point;

/// Regions that are looked at more closely, largest first; a page of text and clutter has some hundreds of fitting
/// size, and a picture of noise must not cost more than that.
const CANDIDATE_LIMIT: usize = 500;

/// A dark stretch of one row: columns `start..end`.
struct Run {
    row: u32,
    start: u32,
    end: u32,
}

/// What is known of one region after the first pass.
#[derive(Clone, Copy)]
struct Extent {
    left: u32,
    right: u32,
    top: u32,
    bottom: u32,
    area: u32,
}

/// The corners of every dark region that is nearly four-sided and whose sides lie between `least` and `most` pixels,
/// each clockwise as seen in the picture.
pub(crate) fn quads(dark: &[bool], width: u32, least: u32, most: u32) -> Vec<[Point; 4]> {
    let (runs, roots) = connect(dark, width);
    let mut extents: Vec<Option<Extent>> = vec![None; runs.len()];
    for (run, &root) in runs.iter().zip(&roots) {
        let extent = extents[root].get_or_insert(Extent {
            left: run.start,
            right: run.end,
            top: run.row,
            bottom: run.row + 1,
            area: 0,
        });
        extent.left = extent.left.min(run.start);
        extent.right = extent.right.max(run.end);
        extent.bottom = run.row + 1;
        extent.area += run.end - run.start;
    }
    let mut candidates: Vec<(usize, Extent)> = extents
        .iter()
        .enumerate()
        .filter_map(|(root, extent)| extent.map(|extent| (root, extent)))
        .filter(|(_, e)| {
            let (w, h) = (e.right - e.left, e.bottom - e.top);
            let sides = least..=most;
            // A square marker turned by 45 degrees fills half of its upright frame, and its border alone a third of that.
            sides.contains(&w) && sides.contains(&h) && e.area * 6 >= w * h
        })
        .collect();
    candidates.sort_by_key(|(_, e)| std::cmp::Reverse(e.area));
    candidates.truncate(CANDIDATE_LIMIT);

    let mut slot = vec![None; runs.len()];
    let mut edges: Vec<Vec<(u32, u32)>> = Vec::new();
    for (index, (root, extent)) in candidates.iter().enumerate() {
        slot[*root] = Some(index);
        edges.push(vec![(u32::MAX, 0); (extent.bottom - extent.top) as usize]);
    }
    for (run, &root) in runs.iter().zip(&roots) {
        if let Some(index) = slot[root] {
            let row = (run.row - candidates[index].1.top) as usize;
            let edge = &mut edges[index][row];
            *edge = (edge.0.min(run.start), edge.1.max(run.end));
        }
    }
    candidates
        .iter()
        .zip(&edges)
        .filter_map(|((_, extent), edges)| outline(extent.top, edges))
        .collect()
}

/// The dark runs of the picture, and for each the index of the first run it is connected with.
fn connect(dark: &[bool], width: u32) -> (Vec<Run>, Vec<usize>) {
    let width = width.max(1) as usize;
    let mut runs: Vec<Run> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut above = 0..0;
    for (row, line) in dark.chunks_exact(width).enumerate() {
        let first = runs.len();
        let mut x = 0;
        while x < width {
            if !line[x] {
                x += 1;
                continue;
            }
            let start = x;
            while x < width && line[x] {
                x += 1;
            }
            parents.push(runs.len());
            runs.push(Run {
                row: row as u32,
                start: start as u32,
                end: x as u32,
            });
        }
        let mut upper = above.start;
        for lower in first..runs.len() {
            while upper < above.end && runs[upper].end <= runs[lower].start {
                upper += 1;
            }
            let mut touching = upper;
            while touching < above.end && runs[touching].start < runs[lower].end {
                let (a, b) = (root(&mut parents, touching), root(&mut parents, lower));
                parents[a.max(b)] = a.min(b);
                touching += 1;
            }
        }
        above = first..runs.len();
    }
    let roots = (0..runs.len()).map(|i| root(&mut parents, i)).collect();
    (runs, roots)
}

fn root(parents: &mut [usize], mut i: usize) -> usize {
    while parents[i] != i {
        parents[i] = parents[parents[i]];
        i = parents[i];
    }
    i
}

/// The four corners of a region given by its first and last column in each row; `None` when it is not four-sided.
fn outline(top: u32, edges: &[(u32, u32)]) -> Option<[Point; 4]> {
    let mut points = Vec::with_capacity(edges.len() * 4);
    for (row, &(left, right)) in edges.iter().enumerate() {
        let y = f64::from(top) + row as f64;
        for (x, y) in [(left, y), (left, y + 1.0), (right, y), (right, y + 1.0)] {
            points.push(Point::new(f64::from(x), y));
        }
    }
    let hull = hull(points);
    let whole = area(&hull);
    let corners: [Point; 4] = circumscribed(hull)?.try_into().ok()?;
    (0.84 * area(&corners) <= whole).then_some(corners)
}

/// The polygon with its sides taken away one by one, and their neighbours made longer until they meet, until four are left:
/// always the side for which the least area is added. Blur rounds corners off and leaves sides straight.
fn circumscribed(mut polygon: Vec<Point>) -> Option<Vec<Point>> {
    while polygon.len() > 4 {
        let n = polygon.len();
        let (_, i, met) = (0..n)
            .filter_map(|i| {
                let at = |k: usize| polygon[(i + k) % n];
                let met = meeting([at(0), at(1)], [at(3), at(2)])?;
                Some((area(&[at(1), met, at(2)]), i, met))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        polygon[(i + 1) % n] = met;
        polygon.remove((i + 2) % n);
    }
    Some(polygon)
}

/// Where the way from the first point of each pair to its second goes on to meet the other's.
fn meeting([a, b]: [Point; 2], [d, c]: [Point; 2]) -> Option<Point> {
    let (along, back) = (
        Point::new(b.x - a.x, b.y - a.y),
        Point::new(c.x - d.x, c.y - d.y),
    );
    let cross = along.x * back.y - along.y * back.x;
    let share = ((d.x - a.x) * back.y - (d.y - a.y) * back.x) / cross;
    (cross < 0.0 && share.is_finite()).then(|| a.toward(b, share))
}

/// The convex hull, clockwise as seen with y downwards.
///
/// Source: A. M. Andrew, "Another efficient algorithm for convex hulls in two dimensions", Inf. Proc. Letters 9(5), 1979.
fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..] {
                if (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut all = half(&mut points.iter().copied());
    all.extend(half(&mut points.iter().rev().copied()));
    all
}

fn area(polygon: &[Point]) -> f64 {
    let n = polygon.len();
    let doubled: f64 = (0..n)
        .map(|i| {
            let (a, b) = (polygon[i], polygon[(i + 1) % n]);
            a.x * b.y - b.x * a.y
        })
        .sum();
    doubled.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_one_region_with_the_corners_of_its_outside() {
        let (w, h) = (30, 30);
        let inside = |v: u32, from: u32, to: u32| (from..to).contains(&v);
        let dark: Vec<bool> = (0..w * h)
            .map(|i| (i % w, i / w))
            .map(|(x, y)| {
                inside(x, 5, 25) && inside(y, 6, 26) && !(inside(x, 9, 21) && inside(y, 10, 22))
            })
            .collect();
        let found = quads(&dark, w, 8, 28);
        assert_eq!(found.len(), 1);
        let mut corners = found[0].map(|p| (p.x as u32, p.y as u32));
        corners.sort_unstable();
        assert_eq!(corners, [(5, 6), (5, 26), (25, 6), (25, 26)]);
    }

    /// The corners found of a square of 48 pixels that are rounded off with `radius`.
    fn corners_of_rounded(radius: f64) -> Vec<[Point; 4]> {
        let dark: Vec<bool> = (0..80 * 80)
            .map(|i| {
                let beyond = |v: i32| (f64::from((v - 40).abs()) + radius - 24.0).max(0.0);
                beyond(i % 80).hypot(beyond(i / 80)) < radius
            })
            .collect();
        quads(&dark, 80, 8, 60)
    }

    #[test]
    fn corners_that_blur_rounds_off_are_where_the_sides_meet() {
        let found = corners_of_rounded(14.0);
        assert_eq!(found.len(), 1);
        for corner in found[0] {
            let off = Point::new((corner.x - 40.5).abs(), (corner.y - 40.5).abs());
            assert!(off.distance(Point::new(24.0, 24.0)) < 4.0, "{corner:?}");
        }
    }

    #[test]
    fn a_disc_has_no_corners() {
        assert!(corners_of_rounded(24.0).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_picture_is_searched_without_panic(dark: Vec<bool>, width in 0_u32..40) {
            for quad in quads(&dark, width, 2, 40) {
                proptest::prop_assert!(quad.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
            }
        }
    }
}
