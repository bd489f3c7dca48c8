mod world;

use proptest::prelude::*;

use std::time::Duration;

use super::*;
use world::{CABLE, MODEM, NETWORK, Weather, World, always, weather};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A cable before the network before a modem with a budget.
fn town() -> World {
    World::new(&[CABLE, NETWORK, MODEM.with_budget(1 << 20)])
}

#[test]
fn the_cheapest_route_that_works_is_held() {
    let mut world = town();
    world.run(10 * SECOND);
    assert_eq!(world.chooser.held(), Some(0));
    assert!(world.chooser.is_connected());
}

#[test]
fn a_broken_route_is_replaced_by_the_next_one_and_returned_to_after_a_rest() {
    let mut world = town();
    world.run(10 * MINUTE);
    world.weather[0] = always(Weather::Dead);
    world.run(10 * SECOND);
    assert_eq!(world.chooser.held(), Some(1));
    world.weather[0] = always(Weather::Works);
    world.run(30 * SECOND);
    assert_eq!(
        world.chooser.held(),
        Some(1),
        "it has not been back for long"
    );
    world.run(2 * MINUTE);
    assert_eq!(world.chooser.held(), Some(0));
    assert_eq!(world.switches.len(), 2);
}

#[test]
fn a_route_over_which_the_county_is_silent_is_left_for_another_and_kept_while_there_is_none() {
    let mut world = World::new(&[CABLE, NETWORK]);
    world.weather = vec![always(Weather::Silent), always(Weather::Dead)];
    world.run(5 * MINUTE);
    assert_eq!(
        world.chooser.held(),
        Some(0),
        "nothing better to do than to listen"
    );
    world.weather[1] = always(Weather::Works);
    world.run(10 * MINUTE);
    assert_eq!(world.chooser.held(), Some(1));
}

#[test]
fn a_better_route_is_tried_without_letting_go_of_the_one_that_works() {
    let mut world = World::new(&[CABLE, NETWORK]);
    world.weather[0] = always(Weather::Dead);
    world.run(HOUR);
    assert_eq!(world.chooser.held(), Some(1));
    assert!(
        world.switches.is_empty(),
        "the network was held all the time"
    );
    let tries = world.opened_in_vain[0];
    assert!((3..12).contains(&tries), "{tries} tries in an hour");
}

#[test]
fn a_device_that_is_not_plugged_in_is_not_tried() {
    let mut world = World::new(&[CABLE, NETWORK]);
    world.weather[0] = always(Weather::Absent);
    world.run(HOUR);
    assert_eq!(
        (world.chooser.held(), world.opened_in_vain[0]),
        (Some(1), 0)
    );
    world.weather[0] = always(Weather::Works);
    world.run(10 * SECOND);
    assert_eq!(world.chooser.held(), Some(0));
}

#[test]
fn what_is_on_its_way_is_not_broken_off_for_a_better_route_before_its_time() {
    let mut world = World::new(&[CABLE, NETWORK.at(1000)]);
    world.weather[0] = always(Weather::Dead);
    world.run(10 * SECOND);
    world.pictures = 10_000_000;
    world.run(SECOND);
    world.weather[0] = always(Weather::Works);
    world.run(4 * MINUTE);
    assert_eq!(world.chooser.held(), Some(1), "the picture is on its way");
    world.run(5 * MINUTE);
    assert_eq!(world.chooser.held(), Some(0), "it takes too long");
}

#[test]
fn a_route_that_costs_is_called_when_there_is_something_to_bring_and_let_go_after_it() {
    let mut world = World::new(&[MODEM]);
    world.run(2 * MINUTE);
    assert_eq!(
        world.calls, 1,
        "the first call asks whether the county has anything to say"
    );
    assert_eq!(world.chooser.held(), None);
    world.records = 1500;
    world.run(10 * SECOND);
    assert_eq!((world.chooser.held(), world.records), (Some(0), 0));
    world.run(MINUTE);
    assert_eq!((world.chooser.held(), world.calls), (None, 2));
}

#[test]
fn a_kiosk_that_has_nothing_to_say_calls_four_times_a_day() {
    let mut world = World::new(&[MODEM]);
    world.run(24 * HOUR);
    assert_eq!(world.calls, 4);
}

#[test]
fn pictures_wait_for_the_better_route_and_records_do_not() {
    let mut world = World::new(&[NETWORK, MODEM]);
    world.run(10 * MINUTE);
    world.weather[0] = always(Weather::Dead);
    world.records = 1500;
    world.pictures = 40_000;
    world.run(5 * MINUTE);
    assert_eq!((world.records, world.pictures), (0, 40_000));
    let until = world.now + 25 * MINUTE;
    let permit = world.chooser.permit(1, world.now);
    assert!(
        matches!(permit, Permit::BetterExpected { until: told } if told <= until),
        "{permit:?}, at most {until:?}"
    );
    world.run(30 * MINUTE);
    assert_eq!(
        world.pictures, 0,
        "the better route did not come back in time"
    );
}

#[test]
fn pictures_go_home_over_the_better_route_if_it_is_back_in_time() {
    let mut world = World::new(&[NETWORK, MODEM]);
    world.run(10 * MINUTE);
    world.weather[0] = always(Weather::Dead);
    world.pictures = 40_000;
    world.run(5 * MINUTE);
    world.weather[0] = always(Weather::Works);
    world.run(10 * MINUTE);
    assert_eq!((world.pictures, world.chooser.used(1)), (0, 0));
}

