//! What the audit of a large ledger takes of one core, against its limit of 10 seconds and against the hashing alone.
//!
//! ```sh
//! cargo run --release -p county --example audit -- --events 1000000
//! ```

use std::{error::Error, fs, time::Instant};

use clap::Parser;
use county::{
    Clock as _, County, CountyConfig, SystemClock,
    audit::{Evidence, audit_file},
    proof::merkle::{Frontier, leaf},
};
use envelope::CountySecret;
use rusqlite::Connection;
use rustix::time::{ClockId, clock_gettime};

/// Seconds within which a million events are to be verified on one core.
const LIMIT_S: f64 = 10.0;

#[derive(Parser)]
struct Arguments {
    /// Events in the ledger.
    #[arg(long, default_value_t = 1_000_000)]
    events: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let events = Arguments::parse().events;
    let dir = tempfile::tempdir()?;
    let secret = CountySecret::from_seed([9; 64]);
    let public = secret.public();
    let config: CountyConfig = toml::from_str(&format!(
        "county-code = 140428\npublic-url = \"http://127.0.0.1\"\ndata-dir = {:?}",
        dir.path()
    ))?;
    let county = County::open(config, secret, SystemClock)?;
    let file = dir.path().join("county.db");
    lay_events(&Connection::open(&file)?, events)?;
    let begun = Instant::now();
    county.seal_log()?;
    println!(
        "{events} events taken up into the log in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    drop(county);

    let begun = core_s();
    let mut frontier = Frontier::default();
    for event in 0..events {
        frontier.push(
            leaf(&[&event.to_be_bytes()[..], &[0; 60]].concat()),
            |_, _| {},
        );
    }
    std::hint::black_box(frontier.root());
    let hashing = core_s() - begun;

    let evidence = Evidence {
        county_code: 140_428,
        county_keys: vec![public],
        ..Evidence::default()
    };
    let (begun, started) = (core_s(), Instant::now());
    let report = audit_file(&file, &evidence)?;
    let (whole, passed) = (core_s() - begun, started.elapsed().as_secs_f64());
    println!(
        "{} entries audited in {whole:.2} s of one core ({passed:.2} s passed), {} findings: {:.2} of the limit, \
         {:.1} times the hashing alone; {} MB at most",
        report.entries,
        report.findings.len(),
        whole / LIMIT_S,
        whole / hashing,
        most_memory_kb()? / 1024
    );
    Ok(())
}

/// What this thread has had of a core, seconds: other work on the machine does not count.
fn core_s() -> f64 {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

/// The most memory that this program had at once.
fn most_memory_kb() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kilobytes
        .ok_or("no memory in /proc/self/status")?
        .trim()
        .parse()?)
}

/// Events of one case, written as the ledger writes them.
fn lay_events(ledger: &Connection, events: u32) -> rusqlite::Result<()> {
    ledger.execute_batch(
        "PRAGMA foreign_keys = OFF;
         BEGIN;
         INSERT INTO cases VALUES (1, zeroblob(16), zeroblob(32), '', zeroblob(32), 1, '', '', 0, 0, 0, 0);
         INSERT INTO log_pending (kind, key) VALUES (4, x'010000000000000001');",
    )?;
    let mut event = ledger.prepare(
        "INSERT INTO case_events (id, case_id, at_ms, role, actor, action, reason)
         VALUES (?1, 1, ?2, 3, '示例经办人', 28, '材料齐全，予以受理')",
    )?;
    let now = SystemClock.now().0;
    let mut entered = ledger.prepare("INSERT INTO log_pending (kind, key) VALUES (6, ?1)")?;
    for id in 1..=i64::from(events) {
        event.execute([id, now])?;
        entered.execute([[&[1][..], &id.to_be_bytes()].concat()])?;
    }
    ledger.execute_batch("COMMIT")
}
