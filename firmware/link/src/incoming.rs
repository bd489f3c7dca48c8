//! The receiving side: what is offered to us, which blocks we have, what we answer.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::array;

use crate::blocks::{block_count, block_range};
use crate::config::{MAX_ANSWERS, MAX_OBJECT_LEN, MAX_OPEN};
use crate::flight::Fate;
use crate::frame::{Body, MAX_RUN_BYTES, Run, emit_varint};
use crate::{AnswerError, BlockMap, Event, ObjectId, Priority};

#[derive(Debug)]
pub(crate) struct Incoming {
    max_object_len: u32,
    slots: [Option<Entry>; MAX_OPEN],
    answers: VecDeque<Answer>,
    answers_on_way: usize,
}

#[derive(Debug)]
struct Entry {
    id: ObjectId,
    channel: u16,
    len: u32,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The owner has not answered yet.
    Offered,
    Receiving {
        have: BlockMap,
        round: u8,
    },
}

/// A frame that answers an offer, to be sent or on its way.
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

/// What became of a frame from the peer.
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
    pub(crate) fn new(max_object_len: u32) -> Self {
        Self {
            max_object_len: max_object_len.min(MAX_OBJECT_LEN),
            slots: array::from_fn(|_| None),
            answers: VecDeque::new(),
            answers_on_way: 0,
        }
    }

    /// The connection ended; the peer will offer again what it still has.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.max_object_len);
    }

    pub(crate) fn offered(
        &mut self,
        channel: u16,
        id: ObjectId,
        priority: Priority,
        len: u32,
        events: &mut VecDeque<Event>,
    ) -> Taken {
        let place = usize::from(channel) % MAX_OPEN;
        if self.slots[place]
            .as_ref()
            .is_some_and(|entry| entry.channel == channel)
        {
            return Taken::Done;
        }
        if self.answers.len() + self.answers_on_way >= MAX_ANSWERS {
            return Taken::Dropped;
        }
        // A new offer in an old one's slot, or of the same object: the old one is over for the peer.
        self.withdraw(place, events);
        if let Some(other) = self.place_of(id) {
            self.withdraw(other, events);
        }
        if len == 0 || self.max_object_len < len {
            self.answers.push_back(Answer::Refuse { channel });
        } else {
            self.slots[place] = Some(Entry {
                id,
                channel,
                len,
                stage: Stage::Offered,
            });
            events.push_back(Event::Offered { id, priority, len });
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

    pub(crate) fn block(
        &mut self,
        slot: u8,
        index: u32,
        bytes: &[u8],
        events: &mut VecDeque<Event>,
    ) -> Taken {
        // Without an entry the object is answered for good, and the peer will hear so.
        let Some(entry) = &mut self.slots[usize::from(slot) % MAX_OPEN] else {
            return Taken::Repeated;
        };
        let Stage::Receiving { have, .. } = &mut entry.stage else {
            return Taken::Dropped;
        };
        if have.blocks() <= index || bytes.len() != block_range(entry.len, index).len() {
            return Taken::Dropped;
        }
        if !have.insert(index) {
            return Taken::Repeated;
        }
        events.push_back(Event::Block {
            id: entry.id,
            index,
            bytes: bytes.to_vec(),
        });
        if have.is_complete() {
            events.push_back(Event::Complete { id: entry.id });
        }
        Taken::Done
    }

    pub(crate) fn accept(
        &mut self,
        id: ObjectId,
        have: BlockMap,
        events: &mut VecDeque<Event>,
    ) -> Result<(), AnswerError> {
        let entry = self.entry_mut(id)?;
        if matches!(entry.stage, Stage::Receiving { .. }) {
            return Err(AnswerError::AlreadyAccepted);
        }
        if have.len_bytes() != entry.len {
            return Err(AnswerError::WrongLength {
                map_len: have.len_bytes(),
                len: entry.len,
            });
        }
        let complete = have.is_complete();
        let channel = entry.channel;
        entry.stage = Stage::Receiving { have, round: 0 };
        if complete {
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
        let next = match &entry.stage {
            Stage::Offered => 0,
            Stage::Receiving { round, .. } => round.wrapping_add(1),
        };
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
    pub(crate) fn take_answer(&mut self) -> Option<(Answer, Body<'static>)> {
        let mut answer = self.answers.pop_front()?;
        let body = match &mut answer {
            Answer::Confirm { channel } => Body::Confirm { channel: *channel },
            Answer::Refuse { channel } => Body::Refuse { channel: *channel },
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
                Body::Accept {
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
        if let Some(entry) = self.slots[place].take() {
            self.forget_accepts(entry.channel);
            events.push_back(Event::Withdrawn { id: entry.id });
        }
    }

    fn remove(&mut self, id: ObjectId) -> Result<u16, AnswerError> {
        let entry = self.place_of(id).and_then(|place| self.slots[place].take());
        let channel = entry.ok_or(AnswerError::NotOffered)?.channel;
        self.forget_accepts(channel);
        Ok(channel)
    }

    fn forget_accepts(&mut self, of: u16) {
        self.answers
            .retain(|answer| !matches!(answer, Answer::Accept { channel, .. } if *channel == of));
    }

    fn place_of(&self, id: ObjectId) -> Option<usize> {
        self.slots
            .iter()
            .position(|slot| slot.as_ref().is_some_and(|entry| entry.id == id))
    }

    fn entry_mut(&mut self, id: ObjectId) -> Result<&mut Entry, AnswerError> {
        self.slots
            .iter_mut()
            .flatten()
            .find(|entry| entry.id == id)
            .ok_or(AnswerError::NotOffered)
    }

    fn entry_of(&self, channel: u16) -> Option<&Entry> {
        let entry = self.slots.get(usize::from(channel) % MAX_OPEN)?.as_ref()?;
        (entry.channel == channel).then_some(entry)
    }
}

impl Entry {
    fn check_complete(&self) -> Result<(), AnswerError> {
        match &self.stage {
            Stage::Receiving { have, .. } if have.is_complete() => Ok(()),
            Stage::Receiving { have, .. } => Err(AnswerError::Incomplete {
                held: have.held(),
                blocks: have.blocks(),
            }),
            Stage::Offered => Err(AnswerError::Incomplete {
                held: 0,
                blocks: block_count(self.len),
            }),
        }
    }
}

/// The runs of `have` from block `from` on, as many as one frame takes.
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
    use alloc::vec;

    use super::*;
    use crate::BLOCK_LEN;

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
