use std::{collections::BTreeSet, fs};

use envelope::CountySecret;
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use rusqlite::Connection;
use store::{
    Acknowledged, AuditAction, AuditActor, AuditError, Pruned, Retention, Store, UnixMs,
    salvage::{DAMAGED_KEPT_MAX, Finding, RecoverError, SLIP_GAP, inspect, make_sound, recover},
};

use crate::{
    bench::{Bench, NOW, assert_whole, hashes, later},
    field::{CHECKPOINTED, Card, PAGE_LEN, SUBMISSIONS, leaves},
};

const NOTHING_KEPT: Retention = Retention {
    ciphertext_days: 0,
    receipt_days: Some(0),
};

/// The file of a bench with these pages overwritten.
fn damaged_at(bench: &Bench, pages: &[u32]) -> Card {
    let mut main = fs::read(&bench.path).unwrap();
    for page in pages {
        main[(*page as usize - 1) * PAGE_LEN..][..PAGE_LEN].fill(0xa5);
    }
    Card::new(&main, &[])
}

/// The same with every leaf of these tables and indexes overwritten.
fn damaged_in(bench: &Bench, names: &[&str]) -> Card {
    let leaves = names.iter().flat_map(|name| leaves(&bench.path, name));
    damaged_at(bench, &leaves.collect::<Vec<_>>())
}

/// Overwrites each page in turn, and gives what all pages but that one must bring back.
fn every_page(overwrite: impl Fn(u32) -> Vec<u8>) {
    let field = &*CHECKPOINTED;
    let mut recovered = 0;
    for page in 1..=field.page_count() {
        let damaged = field.with_page(page, &overwrite(page));
        let report = field.assert_recovers(&damaged, &field.log, &BTreeSet::from([page]));
        recovered += u32::from(report.is_some());
    }
    assert!(field.page_count() / 2 < recovered, "{recovered}");
}

#[test]
fn a_page_of_noise_costs_no_row_of_another_page() {
    every_page(|_| vec![0xa5; PAGE_LEN]);
}

#[test]
fn a_page_of_zeros_costs_no_row_of_another_page() {
    every_page(|_| vec![0; PAGE_LEN]);
}

#[test]
fn a_page_that_gives_back_another_page_costs_no_row_of_another_page() {
    let field = &*CHECKPOINTED;
    for step in [1, 7] {
        every_page(|page| {
            field
                .page((page + step - 1) % field.page_count() + 1)
                .to_vec()
        });
    }
}

#[test]
fn a_torn_page_costs_no_row_of_another_page() {
    every_page(|_| vec![0xa5; PAGE_LEN / 2]);
    let field = &*CHECKPOINTED;
    every_page(|page| {
        let mut torn = field.page(page).to_vec();
        torn[PAGE_LEN / 2..].fill(0);
        torn
    });
}

#[test]
fn a_file_cut_short_at_any_page_gives_back_what_is_before_the_cut() {
    let field = &*CHECKPOINTED;
    for left in 1..field.page_count() {
        let gone = (left + 1..=field.page_count()).collect();
        let end = left as usize * PAGE_LEN;
        field.assert_recovers(&field.main[..end], &[], &gone);
        field.assert_recovers(&field.main[..end + 1000], &[], &gone);
    }
}

#[test]
fn any_byte_of_the_file_header_costs_no_row() {
    let field = &*CHECKPOINTED;
    for byte in 0..100 {
        for bit in [0x01, 0xff] {
            let mut damaged = field.main.clone();
            damaged[byte] ^= bit;
            field.assert_recovers(&damaged, &field.log, &BTreeSet::new());
        }
    }
}

#[test]
fn flipped_bits_cost_no_row_of_a_page_without_them() {
    let field = &*CHECKPOINTED;
    for seed in 0..150 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut damaged = field.main.clone();
        let mut hit = BTreeSet::new();
        for _ in 0..=seed % 12 {
            let byte = below(&mut rng, damaged.len());
            damaged[byte] ^= 1 << below(&mut rng, 8);
            hit.insert(u32::try_from(byte / PAGE_LEN).unwrap() + 1);
        }
        field.assert_recovers(&damaged, &field.log, &hit);
    }
}

