//! The disk as a program sees it: paths, handles, contents, locks, power, and what goes wrong.
//!
//! Nothing here knows SQLite; the binding translates.

mod inspection;
mod sharing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::fault::{Failure, Faults, Phase, Strike};
use super::file::{File, Platter, Tearing};
use super::folders::{FileId, Folders};
use super::locks::{Busy, FileLocks, LockLevel, MemoryLocks};
use super::trace::{Log, Operation, Outcome};

/// The longest file. Beyond any that a test means to write, so that a wild offset runs into "no
/// room" and not into the memory of the machine.
pub(super) const LONGEST_FILE_BYTES: u64 = 1 << 30;

/// An open file. Numbers are not used twice, so that one from before a cut leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HandleId(pub(super) u64);

/// A part of the memory that the connections to one file share. It is kept by those who look at it,
/// since they may do so after a cut.
pub(super) type Region = Arc<[AtomicU64; REGION_BYTES / size_of::<AtomicU64>()]>;

/// SQLite asks for shared memory in parts of this size.
/// Source: <https://www.sqlite.org/walformat.html> section 2.
pub(super) const REGION_BYTES: usize = 32 * 1024;

/// Why the disk did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// Power is away, or was since the file was opened.
    #[error("power was lost")]
    Off,
    /// The device reports an error.
    #[error("device failed")]
    Failed,
    /// No room.
    #[error("disk is full")]
    Full,
    /// No such file.
    #[error("no such file")]
    Missing,
    /// There is such a file, and a new one was asked for.
    #[error("file exists")]
    Exists,
    /// Another handle holds a lock.
    #[error("file is locked")]
    Busy,
}

/// How a file is to be opened.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Opening {
    /// Make it if it is not there.
    pub(super) make: bool,
    /// It must not be there.
    pub(super) new_only: bool,
    /// Its name goes when it is closed.
    pub(super) delete_on_close: bool,
    /// Its first sync brings the entries of its folder to the platter, too.
    pub(super) syncs_folder: bool,
}

pub(super) struct Volume {
    pub(super) platter: Platter,
    /// Whether SQLite is told that the rest of a torn sector stays as it was.
    pub(super) claims_powersafe_overwrite: bool,
    pub(super) capacity_bytes: Option<u64>,
    pub(super) ignores_sync: bool,
    pub(super) drops_failed_syncs: bool,
    pub(super) faults: Faults,
    pub(super) log: Log,
    folders: Folders,
    files: BTreeMap<FileId, Inode>,
    handles: BTreeMap<HandleId, Handle>,
    next_number: u64,
    is_on: bool,
    /// Decides what cuts and faults do.
    fate: ChaCha8Rng,
    /// What SQLite gets when it asks for randomness; apart, so that asking changes no fate.
    noise: ChaCha8Rng,
}

#[derive(Default)]
struct Inode {
    file: File,
    locks: FileLocks,
    memory: Vec<Region>,
    memory_locks: MemoryLocks,
}

#[derive(Clone)]
struct Handle {
    file: FileId,
    path: Arc<str>,
    delete_on_close: bool,
    syncs_folder: bool,
    shares_memory: bool,
}

/// How much of an operation happens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    Part,
}

impl Volume {
    pub(super) fn new(seed: u64) -> Self {
        let mut noise = ChaCha8Rng::seed_from_u64(seed);
        noise.set_stream(1);
        Self {
            platter: Platter {
                sector_bytes: 512,
                tearing: Tearing::Write,
            },
            claims_powersafe_overwrite: false,
            capacity_bytes: None,
            ignores_sync: false,
            drops_failed_syncs: false,
            faults: Faults::default(),
            log: Log::default(),
            folders: Folders::default(),
            files: BTreeMap::new(),
            handles: BTreeMap::new(),
            next_number: 1,
            is_on: true,
            fate: ChaCha8Rng::seed_from_u64(seed),
            noise,
        }
    }

    // Power.

    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Loses power: what is in flight is settled, and no handle is good any more.
    pub(super) fn cut(&mut self) {
        if !self.is_on {
            return;
        }
        self.is_on = false;
        self.faults.clear_cut();
        self.log.cut();
        self.handles.clear();
        self.folders.cut(&mut self.fate);
        let folders = &self.folders;
        self.files.retain(|id, _| folders.mentions(*id));
        for inode in self.files.values_mut() {
            let tally = &mut self.log.counters.sectors;
            inode.file.cut(self.platter, &mut self.fate, tally);
            inode.locks = FileLocks::default();
            inode.memory_locks = MemoryLocks::default();
            inode.memory = Vec::new();
        }
    }

    pub(super) fn power_on(&mut self) {
        if !self.is_on {
            self.is_on = true;
            self.log.power_on();
        }
    }

    // Names.

