//! The county's SQLite file, and the only place with the county's SQL.
//!
//! Writers take a [`Transaction`] so that what belongs together commits together; readers take a
//! [`Connection`]. A commit is on disk when it returns (`synchronous = FULL`).

pub(crate) mod calls;
pub(crate) mod cases;
pub(crate) mod deadlines;
pub(crate) mod downlink;
pub(crate) mod exchanges;
pub(crate) mod kiosks;
pub(crate) mod objects;

use std::path::Path;

use parking_lot::{FairMutex, FairMutexGuard};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

/// Schema steps in order. Append only: a county's file stands at any of them.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_ledger.sql"),
    include_str!("migrations/0002_kiosk_keys.sql"),
    include_str!("migrations/0003_object_numbers.sql"),
    include_str!("migrations/0004_calls.sql"),
    include_str!("migrations/0005_deadlines.sql"),
];

/// Why the ledger did not do what was asked.
///
/// The disk or another program is at fault, never what a kiosk or a person sent. The caller gives no
/// acknowledgement, so that the sender keeps what it has and tries again.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite's answer.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a newer build.
    #[error("ledger is at schema {got}, this build knows {known}")]
    Newer {
        /// The file's schema step.
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
        let mut connection = match vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs)?,
            None => Connection::open(path)?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.busy_timeout(BUSY_WAIT)?;
        migrate(&mut connection)?;
        Ok(Self {
            connection: FairMutex::new(connection),
        })
    }

    /// Writes a copy of everything committed to a new file at `path`.
    pub(crate) fn back_up(&self, path: &Path) -> Result<(), LedgerError> {
        let path = path.to_string_lossy();
        self.lock().execute("VACUUM INTO ?1", [path])?;
        Ok(())
    }

    /// Runs `work` on the file as it stands.
    pub(crate) fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        work(&self.lock())
    }

    /// Runs `work` in one transaction: all of it is on disk when this returns `Ok`, none after an `Err`.
    pub(crate) fn write<T, E: From<LedgerError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.lock();
        let tx = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(LedgerError::from)?;
        let done = work(&tx)?;
        tx.commit().map_err(LedgerError::from)?;
        Ok(done)
    }

    /// A panic under the lock drops its transaction, which rolls back; the connection stays sound.
    fn lock(&self) -> FairMutexGuard<'_, Connection> {
        self.connection.lock()
    }
}

/// Another program (a backup, a look with `sqlite3`) may hold the file this long before we give up.
const BUSY_WAIT: std::time::Duration = std::time::Duration::from_secs(5);

/// Steps that this build has.
const KNOWN: u32 = MIGRATIONS.len() as u32;

fn migrate(connection: &mut Connection) -> Result<(), LedgerError> {
    loop {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let at: u32 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if KNOWN < at {
            return Err(LedgerError::Newer {
                got: at,
                known: KNOWN,
            });
        }
        let Some(step) = MIGRATIONS.get(at as usize) else {
            return Ok(());
        };
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", at + 1)?;
        tx.commit()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_newer_build_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("county.db");
        drop(Ledger::open(&path, None).unwrap());
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(
            Ledger::open(&path, None),
            Err(LedgerError::Newer {
                got: 99,
                known: KNOWN
            })
        ));
    }

    /// A file as the first build left it, with one kiosk and two of its objects.
    fn first_schema(path: &Path, kiosk: &envelope::KioskPublic) {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection
            .execute(
                "INSERT INTO kiosks VALUES (?1, ?2, 5)",
                (kiosk.id().0, kiosk.to_bytes()),
            )
            .unwrap();
        for (number, county_key) in [(1, [0xa1; 4]), (2, [0xa2; 4])] {
            let bytes = [&[0; 10][..], &county_key, &[0; 100]].concat();
            connection
                .execute(
                    "INSERT INTO objects (hash, kiosk, kind, bytes, held_ms) VALUES (?1, ?2, 1, ?3, ?4)",
                    ([number; 32], kiosk.id().0, bytes, number),
                )
                .unwrap();
        }
    }

    #[test]
    fn kiosks_of_the_first_schema_keep_their_key_and_the_county_key_they_seal_to() {
        use envelope::{KeyId, KioskId, KioskSigner, KioskStanding};
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("county.db");
        let kiosk = KioskSigner::from_seed(KioskId(3), [1; 32]).public();
        first_schema(&path, &kiosk);
        let ledger = Ledger::open(&path, None).unwrap();
        let read: Result<_, LedgerError> = ledger.read(|connection| {
            Ok((
                kiosks::standing(connection, kiosk.id(), kiosk.key_id())?,
                kiosks::county_key(connection, kiosk.id())?,
            ))
        });
        let standing = KioskStanding::Accepted(kiosk);
        assert_eq!(read.unwrap(), (standing, Some(KeyId([0xa2; 4]))));
    }

    #[test]
    fn opening_twice_changes_nothing_and_commits_are_durable() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("county.db");
        for _ in 0..2 {
            let ledger = Ledger::open(&path, None).unwrap();
            let settings: Result<(String, i64), LedgerError> = ledger.read(|connection| {
                Ok((
                    connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?,
                    connection.pragma_query_value(None, "synchronous", |row| row.get(0))?,
                ))
            });
            assert_eq!(settings.unwrap(), ("wal".to_owned(), 2));
        }
    }
}
