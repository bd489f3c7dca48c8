//! Two sessions, their owners and the line between them, in virtual time.

use std::time::Duration;

use link::{Config, ObjectId, Priority, Session, Tick};

use crate::line::Line;
use crate::memory::Metered;
use crate::owner::{Habits, Owner, name};
use crate::wire::Wire;

/// One second.
pub const SECOND: Duration = Duration::from_secs(1);

/// Steps without a step of a tenth of a second in virtual time after which an end counts as spinning.
const STEPS_IN_PLACE_MAX: u32 = 20_000;

/// One end: what is lost in a reboot (`session`) and what is not (`owner`).
#[derive(Debug)]
pub struct Side {
    /// The protocol.
    pub session: Metered,
    /// What stands behind it.
    pub owner: Owner,
    /// How its session is set.
    pub config: Config,
    /// The session filled the room it got, so it wants more as soon as the port has some.
    hungry: bool,
    /// What earlier sessions did.
    past: Past,
}

/// What sessions did that a reboot ended.
#[derive(Debug, Clone, Copy, Default)]
struct Past {
    frames: u64,
    repeated: u64,
    most_bytes: usize,
}

/// Both ends and both directions.
#[derive(Debug)]
pub struct Pair {
    /// The moment.
    pub now: Tick,
    /// Sends mostly.
    pub kiosk: Side,
    /// Receives mostly.
    pub county: Side,
    /// From kiosk to county.
    pub up: Wire,
    /// From county to kiosk.
    pub down: Wire,
    /// What must not happen and did, but for what the owners saw.
    pub violations: Vec<String>,
    /// Panics at the first violation, so that a test points at the moment.
    pub is_strict: bool,
    nonce: u64,
    steps_in_place: u32,
    place: Tick,
    buffer: Vec<u8>,
}

impl Pair {
    /// Two ends of the same line, with everything as by default.
    #[must_use]
    pub fn new(line: Line, seed: u64) -> Self {
        Self::with_config(line, seed, Config::default())
    }

    /// The same with sessions set otherwise.
    #[must_use]
    pub fn with_config(line: Line, seed: u64, config: Config) -> Self {
        let config = Config {
            half_duplex: line.turn_around.is_some(),
            ..config
        };
        Self::of([line, line], seed, [config; 2], [Habits::default(); 2])
    }

    /// Lines up and down, then what is set at the kiosk and at the county.
    #[must_use]
    pub fn of(
        [up, down]: [Line; 2],
        seed: u64,
        [kiosk, county]: [Config; 2],
        [kiosk_habits, county_habits]: [Habits; 2],
    ) -> Self {
        Self {
            now: Tick(0),
            kiosk: Side::new(kiosk, kiosk_habits, 0x1000),
            county: Side::new(county, county_habits, 0x2000),
            up: Wire::new(up, seed.wrapping_mul(2)),
            down: Wire::new(down, seed.wrapping_mul(2).wrapping_add(1)),
            violations: Vec::new(),
            is_strict: true,
            nonce: 0x3000,
            steps_in_place: 0,
            place: Tick(0),
            buffer: Vec::new(),
        }
    }

    /// Queues `bytes` at the kiosk.
    pub fn send_up(&mut self, priority: Priority, bytes: Vec<u8>) -> ObjectId {
        let side = &mut self.kiosk;
        side.owner.send(&mut side.session, priority, bytes, false)
    }

    /// Queues `bytes` at the kiosk, which knows that the county may have some of it.
    pub fn send_up_again(&mut self, priority: Priority, bytes: Vec<u8>) -> ObjectId {
        let side = &mut self.kiosk;
        side.owner.send(&mut side.session, priority, bytes, true)
    }

    /// Queues `bytes` at the county.
    pub fn send_down(&mut self, priority: Priority, bytes: Vec<u8>) -> ObjectId {
        let side = &mut self.county;
        side.owner.send(&mut side.session, priority, bytes, false)
    }

    /// Goes on until `done`; the time it took, or `None` if it was not done within `limit`.
    pub fn run_until(&mut self, limit: Duration, done: impl Fn(&Self) -> bool) -> Option<Duration> {
        let start = self.now;
        loop {
            self.settle();
            if done(self) {
                return Some(self.now.since(start));
            }
            let next = self.next_tick();
            if limit < next.since(start) || self.is_spinning(next) {
                self.now = start + limit;
                return None;
            }
            self.now = next;
        }
    }

    /// Goes on for a while.
    pub fn run_for(&mut self, span: Duration) {
        self.run_until(span, |_| false);
    }

    /// Whether nothing is left to send.
    #[must_use]
    pub fn all_delivered(&self) -> bool {
        self.kiosk.owner.outbox.is_empty() && self.county.owner.outbox.is_empty()
    }

    /// Whether the county has the object whole.
    #[must_use]
    pub fn has_arrived(&self, id: ObjectId) -> bool {
        self.county.owner.whole.contains_key(&id)
    }

    /// The line is cut; both ends lose carrier, so their owners know.
    pub fn hang_up(&mut self) {
        self.cut();
        self.line_down(true, true);
    }

    /// The line is there again, and both ends know.
    pub fn call_again(&mut self) {
        self.line_up(true, true);
    }

    /// Everything on the line is lost.
    pub fn cut(&mut self) {
        self.up.clear(self.now);
        self.down.clear(self.now);
    }

    /// Tells the ends that the line is gone.
    pub fn line_down(&mut self, kiosk: bool, county: bool) {
        let now = self.now;
        for (side, told) in [(&mut self.kiosk, kiosk), (&mut self.county, county)] {
            if told {
                side.session.with(|session| session.line_down(now));
            }
        }
        self.settle();
    }

