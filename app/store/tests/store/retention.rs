use store::{Moment, Pruned, Retention, UnixMs};

use crate::bench::{Bench, NOW, assert_whole, by_wall, hashes, later};

const DAY_MS: i64 = 86_400_000;

/// The kiosk hears the county's clock `days` after now; its own stands still.
fn county_after(days: i64) -> UnixMs {
    UnixMs(NOW.wall.0 + days * DAY_MS)
}

fn hear(bench: &mut Bench, county: UnixMs) {
    bench
        .store
        .set_status("none", 1, None, county, NOW)
        .unwrap();
}

#[test]
fn sealed_bytes_stay_for_thirty_days_by_the_countys_clock() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 1000);
    bench.submit(&submission).unwrap();
    bench.acknowledge(&hashes(&submission), NOW);
    let retention = Retention::default();

    // The kiosk's own clock may say what it likes.
    let far_off = by_wall(later(5), NOW.wall.0 + 9999 * DAY_MS);
    assert_eq!(
        bench.store.prune(&retention, far_off).unwrap(),
        Pruned::default()
    );
    hear(&mut bench, UnixMs(county_after(30).0 - 1));
    assert_eq!(
        bench.store.prune(&retention, NOW).unwrap(),
        Pruned::default()
    );
    assert_whole(&bench.store, &submission);

    hear(&mut bench, county_after(30));
    let pruned = bench.store.prune(&retention, NOW).unwrap();
    assert_eq!((pruned.objects, pruned.receipts), (2, 0));
    assert_eq!(bench.store.sealed(hashes(&submission)[0]).unwrap(), None);
    let receipt = bench
        .store
        .receipt(&submission.slip_number)
        .unwrap()
        .unwrap();
    assert_eq!(receipt.delivered, Some(NOW.wall));
}

#[test]
fn what_is_owed_outlasts_every_setting() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 1000);
    bench.submit(&submission).unwrap();
    bench.acknowledge(&hashes(&submission)[..1], NOW);
    hear(&mut bench, county_after(9999));
    let nothing_kept = Retention {
        ciphertext_days: 0,
        receipt_days: Some(0),
    };
    assert_eq!(
        bench.store.prune(&nothing_kept, NOW).unwrap(),
        Pruned::default()
    );
    assert_whole(&bench.store, &submission);
}

#[test]
fn receipts_go_only_when_a_setting_says_so_and_after_their_bytes() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 1000);
    bench.submit(&submission).unwrap();
    bench.acknowledge(&hashes(&submission), NOW);
    hear(&mut bench, county_after(400));
    bench.store.prune(&Retention::default(), NOW).unwrap();
    assert_eq!(bench.store.receipts().unwrap().len(), 1);
    let a_year = Retention {
        receipt_days: Some(365),
        ..Retention::default()
    };
    assert_eq!(bench.store.prune(&a_year, NOW).unwrap().receipts, 1);
    assert_eq!(bench.store.receipts().unwrap(), []);
    // The number is not given again.
    let boot = Moment { boot: 2, ..NOW };
    assert_eq!(bench.store.next_slip_counter().unwrap(), 2);
    assert_eq!(bench.store.due_objects(boot).unwrap(), []);
}
