use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::{
    AuditAction, AuditActor, Moment, UnixMs, WriteError, audit,
    failure::is_disk_full,
    reserve::{Reserve, Room},
    schema,
    schema::APPLICATION_ID,
    submission::SUBMISSION_BYTES_MAX,
};

/// The kiosk's file, open. Writers take `&mut self`, so that two changes never mingle.
pub struct Store {
    connection: Connection,
    /// Room held beside the file; none on a simulated disk.
    reserve: Option<Reserve>,
}

/// Why the file does not open. The kiosk shows a fault to staff and takes no submission.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made or reached.
    #[error("store {} cannot be reached", path.display())]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A SQLite file that some other program made.
    #[error("store {} is another program's file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// No room to make the file or to bring it up to date.
    #[error("disk has no room for store {}", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Not a SQLite file, damaged, or the disk fails.
    #[error("store {} does not open", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

/// The WAL shrinks to this when it starts over: room for a submission with its pictures.
const WAL_KEPT_BYTES: i64 = 4 << 20;

impl Store {
    /// Opens the file at `path`, making it if there is none, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the file cannot be reached, is not ours or is damaged, or the disk is full.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        // Made here first because SQLite would let others read it.
        fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(|source| OpenError::Unreachable {
                path: path.to_owned(),
                source,
            })?;
        let reserve = Reserve::beside(path);
        // Without room for it the store opens all the same: what it holds must be sent.
        let _short_of_room = reserve.take();
        Self::open_sqlite(path, None, Some(reserve))
    }

    /// Opens the file at `path` of the disk that is registered with SQLite as `vfs`, such as a simulated one. Room is
    /// not held there.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_on(path: impl AsRef<Path>, vfs: &str) -> Result<Self, OpenError> {
        Self::open_sqlite(path.as_ref(), Some(vfs), None)
    }

    fn open_sqlite(
        path: &Path,
        vfs: Option<&str>,
        reserve: Option<Reserve>,
    ) -> Result<Self, OpenError> {
        let path_owned = || path.to_owned();
        match connect(path, vfs) {
            Ok(Some(connection)) => Ok(Self {
                connection,
                reserve,
            }),
            Ok(None) => Err(OpenError::Foreign { path: path_owned() }),
            Err(source) if is_disk_full(&source) => Err(OpenError::DiskFull { path: path_owned() }),
            Err(source) => Err(OpenError::Sqlite {
                path: path_owned(),
                source,
            }),
        }
    }

    /// The number of this start of the kiosk, from 1; each is on the disk before it is returned. `tick_ms` and `wall`
    /// are of the new boot.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn begin_boot(&mut self, tick_ms: u64, wall: UnixMs) -> Result<u32, WriteError> {
        let boot = self.change(|tx| {
            let boot = tx.query_row(
                "UPDATE boot SET last = last + 1 RETURNING last",
                (),
                |row| row.get(0),
            )?;
            let now = Moment {
                boot,
                tick_ms,
                wall,
            };
            audit::append(tx, AuditActor::Kiosk, AuditAction::Started, "", now)?;
            Ok(boot)
        })?;
        Ok(boot)
    }

    /// Bounds the file's size, in pages of 4096 bytes, as long as it is open; `None` lifts the
    /// bound. A bound below the present size holds at the present size.
    ///
    /// A bound well under the room that the disk has keeps room for the log: at the bound no
    /// submission fits, but an acknowledgement is still recorded.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the file cannot be reached.
    pub fn set_page_limit(&mut self, pages: Option<u32>) -> Result<(), WriteError> {
        /// The most that SQLite allows, which is its default.
        const NO_LIMIT: u32 = u32::MAX - 1;
        let pages = pages.unwrap_or(NO_LIMIT).clamp(1, NO_LIMIT);
        self.connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), (), |_| Ok(()))?;
        Ok(())
    }

    /// How many pages of 4096 bytes the file has, used or free.
    ///
    /// # Errors
    ///
    /// [`ReadError`](crate::ReadError) if the file cannot be read.
    pub fn page_count(&self) -> Result<u32, crate::ReadError> {
        Ok(self
            .connection
            .query_row("PRAGMA page_count", (), |row| row.get(0))?)
    }

    /// Whether a new application may be begun: the disk holds the room to finish one, and so does a page limit.
    ///
    /// # Errors
    ///
    /// [`ReadError`](crate::ReadError) if the file cannot be read.
    pub fn has_room(&self) -> Result<bool, crate::ReadError> {
        let (used, free, limit): (u32, u32, u32) = self.connection.query_row(
            "SELECT (SELECT page_count FROM pragma_page_count),
                    (SELECT freelist_count FROM pragma_freelist_count),
                    (SELECT max_page_count FROM pragma_max_page_count)",
            (),
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let pages_left = u64::from(limit.saturating_sub(used)) + u64::from(free);
        let pages_held = SUBMISSION_BYTES_MAX.div_ceil(PAGE_LEN) <= pages_left;
        Ok(pages_held && self.reserve.as_ref().is_none_or(Reserve::is_held))
    }

    /// Takes the room for a submission again after it was used; without room on the disk it stays as it is, and
    /// [`has_room`](Self::has_room) says so.
    pub fn take_room(&self) {
        if let Some(reserve) = &self.reserve {
            let _short_of_room = reserve.take();
        }
    }

    /// Gives held room up for the change in hand; `false` if there was none.
    pub(crate) fn release_room(&self, room: Room) -> bool {
        self.reserve
            .as_ref()
            .is_some_and(|reserve| reserve.release(room).unwrap_or(false))
    }

    pub(crate) fn reader(&self) -> &Connection {
        &self.connection
    }

    /// Makes a change in a transaction of its own: all of it or nothing. On a full disk it is made in the room that is
    /// held for it, so that what the county says can always be written down.
    pub(crate) fn change<T>(
        &mut self,
        mut change: impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut make = |store: &mut Self| {
            let tx = store.begin()?;
            let made = change(&tx)?;
            tx.commit()?;
            Ok(made)
        };
        match make(self) {
            Err(error) if is_disk_full(&error) && self.release_room(Room::All) => make(self),
            made => made,
        }
    }

    pub(crate) fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

/// SQLite's default page, which our files have.
const PAGE_LEN: u64 = 4096;

/// `None` if the file is some other program's.
fn connect(path: &Path, vfs: Option<&str>) -> rusqlite::Result<Option<Connection>> {
    let flags = OpenFlags::default();
    let mut connection = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    if !is_ours(&connection)? {
        return Ok(None);
    }
    // Temporary tables stay in memory, so that no second place can run full.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;",
    )?;
    connection.pragma_update(None, "journal_size_limit", WAL_KEPT_BYTES)?;
    schema::migrate(&mut connection)?;
    Ok(Some(connection))
}

fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    let (id, tables): (i32, u32) = connection.query_row(
        "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id",
        (),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(id == APPLICATION_ID || (id == 0 && tables == 0))
}
