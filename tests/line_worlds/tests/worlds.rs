//! Worlds of a thin line: all promises hold, and the same seed gives the same world.

use line_worlds::memory::Counting;
use line_worlds::totals::Totals;
use line_worlds::world::run;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Worlds of a test run; the program `line-worlds` runs as many as it is asked to.
const SEEDS: u64 = 300;

#[test]
fn no_world_breaks_a_promise() {
    let mut totals = Totals::default();
    for seed in 0..SEEDS {
        let report = run(seed, false);
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
    assert_eq!(run(7, false), run(7, false));
}
