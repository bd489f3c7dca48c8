//! What stands behind a session on either side: an outbox, parts and whole objects on disk, and habits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use link::{
    AnswerError, BLOCK_LEN, BlockMap, Disconnect, Event, ObjectId, Outbound, Priority, SendError,
    Session, Tick,
};

use crate::memory::Metered;

/// How an owner goes about its work; by default it does everything at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// Looks at events only this often.
    pub looks_every: Duration,
    /// Takes so many of them in one look.
    pub takes_at_most: usize,
    /// From an event to its answer; what is answered as held is on disk by then.
    pub answers_after: Duration,
    /// Blocks are on disk this long after they came, at most; a reboot loses those that are not.
    pub syncs_every: Duration,
    /// That an object was delivered is on disk this long after; a reboot forgets it before.
    pub removes_after: Duration,
    /// Confirms what it has not kept, which is wrong: somebody has to notice.
    pub confirms_unkept: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            looks_every: Duration::ZERO,
            takes_at_most: usize::MAX,
            answers_after: Duration::ZERO,
            syncs_every: Duration::ZERO,
            removes_after: Duration::ZERO,
            confirms_unkept: false,
        }
    }
}

/// What stands behind a session.
#[derive(Debug, Default)]
pub struct Owner {
    /// How it works.
    pub habits: Habits,
    /// What the peer has not confirmed.
    pub outbox: BTreeMap<ObjectId, Outgoing>,
    /// Objects that are in part here.
    pub parts: BTreeMap<ObjectId, Part>,
    /// Objects that are here for good.
    pub whole: BTreeMap<ObjectId, Arrived>,
    /// What the peer did not want.
    pub refused: BTreeSet<ObjectId>,
    /// Ids that are not wanted here.
    pub unwanted: BTreeSet<ObjectId>,
    /// Objects that fail the check on completion once, as if a block had been damaged on disk.
    pub failing_checks: BTreeSet<ObjectId>,
    /// Objects that another path carried, in part or whole.
    pub from_elsewhere: BTreeSet<ObjectId>,
    /// Why connections ended.
    pub disconnects: Vec<Disconnect>,
    /// Offers and what became of them.
    pub log: Vec<(Tick, &'static str, ObjectId)>,
    /// Steps of what is sent: bytes at the peer.
    pub progress: Vec<(ObjectId, u32)>,
    /// What was reported as delivered since somebody looked.
    pub just_delivered: Vec<ObjectId>,
    /// What must not happen and did.
    pub violations: Vec<String>,
    /// Objects that the session has not taken yet.
    waiting: VecDeque<ObjectId>,
    /// What was delivered, and when the disk will know.
    leaving: VecDeque<(Tick, ObjectId, Outgoing)>,
    /// Answers to give, the earliest first.
    answers: VecDeque<(Tick, Answer)>,
    next_look: Tick,
    next_sync: Option<Tick>,
}

/// An object on its way out.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// How urgent it is.
    pub priority: Priority,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// The peer may have some of it: it was on its way before.
    pub may_be_held: bool,
}

/// An object that is here in part.
#[derive(Debug, Clone)]
pub struct Part {
    /// The blocks that are here.
    pub have: BlockMap,
    /// Those of them that outlive a reboot.
    pub on_disk: BlockMap,
    /// The object, with holes.
    pub bytes: Vec<u8>,
}

/// An object that is here for good.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// When it was whole here.
    pub at: Tick,
}

/// What an answer is to.
#[derive(Debug)]
enum Answer {
    Offer { id: ObjectId, len: u32 },
    Whole { id: ObjectId },
    Short { id: ObjectId, bytes: Vec<u8> },
}

impl Owner {
    /// One with nothing to send and an empty disk.
    #[must_use]
    pub fn new(habits: Habits) -> Self {
        Self {
            habits,
            ..Self::default()
        }
    }

