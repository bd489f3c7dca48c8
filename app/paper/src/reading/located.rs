//! A located page, and finding its form by its codes.

use std::cell::LazyCell;

use image::GrayImage;

use super::{IdentifiedPage, PageProblem};
use crate::code::Printed;
use crate::decode::{self, Cut};
use crate::equaliser::{Likeness, Modules};
use crate::form::{Form, PAGE};
use crate::geometry::{Homography, Point};
use crate::grow::{Pair, grow};
use crate::payload::{Payload, PayloadError, Spot};
use crate::photo::Colour;

/// A code too blurred to be mended is taken for that of a known page when the 183 modules that check its text correlate at
/// least this much with it: six standard deviations of what codes of other texts do.
const LEAST_LIKENESS: f32 = 0.45;

/// A photo in which the page was found.
pub struct LocatedPage<'a> {
    pub(super) photo: &'a GrayImage,
    pub(super) colour: Option<&'a Colour>,
    pub(super) map: Homography,
    pub(super) px_per_mm: f64,
    pub(super) edge_mm: [f64; 2],
    /// What a code said, if one had to be read to find the page.
    pub(super) payload: Option<Payload>,
    /// Set when `map` is right only around these few places, which lie too close together to tell where the whole page is.
    pub(super) loose: Option<Loose>,
}

/// What is known of a page of which one or two corners are seen.
pub(super) struct Loose {
    pub(super) known: Vec<Pair>,
    pub(super) missing: PageProblem,
}

impl<'a> LocatedPage<'a> {
    /// The page's corners in photo pixels, clockwise from its upper left, as if it were flat; `None` when so little of the
    /// page is seen that its print has to be followed first.
    #[must_use]
    pub fn corners(&self) -> Option<[Point; 4]> {
        let whole = self.loose.is_none();
        whole.then(|| PAGE.corners().map(|p| self.map.map(p)))
    }

