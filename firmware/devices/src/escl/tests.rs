use std::cell::Cell;

use super::*;
use crate::page_source::{Remedy, Unfit};
use crate::simulated::{EsclFault, EsclServer};

const FEEDER: Place = Place::Feeder { both_sides: false };

struct Bench {
    server: EsclServer,
    scanner: EsclScanner,
    wanted: Wanted,
    told: Vec<Told>,
}

impl Bench {
    fn new() -> Self {
        let server = EsclServer::start().expect("a port");
        Self {
            scanner: EsclScanner::new(&server.address()).expect("an address"),
            server,
            wanted: Wanted::stack(50),
            told: Vec::new(),
        }
    }

    /// With three sheets in the feeder, a page on the glass, and something that goes wrong.
    fn with(fault: EsclFault) -> Self {
        let bench = Self::new();
        bench.server.feed([jpeg(1), jpeg(2), jpeg(3)]);
        bench.server.lay(jpeg(9));
        bench.server.fail(fault);
        bench
    }

    fn take(&mut self) -> Result<(), PageFault> {
        let told = &mut self.told;
        let taken = self
            .scanner
            .take(&self.wanted, &mut |said| told.push(said), &|| false);
        assert!(!self.server.holds_job(), "the scanner goes on for nobody");
        taken
    }

    fn pages(&self) -> Vec<u8> {
        let mark = |said: &Told| match said {
            Told::Page(page) => Some(page.bytes()[3]),
            Told::Doing(_) => None,
        };
        self.told.iter().filter_map(mark).collect()
    }
}

/// A file large enough to come in several pieces.
fn jpeg(mark: u8) -> Vec<u8> {
    let mut bytes = vec![mark; 200_000];
    bytes[..3].copy_from_slice(&[0xFF, 0xD8, 0xFF]);
    bytes.extend([0xFF, 0xD9]);
    bytes
}

#[test]
fn a_page_on_the_glass_is_one_job_that_is_cleared_away() {
    let mut bench = Bench::new();
    bench.server.lay(jpeg(9));
    bench.wanted = Wanted::one(Place::Glass);
    assert_eq!(bench.take(), Ok(()));
    assert_eq!(bench.pages(), [9]);
    assert_eq!(
        bench.server.requests(),
        [
            "GET /eSCL/ScannerCapabilities",
            "GET /eSCL/ScannerStatus",
            "POST /eSCL/ScanJobs",
            "GET /eSCL/ScanJobs/1/NextDocument",
            "DELETE /eSCL/ScanJobs/1",
        ]
    );
    let whole = Told::Doing(Step::Scanning {
        page: 1,
        permille: Some(1000),
    });
    assert!(bench.told.contains(&whole), "{:?}", bench.told);
}

#[test]
fn the_scanner_is_asked_for_what_it_has_next_to_what_is_wanted() {
    let mut bench = Bench::new();
    bench.server.feed([jpeg(1)]);
    bench.wanted.ppi = 250;
    bench.wanted.place = Place::Feeder { both_sides: true };
    assert_eq!(bench.take(), Ok(()));
    let settings = bench.server.settings().expect("settings");
    let document = roxmltree::Document::parse(&settings).expect("XML");
    let word = |name: &'static str| xml::word(document.root_element(), name);
    for (name, expected) in [
        ("InputSource", "Feeder"),
        ("Duplex", "true"),
        // The feeder has no colour.
        ("ColorMode", "Grayscale8"),
        ("DocumentFormat", "image/jpeg"),
        ("DocumentFormatExt", "image/jpeg"),
        ("XResolution", "300"),
        // A4, where the glass has room for it: it is as wide as Letter and no longer.
        ("Width", "2480"),
        ("Height", "3300"),
    ] {
        assert_eq!(word(name), Some(expected), "{name}");
    }
}

#[test]
fn a_feeder_gives_all_its_pages_and_no_more_than_wanted() {
    for (pages_max, pages) in [(50, vec![1, 2, 3]), (2, vec![1, 2])] {
        let mut bench = Bench::new();
        bench.server.feed([jpeg(1), jpeg(2), jpeg(3)]);
        bench.wanted.pages_max = pages_max;
        assert_eq!(bench.take(), Ok(()));
        assert_eq!(bench.pages(), pages);
    }
}

