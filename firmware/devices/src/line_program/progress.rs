//! What the person who started the program reads meanwhile, on stderr.

use std::error::Error;
use std::io;
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

use link::{Disconnect, Tick};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Tells progress once a second, when there is any.
///
/// A thread of its own writes it: a terminal that was stopped, or a log on a slow disk, must not hold the line up.
#[derive(Debug)]
pub(crate) struct Progress {
    due: Tick,
    last: String,
    told: SyncSender<String>,
}

impl Progress {
    pub(crate) fn new(now: Tick) -> io::Result<Self> {
        let (told, to_write) = mpsc::sync_channel::<String>(1);
        std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || to_write.iter().for_each(|line| eprintln!("{line}")))?;
        Ok(Self {
            due: now + TELL_EVERY,
            last: String::new(),
            told,
        })
    }

    /// When progress is told next.
    pub(crate) fn due(&self) -> Tick {
        self.due
    }

    /// Tells how things stand, if it is time and they have changed.
    pub(crate) fn tell(&mut self, now: Tick, line: impl FnOnce() -> String) {
        if now < self.due {
            return;
        }
        self.due = now + TELL_EVERY;
        let line = line();
        // While an earlier one is being written, this one is as good as the next.
        if line != self.last && self.told.try_send(line.clone()).is_ok() {
            self.last = line;
        }
    }
}

/// Bytes a second, and the share of a line with ten bits a byte.
pub(crate) fn rate(bytes: u64, took: Duration, bits_per_second: u32) -> String {
    let seconds = took.as_secs_f64().max(1e-3);
    let bytes_per_second = bytes as f64 / seconds;
    let share = bytes_per_second * 1000.0 / f64::from(bits_per_second);
    format!("{bytes_per_second:.0} bytes/s, {share:.1} % of the line")
}

/// Says that a connection ended.
pub(crate) fn disconnected(reason: Disconnect) -> &'static str {
    match reason {
        Disconnect::PeerSilent => "the other end is silent; waiting for it",
        Disconnect::PeerRestarted => "the other end has started again",
        Disconnect::Unanswered => "the other end is heard but does not hear; starting over",
        Disconnect::LineDown => "the line is down",
    }
}

/// Says that the other end speaks another language.
pub(crate) fn incompatible(peer_version: u8) -> Box<dyn Error> {
    format!(
        "the other end speaks version {peer_version}, this program {} to {}",
        link::OLDEST_VERSION,
        link::VERSION
    )
    .into()
}
