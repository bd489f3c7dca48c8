//! Two sessions talk over each kind of line.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use devices::bell::Bell;
use devices::line::Line;
use devices::serial::{READ_TIMEOUT, SerialPort};
use devices::simulated::{End, LineSettings, Wire};
use devices::talk::{Talker, talk};
use devices::tcp::{TcpLine, TcpOpener};
use link::{BlockMap, Config, Event, ObjectId, Outbound, Priority, Session, Tick};

const OBJECT: ObjectId = ObjectId([7; 32]);

/// Sends one object when its bell rings, or takes one; then it is over, a moment later so that the last word
/// leaves.
struct Owner {
    session: Session,
    bell: Arc<Bell>,
    to_send: Option<Arc<[u8]>>,
    received: Vec<u8>,
    over_at: Option<Tick>,
    is_over: bool,
}

impl Owner {
    fn new(nonce: u64, to_send: Option<Arc<[u8]>>) -> Self {
        Self {
            session: Session::new(Config::default(), |_| OBJECT, nonce, Tick(0)),
            bell: Arc::new(Bell::new().expect("a bell")),
            to_send,
            received: Vec::new(),
            over_at: None,
            is_over: false,
        }
    }

    fn act_on_events(&mut self, now: Tick) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Offered { id, len, .. } => {
                    self.received = vec![0; len as usize];
                    self.session
                        .accept(id, BlockMap::empty(len))
                        .expect("on offer");
                }
                Event::Block { index, bytes, .. } => {
                    let len = self.received.len() as u32;
                    self.received[link::block_range(len, index)].copy_from_slice(&bytes);
                }
                Event::Complete { id } => {
                    self.session.confirm(id).expect("complete");
                    self.over_at = Some(now + Duration::from_secs(1));
                }
                Event::Delivered { .. } => self.is_over = true,
                _ => {}
            }
        }
    }
}

impl Talker for Owner {
    fn handle_bytes(&mut self, now: Tick, bytes: &[u8]) {
        self.session.handle_bytes(now, bytes);
        self.act_on_events(now);
    }

    fn handle_timeout(&mut self, now: Tick) {
        self.session.handle_timeout(now);
        self.act_on_events(now);
        self.is_over |= self.over_at.is_some_and(|at| at <= now);
    }

    fn handle_bell(&mut self, _now: Tick) {
        self.bell.hush();
        if let Some(bytes) = self.to_send.take() {
            let outbound = Outbound {
                id: OBJECT,
                priority: Priority::Record,
                bytes,
                may_be_held: false,
            };
            self.session.send(outbound).expect("room");
        }
    }

    fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize {
        self.session.poll_transmit(now, room, out)
    }

    fn deadline(&self) -> Option<Tick> {
        let deadlines = [self.session.deadline(), self.over_at];
        deadlines.into_iter().flatten().min()
    }

    fn is_over(&self) -> bool {
        self.is_over
    }
}

fn hold_talk(line: &mut dyn Line, owner: &mut Owner) -> std::io::Result<()> {
    let began = Instant::now();
    let bell = Arc::clone(&owner.bell);
    talk(line, owner, &[bell.as_fd()], || {
        Tick(began.elapsed().as_micros() as u64)
    })
}

fn carries_an_object(near: &mut dyn Line, far: &mut dyn Line) {
    let bytes: Vec<u8> = (0..30_000).map(|index| (index % 251) as u8).collect();
    let mut sender = Owner::new(1, Some(bytes.clone().into()));
    let mut receiver = Owner::new(2, None);
    let ring = Arc::clone(&sender.bell);
    std::thread::scope(|scope| {
        scope.spawn(|| hold_talk(near, &mut sender).expect("a line"));
        scope.spawn(|| hold_talk(far, &mut receiver).expect("a line"));
        ring.ring();
    });
    assert!(receiver.received == bytes);
}

fn port(wire: &Wire, end: End) -> SerialPort {
    SerialPort::open_heard(wire.path(end), 1_000_000, READ_TIMEOUT).expect("an end of the wire")
}

#[test]
fn a_serial_line_carries_an_object() {
    let wire = Wire::lay(LineSettings::clean(1_000_000)).expect("a wire");
    carries_an_object(&mut port(&wire, End::A), &mut port(&wire, End::B));
}

#[test]
fn a_connection_carries_an_object() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = listener.local_addr().expect("its address");
    let mut opener = TcpOpener::new("127.0.0.1", to.port(), READ_TIMEOUT);
    let near = devices::line::Opener::open(&mut opener, &mut |_| {}, &|| false);
    let (far, _) = listener.accept().expect("the other side");
    let mut far = TcpLine::new(far, READ_TIMEOUT).expect("a line");
    carries_an_object(&mut *near.expect("a connection"), &mut far);
}

#[test]
fn a_line_that_hangs_up_ends_the_talk() {
    let wire = Wire::lay(LineSettings::clean(1_000_000)).expect("a wire");
    let (mut near, mut owner) = (port(&wire, End::A), Owner::new(1, None));
    std::thread::scope(|scope| {
        let talk = scope.spawn(|| hold_talk(&mut near, &mut owner));
        drop(wire);
        let error = talk.join().expect("no panic").expect_err("hung up");
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}
