//! The county's server program.
//!
//! ```text
//! county keys --dir keys                         makes county-secret and county-public in keys/
//! county account add NAME --role administrator --config county.toml
//!                                                who may sign in to the staff pages; also `disable`, `reset`
//! county keys --dir keys --suite sm2             the same with keys for SM2, SM3 and SM4
//! county serve --config county.toml              serves pages, intake and lines
//! county import-bundle DIR --config county.toml  takes what a courier's stick brings, and writes the answers to it
//! county backup FILE --config county.toml        a copy of the ledger while it is in use
//! county restore FILE --config county.toml       a ledger from such a copy, where there is none yet
//! county migrate --from sqlite --to postgres --config county.toml  the ledger into another store
//! county audit FILE --county-public F --county-code 140428  what was changed in a copy behind the county's back
//! county checkpoint --config county.toml         how the log stands, signed, to be kept elsewhere for a later audit
//! county table 3 --from 2026-04-01 --to 2026-04-14 --xlsx FILE --config county.toml
//!                                                one of the six tables; `report` is the draft of a progress report
//! county pay-list FILE --class dibao-rural --from 2026-04 --officer NAME --config county.toml
//!                                                takes in what the bank paid
//! county year --seed 1 --out DIR                 plays an invented county's year, draws its tables and counts them again
//! county people-list FILE --group died --officer NAME --config county.toml
//!                                                matches another office's list of the dead, imprisoned, monitored with the roster
//! county rules check [DIR]                       what is wrong or unconfirmed in a county's rule files, in plain words
//! ```
//!
//! `county.toml`:
//!
//! ```toml
//! listen = "127.0.0.1:8080"          # address of pages and intake; TLS is the business of a proxy before it
//! secret-file = "keys/county-secret" # made by `county keys`
//! # former-secret-files = ["old/county-secret"] # of earlier keys: what was sealed to them still opens
//!
//! [county]
//! county-code = 140428               # records with another county's slip number are refused
//! bureau = ""                        # name on staff pages; empty: none is shown
//! data-dir = "data"                  # holds county.db
//! public-url = "http://127.0.0.1:8080" # as people reach it; with https the staff cookie is never sent in clear
//! # rules-dir = "rules"              # the county's own rule files over ours; `county rules check rules` explains them
//!
//! # [county.postgres]                # a PostgreSQL database with the ledgers of any number of counties, in place of the file
//! # connect = "host=/run/postgresql dbname=relief user=county" # any number of servers may work on it at once
//! # password-file = "keys/postgres-password"
//! # connections = 8                  # of one server at most
//!
//! # [county.bucket]                  # a bucket of an S3-compatible store for scanned pages, in place of the ledger
//! # endpoint = "http://10.0.0.5:9000" # in a private network: the connection is not encrypted, what is stored is
//! # name = "relief"                  # of the bucket, which has to be there
//! # access-key = "county"
//! # secret-key-file = "keys/bucket-secret"
//! # region = "us-east-1"             # where the store minds
//!
//! [[kiosk]]                          # one for each key whose signature counts; a kiosk may have several
//! public-key = "…"                   # its 70 hexadecimal digits, 72 for SM2
//! # revoked = true                   # the kiosk or its key was lost: what comes signed with it is refused, for good
//!
//! [[lines]]                          # a serial cable, or a modem or radio that stays connected
//! tty = "/dev/ttyUSB0"
//! bits-per-second = 9600
//! kiosk = 3                          # the kiosk at its other end; left out: any kiosk
//!
//! [[lines]]                          # a modem that answers calls by itself
//! tty = "/dev/ttyS1"
//! bits-per-second = 115200           # of the port; calls have their own
//! modem = true
//!
//! [[lines]]                          # kiosks that call over a network
//! tcp = "0.0.0.0:7333"
//! # callers = 512                    # at once; one more is turned away
//! ```
//!
//! To change the county's keys, make new ones in another folder, name the new secret in `secret-file` and the old one
//! in `former-secret-files`. Kiosks that have not learnt the new key are answered under the old one.
//!
//! Relative paths count from the folder in which the program runs.

mod account_commands;
mod audit_report;
mod register_commands;
mod rules_check;
mod year;

use std::{
    error::Error,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    time::Duration,
};

