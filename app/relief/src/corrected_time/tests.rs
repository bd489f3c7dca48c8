use proptest::prelude::*;

use super::*;

/// 2026-11-23 10:00 in China.
const TEN: i64 = 1_795_399_200_000;
const MINUTE: i64 = 60_000;
/// A clock that was never set.
const UNSET: i64 = 5_000;

/// A message made at `minute` of `boot`, received at `received` minutes after ten.
fn message(boot_id: u32, minute: u64, wall_ms: i64, received: i64) -> Exchange {
    Exchange {
        made: KioskTime {
            boot_id,
            tick_ms: minute * 60_000,
            wall_ms,
            county_ms: None,
            county_tick_ms: None,
        },
        received_ms: TEN + received * MINUTE,
    }
}

/// The same, where the kiosk had heard `county` minutes after ten at `tick` minutes of its boot.
fn heard(mut message: Exchange, county: i64, tick: Option<u64>) -> Exchange {
    message.made.county_ms = Some(TEN + county * MINUTE);
    message.made.county_tick_ms = tick.map(|minute| minute * 60_000);
    message
}

/// Bounds and time in minutes after ten, rounded down; the drift is some milliseconds.
fn told(exchange: Exchange, others: &[Exchange]) -> (Option<i64>, i64, i64, TimeBasis) {
    let corrected = Timeline::new(others.iter().copied().chain([exchange])).correct(&exchange);
    let minutes = |ms: i64| (ms - TEN + 500).div_euclid(MINUTE);
    (
        corrected.earliest_ms.map(minutes),
        minutes(corrected.latest_ms),
        minutes(corrected.time_ms),
        corrected.basis,
    )
}

#[test]
fn a_wall_clock_that_can_be_right_is_believed() {
    let event = heard(message(1, 30, TEN + 25 * MINUTE, 60), 5, Some(10));
    assert_eq!(
        told(event, &[]),
        (Some(25), 60, 25, TimeBasis::WallClock),
        "heard at five past ten and at ten minutes, twenty minutes earlier"
    );
}

#[test]
fn a_clock_that_was_never_set_is_corrected_to_the_earliest_time_or_without_one_to_the_latest() {
    let event = message(1, 30, UNSET, 60);
    assert_eq!(told(event, &[]), (None, 60, 60, TimeBasis::Bound));
    let event = heard(event, 5, Some(10));
    assert_eq!(told(event, &[]), (Some(25), 60, 25, TimeBasis::Bound));
}

#[test]
fn a_clock_that_runs_ahead_is_corrected_to_the_latest_time() {
    let event = heard(message(1, 30, TEN + 900 * MINUTE, 60), 5, Some(10));
    assert_eq!(told(event, &[]), (Some(25), 60, 60, TimeBasis::Bound));
}

#[test]
fn a_later_report_of_the_boot_bounds_from_above_and_an_earlier_one_does_not() {
    let event = message(1, 30, TEN + 900 * MINUTE, 600);
    let later = message(1, 40, UNSET, 50);
    assert_eq!(told(event, &[later]).1, 40);
    let earlier = message(1, 20, UNSET, 5);
    assert_eq!(told(event, &[earlier]).1, 600, "it may have slept since");
}

#[test]
fn what_was_heard_after_the_event_does_not_bound_it_from_below() {
    let event = message(1, 30, UNSET, 600);
    let later = heard(message(1, 50, UNSET, 610), 100, Some(40));
    assert_eq!(told(event, &[later]).0, None);
}

#[test]
fn a_later_boot_bounds_from_above_and_an_earlier_one_from_below() {
    let event = message(2, 30, UNSET, 600);
    let before = heard(message(1, 70, UNSET, 500), 3, Some(60));
    let after = message(3, 7, UNSET, 90);
    assert_eq!(
        told(event, &[before, after]),
        (Some(43), 83, 43, TimeBasis::Bound),
        "three, ten more minutes of that boot, thirty of this one; ninety less seven of the next"
    );
}

#[test]
fn a_time_heard_in_an_earlier_boot_bounds_from_the_start_of_this_one() {
    let event = heard(message(2, 30, UNSET, 600), 3, None);
    assert_eq!(told(event, &[]).0, Some(33));
}

#[test]
fn two_readings_that_contradict_each_other_keep_the_order_of_the_ticks() {
    let first = message(1, 10, TEN + 50 * MINUTE, 600);
    let second = message(1, 20, TEN + 30 * MINUTE, 601);
    assert_eq!(told(second, &[first]).2, 30);
    assert_eq!(
        told(first, &[second]),
        (None, 591, 20, TimeBasis::Bound),
        "ten minutes before the later reading"
    );
}

#[test]
fn an_uncounted_boot_is_judged_by_its_own_message_alone() {
    let event = heard(message(0, 30, UNSET, 600), 3, Some(10));
    let others = [message(0, 40, UNSET, 10), message(1, 1, UNSET, 1)];
    assert_eq!(told(event, &others), (Some(23), 600, 23, TimeBasis::Bound));
}

#[test]
fn bounds_that_contradict_each_other_give_a_time_between_them() {
    let event = heard(message(1, 30, TEN + 61 * MINUTE, 60), 100, Some(20));
    assert_eq!(
        told(event, &[]),
        (Some(60), 110, 61, TimeBasis::Contradiction)
    );
}

