//! A folder with a kiosk's keys, settings and file, and its county.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use county::{County, CountyConfig, SystemClock};
use envelope::{CountySecret, Kind, KioskId, KioskSigner, ObjectHash, seal};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use store::{Moment, Store, Submission, SubmissionId, UnixMs};
use tempfile::TempDir;

pub(crate) const NOW: Moment = Moment {
    boot: 1,
    tick_ms: 60_000,
    wall: UnixMs(1_795_420_800_000),
};

/// How the program ended and what it said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// Asserts that the program ended with an error and these words.
    #[track_caller]
    pub(crate) fn fails_with(&self, words: &str) {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""));
        assert_eq!(self.err, format!("kiosk: {words}\n"));
    }

    /// Asserts that the program ended with an error and these words, whatever it said before.
    #[track_caller]
    pub(crate) fn fails_after(&self, words: &str) {
        assert_eq!(self.code, Some(1));
        assert_eq!(self.err, format!("kiosk: {words}\n"));
    }

    /// Asserts that the program did as it was told and said these lines.
    #[track_caller]
    pub(crate) fn says(&self, lines: &[&str]) {
        assert_eq!(self.code, Some(0), "{}", self.err);
        assert_eq!(self.out.lines().collect::<Vec<_>>(), lines);
    }
}

/// Runs the program in a folder.
pub(crate) fn run(dir: &Path, arguments: &[&str]) -> Said {
    Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
        .into()
}

fn secret() -> CountySecret {
    CountySecret::from_seed([0x22; 64])
}

/// Kiosk 3, set up as its documentation says.
pub(crate) struct Bench {
    pub(crate) dir: TempDir,
    rng: ChaCha20Rng,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(
            run(dir.path(), &["keys", "--dir", "keys", "--number", "3"]).code,
            Some(0)
        );
        let public = hex::encode(secret().public().to_bytes());
        fs::write(dir.path().join("keys/county-public"), format!("{public}\n")).unwrap();
        let settings = r#"
            number = 3
            secret-file = "keys/kiosk-secret"
            county-public-file = "keys/county-public"
            store = "kiosk.db"
        "#;
        fs::write(dir.path().join("kiosk.toml"), settings).unwrap();
        Store::open(dir.path().join("kiosk.db")).unwrap();
        Self {
            dir,
            rng: ChaCha20Rng::from_seed([0x33; 32]),
        }
    }

    /// Runs a command of the program with the kiosk's settings.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        run(
            self.dir.path(),
            &[arguments, &["--config", "kiosk.toml"]].concat(),
        )
    }

    pub(crate) fn signer(&self) -> KioskSigner {
        let digits = fs::read_to_string(self.dir.path().join("keys/kiosk-secret")).unwrap();
        let mut seed = [0; 32];
        hex::decode_to_slice(digits.trim(), &mut seed).unwrap();
        KioskSigner::from_seed(KioskId(3), seed)
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(self.dir.path().join("kiosk.db")).unwrap()
    }

    /// A page is handed in: its ink and its picture wait to be sent.
    pub(crate) fn hand_in(&mut self) -> [ObjectHash; 2] {
        let mut store = self.store();
        let counter = store.next_slip_counter().unwrap();
        let number = u8::try_from(counter).unwrap();
        let mut object = |kind, len| {
            let (signer, county) = (self.signer(), secret().public());
            seal(kind, &vec![number; len], &signer, &county, &mut self.rng).unwrap()
        };
        let objects = vec![
            (2, object(Kind::Ink, 300)),
            (3, object(Kind::Picture, 3000)),
        ];
        let hashes = [objects[0].1.hash, objects[1].1.hash];
        let submission = Submission {
            submission_id: SubmissionId([number; 16]),
            slip_number: format!("140428-003-{counter:06}-C"),
            scheme: Some(1),
            submitted: NOW.wall,
            slip_url: format!("HTTP://10.0.0.2:8080/S/{counter}"),
            objects,
        };
        store.submit(&submission, NOW).unwrap();
        hashes
    }

    /// The county of the settings, which has taken the kiosk in.
    pub(crate) fn county(&self) -> County {
        let config = CountyConfig {
            county_code: 140_428,
            bureau: String::new(),
            data_dir: self.dir.path().join("county"),
            postgres: None,
            bucket: None,
            rules_dir: None,
            public_url: "http://county".to_owned(),
            vfs: None,
        };
        let county = County::open(config, secret(), SystemClock).unwrap();
        county.enrol(&self.signer().public()).unwrap();
        county
    }
}