    /// Queues an object for the peer.
    pub fn send(
        &mut self,
        session: &mut Metered,
        priority: Priority,
        bytes: Vec<u8>,
        may_be_held: bool,
    ) -> ObjectId {
        let id = name(&bytes);
        let outgoing = Outgoing {
            priority,
            bytes: bytes.into(),
            may_be_held,
        };
        self.send_again(session, id, outgoing);
        id
    }

    /// Queues an object that was taken back before.
    pub fn send_again(&mut self, session: &mut Metered, id: ObjectId, outgoing: Outgoing) {
        self.outbox.insert(id, outgoing);
        self.waiting.push_back(id);
        self.hand_over(session);
    }

    /// Takes an object back; `None` if the word that it was delivered or refused is waiting already.
    pub fn cancel(&mut self, session: &mut Metered, id: ObjectId) -> Option<Outgoing> {
        let was_queued = session.with(|session| session.cancel(id));
        if !was_queued && !self.waiting.contains(&id) {
            return None;
        }
        self.waiting.retain(|waiting| *waiting != id);
        self.outbox.remove(&id).map(|outgoing| Outgoing {
            may_be_held: true,
            ..outgoing
        })
    }

    /// Everything that was not on disk is lost; the outbox is queued anew.
    pub fn reboot(&mut self, session: &mut Metered) {
        self.answers.clear();
        self.next_sync = None;
        self.next_look = Tick(0);
        for part in self.parts.values_mut() {
            part.forget_what_is_not_on_disk();
        }
        for (_, id, outgoing) in self.leaving.drain(..) {
            self.outbox.insert(id, outgoing);
        }
        self.waiting = self.outbox.keys().copied().collect();
        self.hand_over(session);
    }

    /// Another path brought some blocks of an object, or all of it.
    pub fn receive_elsewhere(
        &mut self,
        now: Tick,
        session: &mut Metered,
        bytes: &[u8],
        blocks: impl Iterator<Item = u32>,
    ) {
        let id = name(bytes);
        if self.whole.contains_key(&id) {
            return;
        }
        self.from_elsewhere.insert(id);
        let len = bytes.len() as u32;
        let part = self.parts.entry(id).or_insert_with(|| Part::empty(len));
        for index in blocks {
            if let Some(block) = bytes.get(link::block_range(len, index)) {
                part.keep(index, block);
            }
        }
        part.on_disk = part.have.clone();
        if part.have.is_complete() {
            self.parts.remove(&id);
            self.keep_whole(now, id, bytes.to_vec());
            // The session may have the object open, or not.
            let _ = session.with(|session| session.already_held(id));
        }
    }

    /// Gives answers that are due and takes events.
    pub fn act(&mut self, now: Tick, session: &mut Metered) {
        if self.next_sync.is_some_and(|sync| sync <= now) {
            self.next_sync = None;
            for part in self.parts.values_mut() {
                part.on_disk = part.have.clone();
            }
        }
        while self.leaving.front().is_some_and(|(gone, ..)| *gone <= now) {
            self.leaving.pop_front();
        }
        self.give_answers(now, session);
        if now < self.next_look {
            return;
        }
        self.next_look = now + self.habits.looks_every;
        for _ in 0..self.habits.takes_at_most {
            let Some(event) = session.with(Session::poll_event) else {
                break;
            };
            self.take(now, session, &event);
            session.with(|_| drop(event));
        }
        self.give_answers(now, session);
    }

