//! A kiosk's file after some weeks in the field, what is in it, and on which pages.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use envelope::{CountySecret, ObjectHash, Sealed};
use rusqlite::{Connection, types::Value};
use store::{
    Month, Retention, RouteCondition, RouteNote, Store, Submission, UnixMs,
    salvage::{Report, make_sound},
};
use tempfile::TempDir;

use crate::bench::{Bench, NOW, by_wall, hashes, later, wal};

pub(crate) const PAGE_LEN: usize = 4096;

/// A row by its table and number.
pub(crate) type RowName = (String, i64);

/// A file, its log, and all that is known about them.
pub(crate) struct Field {
    pub(crate) main: Vec<u8>,
    pub(crate) log: Vec<u8>,
    submissions: Vec<Submission>,
    owed: BTreeSet<ObjectHash>,
    rows: BTreeMap<RowName, Vec<Value>>,
    /// The pages on which each row lies.
    pages: BTreeMap<RowName, BTreeSet<u32>>,
    /// The pages of the tree of each table, and of the schema.
    trees: BTreeMap<String, BTreeSet<u32>>,
}

/// Enough for inner pages in every tree that has long rows, and few enough to enumerate.
pub(crate) const SUBMISSIONS: u8 = 28;

/// All of it in the file, and an empty log.
pub(crate) static CHECKPOINTED: LazyLock<Field> = LazyLock::new(|| {
    let (mut bench, submissions) = grow();
    bench.checkpoint();
    Field::of(&mut bench, submissions)
});

/// The older half in the file, the newer one in the log.
pub(crate) static LOGGED: LazyLock<Field> = LazyLock::new(|| {
    let (mut bench, submissions) = grow();
    Field::of(&mut bench, submissions)
});

/// Submissions of which the county acknowledged the first eight, and of five more the record. The bytes
/// of the first four are beyond their time. Then the county went back to a backup, so that two of
/// the five are owed again while the older messages still name them.
fn grow() -> (Bench, Vec<Submission>) {
    let mut bench = Bench::new();
    for seed in [0x44, 0x55] {
        let key = CountySecret::from_seed([seed; 64]).public();
        let id = key.key_id().to_string();
        bench
            .store
            .learn_county_key(&key.to_bytes(), &id, NOW)
            .unwrap();
    }
    bench
        .store
        .keep_county_rules(&[0x66; 5000], UnixMs(1), "own", NOW)
        .unwrap();
    bench.store.put_draft(0, &[0x77; 3000]).unwrap();
    for (route, number) in [("县局专线", 10), ("4G", 11)] {
        let note = RouteNote {
            route,
            month: Month::new(2026, number).unwrap(),
            month_is_sure: true,
            bytes: 40_000,
            condition: RouteCondition::Connected,
            bytes_per_second: Some(960),
        };
        bench.store.note_route(&note, NOW).unwrap();
        bench.store.keep_of_route(route, "calls = 3").unwrap();
    }
    let mut submissions = Vec::new();
    for number in 1..=SUBMISSIONS {
        let picture_len = [100, 3000, 100, 9000][usize::from(number) % 4];
        let submission = bench.submission(number, picture_len);
        bench.submit(&submission).unwrap();
        if number == SUBMISSIONS / 2 {
            bench.checkpoint();
        }
        submissions.push(submission);
    }
    for submission in &submissions[..4] {
        bench.acknowledge(&hashes(submission), later(1));
    }
    let a_month_later = by_wall(later(2), NOW.wall.0 + 31 * 86_400_000);
    let mut held = 0;
    for submission in &submissions[4..12] {
        let all = hashes(submission);
        let named = if held < 8 { &all[..] } else { &all[..1] };
        let numbers: Vec<u64> = (held + 1..).take(named.len()).collect();
        held += numbers.len() as u64;
        bench.acknowledge_numbered(named, &numbers, Some(held), a_month_later);
    }
    let late = &hashes(&submissions[12])[..1];
    let restored = bench.acknowledge_numbered(late, &[held - 1], Some(held - 1), a_month_later);
    assert_eq!(restored.asked_again, 2);
    let refused = hashes(&submissions[13])[0];
    bench.store.refuse(refused, 1, NOW).unwrap();
    let begun = hashes(&submissions[14])[1];
    bench.store.mark_attempt(begun, NOW).unwrap();
    bench.store.set_blocks_held(begun, &[0xf0]).unwrap();
    let pruned = bench.store.prune(&Retention::default(), NOW).unwrap();
    assert_eq!(pruned.objects, 8);
    for submission in &submissions[..3] {
        let slip = &submission.slip_number;
        bench
            .store
            .set_status(slip, 2, None, NOW.wall, NOW)
            .unwrap();
    }
    bench.store.begin_boot(0, NOW.wall).unwrap();
    (bench, submissions)
}

