//! Work that many do at once, and how long each piece took.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::Failed;

/// Does `work` with each of `all`, by `workers` at once, each with what `start` gives it. Who is done takes the next.
pub(crate) fn in_parallel<T: Sync, W>(
    workers: u16,
    all: &[T],
    start: impl Fn() -> Result<W, Failed> + Sync,
    work: impl Fn(&mut W, &T) -> Result<(), Failed> + Sync,
) -> Result<Timings, Failed> {
    let (whole, each) = share_out(workers, all, start, |with, one, _| {
        let began = Instant::now();
        work(with, one)?;
        Ok(Some(began.elapsed()))
    })?;
    Ok(Timings { whole, each })
}

/// The same, each at its time, `rate` of them a second whatever becomes of those before. Each is timed from when it was due,
/// but for those of which `work` says that they were turned away.
pub(crate) fn at_rate<T: Sync, W>(
    rate: f64,
    workers: u16,
    all: &[T],
    start: impl Fn() -> Result<W, Failed> + Sync,
    work: impl Fn(&mut W, &T) -> Result<bool, Failed> + Sync,
) -> Result<Timings, Failed> {
    // Until then all workers have started.
    let begin = Instant::now() + Duration::from_secs(1);
    let (whole, each) = share_out(workers, all, start, |with, one, place| {
        let due = begin + Duration::from_secs_f64(place as f64 / rate);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        Ok(work(with, one)?.then(|| due.elapsed()))
    })?;
    let whole = whole.saturating_sub(Duration::from_secs(1));
    Ok(Timings { whole, each })
}

/// How long all of it took, and what `work` says of each, the shortest first.
fn share_out<T: Sync, W>(
    workers: u16,
    all: &[T],
    start: impl Fn() -> Result<W, Failed> + Sync,
    work: impl Fn(&mut W, &T, usize) -> Result<Option<Duration>, Failed> + Sync,
) -> Result<(Duration, Vec<Duration>), Failed> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut with = start()?;
        let mut each = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = all.get(place) else {
                return Ok::<_, Failed>(each);
            };
            each.extend(work(&mut with, one, place)?);
        }
    };
    let began = Instant::now();
    let mut each = thread::scope(|threads| {
        let workers: Vec<_> = (0..workers).map(|_| threads.spawn(worker)).collect();
        let mut each = Vec::new();
        for worker in workers {
            each.extend(worker.join().map_err(|_| "a worker panicked")??);
        }
        Ok::<_, Failed>(each)
    })?;
    each.sort();
    Ok((began.elapsed(), each))
}

#[derive(Default)]
pub(crate) struct Timings {
    whole: Duration,
    /// The shortest first.
    each: Vec<Duration>,
}

impl Timings {
    pub(crate) fn add(&mut self, more: Self) {
        self.whole += more.whole;
        self.each.extend(more.each);
        self.each.sort();
    }

    /// Adds time that all of them took together beside their own.
    pub(crate) fn add_time(&mut self, time: Duration) {
        self.whole += time;
    }

    pub(crate) const fn len(&self) -> usize {
        self.each.len()
    }

    /// Pieces each second.
    pub(crate) fn rate(&self) -> f64 {
        self.each.len() as f64 / self.whole.as_secs_f64()
    }
}

impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |permille: usize| {
            let index = (self.each.len() * permille / 1000).min(self.each.len().saturating_sub(1));
            let time = self.each.get(index).copied().unwrap_or_default();
            time.as_secs_f64() * 1000.0
        };
        let (median, high, worst) = (ms(500), ms(990), ms(1000));
        write!(
            f,
            "{:>11.0} {median:>8.2} {high:>8.2} {worst:>8.2}",
            self.rate()
        )
    }
}
