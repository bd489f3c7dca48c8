//! The receiving side: what is offered to us, which blocks we have, what we answer.

mod answers;
mod entry;

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::{array, mem};

use crate::blocks::BLOCK_LEN;
use crate::config::{MAX_ANSWERS, MAX_OBJECT_LEN, MAX_OPEN, SHORT_LEN_MAX};
use crate::frame::Stream;
use crate::{AnswerError, BlockMap, Event, Identify, ObjectId, Priority};
pub(crate) use answers::Answer;
use entry::{Entry, Stage};

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
        let entry = match &mut self.slots[place] {
            Some(entry) if Stream::of(entry.channel) == stream => entry,
            _ if self.closed[place] == Some(stream) => return Taken::Repeated,
            // Of an object whose announcement did not arrive nothing is taken.
            _ => return Taken::Dropped,
        };
        let mut taken = Taken::Repeated;
        for (index, block) in (first..=u32::MAX).zip(bytes.chunks(BLOCK_LEN)) {
            match entry.keep(index, block, &mut self.unasked, events) {
                Taken::Dropped => return Taken::Dropped,
                Taken::Done => taken = Taken::Done,
                Taken::Repeated => {}
            }
        }
        if let Some((priority, bytes)) = entry.take_gathered() {
            self.arrived(place, priority, bytes, events);
        }
        taken
    }

    /// A short object is whole, so it has a name.
    fn arrived(
        &mut self,
        place: usize,
        priority: Priority,
        bytes: Vec<u8>,
        events: &mut VecDeque<Event>,
    ) {
        let id = (self.identify)(&bytes);
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
        let mut unasked = early.len();
        let channel = entry.channel;
        let was_complete = have.is_complete();
        entry.stage = Stage::Receiving { have, round: 0 };
        for (index, block) in early {
            entry.keep(index, &block, &mut unasked, events);
        }
        self.unasked -= unasked;
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
