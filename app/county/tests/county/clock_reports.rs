//! What a kiosk's clocks say, and what the county makes of it.

use envelope::{CountyMessage, Kind, Sealed};
use relief::{Kept, KioskTime};

use crate::bench::{Bench, NOW, application, secret, signer};

const KIOSK: u16 = 3;

/// A kiosk whose wall clock was never set, in its fifth boot.
fn unset(tick_ms: u64) -> KioskTime {
    KioskTime {
        boot_id: 5,
        tick_ms,
        wall_ms: i64::try_from(tick_ms).expect("a short boot"),
        county_ms: None,
        county_tick_ms: None,
    }
}

fn clock_report(bench: &mut Bench, tick_ms: u64) -> Sealed {
    let told = Kept::from(unset(tick_ms)).to_cbor().expect("a report");
    bench.seal(Kind::ClockReport, &told, &signer(KIOSK))
}

fn held(bench: &Bench) -> (Option<u64>, Option<Vec<u64>>) {
    let answer = bench.county.answer_holdings(signer(KIOSK).id());
    let message = CountyMessage::verify(&answer.expect("the ledger").body, &secret().public());
    match message.expect("the county's word") {
        CountyMessage::Acknowledgement { held, numbers, .. } => (held, numbers),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_clock_report_takes_no_number_and_objects_are_numbered_as_they_come() {
    let mut bench = Bench::new();
    let report = clock_report(&mut bench, 1_000);
    bench.deliver(&report);
    assert_eq!(held(&bench), (Some(0), Some(vec![])));
    bench.received(1);
    let report = clock_report(&mut bench, 2_000);
    bench.deliver(&report);
    bench.pass(1);
    bench.received(2);
    // The newest first.
    assert_eq!(held(&bench), (Some(2), Some(vec![2, 1])));
}

#[test]
fn a_submission_of_an_unset_clock_is_dated_by_a_report_of_its_boot() {
    let mut bench = Bench::new();
    let mut record = application(KIOSK, 1);
    record.submitted = unset(10_000).into();
    let record = record.to_cbor().expect("a record");
    let sealed = bench.seal(Kind::Record, &record, &signer(KIOSK));

    // The line is up for a moment, and down again before the record has crossed.
    let report = clock_report(&mut bench, 40_000);
    bench.deliver(&report);
    bench.pass(3 * 86_400_000);
    bench.deliver(&sealed);

    let cases = bench.county.cases(None, 1).expect("a list");
    let early_ms = NOW.0 - cases[0].submitted.0;
    // Thirty seconds lie between the two; a tick in five thousand may be one too many.
    assert!(
        (29_990..=30_000).contains(&early_ms),
        "{early_ms} ms before the report"
    );
    assert_eq!(cases[0].received.0, NOW.0 + 3 * 86_400_000);
}
