//! The county's server program.
//!
//! ```text
//! county keys --dir keys                         makes county-secret, county-public and staff-key in keys/
//! county keys --dir keys --suite sm2             the same with keys for SM2, SM3 and SM4
//! county serve --config county.toml              serves pages, intake and lines
//! county import-bundle DIR --config county.toml  takes what a courier's stick brings, and writes the answers to it
//! county backup FILE --config county.toml        a copy of the ledger while it is in use
//! ```
//!
//! `county.toml`:
//!
//! ```toml
//! listen = "127.0.0.1:8080"          # address of pages and intake; TLS is the business of a proxy before it
//! secret-file = "keys/county-secret" # made by `county keys`
//! # former-secret-files = ["old/county-secret"] # of earlier keys: what was sealed to them still opens
//! staff-key-file = "keys/staff-key"  # what staff sign in with
//!
//! [county]
//! county-code = 140428               # records with another county's slip number are refused
//! bureau = ""                        # name on staff pages; empty: none is shown
//! data-dir = "data"                  # holds county.db
//! public-url = "http://127.0.0.1:8080" # as people reach it; with https the staff cookie is never sent in clear
//! # rules-dir = "rules"              # local.toml (hotline, office, hours), clocks.toml, … over the national defaults
//!
//! [[kiosk]]                          # one for each key whose signature counts; a kiosk may have several
//! public-key = "…"                   # its 70 hexadecimal digits, 72 for SM2
//! # revoked = true                   # the kiosk or its key was lost: what comes signed with it is refused, for good
//!
//! [[line]]                           # one for each serial line or modem that stays connected
//! port = "/dev/ttyUSB0"
//! bits-per-s = 9600
//! kiosk = 3                          # the kiosk at its other end; left out: anybody may call
//! ```
//!
//! To change the county's keys, make new ones in another folder, name the new secret in `secret-file` and the old one
//! in `former-secret-files`. Kiosks that have not learnt the new key are answered under the old one.
//!
//! Relative paths count from the folder in which the program runs.

