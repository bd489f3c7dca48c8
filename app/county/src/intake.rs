//! Taking objects in, whichever route their blocks come over.
//!
//! A route calls [`County::offer`] for each object it is offered, [`County::add_blocks`] for what
//! arrives, [`County::complete`] when nothing is missing, and hands down what
//! [`County::acknowledgement`] signs. Blocks of one object may come over several routes; they meet in
//! the ledger.

use std::collections::BTreeMap;

use envelope::{
    CountyMessage, Header, Kind, KioskId, KioskStanding, MAX_SEALED_LEN, ObjectHash, OpenError,
    Opened, RefusalReason,
};
use link::BlockMap;
use relief::{Application, Handover, KioskTime, RecordError, SlipNumber};

use crate::{
    County,
    keeping::{Checked, Content, Kept, Told},
    ledger::{LedgerError, kiosks, objects},
    offers::SHORT_LEN_MAX,
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

/// What became of an object that came in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is on disk, verified, since now; the kiosk is to be told with an acknowledgement.
    New {
        /// Whose it is.
        kiosk: KioskId,
    },
    /// It was on disk before; the kiosk is to be told as well.
    Known {
        /// Whose it is.
        kiosk: KioskId,
    },
    /// It is refused and set aside.
    Refused {
        /// Why.
        reason: ObjectRefused,
    },
    /// The bytes have another hash than the one they came under. Nothing has changed; send it again.
    Damaged,
}