    pub(super) fn open(&mut self, path: &Arc<str>, opening: Opening) -> Result<HandleId, Refusal> {
        let found = self.folders.find(path);
        let operation = match found {
            None if opening.make => Operation::Make,
            _ => Operation::Open,
        };
        self.perform(operation, path, (0, 0), |volume, extent| {
            let file = match found {
                Some(_) if opening.new_only => return Err(Refusal::Exists),
                Some(file) => file,
                None if !opening.make => return Err(Refusal::Missing),
                // An operation that fails on the way makes the file or does not.
                None if extent == Extent::Part && volume.fate.random() => {
                    return Err(Refusal::Failed);
                }
                None => {
                    let file = FileId(volume.number());
                    volume.files.insert(file, Inode::default());
                    volume.folders.make(path.clone(), file);
                    file
                }
            };
            Ok(volume.handle(file, path, opening))
        })
    }

    /// Opens a file without a name, which goes when it is closed.
    pub(super) fn open_temporary(&mut self) -> Result<HandleId, Refusal> {
        let path: Arc<str> = Arc::from("(temporary)");
        self.perform(Operation::Make, &path, (0, 0), |volume, _| {
            let file = FileId(volume.number());
            volume.files.insert(file, Inode::default());
            Ok(volume.handle(file, &path, Opening::default()))
        })
    }

    /// Forgets the handle; one from before a cut is forgotten already.
    pub(super) fn close(&mut self, handle: HandleId) {
        self.unmap(handle);
        let Some(closed) = self.handles.remove(&handle) else {
            return;
        };
        if let Some(inode) = self.files.get_mut(&closed.file) {
            inode.locks.lower(handle, LockLevel::Unlocked);
        }
        if closed.delete_on_close && self.folders.find(&closed.path) == Some(closed.file) {
            self.folders.delete(closed.path);
        }
        self.sweep();
    }

    pub(super) fn delete(&mut self, path: &Arc<str>, sync_folder: bool) -> Result<(), Refusal> {
        self.perform(Operation::Delete, path, (0, 0), |volume, extent| {
            if volume.folders.find(path).is_none() {
                return Err(Refusal::Missing);
            }
            if extent == Extent::Whole || volume.fate.random() {
                volume.folders.delete(path.clone());
            }
            if sync_folder && extent == Extent::Whole && !volume.ignores_sync {
                volume.folders.sync_around(path);
            }
            volume.sweep();
            Ok(())
        })
    }

    /// The length of the file in bytes; `None` if there is none.
    pub(super) fn access(&mut self, path: &Arc<str>) -> Result<Option<u64>, Refusal> {
        self.perform(Operation::Access, path, (0, 0), |volume, _| {
            let found = volume.folders.find(path);
            let inode = found.and_then(|file| volume.files.get(&file));
            Ok(inode.map(|inode| inode.file.bytes().len() as u64))
        })
    }

    // Contents.

    /// Reads into the front of `bytes` and returns how many there were.
    pub(super) fn read(
        &mut self,
        handle: HandleId,
        offset: u64,
        bytes: &mut [u8],
    ) -> Result<usize, Refusal> {
        let Handle { file, path, .. } = self.handle_of(handle)?;
        let place = (offset, bytes.len() as u64);
        self.perform(Operation::Read, &path, place, |volume, _| {
            let stored = volume.inode(file)?.file.bytes();
            let from = usize::try_from(offset).map_or(stored.len(), |at| at.min(stored.len()));
            let len = bytes.len().min(stored.len() - from);
            bytes[..len].copy_from_slice(&stored[from..from + len]);
            Ok(len)
        })
    }

    /// Writes all of `bytes`, or the part that there is room for and [`Refusal::Full`].
    pub(super) fn write(
        &mut self,
        handle: HandleId,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), Refusal> {
        let Handle { file, path, .. } = self.handle_of(handle)?;
        let place = (offset, bytes.len() as u64);
        self.perform(Operation::Write, &path, place, |volume, extent| {
            let asked = match extent {
                Extent::Whole => bytes.len(),
                Extent::Part => volume.fate.random_range(0..=bytes.len()),
            };
            let old_len = volume.inode(file)?.file.bytes().len() as u64;
            let room = volume.room_bytes().saturating_add(old_len);
            let end = room.min(LONGEST_FILE_BYTES);
            let fits = usize::try_from(end.saturating_sub(offset)).map_or(asked, |n| n.min(asked));
            if 0 < fits {
                let offset = usize::try_from(offset).map_err(|_| Refusal::Full)?;
                volume.inode(file)?.file.write(offset, &bytes[..fits]);
            }
            if fits < asked {
                return Err(Refusal::Full);
            }
            Ok(())
        })
    }

