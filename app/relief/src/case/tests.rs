use super::*;
use crate::builtin;
use crate::clock::NoLimit;
use crate::event::{Actor, Role};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn clock(scheme: SchemeId, stage: Stage, dates: &CaseDates, today: &str) -> Option<ClockView> {
    current_clock(
        scheme,
        stage,
        dates,
        day(today),
        &builtin::rules(),
        &builtin::calendar(),
    )
}

fn ids(scheme: SchemeId, stage: Stage, dates: &CaseDates) -> Vec<String> {
    running_clocks(
        scheme,
        stage,
        dates,
        day("2026-11-23"),
        &builtin::rules(),
        &builtin::calendar(),
    )
    .into_iter()
    .map(|view| view.clock_id)
    .collect()
}

fn submitted() -> CaseDates {
    CaseDates {
        submitted: Some(day("2026-04-28")),
        ..CaseDates::default()
    }
}

fn accepted() -> CaseDates {
    CaseDates {
        received: Some(day("2026-04-29")),
        accepted: Some(day("2026-04-30")),
        ..submitted()
    }
}

#[test]
fn before_acceptance_an_allowance_has_no_limit_and_says_so() {
    for stage in [Stage::Submitted, Stage::Received, Stage::PapersMissing] {
        let view = clock(SchemeId::DIBAO, stage, &submitted(), "2026-05-06").unwrap();
        assert_eq!(view.clock_id, "L1");
        assert_eq!(view.due, Due::NoLimit(NoLimit::NoNationalLimit));
        assert_eq!((view.days_left, view.warn_by), (None, None));
        assert_eq!(view.source, "民发〔2021〕57号 第10条");
    }
}

#[test]
fn a_step_after_acceptance_is_not_shown_before_it() {
    assert_eq!(ids(SchemeId::DIBAO, Stage::Received, &submitted()), ["L1"]);
    assert_eq!(
        ids(SchemeId::TEMPORARY, Stage::Received, &submitted()),
        ["N1"]
    );
    assert_eq!(ids(SchemeId::TEMPORARY, Stage::Survey, &accepted()), ["N2"]);
}

#[test]
fn every_scheme_says_something_before_acceptance_and_after_it() {
    for scheme in builtin::schemes().all() {
        assert!(clock(scheme.id, Stage::Submitted, &submitted(), "2026-05-06").is_some());
        assert!(clock(scheme.id, Stage::Accepted, &accepted(), "2026-05-06").is_some());
    }
}

#[test]
fn after_acceptance_the_survey_runs_first_and_the_whole_beside_it() {
    let view = clock(SchemeId::DIBAO, Stage::Accepted, &accepted(), "2026-05-06").unwrap();
    assert_eq!(view.clock_id, "L2");
    // 5 1 to 5 5 are off.
    assert_eq!(
        view.due,
        Due::By(DueDate {
            date: day("2026-05-08"),
            provisional: false
        })
    );
    assert_eq!(view.days_left, Some(DaysLeft::Working(2)));
    assert_eq!(
        ids(SchemeId::DIBAO, Stage::Accepted, &accepted()),
        ["L2", "L9", "L4"]
    );
}

#[test]
fn the_lamp_warns_from_the_earliest_day_while_the_due_date_counts_from_acceptance() {
    let view = clock(
        SchemeId::DIBAO,
        Stage::FirstOpinion,
        &accepted(),
        "2026-05-06",
    )
    .unwrap();
    assert_eq!(view.clock_id, "L9");
    assert_eq!(
        view.due,
        Due::By(DueDate {
            date: day("2026-06-15"),
            provisional: false
        })
    );
    assert_eq!(
        view.warn_by,
        Some(DueDate {
            date: day("2026-06-11"),
            provisional: false
        })
    );
}

#[test]
fn the_condition_changes_the_whole_limit() {
    let whole = |condition| {
        let dates = CaseDates {
            condition,
            ..accepted()
        };
        clock(SchemeId::DIBAO, Stage::FirstOpinion, &dates, "2026-05-06")
            .unwrap()
            .limit
    };
    assert_eq!(whole(Condition::Ordinary), Limit::WorkingDays(30));
    assert_eq!(whole(Condition::Special), Limit::WorkingDays(45));
    assert_eq!(whole(Condition::TownshipConfirms), Limit::WorkingDays(20));
}

