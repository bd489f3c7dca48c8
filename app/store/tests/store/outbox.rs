use store::{Moment, RETRY_CAP_MS, RETRY_FIRST_MS, RETRY_REFUSED_MS, Retention};

use crate::bench::{Bench, NOW, assert_whole, by_wall, hashes, later};

#[test]
fn urgent_objects_are_due_first_and_among_equals_the_older() {
    let mut bench = Bench::new();
    let (first, second) = (bench.submission(1, 9), bench.submission(2, 9));
    bench.submit(&first).unwrap();
    bench.submit(&second).unwrap();
    let (a, b) = (hashes(&first), hashes(&second));
    let due = bench.store.due_objects(NOW).unwrap();
    let order: Vec<_> = due.iter().map(|object| object.hash).collect();
    assert_eq!(order, [a[0], b[0], a[1], b[1]]);
    assert_eq!(due[0].submission_id, first.submission_id);
    assert_eq!((due[0].priority, due[2].priority), (1, 3));
    assert_eq!(due[0].len as usize, first.objects[0].1.bytes.len());
    assert_eq!((due[0].queued, due[0].attempts), (NOW.wall, 0));
}

#[test]
fn an_attempt_puts_an_object_off_longer_each_time_up_to_the_cap_and_never_gives_up() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    let record = hashes(&submission)[0];

    let mut waits = Vec::new();
    for _ in 0..40 {
        bench.store.mark_attempt(record, NOW).unwrap();
        let waiting = bench.store.all_unacknowledged(NOW).unwrap();
        let object = waiting.iter().find(|object| object.hash == record).unwrap();
        let due = object.due_tick_ms;
        waits.push(due - NOW.tick_ms);
        let is_due = |tick_ms| {
            let objects = bench.store.due_objects(Moment { tick_ms, ..NOW }).unwrap();
            objects.iter().any(|object| object.hash == record)
        };
        assert!(!is_due(due - 1));
        assert!(is_due(due));
    }
    assert_eq!(waits[..3], [RETRY_FIRST_MS, 60_000, 120_000]);
    assert!(waits.is_sorted());
    assert_eq!(waits.last(), Some(&RETRY_CAP_MS));
}

#[test]
fn one_object_put_off_holds_up_no_other() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    let objects = hashes(&submission);
    bench.store.mark_attempt(objects[0], NOW).unwrap();
    let due = bench.store.due_objects(later(1)).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].hash, objects[1]);
}

#[test]
fn a_clock_that_jumps_by_years_changes_no_order_and_no_wait() {
    let decade_ms = 10 * 365 * 86_400_000;
    for jump_ms in [-decade_ms, decade_ms] {
        let mut bench = Bench::new();
        let (first, second) = (bench.submission(1, 9), bench.submission(2, 9));
        bench.submit(&first).unwrap();
        for hash in hashes(&first) {
            bench.store.mark_attempt(hash, NOW).unwrap();
        }
        let jumped = |ms| by_wall(later(ms), NOW.wall.0 + jump_ms);
        bench.store.submit(&second, jumped(1)).unwrap();
        let order = |bench: &Bench, now| -> Vec<_> {
            let due = bench.store.due_objects(now).unwrap();
            due.iter().map(|object| object.hash).collect()
        };
        // The wait is neither over at once nor longer than before.
        assert_eq!(order(&bench, jumped(2)), hashes(&second));
        let wait = u32::try_from(RETRY_FIRST_MS).unwrap();
        let (a, b) = (hashes(&first), hashes(&second));
        assert_eq!(order(&bench, jumped(wait)), [b[0], a[0], b[1], a[1]]);
        let next_boot = Moment {
            boot: 2,
            ..jumped(0)
        };
        assert_eq!(order(&bench, next_boot), [a[0], b[0], a[1], b[1]]);
        let slips: Vec<_> = bench.store.receipts().unwrap();
        assert_eq!(slips[0].slip_number, second.slip_number);
        assert_eq!(slips[1].submitted, first.submitted);
    }
}

#[test]
fn a_restart_makes_everything_due() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    for hash in hashes(&submission) {
        bench.store.mark_attempt(hash, NOW).unwrap();
    }
    bench.restart();
    let next_boot = Moment {
        boot: NOW.boot + 1,
        tick_ms: 0,
        ..NOW
    };
    let due = bench.store.due_objects(next_boot).unwrap();
    assert_eq!(due.len(), 2);
    assert!(due.iter().all(|object| object.attempts == 1));
}

#[test]
fn bytes_stay_until_every_object_of_the_submission_is_acknowledged() {
    let mut bench = Bench::new();
    let (one, other) = (bench.submission(1, 9), bench.submission(2, 9));
    bench.submit(&one).unwrap();
    bench.submit(&other).unwrap();
    let objects = hashes(&one);

    assert_eq!(bench.acknowledge(&objects[..1], later(1)), 1);
    assert_whole(&bench.store, &one);
    let delivered = |bench: &Bench| {
        let receipt = bench.store.receipt(&one.slip_number).unwrap();
        receipt.unwrap().delivered
    };
    assert_eq!(delivered(&bench), None);

    assert_eq!(bench.acknowledge(&objects[1..], later(2)), 1);
    assert_eq!(delivered(&bench), Some(later(2).wall));
    let at_once = Retention {
        ciphertext_days: 0,
        ..Retention::default()
    };
    assert_eq!(bench.store.prune(&at_once, later(3)).unwrap().objects, 2);
    for hash in objects {
        assert_eq!(bench.store.sealed(hash).unwrap(), None);
    }
    assert_whole(&bench.store, &other);
    assert_eq!(bench.store.all_unacknowledged(NOW).unwrap().len(), 2);
}

