//! The way to the county by a person with a USB stick; what lies on it is told in [`envelope::bundle`].
//!
//! Each visit takes in what the county answered and writes out what it has not acknowledged. Whatever interrupts it, a
//! stick pulled too early or a power cut, the next visit goes on from what is there: objects are named by their
//! content, files come into place whole, and the list comes last.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use envelope::{
    BUNDLE_OBJECTS_MAX, BundleContents, BundleObject, KioskSigner, MANIFEST_FILE, ManifestError,
    OBJECTS_FOLDER, ObjectHash, PART_SUFFIX, STICK_FOLDER, answers_folder, bundle_folder,
};
use store::{AuditAction, AuditActor, Moment, ReadError};

use crate::uplink::outbox::{Outbox, TakeError};

/// Kept free on the stick: room for the list, and for file systems that fail when they are filled to the last byte.
const STICK_BYTES_SPARED: u64 = 1 << 20;

/// Answers taken in one visit; the county writes one for every few dozen objects.
const ANSWERS_MAX: usize = 10_000;

/// The longest answer that is read: an acknowledgement that names a thousand hashes.
const ANSWER_LEN_MAX: u64 = 64 << 10;

/// What a visit of the stick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Visit {
    /// Answers of the county that were taken in.
    pub answers_taken: u32,
    /// Files among the answers that are not the county's word to this kiosk.
    pub answers_strange: u32,
    /// Objects written to the stick.
    pub written: u32,
    /// Objects that lay there whole from an earlier visit.
    pub kept: u32,
    /// Objects that are owed and did not fit.
    pub left_out: u32,
    /// Objects taken off the stick because the county has them.
    pub removed: u32,
    /// Bytes of the objects that lie on the stick now.
    pub bytes: u64,
}