#[test]
fn each_stage_runs_its_clocks() {
    let dates = CaseDates {
        posted: Some(day("2026-05-18")),
        objected: Some(day("2026-05-19")),
        sent_to_county: Some(day("2026-05-26")),
        decided: Some(day("2026-06-01")),
        ..accepted()
    };
    let dibao = |stage| ids(SchemeId::DIBAO, stage, &dates);
    assert_eq!(dibao(Stage::Survey), ["L9", "L4"]);
    assert_eq!(dibao(Stage::Notice), ["L5", "L9", "L6"]);
    assert_eq!(dibao(Stage::Objection), ["L9"]);
    assert_eq!(dibao(Stage::SentToCounty), ["L7", "L9"]);
    assert_eq!(dibao(Stage::HomeVisited), ["L7", "L9"]);
    assert_eq!(dibao(Stage::Refused), ["L8"]);
    assert_eq!(dibao(Stage::Confirmed), ["L10"]);
    assert!(dibao(Stage::InPayment).is_empty());
    assert_eq!(ids(SchemeId::TEKUN, Stage::Objection, &dates), ["T4"]);
    assert_eq!(ids(SchemeId::TEKUN, Stage::Accepted, &dates), ["T2"]);
}

#[test]
fn a_childs_case_counts_from_its_receipt_and_waits_for_no_acceptance() {
    let dates = CaseDates {
        received: Some(day("2026-11-02")),
        ..submitted()
    };
    let view = clock(
        SchemeId::UNSUPPORTED_CHILD,
        Stage::Received,
        &dates,
        "2026-11-23",
    )
    .unwrap();
    assert_eq!(view.clock_id, "C1");
    assert_eq!(
        view.due,
        Due::By(DueDate {
            date: day("2026-11-23"),
            provisional: false
        })
    );
    assert_eq!(view.days_left, Some(DaysLeft::Working(0)));
}

#[test]
fn a_clock_past_its_day_counts_below_zero_and_a_far_one_is_provisional() {
    let dates = CaseDates {
        accepted: Some(day("2026-12-15")),
        ..CaseDates::default()
    };
    let view = clock(SchemeId::DIBAO, Stage::FirstOpinion, &dates, "2026-12-16").unwrap();
    assert!(view.provisional());
    let late = clock(SchemeId::DIBAO, Stage::Accepted, &dates, "2026-12-21").unwrap();
    assert_eq!(late.days_left.map(DaysLeft::count), Some(-1));
}

#[test]
fn payment_starts_with_the_month_after_the_decision() {
    let dates = CaseDates {
        decided: Some(day("2026-06-01")),
        ..accepted()
    };
    let view = clock(SchemeId::DIBAO, Stage::Confirmed, &dates, "2026-06-02").unwrap();
    assert_eq!(view.due, Due::From(day("2026-07-01")));
}

#[test]
fn a_limit_taken_by_analogy_says_so() {
    let view = clock(
        SchemeId::MARGINAL,
        Stage::Accepted,
        &accepted(),
        "2026-05-06",
    )
    .unwrap();
    assert!(view.by_analogy);
    assert!(
        !clock(SchemeId::DIBAO, Stage::Accepted, &accepted(), "2026-05-06")
            .unwrap()
            .by_analogy
    );
}

#[test]
fn dates_are_read_from_events_and_the_last_posting_counts() {
    let event = |action, at_ms| CaseEvent {
        action,
        actor: Actor {
            role: Role::System,
            name: "甲".into(),
        },
        at_ms,
        reason: String::new(),
    };
    let dates = CaseDates::of_events(&[
        event(Action::Submit, 1_795_363_199_999),
        event(Action::Receive, 1_795_363_200_000),
        event(Action::PostNotice, 1_795_449_600_000),
        event(Action::PostNotice, 1_795_536_000_000),
    ]);
    assert_eq!(
        dates,
        CaseDates {
            submitted: Some(day("2026-11-22")),
            received: Some(day("2026-11-23")),
            posted: Some(day("2026-11-25")),
            ..CaseDates::default()
        }
    );
    assert_eq!(dates.earliest(), Some(day("2026-11-22")));
}