#[test]
fn hashes_and_the_signed_acknowledgement_stay_when_the_bytes_go() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    bench.acknowledge(&hashes(&submission), later(1));
    let raw = rusqlite::Connection::open(&bench.path).unwrap();
    for hash in hashes(&submission) {
        let message: Vec<u8> = raw
            .query_row(
                "SELECT a.message FROM outbox AS o JOIN acknowledgement AS a ON a.id = o.acknowledgement
                 WHERE o.hash = ?1",
                (hash.0,),
                |row| row.get(0),
            )
            .unwrap();
        assert!(message.windows(32).any(|window| window == hash.0));
    }
}

#[test]
fn an_acknowledgement_that_comes_again_or_names_strangers_changes_nothing() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    let stranger = envelope::ObjectHash([9; 32]);
    assert_eq!(bench.acknowledge(&[stranger], NOW), 0);
    assert_eq!(bench.acknowledge(&hashes(&submission), NOW), 2);
    let before = bench.store.receipt(&submission.slip_number).unwrap();
    assert_eq!(bench.acknowledge(&hashes(&submission), later(5)), 0);
    assert_eq!(
        bench.store.receipt(&submission.slip_number).unwrap(),
        before
    );
    let raw = rusqlite::Connection::open(&bench.path).unwrap();
    let kept: u32 = raw
        .query_row("SELECT count(*) FROM acknowledgement", (), |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn the_file_itself_refuses_to_drop_bytes_that_are_owed() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    bench.acknowledge(&hashes(&submission)[..1], NOW);
    let raw = rusqlite::Connection::open(&bench.path).unwrap();
    let refused = raw.execute("DELETE FROM ciphertext", ()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "ciphertext is still owed to the county"
    );
    assert_whole(&bench.store, &submission);
}

#[test]
fn attempts_at_an_object_that_is_gone_change_nothing() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    bench.acknowledge(&hashes(&submission), NOW);
    let hash = hashes(&submission)[0];
    bench.store.mark_attempt(hash, later(1)).unwrap();
    let stranger = envelope::ObjectHash([9; 32]);
    bench.store.mark_attempt(stranger, later(1)).unwrap();
    assert_eq!(bench.store.all_unacknowledged(NOW).unwrap(), []);
}

#[test]
fn a_refused_object_is_shown_with_its_reason_and_holds_up_nothing() {
    let mut bench = Bench::new();
    let (poison, other) = (bench.submission(1, 9), bench.submission(2, 9));
    bench.submit(&poison).unwrap();
    bench.submit(&other).unwrap();
    let record = hashes(&poison)[0];
    bench.store.refuse(record, 2, NOW).unwrap();

    let shown = bench.store.set_aside().unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].hash, shown[0].reason), (record, 2));
    assert_eq!(shown[0].slip_number, poison.slip_number);
    let due = |bench: &Bench, now| -> Vec<_> {
        let due = bench.store.due_objects(now).unwrap();
        due.iter().map(|object| object.hash).collect()
    };
    let (a, b) = (hashes(&poison), hashes(&other));
    assert_eq!(due(&bench, later(1)), [b[0], a[1], b[1]]);

    // It is tried again by itself, and at once when staff ask for it.
    let next_day = u32::try_from(RETRY_REFUSED_MS).unwrap();
    assert!(!due(&bench, later(next_day - 1)).contains(&record));
    assert!(due(&bench, later(next_day)).contains(&record));
    bench.store.try_all_now().unwrap();
    assert!(due(&bench, later(2)).contains(&record));

    assert_eq!(bench.acknowledge(&[record], later(3)), 1);
    assert_eq!(bench.store.set_aside().unwrap(), []);
}

#[test]
fn what_the_county_has_of_an_object_is_known_after_a_restart() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 5000);
    bench.submit(&submission).unwrap();
    let picture = hashes(&submission)[1];
    assert_eq!(bench.store.blocks_held(picture).unwrap(), None);
    bench.store.set_blocks_held(picture, &[0b101]).unwrap();
    bench.restart();
    assert_eq!(bench.store.blocks_held(picture).unwrap(), Some(vec![0b101]));
    bench.acknowledge(&[picture], NOW);
    assert_eq!(bench.store.blocks_held(picture).unwrap(), None);
}

#[test]
fn what_staff_ask_for_is_due_at_once_even_in_a_boot_that_could_not_be_counted() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    let uncounted = Moment { boot: 0, ..NOW };
    for hash in hashes(&submission) {
        bench.store.refuse(hash, 1, uncounted).unwrap();
    }
    assert_eq!(bench.store.due_objects(uncounted).unwrap(), []);
    bench.store.try_all_now().unwrap();
    assert_eq!(bench.store.due_objects(uncounted).unwrap().len(), 2);
}
