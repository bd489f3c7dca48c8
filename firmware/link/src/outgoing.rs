//! The sending side: what waits, what is offered, which block goes next.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::array;
use core::mem;
use core::ops::Range;

use crate::blocks::{block_count, block_range};
use crate::config::{MAX_OBJECT_LEN, MAX_OPEN, MAX_QUEUED};
use crate::flight::Fate;
use crate::frame::{Body, Run};
use crate::{BlockMap, ObjectId, Priority, SendError};

/// The slots of each priority, so that no class can take the places of another. Records get the most: they
/// are short, and enough of them must be open to fill a round trip.
const SLOTS: [Range<usize>; 4] = [0..4, 4..20, 20..26, 26..MAX_OPEN];

#[derive(Debug)]
pub(crate) struct Outgoing {
    waiting: [VecDeque<Object>; 4],
    slots: [Slot; MAX_OPEN],
    /// The high bits of each slot's next channel; an answer to an older channel is told apart by them.
    next_high: [u16; MAX_OPEN],
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
    stage: Stage,
    progressed: bool,
}

#[derive(Debug)]
enum Stage {
    /// The peer has not answered the offer yet; it is to be sent (again) if `due`.
    Offering {
        due: bool,
    },
    Granted(Granted),
}

#[derive(Debug)]
struct Granted {
    /// Grows when the peer asks for the whole object again.
    round: u8,
    /// The peer has told about the blocks below this.
    until: u32,
    /// Blocks to send: wanted by the peer, and neither on their way nor acknowledged.
    wanted: BlockMap,
    acked_bytes: u32,
}

/// A frame of ours on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Offer { channel: u16 },
    Data { channel: u16, round: u8, index: u32 },
    Cancel { channel: u16 },
}

impl Outgoing {
    pub(crate) fn new() -> Self {
        Self {
            waiting: array::from_fn(|_| VecDeque::new()),
            slots: array::from_fn(|_| Slot::Free),
            next_high: [0; MAX_OPEN],
            turn: [0; 4],
            cancels: VecDeque::new(),
            next_order: 0,
        }
    }

