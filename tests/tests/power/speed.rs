use std::time::Instant;

use rusqlite::Connection;
use system_tests::disk::{Disk, Phase};

use crate::ledger::connect;

/// Enough for a steady figure in a second of an optimised build.
const CYCLES: u32 = 1000;

fn open(disk: &Disk) -> rusqlite::Result<Connection> {
    let connection = connect(disk)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         CREATE TABLE IF NOT EXISTS submission (
             id INTEGER PRIMARY KEY, slip TEXT NOT NULL UNIQUE, at INTEGER NOT NULL) STRICT;
         CREATE TABLE IF NOT EXISTS outbox (
             id INTEGER PRIMARY KEY, submission INTEGER NOT NULL REFERENCES submission (id),
             hash BLOB NOT NULL UNIQUE, due INTEGER NOT NULL) STRICT;
         CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due);
         CREATE TABLE IF NOT EXISTS ciphertext (
             object INTEGER PRIMARY KEY REFERENCES outbox (id), bytes BLOB NOT NULL) STRICT;",
    )?;
    Ok(connection)
}

fn commit(connection: &mut Connection, number: u32) -> rusqlite::Result<()> {
    let tx = connection.transaction()?;
    tx.execute("INSERT INTO submission VALUES (?1, ?1, ?1)", (number,))?;
    let hash = number.to_be_bytes().repeat(8);
    tx.execute("INSERT INTO outbox VALUES (?1, ?1, ?2, ?1)", (number, hash))?;
    tx.execute(
        "INSERT INTO ciphertext VALUES (?1, zeroblob(1024))",
        (number,),
    )?;
    tx.commit()
}

/// Prints the figure; run it optimised and with `--nocapture` to see it.
#[test]
fn cuts_come_and_go_quickly() {
    let begin = Instant::now();
    let mut disk = Disk::new(0);
    for cycle in 0..CYCLES {
        // A disk lives for a hundred cuts, so that its file grows as one in use does.
        if cycle % 100 == 0 {
            disk = Disk::new(u64::from(cycle));
        }
        let mut connection = open(&disk).unwrap();
        for number in 1..=3 {
            commit(&mut connection, cycle * 3 + number).unwrap();
        }
        disk.cut_at(1 + u64::from(cycle) % 7, Phase::Within);
        let _ = commit(&mut connection, u32::MAX - cycle);
        disk.cut();
        drop(connection);
        disk.power_on();
        let connection = open(&disk).unwrap();
        let sql = "SELECT count(*) FROM ciphertext WHERE object <= ?1";
        let kept: u32 = connection
            .query_row(sql, (cycle * 3 + 3,), |row| row.get(0))
            .unwrap();
        assert_eq!(kept, (cycle % 100 + 1) * 3);
        let verdict: String = connection
            .query_row("PRAGMA integrity_check", (), |row| row.get(0))
            .unwrap();
        assert_eq!(verdict, "ok");
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!("{:.0} cuts per second", f64::from(CYCLES) / seconds);
}