#[test]
fn nothing_on_the_glass_or_in_the_feeder_says_so() {
    let mut bench = Bench::new();
    assert_eq!(bench.take(), Err(PageFault::NoPaper(FEEDER)));
    assert!(
        bench.server.settings().is_none(),
        "no job was needed to see it"
    );
    bench.wanted = Wanted::one(Place::Glass);
    assert_eq!(bench.take(), Err(PageFault::NoPaper(Place::Glass)));
}

#[test]
fn every_mishap_says_what_is_to_be_done_and_leaves_no_job() {
    let fault = |code| PageFault::Failed { code };
    let bytes_max = 1_000_000;
    for (mishap, expected, remedy) in [
        (EsclFault::Jam, PageFault::Jammed, Remedy::ClearJam),
        (
            EsclFault::CoverOpen,
            PageFault::CoverOpen,
            Remedy::CloseCover,
        ),
        (
            EsclFault::DoubleFeed,
            PageFault::Mispicked,
            Remedy::FeedAgain,
        ),
        (
            EsclFault::CablePulled {
                after_bytes: 70_000,
            },
            PageFault::Unreachable,
            Remedy::CheckNetwork,
        ),
        (
            EsclFault::Endless,
            Unfit::TooLarge { bytes_max }.into(),
            Remedy::TryAgain,
        ),
        (
            EsclFault::HugeLength,
            Unfit::TooLarge { bytes_max }.into(),
            Remedy::TryAgain,
        ),
        (EsclFault::Busy, PageFault::Busy, Remedy::WaitForOthers),
        (EsclFault::Locked, PageFault::Denied, Remedy::CallService),
        (
            EsclFault::Refuses,
            PageFault::Lacks("such mode, resolution or option"),
            Remedy::CallService,
        ),
        (EsclFault::Aborts, fault(0), Remedy::TryAgain),
        (EsclFault::Redirect, fault(302), Remedy::TryAgain),
        (
            EsclFault::WrongFormat,
            Unfit::NotAPicture.into(),
            Remedy::TryAgain,
        ),
        (
            EsclFault::WrongXml,
            PageFault::Misunderstood("the scanner told something else"),
            Remedy::CallService,
        ),
        (
            EsclFault::EndlessXml,
            Unfit::TooLarge {
                bytes_max: XML_BYTES_MAX,
            }
            .into(),
            Remedy::TryAgain,
        ),
    ] {
        let mut bench = Bench::with(mishap);
        bench.wanted.page_bytes_max = bytes_max;
        let fault = bench.take().expect_err("a fault");
        assert_eq!((&fault, fault.remedy()), (&expected, remedy), "{mishap:?}");
        assert!(bench.pages().is_empty(), "{mishap:?}");
        // Whatever it was, it is over once it is mended.
        bench.server.mend();
        assert_eq!(bench.take(), Ok(()), "{mishap:?}");
    }
}

#[test]
fn a_jam_after_two_pages_leaves_those_two() {
    let mut bench = Bench::new();
    bench.server.feed([jpeg(1), jpeg(2), jpeg(3)]);
    let server = &bench.server;
    let mut pages = 0;
    let fault = bench.scanner.take(
        &bench.wanted,
        &mut |said| {
            pages += u32::from(matches!(said, Told::Page(_)));
            if pages == 2 {
                server.fail(EsclFault::Jam);
            }
        },
        &|| false,
    );
    assert_eq!((fault, pages), (Err(PageFault::Jammed), 2));
}

#[test]
fn a_jam_in_the_feeder_does_not_keep_the_glass_from_working() {
    let mut bench = Bench::with(EsclFault::Jam);
    bench.wanted = Wanted::one(Place::Glass);
    assert_eq!(bench.take(), Ok(()));
    assert_eq!(bench.pages(), [9]);
}

#[test]
fn a_scanner_that_warms_up_is_waited_for() {
    let mut bench = Bench::with(EsclFault::WarmingUp { requests: 1 });
    assert_eq!(bench.take(), Ok(()));
    assert_eq!(bench.pages(), [1, 2, 3]);
    assert!(bench.told.contains(&Told::Doing(Step::WarmingUp)));
}

