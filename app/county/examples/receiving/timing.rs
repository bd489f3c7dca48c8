//! Work that many do at once, and how long each piece took.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::Failed;

/// Does `work` with each of `all`, by `workers` at once, each with what `start` gives it.
pub(crate) fn in_parallel<T: Sync, W>(
    workers: u16,
    all: &[T],
    start: impl Fn() -> Result<W, Failed> + Sync,
    work: impl Fn(&mut W, &T) -> Result<(), Failed> + Sync,
) -> Result<Timings, Failed> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut with = start()?;
        let mut each = Vec::new();
        while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let started = Instant::now();
            work(&mut with, one)?;
            each.push(started.elapsed());
        }
        Ok::<_, Failed>(each)
    };
    let started = Instant::now();
    let each = thread::scope(|threads| {
        let workers: Vec<_> = (0..workers).map(|_| threads.spawn(worker)).collect();
        let mut each = Vec::new();
        for worker in workers {
            each.extend(worker.join().map_err(|_| "a worker panicked")??);
        }
        Ok::<_, Failed>(each)
    })?;
    Ok(Timings {
        whole: started.elapsed(),
        each,
    })
}

#[derive(Default)]
pub(crate) struct Timings {
    whole: Duration,
    each: Vec<Duration>,
}

impl Timings {
    pub(crate) fn add(&mut self, more: Self) {
        self.whole += more.whole;
        self.each.extend(more.each);
        self.each.sort();
    }

    /// Pieces each second.
    pub(crate) fn rate(&self) -> f64 {
        self.each.len() as f64 / self.whole.as_secs_f64()
    }
}

impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |permille: usize| {
            let index = (self.each.len() * permille / 1000).min(self.each.len() - 1);
            self.each[index].as_secs_f64() * 1000.0
        };
        let (median, high, worst) = (ms(500), ms(990), ms(1000));
        write!(
            f,
            "{:>11.0} {median:>8.2} {high:>8.2} {worst:>8.2}",
            self.rate()
        )
    }
}
