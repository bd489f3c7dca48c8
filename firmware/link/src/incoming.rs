//! The receiving side: what is offered to us, which blocks we have, what we answer.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::{array, mem};

use crate::blocks::{BLOCK_LEN, block_count, block_range};
use crate::config::{MAX_ANSWERS, MAX_OBJECT_LEN, MAX_OPEN, MAX_UNASKED, SHORT_LEN_MAX};
use crate::flight::Fate;
use crate::frame::{Item, MAX_RUN_BYTES, Run, Stream, emit_varint};
use crate::{AnswerError, BlockMap, Event, Identify, ObjectId, Priority};

#[derive(Debug)]
pub(crate) struct Incoming {
    max_object_len: u32,
    identify: Identify,
    slots: [Option<Entry>; MAX_OPEN],
    /// The object of each slot that was answered for good last: blocks of it that still come are no news.
    closed: [Option<Stream>; MAX_OPEN],
    answers: VecDeque<Answer>,
    answers_on_way: usize,
    /// Blocks kept in all [`Stage::Offered`].
    unasked: usize,
}

#[derive(Debug)]
struct Entry {
    /// Its name, once that is known.
    id: Option<ObjectId>,
    channel: u16,
    len: u32,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The owner has not answered yet; the blocks that came before it did.
    Offered {
        early: Vec<(u32, Vec<u8>)>,
    },
    Receiving {
        have: BlockMap,
        round: u8,
    },
    /// A short object, kept here until it is whole and has a name.
    Gathering {
        priority: Priority,
        have: BlockMap,
        bytes: Vec<u8>,
    },
    /// A short object that was handed over whole.
    Arrived,
}

/// An item that answers an offer, to be sent or on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Tells which blocks from `from` on are wanted; it reaches to block `to`.
    Accept {
        channel: u16,
        round: u8,
        from: u32,
        to: u32,
    },
    Confirm {
        channel: u16,
    },
    Refuse {
        channel: u16,
    },
}

/// What became of an item from the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It did what it says, or it did so before.
    Done,
    /// A block that was held already.
    Repeated,
    /// There is no room for it, or it makes no sense here; unacknowledged, it comes again.
    Dropped,
}

impl Incoming {
    pub(crate) fn new(max_object_len: u32, identify: Identify) -> Self {
        Self {
            max_object_len: max_object_len.min(MAX_OBJECT_LEN),
            identify,
            slots: array::from_fn(|_| None),
            closed: [None; MAX_OPEN],
            answers: VecDeque::new(),
            answers_on_way: 0,
            unasked: 0,
        }
    }

