use store::{AuditAction, AuditActor, AuditError};

use crate::bench::{Bench, NOW, hashes, later};

/// A log of a start, a submission, and what the county said to it.
fn told() -> Bench {
    let mut bench = Bench::new();
    bench.store.begin_boot(0, NOW.wall).unwrap();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    let objects = hashes(&submission);
    bench.store.refuse(objects[1], 1, NOW).unwrap();
    bench.acknowledge(&objects, later(1));
    bench
}

#[test]
fn each_thing_done_stands_in_the_log_with_who_did_it_and_when() {
    let mut bench = told();
    let (person, printed) = (AuditActor::Person, AuditAction::SlipPrinted);
    bench
        .store
        .note(person, printed, "140428-003-000001-C", later(2))
        .unwrap();
    let rows = bench.store.audit(0, 100).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.actor, row.action)).collect();
    assert_eq!(told, [(1, 1), (2, 2), (4, 4), (4, 3), (4, 3), (2, 8)]);
    assert_eq!(rows[1].subject, "140428-003-000001-C");
    assert_eq!(rows[1].at, NOW);
    assert_eq!(rows[5].at, later(2));
    assert_eq!(bench.store.verify_audit().unwrap(), 6);
    assert_eq!(bench.store.audit(5, 100).unwrap(), rows[5..]);
}

#[test]
fn the_file_itself_refuses_to_change_the_log() {
    let bench = told();
    let raw = rusqlite::Connection::open(&bench.path).unwrap();
    for change in ["UPDATE audit SET actor = 3", "DELETE FROM audit"] {
        let refused = raw.execute(change, ()).unwrap_err();
        assert_eq!(refused.to_string(), "the audit log is append-only");
    }
}

#[test]
fn a_row_changed_taken_out_or_put_in_behind_the_kiosks_back_shows() {
    let changes = [
        (
            "UPDATE audit SET subject = '140428-003-000002-C' WHERE id = 2",
            2,
        ),
        ("UPDATE audit SET wall_ms = wall_ms + 1 WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 2", 3),
        ("DELETE FROM audit WHERE id = 1", 2),
        ("UPDATE audit SET id = id + 1 WHERE id = 5", 6),
        (
            "INSERT INTO audit SELECT 6, boot, tick_ms, wall_ms, actor, action, subject, hash FROM audit WHERE id = 5",
            6,
        ),
    ];
    for (change, broken_at) in changes {
        let bench = told();
        let raw = rusqlite::Connection::open(&bench.path).unwrap();
        raw.execute_batch("DROP TRIGGER audit_stays; DROP TRIGGER audit_remains;")
            .unwrap();
        raw.execute(change, ()).unwrap();
        let found = bench.store.verify_audit().unwrap_err();
        assert!(
            matches!(found, AuditError::Broken { id } if id == broken_at),
            "{change}: {found}"
        );
    }
}

#[test]
fn a_checkpoint_of_the_county_is_kept_once_and_stays() {
    let mut bench = told();
    let heard = [("7 ab", 2), ("7 ab", 3), ("9 cd", 4), ("7 ab", 5)];
    for (checkpoint, second) in heard {
        bench
            .store
            .hear_checkpoint(checkpoint, later(second))
            .unwrap();
    }
    let rows = bench.store.audit(5, 100).unwrap();
    let subjects: Vec<_> = rows
        .iter()
        .map(|row| (row.action, row.subject.as_str()))
        .collect();
    let action = AuditAction::CheckpointHeard as u8;
    assert_eq!(
        subjects,
        [(action, "7 ab"), (action, "9 cd"), (action, "7 ab")]
    );
}