use account_commands::AccountCommand;
use chrono::NaiveDate;
use clap::{Parser, Subcommand, ValueEnum};
use county::{
    Copied, County, CountyConfig, Store, SystemClock,
    courier::List,
    gateway::{LineSettings, Patience},
    keys,
};
use envelope::{CountyKeyring, Suite};
use register_commands::{PayListArguments, PeopleListArguments, TableArguments};
use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};

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
    /// Makes the county's secret and its public key for the kiosks.
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
    /// Who may sign in to the staff pages; may run beside the server.
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Takes in what a courier's stick brings and writes the county's answers to it; may run beside the server.
    ImportBundle {
        /// Where the stick is mounted.
        dir: PathBuf,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Finds what was altered, removed, put in or never entered, in a copy of a ledger; needs no secret.
    Audit(audit_report::AuditArguments),
    /// Prints the newest signed checkpoint of the log, on one line.
    Checkpoint {
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Writes one of the six tables, drawn from what staff stated.
    Table(TableArguments),
    /// Takes in what the bank paid, and matches it with the roster.
    PayList(PayListArguments),
    /// Matches another office's list of people with the roster, and enters who was found.
    PeopleList(PeopleListArguments),
    /// Plays an invented county's year, draws its tables and counts them again.
    Year(year::YearArguments),
    /// Rule files of the county's own.
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Writes a copy of the ledger, whichever store it is in; may run beside the server.
    Backup {
        /// The copy, an SQLite file; nothing may be there.
        file: PathBuf,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Puts the ledger of a copy into the store that the settings name, which has none yet.
    Restore {
        /// The copy; it stays as it is.
        file: PathBuf,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Moves the ledger into another store, which has none yet; no server may run.
    Migrate {
        /// The store that it is in; it stays as it is.
        #[arg(long, value_enum)]
        from: StoreName,
        /// The store that it goes to.
        #[arg(long, value_enum)]
        to: StoreName,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
}

#[derive(Subcommand)]
enum RulesCommand {
    /// Says what the files change, what is wrong with them, and what nobody has confirmed.
    Check {
        /// The folder; without it the built-in rules are checked.
        dir: Option<PathBuf>,
        /// As of this day, such as 2026-11-23; without it today.
        #[arg(long, value_parser = rules_check::day)]
        on: Option<NaiveDate>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum StoreName {
    /// The file county.db in the data folder.
    Sqlite,
    /// The database of [county.postgres].
    Postgres,
}

impl From<StoreName> for Store {
    fn from(name: StoreName) -> Self {
        match name {
            StoreName::Sqlite => Self::Sqlite,
            StoreName::Postgres => Self::Postgres,
        }
    }
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
    county: CountyConfig,
    #[serde(default)]
    kiosk: Vec<KioskSettings>,
    #[serde(default)]
    lines: Vec<LineSettings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct KioskSettings {
    public_key: String,
    #[serde(default)]
    revoked: bool,
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
        Command::Account { command } => {
            open(command.config()).and_then(|(_, county)| account_commands::run(&county, command))
        }
        Command::Audit(arguments) => audit_report::run(&arguments),
        Command::Checkpoint { config } => open(&config).and_then(|(_, county)| {
            county.seal_log()?;
            let newest = county.newest_checkpoint()?.ok_or("the log is empty")?;
            println!("{}", hex::encode(newest));
            Ok(())
        }),
        Command::PeopleList(arguments) => open(&arguments.config)
            .and_then(|(_, county)| register_commands::people_list(&county, &arguments)),
        Command::Year(arguments) => year::run(&arguments),
        Command::Table(arguments) => open(&arguments.config)
            .and_then(|(_, county)| register_commands::table(&county, &arguments)),
        Command::PayList(arguments) => open(&arguments.config)
            .and_then(|(_, county)| register_commands::pay_list(&county, &arguments)),
        Command::Rules {
            command: RulesCommand::Check { dir, on },
        } => rules_check::run(dir.as_deref(), on),
        Command::Backup { file, config } => open(&config).and_then(|(_, county)| {
            county.back_up(&file)?;
            println!("backup is in {}", file.display());
            Ok(())
        }),
        Command::Restore { file, config } => read_settings(&config)
            .and_then(|settings| Ok(county::restore(&settings.county, &file)?))
            .map(|copied| tell_copied(&copied)),
        Command::Migrate { from, to, config } => read_settings(&config)
            .and_then(|settings| Ok(county::migrate(&settings.county, from.into(), to.into())?))
            .map(|copied| tell_copied(&copied)),
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

fn tell_copied(copied: &[Copied]) {
    for Copied { table, rows } in copied {
        println!("{table}: {rows} rows");
    }
    println!("all of it was read again and is the same");
}

fn read_settings(path: &Path) -> Result<Settings, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// The settings, and the county that they describe.
fn open(path: &Path) -> Result<(Settings, County), Box<dyn Error>> {
    let settings = read_settings(path)?;
    let former = settings.former_secret_files.iter();
    let keyring = CountyKeyring::new(
        keys::read_secret(&settings.secret_file)?,
        former
            .map(|path| keys::read_secret(path))
            .collect::<Result<_, _>>()?,
    );
    let county = County::open(settings.county.clone(), keyring, SystemClock)?;
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

/// Requests that are being answered may go on for so long after the county was told to stop.
const LAST_ANSWERS_WAIT: Duration = Duration::from_secs(5);

/// Serves lines and pages until the program is interrupted or told to end.
fn serve(settings: &Settings, county: &County) -> Result<(), Box<dyn Error>> {
    let lines = county.serve_lines(&settings.lines, Patience::default())?;
    for line in county.lines() {
        if let Some(address) = line.address {
            println!("county: line {} is at {address}", line.settings.name());
        }
    }
    let served = tokio::runtime::Runtime::new()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let listener = tokio::net::TcpListener::bind(settings.listen).await?;
        println!("county: pages at http://{}", listener.local_addr()?);
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let mut pages = pin!(county.serve_http(listener, async {
            // Told, or nobody is left who could.
            let _ = told.await;
        }));
        tokio::select! {
            served = &mut pages => return served,
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        lines.end();
        let _ = tell.send(());
        // A browser that reads slowly does not keep the county.
        let last_answers = tokio::time::timeout(LAST_ANSWERS_WAIT, pages).await;
        last_answers.unwrap_or(Ok(()))
    });
    lines.stop();
    Ok(served?)
}
