//! Pseudo-terminals in raw mode: the two ends of a serial cable inside one machine.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{self, OptionalActions};

/// Opens a pseudo-terminal: the master as a file, the slave by the path under which it can be opened
/// like any serial port.
///
/// Both directions pass every byte unchanged. Reading the master fails with `EIO` while nobody has
/// the slave open; an owner that outlives its visitors keeps the slave open itself, see
/// [`open_slave`].
///
/// # Errors
///
/// Whatever the system says when it has no pseudo-terminals left or `/dev/pts` is not mounted.
pub fn open_pair() -> io::Result<(File, PathBuf)> {
    let master =
        rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    rustix::pty::grantpt(&master)?;
    rustix::pty::unlockpt(&master)?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    let path = PathBuf::from(OsStr::from_bytes(name.to_bytes()));
    let slave = open_slave(&path)?;
    let mut settings = termios::tcgetattr(&slave)?;
    settings.make_raw();
    termios::tcsetattr(&slave, OptionalActions::Now, &settings)?;
    Ok((File::from(master), path))
}

/// Opens the slave of a pair as a plain descriptor that never becomes the controlling terminal.
///
/// # Errors
///
/// Whatever the system says when `path` is not there any more.
pub fn open_slave(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn every_byte_value_passes_unchanged_both_ways() {
        let (mut master, path) = open_pair().expect("a pty");
        let mut slave = File::from(open_slave(&path).expect("its slave"));
        rustix::fs::fcntl_setfl(&slave, OFlags::RDWR).expect("blocking reads");
        let all: Vec<u8> = (0..=255).collect();

        let mut seen = vec![0; all.len()];
        slave.write_all(&all).expect("write slave");
        master.read_exact(&mut seen).expect("read master");
        assert_eq!(seen, all);

        seen.fill(0);
        master.write_all(&all).expect("write master");
        slave.read_exact(&mut seen).expect("read slave");
        assert_eq!(seen, all);
    }
}
