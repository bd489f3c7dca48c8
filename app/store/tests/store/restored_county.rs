//! A county that has gone back to an older backup, seen from the kiosk.

use envelope::ObjectHash;
use store::Retention;

use crate::bench::{Bench, assert_whole, hashes, later};

/// Three submissions of two objects, all acknowledged and numbered 1 to 6.
fn delivered() -> (Bench, Vec<ObjectHash>) {
    let mut bench = Bench::new();
    let mut objects = Vec::new();
    for number in 1..=3 {
        let submission = bench.submission(number, 100);
        bench.submit(&submission).unwrap();
        objects.extend(hashes(&submission));
    }
    let told = bench.acknowledge_numbered(&objects, &[1, 2, 3, 4, 5, 6], Some(6), later(10));
    assert_eq!((told.new, told.asked_again), (6, 0));
    assert_eq!(bench.store.all_unacknowledged(later(11)).unwrap(), []);
    (bench, objects)
}

fn owed(bench: &Bench) -> Vec<ObjectHash> {
    let mut owed: Vec<_> = bench
        .store
        .all_unacknowledged(later(100))
        .unwrap()
        .into_iter()
        .map(|object| object.hash)
        .collect();
    owed.sort();
    owed
}

fn sorted(hashes: &[ObjectHash]) -> Vec<ObjectHash> {
    let mut sorted = hashes.to_vec();
    sorted.sort();
    sorted
}

#[test]
fn a_county_that_holds_fewer_than_it_said_gets_the_rest_again() {
    let (mut bench, objects) = delivered();
    let told = bench.acknowledge_numbered(&[], &[], Some(4), later(20));
    assert_eq!((told.new, told.asked_again), (0, 2));
    assert_eq!(owed(&bench), sorted(&objects[4..]));
    // It says so again before anything has arrived.
    let again = bench.acknowledge_numbered(&[], &[], Some(4), later(21));
    assert_eq!((again.new, again.asked_again), (0, 0));
    let told = bench.acknowledge_numbered(&objects[4..], &[5, 6], Some(6), later(22));
    assert_eq!((told.new, told.asked_again), (2, 0));
    assert_eq!(owed(&bench), []);
}

#[test]
fn a_number_given_twice_gives_the_loss_away_even_after_the_count_has_caught_up() {
    let (mut bench, objects) = delivered();
    // The county lost 4 to 6; a fourth submission and two strangers came before it said anything.
    let fourth = bench.submission(4, 100);
    bench.submit(&fourth).unwrap();
    let told = bench.acknowledge_numbered(&hashes(&fourth), &[4, 5], Some(7), later(20));
    assert_eq!((told.new, told.asked_again), (2, 3));
    assert_eq!(owed(&bench), sorted(&objects[3..]));
}

#[test]
fn an_acknowledgement_from_before_the_restoration_that_comes_late_is_undone_by_the_next() {
    let (mut bench, objects) = delivered();
    bench.acknowledge_numbered(&[], &[], Some(4), later(20));
    assert_eq!(owed(&bench), sorted(&objects[4..]));
    // From a stick: what the county said before it was restored.
    bench.acknowledge_numbered(&objects[4..], &[5, 6], Some(6), later(12));
    assert_eq!(owed(&bench), []);
    let told = bench.acknowledge_numbered(&[], &[], Some(4), later(21));
    assert_eq!(told.asked_again, 2);
    assert_eq!(owed(&bench), sorted(&objects[4..]));
}

#[test]
fn an_older_count_that_comes_late_asks_for_nothing() {
    let (mut bench, _) = delivered();
    let told = bench.acknowledge_numbered(&[], &[], Some(2), later(5));
    assert_eq!((told.new, told.asked_again), (0, 0));
}

#[test]
fn what_is_asked_for_after_its_bytes_are_gone_stays_proven_by_the_first_acknowledgement() {
    let (mut bench, _) = delivered();
    let at_once = Retention {
        ciphertext_days: 0,
        ..Retention::default()
    };
    bench.store.prune(&at_once, later(15)).unwrap();
    let told = bench.acknowledge_numbered(&[], &[], Some(0), later(20));
    assert_eq!(told.asked_again, 0);
    assert_eq!(owed(&bench), []);
    assert!(
        bench
            .store
            .receipts()
            .unwrap()
            .iter()
            .all(|r| r.delivered.is_some())
    );
}

#[test]
fn bytes_that_are_owed_again_are_whole_and_stay_until_they_are_acknowledged_again() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 5000);
    bench.submit(&submission).unwrap();
    bench.acknowledge_numbered(&hashes(&submission), &[1, 2], Some(2), later(1));
    bench.acknowledge_numbered(&[], &[], Some(0), later(2));
    let at_once = Retention {
        ciphertext_days: 0,
        ..Retention::default()
    };
    assert_eq!(bench.store.prune(&at_once, later(3)).unwrap().objects, 0);
    assert_whole(&bench.store, &submission);
    let receipt = bench.store.receipt(&submission.slip_number).unwrap();
    assert_eq!(receipt.unwrap().delivered, None);
}
