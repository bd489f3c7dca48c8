//! Taking objects in, whichever route their blocks come over.
//!
//! A route calls [`County::offer`] for each object it is offered, [`County::add_blocks`] for what
//! arrives, [`County::complete`] when nothing is missing, and hands down what
//! [`County::acknowledgement`] signs. Blocks of one object may come over several routes; they meet in
//! the ledger.

use envelope::{
    CountyMessage, Header, Kind, KioskId, KioskStanding, MAX_SEALED_LEN, ObjectHash, OpenError,
    Opened, RefusalReason,
};
use link::BlockMap;
use relief::{Application, Kept, RecordError};

use crate::{
    County,
    ledger::{LedgerError, kiosks, objects},
};

/// Hashes in one acknowledgement. Down a line of 9600 bit/s such a message takes 1.2 s, and the next
/// record's offer waits no longer than that.
pub const ACKNOWLEDGED_MAX: usize = 32;

/// Why an object is refused for what it is. It is set aside with this reason, and judged again when it
/// is offered again: its kiosk may have been enrolled since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ObjectRefused {
    /// The envelope does not hold.
    #[error(transparent)]
    Envelope(#[from] OpenError),
    /// It opens, but what is inside is no record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The record is for another county.
    #[error("record's slip number is of county {got}, this is county {want}")]
    OtherCounty {
        /// County code in the slip number.
        got: u32,
        /// Ours.
        want: u32,
    },
    /// One kiosk signed a record that bears another's slip number.
    #[error("record's slip number is of kiosk {slip}, kiosk {signer} signed it")]
    OtherKiosk {
        /// Kiosk in the slip number.
        slip: KioskId,
        /// Kiosk that signed.
        signer: KioskId,
    },
    /// No object has this length.
    #[error("object has {len} bytes, 1 to {MAX_SEALED_LEN} are taken")]
    Length {
        /// Bytes offered.
        len: u32,
    },
}

impl ObjectRefused {
    /// What those who look after the kiosk are told.
    #[must_use]
    pub fn reason(self) -> RefusalReason {
        match self {
            Self::Envelope(error) => error.into(),
            Self::Record(_) => RefusalReason::NotARecord,
            Self::OtherCounty { .. } => RefusalReason::WrongCounty,
            Self::OtherKiosk { .. } | Self::Length { .. } => RefusalReason::Other,
        }
    }
}

/// The answer to an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// It is on disk, verified; the kiosk is to be told with an acknowledgement.
    Held {
        /// Whose it is.
        kiosk: KioskId,
    },
    /// These blocks are here, the others are wanted.
    Wanted {
        /// What is here.
        have: BlockMap,
    },
    /// It is not wanted.
    Refused {
        /// Why.
        reason: ObjectRefused,
    },
}

/// How an object that seemed whole turned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// It is on disk, verified; the kiosk is to be told with an acknowledgement.
    Held {
        /// Whose it is.
        kiosk: KioskId,
    },
    /// It is refused and set aside.
    Refused {
        /// Why.
        reason: ObjectRefused,
    },
    /// Blocks are missing.
    Incomplete {
        /// What is here.
        have: BlockMap,
    },
    /// All blocks were here but their hash is another. They are dropped; send it all again.
    Damaged,
    /// Nothing is known of the object; offer it first.
    NotOffered,
}

impl County {
    /// Answers the offer of an object of `len` bytes.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails; the sender is given no answer.
    pub fn offer(&self, hash: ObjectHash, len: u32) -> Result<Offer, LedgerError> {
        if len == 0 || len as usize > MAX_SEALED_LEN {
            return Ok(Offer::Refused {
                reason: ObjectRefused::Length { len },
            });
        }
        let (held, refused) = self.ledger().read(|connection| {
            Ok::<_, LedgerError>((
                objects::held_for(connection, hash)?,
                objects::refused(connection, hash)?,
            ))
        })?;
        if let Some(kiosk) = held {
            return Ok(Offer::Held { kiosk });
        }
        if let Some(bytes) = refused {
            return Ok(match self.judge(hash, &bytes)? {
                Ok(kiosk) => Offer::Held { kiosk },
                Err(reason) => Offer::Refused { reason },
            });
        }
        let now = self.now();
        let have = self
            .ledger()
            .write(|tx| objects::expect(tx, hash, len, now))?;
        Ok(Offer::Wanted { have })
    }

    /// Keeps blocks of an offered object; they are on disk when this returns. Blocks that are here
    /// already, or do not fit their place, change nothing.
    ///
    /// Returns what is here now, or `None` if the object was not offered.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn add_blocks<'b>(
        &self,
        hash: ObjectHash,
        blocks: impl IntoIterator<Item = (u32, &'b [u8])>,
    ) -> Result<Option<BlockMap>, LedgerError> {
        let now = self.now();
        self.ledger()
            .write(|tx| objects::add_blocks(tx, hash, blocks, now))
    }

