//! How many envelopes a county takes in, beside how many bare rows PostgreSQL takes in; and how many status pages it
//! gives, beside how many files of the same length.
//!
//! ```sh
//! tests/with_stores cargo run --release -p county --example receiving -- [ROUNDS]
//! ```
//!
//! Envelopes are records of one person each and come over HTTP from many kiosks at once: an offer and its blocks, each
//! answered when it is on disk. A bare transaction inserts as many rows of the same lengths as one envelope leaves in the
//! ledger, prepared, from as many clients, on the same server; a bare row is an envelope's bytes alone. What is compared is
//! measured in turn, so that other work on the machine falls on all alike. Kiosks, clients, county and PostgreSQL share the
//! machine. Sealing is not counted.

mod http;
#[path = "../../tests/county/invented.rs"]
mod invented;
mod timing;

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    thread,
};

use axum::{Router, http::StatusCode, routing::get};
use county::{County, CountyConfig, PostgresSettings, SystemClock};
use envelope::{CountySecret, Kind, KioskId, KioskSigner, Sealed, SlipCode, StatusToken, seal};
use postgres::{Client, NoTls, Statement};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use http::Http;
use invented::{COUNTY, NOW, application};
use timing::{Timings, in_parallel};

type Failed = Box<dyn Error + Send + Sync>;

/// Kiosks that send at once, and clients that insert.
const KIOSKS: u16 = 16;
const ENVELOPES_A_ROUND: usize = 1600;

/// A record on its way, and its slip.
struct Envelope {
    sealed: Sealed,
    slip: SlipCode,
}

fn main() -> Result<(), Failed> {
    let rounds = env::args().nth(1).map_or(Ok(3), |rounds| rounds.parse())?;
    let connect = env::var("MINGBAI_POSTGRES")
        .map_err(|_| "MINGBAI_POSTGRES is not set: run this under tests/with_stores")?;
    Client::connect(&connect, NoTls)?.batch_execute(
        "CREATE TABLE bare (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bytes BYTEA NOT NULL)",
    )?;
    let dir = tempfile::tempdir()?;
    let county = open(&connect, dir.path())?;
    let address = serve(county.router())?;

    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut kiosk = Http::open(address)?;
    // What the first one of a kiosk changes beside its own rows is not counted.
    send(&mut kiosk, &envelope(0, &mut rng)?)?;
    let before = row_lengths(&connect)?;
    send(&mut kiosk, &envelope(KIOSKS.into(), &mut rng)?)?;
    let lengths = added(&before, &row_lengths(&connect)?);
    println!("an envelope leaves rows of {lengths:?} bytes");

    let (mut rows, mut bare) = (Timings::default(), Timings::default());
    let mut received = Timings::default();
    let (mut files, mut pages) = (Timings::default(), Timings::default());
    for round in 0..rounds {
        let envelopes = envelopes(round, &mut rng)?;
        let clients = || Inserter::connect(&connect);
        rows.add(in_parallel(
            KIOSKS,
            &envelopes,
            clients,
            |client, envelope| client.insert(&[&envelope.sealed.bytes]),
        )?);
        let bytes: Vec<_> = lengths.iter().map(|&length| vec![7; length]).collect();
        let bytes: Vec<_> = bytes.iter().map(Vec::as_slice).collect();
        bare.add(in_parallel(KIOSKS, &envelopes, clients, |client, _| {
            client.insert(&bytes)
        })?);
        let kiosks = || Http::open(address);
        received.add(in_parallel(KIOSKS, &envelopes, kiosks, send)?);

        let page = Http::open(address)?.ask("GET", &page_path(&envelopes[0]), b"")?;
        let file = dir.path().join("page.html");
        fs::write(&file, &page.body)?;
        let file_server = serve(file_router(file))?;
        files.add(in_parallel(
            KIOSKS,
            &envelopes,
            || Http::open(file_server),
            |http, _| http.expect(200, "GET", "/page.html", b""),
        )?);
        pages.add(in_parallel(
            KIOSKS,
            &envelopes,
            kiosks,
            |http, envelope| http.expect(200, "GET", &page_path(envelope), b""),
        )?);
        let taken = (round + 1) * ENVELOPES_A_ROUND;
        println!("memory after {taken} envelopes: {} MB", memory_kb()? / 1024);
    }
    println!("{KIOSKS} at once        each second   median     99 %    worst (ms)");
    println!("bare rows          {rows}");
    println!("bare transactions  {bare}");
    println!("envelopes          {received}");
    println!("files              {files}");
    println!("status pages       {pages}");
    println!(
        "envelopes to bare rows {:.2}",
        received.rate() / bare.rate()
    );
    println!("status pages to files {:.2}", pages.rate() / files.rate());
    Ok(())
}

/// The file, read again for each who asks.
fn file_router(file: PathBuf) -> Router {
    let read = move || {
        let file = file.clone();
        async move {
            let read = tokio::task::spawn_blocking(|| fs::read(file)).await;
            read.ok().and_then(Result::ok).ok_or(StatusCode::NOT_FOUND)
        }
    };
    Router::new().route("/page.html", get(read))
}

