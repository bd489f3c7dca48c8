//! One kiosk and its county for a story, and a villager's hands.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use county::CaseView;
use kiosk::ui_thread::UiMessage;
use relief::SlipNumber;
use sim::keys::Keys;
use sim::people::SIGNED_APPLICATION_JPEG;
use sim::world::{Options, Way, World};
use tempfile::TempDir;

/// Longest that a story waits for something to cross the line.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Cards of the simulator, by their place.
pub(crate) const HUSBAND: usize = 0;
pub(crate) const RARE_NAME: usize = 2;
pub(crate) const BAD_NUMBER: usize = 3;

pub(crate) struct Town {
    // Dropped before its folder.
    world: Option<World>,
    way: Way,
    keys: Keys,
    runtime: tokio::runtime::Runtime,
    dir: TempDir,
}

impl Town {
    /// A kiosk and its county, joined by `way`; the line is fast, so that stories are short.
    pub(crate) fn joined_by(way: Way) -> Self {
        Self::with_rules(way, &[])
    }

    /// The same with rule files of the county's own, by name.
    pub(crate) fn with_rules(way: Way, files: &[(&str, &str)]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("rules")).unwrap();
        for (name, text) in files {
            fs::write(dir.path().join("rules").join(name), text).unwrap();
        }
        let mut town = Self {
            world: None,
            way,
            keys: Keys::random().unwrap(),
            runtime,
            dir,
        };
        town.power_on();
        town
    }

    fn power_on(&mut self) {
        let options = Options {
            kiosk_dir: self.dir.path().join("kiosk"),
            county_dir: self.dir.path().join("county"),
            county_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            rules_dir: Some(self.dir.path().join("rules")),
            bits_per_second: 115_200,
            way: self.way,
            keys: self.keys.clone(),
        };
        self.world = Some(World::start(&options, self.runtime.handle()).unwrap());
    }

    /// Switches kiosk and county off and on again, with the same files.
    pub(crate) fn power_off_and_on(&mut self) {
        self.world = None;
        self.power_on();
    }

    pub(crate) fn world(&self) -> &World {
        self.world.as_ref().unwrap()
    }

    pub(crate) fn kiosk_dir(&self) -> &Path {
        self.dir.path()
    }

    /// Waits until the words are on the screen.
    #[track_caller]
    pub(crate) fn see(&self, words: &str) {
        let seen = self.world().see(words);
        assert!(
            seen,
            "{words:?} did not come on the screen, which shows {:?}",
            self.world().labels()
        );
    }

    /// Touches the control with this label as soon as it is there.
    #[track_caller]
    pub(crate) fn touch(&self, label: &str) {
        let touched = self.world().touch(label);
        assert!(
            touched,
            "{label:?} did not come on the screen, which shows {:?}",
            self.world().labels()
        );
    }

    #[track_caller]
    pub(crate) fn touch_all(&self, labels: &[&str]) {
        labels.iter().for_each(|label| self.touch(label));
    }

    #[track_caller]
    pub(crate) fn keys(&self, keys: &str) {
        keys.chars().for_each(|key| self.touch(&key.to_string()));
    }

    /// Types on a keyboard that is plugged in.
    pub(crate) fn type_text(&self, text: &str) {
        self.world().tell_screen(UiMessage::Key(text.to_owned()));
    }

    /// Waits until `done` gives something.
    #[track_caller]
    pub(crate) fn until<T>(&self, what: &str, mut done: impl FnMut(&World) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = done(self.world()) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} did not come");
            // Nothing tells when a byte has crossed a real line, so it is looked at.
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// From the first page to the question of the township, with this card on the reader.
    #[track_caller]
    pub(crate) fn begin_with_card(&self, card: usize) {
        self.touch_all(&["我要申请", "低保", "我知道了，继续"]);
        self.see("放身份证");
        assert!(self.world().lay_card(Some(card)));
    }

    /// From the question of the township to the one of the signed page: a person who lives alone.
    #[track_caller]
    pub(crate) fn answer_as_one_alone(&self) {
        self.touch_all(&["丹朱镇", "没有电话", "对，下一步", "只有我一人，下一步"]);
        self.touch_all(&["家里有人生病", "下一步", "没有"]);
        self.touch_all(&["我同意授权核对", "我承诺所填属实", "下一步"]);
    }

    /// Submits without a signed page and gives the slip's number.
    #[track_caller]
    pub(crate) fn submit_without_page(&self) -> SlipNumber {
        self.touch_all(&["没有签，以后再交", "提交"]);
        self.slip_number()
    }

    /// Lays the signed page under the camera and goes on to the review with it.
    #[track_caller]
    pub(crate) fn hand_in_page(&self) {
        self.world()
            .lay_photo(Some(SIGNED_APPLICATION_JPEG.to_vec()));
        self.touch_all(&["拍照", "就用这张，下一步"]);
    }

    /// Submits with the signed page and gives the slip's number.
    #[track_caller]
    pub(crate) fn submit_with_page(&self) -> SlipNumber {
        self.hand_in_page();
        self.touch("提交");
        self.slip_number()
    }

    /// The number on the slip screen, once it is there.
    #[track_caller]
    pub(crate) fn slip_number(&self) -> SlipNumber {
        self.see("已提交，尚未受理");
        let labels = self.world().labels();
        labels
            .iter()
            .find_map(|label| label.parse().ok())
            .unwrap_or_else(|| panic!("no number among {labels:?}"))
    }

    /// The case of this slip in the county, once its record is there.
    #[track_caller]
    pub(crate) fn case(&self, number: SlipNumber) -> CaseView {
        self.until("the case", |world| {
            world
                .with_county(|county| county.case_by_slip(number).unwrap())
                .flatten()
        })
    }

    /// Waits until the county has acknowledged everything.
    #[track_caller]
    pub(crate) fn outbox_is_empty(&self) {
        self.until("the acknowledgement", |world| {
            (world.waiting_objects() == 0).then_some(())
        });
    }

    pub(crate) fn cases(&self) -> usize {
        self.world()
            .with_county(|county| county.cases(None, 100).unwrap().len())
            .unwrap()
    }
}
