//! How long somebody waits, and whether they still do.

use std::time::{Duration, Instant};

use crate::page_source::{LOOK_EVERY, PageFault};

/// Somebody's wait for a device, from when it began.
pub(crate) struct Patience<'a> {
    since: Instant,
    wait: Duration,
    stop: &'a dyn Fn() -> bool,
}

impl<'a> Patience<'a> {
    /// From now on for a while.
    pub(crate) fn new(wait: Duration, stop: &'a dyn Fn() -> bool) -> Self {
        Self {
            since: Instant::now(),
            wait,
            stop,
        }
    }

    /// Whether it is still worth to wait.
    ///
    /// # Errors
    ///
    /// [`PageFault::Stopped`] and [`PageFault::TooSlow`].
    pub(crate) fn check(&self) -> Result<(), PageFault> {
        if (self.stop)() {
            return Err(PageFault::Stopped);
        }
        if self.since.elapsed() >= self.wait {
            return Err(PageFault::TooSlow { waited: self.wait });
        }
        Ok(())
    }

    /// Lets a moment pass before a device is asked again.
    ///
    /// # Errors
    ///
    /// As for [`Patience::check`].
    pub(crate) fn pause(&self, pause: Duration) -> Result<(), PageFault> {
        let began = Instant::now();
        while began.elapsed() < pause {
            self.check()?;
            std::thread::sleep(LOOK_EVERY.min(pause));
        }
        self.check()
    }
}
