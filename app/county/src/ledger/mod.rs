//! What the county keeps, and the only place with the county's SQL.
//!
//! Writers take a [`Transaction`] so that what belongs together commits together; readers take a
//! [`Connection`]. A commit is on disk when it returns.

pub(crate) mod accesses;
pub(crate) mod accounts;
mod bucket;
pub(crate) mod calls;
pub(crate) mod cases;
mod copy;
pub(crate) mod county_events;
pub(crate) mod deadlines;
pub(crate) mod downlink;
pub(crate) mod exchanges;
pub(crate) mod fleet;
pub(crate) mod handovers;
pub(crate) mod kiosks;
pub(crate) mod log;
pub(crate) mod objects;
mod schema;
pub(crate) mod second_factors;
mod sql;
#[cfg(test)]
pub(crate) mod testing;
mod transaction;

use std::{borrow::Cow, ops::Deref, path::Path, sync::Arc};

use envelope::ObjectHash;

pub(crate) use bucket::Bucket;
pub use bucket::{BucketError, BucketSettings};
pub use copy::{Copied, CopyError};
pub use sql::PostgresError;
pub(crate) use sql::{Connection, Value, Version};
pub(crate) use transaction::Transaction;

use sql::{Access, Begun, Pool, PostgresPlace, Writers};

/// Why the ledger did not do what was asked.
///
/// The disk or another program is at fault, never what a kiosk or a person sent. The caller gives no
/// acknowledgement, so that the sender keeps what it has and tries again.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite's answer.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL's answer.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The answer of the store that pages lie in.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// Something else in the same transaction failed.
    #[error("the transaction was undone because something else in it failed")]
    Undone,
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

/// A county's ledger, in a file of its own or in a PostgreSQL database.
pub(crate) struct Ledger {
    pool: Arc<Pool>,
    writers: Writers,
    /// Where the bytes of pages lie; `None`: in their rows.
    bucket: Option<Bucket>,
}

impl Ledger {
    /// Opens the file, makes it if it is not there, and brings its schema up to date.
    ///
    /// `vfs` names the disk below it as SQLite knows it; `None` is the system's.
    pub(crate) fn open_file(path: &Path, vfs: Option<&str>) -> Result<Self, LedgerError> {
        let (path, vfs) = (path.to_owned(), vfs.map(str::to_owned));
        // One for readers and writers: a file has one writer at a time, and what is read is read in microseconds.
        Self::open(1, Box::new(move || sql::open_sqlite(&path, vfs.as_deref())))
    }

    /// Opens the county's tables in a PostgreSQL database, makes them if they are not there, and brings their schema up to
    /// date.
    pub(crate) fn open_postgres(
        connect: tokio_postgres::Config,
        county_code: u32,
        connections_max: usize,
    ) -> Result<Self, LedgerError> {
        let place = PostgresPlace::of_county(connect, county_code);
        Self::open(connections_max, Box::new(move || place.open()))
    }

    fn open(connections_max: usize, open: sql::Open) -> Result<Self, LedgerError> {
        let ledger = Self {
            pool: Pool::new(connections_max, open),
            writers: Writers::default(),
            bucket: None,
        };
        while ledger.write(schema::take_next_step)? {}
        Ok(ledger)
    }

    /// From now on the bytes of pages are put into this bucket, if there is one. Those that lie in their rows stay there.
    pub(crate) fn with_bucket(self, bucket: Option<Bucket>) -> Self {
        Self { bucket, ..self }
    }

    /// Puts the bytes of an object where they belong if that is not its row. They are on disk when this returns.
    ///
    /// Returns the bytes for its row.
    pub(crate) fn put<'b>(
        &self,
        hash: ObjectHash,
        bytes: &'b [u8],
    ) -> Result<&'b [u8], LedgerError> {
        match &self.bucket {
            Some(bucket) if Bucket::takes(bytes) => {
                bucket.put(hash, bytes)?;
                Ok(&[])
            }
            _ => Ok(bytes),
        }
    }

    /// The bytes of a held object in whose row these stand, wherever they lie. None are there for one that its bucket lost.
    pub(crate) fn whole<'b>(
        &self,
        hash: ObjectHash,
        in_row: impl Into<Cow<'b, [u8]>>,
    ) -> Result<Cow<'b, [u8]>, LedgerError> {
        let in_row = in_row.into();
        // No object is empty.
        if !in_row.is_empty() {
            return Ok(in_row);
        }
        let bucket = self.bucket.as_ref().ok_or(BucketError::NotNamed(hash))?;
        Ok(bucket.get(hash)?.unwrap_or_default().into())
    }

    /// Copies everything that is committed now into `to`, which is new, while this ledger is in use.
    pub(crate) fn copy_to(&self, to: &Self) -> Result<Vec<Copied>, CopyError> {
        copy::copy(self, to)
    }

    /// Runs `work` on the ledger as it stands when it first looks.
    pub(crate) fn read<T, E: From<LedgerError>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        seen(self.pool.begin(Access::Read)?, work)
    }

    /// Runs `look`, which asks one statement and changes nothing.
    pub(crate) fn look<T>(
        &self,
        look: impl Fn(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.pool.look(look)
    }

    /// The same as [`read`](Self::read) on a connection of its own, so that nobody waits for work that takes long.
    pub(crate) fn read_apart<T, E: From<LedgerError>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        seen(self.pool.begin_apart(Access::Read)?, work)
    }

    /// Runs `work` in one transaction: all of it is on disk when this returns `Ok`, none after an `Err`.
    pub(crate) fn write<T, E: From<LedgerError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.writers
            .write(&self.pool, |tx| Transaction::within(tx, work))
    }
}

/// What `work` reads in a transaction.
fn seen<C: Deref<Target = Connection>, T, E: From<LedgerError>>(
    mut begun: Begun<C>,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let seen = work(&begun.transaction())?;
    begun.commit()?;
    Ok(seen)
}
