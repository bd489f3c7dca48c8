//! The document camera's worker: takes a picture and reads it, so that neither holds the screen up.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender};

use devices::camera::{Camera, CameraError};
use image::imageops::FilterType;
use image::{GrayImage, ImageReader, Limits};
use paper::{FieldKind, FieldState, Form, PageProblem, PageReading, bilevel, travel};

use super::desk::DeskJob;
use crate::flow::{
    FieldRole, Input, Mark, PaperFault, PaperField, PaperOutcome, PaperPage, Picture, Scan,
    ScanBytes, ScanKind, StatusOutcome,
};
use crate::ui_thread::UiMessage;

/// Longer side of a photo that is unfolded: beyond it is no camera, but something made to fill the memory.
const PHOTO_SIDE_MAX: u32 = 12_000;

/// What the camera is used for.
pub(super) enum PhotoJob {
    /// Read a signed page.
    ReadPage,
    /// Read the code of a slip.
    ReadSlip,
}

impl PhotoJob {
    /// The answer when nobody can take the picture.
    pub(super) fn unanswered(&self) -> Input {
        match self {
            Self::ReadPage => Input::PhotoRead(PaperOutcome::Refused(PaperFault::NoCamera)),
            Self::ReadSlip => Input::StatusFound(StatusOutcome::NoCamera),
        }
    }
}

/// The worker.
pub(super) struct PhotoDesk {
    pub(super) camera: Box<dyn Camera + Send>,
    pub(super) forms: Vec<Form>,
    pub(super) screen: SyncSender<UiMessage>,
    pub(super) desk: SyncSender<DeskJob>,
}

impl PhotoDesk {
    /// Works until every sender is gone.
    pub(super) fn run(mut self, jobs: &Receiver<PhotoJob>) {
        while let Ok(job) = jobs.recv() {
            let photo = self.take();
            let said = match (job, photo) {
                (PhotoJob::ReadPage, Ok(photo)) => match paper::read(&photo, &self.forms) {
                    // The desk keeps the page in its file and says that it was read.
                    Ok(reading) => {
                        let page = Box::new(page(&reading, &self.forms));
                        let unkept = self.desk.send(DeskJob::KeepPage(page)).err();
                        unkept.map(|_| PhotoJob::ReadPage.unanswered())
                    }
                    Err(problem) => Some(Input::PhotoRead(PaperOutcome::Refused(fault(&problem)))),
                },
                (PhotoJob::ReadPage, Err(fault)) => {
                    Some(Input::PhotoRead(PaperOutcome::Refused(fault)))
                }
                (PhotoJob::ReadSlip, Ok(photo)) => {
                    // The desk answers if there is a code, as it alone knows the slips.
                    let asked = paper::find_code(&photo)
                        .map(|address| self.desk.send(DeskJob::LookUpAddress(address)));
                    (!matches!(asked, Some(Ok(()))))
                        .then_some(Input::StatusFound(StatusOutcome::NoSlipSeen))
                }
                (PhotoJob::ReadSlip, Err(PaperFault::NoCamera)) => {
                    Some(Input::StatusFound(StatusOutcome::NoCamera))
                }
                (PhotoJob::ReadSlip, Err(_)) => Some(Input::StatusFound(StatusOutcome::NoSlipSeen)),
            };
            if let Some(input) = said
                && self.screen.send(UiMessage::Visit(input)).is_err()
            {
                return;
            }
        }
    }

    fn take(&mut self) -> Result<GrayImage, PaperFault> {
        let bytes = self.camera.take().map_err(|error| match error {
            CameraError::Empty => PaperFault::NothingThere,
            CameraError::Unplugged => PaperFault::NoCamera,
        })?;
        decode(&bytes).ok_or(PaperFault::NotOurForm)
    }
}

/// The grey picture in a file from outside; `None` if it is no picture or larger than any camera's.
fn decode(bytes: &[u8]) -> Option<GrayImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(PHOTO_SIDE_MAX);
    limits.max_image_height = Some(PHOTO_SIDE_MAX);
    reader.limits(limits);
    // Decoders for outside pictures may panic; a picture that makes them is no picture.
    catch_unwind(AssertUnwindSafe(|| {
        reader.decode().ok().map(image::DynamicImage::into_luma8)
    }))
    .ok()
    .flatten()
}

