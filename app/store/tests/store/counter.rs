use store::Store;

use crate::bench::{Bench, NOW};

#[test]
fn slip_counters_count_from_one_across_restarts() {
    let mut bench = Bench::new();
    let mut given = Vec::new();
    for _ in 0..3 {
        given.push(bench.store.next_slip_counter().unwrap());
        given.push(bench.store.next_slip_counter().unwrap());
        bench.restart();
    }
    assert_eq!(given, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_counter_once_given_is_never_given_again_after_a_power_cut() {
    let mut bench = Bench::new();
    for expected in 1..20 {
        assert_eq!(bench.store.next_slip_counter().unwrap(), expected);
        let mut after = bench.cut().open();
        assert_eq!(after.next_slip_counter().unwrap(), expected + 1);
    }
}

#[test]
fn two_processes_on_one_file_are_given_different_counters() {
    let mut bench = Bench::new();
    let mut other = Store::open(&bench.path).unwrap();
    assert_eq!(bench.store.next_slip_counter().unwrap(), 1);
    assert_eq!(other.next_slip_counter().unwrap(), 2);
    assert_eq!(bench.store.next_slip_counter().unwrap(), 3);
}

#[test]
fn the_last_counter_is_refused_rather_than_wrapped() {
    let mut bench = Bench::new();
    rusqlite::Connection::open(&bench.path)
        .unwrap()
        .execute("UPDATE slip_counter SET last = 4294967294", ())
        .unwrap();
    assert_eq!(bench.store.next_slip_counter().unwrap(), u32::MAX);
    assert!(bench.store.next_slip_counter().is_err());
    assert!(bench.store.next_slip_counter().is_err());
}

#[test]
fn boots_count_from_one() {
    let mut bench = Bench::new();
    let mut boots = Vec::new();
    for _ in 0..3 {
        boots.push(bench.store.begin_boot(0, NOW.wall).unwrap());
        bench.restart();
    }
    assert_eq!(boots, [1, 2, 3]);
}
