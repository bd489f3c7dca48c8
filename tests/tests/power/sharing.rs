use rusqlite::{Connection, ErrorCode};
use system_tests::disk::Disk;

use crate::ledger::{Journal, Ledger, PATH, connect};

fn table(disk: &Disk, journal: &str) -> Connection {
    let connection = connect(disk).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = {journal}; CREATE TABLE IF NOT EXISTS n (n INTEGER)"
        ))
        .unwrap();
    connection
}

fn count(connection: &Connection) -> u32 {
    let sql = "SELECT count(*) FROM n";
    connection.query_row(sql, (), |row| row.get(0)).unwrap()
}

fn insert(connection: &Connection) -> rusqlite::Result<usize> {
    connection.execute("INSERT INTO n VALUES (1)", ())
}

#[test]
fn connections_see_each_others_commits() {
    for journal in ["WAL", "DELETE"] {
        let disk = Disk::new(1);
        let (a, b) = (table(&disk, journal), table(&disk, journal));
        for number in 1..20 {
            insert(if number % 2 == 0 { &a } else { &b }).unwrap();
            assert_eq!((count(&a), count(&b)), (number, number), "{journal}");
        }
    }
}

#[test]
fn one_connection_writes_at_a_time_and_a_reader_keeps_its_view() {
    let disk = Disk::new(1);
    let (a, b) = (table(&disk, "WAL"), table(&disk, "WAL"));
    a.execute_batch("BEGIN IMMEDIATE").unwrap();
    insert(&a).unwrap();
    b.execute_batch("BEGIN").unwrap();
    assert_eq!(count(&b), 0);
    a.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&b), 0);
    b.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&b), 1);

    a.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = insert(&b).unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    a.execute_batch("ROLLBACK").unwrap();
    insert(&b).unwrap();
}

#[test]
fn a_rollback_journal_waits_for_readers() {
    let disk = Disk::new(1);
    let (a, b) = (table(&disk, "DELETE"), table(&disk, "DELETE"));
    insert(&a).unwrap();
    a.execute_batch("BEGIN").unwrap();
    count(&a);
    let refused = insert(&b).unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    a.execute_batch("COMMIT").unwrap();
    insert(&b).unwrap();
}

#[test]
fn the_last_connection_to_close_leaves_no_log() {
    let disk = Disk::new(1);
    let (a, b) = (table(&disk, "WAL"), table(&disk, "WAL"));
    insert(&a).unwrap();
    drop(a);
    assert_eq!(disk.files().len(), 2);
    drop(b);
    assert_eq!(disk.files().len(), 1);
    assert_eq!(&*disk.files()[0], PATH);
}

#[test]
fn a_connection_from_before_a_cut_fails_for_good() {
    let disk = Disk::new(1);
    let before = table(&disk, "WAL");
    insert(&before).unwrap();
    disk.cut();
    let nothing_opens = connect(&disk).and_then(|c| c.execute_batch("SELECT * FROM n"));
    assert!(nothing_opens.is_err());
    disk.power_on();
    let after = table(&disk, "WAL");
    let failed = before.query_row("SELECT count(*) FROM n", (), |_| Ok(()));
    assert_eq!(
        failed.unwrap_err().sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure)
    );
    assert!(insert(&before).is_err());
    drop(before);
    insert(&after).unwrap();
    assert_eq!(count(&after), 2);
}

#[test]
fn a_connection_that_outlives_its_disk_fails() {
    let disk = Disk::new(1);
    let connection = table(&disk, "WAL");
    let gone = disk.name().to_owned();
    drop(disk);
    assert!(insert(&connection).is_err());
    drop(connection);
    let flags = rusqlite::OpenFlags::default();
    assert!(Connection::open_with_flags_and_vfs(PATH, flags, &*gone).is_err());
}

#[test]
fn two_disks_know_nothing_of_each_other() {
    let (one, other) = (Disk::new(1), Disk::new(1));
    let (a, b) = (table(&one, "WAL"), table(&other, "WAL"));
    insert(&a).unwrap();
    assert_eq!((count(&a), count(&b)), (1, 0));
    one.cut();
    insert(&b).unwrap();
}

#[test]
fn a_snapshot_is_the_platter_and_comes_back_as_it_was() {
    let disk = Disk::new(1);
    let mut ledger = Ledger::new(&disk, Journal::Wal);
    for _ in 0..3 {
        ledger.commit().unwrap();
    }
    let yesterday = disk.snapshot();
    for _ in 0..3 {
        ledger.commit().unwrap();
    }
    ledger.close();
    assert_ne!(disk.snapshot(), yesterday);
    disk.restore(&yesterday);
    assert_eq!(disk.snapshot(), yesterday);
    let newest: u32 = connect(&disk)
        .unwrap()
        .query_row("SELECT max(number) FROM part", (), |row| row.get(0))
        .unwrap();
    assert_eq!(newest, 3);

    // And on a new disk.
    let other = Disk::new(2);
    other.restore(&yesterday);
    assert_eq!(other.files().len(), 2);
}

#[test]
fn a_search_finds_what_is_in_flight_covered_or_deleted() {
    let disk = Disk::new(1);
    let connection = table(&disk, "WAL");
    connection
        .execute_batch("PRAGMA synchronous = OFF")
        .unwrap();
    assert!(!disk.holds(b"in the clear"));
    connection
        .execute_batch("CREATE TABLE word (w TEXT); INSERT INTO word VALUES ('in the clear')")
        .unwrap();
    assert!(disk.holds(b"in the clear"));
    drop(connection);
    assert!(disk.holds(b"in the clear"));
    // Until it is certain that neither the file nor its deleted log has it any more.
    let connection = table(&disk, "WAL");
    connection
        .execute_batch(
            "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; DELETE FROM word;
             PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .unwrap();
    assert!(!disk.holds(b"in the clear"));
}
