use proptest::prelude::*;
use store::{MONTHS_KEPT, Month, ROUTES_KEPT, RouteCondition, RouteNote, Store};

use crate::bench::{Bench, NOW, later};

const ROUTE: &str = "4G";

fn month(year: i32, month: u32) -> Month {
    Month::new(year, month).unwrap()
}

fn note(month: Month, bytes: u64) -> RouteNote<'static> {
    RouteNote {
        route: ROUTE,
        month,
        month_is_sure: false,
        bytes,
        condition: RouteCondition::Connected,
        bytes_per_second: Some(960),
    }
}

fn sure(month: Month, bytes: u64) -> RouteNote<'static> {
    RouteNote {
        month_is_sure: true,
        ..note(month, bytes)
    }
}

fn book(store: &mut Store, note: RouteNote<'_>) -> u64 {
    store.note_route(&note, NOW).unwrap()
}

#[test]
fn a_month_is_one_of_the_calendar() {
    assert_eq!(month(2026, 11).to_string(), "2026-11");
    for (year, number) in [(2026, 0), (2026, 13), (999, 1), (10_000, 1), (-5, 3)] {
        assert_eq!(Month::new(year, number), None);
    }
    assert!(month(2026, 12) < month(2027, 1));
}

#[test]
fn bytes_of_a_month_add_up_across_restarts_and_power_cuts() {
    let mut bench = Bench::new();
    let november = month(2026, 11);
    assert_eq!(bench.store.route_bytes(ROUTE, november).unwrap(), 0);
    assert_eq!(book(&mut bench.store, note(november, 700)), 700);
    bench.restart();
    assert_eq!(book(&mut bench.store, note(november, 34)), 734);
    let after = bench.cut().open();
    assert_eq!(after.route_bytes(ROUTE, november).unwrap(), 734);
    assert_eq!(after.route_bytes("cable", november).unwrap(), 0);
    assert_eq!(after.route_bytes(ROUTE, month(2026, 12)).unwrap(), 0);
}

#[test]
fn a_clock_that_jumps_back_gives_no_budget_again() {
    let mut bench = Bench::new();
    let (november, december) = (month(2026, 11), month(2026, 12));
    book(&mut bench.store, note(november, 5000));
    book(&mut bench.store, note(december, 900));
    // The clock is back in November, and nobody has told the time: what is booked counts in December too.
    assert_eq!(book(&mut bench.store, note(november, 100)), 6000);
    assert_eq!(book(&mut bench.store, note(december, 0)), 1000);
    // Years back, as a kiosk with a flat battery starts.
    assert_eq!(book(&mut bench.store, note(month(1970, 1), 10)), 6010);
    assert_eq!(book(&mut bench.store, note(december, 0)), 1010);
}

#[test]
fn what_was_booked_to_a_month_that_has_not_begun_is_moved_once_the_month_is_sure() {
    let mut bench = Bench::new();
    let november = month(2026, 11);
    book(&mut bench.store, note(november, 500));
    book(&mut bench.store, note(month(2099, 1), 70));
    book(&mut bench.store, note(month(2099, 3), 8));
    assert_eq!(book(&mut bench.store, sure(november, 0)), 578);
    assert_eq!(bench.store.route_bytes(ROUTE, month(2026, 12)).unwrap(), 0);
}

#[test]
fn a_year_of_months_is_kept_and_a_crowd_of_routes_makes_way() {
    let mut bench = Bench::new();
    for number in 0..40 {
        book(
            &mut bench.store,
            note(month(2020 + number / 12, number as u32 % 12 + 1), 1),
        );
    }
    let kept = bench.store.route_bytes(ROUTE, month(2000, 1)).unwrap();
    assert_eq!(kept, u64::from(MONTHS_KEPT));
    for number in 0..ROUTES_KEPT {
        let name = format!("route {number}");
        let other = RouteNote {
            route: &name,
            ..note(month(2026, 11), 7)
        };
        bench.store.note_route(&other, later(number + 1)).unwrap();
    }
    assert_eq!(
        bench.store.routes_stood().unwrap().len(),
        ROUTES_KEPT as usize
    );
    assert_eq!(bench.store.route_bytes(ROUTE, month(2000, 1)).unwrap(), 0);
    assert_eq!(
        bench.store.route_bytes("route 31", month(2000, 1)).unwrap(),
        7
    );
}

#[test]
fn how_a_route_stood_is_kept_with_its_time() {
    let mut bench = Bench::new();
    book(&mut bench.store, note(month(2026, 11), 1));
    let failed = RouteNote {
        condition: RouteCondition::Failed,
        bytes_per_second: None,
        ..note(month(2026, 11), 0)
    };
    bench.store.note_route(&failed, later(500)).unwrap();
    bench.restart();
    let stood = bench.store.routes_stood().unwrap();
    assert_eq!(stood.len(), 1);
    assert_eq!(
        (
            stood[0].route.as_str(),
            stood[0].condition,
            stood[0].bytes_per_second,
            stood[0].as_of
        ),
        (ROUTE, RouteCondition::Failed, None, later(500).wall)
    );
}

#[test]
fn what_a_driver_keeps_outlasts_a_power_cut() {
    let mut bench = Bench::new();
    assert_eq!(bench.store.kept_of_route(ROUTE).unwrap(), None);
    bench.store.keep_of_route(ROUTE, "calls = 1").unwrap();
    bench.store.keep_of_route(ROUTE, "calls = 2").unwrap();
    let after = bench.cut().open();
    assert_eq!(
        after.kept_of_route(ROUTE).unwrap().as_deref(),
        Some("calls = 2")
    );
    assert_eq!(after.kept_of_route("cable").unwrap(), None);
}

#[test]
fn no_number_of_bytes_is_too_large_to_be_booked() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        for number in 1..=12 {
            book(&mut bench.store, note(month(2026, number), u64::MAX));
        }
    }
    assert_eq!(
        bench.store.route_bytes(ROUTE, month(2026, 1)).unwrap(),
        12 << 50
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A true month that passes, a clock that stands anywhere, and a county that tells the time now and then: what
    /// truly went over the route in the present month is never more than what counts as used, except for what was
    /// booked while the clock had jumped ahead of a month that no one was sure of.
    #[test]
    fn a_clock_that_only_lags_never_hides_a_byte(
        steps in prop::collection::vec((0u32..2, 0u32..30, 0u64..1000, any::<bool>()), 1..40)
    ) {
        let mut bench = Bench::new();
        let of = |number: u32| month(2020 + (number / 12) as i32, number % 12 + 1);
        let (mut true_month, mut truly_used) = (30, 0);
        // Before the county has told the time for the first time, a kiosk knows no month.
        book(&mut bench.store, sure(of(true_month), 0));
        book(&mut bench.store, sure(of(true_month), 1));
        truly_used += 1;
        for (passes, lag, bytes, is_sure) in steps {
            if 0 < passes {
                true_month += 1;
                truly_used = 0;
                // A month begins with a kiosk that knows it.
                book(&mut bench.store, sure(of(true_month), 1));
                truly_used += 1;
            }
            truly_used += bytes;
            let counted = if is_sure {
                book(&mut bench.store, sure(of(true_month), bytes))
            } else {
                book(&mut bench.store, note(of(true_month - lag.min(true_month)), bytes))
            };
            prop_assert!(truly_used <= counted, "{truly_used} used, {counted} counted");
            let now = bench.store.route_bytes(ROUTE, of(true_month)).unwrap();
            prop_assert_eq!(truly_used, now);
        }
    }
}
