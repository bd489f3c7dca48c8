//! Runs simulated worlds and counts what happened and what should not have.
//!
//! ```sh
//! cargo run --release -p system_tests --bin simulate -- --seeds 1000       # worlds 0 to 999
//! cargo run --release -p system_tests --bin simulate -- --seed 17 --trace  # one world again, told step by step
//! ```
//!
//! The exit code is 0 only if no world broke a promise. A world is the same in every run of one build.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use clap::Parser;
use system_tests::simulation::{self, Options, Totals};

#[derive(Parser)]
struct Arguments {
    /// How many worlds, from seed 0 on.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// One world only.
    #[arg(long)]
    seed: Option<u64>,
    /// Tells what happens in it.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Disks forget what was synced: the checkers must find something.
    #[arg(long)]
    ignore_sync: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options {
        ignore_sync: arguments.ignore_sync,
        trace: arguments.trace,
    };
    let (first, end) = match arguments.seed {
        Some(seed) => (seed, seed + 1),
        None => (0, arguments.seeds),
    };
    let started = Instant::now();
    let next = AtomicU64::new(first);
    let sum = Mutex::new((Totals::default(), 0_u64));
    thread::scope(|threads| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..workers {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if end <= seed {
                        return;
                    }
                    let report = simulation::run(seed, &options);
                    for violation in &report.violations {
                        println!("seed {seed}: {violation}");
                    }
                    if let Ok(mut sum) = sum.lock() {
                        sum.0 += report.totals;
                        sum.1 += report.violations.len() as u64;
                    }
                }
            });
        }
    });
    let (totals, violations) = sum.into_inner().unwrap_or_default();
    print!("{totals}");
    println!("{:<38}{}", "power cuts", totals.cuts());
    println!("{:<38}{}", "seeds", end - first);
    println!("{:<38}{:.0}", "seconds", started.elapsed().as_secs_f64());
    println!("{:<38}{violations}", "violations");
    if violations == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
