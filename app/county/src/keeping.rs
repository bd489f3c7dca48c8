//! Keeping what has passed every check: of all that come at once in one transaction.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use envelope::{KeyId, Kind, KioskId, ObjectHash, OpenError};
use relief::{Application, Exchange, Handover, KioskTime, Timeline};

use crate::{
    County, UnixMs,
    intake::ObjectRefused,
    ledger::{
        LedgerError, Transaction, cases, exchanges, fleet, handovers,
        kiosks::{self, Sender},
        objects::{self, Known, Verified},
    },
};

/// Longer objects are kept alone. Records are far shorter; a group of 64 of these holds 4 MB.
const GROUPED_LEN_MAX: usize = 64 << 10;

/// An object that passed every check.
pub(crate) struct Checked {
    pub(crate) kind: Kind,
    pub(crate) kiosk: KioskId,
    /// The kiosk's key that it is signed with.
    pub(crate) signer: KeyId,
    /// What it is sealed to.
    pub(crate) county_key: KeyId,
    pub(crate) content: Content,
}

/// What of an object has to be understood when it comes.
pub(crate) enum Content {
    Record(Box<relief::Kept<Application>>),
    Handover(Box<relief::Kept<Handover>>),
    ClockReport {
        made: KioskTime,
        /// All that it says, which may be how the kiosk stands as well.
        report: Vec<u8>,
    },
    /// Opened when somebody looks at it.
    Paper,
}

impl Content {
    /// When the kiosk made it, as far as it says so.
    fn made(&self) -> Option<&KioskTime> {
        match self {
            Self::Record(record) => Some(&*record.submitted),
            Self::Handover(record) => Some(&*record.submitted),
            Self::ClockReport { made, .. } => Some(made),
            Self::Paper => None,
        }
    }
}

/// When a kiosk is told that its object is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// With the answer that is given as soon as it is on disk.
    AtOnce,
    /// Whoever tells it says so.
    Later,
}

/// An object that was kept.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) kiosk: KioskId,
    /// The county's key that it was sealed to.
    pub(crate) county_key: KeyId,
    /// Whether it is here since now.
    pub(crate) is_new: bool,
    /// Among the objects of its kiosk; `None` if such objects have none.
    pub(crate) number: Option<u64>,
}

/// An object on its way into the ledger.
pub(crate) struct Arrived<'b> {
    hash: ObjectHash,
    /// Those for its row.
    bytes: Cow<'b, [u8]>,
    checked: Checked,
    told: Told,
}

impl<'b> Arrived<'b> {
    const fn new(hash: ObjectHash, bytes: Cow<'b, [u8]>, checked: Checked, told: Told) -> Self {
        Self {
            hash,
            bytes,
            checked,
            told,
        }
    }
}

/// What becomes of an object: it may turn out that its signer was revoked since it was checked.
pub(crate) type Fate = Result<Result<Kept, ObjectRefused>, LedgerError>;

impl County {
    /// Keeps an object that passed every check, or sets it aside. It is on disk when this returns.
    pub(crate) fn keep(
        &self,
        hash: ObjectHash,
        bytes: &[u8],
        checked: Result<Checked, ObjectRefused>,
        told: Told,
    ) -> Fate {
        let keep = |checked| -> Fate {
            let in_row = self.ledger().put(hash, bytes)?;
            if in_row.len() <= GROUPED_LEN_MAX {
                let in_row = Cow::Owned(in_row.to_vec());
                let arrived = Arrived::new(hash, in_row, checked, told);
                self.arrivals()
                    .bring(arrived, |group| Ok(self.keep_group(&group)))?
            } else {
                self.keep_alone(&Arrived::new(hash, Cow::Borrowed(in_row), checked, told))
            }
        };
        let kept = match checked {
            Ok(checked) => keep(checked)?,
            Err(reason) => Err(reason),
        };
        if let Err(reason) = kept {
            let now = self.now();
            self.ledger()
                .write(|tx| objects::set_aside(tx, hash, &reason.to_string(), bytes, now))?;
        }
        Ok(kept)
    }

