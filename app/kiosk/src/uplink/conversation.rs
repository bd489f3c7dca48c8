//! The kiosk's side of a talk over a line: the outbox goes out, the county's messages come in.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use envelope::{CryptoRng, ObjectHash};
use link::{
    BlockMap, Config, Escape, Event, ObjectId, Outbound, Priority, SendError, Session, Tick,
    block_range,
};
use store::ReadError;

use super::LOOK_EVERY;
use super::outbox::{Outbox, Standing, TakeError};
use crate::appliance::clock::Now;
use crate::flow::LineReport;

/// Longest message that the county sends down: an acknowledgement that names a thousand hashes.
const MESSAGE_LEN_MAX: u32 = 64 << 10;

/// How often the county is told what the kiosk's clocks say, while it listens: a clock that is set or a boot that ends
/// without a word leaves no submission further off than that.
pub const CLOCK_REPORTED_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

/// How often it is looked whether other faults of devices or other rules are to be told: a lid that is opened and shut costs
/// nothing.
pub const STANDING_LOOKED_AT_EVERY: Duration = Duration::from_secs(10 * 60);

/// Joins a [`link::Session`] with the outbox and touches no port.
///
/// The caller owns the port and the clock: after any call that takes `now`, drain
/// [`poll_transmit`](Self::poll_transmit), then sleep until [`deadline`](Self::deadline) or until bytes arrive,
/// whichever is first.
pub struct Conversation {
    session: Session,
    outbox: Outbox,
    /// Objects that the session has, so that their bytes are not read from the file again.
    under_way: HashMap<ObjectId, UnderWay>,
    /// Objects that were under way and are not now: the county may have some of them. No more than are owed.
    begun: HashSet<ObjectId>,
    /// The least urgent objects that may go.
    least: Priority,
    /// Bytes of objects that the county has come to have since they were last asked for.
    arrived_bytes: u64,
    /// Messages of the county that are on their way in, by name.
    messages: HashMap<ObjectId, Vec<u8>>,
    /// When the outbox is looked at next.
    look_at: Tick,
    /// When the county is told the time next; due with each connection.
    report_clock_at: Tick,
    /// How the kiosk stood when the county was told last, and when that is looked at next.
    standing_told: Standing,
    look_at_standing_at: Tick,
}

/// How far an object is.
#[derive(Debug, Clone, Copy)]
struct UnderWay {
    priority: Priority,
    /// Bytes that the county has, as far as this session knows.
    acked_bytes: u32,
}

impl Conversation {
    /// A conversation that begins to greet. `nonce` is random and new at each start.
    #[must_use]
    pub fn new(outbox: Outbox, nonce: u64, now: Now) -> Self {
        Self {
            session: session(Escape::default(), nonce, now),
            outbox,
            under_way: HashMap::new(),
            begun: HashSet::new(),
            least: Priority::Picture,
            arrived_bytes: 0,
            messages: HashMap::new(),
            look_at: now.tick,
            report_clock_at: now.tick,
            standing_told: Standing::default(),
            look_at_standing_at: now.tick,
        }
    }

    /// The port is open.
    pub fn line_up(&mut self, now: Now) {
        self.session.line_up(now.tick);
    }

    /// Another line is open, on which `escape` must not appear. `nonce` is new. Whatever another route carried
    /// meanwhile, what is still owed is offered anew, and the county says what it has.
    pub fn change_line(&mut self, escape: Escape, nonce: u64, now: Now) {
        self.session = session(escape, nonce, now);
        self.begun.extend(self.under_way.drain().map(|(id, _)| id));
        self.messages.clear();
        self.wake();
    }

    /// Nothing less urgent than `least` goes from now on; what is under way and may not is taken back, and goes on from
    /// where it was when it may again.
    pub fn set_least(&mut self, least: Priority) {
        if self.least == least {
            return;
        }
        self.least = least;
        let (session, begun) = (&mut self.session, &mut self.begun);
        self.under_way.retain(|id, object| {
            let stays = object.priority <= least;
            if !stays {
                session.cancel(*id);
                begun.insert(*id);
            }
            stays
        });
        self.wake();
    }

