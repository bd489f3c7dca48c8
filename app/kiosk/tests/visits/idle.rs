use std::sync::Arc;

use kiosk::flow::{
    Effect, FlowContent, Input, ItemKind, ItemReport, ItemWait, LineReport, Page, RoutesReport,
    Touch,
};

use crate::story::Story;

#[test]
fn a_person_who_left_is_warned_and_then_wiped() {
    let mut story = Story::new();
    story.by_hand().wait(59_999);
    assert_eq!(story.visit.idle_warning_s(), None);
    story.wait(1);
    assert_eq!(story.visit.idle_warning_s(), Some(30));
    story.wait(29_999);
    assert_eq!(story.visit.idle_warning_s(), Some(1));
    assert_eq!(story.page(), Page::Who);
    story.wait(1);
    assert_eq!(story.page(), Page::Home);
    assert_eq!(story.answers().name, None);
    assert!(matches!(story.effects.last(), Some(Effect::Wipe)));
    assert_eq!(
        story.visit.deadline_ms(),
        None,
        "the first page needs no clock"
    );
}

#[test]
fn a_touch_during_the_warning_only_ends_the_warning() {
    let mut story = Story::new();
    story.by_hand().wait(70_000);
    story.touch(Touch::Next);
    assert_eq!(
        (story.page(), story.visit.idle_warning_s()),
        (Page::Who, None)
    );
    story.wait(59_000);
    assert_eq!(
        story.visit.idle_warning_s(),
        None,
        "the minute starts again"
    );
}

#[test]
fn waking_at_each_deadline_is_enough_for_warning_countdown_and_wipe() {
    let mut story = Story::new();
    story.by_hand();
    let start_ms = story.now_ms;
    let mut seen = Vec::new();
    while let Some(deadline_ms) = story.visit.deadline_ms() {
        assert!(deadline_ms > story.now_ms, "a deadline lies ahead");
        let ahead = deadline_ms - story.now_ms;
        story.wait(ahead);
        seen.extend(story.visit.idle_warning_s());
    }
    assert_eq!(seen, (1..=30).rev().collect::<Vec<u64>>());
    assert_eq!(story.now_ms, start_ms + 90_000);
}

#[test]
fn the_line_is_told_on_the_first_page_and_outlives_the_person() {
    let mut story = Story::new();
    let report = LineReport {
        waiting: 2,
        connected: false,
        ..LineReport::default()
    };
    story.tell(Input::LineReport(report)).by_hand().wait(90_000);
    assert_eq!((story.page(), story.visit.line()), (Page::Home, report));
}

#[test]
fn the_routes_are_told_to_whoever_asks_and_outlive_them() {
    let mut story = Story::new();
    let item = ItemReport {
        kind: ItemKind::Record,
        count: 1,
        bytes: 1500,
        bytes_there: 0,
        wait: ItemWait::ForRoute,
    };
    let report = RoutesReport {
        routes: Vec::new(),
        items: vec![item],
    };
    story.tell(Input::RoutesReport(Arc::new(report.clone())));
    story.touch(Touch::Routes);
    assert_eq!(story.page(), Page::Routes);
    story.wait(90_000);
    assert_eq!((story.page(), story.visit.routes()), (Page::Home, &report));
    // Nobody leaves an application for it.
    story.by_hand();
    let page = story.page();
    story.touch(Touch::Routes);
    assert_eq!(story.page(), page);
}

#[test]
fn a_report_that_comes_with_the_wipe_is_heard_and_a_touch_is_not() {
    let report = LineReport {
        waiting: 1,
        connected: true,
        ..LineReport::default()
    };
    let mut story = Story::new();
    story.by_hand();
    story.now_ms += 100_000;
    story.tell(Input::LineReport(report));
    assert_eq!((story.page(), story.visit.line()), (Page::Home, report));
    story.by_hand();
    story.now_ms += 100_000;
    story.touch(Touch::Apply);
    assert_eq!(story.page(), Page::Home);
}

#[test]
fn new_rules_are_offered_to_the_next_person_and_not_to_the_one_who_stands_there() {
    let content = |hotline: &str| {
        Arc::new(FlowContent {
            hotline: Some(hotline.to_owned()),
            ..FlowContent::builtin()
        })
    };
    let mut story = Story::new();
    let told = story.visit.line();
    // Nobody stands there.
    story.renew(content("0355-0000001"));
    let hotline = |story: &Story| story.visit.content().hotline.clone();
    assert_eq!(hotline(&story).as_deref(), Some("0355-0000001"));
    assert_eq!(story.visit.line(), told);

    story.by_hand();
    let page = story.page();
    story.renew(content("0355-0000002"));
    assert_eq!(story.page(), page);
    assert_eq!(hotline(&story).as_deref(), Some("0355-0000001"));
    story.wait(90_000);
    assert_eq!(story.page(), Page::Home);
    assert_eq!(hotline(&story).as_deref(), Some("0355-0000002"));
}
