//! The screen thread: one visit on one display, asleep until something happens.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::{Duration, Instant},
};

use crate::{
    display::{Display, DisplayError, FrameUpdate, Pointer, Size, Snapshot},
    flow::{Effect, FlowContent, Input, Touch, Typed, Visit},
};

/// What wakes the screen thread.
#[derive(Debug)]
pub enum UiMessage {
    /// A finger on the panel.
    Pointer(Pointer),
    /// Something happened to the visit.
    Visit(Input),
    /// Text from a real keyboard; `\u{8}` erases, `\r` is the main button.
    Key(String),
    /// Send back the whole picture as it is now.
    Snapshot(SyncSender<Snapshot>),
    /// End the thread.
    Stop,
}

/// Runs the screen until [`UiMessage::Stop`] or until every sender is gone.
///
/// `started` is the zero of the visit's milliseconds; the appliance counts its ticks from the same
/// instant. `on_effect` and `on_frame` are called on this thread and must not wait.
///
/// # Errors
///
/// [`DisplayError`] when the thread already has a display or the screen cannot be built.
pub fn run(
    size: Size,
    content: Arc<FlowContent>,
    started: Instant,
    inputs: &Receiver<UiMessage>,
    mut on_effect: impl FnMut(Effect),
    mut on_frame: impl FnMut(FrameUpdate<'_>),
) -> Result<(), DisplayError> {
    let mut display = Display::install(size)?;
    let mut visit = Visit::new(content, millis(started.elapsed()));
    loop {
        let now = started.elapsed();
        display.set_time(now);
        display.paint(&mut on_frame);
        let wake = visit
            .deadline_ms()
            .map(|deadline_ms| Duration::from_millis(deadline_ms.saturating_sub(millis(now))));
        let sleep = [wake, display.idle_for()].into_iter().flatten().min();
        let message = match sleep {
            Some(sleep) => match inputs.recv_timeout(sleep) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => UiMessage::Visit(Input::Tick),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            },
            None => match inputs.recv() {
                Ok(message) => message,
                Err(_) => return Ok(()),
            },
        };
        let now = started.elapsed();
        display.set_time(now);
        let input = match message {
            UiMessage::Pointer(pointer) => {
                display.pointer(pointer);
                continue;
            }
            UiMessage::Visit(input) => input,
            UiMessage::Key(text) => Input::Touch(match text.as_str() {
                "\u{8}" => Touch::Erase,
                "\r" | "\n" => Touch::Next,
                _ => Touch::Type(Typed(text)),
            }),
            UiMessage::Snapshot(reply) => {
                display.paint(&mut on_frame);
                // Whoever asked may have gone; nobody else wants the picture.
                let _ = reply.send(display.snapshot());
                continue;
            }
            UiMessage::Stop => return Ok(()),
        };
        for effect in visit.handle(input, millis(now)) {
            on_effect(effect);
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
