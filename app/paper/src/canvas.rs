//! A white page that ink is laid on, in millimetres.

use image::GrayImage;

use crate::geometry::{Point, RectMm};
use crate::layout::Text;
use crate::surface::Surface;
use crate::typeface::{Pen, Typeface};

/// A grey picture of a page under construction.
pub(crate) struct Canvas {
    image: GrayImage,
    px_per_mm: f64,
    typeface: Typeface,
    pen: Pen,
}

impl Surface for Canvas {
    /// Pixels that a bar covers in part become grey by that share. Drawing twice changes nothing.
    fn bar(&mut self, rect: RectMm) {
        self.cover(rect, |old, ink| old.min(255 - ink));
    }

    /// Shares of one pixel add up.
    fn tiles(&mut self, tiles: &[RectMm]) {
        for &tile in tiles {
            self.cover(tile, u8::saturating_sub);
        }
    }

    fn stroke(&mut self, points: &[Point], width_mm: f64) {
        for ends in points.windows(2) {
            self.line(ends[0], ends[1], width_mm);
        }
    }

    fn text(&mut self, text: &Text) {
        let mut x = text.x;
        for c in text.content.chars() {
            self.glyph(c, x, text.baseline, text.em);
            x += self.typeface.advance(c) * text.em + text.spacing;
        }
    }
}

impl Canvas {
    /// A white page of `w` × `h` millimetres at `dpi`.
    pub(crate) fn new(w: f64, h: f64, dpi: u32, typeface: &Typeface) -> Self {
        let px_per_mm = f64::from(dpi) / 25.4;
        let px = |mm: f64| (mm * px_per_mm).round() as u32;
        let page = GrayImage::from_pixel(px(w), px(h), image::Luma([255]));
        Self::over(page, px_per_mm, typeface)
    }

    /// Lays more on `image`, which has `px_per_mm` pixels to a millimetre.
    pub(crate) fn over(image: GrayImage, px_per_mm: f64, typeface: &Typeface) -> Self {
        Self {
            image,
            px_per_mm,
            typeface: *typeface,
            pen: typeface.pen(),
        }
    }

    pub(crate) fn finish(self) -> GrayImage {
        self.image
    }

    fn cover(&mut self, rect: RectMm, lay: impl Fn(u8, u8) -> u8) {
        let (x0, x1) = (self.edge(rect.x), self.edge(rect.x + rect.w));
        let (y0, y1) = (self.edge(rect.y), self.edge(rect.y + rect.h));
        let (columns, rows) = self.image.dimensions();
        for y in pixels(y0, y1, rows) {
            let share_y = overlap(y, y0, y1);
            for x in pixels(x0, x1, columns) {
                let ink = (255.0 * share_y * overlap(x, x0, x1)).round() as u8;
                let pixel = &mut self.image.get_pixel_mut(x, y).0[0];
                *pixel = lay(*pixel, ink);
            }
        }
    }

    /// Millimetres to pixels; what stands on the pixel lattice up to rounding is put there.
    fn edge(&self, mm: f64) -> f64 {
        let px = mm * self.px_per_mm;
        if (px - px.round()).abs() < 1e-3 {
            px.round()
        } else {
            px
        }
    }

    /// A stroke of a round pen from `a` to `b`.
    fn line(&mut self, a: Point, b: Point, width_mm: f64) {
        let s = self.px_per_mm;
        let (a, b) = (Point::new(a.x * s, a.y * s), Point::new(b.x * s, b.y * s));
        let radius = width_mm * s / 2.0;
        let length_sq = (b.x - a.x).powi(2) + (b.y - a.y).powi(2);
        let (columns, rows) = self.image.dimensions();
        let reach = radius + 1.0;
        for y in pixels(a.y.min(b.y) - reach, a.y.max(b.y) + reach, rows) {
            for x in pixels(a.x.min(b.x) - reach, a.x.max(b.x) + reach, columns) {
                let p = Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
                let along = if length_sq > 0.0 {
                    ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / length_sq
                } else {
                    0.0
                };
                let gap = p.distance(a.toward(b, along.clamp(0.0, 1.0))) - radius;
                let ink = (255.0 * (0.5 - gap).clamp(0.0, 1.0)).round() as u8;
                let pixel = &mut self.image.get_pixel_mut(x, y).0[0];
                *pixel = (*pixel).min(255 - ink);
            }
        }
    }

    /// Sets one character with its origin at `x`, `baseline`.
    fn glyph(&mut self, c: char, x: f64, baseline: f64, em: f64) {
        let (px, py) = (x * self.px_per_mm, baseline * self.px_per_mm);
        let (left, top) = (px.floor(), py.floor());
        let em_px = (em * self.px_per_mm) as f32;
        let (dx, dy) = ((px - left) as f32, (py - top) as f32);
        // The font's y axis points up, so a shift down is negative there.
        let Some(glyph) = self.pen.draw(c, em_px, dx, -dy) else {
            return;
        };
        let (left, top) = (
            left as i64 + i64::from(glyph.placement.left),
            top as i64 - i64::from(glyph.placement.top),
        );
        let width = glyph.placement.width as usize;
        for (i, &ink) in glyph.data.iter().enumerate() {
            let (gx, gy) = (left + (i % width) as i64, top + (i / width) as i64);
            let (Ok(gx), Ok(gy)) = (u32::try_from(gx), u32::try_from(gy)) else {
                continue;
            };
            if gx < self.image.width() && gy < self.image.height() {
                let pixel = &mut self.image.get_pixel_mut(gx, gy).0[0];
                *pixel = (*pixel).min(255 - ink);
            }
        }
    }
}

fn pixels(from: f64, to: f64, limit: u32) -> std::ops::Range<u32> {
    (from.max(0.0).floor() as u32).min(limit)..(to.max(0.0).ceil() as u32).min(limit)
}

fn overlap(pixel: u32, from: f64, to: f64) -> f64 {
    let pixel = f64::from(pixel);
    (to.min(pixel + 1.0) - from.max(pixel)).clamp(0.0, 1.0)
}
