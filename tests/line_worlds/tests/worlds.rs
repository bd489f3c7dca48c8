//! Worlds of a thin line: all promises hold, the same seed gives the same world, and the checks bite.

use line_worlds::memory::Counting;
use line_worlds::totals::Totals;
use line_worlds::world::{Options, run};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Worlds of a test run; the program `line-worlds` runs as many as it is asked to.
const SEEDS: u64 = 300;

/// Worlds in which a promise is broken on purpose.
const SABOTAGED: u64 = 40;

#[test]
fn no_world_breaks_a_promise() {
    let mut totals = Totals::default();
    for seed in 0..SEEDS {
        let report = run(seed, &Options::default());
        assert_eq!(report.violations, [""; 0], "seed {seed}");
        totals += report.totals;
    }
    // Every kind of mishap is among them, and the counters count.
    for (what, count) in [
        ("refused", totals.refused),
        ("begun anew", totals.restarted),
        ("taken back", totals.cancelled),
        ("carried elsewhere", totals.elsewhere),
        ("half hang-ups", totals.half_hang_ups),
        ("silences", totals.silences),
        ("fades", totals.fades),
        ("babbles", totals.babbles),
        ("reboots", totals.reboots),
        ("memory", totals.most_bytes),
    ] {
        assert!(SEEDS / 20 < count, "{what}: {count}");
    }
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let options = Options::default();
    assert_eq!(run(7, &options), run(7, &options));
}

/// How many of the first worlds the checks find something in.
fn found(options: Options) -> usize {
    (0..SABOTAGED)
        .filter(|seed| !run(*seed, &options).violations.is_empty())
        .count()
}

#[test]
fn receivers_that_confirm_what_they_do_not_keep_are_found_out() {
    let found = found(Options {
        confirm_unkept: true,
        ..Options::default()
    });
    assert!(SABOTAGED as usize / 2 < found, "in {found} worlds");
}

#[test]
fn bytes_that_the_line_takes_for_itself_are_found_out() {
    let found = found(Options {
        escape_nothing: true,
        ..Options::default()
    });
    assert!(2 < found, "in {found} worlds");
}
