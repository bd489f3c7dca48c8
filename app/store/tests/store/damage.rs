use std::{collections::BTreeSet, fs};

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use rusqlite::Connection;
use store::{
    Store,
    salvage::{DAMAGED_KEPT_MAX, Finding, RecoverError, SLIP_GAP, inspect, make_sound, recover},
};

use crate::{
    bench::Bench,
    field::{CHECKPOINTED, Card, PAGE_LEN, SUBMISSIONS},
};

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
