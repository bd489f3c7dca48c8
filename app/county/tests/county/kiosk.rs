//! A kiosk's end of a line: sends objects, takes the county's messages.

use std::{
    fs::File,
    io,
    net::{SocketAddr, TcpStream},
    os::fd::OwnedFd,
    sync::Arc,
    time::{Duration, Instant},
};

use envelope::{CountyMessage, CountyPublic, ObjectHash, Sealed};
use link::{BlockMap, Config, Event, ObjectId, Outbound, Priority, Session, Tick};
use relief::Stage;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::bench::secret;

/// The protocol's side of it.
pub(crate) struct Kiosk {
    pub(crate) session: Session,
    /// The county whose signature counts.
    pub(crate) county: CountyPublic,
    parts: Vec<(ObjectId, Vec<u8>)>,
    pub(crate) messages: Vec<CountyMessage>,
    pub(crate) delivered: Vec<ObjectHash>,
    pub(crate) refused: Vec<ObjectHash>,
}

impl Kiosk {
    pub(crate) fn new(nonce: u64, now: Tick) -> Self {
        Self {
            session: Session::new(
                Config::default(),
                |bytes| ObjectId(ObjectHash::of(bytes).0),
                nonce,
                now,
            ),
            county: secret().public(),
            parts: Vec::new(),
            messages: Vec::new(),
            delivered: Vec::new(),
            refused: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, object: &Sealed, priority: Priority) {
        self.queue(object, priority, false);
    }

    /// Sends what the county may have, or have a part of.
    pub(crate) fn send_again(&mut self, object: &Sealed, priority: Priority) {
        self.queue(object, priority, true);
    }

    fn queue(&mut self, object: &Sealed, priority: Priority, may_be_held: bool) {
        self.session
            .send(Outbound {
                id: ObjectId(object.hash.0),
                priority,
                bytes: Arc::from(object.bytes.as_slice()),
                may_be_held,
            })
            .expect("room in the queue");
    }

    pub(crate) fn settle(&mut self) {
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
                    let message =
                        CountyMessage::verify(bytes, &self.county).expect("the county's signature");
                    self.messages.push(message);
                    self.session.confirm(id).expect("a complete object");
                }
                Event::Arrived { id, bytes, .. } => {
                    let message = CountyMessage::verify(&bytes, &self.county)
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

    pub(crate) fn acknowledged(&self) -> Vec<ObjectHash> {
        self.messages
            .iter()
            .filter_map(|message| match message {
                CountyMessage::Acknowledgement { hashes, .. } => Some(hashes.clone()),
                CountyMessage::Status { .. }
                | CountyMessage::CountyKey { .. }
                | CountyMessage::Refusal { .. }
                | CountyMessage::Checkpoint { .. }
                | CountyMessage::RuleFiles { .. } => None,
            })
            .flatten()
            .collect()
    }

    pub(crate) fn stages(&self) -> Vec<Option<Stage>> {
        self.messages
            .iter()
            .filter_map(|message| match message {
                CountyMessage::Status { stage, .. } => Some(Stage::from_code(*stage)),
                CountyMessage::Acknowledgement { .. }
                | CountyMessage::CountyKey { .. }
                | CountyMessage::Refusal { .. }
                | CountyMessage::Checkpoint { .. }
                | CountyMessage::RuleFiles { .. } => None,
            })
            .collect()
    }
}

/// The longest that a test waits for anything; the machine may be busy.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// A kiosk at a real port: one end of a pseudo-terminal, or a connection.
pub(crate) struct Caller {
    pub(crate) kiosk: Kiosk,
    file: OwnedFd,
    started: Instant,
    /// Bytes that were put together and not taken by the port yet.
    waiting: Vec<u8>,
    pub(crate) bytes_up: usize,
}

/// The county has hung up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HungUp;

impl Caller {
    pub(crate) fn over_tcp(address: SocketAddr, nonce: u64) -> Self {
        let connection = TcpStream::connect(address).expect("a listening county");
        Self::at(connection.into(), nonce)
    }

    pub(crate) fn over_pty(master: File, nonce: u64) -> Self {
        Self::at(master.into(), nonce)
    }

    /// Another kiosk at the same port.
    pub(crate) fn again(&self, nonce: u64) -> Self {
        Self::at(self.file.try_clone().expect("a second handle"), nonce)
    }

    fn at(file: OwnedFd, nonce: u64) -> Self {
        rustix::io::ioctl_fionbio(&file, true).expect("a file that need not block");
        Self {
            kiosk: Kiosk::new(nonce, Tick(0)),
            file,
            started: Instant::now(),
            waiting: Vec::new(),
            bytes_up: 0,
        }
    }

    /// Talks until `done`.
    pub(crate) fn run_until(&mut self, done: impl Fn(&Self) -> bool) -> Result<(), HungUp> {
        let began = Instant::now();
        loop {
            if done(self) {
                return Ok(());
            }
            assert!(began.elapsed() < WAIT_MAX, "the line is stuck");
            self.turn()?;
        }
    }

    /// Talks until the county hangs up.
    pub(crate) fn run_to_the_end(&mut self) {
        assert_eq!(self.run_until(|_| false), Err(HungUp));
    }

    /// Sends what there is to send, and listens to nothing.
    pub(crate) fn speak(&mut self) -> Result<(), HungUp> {
        let now = self.now();
        self.kiosk.session.handle_timeout(now);
        let room = 2048 - self.waiting.len();
        self.kiosk
            .session
            .poll_transmit(now, room, &mut self.waiting);
        match rustix::io::write(&self.file, &self.waiting).map_err(io::Error::from) {
            Ok(written) => {
                self.waiting.drain(..written);
                self.bytes_up += written;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return Err(HungUp),
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<(), HungUp> {
        self.speak()?;
        let wanted = if self.waiting.is_empty() {
            PollFlags::IN
        } else {
            PollFlags::IN | PollFlags::OUT
        };
        let deadline = self.kiosk.session.deadline();
        let wait = deadline.map_or(WAIT_MAX, |deadline| deadline.since(self.now()));
        if self.wait(wanted, wait) {
            let mut buffer = [0; 2048];
            match rustix::io::read(&self.file, &mut buffer).map_err(io::Error::from) {
                Ok(0) => return Err(HungUp),
                Ok(count) => self
                    .kiosk
                    .session
                    .handle_bytes(self.now(), &buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Err(HungUp),
            }
        }
        self.kiosk.settle();
        Ok(())
    }

    fn wait(&self, wanted: PollFlags, wait: Duration) -> bool {
        let wait = Timespec::try_from(wait).expect("a short wait");
        poll(&mut [PollFd::new(&self.file, wanted)], Some(&wait)).expect("a poll") != 0
    }

    /// What comes next, whatever it means.
    pub(crate) fn read_raw(&self) -> Result<Vec<u8>, HungUp> {
        assert!(self.wait(PollFlags::IN, WAIT_MAX), "nothing comes");
        let mut buffer = [0; 2048];
        match rustix::io::read(&self.file, &mut buffer) {
            Ok(0) | Err(_) => Err(HungUp),
            Ok(count) => Ok(buffer[..count].to_vec()),
        }
    }

    /// Says something that is not the protocol's.
    pub(crate) fn say(&self, bytes: &[u8]) -> bool {
        rustix::io::write(&self.file, bytes).is_ok()
    }

    /// Pushes empty frames, which mean nothing, for as long as anybody makes room for them, at most `limit` bytes. Returns
    /// how many there was room for.
    pub(crate) fn push(&self, limit: usize) -> usize {
        /// Nobody who reads at all takes longer.
        const NO_ROOM_AFTER: Duration = Duration::from_millis(200);
        let mut pushed = 0;
        while pushed < limit && self.wait(PollFlags::OUT, NO_ROOM_AFTER) {
            pushed += rustix::io::write(&self.file, &[0; 4096]).unwrap_or(0);
        }
        pushed
    }

    fn now(&self) -> Tick {
        let micros = self.started.elapsed().as_micros();
        Tick(u64::try_from(micros).expect("a short test"))
    }
}