    pub(crate) fn send(
        &mut self,
        id: ObjectId,
        priority: Priority,
        bytes: Arc<[u8]>,
    ) -> Result<(), SendError> {
        match bytes.len() {
            0 => return Err(SendError::Empty),
            len if len > MAX_OBJECT_LEN as usize => {
                return Err(SendError::TooLong {
                    len,
                    limit: MAX_OBJECT_LEN,
                });
            }
            _ => {}
        }
        if self.objects().any(|object| object.id == id) {
            return Err(SendError::AlreadyQueued);
        }
        if self.objects().count() >= MAX_QUEUED {
            return Err(SendError::Full { limit: MAX_QUEUED });
        }
        let order = self.next_order;
        self.next_order += 1;
        self.waiting[priority as usize].push_back(Object {
            id,
            priority,
            bytes,
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
            if let Slot::Open(open) = mem::replace(slot, Slot::Free) {
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

    /// Whether [`Outgoing::take`] has something.
    pub(crate) fn is_ready(&self) -> bool {
        Priority::ALL.into_iter().any(|class| {
            let slots = self
                .slots
                .get(SLOTS[class as usize].clone())
                .unwrap_or_default();
            let can_open = !self.waiting[class as usize].is_empty();
            slots.iter().any(|slot| match slot {
                Slot::Free => can_open,
                Slot::Cancelling { .. } => false,
                Slot::Open(Open {
                    stage: Stage::Offering { due },
                    ..
                }) => *due,
                Slot::Open(Open {
                    stage: Stage::Granted(granted),
                    ..
                }) => 0 < granted.wanted.held(),
            })
        })
    }

    /// The next frame: of the most urgent class that has one its offers first, so that grants come while
    /// blocks go out, then a block of each open object in turn.
    pub(crate) fn take(&mut self) -> Option<Sent> {
        Priority::ALL.into_iter().find_map(|class| {
            self.take_offer(class as usize)
                .or_else(|| self.take_block(class as usize))
        })
    }

    fn take_offer(&mut self, class: usize) -> Option<Sent> {
        for place in SLOTS[class].clone() {
            match &mut self.slots[place] {
                Slot::Open(Open {
                    channel,
                    stage: Stage::Offering { due },
                    ..
                }) if *due => {
                    *due = false;
                    return Some(Sent::Offer { channel: *channel });
                }
                Slot::Free => {
                    let Some(object) = self.waiting[class].pop_front() else {
                        continue;
                    };
                    let high = self.next_high[place];
                    self.next_high[place] = high.wrapping_add(1);
                    let channel = high.wrapping_mul(MAX_OPEN as u16) + place as u16;
                    let stage = Stage::Offering { due: false };
                    self.slots[place] = Slot::Open(Open {
                        object,
                        channel,
                        stage,
                        progressed: false,
                    });
                    return Some(Sent::Offer { channel });
                }
                Slot::Open(_) | Slot::Cancelling { .. } => {}
            }
        }
        None
    }

    fn take_block(&mut self, class: usize) -> Option<Sent> {
        let Range { start, end } = SLOTS[class].clone();
        let after = self.turn[class].clamp(start, end - 1) + 1;
        for place in (after..end).chain(start..after) {
            if let Slot::Open(Open {
                channel,
                stage: Stage::Granted(granted),
                ..
            }) = &mut self.slots[place]
                && let Some(index) = granted.wanted.first()
            {
                granted.wanted.remove(index);
                self.turn[class] = place;
                return Some(Sent::Data {
                    channel: *channel,
                    round: granted.round,
                    index,
                });
            }
        }
        None
    }

    /// What a frame from [`Outgoing::take`] or [`Outgoing::take_cancel`] says.
    pub(crate) fn body(&self, sent: Sent) -> Option<Body<'_>> {
        match sent {
            Sent::Cancel { channel } => Some(Body::Cancel { channel }),
            Sent::Offer { channel } => {
                let Object {
                    id,
                    priority,
                    bytes,
                    ..
                } = &self.open(channel)?.object;
                Some(Body::Offer {
                    channel,
                    id: *id,
                    priority: *priority,
                    len: bytes.len() as u32,
                })
            }
            Sent::Data { channel, index, .. } => {
                let bytes = &self.open(channel)?.object.bytes;
                let bytes = bytes.get(block_range(bytes.len() as u32, index))?;
                Some(Body::Data {
                    slot: (usize::from(channel) % MAX_OPEN) as u8,
                    index,
                    bytes,
                })
            }
        }
    }

    /// Acts on the fate of a frame.
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
            (Sent::Offer { channel }, Fate::Lost) => {
                if let Some(Open {
                    stage: Stage::Offering { due },
                    ..
                }) = self.open_mut(channel)
                {
                    *due = true;
                }
            }
            (Sent::Offer { .. }, Fate::Arrived) => {}
            (
                Sent::Data {
                    channel,
                    round,
                    index,
                },
                fate,
            ) => {
                let Some(open) = self.open_mut(channel) else {
                    return;
                };
                let len = open.object.bytes.len() as u32;
                let Stage::Granted(granted) = &mut open.stage else {
                    return;
                };
                if granted.round != round {
                    return;
                }
                match fate {
                    Fate::Lost => {
                        granted.wanted.insert(index);
                    }
                    Fate::Arrived => {
                        granted.acked_bytes += block_range(len, index).len() as u32;
                        open.progressed = true;
                    }
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
        let begins = match &open.stage {
            Stage::Offering { .. } => true,
            Stage::Granted(granted) => round == granted.round.wrapping_add(1),
        };
        if begins && from == 0 {
            let wanted = BlockMap::empty(len);
            open.stage = Stage::Granted(Granted {
                round,
                until: 0,
                wanted,
                acked_bytes: 0,
            });
        }
        let Stage::Granted(granted) = &mut open.stage else {
            return;
        };
        if granted.round != round || granted.until < from || to <= granted.until {
            return;
        }
        let mut at = from;
        for run in runs {
            for index in at.max(granted.until)..at + run.missing {
                granted.wanted.insert(index);
            }
            at += run.missing;
            for index in at.max(granted.until)..at + run.held {
                granted.acked_bytes += block_range(len, index).len() as u32;
            }
            at += run.held;
        }
        granted.until = to;
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
        for slot in &mut self.slots {
            if let Slot::Open(Open {
                object,
                stage: Stage::Granted(granted),
                progressed,
                ..
            }) = slot
                && mem::take(progressed)
            {
                report(object.id, granted.acked_bytes, object.bytes.len() as u32);
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
        match self.slots.get_mut(usize::from(channel) % MAX_OPEN) {
            Some(Slot::Open(open)) if open.channel == channel => Some(open),
            _ => None,
        }
    }
}
