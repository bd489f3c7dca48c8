use std::fs;

use devices::simulated::{EsclFault, EsclServer};

use crate::bench::Bench;

/// A file as a scanner gives it; nobody here looks inside.
fn jpeg() -> Vec<u8> {
    [&[0xFF, 0xD8, 0xFF, 0xE0][..], &[7; 900], &[0xFF, 0xD9]].concat()
}

fn with_source(table: &str) -> Bench {
    let bench = Bench::new();
    let path = bench.dir.path().join("kiosk.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{settings}\n[paper-source]\n{table}\n")).unwrap();
    bench
}

#[test]
fn a_page_comes_from_the_scanner_of_the_settings() {
    let server = EsclServer::start().unwrap();
    let bench = with_source(&format!(
        "kind = \"network-scanner\"\naddress = {:?}",
        server.address()
    ));
    let page = |name: &str| bench.run(&["page", name]);
    page("empty.jpg").fails_after("no paper in the Glass; lay a page down and run this again");
    server.lay(jpeg());
    let said = page("page.jpg");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(
        said.out.ends_with("906 bytes are in page.jpg\n"),
        "{}",
        said.out
    );
    assert_eq!(fs::read(bench.dir.path().join("page.jpg")).unwrap(), jpeg());
    // The picture before stays.
    assert_eq!(page("page.jpg").code, Some(1));
    server.fail(EsclFault::Locked);
    page("locked.jpg")
        .fails_after("the device refuses us access; look at [paper-source] in the settings");
    drop(server);
    page("away.jpg").fails_after(
        "the scanner does not answer on the network; look at the scanner's power and network, and at its address",
    );
}

#[test]
fn a_page_comes_from_a_folder_and_leaves_nothing_there() {
    let bench = with_source("kind = \"folder\"\nfolder = \"scans\"");
    let scans = bench.dir.path().join("scans");
    bench.run(&["page", "page.jpg"]).fails_after(
        "the device is not there; look at cable and power, and at [paper-source] in the settings",
    );
    fs::create_dir(&scans).unwrap();
    fs::write(scans.join("scan-1.jpg"), jpeg()).unwrap();
    let said = bench.run(&["page", "page.jpg"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(fs::read(bench.dir.path().join("page.jpg")).unwrap(), jpeg());
    assert!(!scans.join("scan-1.jpg").exists());
    assert_eq!(fs::read_dir(scans.join("taken")).unwrap().count(), 0);
}

#[test]
fn a_camera_that_is_not_there_says_so() {
    let bench = with_source("kind = \"camera\"\ndevice = \"no-such-camera\"");
    bench.run(&["page", "page.jpg"]).fails_after(
        "the device is not there; look at cable and power, and at [paper-source] in the settings",
    );
}

#[test]
fn a_source_that_is_none_is_told_with_the_settings() {
    let bench = with_source("kind = \"fax\"");
    let said = bench.run(&["page", "page.jpg"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("`network-scanner`"), "{}", said.err);
    let without = Bench::new();
    without
        .run(&["page", "page.jpg"])
        .fails_with("the settings have no [paper-source]; see `kiosk::paper_source`");
}