    /// The connection ended; the peer will offer again what it still has.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.max_object_len, self.identify);
    }

    pub(crate) fn offered(
        &mut self,
        channel: u16,
        id: ObjectId,
        priority: Priority,
        len: u32,
        events: &mut VecDeque<Event>,
    ) -> Taken {
        if self.is_known(channel) {
            return Taken::Done;
        }
        if let Some(other) = self.place_of(id) {
            // The same object anew: the old offer is over for the peer.
            self.withdraw(other, events);
        }
        let stage = Stage::Offered { early: Vec::new() };
        let taken = self.open(channel, Some(id), len, self.max_object_len, stage, events);
        if taken == Taken::Done && self.entry_of(channel).is_some() {
            events.push_back(Event::Offered { id, priority, len });
        }
        taken
    }

    /// A short object with its first blocks.
    pub(crate) fn short(
        &mut self,
        channel: u16,
        priority: Priority,
        len: u32,
        bytes: &[u8],
        events: &mut VecDeque<Event>,
    ) -> Taken {
        if !self.is_known(channel) {
            let longest = self.max_object_len.min(SHORT_LEN_MAX as u32);
            let stage = Stage::Gathering {
                priority,
                have: BlockMap::empty(len.min(longest)),
                bytes: vec![0; len.min(longest) as usize],
            };
            if self.open(channel, None, len, longest, stage, events) == Taken::Dropped {
                return Taken::Dropped;
            }
        }
        match self.blocks(Stream::of(channel), 0, bytes, events) {
            Taken::Dropped => Taken::Dropped,
            Taken::Done | Taken::Repeated => Taken::Done,
        }
    }

    fn is_known(&self, channel: u16) -> bool {
        self.entry_of(channel).is_some()
            || self.closed[usize::from(channel) % MAX_OPEN] == Some(Stream::of(channel))
    }

    /// Opens a slot for what is announced, or refuses it.
    fn open(
        &mut self,
        channel: u16,
        id: Option<ObjectId>,
        len: u32,
        longest: u32,
        stage: Stage,
        events: &mut VecDeque<Event>,
    ) -> Taken {
        if self.answers.len() + self.answers_on_way >= MAX_ANSWERS {
            return Taken::Dropped;
        }
        let place = usize::from(channel) % MAX_OPEN;
        // A new object in an old one's slot: the old one is over for the peer.
        self.withdraw(place, events);
        if len == 0 || longest < len {
            self.closed[place] = Some(Stream::of(channel));
            self.answers.push_back(Answer::Refuse { channel });
        } else {
            self.slots[place] = Some(Entry {
                id,
                channel,
                len,
                stage,
            });
        }
        Taken::Done
    }

    pub(crate) fn cancelled(&mut self, channel: u16, events: &mut VecDeque<Event>) {
        let place = usize::from(channel) % MAX_OPEN;
        if self.slots[place]
            .as_ref()
            .is_some_and(|entry| entry.channel == channel)
        {
            self.withdraw(place, events);
        }
    }

    /// Blocks from `first` on.
    pub(crate) fn blocks(
        &mut self,
        stream: Stream,
        first: u32,
        bytes: &[u8],
        events: &mut VecDeque<Event>,
    ) -> Taken {
        let place = stream.slot();
        let is_closed = self.closed[place] == Some(stream);
        let Some(entry) = &mut self.slots[place] else {
            // Of an object whose announcement did not arrive nothing is taken.
            return if is_closed {
                Taken::Repeated
            } else {
                Taken::Dropped
            };
        };
        if Stream::of(entry.channel) != stream {
            return if is_closed {
                Taken::Repeated
            } else {
                Taken::Dropped
            };
        }
        let mut taken = Taken::Repeated;
        for (offset, block) in bytes.chunks(BLOCK_LEN).enumerate() {
            let Some(index) = u32::try_from(offset)
                .ok()
                .and_then(|offset| first.checked_add(offset))
            else {
                return Taken::Dropped;
            };
            if block_count(entry.len) <= index || block.len() != block_range(entry.len, index).len()
            {
                return Taken::Dropped;
            }
            match entry.keep(index, block, &mut self.unasked, events) {
                Taken::Dropped => return Taken::Dropped,
                Taken::Done => taken = Taken::Done,
                Taken::Repeated => {}
            }
        }
        if let Stage::Gathering {
            priority,
            have,
            bytes,
        } = &mut entry.stage
            && have.is_complete()
        {
            let (priority, bytes) = (*priority, mem::take(bytes));
            let id = (self.identify)(&bytes);
            entry.stage = Stage::Arrived;
            // Two open objects of one name: the older one is over.
            if let Some(other) = self.place_of(id) {
                self.withdraw(other, events);
            }
            if let Some(entry) = &mut self.slots[place] {
                entry.id = Some(id);
            }
            events.push_back(Event::Arrived {
                id,
                priority,
                bytes,
            });
        }
        taken
    }

    pub(crate) fn accept(
        &mut self,
        id: ObjectId,
        have: BlockMap,
        events: &mut VecDeque<Event>,
    ) -> Result<(), AnswerError> {
        let entry = self.entry_mut(id)?;
        let Stage::Offered { early } = &mut entry.stage else {
            return Err(AnswerError::AlreadyAccepted);
        };
        if have.len_bytes() != entry.len {
            return Err(AnswerError::WrongLength {
                map_len: have.len_bytes(),
                len: entry.len,
            });
        }
        let early = mem::take(early);
        let freed = early.len();
        let channel = entry.channel;
        let was_complete = have.is_complete();
        entry.stage = Stage::Receiving { have, round: 0 };
        let mut none_kept = 0;
        for (index, block) in early {
            entry.keep(index, &block, &mut none_kept, events);
        }
        self.unasked -= freed;
        if was_complete {
            events.push_back(Event::Complete { id });
        } else {
            self.answers.push_back(Answer::Accept {
                channel,
                round: 0,
                from: 0,
                to: 0,
            });
        }
        Ok(())
    }

    pub(crate) fn already_held(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        let channel = self.remove(id)?;
        self.answers.push_back(Answer::Confirm { channel });
        Ok(())
    }

    pub(crate) fn refuse(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        let channel = self.remove(id)?;
        self.answers.push_back(Answer::Refuse { channel });
        Ok(())
    }

    pub(crate) fn confirm(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        self.entry_mut(id)?.check_complete()?;
        self.already_held(id)
    }

    pub(crate) fn restart(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        let entry = self.entry_mut(id)?;
        entry.check_complete()?;
        let (channel, len) = (entry.channel, entry.len);
        let Stage::Receiving { round, .. } = &entry.stage else {
            // Nobody keeps what arrived whole: its sender is to try again another time.
            return self.refuse(id);
        };
        let next = round.wrapping_add(1);
        entry.stage = Stage::Receiving {
            have: BlockMap::empty(len),
            round: next,
        };
        self.forget_accepts(channel);
        self.answers.push_back(Answer::Accept {
            channel,
            round: next,
            from: 0,
            to: 0,
        });
        Ok(())
    }

    pub(crate) fn has_answer(&self) -> bool {
        !self.answers.is_empty()
    }

    /// The next answer to send, with what it says.
    pub(crate) fn take_answer(&mut self) -> Option<(Answer, Item<'static>)> {
        let mut answer = self.answers.pop_front()?;
        let body = match &mut answer {
            Answer::Confirm { channel } => Item::Confirm { channel: *channel },
            Answer::Refuse { channel } => Item::Refuse { channel: *channel },
            Answer::Accept {
                channel,
                round,
                from,
                to,
            } => {
                let Some(Stage::Receiving { have, .. }) =
                    self.entry_of(*channel).map(|entry| &entry.stage)
                else {
                    return self.take_answer();
                };
                let runs = runs_from(have, *from);
                *to = runs
                    .iter()
                    .fold(*from, |to, run| to + run.missing + run.held);
                Item::Accept {
                    channel: *channel,
                    round: *round,
                    from: *from,
                    runs,
                }
            }
        };
        self.answers_on_way += 1;
        Some((answer, body))
    }

    /// Acts on the fate of an answer.
    pub(crate) fn decide(&mut self, answer: Answer, fate: Fate) {
        self.answers_on_way = self.answers_on_way.saturating_sub(1);
        match (answer, fate) {
            (
                Answer::Accept {
                    channel, round, to, ..
                },
                fate,
            ) => {
                let Some(entry) = self.entry_of(channel) else {
                    return;
                };
                if !matches!(entry.stage, Stage::Receiving { round: current, .. } if current == round)
                {
                    return;
                }
                match fate {
                    Fate::Lost => self.answers.push_front(answer),
                    Fate::Arrived if to < block_count(entry.len) => {
                        self.answers.push_back(Answer::Accept {
                            channel,
                            round,
                            from: to,
                            to,
                        });
                    }
                    Fate::Arrived => {}
                }
            }
            (Answer::Confirm { .. } | Answer::Refuse { .. }, Fate::Lost) => {
                self.answers.push_front(answer);
            }
            (Answer::Confirm { .. } | Answer::Refuse { .. }, Fate::Arrived) => {}
        }
    }

    fn withdraw(&mut self, place: usize, events: &mut VecDeque<Event>) {
        if let Some(entry) = self.close(place)
            && let Some(id) = entry.id
        {
            // What arrived whole and was not collected is not kept beside what follows it.
            let waiting = events.iter().position(
                |event| matches!(event, Event::Arrived { id: waiting, .. } if *waiting == id),
            );
            if let Some(waiting) = waiting {
                events.remove(waiting);
            } else {
                events.push_back(Event::Withdrawn { id });
            }
        }
    }

    fn remove(&mut self, id: ObjectId) -> Result<u16, AnswerError> {
        let entry = self.place_of(id).and_then(|place| self.close(place));
        Ok(entry.ok_or(AnswerError::NotOffered)?.channel)
    }

    fn close(&mut self, place: usize) -> Option<Entry> {
        let entry = self.slots[place].take()?;
        self.closed[place] = Some(Stream::of(entry.channel));
        self.forget_accepts(entry.channel);
        if let Stage::Offered { early } = &entry.stage {
            self.unasked -= early.len();
        }
        Some(entry)
    }

    fn forget_accepts(&mut self, of: u16) {
        self.answers
            .retain(|answer| !matches!(answer, Answer::Accept { channel, .. } if *channel == of));
    }

    fn place_of(&self, id: ObjectId) -> Option<usize> {
        self.slots
            .iter()
            .position(|slot| slot.as_ref().is_some_and(|entry| entry.id == Some(id)))
    }

    fn entry_mut(&mut self, id: ObjectId) -> Result<&mut Entry, AnswerError> {
        self.slots
            .iter_mut()
            .flatten()
            .find(|entry| entry.id == Some(id))
            .ok_or(AnswerError::NotOffered)
    }

    fn entry_of(&self, channel: u16) -> Option<&Entry> {
        let entry = self.slots.get(usize::from(channel) % MAX_OPEN)?.as_ref()?;
        (entry.channel == channel).then_some(entry)
    }
}

