//! The session: bytes and time in, bytes and events out.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::{AnswerError, BlockMap, Config, Event, ObjectId, Priority, SendError, Tick};

/// One side of a line.
///
/// The caller owns the port and the clock. After any call, drain `poll_transmit` and `poll_event`, then
/// sleep until `deadline`, until bytes arrive, or until the port has room again, whichever is first.
#[derive(Debug)]
pub struct Session {
    config: Config,
}

impl Session {
    /// A session that starts to greet at once. `nonce` is fresh and random for every start of the program;
    /// by it the peer notices a reboot.
    #[must_use]
    pub fn new(config: Config, nonce: u64, now: Tick) -> Self {
        let _ = (nonce, now);
        Self { config }
    }

    /// Takes bytes that arrived.
    pub fn handle_bytes(&mut self, now: Tick, bytes: &[u8]) {
        let _ = (now, bytes);
    }

    /// Lets waits that ended by `now` take effect; early calls are harmless.
    pub fn handle_timeout(&mut self, now: Tick) {
        let _ = now;
    }

    /// When `handle_timeout` is due next.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        let _ = self.config;
        None
    }

    /// Appends at most `room` bytes to `out` and returns how many. Fewer than `room` means that there is
    /// nothing more to send now.
    pub fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize {
        let _ = (now, room, out);
        0
    }

    /// The next event, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// The line has gone (hang-up, unplugged): everything on it is lost, and nothing is sent until `line_up`.
    pub fn line_down(&mut self, now: Tick) {
        let _ = now;
    }

    /// The line is there again; the session greets.
    pub fn line_up(&mut self, now: Tick) {
        let _ = now;
    }

    /// Whether both sides have heard each other.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        false
    }

    /// Queues an object.
    ///
    /// # Errors
    ///
    /// [`SendError`] if it is empty, too long, already queued, or the queue is full.
    pub fn send(
        &mut self,
        id: ObjectId,
        priority: Priority,
        bytes: Arc<[u8]>,
    ) -> Result<(), SendError> {
        let _ = (id, priority, bytes);
        Ok(())
    }

    /// Takes an object back; false if it was not queued. No event follows for it.
    pub fn cancel(&mut self, id: ObjectId) -> bool {
        let _ = id;
        false
    }

    /// Answers an offer: send the blocks that `have` lacks.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not on offer, already accepted, or the map is for another length.
    pub fn accept(&mut self, id: ObjectId, have: BlockMap) -> Result<(), AnswerError> {
        let _ = (id, have);
        Ok(())
    }

    /// Answers an offer: it is here already, whole and checked.
    ///
    /// # Errors
    ///
    /// [`AnswerError::NotOffered`].
    pub fn already_held(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        let _ = id;
        Ok(())
    }

    /// Answers an offer, or ends a transfer: the object is not wanted.
    ///
    /// # Errors
    ///
    /// [`AnswerError::NotOffered`].
    pub fn refuse(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        let _ = id;
        Ok(())
    }

    /// After `Complete`: the object is checked and on disk, the peer may forget it.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not on offer or not complete.
    pub fn confirm(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        let _ = id;
        Ok(())
    }

    /// After `Complete`: the object failed the check, all of it is to be sent again.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not on offer or not complete.
    pub fn restart(&mut self, id: ObjectId) -> Result<(), AnswerError> {
        let _ = id;
        Ok(())
    }
}
