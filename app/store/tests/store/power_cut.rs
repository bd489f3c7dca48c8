use std::fs;

use crate::bench::{Bench, NOW, assert_absent, assert_whole, hashes, wal};

#[test]
fn what_submit_returned_is_there_after_a_power_cut() {
    let mut bench = Bench::new();
    for number in 1..=10 {
        let submission = bench.submission(number, 20_000);
        bench.submit(&submission).unwrap();
        assert_whole(&bench.cut().open(), &submission);
    }
}

/// The log's header, and each frame: its own header and a page.
/// Source: <https://www.sqlite.org/fileformat2.html#walformat>.
const WAL_HEADER_LEN: usize = 32;
const WAL_FRAME_LEN: usize = 24 + 4096;

#[test]
fn a_cut_after_any_write_of_a_submission_leaves_all_of_it_or_nothing() {
    let mut bench = Bench::new();
    let earlier = bench.submission(1, 20_000);
    bench.submit(&earlier).unwrap();
    let before = fs::metadata(wal(&bench.path)).unwrap().len() as usize;
    let submission = bench.submission(2, 50_000);
    bench.submit(&submission).unwrap();
    let after = fs::metadata(wal(&bench.path)).unwrap().len() as usize;
    let frames = (after - before) / WAL_FRAME_LEN;
    assert!(12 < frames, "{frames} frames");

    // At every frame's end, and within every frame's header and page.
    let mut cuts = vec![after];
    for frame_end in (before..after).step_by(WAL_FRAME_LEN) {
        cuts.extend([frame_end, frame_end + 10, frame_end + 24, frame_end + 3000]);
    }
    for len in cuts {
        let cut = bench.cut();
        let log = fs::File::options()
            .write(true)
            .open(wal(&cut.path))
            .unwrap();
        log.set_len(len as u64).unwrap();
        let mut store = cut.open();
        assert_whole(&store, &earlier);
        if len == after {
            assert_whole(&store, &submission);
        } else {
            assert_absent(&store, &submission);
            store.submit(&submission, NOW).unwrap();
            assert_whole(&store, &submission);
        }
    }
}

#[test]
fn a_torn_page_in_the_log_takes_the_whole_submission_and_nothing_earlier() {
    let mut bench = Bench::new();
    let earlier = bench.submission(1, 20_000);
    bench.submit(&earlier).unwrap();
    let before = fs::metadata(wal(&bench.path)).unwrap().len() as usize;
    assert_eq!((before - WAL_HEADER_LEN) % WAL_FRAME_LEN, 0);
    let submission = bench.submission(2, 50_000);
    bench.submit(&submission).unwrap();
    let after = fs::metadata(wal(&bench.path)).unwrap().len() as usize;

    for frame in (before..after).step_by(WAL_FRAME_LEN) {
        let cut = bench.cut();
        let mut log = fs::read(wal(&cut.path)).unwrap();
        log[frame + 24 + 512..frame + 24 + 1024].fill(0xa5);
        fs::write(wal(&cut.path), log).unwrap();
        let store = cut.open();
        assert_whole(&store, &earlier);
        assert_absent(&store, &submission);
    }
}

#[test]
fn bytes_are_gone_after_a_power_cut_only_if_the_acknowledgement_is_there() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 20_000);
    bench.submit(&submission).unwrap();
    let before = fs::metadata(wal(&bench.path)).unwrap().len();
    bench.acknowledge(&hashes(&submission), NOW);
    let after = fs::metadata(wal(&bench.path)).unwrap().len();
    for len in before..=after {
        if len % 512 != 0 && len != after {
            continue;
        }
        let cut = bench.cut();
        let log = fs::File::options()
            .write(true)
            .open(wal(&cut.path))
            .unwrap();
        log.set_len(len).unwrap();
        let store = cut.open();
        let owed = store.all_unacknowledged(NOW).unwrap().len();
        if len == after {
            assert_eq!(owed, 0);
        } else {
            assert_eq!(owed, 2);
            assert_whole(&store, &submission);
        }
    }
}
