//! The whole system in one process: a kiosk with simulated devices, a line, and a county.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use devices::bitmap::Bitmap;
use devices::id_reader::SdtReader;
use devices::receipt_printer::{EscPosPrinter, Paper};
use devices::serial::{self, READ_TIMEOUT, SerialPort};
use devices::simulated::{self, End, Tray, Wire};
use envelope::{CountySecret, KioskId, KioskSigner};
use image::ExtendedColorType;
use kiosk::appliance::content::Policy;
use kiosk::appliance::{Devices, Identity};
use kiosk::display::{KIOSK_SIZE, Snapshot};
use kiosk::drive::{Control, PressError, Wanted};
use kiosk::machine::{Machine, Route, Setup, StartError};
use kiosk::slip::SLIP_WIDTH_DOTS;
use kiosk::ui_thread::UiMessage;
use kiosk::uplink::line::LineSettings as KioskLine;
use paper::{FillIn, Form, FormError, PRINT_DPI, Typeface};
use relief::Stage;
use serde::{Deserialize, Serialize};
use store::{Store, UnixMs};
use tokio::runtime::Handle;

use crate::county_run::{CountyError, CountyRun};
use crate::keys::Keys;
use crate::people::{self, Person};
use crate::screen_feed::{ScreenFeed, png};

/// Zhangzi County; the kiosk's county in every slip number of the simulator.
pub const COUNTY_CODE: u32 = 140_428;

const KIOSK: KioskId = KioskId(1);

/// How long a look for something on the screen waits for it to come: reading a page takes seconds on a busy machine.
const SCREEN_WAIT: Duration = Duration::from_secs(60);

/// Slips that the simulated tray keeps; older ones are thrown away.
const SLIPS_MAX: usize = 50;

/// How to start a world.
pub struct Options {
    /// Where the kiosk keeps its file.
    pub kiosk_dir: PathBuf,
    /// Where the county keeps its ledger.
    pub county_dir: PathBuf,
    /// Where the county's pages are served; port 0 takes a free one.
    pub county_address: SocketAddr,
    /// Speed of the line.
    pub bits_per_second: u32,
    /// Which way the kiosk goes to the county.
    pub way: Way,
    /// The keys of both.
    pub keys: Keys,
}

/// A way from the kiosk to the county.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The simulated serial line.
    Line,
    /// HTTP, as over any IP route.
    Network,
}

/// The running system.
pub struct World {
    // In the order in which they have to go: the kiosk lets go of its ports before the devices are unplugged.
    kiosk: Machine,
    county: Mutex<Option<CountyRun>>,
    open_county: Box<dyn Fn() -> Result<CountyRun, WorldError> + Send + Sync>,
    county_address: SocketAddr,
    staff_key: String,
    feed: Arc<ScreenFeed>,
    reader: simulated::SdtReader,
    people: Vec<Person>,
    card_laid: Mutex<Option<usize>>,
    printer: simulated::Printer,
    slips: Mutex<Vec<Bitmap>>,
    tray: Tray,
    line: Mutex<LineSettings>,
    wire: Arc<Wire>,
    store: Mutex<Store>,
    switches: Mutex<Switches>,
    cases_seen: AtomicUsize,
    form: Form,
}

#[derive(Default)]
struct Switches {
    paper_out: bool,
    tray_full: bool,
    disk_full: bool,
}

/// How the line is, as the page sets it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LineSettings {
    /// 8N1.
    pub bits_per_second: u32,
    /// 0 to 0.01.
    pub bit_error_rate: f64,
    /// No carrier.
    pub cut: bool,
}

/// Why the line was not set so.
#[derive(Debug, thiserror::Error)]
pub enum LineRefused {
    /// Outside what serial lines run at.
    #[error("速率要在 300 到 921600 之间，现在是 {0}")]
    Rate(u32),
    /// Nothing gets through at more.
    #[error("误码率要在 0 到 0.01 之间，现在是 {0}")]
    Errors(f64),
}

/// How everything stands, for the page.
#[derive(Debug, Serialize)]
pub struct WorldState {
    cards: Vec<CardState>,
    card_laid: Option<usize>,
    slips: usize,
    paper_out: bool,
    tray_full: bool,
    line: LineState,
    waiting_objects: usize,
    county_off: bool,
    county_cases: usize,
    disk_full: bool,
    staff_url: String,
    staff_key: String,
}

#[derive(Debug, Serialize)]
struct CardState {
    name: String,
    note: &'static str,
}

#[derive(Debug, Serialize)]
struct LineState {
    #[serde(flatten)]
    settings: LineSettings,
    up_bytes: u64,
    down_bytes: u64,
}

