//! What every driver asks of its port: a read that times out is silence, and silence is counted.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// What one read brought.
pub(crate) enum Heard {
    /// So many bytes at the start of the buffer, at least one.
    Bytes(usize),
    /// Nothing within the port's read time-out.
    Silence,
}

/// Reads what is there, waiting at most the port's own time-out.
pub(crate) fn listen(port: &mut impl Read, buffer: &mut [u8]) -> io::Result<Heard> {
    match port.read(buffer) {
        // Ports time out with an error; the end of a file means that the device is gone.
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(count) => Ok(Heard::Bytes(count)),
        Err(error) if is_silence(&error) => Ok(Heard::Silence),
        Err(error) => Err(error),
    }
}

/// Writes all of `bytes`, allowing `patience` silent writes in a row; on failure says how many
/// bytes went.
pub(crate) fn say(port: &mut impl Write, bytes: &[u8], patience: u32) -> Result<(), Unsaid> {
    let mut written = 0;
    let mut silent = 0;
    while written < bytes.len() {
        match port.write(&bytes[written..]) {
            Ok(0) => {
                return Err(Unsaid {
                    written,
                    source: ErrorKind::WriteZero.into(),
                });
            }
            Ok(count) => {
                written += count;
                silent = 0;
            }
            Err(error) if is_silence(&error) && silent < patience => silent += 1,
            Err(source) => return Err(Unsaid { written, source }),
        }
    }
    Ok(())
}

/// A write that ended early.
pub(crate) struct Unsaid {
    /// How many bytes the port took.
    pub(crate) written: usize,
    /// Why it took no more.
    pub(crate) source: io::Error,
}

/// Reads away late answers and noise until the port is silent, or until so much came that the peer
/// must be babbling; the next exchange then finds out.
pub(crate) fn hush(port: &mut impl Read) -> io::Result<()> {
    /// Two of the longest answers any of our devices gives.
    const READS_MAX: usize = 20;
    let mut scrap = [0; 256];
    for _ in 0..READS_MAX {
        if matches!(listen(port, &mut scrap)?, Heard::Silence) {
            break;
        }
    }
    Ok(())
}

/// Reckons how much of what was written cannot have left yet at a line's own rate.
#[derive(Debug)]
pub(crate) struct Drain {
    /// One byte on the line: start, eight bits, stop.
    byte_time: Duration,
    /// When everything written so far will have left.
    drained_at: Instant,
}

impl Drain {
    /// A line that has nothing to send yet; rates below 1 count as 1.
    pub(crate) fn at(bits_per_second: u32) -> Self {
        Self {
            byte_time: Duration::from_secs(10) / bits_per_second.max(1),
            drained_at: Instant::now(),
        }
    }

    /// So many bytes more.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        let on_the_line = self.byte_time * u32::try_from(bytes).unwrap_or(u32::MAX);
        self.drained_at = self.drained_at.max(Instant::now()) + on_the_line;
    }

    /// What has not left.
    pub(crate) fn waiting(&self) -> usize {
        let left = self.drained_at.saturating_duration_since(Instant::now());
        // At gigabits a byte takes no nanosecond.
        let unsent = left.as_nanos().div_ceil(self.byte_time.as_nanos().max(1));
        usize::try_from(unsent).unwrap_or(usize::MAX)
    }

    /// What was written is thrown away.
    pub(crate) fn discard(&mut self) {
        self.drained_at = Instant::now();
    }
}

/// Whether an error of a port only says that nothing happened within its time-out.
#[must_use]
pub fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}
