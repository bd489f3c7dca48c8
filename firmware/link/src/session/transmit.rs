//! Bytes out: what goes into the next packet, cutting it short for something urgent, and asking for acknowledgements that
//! do not come.

use alloc::vec::Vec;
use core::time::Duration;

use super::{AckKind, Content, Load, OpenPacket, Probing, Session, Tail};
use crate::arrivals::{ACK_WAIT, ANSWERS_ACK_WAIT};
use crate::blocks::BLOCK_LEN;
use crate::coding::{CRC_LEN, DELIMITER, FrameWriter, MAX_PAYLOAD, Strength};
use crate::flight::Departure;
use crate::frame::{Head, Item, MAX_RUN_BYTES};
use crate::outgoing::Sent;
use crate::shape::HEAD_LEN;
use crate::timers::Timer;
use crate::{Escape, Priority, SHORT_LEN_MAX, Tick};

/// After this much silence of our own, a delimiter cuts off the noise that the line may have made.
const IDLE: Duration = Duration::from_millis(500);

/// How much later than an answer that was asked for an ordinary acknowledgement may come: it waits for
/// [`ACK_WAIT`], and the next one makes up for a lost one.
const PATIENCE: Duration = ACK_WAIT.saturating_mul(3);

/// The same for packets of answers alone.
const ANSWERS_PATIENCE: Duration = ANSWERS_ACK_WAIT.saturating_mul(2);

/// The same where an acknowledgement waits for the turn of its side.
const HALF_DUPLEX_PATIENCE: Duration = Duration::from_secs(20);

/// From this many unanswered probes on only probes are sent, so that little is lost on a line that has
/// fallen silent without a hang-up.
const HOLD_AFTER: u32 = 2;

/// Each unanswered probe doubles the wait for the next, this many times at most: a line that is busy with
/// errors must not be left idle.
const MAX_DOUBLINGS: u32 = 4;

/// The longest that a packet of blocks is on its way into the line: what a hang-up costs.
const PACKET_TIME_S: u64 = 2;

/// An acknowledgement is asked for so many times while the window goes by, so that it never closes for want of one.
const POLLS_PER_WINDOW: usize = 4;

/// The longest item without blocks: an answer with the runs of a map.
const ITEM_LEN_MAX: usize = MAX_RUN_BYTES + 20;

const _: () = assert!(
    (8 * BLOCK_LEN + HEAD_LEN) * 2 + ITEM_LEN_MAX <= MAX_PAYLOAD
        && ITEM_LEN_MAX + HEAD_LEN + SHORT_LEN_MAX <= MAX_PAYLOAD
);

impl Session {
    /// Appends at most `room` bytes to `out` and returns how many. Fewer than `room` means that there is
    /// nothing more to send now; otherwise call again when the port has room.
    ///
    /// A packet is made while it goes out, and it ends at its next block when something more urgent comes up. So the less
    /// waits in the port, the sooner an urgent object is through: 0.1 s worth of bytes is enough to keep a line busy.
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

    /// Puts the next bytes where the port takes them from; false if there are none.
    fn stage(&mut self, now: Tick) -> bool {
        if let Some(packet) = &mut self.packet {
            packet.wire_len += self.staged.bytes.len();
        }
        self.staged.bytes.clear();
        self.staged.taken = 0;
        while self.staged.bytes.is_empty() {
            let has_more = if self.packet.is_some() {
                self.go_on(now);
                true
            } else if self.connection.is_down {
                false
            } else if self.connection.hello_due {
                self.greet(now);
                true
            } else {
                self.connection.may_send() && !self.timers.is_set(Timer::Turn) && self.begin(now)
            };
            if !has_more {
                return false;
            }
        }
        true
    }

    fn greet(&mut self, now: Tick) {
        let mut payload = Vec::new();
        self.connection.hello().emit(&mut payload);
        // A greeting meets whatever an older program or a modem left on the line, and a peer that may escape anything.
        self.staged.bytes.push(DELIMITER);
        self.write_frame(&payload, Strength::GREETING, Escape::ALL);
        self.hello_sent(now);
    }

