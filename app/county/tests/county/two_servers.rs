//! Two servers at once on one ledger.

use std::thread;

use county::{
    County,
    intake::{Completion, Taken},
};
use envelope::{Kind, KioskId, Sealed};
use relief::Action;

use crate::bench::{Bench, deliver, noise, signer};

const SUBMISSIONS: u32 = 24;

/// Sends every object to a server, in blocks and in one piece by turns.
fn send_all<'o>(county: &County, objects: impl Iterator<Item = &'o Sealed>) {
    for (number, object) in objects.enumerate() {
        let kiosk = KioskId(3);
        if number % 2 == 0 {
            assert_eq!(deliver(county, object), Completion::Held { kiosk });
        } else {
            let taken = county.take_whole(object.hash, &object.bytes);
            let taken = taken.expect("the ledger");
            assert!(taken == Taken::New { kiosk } || taken == Taken::Known { kiosk });
        }
    }
}

#[test]
fn envelopes_that_reach_both_at_once_are_held_once_and_make_one_case_each() {
    let mut bench = Bench::new();
    let sent: Vec<_> = (1..=SUBMISSIONS)
        .map(|counter| bench.submission(counter, &[(Kind::Ink, noise(300))]))
        .collect();
    let objects: Vec<&Sealed> = sent
        .iter()
        .flat_map(|submission| [&submission.sealed].into_iter().chain(&submission.papers))
        .collect();
    let servers = [bench.county.clone(), bench.second_server()];
    thread::scope(|threads| {
        for county in &servers {
            threads.spawn(|| send_all(county, objects.iter().copied()));
            threads.spawn(|| send_all(county, objects.iter().rev().copied()));
        }
    });

    assert_eq!(bench.case_count(), sent.len());
    for submission in &sent {
        let case = bench.case(submission);
        let actions: Vec<_> = case.events.iter().map(|event| event.action).collect();
        assert_eq!(actions, [Action::Submit, Action::Receive]);
        assert!(case.papers.iter().all(|paper| paper.arrived));
    }
    assert_eq!(bench.rows("objects"), 2 * i64::from(SUBMISSIONS));
    assert_eq!(bench.rows("partials"), 0);
    let held = |county: &County| county.answer_holdings(KioskId(3)).expect("an answer");
    assert_eq!(held(&servers[0]), held(&servers[1]));
}

#[test]
fn a_submission_that_was_sealed_twice_and_reaches_both_at_once_is_one_case() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[]);
    let plain = sent.record.to_cbor().expect("a record within its limits");
    let again = bench.seal(Kind::Record, &plain, &signer(3));
    assert_ne!(again.hash, sent.sealed.hash);
    let servers = [bench.county.clone(), bench.second_server()];
    thread::scope(|threads| {
        for (county, object) in servers.iter().zip([&sent.sealed, &again]) {
            threads.spawn(move || send_all(county, [object].into_iter()));
        }
    });
    assert_eq!(bench.case_count(), 1);
    assert_eq!(bench.case(&sent).events.len(), 2);
    assert_eq!(bench.rows("objects"), 2);
}

#[test]
fn a_server_goes_on_after_its_connections_were_lost() {
    let mut bench = Bench::new();
    bench.received(1);
    bench.tell_store(
        "",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    bench.received(2);
    assert_eq!(bench.case_count(), 2);
}
