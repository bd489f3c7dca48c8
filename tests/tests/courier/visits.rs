//! A stick that goes its way.

use relief::{Action, Actor, Role};

use crate::bench::{Bench, COMPLETE, Kiosk, Stick, names_in};

#[test]
fn three_submissions_travel_on_a_stick_and_their_answers_come_back_on_it() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    let slips = [&[][..], &[3000, 20_000], &[]].map(|scans| bench.apply(&mut kiosk, scans));
    let owed = kiosk.owed();
    assert_eq!(owed.len(), 5);

    let visit = bench.export(&kiosk, &stick);
    assert_eq!((visit.written, visit.kept, visit.left_out), (5, 0, 0));
    assert_eq!((visit.answers_taken, visit.removed), (0, 0));
    let bytes: usize = owed.iter().map(|object| object.bytes.len()).sum();
    assert_eq!(visit.bytes, bytes as u64);
    assert!(stick.holds(&kiosk, &owed));

    let imported = bench.import_one(&stick);
    assert_eq!(imported.kiosk, kiosk.id());
    assert_eq!((imported.new, imported.known, imported.damaged), (5, 0, 0));
    assert_eq!(
        (imported.refused.as_slice(), imported.list),
        (&[][..], COMPLETE)
    );
    for slip in slips {
        assert!(bench.case(slip).papers.iter().all(|paper| paper.arrived));
    }
    assert_eq!(bench.case(slips[1]).papers.len(), 2);
    assert!(
        slips
            .iter()
            .all(|slip| kiosk.receipt(*slip).delivered.is_none())
    );

    let visit = bench.export(&kiosk, &stick);
    assert_eq!(
        (visit.answers_taken, visit.answers_strange),
        (imported.answers, 0)
    );
    assert_eq!((visit.written, visit.kept, visit.removed), (0, 0, 5));
    assert!(kiosk.owes_nothing());
    assert!(
        slips
            .iter()
            .all(|slip| kiosk.receipt(*slip).delivered.is_some())
    );
    assert!(stick.holds(&kiosk, &[]));
    assert!(names_in(&stick.answers_to(&kiosk)).is_empty());
    assert_eq!(kiosk.bundles_logged(), ["5", "0"]);
}

#[test]
fn a_stick_that_comes_twice_changes_nothing_the_second_time() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[2000]);
    bench.apply(&mut kiosk, &[]);
    let owed = kiosk.owed();

    bench.export(&kiosk, &stick);
    let files: Vec<u64> = owed
        .iter()
        .map(|object| stick.file_number(&kiosk, object))
        .collect();
    let again = bench.export(&kiosk, &stick);
    assert_eq!((again.written, again.kept), (0, 3));
    for (object, file) in owed.iter().zip(files) {
        assert_eq!(stick.file_number(&kiosk, object), file);
    }

    let first = bench.import_one(&stick);
    let answers = names_in(&stick.answers_to(&kiosk));
    let second = bench.import_one(&stick);
    assert_eq!((first.new, first.known), (3, 0));
    assert_eq!((second.new, second.known), (0, 3));
    assert_eq!(bench.case_count(), 2);
    assert_eq!(names_in(&stick.answers_to(&kiosk)), answers);

    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
    let last = bench.export(&kiosk, &stick);
    assert_eq!((last.answers_taken, last.removed, last.bytes), (0, 0, 0));
}

#[test]
fn what_came_over_another_route_meanwhile_is_known_and_not_missing() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[]);
    let record = kiosk.owed().remove(0);
    bench.export(&kiosk, &stick);
    bench.blocks_come(&record, usize::MAX);
    bench.county.complete(record.hash).unwrap();

    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.known), (0, 1));
    // Somebody emptied the stick on the way.
    std::fs::remove_file(stick.object(&kiosk, &record)).unwrap();
    let imported = bench.import_one(&stick);
    assert_eq!((imported.known, imported.list), (0, COMPLETE));
}

