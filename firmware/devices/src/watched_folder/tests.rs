use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::SystemTime;

use tempfile::TempDir;

use super::*;
use crate::page_source::{Place, Remedy};

struct Bench {
    folder: TempDir,
    watched: WatchedFolder,
    now: Instant,
    wanted: Wanted,
    told: Vec<Told>,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let watched = WatchedFolder::open(folder.path()).expect("opened");
        Self {
            folder,
            watched,
            now: Instant::now(),
            wanted: Wanted::stack(50),
            told: Vec::new(),
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.path().join(name), bytes).expect("written");
    }

    fn write_on(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        let mut file = OpenOptions::new().append(true).open(path).expect("a file");
        file.write_all(bytes).expect("written");
    }

    fn look_after(&mut self, waited: Duration) -> Look {
        self.now += waited;
        let told = &mut self.told;
        self.watched
            .look(self.now, &self.wanted, &mut |said| told.push(said))
            .expect("a look")
    }

    fn pages(&self) -> Vec<&[u8]> {
        let pages = self.told.iter().filter_map(|said| match said {
            Told::Page(page) => Some(page.bytes()),
            Told::Doing(_) => None,
        });
        pages.collect()
    }

    fn names(&self, within: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path().join(within))
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .collect();
        names.sort();
        names
    }
}

fn jpeg(mark: u8) -> Vec<u8> {
    vec![0xFF, 0xD8, 0xFF, 0xE0, mark, mark, mark, mark, 0xFF, 0xD9]
}

const SOON: Duration = Duration::from_millis(200);

#[test]
fn a_file_is_taken_once_it_has_settled_and_not_while_it_grows() {
    let mut bench = Bench::new();
    bench.put("a.jpg", &jpeg(1)[..5]);
    assert_eq!(bench.look_after(SOON).unfinished, 1);
    bench.write_on("a.jpg", &jpeg(1)[5..]);
    // Whole in truth, but seen so for the first time.
    assert_eq!(bench.look_after(SETTLED_AFTER).unfinished, 1);
    assert_eq!(bench.pages(), [[]; 0]);
    assert_eq!(bench.look_after(SETTLED_AFTER).pages, 1);
    assert_eq!(bench.pages(), [jpeg(1)]);
    assert_eq!(
        bench.look_after(SETTLED_AFTER),
        Look {
            pages: 0,
            unfinished: 0
        }
    );
}

#[test]
fn a_writer_that_pauses_longer_than_settling_takes_is_waited_for() {
    let mut bench = Bench::new();
    bench.put("a.jpg", &jpeg(1)[..8]);
    bench.put("b.jpg", &[0; 4096]);
    bench.look_after(SOON);
    assert_eq!(bench.look_after(ABANDONED_AFTER / 2).unfinished, 2);
    bench.write_on("a.jpg", &jpeg(1)[8..]);
    bench.put("b.jpg", &jpeg(2));
    bench.look_after(SOON);
    assert_eq!(bench.look_after(SETTLED_AFTER).pages, 2);
    assert_eq!(bench.names("aside"), [""; 0]);
}

#[test]
fn files_come_oldest_first_and_no_more_than_wanted() {
    let mut bench = Bench::new();
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    for (name, mark, second) in [("b.jpg", 1, 0), ("a.jpg", 2, 60), ("c.jpg", 3, 120)] {
        bench.put(name, &jpeg(mark));
        let file = File::options()
            .write(true)
            .open(bench.folder.path().join(name))
            .expect("a file");
        file.set_modified(noon + Duration::from_secs(second))
            .expect("dated");
    }
    bench.wanted.pages_max = 2;
    bench.look_after(SOON);
    assert_eq!(
        bench.look_after(SETTLED_AFTER),
        Look {
            pages: 2,
            unfinished: 1
        }
    );
    assert_eq!(bench.pages(), [jpeg(1), jpeg(2)]);
}

#[test]
fn what_is_no_page_is_moved_aside_with_the_reason() {
    let mut bench = Bench::new();
    bench.wanted.page_bytes_max = 100;
    bench.put("bill.pdf", b"%PDF-1.7 and so on");
    bench.put("huge.jpg", &[7; 101]);
    bench.put("half.jpg", &jpeg(1)[..6]);
    bench.put("empty.jpg", b"");
    bench.look_after(SOON);
    assert_eq!(bench.look_after(SETTLED_AFTER).unfinished, 2);
    assert_eq!(
        bench.names("aside"),
        [
            "bill.pdf",
            "bill.pdf.why.txt",
            "huge.jpg",
            "huge.jpg.why.txt"
        ]
    );
    assert_eq!(bench.look_after(ABANDONED_AFTER).unfinished, 0);
    assert_eq!(bench.names("aside").len(), 8);
    let why = |name: &str| {
        let path = bench.folder.path().join("aside").join(name);
        fs::read_to_string(path).expect("a reason")
    };
    assert_eq!(
        why("huge.jpg.why.txt"),
        "the file is larger than 100 bytes\n"
    );
    assert_eq!(why("half.jpg.why.txt"), "the picture is cut off\n");
    assert_eq!(bench.told.len(), 4);
    assert!(
        bench
            .told
            .contains(&Told::Doing(Step::SetAside(Unfit::CutOff)))
    );
}

