//! The sending side: what waits, what is offered, which block goes next.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::array;
use core::mem;
use core::ops::Range;

use crate::blocks::{block_count, block_range};
use crate::config::{MAX_OBJECT_LEN, MAX_OPEN, MAX_QUEUED, SHORT_LEN_MAX};
use crate::flight::Fate;
use crate::frame::{Item, Run, Stream};
use crate::{BlockMap, ObjectId, Outbound, Priority, SendError};

/// The slots of each priority, so that no class can take the places of another. Records get the most: they
/// are short, and enough of them must be open to fill a round trip.
const SLOTS: [Range<usize>; 4] = [0..4, 4..20, 20..26, 26..MAX_OPEN];

#[derive(Debug)]
pub(crate) struct Outgoing {
    waiting: [VecDeque<Object>; 4],
    slots: [Slot; MAX_OPEN],
    /// The high bits of each slot's next channel; answers to an older channel are told apart by them.
    generations: [u8; MAX_OPEN],
    /// The slot of each class that was served last.
    turn: [usize; 4],
    cancels: VecDeque<u16>,
    next_order: u64,
}

#[derive(Debug)]
struct Object {
    id: ObjectId,
    priority: Priority,
    bytes: Arc<[u8]>,
    /// The peer may hold some of it, so it is offered by name before much of it goes out.
    may_be_held: bool,
    /// The place in the order of `send` calls, for going back to waiting.
    order: u64,
}

#[derive(Debug)]
enum Slot {
    Free,
    Open(Open),
    /// The owner took the object back; the slot is free again once the peer knows.
    Cancelling {
        channel: u16,
    },
}

#[derive(Debug)]
struct Open {
    object: Object,
    channel: u16,
    /// It is to be announced (again).
    announce: bool,
    /// Grows when the peer asks for the whole object again.
    round: u8,
    /// The peer has told about the blocks below this; `None` before it answered.
    told_until: Option<u32>,
    /// Blocks that may go out unasked before the peer has answered.
    unasked: u32,
    /// Blocks to send: not known to be held by the peer, not on their way, not acknowledged.
    wanted: BlockMap,
    acked_bytes: u32,
    progressed: bool,
}

/// What goes out next, with as many of its blocks as there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Offer {
        channel: u16,
    },
    /// The announcement of a short object with its first blocks.
    Short {
        channel: u16,
        count: u32,
    },
    Data {
        channel: u16,
        round: u8,
        first: u32,
        count: u32,
    },
    Cancel {
        channel: u16,
    },
}

/// How much of its blocks an object that may be held sends before the peer has answered: one in this many. A hang-up
/// costs no more than that.
const UNASKED_SHARE: u32 = 50;

impl Outgoing {
    pub(crate) fn new() -> Self {
        Self {
            waiting: array::from_fn(|_| VecDeque::new()),
            slots: array::from_fn(|_| Slot::Free),
            generations: [0; MAX_OPEN],
            turn: [0; 4],
            cancels: VecDeque::new(),
            next_order: 0,
        }
    }

    pub(crate) fn send(&mut self, object: Outbound) -> Result<(), SendError> {
        match object.bytes.len() {
            0 => return Err(SendError::Empty),
            len if len > MAX_OBJECT_LEN as usize => {
                return Err(SendError::TooLong {
                    len,
                    limit: MAX_OBJECT_LEN,
                });
            }
            _ => {}
        }
        if self.objects().any(|queued| queued.id == object.id) {
            return Err(SendError::AlreadyQueued);
        }
        if self.objects().count() >= MAX_QUEUED {
            return Err(SendError::Full { limit: MAX_QUEUED });
        }
        let order = self.next_order;
        self.next_order += 1;
        self.waiting[object.priority as usize].push_back(Object {
            id: object.id,
            priority: object.priority,
            bytes: object.bytes,
            may_be_held: object.may_be_held,
            order,
        });
        Ok(())
    }

    pub(crate) fn cancel(&mut self, id: ObjectId) -> bool {
        for queue in &mut self.waiting {
            if let Some(place) = queue.iter().position(|object| object.id == id) {
                queue.remove(place);
                return true;
            }
        }
        for slot in &mut self.slots {
            if let Slot::Open(open) = slot
                && open.object.id == id
            {
                let channel = open.channel;
                *slot = Slot::Cancelling { channel };
                self.cancels.push_back(channel);
                return true;
            }
        }
        false
    }