/// Why the world did not start, or a county did not come back.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// No pseudo-terminal, folder or thread.
    #[error("simulated device: {0}")]
    Device(#[from] io::Error),
    /// A simulated port could not be opened.
    #[error(transparent)]
    Port(#[from] serial::OpenError),
    /// The kiosk.
    #[error("kiosk: {0}")]
    Kiosk(#[from] StartError),
    /// The kiosk's file.
    #[error("kiosk's file: {0}")]
    Store(#[from] store::OpenError),
    /// The county.
    #[error("county: {0}")]
    County(#[from] CountyError),
    /// A form of `assets/forms`.
    #[error("form: {0}")]
    Form(#[from] FormError),
    /// The typeface of `assets/fonts`.
    #[error("typeface: {0}")]
    Typeface(#[from] paper::TypefaceError),
}

impl World {
    /// Starts kiosk, devices, line and county. `runtime` serves the county's pages.
    ///
    /// # Errors
    ///
    /// [`WorldError`]; what had started is stopped again.
    pub fn start(options: &Options, runtime: &Handle) -> Result<Self, WorldError> {
        let (county_seed, staff_key) = (options.keys.county_seed(), options.keys.staff_key());
        let signer = KioskSigner::from_seed(KIOSK, options.keys.kiosk_seed());
        let county_public = CountySecret::from_seed(county_seed).public();

        let wire = Arc::new(Wire::lay(simulated::LineSettings::clean(
            options.bits_per_second,
        ))?);
        let address = Arc::new(Mutex::new(options.county_address));
        let open_county = {
            let (runtime, kiosk, wire, staff_key, address, dir) = (
                runtime.clone(),
                signer.public(),
                wire.clone(),
                staff_key.clone(),
                address.clone(),
                options.county_dir.clone(),
            );
            let bits_per_second = options.bits_per_second;
            move || -> Result<CountyRun, WorldError> {
                let mut address = address.lock().unwrap_or_else(PoisonError::into_inner);
                let port =
                    SerialPort::open(wire.path(End::B), bits_per_second, GATEWAY_READ_TIMEOUT)?;
                let secret = CountySecret::from_seed(county_seed);
                let run = CountyRun::start(
                    &dir,
                    secret,
                    &staff_key,
                    &kiosk,
                    *address,
                    port,
                    bits_per_second,
                    &runtime,
                )?;
                // The address that was taken at first stays: it is on the slips.
                *address = run.address();
                Ok(run)
            }
        };
        let county = open_county()?;
        let county_address = county.address();

        let reader = simulated::SdtReader::start()?;
        let printer = simulated::Printer::start()?;
        let tray = Tray::default();
        let open = |path: &Path| SerialPort::open(path, DEVICE_BITS_PER_SECOND, READ_TIMEOUT);
        let devices = Devices {
            id_reader: Box::new(SdtReader::new(open(reader.path())?)),
            printer: Box::new(EscPosPrinter::new(open(printer.path())?, SLIP_WIDTH_DOTS)),
            camera: Box::new(tray.clone()),
        };

        std::fs::create_dir_all(&options.kiosk_dir)?;
        let store_path = options.kiosk_dir.join("kiosk.db");
        let typeface = Typeface::parse(kiosk::font::NOTO_SANS_SC)?;
        let parse = || {
            Form::parse(
                include_str!("../../../assets/forms/dibao_application.toml"),
                typeface,
            )
        };
        let (form, forms) = (parse()?, vec![parse()?]);
        let feed = Arc::new(ScreenFeed::new(KIOSK_SIZE));
        let policy = Policy::builtin();
        let setup = Setup {
            identity: Identity {
                signer,
                county: county_public,
                county_code: COUNTY_CODE,
                status_base_url: format!("http://{county_address}"),
                hotline: policy.local.hotline.clone(),
            },
            devices,
            policy,
            forms,
            store_path: store_path.clone(),
            route: match options.way {
                Way::Line => Route::Serial(KioskLine {
                    tty: wire.path(End::A).to_owned(),
                    bits_per_second: options.bits_per_second,
                }),
                Way::Network => Route::Http(format!("http://{county_address}")),
            },
        };
        let painter = feed.clone();
        let kiosk = Machine::start(setup, move |frame| painter.paint(&frame))?;

        Ok(Self {
            kiosk,
            county: Mutex::new(Some(county)),
            open_county: Box::new(open_county),
            county_address,
            staff_key,
            feed,
            reader,
            people: people::all(),
            card_laid: Mutex::new(None),
            printer,
            slips: Mutex::new(Vec::new()),
            tray,
            line: Mutex::new(LineSettings {
                bits_per_second: options.bits_per_second,
                bit_error_rate: 0.0,
                cut: false,
            }),
            wire,
            store: Mutex::new(Store::open(&store_path, UnixMs(0))?),
            switches: Mutex::new(Switches::default()),
            cases_seen: AtomicUsize::new(0),
            form,
        })
    }

    /// The kiosk's picture.
    pub fn screen(&self) -> &ScreenFeed {
        &self.feed
    }

    /// A hand on the screen or the keyboard.
    pub fn tell_screen(&self, message: UiMessage) {
        self.kiosk.tell_screen(message);
    }

    /// The picture as it is now; `None` when the screen has ended.
    pub fn snapshot(&self) -> Option<Snapshot> {
        let (reply, picture) = mpsc::sync_channel(1);
        self.kiosk.screen().send(UiMessage::Snapshot(reply)).ok()?;
        picture.recv().ok()
    }

    /// Where what is wanted is, once it is on the screen; `None` if it does not come.
    pub fn find(&self, wanted: Wanted) -> Option<Control> {
        let (reply, found) = mpsc::sync_channel(1);
        self.kiosk
            .screen()
            .send(UiMessage::Await(wanted, reply))
            .ok()?;
        found.recv_timeout(SCREEN_WAIT).ok()
    }

    /// Waits until the words are on the screen; `false` if they do not come.
    pub fn see(&self, words: &str) -> bool {
        self.find(Wanted::Text(words.to_owned())).is_some()
    }

    /// Touches the control with this label as soon as it is there and may be touched.
    pub fn touch(&self, label: &str) -> bool {
        self.find(Wanted::Control(label.to_owned())).is_some()
            && matches!(self.press(label), Some(Ok(())))
    }

    /// Touches the control with this label, as it is now.
    fn press(&self, label: &str) -> Option<Result<(), PressError>> {
        let (reply, pressed) = mpsc::sync_channel(1);
        self.kiosk
            .screen()
            .send(UiMessage::Press(label.to_owned(), reply))
            .ok()?;
        pressed.recv().ok()
    }

    /// Every label and text on the screen.
    pub fn labels(&self) -> Vec<String> {
        let (reply, labels) = mpsc::sync_channel(1);
        let asked = self.kiosk.screen().send(UiMessage::Labels(reply));
        asked
            .ok()
            .and_then(|()| labels.recv().ok())
            .unwrap_or_default()
    }

    /// How everything stands.
    pub fn state(&self) -> WorldState {
        let county_cases = lock(&self.county).as_ref().map(CountyRun::cases);
        if let Some(cases) = county_cases {
            self.cases_seen.store(cases, Ordering::Relaxed);
        }
        let switches = lock(&self.switches);
        WorldState {
            cards: self
                .people
                .iter()
                .map(|one| CardState {
                    name: one.card.name.clone(),
                    note: one.note,
                })
                .collect(),
            card_laid: *lock(&self.card_laid),
            slips: self.slips().len(),
            paper_out: switches.paper_out,
            tray_full: switches.tray_full,
            line: LineState {
                settings: *lock(&self.line),
                up_bytes: self.wire.traffic_from(End::A).delivered,
                down_bytes: self.wire.traffic_from(End::B).delivered,
            },
            waiting_objects: lock(&self.store)
                .all_unacknowledged()
                .map_or(0, |objects| objects.len()),
            county_off: county_cases.is_none(),
            county_cases: self.cases_seen.load(Ordering::Relaxed),
            disk_full: switches.disk_full,
            staff_url: format!("http://{}/staff", self.county_address),
            staff_key: self.staff_key.clone(),
        }
    }

    /// Lays the n-th card on the reader, or takes it away; `false` if there is no such card.
    pub fn lay_card(&self, number: Option<usize>) -> bool {
        let mut laid = lock(&self.card_laid);
        self.reader.lift();
        *laid = None;
        let Some(number) = number else { return true };
        let fits = self
            .people
            .get(number)
            .is_some_and(|person| self.reader.lay(&person.card).is_ok());
        if fits {
            *laid = Some(number);
        }
        fits
    }

    /// The people with cards.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Takes the printer's roll out, or puts a new one in.
    pub fn set_paper_out(&self, out: bool) {
        self.printer
            .set_paper(if out { Paper::Out } else { Paper::Enough });
        lock(&self.switches).paper_out = out;
    }

    /// The slips that came out so far, oldest first.
    pub fn slips(&self) -> Vec<Bitmap> {
        let mut slips = lock(&self.slips);
        while let Some(slip) = self.printer.take_slip(Duration::ZERO) {
            if slips.len() == SLIPS_MAX {
                slips.remove(0);
            }
            slips.push(slip);
        }
        slips.clone()
    }

    /// The n-th slip as a picture.
    pub fn slip_png(&self, number: usize) -> Option<Vec<u8>> {
        self.slips().get(number).map(slip_picture)
    }

    /// Lays a photo under the camera, or takes it away.
    pub fn lay_photo(&self, photo: Option<Vec<u8>>) {
        lock(&self.switches).tray_full = photo.is_some();
        match photo {
            Some(photo) => self.tray.lay(photo),
            None => self.tray.clear(),
        }
    }

    /// Sets the line.
    ///
    /// # Errors
    ///
    /// [`LineRefused`]; the line is as before.
    pub fn set_line(&self, settings: LineSettings) -> Result<(), LineRefused> {
        if !(300..=921_600).contains(&settings.bits_per_second) {
            return Err(LineRefused::Rate(settings.bits_per_second));
        }
        if !(0.0..=0.01).contains(&settings.bit_error_rate) {
            return Err(LineRefused::Errors(settings.bit_error_rate));
        }
        let mut line = lock(&self.line);
        self.wire.set_bits_per_second(settings.bits_per_second);
        self.wire.set_bit_error_rate(settings.bit_error_rate);
        match (line.cut, settings.cut) {
            (false, true) => self.wire.cut(),
            (true, false) => self.wire.restore(),
            (false, false) | (true, true) => {}
        }
        *line = settings;
        Ok(())
    }

    /// How the line is.
    pub fn line(&self) -> LineSettings {
        *lock(&self.line)
    }

    /// What has crossed the line upwards and downwards, in bytes.
    pub fn line_bytes(&self) -> (u64, u64) {
        (
            self.wire.traffic_from(End::A).delivered,
            self.wire.traffic_from(End::B).delivered,
        )
    }

    /// What was lost while the line was cut, in bytes both ways.
    pub fn lost_bytes(&self) -> u64 {
        self.wire.traffic_from(End::A).cut_off + self.wire.traffic_from(End::B).cut_off
    }

    /// Switches the county's server off, or on again.
    ///
    /// # Errors
    ///
    /// [`WorldError`] if it does not come back.
    pub fn set_county_off(&self, off: bool) -> Result<(), WorldError> {
        let mut county = lock(&self.county);
        match (&*county, off) {
            (Some(_), true) => *county = None,
            (None, false) => *county = Some((self.open_county)()?),
            (Some(_), false) | (None, true) => {}
        }
        Ok(())
    }

    /// Does something with the county's server while it is on.
    pub fn with_county<T>(&self, act: impl FnOnce(&county::County) -> T) -> Option<T> {
        lock(&self.county).as_ref().map(|run| act(run.county()))
    }

    /// Where the county serves its pages.
    pub fn county_address(&self) -> SocketAddr {
        self.county_address
    }

    /// Lets the kiosk's file grow no more, as on a full disk, or lifts that.
    pub fn set_disk_full(&self, full: bool) {
        self.kiosk.bound_store(full);
        lock(&self.switches).disk_full = full;
    }

    /// Objects that the county has not acknowledged.
    pub fn waiting_objects(&self) -> usize {
        lock(&self.store)
            .all_unacknowledged()
            .map_or(0, |objects| objects.len())
    }

    /// Whether the county has told the kiosk that its newest case stands at `stage`.
    pub fn kiosk_knows(&self, stage: Stage) -> bool {
        let receipts = lock(&self.store).receipts().unwrap_or_default();
        let newest = receipts.first().and_then(|receipt| receipt.status.as_ref());
        newest.is_some_and(|status| status.stage == stage.code())
    }

    /// The blank form, ready to print at 300 dots per inch.
    pub fn blank_form_png(&self) -> Vec<u8> {
        match self.form.render(PRINT_DPI, &FillIn::default()) {
            Ok(page) => png(
                page.width(),
                page.height(),
                page.as_raw(),
                ExtendedColorType::L8,
            ),
            Err(_) => Vec::new(),
        }
    }
}

/// Speed of the simulated ID reader and printer; a pseudo-terminal does not care.
const DEVICE_BITS_PER_SECOND: u32 = 115_200;

/// The county's gateway looks at its line this often while nothing comes.
const GATEWAY_READ_TIMEOUT: Duration = Duration::from_millis(10);

/// A slip as a grey picture.
pub fn slip_picture(slip: &Bitmap) -> Vec<u8> {
    let (width, height) = (slip.width_dots() as u32, slip.height_dots() as u32);
    png(width, height, &slip.to_grey(), ExtendedColorType::L8)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
