//! The outbox as a route sees it: objects to carry, and the county's signed messages to act on.

use std::collections::HashSet;

use envelope::{CountyMessage, CountyPublic, KioskId, MessageError, ObjectHash, Sealed};
use store::{OutboxObject, ReadError, Store, UnixMs, WriteError};

use crate::appliance::clock::Clock;

/// The kiosk's file, with the key that county messages are checked with.
pub struct Outbox {
    store: Store,
    kiosk: KioskId,
    county: CountyPublic,
    clock: Clock,
}

/// Why a message from the county changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// It is not the county's word; it is dropped.
    #[error("message is not taken: {0}")]
    Message(#[from] MessageError),
    /// It is for another kiosk; it is dropped.
    #[error("message is for kiosk {got}, this is kiosk {here}")]
    OtherKiosk {
        /// The kiosk it names.
        got: KioskId,
        /// This kiosk.
        here: KioskId,
    },
    /// The disk did not take it; it has to come again.
    #[error("message cannot be kept: {0}")]
    Write(#[from] WriteError),
}

impl Outbox {
    /// The outbox in `store`, a connection of its own.
    #[must_use]
    pub fn new(store: Store, kiosk: KioskId, county: CountyPublic, clock: Clock) -> Self {
        Self {
            store,
            kiosk,
            county,
            clock,
        }
    }

    /// The objects that are due now, urgent ones first.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn due(&self) -> Result<Vec<OutboxObject>, ReadError> {
        self.store.due_objects(self.clock.wall())
    }

    /// The bytes of an object; `None` once they are no longer kept.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn sealed(&self, hash: ObjectHash) -> Result<Option<Sealed>, ReadError> {
        self.store.sealed(hash)
    }

    /// The object was carried or refused: it is not due again before its wait is over.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk does not take it; the object is then due at once.
    pub fn put_off(&mut self, hash: ObjectHash) -> Result<(), WriteError> {
        self.store.mark_attempt(hash, self.clock.wall())
    }

    /// Acts on a message from the county; the same message again changes nothing.
    ///
    /// # Errors
    ///
    /// [`TakeError`] if it is not the county's, not ours, or could not be kept.
    pub fn take(&mut self, message: &[u8]) -> Result<(), TakeError> {
        match CountyMessage::verify(message, &self.county)? {
            CountyMessage::Acknowledgement { kiosk, .. } if kiosk != self.kiosk => {
                return Err(TakeError::OtherKiosk {
                    got: kiosk,
                    here: self.kiosk,
                });
            }
            CountyMessage::Acknowledgement { hashes, .. } => {
                self.store
                    .acknowledge(&hashes, message, self.clock.wall())?;
            }
            CountyMessage::Status {
                slip_number,
                stage,
                due,
                as_of_ms,
            } => {
                self.store
                    .set_status(&slip_number, stage, due.as_deref(), UnixMs(as_of_ms))?;
            }
            // The kiosk keeps the key that it was set up with, and a refused object stays in the outbox.
            CountyMessage::CountyKey { .. } | CountyMessage::Refusal { .. } => {}
        }
        Ok(())
    }

    /// How many submissions the county has not acknowledged in full.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn waiting(&self) -> Result<u32, ReadError> {
        let submissions: HashSet<_> = self
            .store
            .all_unacknowledged()?
            .into_iter()
            .map(|object| object.submission_id)
            .collect();
        Ok(u32::try_from(submissions.len()).unwrap_or(u32::MAX))
    }
}
