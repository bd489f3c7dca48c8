//! Objects over a line.

use std::time::Duration;

use county::gateway::Gateway;
use envelope::{CountyMessage, Kind, ObjectHash};
use link::{BlockMap, Priority, Tick};
use relief::Stage;

use crate::{
    bench::{Bench, noise, signer},
    kiosk::Kiosk,
};

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
    line.kiosk.send_again(paper, Priority::Picture);
    line.run_until(|line| !line.kiosk.acknowledged().is_empty());
    assert_eq!(line.kiosk.acknowledged(), [paper.hash]);
    assert!(
        line.bytes_up < 5500,
        "{} bytes were sent after the cut",
        line.bytes_up
    );
}

#[test]
fn an_object_that_had_to_make_room_for_others_while_it_came_is_sent_again_and_taken() {
    /// As many as may be half here at once.
    const OTHERS: u32 = 1024;
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Picture, noise(5000))]);
    let paper = &sent.papers[0];
    let mut line = Line::new(&bench, 1);
    line.kiosk.send(paper, Priority::Picture);
    line.run_until(|line| 2500 <= line.bytes_up);
    bench.pass(1);
    for other in 0..OTHERS {
        let hash = ObjectHash::of(&other.to_be_bytes());
        bench.county.offer(hash, 1000).expect("an offer");
    }
    line.run_until(|line| !line.kiosk.acknowledged().is_empty());
    assert_eq!(line.kiosk.acknowledged(), [paper.hash]);
}

#[test]
fn an_acknowledgement_that_was_lost_comes_again_when_the_object_is_offered_again() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let mut line = Line::new(&bench, 1);
    line.kiosk.send_again(&sent.sealed, Priority::Record);
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
