//! The program `line` at both ends of a simulated wire.

mod bench;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;

use bench::{Bench, bytes};
use devices::serial::{READ_TIMEOUT, SerialPort};
use devices::simulated::End;
use devices::talk::{Talker, talk};
use link::{Config, Event, ObjectId, Outbound, Priority, Session, Tick};
use sha2::{Digest, Sha256};

#[test]
fn files_arrive_whole_under_their_own_names() {
    let bench = Bench::new();
    let files = [
        bench.file("empty", b""),
        bench.file("名单.txt", "一二三".as_bytes()),
        bench.file("page.bin", &bytes(50_000)),
    ];
    let wire = bench.wire();
    let receiver = bench.receive(&wire);
    let sender = bench.send(&wire, &files);
    assert_eq!(sender.end(), Some(0));
    assert_eq!(receiver.end(), Some(0));
    assert_eq!(bench.arrived(), ["empty", "page.bin", "名单.txt"]);
    assert_eq!(bench.out("page.bin"), bytes(50_000));
    assert_eq!(bench.out("名单.txt"), "一二三".as_bytes());
    assert_eq!(bench.out("empty"), b"");
}

#[test]
fn what_was_delivered_before_does_not_go_twice() {
    let bench = Bench::new();
    let files = [
        bench.file("record", &bytes(1500)),
        bench.file("page", &bytes(50_000)),
    ];
    for run in 0..2 {
        let wire = bench.wire();
        let receiver = bench.receive(&wire);
        assert_eq!(bench.send(&wire, &files).end(), Some(0));
        assert_eq!(receiver.end(), Some(0));
        let taken = wire.traffic_from(End::A).taken;
        assert_eq!(50_000 < taken, run == 0, "{taken} bytes in run {run}");
    }
}

#[test]
fn after_a_hang_up_at_half_both_go_on_and_little_goes_twice() {
    let bench = Bench::new();
    let page = [bench.file("page", &bytes(200_000))];
    let wire = bench.wire();
    let (receiver, sender) = (bench.receive(&wire), bench.send(&wire, &page));
    let first = wire.traffic_from(End::A);
    assert_eq!(first.taken, 0);
    bench.until(|| 100_000 < wire.traffic_from(End::A).delivered);
    let first = wire.traffic_from(End::A).delivered;
    drop(wire);
    assert_eq!(sender.end(), Some(3));
    assert_eq!(receiver.end(), Some(3));
    assert_eq!(bench.arrived(), [""; 0]);

    let wire = bench.wire();
    let (receiver, sender) = (bench.receive(&wire), bench.send(&wire, &page));
    assert_eq!(sender.end(), Some(0));
    assert_eq!(receiver.end(), Some(0));
    assert_eq!(bench.out("page"), bytes(200_000));
    let second = wire.traffic_from(End::A).taken;
    // Names, numbers and checks are less than a tenth; a kernel that is not read loses some kilobytes.
    assert!(first + second < 230_000, "{first} + {second}");
}

#[test]
fn a_receiver_that_is_killed_goes_on_where_it_was() {
    let bench = Bench::new();
    let page = [bench.file("page", &bytes(200_000))];
    let wire = bench.wire();
    let (receiver, sender) = (bench.receive(&wire), bench.send(&wire, &page));
    bench.until(|| 100_000 < wire.traffic_from(End::A).delivered);
    assert_eq!(receiver.kill().signal(), Some(9));

    let receiver = bench.receive(&wire);
    assert_eq!(sender.end(), Some(0));
    assert_eq!(receiver.end(), Some(0));
    assert_eq!(bench.out("page"), bytes(200_000));
    // What was on its way goes again, and what the sender said to nobody until the new one greeted.
    let taken = wire.traffic_from(End::A).taken;
    assert!(taken < 330_000, "{taken}");
}

#[test]
fn a_receiver_that_is_stopped_saves_what_it_has() {
    let bench = Bench::new();
    let page = [bench.file("page", &bytes(200_000))];
    let wire = bench.wire();
    let (receiver, sender) = (bench.receive(&wire), bench.send(&wire, &page));
    bench.until(|| 50_000 < wire.traffic_from(End::A).delivered);
    receiver.stop();
    assert_eq!(receiver.end(), Some(5));
    sender.stop();
    assert_eq!(sender.end(), Some(5));
    let map = bench.state_file(".map");
    let held: u32 = map[4..].iter().map(|byte| byte.count_ones()).sum();
    assert!(150 < held, "{held} blocks");
}

