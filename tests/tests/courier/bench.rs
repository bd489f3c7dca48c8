//! A county, its kiosks and a stick, each in a folder of its own.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use county::courier::{Imported, List};
use county::{CaseView, Clock, County, CountyConfig, UnixMs};
use envelope::{CountySecret, KioskId, KioskSigner, ObjectHash, Sealed};
use kiosk::appliance::Identity;
use kiosk::appliance::clock::Now;
use kiosk::appliance::reception::Reception;
use kiosk::appliance::visit_drafts::VisitDrafts;
use kiosk::courier::{self, CourierError, Visit};
use kiosk::flow::FlowContent;
use kiosk::uplink::outbox::Outbox;
use link::Tick;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use relief::SlipNumber;
use store::{AuditAction, Receipt, Store};
use system_tests::applicants;
use tempfile::TempDir;

const COUNTY_CODE: u32 = 140_428;
const COUNTY_SEED: [u8; 64] = [0x22; 64];

/// 2026-11-23 at noon in China, Unix milliseconds.
const FIRST_MS: i64 = 1_795_406_400_000;

/// Bytes that no bundle here comes near.
pub(crate) const PLENTY: u64 = 1 << 30;

#[derive(Clone)]
struct HandMoved(Arc<AtomicI64>);

impl Clock for HandMoved {
    fn now(&self) -> UnixMs {
        UnixMs(self.0.load(Ordering::Relaxed))
    }
}

/// A county in its folder, and the time, which passes by a minute with everything that happens.
pub(crate) struct Bench {
    pub(crate) county: County,
    clock: HandMoved,
    content: FlowContent,
    rng: ChaCha20Rng,
    dir: TempDir,
}

/// A kiosk in its folder.
pub(crate) struct Kiosk {
    pub(crate) identity: Identity,
    store: Store,
    boot: u32,
    dir: TempDir,
}

/// A stick as whoever carries it sees it.
pub(crate) struct Stick {
    dir: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = HandMoved(Arc::new(AtomicI64::new(FIRST_MS)));
        Self {
            county: open_county(dir.path(), clock.clone()),
            clock,
            content: FlowContent::builtin(),
            rng: ChaCha20Rng::seed_from_u64(1),
            dir,
        }
    }

    /// A new kiosk that the county has taken in.
    pub(crate) fn kiosk(&self, number: u16) -> Kiosk {
        let kiosk = Kiosk::new(number);
        self.county.enrol(&kiosk.identity.signer.public()).unwrap();
        kiosk
    }

    fn pass(&self) -> Now {
        let now_ms = self.clock.0.fetch_add(60_000, Ordering::Relaxed) + 60_000;
        let tick_ms = u64::try_from(now_ms - FIRST_MS).unwrap();
        Now::new(1, Tick(tick_ms * 1000), store::UnixMs(now_ms))
    }

    /// Somebody applies at the kiosk, with a page scanned into files of `scan_lens` bytes, the ink first.
    pub(crate) fn apply(&mut self, kiosk: &mut Kiosk, scan_lens: &[usize]) -> SlipNumber {
        let (draft, _) = applicants::draft(&self.content, 1, scan_lens, &mut self.rng);
        let now = self.pass();
        let drafts = VisitDrafts::new(&mut self.rng);
        let taken = Reception::default().take_in(
            &draft,
            &drafts,
            &mut kiosk.store,
            &kiosk.identity,
            now,
            &mut self.rng,
        );
        let Ok(taken) = taken else {
            panic!("the kiosk does not take the application in")
        };
        taken.receipt.slip_number.parse().unwrap()
    }

    /// The stick visits the kiosk.
    #[track_caller]
    pub(crate) fn export(&self, kiosk: &Kiosk, stick: &Stick) -> Visit {
        self.try_export(kiosk, stick.path(), PLENTY).unwrap()
    }

    pub(crate) fn try_export(
        &self,
        kiosk: &Kiosk,
        dir: &Path,
        bytes_max: u64,
    ) -> Result<Visit, CourierError> {
        let Identity { signer, county, .. } = &kiosk.identity;
        let mut outbox = Outbox::new(kiosk.second_store(), signer.clone(), county).unwrap();
        let mut now = self.pass().moment;
        now.boot = kiosk.boot;
        courier::visit(&mut outbox, signer, dir, bytes_max, now)
    }

    /// The stick visits the county.
    #[track_caller]
    pub(crate) fn import(&self, stick: &Stick) -> Vec<Imported> {
        self.pass();
        self.county.import_bundles(stick.path()).unwrap()
    }

    /// The same with one kiosk's bundle on the stick.
    #[track_caller]
    pub(crate) fn import_one(&self, stick: &Stick) -> Imported {
        let [imported] = <[_; 1]>::try_from(self.import(stick)).unwrap();
        imported
    }

    #[track_caller]
    pub(crate) fn case(&self, slip: SlipNumber) -> CaseView {
        self.county.case_by_slip(slip).unwrap().unwrap()
    }

    pub(crate) fn case_count(&self) -> usize {
        self.county.cases(None, 100).unwrap().len()
    }

    /// Some blocks of an object come over another route.
    pub(crate) fn blocks_come(&self, object: &Sealed, blocks: usize) {
        let len = u32::try_from(object.bytes.len()).unwrap();
        self.county.offer(object.hash, len).unwrap();
        let came = (0..).zip(object.bytes.chunks(link::BLOCK_LEN)).take(blocks);
        self.county.add_blocks(object.hash, came).unwrap();
    }

    /// Copies the ledger into a file of its own.
    pub(crate) fn back_up(&self) -> PathBuf {
        let copy = self.dir.path().join("backup.db");
        self.county.back_up(&copy).unwrap();
        copy
    }

    /// The county's machine is replaced and goes on from the copy.
    pub(crate) fn restore(self, copy: &Path) -> Self {
        let Self {
            county,
            clock,
            content,
            rng,
            dir,
        } = self;
        drop(county);
        for companion in ["county.db-wal", "county.db-shm"] {
            let _ = fs::remove_file(dir.path().join(companion));
        }
        fs::rename(copy, dir.path().join("county.db")).unwrap();
        Self {
            county: open_county(dir.path(), clock.clone()),
            clock,
            content,
            rng,
            dir,
        }
    }
}