use std::{
    error::Error,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use clap::{Parser, Subcommand, ValueEnum};
use county::{County, CountyConfig, SystemClock, courier::List, gateway::LineError, keys};
use envelope::{CountyKeyring, KioskId, Suite};
use serde::Deserialize;

#[derive(Parser)]
#[command(
    version,
    about = "Receives relief applications from kiosks and shows where they stand"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the county's secret, its public key for the kiosks, and the staff key.
    Keys {
        /// Folder to make them in; nothing in it is overwritten.
        #[arg(long)]
        dir: PathBuf,
        /// Algorithms of the county's keys; kiosks that seal to them sign with the same.
        #[arg(long, value_enum, default_value_t = KeySuite::X25519)]
        suite: KeySuite,
    },
    /// Serves pages, intake and lines until interrupted.
    Serve {
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Takes in what a courier's stick brings and writes the county's answers to it; may run beside the server.
    ImportBundle {
        /// Where the stick is mounted.
        dir: PathBuf,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Writes a copy of the ledger; may run beside the server.
    Backup {
        /// The copy; nothing may be there.
        file: PathBuf,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum KeySuite {
    /// X25519, ChaCha20-Poly1305 and Ed25519.
    X25519,
    /// SM2, SM3 and SM4 of the national standards.
    Sm2,
}

impl From<KeySuite> for Suite {
    fn from(suite: KeySuite) -> Self {
        match suite {
            KeySuite::X25519 => Self::X25519,
            KeySuite::Sm2 => Self::Sm2,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Settings {
    listen: SocketAddr,
    secret_file: PathBuf,
    #[serde(default)]
    former_secret_files: Vec<PathBuf>,
    staff_key_file: PathBuf,
    county: CountyConfig,
    #[serde(default)]
    kiosk: Vec<KioskSettings>,
    #[serde(default)]
    line: Vec<LineSettings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct KioskSettings {
    public_key: String,
    #[serde(default)]
    revoked: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct LineSettings {
    port: String,
    bits_per_s: u32,
    kiosk: Option<u16>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Keys { dir, suite } => make_keys(&dir, suite.into()),
        Command::Serve { config } => {
            open(&config).and_then(|(settings, county)| serve(&settings, &county))
        }
        Command::ImportBundle { dir, config } => {
            open(&config).and_then(|(_, county)| import_bundle(&county, &dir))
        }
        Command::Backup { file, config } => open(&config).and_then(|(_, county)| {
            county.back_up(&file)?;
            println!("backup is in {}", file.display());
            Ok(())
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("county: {}", with_causes(error.as_ref()));
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

fn make_keys(dir: &Path, suite: Suite) -> Result<(), Box<dyn Error>> {
    keys::make(dir, suite)?;
    println!(
        "keys are in {}; give county-public to the kiosks",
        dir.display()
    );
    Ok(())
}

fn import_bundle(county: &County, dir: &Path) -> Result<(), Box<dyn Error>> {
    for bundle in county.import_bundles(dir)? {
        let kiosk = bundle.kiosk;
        println!(
            "kiosk {kiosk}: {} objects new, {} known, {} refused; {} answers on the stick",
            bundle.new,
            bundle.known,
            bundle.refused.len(),
            bundle.answers
        );
        for (hash, reason) in &bundle.refused {
            println!("kiosk {kiosk}: object {hash} refused: {reason}");
        }
        if 0 < bundle.damaged {
            println!(
                "kiosk {kiosk}: {} objects damaged on the stick; bring it to the kiosk again",
                bundle.damaged
            );
        }
        match bundle.list {
            List::Absent => println!(
                "kiosk {kiosk}: no list, the stick was pulled too early; bring it to the kiosk again"
            ),
            List::Doubtful(reason) => println!(
                "kiosk {kiosk}: what should be on the stick is not known, bring it to the kiosk again: {reason}"
            ),
            List::Believed { missing, left_out } => {
                if 0 < missing {
                    println!(
                        "kiosk {kiosk}: {missing} objects are missing on the stick; bring it to the kiosk again"
                    );
                }
                if 0 < left_out {
                    println!(
                        "kiosk {kiosk}: {left_out} objects did not fit; bring the stick to the kiosk again"
                    );
                }
            }
        }
    }
    Ok(())
}

/// The settings, and the county that they describe.
fn open(path: &Path) -> Result<(Settings, County), Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let settings: Settings =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let former = settings.former_secret_files.iter();
    let keyring = CountyKeyring::new(
        keys::read_secret(&settings.secret_file)?,
        former
            .map(|path| keys::read_secret(path))
            .collect::<Result<_, _>>()?,
    );
    let county = County::open(
        settings.county.clone(),
        keyring,
        keys::read_staff_key(&settings.staff_key_file)?,
        SystemClock,
    )?;
    for kiosk in &settings.kiosk {
        let key = keys::parse_kiosk(&kiosk.public_key)?;
        let counts = county.enrol(&key)?;
        if kiosk.revoked {
            county.revoke(key.id(), key.key_id())?;
        } else if !counts {
            let (kiosk, key) = (key.id(), key.key_id());
            eprintln!("county: key {key} of kiosk {kiosk} was revoked before and stays so");
        }
    }
    Ok((settings, county))
}

fn serve(settings: &Settings, county: &County) -> Result<(), Box<dyn Error>> {
    let stop = AtomicBool::new(false);
    thread::scope(|threads| {
        for line in &settings.line {
            threads.spawn(|| keep_line(county, line, &stop));
        }
        let served = serve_pages(county, settings.listen);
        stop.store(true, Ordering::Relaxed);
        served
    })
}

fn serve_pages(county: &County, listen: SocketAddr) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        println!("county: pages at http://{}", listener.local_addr()?);
        county
            .serve_http(listener, async {
                if let Err(error) = tokio::signal::ctrl_c().await {
                    eprintln!("county: cannot wait for an interrupt: {error}");
                    std::future::pending::<()>().await;
                }
            })
            .await
    })?;
    Ok(())
}

/// A read returns after this long when nothing arrives.
const READ_WAIT: Duration = Duration::from_millis(20);

/// Between a line's failure and the next try: a modem that was unplugged is back by then, and a full disk is
/// not asked in a loop.
const RETRY_WAIT: Duration = Duration::from_secs(5);

fn keep_line(county: &County, line: &LineSettings, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let served = serialport::new(&line.port, line.bits_per_s)
            .timeout(READ_WAIT)
            .open()
            .map_err(|error| LineError::Port(error.into()))
            .and_then(|port| {
                let wired_to = line.kiosk.map(KioskId);
                county.serve_line(port, line.bits_per_s, wired_to, stop)
            });
        if let Err(error) = served {
            eprintln!("county: line {}: {error}", line.port);
            thread::sleep(RETRY_WAIT);
        }
    }
}
