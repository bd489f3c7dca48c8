//! What a courier brings on a USB stick, and the answers that go back with it; what lies on a stick is told in
//! [`envelope`]'s documentation.
//!
//! A stick may come late, twice, or half written: objects are known by their names, and each that arrives is
//! answered whether it is new or not.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use envelope::{
    BUNDLE_OBJECTS_MAX, Header, KioskId, KioskStanding, MANIFEST_FILE, MANIFEST_LEN_MAX,
    MAX_SEALED_LEN, Manifest, ManifestError, ObjectHash, answer_file, is_answer_file,
};
use stick::{Stick, StickError};

use crate::{
    County,
    intake::{ACKNOWLEDGED_MAX, ObjectRefused, Taken},
    ledger::{LedgerError, downlink, kiosks, objects},
};

/// Status messages that one visit brings to a kiosk. No route says that a stick was read, so the newest are written
/// each time; older ones went with earlier sticks.
const STATUS_MAX: u32 = 1000;

/// What one kiosk's bundle came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Whose bundle.
    pub kiosk: KioskId,
    /// Objects that are new and held now.
    pub new: u32,
    /// Objects that were held before.
    pub known: u32,
    /// Objects that were refused and set aside, and why.
    pub refused: Vec<(ObjectHash, ObjectRefused)>,
    /// Files that cannot be read, or whose content is not what their name says.
    pub damaged: u32,
    /// What the kiosk says is on the stick.
    pub list: List,
    /// Messages written to the stick for the kiosk.
    pub answers: u32,
}

/// A kiosk's word on what is on the stick. Objects are taken in whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// There is none that can be read: the stick was pulled before it was written.
    Absent,
    /// It cannot be believed.
    Doubtful(ManifestError),
    /// The kiosk signed it.
    Believed {
        /// Objects that it names, and neither the stick nor the county has.
        missing: u32,
        /// Objects that the kiosk had no room for on the stick.
        left_out: u32,
    },
}

