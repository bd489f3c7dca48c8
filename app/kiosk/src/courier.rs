//! The way to the county by a person with a USB stick; what lies on it is told in [`envelope`]'s documentation.
//!
//! Each visit takes in what the county answered and writes out what it has not acknowledged. Whatever interrupts it, a
//! stick pulled too early or a power cut, the next visit goes on from what is there: objects are named by their
//! content, files come into place whole, and the list comes last.

use std::{collections::BTreeMap, path::Path};

use envelope::{
    BUNDLE_OBJECTS_MAX, BundleContents, BundleObject, KioskSigner, MANIFEST_FILE, ManifestError,
    ObjectHash, PART_SUFFIX, is_answer_file,
};
use stick::{Folder, Room, Stick, StickError};
use store::{AuditAction, AuditActor, Moment, OutboxObject, ReadError, WriteError};

use crate::uplink::outbox::{Outbox, TakeError};

/// Kept free on the stick: room for the list and the folders, and for file systems that fail when they are filled to
/// the last byte.
const STICK_BYTES_SPARED: u64 = 1 << 20;

/// Answers taken in at one visit, twice what a county writes at one. Of more, the first are taken in and removed, and
/// the rest at the next visit.
const ANSWERS_MAX: usize = 10_000;

/// The longest answer that is read: an acknowledgement that names a thousand objects.
const ANSWER_LEN_MAX: usize = 64 << 10;

/// What a visit of the stick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Visit {
    /// Answers of the county that were taken in.
    pub answers_taken: u32,
    /// Files in the place of answers that are not the county's word to this kiosk; they are removed.
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
    /// The stick is not there, was pulled, is write-protected, or fails.
    #[error(transparent)]
    Stick(#[from] StickError),
    /// The kiosk's file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An answer of the county's, or that a bundle was written, could not be kept.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The list could not be made.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// Takes the county's answers off the stick that is mounted at `dir` and writes to it what the county has not
/// acknowledged, urgent objects first, at most `bytes_max` of them and no more than it has room for. What lies there
/// from an earlier visit makes way for more urgent objects.
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
    let stick = Stick::at(dir)?;
    let mut visit = Visit::default();
    take_answers(outbox, &stick.answers(signer.id()), now, &mut visit)?;
    write_bundle(outbox, signer, &stick, bytes_max, now, &mut visit)?;
    let count = (visit.written + visit.kept).to_string();
    outbox.note(AuditActor::Staff, AuditAction::BundleWritten, &count, now)?;
    Ok(visit)
}

fn take_answers(
    outbox: &mut Outbox,
    answers: &Folder,
    now: Moment,
    visit: &mut Visit,
) -> Result<(), CourierError> {
    let files = answers.files()?.into_iter().map(|(name, _)| name);
    for name in files.filter(|name| is_answer_file(name)).take(ANSWERS_MAX) {
        let message = answers.read(&name, ANSWER_LEN_MAX)?.unwrap_or_default();
        match outbox.take(&message, now) {
            Ok(()) => visit.answers_taken += 1,
            Err(TakeError::Write(error)) => return Err(error.into()),
            Err(
                TakeError::Message(_)
                | TakeError::Key(_)
                | TakeError::OtherKiosk { .. }
                | TakeError::Rules,
            ) => visit.answers_strange += 1,
        }
        // What was taken in is in the kiosk's file; what is no answer of ours is of no use to anybody.
        answers.remove(&name)?;
    }
    Ok(())
}

