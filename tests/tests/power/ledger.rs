//! Numbered transactions of known content, and the check that tells lost, half and damaged ones.

use std::collections::BTreeMap;

use rusqlite::{Connection, OpenFlags};
use system_tests::disk::Disk;

pub(crate) const PATH: &str = "/ledger/ledger.db";

/// Rows of one transaction. With [`ROW_BYTES`] a transaction fills more than one page.
const PARTS: u32 = 3;
const ROW_BYTES: usize = 1700;

/// The newest transactions; each removes the one that is older by this, so that pages get free and
/// are used again.
pub(crate) const KEPT: u32 = 6;

/// How SQLite is told to keep transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journal {
    /// As the kiosk's store and the county's ledger have it.
    Wal,
    /// A rollback journal that is cut to nothing.
    Truncated,
    /// A rollback journal that is deleted, and its folder synced.
    Deleted,
    /// A log that is synced by checkpoints only.
    WalNotSynced,
    /// A rollback journal that is deleted and may come back, which undoes the commit.
    DeletedNotSynced,
}

impl Journal {
    /// Those that promise that a commit which returned is durable.
    pub(crate) const DURABLE: [Self; 3] = [Self::Wal, Self::Truncated, Self::Deleted];

    /// Those that promise whole transactions and no more.
    pub(crate) const CONSISTENT: [Self; 2] = [Self::WalNotSynced, Self::DeletedNotSynced];

    fn pragmas(self) -> &'static str {
        match self {
            Self::Wal => "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
            Self::Truncated => "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;",
            Self::Deleted => "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;",
            Self::WalNotSynced => "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
            Self::DeletedNotSynced => "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;",
        }
    }
}

/// What a reopened file lacks or has too much.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Damage {
    #[error("transaction {number} had returned and is not there")]
    Lost { number: u32 },
    #[error("transaction {number} has {parts} of {PARTS} parts")]
    Half { number: u32, parts: u32 },
    #[error("transaction {number} has another's bytes")]
    Wrong { number: u32 },
    #[error("transaction {number} was never begun or is removed")]
    Foreign { number: u32 },
    #[error("integrity check says: {0}")]
    Integrity(String),
    #[error("file does not read")]
    Sqlite(#[from] rusqlite::Error),
}

/// A program that commits one numbered transaction after the other, and remembers across cuts which
/// of them returned.
pub(crate) struct Ledger<'d> {
    disk: &'d Disk,
    journal: Journal,
    connection: Option<Connection>,
    begun: u32,
    returned: Vec<u32>,
}

impl<'d> Ledger<'d> {
    pub(crate) fn new(disk: &'d Disk, journal: Journal) -> Self {
        Self {
            disk,
            journal,
            connection: None,
            begun: 0,
            returned: Vec::new(),
        }
    }

    /// Opens the file, and makes its table if it has none.
    pub(crate) fn open(&mut self) -> rusqlite::Result<()> {
        self.connection = None;
        let connection = connect(self.disk)?;
        connection.execute_batch(self.journal.pragmas())?;
        // A log of a few pages, so that every few commits a checkpoint follows.
        connection.execute_batch(
            "PRAGMA wal_autocheckpoint = 20;
             PRAGMA journal_size_limit = 50000;
             CREATE TABLE IF NOT EXISTS part (
                 number INTEGER NOT NULL,
                 part   INTEGER NOT NULL,
                 bytes  BLOB    NOT NULL,
                 PRIMARY KEY (number, part)
             )",
        )?;
        self.connection = Some(connection);
        Ok(())
    }

    /// Commits the next transaction; an error leaves open whether it happened.
    pub(crate) fn commit(&mut self) -> rusqlite::Result<u32> {
        if self.connection.is_none() {
            self.open()?;
        }
        let number = self.begun + 1;
        let Some(connection) = &mut self.connection else {
            unreachable!("opened above");
        };
        let tx = connection.transaction()?;
        self.begun = number;
        for part in 0..PARTS {
            tx.prepare_cached("INSERT INTO part VALUES (?1, ?2, ?3)")?
                .execute((number, part, content(number, part)))?;
        }
        // Whatever is older, as transactions in between may have failed.
        tx.prepare_cached("DELETE FROM part WHERE number + ?1 <= ?2")?
            .execute((KEPT, number))?;
        tx.commit()?;
        self.returned.push(number);
        Ok(number)
    }

    /// Moves the log into the file and empties it.
    pub(crate) fn checkpoint(&mut self) -> rusqlite::Result<()> {
        match &self.connection {
            Some(connection) => {
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
            }
            None => Ok(()),
        }
    }

    /// Ends the program.
    pub(crate) fn close(&mut self) {
        self.connection = None;
    }

    /// How many transactions returned.
    pub(crate) fn returned(&self) -> usize {
        self.returned.len()
    }

    /// Cuts the power, if it is not away, gives it back, and checks.
    pub(crate) fn cut_and_check(&mut self) -> Result<(), Damage> {
        self.disk.cut();
        self.close();
        self.disk.power_on();
        self.check()
    }

    /// Opens the file and compares it with what returned.
    pub(crate) fn check(&mut self) -> Result<(), Damage> {
        self.open()?;
        let Some(connection) = &self.connection else {
            unreachable!("opened above");
        };
        let verdict: String =
            connection.query_row("PRAGMA integrity_check", (), |row| row.get(0))?;
        if verdict != "ok" {
            return Err(Damage::Integrity(verdict));
        }
        let mut found: BTreeMap<u32, u32> = BTreeMap::new();
        let mut statement = connection.prepare("SELECT number, part, bytes FROM part")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let (number, part): (u32, u32) = (row.get(0)?, row.get(1)?);
            if row.get_ref(2)?.as_blob().ok() != Some(content(number, part).as_slice()) {
                return Err(Damage::Wrong { number });
            }
            *found.entry(number).or_default() += 1;
        }
        if let Some((&number, &parts)) = found.iter().find(|(_, parts)| **parts != PARTS) {
            return Err(Damage::Half { number, parts });
        }
        // The newest one there may be one whose commit did not return.
        let newest = found.keys().last().copied().unwrap_or(0);
        let is_kept = |number: &u32| newest < number + KEPT;
        let mut owed = self.returned.iter().filter(|number| is_kept(number));
        if let Some(&number) = owed.find(|number| !found.contains_key(number)) {
            return Err(Damage::Lost { number });
        }
        let mut numbers = found.keys();
        match numbers.find(|number| !is_kept(number) || self.begun < **number) {
            Some(&number) => Err(Damage::Foreign { number }),
            None => Ok(()),
        }
    }
}

pub(crate) fn connect(disk: &Disk) -> rusqlite::Result<Connection> {
    Connection::open_with_flags_and_vfs(PATH, OpenFlags::default(), disk.name())
}

/// What this part of this transaction holds, unlike any other.
fn content(number: u32, part: u32) -> Vec<u8> {
    let mut bytes = format!("{number}.{part} ").into_bytes().repeat(ROW_BYTES);
    bytes.truncate(ROW_BYTES);
    bytes
}