impl Entry {
    /// Keeps a block that was not held, or hands it over.
    fn keep(
        &mut self,
        index: u32,
        block: &[u8],
        unasked: &mut usize,
        events: &mut VecDeque<Event>,
    ) -> Taken {
        match &mut self.stage {
            Stage::Offered { early } => {
                if early.iter().any(|(kept, _)| *kept == index) {
                    return Taken::Repeated;
                }
                if MAX_UNASKED <= *unasked {
                    return Taken::Dropped;
                }
                *unasked += 1;
                early.push((index, block.to_vec()));
            }
            Stage::Receiving { have, .. } => {
                let Some(id) = self.id.filter(|_| have.insert(index)) else {
                    return Taken::Repeated;
                };
                events.push_back(Event::Block {
                    id,
                    index,
                    bytes: block.to_vec(),
                });
                if have.is_complete() {
                    events.push_back(Event::Complete { id });
                }
            }
            Stage::Gathering { have, bytes, .. } => {
                if !have.insert(index) {
                    return Taken::Repeated;
                }
                if let Some(place) = bytes.get_mut(block_range(self.len, index)) {
                    place.copy_from_slice(block);
                }
            }
            Stage::Arrived => return Taken::Repeated,
        }
        Taken::Done
    }

    fn check_complete(&self) -> Result<(), AnswerError> {
        match &self.stage {
            Stage::Receiving { have, .. } if have.is_complete() => Ok(()),
            Stage::Receiving { have, .. } => Err(AnswerError::Incomplete {
                held: have.held(),
                blocks: have.blocks(),
            }),
            Stage::Arrived => Ok(()),
            Stage::Offered { .. } | Stage::Gathering { .. } => Err(AnswerError::Incomplete {
                held: 0,
                blocks: block_count(self.len),
            }),
        }
    }
}

