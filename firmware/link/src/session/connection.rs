//! Greeting, noticing that the peer restarted, and starting over.

use core::time::Duration;

use super::{Probing, Session};
use crate::frame::Hello;
use crate::timers::Timer;
use crate::{Disconnect, Escape, Event, OLDEST_VERSION, Tick, VERSION};

/// The echo before anything was heard; no side bears it.
pub(super) const NO_NONCE: u64 = 0;

/// The wait for an answer to the first greeting.
pub(super) const FIRST_HELLO_WAIT: Duration = Duration::from_millis(500);

/// The longest wait between greetings: a peer that appears is met within it, for 27 bytes each.
const LAST_HELLO_WAIT: Duration = Duration::from_secs(4);

/// Whom we are connected to.
#[derive(Debug)]
pub(super) struct Connection {
    /// Names this side; a new one for each connection, so that nothing from an older one is taken for its own.
    nonce: u64,
    peer: u64,
    /// What either side keeps off the line.
    escape: Escape,
    pub(super) is_connected: bool,
    pub(super) is_down: bool,
    pub(super) hello_due: bool,
    pub(super) hello_wait: Duration,
    /// The version that the owner was last told about as incompatible.
    reported_version: Option<u8>,
}

impl Connection {
    pub(super) fn new(nonce: u64, escape: Escape) -> Self {
        Self {
            escape,
            nonce: nonce.max(NO_NONCE + 1),
            peer: NO_NONCE,
            is_connected: false,
            is_down: false,
            hello_due: true,
            hello_wait: FIRST_HELLO_WAIT,
            reported_version: None,
        }
    }

    pub(super) fn hello(&self) -> Hello {
        Hello {
            version: VERSION,
            settled: self.is_connected,
            escape: self.escape,
            nonce: self.nonce,
            echo: self.peer,
        }
    }

    pub(super) fn escape(&self) -> Escape {
        self.escape
    }

    /// Whether the peer has been heard. It takes packets from the greeting on that answers its own, so they may follow that
    /// greeting at once: a round trip sooner than if we waited for its answer.
    pub(super) fn may_send(&self) -> bool {
        self.peer != NO_NONCE && !self.is_down
    }

    fn renew(&mut self, escape: Escape) {
        self.escape = escape;
        self.nonce = self.nonce.wrapping_add(1).max(NO_NONCE + 1);
        self.peer = NO_NONCE;
        self.is_connected = false;
        self.hello_due = true;
        self.hello_wait = FIRST_HELLO_WAIT;
    }
}

impl Session {
    pub(super) fn greeted(&mut self, now: Tick, hello: Hello) {
        if hello.version < OLDEST_VERSION {
            if self.connection.reported_version.replace(hello.version) != Some(hello.version) {
                self.events.push_back(Event::Incompatible {
                    peer_version: hello.version,
                });
            }
            return;
        }
        // Our own greeting, from a modem that echoes or a line that is looped back.
        if hello.nonce == self.connection.nonce || hello.nonce == NO_NONCE {
            return;
        }
        if self.connection.is_connected && hello.nonce != self.connection.peer {
            self.disconnect(now, Disconnect::PeerRestarted);
        }
        let is_answer = hello.echo == self.connection.nonce;
        if self.connection.is_connected {
            // It has not heard yet that we heard it.
            self.connection.hello_due |= !hello.settled;
        } else if is_answer || !hello.settled {
            if self.connection.peer != hello.nonce {
                self.forget_sent(now);
                self.connection.peer = hello.nonce;
            }
            self.connection.escape = self.connection.escape.union(hello.escape);
            if is_answer {
                self.connect(now, hello);
            } else {
                self.connection.hello_due = true;
            }
        }
        // What is left is settled with an older connection of ours, and our greeting will tell it so.
    }

    fn connect(&mut self, now: Tick, hello: Hello) {
        self.connection.is_connected = true;
        self.connection.hello_due = !hello.settled;
        self.timers.stop(Timer::Hello);
        self.probing.answered_at = now;
        self.heard(now);
        self.events.push_back(Event::Connected);
    }

    /// A packet of the connected peer came.
    pub(super) fn heard(&mut self, now: Tick) {
        let wait = self.config.keep_alive;
        // One side asks a little later than the other, whose question keeps it from asking as well.
        let asks_later = self.connection.nonce < self.connection.peer;
        let wait = if asks_later { wait + wait / 4 } else { wait };
        self.timers.set(Timer::KeepAlive, now + wait);
        self.timers
            .set(Timer::Silent, now + self.config.silent_after);
    }

    /// Forgets the connection and greets again under a new nonce. A frame that the port has begun is still
    /// finished, as the peer could not find the start of the next one otherwise.
    pub(super) fn disconnect(&mut self, now: Tick, reason: Disconnect) {
        if self.connection.is_connected {
            self.events.push_back(Event::Disconnected { reason });
        }
        self.connection.renew(self.config.escape);
        self.arrivals.reset();
        self.ack = None;
        self.incoming.reset();
        for timer in Timer::ALL {
            self.timers.stop(timer);
        }
        self.forget_sent(now);
    }

    /// What is on its way was for a connection that did not come about or is over: it goes out again in the next.
    fn forget_sent(&mut self, now: Tick) {
        self.flight.reset();
        self.outgoing.reset();
        self.corrected = 0;
        self.probing = Probing {
            answered_at: now,
            ..Probing::default()
        };
        self.timers.stop(Timer::Probe);
        if let Some(packet) = &mut self.packet {
            packet.is_stale = true;
            packet.tail = None;
        }
    }

    /// A greeting went out: how long to wait for an answer.
    pub(super) fn hello_sent(&mut self, now: Tick) {
        self.connection.hello_due = false;
        if !self.connection.is_connected {
            self.timers
                .set(Timer::Hello, now + self.connection.hello_wait);
            self.connection.hello_wait = (self.connection.hello_wait * 2).min(LAST_HELLO_WAIT);
        }
    }
}
