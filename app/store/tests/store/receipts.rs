use store::{Status, StatusChange, UnixMs};

use crate::bench::{Bench, NOW, later};

#[test]
fn receipts_are_listed_newest_first_whatever_the_clock_said() {
    let mut bench = Bench::new();
    for number in 1..=3 {
        let mut submission = bench.submission(number, 0);
        submission.submitted = UnixMs(NOW.wall.0 - i64::from(number) * 86_400_000_000);
        bench.submit(&submission).unwrap();
    }
    let listed = bench.store.receipts().unwrap();
    let numbers: Vec<_> = listed.iter().map(|r| r.slip_number.as_str()).collect();
    assert_eq!(
        numbers,
        [
            "140428-003-000003-C",
            "140428-003-000002-C",
            "140428-003-000001-C"
        ]
    );
}

#[test]
fn of_two_reports_the_later_one_holds_whichever_comes_first() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 0);
    bench.submit(&submission).unwrap();
    let slip = submission.slip_number.as_str();
    let mut report = |stage, due, as_of: UnixMs| {
        bench
            .store
            .set_status(slip, stage, due, as_of, NOW)
            .unwrap()
    };

    assert_eq!(
        report(2, Some("2026-12-21"), later(1).wall),
        StatusChange::Recorded
    );
    assert_eq!(report(4, None, later(9).wall), StatusChange::Recorded);
    assert_eq!(
        report(3, Some("2026-12-28"), later(5).wall),
        StatusChange::Outdated
    );
    assert_eq!(report(4, None, later(9).wall), StatusChange::Recorded);

    let status = bench.store.receipt(slip).unwrap().unwrap().status;
    let expected = Status {
        stage: 4,
        due: None,
        as_of: later(9).wall,
    };
    assert_eq!(status, Some(expected));
}

#[test]
fn a_report_of_a_slip_from_elsewhere_is_told() {
    let mut bench = Bench::new();
    let change = bench
        .store
        .set_status("140428-009-000001-7", 2, None, later(1).wall, NOW);
    assert_eq!(change.unwrap(), StatusChange::UnknownSlip);
    assert_eq!(bench.store.receipt("140428-009-000001-7").unwrap(), None);
}

#[test]
fn debug_of_a_receipt_shows_no_slip_address() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 0);
    let receipt = bench.submit(&submission).unwrap();
    assert!(!format!("{receipt:?}").contains("HTTP"));
}
