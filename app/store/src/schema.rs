use rusqlite::{Connection, TransactionBehavior};

/// Schema steps in order. Append only: a kiosk in the field stands at any of them.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_submissions.sql"),
    include_str!("migrations/0002_boot.sql"),
    include_str!("migrations/0003_durability.sql"),
    include_str!("migrations/0004_routes.sql"),
    include_str!("migrations/0005_county_rules.sql"),
];

/// What the first step writes into every file of ours.
pub(crate) const APPLICATION_ID: i32 = 0x6d62_6b73;

/// How many steps there are.
pub(crate) const NEWEST: usize = MIGRATIONS.len();

/// Takes the steps that the file lacks, each in a transaction of its own with its number; a power
/// cut between two leaves a file that goes on from there.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(connection, NEWEST)
}

/// As [`migrate`], up to the step `last`.
pub(crate) fn migrate_to(connection: &mut Connection, last: usize) -> rusqlite::Result<()> {
    for (number, step) in (1i64..).zip(&MIGRATIONS[..last.min(NEWEST)]) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done: i64 = tx.query_row("PRAGMA user_version", (), |row| row.get(0))?;
        if done < number {
            tx.execute_batch(step)?;
            tx.pragma_update(None, "user_version", number)?;
            tx.commit()?;
        }
    }
    Ok(())
}