fn below(rng: &mut ChaCha20Rng, limit: usize) -> usize {
    rng.next_u64() as usize % limit
}

#[test]
fn several_pages_of_noise_cost_no_row_of_another_page() {
    let field = &*CHECKPOINTED;
    for seed in 0..60 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut damaged = field.main.clone();
        let mut hit = BTreeSet::new();
        for _ in 0..2 + seed % 8 {
            let page = below(&mut rng, field.page_count() as usize);
            rng.fill_bytes(&mut damaged[page * PAGE_LEN..][..PAGE_LEN]);
            hit.insert(u32::try_from(page).unwrap() + 1);
        }
        field.assert_recovers(&damaged, &field.log, &hit);
    }
}

#[test]
fn a_sound_file_is_left_as_it_is() {
    let field = &*CHECKPOINTED;
    let card = Card::new(&field.main, &[]);
    assert!(inspect(&card.path).unwrap().is_sound());
    assert_eq!(make_sound(&card.path).unwrap(), None);
    assert_eq!(fs::read(&card.path).unwrap(), field.main);
}

#[test]
fn a_file_that_is_open_elsewhere_is_not_moved_under_their_hands() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9000);
    bench.submit(&submission).unwrap();
    bench.checkpoint();
    let mut main = fs::read(&bench.path).unwrap();
    main[7 * PAGE_LEN..8 * PAGE_LEN].fill(0xa5);
    fs::write(&bench.path, &main).unwrap();
    assert_eq!(make_sound(&bench.path).unwrap(), None);
    assert_eq!(fs::read(&bench.path).unwrap(), main);
    let cut = bench.cut();
    assert!(make_sound(&cut.path).unwrap().is_some());
}

#[test]
fn no_file_and_an_empty_one_are_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kiosk.db");
    assert_eq!(make_sound(&path).unwrap(), None);
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    assert_eq!(make_sound(&path).unwrap(), None);
    let mut store = Store::open(&path).unwrap();
    assert_eq!(store.next_slip_counter().unwrap(), 1);
}

#[test]
fn a_lost_counter_goes_on_well_beyond_every_slip_that_is_known() {
    let field = &*CHECKPOINTED;
    let card = Card::new(&field.with_page(2, &[0; PAGE_LEN]), &[]);
    let report = make_sound(&card.path).unwrap().unwrap();
    let counter = report
        .tables
        .iter()
        .find(|t| t.table == "slip_counter")
        .unwrap();
    assert_eq!((counter.whole, counter.rebuilt), (0, 1));
    let mut store = Store::open(&card.path).unwrap();
    assert_eq!(
        store.next_slip_counter().unwrap(),
        u32::from(SUBMISSIONS) + SLIP_GAP + 1
    );
}

#[test]
fn a_counter_behind_its_slips_is_damage() {
    let field = &*CHECKPOINTED;
    let card = Card::new(&field.main, &[]);
    Connection::open(&card.path)
        .unwrap()
        .execute("UPDATE slip_counter SET last = 3", ())
        .unwrap();
    assert_eq!(inspect(&card.path).unwrap().findings, [Finding::Counter]);
    make_sound(&card.path).unwrap().unwrap();
    let mut store = Store::open(&card.path).unwrap();
    assert_eq!(
        store.next_slip_counter().unwrap(),
        u32::from(SUBMISSIONS) + SLIP_GAP + 1
    );
}

#[test]
fn a_flipped_bit_in_sealed_bytes_is_damage_and_names_the_slip() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9000);
    bench.submit(&submission).unwrap();
    bench.checkpoint();
    let cut = bench.cut();
    let mut main = fs::read(&cut.path).unwrap();
    let sealed = &submission.objects[1].1.bytes;
    let part = &sealed[3000..3020];
    let place = main.windows(20).position(|window| window == part).unwrap();
    main[place] ^= 0x04;
    let card = Card::new(&main, &[]);
    assert_eq!(
        inspect(&card.path).unwrap().findings,
        [Finding::Bytes { objects: 1 }]
    );
    let report = make_sound(&card.path).unwrap().unwrap();
    assert_eq!(report.incomplete, [submission.slip_number.as_str()]);
    assert_eq!(make_sound(&card.path).unwrap(), None);
    let store = Store::open(&card.path).unwrap();
    assert!(
        store
            .sealed(submission.objects[0].1.hash)
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .sealed(submission.objects[1].1.hash)
            .unwrap()
            .is_none()
    );
}

