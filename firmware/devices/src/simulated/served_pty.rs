//! A thread that answers on a pseudo-terminal as a device does.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, poll};

use super::bell::Bell;
use super::pty_end::PtyEnd;

/// What a device does with bytes.
pub(super) trait Serve: Send + 'static {
    /// Takes what came, which is nothing when a switch was moved, and appends what the device answers.
    fn serve(&mut self, received: &[u8], answers: &mut Vec<u8>);
}

/// A served pseudo-terminal; the thread ends, and the port with it, when this is dropped.
#[derive(Debug)]
pub(super) struct ServedPty {
    path: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    bell: Bell,
    stop: AtomicBool,
}

impl ServedPty {
    pub(super) fn start(name: &str, mut device: impl Serve) -> io::Result<Self> {
        let end = PtyEnd::open()?;
        let path = end.path().to_path_buf();
        let shared = Arc::new(Shared {
            bell: Bell::new()?,
            stop: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // An error of a pseudo-terminal that we hold both ends of leaves nothing to serve:
                // the device is unplugged.
                let _ = run(&end, &for_thread, &mut device);
            })?;
        Ok(Self {
            path,
            shared,
            thread: Some(thread),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Has the device look at its switches.
    pub(super) fn wake(&self) {
        self.shared.bell.ring();
    }
}

impl Drop for ServedPty {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.bell.ring();
        if let Some(thread) = self.thread.take() {
            // A device that panicked has said so on stderr; whoever waits for it sees it unplugged.
            let _ = thread.join();
        }
    }
}

fn run(end: &PtyEnd, shared: &Shared, device: &mut impl Serve) -> io::Result<()> {
    let mut received = [0; 4096];
    let mut answers = Vec::new();
    while !shared.stop.load(Ordering::Acquire) {
        let wanted = if answers.is_empty() {
            PollFlags::IN
        } else {
            PollFlags::IN | PollFlags::OUT
        };
        let mut polled = [
            PollFd::new(end, wanted),
            PollFd::new(&shared.bell, PollFlags::IN),
        ];
        match poll(&mut polled, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        shared.bell.hush();
        let count = end.read(&mut received)?;
        device.serve(&received[..count], &mut answers);
        // Drivers talk in turns, so this holds one answer, or a few if somebody asks without listening.
        let written = end.write(&answers)?;
        answers.drain(..written);
        answers.truncate(ANSWERS_MAX);
    }
    Ok(())
}

/// What a device keeps for a driver that does not listen; more is lost.
const ANSWERS_MAX: usize = 64 * 1024;