#[test]
fn a_spent_budget_takes_records_and_the_next_month_takes_pictures() {
    let budget = 1_000_000;
    let mut world = World::new(&[MODEM.with_budget(budget)]);
    world.pictures = 1_200_000;
    world.run(2 * HOUR);
    let left = world.pictures;
    assert!(
        200_000 < left && left < 320_000,
        "{left} bytes of pictures left"
    );
    assert!(world.chooser.used(0) <= budget);
    assert_eq!(world.chooser.permit(0, world.now), Permit::BudgetSpent);
    assert_eq!(world.chooser.held(), None, "nothing to call for");
    world.records = 200_000;
    world.run(10 * MINUTE);
    assert_eq!((world.records, world.pictures), (0, left));
    world.chooser.set_used(0, 0);
    world.run(10 * MINUTE);
    assert_eq!(world.pictures, 0);
}

#[test]
fn pictures_that_a_spent_budget_holds_back_go_over_a_dearer_route_that_takes_them() {
    let mut world = World::new(&[NETWORK.with_budget(100_000), CABLE]);
    world.chooser.set_used(0, 50_000);
    world.records = 1500;
    world.pictures = 40_000;
    world.run(5 * MINUTE);
    assert_eq!((world.records, world.pictures), (0, 0));
    assert!(world.chooser.used(0) < 60_000);
}

#[test]
fn a_line_on_which_an_urgent_object_stands_still_is_left() {
    let mut world = World::new(&[CABLE, NETWORK]);
    world.run(10 * MINUTE);
    world.weather[0] = always(Weather::Stuck);
    world.records = 1500;
    world.run(2 * MINUTE + 20 * SECOND);
    assert_eq!((world.chooser.held(), world.records), (Some(1), 0));
}

#[test]
fn a_barred_route_is_not_called_before_its_time() {
    let mut world = World::new(&[MODEM]);
    world.chooser.set_bar(0, Bar::Until(Tick(0) + HOUR));
    world.records = 1500;
    world.run(59 * MINUTE);
    assert_eq!((world.calls, world.records), (0, 1500));
    assert!(matches!(
        world.chooser.standing(0, world.now),
        Standing::Barred { .. }
    ));
    world.run(2 * MINUTE);
    assert_eq!((world.calls, world.records), (1, 0));
    world.chooser.set_bar(0, Bar::Today);
    world.records = 1500;
    world.run(24 * HOUR);
    assert_eq!(
        world.chooser.standing(0, world.now),
        Standing::Barred { until: None }
    );
    assert_eq!((world.calls, world.records), (1, 1500));
}

#[test]
fn failures_are_waited_out_for_longer_and_longer_up_to_a_bound() {
    let mut world = World::new(&[NETWORK]);
    world.weather[0] = always(Weather::Dead);
    world.run(HOUR);
    let first = world.opened_in_vain[0];
    world.run(HOUR);
    let second = world.opened_in_vain[0] - first;
    assert!(second < first && 10 <= second, "{first}, then {second}");
}

#[test]
fn a_kiosk_without_a_route_rests() {
    let mut chooser = Chooser::new(Vec::new(), Patience::default(), Tick(0));
    let waiting = Waiting {
        urgent: true,
        ..Waiting::default()
    };
    assert_eq!(chooser.decide(Tick(0), waiting), Decision::Rest);
    chooser.opened(Tick(0), 3);
    chooser.failed(Tick(0), 3);
    assert_eq!(chooser.held(), None);
}

/// The most changes of the route that answers, in any hour: each needs a route that failed or one that is returned to,
/// and what did not hold for [`Patience::sound`] waits twice as long the next time.
fn switches_per_hour_max(routes: usize) -> usize {
    let sound = Patience::default().sound.as_secs() as usize;
    3600 / sound + 10 * routes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_the_routes_do_the_promises_hold(
        routes in prop::collection::vec(world::terms(), 1..5),
        scripts in prop::collection::vec(weather(), 4),
        arrivals in prop::collection::vec((0u64..6 * 3600, any::<bool>(), 1u64..300_000), 0..30),
    ) {
        let mut world = World::new(&routes);
        world.weather = scripts;
        world.arrivals = arrivals;
        world.run(6 * HOUR);
        // Pictures never passed a budget; the world notes the first byte that does.
        prop_assert_eq!(world.over_budget, None);
        // No hour had more switches than the bound.
        let most = world.most_switches_in(HOUR);
        let bound = switches_per_hour_max(routes.len());
        prop_assert!(most <= bound, "{most} switches in an hour, bound {bound}");
        // Records were never left lying while a route worked all the time.
        let wait = world.longest_wait_beside_a_working_route;
        prop_assert!(wait <= world.wait_max(), "{wait:?}, bound {:?}", world.wait_max());

        // Then the weather clears, and every wait ends.
        world.weather = vec![always(Weather::Works); routes.len()];
        world.arrivals.clear();
        world.run(world.wait_max());
        prop_assert_eq!(world.records, 0);
        let bound = Patience::default();
        for route in 0..routes.len() {
            // The next month.
            world.chooser.set_used(route, 0);
        }
        world.run(bound.pictures + bound.return_max + world.wait_max());
        if routes.iter().any(|route| route.terms.bytes_per_month.is_none()) {
            prop_assert_eq!(world.pictures, 0, "held {:?}", world.chooser.held());
        }
    }
}
