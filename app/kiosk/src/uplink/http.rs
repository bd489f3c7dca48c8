//! The IP route: [`carry`] over the county's HTTP server.
//!
//! Plain HTTP: envelopes are sealed and signed end to end, so the route itself is trusted with nothing.

use std::io::Read;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use envelope::KioskId;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use reqwest::blocking::{Client, Response};

use super::carry::{Reply, Request, bring, carry};
use super::outbox::Outbox;
use super::{Bell, LOOK_EVERY, Reporter};
use crate::appliance::clock::Clock;
use crate::ui_thread::UiMessage;

/// Longest answer that is read: an acknowledgement that names a thousand hashes, or the block map of any object.
const ANSWER_LEN_MAX: u64 = 64 << 10;

/// A request without an answer for so long is given up; the next look tries again.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How often the county is asked what it holds when there is nothing to bring: a county that was restored from a
/// backup is then noticed within the hour.
const HOLDINGS_ASKED_EVERY: Duration = Duration::from_secs(60 * 60);

/// Carries the outbox over HTTP until the bell says stop.
pub fn run(
    base_url: &str,
    outbox: Outbox,
    clock: Clock,
    screen: SyncSender<UiMessage>,
    bell: &Bell,
) {
    // Redirects would lead away from the county: a captive portal is no county.
    let client = Client::builder()
        .timeout(REQUEST_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let Ok(client) = client else { return };
    let mut route = HttpRoute {
        server: Server {
            client,
            base_url: base_url.trim_end_matches('/').to_owned(),
        },
        outbox,
        clock,
    };
    let mut reporter = Reporter::new(screen);
    let mut connected = false;
    let mut ask_at = clock.tick();
    while !bell.stopped() {
        for object in route.outbox.due(clock.now().moment).unwrap_or_default() {
            let server = &route.server;
            connected = bring(
                &mut route.outbox,
                object.hash,
                || clock.now().moment,
                |request| server.ask(request),
            );
            if bell.stopped() || !connected {
                break;
            }
        }
        if ask_at <= clock.tick() {
            ask_at = clock.tick() + HOLDINGS_ASKED_EVERY;
            connected = route.ask_holdings();
        }
        if let Ok(report) = route.outbox.report(connected) {
            reporter.report(report);
        }
        if !bell.take_ring() {
            thread::park_timeout(LOOK_EVERY);
        }
    }
}

struct HttpRoute {
    server: Server,
    outbox: Outbox,
    clock: Clock,
}

impl HttpRoute {
    /// Asks what the county holds; `false` if it does not answer.
    fn ask_holdings(&mut self) -> bool {
        let Some(reply) = self.server.get("acknowledgements", self.outbox.kiosk()) else {
            return false;
        };
        let now = self.clock.now().moment;
        // Anything that is not the county's word changes nothing.
        let _ = self.outbox.take(&reply.body, now);
        if let Some(report) = self
            .outbox
            .clock_report(self.clock.now(), &mut UnwrapErr(SysRng))
        {
            // One that does not arrive is followed by the next.
            let _ = carry(&report, |request| self.server.ask(request));
        }
        if let Some(key) = self.server.get("county-keys", self.outbox.kiosk()) {
            let _ = self.outbox.take(&key.body, now);
        }
        reply.status == 200
    }
}

struct Server {
    client: Client,
    base_url: String,
}

/// The network broke off, or the answer has no end.
#[derive(Debug)]
struct NoAnswer;

impl Server {
    fn ask(&self, request: Request<'_>) -> Result<Reply, NoAnswer> {
        let url = &self.base_url;
        let request = match request {
            Request::Offer { hash, len } => self
                .client
                .post(format!("{url}/v1/objects/{hash}?len={len}")),
            Request::Blocks { hash, first, bytes } => self
                .client
                .put(format!("{url}/v1/objects/{hash}/blocks/{first}"))
                .body(bytes.to_vec()),
        };
        reply(request.send().map_err(|_| NoAnswer)?)
    }

    /// What the county has to say to the kiosk of this sort.
    fn get(&self, sort: &str, kiosk: KioskId) -> Option<Reply> {
        let url = format!("{}/v1/{sort}/{}", self.base_url, kiosk.0);
        reply(self.client.get(url).send().ok()?).ok()
    }
}

/// The answer, if it is as short as a county's.
fn reply(response: Response) -> Result<Reply, NoAnswer> {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    let read = response.take(ANSWER_LEN_MAX + 1).read_to_end(&mut body);
    if read.is_err() || ANSWER_LEN_MAX < body.len() as u64 {
        return Err(NoAnswer);
    }
    Ok(Reply { status, body })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};

    use envelope::ObjectHash;

    use super::*;

    /// A server that gives its one connection the same answer to each request.
    fn serve(status: &'static str, body: Vec<u8>) -> (Server, thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let served = thread::spawn(move || {
            let (connection, _) = listener.accept().unwrap();
            while answer(&connection, status, &body) {}
        });
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        (Server { client, base_url }, served)
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

    const OFFER: Request<'_> = Request::Offer {
        hash: ObjectHash([7; 32]),
        len: 1000,
    };

    #[test]
    fn a_redirect_to_a_login_page_is_not_followed() {
        let (server, served) = serve("302 Found", b"login".to_vec());
        assert_eq!(server.ask(OFFER).unwrap().status, 302);
        drop(server);
        served.join().unwrap();
    }

    #[test]
    fn an_answer_without_end_is_not_read_to_its_end() {
        let (server, served) = serve("200 OK", vec![b'x'; 200 << 10]);
        assert!(server.ask(OFFER).is_err());
        drop(server);
        served.join().unwrap();
    }
}
