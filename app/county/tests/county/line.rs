//! Objects over a line.

use std::{
    fs::File,
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use county::gateway::Gateway;
use envelope::{CountyMessage, Kind, ObjectHash, Sealed};
use link::{BlockMap, Config, Event, ObjectId, Outbound, Priority, Session, Tick};
use relief::Stage;

use crate::bench::{Bench, noise, secret, signer};

/// The kiosk's end: sends objects, takes the county's messages.
struct Kiosk {
    session: Session,
    parts: Vec<(ObjectId, Vec<u8>)>,
    messages: Vec<CountyMessage>,
    delivered: Vec<ObjectHash>,
    refused: Vec<ObjectHash>,
}

impl Kiosk {
    fn new(nonce: u64, now: Tick) -> Self {
        Self {
            session: Session::new(
                Config::default(),
                |bytes| ObjectId(ObjectHash::of(bytes).0),
                nonce,
                now,
            ),
            parts: Vec::new(),
            messages: Vec::new(),
            delivered: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn send(&mut self, object: &Sealed, priority: Priority) {
        self.session
            .send(Outbound {
                id: ObjectId(object.hash.0),
                priority,
                bytes: Arc::from(object.bytes.as_slice()),
                may_be_held: false,
            })
            .expect("room in the queue");
    }

    fn settle(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Offered { id, len, .. } => {
                    self.parts.push((id, Vec::new()));
                    self.session
                        .accept(id, BlockMap::empty(len))
                        .expect("an open offer");
                }
                Event::Block { id, index, bytes } => {
                    let part = self
                        .parts
                        .iter_mut()
                        .find(|(part, _)| *part == id)
                        .expect("an accepted object");
                    let start = index as usize * link::BLOCK_LEN;
                    part.1.resize(part.1.len().max(start + bytes.len()), 0);
                    part.1[start..start + bytes.len()].copy_from_slice(&bytes);
                }
                Event::Complete { id } => {
                    let (_, bytes) = self
                        .parts
                        .iter()
                        .find(|(part, _)| *part == id)
                        .expect("an accepted object");
                    let message = CountyMessage::verify(bytes, &secret().public())
                        .expect("the county's signature");
                    self.messages.push(message);
                    self.session.confirm(id).expect("a complete object");
                }
                Event::Arrived { id, bytes, .. } => {
                    let message = CountyMessage::verify(&bytes, &secret().public())
                        .expect("the county's signature");
                    self.messages.push(message);
                    self.session.confirm(id).expect("an object that arrived");
                }
                Event::Delivered { id } => self.delivered.push(ObjectHash(id.0)),
                Event::Refused { id } => self.refused.push(ObjectHash(id.0)),
                _ => {}
            }
        }
    }

    fn acknowledged(&self) -> Vec<ObjectHash> {
        self.messages
            .iter()
            .filter_map(|message| match message {
                CountyMessage::Acknowledgement { hashes, .. } => Some(hashes.clone()),
                CountyMessage::Status { .. }
                | CountyMessage::CountyKey { .. }
                | CountyMessage::Refusal { .. } => None,
            })
            .flatten()
            .collect()
    }

    fn stages(&self) -> Vec<Option<Stage>> {
        self.messages
            .iter()
            .filter_map(|message| match message {
                CountyMessage::Status { stage, .. } => Some(Stage::from_code(*stage)),
                CountyMessage::Acknowledgement { .. }
                | CountyMessage::CountyKey { .. }
                | CountyMessage::Refusal { .. } => None,
            })
            .collect()
    }
}

/// A line in memory with hand-moved time: 24 bytes each way every 25 ms, which is 9600 bit/s.
struct Line {
    kiosk: Kiosk,
    gateway: Gateway,
    now: Tick,
    bytes_up: usize,
}

const STEP: Duration = Duration::from_millis(25);
const STEP_BYTES: usize = 24;

impl Line {
    fn new(bench: &Bench, nonce: u64) -> Self {
        let now = Tick(1_000_000 * nonce);
        Self {
            kiosk: Kiosk::new(nonce, now),
            gateway: Gateway::new(bench.county.clone(), None, nonce + 1000, now),
            now,
            bytes_up: 0,
        }
    }

    fn step(&mut self) {
        self.now = self.now + STEP;
        let (mut up, mut down) = (Vec::new(), Vec::new());
        self.kiosk.session.handle_timeout(self.now);
        self.gateway.handle_timeout(self.now).expect("the ledger");
        self.kiosk
            .session
            .poll_transmit(self.now, STEP_BYTES, &mut up);
        self.gateway.poll_transmit(self.now, STEP_BYTES, &mut down);
        self.bytes_up += up.len();
        self.gateway
            .handle_bytes(self.now, &up)
            .expect("the ledger");
        self.kiosk.session.handle_bytes(self.now, &down);
        self.kiosk.settle();
    }

    /// Steps until `done`, a minute of line time at most.
    fn run_until(&mut self, done: impl Fn(&Self) -> bool) {
        for _ in 0..2400 {
            if done(self) {
                return;
            }
            self.step();
        }
        panic!("not done within a minute of line time");
    }
}

#[test]
fn a_record_over_the_line_is_a_case_and_the_kiosk_gets_acknowledgement_and_status() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[]);
    let mut line = Line::new(&bench, 1);
    line.kiosk.send(&sent.sealed, Priority::Record);
    line.run_until(|line| line.kiosk.messages.len() == 2);
    assert_eq!(line.kiosk.acknowledged(), [sent.sealed.hash]);
    assert_eq!(line.kiosk.stages(), [Some(Stage::Received)]);
    assert_eq!(bench.case_count(), 1);
}

