//! A disk below SQLite that forgets, tears and reorders what was not synced.
//!
//! All of it is memory: no thread, no file, no clock, no sleep. What a power cut leaves is drawn from
//! the disk's seed, so the same calls on the same seed end the same way.
//!
//! ```
//! # use rusqlite::{Connection, OpenFlags};
//! # use system_tests::disk::Disk;
//! let disk = Disk::new(1);
//! let open = || Connection::open_with_flags_and_vfs("/kiosk.db", OpenFlags::default(), disk.name());
//! let connection = open()?;
//! connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE slip (number INTEGER)")?;
//! disk.cut();
//! assert!(connection.execute_batch("INSERT INTO slip VALUES (1)").is_err());
//! drop(connection);
//! disk.power_on();
//! open()?.execute_batch("INSERT INTO slip VALUES (1)")?;
//! # Ok::<(), rusqlite::Error>(())
//! ```
//!
//! # Rooms
//!
//! - `file`: one file, readers' view and platter, and what a cut makes of writes in flight.
//! - `folders`: which path leads to which file, and what a cut makes of that.
//! - `locks`, `fault`, `trace`: who waits for whom; what goes wrong when; what happened.
//! - `volume`: all of these as one disk with handles and power; what connections share and what tests look at lie below it.
//! - `vfs`: the binding, the only room that knows SQLite and the only `unsafe` one.
//!
//! What a cut may do and what it may not is written in `file` and `folders`.

mod fault;
mod file;
mod folders;
mod locks;
mod trace;
mod vfs;
mod volume;

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fmt;
use std::sync::Arc;

pub use self::fault::{Failure, Lasting, Phase};
pub use self::file::Tearing;
pub use self::trace::{Counters, Event, Operation, Outcome, Tally};
use self::vfs::Mount;
use self::volume::Volume;

/// What SQL's `now` is on a new disk: 2026-11-23 at noon in China, in Unix milliseconds.
const FIRST_WALL_MS: i64 = 1_795_406_400_000;

/// A disk with files, registered as a VFS of SQLite under a name of its own.
///
/// Connections to it belong to one thread if outcomes are to be the same again.
pub struct Disk {
    mount: &'static Mount,
    name: CString,
}

/// The least that a disk writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectorSize {
    /// As on old disks and small cards.
    Bytes512,
    /// As on disks of today; SQLite's page has the same size.
    Bytes4096,
}

/// The platter at one moment: what a backup has.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    files: BTreeMap<Arc<str>, Vec<u8>>,
}

impl Disk {
    /// An empty disk with power, 512-byte sectors and room without end.
    ///
    /// # Panics
    ///
    /// If SQLite has no memory to register it.
    pub fn new(seed: u64) -> Self {
        match Mount::register(Volume::new(seed), FIRST_WALL_MS) {
            Ok((mount, name)) => Self { mount, name },
            Err(code) => panic!("SQLite registers no disk, code {code}"),
        }
    }

    /// What SQLite knows it by.
    pub fn name(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }

    /// Sets what a cut may tear, and what SQLite is told.
    pub fn set_sector_size(&self, size: SectorSize) {
        self.mount.volume().platter.sector_bytes = match size {
            SectorSize::Bytes512 => 512,
            SectorSize::Bytes4096 => 4096,
        };
    }

    /// Sets what a write that a cut stops half way may spoil.
    pub fn set_tearing(&self, tearing: Tearing) {
        self.mount.volume().platter.tearing = tearing;
    }

    /// Tells SQLite that the rest of a torn sector stays as it was, as its Unix VFS does: the log is
    /// then not padded to sectors. Without it the disk promises nothing.
    pub fn claim_powersafe_overwrite(&self, claim: bool) {
        self.mount.volume().claims_powersafe_overwrite = claim;
    }

    /// Sets the time that SQL's `now` tells, Unix milliseconds.
    pub fn set_wall_ms(&self, wall_ms: i64) {
        self.mount.set_wall_ms(wall_ms);
    }

    /// Syncs do nothing from now on, and say that they did: every write stays in flight. A test that
    /// claims to find lost data must fail on such a disk.
    pub fn ignore_sync(&self, ignore: bool) {
        self.mount.volume().ignores_sync = ignore;
    }

