//! One world for each seed, on all processors.

use std::ops::{AddAssign, Range};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Runs the world of every seed, prints the violations with their seeds as they are found, and returns the totals of all
/// worlds and how many violations there were.
///
/// A `world` returns what it counted and what should not have happened.
pub fn run_all<T: Default + AddAssign + Send>(
    seeds: Range<u64>,
    world: impl Fn(u64) -> (T, Vec<String>) + Sync,
) -> (T, u64) {
    let next = AtomicU64::new(seeds.start);
    let sum = Mutex::new((T::default(), 0_u64));
    thread::scope(|threads| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..workers {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seeds.end <= seed {
                        return;
                    }
                    let (totals, violations) = world(seed);
                    for violation in &violations {
                        println!("seed {seed}: {violation}");
                    }
                    if let Ok(mut sum) = sum.lock() {
                        sum.0 += totals;
                        sum.1 += violations.len() as u64;
                    }
                }
            });
        }
    });
    sum.into_inner().unwrap_or_default()
}