    /// Keeps a group in one transaction. If that fails each is tried alone, so that one at fault spoils no other; when a second
    /// one fails the ledger is at fault, and what is left need not wait for it.
    fn keep_group(&self, group: &[Arrived<'_>]) -> Vec<Fate> {
        match self.ledger().write(|tx| self.keep_all(tx, group)) {
            Ok(kept) => kept.into_iter().map(Ok).collect(),
            Err(error) if group.len() == 1 => vec![Err(error)],
            Err(_) => {
                let mut failed = 0;
                let each = group.iter().map(|arrived| match failed {
                    0 | 1 => {
                        let fate = self.keep_alone(arrived);
                        failed += usize::from(fate.is_err());
                        fate
                    }
                    _ => Err(LedgerError::Undone),
                });
                each.collect()
            }
        }
    }

    fn keep_alone(&self, arrived: &Arrived<'_>) -> Fate {
        let group = std::slice::from_ref(arrived);
        let mut kept = self.ledger().write(|tx| self.keep_all(tx, group))?;
        kept.pop().ok_or(LedgerError::Undone)
    }

    fn keep_all(
        &self,
        tx: &Transaction<'_>,
        group: &[Arrived<'_>],
    ) -> Result<Vec<Result<Kept, ObjectRefused>>, LedgerError> {
        let now = self.now();
        let mut here = Here::before(tx, group)?;
        let kept = group.iter();
        kept.map(|arrived| self.keep_one(tx, &mut here, arrived, now))
            .collect()
    }

    fn keep_one(
        &self,
        tx: &Transaction<'_>,
        here: &mut Here,
        arrived: &Arrived<'_>,
        now: UnixMs,
    ) -> Result<Result<Kept, ObjectRefused>, LedgerError> {
        let &Arrived {
            hash,
            ref bytes,
            ref checked,
            told,
        } = arrived;
        let &Checked {
            kind,
            kiosk,
            county_key,
            ref content,
            ..
        } = checked;
        let kept = |is_new, number| Kept {
            kiosk,
            county_key,
            is_new,
            number,
        };
        let known = here.objects.entry(hash).or_default();
        let counts = here.senders.get_mut(&kiosk);
        let counts = counts.filter(|sender| sender.keys.contains(&checked.signer));
        let Some(sender) = counts else {
            return Ok(match known.held {
                Some((_, number)) => Ok(kept(false, Some(number))),
                None => Err(ObjectRefused::Envelope(OpenError::RevokedKey {
                    kiosk,
                    key: checked.signer,
                })),
            });
        };
        if sender.county_key != Some(county_key) {
            kiosks::sealed_to(tx, kiosk, county_key)?;
            sender.county_key = Some(county_key);
        }
        if let Some((_, number)) = known.held {
            return Ok(Ok(kept(false, Some(number))));
        }
        objects::forget(tx, hash, known)?;
        // What it says is kept and it is not: a kiosk does not keep it either, so it takes no number that the kiosk would
        // wait to hear of.
        if let Content::ClockReport { made, report } = content {
            here.note(tx, kiosk, made, now)?;
            if let Some(told) = fleet::note_condition(tx, kiosk, made, report, now)? {
                self.send_rules(tx, kiosk, &told, now)?;
            }
            return Ok(Ok(kept(true, None)));
        }
        sender.held += 1;
        let number = sender.held;
        *known = Known {
            held: Some((kiosk, number)),
            ..Known::default()
        };
        let object = Verified {
            hash,
            kiosk,
            kind,
            bytes,
        };
        objects::hold(tx, &object, number, told == Told::AtOnce, now)?;
        if let Some(made) = content.made() {
            here.note(tx, kiosk, made, now)?;
        }
        match content {
            Content::Record(record) => {
                if here.submissions.insert(record.submission_id) {
                    let submitted = here.corrected(hash, kiosk, &record.submitted, now);
                    self.open_case(tx, &object, county_key, record, submitted, now)?;
                }
            }
            Content::Handover(record) => handovers::keep(tx, hash, record, now)?,
            Content::ClockReport { .. } | Content::Paper => {}
        }
        Ok(Ok(kept(true, Some(number))))
    }
}

/// What the ledger has that a group must know: read before anything is written, for all at once, and then kept up to date.
#[derive(Default)]
struct Here {
    objects: BTreeMap<ObjectHash, Known>,
    senders: BTreeMap<KioskId, Sender>,
    /// Those that have a case.
    submissions: BTreeSet<[u8; 16]>,
    /// What bounds the times at which records were made.
    around: BTreeMap<ObjectHash, Vec<Exchange>>,
    /// What was noted for the group.
    noted: Vec<(KioskId, Exchange)>,
}

impl Here {
    fn before(tx: &Transaction<'_>, group: &[Arrived<'_>]) -> Result<Self, LedgerError> {
        let records = group.iter().filter_map(|arrived| {
            let Checked { kiosk, content, .. } = &arrived.checked;
            match content {
                Content::Record(record) => Some((arrived.hash, *kiosk, record)),
                Content::Handover(_) | Content::ClockReport { .. } | Content::Paper => None,
            }
        });
        let hashes = group.iter().map(|arrived| &arrived.hash);
        let kiosks: BTreeSet<_> = group.iter().map(|arrived| arrived.checked.kiosk).collect();
        let ids = records.clone().map(|(_, _, record)| &record.submission_id);
        let mut around: Vec<_> = records
            .map(|(hash, kiosk, record)| (hash, kiosk, &*record.submitted, Vec::new()))
            .collect();
        let mut here = Self::default();
        let known = [
            objects::known(hashes, &mut here.objects),
            kiosks::senders(&kiosks, &mut here.senders),
            cases::known(ids, &mut here.submissions),
            tx.highest_numbers(),
        ];
        let times = around
            .iter_mut()
            .map(|(_, kiosk, made, all)| exchanges::around(*kiosk, made, all));
        tx.ask(known.into_iter().chain(times))?;
        here.around = around
            .into_iter()
            .map(|(hash, _, _, all)| (hash, all))
            .collect();
        Ok(here)
    }

    /// Notes that something made at `made` was received now; of two receipts in a group the first counts.
    fn note(
        &mut self,
        tx: &Transaction<'_>,
        kiosk: KioskId,
        made: &KioskTime,
        now: UnixMs,
    ) -> Result<(), LedgerError> {
        let at = |kiosk, made: &KioskTime| (kiosk, made.boot_id, made.tick_ms);
        let is_noted = |noted: &(KioskId, Exchange)| at(noted.0, &noted.1.made) == at(kiosk, made);
        if !self.noted.iter().any(is_noted) {
            exchanges::note(tx, kiosk, made, now)?;
            let exchange = Exchange {
                made: *made,
                received_ms: now.0,
            };
            self.noted.push((kiosk, exchange));
        }
        Ok(())
    }

    /// When the kiosk made what is in this place of the group, by all that is known now.
    fn corrected(
        &mut self,
        hash: ObjectHash,
        kiosk: KioskId,
        made: &KioskTime,
        now: UnixMs,
    ) -> UnixMs {
        let before = self.around.remove(&hash).unwrap_or_default();
        let noted = self.noted.iter().filter(|(noted, _)| *noted == kiosk);
        let timeline = Timeline::new(
            before
                .into_iter()
                .chain(noted.map(|(_, exchange)| *exchange)),
        );
        crate::standing::corrected(&timeline, *made, now)
    }
}
