use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use system_tests::disk::{Disk, Operation, Phase, SectorSize, Tearing};

use crate::ledger::{Damage, Journal, Ledger};

const PHASES: [Phase; 3] = [Phase::Before, Phase::Within, Phase::After];

/// A start, commits, a checkpoint, more commits and an end: everything that a cut can fall into.
fn day(ledger: &mut Ledger<'_>) -> rusqlite::Result<()> {
    ledger.open()?;
    for _ in 0..3 {
        ledger.commit()?;
    }
    ledger.checkpoint()?;
    for _ in 0..2 {
        ledger.commit()?;
    }
    ledger.close();
    Ok(())
}

fn changes(disk: &Disk) -> u64 {
    let counters = disk.counters();
    [
        Operation::Make,
        Operation::Write,
        Operation::Truncate,
        Operation::Sync,
        Operation::Delete,
    ]
    .map(|operation| counters.of(operation))
    .iter()
    .sum()
}

fn disk(seed: u64, size: SectorSize) -> Disk {
    let disk = Disk::new(seed);
    disk.set_sector_size(size);
    disk
}

const SIZES: [SectorSize; 2] = [SectorSize::Bytes512, SectorSize::Bytes4096];

#[test]
fn a_cut_at_any_operation_of_commit_checkpoint_and_end_loses_nothing_that_returned() {
    let mut cuts = 0;
    for journal in Journal::DURABLE {
        for size in SIZES {
            let whole = disk(0, size);
            day(&mut Ledger::new(&whole, journal)).unwrap();
            let operations = changes(&whole);
            assert!(20 < operations, "{operations} operations");
            for nth in 1..=operations {
                for phase in PHASES {
                    for seed in 0..2 {
                        let disk = disk(seed, size);
                        let mut ledger = Ledger::new(&disk, journal);
                        disk.cut_at(nth, phase);
                        assert!(day(&mut ledger).is_err() || !disk.is_on());
                        let checked = ledger.cut_and_check();
                        assert_eq!(
                            checked,
                            Ok(()),
                            "{journal:?} {size:?} {nth} {phase:?} {seed}"
                        );
                        day(&mut ledger).unwrap();
                        assert_eq!(ledger.check(), Ok(()));
                        cuts += disk.counters().cuts;
                    }
                }
            }
        }
    }
    assert!(2000 < cuts, "{cuts} cuts");
}

#[test]
fn a_cut_at_any_operation_of_the_recovery_from_a_cut_loses_nothing_either() {
    for journal in Journal::DURABLE {
        for nth in 1.. {
            let mut fell = 0;
            for seed in 0..60 {
                let disk = Disk::new(seed);
                let mut ledger = Ledger::new(&disk, journal);
                day(&mut ledger).unwrap();
                disk.cut_at(1 + seed % 15, PHASES[seed as usize % 3]);
                assert!(day(&mut ledger).is_err());
                ledger.close();
                disk.power_on();
                disk.cut_at(nth, PHASES[seed as usize / 3 % 3]);
                match ledger.check() {
                    Ok(()) => {}
                    // A cut is the only reason for an error.
                    Err(Damage::Sqlite(_)) if !disk.is_on() => fell += 1,
                    Err(damage) => panic!("{journal:?} {nth} {seed}: {damage}"),
                }
                let checked = ledger.cut_and_check();
                assert_eq!(checked, Ok(()), "{journal:?} {nth} {seed}");
            }
            if fell == 0 {
                assert!(1 < nth, "{journal:?}: recovery changes nothing");
                break;
            }
        }
    }
}

/// Years of a machine with bad power: after each cut goes on with what the last one left.
fn life(
    seed: u64,
    journal: Journal,
    cuts: usize,
    prepare: impl Fn(&Disk),
) -> Result<usize, Damage> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let disk = disk(seed, SIZES[rng.random_range(0..2)]);
    prepare(&disk);
    let mut ledger = Ledger::new(&disk, journal);
    for _ in 0..cuts {
        disk.cut_at(rng.random_range(1..150), PHASES[rng.random_range(0..3)]);
        while disk.is_on() {
            let result = match rng.random_range(0..10) {
                0 => ledger.checkpoint(),
                1 => {
                    ledger.close();
                    Ok(())
                }
                _ => ledger.commit().map(drop),
            };
            if let Err(error) = result
                && disk.is_on()
            {
                return Err(error.into());
            }
        }
        ledger.cut_and_check()?;
    }
    Ok(ledger.returned())
}

#[test]
fn thousands_of_cuts_at_random_moments_lose_nothing_that_returned() {
    let (mut cuts, mut returned) = (0, 0);
    for seed in 0..100 {
        for (journal, cuts_each) in [
            (Journal::Wal, 30),
            (Journal::Truncated, 10),
            (Journal::Deleted, 10),
        ] {
            // Every other one as on SQLite's Unix VFS.
            let prepare = |disk: &Disk| disk.claim_powersafe_overwrite(seed % 2 == 1);
            match life(seed, journal, cuts_each, prepare) {
                Ok(commits) => returned += commits,
                Err(damage) => panic!("{seed} {journal:?}: {damage}"),
            }
            cuts += cuts_each;
        }
    }
    assert!(
        5000 <= cuts && cuts < returned,
        "{cuts} cuts, {returned} commits"
    );
}

/// Lives of which at least one must show the loss.
const FOUND_OUT_WITHIN: u64 = 3;

#[test]
fn a_disk_that_ignores_syncs_is_found_out_within_three_lives() {
    for journal in Journal::DURABLE {
        for first in (0..30).step_by(FOUND_OUT_WITHIN as usize) {
            let mut seeds = first..first + FOUND_OUT_WITHIN;
            let found = seeds.any(|seed| life(seed, journal, 10, |d| d.ignore_sync(true)).is_err());
            assert!(found, "{journal:?} from seed {first}");
        }
    }
}

#[test]
fn a_sync_left_out_by_sqlite_costs_commits_that_returned_and_never_half_of_one() {
    for journal in Journal::CONSISTENT {
        let mut lost = 0;
        for seed in 0..20 {
            match life(seed, journal, 10, |_| {}) {
                Ok(_) => {}
                Err(Damage::Lost { .. }) => lost += 1,
                Err(damage) => panic!("{seed} {journal:?}: {damage}"),
            }
        }
        assert!(5 < lost, "{journal:?}: {lost} of 20");
    }
}

#[test]
fn a_torn_sector_that_takes_its_neighbours_along_costs_commits_that_returned() {
    let tearing = |disk: &Disk| disk.set_tearing(Tearing::Sector);
    let mut lives = (0..100).map(|seed| life(seed, Journal::Wal, 30, tearing));
    assert!(lives.any(|life| matches!(life, Err(Damage::Lost { .. }))));
}