    /// Begins a packet with all that is due, or nothing.
    fn begin(&mut self, now: Tick) -> bool {
        let head = Head {
            number: self.flight.next_number(),
            poll: false,
        };
        let mut items = Vec::new();
        if let Some(kind) = self.ack.take()
            && let Some(ack) = self
                .arrivals
                .acknowledge(now, kind == AckKind::WholeHistory)
        {
            self.timers.stop(Timer::Ack);
            Item::Ack(ack).emit(&mut items);
        }
        let mut contents = Vec::new();
        let mut must_poll = false;
        if self.probing.due {
            self.probing.due = false;
            self.probing.unanswered += 1;
            must_poll = true;
            Item::Ping.emit(&mut items);
            contents.push(Content::Ping);
        }
        must_poll |= self.add_answers(&mut items, &mut contents);
        while items.len() + ITEM_LEN_MAX < MAX_PAYLOAD
            && let Some(cancel) = self.outgoing.take_cancel()
        {
            self.add_sent(cancel, &mut items, &mut contents);
        }
        let class = self.outgoing.most_urgent();
        let tail = self.add_objects(self.packet_len(), &mut items, &mut contents);
        if items.is_empty() {
            return false;
        }
        let mut strength = self.noise.shape().strength;
        if class.is_some_and(|class| class <= Priority::Record)
            && self.outgoing.most_urgent() != class
        {
            // Nothing of its class follows that would show its loss, and someone waits for it.
            must_poll = true;
            strength = strength.stronger().max(Strength::GREETING);
        }
        self.delimit(now);
        if contents.is_empty() && tail.is_none() {
            let mut payload = Vec::new();
            Head::emit(None, &mut payload);
            payload.extend_from_slice(&items);
            self.write_frame(&payload, strength, self.connection.escape());
            return true;
        }
        let blocks_left = tail.map_or(0, |tail| (tail.end - tail.next) as usize);
        let len = items.len() + blocks_left * BLOCK_LEN + CRC_LEN + HEAD_LEN;
        let is_idle = !self.has_more();
        let is_last = is_idle || !self.flight.has_room(self.window(), len);
        let since_poll = self.flight.bytes_since_poll() + len;
        // A lost confirmation can wait to be noticed.
        let can_wait = tail.is_none() && are_answers(&contents);
        let poll = must_poll
            || is_last && !can_wait
            || !self.config.half_duplex && self.window() <= since_poll * POLLS_PER_WINDOW;
        let mut payload = Vec::new();
        Head::emit(Some(Head { poll, ..head }), &mut payload);
        payload.extend_from_slice(&items);
        let mut writer = FrameWriter::new(strength, self.connection.escape());
        writer.push(&payload, &mut self.staged.bytes);
        self.packet = Some(OpenPacket {
            began: now,
            writer,
            contents,
            strength,
            poll,
            is_idle,
            tail,
            wire_len: 0,
            is_stale: false,
        });
        true
    }

    /// A lost grant holds its object up, so it is asked after; a lost confirmation can wait to be noticed.
    fn add_answers(&mut self, items: &mut Vec<u8>, contents: &mut Vec<Content>) -> bool {
        let mut grants = false;
        while items.len() + ITEM_LEN_MAX < self.packet_len().max(ITEM_LEN_MAX + 1)
            && let Some((answer, item)) = self.incoming.take_answer()
        {
            grants |= matches!(item, Item::Accept { .. });
            item.emit(items);
            contents.push(Content::Answer(answer));
        }
        grants
    }

    /// Objects of the most urgent class that has any, up to `len` bytes: nothing urgent waits for the end of a packet that
    /// it shares with something less so. Blocks that may be cut off are returned, not added.
    fn add_objects(
        &mut self,
        len: usize,
        items: &mut Vec<u8>,
        contents: &mut Vec<Content>,
    ) -> Option<Tail> {
        if HOLD_AFTER <= self.probing.unanswered {
            return None;
        }
        let class = self.outgoing.most_urgent()?;
        loop {
            // Small items do not cost a block, and an answer that fills the packet still leaves room for one.
            let room = len.saturating_sub(items.len() + HEAD_LEN);
            let blocks = ((room + BLOCK_LEN / 2) / BLOCK_LEN).max(1);
            let is_full = room < BLOCK_LEN / 2 && !contents.is_empty();
            if is_full
                || MAX_PAYLOAD < items.len() + blocks * BLOCK_LEN + HEAD_LEN
                || !self.flight.has_room(self.window(), items.len())
                || self.outgoing.most_urgent() != Some(class)
            {
                return None;
            }
            // Where nothing gets lost a short object may reach beyond the length, so that two of 1.5 KB make one packet.
            let most = if self.noise.shape().strength == Strength::NONE {
                (2 * len).min(MAX_PAYLOAD)
            } else {
                len + BLOCK_LEN / 2
            };
            let whole = most.saturating_sub(items.len() + HEAD_LEN);
            let sent = self.outgoing.take(class, blocks as u32, whole)?;
            self.add_sent(sent, items, contents);
            match sent {
                Sent::Data {
                    channel,
                    round,
                    first,
                    count,
                } => {
                    contents.pop();
                    return Some(Tail {
                        priority: class,
                        channel,
                        round,
                        first,
                        next: first,
                        end: first + count,
                    });
                }
                Sent::Short { channel, count } => {
                    self.stats.blocks_sent += u64::from(count);
                    if self.outgoing.is_cut(channel, count) {
                        return None;
                    }
                }
                Sent::Offer { .. } | Sent::Cancel { .. } => {}
            }
        }
    }

