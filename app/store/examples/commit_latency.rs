//! How long a submission takes to become durable, beside one bare write of the same bytes on the same disk.
//!
//! ```sh
//! cargo run --release -p store --example commit_latency -- [FOLDER]
//! ```
//!
//! Both are taken in turn, so that other work on the machine falls on both alike. The bare write goes to a new file
//! that is synced once. Opening and deleting that file are not counted, nor is sealing.

use std::{
    env,
    error::Error,
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use envelope::{CountySecret, Kind, KioskId, KioskSigner, seal};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use store::{Moment, Store, Submission, SubmissionId, UnixMs};

const ROUNDS: u16 = 400;
const ATTACHMENTS: usize = 3;
const ATTACHMENT_LEN: usize = 60_000;
const RECORD_LEN: usize = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = match env::args().nth(1) {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir_in(".")?,
    };
    let mut store = Store::open(folder.path().join("kiosk.db"))?;
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let (mut bare, mut committed) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let submission = submission(round, &mut rng)?;
        let bytes: Vec<u8> = submission
            .objects
            .iter()
            .flat_map(|(_, sealed)| sealed.bytes.iter().copied())
            .collect();
        bare.push(bare_write(&folder.path().join("bare"), &bytes)?);
        let started = Instant::now();
        store.submit(&submission, now(round))?;
        committed.push(started.elapsed());
    }
    let (bare, committed) = (Spread::of(bare), Spread::of(committed));
    println!(
        "{ROUNDS} submissions of a record and {ATTACHMENTS} attachments of {ATTACHMENT_LEN} bytes"
    );
    println!("              median       95 %      worst   (ms)");
    println!("bare write  {bare}");
    println!("submission  {committed}");
    println!(
        "ratio       {:>8.2}   {:>8.2}   {:>8.2}",
        ratio(committed.median, bare.median),
        ratio(committed.high, bare.high),
        ratio(committed.worst, bare.worst),
    );
    Ok(())
}

fn now(round: u16) -> Moment {
    Moment {
        boot: 1,
        tick_ms: u64::from(round),
        wall: UnixMs(1_795_420_800_000),
    }
}

fn submission(round: u16, rng: &mut ChaCha20Rng) -> Result<Submission, Box<dyn Error>> {
    let kiosk = KioskSigner::from_seed(KioskId(3), [0x11; 32]);
    let county = CountySecret::from_seed([0x22; 64]).public();
    let mut objects = Vec::new();
    for (kind, priority, len) in [(Kind::Record, 1, RECORD_LEN)]
        .into_iter()
        .chain([(Kind::Picture, 3, ATTACHMENT_LEN); ATTACHMENTS])
    {
        let mut plain = vec![0; len];
        rng.fill_bytes(&mut plain);
        objects.push((priority, seal(kind, &plain, &kiosk, &county, rng)?));
    }
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    Ok(Submission {
        submission_id: SubmissionId(id),
        slip_number: format!("slip {round}"),
        scheme: Some(1),
        submitted: now(round).wall,
        slip_url: "HTTP://10.0.0.2:8080/S/1".to_owned(),
        objects,
    })
}

fn bare_write(path: &Path, bytes: &[u8]) -> Result<Duration, Box<dyn Error>> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let started = Instant::now();
    file.write_all(bytes)?;
    file.sync_all()?;
    let took = started.elapsed();
    fs::remove_file(path)?;
    Ok(took)
}

struct Spread {
    median: Duration,
    high: Duration,
    worst: Duration,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self {
            median: times[times.len() / 2],
            high: times[times.len() * 95 / 100],
            worst: times[times.len() - 1],
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let (median, high, worst) = (ms(self.median), ms(self.high), ms(self.worst));
        write!(f, "{median:>8.3}   {high:>8.3}   {worst:>8.3}")
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
