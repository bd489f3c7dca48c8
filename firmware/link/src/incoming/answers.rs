//! What we answer: on its way to the peer, again if it was lost.

use alloc::vec::Vec;

use super::{Incoming, Stage};
use crate::BlockMap;
use crate::blocks::block_count;
use crate::flight::Fate;
use crate::frame::{Item, MAX_RUN_BYTES, Run, emit_varint};

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

impl Incoming {
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

    pub(super) fn forget_accepts(&mut self, of: u16) {
        self.answers
            .retain(|answer| !matches!(answer, Answer::Accept { channel, .. } if *channel == of));
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
