//! The IP route: offers each object to the county's server and sends the blocks that it lacks.
//!
//! Envelopes are sealed and signed end to end, so the route itself needs no secrecy; it may be plain HTTP inside a
//! private network or HTTPS behind a proxy.

use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use envelope::Sealed;
use link::{BLOCK_LEN, BlockMap, block_range};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};

use super::outbox::{Outbox, TakeError};
use super::{Bell, LOOK_EVERY, Reporter};
use crate::flow::LineReport;
use crate::ui_thread::UiMessage;

/// One request carries at most so many blocks: 32 KB pass a weak cellular link between two losses of signal.
const BLOCKS_PER_REQUEST: u32 = (32 << 10) / BLOCK_LEN as u32;

/// A request without an answer for so long is given up; the next look tries again.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Why an object did not reach the county over this route. It stays in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// No server, or the network broke off.
    #[error("county does not answer: {0}")]
    Network(#[from] reqwest::Error),
    /// The server answered what no county answers: a captive portal, most likely.
    #[error("{status} is no answer of a county's server")]
    NotACounty {
        /// The status of the answer.
        status: StatusCode,
    },
    /// The county refuses the object for good.
    #[error("county refuses the object")]
    Refused,
    /// What came as an acknowledgement was none, or could not be kept.
    #[error(transparent)]
    Acknowledgement(#[from] TakeError),
}

/// Carries the outbox over HTTP until the bell says stop.
pub fn run(base_url: &str, mut outbox: Outbox, screen: SyncSender<UiMessage>, bell: &Bell) {
    // Redirects would lead away from the county: a captive portal is no county.
    let client = Client::builder()
        .timeout(REQUEST_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let Ok(client) = client else { return };
    let route = HttpRoute {
        client,
        base_url: base_url.trim_end_matches('/').to_owned(),
    };
    let mut reporter = Reporter::new(screen);
    let mut connected = false;
    while !bell.stopped() {
        for object in outbox.due().unwrap_or_default() {
            let Ok(Some(sealed)) = outbox.sealed(object.hash) else {
                continue;
            };
            let carried = route
                .carry(&sealed)
                .and_then(|message| Ok(outbox.take(&message)?));
            connected = !matches!(
                carried,
                Err(CarryError::Network(_) | CarryError::NotACounty { .. })
            );
            if carried.is_err() {
                let _ = outbox.put_off(object.hash);
            }
            if bell.stopped() || !connected {
                break;
            }
        }
        if let Ok(waiting) = outbox.waiting() {
            reporter.report(LineReport { waiting, connected });
        }
        if !bell.take_ring() {
            thread::park_timeout(LOOK_EVERY);
        }
    }
}

struct HttpRoute {
    client: Client,
    base_url: String,
}

/// What the county said to an offer or to blocks.
enum Answer {
    /// It holds the object; the signed acknowledgement.
    Held(Vec<u8>),
    /// It has these blocks.
    Has(BlockMap),
    /// It knows nothing of the object, or dropped what it had: offer again.
    OfferAgain,
}

impl HttpRoute {
    /// Brings one object over and returns the county's signed acknowledgement.
    fn carry(&self, sealed: &Sealed) -> Result<Vec<u8>, CarryError> {
        let len = u32::try_from(sealed.bytes.len()).map_err(|_| CarryError::Refused)?;
        let offer = format!("{}/v1/objects/{}?len={len}", self.base_url, sealed.hash);
        let mut answer = self.read(self.client.post(&offer).send()?, len)?;
        let mut offers_left = 2;
        loop {
            match answer {
                Answer::Held(message) => return Ok(message),
                Answer::OfferAgain if offers_left == 0 => return Err(CarryError::Refused),
                Answer::OfferAgain => {
                    offers_left -= 1;
                    answer = self.read(self.client.post(&offer).send()?, len)?;
                }
                Answer::Has(map) => answer = self.send_missing(sealed, len, &map)?,
            }
        }
    }

    fn send_missing(
        &self,
        sealed: &Sealed,
        len: u32,
        map: &BlockMap,
    ) -> Result<Answer, CarryError> {
        let blocks = map.blocks();
        let missing = (0..blocks).filter(|index| !map.contains(*index));
        let first = missing.clone().next().unwrap_or(0);
        let end = missing
            .take_while(|index| *index < first + BLOCKS_PER_REQUEST)
            .last()
            .map_or(blocks, |last| last + 1);
        let bytes =
            sealed.bytes[block_range(len, first).start..block_range(len, end - 1).end].to_vec();
        let url = format!(
            "{}/v1/objects/{}/blocks/{first}",
            self.base_url, sealed.hash
        );
        self.read(self.client.put(url).body(bytes).send()?, len)
    }

    fn read(&self, response: Response, len: u32) -> Result<Answer, CarryError> {
        match response.status() {
            StatusCode::OK => Ok(Answer::Held(response.bytes()?.to_vec())),
            status @ StatusCode::ACCEPTED => BlockMap::from_bytes(len, &response.bytes()?)
                .map(Answer::Has)
                .ok_or(CarryError::NotACounty { status }),
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => Ok(Answer::OfferAgain),
            StatusCode::UNPROCESSABLE_ENTITY => Err(CarryError::Refused),
            status => Err(CarryError::NotACounty { status }),
        }
    }
}
