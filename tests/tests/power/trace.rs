use system_tests::disk::{Disk, Event, Failure, Lasting, Operation, Outcome, Phase};

use crate::ledger::{Journal, Ledger, PATH, connect};

fn story(seed: u64) -> (Vec<Event>, Disk) {
    let disk = Disk::new(seed);
    disk.trace(true);
    let mut ledger = Ledger::new(&disk, Journal::Wal);
    for nth in 20..30 {
        disk.cut_at(nth, Phase::Within);
        while ledger.commit().is_ok() {}
        ledger.cut_and_check().unwrap();
        disk.fail_at(nth, Failure::Device, Lasting::Once);
        for _ in 0..5 {
            let _ = ledger.commit();
        }
    }
    (disk.take_trace(), disk)
}

#[test]
fn the_same_seed_has_the_same_trace_and_another_keeps_other_sectors() {
    let (one, one_disk) = story(7);
    let (same, same_disk) = story(7);
    assert!(200 < one.len(), "{} events", one.len());
    let mut events = one.iter().zip(&same);
    assert_eq!(events.find(|(one, same)| one != same), None);
    assert_eq!(one.len(), same.len());
    assert_eq!(one_disk.counters(), same_disk.counters());
    let (_, other_disk) = story(8);
    assert_ne!(one_disk.counters().sectors, other_disk.counters().sectors);
}

#[test]
fn a_trace_names_operation_path_place_and_outcome() {
    let disk = Disk::new(1);
    disk.trace(true);
    let connection = connect(&disk).unwrap();
    disk.cut_at(2, Phase::Before);
    assert!(
        connection
            .execute_batch("CREATE TABLE n (n INTEGER)")
            .is_err()
    );
    drop(connection);
    disk.power_on();
    let lines: Vec<String> = disk.take_trace().iter().map(ToString::to_string).collect();
    assert_eq!(lines[0], "Make /ledger/ledger.db 0+0 Done");
    assert!(lines.contains(&"Read /ledger/ledger.db 0+100 Done".to_owned()));
    assert!(lines.contains(&"Make /ledger/ledger.db-journal 0+0 Done".to_owned()));
    assert!(lines.contains(&"Write /ledger/ledger.db-journal 0+512 Off".to_owned()));
    assert!(lines.contains(&"power cut".to_owned()));
    assert_eq!(lines.last().unwrap(), "power on");
    assert_eq!(disk.take_trace(), []);
}

#[test]
fn counters_tell_operations_and_faults_by_kind() {
    let disk = Disk::new(1);
    let mut ledger = Ledger::new(&disk, Journal::Wal);
    ledger.commit().unwrap();
    let before = disk.counters();
    assert!(
        0 < before.of(Operation::Sync) && before.of(Operation::Sync) < before.of(Operation::Write)
    );
    assert_eq!(
        (before.cuts, before.failed, before.full, before.flipped_bits),
        (0, 0, 0, 0)
    );
    disk.fail_at(1, Failure::Full, Lasting::Once);
    ledger.commit().unwrap_err();
    disk.fail_at(1, Failure::Device, Lasting::Once);
    ledger.commit().unwrap_err();
    ledger.commit().unwrap();
    disk.ignore_sync(true);
    ledger.commit().unwrap();
    disk.cut();
    ledger.close();
    disk.power_on();
    assert!(disk.flip_bits(PATH, 3));
    let after = disk.counters();
    assert_eq!(
        (after.cuts, after.failed, after.full, after.flipped_bits),
        (1, 1, 1, 3)
    );
    let sectors = after.sectors;
    assert!(0 < sectors.kept_sectors + sectors.forgotten_sectors + sectors.torn_sectors);
}

#[test]
fn an_operation_without_power_is_off_and_changes_nothing() {
    let disk = Disk::new(1);
    disk.cut();
    disk.trace(true);
    assert!(connect(&disk).is_err());
    let events = disk.take_trace();
    let is_off = |event: &Event| {
        matches!(
            event,
            Event::Asked {
                outcome: Outcome::Off,
                ..
            }
        )
    };
    assert!(!events.is_empty() && events.iter().all(is_off));
    assert!(disk.files().is_empty());
}
