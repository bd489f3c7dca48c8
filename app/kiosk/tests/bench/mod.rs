//! A kiosk on a display in memory, its clock moved by hand, its buttons pressed by their labels.

#![allow(dead_code, reason = "each test file uses its part of the bench")]

use std::{
    path::PathBuf,
    sync::{Arc, mpsc::sync_channel},
    time::Duration,
};

use kiosk::{
    display::{KIOSK_SIZE, Snapshot},
    drive::{self, Control},
    flow::{Effect, FlowContent, IdCardData, Input},
    ui_thread::{Kiosk, UiMessage},
};

pub(crate) struct Bench {
    pub(crate) kiosk: Kiosk,
    pub(crate) now: Duration,
    pub(crate) effects: Vec<Effect>,
    pub(crate) frames: usize,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let now = Duration::from_secs(5);
        let kiosk = Kiosk::open(KIOSK_SIZE, Arc::new(FlowContent::builtin()), now).unwrap();
        let mut bench = Self {
            kiosk,
            now,
            effects: Vec::new(),
            frames: 0,
        };
        bench.send(UiMessage::Visit(Input::Tick));
        bench
    }

    pub(crate) fn send(&mut self, message: UiMessage) {
        let mut frames = 0;
        let effects = self.kiosk.handle(message, self.now, |_| frames += 1);
        self.effects.extend(effects);
        self.frames += frames;
    }

    pub(crate) fn tell(&mut self, input: Input) {
        self.send(UiMessage::Visit(input));
    }

    #[track_caller]
    pub(crate) fn press(&mut self, label: &str) {
        self.wait(300);
        let (reply, answer) = sync_channel(1);
        self.send(UiMessage::Press(label.to_owned(), reply));
        if let Err(error) = answer.recv().unwrap() {
            panic!("{error}");
        }
    }

    #[track_caller]
    pub(crate) fn press_all(&mut self, labels: &[&str]) {
        for label in labels {
            self.press(label);
        }
    }

    /// Presses one key for each character.
    #[track_caller]
    pub(crate) fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.press(&key.to_string());
        }
    }

    pub(crate) fn key_text(&mut self, text: &str) {
        self.send(UiMessage::Key(text.to_owned()));
    }

    pub(crate) fn wait(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.tell(Input::Tick);
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        drive::labels(self.kiosk.screen())
    }

    pub(crate) fn controls(&self) -> Vec<Control> {
        drive::controls(self.kiosk.screen())
    }

    #[track_caller]
    pub(crate) fn sees(&self, words: &str) {
        let labels = self.labels();
        assert!(
            labels.iter().any(|label| label.contains(words)),
            "no {words:?} among {labels:?}"
        );
    }

    pub(crate) fn snapshot(&mut self) -> Snapshot {
        let (reply, answer) = sync_channel(1);
        self.send(UiMessage::Snapshot(reply));
        answer.recv().unwrap()
    }

    /// Writes the screen to the tests' folder of pictures, for people to look at.
    pub(crate) fn picture(&mut self, name: &str) -> Snapshot {
        let snapshot = self.snapshot();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screens");
        std::fs::create_dir_all(&folder).unwrap();
        image::save_buffer(
            folder.join(format!("{name}.png")),
            &snapshot.rgb,
            snapshot.size.width,
            snapshot.size.height,
            image::ColorType::Rgb8,
        )
        .unwrap();
        snapshot
    }
}

/// An invented woman of the nineteenth century, whose number nobody living holds.
pub(crate) fn card() -> IdCardData {
    IdCardData {
        name: "王秀英".to_owned(),
        sex_code: 2,
        nation_code: 1,
        birth: "18800229".to_owned(),
        address: "山西省长子县丹朱镇东大街村一组12号".to_owned(),
        id_number: "140428188002290029".to_owned(),
    }
}