    pub(super) fn truncate(&mut self, handle: HandleId, len: u64) -> Result<(), Refusal> {
        let Handle { file, path, .. } = self.handle_of(handle)?;
        self.perform(Operation::Truncate, &path, (0, len), |volume, extent| {
            if extent == Extent::Whole || volume.fate.random() {
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                volume.inode(file)?.file.truncate(len);
            }
            Ok(())
        })
    }

    pub(super) fn sync(&mut self, handle: HandleId) -> Result<(), Refusal> {
        let Handle {
            file,
            path,
            syncs_folder,
            ..
        } = self.handle_of(handle)?;
        self.perform(Operation::Sync, &path, (0, 0), |volume, extent| {
            if volume.ignores_sync {
                return Ok(());
            }
            let Some(inode) = volume.files.get_mut(&file) else {
                return Err(Refusal::Off);
            };
            if extent == Extent::Part {
                if volume.drops_failed_syncs {
                    let tally = &mut volume.log.counters.sectors;
                    let fate = &mut volume.fate;
                    inode.file.fail_sync(volume.platter, fate, tally);
                }
                return Ok(());
            }
            inode.file.sync();
            if syncs_folder {
                volume.folders.sync_around(&path);
                if let Some(handle) = volume.handles.get_mut(&handle) {
                    handle.syncs_folder = false;
                }
                volume.sweep();
            }
            Ok(())
        })
    }

    /// The length of an open file in bytes.
    pub(super) fn len(&mut self, handle: HandleId) -> Result<u64, Refusal> {
        let Handle { file, path, .. } = self.handle_of(handle)?;
        self.perform(Operation::Length, &path, (0, 0), |volume, _| {
            Ok(volume.inode(file)?.file.bytes().len() as u64)
        })
    }

    /// Does `action` unless a fault strikes it, and logs how it ended.
    fn perform<T>(
        &mut self,
        operation: Operation,
        path: &Arc<str>,
        place: (u64, u64),
        action: impl FnOnce(&mut Self, Extent) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let strike = if self.is_on {
            self.faults.strike(operation)
        } else {
            Strike::Cut(Phase::Before)
        };
        let result = match strike {
            Strike::Nothing => action(self, Extent::Whole),
            // What came of it is in the files; the caller hears of the failure alone.
            Strike::Failure(failure) => {
                drop(action(self, Extent::Part));
                Err(match failure {
                    Failure::Device => Refusal::Failed,
                    Failure::Full => Refusal::Full,
                })
            }
            Strike::Cut(phase) => {
                match phase {
                    Phase::Before => {}
                    Phase::Within => drop(action(self, Extent::Part)),
                    Phase::After => drop(action(self, Extent::Whole)),
                }
                Err(Refusal::Off)
            }
        };
        let outcome = match &result {
            Ok(_) | Err(Refusal::Missing | Refusal::Exists | Refusal::Busy) => Outcome::Done,
            Err(Refusal::Failed) => Outcome::Failed,
            Err(Refusal::Full) => Outcome::Full,
            Err(Refusal::Off) => Outcome::Off,
        };
        self.log.asked(operation, path, place, outcome);
        if matches!(strike, Strike::Cut(_)) {
            self.cut();
        }
        result
    }

    fn handle(&mut self, file: FileId, path: &Arc<str>, opening: Opening) -> HandleId {
        let handle = HandleId(self.number());
        self.handles.insert(
            handle,
            Handle {
                file,
                path: path.clone(),
                delete_on_close: opening.delete_on_close,
                syncs_folder: opening.syncs_folder,
                shares_memory: false,
            },
        );
        handle
    }

    fn handle_of(&self, handle: HandleId) -> Result<Handle, Refusal> {
        self.handles.get(&handle).cloned().ok_or(Refusal::Off)
    }

    fn inode(&mut self, file: FileId) -> Result<&mut Inode, Refusal> {
        self.files.get_mut(&file).ok_or(Refusal::Off)
    }

    fn inode_of(&mut self, handle: HandleId) -> Result<&mut Inode, Refusal> {
        let file = self.handles.get(&handle).ok_or(Refusal::Off)?.file;
        self.inode(file)
    }

    fn number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        number
    }

    /// How many more bytes the disk takes.
    fn room_bytes(&self) -> u64 {
        let Some(capacity) = self.capacity_bytes else {
            return u64::MAX;
        };
        let used: usize = self
            .files
            .values()
            .map(|inode| inode.file.bytes().len() + inode.memory.len() * REGION_BYTES)
            .sum();
        capacity.saturating_sub(used as u64)
    }

    /// Drops files that no name leads to and no handle is open on.
    fn sweep(&mut self) {
        let (folders, handles) = (&self.folders, &self.handles);
        self.files.retain(|id, _| {
            folders.mentions(*id) || handles.values().any(|handle| handle.file == *id)
        });
    }
}

impl From<Busy> for Refusal {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}