    /// Checks an object whose blocks are all here, and keeps it for good or sets it aside.
    ///
    /// A record that is kept is a case from then on, in the same transaction.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails; nothing has changed then.
    pub fn complete(&self, hash: ObjectHash) -> Result<Completion, LedgerError> {
        let (held, have, bytes) = self.ledger().read(|connection| {
            Ok::<_, LedgerError>((
                objects::held_for(connection, hash)?,
                objects::partial(connection, hash)?,
                objects::assembled(connection, hash)?,
            ))
        })?;
        match (held, have, bytes) {
            (Some(kiosk), _, _) => Ok(Completion::Held { kiosk }),
            (None, None, _) => Ok(Completion::NotOffered),
            (None, Some(have), None) => Ok(Completion::Incomplete { have }),
            (None, Some(have), Some(bytes)) if ObjectHash::of(&bytes) != hash => {
                let now = self.now();
                self.ledger().write(|tx| {
                    objects::drop_partial(tx, hash)?;
                    objects::expect(tx, hash, have.len_bytes(), now)
                })?;
                Ok(Completion::Damaged)
            }
            (None, Some(_), Some(bytes)) => Ok(match self.judge(hash, &bytes)? {
                Ok(kiosk) => Completion::Held { kiosk },
                Err(reason) => Completion::Refused { reason },
            }),
        }
    }

    /// The signed message that tells a kiosk which of `hashes` are on disk; at most
    /// [`ACKNOWLEDGED_MAX`] of them are looked at. `None` if none is.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn acknowledgement(
        &self,
        kiosk: KioskId,
        hashes: &[ObjectHash],
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        let (held, secret) = self.ledger().read(|connection| {
            let mut held = Vec::new();
            for &hash in hashes.iter().take(ACKNOWLEDGED_MAX) {
                if objects::held_for(connection, hash)? == Some(kiosk) {
                    held.push(hash);
                }
            }
            Ok::<_, LedgerError>((held, self.signing_for(connection, kiosk)?))
        })?;
        Ok((!held.is_empty()).then(|| {
            CountyMessage::Acknowledgement {
                kiosk,
                acknowledged_ms: self.now().0,
                hashes: held,
                held: None,
                numbers: None,
            }
            .sign(secret)
        }))
    }

    /// A route delivered an acknowledgement of `hashes`.
    pub(crate) fn told(&self, hashes: &[ObjectHash]) -> Result<(), LedgerError> {
        let now = self.now();
        self.ledger().write(|tx| objects::told(tx, hashes, now))
    }

    /// Keeps an object that passes every check, or sets it aside.
    fn judge(
        &self,
        hash: ObjectHash,
        bytes: &[u8],
    ) -> Result<Result<KioskId, ObjectRefused>, LedgerError> {
        let header = Header::parse(bytes);
        let standing = match header {
            Ok(header) => self
                .ledger()
                .read(|connection| kiosks::standing(connection, header.kiosk, header.kiosk_key))?,
            Err(_) => KioskStanding::Unknown,
        };
        let checked = envelope::open(bytes, self.keyring(), |_, _| standing)
            .map_err(ObjectRefused::from)
            .and_then(|opened| {
                let record = self.record_of(&opened)?;
                Ok((opened, record))
            });
        let now = self.now();
        self.ledger().write(|tx| match checked {
            Ok((opened, record)) => {
                objects::hold(tx, hash, opened.kiosk, opened.kind, bytes, now)?;
                if let Ok(header) = header {
                    kiosks::sealed_to(tx, opened.kiosk, header.county_key)?;
                }
                if let Some(record) = record {
                    self.open_case(tx, hash, &record, now)?;
                }
                Ok(Ok(opened.kiosk))
            }
            Err(reason) => {
                objects::set_aside(tx, hash, &reason.to_string(), bytes, now)?;
                Ok(Err(reason))
            }
        })
    }

    fn record_of(&self, opened: &Opened) -> Result<Option<Kept<Application>>, ObjectRefused> {
        match opened.kind {
            Kind::Ink | Kind::Picture | Kind::ClockReport => Ok(None),
            Kind::Record => {
                let record = Application::from_cbor(&opened.plain)?;
                let slip = record.slip_number;
                if slip.county() != self.config().county_code {
                    return Err(ObjectRefused::OtherCounty {
                        got: slip.county(),
                        want: self.config().county_code,
                    });
                }
                if slip.kiosk() != opened.kiosk.0 {
                    return Err(ObjectRefused::OtherKiosk {
                        slip: KioskId(slip.kiosk()),
                        signer: opened.kiosk,
                    });
                }
                Ok(Some(record))
            }
        }
    }
}
