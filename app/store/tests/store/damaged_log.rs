use std::collections::BTreeSet;

use crate::field::{LOGGED, PAGE_LEN};

const HEADER_LEN: usize = 32;
const FRAME_LEN: usize = 24 + PAGE_LEN;

/// The page that the frame at `start` is about, and whether it ends a transaction.
fn frame(log: &[u8], start: usize) -> (u32, bool) {
    let number = |at: usize| u32::from_be_bytes(*log[start + at..].first_chunk().unwrap());
    (number(0), number(4) != 0)
}

/// Where each frame starts, and whether it is one of the last transaction or the end of the one
/// before it: without that, the two look like one that was torn.
fn frames(log: &[u8]) -> Vec<(usize, bool)> {
    let starts: Vec<_> = (HEADER_LEN..log.len()).step_by(FRAME_LEN).collect();
    let commits = starts.iter().filter(|start| frame(log, **start).1);
    let last_but_one = *commits.rev().nth(1).unwrap();
    starts
        .iter()
        .map(|start| (*start, last_but_one <= *start))
        .collect()
}

#[test]
fn a_damaged_frame_costs_no_row_of_another_page_and_no_later_transaction() {
    let field = &*LOGGED;
    let frames = frames(&field.log);
    assert!(100 < frames.len(), "{}", frames.len());
    for (number, (start, of_last)) in frames.into_iter().enumerate() {
        if of_last {
            continue;
        }
        let (header, sector) = (0..24, 24 + 512..24 + 1024);
        let header = (number % 3 == 0).then_some(header);
        for part in header.into_iter().chain([sector]) {
            let mut log = field.log.clone();
            log[start..][part].fill(0xa5);
            let hit = BTreeSet::from([frame(&field.log, start).0]);
            let report = field.assert_recovers(&field.main, &log, &hit);
            assert!(report.is_some());
        }
    }
}

#[test]
fn a_torn_last_transaction_is_no_damage() {
    let field = &*LOGGED;
    for (start, of_last) in frames(&field.log) {
        if of_last {
            let mut log = field.log.clone();
            log[start + 100] ^= 1;
            let card = crate::field::Card::new(&field.main, &log);
            assert_eq!(store::salvage::make_sound(&card.path).unwrap(), None);
        }
    }
}

#[test]
fn any_byte_of_the_log_header_costs_no_row() {
    let field = &*LOGGED;
    for byte in 0..HEADER_LEN {
        let mut log = field.log.clone();
        log[byte] ^= 0x55;
        let report = field.assert_recovers(&field.main, &log, &BTreeSet::new());
        assert!(report.is_some());
    }
}

#[test]
fn a_file_that_is_gone_leaves_what_its_log_holds() {
    let field = &*LOGGED;
    let in_log: BTreeSet<_> = frames(&field.log)
        .iter()
        .map(|(start, _)| frame(&field.log, *start).0)
        .collect();
    let gone = (1..=1000).filter(|page| !in_log.contains(page)).collect();
    assert!(field.assert_recovers(&[], &field.log, &gone).is_some());
}

#[test]
fn damage_in_the_file_and_in_the_log_at_once_costs_no_row_of_another_page() {
    let field = &*LOGGED;
    let frames = frames(&field.log);
    for page in 1..=field.page_count() {
        let (start, _) = frames[page as usize % (frames.len() / 2)];
        let mut log = field.log.clone();
        log[start + 24..][..PAGE_LEN].fill(0);
        let hit = BTreeSet::from([page, frame(&field.log, start).0]);
        let damaged = field.with_page(page, &[0xa5; PAGE_LEN]);
        field.assert_recovers(&damaged, &log, &hit);
    }
}
