//! The kiosk's own store under the same torture: its file through cuts, failures and a full disk.

use std::collections::BTreeSet;

use envelope::{ObjectHash, Sealed};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store::{Acknowledged, Moment, OpenError, Store, Submission, SubmissionId, UnixMs};
use system_tests::disk::{Disk, Failure, Lasting, Phase, SectorSize};

const PATH: &str = "/var/lib/kiosk.db";
const NOW: Moment = Moment {
    boot: 1,
    tick_ms: 60_000,
    wall: UnixMs(1_795_420_800_000),
};
const PHASES: [Phase; 3] = [Phase::Before, Phase::Within, Phase::After];

/// A kiosk's day: slips are given, submissions made, and some of them acknowledged.
struct Kiosk<'d> {
    disk: &'d Disk,
    store: Option<Store>,
    rng: ChaCha8Rng,
    /// Those whose receipt a person holds.
    thanked: Vec<Submission>,
    /// Those that the county holds for certain, and for which the kiosk was told so.
    acknowledged: BTreeSet<SubmissionId>,
    highest_counter: u32,
}

impl<'d> Kiosk<'d> {
    fn new(disk: &'d Disk, seed: u64) -> Self {
        Self {
            disk,
            store: None,
            rng: ChaCha8Rng::seed_from_u64(seed),
            thanked: Vec::new(),
            acknowledged: BTreeSet::new(),
            highest_counter: 0,
        }
    }

    /// One thing that happens; `None` if the store refuses, for whatever reason.
    fn step(&mut self) -> Option<()> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => Store::open_on(PATH, self.disk.name()).ok()?,
        };
        let done = match self.rng.random_range(0..8) {
            0 => return Some(()), // the program ends
            1 => self.acknowledge_one(&mut store),
            2 => self.put_one_off(&mut store),
            _ => self.submit(&mut store),
        };
        self.store = Some(store);
        done
    }

    fn submit(&mut self, store: &mut Store) -> Option<()> {
        let counter = store.next_slip_counter().ok()?;
        assert!(
            self.highest_counter < counter,
            "slip counter {counter} twice"
        );
        self.highest_counter = counter;
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        let picture_len = self.rng.random_range(100..20_000);
        let submission = Submission {
            submission_id: SubmissionId(id),
            slip_number: format!("140428-003-{counter:06}-C"),
            scheme: Some(1),
            submitted: NOW.wall,
            slip_url: String::new(),
            objects: vec![(1, self.object(400)), (3, self.object(picture_len))],
        };
        store.submit(&submission, NOW).ok()?;
        self.thanked.push(submission);
        Some(())
    }

    fn object(&mut self, len: usize) -> Sealed {
        let mut bytes = vec![0; len];
        self.rng.fill_bytes(&mut bytes);
        Sealed {
            hash: ObjectHash::of(&bytes),
            bytes,
        }
    }

    fn acknowledge_one(&mut self, store: &mut Store) -> Option<()> {
        let owed = store.all_unacknowledged(NOW).ok()?;
        let first = owed.first()?.submission_id;
        let hashes: Vec<ObjectHash> = owed
            .iter()
            .filter(|object| object.submission_id == first)
            .map(|object| object.hash)
            .collect();
        // From here on the county has it, whether the kiosk gets to know or not.
        self.acknowledged.insert(first);
        let acknowledged = Acknowledged {
            message: b"signed",
            county: NOW.wall,
            hashes: &hashes,
            numbers: &[],
            held: None,
        };
        store.acknowledge(&acknowledged, NOW).ok().map(drop)
    }

    fn put_one_off(&mut self, store: &mut Store) -> Option<()> {
        let hash = store.due_objects(NOW).ok()?.first()?.hash;
        store.mark_attempt(hash, NOW).ok()
    }

    /// Ends the program, by a cut or not, and looks for everything that a person was thanked for.
    fn check(&mut self, context: &str) {
        self.store = None;
        self.disk.power_on();
        let store = match Store::open_on(PATH, self.disk.name()) {
            Ok(store) => store,
            Err(error) => panic!("{context}: {error:?}"),
        };
        for submission in &self.thanked {
            let receipt = store.receipt(&submission.slip_number).unwrap();
            let receipt = receipt.unwrap_or_else(|| panic!("{context}: a slip is not known"));
            assert_eq!(receipt.submission_id, submission.submission_id, "{context}");
            let is_whole = submission
                .objects
                .iter()
                .all(|(_, sealed)| store.sealed(sealed.hash).unwrap().as_ref() == Some(sealed));
            let is_with_county = self.acknowledged.contains(&submission.submission_id);
            assert!(
                is_whole || is_with_county,
                "{context}: sealed bytes are gone"
            );
        }
        let receipts = store.receipts().unwrap().len();
        assert!(self.thanked.len() <= receipts, "{context}");
        self.store = Some(store);
    }
}

