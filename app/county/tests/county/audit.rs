//! What is changed behind the ledger's back, and what an audit says of it.

use std::{fs, path::Path};

use county::audit::{Evidence, Finding, Report, audit_file};
use envelope::{Kind, SlipCode, StatusToken};
use relief::Role;
use rusqlite::{Connection, params_from_iter, types::Value};

use crate::{
    bench::{Bench, COUNTY, DAY_MS, noise, secret, signer},
    handovers::handover,
};

/// A ledger with something of everything that the log covers, taken up at several times.
fn lived_in() -> Bench {
    let mut bench = Bench::with(|config| config.postgres = None);
    bench.county.enrol(&signer(4).public()).expect("the ledger");
    bench.seal_log();
    for counter in [1, 2] {
        let paper = noise(300 + usize::from(counter == 2));
        let sent = bench.submission(counter, &[(Kind::Picture, paper)]);
        bench.deliver(&sent.sealed);
        bench.deliver(&sent.papers[0]);
        bench.pass(60_000);
        bench.accept(&sent);
        bench.seal_log();
        bench.pass(DAY_MS);
        bench.survey(&sent);
        let late = handover(&mut bench, counter + 2, Some(sent.record.slip_number));
        bench.deliver(&late.record);
        bench.deliver(&late.paper);
        bench.seal_log();
    }
    let lost = signer(4).public();
    bench
        .county
        .revoke(lost.id(), lost.key_id())
        .expect("the ledger");
    bench.seal_log();
    bench
}

/// What an audit needs to know of the county.
pub(crate) fn evidence() -> Evidence {
    Evidence {
        county_code: COUNTY,
        county_keys: vec![secret().public()],
        ..Evidence::default()
    }
}

pub(crate) fn words(report: &Report) -> Vec<String> {
    report.findings.iter().map(Finding::to_string).collect()
}

/// A copy of the ledger's file, which is done with as `change` says and then audited.
struct Copy {
    dir: tempfile::TempDir,
}

impl Copy {
    fn of(bench: &Bench) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("whole.db");
        bench.county.back_up(&file).expect("a copy");
        drop_triggers(&file).expect("the copy");
        Self { dir }
    }

    fn changed(&self, change: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Option<Report> {
        let file = self.dir.path().join("copy.db");
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.dir.path().join(format!("copy.db{suffix}")));
        }
        fs::copy(self.dir.path().join("whole.db"), &file).expect("a copy");
        let done = open_unguarded(&file).and_then(|connection| change(&connection));
        done.ok()?;
        Some(audit_file(&file, &evidence()).expect("a ledger"))
    }
}

/// Nothing in the file refuses a change any more.
fn drop_triggers(file: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(file)?;
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let drops = triggers.iter().map(|name| format!("DROP TRIGGER {name};"));
    connection.execute_batch(&drops.collect::<String>())
}

fn open_unguarded(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF",
    )?;
    Ok(connection)
}

/// The tables that the log covers and its own; what else there is says how deliveries stand, and kiosks tell it again.
const TABLES: [&str; 11] = [
    "kiosk_keys",
    "objects",
    "cases",
    "attachments",
    "case_events",
    "rule_editions",
    "event_rules",
    "deadlines",
    "log_entries",
    "log_nodes",
    "log_checkpoints",
];

struct Table {
    name: &'static str,
    columns: Vec<String>,
    /// Places of the columns of its key.
    key: Vec<usize>,
    rows: Vec<Vec<Value>>,
}

fn tables(file: &Path) -> Vec<Table> {
    let connection = Connection::open(file).expect("the copy");
    let read = |name: &'static str| -> rusqlite::Result<Table> {
        let mut columns = Vec::new();
        let mut key = Vec::new();
        let mut described = connection.prepare(&format!("PRAGMA table_info({name})"))?;
        let mut rows = described.query([])?;
        while let Some(row) = rows.next()? {
            columns.push(row.get(1)?);
            if 0 < row.get::<_, i64>(5)? {
                key.push(columns.len() - 1);
            }
        }
        let rows = connection
            .prepare(&format!("SELECT {} FROM {name}", columns.join(", ")))?
            .query_map([], |row| (0..columns.len()).map(|at| row.get(at)).collect())?
            .collect::<Result<_, _>>()?;
        Ok(Table {
            name,
            columns,
            key,
            rows,
        })
    };
    TABLES.map(|name| read(name).expect(name)).into()
}

/// Something else of the same type.
fn other(value: &Value) -> Value {
    match value {
        Value::Null => Value::Integer(7),
        Value::Integer(number) => Value::Integer(number + 1000),
        Value::Real(number) => Value::Real(number + 1.0),
        Value::Text(text) => Value::Text(format!("{text}x")),
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            match bytes.last_mut() {
                Some(last) => *last ^= 1,
                None => bytes.push(1),
            }
            Value::Blob(bytes)
        }
    }
}

