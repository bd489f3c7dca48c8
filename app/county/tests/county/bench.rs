//! A county in a temporary folder, a kiosk that it knows, and an invented applicant.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use county::{
    CaseStatus, CaseView, Clock, County, CountyConfig, PostgresSettings, Said, UnixMs,
    intake::Completion, proof::Checkpoint,
};
use envelope::{
    CountyKeyring, CountyPublic, CountySecret, Kind, KioskId, KioskSigner, Sealed, SlipCode,
    StatusToken,
};
use postgres::{Client, NoTls};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use relief::{
    Action, Actor, Application, Attachment, AttachmentKind, Details, Kept, Role, SchemeId,
};
use tempfile::TempDir;

pub(crate) use crate::invented::{COUNTY, NOW, application};

use crate::{bucket, database::Database};

pub(crate) const DAY_MS: i64 = 24 * 3600 * 1000;

#[derive(Clone)]
pub(crate) struct HandMoved(Arc<AtomicI64>);

impl Clock for HandMoved {
    fn now(&self) -> UnixMs {
        UnixMs(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Bench {
    pub(crate) county: County,
    pub(crate) kiosk: KioskSigner,
    pub(crate) dir: TempDir,
    database: Option<Database>,
    clock: HandMoved,
    rng: ChaCha20Rng,
}

/// What the kiosk made of one submission.
pub(crate) struct Submission {
    pub(crate) record: Kept<Application>,
    pub(crate) sealed: Sealed,
    pub(crate) papers: Vec<Sealed>,
    pub(crate) slip: SlipCode,
}

pub(crate) fn secret() -> CountySecret {
    CountySecret::from_seed([9; 64])
}

pub(crate) fn signer(kiosk: u16) -> KioskSigner {
    KioskSigner::from_seed(
        KioskId(kiosk),
        [u8::try_from(kiosk).expect("a small kiosk number"); 32],
    )
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut CountyConfig)) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let clock = HandMoved(Arc::new(AtomicI64::new(NOW.0)));
        let database = Database::new();
        let mut config = config(&dir);
        config.postgres = database.as_ref().map(settings);
        config.bucket = bucket::settings(dir.path());
        change(&mut config);
        let county = County::open(config, secret(), clock.clone()).expect("a new county");
        let kiosk = signer(3);
        county
            .enrol(&kiosk.public())
            .expect("the ledger takes the kiosk");
        Self {
            county,
            kiosk,
            dir,
            database,
            clock,
            rng: ChaCha20Rng::seed_from_u64(1),
        }
    }

    /// Another server on the same ledger.
    pub(crate) fn second_server(&self) -> County {
        self.server(self.county.config().clone())
    }

    /// A server with other settings.
    pub(crate) fn server(&self, config: CountyConfig) -> County {
        County::open(config, secret(), self.clock.clone()).expect("a server")
    }

    /// The same folder opened by a program that has just started.
    pub(crate) fn reboot(self) -> Self {
        self.reboot_with(secret())
    }

    /// The same, with other keys of the county's.
    pub(crate) fn reboot_with(self, keyring: impl Into<CountyKeyring>) -> Self {
        let Self {
            county,
            kiosk,
            dir,
            database,
            clock,
            rng,
        } = self;
        let config = county.config().clone();
        drop(county);
        let county = County::open(config, keyring, clock.clone()).expect("the same county");
        Self {
            county,
            kiosk,
            dir,
            database,
            clock,
            rng,
        }
    }

    /// How many rows a table of the ledger has.
    pub(crate) fn rows(&self, table: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {table}");
        match &self.database {
            Some(database) => county_client(database)
                .query_one(&count, &[])
                .expect("PostgreSQL")
                .get(0),
            None => rusqlite::Connection::open(self.dir.path().join("county.db"))
                .and_then(|ledger| ledger.query_row(&count, (), |row| row.get(0)))
                .expect("SQLite"),
        }
    }