#[test]
fn two_kiosks_share_a_stick_and_each_hears_its_own_answers() {
    let mut bench = Bench::new();
    let mut kiosks = [3, 4].map(|number| bench.kiosk(number));
    let stick = Stick::new();
    let slips = kiosks.each_mut().map(|kiosk| bench.apply(kiosk, &[1000]));
    for kiosk in &kiosks {
        bench.export(kiosk, &stick);
    }

    let imported = bench.import(&stick);
    let kiosks_named: Vec<_> = imported.iter().map(|bundle| bundle.kiosk).collect();
    assert_eq!(kiosks_named, kiosks.each_ref().map(Kiosk::id));
    assert!(
        imported
            .iter()
            .all(|bundle| bundle.new == 2 && bundle.list == COMPLETE)
    );
    for slip in slips {
        bench.case(slip);
    }

    let [first, second] = &kiosks;
    let visit = bench.export(first, &stick);
    assert_eq!((visit.answers_strange, visit.removed), (0, 2));
    assert!(first.owes_nothing());
    assert_eq!(second.owed().len(), 2);
    bench.export(second, &stick);
    assert!(second.owes_nothing());
}

#[test]
fn the_stage_of_a_case_comes_back_with_every_stick_until_a_newer_one_is_told() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    let slip = bench.apply(&mut kiosk, &[]);
    bench.export(&kiosk, &stick);
    bench.import(&stick);
    bench.export(&kiosk, &stick);
    let received = kiosk.receipt(slip).status;

    let officer = Actor {
        role: Role::Township,
        name: "王经办".to_owned(),
    };
    let case = bench.case(slip).id;
    bench.county.act(case, Action::Accept, officer, "").unwrap();
    // The first stick with the news is lost.
    let lost = Stick::new();
    bench.export(&kiosk, &lost);
    bench.import(&lost);
    bench.import(&stick);
    bench.export(&kiosk, &stick);
    let accepted = kiosk.receipt(slip).status.unwrap();
    assert_eq!(accepted.stage, bench.case(slip).stage as u8);
    assert_ne!(Some(accepted), received);
}

#[test]
fn an_empty_stick_is_taken_for_another_one_at_the_county() {
    let bench = Bench::new();
    let stick = Stick::new();
    let error = bench.county.import_bundles(stick.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "no kiosk has written to the stick at {}: is it the courier's, and mounted there",
            stick.path().display()
        )
    );
}

#[test]
fn a_county_restored_from_an_older_copy_is_found_out_by_the_next_stick_and_gets_everything_again() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    let deliver = |bench: &Bench, kiosk: &Kiosk| {
        bench.export(kiosk, &stick);
        bench.import(&stick);
        bench.export(kiosk, &stick);
        assert!(kiosk.owes_nothing());
    };
    let mut slips = vec![bench.apply(&mut kiosk, &[2000])];
    deliver(&bench, &kiosk);
    let copy = bench.back_up();
    slips.extend([&[][..], &[3000, 9000]].map(|scans| bench.apply(&mut kiosk, scans)));
    deliver(&bench, &kiosk);

    let mut bench = bench.restore(&copy);
    assert_eq!(bench.case_count(), 1);
    // A new submission comes first and gets a number that was given before.
    slips.push(bench.apply(&mut kiosk, &[]));
    bench.export(&kiosk, &stick);
    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.list), (1, COMPLETE));

    let visit = bench.export(&kiosk, &stick);
    assert_eq!((visit.written, visit.removed), (4, 1));
    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.known), (4, 0));
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
    for slip in slips {
        assert!(bench.case(slip).papers.iter().all(|paper| paper.arrived));
    }
}

#[test]
fn a_restored_county_is_found_out_by_an_empty_stick_too() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    let copy = bench.back_up();
    let slip = bench.apply(&mut kiosk, &[]);
    bench.export(&kiosk, &stick);
    bench.import(&stick);
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());

    let bench = bench.restore(&copy);
    assert_eq!(bench.import_one(&stick).new, 0);
    assert_eq!(bench.export(&kiosk, &stick).written, 1);
    assert_eq!(bench.import_one(&stick).new, 1);
    bench.case(slip);
}
