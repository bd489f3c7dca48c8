//! `line probe`: what the line does, as the program at the other end answers.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::time::Duration;

use devices::talk::Talker;
use link::{
    BlockMap, Event, ObjectId, Outbound, Priority, SHORT_LEN_MAX, Session, Tick, block_range,
};

use crate::object::{self, Object, Word};
use crate::open::{Carrier, Ended, OpenLine, Stopped};
use crate::progress::{self, Progress, disconnected, incompatible};

/// Round trips that are measured on the idle line, one after the other.
const ROUND_TRIPS: usize = 5;

/// Objects on their way while the rate is measured.
const LOADS_MAX: usize = 32;

/// A probe at the other end is answered until it has been silent for so long.
const LINGER: Duration = Duration::from_secs(5);

/// Measures for so many seconds.
pub(crate) fn run(mut line: OpenLine, seconds: u32) -> Result<Ended, Box<dyn Error>> {
    let mut probe = Probe::new(&line, Duration::from_secs(seconds.into()))?;
    let carrier = line.talk(&mut probe, &[])?;
    probe.end(carrier)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody has answered yet.
    Greeting,
    /// One short word at a time.
    RoundTrips,
    /// As many long ones as the line carries.
    Loads { began: Tick, until: Tick },
    /// The other end may still measure.
    Lingering,
}

struct Probe {
    session: Session,
    stage: Stage,
    measure_for: Duration,
    /// Words on their way, with when they were said and their length.
    said: HashMap<ObjectId, (Tick, usize)>,
    /// Words of the other end that are on their way.
    coming: HashMap<ObjectId, Vec<u8>>,
    round_trips: Vec<Duration>,
    /// Bytes that the other end confirmed, and when it did last.
    confirmed: u64,
    confirmed_at: Tick,
    heard_at: Tick,
    fault: Option<Box<dyn Error>>,
    stopped: Stopped,
    progress: Progress,
    bits_per_second: u32,
    is_over: bool,
}

impl Probe {
    fn new(line: &OpenLine, measure_for: Duration) -> io::Result<Self> {
        let now = line.now();
        Ok(Self {
            session: line.session()?,
            stage: Stage::Greeting,
            measure_for,
            said: HashMap::new(),
            coming: HashMap::new(),
            round_trips: Vec::new(),
            confirmed: 0,
            confirmed_at: now,
            heard_at: now,
            fault: None,
            stopped: line.stopped(),
            progress: Progress::new(now)?,
            bits_per_second: line.bits_per_second(),
            is_over: false,
        })
    }

    /// Says a word of `len` bytes.
    fn say(&mut self, now: Tick, len: usize) {
        let mut rest = vec![0; len.saturating_sub(2)];
        if let Err(error) = getrandom::fill(&mut rest) {
            self.fault = Some(error.into());
            return;
        }
        let bytes = object::word(Word::Probe, &rest);
        let id = object::identify(&bytes);
        let outbound = Outbound {
            id,
            priority: Priority::Record,
            bytes: bytes.into(),
            may_be_held: false,
        };
        if self.session.send(outbound).is_ok() {
            self.said.insert(id, (now, len));
        }
    }

    fn go_on(&mut self, now: Tick) {
        match self.stage {
            Stage::Greeting | Stage::Lingering => {}
            Stage::RoundTrips if self.round_trips.len() < ROUND_TRIPS => {
                if self.said.is_empty() {
                    self.say(now, 18);
                }
            }
            Stage::RoundTrips => {
                self.stage = Stage::Loads {
                    began: now,
                    until: now + self.measure_for,
                };
                self.go_on(now);
            }
            Stage::Loads { until, .. } if now < until => {
                while self.said.len() < LOADS_MAX && self.fault.is_none() {
                    self.say(now, SHORT_LEN_MAX);
                }
            }
            Stage::Loads { began, .. } => {
                self.tell(began);
                self.stage = Stage::Lingering;
                for id in self.said.drain().map(|(id, _)| id) {
                    self.session.cancel(id);
                }
            }
        }
    }

    fn tell(&mut self, began: Tick) {
        self.round_trips.sort_unstable();
        let stats = self.session.stats();
        if let (Some(least), Some(middle)) = (
            self.round_trips.first(),
            self.round_trips.get(self.round_trips.len() / 2),
        ) {
            println!("round trip   {least:.0?} at best, {middle:.0?} in the middle");
        }
        let took = self.confirmed_at.since(began);
        let rate = progress::rate(self.confirmed, took, self.bits_per_second);
        println!("carried      {} bytes, {rate}", self.confirmed);
        let quality = self.session.quality();
        if let Some(round_trip) = quality.round_trip {
            println!("under load   {round_trip:.0?} for a round trip");
        }
        println!(
            "errors       {} in a million bytes; {} of {} frames that went were lost; of {} that came {} were damaged",
            quality.errors_per_megabyte,
            stats.packets_lost,
            stats.frames_sent,
            stats.frames_received + stats.frames_damaged,
            stats.frames_damaged
        );
    }

