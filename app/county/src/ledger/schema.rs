//! The ledger's schema, step by step.

use std::path::Path;

use super::{Connection, Ledger, LedgerError, Transaction, copy::Table};

/// Schema steps in order. Append only: a county's ledger stands at any of them.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_ledger.sql"),
    include_str!("migrations/0002_kiosk_keys.sql"),
    include_str!("migrations/0003_object_numbers.sql"),
    include_str!("migrations/0004_calls.sql"),
    include_str!("migrations/0005_deadlines.sql"),
    include_str!("migrations/0006_event_details.sql"),
    include_str!("migrations/0007_log.sql"),
    include_str!("migrations/0008_county_events.sql"),
    include_str!("migrations/0009_accounts.sql"),
    include_str!("migrations/0010_second_factors.sql"),
    include_str!("migrations/0011_handovers.sql"),
    include_str!("migrations/0012_kiosk_conditions.sql"),
];

/// Steps that this build has.
pub(super) const KNOWN: u32 = STEPS.len() as u32;

/// Where the schema makes a table: after those that its rows refer to.
pub(super) fn place_of(table: &str) -> (usize, usize) {
    let made = format!("CREATE TABLE {table} (");
    let mut steps = STEPS.iter().enumerate();
    let place = steps.find_map(|(step, sql)| Some((step, sql.find(&made)?)));
    place.unwrap_or((STEPS.len(), 0))
}

/// Takes the schema step that comes next; false if there is none.
pub(super) fn take_next_step(tx: &Transaction<'_>) -> Result<bool, LedgerError> {
    let at = tx.step()?;
    if KNOWN < at {
        return Err(LedgerError::Newer {
            got: at,
            known: KNOWN,
        });
    }
    let Some(step) = STEPS.get(at as usize) else {
        return Ok(false);
    };
    tx.take_step(at + 1, step)?;
    Ok(true)
}

/// The tables, each after those that it refers to.
pub(super) fn tables() -> Result<Vec<Table>, LedgerError> {
    Ledger::open_file(Path::new(":memory:"), None)?.read(|connection| {
        let names: Vec<String> = connection.query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid",
            &[],
            |row| row.get(0),
        )?;
        names
            .into_iter()
            .map(|name| table(connection, name))
            .collect()
    })
}

fn table(connection: &Connection, name: String) -> Result<Table, LedgerError> {
    let mut key = Vec::new();
    let mut number = None;
    let columns = connection.query(
        "SELECT name, pk, type FROM pragma_table_info(?1)",
        &[&name],
        |row| {
            let (column, place, kind): (String, u8, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if 0 < place {
                key.push((place, column.clone()));
                number = (kind == "INTEGER").then(|| column.clone());
            }
            Ok(column)
        },
    )?;
    key.sort();
    Ok(Table {
        name,
        columns,
        number: number.filter(|_| key.len() == 1),
        key: key.into_iter().map(|(_, column)| column).collect(),
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection as Sqlite;

    use super::*;
    use crate::ledger::{Ledger, kiosks, testing::Place};

    #[test]
    fn a_table_is_made_after_those_that_its_rows_refer_to() {
        let places = [
            "kiosks",
            "objects",
            "cases",
            "case_events",
            "deadlines",
            "log_pending",
        ];
        assert!(places.map(place_of).is_sorted());
        assert!(place_of("log_pending") < place_of("none"));
    }

    #[test]
    fn a_ledger_of_a_newer_build_is_left_alone() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let newer: Result<_, LedgerError> = ledger.write(|tx| tx.take_step(99, ""));
        newer.unwrap();
        drop(ledger);
        assert!(matches!(
            place.open(),
            Err(LedgerError::Newer {
                got: 99,
                known: KNOWN
            })
        ));
    }

    /// A file as the first build left it, with one kiosk and two of its objects.
    fn first_schema(path: &Path, kiosk: &envelope::KioskPublic) {
        let sqlite = Sqlite::open(path).unwrap();
        sqlite.execute_batch(STEPS[0]).unwrap();
        sqlite.pragma_update(None, "user_version", 1).unwrap();
        sqlite
            .execute(
                "INSERT INTO kiosks VALUES (?1, ?2, 5)",
                (kiosk.id().0, kiosk.to_bytes()),
            )
            .unwrap();
        for (number, county_key) in [(1, [0xa1; 4]), (2, [0xa2; 4])] {
            let bytes = [&[0; 10][..], &county_key, &[0; 100]].concat();
            sqlite
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
        let ledger = Ledger::open_file(&path, None).unwrap();
        let read: Result<_, LedgerError> = ledger.read(|connection| {
            Ok((
                kiosks::standing(connection, kiosk.id(), kiosk.key_id())?,
                kiosks::county_key(connection, kiosk.id())?,
            ))
        });
        let standing = KioskStanding::Accepted(kiosk);
        assert_eq!(read.unwrap(), (standing, Some(KeyId([0xa2; 4]))));
    }
}
