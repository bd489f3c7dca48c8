//! Carries a chat out at a port.

use std::io;
use std::time::Instant;

use super::chat::{Action, Chat, End};
use super::power::PowerSwitch;
use super::script::NOTE_DOWN;
use crate::line::{Line, Step};
use crate::port::{Heard, Unsaid, is_silence, listen, say};
use crate::serial::SerialPort;

/// How many writes in a row may time out before a command counts as unsaid: a second at
/// [`READ_TIMEOUT`](crate::serial::READ_TIMEOUT).
const SILENT_WRITES_MAX: u32 = 20;

/// What a modem's port has beyond a line's bytes.
pub trait Port: Line {
    /// Whether a carrier is there; `None` where the port cannot know.
    fn carrier(&mut self) -> Option<bool>;

    /// Raises DTR or takes it away.
    ///
    /// # Errors
    ///
    /// The system's, where the port has no such wire.
    fn set_terminal_ready(&mut self, on: bool) -> io::Result<()>;

    /// Throws away what has not left yet.
    fn discard_unsent(&mut self);
}

impl Port for SerialPort {
    fn carrier(&mut self) -> Option<bool> {
        self.carrier_detect().ok()
    }

    fn set_terminal_ready(&mut self, on: bool) -> io::Result<()> {
        Self::set_terminal_ready(self, on)
    }

    fn discard_unsent(&mut self) {
        Self::discard_unsent(self);
    }
}

/// How a chat went at a port.
#[derive(Debug)]
pub(super) enum Driven {
    /// To its end; what came behind the line that said the call is open, and whether that line's LF is still to come.
    Ended(End, Vec<u8>, bool),
    /// Not to its end, because of the asker.
    Stopped,
    /// Not to its end, because of the port.
    Failed(io::Error),
}

/// Carries `chat` out. `carrier_follows` says that the port's carrier is the call's.
pub(super) fn drive<P: Port>(
    port: &mut P,
    mut chat: Chat,
    mut power: Option<&mut (dyn PowerSwitch + '_)>,
    carrier_follows: bool,
    progress: &mut dyn FnMut(Step),
    stop: &dyn Fn() -> bool,
) -> Driven {
    let began = Instant::now();
    let mut heard = [0; 256];
    let mut terminal_away = false;
    loop {
        while let Some(action) = chat.poll_action() {
            match action {
                Action::Send(bytes) => match say(port, &bytes, SILENT_WRITES_MAX) {
                    // A modem that takes no bytes does not answer either, which the chat finds out.
                    Err(Unsaid { source, .. }) if !is_silence(&source) => {
                        return Driven::Failed(source);
                    }
                    Ok(()) | Err(_) => {}
                },
                Action::Dtr(on) => {
                    let obeyed = port.set_terminal_ready(on).is_ok();
                    terminal_away = obeyed && !on;
                }
                Action::PowerCycle => {
                    if let Some(power) = &mut power {
                        // A switch that fails leaves the modem as it was, which the chat finds out.
                        let _ = power.cycle();
                    }
                }
            }
        }
        while let Some(step) = chat.poll_progress() {
            progress(step);
        }
        if let Some(end) = chat.end() {
            return Driven::Ended(
                end,
                Vec::new(),
                matches!(end, End::Connected { in_words: true, .. }),
            );
        }
        if stop() {
            return Driven::Stopped;
        }
        match listen(port, &mut heard) {
            Ok(Heard::Bytes(count)) => {
                let taken = chat.handle_bytes(began.elapsed(), &heard[..count]);
                if let Some(end @ End::Connected { in_words, .. }) = chat.end() {
                    while let Some(step) = chat.poll_progress() {
                        progress(step);
                    }
                    return Driven::Ended(end, heard[taken..count].to_vec(), in_words);
                }
            }
            Ok(Heard::Silence) => {}
            Err(error) => return Driven::Failed(error),
        }
        if terminal_away && carrier_follows && port.carrier() == Some(false) {
            chat.note(NOTE_DOWN);
        }
        chat.handle_timeout(began.elapsed());
    }
}
