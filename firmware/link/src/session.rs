//! The session: bytes and time in, bytes and events out.

mod connection;
mod receive;
mod transmit;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::arrivals::Arrivals;
use crate::coding::{Deframer, FrameWriter, Strength};
use crate::flight::Flight;
use crate::incoming::{Answer, Incoming};
use crate::outgoing::{Outgoing, Sent};
use crate::shape::Noise;
use crate::timers::{Timer, Timers};
use crate::{
    AnswerError, BlockMap, Config, Disconnect, Event, Identify, ObjectId, Outbound, Priority,
    Quality, SendError, Stats, Tick,
};
use connection::{Connection, FIRST_HELLO_WAIT};

/// One side of a line.
///
/// The caller owns the port and the clock. After any call, drain `poll_transmit` and `poll_event`, then
/// sleep until `deadline`, until bytes arrive, or until the port has room again, whichever is first.
///
/// ```
/// use link::{BlockMap, Config, Event, ObjectId, Outbound, Priority, Session, Tick};
///
/// /// Stands for a hash.
/// fn identify(bytes: &[u8]) -> ObjectId {
///     let mut id = [0; 32];
///     id[..bytes.len().min(32)].copy_from_slice(&bytes[..bytes.len().min(32)]);
///     ObjectId(id)
/// }
///
/// let now = Tick(0);
/// let mut kiosk = Session::new(Config::default(), identify, 11, now);
/// let mut county = Session::new(Config::default(), identify, 22, now);
/// let bytes = b"an application";
/// let id = identify(bytes);
/// let object = Outbound { id, priority: Priority::Record, bytes: bytes[..].into(), may_be_held: false };
/// kiosk.send(object)?;
///
/// let mut received = Vec::new();
/// for _ in 0..10 {
///     let mut bytes = Vec::new();
///     kiosk.poll_transmit(now, 1000, &mut bytes);
///     county.handle_bytes(now, &bytes);
///     while let Some(event) = county.poll_event() {
///         match event {
///             Event::Offered { id, len, .. } => county.accept(id, BlockMap::empty(len))?,
///             Event::Block { bytes, .. } => received.extend(bytes),
///             Event::Complete { id } => county.confirm(id)?,
///             Event::Arrived { id, bytes, .. } => {
///                 received.extend(bytes);
///                 county.confirm(id)?;
///             }
///             _ => {}
///         }
///     }
///     bytes.clear();
///     county.poll_transmit(now, 1000, &mut bytes);
///     kiosk.handle_bytes(now, &bytes);
/// }
/// assert_eq!(received, b"an application");
/// assert_eq!(std::iter::from_fn(|| kiosk.poll_event()).last(), Some(Event::Delivered { id }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    config: Config,
    connection: Connection,
    deframer: Deframer,
    arrivals: Arrivals,
    ack: Option<AckKind>,
    flight: Flight<Load>,
    noise: Noise,
    /// What the peer said of bytes that it put right.
    corrected: u32,
    probing: Probing,
    outgoing: Outgoing,
    incoming: Incoming,
    timers: Timers,
    events: VecDeque<Event>,
    staged: Staged,
    packet: Option<OpenPacket>,
    stats: Stats,
}

/// What a packet of ours carries, to act on when its fate is known.
#[derive(Debug)]
struct Load {
    contents: Vec<Content>,
    strength: Strength,
}

/// A packet that is being written while the port takes it.
#[derive(Debug)]
struct OpenPacket {
    began: Tick,
    writer: FrameWriter,
    contents: Vec<Content>,
    strength: Strength,
    poll: bool,
    /// Nothing waited to follow it.
    is_idle: bool,
    /// The blocks that end it, for as long as nothing more urgent comes up.
    tail: Option<Tail>,
    /// Bytes of it that were staged before.
    wire_len: usize,
    /// The connection that it belongs to is over; it only has to end.
    is_stale: bool,
}

/// Blocks that end a packet.
#[derive(Debug, Clone, Copy)]
struct Tail {
    priority: Priority,
    channel: u16,
    round: u8,
    first: u32,
    next: u32,
    end: u32,
}

/// One thing that a packet of ours says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Ping,
    Sent(Sent),
    Answer(Answer),
}

/// An acknowledgement to send at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AckKind {
    Recent,
    /// The peer asks because it missed some.
    WholeHistory,
}

/// Asking for an acknowledgement that does not come.
#[derive(Debug, Default)]
struct Probing {
    due: bool,
    unanswered: u32,
    /// When the peer last acknowledged something, or had nothing to acknowledge.
    answered_at: Tick,
}

/// Bytes that the port takes bit by bit.
#[derive(Debug, Default)]
struct Staged {
    bytes: Vec<u8>,
    taken: usize,
    last_at: Option<Tick>,
}