    /// Whether the county answers.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.session.is_connected()
    }

    /// Whether anything is on its way, in either direction.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.under_way.is_empty() || !self.messages.is_empty()
    }

    /// Bytes of an object that the county has, as far as this session knows.
    #[must_use]
    pub fn acked_bytes(&self, hash: ObjectHash) -> u32 {
        let object = self.under_way.get(&ObjectId(hash.0));
        object.map_or(0, |object| object.acked_bytes)
    }

    /// Bytes that one side has come to have of the other since the last call.
    pub fn take_arrived(&mut self) -> u64 {
        std::mem::take(&mut self.arrived_bytes)
    }

    /// The outbox, which other ways of carrying share with this one.
    #[must_use]
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The outbox, which other ways of carrying share with this one.
    pub const fn outbox_mut(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// The port is gone; what was on its way goes on when it is back.
    pub fn line_down(&mut self, now: Now) {
        self.session.line_down(now.tick);
        self.act_on_events(now);
    }

    /// Takes bytes that arrived.
    pub fn handle_bytes(&mut self, now: Now, bytes: &[u8]) {
        self.session.handle_bytes(now.tick, bytes);
        self.act_on_events(now);
    }

    /// Lets waits that ended by `now` take effect; early calls are harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        self.session.handle_timeout(now.tick);
        if self.look_at <= now.tick {
            self.look_at = now.tick + LOOK_EVERY;
            self.fill_session(now);
        }
        self.act_on_events(now);
    }

    /// Tells the county what the kiosk's clocks say and how it stands, if that is due and the county
    /// listens.
    pub fn report_clock(&mut self, now: Now, rng: &mut impl CryptoRng) {
        if !self.session.is_connected() {
            return;
        }
        let mut is_due = self.report_clock_at <= now.tick;
        if is_due || self.look_at_standing_at <= now.tick {
            self.look_at_standing_at = now.tick + STANDING_LOOKED_AT_EVERY;
            let standing = self.outbox.standing();
            is_due |= standing != self.standing_told;
            self.standing_told = standing;
        }
        if !is_due {
            return;
        }
        self.report_clock_at = now.tick + CLOCK_REPORTED_EVERY;
        if let Some(sealed) = self.outbox.clock_report(now, rng) {
            // A queue that is full now has room at the next connection.
            let _ = self.session.send(Outbound {
                id: ObjectId(sealed.hash.0),
                priority: Priority::Control,
                bytes: sealed.bytes.into(),
                may_be_held: false,
            });
        }
    }

    /// Something new lies in the outbox: it is looked at with the next [`handle_timeout`](Self::handle_timeout).
    pub fn wake(&mut self) {
        self.look_at = Tick(0);
    }

    /// Appends at most `room` bytes for the line to `out` and returns how many.
    pub fn poll_transmit(&mut self, now: Now, room: usize, out: &mut Vec<u8>) -> usize {
        self.session.poll_transmit(now.tick, room, out)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    #[must_use]
    pub fn deadline(&self) -> Tick {
        let session = self.session.deadline();
        session.map_or(self.look_at, |session| session.min(self.look_at))
    }

    /// How outbox, disk and line stand.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn report(&self) -> Result<LineReport, ReadError> {
        self.outbox.report(self.session.is_connected())
    }

    /// Hands the session what is due; what it has already stays where it is.
    fn fill_session(&mut self, now: Now) {
        // A file that cannot be read now may be readable at the next look.
        let Ok(due) = self.outbox.due(now.moment) else {
            return;
        };
        for object in due {
            let id = ObjectId(object.hash.0);
            let priority = Priority::from_number(object.priority).unwrap_or(Priority::Picture);
            if self.under_way.contains_key(&id) || self.least < priority {
                continue;
            }
            let Ok(Some(sealed)) = self.outbox.sealed(object.hash) else {
                continue;
            };
            let outbound = Outbound {
                id,
                priority,
                bytes: sealed.bytes.into(),
                may_be_held: 0 < object.attempts || self.begun.contains(&id),
            };
            match self.session.send(outbound) {
                Ok(()) | Err(SendError::AlreadyQueued) => {
                    let acked_bytes = 0;
                    let object = UnderWay {
                        priority,
                        acked_bytes,
                    };
                    self.under_way.insert(id, object);
                }
                Err(SendError::Full { .. }) => return,
                Err(SendError::Empty | SendError::TooLong { .. }) => {
                    let _ = self.outbox.put_off(object.hash, now.moment);
                }
            }
        }
    }

    fn act_on_events(&mut self, now: Now) {
        while let Some(event) = self.session.poll_event() {
            self.act(now, event);
        }
    }

    fn act(&mut self, now: Now, event: Event) {
        match event {
            Event::Connected => self.report_clock_at = now.tick,
            Event::Incompatible { .. } => {}
            // What was half received is offered again; what is being sent the session keeps.
            Event::Disconnected { .. } => self.messages.clear(),
            // Carried or refused, it stays in the outbox until the county's signature names it.
            Event::Delivered { id } | Event::Refused { id } => {
                // To have said so is progress, even if the county had all of it.
                self.arrived_bytes += 1;
                self.under_way.remove(&id);
                self.begun.remove(&id);
                let _ = self.outbox.put_off(ObjectHash(id.0), now.moment);
            }
            Event::Progress {
                id, acked_bytes, ..
            } => {
                if let Some(object) = self.under_way.get_mut(&id) {
                    let more = acked_bytes.saturating_sub(object.acked_bytes);
                    self.arrived_bytes += u64::from(more);
                    object.acked_bytes = acked_bytes;
                }
            }
            Event::Offered { id, len, .. } => {
                self.messages.insert(id, vec![0; len as usize]);
                if self.session.accept(id, BlockMap::empty(len)).is_err() {
                    self.messages.remove(&id);
                }
            }
            Event::Block { id, index, bytes } => {
                self.arrived_bytes += bytes.len() as u64;
                if let Some(message) = self.messages.get_mut(&id) {
                    let len = u32::try_from(message.len()).unwrap_or(0);
                    let place = message.get_mut(block_range(len, index));
                    // A block of another length leaves its place empty, and the hash then tells.
                    if let Some(place) = place.filter(|place| place.len() == bytes.len()) {
                        place.copy_from_slice(&bytes);
                    }
                }
            }
            Event::Complete { id } => self.read_message(now, id),
            Event::Arrived { id, bytes, .. } => {
                self.messages.insert(id, bytes);
                self.read_message(now, id);
            }
            Event::Withdrawn { id } => {
                self.messages.remove(&id);
            }
        }
    }

    /// A whole message: act on it before the county hears that it arrived.
    fn read_message(&mut self, now: Now, id: ObjectId) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        if ObjectHash::of(message).0 != id.0 {
            // An answer that comes too late is dropped; the county offers again.
            let _ = self.session.restart(id);
            return;
        }
        let taken = self.outbox.take(message, now.moment);
        self.messages.remove(&id);
        let _ = match taken {
            Ok(()) => self.session.confirm(id),
            Err(
                TakeError::Message(_)
                | TakeError::Key(_)
                | TakeError::OtherKiosk { .. }
                | TakeError::Rules
                | TakeError::Write(_),
            ) => self.session.refuse(id),
        };
    }
}

/// A session that begins to greet.
fn session(escape: Escape, nonce: u64, now: Now) -> Session {
    let config = Config {
        max_object_len: MESSAGE_LEN_MAX,
        escape,
        ..Config::default()
    };
    Session::new(config, identify, nonce, now.tick)
}

/// Names an object as the envelope does.
fn identify(bytes: &[u8]) -> ObjectId {
    ObjectId(ObjectHash::of(bytes).0)
}
