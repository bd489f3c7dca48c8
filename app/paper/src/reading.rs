//! From a photo to answers, one typed stage after another.
//!
//! ```text
//! RawPage ──locate──► LocatedPage ──identify──► IdentifiedPage ──register──► FlatPage ──read──► PageReading
//! ```

use image::GrayImage;

use crate::code::{self, Printed};
use crate::decode::{self, Cut};
use crate::equaliser::{Likeness, Modules};
use crate::form::{Edition, Form, PAGE, PAGE_H_MM, PAGE_W_MM};
use crate::geometry::{Homography, Point};
use crate::grain::Grain;
use crate::grow::{Pair, grow};
use crate::ink::Paper;
use crate::ink_layer::ink_layer;
use crate::layout::Sheet;
use crate::marker::Corner;
use crate::median::median;
use crate::payload::{Payload, PayloadError, Spot};
use crate::register;
use crate::score::{self, FieldReading, Scorer, Thresholds};
use crate::seek;
use crate::template::{READ_PX_PER_MM, Template};
use crate::warp::{Warp, flatten};

/// Photos with less than this many pixels to a millimetre of the page are refused: a module of the code has under
/// two pixels.
pub const LEAST_PX_PER_MM: f64 = 1.8;

/// A black edge may be blurred over this many millimetres; wider, and faint ticks are lost in the paper.
pub const EDGE_LIMIT_MM: f64 = 1.4;

/// Paper darker than this (of 255) has too few grey levels left between it and ink.
pub const LEAST_PAPER_LEVEL: f32 = 28.0;

/// The print must correlate with the blank at least this much; a page that does not is folded, covered or not the one
/// that its code names.
pub const LEAST_PRINT_FIT: f32 = 0.3;

/// The markers may miss a common projection by this many millimetres; curled paper misses by two or three.
const PROJECTION_LIMIT_MM: f64 = 8.0;

/// A code too blurred to be mended is taken for that of a known page when the 183 modules that check its text correlate at
/// least this much with it: six standard deviations of what codes of other texts do.
const LEAST_LIKENESS: f32 = 0.45;

/// Why a photo gives no answers. Each says what was measured; the kiosk puts it into words.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PageProblem {
    /// Neither corner markers nor a code of ours: the photo shows something else or nothing.
    #[error("no page found, {markers} corner markers seen")]
    NoPage {
        /// How many corner markers were seen.
        markers: u8,
    },
    /// The code is another paper's.
    #[error("the code on the page is not one of ours")]
    NotOurForm,
    /// The code is ours and names a form that is not known here.
    #[error("page is of form {code}, which is not known")]
    UnknownForm {
        /// The form's code.
        code: String,
    },
    /// The page is of a known form in an edition that is not known here.
    #[error("page is of edition {printed} of {form}, known is {known}")]
    OtherEdition {
        /// The form's key.
        form: String,
        /// The edition on the page.
        printed: Edition,
        /// The edition that was given to read with.
        known: Edition,
    },
    /// Too few corners are in the picture to say where the page lies.
    #[error("corners {missing:?} of the page are not seen")]
    CornerMissing {
        /// The corners whose markers were not found.
        missing: Vec<Corner>,
    },
    /// The page was found, and neither of its codes can be read.
    #[error("neither code can be read, edges are {edge_mm:.2} mm wide")]
    CodeUnreadable {
        /// How wide black edges are.
        edge_mm: f64,
    },
    /// The page fills too little of the photo.
    #[error("photo has {px_per_mm:.1} pixels to a millimetre, needs {LEAST_PX_PER_MM:.1}")]
    TooSmall {
        /// The page's scale.
        px_per_mm: f64,
    },
    /// The photo is out of focus or shaken.
    #[error("edges are {edge_mm:.2} mm wide, at most {EDGE_LIMIT_MM:.2} mm can be read")]
    TooBlurred {
        /// How wide black edges are.
        edge_mm: f64,
    },
    /// The paper is too dark.
    #[error("paper has brightness {paper_level:.0} of 255, needs {LEAST_PAPER_LEVEL:.0}")]
    TooDark {
        /// How bright paper is.
        paper_level: f32,
    },
    /// The print is not where the form has it.
    #[error("print fits the blank by {print_fit:.2}, needs {LEAST_PRINT_FIT:.2}")]
    PrintCovered {
        /// Correlation of the print with the blank.
        print_fit: f32,
    },
}

/// How good a photo is; what thresholds are set on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhotoQuality {
    /// Photo pixels to a millimetre of the page.
    pub px_per_mm: f64,
    /// How wide the photo shows a printed edge, from a tenth to nine tenths of the way from black to white: across
    /// the page, and down it.
    pub edge_mm: [f64; 2],
    /// How black print is on the evenly lit page, 0 to 1.
    pub toner: f32,
    /// Brightness of bare paper, 0 to 255.
    pub paper_level: f32,
    /// How well the print correlates with the blank, -1 to 1.
    pub print_fit: f32,
}

