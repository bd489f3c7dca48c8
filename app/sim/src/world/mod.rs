//! The whole system in one process: a kiosk with simulated devices, a line, and a county.

mod devices;
mod screen;
mod state;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::devices::id_reader::SdtReader;
use ::devices::receipt_printer::EscPosPrinter;
use ::devices::serial::{self, READ_TIMEOUT, SerialPort};
use ::devices::simulated::{self, End, Tray, Wire};
use envelope::{CountySecret, KioskId, KioskSigner};
use kiosk::appliance::content::Policy;
use kiosk::appliance::{Devices, Identity};
use kiosk::display::KIOSK_SIZE;
use kiosk::health::Health;
use kiosk::machine::{Machine, Setup, StartError};
use kiosk::slip::SLIP_WIDTH_DOTS;
use kiosk::uplink::settings::RouteSettings;
use paper::{Form, FormError, Typeface};
use relief::Rulebook;
use store::Store;
use tokio::runtime::Handle;

use self::devices::Slips;
pub use self::devices::{LineRefused, LineSettings, slip_picture};
pub use self::state::WorldState;
use crate::calendar::Calendar;
use crate::county_run::{CountyError, CountyRun, CountySetup};
use crate::keys::Keys;
use crate::people::{self, Person};
use crate::screen_feed::ScreenFeed;

/// Zhangzi County; the kiosk's county in every slip number of the simulator.
pub const COUNTY_CODE: u32 = 140_428;

const KIOSK: KioskId = KioskId(1);

/// How to start a world.
pub struct Options {
    /// Where the kiosk keeps its file.
    pub kiosk_dir: PathBuf,
    /// Where the county keeps its ledger.
    pub county_dir: PathBuf,
    /// Where the county's pages are served; port 0 takes a free one.
    pub county_address: SocketAddr,
    /// Folder with rule files of the county's own; none: the national defaults.
    pub rules_dir: Option<PathBuf>,
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
    county_setup: CountySetup,
    feed: Arc<ScreenFeed>,
    reader: simulated::SdtReader,
    people: Vec<Person>,
    card_laid: Mutex<Option<usize>>,
    printer: simulated::Printer,
    slips: Mutex<Slips>,
    tray: Tray,
    line: Mutex<LineSettings>,
    wire: Arc<Wire>,
    store: Mutex<Store>,
    switches: Mutex<Switches>,
    cases_seen: AtomicUsize,
    forms: Vec<Form>,
}

#[derive(Default)]
struct Switches {
    paper_out: bool,
    tray_full: bool,
    disk_full: bool,
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
    /// The rules.
    #[error("rules: {0}")]
    Rules(#[from] county::RulesFolderError),
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
        let signer = KioskSigner::from_seed(KIOSK, options.keys.kiosk_seed());
        let county_public = CountySecret::from_seed(options.keys.county_seed()).public();

        let wire = Arc::new(Wire::lay(simulated::LineSettings::clean(
            options.bits_per_second,
        ))?);
        let mut county_setup = CountySetup {
            dir: options.county_dir.clone(),
            rules_dir: options.rules_dir.clone(),
            keys: options.keys.clone(),
            calendar: Calendar::kept_in(&options.county_dir)?,
            kiosk: signer.public(),
            address: options.county_address,
            wire: wire.clone(),
            bits_per_second: options.bits_per_second,
            runtime: runtime.clone(),
        };
        let county = CountyRun::start(&county_setup)?;
        // The address that was taken at first stays: it is on the slips.
        county_setup.address = county.address();
        let county_address = county.address();

        let reader = simulated::SdtReader::start()?;
        let printer = simulated::Printer::start()?;
        let tray = Tray::default();
        let open = |path: &Path| SerialPort::open(path, DEVICE_BITS_PER_SECOND, READ_TIMEOUT);
        let devices = Devices {
            id_reader: Box::new(SdtReader::new(open(reader.path())?)),
            printer: Box::new(EscPosPrinter::new(open(printer.path())?, SLIP_WIDTH_DOTS)),
            camera: Box::new(tray.clone()),
            health: Health::default(),
        };

        std::fs::create_dir_all(&options.kiosk_dir)?;
        let store_path = options.kiosk_dir.join("kiosk.db");
        let typeface = Typeface::parse(kiosk::font::NOTO_SANS_SC)?;
        let parse = |definition: &&str| Form::parse(definition, typeface);
        let forms: Vec<Form> = paper::DEFINITIONS
            .iter()
            .map(parse)
            .collect::<Result<_, _>>()?;
        let feed = Arc::new(ScreenFeed::new(KIOSK_SIZE));
        let rules = match &options.rules_dir {
            Some(dir) => county::load_rules(dir)?,
            None => Rulebook::builtin(),
        };
        let setup = Setup {
            identity: Identity {
                signer: Arc::new(signer),
                county: county_public,
                county_code: COUNTY_CODE,
                status_base_url: format!("http://{county_address}"),
            },
            devices,
            policy: Policy::new(rules),
            forms: forms.clone(),
            store_path: store_path.clone(),
            uplink: vec![match options.way {
                Way::Line => RouteSettings::cable(
                    "县局专线",
                    wire.path(End::A).to_owned(),
                    options.bits_per_second,
                ),
                Way::Network => RouteSettings::http("县局网络", format!("http://{county_address}")),
            }]
            .into(),
        };
        let painter = feed.clone();
        let kiosk = Machine::start(setup, move |frame| painter.paint(&frame))?;

        Ok(Self {
            kiosk,
            county: Mutex::new(Some(county)),
            county_setup,
            feed,
            reader,
            people: people::all(),
            card_laid: Mutex::new(None),
            printer,
            slips: Mutex::new(Slips::default()),
            tray,
            line: Mutex::new(LineSettings {
                bits_per_second: options.bits_per_second,
                bit_error_rate: 0.0,
                cut: false,
            }),
            wire,
            store: Mutex::new(Store::open(&store_path)?),
            switches: Mutex::new(Switches::default()),
            cases_seen: AtomicUsize::new(0),
            forms,
        })
    }
}

/// Speed of the simulated ID reader and printer; a pseudo-terminal does not care.
const DEVICE_BITS_PER_SECOND: u32 = 115_200;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