fn open_county(dir: &Path, clock: HandMoved) -> County {
    let config = CountyConfig {
        county_code: COUNTY_CODE,
        bureau: String::new(),
        data_dir: dir.to_owned(),
        postgres: None,
        bucket: None,
        rules_dir: None,
        public_url: "http://county".to_owned(),
        vfs: None,
    };
    let secret = CountySecret::from_seed(COUNTY_SEED);
    County::open(config, secret, clock).unwrap()
}

impl Kiosk {
    /// A kiosk that no county has taken in.
    pub(crate) fn new(number: u16) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path().join("kiosk.db")).unwrap();
        let boot = store.begin_boot(0, store::UnixMs(FIRST_MS)).unwrap();
        let seed = [u8::try_from(number).unwrap(); 32];
        let identity = Identity {
            signer: Arc::new(KioskSigner::from_seed(KioskId(number), seed)),
            county: CountySecret::from_seed(COUNTY_SEED).public(),
            county_code: COUNTY_CODE,
            status_base_url: "http://county".to_owned(),
        };
        Self {
            identity,
            store,
            boot,
            dir,
        }
    }

    fn second_store(&self) -> Store {
        Store::open(self.dir.path().join("kiosk.db")).unwrap()
    }

    pub(crate) fn id(&self) -> KioskId {
        self.identity.signer.id()
    }

    /// What the county has not acknowledged, urgent objects first.
    pub(crate) fn owed(&self) -> Vec<Sealed> {
        let now = Now::new(self.boot, Tick(0), store::UnixMs(FIRST_MS)).moment;
        let owed = self.store.all_unacknowledged(now).unwrap();
        owed.iter()
            .map(|object| self.store.sealed(object.hash).unwrap().unwrap())
            .collect()
    }

    pub(crate) fn owes_nothing(&self) -> bool {
        self.owed().is_empty()
    }

    pub(crate) fn receipt(&self, slip: SlipNumber) -> Receipt {
        self.store.receipt(&slip.to_string()).unwrap().unwrap()
    }

    /// Objects that the county refuses, with the number of its reason.
    pub(crate) fn refused(&self) -> Vec<(ObjectHash, u8)> {
        let refused = self.store.set_aside().unwrap();
        refused
            .into_iter()
            .map(|refused| (refused.hash, refused.reason))
            .collect()
    }

    /// How many objects each visit of a stick left on it, by the kiosk's log, which is whole.
    pub(crate) fn bundles_logged(&self) -> Vec<String> {
        self.store.verify_audit().unwrap();
        let rows = self.store.audit(0, 1000).unwrap();
        rows.into_iter()
            .filter(|row| row.action == AuditAction::BundleWritten as u8)
            .map(|row| row.subject)
            .collect()
    }
}

impl Stick {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn objects_of(&self, kiosk: &Kiosk) -> PathBuf {
        self.bundle_of(kiosk).join("objects")
    }

    pub(crate) fn bundle_of(&self, kiosk: &Kiosk) -> PathBuf {
        self.path().join(format!("mingbai/kiosk-{}", kiosk.id()))
    }

    pub(crate) fn answers_to(&self, kiosk: &Kiosk) -> PathBuf {
        self.path().join(format!("mingbai/answers-{}", kiosk.id()))
    }

    pub(crate) fn object(&self, kiosk: &Kiosk, object: &Sealed) -> PathBuf {
        self.objects_of(kiosk).join(object.hash.to_string())
    }

    pub(crate) fn half_object(&self, kiosk: &Kiosk, object: &Sealed) -> PathBuf {
        self.objects_of(kiosk).join(format!("{}.part", object.hash))
    }

    /// Whether exactly these objects lie on the stick, each with its bytes.
    pub(crate) fn holds(&self, kiosk: &Kiosk, objects: &[Sealed]) -> bool {
        let names: BTreeSet<String> = objects
            .iter()
            .map(|object| object.hash.to_string())
            .collect();
        let same = |object: &Sealed| fs::read(self.object(kiosk, object)).unwrap() == object.bytes;
        names == names_in(&self.objects_of(kiosk)) && objects.iter().all(same)
    }

    /// What tells a file from another in its place: each writing makes a new one.
    pub(crate) fn file_number(&self, kiosk: &Kiosk, object: &Sealed) -> u64 {
        fs::metadata(self.object(kiosk, object)).unwrap().ino()
    }
}

pub(crate) fn names_in(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The list of a bundle from which nothing was missing or left out.
pub(crate) const COMPLETE: List = List::Believed {
    missing: 0,
    left_out: 0,
};
