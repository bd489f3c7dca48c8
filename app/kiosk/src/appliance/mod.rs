//! The workers behind the screen: each owns one device or file and is reached by a bounded channel.
//!
//! | worker | owns |
//! |---|---|
//! | [`desk`] | the kiosk's file, its signing key, the receipt printer |
//! | [`card_reader`] | the ID-card reader |
//! | [`photo_desk`] | the document camera and the recogniser |
//!
//! The screen thread hands [`Effect`]s over without waiting; answers come back as [`Input`]s. The line to the county
//! is [`uplink`](crate::uplink)'s.

pub mod card_reader;
pub mod clock;
pub mod content;
pub mod desk;
pub mod photo_desk;
mod photo_faults;
pub mod policy_in_force;
pub mod reception;
pub mod submission;
pub mod visit_drafts;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread::JoinHandle;

use devices::camera::Camera;
use devices::id_reader::IdReader;
use devices::receipt_printer::ReceiptPrinter;
use envelope::{CountyPublic, KioskSigner};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use paper::{Form, Typeface};

use self::card_reader::CardReader;
use self::clock::Clock;
use self::desk::{Desk, DeskJob};
use self::photo_desk::{PhotoDesk, PhotoJob};
use self::policy_in_force::PolicyInForce;
use self::reception::Reception;
use self::visit_drafts::VisitDrafts;
use crate::flow::{Effect, Input, StatusOutcome, StatusQuery, SubmitFault};
use crate::health::Health;
use crate::ui_thread::UiMessage;

/// Jobs that may wait for one worker. A visit asks for one thing at a time, so a queue that is ever full belongs to a
/// worker that hangs; what does not fit is answered as failed.
const JOBS_WAITING_MAX: usize = 8;

/// What the appliance is: its name, its keys, and the data that it works by.
pub struct Identity {
    /// Signs what leaves the kiosk, at the desk and on the route.
    pub signer: Arc<KioskSigner>,
    /// Everything is sealed to this key.
    pub county: CountyPublic,
    /// Division code of the county, the first part of every slip number.
    pub county_code: u32,
    /// Where the status pages are, such as `http://192.168.1.20:8081`.
    pub status_base_url: String,
}

/// The devices of the kiosk.
pub struct Devices {
    /// On which people lay their ID card.
    pub id_reader: Box<dyn IdReader + Send>,
    /// From which the slip comes.
    pub printer: Box<dyn ReceiptPrinter + Send>,
    /// Under which paper is laid.
    pub camera: Box<dyn Camera + Send>,
    /// What is found to be wrong with them.
    pub health: Health,
}

/// What is printed, read and explained.
pub struct Material {
    /// Schemes, rules, code tables and calendar.
    pub policy: PolicyInForce,
    /// The forms that the camera may see.
    pub forms: Vec<Form>,
    /// What slips and forms are set in.
    pub typeface: Typeface,
}

/// The running workers. Dropping it stops them after the job in hand.
pub struct Appliance {
    desk: Option<SyncSender<DeskJob>>,
    photos: Option<SyncSender<PhotoJob>>,
    stop_photo: Arc<AtomicBool>,
    reader_watches: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    workers: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    screen: SyncSender<UiMessage>,
}

impl Appliance {
    /// Starts the workers. `store` is the desk's own connection; `on_queued` is called after each submission.
    pub fn start(
        identity: Identity,
        devices: Devices,
        material: Material,
        store: store::Store,
        clock: Clock,
        screen: SyncSender<UiMessage>,
        on_queued: impl Fn() + Send + 'static,
    ) -> Self {
        let (desk, desk_jobs) = mpsc::sync_channel(JOBS_WAITING_MAX);
        let (photos, photo_jobs) = mpsc::sync_channel(JOBS_WAITING_MAX);
        let stop = Arc::new(AtomicBool::new(false));
        let reader_watches = Arc::new(AtomicBool::new(false));
        let stop_photo = Arc::new(AtomicBool::new(false));

        let Material {
            policy,
            forms,
            typeface,
        } = material;
        let form_titles = forms
            .iter()
            .map(|form| (form.key().to_owned(), form.title().to_owned()))
            .collect();
        let worker = Desk {
            identity,
            policy,
            typeface,
            form_titles,
            printer: devices.printer,
            health: devices.health.clone(),
            store,
            reception: Reception::default(),
            drafts: VisitDrafts::new(&mut UnwrapErr(SysRng)),
            clock,
            screen: screen.clone(),
            on_queued: Box::new(on_queued),
            last_slip: None,
        };
        let desk_worker = std::thread::spawn(move || worker.run(&desk_jobs));
        let worker = PhotoDesk {
            camera: devices.camera,
            health: devices.health.clone(),
            stop: stop_photo.clone(),
            forms,
            screen: screen.clone(),
            desk: desk.clone(),
        };
        let photo_worker = std::thread::spawn(move || worker.run(&photo_jobs));
        let worker = CardReader {
            reader: devices.id_reader,
            watches: reader_watches.clone(),
            stop: stop.clone(),
            health: devices.health.clone(),
            screen: screen.clone(),
        };
        let reader = std::thread::spawn(move || worker.run());

        Self {
            desk: Some(desk),
            photos: Some(photos),
            stop_photo,
            reader_watches,
            reader: Some(reader),
            workers: vec![photo_worker, desk_worker],
            stop,
            screen,
        }
    }

