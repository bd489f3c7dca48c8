use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::{UnixMs, WriteError, failure::is_disk_full, outbox, schema, schema::APPLICATION_ID};

/// The kiosk's file, open. Writers take `&mut self`, so that two changes never mingle.
pub struct Store {
    connection: Connection,
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
    /// Every object that waited for a retry is due at `now`: a restart is often the repair.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the file cannot be reached, is not ours or is damaged, or the disk is full.
    pub fn open(path: impl AsRef<Path>, now: UnixMs) -> Result<Self, OpenError> {
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
        Self::open_with(path, None, now)
    }

    /// [`open`](Self::open) on another file system of SQLite's than the machine's: the VFS that is
    /// registered as `vfs`.
    ///
    /// # Errors
    ///
    /// [`OpenError`], as for [`open`](Self::open).
    pub fn open_on(path: impl AsRef<Path>, vfs: &str, now: UnixMs) -> Result<Self, OpenError> {
        Self::open_with(path.as_ref(), Some(vfs), now)
    }

    fn open_with(path: &Path, vfs: Option<&str>, now: UnixMs) -> Result<Self, OpenError> {
        match Self::open_sqlite(path, vfs, now) {
            Ok(Some(store)) => Ok(store),
            Ok(None) => Err(OpenError::Foreign {
                path: path.to_owned(),
            }),
            Err(source) if is_disk_full(&source) => Err(OpenError::DiskFull {
                path: path.to_owned(),
            }),
            Err(source) => Err(OpenError::Sqlite {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// `None` if the file is some other program's.
    fn open_sqlite(path: &Path, vfs: Option<&str>, now: UnixMs) -> rusqlite::Result<Option<Self>> {
        let mut connection = match vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs)?,
            None => Connection::open(path)?,
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
        match outbox::make_all_due(&connection, now) {
            // On a full disk each object comes due at its own time.
            Err(error) if is_disk_full(&error) => {}
            other => other?,
        }
        Ok(Some(Self { connection }))
    }

    /// The number of this start of the kiosk, from 1; each is on the disk before it is returned.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn begin_boot(&mut self) -> Result<u32, WriteError> {
        let tx = self.begin()?;
        let boot = tx.query_row(
            "UPDATE boot SET last = last + 1 RETURNING last",
            (),
            |row| row.get(0),
        )?;
        tx.commit()?;
        Ok(boot)
    }

    /// Bounds the file's size, in pages of 4096 bytes, as long as it is open; `None` lifts the
    /// bound. A bound below the present size holds at the present size.
    ///
    /// A bound well under the room that the disk has keeps room for the log: at the bound no
    /// submission fits, but an acknowledgement is still recorded and frees its pages. On a disk
    /// without any room left not even that can be written.
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

    pub(crate) fn reader(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    let (id, tables): (i32, u32) = connection.query_row(
        "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id",
        (),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(id == APPLICATION_ID || (id == 0 && tables == 0))
}