/// Why an import ended early. What is held by then stays held; the stick can be taken again.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// There is no bundle of ours there.
    #[error("no kiosk has written to the stick at {}: is it the courier's, and mounted there", .0.display())]
    NoBundle(PathBuf),
    /// The stick is not there, was pulled, is write-protected, or fails.
    #[error(transparent)]
    Stick(#[from] StickError),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What became of one kiosk's objects.
struct Tally {
    kiosk: KioskId,
    /// Objects of this kiosk that are held.
    held: Vec<ObjectHash>,
    /// Objects that say that they are of this kiosk, and are refused.
    refused: Vec<(ObjectHash, ObjectRefused)>,
    imported: Imported,
}

impl County {
    /// Takes in every bundle on the stick at `dir` and writes back, for each kiosk, what the county has to say to it.
    ///
    /// The objects of all kiosks come first: a stick that cannot be written to has delivered them by then.
    ///
    /// # Errors
    ///
    /// [`CourierError`] if there is nothing of ours there, or stick or ledger fails.
    pub fn import_bundles(&self, dir: &Path) -> Result<Vec<Imported>, CourierError> {
        let stick = Stick::at(dir)?;
        let kiosks = stick.kiosks()?;
        if kiosks.is_empty() {
            return Err(CourierError::NoBundle(dir.to_owned()));
        }
        let tallies = kiosks
            .into_iter()
            .map(|kiosk| self.take_bundle(&stick, kiosk))
            .collect::<Result<Vec<_>, _>>()?;
        tallies
            .into_iter()
            .map(|tally| {
                let answers = self.write_answers(&stick, &tally)?;
                Ok(Imported {
                    answers,
                    ..tally.imported
                })
            })
            .collect()
    }

    fn take_bundle(&self, stick: &Stick, kiosk: KioskId) -> Result<Tally, CourierError> {
        let folder = stick.objects(kiosk);
        let mut tally = Tally::new(kiosk);
        let mut damaged = BTreeSet::new();
        let names = folder.files()?.into_iter().map(|(name, _)| name);
        // Other names are of half-written files, or not ours.
        let hashes = names.filter_map(|name| ObjectHash::from_name(&name));
        for hash in hashes.take(BUNDLE_OBJECTS_MAX) {
            // A file that cannot be read holds up no other.
            let read = folder.read(&hash.to_string(), MAX_SEALED_LEN);
            let Some(bytes) = read.ok().flatten() else {
                damaged.insert(hash);
                continue;
            };
            match self.take_whole(hash, &bytes)? {
                Taken::Damaged => {
                    damaged.insert(hash);
                }
                Taken::New { kiosk } => {
                    tally.imported.new += 1;
                    tally.hold(hash, kiosk);
                }
                Taken::Known { kiosk } => {
                    tally.imported.known += 1;
                    tally.hold(hash, kiosk);
                }
                Taken::Refused { reason } => tally.refuse(hash, &bytes, reason),
            }
        }
        tally.imported.damaged = count(damaged.len());
        tally.imported.list = match self.list_of(stick, kiosk)? {
            None => List::Absent,
            Some(Err(reason)) => List::Doubtful(reason),
            Some(Ok(manifest)) => List::Believed {
                missing: self.missing(&manifest, &tally, &damaged)?,
                left_out: manifest.contents.left_out,
            },
        };
        Ok(tally)
    }

    /// How many objects of the list neither came nor are held.
    fn missing(
        &self,
        manifest: &Manifest,
        tally: &Tally,
        damaged: &BTreeSet<ObjectHash>,
    ) -> Result<u32, LedgerError> {
        let refused: BTreeSet<ObjectHash> = tally
            .imported
            .refused
            .iter()
            .map(|(hash, _)| *hash)
            .collect();
        self.ledger().read(|connection| {
            let mut missing = 0;
            for object in &manifest.contents.objects {
                let came = damaged.contains(&object.hash) || refused.contains(&object.hash);
                if !came && objects::held_for(connection, object.hash)?.is_none() {
                    missing += 1;
                }
            }
            Ok(missing)
        })
    }

    /// The kiosk's list, or why it is not believed; `None` if there is none that can be read.
    fn list_of(
        &self,
        stick: &Stick,
        kiosk: KioskId,
    ) -> Result<Option<Result<Manifest, ManifestError>>, LedgerError> {
        let read = stick.bundle(kiosk).read(MANIFEST_FILE, MANIFEST_LEN_MAX);
        let Some(bytes) = read.ok().flatten() else {
            return Ok(None);
        };
        let mut ledger = Ok(());
        let manifest = Manifest::verify(&bytes, |named, key| {
            let found = self
                .ledger()
                .read(|connection| kiosks::standing(connection, named, key));
            match found {
                Ok(KioskStanding::Accepted(key)) if named == kiosk => Some(key),
                Ok(_) => None,
                Err(error) => {
                    ledger = Err(error);
                    None
                }
            }
        });
        ledger?;
        Ok(Some(manifest))
    }

    /// Writes everything that the kiosk is to hear: what is held, what is refused, how its cases stand. It takes the
    /// place of what was written before and says it again, so that a stick does not fill up with answers.
    fn write_answers(&self, stick: &Stick, tally: &Tally) -> Result<u32, CourierError> {
        let kiosk = tally.kiosk;
        let mut messages = Vec::new();
        for hashes in tally.held.chunks(ACKNOWLEDGED_MAX) {
            messages.push(self.acknowledgement(kiosk, hashes)?);
        }
        if tally.held.is_empty() {
            // How many objects are held is news by itself: a county restored from a backup asks by it.
            messages.push(self.acknowledgement(kiosk, &[])?);
        }
        for (hash, reason) in &tally.refused {
            messages.extend(self.refusal(*hash, *reason)?);
        }
        messages.extend(self.key_news(kiosk)?);
        let status = self
            .ledger()
            .read(|connection| downlink::newest_owed(connection, kiosk, STATUS_MAX))?;
        messages.extend(status);

        let folder = stick.answers(kiosk);
        folder.make()?;
        for (place, message) in messages.iter().enumerate() {
            folder.put(&answer_file(place), message)?;
        }
        for (name, _) in folder.files()? {
            if is_answer_file(&name) && answer_file(messages.len()) <= name {
                folder.remove(&name)?;
            }
        }
        folder.sync()?;
        stick.sync()?;
        Ok(count(messages.len()))
    }
}

impl Tally {
    const fn new(kiosk: KioskId) -> Self {
        Self {
            kiosk,
            held: Vec::new(),
            refused: Vec::new(),
            imported: Imported {
                kiosk,
                new: 0,
                known: 0,
                refused: Vec::new(),
                damaged: 0,
                list: List::Absent,
                answers: 0,
            },
        }
    }

    /// Another kiosk's object in the wrong folder is held, and its kiosk told over its own way.
    fn hold(&mut self, hash: ObjectHash, owner: KioskId) {
        if owner == self.kiosk {
            self.held.push(hash);
        }
    }

    fn refuse(&mut self, hash: ObjectHash, bytes: &[u8], reason: ObjectRefused) {
        self.imported.refused.push((hash, reason));
        if Header::parse(bytes).is_ok_and(|header| header.kiosk == self.kiosk) {
            self.refused.push((hash, reason));
        }
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
