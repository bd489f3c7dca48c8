//! What the county keeps, and the only place with the county's SQL.
//!
//! Writers take a [`Transaction`] so that what belongs together commits together; readers take a
//! [`Connection`]. A commit is on disk when it returns.

pub(crate) mod calls;
pub(crate) mod cases;
pub(crate) mod deadlines;
pub(crate) mod downlink;
pub(crate) mod exchanges;
pub(crate) mod kiosks;
pub(crate) mod objects;
mod schema;
mod sql;

use std::path::Path;

use parking_lot::{FairMutex, FairMutexGuard};

pub(crate) use sql::{Connection, Transaction};

use sql::Access;

/// Why the ledger did not do what was asked.
///
/// The disk or another program is at fault, never what a kiosk or a person sent. The caller gives no
/// acknowledgement, so that the sender keeps what it has and tries again.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite's answer.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The ledger was written by a newer build.
    #[error("ledger is at schema {got}, this build knows {known}")]
    Newer {
        /// The ledger's schema step.
        got: u32,
        /// Steps that this build has.
        known: u32,
    },
    /// A row holds what no build of ours writes.
    #[error("ledger has an unreadable {what} in {place}")]
    Corrupt {
        /// What cannot be read.
        what: &'static str,
        /// The table and key.
        place: String,
    },
}

/// The open file; one connection, one user at a time, in the order in which they come: a line that always has something to
/// write waits behind every other between any two of its turns.
pub(crate) struct Ledger {
    connection: FairMutex<Connection>,
}

impl Ledger {
    /// Opens the file, makes it if it is not there, and brings its schema up to date.
    ///
    /// `vfs` names the disk below it as SQLite knows it; `None` is the system's.
    pub(crate) fn open(path: &Path, vfs: Option<&str>) -> Result<Self, LedgerError> {
        let connection = sql::open_sqlite(path, vfs)?;
        schema::migrate(&connection)?;
        Ok(Self {
            connection: FairMutex::new(connection),
        })
    }

    /// Writes a copy of everything committed to a new file at `path`.
    pub(crate) fn back_up(&self, path: &Path) -> Result<(), LedgerError> {
        self.lock().back_up(path)
    }

    /// Runs `work` on the ledger as it stands when it first looks.
    pub(crate) fn read<T, E: From<LedgerError>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.lock();
        let tx = connection.begin(Access::Read)?;
        let seen = work(&tx)?;
        tx.commit()?;
        Ok(seen)
    }

    /// Runs `work` in one transaction: all of it is on disk when this returns `Ok`, none after an `Err`.
    pub(crate) fn write<T, E: From<LedgerError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.lock();
        let tx = connection.begin(Access::Write)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    /// A panic under the lock drops its transaction, which rolls back; the connection stays sound.
    fn lock(&self) -> FairMutexGuard<'_, Connection> {
        self.connection.lock()
    }
}

/// Does `work` in the ledger of a new file, for tests of its parts.
#[cfg(test)]
pub(crate) fn with_ledger(work: impl FnOnce(&Transaction<'_>) -> Result<(), LedgerError>) {
    let dir = tempfile::tempdir().unwrap();
    Ledger::open(&dir.path().join("county.db"), None)
        .unwrap()
        .write(work)
        .unwrap();
}
