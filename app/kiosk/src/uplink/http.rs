//! The IP route: [`carry`](super::carry) over the county's HTTP server.
//!
//! Plain HTTP: envelopes are sealed and signed end to end, so the route itself is trusted with nothing.

use std::cell::Cell;
use std::io::Read;
use std::time::Duration;

use envelope::KioskId;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use link::{Priority, Tick};
use reqwest::blocking::{Client, Response};
use store::OutboxObject;

use super::carry::{Reply, Request, bring};
use super::chooser::SLICE_BYTES;
use super::outbox::Outbox;
use crate::appliance::clock::Clock;

/// Longest answer that is read: an acknowledgement that names a thousand hashes, or the block map of any object.
const ANSWER_LEN_MAX: u64 = 64 << 10;

/// A request without an answer for so long is given up; the next look tries again.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A server that cannot be reached within this is not there; meanwhile the route that is held has to wait.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the head of a request or of an answer takes.
const HEAD_BYTES: u64 = 250;

/// What a packet of an IP network holds, and what it and the one that acknowledges it add.
const PACKET_BYTES: u64 = 1400;
const HEADERS_BYTES: u64 = 80;

/// How often the county is asked what it holds when there is nothing to bring: a county that was restored from a
/// backup is then noticed within the hour.
const HOLDINGS_ASKED_EVERY: Duration = Duration::from_secs(60 * 60);

/// Reports in a row: each answer but the last brings up to [`relief::HEARD_MAX`] messages.
const REPORTS_MAX: usize = 8;

/// The county's server, when it is talked to.
pub(crate) struct HttpTalk {
    server: Server,
    ask_at: Tick,
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpTurn {
    /// There was nothing to bring.
    Idle,
    /// Something was brought, or refused, and the county answered.
    Answered,
    /// The county does not answer.
    NoAnswer,
}

impl HttpTalk {
    /// Asks the county what it holds, which is how its server shows that it is there; `None` if it does not. The bytes
    /// that this cost come with it.
    pub(crate) fn open(base_url: &str, outbox: &mut Outbox, clock: &Clock) -> (u64, Option<Self>) {
        // Redirects would lead away from the county: a captive portal is no county.
        let client = Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        let Ok(client) = client else {
            return (0, None);
        };
        let server = Server {
            client,
            base_url: base_url.trim_end_matches('/').to_owned(),
            moved: Cell::new(0),
        };
        let mut talk = Self {
            server,
            ask_at: clock.tick(),
        };
        let answers = talk.ask_holdings(outbox, clock);
        let moved = talk.server.moved.take();
        (moved, answers.then_some(talk))
    }

    /// Brings one object that is due and at least as urgent as `least`, or asks what the county holds if that is due.
    /// Ink and pictures are broken off when they would cost more than `bytes_left`; they go on where they were.
    pub(crate) fn turn(
        &mut self,
        outbox: &mut Outbox,
        least: Priority,
        bytes_left: u64,
        clock: &Clock,
    ) -> (u64, HttpTurn) {
        if self.ask_at <= clock.tick() {
            let turn = if self.ask_holdings(outbox, clock) {
                HttpTurn::Answered
            } else {
                HttpTurn::NoAnswer
            };
            return (self.server.moved.take(), turn);
        }
        let due = outbox.due(clock.now().moment).unwrap_or_default();
        let may_go = |object: &&OutboxObject| object.priority <= least as u8;
        let Some(object) = due.iter().find(may_go) else {
            return (0, HttpTurn::Idle);
        };
        let is_urgent = object.priority <= Priority::Record as u8;
        let mut is_broken_off = false;
        let server = &self.server;
        let answers = bring(
            outbox,
            object.hash,
            || clock.now().moment,
            |request| {
                is_broken_off = !is_urgent && bytes_left < server.moved.get() + SLICE_BYTES;
                if is_broken_off {
                    return Err(NoAnswer);
                }
                server.ask(request)
            },
        );
        let turn = match (answers, is_broken_off) {
            (true, _) => HttpTurn::Answered,
            // The chooser allows nothing of the sort as soon as it knows what this turn has cost.
            (false, true) => HttpTurn::Answered,
            (false, false) => HttpTurn::NoAnswer,
        };
        (self.server.moved.take(), turn)
    }

