//! A process whose two streams are heard without waiting on either, and that ends when we say so.

use std::io::{self, ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use crate::page_source::{LOOK_EVERY, PageFault};

/// How long the program may take to put the scanner's head back once it is told to leave off.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// All that a pipe of Linux holds, so that one read takes what was said before a page's name was printed.
const PIPE_BYTES: usize = 64 * 1024;

/// What one wait brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// Bytes on the error stream: at least all that came before the lines.
    pub(super) said: Vec<u8>,
    /// So many lines on the output stream; what they say is what we asked for.
    pub(super) lines: usize,
    /// Whether it is over, with the exit code, or none after a signal.
    pub(super) ended: Option<Option<i32>>,
}

/// A running process. Dropping it tells it to leave off, and kills it if it has not obeyed after [`STOP_WAIT`].
pub(super) struct Running {
    child: Child,
    ended: bool,
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Result<Self, PageFault> {
        let started = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A driver may start processes of its own: all of them are in one group, which is killed as one.
            .process_group(0)
            .spawn();
        let mut child = started.map_err(|error| match error.kind() {
            ErrorKind::NotFound => PageFault::Lacks("program scanimage (package sane-utils)"),
            _ => PageFault::of_device(&error),
        })?;
        let out = child.stdout.take();
        let err = child.stderr.take();
        let running = Self {
            child,
            ended: false,
            out,
            err,
        };
        for stream in [
            running.out.as_ref().map(std::os::fd::AsFd::as_fd),
            running.err.as_ref().map(std::os::fd::AsFd::as_fd),
        ]
        .into_iter()
        .flatten()
        {
            rustix::io::ioctl_fionbio(stream, true)
                .map_err(|errno| PageFault::of_device(&errno.into()))?;
        }
        Ok(running)
    }

    /// Waits for a moment for whatever the process does next.
    pub(super) fn hear(&mut self) -> Result<Heard, PageFault> {
        let mut polled = Vec::with_capacity(2);
        polled.extend(self.out.as_ref().map(|out| PollFd::new(out, PollFlags::IN)));
        polled.extend(self.err.as_ref().map(|err| PollFd::new(err, PollFlags::IN)));
        // With both streams closed this waits for the time alone.
        let wait = Timespec::try_from(if polled.is_empty() {
            LOOK_EVERY / 10
        } else {
            LOOK_EVERY
        });
        match rustix::event::poll(&mut polled, wait.ok().as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(PageFault::of_device(&errno.into())),
        }
        // What it said before it ended is heard before its end; a child of its own may hold the streams open for ever.
        let over = self.has_exited();
        let printed = read(&mut self.out)?;
        let said = read(&mut self.err)?;
        let ended = if over && printed.is_empty() && said.is_empty() {
            let status = self.end().map_err(|error| PageFault::of_device(&error))?;
            Some(status.code())
        } else {
            None
        };
        Ok(Heard {
            said,
            lines: printed.iter().filter(|&&byte| byte == b'\n').count(),
            ended,
        })
    }

    /// Whether the process is over. It keeps its number until [`Running::end`].
    fn has_exited(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.id().is_none_or(|id| {
            // An error is a process that is not ours any more.
            !matches!(rustix::process::waitid(WaitId::Pid(id), options), Ok(None))
        })
    }

    /// Kills the process, unless it is over, and whatever it started and left behind.
    fn end(&mut self) -> io::Result<ExitStatus> {
        self.ended = true;
        self.signal(Signal::KILL);
        self.child.wait()
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id() {
            // It may be gone already.
            let _ = rustix::process::kill_process_group(id, signal);
        }
    }

    fn id(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The number of a process that was waited for may be another's by now.
        if self.ended {
            return;
        }
        self.signal(Signal::INT);
        let began = Instant::now();
        while began.elapsed() < STOP_WAIT && !self.has_exited() {
            // It may be held up by what nobody reads.
            let _ = read(&mut self.out);
            let _ = read(&mut self.err);
            std::thread::sleep(LOOK_EVERY / 10);
        }
        let _ = self.end();
    }
}

/// What a stream has at once; a stream that ended is dropped.
fn read<S: Read>(stream: &mut Option<S>) -> Result<Vec<u8>, PageFault> {
    let mut bytes = vec![0; PIPE_BYTES];
    let Some(open) = stream else {
        return Ok(Vec::new());
    };
    match open.read(&mut bytes) {
        Ok(count) => {
            if count == 0 {
                *stream = None;
            }
            bytes.truncate(count);
            Ok(bytes)
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(Vec::new())
        }
        Err(error) => Err(PageFault::of_device(&error)),
    }
}