    /// Reads the page's codes and finds its form among `forms`.
    ///
    /// # Errors
    ///
    /// [`PageProblem::CodeUnreadable`], [`NotOurForm`](PageProblem::NotOurForm),
    /// [`UnknownForm`](PageProblem::UnknownForm), [`OtherEdition`](PageProblem::OtherEdition) or, when print cannot be
    /// followed over the page from the corners that are seen, [`CornerMissing`](PageProblem::CornerMissing).
    pub fn identify(self, forms: &'a [Form]) -> Result<IdentifiedPage<'a>, PageProblem> {
        let payload = match self.payload.clone() {
            Some(payload) => payload,
            None => self.read_codes(forms)?,
        };
        let known = || forms.iter().filter(|form| form.code() == payload.code);
        let Some(form) = known().find(|form| form.edition() == payload.edition) else {
            return Err(match known().next() {
                Some(form) => PageProblem::OtherEdition {
                    form: form.key().to_owned(),
                    printed: payload.edition,
                    known: form.edition(),
                },
                None => PageProblem::UnknownForm { code: payload.code },
            });
        };
        let (Some(sheet), Some(template)) = (form.sheet(payload.page), form.template(payload.page))
        else {
            return Err(PageProblem::UnknownForm { code: payload.code });
        };
        let mut located = self;
        if let Some(loose) = located.loose.take() {
            let (photo, px_per_mm) = (located.photo, located.px_per_mm);
            let edge_mm = located.edge_mm[0].max(located.edge_mm[1]);
            located.map =
                grow(photo, px_per_mm, edge_mm, template, loose.known).ok_or(loose.missing)?;
        }
        Ok(IdentifiedPage {
            located,
            form,
            sheet,
            template,
            payload,
        })
    }

    fn read_codes(&self, forms: &[Form]) -> Result<Payload, PageProblem> {
        let cuts = [Spot::A, Spot::B]
            .map(|spot| LazyCell::new(move || Cut::of(self.photo, spot, |p| self.map.map(p))));
        let mut foreign = false;
        let mut ours = |text: String| match Payload::parse(&text) {
            Ok(payload) => Some(payload),
            Err(problem) => {
                foreign |= problem == PayloadError::Foreign;
                None
            }
        };
        let mut found = cuts.iter().filter_map(|cut| cut.by_search());
        if let Some(payload) = found.find_map(&mut ours) {
            return Ok(payload);
        }
        let modules = cuts.each_ref().map(|cut| cut.modules());
        let mut spelt = modules.iter().flatten().filter_map(decode::spell);
        // Another paper may carry the same markers, with its code in another place.
        let anywhere = || decode::find(self.photo).into_iter().map(|found| found.text);
        if let Some(payload) = spelt
            .find_map(&mut ours)
            .or_else(|| most_alike(&modules, forms))
            .or_else(|| anywhere().find_map(&mut ours))
        {
            return Ok(payload);
        }
        if foreign {
            return Err(PageProblem::NotOurForm);
        }
        if let Some(loose) = &self.loose {
            return Err(loose.missing.clone());
        }
        Err(PageProblem::CodeUnreadable {
            edge_mm: self.edge_mm[0].max(self.edge_mm[1]),
        })
    }
}

/// The blank page of `forms` whose two codes the modules at both places are most alike, if they are so beyond doubt.
fn most_alike(modules: &[Vec<Modules>; 2], forms: &[Form]) -> Option<Payload> {
    let mut best = (0.0, None);
    let mut second = 0.0_f32;
    for form in forms {
        for page in 1..=form.pages() {
            let payload = form.payload(page, Spot::A, None);
            let codes =
                [Spot::A, Spot::B].map(|spot| Printed::of(&form.payload(page, spot, None).text()));
            let [Some(a), Some(b)] = &codes else { continue };
            let rounds = |i: usize, code: &Printed| {
                modules[i]
                    .iter()
                    .filter(|modules| modules.side == code.side)
                    .map(|modules| modules.likeness(&code.black))
                    .collect::<Vec<_>>()
            };
            let (a, b) = (rounds(0, a), rounds(1, b));
            let both = a.iter().zip(&b).map(|(a, b)| a.and(*b));
            let alike = both
                .chain(a.iter().copied())
                .chain(b.iter().copied())
                .map(Likeness::correlation)
                .fold(0.0, f32::max);
            if alike > best.0 {
                second = best.0;
                best = (alike, Some(payload));
            } else {
                second = second.max(alike);
            }
        }
    }
    best.1
        .filter(|_| best.0 >= LEAST_LIKENESS && second < best.0 / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typeface::{NOTO_SANS_SC, Typeface};

    const DEFINITION: &str = include_str!("../../../../assets/forms/dibao_application.toml");

    fn form(definition: &str) -> Form {
        let typeface = Typeface::parse(NOTO_SANS_SC).expect("the project's font");
        Form::parse(definition, typeface).expect("the project's form")
    }

    /// The modules of both codes of a blank page, of which every fifth is seen wrong.
    fn seen(form: &Form) -> [Vec<Modules>; 2] {
        let mut seed = 7_u32;
        [Spot::A, Spot::B].map(|spot| {
            let code = Printed::of(&form.payload(1, spot, None).text()).expect("a short text");
            let black = code.black.iter().map(|black| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let right = !(seed >> 24).is_multiple_of(5);
                if *black == right { 0.8 } else { -0.8 }
            });
            vec![Modules {
                side: code.side,
                black: black.collect(),
            }]
        })
    }

    #[test]
    fn codes_beyond_error_correction_are_known_by_the_only_page_they_can_be_of() {
        let known = form(DEFINITION);
        let modules = seen(&known);
        assert!(
            modules
                .iter()
                .flatten()
                .all(|modules| decode::spell(modules).is_none())
        );
        let forms = [known];
        let payload = most_alike(&modules, &forms).expect("a known page");
        assert_eq!(Some(payload.text()), forms[0].code_text(1, None));
    }

    #[test]
    fn codes_of_another_edition_are_not_taken_for_this_ones() {
        let other = form(&DEFINITION.replace("家里有人生病", "家人生病"));
        assert_eq!(most_alike(&seen(&other), &[form(DEFINITION)]), None);
    }
}