    /// Asks what the county holds; `false` if it does not answer.
    fn ask_holdings(&mut self, outbox: &mut Outbox, clock: &Clock) -> bool {
        self.ask_at = clock.tick() + HOLDINGS_ASKED_EVERY;
        let Some(reply) = self.server.get("acknowledgements", outbox.kiosk()) else {
            return false;
        };
        let now = clock.now();
        // Anything that is not the county's word changes nothing.
        let _ = outbox.take(&reply.body, now.moment);
        self.report(outbox, clock);
        if let Some(key) = self.server.get("county-keys", outbox.kiosk()) {
            let _ = outbox.take(&key.body, now.moment);
        }
        reply.status == 200
    }

    /// Tells the county how the kiosk stands, takes what it has to say, and tells it what was taken.
    fn report(&self, outbox: &mut Outbox, clock: &Clock) {
        for _ in 0..REPORTS_MAX {
            let now = clock.now();
            // One that cannot be made or does not arrive is followed by the next.
            let news = outbox
                .clock_report(now, &mut UnwrapErr(SysRng))
                .and_then(|report| self.server.report(report.bytes))
                .filter(|reply| reply.status == 200);
            let Some(news) = news else { return };
            if outbox.take_news(&news.body, now.moment) == 0 {
                return;
            }
        }
    }
}

struct Server {
    client: Client,
    base_url: String,
    /// Bytes of requests and answers.
    moved: Cell<u64>,
}

/// The network broke off, or the answer has no end.
#[derive(Debug)]
struct NoAnswer;

impl Server {
    fn ask(&self, request: Request<'_>) -> Result<Reply, NoAnswer> {
        let url = &self.base_url;
        let (request, len) = match request {
            Request::Offer { hash, len } => {
                let url = format!("{url}/v1/objects/{hash}?len={len}");
                (self.client.post(url), 0)
            }
            Request::Blocks { hash, first, bytes } => {
                let url = format!("{url}/v1/objects/{hash}/blocks/{first}");
                (self.client.put(url).body(bytes.to_vec()), bytes.len())
            }
        };
        self.count(len);
        self.count_reply(reply(request.send().map_err(|_| NoAnswer)?))
    }

    fn count(&self, len: usize) {
        let packets = 2 + len as u64 / PACKET_BYTES;
        let bytes = len as u64 + HEAD_BYTES + packets * HEADERS_BYTES;
        self.moved.set(self.moved.get() + bytes);
    }

    fn count_reply(&self, reply: Result<Reply, NoAnswer>) -> Result<Reply, NoAnswer> {
        self.count(reply.as_ref().map_or(0, |reply| reply.body.len()));
        reply
    }

    /// Hands a sealed report over; the answer is what the county has to say.
    fn report(&self, report: Vec<u8>) -> Option<Reply> {
        self.count(report.len());
        let url = format!("{}/v1/reports", self.base_url);
        let sent = self.client.post(url).body(report).send();
        self.count_reply(reply(sent.ok()?)).ok()
    }

    /// What the county has to say to the kiosk of this sort.
    fn get(&self, sort: &str, kiosk: KioskId) -> Option<Reply> {
        let url = format!("{}/v1/{sort}/{}", self.base_url, kiosk.0);
        self.count(0);
        self.count_reply(reply(self.client.get(url).send().ok()?))
            .ok()
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
    use std::thread;

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
        let moved = Cell::new(0);
        let server = Server {
            client,
            base_url,
            moved,
        };
        (server, served)
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