/// An object that has got its number now.
struct Numbered {
    kept: Kept,
    number: u64,
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
        let known = self.offered().bring(hash, |hashes| {
            let known = self.ledger().look(|connection| {
                let mut known = BTreeMap::new();
                connection.ask([objects::known(&hashes, &mut known)])?;
                Ok(known)
            })?;
            let of_each = hashes.iter().map(|hash| known.get(hash).copied());
            Ok::<_, LedgerError>(of_each.map(Option::unwrap_or_default).collect())
        })?;
        if let Some((kiosk, _)) = known.held {
            return Ok(Offer::Held { kiosk });
        }
        if known.is_refused {
            let refused = self
                .ledger()
                .read(|connection| objects::refused(connection, hash))?;
            if let Some(bytes) = refused {
                return Ok(match self.judge(hash, &bytes)? {
                    Ok(kiosk) => Offer::Held { kiosk },
                    Err(reason) => Offer::Refused { reason },
                });
            }
        }
        if !known.is_partial && len <= SHORT_LEN_MAX {
            self.offers().note(hash, len);
            return Ok(Offer::Wanted {
                have: BlockMap::empty(len),
            });
        }
        let now = self.now();
        self.ledger().write(|tx| {
            // Another server may hold it since.
            Ok(match objects::held_for(tx, hash)? {
                Some(kiosk) => Offer::Held { kiosk },
                None => Offer::Wanted {
                    have: objects::expect(tx, hash, len, now)?,
                },
            })
        })
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
        let offered = self.offers().take(hash);
        self.ledger().write(|tx| {
            if let Some(len) = offered
                && objects::held_for(tx, hash)?.is_none()
            {
                objects::expect(tx, hash, len, now)?;
            }
            objects::add_blocks(tx, hash, blocks, now)
        })
    }

    /// Checks an object whose blocks are all here, and keeps it for good or sets it aside.
    ///
    /// A record that is kept is a case from then on, in the same transaction.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails; nothing has changed then.
    pub fn complete(&self, hash: ObjectHash) -> Result<Completion, LedgerError> {
        let _turn = self.turn_to_open();
        let (held, have, bytes) = self.ledger().read(|connection| {
            Ok::<_, LedgerError>((
                objects::held_for(connection, hash)?,
                objects::partial(connection, hash)?,
                objects::assembled(connection, hash)?,
            ))
        })?;
        match (held, have, bytes) {
            (Some(kiosk), _, _) => Ok(Completion::Held { kiosk }),
            (None, None, _) => Ok(match self.offers().len(hash) {
                Some(len) => Completion::Incomplete {
                    have: BlockMap::empty(len),
                },
                None => Completion::NotOffered,
            }),
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

    /// Takes in an object that came in one piece: what [`offer`](Self::offer), [`add_blocks`](Self::add_blocks) and
    /// [`complete`](Self::complete) do together, in one transaction. Blocks of it that came over another route are
    /// not needed any more, true or not.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails; nothing has changed then.
    pub fn take_whole(&self, hash: ObjectHash, bytes: &[u8]) -> Result<Taken, LedgerError> {
        let (taken, _) = self.take(hash, bytes, Told::Later)?;
        Ok(taken)
    }

    /// The same, and the signed message that tells the kiosk of it if the object has got a number now.
    pub(crate) fn take_and_acknowledge(
        &self,
        hash: ObjectHash,
        bytes: &[u8],
    ) -> Result<(Taken, Option<Vec<u8>>), LedgerError> {
        let (taken, numbered) = self.take(hash, bytes, Told::AtOnce)?;
        let acknowledgement = numbered.map(|Numbered { kept, number }| {
            let message = CountyMessage::Acknowledgement {
                kiosk: kept.kiosk,
                acknowledged_ms: self.now().0,
                hashes: vec![hash],
                // It is the newest of them.
                held: Some(number),
                numbers: Some(vec![number]),
            };
            message.sign(self.signing_to(Some(kept.county_key)))
        });
        Ok((taken, acknowledgement))
    }

    /// What became of an object that came in one piece.
    fn take(
        &self,
        hash: ObjectHash,
        bytes: &[u8],
        told: Told,
    ) -> Result<(Taken, Option<Numbered>), LedgerError> {
        if ObjectHash::of(bytes) != hash {
            return Ok((Taken::Damaged, None));
        }
        if bytes.is_empty() || MAX_SEALED_LEN < bytes.len() {
            let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            let reason = ObjectRefused::Length { len };
            return Ok((Taken::Refused { reason }, None));
        }
        let turn = self.turn_to_open();
        let checked = self.check(bytes)?;
        // Whoever sent the bytes has room for them until they are on disk.
        drop(turn);
        if checked.is_err() {
            // What is held stays so, whatever became of the key that signed it.
            let held = self
                .ledger()
                .read(|connection| objects::held_for(connection, hash))?;
            if let Some(kiosk) = held {
                return Ok((Taken::Known { kiosk }, None));
            }
        }
        Ok(match self.keep(hash, bytes, checked, told)? {
            Ok(kept) if kept.is_new => {
                let numbered = kept.number.map(|number| Numbered { kept, number });
                (Taken::New { kiosk: kept.kiosk }, numbered)
            }
            Ok(kept) => (Taken::Known { kiosk: kept.kiosk }, None),
            Err(reason) => (Taken::Refused { reason }, None),
        })
    }

    /// The signed message that tells a kiosk which of `hashes` are on disk, under which numbers, and how many objects of
    /// the kiosk are; at most [`ACKNOWLEDGED_MAX`] of them are looked at.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn acknowledgement(
        &self,
        kiosk: KioskId,
        hashes: &[ObjectHash],
    ) -> Result<Vec<u8>, LedgerError> {
        let acknowledged_ms = self.now().0;
        self.ledger().read(|connection| {
            let mut named = Vec::new();
            let mut numbers = Vec::new();
            for &hash in hashes.iter().take(ACKNOWLEDGED_MAX) {
                if let Some(number) = objects::number(connection, kiosk, hash)? {
                    named.push(hash);
                    numbers.push(number);
                }
            }
            let message = CountyMessage::Acknowledgement {
                kiosk,
                acknowledged_ms,
                hashes: named,
                held: Some(objects::held_count(connection, kiosk)?),
                numbers: Some(numbers),
            };
            Ok(message.sign(self.signing_for(connection, kiosk)?))
        })
    }

    /// The signed message that tells a kiosk why this object of its is set aside; `None` if it is not, or does not even
    /// say whose it is.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn refusal(
        &self,
        hash: ObjectHash,
        reason: ObjectRefused,
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        let refused_ms = self.now().0;
        self.ledger().read(|connection| {
            let refused = objects::refused(connection, hash)?;
            let Some(Ok(header)) = refused.map(|bytes| Header::parse(&bytes)) else {
                return Ok(None);
            };
            let kiosk = header.kiosk;
            let message = CountyMessage::Refusal {
                kiosk,
                hash,
                reason: reason.reason(),
                refused_ms,
            };
            Ok(Some(message.sign(self.signing_for(connection, kiosk)?)))
        })
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
        let checked = self.check(bytes)?;
        let kept = self.keep(hash, bytes, checked, Told::Later)?;
        Ok(kept.map(|kept| kept.kiosk))
    }

    /// Opens an object as far as its kind has to be understood, and changes nothing.
    fn check(&self, bytes: &[u8]) -> Result<Result<Checked, ObjectRefused>, LedgerError> {
        let header = match Header::parse(bytes) {
            Ok(header) => header,
            Err(error) => return Ok(Err(OpenError::from(error).into())),
        };
        let standing = self.standing_of(&header)?;
        let checked = || {
            let opened = envelope::open(bytes, self.keyring(), |_, _| standing)?;
            Ok(Checked {
                kind: opened.kind,
                kiosk: opened.kiosk,
                signer: header.kiosk_key,
                county_key: header.county_key,
                content: self.content_of(&opened)?,
            })
        };
        Ok(checked())
    }

    /// What is known of the key that an object says it is signed with. A key that counted is known from then on, for none
    /// changes; whether it counts still is seen when the object is kept.
    fn standing_of(&self, header: &Header) -> Result<KioskStanding, LedgerError> {
        let named = (header.kiosk, header.kiosk_key);
        if let Some(met) = self.inner.signers.lock().get(&named) {
            return Ok(KioskStanding::Accepted(met.clone()));
        }
        let standing = self
            .ledger()
            .read(|connection| kiosks::standing(connection, header.kiosk, header.kiosk_key))?;
        if let KioskStanding::Accepted(key) = &standing {
            self.inner.signers.lock().insert(named, key.clone());
        }
        Ok(standing)
    }

    fn content_of(&self, opened: &Opened) -> Result<Content, ObjectRefused> {
        match opened.kind {
            Kind::Ink | Kind::Picture => Ok(Content::Paper),
            Kind::ClockReport => Ok(Content::ClockReport {
                made: *KioskTime::from_cbor(&opened.plain)?,
                report: opened.plain.clone(),
            }),
            Kind::Record => {
                let record = Application::from_cbor(&opened.plain)?;
                self.check_slip(record.slip_number, opened.kiosk)?;
                Ok(Content::Record(Box::new(record)))
            }
            Kind::Handover => {
                let record = Handover::from_cbor(&opened.plain)?;
                self.check_slip(record.slip_number, opened.kiosk)?;
                if let Some(case) = record.case {
                    self.check_county(case)?;
                }
                Ok(Content::Handover(Box::new(record)))
            }
        }
    }

    /// Whether a slip's number is of this county and of the kiosk that signed the record.
    fn check_slip(&self, slip: SlipNumber, signer: KioskId) -> Result<(), ObjectRefused> {
        self.check_county(slip)?;
        if slip.kiosk() != signer.0 {
            return Err(ObjectRefused::OtherKiosk {
                slip: KioskId(slip.kiosk()),
                signer,
            });
        }
        Ok(())
    }

    fn check_county(&self, slip: SlipNumber) -> Result<(), ObjectRefused> {
        let want = self.config().county_code;
        if slip.county() != want {
            return Err(ObjectRefused::OtherCounty {
                got: slip.county(),
                want,
            });
        }
        Ok(())
    }
}
