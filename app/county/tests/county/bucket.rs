//! Pages in a bucket of an S3-compatible store; where tests have no such store, they lie in their rows.

use std::{
    env, fs,
    net::TcpListener,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use county::{
    BucketError, BucketSettings, County, CountyConfig, LedgerError, OpenError, audit::audit_file,
    intake::Taken, restore,
};
use envelope::{Kind, KioskId, ObjectHash, Sealed};
use reqwest::blocking::Client;
use rusty_s3::{Credentials, S3Action, UrlStyle};

use crate::{
    audit::{evidence, words},
    bench::{Bench, COUNTY, Submission, noise, secret},
};

/// Where a bucket is that may be used at will, `http://ADDRESS/NAME`; `tests/with_stores` sets it, and says what its keys are.
const BUCKET: &str = "MINGBAI_BUCKET";
const ACCESS_KEY: &str = "county";
const SECRET_KEY: &str = "invented-secret";

/// What the county's settings say of the bucket, with its secret in `dir`; `None`: tests run without.
pub(crate) fn settings(dir: &Path) -> Option<BucketSettings> {
    let address = env::var(BUCKET).ok()?;
    let (endpoint, name) = address.rsplit_once('/').expect("an address with a name");
    Some(at(endpoint, name, dir))
}

fn at(endpoint: &str, name: &str, dir: &Path) -> BucketSettings {
    let secret_key_file = dir.join("bucket-secret");
    fs::write(&secret_key_file, format!("{SECRET_KEY}\n")).expect("a file");
    BucketSettings {
        endpoint: endpoint.to_owned(),
        name: name.to_owned(),
        region: "us-east-1".to_owned(),
        access_key: ACCESS_KEY.to_owned(),
        secret_key_file,
    }
}

/// A bucket that nobody else uses, and one who does with it what the county never does.
struct Meddler {
    settings: BucketSettings,
    bucket: rusty_s3::Bucket,
    credentials: Credentials,
}

impl Meddler {
    fn new(dir: &Path) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("test-{}-{made}", std::process::id());
        let settings = at(&settings(dir)?.endpoint, &name, dir);
        let endpoint = settings.endpoint.parse().expect("an address");
        let region = settings.region.clone();
        let bucket = rusty_s3::Bucket::new(endpoint, UrlStyle::Path, name, region);
        let meddler = Self {
            settings,
            bucket: bucket.expect("a bucket's address"),
            credentials: Credentials::new(ACCESS_KEY, SECRET_KEY),
        };
        let url = meddler.bucket.create_bucket(&meddler.credentials);
        tell(Client::new().put(url.sign(MOMENT)));
        Some(meddler)
    }

    fn overwrite(&self, object: ObjectHash, bytes: &[u8]) {
        let name = name(object);
        let put = self.bucket.put_object(Some(&self.credentials), &name);
        tell(Client::new().put(put.sign(MOMENT)).body(bytes.to_vec()));
    }

    fn delete(&self, object: ObjectHash) {
        let name = name(object);
        let delete = self.bucket.delete_object(Some(&self.credentials), &name);
        tell(Client::new().delete(delete.sign(MOMENT)));
    }
}

const MOMENT: Duration = Duration::from_secs(60);

fn name(object: ObjectHash) -> String {
    format!("{COUNTY}/{object}")
}

fn tell(request: reqwest::blocking::RequestBuilder) {
    let answer = request.send().expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
}

/// A submission with a page, both of which the county has.
fn with_a_page(bench: &mut Bench) -> Submission {
    let sent = bench.submission(1, &[(Kind::Ink, noise(3000))]);
    bench.deliver(&sent.sealed);
    bench.deliver(&sent.papers[0]);
    sent
}

fn page(county: &County, sent: &Submission) -> Vec<u8> {
    let case = county.case_by_slip(sent.record.slip_number);
    let case = case.expect("the ledger").expect("a case");
    let opened = county.paper(case.id, sent.papers[0].hash);
    opened.expect("the ledger").expect("a paper").plain
}

fn take(county: &County, object: &Sealed) -> Result<Taken, LedgerError> {
    county.take_whole(object.hash, &object.bytes)
}

