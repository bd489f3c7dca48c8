//! Bytes in.

use core::mem;
use core::time::Duration;

use super::{AckKind, Content, Session};
use crate::arrivals::AckDue;
use crate::blocks::BLOCK_LEN;
use crate::config::MAX_EVENTS;
use crate::flight::{Fate, Heard};
use crate::frame::{Ack, Frame, Item, Packet};
use crate::incoming::Taken;
use crate::timers::Timer;
use crate::{Event, Tick};

/// The most wrong bytes that one acknowledgement is believed to have seen put right: a whole history of packets with
/// full parity has no more.
const CORRECTED_MAX: u32 = 16 << 10;

/// How long a packet that asks for nothing keeps the turn with its sender: longer than any packet takes at 1200 bit/s.
const TURN_WAIT: Duration = Duration::from_secs(4);

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
                Some(Ok(payload)) => {
                    self.stats.bytes_corrected += payload.corrected as u64;
                    self.arrivals.corrected(payload.corrected);
                    match Frame::parse(payload.bytes) {
                        Err(_) => self.stats.frames_damaged += 1,
                        Ok(frame) => self.handle_frame(now, frame),
                    }
                    // A greeting may have changed it.
                    deframer.expect(self.connection.escape());
                }
            }
        }
        self.deframer = deframer;
    }

    fn handle_frame(&mut self, now: Tick, frame: Frame<'_>) {
        self.stats.frames_received += 1;
        match frame {
            Frame::Hello(hello) => {
                if self.events.len() < MAX_EVENTS {
                    self.greeted(now, hello);
                }
            }
            // Before the greeting is answered a packet may belong to an older connection.
            Frame::Packet(packet) if self.connection.is_connected => {
                self.heard(now);
                self.handle_packet(now, packet);
            }
            Frame::Packet(_) => {}
        }
    }

    fn handle_packet(&mut self, now: Tick, packet: Packet<'_>) {
        let Some(head) = packet.head else {
            for item in packet.items {
                match item {
                    Ok(Item::Ack(ack)) => self.acknowledged(now, &ack),
                    Ok(_) => {}
                    Err(_) => self.stats.frames_damaged += 1,
                }
            }
            return;
        };
        if self.config.half_duplex {
            // Who asks has said all that it had to say.
            if head.poll {
                self.timers.stop(Timer::Turn);
            } else {
                self.timers.set(Timer::Turn, now + TURN_WAIT);
            }
        }
        let number = self.arrivals.new_number(head.number);
        let mut answers = 0;
        let mut only_answers = true;
        for item in packet.items {
            let Ok(item) = item else {
                self.stats.frames_damaged += 1;
                return;
            };
            match item {
                Item::Ack(_) => {}
                Item::Confirm { .. } | Item::Refuse { .. } => answers += 1,
                _ => only_answers = false,
            }
            if let Item::Ack(ack) = &item {
                self.acknowledged(now, ack);
            } else if number.is_some() {
                // Unacknowledged, the packet comes again; what it has done already it does not do twice.
                if MAX_EVENTS <= self.events.len() || self.handle_item(item) == Taken::Dropped {
                    return;
                }
            }
        }
        let due = match number {
            // It came before; our acknowledgement may be what was lost.
            None => AckDue::Now,
            Some(number) => {
                // What we have to send is worth more than telling early that answers arrived.
                let can_wait = only_answers && self.outgoing.most_urgent().is_some();
                self.arrivals
                    .note(now, number, head.poll, answers, can_wait)
            }
        };
        match due {
            AckDue::Now => self.ack = self.ack.or(Some(AckKind::Recent)),
            AckDue::Within(wait) => self.timers.set_by(Timer::Ack, now + wait),
        }
    }

    fn handle_item(&mut self, item: Item<'_>) -> Taken {
        let (incoming, events) = (&mut self.incoming, &mut self.events);
        match item {
            Item::Ack(_) => {}
            Item::Ping => self.ack = Some(AckKind::WholeHistory),
            Item::Offer {
                channel,
                id,
                priority,
                len,
            } => return incoming.offered(channel, id, priority, len, events),
            Item::Short {
                stream,
                priority,
                len,
                bytes,
            } => {
                let taken = incoming.short(stream.channel(), priority, len, bytes, events);
                self.count_blocks(taken, bytes.len());
                return taken;
            }
            Item::Cancel { channel } => incoming.cancelled(channel, events),
            Item::Data {
                stream,
                index,
                bytes,
            } => {
                let taken = incoming.blocks(stream, index, bytes, events);
                self.count_blocks(taken, bytes.len());
                return taken;
            }
            Item::Accept {
                channel,
                round,
                from,
                runs,
            } => {
                self.outgoing.accepted(channel, round, from, &runs);
            }
            Item::Confirm { channel } => {
                let id = self.outgoing.finished(channel);
                self.events.extend(id.map(|id| Event::Delivered { id }));
            }
            Item::Refuse { channel } => {
                let id = self.outgoing.finished(channel);
                self.events.extend(id.map(|id| Event::Refused { id }));
            }
        }
        Taken::Done
    }

    fn count_blocks(&mut self, taken: Taken, len: usize) {
        let blocks = len.div_ceil(BLOCK_LEN) as u64;
        match taken {
            Taken::Done => self.stats.blocks_received += blocks,
            Taken::Repeated => self.stats.blocks_repeated += blocks,
            Taken::Dropped => {}
        }
    }

    fn acknowledged(&mut self, now: Tick, ack: &Ack) {
        let Self {
            flight,
            outgoing,
            incoming,
            noise,
            stats,
            ..
        } = self;
        let heard = flight.acknowledge(now, ack, |load, wire_len, fate| {
            match fate {
                Fate::Arrived => noise.arrived(wire_len),
                Fate::Lost => {
                    noise.lost(wire_len, load.strength);
                    stats.packets_lost += 1;
                }
            }
            for content in load.contents {
                match content {
                    Content::Ping => {}
                    Content::Sent(sent) => outgoing.decide(sent, fate),
                    Content::Answer(answer) => incoming.decide(answer, fate),
                }
            }
        });
        match heard {
            Heard::News => {}
            Heard::Nothing => return,
            Heard::Unreached => {
                // One question is enough; its timer asks again.
                self.probing.due |= self.probing.unanswered == 0;
                return;
            }
        }
        let corrected = ack.corrected.wrapping_sub(self.corrected);
        self.corrected = ack.corrected;
        // More than all that went out is no honest count.
        self.noise.corrected(corrected.min(CORRECTED_MAX));
        self.noise.choose();
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
