//! What a courier brings on a USB stick, and the answers that go back with it; what lies on a stick is told in
//! [`envelope::bundle`].
//!
//! A stick may come late, twice, or half written: objects are known by their names, and each that arrives is
//! answered whether it is new or not.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use envelope::{
    BUNDLE_OBJECTS_MAX, KioskId, MANIFEST_FILE, MANIFEST_LEN_MAX, MAX_SEALED_LEN, Manifest,
    ManifestError, OBJECTS_FOLDER, ObjectHash, PART_SUFFIX, STICK_FOLDER, answers_folder,
    kiosk_of_bundle,
};
use link::BLOCK_LEN;

use crate::{
    County,
    intake::{ACKNOWLEDGED_MAX, Completion, Offer},
    keys::from_hex,
    ledger::{LedgerError, downlink, kiosks},
};

/// Status messages that one visit brings to a kiosk, the longest owed first.
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
    /// Objects that were refused and set aside.
    pub refused: u32,
    /// Files whose content is not what their name says: damaged on the way.
    pub damaged: u32,
    /// Objects that the list names and the stick does not have.
    pub missing: u32,
    /// Objects that the kiosk had no room for on the stick; `None` if the list cannot be believed.
    pub left_out: Option<u32>,
    /// Why the list was not believed; the objects were taken all the same.
    pub manifest: Option<ManifestError>,
    /// Messages written to the stick for the kiosk.
    pub answers: u32,
}

