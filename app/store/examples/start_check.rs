//! What the check of the file costs at each start, and what it costs to rebuild a file whose first page is lost.
//!
//! ```sh
//! cargo run --release -p store --example start_check
//! ```

use std::{error::Error, fs, time::Instant};

use envelope::{CountySecret, Kind, KioskId, KioskSigner, seal};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use store::{Moment, Store, Submission, SubmissionId, UnixMs, salvage};

/// A busy kiosk's submissions of a month, which it keeps after they are acknowledged.
const SUBMISSIONS: u16 = 500;
const PICTURE_LEN: usize = 100_000;
const PAGE_LEN: usize = 4096;
const ROUNDS: u32 = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(".")?;
    let path = folder.path().join("kiosk.db");
    fill(&path)?;
    let megabytes = fs::metadata(&path)?.len() as f64 / 1e6;

    let mut checks = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        if !salvage::inspect(&path)?.is_sound() {
            return Err("a sound file is called damaged".into());
        }
        checks.push(started.elapsed());
    }
    checks.sort();

    let mut bytes = fs::read(&path)?;
    bytes[..PAGE_LEN].fill(0xa5);
    fs::write(&path, bytes)?;
    let started = Instant::now();
    let report = salvage::make_sound(&path)?.ok_or("a damaged file is called sound")?;
    let rebuilt = started.elapsed();
    let rows: u64 = report.tables.iter().map(|table| table.whole).sum();
    println!("{megabytes:.0} MB, {SUBMISSIONS} submissions");
    println!(
        "check    {:>8.3} s (median of {ROUNDS})",
        checks[checks.len() / 2].as_secs_f64()
    );
    println!(
        "rebuild  {:>8.3} s, {rows} rows whole",
        rebuilt.as_secs_f64()
    );
    Ok(())
}

fn fill(path: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let mut store = Store::open(path)?;
    let kiosk = KioskSigner::from_seed(KioskId(3), [0x11; 32]);
    let county = CountySecret::from_seed([0x22; 64]).public();
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let now = Moment {
        boot: 1,
        tick_ms: 0,
        wall: UnixMs(1_795_420_800_000),
    };
    for _ in 0..SUBMISSIONS {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        let mut picture = vec![0; PICTURE_LEN];
        rng.fill_bytes(&mut picture);
        let counter = store.next_slip_counter()?;
        let submission = Submission {
            submission_id: SubmissionId(id),
            slip_number: format!("140428-003-{counter:06}-0"),
            scheme: Some(1),
            submitted: now.wall,
            slip_url: "HTTP://10.0.0.2:8080/S/1".to_owned(),
            objects: vec![
                (1, seal(Kind::Record, &[7; 400], &kiosk, &county, &mut rng)?),
                (3, seal(Kind::Picture, &picture, &kiosk, &county, &mut rng)?),
            ],
        };
        store.submit(&submission, now)?;
    }
    Ok(())
}
