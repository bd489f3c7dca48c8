use std::fs;

use envelope::RefusalReason;
use link::{BLOCK_LEN, BlockMap};
use store::{Month, RouteCondition, RouteNote, Store};

use crate::bench::{Bench, NOW, run};

#[test]
fn the_outbox_shows_what_waits_and_why_something_is_refused() {
    let mut bench = Bench::new();
    bench.run(&["outbox"]).says(&[
        "0 submissions wait: 0 objects, 0 bytes",
        "audit log: 0 rows, whole",
    ]);
    let [ink, _] = bench.hand_in();
    let mut store = bench.store();
    store
        .refuse(ink, RefusalReason::UnknownKiosk as u8, NOW)
        .unwrap();
    let owed = store.all_unacknowledged(NOW).unwrap();
    let bytes: u32 = owed.iter().map(|object| object.len).sum();
    let (ink_len, picture_len) = (owed[0].len, owed[1].len);
    bench.run(&["outbox"]).says(&[
        &format!("1 submissions wait: 2 objects, {bytes} bytes"),
        &format!("waits: ink, {ink_len} bytes, 0 of them there"),
        &format!("waits: picture, {picture_len} bytes, 0 of them there"),
        &format!(
            "refused: slip 140428-003-000001-C, object {ink}, tried 1 times: \
             the county has not taken this kiosk's key in; give it kiosk-public"
        ),
        "audit log: 2 rows, whole",
    ]);
    // To look changes nothing.
    assert_eq!(store.audit(0, 10).unwrap().len(), 2);
}

/// Two routes, one of them with a budget.
const ROUTES: &str = r#"
    [[routes]]
    name = "4G"
    kind = "http"
    url = "http://10.1.2.3:8081"
    cost = 2
    bytes-per-month = 50_000
    [[routes]]
    name = "县局专线"
    kind = "cable"
    tty = "/dev/ttyS0"
    bits-per-second = 9600
    cost = 1
"#;

#[test]
fn the_outbox_shows_how_the_routes_stand_and_when_what_waits_is_there() {
    let mut bench = Bench::new();
    let settings = bench.dir.path().join("kiosk.toml");
    let before = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("{before}{ROUTES}")).unwrap();
    for _ in 0..4 {
        bench.hand_in();
    }
    let mut store = bench.store();
    let owed = store.all_unacknowledged(NOW).unwrap();
    let mut held = BlockMap::empty(owed[4].len);
    held.insert(0);
    store
        .set_blocks_held(owed[4].hash, held.as_bytes())
        .unwrap();
    // A month later than any clock of a test says, so that it counts as the present one.
    let month = Month::new(9999, 12).unwrap();
    let mut note = RouteNote {
        route: "县局专线",
        month,
        month_is_sure: false,
        bytes: 7000,
        condition: RouteCondition::Connected,
        bytes_per_second: Some(100),
    };
    store.note_route(&note, NOW).unwrap();
    note.route = "4G";
    note.bytes = 50_001;
    note.condition = RouteCondition::Failed;
    note.bytes_per_second = None;
    store.note_route(&note, NOW).unwrap();

    let said = bench.run(&["outbox"]);
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "route 县局专线: connected at 2026年11月23日 16:00, 100 bytes a second; 7000 bytes this month",
            "route 4G: failed at 2026年11月23日 16:00; 50001 of 50000 bytes this month, only records go",
        ]
    );
    let (ink, picture) = (u64::from(owed[0].len), u64::from(owed[4].len));
    let there = picture.min(BLOCK_LEN as u64);
    let seconds = |bytes: u64| bytes.div_ceil(100);
    assert_eq!(
        lines[3..10],
        [
            format!(
                "waits: ink, {ink} bytes, 0 of them there, there in about {} s",
                seconds(ink)
            ),
            format!(
                "waits: ink, {ink} bytes, 0 of them there, there in about {} s",
                seconds(2 * ink)
            ),
            format!(
                "waits: ink, {ink} bytes, 0 of them there, there in about {} s",
                seconds(3 * ink)
            ),
            format!(
                "waits: ink, {ink} bytes, 0 of them there, there in about {} s",
                seconds(4 * ink)
            ),
            format!(
                "waits: picture, {picture} bytes, {there} of them there, there in about {} s",
                seconds(4 * ink + picture - there)
            ),
            format!(
                "waits: picture, {picture} bytes, 0 of them there, there in about {} s",
                seconds(4 * ink + 2 * picture - there)
            ),
            format!(
                "waits: 2 more of kind picture, {} bytes, there in about {} s",
                2 * picture,
                seconds(4 * ink + 4 * picture - there)
            ),
        ]
    );
}