/// What a page says.
#[derive(Debug, Clone)]
pub struct PageReading {
    /// Key of the form.
    pub form_key: String,
    /// The form's edition.
    pub edition: Edition,
    /// Which page of the form.
    pub page: u8,
    /// The case that the page was printed for.
    pub case_ref: Option<String>,
    /// All fields of the page, in reading order.
    pub fields: Vec<FieldReading>,
    /// The page's corners in photo pixels, clockwise from its upper left.
    pub corners: [Point; 4],
    /// How good the photo is.
    pub quality: PhotoQuality,
    /// From the page to the photo.
    pub(crate) warp: Warp,
    /// The page flat and evenly lit at [`READ_DPI`](crate::READ_DPI): paper is 255.
    pub rectified: GrayImage,
    /// What a person drew, at the same scale: 0 is ink, 255 is none. Print is left out.
    pub ink: GrayImage,
}

/// A photo as taken, turned any way.
pub struct RawPage<'a>(pub &'a GrayImage);

/// A photo in which the page was found.
pub struct LocatedPage<'a> {
    photo: &'a GrayImage,
    map: Homography,
    px_per_mm: f64,
    edge_mm: [f64; 2],
    /// What a code said, if one had to be read to find the page.
    payload: Option<Payload>,
    /// Set when `map` is right only around these few places, which lie too close together to tell where the whole page is.
    loose: Option<Loose>,
}

/// What is known of a page of which one or two corners are seen.
struct Loose {
    known: Vec<Pair>,
    missing: PageProblem,
}

/// A located page whose form is known.
pub struct IdentifiedPage<'a> {
    located: LocatedPage<'a>,
    form: &'a Form,
    sheet: &'a Sheet,
    template: &'a Template,
    payload: Payload,
}

/// An identified page laid flat onto its blank and evenly lit.
pub struct FlatPage<'a> {
    form: &'a Form,
    sheet: &'a Sheet,
    template: &'a Template,
    payload: Payload,
    warp: Warp,
    photo_size: (u32, u32),
    /// As it came from the photo.
    flat: GrayImage,
    /// Evenly lit.
    page: GrayImage,
    paper: Paper,
    quality: PhotoQuality,
}

/// Reads a photo of a page of one of `forms`, with the usual thresholds.
///
/// # Errors
///
/// [`PageProblem`] says what is wrong with the photo or the page.
pub fn read(photo: &GrayImage, forms: &[Form]) -> Result<PageReading, PageProblem> {
    Ok(RawPage(photo)
        .locate()?
        .identify(forms)?
        .register()?
        .read(&Thresholds::default()))
}

impl<'a> RawPage<'a> {
    /// Finds the page by its corner markers; where fewer than three are seen, its codes help.
    ///
    /// # Errors
    ///
    /// [`PageProblem::NoPage`], [`NotOurForm`](PageProblem::NotOurForm),
    /// [`CornerMissing`](PageProblem::CornerMissing) or [`TooSmall`](PageProblem::TooSmall).
    pub fn locate(self) -> Result<LocatedPage<'a>, PageProblem> {
        let photo = self.0;
        let markers = seek::all_markers(photo);
        let mut anchors: Vec<Vec<(Point, Point)>> = markers
            .iter()
            .map(|marker| marker.pairs().collect())
            .collect();
        let mut payload = None;
        if markers.len() < 3 {
            let mut foreign = false;
            for found in decode::find(photo) {
                match Payload::parse(&found.text) {
                    Ok(said) => {
                        anchors.extend(code_anchor(&said, &found));
                        payload = Some(said);
                    }
                    Err(PayloadError::Foreign) => foreign = true,
                    Err(PayloadError::Check { .. } | PayloadError::Shape { .. }) => {}
                }
            }
            if payload.is_none() && markers.is_empty() {
                return Err(if foreign {
                    PageProblem::NotOurForm
                } else {
                    PageProblem::NoPage { markers: 0 }
                });
            }
        }
        let missing = || PageProblem::CornerMissing {
            missing: Corner::ALL
                .into_iter()
                .filter(|corner| markers.iter().all(|marker| marker.corner != *corner))
                .collect(),
        };
        // Without a single marker nothing tells how blurred the photo is, and scores would be guesses.
        if markers.is_empty() {
            return Err(missing());
        }
        let mut loose = None;
        let placed = place(&anchors).or_else(|| {
            let known: Vec<Pair> = anchors.iter().flatten().copied().collect();
            let map = Homography::affine(known.iter().map(|(page, photo)| (1.0, *page, *photo)))?;
            let missing = match markers.len() {
                markers @ 1 if payload.is_none() => PageProblem::NoPage {
                    markers: markers as u8,
                },
                _ => missing(),
            };
            loose = Some(Loose { known, missing });
            Some((map, scale(&map)?))
        });
        let (map, px_per_mm) = placed.ok_or_else(missing)?;
        if px_per_mm < LEAST_PX_PER_MM {
            return Err(PageProblem::TooSmall { px_per_mm });
        }
        let edge_mm = [0, 1].map(|axis| {
            let widths = markers.iter().map(|marker| marker.edge_px[axis]).collect();
            median(widths, f64::total_cmp).unwrap_or(0.0) / px_per_mm
        });
        Ok(LocatedPage {
            photo,
            map,
            px_per_mm,
            edge_mm,
            payload,
            loose,
        })
    }
}

