//! The measurements on a photo that was read, and what they come to.

use image::GrayImage;

use super::codes::{contrast_of, hidden_codes};
use super::light::{LightMap, THING_SQUARES, blots, washed_out};
use super::places::{around_corner, dip_rect, outside_px, overlap};
use super::rim::dips;
use super::smear::smear;
use super::{
    BLUR_CHECK_MM, CURL_CHECK_MM, CUT_MM, DARK_CHECK, Defect, FAR_CHECK_PX_PER_MM, Finding,
    GLARE_SHARE, MOVED_EDGE_MM, Measures, SMEAR_CHECK, Severity, TONER_CHECK,
};
use crate::form::{Field, FieldKind, Form, PAGE};
use crate::geometry::{Point, RectMm};
use crate::marker::Corner;
use crate::pixels::shrink;
use crate::reading::{LEAST_PAPER_LEVEL, PageReading};

/// A photo that was read, with the page's own light and print.
pub(super) struct Look<'a> {
    photo: &'a GrayImage,
    reading: &'a PageReading,
    fields: Vec<&'a Field>,
    light: Option<LightMap>,
    smear: f64,
}

impl<'a> Look<'a> {
    pub(super) fn at_reading(
        photo: &'a GrayImage,
        reading: &'a PageReading,
        forms: &'a [Form],
    ) -> Self {
        let form = forms
            .iter()
            .find(|form| form.key() == reading.form_key && form.edition() == reading.edition);
        let template = form.and_then(|form| form.template(reading.page));
        let light = template.map(|template| {
            LightMap::measure(photo, &reading.warp, reading.quality.px_per_mm, template)
        });
        let smear = template
            .and_then(|template| smear(&shrink(&reading.rectified, 2), &template.half))
            .unwrap_or(1.0);
        let fields = form.map_or_else(Vec::new, |form| {
            form.fields()
                .filter(|field| field.page == reading.page)
                .collect()
        });
        Self {
            photo,
            reading,
            fields,
            light,
            smear,
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut out = Vec::new();
        out.extend(self.cut_off());
        out.extend(self.covered());
        out.extend(self.codes());
        out.extend(self.glare());
        out.extend(self.dark());
        out.extend(self.far());
        out.extend(self.moved_or_blurred());
        out.extend(self.curled());
        out.extend(self.faint());
        out
    }

    fn to_photo(&self, p: Point) -> Point {
        self.reading.warp.to_photo(p)
    }

    fn outline(&self, rect: RectMm) -> Vec<Point> {
        rect.corners().map(|p| self.to_photo(p)).to_vec()
    }

    fn check(defect: Defect) -> Finding {
        Finding {
            defect,
            severity: Severity::Check,
            places: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Ids of the fields whose rectangle `touched` says yes to.
    fn fields_where(&self, touched: impl Fn(&Field) -> bool) -> Vec<String> {
        let touched = self.fields.iter().filter(|field| touched(field));
        touched.map(|field| field.id.clone()).collect()
    }

    fn cut_off(&self) -> Vec<Finding> {
        let corners = PAGE.corners();
        let size = self.photo.dimensions();
        let scale = self.reading.quality.px_per_mm;
        let beyond = |p: Point| outside_px(size, self.to_photo(p)) / scale;
        let mut out: Vec<Finding> = Corner::ALL
            .into_iter()
            .zip(corners)
            .filter(|&(_, p)| beyond(p) > CUT_MM)
            .map(|(corner, p)| Finding {
                places: vec![self.outline(around_corner(p))],
                ..Self::check(Defect::CutOff {
                    corner,
                    outside_mm: beyond(p),
                })
            })
            .collect();
        if let Some(first) = out.first_mut() {
            first.fields =
                self.fields_where(|field| field.rect.corners().iter().any(|&p| beyond(p) > 0.0));
        }
        out
    }

    /// Dips of the rim, and squares whose print is gone under something that is darker than paper.
    fn covered(&self) -> Option<Finding> {
        let dips: Vec<(RectMm, f32)> = dips(self.photo, |p| self.to_photo(p))
            .iter()
            .map(|dip| (dip_rect(dip), dip.share))
            .collect();
        let written: Vec<RectMm> = self
            .fields
            .iter()
            .filter(|field| field.kind != FieldKind::Tick)
            .map(|field| field.rect)
            .collect();
        let blots = self.light.as_ref().map_or_else(Vec::new, |light| {
            let mut blots = blots(light, &written);
            blots.retain(|blot| {
                blot.squares >= THING_SQUARES
                    || dips
                        .iter()
                        .any(|(dip, _)| overlap(dip, &blot.rect.inset(-3.0)))
            });
            blots
        });
        let rects = dips
            .iter()
            .copied()
            .chain(blots.iter().map(|blot| (blot.rect, blot.share)));
        let (rects, shares): (Vec<RectMm>, Vec<f32>) = rects.unzip();
        (!rects.is_empty()).then(|| Finding {
            places: rects.iter().map(|rect| self.outline(*rect)).collect(),
            fields: self.fields_where(|field| rects.iter().any(|rect| overlap(&field.rect, rect))),
            ..Self::check(Defect::Covered {
                share: shares.iter().copied().fold(1.0, f32::min),
            })
        })
    }

    fn codes(&self) -> Vec<Finding> {
        let marks = Corner::ALL.map(Corner::rect);
        let to_photo = |p: Point| self.to_photo(p);
        let known = contrast_of(self.photo, &marks, to_photo).map_or(0.0, |seen| seen.contrast);
        hidden_codes(self.photo, known, to_photo)
            .into_iter()
            .map(|(spot, defect)| Finding {
                places: vec![self.outline(spot.rect())],
                ..Self::check(defect)
            })
            .collect()
    }

    fn glare(&self) -> Option<Finding> {
        let light = self.light.as_ref()?;
        let washed = |i: usize| washed_out(light, light.squares[i]);
        let share = |field: &Field| {
            let squares: Vec<usize> = light.under(field.rect.inset(-1.0)).collect();
            let hit = squares.iter().filter(|&&i| washed(i)).count();
            hit as f32 / squares.len().max(1) as f32
        };
        self.on_fields(
            share,
            |share| share >= GLARE_SHARE,
            |shares| Defect::Glare {
                share: shares.fold(0.0, f32::max),
            },
        )
    }

    fn dark(&self) -> Option<Finding> {
        let level = self.reading.quality.paper_level;
        if level < DARK_CHECK {
            return Some(Self::check(Defect::Dark { paper_level: level }));
        }
        let light = self.light.as_ref()?;
        let level_at = |field: &Field| {
            let levels = light.under(field.rect).map(|i| light.squares[i].level);
            // A pressed finger fills a box; the brightest square of it is the paper.
            levels.fold(0.0, f32::max)
        };
        let too_dark = |level| level > 0.0 && level < LEAST_PAPER_LEVEL;
        self.on_fields(level_at, too_dark, |levels| Defect::Dark {
            paper_level: levels.fold(255.0, f32::min),
        })
    }

    /// What is wrong on single fields: those whose `measure` is `bad`, and what all of theirs come to.
    fn on_fields(
        &self,
        measure: impl Fn(&Field) -> f32,
        bad: impl Fn(f32) -> bool,
        defect: impl Fn(&mut dyn Iterator<Item = f32>) -> Defect,
    ) -> Option<Finding> {
        let measured = self.fields.iter().map(|field| (*field, measure(field)));
        let hit: Vec<(&Field, f32)> = measured.filter(|(_, value)| bad(*value)).collect();
        (!hit.is_empty()).then(|| Finding {
            places: hit
                .iter()
                .map(|(field, _)| self.outline(field.rect.inset(-1.5)))
                .collect(),
            fields: hit.iter().map(|(field, _)| field.id.clone()).collect(),
            ..Self::check(defect(&mut hit.iter().map(|(_, value)| *value)))
        })
    }

    fn far(&self) -> Option<Finding> {
        let px_per_mm = self.reading.quality.px_per_mm;
        (px_per_mm < FAR_CHECK_PX_PER_MM).then(|| Finding {
            places: vec![self.reading.corners.to_vec()],
            ..Self::check(Defect::Far { px_per_mm })
        })
    }

    fn moved_or_blurred(&self) -> Option<Finding> {
        let [across, down] = self.reading.quality.edge_mm;
        let edge_mm = across.max(down);
        let smear = self.smear;
        if smear >= SMEAR_CHECK && edge_mm > MOVED_EDGE_MM {
            return Some(Self::check(Defect::Moved { smear }));
        }
        (edge_mm > BLUR_CHECK_MM).then(|| Self::check(Defect::Blurred { edge_mm }))
    }

    fn curled(&self) -> Option<Finding> {
        let (at, bend_mm) = self.bend();
        (bend_mm > CURL_CHECK_MM).then(|| Finding {
            places: vec![self.outline(at)],
            ..Self::check(Defect::Curled {
                bend_mm: Some(bend_mm),
            })
        })
    }

    /// Where print lies furthest from where a flat page would have it, and by how much.
    fn bend(&self) -> (RectMm, f64) {
        const SIDE_MM: f64 = 30.0;
        let (columns, rows) = ((PAGE.w / SIDE_MM) as usize, (PAGE.h / SIDE_MM) as usize);
        let squares = (0..columns * rows).map(|i| {
            let at = RectMm::new(
                (i % columns) as f64 * SIDE_MM,
                (i / columns) as f64 * SIDE_MM,
                SIDE_MM,
                SIDE_MM,
            );
            let bend = self.reading.warp.bend(at.centre());
            (at, bend.x.hypot(bend.y))
        });
        squares
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((PAGE, 0.0))
    }

    fn faint(&self) -> Option<Finding> {
        let toner = self.reading.quality.toner;
        (toner < TONER_CHECK).then(|| Self::check(Defect::Faint { toner }))
    }

    /// Every quantity that is judged.
    pub(super) fn measures(&self) -> Measures {
        let quality = &self.reading.quality;
        Measures {
            edge_mm: quality.edge_mm[0].max(quality.edge_mm[1]),
            smear: self.smear,
            paper_level: quality.paper_level,
            px_per_mm: quality.px_per_mm,
            bend_mm: self.bend().1,
            toner: quality.toner,
        }
    }
}