    /// A sync that fails leaves its writes in flight for the next one to bring; with this it drops
    /// them: some reach the platter, and no later sync tries again, though programs go on to see
    /// all. Linux does so, and SQLite may then build on what is not there.
    /// Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
    pub fn drop_failed_syncs(&self, drop: bool) {
        self.mount.volume().drops_failed_syncs = drop;
    }

    /// Cuts the power, unless it is away. Every call on files that are open fails from now on for
    /// good, and every other until [`power_on`](Self::power_on).
    ///
    /// Drop the connections before power comes back, as a cut ends every program.
    pub fn cut(&self) {
        self.mount.volume().cut();
    }

    /// Gives power back; files have to be opened anew.
    pub fn power_on(&self) {
        self.mount.volume().power_on();
    }

    /// Whether there is power; a cut that was planned has taken it once it happened.
    pub fn is_on(&self) -> bool {
        self.mount.volume().is_on()
    }

    /// Plans a cut at the `nth` operation from now that changes the disk, counted from 1: making a
    /// file, writing, truncating, syncing, deleting. It replaces a cut planned earlier.
    pub fn cut_at(&self, nth: u64, phase: Phase) {
        self.mount.volume().faults.cut_at(nth, phase);
    }

    /// Plans a failure at the `nth` operation from now, counted from 1: of all for a device error, of
    /// those that need room for a full disk. It replaces a failure planned earlier.
    pub fn fail_at(&self, nth: u64, failure: Failure, lasting: Lasting) {
        self.mount.volume().faults.fail_at(nth, failure, lasting);
    }

    /// Bounds the sum of all files and of shared memory, bytes; `None` lifts the bound. A write that
    /// reaches it is done as far as there is room.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.mount.volume().capacity_bytes = bytes;
    }

    /// Forgets planned cuts and failures, also one that lasts.
    pub fn mend(&self) {
        self.mount.volume().faults.clear();
    }

    /// Flips this many bits of a file at random places, where they stay flipped. `false` if there is
    /// no such file or it is empty.
    pub fn flip_bits(&self, path: &str, count: u32) -> bool {
        self.mount.volume().flip_bits(path, count)
    }

    /// The paths of the files as programs see them, in order. Shared memory is in no file.
    pub fn files(&self) -> Vec<Arc<str>> {
        self.mount.volume().paths().cloned().collect()
    }

    /// A file as programs see it.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.mount.volume().bytes(path).map(<[u8]>::to_vec)
    }

    /// Whether these bytes stand anywhere: in files as they are, on the platter, in a write in
    /// flight, or in a deleted file that a cut could bring back.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let finder = memchr::memmem::Finder::new(bytes);
        let volume = self.mount.volume();
        volume
            .every_piece()
            .any(|piece| finder.find(piece).is_some())
    }

    /// A copy of the platter, without what is in flight.
    pub fn snapshot(&self) -> Snapshot {
        self.mount.volume().snapshot()
    }

    /// Puts the snapshot's files in the place of all others. Files that are open are as after a
    /// cut; power is as it was.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.mount.volume().restore(snapshot);
    }

    /// What happened since the disk was made.
    pub fn counters(&self) -> Counters {
        self.mount.volume().log.counters
    }

    /// Begins to list what happens, or stops and drops the list.
    pub fn trace(&self, keep: bool) {
        self.mount.volume().log.keep_events(keep);
    }

    /// What happened since the list was begun or taken.
    pub fn take_trace(&self) -> Vec<Event> {
        self.mount.volume().log.take_events()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Mount::unregister(&self.name);
        let mut volume = self.mount.volume();
        volume.cut();
        volume.restore(&Snapshot::default());
        volume.log.keep_events(false);
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disk({})", self.name())
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.files.iter();
        f.debug_map()
            .entries(files.map(|(path, bytes)| (path, bytes.len())))
            .finish()
    }
}

/// Seeds the randomness that SQLite itself draws on in this process, such as the salts of its logs.
/// With it the very bytes of a disk are the same again, if one thread does one thing after the
/// other; without it only operations, places, lengths and outcomes are.
pub fn seed_sqlite(seed: i32) {
    vfs::seed_sqlite(seed);
}
