//! The document camera's worker: takes a picture and reads it, so that neither holds the screen up.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use devices::camera::Camera;
use devices::page_source::{PageFault, Remedy, Step};
use envelope::SlipCode;
use image::imageops::FilterType;
use image::{GrayImage, ImageReader, Limits};
use paper::quality::Quality;
use paper::{
    FieldKind, FieldState, Form, Grade, PageProblem, PageReading, Photo, Preview, Shot, Shutter,
    bilevel, travel,
};
use relief::FaultCode;

use super::desk::DeskJob;
use super::photo_faults::{findings, marked, tray_want};
use crate::flow::{
    BadPhoto, FieldRole, Input, Mark, PaperFault, PaperField, PaperOutcome, PaperPage, Picture,
    Scan, ScanBytes, ScanKind, ScanProgress, StatusOutcome, TrayReport,
};
use crate::health::{Health, OF_CAMERA};
use crate::ui_thread::UiMessage;

/// Longer side of a photo that is unfolded: beyond it is no camera, but something made to fill the memory.
const PHOTO_SIDE_MAX: u32 = 12_000;

/// What the camera is used for.
pub(super) enum PhotoJob {
    /// Read a signed page.
    ReadPage,
    /// Read the code of a slip.
    ReadSlip,
    /// Look at the tray and read a page when it lies well, or stop.
    Watch(bool),
}

impl PhotoJob {
    /// The answer when nobody can take the picture.
    pub(super) fn unanswered(&self) -> Input {
        match self {
            Self::Watch(_) => Input::Tray(TrayReport::Blind),
            Self::ReadPage => Input::PhotoRead(PaperOutcome::Refused(PaperFault::NoCamera)),
            Self::ReadSlip => Input::StatusFound(StatusOutcome::NoCamera),
        }
    }
}

/// The worker.
pub(super) struct PhotoDesk {
    pub(super) camera: Box<dyn Camera + Send>,
    /// The picture that is being taken is not wanted any more.
    pub(super) stop: Arc<AtomicBool>,
    pub(super) forms: Vec<Form>,
    pub(super) health: Health,
    pub(super) screen: SyncSender<UiMessage>,
    pub(super) desk: SyncSender<DeskJob>,
}

/// Between two looks at the tray: ten a second follow a hand, and leave most of a core to the screen.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The tray while it is watched.
struct Watch {
    preview: Preview,
    shutter: Shutter,
    /// What the screen was last told, so that it hears of changes only.
    told: Option<TrayReport>,
}

/// What became of a look at the tray.
enum Looked {
    Seen,
    NoPreview,
    NobodyListens,
}

