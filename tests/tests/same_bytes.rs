//! The same seed leaves the same bytes. SQLite's own randomness belongs to the process, so this runs
//! in a process of its own.

use rusqlite::{Connection, OpenFlags};
use system_tests::disk::{Disk, Phase, Snapshot, seed_sqlite};

fn snapshots(seed: u64) -> Vec<Snapshot> {
    seed_sqlite(1);
    let disk = Disk::new(seed);
    let mut snapshots = Vec::new();
    for nth in 1..40 {
        disk.cut_at(nth, Phase::Within);
        let flags = OpenFlags::default();
        let connection = Connection::open_with_flags_and_vfs("/a.db", flags, disk.name());
        if let Ok(connection) = connection {
            let commit = "INSERT INTO n VALUES (random(), strftime('%s', 'now'), randomblob(900))";
            let mut result = connection
                .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS n (a, b, c)");
            while result.is_ok() {
                result = connection.execute_batch(commit);
            }
        }
        disk.power_on();
        snapshots.push(disk.snapshot());
    }
    snapshots
}

#[test]
fn the_same_seed_leaves_the_same_bytes() {
    let once = snapshots(7);
    assert!(once == snapshots(7));
    assert!(once != snapshots(8));
}
