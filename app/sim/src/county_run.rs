//! The county of the simulator: its ledger, its end of the line, and its pages, switched on and off as one.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use county::{Clock, County, CountyConfig, UnixMs, keys::StaffKey};
use devices::serial::SerialPort;
use envelope::{CountySecret, KioskPublic};
use tokio::runtime::Handle;

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
    /// The address is taken or not this machine's.
    #[error("address {address}: {source}")]
    Listen {
        /// The address tried.
        address: SocketAddr,
        /// The system's words.
        source: io::Error,
    },
}

/// A county that is switched on. Dropping it switches it off.
pub(crate) struct CountyRun {
    county: County,
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    gateway: Option<JoinHandle<()>>,
    pages: tokio::task::JoinHandle<()>,
}

/// The machine's own clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMs {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl CountyRun {
    /// Opens the ledger in `dir`, serves pages at `address` (port 0: a free one) and the line at `port`.
    ///
    /// # Errors
    ///
    /// [`CountyError`]; nothing runs then.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one thing that a county is made of"
    )]
    pub(crate) fn start(
        dir: &Path,
        secret: CountySecret,
        staff_key: &str,
        kiosk: &KioskPublic,
        address: SocketAddr,
        port: SerialPort,
        bits_per_second: u32,
        runtime: &Handle,
    ) -> Result<Self, CountyError> {
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
            data_dir: dir.to_owned(),
            rules_dir: None,
            public_url: format!("http://{address}"),
        };
        let county = County::open(config, secret, StaffKey::new(staff_key), SystemClock)?;
        county.enrol(kiosk)?;

        let pages = runtime.spawn({
            let county = county.clone();
            async move {
                // Ends when the county is switched off.
                let _ = county.serve_http(listener, std::future::pending()).await;
            }
        });
        let stop = Arc::new(AtomicBool::new(false));
        let gateway = std::thread::spawn({
            let (county, stop) = (county.clone(), stop.clone());
            move || {
                if let Err(error) = county.serve_line(port, bits_per_second, &stop) {
                    eprintln!("county: {error}");
                }
            }
        });
        Ok(Self {
            county,
            address,
            stop,
            gateway: Some(gateway),
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
        self.stop.store(true, Ordering::Release);
        if let Some(gateway) = self.gateway.take() {
            let _ = gateway.join();
        }
    }
}
