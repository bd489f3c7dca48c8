//! A page that lies flat on its blank, and reading its fields.

use std::sync::{Arc, OnceLock};

use image::GrayImage;

use super::{PageReading, PhotoQuality, scatter};
use crate::form::{Field, FieldKind, Form, PAGE};
use crate::geometry::Point;
use crate::grain::Grain;
use crate::ink::Paper;
use crate::layout::Sheet;
use crate::payload::Payload;
use crate::photo::Colour;
use crate::red_ink::RedInk;
use crate::score::{FieldReading, Scorer, Sight, Thresholds};
use crate::seal_ring::{self, SealRing};
use crate::template::Template;
use crate::warp::Warp;

/// With less ink a field is clear under all thresholds, whoever put it there.
const LEAST_SCORE: f32 = 0.05;

/// An identified page laid flat onto its blank and evenly lit.
pub struct FlatPage<'a> {
    pub(super) form: &'a Form,
    pub(super) sheet: &'a Sheet,
    pub(super) template: &'a Arc<Template>,
    pub(super) payload: Payload,
    pub(super) warp: Warp,
    pub(super) photo_size: (u32, u32),
    pub(super) colour: Option<&'a Colour>,
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
        let in_photo = |p: Point| self.warp.to_photo(p).is_in(self.photo_size, 0.0);
        let edge_mm = self.quality.edge_mm[0].max(self.quality.edge_mm[1]);
        let grain = Grain::measure(&self.flat, &self.paper, self.template, edge_mm);
        let scorer = Scorer {
            page: &self.page,
            flat: &self.flat,
            paper: &self.paper,
            template: self.template,
            quality: &self.quality,
            grain,
            seals: &[],
            wavy: false,
        };
        let mut scores: Vec<(f32, Sight)> = self
            .sheet
            .fields
            .iter()
            .map(|field| scorer.score(field, in_photo))
            .collect();
        let scorer = Scorer {
            wavy: scatter::may_be_wavy(&self.ticks(&scores)),
            ..scorer
        };
        if scorer.wavy {
            for (field, scored) in self.sheet.fields.iter().zip(&mut scores) {
                if field.kind == FieldKind::Tick {
                    *scored = scorer.score(field, in_photo);
                }
            }
        }
        self.doubt_seals(&scorer, &mut scores, in_photo);
        let ticks = self.ticks(&scores);
        let excess = scatter::excess(&ticks);
        let usual_noise_levels = scatter::usual_noise_levels(&ticks);
        let fields = self
            .sheet
            .fields
            .iter()
            .zip(scores)
            .map(|(field, (score, mut sight))| {
                if field.kind == FieldKind::Tick {
                    let usual = usual_noise_levels.unwrap_or(f32::INFINITY);
                    sight.unevenness = scatter::noise_levels(&sight) / usual;
                    sight.noise *= excess;
                }
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
            template: Arc::clone(self.template),
            ink: OnceLock::new(),
            grain,
            warp: self.warp,
            rectified: self.page,
        }
    }

    /// Those of the scores that tick boxes have.
    fn ticks(&self, scores: &[(f32, Sight)]) -> Vec<(f32, Sight)> {
        let scored = self.sheet.fields.iter().zip(scores);
        let ticks = scored.filter(|(field, _)| field.kind == FieldKind::Tick);
        ticks.map(|(_, scored)| *scored).collect()
    }

    /// Scores the fields anew that a seal or a finger may have inked, without such ink, and says in their sight how much of the
    /// first score that was.
    fn doubt_seals(
        &self,
        scorer: &Scorer<'_>,
        scores: &mut [(f32, Sight)],
        in_photo: impl Fn(Point) -> bool + Copy,
    ) {
        let inked = |(field, (score, _)): &(&Field, &mut (f32, Sight))| {
            matches!(field.kind, FieldKind::Tick | FieldKind::Signature) && LEAST_SCORE <= *score
        };
        let mut suspects: Vec<(&Field, &mut (f32, Sight))> =
            self.sheet.fields.iter().zip(scores).filter(inked).collect();
        if suspects.is_empty() {
            return;
        }
        let scale = self.quality.px_per_mm;
        let red = self
            .colour
            .map(|colour| RedInk::find(colour, &self.warp, &self.paper, scale));
        let is_red = |seal: &SealRing| red.as_ref().is_some_and(|red| red.is_along(seal.points()));
        let mut seals = seal_ring::find(&self.page, self.template);
        seals.retain(|seal| !is_red(seal));
        suspects.retain(|(field, _)| {
            let is_red = |red: &RedInk<'_>| red.is_in(field.rect) && red.is_seal(field, self.sheet);
            red.as_ref().is_some_and(is_red) || seals.iter().any(|seal| seal.covers(field.rect))
        });
        if suspects.is_empty() {
            return;
        }
        let (mut page, mut flat) = (self.page.clone(), self.flat.clone());
        for (field, _) in &suspects {
            if let Some(red) = &red {
                red.lift(field.rect, &mut page, &mut flat);
            }
        }
        let scorer = Scorer {
            page: &page,
            flat: &flat,
            seals: &seals,
            ..*scorer
        };
        for (field, scored) in suspects {
            let (pen, sight) = scorer.score(field, in_photo);
            // Red that lies beside a box may have been taken for want of light, which hides what is in it.
            let score = scored.0.max(pen);
            let seal = score - pen;
            *scored = (score, Sight { seal, ..sight });
        }
    }
}
