//! The outbox as a route sees it: objects to carry, and the county's signed messages to act on.

use std::sync::Arc;

use envelope::{
    CountyMessage, CountyPublic, CountyTrust, CryptoRng, KeyError, Kind, KioskId, KioskSigner,
    MessageError, ObjectHash, Sealed, split_messages,
};
use link::BlockMap;
use relief::{FaultCode, HEARD_MAX, Kept, KioskCondition, Rulebook};
use store::{
    Acknowledged, AuditAction, AuditActor, Moment, Month, OutboxObject, ReadError, RouteNote,
    Store, Unacknowledged, UnixMs, WriteError,
};

use super::budget::{BestTime, MonthNow, best_time, month_now};
use crate::appliance::clock::Now;
use crate::appliance::policy_in_force::{Editions, EditionsInForce};
use crate::county_rules;
use crate::flow::LineReport;
use crate::health::Health;

/// The kiosk's file, with the keys that county messages are checked with.
pub struct Outbox {
    store: Store,
    signer: Arc<KioskSigner>,
    trust: CountyTrust,
    about: About,
    /// Messages that came over a route which does not say so: what the next report names.
    heard: Vec<u64>,
}

/// What the kiosk tells the county of itself beside what its file knows.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// What is wrong with its devices.
    pub health: Health,
    /// The rules and explainer cards that it works by.
    pub editions: EditionsInForce,
}

/// What the county is told at once when it changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// What is wrong with the kiosk's devices and its disk.
    pub faults: Vec<FaultCode>,
    /// The rules and cards that it works by.
    pub editions: Editions,
}

/// The county's keys that count here: the one that the kiosk was set up with, and those that the county named since.
///
/// # Errors
///
/// [`ReadError`] if the file cannot be read.
pub fn county_trust(store: &Store, given: &CountyPublic) -> Result<CountyTrust, ReadError> {
    let mut trust = CountyTrust::new(given.clone());
    for bytes in store.county_keys()? {
        // What is no key was never learnt.
        if let Ok(key) = CountyPublic::from_bytes(&bytes) {
            trust.add(key);
        }
    }
    Ok(trust)
}

