//! A stick that is too small.

use county::courier::List;

use crate::bench::{Bench, COMPLETE, Stick};

#[test]
fn a_stick_too_small_brings_the_records_first_and_the_rest_the_next_time() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    let slips = [(); 2].map(|()| bench.apply(&mut kiosk, &[2000, 20_000]));
    let owed = kiosk.owed();
    let len = |place: usize| owed[place].bytes.len() as u64;
    // Both records and both inks, and no picture.
    let bytes_max = (0..4).map(len).sum::<u64>() + 10_000;

    let visit = bench.try_export(&kiosk, stick.path(), bytes_max).unwrap();
    assert_eq!((visit.written, visit.left_out), (4, 2));
    assert!(stick.holds(&kiosk, &owed[..4]));
    let imported = bench.import_one(&stick);
    assert_eq!(imported.new, 4);
    let list = List::Believed {
        missing: 0,
        left_out: 2,
    };
    assert_eq!(imported.list, list);
    for slip in slips {
        let arrived = bench
            .case(slip)
            .papers
            .iter()
            .filter(|paper| paper.arrived)
            .count();
        assert_eq!(arrived, 1);
    }

    let visit = bench
        .try_export(&kiosk, stick.path(), bytes_max + 40_000)
        .unwrap();
    assert_eq!((visit.written, visit.removed, visit.left_out), (2, 4, 0));
    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.list), (2, COMPLETE));
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
}

#[test]
fn what_lies_on_a_full_stick_makes_way_for_what_is_more_urgent() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[2000, 20_000]);
    let first = kiosk.owed();
    let bytes_max: u64 = first.iter().map(|object| object.bytes.len() as u64).sum();
    bench.try_export(&kiosk, stick.path(), bytes_max).unwrap();
    assert!(stick.holds(&kiosk, &first));
    // A half one is in the way as well.
    std::fs::rename(
        stick.object(&kiosk, &first[2]),
        stick.half_object(&kiosk, &first[2]),
    )
    .unwrap();

    bench.apply(&mut kiosk, &[]);
    let visit = bench.try_export(&kiosk, stick.path(), bytes_max).unwrap();
    // The county has none of them: nothing counts as removed.
    assert_eq!((visit.written, visit.kept), (1, 2));
    assert_eq!((visit.left_out, visit.removed), (1, 0));
    let owed = kiosk.owed();
    assert_eq!(owed.len(), 4);
    assert!(stick.holds(&kiosk, &owed[..3]));
}

#[test]
fn more_than_a_listing_of_the_outbox_is_counted_and_nothing_of_it_taken_off() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    while kiosk.owed().len() <= store::LISTED_MAX as usize {
        bench.apply(&mut kiosk, &[10; 24]);
    }
    let many = kiosk.owed().len();
    let visit = bench.export(&kiosk, &stick);
    assert_eq!((visit.written as usize, visit.left_out), (many, 0));
    let again = bench.export(&kiosk, &stick);
    assert_eq!((again.kept as usize, again.removed), (many, 0));
    let imported = bench.import_one(&stick);
    assert_eq!((imported.new as usize, imported.list), (many, COMPLETE));
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
}