    /// The connection ended: what was open waits again, in the order in which it was sent.
    pub(crate) fn reset(&mut self) {
        self.cancels.clear();
        for slot in &mut self.slots {
            if let Slot::Open(mut open) = mem::replace(slot, Slot::Free) {
                open.object.may_be_held = true;
                self.waiting[open.object.priority as usize].push_back(open.object);
            }
        }
        for queue in &mut self.waiting {
            queue.make_contiguous().sort_by_key(|object| object.order);
        }
    }

    pub(crate) fn take_cancel(&mut self) -> Option<Sent> {
        self.cancels
            .pop_front()
            .map(|channel| Sent::Cancel { channel })
    }

    pub(crate) fn has_cancel(&self) -> bool {
        !self.cancels.is_empty()
    }

    /// The most urgent class that [`Outgoing::take`] has something of.
    pub(crate) fn most_urgent(&self) -> Option<Priority> {
        Priority::ALL
            .into_iter()
            .find(|&class| self.is_ready(class))
    }

    fn is_ready(&self, class: Priority) -> bool {
        let can_open = !self.waiting[class as usize].is_empty();
        SLOTS[class as usize]
            .clone()
            .any(|place| match &self.slots[place] {
                Slot::Free => can_open,
                Slot::Cancelling { .. } => false,
                Slot::Open(open) => open.announce || open.next_run(1).is_some(),
            })
    }

    /// What goes next of a class, with at most `blocks` blocks, one at least; a short object may take `whole` bytes if it goes whole.
    ///
    /// Names come before blocks, so that answers come while blocks go out; blocks of what is open come before new short
    /// objects, in turn.
    pub(crate) fn take(&mut self, class: Priority, blocks: u32, whole: usize) -> Option<Sent> {
        let class = class as usize;
        self.take_announced(class, blocks, whole)
            .or_else(|| self.open_named(class))
            .or_else(|| self.take_run(class, blocks))
            .or_else(|| {
                self.open_next(class)?;
                self.take_announced(class, blocks, whole)
            })
    }

    /// Announces what is open and was not announced, or whose announcement was lost.
    fn take_announced(&mut self, class: usize, blocks: u32, whole: usize) -> Option<Sent> {
        let open = self
            .slots
            .get_mut(SLOTS[class].clone())?
            .iter_mut()
            .filter_map(Slot::open_mut)
            .find(|open| open.announce)?;
        let channel = open.channel;
        if !open.object.is_short() {
            open.announce = false;
            return Some(Sent::Offer { channel });
        }
        let all = open.wanted.run(0, true);
        let count = if open.object.bytes.len() <= whole {
            all
        } else {
            all.min(blocks)
        };
        open.announce = false;
        open.take_blocks(0, count);
        Some(Sent::Short { channel, count })
    }

    /// Opens what waits first, if it goes by its name.
    fn open_named(&mut self, class: usize) -> Option<Sent> {
        if self.waiting[class].front()?.is_short() {
            return None;
        }
        let open = self.open_next(class)?;
        open.announce = false;
        Some(Sent::Offer {
            channel: open.channel,
        })
    }

    fn open_next(&mut self, class: usize) -> Option<&mut Open> {
        let place = SLOTS[class]
            .clone()
            .find(|&place| matches!(self.slots[place], Slot::Free))?;
        let object = self.waiting[class].pop_front()?;
        let generation = self.generations[place];
        self.generations[place] = generation.wrapping_add(1);
        let channel = u16::from(generation) * MAX_OPEN as u16 + place as u16;
        self.slots[place] = Slot::Open(Open::new(object, channel));
        self.slots[place].open_mut()
    }

    fn take_run(&mut self, class: usize, blocks: u32) -> Option<Sent> {
        let Range { start, end } = SLOTS[class].clone();
        let after = self.turn[class].clamp(start, end - 1) + 1;
        for place in (after..end).chain(start..after) {
            let Some(open) = self.slots[place].open_mut() else {
                continue;
            };
            if let Some((first, count)) = open.next_run(blocks) {
                open.take_blocks(first, count);
                if open.told_until.is_none() {
                    open.unasked -= count;
                }
                self.turn[class] = place;
                return Some(Sent::Data {
                    channel: open.channel,
                    round: open.round,
                    first,
                    count,
                });
            }
        }
        None
    }

