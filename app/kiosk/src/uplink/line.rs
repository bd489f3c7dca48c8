//! The serial route: drives a [`link::Session`] over a port that may vanish and come back.

use std::collections::{HashMap, HashSet};
use std::io::{self, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use devices::serial::{READ_TIMEOUT, SerialPort, is_silence};
use envelope::ObjectHash;
use link::{
    BlockMap, Config, Event, ObjectId, Pacer, Priority, SendError, Session, Tick, block_range,
};

use super::outbox::{Outbox, TakeError};
use super::{Bell, LOOK_EVERY, Reporter};
use crate::appliance::clock::Clock;
use crate::flow::LineReport;
use crate::ui_thread::UiMessage;

/// Longest message that the county sends down: an acknowledgement that names a thousand hashes.
const MESSAGE_LEN_MAX: u32 = 64 << 10;

/// A line and how fast it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSettings {
    /// The port, such as `/dev/ttyS0`.
    pub tty: PathBuf,
    /// Its speed; also how fast bytes are handed to it.
    pub bits_per_second: u32,
}

/// Carries the outbox over the line until the bell says stop. `nonce` is random and new at each start.
pub fn run(
    settings: &LineSettings,
    outbox: Outbox,
    nonce: u64,
    clock: Clock,
    screen: SyncSender<UiMessage>,
    bell: &Bell,
) {
    let config = Config {
        max_object_len: MESSAGE_LEN_MAX,
        ..Config::default()
    };
    let mut route = Route {
        session: Session::new(config, nonce, clock.tick()),
        pacer: Pacer::new(settings.bits_per_second),
        outbox,
        under_way: HashSet::new(),
        messages: HashMap::new(),
        reporter: Reporter::new(screen),
        clock,
        look_at: Tick(0),
    };
    while !bell.stopped() {
        match SerialPort::open(&settings.tty, settings.bits_per_second, READ_TIMEOUT) {
            Ok(mut port) => {
                route.session.line_up(clock.tick());
                // However it ended, the port is opened anew: unplugged adapters come back under their old name.
                let _ = route.talk(&mut port, bell);
                route.session.line_down(clock.tick());
            }
            Err(_) => std::thread::park_timeout(LOOK_EVERY),
        }
        route.report();
    }
}

struct Route {
    session: Session,
    pacer: Pacer,
    outbox: Outbox,
    /// Objects that the session has, so that their bytes are not read from the file again.
    under_way: HashSet<ObjectId>,
    /// Messages of the county that are on their way in, by name.
    messages: HashMap<ObjectId, Vec<u8>>,
    reporter: Reporter,
    clock: Clock,
    /// When the outbox is looked at next.
    look_at: Tick,
}

impl Route {
    /// Talks until the port fails or the bell says stop.
    fn talk<P: Read + Write>(&mut self, port: &mut P, bell: &Bell) -> io::Result<()> {
        let mut heard = [0; 1024];
        let mut said = Vec::new();
        while !bell.stopped() {
            match port.read(&mut heard) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self
                    .session
                    .handle_bytes(self.clock.tick(), &heard[..count]),
                Err(error) if is_silence(&error) => {}
                Err(error) => return Err(error),
            }
            let now = self.clock.tick();
            self.session.handle_timeout(now);
            if bell.take_ring() || self.look_at <= now {
                self.look_at =
                    Tick(now.0 + u64::try_from(LOOK_EVERY.as_micros()).unwrap_or(u64::MAX));
                self.fill_session();
                self.report();
            }
            while let Some(event) = self.session.poll_event() {
                self.act(event);
            }
            said.clear();
            let count = self
                .session
                .poll_transmit(now, self.pacer.room(now), &mut said);
            self.pacer.sent(now, count);
            write_all(port, &said, bell)?;
        }
        Ok(())
    }

    /// Hands the session what is due; what it has already stays where it is.
    fn fill_session(&mut self) {
        // A file that cannot be read now may be readable at the next look.
        let Ok(due) = self.outbox.due() else { return };
        for object in due {
            let id = ObjectId(object.hash.0);
            if self.under_way.contains(&id) {
                continue;
            }
            let Ok(Some(sealed)) = self.outbox.sealed(object.hash) else {
                continue;
            };
            let priority = Priority::from_number(object.priority).unwrap_or(Priority::Picture);
            match self.session.send(id, priority, sealed.bytes.into()) {
                Ok(()) | Err(SendError::AlreadyQueued) => {
                    self.under_way.insert(id);
                }
                Err(SendError::Full { .. }) => return,
                Err(SendError::Empty | SendError::TooLong { .. }) => {
                    let _ = self.outbox.put_off(object.hash);
                }
            }
        }
    }

    fn act(&mut self, event: Event) {
        match event {
            Event::Connected | Event::Incompatible { .. } => self.report(),
            Event::Disconnected { .. } => {
                // What was half received is offered again; what is being sent the session keeps.
                self.messages.clear();
                self.report();
            }
            // Carried or refused, it stays in the outbox until the county's signature names it.
            Event::Delivered { id } | Event::Refused { id } => {
                self.under_way.remove(&id);
                let _ = self.outbox.put_off(ObjectHash(id.0));
            }
            Event::Progress { .. } => {}
            Event::Offered { id, len, .. } => {
                self.messages.insert(id, vec![0; len as usize]);
                if self.session.accept(id, BlockMap::empty(len)).is_err() {
                    self.messages.remove(&id);
                }
            }
            Event::Block { id, index, bytes } => {
                if let Some(message) = self.messages.get_mut(&id) {
                    let len = u32::try_from(message.len()).unwrap_or(0);
                    let place = message.get_mut(block_range(len, index));
                    // A block of another length leaves its place empty, and the hash then tells.
                    if let Some(place) = place.filter(|place| place.len() == bytes.len()) {
                        place.copy_from_slice(&bytes);
                    }
                }
            }
            Event::Complete { id } => self.read_message(id),
            Event::Withdrawn { id } => {
                self.messages.remove(&id);
            }
        }
    }

    /// A whole message: act on it before the county hears that it arrived.
    fn read_message(&mut self, id: ObjectId) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        if ObjectHash::of(message).0 != id.0 {
            // An answer that comes too late is dropped; the county offers again.
            let _ = self.session.restart(id);
            return;
        }
        let taken = self.outbox.take(message);
        self.messages.remove(&id);
        let _ = match taken {
            Ok(()) => self.session.confirm(id),
            Err(TakeError::Message(_) | TakeError::OtherKiosk { .. } | TakeError::Write(_)) => {
                self.session.refuse(id)
            }
        };
        self.report();
    }

    fn report(&mut self) {
        if let Ok(waiting) = self.outbox.waiting() {
            self.reporter.report(LineReport {
                waiting,
                connected: self.session.is_connected(),
            });
        }
    }
}

/// Writes all, for as long as the port takes it or the bell lets it.
fn write_all(port: &mut impl Write, mut bytes: &[u8], bell: &Bell) -> io::Result<()> {
    while !bytes.is_empty() && !bell.stopped() {
        match port.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if is_silence(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