#[test]
fn a_scanner_that_falls_silent_is_stopped_by_a_person_or_by_time() {
    let bench = &mut Bench::with(EsclFault::Silent);
    let asked = Cell::new(false);
    let stopped = bench.scanner.take(
        &bench.wanted,
        &mut |said| asked.set(said == scanning(1, None)),
        &|| asked.get(),
    );
    assert_eq!(stopped, Err(PageFault::Stopped));
    assert!(!bench.server.holds_job(), "the scanner goes on for nobody");
    let newest = bench.server.requests().pop();
    assert_eq!(newest.as_deref(), Some("DELETE /eSCL/ScanJobs/1"));

    let waited = Duration::from_secs(1);
    bench.wanted.page_wait = waited;
    assert_eq!(bench.take(), Err(PageFault::TooSlow { waited }));
}

#[test]
fn a_job_said_to_be_elsewhere_is_looked_for_at_the_scanner_alone() {
    let mut bench = Bench::with(EsclFault::ElsewhereJob);
    assert_eq!(bench.take(), Ok(()));
    assert_eq!(bench.pages(), [1, 2, 3]);
}

#[test]
fn an_address_at_which_nothing_listens_is_a_matter_of_the_network() {
    let mut bench = Bench::new();
    let address = bench.server.address();
    bench.server = EsclServer::start().expect("a port");
    bench.scanner = EsclScanner::new(&address).expect("an address");
    let fault = bench.take().expect_err("nobody is there");
    assert_eq!(fault.remedy(), Remedy::CheckNetwork);

    let server = &bench.server;
    bench.scanner =
        EsclScanner::new(&server.address().replace("eSCL", "other")).expect("an address");
    let missing = PageFault::Misunderstood("no eSCL at this address");
    assert_eq!(bench.take(), Err(missing));
}

#[test]
fn only_plain_addresses_of_http_are_taken() {
    for address in [
        "http://192.0.2.7/eSCL",
        "http://scanner.local:8080/eSCL/",
        "http://[2001:db8::7]",
    ] {
        assert!(EsclScanner::new(address).is_ok(), "{address}");
    }
    for address in [
        "",
        "192.0.2.7",
        "https://192.0.2.7/eSCL",
        "file:///etc/passwd",
        "http://",
        "http://name:word@192.0.2.7/eSCL",
        "http://192.0.2.7/eSCL?x=y",
    ] {
        assert_eq!(
            EsclScanner::new(address).err(),
            Some(AddressError::Form),
            "{address}"
        );
    }
}

#[test]
fn abilities_are_read_from_other_makers_words_too() {
    let xml = br#"<?xml version="1.0"?>
<s:ScannerCapabilities xmlns:s="urn:s" xmlns:p="urn:p">
  <p:ModelName>Other</p:ModelName>
  <s:Platen><s:PlatenInputCaps><s:SettingProfiles><s:SettingProfile>
    <s:ColorModes><s:ColorMode>RGB24</s:ColorMode></s:ColorModes>
    <s:DocumentFormats><p:DocumentFormat>image/PNG</p:DocumentFormat></s:DocumentFormats>
    <s:SupportedResolutions><s:ResolutionRange>
      <s:XResolutionRange><s:Min>100</s:Min><s:Max>600</s:Max><s:Step>50</s:Step></s:XResolutionRange>
    </s:ResolutionRange></s:SupportedResolutions>
  </s:SettingProfile></s:SettingProfiles></s:PlatenInputCaps></s:Platen>
</s:ScannerCapabilities>"#;
    let capabilities = Capabilities::parse(xml).expect("capabilities");
    assert_eq!(capabilities.model, "Other");
    assert_eq!(capabilities.feeder, None);
    let glass = capabilities.glass.as_ref().expect("a glass");
    assert!(glass.png && !glass.jpeg && glass.colour && !glass.grey);
    assert_eq!(glass.resolutions.nearest(280), 300);
    let settings = settings::scan_settings(&capabilities, &Wanted::one(Place::Glass));
    assert!(
        settings.is_ok_and(|xml| xml.contains("image/png") && xml.contains("<pwg:Height>3508<"))
    );
    assert_eq!(
        settings::scan_settings(&capabilities, &Wanted::stack(2)),
        Err(PageFault::Lacks("feeder"))
    );
}
