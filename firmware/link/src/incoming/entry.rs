//! One object: which of its blocks are there, and what becomes of those that come.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use super::Taken;
use crate::blocks::{block_count, block_range};
use crate::config::MAX_UNASKED;
use crate::{AnswerError, BlockMap, Event, ObjectId, Priority};

/// An object that is on offer or on its way to us.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name, once that is known.
    pub(super) id: Option<ObjectId>,
    pub(super) channel: u16,
    pub(super) len: u32,
    pub(super) stage: Stage,
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Stage {
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

impl Entry {
    /// Keeps a block that was not held, or hands it over; `unasked` counts those that are kept for an owner who has not
    /// answered.
    pub(super) fn keep(
        &mut self,
        index: u32,
        block: &[u8],
        unasked: &mut usize,
        events: &mut VecDeque<Event>,
    ) -> Taken {
        if block_count(self.len) <= index || block.len() != block_range(self.len, index).len() {
            return Taken::Dropped;
        }
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

    /// What was gathered, once, when it is whole.
    pub(super) fn take_gathered(&mut self) -> Option<(Priority, Vec<u8>)> {
        let Stage::Gathering {
            priority,
            have,
            bytes,
        } = &mut self.stage
        else {
            return None;
        };
        if !have.is_complete() {
            return None;
        }
        let gathered = (*priority, mem::take(bytes));
        self.stage = Stage::Arrived;
        Some(gathered)
    }

    pub(super) fn check_complete(&self) -> Result<(), AnswerError> {
        match &self.stage {
            Stage::Arrived => Ok(()),
            Stage::Receiving { have, .. } if have.is_complete() => Ok(()),
            Stage::Receiving { have, .. } => Err(AnswerError::Incomplete {
                held: have.held(),
                blocks: have.blocks(),
            }),
            Stage::Offered { .. } | Stage::Gathering { .. } => Err(AnswerError::Incomplete {
                held: 0,
                blocks: block_count(self.len),
            }),
        }
    }
}