    /// Takes back blocks from [`Outgoing::take`] that did not go out after all.
    pub(crate) fn put_back(&mut self, channel: u16, round: u8, blocks: Range<u32>) {
        let Some(open) = self.open_mut(channel) else {
            return;
        };
        if open.round != round {
            return;
        }
        if open.told_until.is_none() {
            open.unasked += blocks.len() as u32;
        }
        for index in blocks {
            open.wanted.insert(index);
        }
    }

    /// What something from [`Outgoing::take`] or [`Outgoing::take_cancel`] says. That of `Data` is without its blocks,
    /// which [`Outgoing::blocks`] gives.
    pub(crate) fn item(&self, sent: Sent) -> Option<Item<'_>> {
        match sent {
            Sent::Cancel { channel } => Some(Item::Cancel { channel }),
            Sent::Offer { channel } => {
                let object = &self.open(channel)?.object;
                Some(Item::Offer {
                    channel,
                    id: object.id,
                    priority: object.priority,
                    len: object.bytes.len() as u32,
                })
            }
            Sent::Short { channel, count } => {
                let object = &self.open(channel)?.object;
                Some(Item::Short {
                    stream: Stream::of(channel),
                    priority: object.priority,
                    len: object.bytes.len() as u32,
                    bytes: self.blocks(channel, 0..count)?,
                })
            }
            Sent::Data { channel, first, .. } => Some(Item::Data {
                stream: Stream::of(channel),
                index: first,
                bytes: &[],
            }),
        }
    }

    /// Whether an object has more than its first `count` blocks.
    pub(crate) fn is_cut(&self, channel: u16, count: u32) -> bool {
        self.open(channel)
            .is_some_and(|open| count < open.wanted.blocks())
    }

    /// The bytes of blocks of what is open on a channel.
    pub(crate) fn blocks(&self, channel: u16, blocks: Range<u32>) -> Option<&[u8]> {
        let bytes = &self.open(channel)?.object.bytes;
        let len = bytes.len() as u32;
        let start = block_range(len, blocks.start).start;
        let end = block_range(len, blocks.end).start;
        bytes.get(start..end)
    }

    /// Acts on the fate of what went out.
    pub(crate) fn decide(&mut self, sent: Sent, fate: Fate) {
        match (sent, fate) {
            (Sent::Cancel { channel }, Fate::Lost) => self.cancels.push_front(channel),
            (Sent::Cancel { channel }, Fate::Arrived) => {
                let slot = &mut self.slots[usize::from(channel) % MAX_OPEN];
                if matches!(slot, Slot::Cancelling { channel: cancelled } if *cancelled == channel)
                {
                    *slot = Slot::Free;
                }
            }
            (Sent::Offer { channel }, fate) => {
                if let Some(open) = self.open_mut(channel)
                    && open.told_until.is_none()
                {
                    open.announce |= fate == Fate::Lost;
                }
            }
            (Sent::Short { channel, count }, fate) => {
                if let Some(open) = self.open_mut(channel) {
                    open.announce |= fate == Fate::Lost;
                    open.decide_blocks(0..count, fate);
                }
            }
            (
                Sent::Data {
                    channel,
                    round,
                    first,
                    count,
                },
                fate,
            ) => {
                if let Some(open) = self.open_mut(channel)
                    && open.round == round
                {
                    open.decide_blocks(first..first.saturating_add(count), fate);
                }
            }
        }
    }

    /// The peer wants the missing blocks of `runs`, which begin at block `from`.
    ///
    /// A part that was applied before changes nothing, so an answer that comes twice is harmless.
    pub(crate) fn accepted(&mut self, channel: u16, round: u8, from: u32, runs: &[Run]) {
        let Some(open) = self.open_mut(channel) else {
            return;
        };
        let len = open.object.bytes.len() as u32;
        let covered = runs.iter().try_fold(from, |to, run| {
            to.checked_add(run.missing)?.checked_add(run.held)
        });
        let Some(to) = covered.filter(|&to| to <= block_count(len)) else {
            return;
        };
        if from == 0 && round == open.round.wrapping_add(1) {
            open.round = round;
            open.wanted = BlockMap::full(len);
            open.acked_bytes = 0;
            open.told_until = None;
        }
        let told_until = open.told_until.unwrap_or(0);
        if open.object.is_short() || open.round != round || told_until < from || to <= told_until {
            return;
        }
        let mut at = from;
        for run in runs {
            at += run.missing;
            for index in at.max(told_until)..at + run.held {
                // What is on its way though it is held counts when it is acknowledged.
                if open.wanted.remove(index) {
                    open.acked_bytes += block_range(len, index).len() as u32;
                }
            }
            at += run.held;
        }
        open.told_until = Some(to);
        open.announce = false;
        open.progressed = true;
    }

    /// The peer has the object, or does not want it: it is forgotten.
    pub(crate) fn finished(&mut self, channel: u16) -> Option<ObjectId> {
        let id = self.open(channel)?.object.id;
        self.slots[usize::from(channel) % MAX_OPEN] = Slot::Free;
        Some(id)
    }

    /// Tells `report` about every object that went on since the last call: id, acknowledged bytes, length.
    pub(crate) fn report_progress(&mut self, mut report: impl FnMut(ObjectId, u32, u32)) {
        for open in self.slots.iter_mut().filter_map(Slot::open_mut) {
            if mem::take(&mut open.progressed) {
                let len = open.object.bytes.len() as u32;
                report(open.object.id, open.acked_bytes, len);
            }
        }
    }

    fn objects(&self) -> impl Iterator<Item = &Object> {
        let open = self.slots.iter().filter_map(|slot| match slot {
            Slot::Open(open) => Some(&open.object),
            Slot::Free | Slot::Cancelling { .. } => None,
        });
        self.waiting.iter().flatten().chain(open)
    }

    fn open(&self, channel: u16) -> Option<&Open> {
        match self.slots.get(usize::from(channel) % MAX_OPEN) {
            Some(Slot::Open(open)) if open.channel == channel => Some(open),
            _ => None,
        }
    }

    fn open_mut(&mut self, channel: u16) -> Option<&mut Open> {
        self.slots
            .get_mut(usize::from(channel) % MAX_OPEN)?
            .open_mut()
            .filter(|open| open.channel == channel)
    }
}

