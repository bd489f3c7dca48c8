//! The way to the county: what the outbox holds goes out, what the county signs comes in, over whatever route there is.
//!
//! One worker holds one route at a time. It is woken by each submission and otherwise looks at the outbox once a second,
//! so that no missed wake-up holds anything back.
//!
//! | part | what it knows |
//! |---|---|
//! | [`settings`] | the routes of a kiosk, as its settings have them |
//! | [`chooser`] | which of them is held, and what may go over it; pure |
//! | [`budget`] | bytes until they are booked, and to which month; pure |
//! | [`keeper`] | the worker: opens, holds, tells staff |
//! | `opener` | from settings to something that opens a line |
//! | `modem` | when a modem may be called |
//! | [`conversation`], `line` | the outbox over an open line |
//! | [`carry`], `http` | the outbox over requests; the county joins what arrived over either |
//! | [`outbox`] | what there is to bring, and the county's signed word |
//! | `gauge`, [`report`] | how fast it goes, and what staff are told |
//! | [`listing`] | the same as text, from the file alone |

pub mod budget;
pub mod carry;
pub mod chooser;
pub mod conversation;
mod gauge;
mod http;
pub mod keeper;
mod line;
pub mod listing;
mod modem;
mod opener;
pub mod outbox;
pub mod report;
pub mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::flow::{Input, LineReport, RoutesReport};
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
    last_routes: Option<RoutesReport>,
}

impl Reporter {
    pub(crate) fn new(screen: SyncSender<UiMessage>) -> Self {
        Self {
            screen,
            last: None,
            last_routes: None,
        }
    }

    /// What the screen was last told of the routes.
    pub(crate) fn routes_shown(&self) -> RoutesReport {
        self.last_routes.clone().unwrap_or_default()
    }

    pub(crate) fn report_routes(&mut self, report: RoutesReport) {
        if self.last_routes.as_ref() == Some(&report) {
            return;
        }
        let input = Input::RoutesReport(Arc::new(report.clone()));
        if self.screen.try_send(UiMessage::Visit(input)).is_ok() {
            self.last_routes = Some(report);
        }
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