#[test]
fn what_is_owed_again_stays_owed_though_an_older_message_names_it() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9000);
    bench.submit(&submission).unwrap();
    let objects = hashes(&submission);
    bench.acknowledge_numbered(&objects, &[1, 2], Some(2), NOW);
    let restored = bench.acknowledge_numbered(&objects[..1], &[1], Some(1), later(1));
    assert_eq!(restored.asked_again, 1);
    bench.checkpoint();
    let card = damaged_in(&bench, &["boot"]);
    make_sound(&card.path).unwrap().unwrap();
    let store = Store::open(&card.path).unwrap();
    let owed = store.all_unacknowledged(NOW).unwrap();
    assert_eq!(owed.len(), 1);
    assert_eq!(owed[0].hash, objects[1]);
    assert_whole(&store, &submission);
}

#[test]
fn without_its_row_an_object_is_owed_if_its_bytes_are_here_and_else_as_the_messages_say() {
    let mut bench = Bench::new();
    let submissions = [1, 2, 3].map(|number| bench.submission(number, 3000));
    for submission in &submissions {
        bench.submit(submission).unwrap();
    }
    bench.acknowledge(&hashes(&submissions[0]), NOW);
    let receipts_kept = Retention {
        receipt_days: None,
        ..NOTHING_KEPT
    };
    let pruned = bench.store.prune(&receipts_kept, NOW).unwrap();
    assert_eq!(pruned.objects, 2);
    bench.acknowledge(&hashes(&submissions[1]), later(1));
    bench.checkpoint();
    let card = damaged_in(&bench, &["outbox"]);
    let report = make_sound(&card.path).unwrap().unwrap();
    assert_eq!(report.objects_rebuilt, 4);
    assert_eq!(report.incomplete, [""; 0]);
    let store = Store::open(&card.path).unwrap();
    for (number, delivered) in [(0, true), (1, false), (2, false)] {
        let slip = &submissions[number].slip_number;
        let receipt = store.receipt(slip).unwrap().unwrap();
        assert_eq!(receipt.delivered.is_some(), delivered, "{slip}");
    }
    assert_whole(&store, &submissions[1]);
    assert_whole(&store, &submissions[2]);
}

#[test]
fn a_submission_known_by_its_objects_alone_waits_and_is_listed_until_they_are_acknowledged() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9000);
    bench.submit(&submission).unwrap();
    bench.checkpoint();
    let card = damaged_in(
        &bench,
        &[
            "submission",
            "sqlite_autoindex_submission_1",
            "sqlite_autoindex_submission_2",
        ],
    );
    make_sound(&card.path).unwrap().unwrap();
    let mut store = Store::open(&card.path).unwrap();
    let receipt = store.receipts().unwrap().pop().unwrap();
    assert!(receipt.slip_number.starts_with("lost-"));
    assert_eq!(receipt.delivered, None);
    assert_eq!(store.waiting().unwrap(), 1);

    let county = UnixMs(NOW.wall.0 + 9999 * 86_400_000);
    store.set_status("none", 1, None, county, NOW).unwrap();
    let pruned = store.prune(&NOTHING_KEPT, NOW).unwrap();
    assert_eq!(pruned, Pruned::default());
    for (hash, receipts) in hashes(&submission).into_iter().zip([0, 1]) {
        let acknowledged = Acknowledged {
            message: b"signed",
            county,
            hashes: &[hash],
            numbers: &[],
            held: None,
        };
        store.acknowledge(&acknowledged, NOW).unwrap();
        assert_eq!(store.waiting().unwrap(), 1 - receipts);
        let pruned = store.prune(&NOTHING_KEPT, NOW).unwrap();
        assert_eq!(pruned.receipts, receipts as usize);
    }
}