    fn add_sent(&self, sent: Sent, items: &mut Vec<u8>, contents: &mut Vec<Content>) {
        if let Some(item) = self.outgoing.item(sent) {
            item.emit(items);
            contents.push(Content::Sent(sent));
        }
    }

    /// Adds the next block to the open packet, or ends it.
    fn go_on(&mut self, now: Tick) {
        let Some(mut packet) = self.packet.take() else {
            return;
        };
        if let Some(tail) = &mut packet.tail
            && tail.next < tail.end
            && (tail.next == tail.first || !self.is_urgent(tail.priority))
            && let Some(block) = self.outgoing.blocks(tail.channel, tail.next..tail.next + 1)
        {
            packet.writer.push(block, &mut self.staged.bytes);
            tail.next += 1;
            self.stats.blocks_sent += 1;
            self.packet = Some(packet);
            return;
        }
        self.end(now, packet);
    }

    fn end(&mut self, now: Tick, packet: OpenPacket) {
        let OpenPacket {
            began,
            writer,
            mut contents,
            strength,
            poll,
            is_idle,
            tail,
            wire_len,
            is_stale,
        } = packet;
        writer.finish(&mut self.staged.bytes);
        self.stats.frames_sent += 1;
        if is_stale {
            return;
        }
        if let Some(Tail {
            channel,
            round,
            first,
            next,
            end,
            ..
        }) = tail
        {
            self.outgoing.put_back(channel, round, next..end);
            contents.push(Content::Sent(Sent::Data {
                channel,
                round,
                first,
                count: next - first,
            }));
        }
        let only_answers = are_answers(&contents);
        let wire_len = wire_len + self.staged.bytes.len();
        if self.flight.is_empty() {
            self.probing.answered_at = now;
        }
        let load = Load { contents, strength };
        let departure = Departure {
            began,
            len: wire_len,
            is_polled: poll,
            is_idle,
        };
        self.flight.push(now, load, departure);
        self.await_answer(now, poll, only_answers);
    }

    /// Whether something is more urgent than blocks of this priority that go out now.
    fn is_urgent(&self, than: Priority) -> bool {
        self.connection.hello_due
            || self.ack.is_some()
            || self.probing.due
            || self.incoming.has_answer()
            || self.outgoing.has_cancel()
            || self
                .outgoing
                .most_urgent()
                .is_some_and(|class| class < than)
    }

    /// Whether anything waits that could follow the packet that is being put together.
    fn has_more(&self) -> bool {
        self.incoming.has_answer()
            || self.outgoing.has_cancel()
            || self.probing.unanswered < HOLD_AFTER && self.outgoing.most_urgent().is_some()
    }

    /// Bytes that may be on their way.
    fn window(&self) -> usize {
        let shortest = self.flight.round_trip.shortest();
        self.flight
            .rate
            .window(shortest, self.packet_len(), self.config.half_duplex)
            .min(self.config.window_bytes)
    }

    /// The length after which a packet ends.
    fn packet_len(&self) -> usize {
        let len = self.noise.shape().len;
        let Some(rate) = self.flight.rate.bytes_per_second() else {
            return len;
        };
        let in_time = usize::try_from(rate * PACKET_TIME_S).unwrap_or(usize::MAX);
        len.min(in_time).max(BLOCK_LEN + HEAD_LEN)
    }

    /// Cuts off the noise that an idle line may have made.
    fn delimit(&mut self, now: Tick) {
        if self.staged.last_at.is_none_or(|at| IDLE < now.since(at)) {
            self.staged.bytes.push(DELIMITER);
        }
    }

    fn write_frame(&mut self, payload: &[u8], strength: Strength, escape: Escape) {
        let mut writer = FrameWriter::new(strength, escape);
        writer.push(payload, &mut self.staged.bytes);
        writer.finish(&mut self.staged.bytes);
        self.stats.frames_sent += 1;
    }

    fn await_answer(&mut self, now: Tick, poll: bool, only_answers: bool) {
        let wait = self.flight.round_trip.answer_wait();
        if poll {
            let doublings = self.probing.unanswered.saturating_sub(1).min(MAX_DOUBLINGS);
            self.timers.set(Timer::Probe, now + wait * (1 << doublings));
        } else if only_answers {
            self.timers
                .set_by(Timer::Probe, now + wait + ANSWERS_PATIENCE);
        } else {
            self.timers
                .set_by(Timer::Probe, now + wait + self.patience());
        }
    }

    fn patience(&self) -> Duration {
        if self.config.half_duplex {
            HALF_DUPLEX_PATIENCE
        } else {
            PATIENCE
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
            self.timers.set(Timer::Probe, now + wait + self.patience());
        }
    }
}

/// Whether a packet of these carries answers alone.
fn are_answers(contents: &[Content]) -> bool {
    contents
        .iter()
        .all(|content| matches!(content, Content::Answer(_)))
}
