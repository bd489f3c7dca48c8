//! Runs simulated worlds and counts what happened and what should not have.
//!
//! ```sh
//! cargo run --release -p system_tests --bin simulate -- --seeds 1000       # worlds 0 to 999
//! cargo run --release -p system_tests --bin simulate -- --seed 17 --trace  # one world again, told step by step
//! ```
//!
//! The exit code is 0 only if no world broke a promise. A world is the same in every run of one build.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use line_worlds::seeds;
use system_tests::simulation::{self, Options};

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
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => 0..arguments.seeds,
    };
    let count = seeds.end - seeds.start;
    let started = Instant::now();
    let (totals, violations) = seeds::run_all(seeds, |seed| {
        let report = simulation::run(seed, &options);
        (report.totals, report.violations)
    });
    print!("{totals}");
    println!("{:<38}{}", "power cuts", totals.cuts());
    println!("{:<38}{}", "seeds", count);
    println!("{:<38}{:.0}", "seconds", started.elapsed().as_secs_f64());
    println!("{:<38}{violations}", "violations");
    if violations == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