impl Table {
    /// The condition that finds a row, with its values.
    fn this(&self, row: &[Value]) -> (String, Vec<Value>) {
        let mut names = self.key.iter().map(|at| self.columns[*at].as_str());
        let mut values: Vec<Value> = self.key.iter().map(|at| row[*at].clone()).collect();
        let mut condition: Vec<String> = names.by_ref().map(|name| format!("{name} = ?")).collect();
        if condition.is_empty() {
            condition.push("rowid = ?".to_owned());
            values.clear();
        }
        (condition.join(" AND "), values)
    }

    /// How a finding names a row of this table, or of the log.
    fn names(&self, row: &[Value], findings: &[String]) -> bool {
        let parts = self.key.iter().map(|at| match &row[*at] {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::Blob(bytes) => hex::encode(bytes),
            Value::Null | Value::Real(_) => String::new(),
        });
        let name = format!("{} {}", self.name, parts.collect::<Vec<_>>().join(" "));
        findings
            .iter()
            .any(|finding| finding.ends_with(&format!(": {name}")))
    }

    fn is_log(&self) -> bool {
        self.name.starts_with("log_")
    }
}

#[test]
fn a_ledger_that_nobody_touched_has_nothing_to_say() {
    let bench = lived_in();
    let copy = Copy::of(&bench);
    let report = copy.changed(|_| Ok(())).expect("no change");
    assert_eq!(words(&report), Vec::<String>::new());
    assert!(40 < report.entries && 5 < report.checkpoints && report.waiting == 0);
    let own = bench.county.audit(&evidence()).expect("the ledger");
    assert_eq!((words(&own), own.entries), (vec![], report.entries));
}

#[test]
fn any_value_changed_behind_the_ledgers_back_is_named() {
    let copy = Copy::of(&lived_in());
    let mut changes = 0;
    for table in tables(&copy.dir.path().join("whole.db")) {
        for row in &table.rows {
            for (column, value) in table.columns.iter().zip(row) {
                // Whether the kiosk was told is bookkeeping.
                if column == "acknowledged_ms" {
                    continue;
                }
                let (condition, key) = table.this(row);
                let sql = format!("UPDATE {} SET {column} = ? WHERE {condition}", table.name);
                let values = [vec![other(value)], key].concat();
                let changed = copy.changed(|ledger| {
                    let rows = ledger.execute(&sql, params_from_iter(values))?;
                    assert_eq!(rows, 1, "{sql}");
                    Ok(())
                });
                // What SQLite itself does not take is no change.
                let Some(report) = changed else { continue };
                changes += 1;
                let found = words(&report);
                let named = table.names(row, &found) || table.is_log() && !found.is_empty();
                assert!(named, "{} {column} {row:?}: {found:?}", table.name);
            }
        }
    }
    assert!(600 < changes, "{changes} changes were tried");
}

#[test]
fn any_row_taken_out_is_named() {
    let copy = Copy::of(&lived_in());
    for table in tables(&copy.dir.path().join("whole.db")) {
        for row in &table.rows {
            let (condition, key) = table.this(row);
            let sql = format!("DELETE FROM {} WHERE {condition}", table.name);
            let report = copy
                .changed(|ledger| ledger.execute(&sql, params_from_iter(key)).map(drop))
                .expect("a removal");
            let found = words(&report);
            let named = table.names(row, &found) || table.is_log() && !found.is_empty();
            assert!(named, "{} {row:?}: {found:?}", table.name);
        }
    }
}

#[test]
fn any_row_put_in_is_named() {
    let copy = Copy::of(&lived_in());
    for table in tables(&copy.dir.path().join("whole.db")) {
        let mut tried = 0;
        for row in &table.rows {
            let mut new = row.clone();
            for (at, value) in new.iter_mut().enumerate() {
                // Another key, and nothing that must be there once only.
                if table.key.contains(&at)
                    || matches!(value, Value::Blob(bytes) if bytes.len() <= 32)
                    || ["number", "size"].contains(&table.columns[at].as_str())
                {
                    *value = other(value);
                }
            }
            let marks = vec!["?"; new.len()].join(", ");
            let sql = format!("INSERT INTO {} VALUES ({marks})", table.name);
            let values = new.clone();
            let put_in =
                copy.changed(|ledger| ledger.execute(&sql, params_from_iter(values)).map(drop));
            let Some(report) = put_in else { continue };
            tried += 1;
            let found = words(&report);
            let named = table.names(&new, &found) || table.is_log() && !found.is_empty();
            assert!(named, "{} {new:?}: {found:?}", table.name);
        }
        assert!(0 < tried, "nothing could be put into {}", table.name);
    }
}