fn page_path(envelope: &Envelope) -> String {
    format!("/S/{}", envelope.slip.to_payload())
}

fn signer(kiosk: u16) -> KioskSigner {
    KioskSigner::from_seed(KioskId(kiosk), [0x11; 32])
}

fn secret() -> CountySecret {
    CountySecret::from_seed([0x22; 64])
}

fn open(connect: &str, dir: &Path) -> Result<County, Failed> {
    let config = CountyConfig {
        county_code: COUNTY,
        bureau: String::new(),
        data_dir: dir.to_owned(),
        postgres: Some(PostgresSettings {
            connect: connect.parse()?,
            password_file: None,
            connections: 8,
        }),
        bucket: None,
        rules_dir: None,
        vfs: None,
        public_url: "http://127.0.0.1".to_owned(),
    };
    let county = County::open(config, secret(), SystemClock)?;
    for kiosk in 1..=KIOSKS {
        county.enrol(&signer(kiosk).public())?;
    }
    Ok(county)
}

/// Serves on a thread of its own until the program ends.
fn serve(router: Router) -> Result<SocketAddr, Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    thread::spawn(move || runtime.block_on(async { axum::serve(listener, router).await }));
    Ok(address)
}

fn envelopes(round: usize, rng: &mut ChaCha20Rng) -> Result<Vec<Envelope>, Failed> {
    let first = 2 * usize::from(KIOSKS) + round * ENVELOPES_A_ROUND;
    (first..first + ENVELOPES_A_ROUND)
        .map(|number| envelope(u32::try_from(number)?, rng))
        .collect()
}

fn envelope(number: u32, rng: &mut ChaCha20Rng) -> Result<Envelope, Failed> {
    let kiosk = 1 + u16::try_from(number % u32::from(KIOSKS))?;
    let counter = 1 + number / u32::from(KIOSKS);
    let token = StatusToken(u128::from(number).to_be_bytes());
    let mut record = application(kiosk, counter);
    record.submission_id = u128::from(number).to_be_bytes();
    record.status_token_hash = token.hash();
    record.submitted.tick_ms = u64::from(counter) * 60_000;
    let plain = record.to_cbor()?;
    let (kiosk, county) = (signer(kiosk), secret().public());
    let submitted_s = u64::try_from(NOW.0 / 1000)?;
    Ok(Envelope {
        sealed: seal(Kind::Record, &plain, &kiosk, &county, rng)?,
        slip: SlipCode::issue(&kiosk, token, COUNTY, counter, submitted_s),
    })
}

/// How many rows of each length lie in all tables of the county.
fn row_lengths(connect: &str) -> Result<BTreeMap<usize, usize>, Failed> {
    let mut client = Client::connect(connect, NoTls)?;
    let schema = format!("county_{COUNTY}");
    let tables = client.query(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1",
        &[&schema],
    )?;
    let mut lengths = BTreeMap::new();
    for table in tables {
        let table: &str = table.get(0);
        let sql = format!("SELECT pg_column_size(row.*) FROM {schema}.{table} AS row");
        for row in client.query(&sql, &[])? {
            *lengths
                .entry(usize::try_from(row.get::<_, i32>(0))?)
                .or_default() += 1;
        }
    }
    Ok(lengths)
}

/// The lengths of which there are more rows than before, as often as there are more.
fn added(before: &BTreeMap<usize, usize>, after: &BTreeMap<usize, usize>) -> Vec<usize> {
    after
        .iter()
        .flat_map(|(&length, &rows)| {
            let more = rows.saturating_sub(before.get(&length).copied().unwrap_or(0));
            std::iter::repeat_n(length, more)
        })
        .collect()
}

struct Inserter {
    client: Client,
    statement: Statement,
}

impl Inserter {
    fn connect(connect: &str) -> Result<Self, Failed> {
        let mut client = Client::connect(connect, NoTls)?;
        let statement = client.prepare("INSERT INTO bare (bytes) VALUES ($1)")?;
        Ok(Self { client, statement })
    }

    /// In one transaction.
    fn insert(&mut self, rows: &[&[u8]]) -> Result<(), Failed> {
        if let [row] = rows {
            self.client.execute(&self.statement, &[row])?;
            return Ok(());
        }
        let mut tx = self.client.transaction()?;
        for row in rows {
            tx.execute(&self.statement, &[row])?;
        }
        Ok(tx.commit()?)
    }
}

fn send(kiosk: &mut Http, envelope: &Envelope) -> Result<(), Failed> {
    let (hash, bytes) = (envelope.sealed.hash, &envelope.sealed.bytes);
    let offer = format!("/v1/objects/{hash}?len={}", bytes.len());
    kiosk.expect(202, "POST", &offer, b"")?;
    kiosk.expect(200, "PUT", &format!("/v1/objects/{hash}/blocks/0"), bytes)
}

/// The memory that this program has now.
fn memory_kb() -> Result<u64, Failed> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kilobytes
        .ok_or("no memory in /proc/self/status")?
        .trim()
        .parse()?)
}
