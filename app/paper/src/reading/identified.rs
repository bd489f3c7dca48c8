//! A page of a known form, and laying it flat onto its blank.

use std::sync::Arc;

use super::{
    EDGE_LIMIT_MM, FlatPage, LEAST_PAPER_LEVEL, LEAST_PRINT_FIT, LocatedPage, PageProblem,
    PhotoQuality,
};
use crate::form::{Form, PAGE};
use crate::geometry::Point;
use crate::ink::Paper;
use crate::layout::Sheet;
use crate::payload::Payload;
use crate::register;
use crate::score;
use crate::template::{READ_PX_PER_MM, Template};
use crate::warp::flatten;
use crate::writing;

/// A located page whose form is known.
pub struct IdentifiedPage<'a> {
    pub(super) located: LocatedPage<'a>,
    pub(super) form: &'a Form,
    pub(super) sheet: &'a Sheet,
    pub(super) template: &'a Arc<Template>,
    pub(super) payload: Payload,
}

impl<'a> IdentifiedPage<'a> {
    /// The page's corners in photo pixels, clockwise from its upper left, as if it were flat.
    #[must_use]
    pub fn corners(&self) -> [Point; 4] {
        PAGE.corners().map(|p| self.located.map.map(p))
    }

    /// What the upper code of the page says, whichever of the two was read.
    #[must_use]
    pub fn code_text(&self) -> Option<String> {
        let Payload { page, case_ref, .. } = &self.payload;
        self.form.code_text(*page, case_ref.as_deref())
    }

    /// Lays the page flat onto its blank and evens out the light.
    ///
    /// # Errors
    ///
    /// [`PageProblem::TooBlurred`], [`PrintCovered`](PageProblem::PrintCovered) or [`TooDark`](PageProblem::TooDark).
    pub fn register(self) -> Result<FlatPage<'a>, PageProblem> {
        let LocatedPage {
            photo,
            colour,
            map,
            px_per_mm,
            edge_mm,
            ..
        } = self.located;
        let widest = edge_mm[0].max(edge_mm[1]);
        if widest > EDGE_LIMIT_MM {
            return Err(PageProblem::TooBlurred { edge_mm: widest });
        }
        let registered = register::register(photo, map, px_per_mm, self.template);
        let warp = registered.warp;
        let mut page = flatten(photo, 1, &warp, READ_PX_PER_MM);
        // A pixel along the photo's edges is mixed with what lies beyond.
        let is_seen = |p: Point| warp.to_photo(p).is_in(photo.dimensions(), 1.0);
        let paper = Paper::measure(&mut page, self.template, is_seen);
        let even = paper.even_out(&page);
        let quality = PhotoQuality {
            px_per_mm,
            edge_mm,
            toner: score::toner(&even),
            paper_level: paper.median(),
            print_fit: registered.print_fit,
            written: writing::blackness(&even, self.template, &self.sheet.fields, edge_mm),
        };
        if quality.print_fit < LEAST_PRINT_FIT {
            return Err(PageProblem::PrintCovered {
                print_fit: quality.print_fit,
            });
        }
        if quality.paper_level < LEAST_PAPER_LEVEL {
            return Err(PageProblem::TooDark {
                paper_level: quality.paper_level,
            });
        }
        Ok(FlatPage {
            form: self.form,
            sheet: self.sheet,
            template: self.template,
            payload: self.payload,
            warp,
            photo_size: photo.dimensions(),
            colour,
            flat: page,
            page: even,
            paper,
            quality,
        })
    }
}
