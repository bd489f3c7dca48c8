//! A kiosk's worker with several real routes to a county: a cable on pseudo-terminals, TCP, HTTP.

mod bench;

use std::time::Duration;

use kiosk::flow::{ItemKind, RouteFault, RouteState, RouteStep, RoutesReport};
use kiosk::uplink::chooser::Patience;
use kiosk::uplink::settings::RouteSettings;

use bench::{Bench, CABLE, Told};

/// A page that takes some seconds on the cable.
const PAGE_LEN: usize = 300_000;

/// In a hurry where a test would have to wait: the rest is as in the field.
const HURRY: Patience = Patience {
    return_first: Duration::from_secs(1),
    rest: Duration::from_millis(200),
    let_go: Duration::from_secs(1),
    ..Patience::PATIENT
};

fn connected(place: usize) -> impl Fn(&RoutesReport) -> bool {
    move |report| {
        let route = report.routes.get(place);
        route.is_some_and(|route| route.state == RouteState::Connected)
    }
}

/// A good part of the page is there, and not all of it.
fn page_is_half_there(report: &RoutesReport) -> bool {
    let mut pages = report
        .items
        .iter()
        .filter(|item| item.kind == ItemKind::Picture);
    pages.any(|page| (PAGE_LEN as u64 / 4..PAGE_LEN as u64).contains(&page.bytes_there))
}

/// The page goes over the cable, the cable is unplugged in the middle of it, and another route takes what is missing;
/// then the cable is plugged in again.
fn unplugged_in_the_middle(bench: &mut Bench, other: RouteSettings) {
    bench.plug_in();
    bench.start(vec![bench.cable_route(), other], HURRY);
    bench.until(connected(0));
    bench.hand_in(PAGE_LEN);
    bench.until(page_is_half_there);
    let on_cable = bench.unplug();
    bench.until(connected(1));
    bench.until_nothing_waits();
    bench.assert_arrived();

    let on_other = bench.other_bytes();
    let sent = on_cable + on_other;
    let page = PAGE_LEN as u64;
    assert!(
        page / 4 < on_cable && sent < page + page / 50 + 12_000,
        "{on_cable} bytes over the cable and {on_other} over the other route for a page of {page}"
    );

    bench.plug_in();
    bench.until(connected(0));
    let before = bench.other_bytes();
    bench.hand_in(1000);
    bench.until_nothing_waits();
    bench.assert_arrived();
    assert_eq!(bench.other_bytes(), before, "the cable is back in use");
}

#[test]
fn a_cable_unplugged_in_the_middle_of_a_page_is_replaced_by_tcp_and_returned_to() {
    let mut bench = Bench::new();
    let tcp = bench.tcp_route();
    unplugged_in_the_middle(&mut bench, tcp);
}

#[test]
fn a_cable_unplugged_in_the_middle_of_a_page_is_replaced_by_http_and_returned_to() {
    let mut bench = Bench::new();
    let http = bench.http_route();
    unplugged_in_the_middle(&mut bench, http);
}

#[test]
fn a_cable_on_which_nobody_greets_does_not_cost_the_connection_that_works() {
    let mut bench = Bench::new();
    let tcp = bench.tcp_route();
    bench.start(vec![bench.cable_route(), tcp], HURRY);
    bench.until(connected(1));
    bench.plug_in_at_the_kiosk_only();
    bench.until(|report| {
        assert_eq!(report.routes[1].state, RouteState::Connected);
        let fault = RouteFault::CountySilent;
        matches!(report.routes[0].state, RouteState::Failed { fault: told, .. } if told == fault)
    });
    bench.hand_in(1000);
    bench.until_nothing_waits();
}

#[test]
fn a_spent_budget_takes_the_record_and_not_the_page_also_after_a_restart() {
    let mut bench = Bench::new();
    let budget = 150_000;
    let tcp = RouteSettings {
        bytes_per_month: Some(budget),
        ..bench.tcp_route()
    };
    bench.start(vec![tcp.clone()], HURRY);
    bench.hand_in(PAGE_LEN);
    let report = bench.until(|report| {
        let let_go = report.routes[0].state == RouteState::Resting;
        let_go
            && !report.items.is_empty()
            && report
                .items
                .iter()
                .all(|item| item.kind == ItemKind::Picture)
    });
    let used = report.routes[0].bytes_used;
    assert!(
        budget / 4 < used && used <= budget,
        "{used} bytes of {budget}"
    );

    // The budget is as spent as before for a kiosk that starts again, and so it is on its cable, which has none.
    bench.stop();
    bench.start(vec![tcp.clone()], HURRY);
    let report = bench.until(|report| report.routes[0].state == RouteState::Resting);
    assert!(used <= report.routes[0].bytes_used);
    bench.hand_in(0);
    bench.until(|report| {
        let left = report.items.iter();
        left.clone().count() == 1 && left.clone().all(|item| item.kind == ItemKind::Picture)
    });
    bench.stop();
    bench.plug_in();
    let dearer = RouteSettings {
        cost: 2,
        ..bench.cable_route()
    };
    bench.start(vec![tcp, dearer], HURRY);
    bench.until_nothing_waits();
    bench.assert_arrived();
}

#[test]
fn a_modem_is_called_for_what_is_urgent_and_its_day_outlasts_a_restart() {
    let mut bench = Bench::new();
    let (modem, route) = bench.modem_route("calls-per-day = 1\ncalls-kept-for-urgent = 0");
    bench.hand_in(20_000);
    bench.start(vec![route.clone()], HURRY);
    bench.until(|report| matches!(report.routes[0].state, RouteState::Opening(RouteStep::Sim)));
    bench.until(connected(0));
    bench.until_nothing_waits();
    bench.assert_arrived();
    let used_up =
        |report: &RoutesReport| report.routes[0].state == RouteState::Barred { wait_s: None };
    bench.until(used_up);
    assert!(!modem.in_call(), "let go of when nothing was left to bring");
    bench.hand_in(0);
    bench.until(|report| used_up(report) && report.items.len() == 1);
    bench.stop();
    bench.start(vec![route], HURRY);
    bench.until(|report| used_up(report) && report.items.len() == 1);
    assert_eq!(modem.log().calls, ["county.example:7001"]);
}

#[test]
fn what_staff_are_told_names_each_route_and_what_waits() {
    let mut bench = Bench::new();
    bench.start(vec![bench.cable_route()], HURRY);
    bench.hand_in(5000);
    let report = bench.until(|report| report.items.len() == 2);
    assert_eq!(report.routes[0].name, CABLE);
    assert_eq!(report.routes[0].state, RouteState::Absent);
    assert_eq!(report.items[0].kind, ItemKind::Record);
    let numbers = report.numbers();
    assert_eq!((numbers.route, numbers.state, numbers.objects), (0, 0, 2));
    bench.plug_in();
    let told: Vec<Told> = bench.until_nothing_waits();
    let waits = |told: &Told| matches!(told, Told::Line(report) if report.waiting == 1);
    assert!(told.iter().any(waits));
    assert!(
        told.iter()
            .any(|told| matches!(told, Told::Routes(report) if report.numbers().state == 2))
    );
}