/// Why an import ended early. What is held by then stays held; the stick can be taken again.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// There is no bundle of ours there.
    #[error("{} has no folder {STICK_FOLDER}: is it the courier's stick?", path.display())]
    NoStick {
        /// The folder given.
        path: PathBuf,
    },
    /// The stick was pulled, is write-protected, or fails.
    #[error("stick failed at {}: {source}", path.display())]
    Stick {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What became of the objects of one bundle.
#[derive(Default)]
struct Tally {
    held: Vec<(ObjectHash, KioskId)>,
    refused: Vec<ObjectHash>,
    new: u32,
    known: u32,
    damaged: u32,
}

impl County {
    /// Takes in every bundle on the stick at `dir` and writes back, for each kiosk, what the county has to say to it.
    ///
    /// # Errors
    ///
    /// [`CourierError`] if there is nothing of ours there, or stick or ledger fails.
    pub fn import_bundles(&self, dir: &Path) -> Result<Vec<Imported>, CourierError> {
        let stick = dir.join(STICK_FOLDER);
        if !stick.is_dir() {
            return Err(CourierError::NoStick {
                path: dir.to_owned(),
            });
        }
        let mut imported = Vec::new();
        for folder in names_in(&stick)? {
            if let Some(kiosk) = kiosk_of_bundle(&folder) {
                imported.push(self.import_bundle(&stick, &stick.join(&folder), kiosk)?);
            }
        }
        Ok(imported)
    }

    fn import_bundle(
        &self,
        stick: &Path,
        bundle: &Path,
        kiosk: KioskId,
    ) -> Result<Imported, CourierError> {
        let (listed, manifest) = match self.manifest_of(bundle, kiosk)? {
            Ok(manifest) => (Some(manifest.contents), None),
            Err(reason) => (None, Some(reason)),
        };
        let tally = self.take_objects(&bundle.join(OBJECTS_FOLDER))?;
        let there: BTreeSet<ObjectHash> = tally
            .held
            .iter()
            .map(|(hash, _)| *hash)
            .chain(tally.refused.iter().copied())
            .collect();
        let missing = listed.as_ref().map_or(0, |listed| {
            let objects = listed.objects.iter();
            objects
                .filter(|object| !there.contains(&object.hash))
                .count()
        });
        let answers = self.write_answers(stick, kiosk, &tally)?;
        Ok(Imported {
            kiosk,
            new: tally.new,
            known: tally.known,
            refused: count(tally.refused.len()),
            damaged: tally.damaged,
            missing: count(missing),
            left_out: listed.map(|listed| listed.left_out),
            manifest,
            answers,
        })
    }

    fn manifest_of(
        &self,
        bundle: &Path,
        kiosk: KioskId,
    ) -> Result<Result<Manifest, ManifestError>, CourierError> {
        let path = bundle.join(MANIFEST_FILE);
        let bytes = match read_at_most(&path, MANIFEST_LEN_MAX) {
            Ok(bytes) => bytes,
            // The stick was pulled before the list was written.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(&path)(error)),
        };
        let mut ledger = Ok(());
        let manifest = Manifest::verify(&bytes, |named, key| {
            let found = self
                .ledger()
                .read(|connection| kiosks::standing(connection, named, key));
            match found {
                Ok(envelope::KioskStanding::Accepted(key)) if named == kiosk => Some(key),
                Ok(_) => None,
                Err(error) => {
                    ledger = Err(error);
                    None
                }
            }
        });
        ledger?;
        Ok(manifest)
    }

    fn take_objects(&self, folder: &Path) -> Result<Tally, CourierError> {
        let mut tally = Tally::default();
        if !folder.is_dir() {
            return Ok(tally);
        }
        for name in names_in(folder)?.into_iter().take(BUNDLE_OBJECTS_MAX) {
            let Some(hash) = from_hex(&name).map(ObjectHash) else {
                continue; // half written, or not ours
            };
            let path = folder.join(&name);
            let bytes = read_at_most(&path, MAX_SEALED_LEN).map_err(failed(&path))?;
            if ObjectHash::of(&bytes) != hash {
                tally.damaged += 1;
                continue;
            }
            match self.take_object(hash, &bytes)? {
                Taken::New(kiosk) => {
                    tally.new += 1;
                    tally.held.push((hash, kiosk));
                }
                Taken::Known(kiosk) => {
                    tally.known += 1;
                    tally.held.push((hash, kiosk));
                }
                Taken::Refused => tally.refused.push(hash),
            }
        }
        Ok(tally)
    }

    fn take_object(&self, hash: ObjectHash, bytes: &[u8]) -> Result<Taken, LedgerError> {
        match self.offer(hash, count(bytes.len()))? {
            Offer::Held { kiosk } => return Ok(Taken::Known(kiosk)),
            Offer::Refused { .. } => return Ok(Taken::Refused),
            Offer::Wanted { .. } => {}
        }
        self.add_blocks(hash, (0..).zip(bytes.chunks(BLOCK_LEN)))?;
        Ok(match self.complete(hash)? {
            Completion::Held { kiosk } => Taken::New(kiosk),
            // Blocks that another route brought under the same name were others; the next stick brings it whole.
            Completion::Refused { .. }
            | Completion::Incomplete { .. }
            | Completion::Damaged
            | Completion::NotOffered => Taken::Refused,
        })
    }

    /// The status messages that the kiosk has not got. They stay owed until a route says that it has.
    fn status_news(&self, kiosk: KioskId) -> Result<Vec<Vec<u8>>, LedgerError> {
        let owed = self
            .ledger()
            .read(|connection| downlink::owed(connection, kiosk, STATUS_MAX))?;
        Ok(owed.into_iter().map(|status| status.message).collect())
    }

    /// Writes everything that the kiosk is to hear: what is held, what is refused, how its cases stand.
    fn write_answers(
        &self,
        stick: &Path,
        kiosk: KioskId,
        tally: &Tally,
    ) -> Result<u32, CourierError> {
        let held: Vec<ObjectHash> = tally
            .held
            .iter()
            .filter(|(_, owner)| *owner == kiosk)
            .map(|(hash, _)| *hash)
            .collect();
        let mut messages = Vec::new();
        for hashes in held.chunks(ACKNOWLEDGED_MAX) {
            messages.push(self.acknowledgement(kiosk, hashes)?);
        }
        if held.is_empty() {
            messages.push(self.acknowledgement(kiosk, &[])?);
        }
        for hash in &tally.refused {
            messages.extend(self.refusal(*hash)?);
        }
        messages.extend(self.key_news(kiosk)?);
        messages.extend(self.status_news(kiosk)?);

        let folder = stick.join(answers_folder(kiosk));
        fs::create_dir_all(&folder).map_err(failed(&folder))?;
        let now_ms = self.now().0;
        for (place, message) in messages.iter().enumerate() {
            // Names sort by time and place, so that the kiosk hears everything in the order in which it was said.
            let name = format!("{now_ms:014}-{place:05}-{}", ObjectHash::of(message));
            put(&folder, &name, message)?;
        }
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed(&folder))?;
        Ok(count(messages.len()))
    }
}

enum Taken {
    New(KioskId),
    Known(KioskId),
    Refused,
}

/// Puts a whole file in its place.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), CourierError> {
    let path = folder.join(name);
    let half = folder.join(format!("{name}{PART_SUFFIX}"));
    let write = || {
        let mut file = File::create(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&half, &path)
    };
    write().map_err(failed(&path))
}

/// The file's bytes; one more than `len_max` if it is longer, so that its hash and list are not believed.
fn read_at_most(path: &Path, len_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(len_max as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Names in a folder, sorted; names that are no text are none of ours.
fn names_in(folder: &Path) -> Result<Vec<String>, CourierError> {
    let read = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.extend(entry?.file_name().into_string().ok());
        }
        names.sort();
        Ok(names)
    };
    read().map_err(failed(folder))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CourierError + use<> {
    let path = path.to_owned();
    move |source| CourierError::Stick { path, source }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