impl Field {
    fn of(bench: &mut Bench, submissions: Vec<Submission>) -> Self {
        let owed = bench.store.all_unacknowledged(NOW).unwrap();
        let raw = Connection::open(&bench.path).unwrap();
        let rows = rows(&raw);
        Self {
            main: fs::read(&bench.path).unwrap(),
            log: fs::read(wal(&bench.path)).unwrap(),
            owed: owed.iter().map(|object| object.hash).collect(),
            pages: pages(&raw, &rows),
            trees: trees(&raw),
            rows,
            submissions,
        }
    }

    pub(crate) fn page_count(&self) -> u32 {
        u32::try_from(self.main.len() / PAGE_LEN).unwrap()
    }

    /// The file with page `number` overwritten.
    pub(crate) fn with_page(&self, number: u32, page: &[u8]) -> Vec<u8> {
        let start = (number as usize - 1) * PAGE_LEN;
        let mut main = self.main.clone();
        main[start..start + page.len()].copy_from_slice(page);
        main
    }

    pub(crate) fn page(&self, number: u32) -> &[u8] {
        &self.main[(number as usize - 1) * PAGE_LEN..][..PAGE_LEN]
    }

    /// Makes `main` and `log` sound and asserts what holds after any damage that spared the pages
    /// other than `hit`. `None` if nothing was found wrong.
    pub(crate) fn assert_recovers(
        &self,
        main: &[u8],
        log: &[u8],
        hit: &BTreeSet<u32>,
    ) -> Option<Report> {
        let card = Card::new(main, log);
        let report = make_sound(&card.path).unwrap();
        if let Some(report) = &report {
            assert_eq!(fs::read(&report.damaged).unwrap(), main);
        }
        assert_eq!(make_sound(&card.path).unwrap(), None);
        let mut store = Store::open(&card.path).unwrap();
        self.assert_spared_rows_are_back(&card.path, &store, hit);
        self.assert_nothing_is_doubled(&store);
        if hit.len() <= 1 && log.is_empty() {
            self.assert_no_more_is_owed(&store, hit);
        }
        assert_eq!(store.draft(0).unwrap().is_none(), report.is_some());
        let breaks = store.audit_breaks().unwrap();
        assert!(u32::from(SUBMISSIONS) < store.next_slip_counter().unwrap());
        assert!(1 < store.begin_boot(0, NOW.wall).unwrap());
        assert_eq!(store.audit_breaks().unwrap(), breaks);
        report
    }

    fn assert_spared_rows_are_back(&self, path: &Path, store: &Store, hit: &BTreeSet<u32>) {
        let raw = Connection::open(path).unwrap();
        let now = rows(&raw);
        self.assert_the_log_shows_its_losses(&now, store, hit);
        for (name, row) in &self.rows {
            // A digit of a slip number that has become another digit makes the counter go on behind it.
            let counts_on = name.0 == "slip_counter" && !self.trees["submission"].is_disjoint(hit);
            if name.0 != "ciphertext" && !counts_on && self.pages[name].is_disjoint(hit) {
                assert_eq!(now.get(name), Some(row), "{name:?}, hit {hit:?}");
            }
        }
        let owed = store.all_unacknowledged(NOW).unwrap();
        let owed: BTreeSet<_> = owed.iter().map(|object| object.hash).collect();
        for sealed in self.spared_objects(hit) {
            let found = store.sealed(sealed.hash).unwrap();
            assert_eq!(found.as_ref(), Some(sealed), "hit {hit:?}");
            let was_owed = self.owed.contains(&sealed.hash);
            assert!(owed.contains(&sealed.hash) || !was_owed, "hit {hit:?}");
        }
    }

    /// A row of the log that is not there any more, or says something else, makes a break, and
    /// nothing else does.
    fn assert_the_log_shows_its_losses(
        &self,
        now: &BTreeMap<RowName, Vec<Value>>,
        store: &Store,
        hit: &BTreeSet<u32>,
    ) {
        let mut log = self.rows.iter().filter(|((table, _), _)| table == "audit");
        let whole = log.all(|(name, row)| now.get(name) == Some(row));
        let breaks = store.audit_breaks().unwrap();
        if !whole {
            assert!(!breaks.is_empty(), "hit {hit:?}");
        }
        let spared = ["audit", "sqlite_schema"].map(|tree| self.trees[tree].is_disjoint(hit));
        if self.log.is_empty() && spared == [true; 2] {
            assert_eq!(breaks, [], "hit {hit:?}");
        }
    }

    /// Objects, owed or acknowledged, whose bytes lie on pages that were spared.
    fn spared_objects(&self, hit: &BTreeSet<u32>) -> Vec<&Sealed> {
        let outbox = self.rows.iter().filter(|((table, _), _)| table == "outbox");
        let spared = outbox.filter_map(|((_, number), row)| {
            let pages = self.pages.get(&("ciphertext".to_owned(), *number))?;
            let Value::Blob(hash) = &row[2] else {
                panic!("a hash is bytes")
            };
            let hash = ObjectHash(hash.as_slice().try_into().unwrap());
            pages.is_disjoint(hit).then_some(hash)
        });
        let spared: BTreeSet<_> = spared.collect();
        let objects = self.submissions.iter().flat_map(|s| &s.objects);
        objects
            .map(|(_, sealed)| sealed)
            .filter(|sealed| spared.contains(&sealed.hash))
            .collect()
    }

