//! What kiosks ask for over HTTP, apart from HTTP: the answers that the crate's doc lists.

use envelope::{KioskId, ObjectHash, join_messages};
use link::BLOCK_LEN;

use crate::{
    County, LedgerError,
    intake::{ACKNOWLEDGED_MAX, Completion, ObjectRefused, Offer, Taken},
    ledger::{
        downlink::{self, NEWS_MAX, Owed},
        objects,
    },
};

/// Bytes of messages in one answer; a kiosk reads 64 KiB.
const NEWS_BYTES_MAX: usize = 48 << 10;

/// An answer to a kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// A signed message, a block map, or words for whoever looks.
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            body: body.into(),
        }
    }
}

impl County {
    /// Answers `POST /v1/objects/{hash}`.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails; the kiosk is given no answer that counts.
    pub fn answer_offer(&self, hash: ObjectHash, len: u32) -> Result<Answer, LedgerError> {
        Ok(match self.offer(hash, len)? {
            Offer::Held { kiosk } => self.answer_held(kiosk, hash)?,
            Offer::Wanted { have } => Answer::new(202, have.as_bytes()),
            Offer::Refused { reason } => self.answer_refused(hash, reason)?,
        })
    }

    /// Answers `PUT /v1/objects/{hash}/blocks/{first}`.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn answer_blocks(
        &self,
        hash: ObjectHash,
        first: u32,
        bytes: &[u8],
    ) -> Result<Answer, LedgerError> {
        if first == 0 {
            match self.take_and_acknowledge(hash, bytes)? {
                (_, Some(message)) => return Ok(Answer::new(200, message)),
                (Taken::New { kiosk } | Taken::Known { kiosk }, None) => {
                    return self.answer_held(kiosk, hash);
                }
                (Taken::Refused { reason }, None) => return self.answer_refused(hash, reason),
                // They are not the whole object.
                (Taken::Damaged, None) => {}
            }
        }
        self.add_blocks(hash, (first..).zip(bytes.chunks(BLOCK_LEN)))?;
        Ok(match self.complete(hash)? {
            Completion::Held { kiosk } => self.answer_held(kiosk, hash)?,
            Completion::Incomplete { have } => Answer::new(202, have.as_bytes()),
            Completion::Refused { reason } => self.answer_refused(hash, reason)?,
            Completion::Damaged => Answer::new(409, "hash differs, send all blocks again"),
            Completion::NotOffered => Answer::new(404, "object was not offered"),
        })
    }

    /// Answers `GET /v1/acknowledgements/{kiosk}`: the newest objects that are held of the kiosk, and how many.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn answer_holdings(&self, kiosk: KioskId) -> Result<Answer, LedgerError> {
        let newest = self
            .ledger()
            .read(|connection| objects::newest(connection, kiosk, ACKNOWLEDGED_MAX as u32))?;
        Ok(Answer::new(200, self.acknowledgement(kiosk, &newest)?))
    }

    /// Answers `GET /v1/county-keys/{kiosk}`: the county's next key, if the kiosk does not know it.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn answer_county_key(&self, kiosk: KioskId) -> Result<Answer, LedgerError> {
        Ok(match self.key_news(kiosk)? {
            Some(message) => Answer::new(200, message),
            None => Answer::new(204, ""),
        })
    }

    /// Answers `POST /v1/reports`: takes a kiosk's report in, and gives it the oldest messages that it has not got. Its
    /// next report says which of them it has.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn answer_report(&self, bytes: &[u8]) -> Result<Answer, LedgerError> {
        let hash = ObjectHash::of(bytes);
        let kiosk = match self.take_whole(hash, bytes)? {
            Taken::New { kiosk } | Taken::Known { kiosk } => kiosk,
            Taken::Refused { reason } => return self.answer_refused(hash, reason),
            Taken::Damaged => return Ok(Answer::new(400, "needs a sealed report")),
        };
        let owed = self
            .ledger()
            .read(|connection| downlink::owed(connection, kiosk, NEWS_MAX))?;
        let mut messages = Vec::new();
        let mut room = NEWS_BYTES_MAX;
        for Owed { message, .. } in owed {
            // One alone is given whatever its length.
            room = match room.checked_sub(message.len()) {
                Some(room) => room,
                None if messages.is_empty() => 0,
                None => break,
            };
            messages.push(message);
        }
        Ok(Answer::new(200, join_messages(&messages)))
    }

    fn answer_held(&self, kiosk: KioskId, hash: ObjectHash) -> Result<Answer, LedgerError> {
        let message = self.acknowledgement(kiosk, &[hash])?;
        self.told(&[hash])?;
        Ok(Answer::new(200, message))
    }

    fn answer_refused(
        &self,
        hash: ObjectHash,
        reason: ObjectRefused,
    ) -> Result<Answer, LedgerError> {
        Ok(match self.refusal(hash, reason)? {
            Some(message) => Answer::new(422, message),
            None => Answer::new(422, "object is refused"),
        })
    }
}
