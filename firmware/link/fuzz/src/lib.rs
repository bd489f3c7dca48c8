//! A session that listens to whatever a fuzzer says, with an owner that does whatever it says.

use std::sync::Arc;
use std::time::Duration;

use line_worlds::memory::Metered;
use line_worlds::owner::{Part, name};
use line_worlds::world::MEMORY_MAX_BYTES;
use link::{BlockMap, Config, Event, MAX_OBJECT_LEN, ObjectId, Outbound, Priority, Session, Tick};

/// The nonce of the session that listens, and of the peer that the fuzzer plays.
pub const OURS: u64 = 5;
pub const THEIRS: u64 = 9;

/// A payload as a frame on the wire, its checksum right.
pub fn seal(payload: &[u8]) -> Vec<u8> {
    let mut checked = payload.to_vec();
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(payload);
    checked.extend(crc.to_be_bytes());
    let mut frame = cobs::encode_vec(&checked);
    frame.push(0);
    frame
}

/// The greeting that connects a session whose nonce is `echo`.
pub fn hello(nonce: u64, echo: u64) -> Vec<u8> {
    let mut payload = vec![1, link::VERSION, 1];
    payload.extend(nonce.to_be_bytes());
    payload.extend(echo.to_be_bytes());
    seal(&payload)
}

/// What is left of a fuzzer's input; zeros at its end.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        byte
    }

    pub fn number(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// As many bytes as the next byte says, or what is left.
    pub fn bytes(&mut self) -> &'a [u8] {
        let len = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        bytes
    }

    /// Up to an hour, short spans finer than long ones.
    pub fn span(&mut self) -> Duration {
        let number = self.byte();
        Duration::from_millis(u64::from(number & 0x0f) << (number >> 4).min(11))
    }
}

/// A connected session and its owner.
pub struct Listener {
    session: Metered,
    now: Tick,
    offered: Vec<(ObjectId, u32)>,
    complete: Vec<ObjectId>,
    sent: u8,
    kept: Vec<Arc<[u8]>>,
}

impl Listener {
    /// One that has been greeted.
    pub fn connected() -> Self {
        let mut listener = Self {
            session: Metered::new(|| Session::new(Config::default(), name, OURS, Tick(0))),
            now: Tick(0),
            offered: Vec::new(),
            complete: Vec::new(),
            sent: 0,
            kept: Vec::new(),
        };
        listener.hear(&hello(THEIRS, OURS));
        assert!(listener.session.is_connected());
        listener
    }

    /// Bytes come.
    pub fn hear(&mut self, bytes: &[u8]) {
        let now = self.now;
        self.session
            .with(|session| session.handle_bytes(now, bytes));
        self.check();
    }

    /// Something else happens, as the fuzzer says.
    pub fn go_on(&mut self, input: &mut Input<'_>) {
        match input.byte() % 10 {
            0 | 1 => {
                self.now = self.now + input.span();
                let now = self.now;
                self.session.with(|session| session.handle_timeout(now));
                let deadline = self.session.deadline();
                assert!(deadline.is_none_or(|deadline| now < deadline));
            }
            2 | 3 => self.take_events(usize::from(input.byte())),
            4 | 5 => self.transmit(usize::from(input.number() % 3000)),
            6 => self.answer_offer(input),
            7 => self.answer_whole(input),
            8 => self.send(input),
            _ => match input.byte() % 8 {
                0 => {
                    let now = self.now;
                    self.session.with(|session| {
                        session.line_down(now);
                        session.line_up(now);
                    });
                    // The nonce is a new one after that; a peer that hears it greets again.
                    self.transmit(200);
                }
                1 => {
                    let sent = self.sent.wrapping_sub(input.byte() % 4);
                    self.session
                        .with(|session| session.cancel(ObjectId([sent; 32])));
                }
                _ => {}
            },
        }
        self.check();
    }

    fn check(&self) {
        let most = self.session.most_bytes();
        assert!(most <= MEMORY_MAX_BYTES, "{most} bytes");
    }

    fn transmit(&mut self, room: usize) {
        let mut out = Vec::with_capacity(room);
        let now = self.now;
        let written = self
            .session
            .with(|session| session.poll_transmit(now, room, &mut out));
        assert!(written == out.len() && written <= room);
    }

    fn take_events(&mut self, count: usize) {
        for _ in 0..count {
            let Some(event) = self.session.with(|session| session.poll_event()) else {
                break;
            };
            match &event {
                Event::Offered { id, len, .. } => {
                    assert!(0 < *len && *len <= MAX_OBJECT_LEN);
                    self.offered.push((*id, *len));
                }
                Event::Complete { id } => self.complete.push(*id),
                Event::Arrived { id, bytes, .. } => {
                    assert!(!bytes.is_empty() && bytes.len() <= link::SHORT_LEN_MAX);
                    assert_eq!(*id, name(bytes));
                    self.complete.push(*id);
                }
                Event::Block { bytes, .. } => {
                    assert!(!bytes.is_empty() && bytes.len() <= link::BLOCK_LEN);
                }
                _ => {}
            }
            self.session.with(|_| drop(event));
        }
        // An owner's own memory is not the question here.
        self.offered.truncate(200);
        self.complete.truncate(200);
    }

    fn answer_offer(&mut self, input: &mut Input<'_>) {
        if self.offered.is_empty() {
            return;
        }
        let place = usize::from(input.byte()) % self.offered.len();
        let (id, len) = self.offered.swap_remove(place);
        match input.byte() % 5 {
            0 => drop(self.session.with(|session| session.refuse(id))),
            1 => drop(self.session.with(|session| session.already_held(id))),
            2 => {
                let mut part = Part::empty(len);
                let step = u32::from(input.byte()) + 1;
                for index in (0..part.have.blocks()).step_by(step as usize) {
                    part.have.insert(index);
                }
                let _ = self
                    .session
                    .with(|session| session.accept(id, part.have.clone()));
            }
            _ => drop(
                self.session
                    .with(|session| session.accept(id, BlockMap::empty(len))),
            ),
        }
    }

    fn answer_whole(&mut self, input: &mut Input<'_>) {
        if self.complete.is_empty() {
            return;
        }
        let place = usize::from(input.byte()) % self.complete.len();
        let id = self.complete.swap_remove(place);
        let _ = match input.byte() % 4 {
            0 => self.session.with(|session| session.restart(id)),
            1 => self.session.with(|session| session.refuse(id)),
            _ => self.session.with(|session| session.confirm(id)),
        };
    }

    fn send(&mut self, input: &mut Input<'_>) {
        self.sent = self.sent.wrapping_add(1);
        let id = ObjectId([self.sent; 32]);
        let len = usize::from(input.number()) % 9000 + 1;
        let priority = Priority::ALL[usize::from(input.byte() % 4)];
        let bytes: Arc<[u8]> = vec![self.sent; len].into();
        // The bytes are the owner's, so they are not counted; the session drops its share of them.
        let kept = Arc::clone(&bytes);
        let object = Outbound {
            id,
            priority,
            bytes,
            may_be_held: input.byte() % 2 == 1,
        };
        let _ = self.session.with(|session| session.send(object));
        self.kept.push(kept);
    }
}
