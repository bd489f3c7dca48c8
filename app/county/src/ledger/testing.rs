//! Ledgers for tests of the ledger's parts, on the store that tests run on.

#[path = "../../tests/county/database.rs"]
mod database;

use tempfile::TempDir;

use super::{Ledger, LedgerError, Transaction};
use database::Database;

/// A place for a ledger, which goes with it.
pub(crate) struct Place {
    dir: TempDir,
    database: Option<Database>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            database: Database::new(),
        }
    }

    pub(crate) fn open(&self) -> Result<Ledger, LedgerError> {
        match &self.database {
            Some(database) => {
                let connect = database.connect().parse().unwrap();
                Ledger::open_postgres(connect, 140_428, 4)
            }
            None => Ledger::open_file(&self.dir.path().join("county.db"), None),
        }
    }
}

/// Does `work` in a new ledger.
pub(crate) fn with_ledger(work: impl FnOnce(&Transaction<'_>) -> Result<(), LedgerError>) {
    Place::new().open().unwrap().write(work).unwrap();
}

/// Case 1 and its event 1.
pub(crate) fn lay_case(tx: &Transaction<'_>) -> Result<(), LedgerError> {
    tx.execute("INSERT INTO kiosks (id) VALUES (3)", &[])?;
    tx.execute(
        "INSERT INTO objects (hash, kiosk, kind, bytes, held_ms, number) VALUES (?1, 3, 1, ?1, 0, 1)",
        &[&[0; 32]],
    )?;
    tx.execute(
        "INSERT INTO cases VALUES (1, ?1, ?2, 's', ?2, 1, 't', 'n', 0, 0, 0, 0)",
        &[&[0; 16], &[0; 32]],
    )?;
    tx.execute(
        "INSERT INTO case_events VALUES (1, 1, 0, 5, '', 1, '', NULL, NULL, '')",
        &[],
    )?;
    Ok(())
}

/// Each of these changes alone is refused.
pub(crate) fn refuses(ledger: &Ledger, changes: &[&str]) {
    for change in changes {
        let changed = ledger.write(|tx| tx.execute(change, &[]));
        assert!(changed.is_err(), "{change}");
    }
}
