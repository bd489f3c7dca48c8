use system_tests::disk::{Disk, Failure, Lasting};

use crate::ledger::{Damage, Journal, Ledger, PATH};

/// Commits on, whatever fails, and says how many did.
fn struggle(ledger: &mut Ledger<'_>) -> u32 {
    let mut failed = 0;
    for step in 0..7 {
        let result = match step {
            3 => ledger.checkpoint(),
            5 => {
                ledger.close();
                Ok(())
            }
            _ => ledger.commit().map(drop),
        };
        failed += u32::from(result.is_err());
    }
    failed
}

fn fail_at_each_operation(journal: Journal, failure: Failure, lasting: Lasting) {
    for seed in 0..2 {
        for nth in 1.. {
            let disk = Disk::new(seed);
            let mut ledger = Ledger::new(&disk, journal);
            ledger.commit().unwrap();
            disk.fail_at(nth, failure, lasting);
            struggle(&mut ledger);
            let counters = disk.counters();
            if counters.failed + counters.full == 0 {
                assert!(30 < nth, "{nth} operations");
                break;
            }
            disk.mend();
            let context = format!("{journal:?} {failure:?} {lasting:?} {nth} {seed}");
            // The program goes on, with the connection it has.
            assert_eq!(struggle(&mut ledger), 0, "{context}");
            assert_eq!(ledger.check(), Ok(()), "{context}");
            // And the power goes right after a failure, too.
            disk.fail_at(nth, failure, lasting);
            struggle(&mut ledger);
            disk.cut();
            disk.mend();
            assert_eq!(ledger.cut_and_check(), Ok(()), "{context}, then a cut");
        }
    }
}

#[test]
fn a_device_error_at_any_operation_loses_nothing_that_returned() {
    for journal in Journal::DURABLE {
        for lasting in [Lasting::Once, Lasting::Forever] {
            fail_at_each_operation(journal, Failure::Device, lasting);
        }
    }
}

#[test]
fn want_of_room_at_any_operation_loses_nothing_that_returned() {
    for journal in Journal::DURABLE {
        for lasting in [Lasting::Once, Lasting::Forever] {
            fail_at_each_operation(journal, Failure::Full, lasting);
        }
    }
}

#[test]
fn a_disk_of_any_size_loses_nothing_that_returned_and_goes_on_with_more_room() {
    for journal in Journal::DURABLE {
        let (mut refused, mut taken) = (0, 0);
        for capacity in (30_000..250_000).step_by(2222) {
            let disk = Disk::new(capacity);
            let mut ledger = Ledger::new(&disk, journal);
            disk.set_capacity(Some(capacity));
            match struggle(&mut ledger) {
                0 => taken += 1,
                _ => refused += 1,
            }
            let stored: usize = disk
                .files()
                .iter()
                .map(|path| disk.bytes(path).unwrap().len())
                .sum();
            assert!(stored as u64 <= capacity);
            disk.set_capacity(None);
            assert_eq!(ledger.cut_and_check(), Ok(()), "{journal:?} {capacity}");
            assert_eq!(struggle(&mut ledger), 0);
        }
        assert!(5 < refused && 5 < taken, "{refused} refused, {taken} taken");
    }
}

/// How often of 40 a program that is restarted after a failed sync loses what it commits then.
fn lost_after_a_failed_sync(drops_failed_syncs: bool) -> usize {
    let loses = |seed: &u64| {
        let disk = Disk::new(*seed);
        disk.drop_failed_syncs(drops_failed_syncs);
        let mut ledger = Ledger::new(&disk, Journal::Wal);
        // What the last commit wrote after its sync is in flight, unless a checkpoint followed.
        for _ in 0..=seed % 5 {
            ledger.commit().unwrap();
        }
        disk.fail_at(1, Failure::Device, Lasting::Forever);
        ledger.close();
        disk.mend();
        ledger.commit().unwrap();
        ledger.cut_and_check().is_err()
    };
    (0..40).filter(loses).count()
}

#[test]
fn after_a_failed_sync_commits_are_lost_only_if_the_system_drops_its_writes() {
    assert_eq!(lost_after_a_failed_sync(false), 0);
    let lost = lost_after_a_failed_sync(true);
    assert!(5 < lost, "{lost} of 40");
}

#[test]
fn flipped_bits_are_found_by_who_compares() {
    let mut found = 0;
    for seed in 0..20 {
        let disk = Disk::new(seed);
        let mut ledger = Ledger::new(&disk, Journal::Wal);
        struggle(&mut ledger);
        ledger.close();
        assert!(disk.flip_bits(PATH, 20));
        match ledger.check() {
            Ok(()) => {}
            Err(Damage::Lost { .. } | Damage::Foreign { .. }) => panic!("{seed}: wrong verdict"),
            Err(_) => found += 1,
        }
    }
    assert!(15 <= found, "{found} of 20");
    assert!(!Disk::new(0).flip_bits(PATH, 1));
}
