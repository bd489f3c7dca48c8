use std::fs;

use store::Store;

use crate::bench::{Bench, NOW, assert_whole};

#[test]
fn a_backup_opens_as_a_store_with_everything_that_was_committed() {
    let mut bench = Bench::new();
    let (first, second) = (bench.submission(1, 50_000), bench.submission(2, 100));
    bench.submit(&first).unwrap();
    let backup = bench.path.with_file_name("backup.db");
    bench.store.back_up(&backup, NOW).unwrap();
    bench.submit(&second).unwrap();

    let restored = Store::open(&backup).unwrap();
    assert_whole(&restored, &first);
    assert_eq!(restored.receipt(&second.slip_number).unwrap(), None);
    assert_eq!(restored.verify_audit().unwrap(), 2);
}

#[test]
fn an_earlier_backup_is_replaced_whole_and_a_half_made_one_is_cleared_away() {
    let mut bench = Bench::new();
    let backup = bench.path.with_file_name("backup.db");
    bench.store.back_up(&backup, NOW).unwrap();
    let unfinished = bench.path.with_file_name("backup.db.unfinished");
    fs::write(&unfinished, "half").unwrap();
    let submission = bench.submission(1, 100);
    bench.submit(&submission).unwrap();
    bench.store.back_up(&backup, NOW).unwrap();
    assert!(!unfinished.exists());
    assert_whole(&Store::open(&backup).unwrap(), &submission);
}

#[test]
fn a_backup_to_a_folder_that_is_not_there_says_so() {
    let mut bench = Bench::new();
    let nowhere = bench.path.with_file_name("nowhere").join("backup.db");
    assert!(bench.store.back_up(&nowhere, NOW).is_err());
}
