//! Runs worlds and counts what happened and what should not have.
//!
//! ```sh
//! cargo run --release -p line_worlds -- --seeds 2000        # worlds 0 to 1999
//! cargo run --release -p line_worlds -- --seed 17 --trace   # one world again, told step by step
//! cargo run --release -p line_worlds -- --performance       # how much of a line is payload
//! ```
//!
//! The exit code is 0 only if no world broke a promise. A world is the same in every run of one build.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use line_worlds::memory::Counting;
use line_worlds::performance;
use line_worlds::seeds;
use line_worlds::world::{self, Options};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Parser)]
struct Arguments {
    /// How many worlds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One world only.
    #[arg(long)]
    seed: Option<u64>,
    /// Tells what happens in it.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Prints the performance report instead.
    #[arg(long)]
    performance: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.performance {
        print!("{}", performance::report());
        return ExitCode::SUCCESS;
    }
    let options = Options {
        trace: arguments.trace,
        ..Options::default()
    };
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.from..arguments.from + arguments.seeds,
    };
    let started = Instant::now();
    let (totals, violations) = seeds::run_all(seeds, |seed| {
        let report = world::run(seed, &options);
        (report.totals, report.violations)
    });
    let seconds = started.elapsed().as_secs_f64();
    print!("{totals}");
    println!("{:<44}{seconds:.0}", "seconds it took");
    println!(
        "{:<44}{:.1} million",
        "frames in a minute of it",
        totals.frames as f64 / seconds * 60.0 / 1e6
    );
    println!("{:<44}{violations}", "violations");
    if violations == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
