//! How many envelopes a county takes in, beside how many bare rows PostgreSQL takes in; and how many status pages it
//! gives, beside how many files of the same length.
//!
//! ```sh
//! tests/with_stores cargo run --release -p county --example receiving
//! tests/with_stores cargo run --release -p county --example receiving -- --memory 1000000
//! ```
//!
//! **An envelope** is the record of one person, sealed before the time is taken. It comes over HTTP from one of 16 kiosks that
//! send at once: an offer and its blocks, answered when it is on disk. The time includes that of its entries in the county's
//! log.
//!
//! **A bare transaction** is what pgbench would do of the same rows: from as many connections, each waiting for its answers, a
//! transaction inserts as many rows of the same lengths as one envelope leaves in all tables of the ledger, one prepared
//! statement after the other, and commits. Its table has a numbered key and no other index. **A bare row** is a transaction
//! of one row, an envelope's bytes. All of them commit to the same disk by the same server, which waits for it (`fsync`).
//!
//! **At twice the load** envelopes come at a fixed rate, twice that of the envelopes before, whether those before them were
//! answered or not. Each is timed from when it was due to when it was acknowledged; those that the county turned away at the
//! door, to come again later, are counted.
//!
//! **A page again** is a status page that was asked for before, while the ledger stays as it is; **a page anew** one that was
//! not. A file is read again for each who asks, by the same HTTP server.
//!
//! What is compared is measured in turn, so that other work on the machine falls on all alike. Kiosks, clients, county and
//! PostgreSQL share the machine.

mod http;
#[path = "../../tests/county/invented.rs"]
mod invented;
mod timing;

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs, future, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use axum::{Router, http::StatusCode, routing::get};
use clap::Parser;
use county::{County, CountyConfig, PostgresSettings, SystemClock};
use envelope::{CountySecret, Kind, KioskId, KioskSigner, Sealed, SlipCode, StatusToken, seal};
use postgres::{Client, NoTls, Statement};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tokio::net::TcpListener;

use http::Http;
use invented::{COUNTY, NOW, application};
use timing::{Timings, at_rate, in_parallel};

type Failed = Box<dyn Error + Send + Sync>;

/// Kiosks that send at once, and clients that insert.
const KIOSKS: u16 = 16;
const ENVELOPES_A_ROUND: usize = 4800;

/// Envelopes that may be under way at once at twice the load.
const UNDER_WAY_MAX: u16 = 400;

/// Bytes that a bare row has beside those that are inserted: its header, its number, and the length of the bytes.
const BARE_ROW_BYTES: usize = 24 + 8 + 4;

/// Measures what a county takes in and shows, beside PostgreSQL and a file server.
#[derive(Parser)]
struct Arguments {
    /// How often each is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Sends so many envelopes instead, and prints the program's memory at each tenth.
    #[arg(long)]
    memory: Option<u32>,
}

/// A record on its way, and its slip.
struct Envelope {
    sealed: Sealed,
    slip: SlipCode,
}

fn main() -> Result<(), Failed> {
    let arguments = Arguments::parse();
    let connect = env::var("MINGBAI_POSTGRES")
        .map_err(|_| "MINGBAI_POSTGRES is not set: run this under tests/with_stores")?;
    let dir = tempfile::tempdir()?;
    let county = open(&connect, dir.path())?;
    let served = county.clone();
    let address =
        serve(|listener| async move { served.serve_http(listener, future::pending()).await })?;
    match arguments.memory {
        Some(envelopes) => send_many(address, envelopes),
        None => compare(&county, address, &connect, dir.path(), arguments.rounds),
    }
}