/// What visit and record need of a reading.
fn page(reading: &PageReading, forms: &[Form]) -> PaperPage {
    let form = forms.iter().find(|form| form.key() == reading.form_key);
    let fields = reading
        .fields
        .iter()
        .filter_map(|read| {
            let role = match read.kind {
                FieldKind::Tick => FieldRole::Tick,
                FieldKind::Signature => FieldRole::Signature,
                FieldKind::Fingerprint => FieldRole::Fingerprint,
                FieldKind::Seal => FieldRole::Seal,
                // Writing is for people; it travels as ink.
                FieldKind::Text | FieldKind::Digits { .. } => return None,
            };
            let state = match read.state {
                FieldState::Clear => Mark::Clear,
                FieldState::Unsure => Mark::Unsure,
                FieldState::Marked => Mark::Marked,
            };
            let field = form.and_then(|form| form.field(&read.id))?;
            Some(PaperField {
                id: read.id.clone(),
                label: field.label.clone(),
                role,
                state,
                required: field.required,
            })
        })
        .collect();
    PaperPage {
        form: reading.form_key.clone(),
        edition: reading.edition.to_string(),
        page: reading.page,
        fields,
        preview: preview(&reading.rectified),
        // Ink and signatures leave before the whole page.
        scans: [form.map(|form| ink(reading, form)), whole(reading)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

/// Width of the preview on the screen, in pixels.
const PREVIEW_WIDTH: u32 = 480;

fn preview(page: &GrayImage) -> Picture {
    let height = (page.height() * PREVIEW_WIDTH).div_ceil(page.width().max(1));
    let small = image::imageops::resize(page, PREVIEW_WIDTH, height.max(1), FilterType::Triangle);
    Picture {
        width: small.width(),
        height: small.height(),
        grey: small.into_raw(),
    }
}

/// What a person drew, and in grey where they signed.
fn ink(reading: &PageReading, form: &Form) -> Scan {
    Scan {
        kind: ScanKind::Ink,
        media: travel::MEDIA_TYPE.to_owned(),
        bytes: ScanBytes::Here(travel::pack(reading, form)),
    }
}

/// The page in black and white; `None` only for a page without pixels.
fn whole(reading: &PageReading) -> Option<Scan> {
    let bytes = travel::pack_page(reading).ok()?;
    Some(Scan {
        kind: ScanKind::Picture,
        media: bilevel::MEDIA_TYPE.to_owned(),
        bytes: ScanBytes::Here(bytes),
    })
}

fn fault(problem: &PageProblem) -> PaperFault {
    match problem {
        PageProblem::NoPage { .. } | PageProblem::NotOurForm => PaperFault::NotOurForm,
        PageProblem::UnknownForm { .. } => PaperFault::OtherForm,
        PageProblem::OtherEdition { .. } => PaperFault::OtherEdition,
        PageProblem::CornerMissing { .. } => PaperFault::CornersHidden,
        PageProblem::CodeUnreadable { .. } | PageProblem::PrintCovered { .. } => {
            PaperFault::CodeUnreadable
        }
        PageProblem::TooSmall { .. } => PaperFault::TooFar,
        PageProblem::TooBlurred { .. } => PaperFault::Blurred,
        PageProblem::TooDark { .. } => PaperFault::TooDark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_picture_are_told_as_such() {
        assert_eq!(decode(b"GIF89a"), None);
        assert_eq!(decode(b"\xff\xd8\xff\xe0 and then nothing"), None);
        assert_eq!(decode(&[]), None);
    }

    #[test]
    fn a_picture_larger_than_any_camera_s_is_not_unfolded() {
        let mut png = Vec::new();
        let wide = GrayImage::new(PHOTO_SIDE_MAX + 1, 1);
        wide.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png)
            .unwrap();
        assert_eq!(decode(&png), None);
    }
}
