//! A serial port, or anything that looks like one, opened by its path: 8 data bits, no parity, 1
//! stop bit.
//!
//! The `serialport` crate sets the line up and holds the lock; bytes go over a second, non-blocking
//! descriptor, because that crate's own `write` stays in the kernel until the whole buffer has been
//! taken, which on a slow line is seconds.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use serialport::{DataBits, FlowControl, Parity, StopBits, TTYPort};

use crate::line::{Line, OpenFault, Opener, Step};
use crate::port::Drain;
pub use crate::port::is_silence;
use crate::pty::open_slave;

/// How long a read waits for a first byte unless there is reason to differ.
///
/// Drivers count their patience in silent reads of this length. It is longer than any gap inside an
/// answer (a USB adapter hands bytes over every 16 ms) and short enough for a worker to notice that
/// it should stop.
pub const READ_TIMEOUT: Duration = Duration::from_millis(50);

/// An open serial port.
///
/// `read` and `write` move what can be moved at once and otherwise wait up to the time-out given to
/// [`SerialPort::open`]; then they fail with [`ErrorKind::TimedOut`], which is not the port's end.
/// [`ErrorKind::BrokenPipe`] is: the device was unplugged.
#[derive(Debug)]
pub struct SerialPort {
    bytes: File,
    line: TTYPort,
    bits_per_second: u32,
    timeout: Duration,
    drain: Drain,
}

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing is at the path: the device is unplugged or the path is wrong.
    #[error("no serial port at {path}: is the device plugged in and switched on?")]
    Absent {
        /// The path that was tried.
        path: PathBuf,
    },
    /// The user that runs the kiosk is not in the port's group.
    #[error("no permission to open {path}: the user needs the group of serial ports")]
    Denied {
        /// The path that was tried.
        path: PathBuf,
    },
    /// Another process holds the port.
    #[error("{path} is in use by another program")]
    Busy {
        /// The path that was tried.
        path: PathBuf,
    },
    /// Something is at the path that has no line settings.
    #[error("{path} is not a serial port")]
    NotSerial {
        /// The path that was tried.
        path: PathBuf,
    },
    /// Anything else that the system reported.
    #[error("cannot open {path}")]
    System {
        /// The path that was tried.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

impl SerialPort {
    /// Opens `path` at `bits_per_second`, 8N1, no flow control, for this process alone.
    ///
    /// Bytes that arrived before are thrown away. `timeout` bounds each read and each write.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open(path: &Path, bits_per_second: u32, timeout: Duration) -> Result<Self, OpenError> {
        let port = Self::open_heard(path, bits_per_second, timeout)?;
        rustix::termios::tcflush(&port.bytes, rustix::termios::QueueSelector::IFlush)
            .map_err(|errno| open_error(path, errno.into()))?;
        Ok(port)
    }

    /// As [`SerialPort::open`], but bytes that arrived before are read first: a greeting that the other end
    /// sent a moment too early need not be sent again.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open_heard(
        path: &Path,
        bits_per_second: u32,
        timeout: Duration,
    ) -> Result<Self, OpenError> {
        // The line is locked below, after which only root could open a second descriptor.
        let bytes = File::from(open_slave(path).map_err(|source| open_error(path, source))?);
        if !rustix::termios::isatty(&bytes) {
            return Err(OpenError::NotSerial { path: path.into() });
        }
        let line = serialport::new(path.to_string_lossy(), bits_per_second)
            .data_bits(DataBits::Eight)
            .parity(Parity::None)
            .stop_bits(StopBits::One)
            .flow_control(FlowControl::None)
            .open_native()
            .map_err(|error| line_error(path, error))?;
        Ok(Self {
            bytes,
            line,
            bits_per_second,
            timeout,
            drain: Drain::at(bits_per_second),
        })
    }

    /// How many written bytes have not left yet.
    ///
    /// The larger of what the port's driver reports and what cannot have left at the port's own
    /// rate. The second is there because adapters hold bytes that their driver does not count, and
    /// pseudo-terminals report none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BrokenPipe`] when the device is gone.
    pub fn waiting_to_send(&self) -> io::Result<usize> {
        use serialport::SerialPort as _;
        let reported = self
            .line
            .bytes_to_write()
            .map_err(|_| ErrorKind::BrokenPipe)? as usize;
        Ok(reported.max(self.drain.waiting()))
    }

    /// From now on the port sends only while CTS allows it, and shows by RTS when it can take no more.
    ///
    /// # Errors
    ///
    /// The system's, when the port has no such wires.
    pub fn set_hardware_flow_control(&mut self) -> io::Result<()> {
        use serialport::SerialPort as _;
        Ok(self.line.set_flow_control(FlowControl::Hardware)?)
    }

    /// Whether DCD shows a carrier.
    ///
    /// # Errors
    ///
    /// The system's, when the port has no such wire.
    pub fn carrier_detect(&mut self) -> io::Result<bool> {
        use serialport::SerialPort as _;
        Ok(self.line.read_carrier_detect()?)
    }

    /// Raises DTR or takes it away; it is raised when the port is opened and falls when it is closed.
    ///
    /// # Errors
    ///
    /// The system's, when the port has no such wire.
    pub fn set_terminal_ready(&mut self, on: bool) -> io::Result<()> {
        use serialport::SerialPort as _;
        Ok(self.line.write_data_terminal_ready(on)?)
    }

    /// Throws away written bytes that have not left yet.
    pub fn discard_unsent(&mut self) {
        // Fails only when the device is gone, and the bytes with it.
        let _ = rustix::termios::tcflush(&self.bytes, rustix::termios::QueueSelector::OFlush);
        self.drain.discard();
    }

    /// Moves bytes as soon as `events` allow it, at most the port's time-out later.
    fn transfer(
        &mut self,
        events: PollFlags,
        mut bytes_moved: impl FnMut(&mut File) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let began = Instant::now();
        loop {
            self.wait(events, self.timeout.saturating_sub(began.elapsed()))?;
            match bytes_moved(&mut self.bytes) {
                // The port may fill up, or be emptied, between the two calls.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if Errno::from_io_error(&error) == Some(Errno::IO) => {
                    return Err(ErrorKind::BrokenPipe.into());
                }
                other => return other,
            }
        }
    }

    fn wait(&self, events: PollFlags, timeout: Duration) -> io::Result<()> {
        let mut polled = [PollFd::new(&self.bytes, events)];
        // A time-out beyond what the system can count is none.
        let timeout = Timespec::try_from(timeout).ok();
        if rustix::event::poll(&mut polled, timeout.as_ref())? == 0 {
            return Err(ErrorKind::TimedOut.into());
        }
        if polled[0].revents().intersects(events) {
            Ok(())
        } else {
            Err(ErrorKind::BrokenPipe.into())
        }
    }
}