#[test]
fn two_files_of_one_name_are_both_kept() {
    let mut bench = Bench::new();
    for mark in [1, 2] {
        bench.put("scan.jpg", &jpeg(mark));
        bench.look_after(SOON);
        bench.look_after(SETTLED_AFTER);
        bench.put("note.txt", b"not a picture");
        bench.look_after(SOON);
        bench.look_after(SETTLED_AFTER);
    }
    assert_eq!(bench.names("taken"), ["2-scan.jpg", "scan.jpg"]);
    assert_eq!(bench.names("aside").len(), 4);

    // A file may be called what a reason would be called.
    for name in ["bill.pdf.why.txt", "bill.pdf"] {
        bench.put(name, b"not a picture");
        bench.look_after(SOON);
        bench.look_after(SETTLED_AFTER);
    }
    assert_eq!(bench.names("aside").len(), 8);
}

#[test]
fn links_pipes_folders_and_names_of_unfinished_files_are_left_alone() {
    let mut bench = Bench::new();
    let path = bench.folder.path();
    let elsewhere = TempDir::new().expect("a folder");
    fs::write(elsewhere.path().join("secret.jpg"), jpeg(9)).expect("written");
    std::os::unix::fs::symlink(elsewhere.path().join("secret.jpg"), path.join("link.jpg"))
        .expect("a link");
    rustix::fs::mkfifoat(rustix::fs::CWD, path.join("pipe.jpg"), Mode::RUSR).expect("a pipe");
    fs::create_dir(path.join("folder.jpg")).expect("a folder");
    bench.put("scan.jpg.part", &jpeg(1));
    bench.put(".scan.jpg", &jpeg(1));
    bench.put("SCAN.TMP", &jpeg(1));
    bench.look_after(SOON);
    assert_eq!(
        bench.look_after(ABANDONED_AFTER),
        Look {
            pages: 0,
            unfinished: 0
        }
    );
    assert_eq!(bench.told, []);
}

#[test]
fn what_was_handed_on_and_not_forgotten_is_taken_again_after_a_restart() {
    let mut bench = Bench::new();
    bench.put("a.jpg", &jpeg(1));
    bench.look_after(SOON);
    bench.look_after(SETTLED_AFTER);
    bench.watched = WatchedFolder::open(bench.folder.path()).expect("opened");
    bench.look_after(SOON);
    assert_eq!(bench.look_after(SETTLED_AFTER).pages, 1);
    assert_eq!(bench.pages(), [jpeg(1), jpeg(1)]);

    bench.watched.forget_taken().expect("forgotten");
    assert_eq!(bench.names("taken"), [""; 0]);
    bench.watched = WatchedFolder::open(bench.folder.path()).expect("opened");
    bench.look_after(SOON);
    assert_eq!(bench.look_after(SETTLED_AFTER).pages, 0);
}

#[test]
fn a_folder_that_goes_away_is_unplugged_and_works_again_when_it_is_back() {
    let mut bench = Bench::new();
    let away = bench.folder.path().with_extension("away");
    fs::rename(bench.folder.path(), &away).expect("moved");
    let fault = bench
        .watched
        .look(bench.now, &bench.wanted, &mut |_| {})
        .expect_err("no folder");
    assert_eq!(fault, PageFault::Unplugged);
    assert_eq!(fault.remedy(), Remedy::CheckCable);
    assert_eq!(
        WatchedFolder::open(bench.folder.path()).map(|_| ()),
        Err(PageFault::Unplugged)
    );
    fs::rename(&away, bench.folder.path()).expect("moved");
    assert_eq!(
        bench.look_after(SOON),
        Look {
            pages: 0,
            unfinished: 0
        }
    );
}

#[test]
fn waiting_for_a_file_ends_when_it_is_stopped_and_when_its_time_is_up() {
    let mut bench = Bench::new();
    let mut told = Vec::new();
    let stopped = bench
        .watched
        .take(&bench.wanted, &mut |said| told.push(said), &|| true);
    assert_eq!(stopped, Err(PageFault::Stopped));
    assert_eq!(told, [Told::Doing(Step::Waiting)]);

    bench.wanted.page_wait = Duration::ZERO;
    let late = bench.watched.take(&bench.wanted, &mut |_| {}, &|| false);
    let nothing = PageFault::NoPaper(Place::Feeder { both_sides: false });
    assert_eq!(late, Err(nothing));
    bench.put("a.jpg", b"");
    let late = bench.watched.take(&bench.wanted, &mut |_| {}, &|| false);
    assert_eq!(
        late,
        Err(PageFault::TooSlow {
            waited: Duration::ZERO
        })
    );
}