    fn act_on_events(&mut self, now: Tick) {
        while let Some(event) = self.session.poll_event() {
            self.act(now, event);
        }
        self.go_on(now);
    }

    fn act(&mut self, now: Tick, event: Event) {
        match event {
            Event::Connected if self.stage == Stage::Greeting => self.stage = Stage::RoundTrips,
            Event::Connected => {}
            Event::Disconnected { reason } => {
                eprintln!("{}", disconnected(reason));
                self.coming.clear();
            }
            Event::Incompatible { peer_version } => self.fault = Some(incompatible(peer_version)),
            Event::Delivered { id } => {
                let Some((said_at, len)) = self.said.remove(&id) else {
                    return;
                };
                if self.stage == Stage::RoundTrips {
                    self.round_trips.push(now.since(said_at));
                } else {
                    self.confirmed += len as u64;
                    self.confirmed_at = now;
                }
            }
            Event::Refused { .. } => {
                self.fault = Some("the other end refuses to be measured".into());
            }
            Event::Arrived { id, bytes, .. } => {
                self.heard_at = now;
                self.answer(id, &bytes);
            }
            // An answer that comes too late is dropped: the offer comes again.
            Event::Offered { id, len, .. } => {
                self.heard_at = now;
                let _ = if len as usize <= SHORT_LEN_MAX {
                    self.coming.insert(id, vec![0; len as usize]);
                    self.session.accept(id, BlockMap::empty(len))
                } else {
                    self.session.refuse(id)
                };
            }
            Event::Block { id, index, bytes } => {
                let whole = self.coming.get_mut(&id);
                let place = whole.and_then(|whole| {
                    let len = u32::try_from(whole.len()).unwrap_or(0);
                    whole.get_mut(block_range(len, index))
                });
                if let Some(place) = place.filter(|place| place.len() == bytes.len()) {
                    place.copy_from_slice(&bytes);
                }
            }
            Event::Complete { id } => {
                let bytes = self.coming.remove(&id).unwrap_or_default();
                self.answer(id, &bytes);
            }
            Event::Withdrawn { id } => {
                self.coming.remove(&id);
            }
            Event::Progress { .. } => {}
        }
    }

    /// Confirms a word and refuses a file, which has no place here.
    fn answer(&mut self, id: ObjectId, bytes: &[u8]) {
        let _ = match object::read(bytes) {
            Ok(Object::Word(_)) => self.session.confirm(id),
            Ok(Object::File { .. }) | Err(_) => self.session.refuse(id),
        };
    }

    fn end(mut self, carrier: Carrier) -> Result<Ended, Box<dyn Error>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        Ok(match (carrier, self.stage) {
            (_, Stage::Lingering) => Ended::Done,
            (Carrier::Lost, _) => {
                eprintln!("the line has hung up");
                Ended::HungUp
            }
            (Carrier::Up, _) => Ended::Stopped,
        })
    }

    fn status(&self) -> String {
        match self.stage {
            Stage::Greeting => "waiting for the other end".to_owned(),
            Stage::RoundTrips => "measuring round trips".to_owned(),
            Stage::Loads { .. } => format!("{} bytes carried", self.confirmed),
            Stage::Lingering => "answering the other end".to_owned(),
        }
    }
}

impl Talker for Probe {
    fn handle_bytes(&mut self, now: Tick, bytes: &[u8]) {
        self.session.handle_bytes(now, bytes);
        self.act_on_events(now);
    }

    fn handle_timeout(&mut self, now: Tick) {
        self.session.handle_timeout(now);
        self.act_on_events(now);
        let status = self.status();
        self.progress.tell(now, || status);
        self.is_over = self.stage == Stage::Lingering && self.heard_at + LINGER <= now;
    }

    fn handle_bell(&mut self, _now: Tick) {}

    fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize {
        self.session.poll_transmit(now, room, out)
    }

    fn deadline(&self) -> Option<Tick> {
        let own = match self.stage {
            Stage::Loads { until, .. } => Some(until),
            Stage::Lingering => Some(self.heard_at + LINGER),
            Stage::Greeting | Stage::RoundTrips => None,
        };
        let deadlines = [self.session.deadline(), own, Some(self.progress.due())];
        deadlines.into_iter().flatten().min()
    }

    fn is_over(&self) -> bool {
        self.is_over || self.fault.is_some() || self.stopped.is_set()
    }
}
