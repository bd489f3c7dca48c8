use std::cell::Cell;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::page_source::PictureFormat;

/// A stand-in for `scanimage`: it is called alike, writes where it is told, and then does what a test says.
const BEGINNING: &str = r#"#!/bin/sh
for argument in "$@"; do
    case $argument in --batch=*) folder=${argument#--batch=}; folder=${folder%/*} ;; esac
done
page() {
    printf '\211PNG\r\n\032\n%s....IEND\256B`\202' "$1" > "$folder/$1.png"
    printf 'Progress: 50.0%%\rProgress: 100.0%%\r' >&2
    printf '%s\n' "$folder/$1.png"
}
"#;

struct Bench {
    folder: TempDir,
    scanner: SaneScanner,
    told: Vec<Told>,
}

impl Bench {
    fn new(script: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let program = folder.path().join("scanimage");
        let draft = folder.path().join("draft");
        fs::write(&draft, format!("{BEGINNING}{script}")).expect("written");
        // A program that anybody has open to write does not start, and other tests start processes that hold for a moment
        // what is open here: so another process writes it.
        let mut install = Command::new("install");
        let installed = install.args(["-m", "700"]).arg(&draft).arg(&program);
        assert!(installed.status().expect("install").success());
        let pages = folder.path().join("pages");
        fs::create_dir(&pages).expect("a folder");
        let scanner = SaneScanner::new("dev:0", pages, SaneSettings::default());
        Self {
            scanner: scanner.with_program(program),
            folder,
            told: Vec::new(),
        }
    }

    fn take(&mut self, wanted: &Wanted) -> Result<(), PageFault> {
        let told = &mut self.told;
        let taken = self
            .scanner
            .take(wanted, &mut |said| told.push(said), &|| false);
        self.assert_nothing_left();
        taken
    }

    fn assert_nothing_left(&self) {
        let left = fs::read_dir(self.folder.path().join("pages")).expect("a folder");
        assert_eq!(left.count(), 0, "pages were left behind");
    }

    fn pages(&self) -> usize {
        let is_page =
            |said: &&Told| matches!(said, Told::Page(page) if page.format() == PictureFormat::Png);
        self.told.iter().filter(is_page).count()
    }
}

#[test]
fn the_pages_of_a_feeder_come_one_after_another_with_their_progress() {
    let mut bench = Bench::new("page 1; page 2; page 3; exit 7");
    assert_eq!(bench.take(&Wanted::stack(20)), Ok(()));
    assert_eq!(bench.pages(), 3);
    let half = Told::Doing(Step::Scanning {
        page: 1,
        permille: Some(500),
    });
    assert_eq!(bench.told[0], Told::Doing(Step::Opening));
    assert!(bench.told.contains(&half), "{:?}", bench.told);
}

#[test]
fn the_program_is_told_what_is_wanted_in_the_words_of_the_driver() {
    let mut bench =
        Bench::new(r#"printf '%s\n' "$@" "$SANE_CONFIG_DIR" > "${0%/*}/arguments"; exit 7"#);
    bench.scanner.settings.feeder_both_sides = "Duplex; rm -rf /".to_owned();
    bench.scanner.settings.further = vec!["--brightness=10".to_owned()];
    bench.scanner.settings.drivers = Some("/etc/drivers".into());
    let both_sides = Wanted {
        place: Place::Feeder { both_sides: true },
        colour: false,
        ..Wanted::stack(20)
    };
    assert_eq!(
        bench.take(&both_sides),
        Err(PageFault::NoPaper(both_sides.place))
    );
    let arguments = fs::read_to_string(bench.folder.path().join("arguments")).expect("arguments");
    let mut lines: Vec<_> = arguments.lines().collect();
    let batch = lines.remove(4);
    assert!(
        batch.starts_with("--batch=") && batch.ends_with("/%d.png"),
        "{batch}"
    );
    assert_eq!(
        lines,
        [
            "--device-name=dev:0",
            "--format=png",
            "--progress",
            "--batch-print",
            "--batch-count=20",
            "--source=Duplex; rm -rf /",
            "--mode=Gray",
            "--resolution=300",
            "--brightness=10",
            "-l",
            "0",
            "-t",
            "0",
            "-x",
            "210",
            "-y",
            "297",
            "/etc/drivers",
        ]
    );
    bench.scanner.settings.feeder_both_sides.clear();
    assert_eq!(
        bench.take(&both_sides),
        Err(PageFault::Lacks("feeder for both sides"))
    );
}

#[test]
fn a_cable_pulled_or_a_jam_after_a_page_leaves_that_page() {
    let io = "page 1; echo 'scanimage: sane_read: Error during device I/O' >&2; exit 9";
    let jam = "page 1; echo 'scanimage: sane_start: Document feeder jammed' >&2; exit 6";
    for (script, fault) in [(io, PageFault::Unplugged), (jam, PageFault::Jammed)] {
        let mut bench = Bench::new(script);
        assert_eq!(bench.take(&Wanted::stack(20)), Err(fault));
        assert_eq!(bench.pages(), 1);
    }
}

#[test]
fn what_the_program_said_is_wrong_counts_however_it_ends() {
    let said = "echo 'scanimage: sane_read: Document feeder jammed' >&2";
    for script in [
        format!("{said}; exit 0"),
        format!("page 1; {said}; exit 0"),
        format!("{said}; kill -SEGV $$"),
        format!("{said}; exec sleep 1000"),
    ] {
        let mut bench = Bench::new(&script);
        let wanted = Wanted {
            page_wait: Duration::from_millis(500),
            ..Wanted::stack(20)
        };
        assert_eq!(bench.take(&wanted), Err(PageFault::Jammed), "{script}");
    }
    // A lamp that was cold at first is no fault.
    let mut bench =
        Bench::new("echo 'scanimage: sane_start: Lamp not ready, please retry' >&2; page 1");
    assert_eq!(bench.take(&Wanted::stack(20)), Ok(()));
}

#[test]
fn a_driver_that_crashes_is_told_apart_from_one_that_reports() {
    let mut bench = Bench::new("kill -SEGV $$");
    assert_eq!(
        bench.take(&Wanted::one(Place::Glass)),
        Err(PageFault::Misunderstood("the driver crashed"))
    );
}

#[test]
fn a_driver_that_never_stops_sending_is_stopped() {
    let mut bench = Bench::new(r#"exec yes > "$folder/1.png.part""#);
    let wanted = Wanted {
        page_bytes_max: 100_000,
        ..Wanted::one(Place::Glass)
    };
    let bytes_max = 100_000;
    assert_eq!(
        bench.take(&wanted),
        Err(Unfit::TooLarge { bytes_max }.into())
    );
}

#[test]
fn a_page_that_is_too_large_or_no_picture_or_missing_is_refused() {
    let too_large = r#"page 1"#;
    let mut bench = Bench::new(too_large);
    let wanted = Wanted {
        page_bytes_max: 10,
        ..Wanted::one(Place::Glass)
    };
    assert_eq!(
        bench.take(&wanted),
        Err(Unfit::TooLarge { bytes_max: 10 }.into())
    );
    let mut bench = Bench::new(r#"echo text > "$folder/1.png"; echo "$folder/1.png""#);
    assert_eq!(
        bench.take(&Wanted::one(Place::Glass)),
        Err(Unfit::NotAPicture.into())
    );
    let mut bench = Bench::new(r#"echo "$folder/1.png""#);
    assert_eq!(
        bench.take(&Wanted::one(Place::Glass)),
        Err(PageFault::Misunderstood(
            "a page that was announced is not there"
        ))
    );
}

#[test]
fn stopping_ends_the_program_and_whatever_it_started() {
    let mut bench = Bench::new(r#"sleep 1000 & echo $! > "${0%/*}/child"; page 1; wait"#);
    let page_seen = Cell::new(false);
    let stopped = bench.scanner.take(
        &Wanted::stack(20),
        &mut |said| page_seen.set(page_seen.get() || matches!(said, Told::Page(_))),
        &|| page_seen.get(),
    );
    assert_eq!(stopped, Err(PageFault::Stopped));
    bench.assert_nothing_left();
    let child = fs::read_to_string(bench.folder.path().join("child")).expect("a number");
    // Killed, and waited for by whoever inherits it.
    let status = format!("/proc/{}/status", child.trim());
    while fs::read_to_string(&status).is_ok_and(|status| !status.contains("State:\tZ")) {
        std::thread::yield_now();
    }
}

#[test]
fn a_scanner_that_says_nothing_is_given_up_when_its_time_is_up() {
    let mut bench = Bench::new("exec sleep 1000");
    let waited = Duration::from_millis(50);
    let wanted = Wanted {
        page_wait: waited,
        ..Wanted::one(Place::Glass)
    };
    assert_eq!(bench.take(&wanted), Err(PageFault::TooSlow { waited }));
}

#[test]
fn a_machine_without_the_program_says_which_one_is_missing() {
    let mut bench = Bench::new("");
    bench.scanner = bench.scanner.with_program("/nowhere/scanimage");
    assert_eq!(
        bench.take(&Wanted::one(Place::Glass)),
        Err(PageFault::Lacks("program scanimage (package sane-utils)"))
    );
}
