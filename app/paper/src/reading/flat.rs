//! A page that lies flat on its blank, and reading its fields.

use image::GrayImage;

use super::{PageReading, PhotoQuality};
use crate::form::{Form, PAGE};
use crate::geometry::Point;
use crate::grain::Grain;
use crate::ink::Paper;
use crate::ink_layer::ink_layer;
use crate::layout::Sheet;
use crate::payload::Payload;
use crate::score::{FieldReading, Scorer, Thresholds};
use crate::template::Template;
use crate::warp::Warp;

/// An identified page laid flat onto its blank and evenly lit.
pub struct FlatPage<'a> {
    pub(super) form: &'a Form,
    pub(super) sheet: &'a Sheet,
    pub(super) template: &'a Template,
    pub(super) payload: Payload,
    pub(super) warp: Warp,
    pub(super) photo_size: (u32, u32),
    /// As it came from the photo.
    pub(super) flat: GrayImage,
    /// Evenly lit.
    pub(super) page: GrayImage,
    pub(super) paper: Paper,
    pub(super) quality: PhotoQuality,
}

impl FlatPage<'_> {
    /// Scores every field and judges it by `thresholds`, widened for the quality of the photo.
    #[must_use]
    pub fn read(self, thresholds: &Thresholds) -> PageReading {
        let thresholds = thresholds.widened_for(&self.quality);
        let (w, h) = (f64::from(self.photo_size.0), f64::from(self.photo_size.1));
        let in_photo = |p: Point| {
            let p = self.warp.to_photo(p);
            (0.0..w).contains(&p.x) && (0.0..h).contains(&p.y)
        };
        let edge_mm = self.quality.edge_mm[0].max(self.quality.edge_mm[1]);
        let scorer = Scorer {
            page: &self.page,
            flat: &self.flat,
            paper: &self.paper,
            template: self.template,
            quality: &self.quality,
            grain: Grain::measure(&self.flat, &self.paper, self.template, edge_mm),
        };
        let fields = self
            .sheet
            .fields
            .iter()
            .map(|field| {
                let (score, sight) = scorer.score(field, in_photo);
                FieldReading {
                    id: field.id.clone(),
                    kind: field.kind,
                    state: thresholds.decide(field.kind, score, sight),
                    score,
                    sight,
                }
            })
            .collect();
        PageReading {
            form_key: self.form.key().to_owned(),
            edition: self.form.edition(),
            page: self.payload.page,
            case_ref: self.payload.case_ref,
            fields,
            corners: PAGE.corners().map(|p| self.warp.to_photo(p)),
            quality: self.quality,
            ink: ink_layer(&self.page, self.template, &self.quality),
            warp: self.warp,
            rectified: self.page,
        }
    }
}