#[test]
fn a_receipt_of_which_every_object_is_lost_stays_whatever_the_setting() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9);
    bench.submit(&submission).unwrap();
    Connection::open(&bench.path)
        .unwrap()
        .execute_batch(
            "DROP TRIGGER ciphertext_is_owed; DELETE FROM ciphertext; DELETE FROM outbox;",
        )
        .unwrap();
    bench
        .store
        .set_status("none", 1, None, NOW.wall, NOW)
        .unwrap();
    let pruned = bench.store.prune(&NOTHING_KEPT, NOW).unwrap();
    assert_eq!(pruned, Pruned::default());
    let receipt = bench.store.receipt(&submission.slip_number).unwrap();
    assert_eq!(receipt.unwrap().delivered, None);
}

#[test]
fn a_gap_in_the_log_shows_for_good_and_later_damage_shows_behind_it() {
    let mut bench = Bench::new();
    let (kiosk, started) = (AuditActor::Kiosk, AuditAction::Started);
    for _ in 0..200 {
        bench.store.note(kiosk, started, "", NOW).unwrap();
    }
    bench.checkpoint();
    let leaves = leaves(&bench.path, "audit");
    assert!(3 <= leaves.len());
    for (place, leaf) in leaves.iter().enumerate() {
        let card = damaged_at(&bench, &[*leaf]);
        let report = make_sound(&card.path).unwrap().unwrap();
        let mut store = Store::open(&card.path).unwrap();
        let breaks = store.audit_breaks().unwrap();
        let rows = store.audit(0, 1000).unwrap();
        let seam = rows.last().unwrap();
        let before = usize::from(place + 1 < leaves.len());
        assert_eq!(breaks.len(), before + 1);
        assert_eq!(breaks.last(), Some(&seam.id));
        assert_eq!(seam.action, AuditAction::LogLost as u8);
        assert_eq!(seam.subject, before.to_string());
        let lost = report.tables.iter().find(|t| t.table == "audit");
        assert_eq!(lost.unwrap().lost == 0, before == 0);

        store.note(kiosk, started, "", NOW).unwrap();
        store.note(kiosk, started, "", NOW).unwrap();
        assert_eq!(store.audit_breaks().unwrap(), breaks);
        let first = breaks[0];
        let told = store.verify_audit().unwrap_err();
        assert!(matches!(told, AuditError::Broken { id } if id == first));

        assert_eq!(make_sound(&card.path).unwrap(), None);
        let later = seam.id + 1;
        Connection::open(&card.path)
            .unwrap()
            .execute_batch(&format!(
                "DROP TRIGGER audit_stays; UPDATE audit SET wall_ms = 0 WHERE id = {later}"
            ))
            .unwrap();
        let now = store.audit_breaks().unwrap();
        assert_eq!(now, [&breaks[..], &[later]].concat());
    }
}

#[test]
fn a_log_that_is_lost_as_a_whole_begins_anew_with_a_break() {
    let mut bench = Bench::new();
    bench.store.begin_boot(0, NOW.wall).unwrap();
    bench.checkpoint();
    let card = damaged_in(&bench, &["audit"]);
    make_sound(&card.path).unwrap().unwrap();
    let mut store = Store::open(&card.path).unwrap();
    store.begin_boot(0, NOW.wall).unwrap();
    assert_eq!(store.audit_breaks().unwrap(), [2]);
    assert_eq!(store.audit(0, 9).unwrap().len(), 2);
}

#[test]
fn a_county_key_with_a_flipped_bit_comes_back_as_the_log_names_it() {
    let mut bench = Bench::new();
    let key = CountySecret::from_seed([0x44; 64]).public();
    let (bytes, id) = (key.to_bytes(), key.key_id().to_string());
    bench.store.learn_county_key(&bytes, &id, NOW).unwrap();
    bench.checkpoint();
    let main = fs::read(&bench.path).unwrap();
    let places = main.windows(bytes.len()).enumerate();
    let places = places.filter(|(_, part)| *part == bytes).map(|(at, _)| at);
    let places: Vec<_> = places.collect();
    assert_eq!(places.len(), 2); // its row and the index
    for place in places {
        let mut damaged = main.clone();
        damaged[place + 20] ^= 0x10;
        let card = Card::new(&damaged, &[]);
        make_sound(&card.path).unwrap().unwrap();
        let store = Store::open(&card.path).unwrap();
        assert_eq!(store.county_keys().unwrap(), [bytes.as_slice()]);
    }
}

