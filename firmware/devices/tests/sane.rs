//! The scanner's driver against SANE itself, with SANE's driver `test` for a scanner.
//!
//! Needs `scanimage` and the `test` driver (Debian: `sane-utils`, `libsane1`):
//! `cargo test -p devices --test sane`.

use std::cell::Cell;
use std::fs;

use devices::page_source::{Page, PageFault, PageSource, Place, Remedy, Step, Told, Wanted};
use devices::sane::{SaneScanner, SaneSettings};
use tempfile::TempDir;

struct Bench {
    folder: TempDir,
    settings: SaneSettings,
    told: Vec<Told>,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("dll.conf"), "test\n").expect("written");
        fs::write(folder.path().join("test.conf"), "number_of_devices 1\n").expect("written");
        fs::create_dir(folder.path().join("pages")).expect("a folder");
        let settings = SaneSettings {
            feeder: "Automatic Document Feeder".to_owned(),
            feeder_both_sides: String::new(),
            // The driver's glass is 200 mm in both directions.
            page_mm: Some((100, 150)),
            further: vec!["--test-picture=Color pattern".to_owned()],
            drivers: Some(folder.path().to_owned()),
            ..SaneSettings::default()
        };
        Self {
            folder,
            settings,
            told: Vec::new(),
        }
    }

    fn option(&mut self, option: &str) -> &mut Self {
        self.settings.further.push(option.to_owned());
        self
    }

    fn take(&mut self, device: &str, wanted: &Wanted) -> Result<(), PageFault> {
        let pages = self.folder.path().join("pages");
        let told = &mut self.told;
        let mut scanner = SaneScanner::new(device, &pages, self.settings.clone());
        let taken = scanner.take(wanted, &mut |said| told.push(said), &|| false);
        assert_eq!(fs::read_dir(&pages).expect("a folder").count(), 0);
        taken
    }

    fn pages(&self) -> Vec<&Page> {
        let pages = self.told.iter().filter_map(|said| match said {
            Told::Page(page) => Some(page),
            Told::Doing(_) => None,
        });
        pages.collect()
    }
}

/// Width, height, bits per sample and colour type in a PNG's header.
fn header(page: &Page) -> (u32, u32, u8, u8) {
    let bytes = page.bytes();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20), bytes[24], bytes[25])
}

const GREY: u8 = 0;
const COLOUR: u8 = 2;

fn glass(ppi: u16, colour: bool) -> Wanted {
    Wanted {
        ppi,
        colour,
        ..Wanted::one(Place::Glass)
    }
}

#[test]
fn a_page_on_the_glass_comes_in_the_resolution_and_the_colours_that_were_asked_for() {
    let mut bench = Bench::new();
    assert_eq!(bench.take("test:0", &glass(150, true)), Ok(()));
    assert_eq!(bench.take("test:0", &glass(300, false)), Ok(()));
    let pages = bench.pages();
    assert_eq!(pages.len(), 2);
    // 100 × 150 mm.
    assert_eq!(header(pages[0]), (590, 885, 8, COLOUR));
    assert_eq!(header(pages[1]), (1181, 1771, 8, GREY));
    let whole = Told::Doing(Step::Scanning {
        page: 1,
        permille: Some(1000),
    });
    assert!(bench.told.contains(&whole), "{:?}", bench.told);
}

#[test]
fn a_feeder_gives_all_its_pages_and_no_more_than_wanted() {
    for (pages_max, pages) in [(50, 10), (3, 3)] {
        let mut bench = Bench::new();
        let wanted = Wanted {
            ppi: 50,
            ..Wanted::stack(pages_max)
        };
        assert_eq!(bench.take("test:0", &wanted), Ok(()));
        assert_eq!(bench.pages().len(), pages);
    }
}

#[test]
fn every_fault_that_the_driver_can_have_says_what_is_to_be_done() {
    for (status, remedy) in [
        ("JAMMED", Remedy::ClearJam),
        ("COVER_OPEN", Remedy::CloseCover),
        ("NO_DOCS", Remedy::LayPaper(Place::Glass)),
        ("IO_ERROR", Remedy::CheckCable),
        ("DEVICE_BUSY", Remedy::WaitForOthers),
        ("ACCESS_DENIED", Remedy::CallService),
        ("NO_MEM", Remedy::TryAgain),
        ("CANCELLED", Remedy::TryAgain),
        ("UNSUPPORTED", Remedy::CallService),
        ("INVAL", Remedy::CallService),
    ] {
        let mut bench = Bench::new();
        bench.option(&format!("--read-return-value=SANE_STATUS_{status}"));
        let fault = bench.take("test:0", &glass(50, true)).expect_err(status);
        assert_eq!(fault.remedy(), remedy, "{status}: {fault}");
        assert_eq!(bench.pages().len(), 0, "{status}");
    }
}

#[test]
fn a_scanner_that_is_not_there_and_a_word_that_it_does_not_know_are_told_apart() {
    let mut bench = Bench::new();
    let fault = bench
        .take("test:7", &glass(50, true))
        .expect_err("no device");
    assert_eq!(fault, PageFault::Unplugged);
    let fault = bench
        .take("nosuch:0", &glass(50, true))
        .expect_err("no driver");
    assert_eq!(fault, PageFault::Unplugged);
    bench.settings.colour = "Purple".to_owned();
    let fault = bench.take("test:0", &glass(50, true)).expect_err("no mode");
    assert_eq!(fault.remedy(), Remedy::CallService);
    bench.settings.feeder.clear();
    let fault = bench
        .take("test:0", &Wanted::stack(9))
        .expect_err("no feeder");
    assert_eq!(fault, PageFault::Lacks("feeder"));
}

#[test]
fn a_slow_scan_is_stopped_in_the_middle_of_a_page() {
    let mut bench = Bench::new();
    // Ten bytes each fifth of a second: the page would take days.
    bench
        .option("--read-limit=yes")
        .option("--read-limit-size=10")
        .option("--read-delay=yes")
        .option("--read-delay-duration=200000");
    let mut scanner = SaneScanner::new(
        "test:0",
        bench.folder.path().join("pages"),
        bench.settings.clone(),
    );
    let begun = Cell::new(false);
    let stopped = scanner.take(
        &glass(600, true),
        &mut |said| begun.set(begun.get() || matches!(said, Told::Doing(Step::Scanning { .. }))),
        &|| begun.get(),
    );
    assert_eq!(stopped, Err(PageFault::Stopped));
    let left = fs::read_dir(bench.folder.path().join("pages")).expect("a folder");
    assert_eq!(left.count(), 0);
}