#[test]
fn acceptance_by_staff_goes_down_the_open_line() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[]);
    let mut line = Line::new(&bench, 1);
    line.kiosk.send(&sent.sealed, Priority::Record);
    line.run_until(|line| line.kiosk.messages.len() == 2);
    bench.accept(&sent);
    line.run_until(|line| line.kiosk.messages.len() == 3);
    let CountyMessage::Status {
        stage,
        due,
        slip_number,
        ..
    } = &line.kiosk.messages[2]
    else {
        panic!("a status message")
    };
    assert_eq!(*slip_number, sent.record.slip_number.to_string());
    assert_eq!(
        (Stage::from_code(*stage), due.as_deref()),
        (Some(Stage::Accepted), Some("2026-11-26"))
    );
}

#[test]
fn half_over_the_line_and_half_over_http_is_whole() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Picture, noise(9000))]);
    let paper = &sent.papers[0];
    let mut line = Line::new(&bench, 1);
    line.kiosk.send(paper, Priority::Picture);
    line.run_until(|line| 4500 <= line.bytes_up);
    drop(line);

    let server = crate::http::Server::start(&bench.county);
    let offer = server.url(&format!(
        "/v1/objects/{}?len={}",
        paper.hash,
        paper.bytes.len()
    ));
    let map = server
        .client
        .post(offer)
        .send()
        .expect("an answer")
        .bytes()
        .expect("a map");
    let map = BlockMap::from_bytes(u32::try_from(paper.bytes.len()).expect("short"), &map)
        .expect("a map");
    assert!(
        (10..30).contains(&map.held()),
        "{} of {} blocks came over the line",
        map.held(),
        map.blocks()
    );
    let mut last = None;
    for index in (0..map.blocks()).filter(|index| !map.contains(*index)) {
        let url = server.url(&format!("/v1/objects/{}/blocks/{index}", paper.hash));
        let body = paper.bytes[link::block_range(map.len_bytes(), index)].to_vec();
        last = Some(
            server
                .client
                .put(url)
                .body(body)
                .send()
                .expect("an answer")
                .status(),
        );
    }
    assert_eq!(last.map(|status| status.as_u16()), Some(200));
}