    /// Tells the ends that the line is there.
    pub fn line_up(&mut self, kiosk: bool, county: bool) {
        let now = self.now;
        for (side, told) in [(&mut self.kiosk, kiosk), (&mut self.county, county)] {
            if told {
                side.session.with(|session| session.line_up(now));
            }
        }
        self.settle();
    }

    /// From now on the line swallows everything, and nobody is told; or it carries again.
    pub fn mute(&mut self, muted: bool) {
        self.up.is_mute = muted;
        self.down.is_mute = muted;
    }

    /// The kiosk loses what was not on its disk.
    pub fn reboot_kiosk(&mut self) {
        self.nonce += 0x100;
        self.up.drop_port(self.now);
        self.kiosk.reboot(self.nonce, self.now);
    }

    /// The county loses what was not on its disk.
    pub fn reboot_county(&mut self) {
        self.nonce += 0x100;
        self.down.drop_port(self.now);
        self.county.reboot(self.nonce, self.now);
    }

    /// Lets both ends do what they can at this moment.
    pub fn settle(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        let found = [
            self.kiosk
                .step(self.now, &mut self.down, &mut self.up, &mut buffer),
            self.county
                .step(self.now, &mut self.up, &mut self.down, &mut buffer),
        ];
        self.buffer = buffer;
        for violation in found.into_iter().flatten() {
            self.violations.push(violation.to_owned());
        }
        let Self {
            kiosk,
            county,
            violations,
            ..
        } = self;
        let (kiosk, county) = (&mut kiosk.owner, &mut county.owner);
        for id in kiosk.just_delivered.drain(..) {
            if !county.whole.contains_key(&id) {
                violations.push(format!("{id:?} is delivered and was not confirmed"));
            }
        }
        for id in county.just_delivered.drain(..) {
            if !kiosk.whole.contains_key(&id) {
                violations.push(format!("{id:?} is delivered and was not confirmed"));
            }
        }
        if self.is_strict {
            assert!(
                self.violations().is_empty(),
                "{:?} at {:?}",
                self.violations(),
                self.now
            );
        }
    }

    /// What must not happen and did.
    #[must_use]
    pub fn violations(&self) -> Vec<&str> {
        [
            &self.violations,
            &self.kiosk.owner.violations,
            &self.county.owner.violations,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect()
    }

    /// When something happens next.
    #[must_use]
    pub fn next_tick(&self) -> Tick {
        let ports = [(&self.kiosk, &self.up), (&self.county, &self.down)]
            .into_iter()
            .filter(|(side, _)| side.hungry)
            .map(|(_, wire)| wire.has_room_at());
        let arrivals = [&self.up, &self.down]
            .into_iter()
            .filter_map(Wire::next_arrival);
        let deadlines = [&self.kiosk, &self.county]
            .into_iter()
            .flat_map(|side| [side.session.deadline(), side.owner.deadline()])
            .flatten();
        let next = ports.chain(arrivals).chain(deadlines).min();
        next.unwrap_or(Tick(u64::MAX)).max(Tick(self.now.0 + 1))
    }

    /// Notes when time hardly moves any more.
    pub(crate) fn is_spinning(&mut self, next: Tick) -> bool {
        if SECOND / 10 <= next.since(self.place) {
            self.place = next;
            self.steps_in_place = 0;
        }
        self.steps_in_place += 1;
        let is_spinning = STEPS_IN_PLACE_MAX < self.steps_in_place;
        if is_spinning {
            self.violations
                .push(format!("time stands still at {:?}", self.now));
        }
        is_spinning
    }
}

impl Side {
    fn new(config: Config, habits: Habits, nonce: u64) -> Self {
        Self {
            session: Metered::new(|| Session::new(config, name, nonce, Tick(0))),
            owner: Owner::new(habits),
            config,
            hungry: false,
            past: Past::default(),
        }
    }

    /// Bytes in, time, events, bytes out; what went wrong, if anything.
    fn step(
        &mut self,
        now: Tick,
        from: &mut Wire,
        to: &mut Wire,
        buffer: &mut Vec<u8>,
    ) -> Option<&'static str> {
        buffer.clear();
        from.take_arrived(now, buffer);
        let is_late = self.session.with(|session| {
            if !buffer.is_empty() {
                session.handle_bytes(now, buffer);
            }
            session.handle_timeout(now);
            session.deadline().is_some_and(|deadline| deadline <= now)
        });
        self.owner.act(now, &mut self.session);
        let room = to.room(now);
        buffer.clear();
        buffer.reserve(room);
        let written = self
            .session
            .with(|session| session.poll_transmit(now, room, buffer));
        self.hungry = 0 < written && written == room || room == 0;
        to.write(now, buffer, from);
        if is_late {
            Some("a deadline has passed")
        } else if written != buffer.len() || room < written {
            Some("more was written than there was room for")
        } else {
            None
        }
    }

    fn reboot(&mut self, nonce: u64, now: Tick) {
        self.past = Past {
            frames: self.frames(),
            repeated: self.blocks_repeated(),
            most_bytes: self.most_bytes(),
        };
        let config = self.config;
        self.session = Metered::new(|| Session::new(config, name, nonce, now));
        self.owner.reboot(&mut self.session);
    }

    /// Frames put together for sending, reboots included.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.past.frames + self.session.stats().frames_sent
    }

    /// Blocks that arrived though they were held, reboots included.
    #[must_use]
    pub fn blocks_repeated(&self) -> u64 {
        self.past.repeated + self.session.stats().blocks_repeated
    }

    /// The most that a session of this side has held, in bytes.
    #[must_use]
    pub fn most_bytes(&self) -> usize {
        self.past.most_bytes.max(self.session.most_bytes())
    }
}
