//! The kiosk's program for those who look after it.
//!
//! ```text
//! kiosk keys --dir keys --number 3              makes kiosk-secret and kiosk-public in keys/
//! kiosk verify-slip --key 0100… HTTP://…/S/…    says whether a slip is true; needs no network
//! kiosk outbox --config kiosk.toml              how the routes stand, what waits, what the county refuses and why,
//!                                               whether the log is whole
//! kiosk export-bundle DIR --config kiosk.toml   takes the county's answers off a stick and writes what waits
//! kiosk try-again --config kiosk.toml           what waits is due at once, also what was refused
//! kiosk backup FILE --config kiosk.toml         a copy of the kiosk's file while it is in use
//! kiosk page FILE --config kiosk.toml           one page from camera or scanner, to see whether it works
//! ```
//!
//! `kiosk.toml`:
//!
//! ```toml
//! number = 3                                  # of the kiosk within its county
//! secret-file = "keys/kiosk-secret"           # made by `kiosk keys`
//! county-public-file = "keys/county-public"   # made by `county keys`
//! store = "data/kiosk.db"
//! # suite = "sm2"                             # left out: x25519; both key files are of it
//!
//! [[routes]]                                  # the ways to the county, see `kiosk::uplink::settings`
//! name = "县局专线"
//! kind = "cable"
//! tty = "/dev/ttyS0"
//! bits-per-second = 9600
//!
//! [paper-source]                              # what takes pictures of papers, see `kiosk::paper_source`
//! kind = "camera"
//! device = "/dev/video0"
//! ```
//!
//! Relative paths count from the folder in which the program runs. The commands may run beside a kiosk in use.

mod page_command;