/// The corners of a code found in the photo: millimetres on the page, pixels in the photo.
fn code_anchor(payload: &Payload, found: &decode::Found) -> Option<Vec<(Point, Point)>> {
    let square = code::square(&found.text, payload.spot)?;
    let corners = found.corners.iter().copied();
    (found.corners.len() == 4).then(|| square.corners().into_iter().zip(corners).collect())
}

/// The projection that fits all anchors, or the one that fits best when one anchor is left out: clutter sometimes looks
/// like a marker. Also photo pixels to a millimetre.
fn place(anchors: &[Vec<(Point, Point)>]) -> Option<(Homography, f64)> {
    let fit = |left_out: Option<usize>| {
        let pairs: Vec<(Point, Point)> = anchors
            .iter()
            .enumerate()
            .filter(|(i, _)| Some(*i) != left_out)
            .flat_map(|(_, pairs)| pairs.iter().copied())
            .collect();
        if !spans_page(&pairs) {
            return None;
        }
        let map = Homography::fit(&pairs)?;
        let px_per_mm = scale(&map)?;
        let miss = map.worst_error(&pairs) / px_per_mm;
        (miss <= PROJECTION_LIMIT_MM).then_some((map, px_per_mm, miss))
    };
    let best = fit(None).or_else(|| {
        (0..anchors.len())
            .filter_map(|i| fit(Some(i)))
            .min_by(|a, b| a.2.total_cmp(&b.2))
    });
    best.map(|(map, px_per_mm, _)| (map, px_per_mm))
}

/// Whether known points lie far enough apart to carry a projection over the whole page.
fn spans_page(pairs: &[(Point, Point)]) -> bool {
    let range = |of: fn(&Point) -> f64| {
        let values = || pairs.iter().map(|(page, _)| of(page));
        values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)
    };
    pairs.len() >= 6 && range(|p| p.x) > 0.6 * PAGE_W_MM && range(|p| p.y) > 0.6 * PAGE_H_MM
}

/// Photo pixels to a millimetre on the page's shorter diagonal; `None` when the page is not a proper four-sided figure.
fn scale(map: &Homography) -> Option<f64> {
    let page = PAGE.corners();
    let seen = page.map(|p| map.map(p));
    let turns = (0..4).all(|i| {
        let (a, b, c) = (seen[i], seen[(i + 1) % 4], seen[(i + 2) % 4]);
        (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > 0.0
    });
    let diagonal = page[0].distance(page[2]);
    let seen = seen[0].distance(seen[2]).min(seen[1].distance(seen[3]));
    (turns && seen.is_finite()).then_some(seen / diagonal)
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
            located.map = grow(photo, px_per_mm, template, loose.known).ok_or(loose.missing)?;
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
        let cuts = [Spot::A, Spot::B].map(|spot| Cut::of(self.photo, spot, |p| self.map.map(p)));
        let mut foreign = false;
        let mut ours = |text: String| match Payload::parse(&text) {
            Ok(payload) => Some(payload),
            Err(problem) => {
                foreign |= problem == PayloadError::Foreign;
                None
            }
        };
        if let Some(payload) = cuts.iter().filter_map(Cut::by_search).find_map(&mut ours) {
            return Ok(payload);
        }
        let modules = cuts.each_ref().map(Cut::modules);
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
        let page = flatten(photo, 1, &registered.warp, READ_PX_PER_MM);
        let paper = Paper::measure(&page, self.template);
        let even = paper.even_out(&page);
        let quality = PhotoQuality {
            px_per_mm,
            edge_mm,
            toner: score::toner(&even),
            paper_level: paper.median(),
            print_fit: registered.print_fit,
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
            warp: registered.warp,
            photo_size: photo.dimensions(),
            flat: page,
            page: even,
            paper,
            quality,
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typeface::{NOTO_SANS_SC, Typeface};

    const DEFINITION: &str = include_str!("../../../assets/forms/dibao_application.toml");

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