/// Why a visit ended early. Nothing is lost: the stick can come again.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// There is no such folder: the stick is not in, or not mounted there.
    #[error("{} is no folder: is the stick in?", path.display())]
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
    /// An answer of the county's could not be kept.
    #[error("answer cannot be kept: {0}")]
    Take(#[from] TakeError),
    /// The kiosk's file cannot be read.
    #[error(transparent)]
    Store(#[from] ReadError),
    /// The list could not be made.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// Takes the county's answers off the stick at `dir` and writes to it what the county has not acknowledged, urgent
/// objects first, at most `bytes_max` of them and no more than it has room for.
///
/// # Errors
///
/// [`CourierError`]; what was taken in and written by then stays so.
pub fn visit(
    outbox: &mut Outbox,
    signer: &KioskSigner,
    dir: &Path,
    bytes_max: u64,
    now: Moment,
) -> Result<Visit, CourierError> {
    if !dir.is_dir() {
        return Err(CourierError::NoStick {
            path: dir.to_owned(),
        });
    }
    let stick = dir.join(STICK_FOLDER);
    let mut visit = Visit::default();
    take_answers(
        outbox,
        &stick.join(answers_folder(signer.id())),
        now,
        &mut visit,
    )?;
    write_bundle(outbox, signer, &stick, bytes_max, now, &mut visit)?;
    let count = (visit.written + visit.kept).to_string();
    outbox
        .note(AuditActor::Staff, AuditAction::BundleWritten, &count, now)
        .map_err(TakeError::from)?;
    Ok(visit)
}

fn take_answers(
    outbox: &mut Outbox,
    folder: &Path,
    now: Moment,
    visit: &mut Visit,
) -> Result<(), CourierError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for name in names_in(folder)?.into_iter().take(ANSWERS_MAX) {
        let path = folder.join(&name);
        let mut message = Vec::new();
        let file = File::open(&path).map_err(failed(&path))?;
        file.take(ANSWER_LEN_MAX + 1)
            .read_to_end(&mut message)
            .map_err(failed(&path))?;
        match outbox.take(&message, now) {
            Ok(()) => visit.answers_taken += 1,
            Err(TakeError::Write(error)) => return Err(TakeError::Write(error).into()),
            Err(_) => visit.answers_strange += 1,
        }
        // What was taken in is in the kiosk's file; what is no answer of ours is of no use to anybody.
        fs::remove_file(&path).map_err(failed(&path))?;
    }
    Ok(())
}

fn write_bundle(
    outbox: &Outbox,
    signer: &KioskSigner,
    stick: &Path,
    bytes_max: u64,
    now: Moment,
    visit: &mut Visit,
) -> Result<(), CourierError> {
    let bundle = stick.join(bundle_folder(signer.id()));
    let folder = bundle.join(OBJECTS_FOLDER);
    fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let owed = outbox.owed(now)?;
    let names: BTreeSet<String> = owed.iter().map(|object| object.hash.to_string()).collect();
    visit.removed = remove_others(&folder, &names)?;

    let mut objects = Vec::new();
    for object in &owed {
        let entry = BundleObject {
            hash: object.hash,
            len: object.len,
            priority: object.priority,
        };
        let bytes = visit.bytes + u64::from(object.len);
        if bytes_max < bytes || BUNDLE_OBJECTS_MAX <= objects.len() {
            visit.left_out += 1;
            continue;
        }
        let Some(sealed) = outbox.sealed(object.hash)? else {
            continue;
        };
        match place(&folder, object.hash, &sealed.bytes)? {
            Placed::Written => visit.written += 1,
            Placed::WasThere => visit.kept += 1,
            Placed::NoRoom => {
                visit.left_out += 1;
                continue;
            }
        }
        visit.bytes = bytes;
        objects.push(entry);
    }
    let contents = BundleContents {
        boot: now.boot,
        tick_ms: now.tick_ms,
        wall_ms: now.wall.0,
        objects,
        left_out: visit.left_out,
    };
    let manifest = contents.sign(signer)?;
    let path = bundle.join(MANIFEST_FILE);
    put(&path, &manifest).map_err(failed(&path))?;
    for folder in [&folder, &bundle, stick] {
        sync_folder(folder).map_err(failed(folder))?;
    }
    Ok(())
}

/// Takes objects off the stick that are not among `names`, and half-written files of such.
fn remove_others(folder: &Path, names: &BTreeSet<String>) -> Result<u32, CourierError> {
    let mut removed = 0;
    for name in names_in(folder)? {
        let object = name.strip_suffix(PART_SUFFIX).unwrap_or(&name);
        if !names.contains(object) {
            let path = folder.join(&name);
            fs::remove_file(&path).map_err(failed(&path))?;
            removed += u32::from(object == name);
        }
    }
    Ok(removed)
}

enum Placed {
    Written,
    WasThere,
    NoRoom,
}

/// Brings one object into the folder, going on from what an interrupted visit left of it.
fn place(folder: &Path, hash: ObjectHash, bytes: &[u8]) -> Result<Placed, CourierError> {
    let path = folder.join(hash.to_string());
    if holds(&path, bytes) {
        return Ok(Placed::WasThere);
    }
    let half = with_suffix(&path, PART_SUFFIX);
    let room = room_on(folder).map_err(failed(folder))?;
    if room < bytes.len() as u64 + STICK_BYTES_SPARED {
        return Ok(Placed::NoRoom);
    }
    match write_rest(&half, bytes).and_then(|()| fs::rename(&half, &path)) {
        Ok(()) => Ok(Placed::Written),
        Err(error) if error.kind() == io::ErrorKind::StorageFull => {
            fs::remove_file(&half).map_err(failed(&half))?;
            Ok(Placed::NoRoom)
        }
        Err(error) => Err(failed(&half)(error)),
    }
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    fs::metadata(path).is_ok_and(|file| file.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|there| there == bytes)
}

/// Writes `bytes` to the file, from where what is there already ends or differs.
fn write_rest(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    let mut there = Vec::new();
    (&file).take(bytes.len() as u64).read_to_end(&mut there)?;
    let same = there
        .iter()
        .zip(bytes)
        .take_while(|(there, byte)| there == byte)
        .count();
    file.set_len(same as u64)?;
    file.seek(SeekFrom::Start(same as u64))?;
    file.write_all(&bytes[same..])?;
    file.sync_all()
}

/// Puts a whole file in its place; one that was there before stays until then.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let half = with_suffix(path, PART_SUFFIX);
    let mut file = File::create(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, path)
}

fn room_on(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Names of the files in a folder, sorted; names that are no text are none of ours.
fn names_in(folder: &Path) -> Result<Vec<String>, CourierError> {
    let read = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.extend(entry.file_name().into_string().ok());
            }
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