use std::{
    error::Error,
    fs,
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

use clap::{Parser, Subcommand, ValueEnum};
use envelope::{
    CountyPublic, ForgedSlip, KioskId, KioskPublic, KioskSigner, RefusalReason, SlipCode, Suite,
};
use kiosk::appliance::clock::{Clock, for_people};
use kiosk::courier;
use kiosk::paper_source::PaperSource;
use kiosk::uplink::listing;
use kiosk::uplink::outbox::Outbox;
use kiosk::uplink::settings::{RouteSettings, parse_routes};
use relief::SlipNumber;
use serde::Deserialize;
use store::{AuditError, Moment, OpenError, Store, UnixMs, WriteError};
use zeroize::Zeroizing;

#[derive(Parser)]
#[command(
    version,
    about = "Looks after a kiosk: its keys, slips, outbox and stick"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the kiosk's secret and its public key for the county.
    Keys {
        /// Folder to make them in; nothing in it is overwritten.
        #[arg(long)]
        dir: PathBuf,
        /// Number of the kiosk within its county.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(SlipNumber::KIOSK_MAX)))]
        number: u16,
        /// Algorithms of the keys.
        #[arg(long, value_enum, default_value_t)]
        suite: SuiteName,
    },
    /// Says whether a slip was issued by the kiosk and is unaltered; exit code 0 only then.
    VerifySlip {
        /// A public key of the kiosk, in hexadecimal digits; several if it had several.
        #[arg(long, required = true)]
        key: Vec<String>,
        /// What the slip's QR code says.
        code: String,
    },
    /// Shows how the routes stand, what waits, what the county refuses and why, and whether log and disk are in order.
    Outbox {
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Takes the county's answers off a courier's stick and writes to it what the county has not acknowledged.
    ExportBundle {
        /// Where the stick is mounted.
        dir: PathBuf,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
        /// Most megabytes of objects to write.
        #[arg(long, default_value_t = 1024)]
        megabytes_max: u32,
    },
    /// Makes everything that waits due at once, also what the county refused.
    TryAgain {
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Takes one page from the kiosk's paper source, to see whether it works.
    Page {
        /// Where the picture goes; no file there is overwritten.
        file: PathBuf,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Writes a copy of the kiosk's file.
    Backup {
        /// The copy; an earlier one there is replaced when the new one is whole.
        file: PathBuf,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SuiteName {
    #[default]
    X25519,
    Sm2,
}

impl From<SuiteName> for Suite {
    fn from(name: SuiteName) -> Self {
        match name {
            SuiteName::X25519 => Self::X25519,
            SuiteName::Sm2 => Self::Sm2,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Settings {
    number: u16,
    secret_file: PathBuf,
    county_public_file: PathBuf,
    store: PathBuf,
    #[serde(default)]
    suite: SuiteName,
    #[serde(default)]
    routes: Vec<toml::Table>,
    paper_source: Option<PaperSource>,
}

/// Name of the kiosk's secret in a folder of keys.
const SECRET_FILE: &str = "kiosk-secret";
/// Name of the kiosk's public key, which the county is given.
const PUBLIC_FILE: &str = "kiosk-public";

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Keys { dir, number, suite } => make_keys(&dir, KioskId(number), suite.into()),
        Command::VerifySlip { key, code } => verify_slip(&key, &code),
        Command::Outbox { config } => Tool::open(&config).and_then(Tool::show_outbox),
        Command::ExportBundle {
            dir,
            config,
            megabytes_max,
        } => Tool::open(&config).and_then(|tool| tool.export_bundle(&dir, megabytes_max)),
        Command::TryAgain { config } => Tool::open(&config).and_then(Tool::try_again),
        Command::Page { file, config } => Tool::open(&config).and_then(|tool| {
            let source = tool.settings.paper_source.as_ref();
            let source =
                source.ok_or("the settings have no [paper-source]; see `kiosk::paper_source`")?;
            page_command::take(source, &file)
        }),
        Command::Backup { file, config } => {
            Tool::open(&config).and_then(|tool| tool.back_up(&file))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kiosk: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// What an error says, and then each of its causes that says more than the one before.
fn with_causes(error: &dyn Error) -> String {
    let mut last = error.to_string();
    let mut words = last.clone();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !last.contains(&more) && !more.contains(&last) {
            words = format!("{words}: {more}");
            last = more;
        }
        cause = error.source();
    }
    words
}

fn make_keys(dir: &Path, id: KioskId, suite: Suite) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut())?;
    let public = KioskSigner::from_seed_in(suite, id, *seed).public();
    let secret = Zeroizing::new(hex::encode(*seed));
    write_new(&dir.join(SECRET_FILE), &secret, 0o600)?;
    let digits = hex::encode(public.to_bytes());
    write_new(&dir.join(PUBLIC_FILE), &digits, 0o644)?;
    println!(
        "keys are in {}; give {PUBLIC_FILE} to the county: {digits}",
        dir.display()
    );
    Ok(())
}

fn write_new(path: &Path, digits: &str, mode: u32) -> Result<(), Box<dyn Error>> {
    let write = || {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        writeln!(file, "{digits}")?;
        file.sync_all()
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => format!(
            "{} is there already and stays; name another folder",
            path.display()
        ),
        _ => format!("{}: {error}", path.display()),
    })?;
    Ok(())
}

fn verify_slip(keys: &[String], code: &str) -> Result<(), Box<dyn Error>> {
    let code = SlipCode::parse(code).map_err(|error| {
        format!("{error}; scan the slip's QR code again and give all of what it says")
    })?;
    let keys = keys
        .iter()
        .map(|digits| parse_key(digits))
        .collect::<Result<Vec<_>, _>>()?;
    let kiosk = KioskId(code.kiosk);
    let suitable: Vec<&KioskPublic> = keys
        .iter()
        .filter(|key| key.id() == kiosk && key.suite() == code.suite())
        .collect();
    if suitable.is_empty() {
        let suite = name_of(code.suite());
        return Err(format!(
            "slip says that it is of kiosk {kiosk} and signed with {suite}; give such a key of that kiosk"
        )
        .into());
    }
    if !suitable.iter().any(|key| code.verify(key).is_ok()) {
        return Err(ForgedSlip { kiosk }.into());
    }
    let number = SlipNumber::new(code.county, code.kiosk, code.counter)?;
    let submitted = i64::try_from(code.submitted_s).unwrap_or(i64::MAX);
    println!("true slip {number}");
    println!(
        "submitted {}",
        for_people(UnixMs(submitted.saturating_mul(1000)))
    );
    Ok(())
}

fn parse_key(digits: &str) -> Result<KioskPublic, Box<dyn Error>> {
    let bytes = hex::decode(digits.trim())
        .map_err(|_| "key is not in hexadecimal digits; give those in kiosk-public")?;
    let key = KioskPublic::from_bytes(&bytes)
        .map_err(|error| format!("{error}; give the digits in kiosk-public"))?;
    Ok(key)
}

/// The kiosk's file, opened beside a kiosk that may be in use.
struct Tool {
    settings: Settings,
    routes: Vec<RouteSettings>,
    store: Store,
    signer: Arc<KioskSigner>,
    county: CountyPublic,
    started: Instant,
}

impl Tool {
    fn open(config: &Path) -> Result<Self, Box<dyn Error>> {
        let started = Instant::now();
        let settings: Settings = toml::from_str(&read(config)?)
            .map_err(|error| format!("{}: {error}", config.display()))?;
        let routes = parse_routes(&settings.routes)
            .map_err(|error| format!("{}: {error}", config.display()))?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(read(&settings.secret_file)?.trim(), seed.as_mut()).map_err(|_| {
            let path = settings.secret_file.display();
            format!("{path}: needs the 64 hexadecimal digits that `kiosk keys` wrote")
        })?;
        let number = KioskId(settings.number);
        let signer = Arc::new(KioskSigner::from_seed_in(
            settings.suite.into(),
            number,
            *seed,
        ));
        let county = hex::decode(read(&settings.county_public_file)?.trim()).ok();
        let county = county.and_then(|bytes| CountyPublic::from_bytes(&bytes).ok());
        let county = county.ok_or_else(|| {
            let path = settings.county_public_file.display();
            format!(
                "{path}: needs the hexadecimal digits that `county keys` wrote to county-public"
            )
        })?;
        if !settings.store.is_file() {
            let path = settings.store.display();
            return Err(format!("{path} is not there; look at `store` in the settings").into());
        }
        let store = Store::open(&settings.store).map_err(|error| match error {
            OpenError::Sqlite { .. } => format!(
                "{}; start the kiosk, which repairs its file",
                with_causes(&error)
            ),
            other => with_causes(&other),
        })?;
        Ok(Self {
            settings,
            routes,
            store,
            signer,
            county,
            started,
        })
    }

    /// The time, in a boot of its own: this program's ticks say nothing about those of a kiosk in use.
    fn begin_boot(&mut self) -> Result<Moment, WriteError> {
        let unnumbered = Clock::new(0, self.started).now().moment;
        let boot = self.store.begin_boot(unnumbered.tick_ms, unnumbered.wall)?;
        Ok(Clock::new(boot, self.started).now().moment)
    }

    /// Changes nothing, so that a full disk can be looked at too.
    fn show_outbox(self) -> Result<(), Box<dyn Error>> {
        let unnumbered = Clock::new(0, self.started).now();
        for line in listing::route_lines(&self.store, &self.routes, unnumbered)? {
            println!("{line}");
        }
        let owed = self.store.unacknowledged_by_priority()?;
        let objects: u64 = owed.iter().map(|owed| u64::from(owed.objects)).sum();
        let bytes: u64 = owed.iter().map(|owed| owed.bytes).sum();
        println!(
            "{} submissions wait: {objects} objects, {bytes} bytes",
            self.store.waiting()?
        );
        for line in listing::waiting_lines(&self.store, unnumbered)? {
            println!("{line}");
        }
        for refused in self.store.set_aside()? {
            println!(
                "refused: slip {}, object {}, tried {} times: {}",
                refused.slip_number,
                refused.hash,
                refused.attempts,
                words(RefusalReason::from_number(refused.reason))
            );
        }
        if !self.store.has_room()? {
            println!("disk: no room for another application; remove other files");
        }
        match self.store.verify_audit() {
            Ok(rows) => println!("audit log: {rows} rows, whole"),
            Err(AuditError::Broken { .. }) => println!(
                "audit log: rows are missing or changed before rows {:?}; a rebuilt file explains it only if the log says \
                 so, else report it",
                self.store.audit_breaks()?
            ),
            Err(AuditError::Read(error)) => return Err(error.into()),
        }
        Ok(())
    }

    fn export_bundle(mut self, dir: &Path, megabytes_max: u32) -> Result<(), Box<dyn Error>> {
        if on_one_disk(dir, &self.settings.store) {
            eprintln!(
                "kiosk: {} is on the kiosk's own disk; is the stick mounted there?",
                dir.display()
            );
        }
        let now = self.begin_boot()?;
        let mut outbox = Outbox::new(self.store, self.signer.clone(), &self.county)?;
        let bytes_max = u64::from(megabytes_max) << 20;
        let visit = courier::visit(&mut outbox, &self.signer, dir, bytes_max, now)?;
        println!(
            "taken in: {} answers of the county, {} files that are none",
            visit.answers_taken, visit.answers_strange
        );
        println!(
            "on the stick: {} objects, {} bytes ({} new, {} there before); {} taken off",
            visit.written + visit.kept,
            visit.bytes,
            visit.written,
            visit.kept,
            visit.removed
        );
        if 0 < visit.left_out {
            println!(
                "no room for {} objects; bring the stick again after the county has had it",
                visit.left_out
            );
        }
        Ok(())
    }

    fn try_again(mut self) -> Result<(), Box<dyn Error>> {
        self.store.try_all_now()?;
        println!("everything that waits is due now");
        Ok(())
    }

    fn back_up(mut self, file: &Path) -> Result<(), Box<dyn Error>> {
        let now = self.begin_boot()?;
        self.store.back_up(file, now)?;
        println!("backup is in {}", file.display());
        Ok(())
    }
}

/// Whether both lie on one disk, as they do when no stick is mounted at the folder.
fn on_one_disk(dir: &Path, file: &Path) -> bool {
    let disk = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    disk(dir).is_some_and(|found| Some(found) == disk(file))
}

const fn name_of(suite: Suite) -> &'static str {
    match suite {
        Suite::X25519 => "Ed25519",
        Suite::Sm2 => "SM2",
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Zeroizing::new(text))
}

/// What the county's reason means and what to do about it.
const fn words(reason: RefusalReason) -> &'static str {
    match reason {
        RefusalReason::UnknownKiosk => {
            "the county has not taken this kiosk's key in; give it kiosk-public"
        }
        RefusalReason::RevokedKey => "the county revoked this kiosk's key; make a new one",
        RefusalReason::Damaged => "damaged or forged; what the kiosk keeps may be damaged too",
        RefusalReason::WrongCounty => "it is for another county; look at county-public-file",
        RefusalReason::NotARecord => "what the kiosk signed is no record; its program is at fault",
        RefusalReason::Other => "the county gives no reason that this build knows",
    }
}
