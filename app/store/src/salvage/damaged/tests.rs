use std::{fs, sync::LazyLock};

use proptest::prelude::*;

use super::*;
use crate::{
    Acknowledged, Store,
    salvage::pages::PAGE_LEN,
    sample::{NOW, submission},
};

/// Two pages and a part of a third.
const OBJECT_LEN: usize = 9000;

/// The bytes of a store of twelve submissions and of its log, four of them acknowledged.
static STORE: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kiosk.db");
    let mut store = Store::open(&path).unwrap();
    for number in 1..=12 {
        store.next_slip_counter().unwrap();
        store.submit(&submission(number, OBJECT_LEN), NOW).unwrap();
        if number == 6 {
            let merge = "PRAGMA wal_checkpoint(TRUNCATE)";
            store.reader().query_row(merge, (), |_| Ok(())).unwrap();
        }
    }
    for number in 1..=4 {
        let hash = submission(number, OBJECT_LEN).objects[0].1.hash;
        let acknowledged = Acknowledged {
            message: b"signed",
            county: NOW.wall,
            hashes: &[hash],
            numbers: &[],
            held: None,
        };
        store.acknowledge(&acknowledged, NOW).unwrap();
    }
    let log = folder.path().join("kiosk.db-wal");
    (fs::read(path).unwrap(), fs::read(log).unwrap())
});

/// Salvages and rebuilds in memory; how many submissions came back.
fn recovered(main: &dyn Bytes, log: &dyn Bytes) -> u64 {
    let damaged = Damaged::new(main, log);
    let salvage = damaged.salvage().unwrap();
    salvage.is_ours().unwrap();
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate_to(&mut connection, salvage.edition.version).unwrap();
    let rebuilt = salvage.rebuild(&mut connection).unwrap();
    schema::migrate(&mut connection).unwrap();
    assert!(crate::salvage::check(&connection).unwrap().is_sound());
    let mut tables = rebuilt.tables.iter();
    tables
        .find(|table| table.table == "submission")
        .unwrap()
        .whole
}

/// A card on which one sector cannot be read.
struct BadSector<'a> {
    bytes: &'a Vec<u8>,
    sector: u64,
}

impl Bytes for BadSector<'_> {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> bool {
        let (start, end) = (self.sector * 512, self.sector * 512 + 512);
        let outside = offset + into.len() as u64 <= start || end <= offset;
        outside && self.bytes.read(offset, into)
    }
}

#[test]
fn a_sector_that_cannot_be_read_costs_its_page_and_no_other() {
    let (main, log) = &*STORE;
    let merged = merged();
    assert_eq!(recovered(main, log), 12);
    // Each page in turn, and in it each sector in turn.
    for page in 1..=merged.len() as u64 / PAGE_LEN as u64 {
        let sector = (page - 1) * 8 + page % 8;
        let bytes = &merged;
        let back = recovered(&BadSector { bytes, sector }, &Vec::new());
        // All submissions lie on page 3, and their index tells of them.
        assert_eq!(back, if page == 3 { 0 } else { 12 }, "sector {sector}");
    }
}

/// The main file with the log merged in.
fn merged() -> Vec<u8> {
    let (main, log) = &*STORE;
    let pages = Log::read(log).seen;
    let pages = Pages::new(main, log, &pages);
    let all = (1..=pages.count()).map(|page| pages.page(page).unwrap());
    all.flat_map(|page| page.to_vec()).collect()
}

#[test]
fn a_sound_file_is_read_as_sqlite_reads_it() {
    let (main, log) = &*STORE;
    assert_eq!(Log::read(log).beyond, None);
    assert_eq!(recovered(main, log), 12);
    assert_eq!(recovered(&merged(), &Vec::new()), 12);
}

/// The bytes of a file that holds the first `version` steps and what `sql` adds.
fn file_of_edition(version: usize, sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kiosk.db");
    let mut connection = Connection::open(&path).unwrap();
    schema::migrate_to(&mut connection, version).unwrap();
    connection.execute_batch(sql).unwrap();
    drop(connection);
    fs::read(path).unwrap()
}

const SUBMISSION: &str = "
    INSERT INTO submission (submission_id, slip_number, scheme, submitted_ms, slip_url)
    VALUES (x'01010101010101010101010101010101', '140428-003-000007-C', 1, 5, '');";

#[test]
fn a_file_of_every_older_edition_is_recovered_and_brought_up_to_date() {
    for version in 1..=schema::NEWEST {
        let main = file_of_edition(version, SUBMISSION);
        let log = Vec::new();
        let damaged = Damaged::new(&main, &log);
        assert_eq!(damaged.salvage().unwrap().edition.version, version);
        assert_eq!(recovered(&main, &log), 1);
        let mut headless = main;
        headless[..PAGE_LEN].fill(0);
        assert_eq!(recovered(&headless, &log), 1);
    }
}

#[test]
fn a_file_of_a_later_build_gives_back_what_this_build_knows() {
    let later = "
        CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;
        ALTER TABLE submission ADD COLUMN told_ms INTEGER;
        PRAGMA user_version = 900;
        INSERT INTO submission
            (submission_id, slip_number, scheme, submitted_ms, slip_url, told_ms)
        VALUES (x'02020202020202020202020202020202', '140428-003-000008-C', 1, 5, '', 9);";
    let main = file_of_edition(schema::NEWEST, &format!("{SUBMISSION}{later}"));
    assert_eq!(recovered(&main, &Vec::new()), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(
        main in proptest::collection::vec(any::<u8>(), 0..20_000),
        log in proptest::collection::vec(any::<u8>(), 0..20_000),
    ) {
        recovered(&main, &log);
    }

    #[test]
    fn arbitrary_pages_behind_a_true_header_never_panic(
        tail in proptest::collection::vec(any::<u8>(), 0..40_000),
        kinds in proptest::collection::vec(0usize..4, 10),
    ) {
        let mut main = STORE.0[..PAGE_LEN].to_vec();
        main.extend(tail);
        for (kind, page) in kinds.iter().zip(main.chunks_mut(PAGE_LEN).skip(1)) {
            page[0] = [2, 5, 10, 13][*kind];
        }
        recovered(&main, &Vec::new());
    }

    #[test]
    fn flipped_bytes_never_panic(
        in_main in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..60),
        in_log in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let (mut main, mut log) = STORE.clone();
        for (place, byte) in in_main {
            let place = place.index(main.len());
            main[place] = byte;
        }
        for (place, byte) in in_log {
            let place = place.index(log.len());
            log[place] = byte;
        }
        recovered(&main, &log);
    }
}