impl Session {
    /// A session that starts to greet at once. `nonce` is fresh and random for every start of the program;
    /// by it the peer notices a reboot. `identify` makes the names of short objects, which come
    /// without them; it is the hash that names objects on both ends.
    #[must_use]
    pub fn new(config: Config, identify: Identify, nonce: u64, now: Tick) -> Self {
        Self {
            config,
            connection: Connection::new(nonce, config.escape),
            deframer: Deframer::default(),
            arrivals: Arrivals::new(config.half_duplex),
            ack: None,
            flight: Flight::new(),
            noise: Noise::new(),
            corrected: 0,
            probing: Probing {
                answered_at: now,
                ..Probing::default()
            },
            outgoing: Outgoing::new(),
            incoming: Incoming::new(config.max_object_len, identify),
            timers: Timers::default(),
            events: VecDeque::new(),
            staged: Staged::default(),
            packet: None,
            stats: Stats::default(),
        }
    }

    /// Lets waits that ended by `now` take effect; early calls are harmless.
    pub fn handle_timeout(&mut self, now: Tick) {
        for timer in Timer::ALL {
            if self.timers.take_ended(timer, now) {
                self.ended(now, timer);
            }
        }
    }

    fn ended(&mut self, now: Tick, timer: Timer) {
        match timer {
            Timer::Hello => self.connection.hello_due = true,
            Timer::Ack => self.ack = self.ack.or(Some(AckKind::Recent)),
            Timer::Probe if self.config.silent_after < now.since(self.probing.answered_at) => {
                self.disconnect(now, Disconnect::Unanswered);
            }
            Timer::Probe => self.probing.due = true,
            Timer::KeepAlive => {
                self.probing.due = true;
                self.timers
                    .set(Timer::KeepAlive, now + self.config.keep_alive);
            }
            Timer::Silent => self.disconnect(now, Disconnect::PeerSilent),
            // What waits goes out with the next `poll_transmit`.
            Timer::Turn => {}
        }
    }

    /// When `handle_timeout` is due next; after that call it lies in the future.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        self.timers.next()
    }

    /// The next event, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The line has gone (hang-up, unplugged): everything on it is lost, and nothing is sent until `line_up`.
    pub fn line_down(&mut self, now: Tick) {
        self.disconnect(now, Disconnect::LineDown);
        self.connection.is_down = true;
        self.deframer.reset();
        self.staged = Staged::default();
        self.packet = None;
        self.timers = Timers::default();
    }

    /// The line is there again; the session greets. Harmless while the line was up.
    pub fn line_up(&mut self, _now: Tick) {
        if self.connection.is_down {
            self.connection.is_down = false;
            self.connection.hello_due = true;
            self.connection.hello_wait = FIRST_HELLO_WAIT;
        }
    }

    /// Whether both sides have heard each other.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.is_connected
    }

    /// What the line does, as far as it was measured.
    #[must_use]
    pub fn quality(&self) -> Quality {
        let rate = self.flight.rate.bytes_per_second();
        Quality {
            round_trip: self.flight.round_trip.smooth(),
            bytes_per_second: rate.map(|rate| u32::try_from(rate).unwrap_or(u32::MAX)),
            errors_per_megabyte: self.noise.errors_per_megabyte(),
        }
    }

    /// Counters since `new`.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Queues an object; it is kept until `Delivered`, `Refused` or `cancel`, over any number of connections.
    ///
    /// # Errors
    ///
    /// [`SendError`] if it is empty, too long, already queued, or the queue is full.
    pub fn send(&mut self, object: Outbound) -> Result<(), SendError> {
        self.outgoing.send(object)
    }

    /// Takes an object back; false if it was not queued. No event follows for it.
    pub fn cancel(&mut self, id: ObjectId) -> bool {
        self.outgoing.cancel(id)
    }

    /// Answers an offer: send the blocks that `have` lacks. With none lacking, `Complete` follows at once.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not on offer, already accepted, or the map is for another length.
    pub fn accept(&mut self, id: ObjectId, have: BlockMap) -> Result<(), AnswerError> {
        self.incoming.accept(id, have, &mut self.events)
    }

    /// Answers an offer: the object is here already, whole and checked. Also ends a transfer that another
    /// path has overtaken.
    ///
    /// # Errors
    ///
    /// [`AnswerError::NotOffered`].
    pub fn already_held(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        self.incoming.already_held(id)
    }

    /// Answers an offer, or ends a transfer: the object is not wanted.
    ///
    /// # Errors
    ///
    /// [`AnswerError::NotOffered`].
    pub fn refuse(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        self.incoming.refuse(id)
    }

    /// After `Complete`: the object is checked and on disk, the peer may forget it.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not on offer or not complete.
    pub fn confirm(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        self.incoming.confirm(id)
    }

    /// After `Complete`: the object failed the check, all of it is to be sent again. An object that fails
    /// twice is better refused: its sender's bytes do not match its name. One that `Arrived` has its name from its bytes
    /// and cannot fail; it is refused.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not on offer or not complete.
    pub fn restart(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        self.incoming.restart(id)
    }
}