fn compare(
    county: &County,
    address: SocketAddr,
    connect: &str,
    dir: &Path,
    rounds: usize,
) -> Result<(), Failed> {
    Client::connect(connect, NoTls)?.batch_execute(
        "CREATE TABLE bare (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bytes BYTEA NOT NULL)",
    )?;
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut kiosk = Http::open(address)?;
    // What the first one of a kiosk changes beside its own rows is not counted.
    send(&mut kiosk, &envelope(0, &mut rng)?)?;
    county.seal_log()?;
    let before = row_lengths(connect)?;
    send(&mut kiosk, &envelope(KIOSKS.into(), &mut rng)?)?;
    county.seal_log()?;
    let lengths = added(&before, &row_lengths(connect)?);
    println!(
        "an envelope leaves {} rows of {lengths:?} bytes",
        lengths.len()
    );
    let bytes: Vec<_> = lengths
        .iter()
        .map(|length| vec![7; length.saturating_sub(BARE_ROW_BYTES)])
        .collect();
    let bytes: Vec<_> = bytes.iter().map(Vec::as_slice).collect();

    let (mut rows, mut bare) = (Timings::default(), Timings::default());
    let (mut received, mut crowded) = (Timings::default(), Timings::default());
    let (mut files, mut again, mut anew) =
        (Timings::default(), Timings::default(), Timings::default());
    for round in 0..rounds {
        let envelopes = envelopes(2 * round, &mut rng)?;
        let clients = || Inserter::connect(connect);
        rows.add(in_parallel(KIOSKS, &envelopes, clients, |client, one| {
            client.insert(&[&one.sealed.bytes])
        })?);
        bare.add(in_parallel(KIOSKS, &envelopes, clients, |client, _| {
            client.insert(&bytes)
        })?);
        let kiosks = || Http::open(address);
        let mut taken = in_parallel(KIOSKS, &envelopes, kiosks, send)?;
        let began = Instant::now();
        county.seal_log()?;
        taken.add_time(began.elapsed());
        let rate = 2.0 * taken.rate();
        received.add(taken);

        let shown = &envelopes[..1000];
        let page = Http::open(address)?.ask("GET", &page_path(&envelopes[0]), b"")?;
        let file = dir.join("page.html");
        fs::write(&file, &page.body)?;
        let files_served =
            serve(|listener| async move { axum::serve(listener, file_router(file)).await })?;
        anew.add(in_parallel(KIOSKS, shown, kiosks, show)?);
        for _ in 0..5 {
            files.add(in_parallel(
                KIOSKS,
                shown,
                || Http::open(files_served),
                |http, _| http.expect(200, "GET", "/page.html", b""),
            )?);
            again.add(in_parallel(KIOSKS, shown, kiosks, show)?);
        }

        let more = self::envelopes(2 * round + 1, &mut rng)?;
        crowded.add(at_rate(rate, UNDER_WAY_MAX, &more, kiosks, send_if_let_in)?);
    }
    println!("{KIOSKS} at once        each second   median     99 %    worst (ms)");
    println!("bare rows          {rows}");
    println!("bare transactions  {bare}");
    println!("envelopes          {received}");
    println!("at twice the load  {crowded}");
    println!("files              {files}");
    println!("pages again        {again}");
    println!("pages anew         {anew}");
    let ratio = |this: &Timings, that: &Timings| this.rate() / that.rate();
    println!(
        "envelopes to bare transactions {:.2}",
        ratio(&received, &bare)
    );
    println!("envelopes to bare rows {:.2}", ratio(&received, &rows));
    println!("pages again to files {:.2}", ratio(&again, &files));
    println!("pages anew to files {:.2}", ratio(&anew, &files));
    let offered = rounds * ENVELOPES_A_ROUND;
    println!(
        "turned away at twice the load: {} of {offered}",
        offered - crowded.len()
    );
    println!("memory: {} MB", memory_kb()? / 1024);
    Ok(())
}

/// Sends envelopes that are sealed on the way, so that this program keeps none.
fn send_many(address: SocketAddr, envelopes: u32) -> Result<(), Failed> {
    let tenth = (envelopes / 10).max(1);
    for begun in (0..envelopes).step_by(tenth as usize) {
        let numbers: Vec<u32> = (begun..envelopes.min(begun + tenth)).collect();
        let start = || {
            Ok((
                Http::open(address)?,
                ChaCha20Rng::seed_from_u64(begun.into()),
            ))
        };
        let sent = in_parallel(KIOSKS, &numbers, start, |(kiosk, rng), number| {
            send(kiosk, &envelope(*number, rng)?)
        })?;
        println!(
            "{:>8} envelopes, {:.0} a second, memory {} MB",
            begun + tenth,
            sent.rate(),
            memory_kb()? / 1024
        );
    }
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
fn serve<S: Future<Output = io::Result<()>>>(
    server: impl FnOnce(TcpListener) -> S + Send + 'static,
) -> Result<SocketAddr, Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    thread::spawn(move || runtime.block_on(server(listener)));
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

/// How many rows of each length lie in all tables of the county, but for checkpoints, of which there is one every few seconds.
fn row_lengths(connect: &str) -> Result<BTreeMap<usize, usize>, Failed> {
    let mut client = Client::connect(connect, NoTls)?;
    let schema = format!("county_{COUNTY}");
    let tables = client.query(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = $1 AND table_name <> 'log_checkpoints'",
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

/// The same; `false` if the county turns it away at the door.
fn send_if_let_in(kiosk: &mut Http, envelope: &Envelope) -> Result<bool, Failed> {
    let (hash, bytes) = (envelope.sealed.hash, &envelope.sealed.bytes);
    let offer = format!("/v1/objects/{hash}?len={}", bytes.len());
    let blocks = format!("/v1/objects/{hash}/blocks/0");
    for (method, path, body, expected) in
        [("POST", &offer, &[][..], 202), ("PUT", &blocks, bytes, 200)]
    {
        match kiosk.ask(method, path, body)?.status {
            status if status == expected => {}
            503 => return Ok(false),
            status => return Err(format!("{method} {path} is answered {status}").into()),
        }
    }
    Ok(true)
}

fn show(http: &mut Http, envelope: &Envelope) -> Result<(), Failed> {
    http.expect(200, "GET", &page_path(envelope), b"")
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
