//! The printed outline of a field as the photo shows it: where it lies, how well it fits and how black it is.

use image::GrayImage;

use crate::geometry::RectMm;
use crate::marker::Corner;
use crate::reading::PhotoQuality;
use crate::register::{self, Patch};
use crate::template::{READ_PX_PER_MM, Template, for_pixels, rows};

/// Even paper comes out this much darker than white, because of its noise.
const PAPER_DARKNESS: f64 = 0.02;

/// The blackness of the outline of `rect`, as a share of what toner on this page gives: that of the piece that a quarter of all
/// is fainter than.
///
/// Blackness is summed across the line, so that blur does not change it. Glare takes it away, if only on one side.
pub(super) fn contrast(
    page: &GrayImage,
    rect: RectMm,
    line_mm: f64,
    quality: &PhotoQuality,
) -> f32 {
    /// Pieces are about this long.
    const PIECE_MM: f64 = 4.0;
    /// How far to each side of the line blackness is summed.
    const REACH_MM: f64 = 0.5;
    let want = f64::from(quality.toner.max(0.1)) * line_mm / (2.0 * REACH_MM + line_mm);
    let mut shares = Vec::new();
    let mut piece = |area: RectMm| {
        let (mut sum, mut count) = (0, 0);
        for_pixels(area, page, |at| {
            sum += u32::from(255 - page.as_raw()[at]);
            count += 1;
        });
        let mean = f64::from(sum) / 255.0 / f64::from(count.max(1)) - PAPER_DARKNESS;
        let mean = mean.max(0.0);
        shares.push((mean / want) as f32);
    };
    let wide = 2.0 * REACH_MM + line_mm;
    let columns = (rect.w / PIECE_MM).round().max(1.0);
    for i in 0..columns as usize {
        let (x, w) = (rect.x + rect.w * i as f64 / columns, rect.w / columns);
        piece(RectMm::new(x, rect.y - REACH_MM, w, wide));
        piece(RectMm::new(x, rect.y + rect.h - wide + REACH_MM, w, wide));
    }
    let rows = (rect.h / PIECE_MM).round().max(1.0);
    for i in 0..rows as usize {
        let (y, h) = (rect.y + rect.h * i as f64 / rows, rect.h / rows);
        piece(RectMm::new(rect.x - REACH_MM, y, wide, h));
        piece(RectMm::new(rect.x + rect.w - wide + REACH_MM, y, wide, h));
    }
    shares.sort_by(f32::total_cmp);
    shares[shares.len() / 4]
}

/// How black print is on an evenly lit page: the darker half of what the borders of the corner markers show.
pub(crate) fn toner(page: &GrayImage) -> f32 {
    let mut levels = Vec::new();
    for corner in Corner::ALL {
        for cell in corner.border_cells() {
            let (mut sum, mut count) = (0_u32, 0);
            for_pixels(cell.inset(0.6), page, |at| {
                sum += u32::from(page.as_raw()[at]);
                count += 1;
            });
            levels.push(sum as f32 / count.max(1) as f32);
        }
    }
    levels.sort_by(f32::total_cmp);
    1.0 - levels.get(levels.len() / 4).copied().unwrap_or(0.0) / 255.0
}

/// How far the outline of a tick box is off its place, in millimetres.
pub(super) fn drift(page: &GrayImage, template: &Template, rect: RectMm) -> (f64, f64) {
    let px = |mm: f64| (mm * READ_PX_PER_MM).round().max(0.0) as u32;
    let around = rect.inset(-0.9);
    let patch = Patch {
        x: px(around.x),
        y: px(around.y),
        side: px(around.w),
    };
    // Four pixels are half a millimetre, more than registration leaves on pages worth reading.
    match register::find(page, &template.blank, patch, 4) {
        Some(found) if found.fit > 0.2 => (found.dx / READ_PX_PER_MM, found.dy / READ_PX_PER_MM),
        Some(_) | None => (0.0, 0.0),
    }
}

/// How well the page correlates with the blank in a band along the edges of `rect`, `outside` and `inside` wide; the
/// page is looked at `shift` pixels off.
pub(super) fn band_fit(
    page: &GrayImage,
    template: &Template,
    rect: RectMm,
    (outside, inside): (f64, f64),
    shift: isize,
) -> f32 {
    let (outer, inner) = (rect.inset(-outside), rect.inset(inside));
    let wide = outside + inside;
    let bands = [
        RectMm::new(outer.x, outer.y, outer.w, wide),
        RectMm::new(outer.x, inner.y + inner.h, outer.w, wide),
        RectMm::new(outer.x, inner.y, wide, inner.h),
        RectMm::new(inner.x + inner.w, inner.y, wide, inner.h),
    ];
    let mut sums = [0_u64; 6];
    for row in bands.into_iter().flat_map(|band| rows(band, page)) {
        let from = row.start.wrapping_add_signed(shift);
        let Some(seen) = page.as_raw().get(from..from.wrapping_add(row.len())) else {
            continue;
        };
        let [mut a, mut b, mut aa, mut bb, mut ab] = [0_u32; 5];
        for (seen, wanted) in seen.iter().zip(&template.blank.as_raw()[row]) {
            let (seen, wanted) = (u32::from(*seen), u32::from(*wanted));
            a += seen;
            b += wanted;
            aa += seen * seen;
            bb += wanted * wanted;
            ab += seen * wanted;
        }
        for (sum, of_row) in sums.iter_mut().zip([seen.len() as u32, a, b, aa, bb, ab]) {
            *sum += u64::from(of_row);
        }
    }
    let [n, a, b, aa, bb, ab] = sums.map(|sum| sum as f64);
    let together = n * ab - a * b;
    let spread = (n * aa - a * a) * (n * bb - b * b);
    (together / spread.max(1.0).sqrt()) as f32
}