#[test]
fn a_value_that_the_program_cannot_read_is_damage_and_keeps_no_object_back() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 9000);
    bench.submit(&submission).unwrap();
    for change in [
        "UPDATE outbox SET len = len + 4294967296 WHERE id = 2",
        "UPDATE outbox SET attempts = 99999999999 WHERE id = 2",
        "UPDATE submission SET slip_url = CAST(x'48ff' AS TEXT) WHERE id = 1",
    ] {
        let cut = bench.cut();
        Connection::open(&cut.path)
            .unwrap()
            .execute(change, ())
            .unwrap();
        assert_eq!(
            inspect(&cut.path).unwrap().findings,
            [Finding::Values { rows: 1 }]
        );
        make_sound(&cut.path).unwrap().unwrap();
        let store = cut.open();
        assert_whole(&store, &submission);
        let owed = store.all_unacknowledged(NOW).unwrap();
        let lengths = owed.iter().map(|object| object.len as usize);
        let sealed = submission.objects.iter().map(|(_, sealed)| sealed);
        assert!(lengths.eq(sealed.map(|sealed| sealed.bytes.len())));
    }
}

#[test]
fn the_damaged_files_are_kept_up_to_a_bound_and_the_oldest_goes_first() {
    let field = &*CHECKPOINTED;
    let card = Card::new(&field.main, &[]);
    for number in 1..=DAMAGED_KEPT_MAX + 2 {
        let mut main = fs::read(&card.path).unwrap();
        main[PAGE_LEN..2 * PAGE_LEN].fill(0);
        fs::write(&card.path, main).unwrap();
        let report = make_sound(&card.path).unwrap().unwrap();
        let name = format!("kiosk.db.damaged-{number}");
        assert_eq!(report.damaged, card.path.with_file_name(name));
    }
    assert_eq!(
        card.names(),
        [
            "kiosk.db",
            "kiosk.db.damaged-3",
            "kiosk.db.damaged-4",
            "kiosk.db.damaged-5",
            "kiosk.db.damaged-6",
        ]
    );
}

#[test]
fn damaged_files_and_the_new_one_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let field = &*CHECKPOINTED;
    let card = Card::new(&field.with_page(1, &[0; PAGE_LEN]), &[]);
    make_sound(&card.path).unwrap().unwrap();
    let mode = fs::metadata(&card.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn a_store_without_a_submission_is_known_as_ours_without_its_first_page() {
    let mut bench = Bench::new();
    bench.store.next_slip_counter().unwrap();
    bench.checkpoint();
    let mut main = fs::read(&bench.path).unwrap();
    main[..PAGE_LEN].fill(0xff);
    let card = Card::new(&main, &[]);
    make_sound(&card.path).unwrap().unwrap();
    let mut store = Store::open(&card.path).unwrap();
    assert_eq!(store.next_slip_counter().unwrap(), 2);
}

#[test]
fn what_shows_no_trace_of_ours_is_left_alone_damaged_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kiosk.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE TABLE theirs (id INTEGER PRIMARY KEY, bytes BLOB);
             INSERT INTO theirs VALUES (1, zeroblob(9000)), (2, x'0102');",
        )
        .unwrap();
    let sound = fs::read(&path).unwrap();
    let mut damaged = sound.clone();
    damaged[PAGE_LEN..PAGE_LEN + 900].fill(0xa5);
    let mut headless = sound.clone();
    headless[..100].fill(0);
    let text = b"a letter to the county ".repeat(1000);
    for theirs in [sound, damaged, headless, text, vec![0; 9 * PAGE_LEN]] {
        let card = Card::new(&theirs, &[]);
        assert_eq!(make_sound(&card.path).unwrap(), None);
        assert!(matches!(
            recover(&card.path),
            Err(RecoverError::NotOurs { .. })
        ));
        assert_eq!(fs::read(&card.path).unwrap(), theirs);
        assert!(card.names().iter().all(|name| !name.contains("damaged")));
    }
}