#[test]
fn a_page_lies_in_the_bucket_if_there_is_one_and_its_record_in_the_ledger() {
    let mut bench = Bench::new();
    let sent = with_a_page(&mut bench);
    assert_eq!(bench.rows("objects"), 2);
    let elsewhere = i64::from(bench.county.config().bucket.is_some());
    assert_eq!(bench.rows("objects WHERE length(bytes) = 0"), elsewhere);
    assert_eq!(page(&bench.county, &sent), noise(3000));
    assert_eq!(page(&bench.second_server(), &sent), noise(3000));
}

#[test]
fn a_backup_has_the_pages_and_goes_to_a_county_with_another_bucket_or_none() {
    let mut bench = Bench::new();
    let sent = with_a_page(&mut bench);
    let copy = bench.dir.path().join("copy.db");
    bench.county.back_up(&copy).expect("a backup");
    let report = audit_file(&copy, &evidence()).expect("a ledger");
    assert_eq!(report.findings, []);

    let other = Meddler::new(bench.dir.path()).map(|meddler| meddler.settings);
    for (folder, bucket) in [("without", None), ("with", other)] {
        let config = CountyConfig {
            data_dir: bench.dir.path().join(folder),
            postgres: None,
            bucket,
            ..bench.county.config().clone()
        };
        restore(&config, &copy).expect("a ledger");
        assert_eq!(page(&bench.server(config), &sent), noise(3000));
    }
}

#[test]
fn a_page_waits_at_the_kiosk_while_the_store_is_away() {
    let mut bench = Bench::new();
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = format!("http://{}", free.local_addr().expect("its address"));
    drop(free);
    let away = bench.server(CountyConfig {
        bucket: Some(at(&nobody, "pages", bench.dir.path())),
        ..bench.county.config().clone()
    });
    let sent = bench.submission(1, &[(Kind::Ink, noise(3000))]);
    let kiosk = KioskId(3);
    let record = take(&away, &sent.sealed).expect("the ledger");
    assert_eq!(record, Taken::New { kiosk });
    assert!(matches!(
        take(&away, &sent.papers[0]),
        Err(LedgerError::Bucket(BucketError::NoAnswer(_)))
    ));
    assert_eq!(bench.rows("objects"), 1);
    let again = take(&bench.county, &sent.papers[0]).expect("the ledger");
    assert_eq!(again, Taken::New { kiosk });
}

#[test]
fn a_page_that_was_changed_or_lost_in_its_bucket_is_named() {
    let mut bench = Bench::new();
    let Some(meddler) = Meddler::new(bench.dir.path()) else {
        return;
    };
    let county = bench.server(CountyConfig {
        bucket: Some(meddler.settings.clone()),
        ..bench.county.config().clone()
    });
    let sent = bench.submission(1, &[(Kind::Ink, noise(3000))]);
    let ink = &sent.papers[0];
    for object in [&sent.sealed, ink] {
        take(&county, object).expect("the ledger");
    }
    let findings = || words(&county.audit(&evidence()).expect("the ledger"));
    assert_eq!(findings(), Vec::<String>::new());
    let named = vec![format!("bytes altered: objects {}", ink.hash)];
    meddler.overwrite(ink.hash, &sent.sealed.bytes);
    assert_eq!(findings(), named);
    meddler.delete(ink.hash);
    assert_eq!(findings(), named);
    // A copy is made all the same, and tells of it too.
    let copy = bench.dir.path().join("copy.db");
    county.back_up(&copy).expect("a backup");
    let report = audit_file(&copy, &evidence()).expect("a ledger");
    assert_eq!(words(&report), named);
}

#[test]
fn settings_that_lead_nowhere_are_told_at_the_start() {
    let bench = Bench::new();
    let good = at("http://127.0.0.1:9", "pages", bench.dir.path());
    for bucket in [
        BucketSettings {
            endpoint: "https://127.0.0.1:9".to_owned(),
            ..good.clone()
        },
        BucketSettings {
            endpoint: "a store".to_owned(),
            ..good.clone()
        },
        BucketSettings {
            secret_key_file: bench.dir.path().join("none"),
            ..good
        },
    ] {
        let config = CountyConfig {
            bucket: Some(bucket),
            ..bench.county.config().clone()
        };
        assert!(matches!(
            County::open(config, secret(), county::SystemClock),
            Err(OpenError::Ledger(LedgerError::Bucket(
                BucketError::Address | BucketError::Secret(_)
            )))
        ));
    }
}
