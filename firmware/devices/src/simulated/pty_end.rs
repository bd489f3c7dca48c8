//! The device's side of a pseudo-terminal whose other side a driver opens by path.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::termios::{Action, tcflow};

use crate::pty;

/// The master, never blocking, with the slave kept open so that drivers may come and go.
#[derive(Debug)]
pub(super) struct PtyEnd {
    master: File,
    slave: OwnedFd,
    path: PathBuf,
}

impl PtyEnd {
    pub(super) fn open() -> io::Result<Self> {
        let (master, path) = pty::open_pair()?;
        rustix::fs::fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK)?;
        let slave = pty::open_slave(&path)?;
        Ok(Self {
            master,
            slave,
            path,
        })
    }

    /// Where a driver opens the other side.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what the driver has written, without waiting; 0 when there is nothing.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        none_when_not_now((&self.master).read(buffer))
    }

    /// Writes to the driver as much as its side holds, without waiting.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        none_when_not_now((&self.master).write(bytes))
    }

    /// Lets the driver write on, or makes its writes wait, as a transmit buffer that is full does.
    pub(super) fn let_write(&self, on: bool) -> io::Result<()> {
        Ok(tcflow(
            &self.slave,
            if on { Action::OOn } else { Action::OOff },
        )?)
    }
}

impl AsFd for PtyEnd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}

fn none_when_not_now(outcome: io::Result<usize>) -> io::Result<usize> {
    match outcome {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(0)
        }
        other => other,
    }
}