    /// When `act` is due, whatever comes.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        let look = (self.habits.looks_every != Duration::ZERO).then_some(self.next_look);
        let answer = self.answers.front().map(|(due, _)| *due);
        [look, answer, self.next_sync].into_iter().flatten().min()
    }

    fn take(&mut self, now: Tick, session: &mut Metered, event: &Event) {
        let due = now + self.habits.answers_after;
        match event {
            Event::Connected => {}
            Event::Disconnected { reason } => self.disconnects.push(*reason),
            Event::Incompatible { peer_version } => {
                self.violations
                    .push(format!("version {peer_version} of ourselves"));
            }
            &Event::Offered { id, len, .. } => {
                self.log.push((now, "offered", id));
                self.answers.push_back((due, Answer::Offer { id, len }));
            }
            Event::Block { id, index, bytes } => self.take_block(now, *id, *index, bytes),
            &Event::Complete { id } => {
                self.log.push((now, "complete", id));
                self.answers.push_back((due, Answer::Whole { id }));
            }
            Event::Arrived { id, bytes, .. } => {
                self.log.push((now, "arrived", *id));
                let (id, bytes) = (*id, bytes.clone());
                self.answers.push_back((due, Answer::Short { id, bytes }));
            }
            &Event::Withdrawn { id } => self.log.push((now, "withdrawn", id)),
            &Event::Progress {
                id,
                acked_bytes,
                len,
            } => {
                if len < acked_bytes {
                    self.violations
                        .push(format!("{acked_bytes} of {len} bytes of {id:?}"));
                }
                self.progress.push((id, acked_bytes));
            }
            &Event::Delivered { id } => {
                self.log.push((now, "delivered", id));
                self.delivered(now, id);
                self.hand_over(session);
            }
            &Event::Refused { id } => {
                self.log.push((now, "refused", id));
                if self.outbox.remove(&id).is_none() {
                    self.violations
                        .push(format!("{id:?} was refused without being sent"));
                }
                self.refused.insert(id);
                self.hand_over(session);
            }
        }
    }

    fn delivered(&mut self, now: Tick, id: ObjectId) {
        let Some(outgoing) = self.outbox.remove(&id) else {
            self.violations
                .push(format!("{id:?} was delivered without being sent"));
            return;
        };
        self.just_delivered.push(id);
        if self.habits.removes_after != Duration::ZERO {
            let gone = now + self.habits.removes_after;
            self.leaving.push_back((gone, id, outgoing));
        }
    }

    fn take_block(&mut self, now: Tick, id: ObjectId, index: u32, bytes: &[u8]) {
        let elsewhere = self.from_elsewhere.contains(&id);
        let Some(part) = self.parts.get_mut(&id) else {
            if !elsewhere {
                self.violations.push(format!(
                    "block {index} of {id:?}, which is not in part here"
                ));
            }
            return;
        };
        if !part.keep(index, bytes) && !elsewhere {
            self.violations
                .push(format!("block {index} of {id:?} came twice"));
        }
        if self.habits.syncs_every == Duration::ZERO {
            part.on_disk.insert(index);
        } else {
            self.next_sync = self.next_sync.or(Some(now + self.habits.syncs_every));
        }
    }

    fn give_answers(&mut self, now: Tick, session: &mut Metered) {
        while self.answers.front().is_some_and(|(due, _)| *due <= now) {
            let Some((_, answer)) = self.answers.pop_front() else {
                return;
            };
            let given = match answer {
                Answer::Offer { id, len } => self.answer_offer(session, id, len),
                Answer::Whole { id } => self.answer_whole(now, session, id),
                Answer::Short { id, bytes } => self.answer_short(now, session, id, bytes),
            };
            // An answer may come after the connection has ended; the peer offers again.
            if let Err(error @ AnswerError::WrongLength { .. }) = given {
                self.violations.push(error.to_string());
            }
        }
    }

    fn answer_offer(
        &mut self,
        session: &mut Metered,
        id: ObjectId,
        len: u32,
    ) -> Result<(), AnswerError> {
        if self.unwanted.contains(&id) {
            return session.with(|session| session.refuse(id));
        }
        if self.whole.contains_key(&id) {
            return session.with(|session| session.already_held(id));
        }
        let part = self.parts.entry(id).or_insert_with(|| Part::empty(len));
        session.with(|session| session.accept(id, part.have.clone()))
    }

    fn answer_whole(
        &mut self,
        now: Tick,
        session: &mut Metered,
        id: ObjectId,
    ) -> Result<(), AnswerError> {
        if self.whole.contains_key(&id) {
            // Another path was faster, or this is the answer to an older offer.
            return session.with(|session| session.already_held(id));
        }
        let Some(part) = self
            .parts
            .get_mut(&id)
            .filter(|part| part.have.is_complete())
        else {
            // A check failed since, and the object begins anew.
            return Ok(());
        };
        if self.failing_checks.remove(&id) {
            *part = Part::empty(part.have.len_bytes());
            return session.with(|session| session.restart(id));
        }
        let bytes = std::mem::take(&mut part.bytes);
        self.parts.remove(&id);
        if self.habits.confirms_unkept {
            return session.with(|session| session.confirm(id));
        }
        self.keep_whole(now, id, bytes);
        session.with(|session| session.confirm(id))
    }

    fn answer_short(
        &mut self,
        now: Tick,
        session: &mut Metered,
        id: ObjectId,
        bytes: Vec<u8>,
    ) -> Result<(), AnswerError> {
        if self.unwanted.contains(&id) {
            return session.with(|session| session.refuse(id));
        }
        if self.whole.contains_key(&id) {
            // The word that it is here was lost with a line.
            return session.with(|session| session.already_held(id));
        }
        self.parts.remove(&id);
        self.keep_whole(now, id, bytes);
        session.with(|session| session.confirm(id))
    }

    fn keep_whole(&mut self, now: Tick, id: ObjectId, bytes: Vec<u8>) {
        if name(&bytes) != id {
            self.violations
                .push(format!("the bytes of {id:?} are not those that were sent"));
        }
        if self.whole.insert(id, Arrived { bytes, at: now }).is_some() {
            self.violations.push(format!("{id:?} came twice"));
        }
    }

    /// Gives the session what it has room for.
    fn hand_over(&mut self, session: &mut Metered) {
        while let Some(&id) = self.waiting.front() {
            if let Some(outgoing) = self.outbox.get_mut(&id) {
                let taken = session.with(|session| {
                    session.send(Outbound {
                        id,
                        priority: outgoing.priority,
                        bytes: Arc::clone(&outgoing.bytes),
                        may_be_held: outgoing.may_be_held,
                    })
                });
                match taken {
                    Ok(()) => outgoing.may_be_held = true,
                    Err(SendError::Full { .. }) => return,
                    Err(error) => self
                        .violations
                        .push(format!("{id:?} was not sent: {error}")),
                }
            }
            self.waiting.pop_front();
        }
    }
}