    /// Hands on what a visit asks for; never waits.
    pub fn handle(&self, effect: Effect) {
        let refused = match effect {
            Effect::WatchIdReader(watch) => {
                self.watch_reader(watch);
                None
            }
            Effect::TakePhoto => self.ask_camera(PhotoJob::ReadPage),
            Effect::StopPhoto => {
                self.stop_photo.store(true, Ordering::Release);
                None
            }
            Effect::WatchTray(watch) => {
                // Nobody waits for a picture that is still being taken when its page is left.
                self.stop_photo.store(!watch, Ordering::Release);
                // A camera too busy to hear it watches with its next photo, or sees that nobody listens.
                self.ask_camera(PhotoJob::Watch(watch));
                None
            }
            Effect::DropScans(page) => {
                // A desk too busy to hear it forgets with the visit.
                self.desk
                    .as_ref()
                    .map(|desk| desk.try_send(DeskJob::DropScans(page)));
                None
            }
            Effect::LookUpStatus(StatusQuery::SlipUnderCamera) => {
                self.ask_camera(PhotoJob::ReadSlip)
            }
            Effect::LookUpStatus(StatusQuery::SlipNumber(number)) => self.ask_desk(
                DeskJob::LookUp(number),
                Input::StatusFound(StatusOutcome::Unknown),
            ),
            Effect::Submit(finished) => self.ask_desk(
                DeskJob::Submit(finished),
                Input::SubmitFailed(SubmitFault::StoreBroken),
            ),
            Effect::PrintSlip(number) => self.ask_desk(
                DeskJob::Print(number),
                Input::PrinterReport(crate::flow::PrinterReport::Failed),
            ),
            Effect::Wipe => {
                self.watch_reader(false);
                // A desk too busy to hear it now forgets with the next submission.
                self.desk
                    .as_ref()
                    .map(|desk| desk.try_send(DeskJob::Forget));
                None
            }
        };
        if let Some(input) = refused {
            // The screen thread empties its channel, so there is room unless it is ending.
            let _ = self.screen.try_send(UiMessage::Visit(input));
        }
    }

    /// Keeps the kiosk's file from growing beyond what it has now, or lets it grow again.
    pub fn bound_store(&self, bounded: bool) {
        // The desk takes it up with its next job; only a hanging desk refuses.
        let _ = self
            .desk
            .as_ref()
            .map(|desk| desk.try_send(DeskJob::Bound(bounded)));
    }

    fn watch_reader(&self, watch: bool) {
        self.reader_watches.store(watch, Ordering::Release);
        if let Some(reader) = &self.reader {
            reader.thread().unpark();
        }
    }

    fn ask_desk(&self, job: DeskJob, otherwise: Input) -> Option<Input> {
        match self.desk.as_ref().map(|desk| desk.try_send(job)) {
            Some(Ok(())) => None,
            _ => Some(otherwise),
        }
    }

    fn ask_camera(&self, job: PhotoJob) -> Option<Input> {
        if !matches!(job, PhotoJob::Watch(_)) {
            self.stop_photo.store(false, Ordering::Release);
        }
        let otherwise = job.unanswered();
        match self.photos.as_ref().map(|photos| photos.try_send(job)) {
            Some(Ok(())) => None,
            _ => Some(otherwise),
        }
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.stop_photo.store(true, Ordering::Release);
        self.watch_reader(false);
        self.photos = None;
        self.desk = None;
        for worker in self.reader.take().into_iter().chain(self.workers.drain(..)) {
            // A worker that panicked has said so; there is nothing left to stop.
            let _ = worker.join();
        }
    }
}
