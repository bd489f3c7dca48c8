//! What bytes go through: a serial port or a TCP connection as one open file that never blocks, and the bell that wakes
//! who waits for it.

use std::{
    io::{self, ErrorKind},
    net::TcpStream,
    os::fd::OwnedFd,
    path::Path,
    sync::Arc,
    time::Duration,
};

use rustix::{
    event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll},
    fs::{FlockOperation, Mode, OFlags, flock},
    io::Errno,
    net::sockopt,
    termios::{self, ControlModes, OptionalActions, QueueSelector},
};

/// Bytes that the kernel holds of one TCP caller that it has sent and we have not read: what a caller may run ahead of
/// the ledger. The kernel doubles it for its own bookkeeping.
pub(super) const TCP_RECEIVE_BUFFER_LEN: usize = 64 << 10;

/// Silence on a TCP connection before the system asks whether the other end still exists. The protocol asks as well and
/// sooner; this ends connections whose talk is over.
const TCP_KEEP_ALIVE_AFTER: Duration = Duration::from_secs(60);

/// Bytes sent over TCP that stay unacknowledged so long mean that the caller is gone.
const TCP_UNACKNOWLEDGED_MS_MAX: u32 = 60_000;

/// An open line.
///
/// Others may hold the file as well, to shut a connection down.
#[derive(Debug)]
pub(super) struct Port {
    file: Arc<OwnedFd>,
}

/// Whether the port says that the other end has hung up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// Loss of carrier ends the file: the call is over.
    Watched,
    /// The carrier does not matter: a cable without that wire, or a modem that is being set.
    Ignored,
}

impl Port {
    /// Opens a serial port, unless another program of this kind has it locked: 8 data bits, no parity, 1 stop bit, every byte as it is. What came
    /// before is thrown away; closing it drops DTR, on which a modem hangs up.
    pub(super) fn open_tty(path: &Path, bits_per_second: u32) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::open(path, flags, Mode::empty())?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let mut settings = termios::tcgetattr(&file)?;
        settings.make_raw();
        settings.set_speed(bits_per_second)?;
        settings.control_modes -=
            ControlModes::CSTOPB | ControlModes::PARENB | ControlModes::CRTSCTS;
        settings.control_modes |= ControlModes::CREAD | ControlModes::HUPCL | ControlModes::CLOCAL;
        termios::tcsetattr(&file, OptionalActions::Now, &settings)?;
        termios::tcflush(&file, QueueSelector::IOFlush)?;
        Ok(Self {
            file: Arc::new(file),
        })
    }

    /// Says what loss of carrier means from now on, and for a modem that the port waits for CTS: a modem's port is
    /// faster than its calls.
    pub(super) fn set_carrier(&self, carrier: Carrier) -> io::Result<()> {
        let mut settings = termios::tcgetattr(&*self.file)?;
        settings
            .control_modes
            .set(ControlModes::CLOCAL, carrier == Carrier::Ignored);
        settings
            .control_modes
            .set(ControlModes::CRTSCTS, carrier == Carrier::Watched);
        Ok(termios::tcsetattr(
            &*self.file,
            OptionalActions::Now,
            &settings,
        )?)
    }

    /// A connection that somebody has made to us.
    pub(super) fn from_caller(caller: TcpStream) -> io::Result<Self> {
        caller.set_nonblocking(true)?;
        caller.set_nodelay(true)?;
        let file = OwnedFd::from(caller);
        sockopt::set_socket_recv_buffer_size(&file, TCP_RECEIVE_BUFFER_LEN)?;
        sockopt::set_socket_keepalive(&file, true)?;
        sockopt::set_tcp_keepidle(&file, TCP_KEEP_ALIVE_AFTER)?;
        sockopt::set_tcp_user_timeout(&file, TCP_UNACKNOWLEDGED_MS_MAX)?;
        Ok(Self {
            file: Arc::new(file),
        })
    }

    /// The open file, for who may have to wake who reads from it.
    pub(super) fn file(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.file)
    }

    /// Reads what is there; 0 when nothing is. The end of the file is [`ErrorKind::UnexpectedEof`].
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match rustix::io::read(&*self.file, buffer) {
            // A hung-up terminal and a closed connection read as a file that has ended; a pseudo-terminal without its
            // other side says EIO.
            Ok(0) | Err(Errno::IO) => Err(ErrorKind::UnexpectedEof.into()),
            other => none_now(other),
        }
    }

    /// Writes what there is room for; 0 when there is none.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        none_now(rustix::io::write(&*self.file, bytes))
    }

    /// Waits until bytes are there, until there is room if `for_room`, until `bell` rings, or until `wait` is over.
    pub(super) fn wait(
        &self,
        for_room: bool,
        wait: Option<Duration>,
        bell: &Bell,
    ) -> io::Result<()> {
        let wanted = if for_room {
            PollFlags::IN | PollFlags::OUT
        } else {
            PollFlags::IN
        };
        wait_for(
            &mut [
                PollFd::new(&*self.file, wanted),
                PollFd::new(&bell.file, PollFlags::IN),
            ],
            wait,
        )
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // A port that still has to send, to a modem that takes nothing more, would hold its closing up for half a minute.
        // A connection has no such queue and says so.
        let _ = termios::tcflush(&*self.file, QueueSelector::OFlush);
    }
}

fn none_now(moved: rustix::io::Result<usize>) -> io::Result<usize> {
    match moved {
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        other => Ok(other?),
    }
}

fn wait_for(files: &mut [PollFd<'_>], wait: Option<Duration>) -> io::Result<()> {
    // A wait beyond what the system can count has no end.
    let wait = wait.and_then(|wait| Timespec::try_from(wait).ok());
    match poll(files, wait.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Tells everybody who waits for it that the county's lines end. Once rung it stays so.
#[derive(Debug)]
pub(super) struct Bell {
    file: OwnedFd,
}

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        let file = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { file })
    }

    pub(super) fn ring(&self) {
        // Full after 2^64 - 2 rings, and rung then all the same.
        let _ = rustix::io::write(&self.file, &1_u64.to_ne_bytes());
    }

    pub(super) fn has_rung(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits for a ring, `wait` at most; whether there was one.
    pub(super) fn wait(&self, wait: Duration) -> bool {
        let mut file = [PollFd::new(&self.file, PollFlags::IN)];
        // A machine that cannot even wait has to stop.
        wait_for(&mut file, Some(wait)).is_err() || !file[0].revents().is_empty()
    }

    /// Waits for a ring, or until `file` can be read.
    pub(super) fn wait_or_readable(&self, file: &impl std::os::fd::AsFd) -> io::Result<()> {
        wait_for(
            &mut [
                PollFd::new(file, PollFlags::IN),
                PollFd::new(&self.file, PollFlags::IN),
            ],
            None,
        )
    }
}
