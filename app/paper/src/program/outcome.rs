//! What a photo came to, with the keys that programs outside score.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use paper::{
    FieldKind, FieldState, Form, PageProblem, PageReading, Photo, Point, RawPage, Thresholds,
};
use serde::Serialize;

/// One photo as read: what was found before reading stopped is kept, and the reason said.
#[derive(Serialize)]
pub(crate) struct Outcome {
    pub(crate) photo: String,
    /// Whether the page was found in the photo, even if nothing on it could be read.
    pub(crate) found: bool,
    /// Why nothing was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The page's corners in photo pixels, clockwise from its upper left.
    pub(crate) corners: Option<[[f64; 2]; 4]>,
    /// What the upper code says, whichever of the two was read.
    pub(crate) qr: Option<String>,
    /// Tick boxes that are sure.
    pub(crate) marks: BTreeMap<String, u8>,
    /// Signatures, fingerprints and seals that are sure.
    pub(crate) signed: BTreeMap<String, u8>,
    /// Fields of both kinds that a person has to look at.
    pub(crate) unsure: Vec<String>,
    /// For every tick box and signature what it was judged on: score, fit, contrast, paper level, how much of it is washed out,
    /// noise, how much of the score may be a seal's, and unevenness.
    pub(crate) scores: BTreeMap<String, [f32; 8]>,
    /// Processor time of this process, without decoding the picture file.
    pub(crate) ms: f64,
    pub(crate) quality: Option<Quality>,
    #[serde(skip)]
    pub(crate) reading: Option<PageReading>,
}

/// What the photo's thresholds are widened by.
#[derive(Serialize)]
pub(crate) struct Quality {
    px_per_mm: f64,
    edge_mm: [f64; 2],
    toner: f32,
    paper_level: f32,
    print_fit: f32,
}

impl Quality {
    fn of(reading: &PageReading) -> Self {
        let quality = reading.quality;
        Self {
            px_per_mm: quality.px_per_mm,
            edge_mm: quality.edge_mm,
            toner: quality.toner,
            paper_level: quality.paper_level,
            print_fit: quality.print_fit,
        }
    }
}

impl Outcome {
    /// Reads `photo`, a JPEG or PNG file.
    pub(crate) fn of(photo: &Path, forms: &[Form]) -> Result<Self, Box<dyn Error>> {
        let picture = open(photo)?;
        let name = photo.file_name().unwrap_or_default().to_string_lossy();
        let mut outcome = Self {
            photo: name.into_owned(),
            found: false,
            reason: None,
            corners: None,
            qr: None,
            marks: BTreeMap::new(),
            signed: BTreeMap::new(),
            unsure: Vec::new(),
            scores: BTreeMap::new(),
            ms: 0.0,
            quality: None,
            reading: None,
        };
        let start = cpu_ms();
        let problem = outcome.read(&picture, forms).err();
        outcome.ms = cpu_ms() - start;
        outcome.reason = problem.map(|problem| problem.to_string());
        Ok(outcome)
    }

    fn read(&mut self, picture: &Photo, forms: &[Form]) -> Result<(), PageProblem> {
        let plain = |corners: [Point; 4]| corners.map(|p| [p.x, p.y]);
        let located = RawPage::from(picture).locate()?;
        self.corners = located.corners().map(plain);
        self.found = self.corners.is_some();
        let identified = located.identify(forms)?;
        self.corners = Some(plain(identified.corners()));
        self.found = true;
        self.qr = identified.code_text();
        let reading = identified.register()?.read(&Thresholds::default());
        self.corners = Some(plain(reading.corners));
        for field in &reading.fields {
            let place = match field.kind {
                FieldKind::Tick => &mut self.marks,
                FieldKind::Signature | FieldKind::Fingerprint | FieldKind::Seal => &mut self.signed,
                FieldKind::Text | FieldKind::Digits { .. } => continue,
            };
            let sight = field.sight;
            self.scores.insert(
                field.id.clone(),
                [
                    field.score,
                    sight.fit,
                    sight.contrast,
                    sight.paper_level,
                    sight.washed_out,
                    sight.noise,
                    sight.seal,
                    sight.unevenness,
                ],
            );
            match field.state {
                FieldState::Clear => {
                    place.insert(field.id.clone(), 0);
                }
                FieldState::Marked => {
                    place.insert(field.id.clone(), 1);
                }
                FieldState::Unsure => self.unsure.push(field.id.clone()),
            }
        }
        self.quality = Some(Quality::of(&reading));
        self.reading = Some(reading);
        Ok(())
    }
}

/// The pixels of a picture file.
pub(crate) fn open(photo: &Path) -> Result<Photo, Box<dyn Error>> {
    let picture = image::open(photo).map_err(|error| format!("{}: {error}", photo.display()))?;
    Ok(picture.into())
}

/// Milliseconds that this process has computed for.
fn cpu_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