impl PhotoDesk {
    /// Works until every sender is gone.
    pub(super) fn run(mut self, jobs: &Receiver<PhotoJob>) {
        let begun = Instant::now();
        let mut watch: Option<Watch> = None;
        loop {
            let job = match &watch {
                None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(_) => jobs.recv_timeout(LOOK_EVERY),
            };
            let goes_on = match job {
                Ok(PhotoJob::ReadPage) => {
                    if let Some(watch) = &mut watch {
                        watch.shutter.again();
                    }
                    self.read_page()
                }
                Ok(PhotoJob::ReadSlip) => self.read_slip(),
                Ok(PhotoJob::Watch(on)) => {
                    if !on {
                        self.camera.rest();
                    }
                    watch = on.then(|| Watch {
                        preview: Preview::default(),
                        shutter: Shutter::default(),
                        told: None,
                    });
                    true
                }
                Err(RecvTimeoutError::Timeout) => match &mut watch {
                    Some(looking) => {
                        let now_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                        match self.look(looking, now_ms) {
                            Looked::Seen => true,
                            // There is nothing to look at again.
                            Looked::NoPreview => {
                                watch = None;
                                true
                            }
                            Looked::NobodyListens => false,
                        }
                    }
                    None => true,
                },
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Looks at the tray once.
    fn look(&mut self, watch: &mut Watch, now_ms: u64) -> Looked {
        let heard = match self.camera.preview() {
            None if self.tell(watch, TrayReport::Blind) => return Looked::NoPreview,
            None => false,
            // It is being opened, or changes over from a still.
            Some(Err(PageFault::TooSlow { .. } | PageFault::Busy)) => true,
            // The cable may be plugged in again.
            Some(Err(_)) => self.tell(watch, TrayReport::Blind),
            Some(Ok(look)) => {
                let (width, height) = (look.width(), look.height());
                match GrayImage::from_raw(width, height, look.into_luma()) {
                    Some(frame) => self.judge(watch, &frame, now_ms),
                    None => true,
                }
            }
        };
        if heard {
            Looked::Seen
        } else {
            Looked::NobodyListens
        }
    }

    /// Takes the page if it lies well, or says what is in the way; `false` when nobody listens any more.
    fn judge(&mut self, watch: &mut Watch, frame: &GrayImage, now_ms: u64) -> bool {
        let seen = watch.preview.look(frame);
        match watch.shutter.frame(now_ms, &seen) {
            Shot::Take => self.tell(watch, TrayReport::Taking) && self.read_page(),
            Shot::Wait(want) => self.tell(watch, TrayReport::Wants(tray_want(&want))),
        }
    }

    fn tell(&self, watch: &mut Watch, report: TrayReport) -> bool {
        if watch.told == Some(report) {
            return true;
        }
        watch.told = Some(report);
        self.say(Input::Tray(report))
    }

    fn say(&self, input: Input) -> bool {
        self.screen.send(UiMessage::Visit(input)).is_ok()
    }

    /// Takes a photo, reads it and judges it; `false` when nobody listens any more.
    fn read_page(&mut self) -> bool {
        let photo = match self.take() {
            Ok(photo) => photo,
            Err(fault) => return self.say(Input::PhotoRead(PaperOutcome::Refused(fault))),
        };
        let outcome = paper::read(&photo, &self.forms);
        let quality = Quality::judge(photo.luma(), outcome.as_ref(), &self.forms);
        match outcome {
            // The desk keeps the page in its file and says that it was read.
            Ok(reading) => {
                let page = Box::new(page(photo.luma(), &reading, &quality, &self.forms));
                match self.desk.send(DeskJob::KeepPage(page)) {
                    Ok(()) => true,
                    Err(_) => self.say(PhotoJob::ReadPage.unanswered()),
                }
            }
            Err(problem) => self.say_unread(photo.luma(), &quality, &problem),
        }
    }

    /// Says what a photo is that is no page; `false` when nobody listens any more.
    fn say_unread(&self, photo: &GrayImage, quality: &Quality, problem: &PageProblem) -> bool {
        // Who hands papers in lays the application's slip down too; the desk says whose it is.
        let slip = paper::find_code(photo).filter(|address| SlipCode::parse(address).is_ok());
        if let Some(address) = slip {
            return match self.desk.send(DeskJob::NameCase(address)) {
                Ok(()) => true,
                Err(_) => self.say(PhotoJob::ReadPage.unanswered()),
            };
        }
        let outcome = if quality.findings.is_empty() {
            PaperOutcome::Refused(fault(problem))
        } else {
            let bad = BadPhoto {
                findings: findings(quality, None),
                marked: marked(photo, quality),
            };
            PaperOutcome::Bad(bad.into())
        };
        self.say(Input::PhotoRead(outcome))
    }

    /// Reads a slip's code; `false` when nobody listens any more.
    fn read_slip(&mut self) -> bool {
        let outcome = match self.take() {
            Ok(photo) => {
                // The desk answers if there is a code, as it alone knows the slips.
                let asked = paper::find_code(photo.luma())
                    .map(|address| self.desk.send(DeskJob::LookUpAddress(address)));
                if matches!(asked, Some(Ok(()))) {
                    return true;
                }
                StatusOutcome::NoSlipSeen
            }
            Err(PaperFault::NothingThere | PaperFault::NotOurForm) => StatusOutcome::NoSlipSeen,
            Err(_) => StatusOutcome::NoCamera,
        };
        self.say(Input::StatusFound(outcome))
    }

    fn take(&mut self) -> Result<Photo, PaperFault> {
        let (screen, stop) = (&self.screen, &self.stop);
        let mut told = |step| {
            if let Some(progress) = progress(step) {
                // A screen that is behind hears of the next step.
                let _ = screen.try_send(UiMessage::Visit(Input::Scanning(progress)));
            }
        };
        let taken = self
            .camera
            .take(&mut told, &|| stop.load(Ordering::Acquire));
        // What was stopped is stopped; the next page is another matter.
        self.stop.store(false, Ordering::Release);
        let taken = taken.map_err(|fault| device_fault(&fault));
        self.health.found(OF_CAMERA, camera_fault(&taken));
        let bytes = taken?;
        decode(&bytes).ok_or(PaperFault::NotOurForm)
    }
}

/// What the screen says of a step.
fn progress(step: Step) -> Option<ScanProgress> {
    match step {
        Step::WarmingUp => Some(ScanProgress::WarmingUp),
        Step::Waiting => Some(ScanProgress::Waiting),
        Step::Scanning { permille, .. } => {
            let percent = permille.map(|permille| u8::try_from(permille / 10).unwrap_or(100));
            Some(ScanProgress::Scanning(percent))
        }
        // Neither takes long.
        Step::Opening | Step::SetAside(_) => None,
    }
}

/// What the person is told to do about a device's fault.
fn device_fault(fault: &PageFault) -> PaperFault {
    match fault.remedy() {
        Remedy::LayPaper(_) => PaperFault::NothingThere,
        Remedy::FeedAgain => PaperFault::Mispicked,
        Remedy::ClearJam => PaperFault::Jammed,
        Remedy::CloseCover => PaperFault::CoverOpen,
        Remedy::CheckCable => PaperFault::NoCamera,
        Remedy::CheckNetwork => PaperFault::NoNetwork,
        Remedy::WaitForOthers => PaperFault::Busy,
        Remedy::TryAgain => PaperFault::DeviceFailed,
        Remedy::CallService => PaperFault::DeviceUnfit,
        Remedy::None => PaperFault::Stopped,
    }
}

/// What is wrong with the device itself, whatever lay under it.
fn camera_fault<T>(taken: &Result<T, PaperFault>) -> Option<FaultCode> {
    let fails = matches!(
        taken,
        Err(PaperFault::NoCamera
            | PaperFault::NoNetwork
            | PaperFault::DeviceFailed
            | PaperFault::DeviceUnfit)
    );
    fails.then_some(FaultCode::CAMERA_FAILS)
}

/// The photo in a file from outside; `None` if it is no picture or larger than any camera's.
fn decode(bytes: &[u8]) -> Option<Photo> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(PHOTO_SIDE_MAX);
    limits.max_image_height = Some(PHOTO_SIDE_MAX);
    reader.limits(limits);
    // Decoders for outside pictures may panic; a picture that makes them is no picture.
    catch_unwind(AssertUnwindSafe(|| reader.decode().ok().map(Photo::from)))
        .ok()
        .flatten()
}

/// What visit and record need of a reading.
fn page(photo: &GrayImage, reading: &PageReading, quality: &Quality, forms: &[Form]) -> PaperPage {
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
        pages: form.map_or(reading.page, Form::pages),
        case_ref: reading.case_ref.clone(),
        grade: Grade::of(reading, quality),
        findings: findings(quality, form),
        fields,
        preview: preview(&reading.rectified),
        marked: (!quality.findings.is_empty()).then(|| marked(photo, quality)),
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
    use crate::flow::TrayWant;
    use devices::camera::Look;
    use devices::page_source::Place;

    #[test]
    fn bytes_that_are_no_picture_are_told_as_such() {
        assert!(decode(b"GIF89a").is_none());
        assert!(decode(b"\xff\xd8\xff\xe0 and then nothing").is_none());
        assert!(decode(&[]).is_none());
    }

    /// A camera with a page under it that shows previews, and no photo.
    struct Previews(Option<Result<Look, PageFault>>);

    impl Camera for Previews {
        fn take(
            &mut self,
            _: &mut dyn FnMut(Step),
            _: &dyn Fn() -> bool,
        ) -> Result<Vec<u8>, PageFault> {
            Err(PageFault::NoPaper(Place::Glass))
        }

        fn preview(&mut self) -> Option<Result<Look, PageFault>> {
            self.0.clone()
        }
    }

    fn page_look() -> Look {
        let form = include_str!("../../../../assets/forms/dibao_application.toml");
        let form = Form::parse(form, paper::Typeface::parse(paper::NOTO_SANS_SC).unwrap()).unwrap();
        let page = form.render(90, &paper::FillIn::blank()).unwrap();
        let mut frame = GrayImage::from_pixel(1200, 1150, image::Luma([70]));
        image::imageops::overlay(&mut frame, &page, 200, 40);
        Look::new(frame.width(), frame.height(), frame.into_raw())
    }

    /// What the screen hears while the tray is looked at ten times a second for a second.
    fn heard(look: Option<Result<Look, PageFault>>) -> Vec<Input> {
        let (screen, messages) = std::sync::mpsc::sync_channel(64);
        let (desk, _jobs) = std::sync::mpsc::sync_channel(1);
        let mut worker = PhotoDesk {
            camera: Box::new(Previews(look)),
            stop: Arc::default(),
            health: Health::default(),
            forms: Vec::new(),
            screen,
            desk,
        };
        let mut watch = Watch {
            preview: Preview::default(),
            shutter: Shutter::default(),
            told: None,
        };
        for now_ms in (0..1000).step_by(100) {
            match worker.look(&mut watch, now_ms) {
                Looked::Seen => {}
                Looked::NoPreview => break,
                Looked::NobodyListens => panic!("the screen listens"),
            }
        }
        drop(worker);
        messages
            .iter()
            .filter_map(|message| match message {
                UiMessage::Visit(input) => Some(input),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_page_that_lies_well_is_taken_once_without_a_touch() {
        let heard = heard(Some(Ok(page_look())));
        let taken = heard
            .iter()
            .filter(|input| matches!(input, Input::Tray(TrayReport::Taking)))
            .count();
        let answered = heard
            .iter()
            .filter(|input| matches!(input, Input::PhotoRead(_)))
            .count();
        assert_eq!((taken, answered), (1, 1), "{heard:?}");
        assert!(matches!(
            heard.last(),
            Some(Input::Tray(TrayReport::Wants(TrayWant::NextPage)))
        ));
    }

    #[test]
    fn a_camera_without_a_preview_says_so_once() {
        let heard = heard(None);
        assert!(matches!(heard[..], [Input::Tray(TrayReport::Blind)]));
    }

    #[test]
    fn a_camera_that_is_away_is_said_once_and_looked_for_again() {
        let heard = heard(Some(Err(PageFault::Unplugged)));
        assert!(matches!(heard[..], [Input::Tray(TrayReport::Blind)]));
        let slow = PageFault::TooSlow { waited: LOOK_EVERY };
        assert!(self::heard(Some(Err(slow))).is_empty());
    }

    #[test]
    fn a_picture_larger_than_any_camera_s_is_not_unfolded() {
        let mut png = Vec::new();
        let wide = GrayImage::new(PHOTO_SIDE_MAX + 1, 1);
        wide.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png)
            .unwrap();
        assert!(decode(&png).is_none());
    }
}
