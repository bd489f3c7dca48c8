//! A scanner on the network that speaks eSCL, which makers sell as AirScan or Mopria: HTTP and XML, no driver.
//!
//! One call is one job: what the scanner can do, a `POST` that makes the job, `NextDocument` until there is none, and a
//! `DELETE` whatever happens, so that a scanner never goes on for nobody. A scanner tells why it stopped only in its status,
//! which is asked whenever an answer is not a page.
//!
//! Its address is a setting; it is not looked for on the network (a public hall's network has printers of others). HTTP
//! is without TLS, as scanners have certificates of their own making: it belongs on a cable or network of its own.
//!
//! Source: Mopria Alliance, eSCL Technical Specification 2.97, for names of elements and states; what scanners do in its
//! place as sane-airscan's `airscan-escl.c` meets it.

mod capabilities;
mod settings;
mod status;
mod wire;
mod xml;

use std::time::Duration;

use reqwest::{Method, StatusCode};

use crate::page_source::{Page, PageFault, PageSource, Place, Step, Told, Wanted};
use crate::patience::Patience;
pub use capabilities::{Capabilities, Input, Resolutions};
pub use status::{AdfState, ScannerState, Status};
pub use wire::AddressError;
use wire::{Answer, Wire};

/// Longest status or list of abilities; real ones have 2 to 15 KB.
const XML_BYTES_MAX: usize = 256 * 1024;

/// How long a scanner may take to tell what it is or how it stands: one that sleeps wakes up first.
const TALK_WAIT: Duration = Duration::from_secs(30);

/// How long a scanner may take to hear that a job is dropped: somebody may wait for it to stop.
const DROP_WAIT: Duration = Duration::from_secs(3);

/// Pause before a scanner that was not ready is asked again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// A scanner at an address on the network.
#[derive(Debug)]
pub struct EsclScanner {
    wire: Wire,
}

impl EsclScanner {
    /// The scanner at `address`: `http://HOST[:PORT]/PATH`, where the path is mostly `eSCL`.
    ///
    /// # Errors
    ///
    /// See [`AddressError`].
    pub fn new(address: &str) -> Result<Self, AddressError> {
        Ok(Self {
            wire: Wire::new(address)?,
        })
    }

    /// What the scanner says that it can do.
    ///
    /// # Errors
    ///
    /// See [`PageFault`].
    pub fn capabilities(&mut self, stop: &dyn Fn() -> bool) -> Result<Capabilities, PageFault> {
        Capabilities::parse(&self.told("ScannerCapabilities", stop)?)
    }

    /// What the scanner says of itself now.
    ///
    /// # Errors
    ///
    /// See [`PageFault`].
    pub fn status(&mut self, stop: &dyn Fn() -> bool) -> Result<Status, PageFault> {
        Status::parse(&self.told("ScannerStatus", stop)?)
    }

