//! What a hand and an eye do at the screen.

use std::sync::mpsc;
use std::time::Duration;

use kiosk::display::Snapshot;
use kiosk::drive::{Control, PressError, Wanted};
use kiosk::ui_thread::UiMessage;

use super::World;
use crate::screen_feed::ScreenFeed;

/// How long a look for something on the screen waits for it to come: reading a page takes seconds on a busy machine.
const SCREEN_WAIT: Duration = Duration::from_secs(60);

impl World {
    /// The kiosk's picture.
    pub fn screen(&self) -> &ScreenFeed {
        &self.feed
    }

    /// A hand on the screen or the keyboard.
    pub fn tell_screen(&self, message: UiMessage) {
        self.kiosk.tell_screen(message);
    }

    /// The picture as it is now; `None` when the screen has ended.
    pub fn snapshot(&self) -> Option<Snapshot> {
        let (reply, picture) = mpsc::sync_channel(1);
        self.kiosk.screen().send(UiMessage::Snapshot(reply)).ok()?;
        picture.recv().ok()
    }

    /// Where what is wanted is, once it is on the screen; `None` if it does not come.
    pub fn find(&self, wanted: Wanted) -> Option<Control> {
        let (reply, found) = mpsc::sync_channel(1);
        self.kiosk
            .screen()
            .send(UiMessage::Await(wanted, reply))
            .ok()?;
        found.recv_timeout(SCREEN_WAIT).ok()
    }

    /// Waits until the words are on the screen; `false` if they do not come.
    pub fn see(&self, words: &str) -> bool {
        self.find(Wanted::Text(words.to_owned())).is_some()
    }

    /// Touches the control with this label as soon as it is there and may be touched.
    pub fn touch(&self, label: &str) -> bool {
        self.find(Wanted::Control(label.to_owned())).is_some()
            && matches!(self.press(label), Some(Ok(())))
    }

    /// Touches the control with this label, as it is now.
    fn press(&self, label: &str) -> Option<Result<(), PressError>> {
        let (reply, pressed) = mpsc::sync_channel(1);
        self.kiosk
            .screen()
            .send(UiMessage::Press(label.to_owned(), reply))
            .ok()?;
        pressed.recv().ok()
    }

    /// Every label and text on the screen.
    pub fn labels(&self) -> Vec<String> {
        let (reply, labels) = mpsc::sync_channel(1);
        let asked = self.kiosk.screen().send(UiMessage::Labels(reply));
        asked
            .ok()
            .and_then(|()| labels.recv().ok())
            .unwrap_or_default()
    }
}