impl Object {
    /// It goes without its name, and its blocks need no answer.
    fn is_short(&self) -> bool {
        !self.may_be_held && self.bytes.len() <= SHORT_LEN_MAX
    }
}

impl Slot {
    fn open_mut(&mut self) -> Option<&mut Open> {
        match self {
            Self::Open(open) => Some(open),
            Self::Free | Self::Cancelling { .. } => None,
        }
    }
}

impl Open {
    fn new(object: Object, channel: u16) -> Self {
        let len = object.bytes.len() as u32;
        let blocks = block_count(len);
        Self {
            channel,
            announce: true,
            round: 0,
            told_until: object.is_short().then_some(blocks),
            unasked: if object.may_be_held {
                blocks / UNASKED_SHARE
            } else {
                blocks
            },
            wanted: BlockMap::full(len),
            acked_bytes: 0,
            progressed: false,
            object,
        }
    }

    /// The first of the next blocks to send, and how many follow each other. What may be held begins at its end until the
    /// peer has answered: of what was broken off the end is what it lacks.
    fn next_run(&self, blocks: u32) -> Option<(u32, u32)> {
        if self.announce {
            return None;
        }
        let (told_until, most) = match self.told_until {
            None if self.object.may_be_held => {
                let most = blocks.min(self.unasked);
                let last = self.wanted.last()?;
                let first = (last + 1).saturating_sub(most);
                let first = (first..=last)
                    .rev()
                    .take_while(|&index| self.wanted.contains(index))
                    .last()?;
                return Some((first, last + 1 - first));
            }
            None => (self.wanted.blocks(), blocks.min(self.unasked)),
            Some(told_until) => (told_until, blocks),
        };
        let first = self.wanted.first().filter(|&first| first < told_until)?;
        let count = self
            .wanted
            .run(first, true)
            .min(most)
            .min(told_until - first);
        (0 < count).then_some((first, count))
    }

    fn take_blocks(&mut self, first: u32, count: u32) {
        for index in first..first + count {
            self.wanted.remove(index);
        }
    }

    fn decide_blocks(&mut self, blocks: Range<u32>, fate: Fate) {
        let len = self.object.bytes.len() as u32;
        for index in blocks {
            match fate {
                Fate::Lost => {
                    self.wanted.insert(index);
                }
                Fate::Arrived => {
                    self.acked_bytes += block_range(len, index).len() as u32;
                    self.progressed = true;
                }
            }
        }
    }
}
