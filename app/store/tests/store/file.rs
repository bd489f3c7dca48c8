use std::fs;

use rusqlite::Connection;
use store::{OpenError, Store};

use crate::bench::{Bench, assert_whole};

fn pragma(path: &std::path::Path, name: &str) -> String {
    let raw = Connection::open(path).unwrap();
    raw.pragma_query_value(None, name, |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        })
    })
    .unwrap()
}

#[test]
fn the_file_says_whose_it_is_and_which_schema_it_has() {
    let bench = Bench::new();
    assert_eq!(pragma(&bench.path, "application_id"), "1835166579");
    assert_eq!(pragma(&bench.path, "user_version"), "5");
    assert_eq!(pragma(&bench.path, "journal_mode"), "wal");
}

#[test]
fn opening_again_takes_no_step_twice() {
    let mut bench = Bench::new();
    let schema = |bench: &Bench| -> Vec<String> {
        let raw = Connection::open(&bench.path).unwrap();
        let mut rows = raw
            .prepare("SELECT ifnull(sql, '') FROM sqlite_schema ORDER BY name")
            .unwrap();
        let sql = rows.query_map((), |row| row.get(0)).unwrap();
        sql.collect::<Result<_, _>>().unwrap()
    };
    let before = schema(&bench);
    bench.restart();
    bench.restart();
    assert_eq!(schema(&bench), before);
    assert_eq!(pragma(&bench.path, "user_version"), "5");
}

#[test]
fn a_file_of_a_later_build_still_works() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 100);
    bench.submit(&submission).unwrap();
    Connection::open(&bench.path)
        .unwrap()
        .execute_batch(
            "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;
             ALTER TABLE outbox ADD COLUMN of_later INTEGER;
             PRAGMA user_version = 9;",
        )
        .unwrap();
    bench.restart();
    let second = bench.submission(2, 100);
    bench.submit(&second).unwrap();
    assert_whole(&bench.store, &submission);
    assert_whole(&bench.store, &second);
    assert_eq!(pragma(&bench.path, "user_version"), "9");
}

#[test]
fn a_file_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (id INTEGER PRIMARY KEY)")
        .unwrap();
    let before = fs::read(&path).unwrap();
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, OpenError::Foreign { .. }));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn what_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kiosk.db");
    fs::write(&path, "a letter to the county ".repeat(100)).unwrap();
    let before = fs::read(&path).unwrap();
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, OpenError::Sqlite { .. }));
    assert_eq!(fs::read(&path).unwrap(), before);
}