    /// Does in the ledger's store what the county never does, in the words of each.
    pub(crate) fn tell_store(&self, sqlite: &str, postgres: &str) {
        match &self.database {
            Some(database) => county_client(database)
                .batch_execute(postgres)
                .expect("PostgreSQL"),
            None => rusqlite::Connection::open(self.dir.path().join("county.db"))
                .and_then(|ledger| ledger.execute_batch(sqlite))
                .expect("SQLite"),
        }
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn seal(&mut self, kind: Kind, plain: &[u8], signer: &KioskSigner) -> Sealed {
        self.seal_to(kind, plain, signer, &secret().public())
    }

    pub(crate) fn seal_to(
        &mut self,
        kind: Kind,
        plain: &[u8],
        signer: &KioskSigner,
        county: &CountyPublic,
    ) -> Sealed {
        envelope::seal(kind, plain, signer, county, &mut self.rng).expect("a seal")
    }

    /// A submission of 张三 with `papers` sealed beside it.
    pub(crate) fn submission(&mut self, counter: u32, papers: &[(Kind, Vec<u8>)]) -> Submission {
        self.submission_for(SchemeId::DIBAO, counter, papers)
    }

    pub(crate) fn submission_for(
        &mut self,
        scheme: SchemeId,
        counter: u32,
        papers: &[(Kind, Vec<u8>)],
    ) -> Submission {
        self.submission_with(counter, papers, |record| record.scheme = scheme)
    }

    /// A submission whose record is changed before it is sealed.
    pub(crate) fn submission_with(
        &mut self,
        counter: u32,
        papers: &[(Kind, Vec<u8>)],
        change: impl FnOnce(&mut Application),
    ) -> Submission {
        let signer = signer(self.kiosk.id().0);
        let papers: Vec<(Kind, u32, Sealed)> = papers
            .iter()
            .map(|(kind, plain)| {
                let len = u32::try_from(plain.len()).expect("a short paper");
                (*kind, len, self.seal(*kind, plain, &signer))
            })
            .collect();
        let token = StatusToken([u8::try_from(counter).expect("a small counter"); 16]);
        let mut record = application(self.kiosk.id().0, counter);
        change(&mut record);
        record.status_token_hash = token.hash();
        for (kind, len, sealed) in &papers {
            record.attachments.push(Kept::from(Attachment {
                hash: sealed.hash.0,
                kind: if *kind == Kind::Ink {
                    AttachmentKind::FORM_INK
                } else {
                    AttachmentKind::FORM_PICTURE
                },
                media: "image/png".to_owned(),
                len: *len,
            }));
        }
        let plain = record.to_cbor().expect("a record within its limits");
        let sealed = self.seal(Kind::Record, &plain, &signer);
        let submitted_s = u64::try_from(NOW.0 / 1000 - 300).expect("a time after 1970");
        Submission {
            record,
            sealed,
            papers: papers.into_iter().map(|(_, _, sealed)| sealed).collect(),
            slip: SlipCode::issue(&self.kiosk, token, COUNTY, counter, submitted_s),
        }
    }

    /// The object reaches the county by whichever way, whole.
    pub(crate) fn deliver(&self, object: &Sealed) {
        deliver(&self.county, object);
    }

    /// A submission without papers whose record the county has.
    pub(crate) fn received(&mut self, counter: u32) -> Submission {
        let sent = self.submission(counter, &[]);
        self.deliver(&sent.sealed);
        sent
    }

    pub(crate) fn case(&self, sent: &Submission) -> CaseView {
        self.county
            .case_by_slip(sent.record.slip_number)
            .expect("the ledger")
            .expect("a case")
    }

    pub(crate) fn status(&self, sent: &Submission) -> CaseStatus {
        self.county
            .status(&sent.slip.token)
            .expect("the ledger")
            .expect("a case")
    }

    /// What was written comes into the log.
    pub(crate) fn seal_log(&self) -> Checkpoint {
        let sealed = self.county.seal_log().expect("the ledger");
        sealed.expect("something that waited")
    }

    /// 王经办, in this part, does something to the case.
    pub(crate) fn act(&self, sent: &Submission, role: Role, action: Action, said: Said) {
        let officer = Actor {
            role,
            name: "王经办".to_owned(),
        };
        let id = self.case(sent).id;
        let done = self.county.act_with(id, action, officer, said);
        done.unwrap_or_else(|error| panic!("{action:?}: {error}"));
    }

    /// The township accepts the case.
    pub(crate) fn accept(&self, sent: &Submission) {
        self.act(sent, Role::Township, Action::Accept, Said::default());
    }

    /// The township surveys the accepted case, and the county checks it against other registers.
    pub(crate) fn survey(&self, sent: &Submission) {
        let survey = Details::Survey {
            investigators: vec!["王经办".to_owned(), "赵经办".to_owned()],
            present: "张三丰".to_owned(),
        };
        for (action, role, details) in [
            (Action::StartSurvey, Role::Township, Details::None),
            (Action::RequestDataCheck, Role::Township, Details::None),
            (
                Action::ReturnDataCheck,
                Role::County,
                Details::Check { fits: true },
            ),
            (Action::FinishSurvey, Role::Township, survey),
        ] {
            let said = Said {
                details,
                ..Said::default()
            };
            self.act(sent, role, action, said);
        }
    }

    pub(crate) fn case_count(&self) -> usize {
        self.county.cases(None, 100).expect("a list").len()
    }
}

/// An object reaches a server of the county's in blocks.
pub(crate) fn deliver(county: &County, object: &Sealed) -> Completion {
    let len = u32::try_from(object.bytes.len()).expect("a short object");
    county.offer(object.hash, len).expect("an offer");
    let blocks = (0..).zip(object.bytes.chunks(link::BLOCK_LEN));
    county.add_blocks(object.hash, blocks).expect("blocks");
    county.complete(object.hash).expect("an end")
}

pub(crate) fn settings(database: &Database) -> PostgresSettings {
    PostgresSettings {
        connect: database.connect().parse().expect("a connection"),
        password_file: None,
        connections: 8,
    }
}

/// A connection to the tables of the county.
pub(crate) fn county_client(database: &Database) -> Client {
    let mut client = Client::connect(&database.connect(), NoTls).expect("the database");
    client
        .batch_execute(&format!("SET search_path TO county_{COUNTY}"))
        .expect("the county's tables");
    client
}

fn config(dir: &TempDir) -> CountyConfig {
    CountyConfig {
        county_code: COUNTY,
        bureau: String::new(),
        data_dir: dir.path().to_owned(),
        postgres: None,
        bucket: None,
        rules_dir: None,
        vfs: None,
        public_url: "http://127.0.0.1".to_owned(),
    }
}

/// Bytes that do not shrink when packed.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    use rand_chacha::rand_core::Rng;
    let mut bytes = vec![0; len];
    ChaCha20Rng::seed_from_u64(len as u64).fill_bytes(&mut bytes);
    bytes
}