fn write_bundle(
    outbox: &Outbox,
    signer: &KioskSigner,
    stick: &Stick,
    bytes_max: u64,
    now: Moment,
    visit: &mut Visit,
) -> Result<(), CourierError> {
    let owed = outbox.owed(now)?;
    let folder = stick.objects(signer.id());
    folder.make()?;
    let (chosen, left_out) = choose(&owed, bytes_max, room_for_objects(&folder)?);
    visit.left_out = left_out;
    visit.removed = make_way(&folder, &owed, &chosen)?;

    let mut objects = Vec::new();
    for object in chosen {
        // An object whose bytes a damaged card has lost is no longer anybody's to bring.
        let Some(sealed) = outbox.sealed(object.hash)? else {
            continue;
        };
        let name = object.hash.to_string();
        let lies_there = folder
            .read(&name, sealed.bytes.len())
            .is_ok_and(|there| there.is_some_and(|there| there == sealed.bytes));
        if lies_there {
            visit.kept += 1;
        } else {
            match folder.put(&name, &sealed.bytes) {
                Ok(()) => visit.written += 1,
                // The system takes more for a file than it says; smaller ones may fit still.
                Err(error) if error.is_full() => {
                    visit.left_out += 1;
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
        }
        visit.bytes += u64::from(object.len);
        objects.push(object);
    }
    folder.sync()?;

    let contents = BundleContents {
        boot: now.boot,
        tick_ms: now.tick_ms,
        wall_ms: now.wall.0,
        objects,
        left_out: visit.left_out,
    };
    let bundle = stick.bundle(signer.id());
    bundle.put(MANIFEST_FILE, &contents.sign(signer)?)?;
    bundle.sync()?;
    stick.sync()?;
    Ok(())
}

/// The room that objects may take on the stick: what is free, and what objects of ours take there.
fn room_for_objects(folder: &Folder) -> Result<Room, StickError> {
    let room = folder.room()?;
    let files = folder.files()?;
    let taken = files
        .iter()
        .filter(|(name, _)| object_of(name).is_some())
        .map(|(_, len)| room.taken_by(*len))
        .fold(0, u64::saturating_add);
    Ok(Room {
        free: room
            .free
            .saturating_add(taken)
            .saturating_sub(STICK_BYTES_SPARED),
        ..room
    })
}

/// Of the owed objects, in their order, each that fits beside those before it; and how many do not.
fn choose(owed: &[OutboxObject], bytes_max: u64, room: Room) -> (Vec<BundleObject>, u32) {
    let (mut bytes_left, mut room_left) = (bytes_max, room.free);
    let (mut chosen, mut left_out) = (Vec::new(), 0);
    for object in owed {
        let len = u64::from(object.len);
        let taken = room.taken_by(len);
        if chosen.len() < BUNDLE_OBJECTS_MAX && len <= bytes_left && taken <= room_left {
            bytes_left -= len;
            room_left -= taken;
            chosen.push(BundleObject {
                hash: object.hash,
                len: object.len,
                priority: object.priority,
            });
        } else {
            left_out += 1;
        }
    }
    (chosen, left_out)
}

/// Takes objects off the stick, and half-written ones, that are not `chosen`; returns how many of them were whole and
/// are no longer owed.
fn make_way(
    folder: &Folder,
    owed: &[OutboxObject],
    chosen: &[BundleObject],
) -> Result<u32, StickError> {
    let mut stays: BTreeMap<ObjectHash, bool> =
        owed.iter().map(|object| (object.hash, false)).collect();
    stays.extend(chosen.iter().map(|object| (object.hash, true)));
    let mut removed = 0;
    for (name, _) in folder.files()? {
        let Some((hash, is_whole)) = object_of(&name) else {
            continue;
        };
        match stays.get(&hash) {
            Some(true) => continue,
            Some(false) => {}
            None => removed += u32::from(is_whole),
        }
        folder.remove(&name)?;
    }
    Ok(removed)
}

/// The object that a file of this name holds, and whether all of it.
fn object_of(name: &str) -> Option<(ObjectHash, bool)> {
    match name.strip_suffix(PART_SUFFIX) {
        Some(name) => Some((ObjectHash::from_name(name)?, false)),
        None => Some((ObjectHash::from_name(name)?, true)),
    }
}

#[cfg(test)]
mod tests {
    use store::{SubmissionId, UnixMs};

    use super::*;

    fn owed(number: u8, priority: u8, len: u32) -> OutboxObject {
        OutboxObject {
            hash: ObjectHash([number; 32]),
            submission_id: SubmissionId([0; 16]),
            priority,
            len,
            queued: UnixMs(0),
            attempts: 0,
            due_tick_ms: 0,
        }
    }

    #[track_caller]
    fn chooses(bytes_max: u64, free: u64, numbers: &[u8], left_out: u32) {
        let owed = [
            owed(1, 1, 800),
            owed(2, 1, 900),
            owed(3, 3, 50_000),
            owed(4, 3, 600),
        ];
        let room = Room { free, block: 512 };
        let (chosen, left) = choose(&owed, bytes_max, room);
        let chosen: Vec<u8> = chosen.iter().map(|object| object.hash.0[0]).collect();
        assert_eq!((chosen.as_slice(), left), (numbers, left_out));
    }

    #[test]
    fn a_stick_with_room_takes_everything_in_its_order() {
        chooses(u64::MAX, u64::MAX, &[1, 2, 3, 4], 0);
        chooses(52_300, 53_248, &[1, 2, 3, 4], 0);
    }

    #[test]
    fn what_does_not_fit_is_left_out_for_smaller_ones_behind_it() {
        chooses(52_299, u64::MAX, &[1, 2, 3], 1);
        chooses(51_699, u64::MAX, &[1, 2, 4], 1);
        chooses(1700, u64::MAX, &[1, 2], 2);
        chooses(0, u64::MAX, &[], 4);
    }

    #[test]
    fn a_file_needs_room_for_whole_blocks() {
        chooses(u64::MAX, 53_247, &[1, 2, 3], 1);
        chooses(u64::MAX, 3 * 1024, &[1, 2, 4], 1);
        chooses(u64::MAX, 1023, &[], 4);
    }

    #[test]
    fn a_bundle_lists_no_more_than_its_limit() {
        let owed = vec![owed(1, 1, 1); BUNDLE_OBJECTS_MAX + 3];
        let room = Room {
            free: u64::MAX,
            block: 1,
        };
        let (chosen, left_out) = choose(&owed, u64::MAX, room);
        assert_eq!((chosen.len(), left_out), (BUNDLE_OBJECTS_MAX, 3));
    }

    #[test]
    fn whole_and_half_objects_are_told_from_what_is_not_ours() {
        let hash = ObjectHash([0xab; 32]);
        assert_eq!(object_of(&hash.to_string()), Some((hash, true)));
        assert_eq!(object_of(&format!("{hash}.part")), Some((hash, false)));
        for name in ["desktop.ini", "manifest.part", ".part", ""] {
            assert_eq!(object_of(name), None, "{name}");
        }
    }
}
