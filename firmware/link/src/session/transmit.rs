//! Bytes out: which frame goes next, and asking for acknowledgements that do not come.

use alloc::vec::Vec;
use core::time::Duration;

use super::{AckKind, Content, Probing, Session};
use crate::Tick;
use crate::arrivals::ACK_WAIT;
use crate::coding::{DELIMITER, MAX_PAYLOAD, seal};
use crate::frame::{Body, Frame};
use crate::incoming::Answer;
use crate::outgoing::Sent;
use crate::timers::Timer;

/// After this much silence of our own, a delimiter cuts off the noise that the line may have made.
const IDLE: Duration = Duration::from_millis(500);

/// How much later than an answer that was asked for an ordinary acknowledgement may come: it waits for
/// [`ACK_WAIT`], and the next one makes up for a lost one.
const PATIENCE: Duration = ACK_WAIT.saturating_mul(3);

/// From this many unanswered probes on only probes are sent, so that little is lost on a line that has
/// fallen silent without a hang-up.
const HOLD_AFTER: u32 = 2;

/// Each unanswered probe doubles the wait for the next, this many times at most: a line that is busy with
/// errors must not be left idle.
const MAX_DOUBLINGS: u32 = 4;

impl Session {
    /// Appends at most `room` bytes to `out` and returns how many. Fewer than `room` means that there is
    /// nothing more to send now; otherwise call again when the port has room.
    ///
    /// A frame that does not fit is continued by the next call, and a more urgent one overtakes at its end.
    /// So the less waits in the port, the sooner an urgent object is through: 0.1 s worth of bytes is
    /// enough to keep a line busy.
    pub fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize {
        let mut written = 0;
        while written < room {
            if self.staged.taken == self.staged.bytes.len() && !self.stage(now) {
                break;
            }
            let rest = self
                .staged
                .bytes
                .get(self.staged.taken..)
                .unwrap_or_default();
            let fits = rest.get(..room - written).unwrap_or(rest);
            out.extend_from_slice(fits);
            written += fits.len();
            self.staged.taken += fits.len();
            self.staged.last_at = Some(now);
        }
        self.stats.bytes_sent += written as u64;
        written
    }

    /// Puts the next frame where the port takes it from; false if there is none.
    fn stage(&mut self, now: Tick) -> bool {
        self.staged.bytes.clear();
        self.staged.taken = 0;
        if self.connection.is_down {
            return false;
        }
        if self.connection.hello_due {
            // A greeting meets whatever an older program or a modem left on the line.
            self.staged.bytes.push(DELIMITER);
            self.put(now, &payload(&self.connection.hello()));
            self.hello_sent(now);
            return true;
        }
        if !self.connection.is_connected {
            return false;
        }
        if let Some(kind) = self.ack.take()
            && let Some(ack) = self
                .arrivals
                .acknowledge(now, kind == AckKind::WholeHistory)
        {
            self.timers.stop(Timer::Ack);
            self.put(now, &payload(&Frame::Ack(ack)));
            return true;
        }
        self.stage_numbered(now)
    }

    /// Probes first, then answers, then objects by their priority.
    fn stage_numbered(&mut self, now: Tick) -> bool {
        let number = self.flight.next_number();
        let (content, poll, payload) = if self.probing.due {
            self.probing.due = false;
            self.probing.unanswered += 1;
            let frame = Frame::Numbered {
                number,
                poll: true,
                body: Body::Ping,
            };
            (Content::Ping, true, payload(&frame))
        } else if let Some((answer, body)) = self.incoming.take_answer() {
            // A lost grant holds its object up; a lost confirmation can wait to be noticed.
            let poll = matches!(answer, Answer::Accept { .. }) && self.is_last();
            (
                Content::Answer(answer),
                poll,
                payload(&Frame::Numbered { number, poll, body }),
            )
        } else if let Some(sent) = self.take_sent() {
            let poll = self.is_last();
            let Some(body) = self.outgoing.body(sent) else {
                return false;
            };
            self.stats.blocks_sent += u64::from(matches!(sent, Sent::Data { .. }));
            (
                Content::Sent(sent),
                poll,
                payload(&Frame::Numbered { number, poll, body }),
            )
        } else {
            return false;
        };
        self.put(now, &payload);
        self.numbered_sent(now, content, payload.len(), poll);
        true
    }

    fn take_sent(&mut self) -> Option<Sent> {
        if let Some(cancel) = self.outgoing.take_cancel() {
            return Some(cancel);
        }
        let may_send = self.probing.unanswered < HOLD_AFTER
            && self.flight.has_room(self.config.window_bytes, 0);
        if may_send { self.outgoing.take() } else { None }
    }

    /// Whether nothing can follow the frame that is being put together, so that no later one would make the
    /// peer acknowledge it.
    fn is_last(&self) -> bool {
        let more_fits = self.flight.has_room(self.config.window_bytes, MAX_PAYLOAD);
        !(self.incoming.has_answer()
            || self.outgoing.has_cancel()
            || more_fits && self.outgoing.is_ready())
    }

    fn put(&mut self, now: Tick, payload: &[u8]) {
        let idle = self.staged.last_at.is_none_or(|at| IDLE < now.since(at));
        if idle && self.staged.bytes.is_empty() {
            self.staged.bytes.push(DELIMITER);
        }
        seal(payload, &mut self.staged.bytes);
        self.stats.frames_sent += 1;
    }

    fn numbered_sent(&mut self, now: Tick, content: Content, len: usize, poll: bool) {
        if self.flight.is_empty() {
            self.probing.answered_at = now;
        }
        self.flight.push(now, content, len, poll);
        if poll {
            let doublings = self.probing.unanswered.saturating_sub(1).min(MAX_DOUBLINGS);
            self.timers.set(
                Timer::Probe,
                now + self.flight.round_trip.answer_wait() * (1 << doublings),
            );
        } else if !self.timers.is_set(Timer::Probe) {
            self.timers.set(
                Timer::Probe,
                now + self.flight.round_trip.answer_wait() + PATIENCE,
            );
        }
    }

    /// The peer acknowledged something: probing starts over for what is still on its way.
    pub(super) fn probe_answered(&mut self, now: Tick) {
        self.probing = Probing {
            answered_at: now,
            ..Probing::default()
        };
        let wait = self.flight.round_trip.answer_wait();
        if self.flight.is_empty() {
            self.timers.stop(Timer::Probe);
        } else if self.flight.is_polled() {
            self.timers.set(Timer::Probe, now + wait);
        } else {
            self.timers.set(Timer::Probe, now + wait + PATIENCE);
        }
    }
}

fn payload(frame: &Frame<'_>) -> Vec<u8> {
    let mut payload = Vec::with_capacity(MAX_PAYLOAD);
    frame.emit(&mut payload);
    payload
}
