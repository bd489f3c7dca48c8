//! The county of the simulator: its ledger, its end of the line, and its pages, switched on and off as one.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use county::accounts::{AccountError, Office};
use county::gateway::{LineSettings, Lines, Patience};
use county::{County, CountyConfig};
use devices::simulated::{End, Wire};
use envelope::{CountySecret, KioskPublic};
use tokio::runtime::Handle;

use crate::calendar::Calendar;
use crate::keys::Keys;
use crate::world::COUNTY_CODE;

/// Cases that the page counts; the demo and a playing visitor stay far below.
const CASES_COUNTED_MAX: u32 = 1000;

/// Why the county did not start.
#[derive(Debug, thiserror::Error)]
pub enum CountyError {
    /// Its ledger or rules.
    #[error(transparent)]
    Open(#[from] county::OpenError),
    /// The kiosk could not be entered.
    #[error(transparent)]
    Ledger(#[from] county::LedgerError),
    /// The accounts of its staff cannot be made.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The system gives no random bytes.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// Its end of the line cannot be served.
    #[error("line cannot be served: {0}")]
    Lines(io::Error),
    /// The address is taken or not this machine's.
    #[error("{address} cannot be used ({source}); give another port with --county-port")]
    Listen {
        /// The address tried.
        address: SocketAddr,
        /// The system's words.
        source: io::Error,
    },
}

/// What the county is made of; each start makes the same one.
pub(crate) struct CountySetup {
    /// Folder of the ledger.
    pub(crate) dir: PathBuf,
    /// Folder of the county's own rules.
    pub(crate) rules_dir: Option<PathBuf>,
    /// The keys of county and kiosk.
    pub(crate) keys: Keys,
    /// What day it is there.
    pub(crate) calendar: Calendar,
    /// The kiosk that it knows.
    pub(crate) kiosk: KioskPublic,
    /// Where its pages are; port 0 takes a free one.
    pub(crate) address: SocketAddr,
    /// The line whose far end it serves.
    pub(crate) wire: Arc<Wire>,
    /// Speed of the line.
    pub(crate) bits_per_second: u32,
    /// Serves the pages.
    pub(crate) runtime: Handle,
}

/// Invented officers, one of each township that takes applications and one of each other office; all have one password.
const OTHER_OFFICERS: [(&str, Office); 3] = [
    ("县局经办", Office::County),
    ("审计员", Office::Auditor),
    ("管理员", Office::Administrator),
];

/// Makes those accounts that an earlier run of the same folder has not made.
fn make_accounts(county: &County, keys: &Keys) -> Result<(), CountyError> {
    let known = county.accounts()?;
    let townships = county.rulebook().codes.open_townships();
    let townships = townships.map(|township| {
        let office = Office::Township {
            township: township.code.clone(),
        };
        (format!("{}经办", township.name), office)
    });
    let others = OTHER_OFFICERS.map(|(name, office)| (name.to_owned(), office));
    for (name, office) in townships.chain(others) {
        if known.iter().all(|account| account.name != name) {
            let mut salt = [0; 16];
            getrandom::fill(&mut salt)?;
            county.make_account(None, &name, &office, &keys.staff_password(), &salt)?;
        }
    }
    Ok(())
}

/// A county that is switched on. Dropping it switches it off.
pub(crate) struct CountyRun {
    county: County,
    address: SocketAddr,
    _lines: Lines,
    pages: tokio::task::JoinHandle<()>,
}

impl CountyRun {
    /// Opens the ledger, and serves pages and line.
    ///
    /// # Errors
    ///
    /// [`CountyError`]; nothing runs then.
    pub(crate) fn start(setup: &CountySetup) -> Result<Self, CountyError> {
        let CountySetup {
            dir,
            rules_dir,
            keys,
            calendar,
            kiosk,
            address,
            wire,
            bits_per_second,
            runtime,
        } = setup;
        let (address, bits_per_second) = (*address, *bits_per_second);
        let refused = |source| CountyError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(refused)?
        };

        let config = CountyConfig {
            county_code: COUNTY_CODE,
            bureau: "长子县民政局（模拟）".to_owned(),
            data_dir: dir.clone(),
            postgres: None,
            bucket: None,
            rules_dir: rules_dir.clone(),
            vfs: None,
            public_url: format!("http://{address}"),
        };
        let secret = CountySecret::from_seed(keys.county_seed());
        let county = County::open(config, secret, calendar.clone())?;
        county.enrol(kiosk)?;
        make_accounts(&county, keys)?;

        let line = LineSettings::Cable {
            tty: wire.path(End::B).to_owned(),
            bits_per_second,
            kiosk: Some(kiosk.id()),
        };
        let lines = county
            .serve_lines(&[line], Patience::default())
            .map_err(CountyError::Lines)?;
        let pages = runtime.spawn({
            let county = county.clone();
            async move {
                // Ends when the county is switched off.
                let _ = county.serve_http(listener, std::future::pending()).await;
            }
        });
        Ok(Self {
            county,
            address,
            _lines: lines,
            pages,
        })
    }

    /// The county itself.
    pub(crate) fn county(&self) -> &County {
        &self.county
    }

    /// Where its pages are.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many cases it holds.
    pub(crate) fn cases(&self) -> usize {
        self.county
            .cases(None, CASES_COUNTED_MAX)
            .map_or(0, |cases| cases.len())
    }
}

impl Drop for CountyRun {
    fn drop(&mut self) {
        self.pages.abort();
    }
}