#[test]
fn a_route_that_cannot_be_used_is_named_with_its_field() {
    let bench = Bench::new();
    let settings = bench.dir.path().join("kiosk.toml");
    let before = fs::read_to_string(&settings).unwrap();
    let routes = ROUTES.replace("9600", "96");
    fs::write(&settings, format!("{before}{routes}")).unwrap();
    bench.run(&["outbox"]).fails_with(
        "kiosk.toml: route 2 (县局专线): `bits-per-second` is 96, needs 300 to 4000000",
    );
}

#[test]
fn what_was_put_off_is_due_again_when_staff_ask() {
    let mut bench = Bench::new();
    let [ink, picture] = bench.hand_in();
    let mut store = bench.store();
    store
        .refuse(ink, RefusalReason::UnknownKiosk as u8, NOW)
        .unwrap();
    store.mark_attempt(picture, NOW).unwrap();
    assert_eq!(store.due_objects(NOW).unwrap(), []);
    bench
        .run(&["try-again"])
        .says(&["everything that waits is due now"]);
    assert_eq!(store.due_objects(NOW).unwrap().len(), 2);
}

#[test]
fn a_stick_goes_to_the_county_and_back() {
    let mut bench = Bench::new();
    let county = bench.county();
    bench.hand_in();
    let stick = bench.dir.path().join("stick");
    fs::create_dir(&stick).unwrap();
    let owed = bench.store().all_unacknowledged(NOW).unwrap();
    let bytes: u32 = owed.iter().map(|object| object.len).sum();

    let said = bench.run(&["export-bundle", "stick"]);
    said.says(&[
        "taken in: 0 answers of the county, 0 files that are none",
        &format!("on the stick: 2 objects, {bytes} bytes (2 new, 0 there before); 0 taken off"),
    ]);
    assert_eq!(
        said.err,
        "kiosk: stick is on the kiosk's own disk; is the stick mounted there?\n"
    );
    let imported = county.import_bundles(&stick).unwrap();
    assert_eq!((imported[0].new, imported[0].answers), (2, 1));
    bench.run(&["export-bundle", "stick"]).says(&[
        "taken in: 1 answers of the county, 0 files that are none",
        "on the stick: 0 objects, 0 bytes (0 new, 0 there before); 2 taken off",
    ]);
    assert_eq!(bench.store().waiting().unwrap(), 0);

    bench.hand_in();
    bench
        .run(&["export-bundle", "stick", "--megabytes-max", "0"])
        .says(&[
            "taken in: 0 answers of the county, 0 files that are none",
            "on the stick: 0 objects, 0 bytes (0 new, 0 there before); 0 taken off",
            "no room for 2 objects; bring the stick again after the county has had it",
        ]);
    bench.run(&["export-bundle", "pulled"]).fails_with(
        "pulled is no folder: put the stick in and name the folder where it is mounted",
    );
}

#[test]
fn a_backup_is_a_whole_file_of_its_own_and_the_next_takes_its_place() {
    let mut bench = Bench::new();
    let copy = bench.dir.path().join("copy.db");
    for waiting in [1, 2] {
        bench.hand_in();
        bench
            .run(&["backup", "copy.db"])
            .says(&["backup is in copy.db"]);
        let copy = Store::open(&copy).unwrap();
        assert_eq!(copy.waiting().unwrap(), waiting);
        copy.verify_audit().unwrap();
    }
    let said = bench.run(&["backup", "nowhere/copy.db"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("nowhere/copy.db"), "{}", said.err);
}

#[test]
fn settings_and_files_that_are_not_as_they_should_be_are_named() {
    let bench = Bench::new();
    run(bench.dir.path(), &["outbox", "--config", "none.toml"])
        .fails_with("none.toml: No such file or directory (os error 2)");
    let change = |file: &str, content: &str| {
        let path = bench.dir.path().join(file);
        let before = fs::read(&path).unwrap();
        fs::write(&path, content).unwrap();
        let said = bench.run(&["outbox"]);
        fs::write(&path, before).unwrap();
        said
    };
    let said = change("kiosk.toml", "number = 3");
    assert!(said.err.starts_with("kiosk: kiosk.toml: "), "{}", said.err);
    assert!(
        said.err.contains("missing field `secret-file`"),
        "{}",
        said.err
    );
    change("keys/kiosk-secret", "01zz")
        .fails_with("keys/kiosk-secret: needs the 64 hexadecimal digits that `kiosk keys` wrote");
    change("keys/county-public", "01").fails_with(
        "keys/county-public: needs the hexadecimal digits that `county keys` wrote to county-public",
    );
    change("kiosk.db", &"no database".repeat(1000)).fails_with(
        "store kiosk.db does not open: file is not a database; start the kiosk, which repairs its file",
    );
    bench.run(&["outbox"]).says(&[
        "0 submissions wait: 0 objects, 0 bytes",
        "audit log: 0 rows, whole",
    ]);

    fs::remove_file(bench.dir.path().join("kiosk.db")).unwrap();
    bench
        .run(&["outbox"])
        .fails_with("kiosk.db is not there; look at `store` in the settings");
}
