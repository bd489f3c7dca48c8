//! How much of a line is payload, how long an urgent object takes, how little goes twice. All in virtual
//! time, so every figure is exact and the same on every machine.

use line_worlds::line::Line;
use line_worlds::memory::Counting;
use line_worlds::pair::{Pair, SECOND};
use line_worlds::performance::{
    LINES, PAGE_BYTES as PAGE, RECORD_BYTES as RECORD, RECORDS, measure, report,
};
use line_worlds::random::noise;
use link::Priority;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn the_performance_report_is_that_of_the_golden_file() {
    let report = report();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/performance.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, &report).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(golden).unwrap_or_default();
    assert_eq!(
        report, expected,
        "UPDATE_GOLDEN=1 rewrites {golden}; the difference is the review"
    );
}

#[test]
fn a_page_takes_98_percent_of_a_clean_line_and_90_at_an_error_rate_of_1e_4() {
    assert!(985 <= measure(Line::clean(9600, 5)).page_permille);
    assert!(900 <= measure(Line::noisy(9600, 5, 1e-4)).page_permille);
}

#[test]
fn only_what_was_lost_is_sent_again() {
    for (name, line) in LINES {
        for lens in [vec![PAGE], vec![RECORD; RECORDS]] {
            let mut pair = Pair::new(line, 1);
            for (index, &len) in (1..).zip(&lens) {
                pair.send_up(Priority::Record, noise(len, index));
            }
            pair.run_until(SECOND * 36_000, Pair::all_delivered)
                .expect("it arrives");
            let count = lens.len();
            assert_eq!(
                pair.county.session.stats().blocks_repeated,
                0,
                "{name}, {count} objects"
            );
            assert!(
                !line.is_clean() || pair.kiosk.session.stats().packets_lost == 0,
                "{name}, {count} objects"
            );
        }
    }
}

#[test]
fn an_urgent_record_waits_for_less_than_three_frames_of_a_page() {
    let line = Line::clean(9600, 5);
    let mut alone = Pair::new(line, 1);
    alone.run_for(SECOND * 5);
    let record = alone.send_up(Priority::Record, noise(RECORD, 2));
    let alone_ms = alone
        .run_until(SECOND * 60, |pair| pair.has_arrived(record))
        .expect("it arrives")
        .as_millis() as u64;

    let frame_ms = 250 * 10 * 1000 / 9600;
    let urgent = measure(line).urgent_ms;
    assert!(
        urgent < alone_ms + 3 * frame_ms,
        "{urgent} ms among others, {alone_ms} ms alone"
    );
}

#[test]
fn acknowledgements_of_a_page_cost_less_than_two_percent_of_it() {
    let mut pair = Pair::new(Line::noisy(9600, 5, 1e-5), 1);
    pair.send_up(Priority::Picture, noise(PAGE, 1));
    pair.run_until(SECOND * 600, Pair::all_delivered)
        .expect("it arrives");
    assert!(
        pair.down.carried * 50 < pair.up.carried,
        "{} against {}",
        pair.down.carried,
        pair.up.carried
    );
}

#[test]
fn after_a_hang_up_at_half_of_a_page_less_than_two_percent_goes_twice() {
    for (line, seed) in [
        (Line::clean(9600, 5), 1),
        (Line::noisy(9600, 5, 1e-4), 2),
        (Line::clean(115_200, 150), 3),
    ] {
        let mut pair = Pair::new(line, seed);
        let page = pair.send_up(Priority::Picture, noise(PAGE, 1));
        let half = |pair: &Pair| {
            pair.county
                .owner
                .parts
                .get(&page)
                .is_some_and(|part| 417 <= part.have.held())
        };
        pair.run_until(SECOND * 600, half)
            .expect("half of it arrives");
        pair.hang_up();
        pair.run_for(SECOND * 30);
        let held = pair
            .county
            .owner
            .parts
            .get(&page)
            .map_or(0, |part| part.have.held());
        let sent_before = pair.up.carried;
        let lost_before = pair.kiosk.session.stats().packets_lost;

        pair.call_again();
        pair.run_until(SECOND * 600, Pair::all_delivered)
            .expect("the rest arrives");
        let repeated = pair.county.session.stats().blocks_repeated;
        assert!(repeated * 50 < 834, "{repeated} blocks went twice");
        if line.bit_errors == 0.0 {
            let needed = u64::from(834 - held) * 250;
            let took = pair.up.carried - sent_before;
            assert!(
                took < needed + needed / 100 + 100,
                "{took} bytes for {needed}, line {line:?}"
            );
            assert_eq!(pair.kiosk.session.stats().packets_lost, lost_before);
        }
    }
}

#[test]
fn a_line_that_falls_silent_without_a_hang_up_swallows_less_than_eight_seconds_of_payload() {
    let mut pair = Pair::new(Line::clean(9600, 5), 1);
    pair.send_up(Priority::Picture, noise(PAGE, 1));
    pair.run_for(SECOND * 20);
    pair.mute(true);
    let before = pair.kiosk.session.stats();
    pair.run_for(SECOND * 120);
    let after = pair.kiosk.session.stats();
    let seconds = (after.blocks_sent - before.blocks_sent) * 250 / 960;
    assert!(seconds < 8, "{seconds} s");
    assert_eq!(pair.kiosk.owner.disconnects.len(), 1);
    pair.mute(false);
    pair.run_until(SECOND * 300, Pair::all_delivered)
        .expect("it goes on");
}

#[test]
fn an_idle_line_carries_less_than_two_and_a_half_bytes_a_second() {
    let mut pair = Pair::new(Line::clean(9600, 5), 1);
    pair.run_for(SECOND * 10);
    let before = pair.up.carried + pair.down.carried;
    pair.run_for(SECOND * 3600);
    let idle = pair.up.carried + pair.down.carried - before;
    assert!(2 * idle < 5 * 3600, "{idle} bytes in an hour");
    assert!(pair.kiosk.owner.disconnects.is_empty());
}