#[test]
fn a_kiosk_with_bad_power_keeps_every_submission_it_gave_a_slip_for() {
    let (mut cuts, mut thanked) = (0, 0);
    for seed in 0..40 {
        let disk = Disk::new(seed);
        // Half of them as on SQLite's Unix VFS, half on large sectors.
        disk.claim_powersafe_overwrite(seed % 4 < 2);
        if seed % 2 == 1 {
            disk.set_sector_size(SectorSize::Bytes4096);
        }
        let mut kiosk = Kiosk::new(&disk, seed);
        for cut in 0..25 {
            let nth = kiosk.rng.random_range(1..250);
            disk.cut_at(nth, PHASES[kiosk.rng.random_range(0..3)]);
            while disk.is_on() {
                kiosk.step();
            }
            kiosk.check(&format!("seed {seed}, cut {cut}"));
        }
        cuts += disk.counters().cuts;
        thanked += kiosk.thanked.len();
    }
    assert!(
        1000 <= cuts && 1000 < thanked,
        "{cuts} cuts, {thanked} slips"
    );
}

#[test]
fn a_first_start_that_is_cut_anywhere_can_be_made_again() {
    for nth in 1.. {
        let mut finished = 0;
        for phase in PHASES {
            let disk = Disk::new(nth);
            disk.cut_at(nth, phase);
            drop(Store::open_on(PATH, disk.name()));
            finished += u32::from(disk.is_on());
            disk.cut();
            disk.power_on();
            let mut store = Store::open_on(PATH, disk.name()).unwrap();
            assert_eq!(store.next_slip_counter().unwrap(), 1);
        }
        if finished == 3 {
            assert!(20 < nth, "{nth} operations");
            break;
        }
    }
}

#[test]
fn a_failure_at_any_operation_costs_no_submission_and_the_store_goes_on() {
    for (failure, lasting) in [
        (Failure::Device, Lasting::Once),
        (Failure::Device, Lasting::Forever),
        (Failure::Full, Lasting::Once),
        (Failure::Full, Lasting::Forever),
    ] {
        for nth in (1..150).step_by(3) {
            let disk = Disk::new(nth);
            let mut kiosk = Kiosk::new(&disk, nth);
            kiosk.check("first start");
            disk.fail_at(nth, failure, lasting);
            for _ in 0..8 {
                kiosk.step();
            }
            disk.mend();
            let before = kiosk.thanked.len();
            for _ in 0..8 {
                kiosk.step();
            }
            assert!(before < kiosk.thanked.len());
            disk.cut();
            kiosk.check(&format!("{failure:?} {lasting:?} {nth}"));
        }
    }
}

#[test]
fn a_disk_without_room_is_told_from_a_broken_one() {
    let disk = Disk::new(1);
    disk.set_capacity(Some(10_000));
    let refused = Store::open_on(PATH, disk.name()).err().unwrap();
    assert!(matches!(refused, OpenError::DiskFull { .. }), "{refused:?}");
    disk.set_capacity(None);
    disk.fail_at(3, Failure::Device, Lasting::Forever);
    let refused = Store::open_on(PATH, disk.name()).err().unwrap();
    assert!(matches!(refused, OpenError::Sqlite { .. }), "{refused:?}");
}

#[test]
fn a_kiosk_on_a_disk_that_ignores_syncs_loses_submissions() {
    let loses = |seed| {
        let disk = Disk::new(seed);
        disk.ignore_sync(true);
        let mut kiosk = Kiosk::new(&disk, seed);
        while kiosk.thanked.len() < 5 {
            kiosk.step();
        }
        disk.cut();
        kiosk.store = None;
        disk.power_on();
        match Store::open_on(PATH, disk.name()) {
            Err(_) => true,
            Ok(store) => kiosk
                .thanked
                .iter()
                .any(|submission| !matches!(store.receipt(&submission.slip_number), Ok(Some(_)))),
        }
    };
    let lost = (0..20).filter(|seed| loses(*seed)).count();
    assert!(10 < lost, "{lost} of 20");
}