impl Part {
    /// Nothing of an object of `len` bytes.
    #[must_use]
    pub fn empty(len: u32) -> Self {
        Self {
            have: BlockMap::empty(len),
            on_disk: BlockMap::empty(len),
            bytes: vec![0; len as usize],
        }
    }

    /// Keeps a block; false if it was here.
    pub fn keep(&mut self, index: u32, bytes: &[u8]) -> bool {
        let is_new = self.have.insert(index);
        if is_new {
            self.bytes[index as usize * BLOCK_LEN..][..bytes.len()].copy_from_slice(bytes);
        }
        is_new
    }

    fn forget_what_is_not_on_disk(&mut self) {
        for index in (0..self.have.blocks()).filter(|index| !self.on_disk.contains(*index)) {
            self.bytes[link::block_range(self.have.len_bytes(), index)].fill(0);
        }
        self.have = self.on_disk.clone();
    }
}

/// A name that depends on every byte (four FNV-1a sums with different starts).
#[must_use]
pub fn name(bytes: &[u8]) -> ObjectId {
    let mut sums = [0, 1, 2, 3].map(|salt: u64| 0xcbf2_9ce4_8422_2325_u64 ^ salt << 17);
    for &byte in bytes {
        for sum in &mut sums {
            *sum = (*sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    let mut id = [0; 32];
    for (place, sum) in id.chunks_exact_mut(8).zip(sums) {
        place.copy_from_slice(&sum.to_be_bytes());
    }
    ObjectId(id)
}