#[test]
fn after_a_cut_and_a_reboot_of_both_ends_only_the_missing_blocks_are_sent() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Picture, noise(9000))]);
    let paper = &sent.papers[0];
    let mut line = Line::new(&bench, 1);
    line.kiosk.send(paper, Priority::Picture);
    line.run_until(|line| 5000 <= line.bytes_up);
    drop(line);
    let bench = bench.reboot();
    let mut line = Line::new(&bench, 2);
    line.kiosk.send(paper, Priority::Picture);
    line.run_until(|line| !line.kiosk.acknowledged().is_empty());
    assert_eq!(line.kiosk.acknowledged(), [paper.hash]);
    assert!(
        line.bytes_up < 5500,
        "{} bytes were sent after the cut",
        line.bytes_up
    );
}

#[test]
fn an_acknowledgement_that_was_lost_comes_again_when_the_object_is_offered_again() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let mut line = Line::new(&bench, 1);
    line.kiosk.send(&sent.sealed, Priority::Record);
    line.run_until(|line| !line.kiosk.acknowledged().is_empty());
    assert_eq!(line.kiosk.acknowledged(), [sent.sealed.hash]);
    assert!(
        line.bytes_up < 400,
        "{} bytes were sent for an object that is held",
        line.bytes_up
    );
    assert_eq!(bench.case_count(), 1);
}

#[test]
fn a_forged_object_is_refused_on_the_line() {
    let mut bench = Bench::new();
    let stranger = envelope::KioskSigner::from_seed(envelope::KioskId(3), [0xEE; 32]);
    let forged = bench.seal(Kind::Ink, &noise(300), &stranger);
    let good = bench.seal(Kind::Ink, &noise(301), &signer(3));
    let mut line = Line::new(&bench, 1);
    line.kiosk.send(&forged, Priority::Ink);
    line.kiosk.send(&good, Priority::Ink);
    line.run_until(|line| !line.kiosk.acknowledged().is_empty() && !line.kiosk.refused.is_empty());
    assert_eq!(line.kiosk.refused, [forged.hash]);
    assert_eq!(line.kiosk.delivered, [good.hash]);
    assert_eq!(line.kiosk.acknowledged(), [good.hash]);
}

#[test]
fn a_record_crosses_a_real_pseudo_terminal() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Picture, noise(3000))]);
    let (mut master, path) = devices::pty::open_pair().expect("a pty");
    let slave = File::from(devices::pty::open_slave(&path).expect("its slave"));
    let stop = Arc::new(AtomicBool::new(false));
    let gateway = thread::spawn({
        let (county, stop) = (bench.county.clone(), Arc::clone(&stop));
        move || county.serve_line(slave, 1_000_000, None, &stop)
    });

    // A reader thread, so that the kiosk's end may wait for bytes with a time-out.
    let (arrived, bytes) = std::sync::mpsc::channel();
    let mut reader = master.try_clone().expect("a second handle");
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok(count) = reader.read(&mut buffer) {
            if arrived.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    let start = Instant::now();
    let tick = || Tick(u64::try_from(start.elapsed().as_micros()).expect("a short test"));
    let mut kiosk = Kiosk::new(5, tick());
    kiosk.send(&sent.papers[0], Priority::Picture);
    kiosk.send(&sent.sealed, Priority::Record);
    while kiosk.acknowledged().len() < 2 {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "the line is stuck"
        );
        if let Ok(bytes) = bytes.recv_timeout(Duration::from_millis(5)) {
            kiosk.session.handle_bytes(tick(), &bytes);
        }
        kiosk.session.handle_timeout(tick());
        kiosk.settle();
        let mut out = Vec::new();
        kiosk.session.poll_transmit(tick(), 1024, &mut out);
        master.write_all(&out).expect("an open line");
    }
    stop.store(true, Ordering::Relaxed);
    gateway.join().expect("no panic").expect("a sound line");
    let mut acknowledged = kiosk.acknowledged();
    acknowledged.sort();
    let mut expected = [sent.sealed.hash, sent.papers[0].hash];
    expected.sort();
    assert_eq!(acknowledged, expected);
    assert_eq!(bench.case(&sent).application, sent.record);
}