#[test]
fn what_waits_to_come_into_the_log_is_counted_and_its_loss_is_named() {
    let mut bench = lived_in();
    bench.received(3);
    let copy = Copy::of(&bench);
    let report = copy.changed(|_| Ok(())).expect("no change");
    assert_eq!(words(&report), Vec::<String>::new());
    assert!(5 < report.waiting, "{report:?}");
    for (change, finding) in [
        (
            "DELETE FROM case_events WHERE id = (SELECT max(id) FROM case_events)",
            "removed before it came into the log: case_events ",
        ),
        (
            "DELETE FROM log_pending WHERE kind = 4",
            "put in behind the log: cases 3",
        ),
    ] {
        let report = copy.changed(|ledger| ledger.execute_batch(change));
        let found = words(&report.expect("a removal"));
        assert!(
            found.len() == 1 && found[0].starts_with(finding),
            "{found:?}"
        );
    }
}

#[test]
fn what_is_entered_with_an_earlier_date_is_named() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    bench.seal_log();
    bench.pass(-2 * DAY_MS);
    bench.accept(&sent);
    bench.pass(2 * DAY_MS);
    bench.seal_log();
    let found = words(&bench.county.audit(&evidence()).expect("the ledger"));
    let backdated = |table: &str| {
        found
            .iter()
            .any(|finding| finding.starts_with(&format!("backdated: {table} ")))
    };
    assert!(
        backdated("case_events") && backdated("deadlines"),
        "{found:?}"
    );
}

#[test]
fn a_log_that_was_made_anew_contradicts_a_checkpoint_kept_elsewhere() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let kept = bench.seal_log().sign(&secret());
    bench.accept(&sent);
    bench.seal_log();
    let with = |checkpoint: Vec<u8>| Evidence {
        checkpoints: vec![checkpoint],
        ..evidence()
    };
    let report = bench.county.audit(&with(kept.clone())).expect("the ledger");
    assert_eq!(words(&report), Vec::<String>::new());

    // The same county with the same keys, and another story.
    let mut anew = Bench::new();
    anew.received(2);
    anew.seal_log();
    let found = words(&anew.county.audit(&with(kept.clone())).expect("the ledger"));
    assert!(
        found.iter().any(|finding| finding.contains("contradicts")),
        "{found:?}"
    );
    let mut forged = kept;
    *forged.last_mut().expect("a signature") ^= 1;
    let found = words(&anew.county.audit(&with(forged)).expect("the ledger"));
    assert_eq!(found, ["kept checkpoint 1 is not signed by this county"]);
}

#[test]
fn a_slip_whose_case_never_came_or_says_something_else_is_named() {
    let mut bench = Bench::new();
    let (there, never) = (bench.received(1), bench.submission(2, &[]));
    let forged = SlipCode::issue(&signer(9), StatusToken([3; 16]), COUNTY, 3, 1_795_399_200);
    let later = SlipCode::issue(
        &signer(3),
        there.slip.token.clone(),
        COUNTY,
        1,
        there.slip.submitted_s + 60,
    );
    let report = |slips: Vec<SlipCode>| {
        let evidence = Evidence {
            slips,
            ..evidence()
        };
        words(&bench.county.audit(&evidence).expect("the ledger"))
    };
    assert_eq!(report(vec![there.slip.clone()]), Vec::<String>::new());
    let number = |sent: &crate::bench::Submission| sent.record.slip_number.to_string();
    assert_eq!(
        report(vec![never.slip.clone()]),
        [format!(
            "never entered: slip {} has no case",
            number(&never)
        )]
    );
    assert_eq!(
        report(vec![later]),
        [format!("slip {} and its case differ", number(&there))]
    );
    let found = report(vec![forged]);
    assert!(
        found.len() == 1 && found[0].contains("not signed by a kiosk"),
        "{found:?}"
    );
}

#[test]
fn a_ledger_older_than_the_log_comes_into_it_whole() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let without_log = "DELETE FROM log_pending";
    bench.tell_store(without_log, without_log);
    let bench = bench.reboot();
    bench.seal_log();
    bench.accept(&sent);
    let report = bench.county.audit(&evidence()).expect("the ledger");
    assert_eq!(words(&report), Vec::<String>::new());
    assert!(8 < report.entries, "{report:?}");
    let events = bench.case(&sent).events;
    assert_eq!(
        events.last().map(|event| event.actor.role),
        Some(Role::Township)
    );
}
