//! The way to the county: what the outbox holds goes out, what the county signs comes in, over whatever route there is.
//!
//! One worker owns the line. It is woken by each submission and otherwise looks at the outbox once a second, so that
//! no missed wake-up holds anything back. Routes differ only in how they carry objects: [`conversation`] talks over a line, [`line`] drives its port,
//! [`carry`] and [`http`] an IP route; the county joins what arrived over either.

pub mod carry;
pub mod conversation;
pub mod http;
pub mod line;
pub mod outbox;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::flow::{Input, LineReport};
use crate::ui_thread::UiMessage;

/// How often the outbox is looked at without being told: short against every retry wait, long against the look.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Tells the route workers to stop, or that something new lies in the outbox.
#[derive(Debug, Clone, Default)]
pub struct Bell {
    rung: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl Bell {
    /// Something new lies in the outbox.
    pub fn ring(&self) {
        self.rung.store(true, Ordering::Release);
    }

    /// Ends the worker after the step in hand.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub(crate) fn take_ring(&self) -> bool {
        self.rung.swap(false, Ordering::AcqRel)
    }
}

/// A running route worker; dropping it stops the worker.
pub struct Worker {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts `work` with the bell that it has to listen to.
    pub fn start(bell: Bell, work: impl FnOnce(Bell) + Send + 'static) -> Self {
        let listening = bell.clone();
        Self {
            bell,
            thread: Some(std::thread::spawn(move || work(listening))),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.bell.stop();
        if let Some(thread) = self.thread.take() {
            // A worker that panicked has said so; there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

/// Shows the screen how outbox and line stand, whenever that changes.
pub(crate) struct Reporter {
    screen: SyncSender<UiMessage>,
    last: Option<LineReport>,
}

impl Reporter {
    pub(crate) fn new(screen: SyncSender<UiMessage>) -> Self {
        Self { screen, last: None }
    }

    pub(crate) fn report(&mut self, report: LineReport) {
        // A full channel is tried again with the next look, since `last` stays as it was.
        if self.last != Some(report)
            && self
                .screen
                .try_send(UiMessage::Visit(Input::LineReport(report)))
                .is_ok()
        {
            self.last = Some(report);
        }
    }
}