#[test]
fn a_record_that_is_moved_into_the_spool_overtakes_a_page() {
    let bench = Bench::new();
    let page = bench.file("page", &bytes(400_000));
    let spool = bench.folder("spool");
    let wire = bench.wire();
    let receiver = bench.receive(&wire);
    let sender = bench.send_spool(&wire, &spool, &[page]);
    bench.until(|| 40_000 < wire.traffic_from(End::A).delivered);
    fs::write(spool.join(".urgent"), bytes(1500)).expect("written");
    fs::rename(spool.join(".urgent"), spool.join("urgent")).expect("moved in");
    bench.until(|| !bench.arrived().is_empty());
    assert_eq!(bench.arrived(), ["urgent"]);
    bench.until(|| bench.arrived().len() == 2);
    assert_eq!(bench.out("page"), bytes(400_000));
    assert_eq!(bench.out("urgent"), bytes(1500));
    sender.stop();
    receiver.stop();
    assert_eq!(receiver.end(), Some(5));
    // The sender may not have heard the last confirmation.
    assert!(matches!(sender.end(), Some(0 | 5)));
}

#[test]
fn a_file_that_may_not_be_named_so_is_not_sent() {
    let bench = Bench::new();
    let hidden = bench.file(".hidden", b"x");
    let wire = bench.wire();
    assert_eq!(bench.send(&wire, &[hidden]).end(), Some(1));
    assert_eq!(wire.traffic_from(End::A).taken, 0);
}

#[test]
fn a_probe_tells_what_the_line_does() {
    let bench = Bench::new();
    let wire = bench.wire();
    let receiver = bench.receive(&wire);
    let told = bench.probe(&wire);
    for word in ["round trip", "carried", "errors"] {
        assert!(told.contains(word), "{told}");
    }
    receiver.stop();
    assert_eq!(receiver.end(), Some(5));
    assert_eq!(bench.arrived(), [""; 0]);
}

fn identify(bytes: &[u8]) -> ObjectId {
    ObjectId(Sha256::digest(bytes).into())
}

/// Sends one object and waits for what becomes of it.
struct Stranger {
    session: Session,
    answer: Option<Event>,
}

impl Talker for Stranger {
    fn handle_bytes(&mut self, now: Tick, bytes: &[u8]) {
        self.session.handle_bytes(now, bytes);
        while let Some(event) = self.session.poll_event() {
            if matches!(event, Event::Refused { .. } | Event::Delivered { .. }) {
                self.answer = Some(event);
            }
        }
    }

    fn handle_timeout(&mut self, now: Tick) {
        self.session.handle_timeout(now);
    }

    fn handle_bell(&mut self, _now: Tick) {}

    fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize {
        self.session.poll_transmit(now, room, out)
    }

    fn deadline(&self) -> Option<Tick> {
        self.session.deadline()
    }

    fn is_over(&self) -> bool {
        self.answer.is_some()
    }
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_refused() {
    for (nonce, content_len) in [(1, 10), (2, 5000)] {
        let bench = Bench::new();
        let wire = bench.wire();
        let receiver = bench.receive(&wire);
        let object = [&b"\x0a../outside"[..], &bytes(content_len)].concat();
        let id = identify(&object);
        let mut session = Session::new(Config::default(), identify, nonce, Tick(0));
        let outbound = Outbound {
            id,
            priority: Priority::Record,
            bytes: Arc::from(object),
            may_be_held: false,
        };
        session.send(outbound).expect("queued");
        let mut stranger = Stranger {
            session,
            answer: None,
        };
        let path = wire.path(End::A);
        let mut port =
            SerialPort::open_heard(path, bench::RATE, READ_TIMEOUT).expect("an end of the wire");
        let began = std::time::Instant::now();
        let clock = || Tick(began.elapsed().as_micros() as u64);
        talk(&mut port, &mut stranger, &[], clock).expect("a line");
        assert_eq!(stranger.answer, Some(Event::Refused { id }));
        receiver.stop();
        assert_eq!(receiver.end(), Some(5));
        assert_eq!(bench.arrived(), [""; 0]);
        assert!(!bench.folder("").join("outside").exists());
    }
}
