use store::DRAFT_PARTS_MAX;

use crate::bench::Bench;

#[test]
fn parts_of_a_visit_are_kept_replaced_and_dropped_together() {
    let mut bench = Bench::new();
    bench.store.put_draft(0, b"sealed page").unwrap();
    bench.store.put_draft(1, b"another").unwrap();
    bench.store.put_draft(0, b"taken again").unwrap();
    assert_eq!(
        bench.store.draft(0).unwrap().as_deref(),
        Some(&b"taken again"[..])
    );
    bench.store.drop_drafts().unwrap();
    bench.store.drop_drafts().unwrap();
    for part in 0..2 {
        assert_eq!(bench.store.draft(part).unwrap(), None);
    }
}

#[test]
fn no_visit_fills_the_disk_with_parts() {
    let mut bench = Bench::new();
    bench.store.put_draft(DRAFT_PARTS_MAX - 1, b"last").unwrap();
    assert!(bench.store.put_draft(DRAFT_PARTS_MAX, b"one more").is_err());
}