    /// Of an acknowledged object whose row was hit, nothing says that the county has not asked for it
    /// again. If its bytes are here it is sent once more, which the county drops.
    fn assert_no_more_is_owed(&self, store: &Store, hit: &BTreeSet<u32>) {
        for object in store.all_unacknowledged(NOW).unwrap() {
            if !self.owed.contains(&object.hash) {
                let row = self.row_of(object.hash);
                assert!(!self.pages[row].is_disjoint(hit), "hit {hit:?}");
                assert!(store.sealed(object.hash).unwrap().is_some());
            }
        }
    }

    fn row_of(&self, hash: ObjectHash) -> &RowName {
        let named = Value::Blob(hash.0.to_vec());
        let mut rows = self.rows.iter();
        let row = rows.find(|((table, _), row)| table == "outbox" && row[2] == named);
        row.unwrap().0
    }

    fn assert_nothing_is_doubled(&self, store: &Store) {
        let receipts = store.receipts().unwrap();
        let real = receipts
            .iter()
            .filter(|receipt| !receipt.slip_number.starts_with("lost-"));
        assert!(real.count() <= self.submissions.len());
        let owed = store.all_unacknowledged(NOW).unwrap();
        let distinct: BTreeSet<_> = owed.iter().map(|object| object.hash).collect();
        assert_eq!(distinct.len(), owed.len());
    }
}

/// A folder with a kiosk's files as a damaged card gives them back.
pub(crate) struct Card {
    pub(crate) path: PathBuf,
    pub(crate) folder: TempDir,
}

impl Card {
    pub(crate) fn new(main: &[u8], log: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("kiosk.db");
        fs::write(&path, main).unwrap();
        fs::write(wal(&path), log).unwrap();
        Self { path, folder }
    }

    /// The names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

const TABLES: [&str; 13] = [
    "slip_counter",
    "submission",
    "acknowledgement",
    "outbox",
    "ciphertext",
    "boot",
    "county_time",
    "county_key",
    "audit",
    "route_month",
    "route_state",
    "route_kept",
    "county_rules",
];

fn rows(raw: &Connection) -> BTreeMap<RowName, Vec<Value>> {
    let mut rows = BTreeMap::new();
    for table in TABLES {
        let mut all = raw
            .prepare(&format!("SELECT rowid, * FROM {table}"))
            .unwrap();
        let columns = all.column_count();
        let mut all = all.query(()).unwrap();
        while let Some(row) = all.next().unwrap() {
            let values = (1..columns).map(|column| row.get(column).unwrap());
            let name = (table.to_owned(), row.get(0).unwrap());
            rows.insert(name, values.collect());
        }
    }
    rows
}

/// The pages of the leaves of a table or index, in the order of their rows.
pub(crate) fn leaves(path: &Path, name: &str) -> Vec<u32> {
    Connection::open(path)
        .unwrap()
        .prepare("SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY path")
        .unwrap()
        .query_map((name,), |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn trees(raw: &Connection) -> BTreeMap<String, BTreeSet<u32>> {
    let mut stat = raw.prepare("SELECT name, pageno FROM dbstat").unwrap();
    let mut stat = stat.query(()).unwrap();
    let mut trees = BTreeMap::<_, BTreeSet<u32>>::new();
    while let Some(page) = stat.next().unwrap() {
        let (name, number) = (page.get(0).unwrap(), page.get(1).unwrap());
        trees.entry(name).or_default().insert(number);
    }
    trees
}

/// Where SQLite's own `dbstat` sees each row: its leaf, and the overflow pages of its cell.
///
/// Source: <https://www.sqlite.org/dbstat.html>.
fn pages(
    raw: &Connection,
    rows: &BTreeMap<RowName, Vec<Value>>,
) -> BTreeMap<RowName, BTreeSet<u32>> {
    let mut pages = BTreeMap::new();
    for table in TABLES {
        let mut stat = raw
            .prepare(
                "SELECT path, pageno, ncell, pagetype FROM dbstat WHERE name = ?1 ORDER BY path",
            )
            .unwrap();
        let stat: Vec<(String, u32, u32, String)> = stat
            .query_map((table,), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let mut numbers = rows
            .keys()
            .filter(|(of, _)| of == table)
            .map(|(_, number)| *number);
        for (path, leaf, cells, _) in stat.iter().filter(|page| page.3 == "leaf") {
            for cell in 0..*cells {
                let overflow = format!("{path}{cell:03x}+");
                let overflow = stat.iter().filter(|page| page.0.starts_with(&overflow));
                let mut of_row: BTreeSet<_> = overflow.map(|page| page.1).collect();
                of_row.insert(*leaf);
                pages.insert((table.to_owned(), numbers.next().unwrap()), of_row);
            }
        }
        assert_eq!(numbers.next(), None);
    }
    pages
}