/// The runs of `have` from block `from` on, as many as one item takes.
fn runs_from(have: &BlockMap, from: u32) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut size = Vec::new();
    let mut at = from;
    while at < have.blocks() {
        let held_from = at + have.run(at, false);
        let end = held_from + have.run(held_from, true);
        let run = Run {
            missing: held_from - at,
            held: end - held_from,
        };
        emit_varint(run.missing, &mut size);
        emit_varint(run.held, &mut size);
        if MAX_RUN_BYTES < size.len() {
            break;
        }
        runs.push(run);
        at = end;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_alternate_missing_and_held() {
        let mut have = BlockMap::empty(10 * BLOCK_LEN as u32);
        assert_eq!(
            runs_from(&have, 0),
            [Run {
                missing: 10,
                held: 0
            }]
        );
        for index in [0, 1, 5, 9] {
            have.insert(index);
        }
        assert_eq!(
            runs_from(&have, 0),
            [
                Run {
                    missing: 0,
                    held: 2
                },
                Run {
                    missing: 3,
                    held: 1
                },
                Run {
                    missing: 3,
                    held: 1
                }
            ]
        );
        assert_eq!(
            runs_from(&have, 6),
            [Run {
                missing: 3,
                held: 1
            }]
        );
        assert_eq!(runs_from(&have, 10), vec![]);
    }

    #[test]
    fn a_scattered_map_takes_several_parts_that_join() {
        let mut have = BlockMap::empty(5000 * BLOCK_LEN as u32);
        for index in (0..5000).step_by(3) {
            have.insert(index);
        }
        let mut at = 0;
        let mut parts = 0;
        while at < have.blocks() {
            let runs = runs_from(&have, at);
            at = runs.iter().fold(at, |at, run| at + run.missing + run.held);
            parts += 1;
        }
        assert_eq!((at, parts), (5000, 19));
    }
}
