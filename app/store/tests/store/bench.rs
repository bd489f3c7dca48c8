use std::{
    fs,
    path::{Path, PathBuf},
};

use envelope::{
    CountyMessage, CountySecret, CryptoRng, Kind, KioskId, KioskSigner, ObjectHash, Sealed, seal,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rusqlite::Connection;
use store::{
    AcknowledgeOutcome, Acknowledged, Moment, Receipt, Store, Submission, SubmissionId,
    SubmitError, UnixMs,
};
use tempfile::TempDir;

pub(crate) const NOW: Moment = Moment {
    boot: 1,
    tick_ms: 60_000,
    wall: UnixMs(1_795_420_800_000),
};

/// A moment of the same boot.
pub(crate) fn later(ms: u32) -> Moment {
    Moment {
        boot: NOW.boot,
        tick_ms: NOW.tick_ms + u64::from(ms),
        wall: UnixMs(NOW.wall.0 + i64::from(ms)),
    }
}

/// The same moment under a wall clock that stands elsewhere.
pub(crate) fn by_wall(moment: Moment, wall_ms: i64) -> Moment {
    Moment {
        wall: UnixMs(wall_ms),
        ..moment
    }
}

/// One kiosk with its store in a folder of its own, and the county that it seals to.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) path: PathBuf,
    kiosk: KioskSigner,
    county: CountySecret,
    rng: ChaCha20Rng,
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("kiosk.db");
        Self {
            store: Store::open(&path).unwrap(),
            path,
            kiosk: KioskSigner::from_seed(KioskId(3), [0x11; 32]),
            county: CountySecret::from_seed([0x22; 64]),
            rng: ChaCha20Rng::from_seed([0x33; 32]),
            folder,
        }
    }

    pub(crate) fn seal(&mut self, kind: Kind, plain: &[u8]) -> Sealed {
        let county = self.county.public();
        seal(kind, plain, &self.kiosk, &county, &mut self.rng).unwrap()
    }

    /// A submission of a small record and one picture of `picture_len` incompressible bytes, under
    /// a slip number that the counter has given.
    pub(crate) fn submission(&mut self, number: u8, picture_len: usize) -> Submission {
        Connection::open(&self.path)
            .unwrap()
            .execute("UPDATE slip_counter SET last = max(last, ?1)", (number,))
            .unwrap();
        let mut picture = vec![0; picture_len];
        fill(&mut self.rng, &mut picture);
        Submission {
            submission_id: SubmissionId([number; 16]),
            slip_number: format!("140428-003-{number:06}-C"),
            scheme: Some(1),
            submitted: later(u32::from(number)).wall,
            slip_url: format!("HTTP://10.0.0.2:8080/S/{number}"),
            objects: vec![
                (1, self.seal(Kind::Record, b"a record")),
                (3, self.seal(Kind::Picture, &picture)),
            ],
        }
    }

    pub(crate) fn submit(&mut self, submission: &Submission) -> Result<Receipt, SubmitError> {
        self.store.submit(submission, NOW)
    }

    /// Has the county acknowledge these objects; how many are new.
    pub(crate) fn acknowledge(&mut self, hashes: &[ObjectHash], now: Moment) -> usize {
        self.acknowledge_numbered(hashes, &[], None, now).new
    }

    /// The same by a county that numbers what it holds.
    pub(crate) fn acknowledge_numbered(
        &mut self,
        hashes: &[ObjectHash],
        numbers: &[u64],
        held: Option<u64>,
        now: Moment,
    ) -> AcknowledgeOutcome {
        let message = CountyMessage::Acknowledgement {
            kiosk: KioskId(3),
            acknowledged_ms: now.wall.0,
            hashes: hashes.to_vec(),
            held: None,
            numbers: None,
        }
        .sign(&self.county);
        let acknowledged = Acknowledged {
            message: &message,
            county: now.wall,
            hashes,
            numbers,
            held,
        };
        self.store.acknowledge(&acknowledged, now).unwrap()
    }

    /// The file and its WAL as a power cut would leave them now, in a new folder.
    pub(crate) fn cut(&self) -> Cut {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("kiosk.db");
        fs::copy(&self.path, &path).unwrap();
        fs::copy(wal(&self.path), wal(&path)).unwrap();
        Cut { path, folder }
    }

    /// Moves what the log holds into the file.
    pub(crate) fn checkpoint(&self) {
        let raw = Connection::open(&self.path).unwrap();
        raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
            .unwrap();
    }

    /// Every byte in the store's folder.
    pub(crate) fn every_byte(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            bytes.extend(fs::read(entry.unwrap().path()).unwrap());
        }
        bytes
    }

    /// Closes the store and opens it again.
    pub(crate) fn restart(&mut self) {
        let elsewhere = TempDir::new().unwrap();
        let stand_in = Store::open(elsewhere.path().join("none.db")).unwrap();
        drop(std::mem::replace(&mut self.store, stand_in));
        self.store = Store::open(&self.path).unwrap();
    }
}

fn fill(rng: &mut impl CryptoRng, bytes: &mut [u8]) {
    rng.fill_bytes(bytes);
}

/// What lies on the disk after a power cut.
pub(crate) struct Cut {
    pub(crate) path: PathBuf,
    #[expect(dead_code, reason = "holds the folder until the test is over")]
    folder: TempDir,
}

impl Cut {
    pub(crate) fn open(&self) -> Store {
        Store::open(&self.path).unwrap()
    }
}

/// The write-ahead log beside the file.
pub(crate) fn wal(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

pub(crate) fn hashes(submission: &Submission) -> Vec<ObjectHash> {
    let objects = submission.objects.iter();
    objects.map(|(_, sealed)| sealed.hash).collect()
}

/// Asserts that every object of `submission` is in the store as it was sealed.
pub(crate) fn assert_whole(store: &Store, submission: &Submission) {
    for (_, sealed) in &submission.objects {
        assert_eq!(store.sealed(sealed.hash).unwrap().as_ref(), Some(sealed));
    }
    assert!(store.receipt(&submission.slip_number).unwrap().is_some());
}

/// Asserts that nothing of `submission` is in the store.
pub(crate) fn assert_absent(store: &Store, submission: &Submission) {
    assert_eq!(store.receipt(&submission.slip_number).unwrap(), None);
    let waiting = store.all_unacknowledged(NOW).unwrap();
    for hash in hashes(submission) {
        assert_eq!(store.sealed(hash).unwrap(), None);
        assert!(waiting.iter().all(|object| object.hash != hash));
    }
}
