//! The open line of one run: its port, its clock, what stops it, and how it ended.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use devices::serial::{self, SerialPort};
use devices::talk::{Talker, talk};
use link::{Config, Session, Tick};

use crate::object;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How long a read may find silence, and a write no room: less than what waits in the port lasts.
const TIMEOUT: Duration = Duration::from_millis(5);

/// How a run ended, if nothing on this machine failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// There is nothing more to do.
    Done,
    /// The line has hung up.
    HungUp,
    /// There is nothing more to do, but not every file went.
    SomeLeft,
    /// A signal said so.
    Stopped,
}

impl Ended {
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::HungUp => 3,
            Self::SomeLeft => 4,
            Self::Stopped => 5,
        })
    }
}

/// A port with its clock.
#[derive(Debug)]
pub(crate) struct OpenLine {
    port: SerialPort,
    bits_per_second: u32,
    config: Config,
    began: Instant,
    stop: Stop,
}

impl OpenLine {
    /// Opens a port, at the rate that it is set to if none is given.
    pub(crate) fn open(
        tty: &Path,
        rate: Option<u32>,
        config: Config,
    ) -> Result<Self, Box<dyn Error>> {
        let bits_per_second = match rate {
            Some(rate) => rate,
            None => serial::bits_per_second_set(tty)?,
        };
        if bits_per_second == 0 {
            return Err("a rate of 0 carries nothing: give one with --rate".into());
        }
        Ok(Self {
            port: SerialPort::open_heard(tty, bits_per_second, TIMEOUT)?,
            bits_per_second,
            config,
            began: Instant::now(),
            stop: Stop::on_signals()?,
        })
    }

    pub(crate) fn bits_per_second(&self) -> u32 {
        self.bits_per_second
    }

    /// A session that begins to greet.
    pub(crate) fn session(&self) -> io::Result<Session> {
        let nonce = getrandom::u64()?;
        Ok(Session::new(
            self.config,
            object::identify,
            nonce,
            self.now(),
        ))
    }

    /// The time by which talkers count.
    pub(crate) fn now(&self) -> Tick {
        tick(self.began)
    }

    /// What says that the run should end.
    pub(crate) fn stopped(&self) -> Stopped {
        Stopped(Arc::clone(&self.stop.flag))
    }

    /// Talks until the talker is over or the line has hung up.
    pub(crate) fn talk(
        &mut self,
        talker: &mut impl Talker,
        bells: &[BorrowedFd<'_>],
    ) -> io::Result<Carrier> {
        let began = self.began;
        let bells: Vec<_> = bells
            .iter()
            .copied()
            .chain([self.stop.pipe.as_fd()])
            .collect();
        match talk(&mut self.port, talker, &bells, || tick(began)) {
            Ok(()) => Ok(Carrier::Up),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof
                ) =>
            {
                Ok(Carrier::Lost)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether the line was still there when the talk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    Up,
    Lost,
}

fn tick(began: Instant) -> Tick {
    Tick(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX))
}

/// Signals that end a run in order.
#[derive(Debug)]
struct Stop {
    flag: Arc<AtomicBool>,
    /// Readable when a signal came.
    pipe: UnixStream,
}

impl Stop {
    fn on_signals() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let (pipe, rung) = UnixStream::pair()?;
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
            signal_hook::low_level::pipe::register(signal, rung.try_clone()?)?;
        }
        Ok(Self { flag, pipe })
    }
}

/// Tells whether a signal came.
#[derive(Debug, Clone)]
pub(crate) struct Stopped(Arc<AtomicBool>);

impl Stopped {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
