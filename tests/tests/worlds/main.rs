//! The simulated world: the same again from its seed, sound, and with checkers that bite.

use system_tests::simulation::{Options, run};

/// Worlds of a test run; the program `simulate` runs as many as it is asked to.
const SEEDS: u64 = 6;

#[test]
fn no_world_breaks_a_promise() {
    let mut cuts = 0;
    for seed in 0..SEEDS {
        let report = run(seed, &Options::default());
        assert_eq!(report.violations, [""; 0], "seed {seed}");
        assert!(0 < report.totals.slips_shown, "seed {seed}");
        cuts += report.totals.cuts();
    }
    assert!(50 * SEEDS < cuts, "{cuts} power cuts");
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let options = Options::default();
    assert_eq!(run(7, &options), run(7, &options));
}

#[test]
fn disks_that_forget_what_was_synced_are_found_out() {
    let options = Options {
        ignore_sync: true,
        ..Options::default()
    };
    let found = (0..SEEDS)
        .filter(|seed| !run(*seed, &options).violations.is_empty())
        .count();
    assert!(SEEDS as usize / 2 < found, "only {found} of {SEEDS} worlds");
}
