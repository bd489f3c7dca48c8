use store::{Acknowledged, SubmitError, WriteError};

use crate::bench::{Bench, NOW, assert_absent, assert_whole, hashes, later};

/// A store that has `earlier` and no room for more than a few pages.
fn full(bench: &mut Bench, earlier: &store::Submission) {
    bench.submit(earlier).unwrap();
    let pages = bench.store.page_count().unwrap();
    bench.store.set_page_limit(Some(pages + 2)).unwrap();
}

#[test]
fn a_full_disk_refuses_the_whole_submission_by_size_and_keeps_every_earlier_one() {
    let mut bench = Bench::new();
    let (earlier, refused) = (bench.submission(1, 100_000), bench.submission(2, 100_000));
    full(&mut bench, &earlier);
    let counter = bench.store.next_slip_counter().unwrap();

    let error = bench.submit(&refused).unwrap_err();
    let needed: usize = refused.objects.iter().map(|(_, s)| s.bytes.len()).sum();
    assert!(
        matches!(error, SubmitError::DiskFull { needed_bytes } if needed_bytes == needed as u64)
    );
    assert_absent(&bench.store, &refused);
    assert_whole(&bench.store, &earlier);

    bench.restart();
    assert_absent(&bench.store, &refused);
    assert_whole(&bench.store, &earlier);
    assert_eq!(bench.store.next_slip_counter().unwrap(), counter + 1);
}

#[test]
fn the_same_submission_succeeds_once_the_disk_has_more_room() {
    let mut bench = Bench::new();
    let (earlier, submission) = (bench.submission(1, 100_000), bench.submission(2, 100_000));
    full(&mut bench, &earlier);
    assert!(bench.submit(&submission).is_err());
    bench.store.set_page_limit(None).unwrap();
    bench.submit(&submission).unwrap();
    assert_whole(&bench.store, &submission);
    assert_whole(&bench.store, &earlier);
}

#[test]
fn an_acknowledgement_is_recorded_on_a_full_disk_and_makes_the_room() {
    let mut bench = Bench::new();
    let (earlier, submission) = (bench.submission(1, 100_000), bench.submission(2, 100_000));
    full(&mut bench, &earlier);
    assert!(bench.submit(&submission).is_err());
    assert_eq!(bench.acknowledge(&hashes(&earlier), later(1)), 2);
    bench.submit(&submission).unwrap();
    assert_whole(&bench.store, &submission);
}

#[test]
fn attempts_and_statuses_are_recorded_while_no_submission_fits() {
    let mut bench = Bench::new();
    let (earlier, refused) = (bench.submission(1, 100_000), bench.submission(2, 100_000));
    full(&mut bench, &earlier);
    assert!(bench.submit(&refused).is_err());
    for hash in hashes(&earlier) {
        bench.store.mark_attempt(hash, NOW).unwrap();
    }
    let slip = &earlier.slip_number;
    bench
        .store
        .set_status(slip, 2, None, NOW.wall, NOW)
        .unwrap();
    assert_eq!(bench.store.due_objects(later(1)).unwrap(), []);
    assert!(bench.store.receipt(slip).unwrap().unwrap().status.is_some());
}

#[test]
fn a_disk_that_fills_at_any_page_refuses_the_whole_submission_or_takes_it() {
    let mut bench = Bench::new();
    let earlier = bench.submission(200, 10_000);
    bench.submit(&earlier).unwrap();
    let (mut refused, mut taken) = (0, 0);
    for room in 0..40 {
        let pages = bench.store.page_count().unwrap();
        bench.store.set_page_limit(Some(pages + room)).unwrap();
        let submission = bench.submission(u8::try_from(room).unwrap(), 60_000);
        match bench.submit(&submission) {
            Ok(_) => {
                assert_whole(&bench.store, &submission);
                taken += 1;
            }
            Err(SubmitError::DiskFull { .. }) => {
                assert_absent(&bench.store, &submission);
                refused += 1;
            }
            Err(other) => panic!("{room} pages: {other}"),
        }
        assert_whole(&bench.store, &earlier);
    }
    assert!(5 < refused && 5 < taken, "{refused} refused, {taken} taken");
}

#[test]
fn a_long_acknowledgement_without_room_is_refused_whole_and_can_come_again() {
    let mut bench = Bench::new();
    let earlier = bench.submission(1, 100);
    full(&mut bench, &earlier);
    let message = vec![0; 100_000];
    let acknowledged = Acknowledged {
        message: &message,
        county: NOW.wall,
        hashes: &hashes(&earlier),
        numbers: &[],
        held: None,
    };
    let refused = bench.store.acknowledge(&acknowledged, NOW);
    assert!(matches!(refused, Err(WriteError::DiskFull)));
    assert_whole(&bench.store, &earlier);
    assert_eq!(bench.acknowledge(&hashes(&earlier), NOW), 2);
}