/// Why a message from the county changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// It is not the county's word; it is dropped.
    #[error("message is not taken: {0}")]
    Message(#[from] MessageError),
    /// It names a key that is none; it is dropped.
    #[error("message is not taken: {0}")]
    Key(#[from] KeyError),
    /// It is for another kiosk; it is dropped.
    #[error("message is for kiosk {got}, this is kiosk {here}")]
    OtherKiosk {
        /// The kiosk it names.
        got: KioskId,
        /// This kiosk.
        here: KioskId,
    },
    /// It brings rules that this build cannot work by; it is dropped.
    #[error("rules that came cannot be worked by")]
    Rules,
    /// The disk did not take it; it has to come again.
    #[error("message cannot be kept: {0}")]
    Write(#[from] WriteError),
}

impl Outbox {
    /// The outbox in `store`, a connection of its own. `county` is the key that the kiosk was set up with.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn new(
        store: Store,
        signer: Arc<KioskSigner>,
        county: &CountyPublic,
    ) -> Result<Self, ReadError> {
        let trust = county_trust(&store, county)?;
        Ok(Self {
            store,
            signer,
            trust,
            about: About::default(),
            heard: Vec::new(),
        })
    }

    /// The same, with something to tell of the kiosk.
    #[must_use]
    pub fn telling(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// How much is owed, by priority.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn owed_by_priority(&self) -> Result<Vec<Unacknowledged>, ReadError> {
        self.store.unacknowledged_by_priority()
    }

    /// The first `count` objects of [`owed`](Self::owed).
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn first_owed(&self, now: Moment, count: u32) -> Result<Vec<OutboxObject>, ReadError> {
        self.store.first_unacknowledged(now, count)
    }

    /// The blocks of an object that the county last said it has.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn held(&self, object: &OutboxObject) -> Result<Option<BlockMap>, ReadError> {
        let map = self.store.blocks_held(object.hash)?;
        Ok(map.and_then(|map| BlockMap::from_bytes(object.len, &map)))
    }

    /// What counts as used of a route's month.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn route_bytes(&self, route: &str, month: Month) -> Result<u64, ReadError> {
        self.store.route_bytes(route, month)
    }

    /// Books what went over a route and keeps how it stands; what counts as used of its month then.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk does not take it; nothing is booked then.
    pub fn note_route(&mut self, note: &RouteNote<'_>, now: Moment) -> Result<u64, WriteError> {
        self.store.note_route(note, now)
    }

    /// What [`keep_of_route`](Self::keep_of_route) kept last.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn kept_of_route(&self, route: &str) -> Result<Option<String>, ReadError> {
        self.store.kept_of_route(route)
    }

    /// Keeps what a route's driver has to know after a restart.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk does not take it.
    pub fn keep_of_route(&mut self, route: &str, kept: &str) -> Result<(), WriteError> {
        self.store.keep_of_route(route, kept)
    }

    /// The time by the best clock; `None` if the file cannot be read.
    #[must_use]
    pub fn best_time(&self, now: Now) -> Option<BestTime> {
        Some(best_time(now, self.store.county_time().ok()?))
    }

    /// The present month, as far as the kiosk can know it; `None` if its clocks are beyond every calendar.
    #[must_use]
    pub fn month(&self, now: Now) -> Option<MonthNow> {
        month_now(now, self.store.county_time().ok()?)
    }

    /// The objects that are due now, urgent ones first.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn due(&self, now: Moment) -> Result<Vec<OutboxObject>, ReadError> {
        self.store.due_objects(now)
    }

    /// Everything that the county has not acknowledged, due or not, urgent ones first.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn owed(&self, now: Moment) -> Result<Vec<OutboxObject>, ReadError> {
        self.store.all_unacknowledged(now)
    }

    /// Appends to the kiosk's log what was done with its outbox.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk does not take it.
    pub fn note(
        &mut self,
        actor: AuditActor,
        action: AuditAction,
        subject: &str,
        now: Moment,
    ) -> Result<(), WriteError> {
        self.store.note(actor, action, subject, now)
    }

    /// The bytes of an object; `None` once they are no longer kept.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn sealed(&self, hash: ObjectHash) -> Result<Option<Sealed>, ReadError> {
        self.store.sealed(hash)
    }

    /// The object was carried or not taken: it is not due again before its wait is over.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk does not take it; the object is then due at once.
    pub fn put_off(&mut self, hash: ObjectHash, now: Moment) -> Result<(), WriteError> {
        self.store.mark_attempt(hash, now)
    }

    /// Keeps which blocks of an object the county has.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk does not take it; the county is asked again then.
    pub fn note_held(&mut self, hash: ObjectHash, map: &BlockMap) -> Result<(), WriteError> {
        self.store.set_blocks_held(hash, map.as_bytes())
    }

    /// The kiosk whose outbox it is.
    #[must_use]
    pub fn kiosk(&self) -> KioskId {
        self.signer.id()
    }

    /// How the kiosk stands now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let mut faults = self.about.health.faults();
        if self.store.has_room().is_ok_and(|room| !room) {
            faults.push(FaultCode::DISK_FULL);
        }
        let editions = self.about.editions.now();
        Standing { faults, editions }
    }

    /// What the kiosk's clocks say now, sealed, and how it stands: the county corrects times of submission by it. It is
    /// not kept; one that is lost is followed by the next. `None` if it cannot be made now.
    pub fn clock_report(&self, now: Now, rng: &mut impl CryptoRng) -> Option<Sealed> {
        let told = now.told(self.store.county_time().ok()?);
        let LineReport {
            waiting, refused, ..
        } = self.report(true).ok()?;
        let Standing { faults, editions } = self.standing();
        let condition = KioskCondition {
            waiting,
            refused,
            faults,
            rules_edition: editions.rules,
            card_editions: editions.cards,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            heard: self.heard.clone(),
        };
        // Rules of many editions have a name too long to be told; the time is told all the same.
        let plain = condition
            .report(told)
            .or_else(|_| Kept::from(told).to_cbor())
            .ok()?;
        let county = self.trust.newest(self.signer.suite())?;
        envelope::seal(Kind::ClockReport, &plain, &self.signer, county, rng).ok()
    }

    /// Acts on messages that came in one answer over a route on which nobody knows whether they arrived; the next report
    /// says which of them need not come again. How many those are.
    pub fn take_news(&mut self, answer: &[u8], now: Moment) -> usize {
        self.heard.clear();
        for message in split_messages(answer).into_iter().take(HEARD_MAX) {
            match self.take(&message, now) {
                // It has to come again.
                Err(TakeError::Write(_)) => {}
                // What this build does not understand would come for ever.
                Ok(()) | Err(_) => self.heard.push(ObjectHash::of(&message).beginning()),
            }
        }
        self.heard.len()
    }

    /// Acts on a message from the county; the same message again changes nothing.
    ///
    /// # Errors
    ///
    /// [`TakeError`] if it is not the county's, not ours, or could not be kept.
    pub fn take(&mut self, message: &[u8], now: Moment) -> Result<(), TakeError> {
        match self.trust.verify(message)? {
            CountyMessage::Acknowledgement {
                kiosk,
                acknowledged_ms,
                hashes,
                held,
                numbers,
            } => {
                self.check_addressee(kiosk)?;
                let acknowledged = Acknowledged {
                    message,
                    county: UnixMs(acknowledged_ms),
                    hashes: &hashes,
                    numbers: &numbers.unwrap_or_default(),
                    held,
                };
                self.store.acknowledge(&acknowledged, now)?;
            }
            CountyMessage::Status {
                slip_number,
                stage,
                due,
                as_of_ms,
            } => {
                let as_of = UnixMs(as_of_ms);
                self.store
                    .set_status(&slip_number, stage, due.as_deref(), as_of, now)?;
            }
            CountyMessage::CountyKey { kiosk, public_key } => {
                self.check_addressee(kiosk)?;
                let key = CountyPublic::from_bytes(&public_key)?;
                let id = key.key_id().to_string();
                self.store.learn_county_key(&public_key, &id, now)?;
                self.trust.add(key);
            }
            CountyMessage::Refusal {
                kiosk,
                hash,
                reason,
                ..
            } => {
                self.check_addressee(kiosk)?;
                self.store.refuse(hash, reason as u8, now)?;
            }
            CountyMessage::Checkpoint { size, root, .. } => {
                // The kiosk is a witness: a county that changes its log behind a checkpoint is contradicted by this log.
                let checkpoint = format!("{size} {}", hex::encode(root));
                self.store.hear_checkpoint(&checkpoint, now)?;
            }
            CountyMessage::RuleFiles {
                kiosk,
                as_of_ms,
                packed,
            } => {
                self.check_addressee(kiosk)?;
                let rules = county_rules::with_files(&Rulebook::builtin(), &packed)
                    .ok_or(TakeError::Rules)?;
                let edition = rules.edition();
                self.store
                    .keep_county_rules(message, UnixMs(as_of_ms), edition, now)?;
            }
        }
        Ok(())
    }

    fn check_addressee(&self, got: KioskId) -> Result<(), TakeError> {
        let here = self.kiosk();
        if got == here {
            Ok(())
        } else {
            Err(TakeError::OtherKiosk { got, here })
        }
    }

    /// How outbox and disk stand, with what the route knows of the line.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn report(&self, connected: bool) -> Result<LineReport, ReadError> {
        Ok(LineReport {
            waiting: self.store.waiting()?,
            refused: u32::try_from(self.store.set_aside()?.len()).unwrap_or(u32::MAX),
            disk_full: !self.store.has_room()?,
            connected,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use envelope::{CountySecret, KioskStanding};
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    use relief::KioskTime;

    use super::*;
    use crate::appliance::clock::Clock;
    use crate::health::OF_PRINTER;

    #[test]
    fn a_clock_report_tells_the_time_and_how_the_kiosk_stands() {
        let dir = tempfile::tempdir().unwrap();
        let county = CountySecret::from_seed([9; 64]);
        let signer = Arc::new(KioskSigner::from_seed(KioskId(3), [3; 32]));
        let store = Store::open(dir.path().join("kiosk.db")).unwrap();
        let about = About::default();
        let About { health, editions } = about.clone();
        let outbox = Outbox::new(store, signer.clone(), &county.public())
            .unwrap()
            .telling(about);
        let before = outbox.standing();
        health.found(OF_PRINTER, Some(FaultCode::PAPER_OUT));
        editions.set(Editions {
            rules: "2026-11 0a1b2c3d".to_owned(),
            cards: "2026-11".to_owned(),
        });
        assert_ne!(outbox.standing(), before);

        let now = Clock::new(7, Instant::now()).now();
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let sealed = outbox.clock_report(now, &mut rng).unwrap();
        let standing = KioskStanding::Accepted(signer.public());
        let opened = envelope::open(&sealed.bytes, &county.into(), |_, _| standing).unwrap();
        let told = KioskTime::from_cbor(&opened.plain).unwrap();
        assert_eq!((told.boot_id, told.tick_ms), (7, now.moment.tick_ms));
        let condition = KioskCondition::from_report(&opened.plain).unwrap();
        assert_eq!(condition.faults, [FaultCode::PAPER_OUT]);
        assert_eq!(condition.rules_edition, "2026-11 0a1b2c3d");
        assert_eq!((condition.waiting, condition.refused), (0, 0));
    }
}