    fn told(&self, name: &str, stop: &dyn Fn() -> bool) -> Result<Vec<u8>, PageFault> {
        let patience = Patience::new(TALK_WAIT, stop);
        let url = self.wire.url(name);
        let answer = self.wire.ask(
            Method::GET,
            url,
            None,
            XML_BYTES_MAX,
            &patience,
            &mut |_, _| {},
        )?;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            StatusCode::NOT_FOUND => Err(PageFault::Misunderstood("no eSCL at this address")),
            status => Err(refusal(status)),
        }
    }

    /// Makes a job and gives its path.
    fn begin(
        &mut self,
        settings: &str,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
        stop: &dyn Fn() -> bool,
    ) -> Result<String, PageFault> {
        let patience = Patience::new(wanted.page_wait, stop);
        loop {
            let url = self.wire.url("ScanJobs");
            let body = Some(settings.to_owned());
            let answer = self.wire.ask(
                Method::POST,
                url,
                body,
                XML_BYTES_MAX,
                &patience,
                &mut |_, _| {},
            )?;
            match answer.status {
                StatusCode::CREATED => return self.wire.job_path(&answer),
                StatusCode::SERVICE_UNAVAILABLE => {
                    let status = self.status(stop)?;
                    status.fault(wanted.place)?;
                    if status.state != ScannerState::Testing {
                        return Err(PageFault::Busy);
                    }
                    told(Told::Doing(Step::WarmingUp));
                    patience.pause(RETRY_AFTER)?;
                }
                StatusCode::BAD_REQUEST | StatusCode::CONFLICT => {
                    self.status(stop)?.fault(wanted.place)?;
                    return Err(PageFault::Lacks("such mode, resolution or option"));
                }
                status => return Err(refusal(status)),
            }
        }
    }

    /// Takes the pages of a job until there is none.
    fn pages(
        &mut self,
        job: &str,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
        stop: &dyn Fn() -> bool,
    ) -> Result<(), PageFault> {
        let mut taken = 0;
        let pages_max = match wanted.place {
            Place::Glass => 1,
            Place::Feeder { .. } => wanted.pages_max,
        };
        while taken < pages_max {
            let page = taken + 1;
            told(scanning(page, None));
            match self.page(job, page, wanted, told, stop)? {
                Some(page) => told(Told::Page(page)),
                None => break,
            }
            taken = page;
        }
        if taken < pages_max {
            // No more pages is how a jam looks, too.
            self.status(stop)?.job_fault(job, wanted.place)?;
        }
        if taken == 0 {
            return Err(PageFault::NoPaper(wanted.place));
        }
        Ok(())
    }

    /// Waits for one page; `None` if there is none.
    fn page(
        &mut self,
        job: &str,
        page: u16,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Page>, PageFault> {
        let patience = Patience::new(wanted.page_wait, stop);
        loop {
            let url = self.wire.at(&format!("{job}/NextDocument"));
            let mut told_permille = None;
            let mut progress = |here: usize, total: Option<u64>| {
                let permille = total.filter(|&total| total > 0).map(|total| {
                    u16::try_from((here as u64).saturating_mul(1000) / total)
                        .map_or(1000, |p| p.min(1000))
                });
                if permille.is_some() && permille != told_permille {
                    told_permille = permille;
                    told(scanning(page, permille));
                }
            };
            let bytes_max = wanted.page_bytes_max;
            let Answer { status, body, .. } =
                self.wire
                    .ask(Method::GET, url, None, bytes_max, &patience, &mut progress)?;
            match status {
                StatusCode::OK => return Ok(Some(Page::new(body)?)),
                StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
                StatusCode::SERVICE_UNAVAILABLE => {
                    self.status(stop)?.job_fault(job, wanted.place)?;
                    told(Told::Doing(Step::WarmingUp));
                    patience.pause(RETRY_AFTER)?;
                }
                status => {
                    self.status(stop)?.job_fault(job, wanted.place)?;
                    return Err(refusal(status));
                }
            }
        }
    }

    /// Drops a job, so that the scanner leaves off; one that it has forgotten is dropped already.
    fn drop_job(&mut self, job: &str) {
        // Also when everything is to stop.
        let patience = Patience::new(DROP_WAIT, &|| false);
        let url = self.wire.at(job);
        // A scanner that is gone cannot be told, and ends the job by itself.
        let _ = self.wire.ask(
            Method::DELETE,
            url,
            None,
            XML_BYTES_MAX,
            &patience,
            &mut |_, _| {},
        );
    }
}

impl PageSource for EsclScanner {
    fn take(
        &mut self,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
        stop: &dyn Fn() -> bool,
    ) -> Result<(), PageFault> {
        told(Told::Doing(Step::Opening));
        let capabilities = self.capabilities(stop)?;
        let settings = settings::scan_settings(&capabilities, wanted)?;
        let status = self.status(stop)?;
        status.fault(wanted.place)?;
        if matches!(wanted.place, Place::Feeder { .. }) && status.adf == Some(AdfState::Empty) {
            return Err(PageFault::NoPaper(wanted.place));
        }
        let job = self.begin(&settings, wanted, told, stop)?;
        let taken = self.pages(&job, wanted, told, stop);
        self.drop_job(&job);
        taken
    }
}

fn scanning(page: u16, permille: Option<u16>) -> Told {
    Told::Doing(Step::Scanning { page, permille })
}

/// What an answer means that is neither a page nor one of the protocol's own.
fn refusal(status: StatusCode) -> PageFault {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PageFault::Denied,
        StatusCode::SERVICE_UNAVAILABLE => PageFault::Busy,
        _ => PageFault::Failed {
            code: i32::from(status.as_u16()),
        },
    }
}

#[cfg(test)]
mod tests;