impl Read for SerialPort {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.transfer(PollFlags::IN, |bytes| bytes.read(buffer))? {
            // A hung-up terminal reads as a file that has ended.
            0 if !buffer.is_empty() => Err(ErrorKind::BrokenPipe.into()),
            count => Ok(count),
        }
    }
}

/// The rate that a port is set to, in bits per second; 0 where it is none.
///
/// # Errors
///
/// See [`OpenError`].
pub fn bits_per_second_set(path: &Path) -> Result<u32, OpenError> {
    let port = open_slave(path).map_err(|source| open_error(path, source))?;
    let settings =
        rustix::termios::tcgetattr(&port).map_err(|errno| open_error(path, errno.into()))?;
    Ok(settings.output_speed())
}

impl Write for SerialPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.transfer(PollFlags::OUT, |port| port.write(bytes))?;
        self.drain.wrote(count);
        Ok(count)
    }

    /// Does nothing: the port keeps no bytes of its own, and waiting for the wire is the caller's
    /// business.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for SerialPort {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bytes.as_fd()
    }
}

impl Line for SerialPort {
    fn bits_per_second(&self) -> Option<u32> {
        Some(self.bits_per_second)
    }

    fn waiting_to_send(&self) -> io::Result<usize> {
        Self::waiting_to_send(self)
    }
}

/// Opens a port whose cable leads to the other end by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CableOpener {
    /// The port, such as `/dev/ttyS0`.
    pub path: PathBuf,
    /// Its rate.
    pub bits_per_second: u32,
}

impl Opener for CableOpener {
    fn open(
        &mut self,
        progress: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Line>, OpenFault> {
        if stop() {
            return Err(OpenFault::Stopped);
        }
        progress(Step::OpeningPort);
        let port = SerialPort::open_heard(&self.path, self.bits_per_second, READ_TIMEOUT)?;
        Ok(Box::new(port))
    }
}

impl From<OpenError> for OpenFault {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Absent { .. } => Self::Absent,
            OpenError::System { source, .. } => Self::System(source),
            error => Self::System(io::Error::other(error)),
        }
    }
}

fn open_error(path: &Path, source: io::Error) -> OpenError {
    let path = path.to_path_buf();
    match Errno::from_io_error(&source) {
        // A port whose driver is loaded but whose device is gone answers ENXIO or ENODEV; a pty
        // without a master, EIO.
        Some(Errno::NOENT | Errno::NXIO | Errno::NODEV | Errno::NOTDIR | Errno::IO) => {
            OpenError::Absent { path }
        }
        Some(Errno::ACCESS | Errno::PERM) => OpenError::Denied { path },
        Some(Errno::BUSY) => OpenError::Busy { path },
        Some(Errno::NOTTY | Errno::ISDIR) => OpenError::NotSerial { path },
        _ => OpenError::System { path, source },
    }
}

fn line_error(path: &Path, error: serialport::Error) -> OpenError {
    match error.kind() {
        // Opening the same path has just succeeded, so what is missing is the lock.
        serialport::ErrorKind::NoDevice => OpenError::Busy { path: path.into() },
        _ => OpenError::System {
            path: path.into(),
            source: error.into(),
        },
    }
}
