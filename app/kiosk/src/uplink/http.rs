//! The IP route: offers each object to the county's server and sends the blocks that it lacks.
//!
//! Plain HTTP: envelopes are sealed and signed end to end, so the route itself is trusted with nothing.

use std::io::Read;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use envelope::Sealed;
use link::{BLOCK_LEN, BlockMap, block_count, block_range};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};

use super::outbox::{Outbox, TakeError};
use super::{Bell, LOOK_EVERY, Reporter};
use crate::flow::LineReport;
use crate::ui_thread::UiMessage;

/// One request carries at most so many blocks: 32 KB pass a weak cellular link between two losses of signal.
const BLOCKS_PER_REQUEST: u32 = (32 << 10) / BLOCK_LEN as u32;

/// Longest answer that is read: an acknowledgement that names a thousand hashes, or the block map of any object.
const ANSWER_LEN_MAX: u64 = 64 << 10;

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
    /// The server takes blocks and never has them all.
    #[error("county asks for the same blocks again and again")]
    NeverEnough,
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

/// Requests for one object until its server is given up for now: each block may be sent twice, and the object offered
/// a few times.
fn requests_max(len: u32) -> u32 {
    2 * block_count(len).div_ceil(BLOCKS_PER_REQUEST) + 4
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
        for _ in 0..requests_max(len) {
            answer = match answer {
                Answer::Held(message) => return Ok(message),
                Answer::OfferAgain => self.read(self.client.post(&offer).send()?, len)?,
                Answer::Has(map) => self.send_missing(sealed, len, &map)?,
            };
        }
        Err(CarryError::NeverEnough)
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
        let status = response.status();
        match status {
            StatusCode::OK => Ok(Answer::Held(body(response)?)),
            StatusCode::ACCEPTED => BlockMap::from_bytes(len, &body(response)?)
                .map(Answer::Has)
                .ok_or(CarryError::NotACounty { status }),
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => Ok(Answer::OfferAgain),
            StatusCode::UNPROCESSABLE_ENTITY => Err(CarryError::Refused),
            _ => Err(CarryError::NotACounty { status }),
        }
    }
}

/// The answer's bytes, if they are as few as a county's.
fn body(response: Response) -> Result<Vec<u8>, CarryError> {
    let status = response.status();
    let mut bytes = Vec::new();
    let read = response.take(ANSWER_LEN_MAX + 1).read_to_end(&mut bytes);
    if read.is_err() || ANSWER_LEN_MAX < bytes.len() as u64 {
        return Err(CarryError::NotACounty { status });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};

    use envelope::ObjectHash;

    use super::*;

    /// A server that gives each request the same answer; tells how many it had when the route has gone.
    fn serve(status: &'static str, body: Vec<u8>) -> (String, thread::JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (connection, _) = listener.accept().unwrap();
            let mut requests = 0;
            while answer(&connection, status, &body) {
                requests += 1;
            }
            requests
        });
        (url, server)
    }

    /// Reads one request and answers it; `false` at the end of the connection.
    fn answer(connection: &TcpStream, status: &str, body: &[u8]) -> bool {
        let mut reader = BufReader::new(connection);
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return false;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut connection = connection;
        connection.write_all(head.as_bytes()).is_ok() && connection.write_all(body).is_ok()
    }

    fn carry(base_url: String, sealed: &Sealed) -> Result<Vec<u8>, CarryError> {
        HttpRoute {
            client: Client::new(),
            base_url,
        }
        .carry(sealed)
    }

    fn object() -> Sealed {
        let bytes = vec![7; 100_000];
        Sealed {
            hash: ObjectHash::of(&bytes),
            bytes,
        }
    }

    #[test]
    fn a_server_that_never_has_enough_is_given_up() {
        let object = object();
        let len = object.bytes.len() as u32;
        let (url, server) = serve("202 Accepted", BlockMap::empty(len).as_bytes().to_vec());
        assert!(matches!(carry(url, &object), Err(CarryError::NeverEnough)));
        assert_eq!(server.join().unwrap(), requests_max(len) as usize + 1);
    }

    #[test]
    fn a_redirect_to_a_login_page_is_no_county() {
        let (url, server) = serve("302 Found", b"login".to_vec());
        let refused = carry(url, &object());
        assert!(
            matches!(refused, Err(CarryError::NotACounty { status }) if status == StatusCode::FOUND)
        );
        server.join().unwrap();
    }

    #[test]
    fn a_block_map_of_another_length_is_no_county() {
        let (url, server) = serve("202 Accepted", vec![0xff; 3]);
        assert!(matches!(
            carry(url, &object()),
            Err(CarryError::NotACounty { .. })
        ));
        server.join().unwrap();
    }

    #[test]
    fn an_answer_without_end_is_not_read_to_its_end() {
        let (url, server) = serve("200 OK", vec![b'x'; 200 << 10]);
        assert!(matches!(
            carry(url, &object()),
            Err(CarryError::NotACounty { .. })
        ));
        server.join().unwrap();
    }
}
