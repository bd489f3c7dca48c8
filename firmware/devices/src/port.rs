//! What every driver asks of its port: a read that times out is silence, and silence is counted.

use std::io::{self, ErrorKind, Read, Write};

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

/// Whether an error of a port only says that nothing happened within its time-out.
#[must_use]
pub fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}
