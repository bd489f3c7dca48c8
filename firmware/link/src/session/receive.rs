//! Bytes in.

use core::mem;

use super::{AckKind, Content, Session};
use crate::arrivals::AckDue;
use crate::config::MAX_EVENTS;
use crate::flight::Fate;
use crate::frame::{Ack, Body, Frame, WireNumber};
use crate::incoming::Taken;
use crate::timers::Timer;
use crate::{Event, Tick};

impl Session {
    /// Takes bytes that arrived. What is no frame is counted and skipped.
    pub fn handle_bytes(&mut self, now: Tick, bytes: &[u8]) {
        if self.connection.is_down {
            return;
        }
        self.stats.bytes_received += bytes.len() as u64;
        let mut deframer = mem::take(&mut self.deframer);
        for &byte in bytes {
            match deframer.push(byte) {
                None => {}
                Some(Err(_)) => self.stats.frames_damaged += 1,
                Some(Ok(payload)) => match Frame::parse(payload) {
                    Err(_) => self.stats.frames_damaged += 1,
                    Ok(frame) => self.handle_frame(now, frame),
                },
            }
        }
        self.deframer = deframer;
    }

    fn handle_frame(&mut self, now: Tick, frame: Frame<'_>) {
        self.stats.frames_received += 1;
        // At this bound a frame counts as lost; the peer repeats what matters.
        if MAX_EVENTS <= self.events.len() {
            return;
        }
        if let Frame::Hello(hello) = frame {
            return self.greeted(now, hello);
        }
        // Before the greeting is answered a frame may belong to an older connection.
        if !self.connection.is_connected {
            return;
        }
        self.heard(now);
        match frame {
            Frame::Hello(_) => {}
            Frame::Ack(ack) => self.acknowledged(now, &ack),
            Frame::Numbered { number, poll, body } => self.handle_numbered(now, number, poll, body),
        }
    }

    fn acknowledged(&mut self, now: Tick, ack: &Ack) {
        let Self {
            flight,
            outgoing,
            incoming,
            stats,
            ..
        } = self;
        let decided = flight.acknowledge(now, ack, |content, fate| {
            stats.frames_lost += u64::from(fate == Fate::Lost);
            match content {
                Content::Ping => {}
                Content::Sent(sent) => outgoing.decide(sent, fate),
                Content::Answer(answer) => incoming.decide(answer, fate),
            }
        });
        if decided {
            self.probe_answered(now);
            self.outgoing.report_progress(|id, acked_bytes, len| {
                // A step that the owner has not taken yet is replaced, so that they never pile up.
                let waiting = self.events.iter().position(
                    |event| matches!(event, Event::Progress { id: waiting, .. } if *waiting == id),
                );
                if let Some(place) = waiting {
                    self.events.remove(place);
                }
                self.events.push_back(Event::Progress {
                    id,
                    acked_bytes,
                    len,
                });
            });
        }
    }

    fn handle_numbered(&mut self, now: Tick, number: WireNumber, poll: bool, body: Body<'_>) {
        let due = match self.arrivals.new_number(number) {
            // It came before; our acknowledgement may be what was lost.
            None => AckDue::Now,
            Some(number) => {
                let is_ping = body == Body::Ping;
                if self.handle_body(body) == Taken::Dropped {
                    return;
                }
                if is_ping {
                    self.ack = Some(AckKind::WholeHistory);
                }
                self.arrivals.note(now, number, poll)
            }
        };
        match due {
            AckDue::Now => self.ack = self.ack.or(Some(AckKind::Recent)),
            AckDue::Within(wait) => self.timers.set_by(Timer::Ack, now + wait),
        }
    }

    fn handle_body(&mut self, body: Body<'_>) -> Taken {
        match body {
            Body::Ping => {}
            Body::Offer {
                channel,
                id,
                priority,
                len,
            } => {
                return self
                    .incoming
                    .offered(channel, id, priority, len, &mut self.events);
            }
            Body::Cancel { channel } => self.incoming.cancelled(channel, &mut self.events),
            Body::Data { slot, index, bytes } => {
                let taken = self.incoming.block(slot, index, bytes, &mut self.events);
                self.stats.blocks_received += u64::from(taken == Taken::Done);
                self.stats.blocks_repeated += u64::from(taken == Taken::Repeated);
                return taken;
            }
            Body::Accept {
                channel,
                round,
                from,
                runs,
            } => {
                self.outgoing.accepted(channel, round, from, &runs);
            }
            Body::Confirm { channel } => {
                let id = self.outgoing.finished(channel);
                self.events.extend(id.map(|id| Event::Delivered { id }));
            }
            Body::Refuse { channel } => {
                let id = self.outgoing.finished(channel);
                self.events.extend(id.map(|id| Event::Refused { id }));
            }
        }
        Taken::Done
    }
}