/// What happens to an invented kiosk, one step after another.
#[derive(Debug, Clone)]
enum Step {
    /// The machine counts.
    Run { ms: u64 },
    /// The machine sleeps: time passes uncounted.
    Sleep { ms: u64 },
    /// It is off for a while and starts again.
    Reboot { off_ms: u64 },
    /// A message of the county arrives, `ms` after it was signed.
    Hear { ms: u64 },
    /// It makes a message that the county receives `ms` later.
    Send { ms: u64 },
    /// Somebody sets the wall clock.
    SetClock { ahead_ms: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ms = || prop_oneof![0_u64..5, 0_u64..100_000, 0_u64..3_000_000_000];
    let step = prop_oneof![
        3 => ms().prop_map(|ms| Step::Run { ms }),
        1 => ms().prop_map(|ms| Step::Sleep { ms }),
        1 => ms().prop_map(|off_ms| Step::Reboot { off_ms }),
        2 => ms().prop_map(|ms| Step::Hear { ms }),
        4 => ms().prop_map(|ms| Step::Send { ms }),
        1 => prop_oneof![-2_000_000_000_000_i64..2_000_000_000_000, -200_000_i64..200_000]
            .prop_map(|ahead_ms| Step::SetClock { ahead_ms }),
    ];
    prop::collection::vec(step, 0..60)
}

/// Plays the steps on a kiosk whose ticks run `too_fast` millionths fast: each message with its true time.
fn play(steps: &[Step], too_fast: i64) -> Vec<(Exchange, i64)> {
    let signed = |ms: &u64| i64::try_from(*ms).unwrap();
    let (mut truth_ms, mut ahead_ms) = (TEN, 0);
    let (mut boot_id, mut counted_ms) = (1, 0_i64);
    let (mut county_ms, mut county_tick_ms) = (None, None);
    let mut sent = Vec::new();
    for step in steps {
        let tick_ms = (counted_ms + counted_ms * too_fast / 1_000_000).cast_unsigned();
        match step {
            Step::Run { ms } => {
                truth_ms += signed(ms);
                counted_ms += signed(ms);
            }
            Step::Sleep { ms } => truth_ms += signed(ms),
            Step::Reboot { off_ms } => {
                truth_ms += signed(off_ms);
                (boot_id, counted_ms, county_tick_ms) = (boot_id + 1, 0, None);
            }
            Step::Hear { ms } => {
                county_ms = county_ms.max(Some(truth_ms - signed(ms)));
                if county_ms == Some(truth_ms - signed(ms)) {
                    county_tick_ms = Some(tick_ms);
                }
            }
            Step::Send { ms } => {
                let made = KioskTime {
                    boot_id,
                    tick_ms,
                    wall_ms: truth_ms + ahead_ms,
                    county_ms,
                    county_tick_ms,
                };
                let received_ms = truth_ms + signed(ms);
                sent.push((Exchange { made, received_ms }, truth_ms));
            }
            Step::SetClock { ahead_ms: set } => ahead_ms = *set,
        }
    }
    sent
}

proptest! {
    #[test]
    fn the_truth_lies_between_the_bounds_and_no_boot_loses_its_order(
        steps in steps(), too_fast in -200_i64..=200, turned in any::<bool>()
    ) {
        let mut sent = play(&steps, too_fast);
        if turned {
            sent.reverse();
        }
        let timeline = Timeline::new(sent.iter().map(|(exchange, _)| *exchange));
        let corrected: Vec<_> = sent
            .iter()
            .map(|(exchange, truth_ms)| (exchange, *truth_ms, timeline.correct(exchange)))
            .collect();
        for (exchange, truth_ms, found) in &corrected {
            // Ticks are read to the whole millisecond.
            prop_assert!(found.earliest_ms.is_none_or(|earliest_ms| earliest_ms <= *truth_ms + 1));
            prop_assert!(found.latest_ms >= *truth_ms - 1);
            prop_assert!(found.earliest_ms.is_none_or(|earliest_ms| earliest_ms <= found.time_ms));
            prop_assert!(found.time_ms <= found.latest_ms);
            prop_assert!(found.basis != TimeBasis::Contradiction);
            if found.basis == TimeBasis::WallClock {
                prop_assert_eq!(found.time_ms, exchange.made.wall_ms);
            }
        }
        for (earlier, _, first) in &corrected {
            for (later, _, second) in &corrected {
                if earlier.made.boot_id == later.made.boot_id
                    && earlier.made.tick_ms < later.made.tick_ms
                {
                    prop_assert!(first.time_ms <= second.time_ms);
                }
            }
        }
    }

    #[test]
    fn messages_that_make_no_sense_never_panic_and_keep_order_and_bounds(
        made in prop::collection::vec(
            (0_u32..4, prop_oneof![0_u64..100, any::<u64>()], any::<i64>(), any::<Option<i64>>(),
             prop::option::of(prop_oneof![0_u64..100, any::<u64>()]), any::<i64>()),
            0..12,
        )
    ) {
        let exchanges: Vec<_> = made
            .into_iter()
            .map(|(boot_id, tick_ms, wall_ms, county_ms, county_tick_ms, received_ms)| Exchange {
                made: KioskTime { boot_id, tick_ms, wall_ms, county_ms, county_tick_ms },
                received_ms,
            })
            .collect();
        let timeline = Timeline::new(exchanges.iter().copied());
        for exchange in &exchanges {
            let found = timeline.correct(exchange);
            prop_assert!(found.earliest_ms.is_none_or(|earliest_ms| earliest_ms <= found.time_ms));
            prop_assert!(found.time_ms <= found.latest_ms);
            for other in &exchanges {
                if exchange.made.boot_id == other.made.boot_id && exchange.made.boot_id != 0
                    && exchange.made.tick_ms < other.made.tick_ms
                {
                    prop_assert!(found.time_ms <= timeline.correct(other).time_ms);
                }
            }
        }
    }
}
