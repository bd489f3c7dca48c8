//! Two sessions, their owners and the line between them, in virtual time.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its part of the bench"
)]

pub mod owner;
pub mod wire;

use std::time::Duration;

use link::{Config, ObjectId, Priority, Session, Tick};

use owner::Owner;
use wire::{Line, Wire};

/// One end: what is lost in a reboot (`session`) and what is not (`owner`).
pub struct Side {
    pub session: Session,
    pub owner: Owner,
    /// The session filled the room it got, so it wants more as soon as the port has some.
    hungry: bool,
}

pub struct Pair {
    pub now: Tick,
    pub kiosk: Side,
    pub county: Side,
    pub up: Wire,
    pub down: Wire,
    pub config: Config,
    nonce: u64,
}

pub const SECOND: Duration = Duration::from_secs(1);

impl Pair {
    pub fn new(line: Line, seed: u64) -> Self {
        Self::with_config(line, seed, Config::default())
    }

    pub fn with_config(line: Line, seed: u64, config: Config) -> Self {
        let now = Tick(0);
        let side = |nonce| Side {
            session: Session::new(config, owner::name, nonce, now),
            owner: Owner::default(),
            hungry: false,
        };
        Self {
            now,
            kiosk: side(0x1000),
            county: side(0x2000),
            up: Wire::new(line, seed * 2),
            down: Wire::new(line, seed * 2 + 1),
            config,
            nonce: 0x3000,
        }
    }

    /// Queues `bytes` at the kiosk.
    pub fn send_up(&mut self, priority: Priority, bytes: Vec<u8>) -> ObjectId {
        let Side { session, owner, .. } = &mut self.kiosk;
        owner.send(session, priority, bytes, false)
    }

    /// Queues `bytes` at the kiosk, which knows that the county may have some of it.
    pub fn send_up_again(&mut self, priority: Priority, bytes: Vec<u8>) -> ObjectId {
        let Side { session, owner, .. } = &mut self.kiosk;
        owner.send(session, priority, bytes, true)
    }

    /// Queues `bytes` at the county.
    pub fn send_down(&mut self, priority: Priority, bytes: Vec<u8>) -> ObjectId {
        let Side { session, owner, .. } = &mut self.county;
        owner.send(session, priority, bytes, false)
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
            if next.since(start) > limit {
                self.now = start + limit;
                return None;
            }
            self.now = next;
        }
    }

    pub fn run_for(&mut self, span: Duration) {
        self.run_until(span, |_| false);
    }

    pub fn all_delivered(&self) -> bool {
        self.kiosk.owner.outbox.is_empty() && self.county.owner.outbox.is_empty()
    }

    /// Whether the county has the object whole.
    pub fn has_arrived(&self, id: ObjectId) -> bool {
        self.county.owner.whole.contains_key(&id)
    }

    /// The line is cut; both ends lose carrier, so their owners know.
    pub fn hang_up(&mut self) {
        for wire in [&mut self.up, &mut self.down] {
            wire.clear(self.now);
        }
        self.kiosk.session.line_down(self.now);
        self.county.session.line_down(self.now);
        self.settle();
    }

    pub fn call_again(&mut self) {
        self.kiosk.session.line_up(self.now);
        self.county.session.line_up(self.now);
        self.settle();
    }

    /// From now on the line swallows everything, and nobody is told; or it carries again.
    pub fn mute(&mut self, muted: bool) {
        self.up.is_mute = muted;
        self.down.is_mute = muted;
    }

    pub fn reboot_kiosk(&mut self) {
        self.nonce += 0x100;
        self.up.drop_port(self.now);
        self.kiosk.reboot(self.config, self.nonce, self.now);
    }

    pub fn reboot_county(&mut self) {
        self.nonce += 0x100;
        self.down.drop_port(self.now);
        self.county.reboot(self.config, self.nonce, self.now);
    }

    fn settle(&mut self) {
        self.kiosk.step(self.now, &mut self.down, &mut self.up);
        self.county.step(self.now, &mut self.up, &mut self.down);
    }

    fn next_tick(&self) -> Tick {
        let ports = [(&self.kiosk, &self.up), (&self.county, &self.down)];
        let port = ports
            .into_iter()
            .filter(|(side, _)| side.hungry)
            .map(|(_, wire)| wire.has_room_at());
        let arrival = [&self.up, &self.down]
            .into_iter()
            .filter_map(Wire::next_arrival);
        let deadline = [&self.kiosk, &self.county]
            .into_iter()
            .filter_map(|side| side.session.deadline());
        let next = port
            .chain(arrival)
            .chain(deadline)
            .min()
            .unwrap_or(Tick(u64::MAX));
        next.max(Tick(self.now.0 + 1))
    }
}

impl Side {
    fn step(&mut self, now: Tick, from: &mut Wire, to: &mut Wire) {
        self.session.handle_bytes(now, &from.take_arrived(now));
        self.session.handle_timeout(now);
        assert!(
            self.session
                .deadline()
                .is_none_or(|deadline| now < deadline),
            "a deadline that has passed"
        );
        self.owner.act_on_events(now, &mut self.session);
        let room = to.room(now);
        let mut bytes = Vec::new();
        let written = self.session.poll_transmit(now, room, &mut bytes);
        assert_eq!(written, bytes.len());
        assert!(written <= room);
        self.hungry = 0 < written && written == room || room == 0;
        to.write(now, &bytes, from);
    }

    fn reboot(&mut self, config: Config, nonce: u64, now: Tick) {
        self.session = Session::new(config, owner::name, nonce, now);
        self.owner.after_reboot(&mut self.session);
    }
}

/// Bytes that look random: every seed gives others.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut random = wire::Random(seed);
    (0..len).map(|_| random.next() as u8).collect()
}
