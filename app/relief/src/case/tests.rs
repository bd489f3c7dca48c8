use super::*;
use crate::builtin;
use crate::clock::{Condition, NoLimit};
use crate::event::{Actor, DeliveryWay, Role};
use crate::rulebook::Rulebook;
use crate::scheme::SchemeId;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The deadlines of a case of `scheme` whose steps began on these days, handed in on 2026-04-28.
fn issued(scheme: SchemeId, steps: &[(Step, &str)]) -> Vec<Deadline> {
    let book = Rulebook::builtin();
    steps
        .iter()
        .filter_map(|(step, start)| {
            let clock = book
                .clocks
                .clock(scheme, *step, Condition::Ordinary, day(start))?;
            Some(book.issue(clock, day(start), Some(day("2026-04-28"))))
        })
        .collect()
}

fn dibao() -> Vec<Deadline> {
    issued(
        SchemeId::DIBAO,
        &[
            (Step::PapersCheck, "2026-04-28"),
            (Step::FirstOpinion, "2026-04-30"),
            (Step::SurveyStart, "2026-04-30"),
            (Step::Whole, "2026-04-30"),
            (Step::Notice, "2026-05-18"),
            (Step::SendToCounty, "2026-05-18"),
            (Step::CountyOpinion, "2026-05-26"),
            (Step::RefusalNotice, "2026-06-01"),
            (Step::PaymentStart, "2026-06-01"),
            (Step::AppealReview, "2026-06-03"),
            (Step::AppealCourt, "2026-06-03"),
        ],
    )
}

fn clocks(stage: Stage, issued: &[Deadline], today: &str) -> Vec<ClockView> {
    running_clocks(stage, &[], issued, None, day(today), &builtin::calendar())
}

fn ids(stage: Stage, issued: &[Deadline]) -> Vec<String> {
    clocks(stage, issued, "2026-06-05")
        .into_iter()
        .map(|view| view.clock_id)
        .collect()
}

#[test]
fn each_stage_runs_its_clocks_the_first_due_first() {
    let dibao = dibao();
    for (stage, running) in [
        (Stage::Accepted, &["L2", "L9", "L4"][..]),
        (Stage::Survey, &["L9", "L4"]),
        (Stage::Notice, &["L5", "L9", "L6"]),
        (Stage::Objection, &["L9"]),
        (Stage::SentToCounty, &["L7", "L9"]),
        (Stage::HomeVisited, &["L7", "L9"]),
        (Stage::Refused, &["L8"]),
        (Stage::RefusalDelivered, &["A1", "A2"]),
        (Stage::Confirmed, &["L10"]),
        (Stage::InPayment, &[]),
        (Stage::NotAccepted, &["A1", "A2"]),
        (Stage::Ended, &[]),
    ] {
        assert_eq!(ids(stage, &dibao), running, "{stage:?}");
    }
}

#[test]
fn before_acceptance_an_allowance_has_no_limit_and_says_so() {
    let handed_in = issued(SchemeId::DIBAO, &[(Step::PapersCheck, "2026-04-28")]);
    for stage in [Stage::Submitted, Stage::Received, Stage::PapersMissing] {
        let views = clocks(stage, &handed_in, "2026-05-06");
        assert_eq!(views.len(), 1);
        assert_eq!(views[0].due, Due::NoLimit(NoLimit::NoNationalLimit));
        assert_eq!((views[0].days_left, views[0].warn_by), (None, None));
        assert_eq!(views[0].source, "民发〔2021〕57号 第10条");
    }
}

#[test]
fn what_is_left_is_told_in_the_unit_of_the_limit_and_goes_below_zero() {
    let dibao = dibao();
    let left = |stage, today| clocks(stage, &dibao, today)[0].days_left;
    assert_eq!(
        left(Stage::Accepted, "2026-05-06"),
        Some(DaysLeft::Working(2))
    );
    assert_eq!(
        left(Stage::Accepted, "2026-05-11"),
        Some(DaysLeft::Working(-2))
    );
    assert_eq!(
        left(Stage::Notice, "2026-05-18"),
        Some(DaysLeft::Calendar(7))
    );
    assert_eq!(left(Stage::Confirmed, "2026-05-18"), None);
}

#[test]
fn the_lamp_warns_from_the_earliest_day_while_the_due_date_counts_from_acceptance() {
    let view = &clocks(Stage::FirstOpinion, &dibao(), "2026-05-06")[0];
    let date = |date| DueDate {
        date: day(date),
        provisional: false,
    };
    assert_eq!(view.due, Due::By(date("2026-06-15")));
    assert_eq!(view.warn_by, Some(date("2026-06-11")));
    assert_eq!(view.edition, Rulebook::builtin().edition());
}

#[test]
fn a_clock_stands_still_while_papers_are_awaited_and_one_that_was_over_does_not() {
    let child = issued(
        SchemeId::UNSUPPORTED_CHILD,
        &[(Step::FirstOpinion, "2026-11-02")],
    );
    let on = |asked, today| {
        let calendar = builtin::calendar();
        let asked = Some(day(asked));
        running_clocks(
            Stage::PapersMissing,
            &[],
            &child,
            asked,
            day(today),
            &calendar,
        )
        .remove(0)
    };
    for today in ["2026-11-05", "2026-11-30"] {
        let view = on("2026-11-05", today);
        assert_eq!(view.stands_since, Some(day("2026-11-05")));
        assert_eq!(view.days_left, Some(DaysLeft::Working(12)));
    }
    let over = on("2026-11-24", "2026-11-25");
    assert_eq!(
        (over.stands_since, over.days_left),
        (None, Some(DaysLeft::Working(-2)))
    );
}

#[test]
fn every_stage_s_clock_is_said_by_every_scheme_before_acceptance_and_after_it() {
    for scheme in builtin::schemes().all() {
        let steps = [
            (Step::PapersCheck, "2026-05-06"),
            (Step::FirstOpinion, "2026-05-06"),
            (Step::Whole, "2026-05-06"),
            (Step::SurveyStart, "2026-05-06"),
        ];
        let issued = issued(scheme.id, &steps);
        for stage in [Stage::Submitted, Stage::Accepted] {
            assert!(
                !clocks(stage, &issued, "2026-05-06").is_empty(),
                "{} {stage:?}",
                scheme.key
            );
        }
    }
}

#[test]
fn a_limit_taken_by_analogy_and_a_far_one_say_so() {
    let marginal = issued(SchemeId::MARGINAL, &[(Step::Whole, "2026-12-15")]);
    let view = &clocks(Stage::Accepted, &marginal, "2026-12-16")[0];
    assert!(view.by_analogy && view.provisional());
    let near = &clocks(Stage::Accepted, &dibao(), "2026-05-06")[0];
    assert!(!near.by_analogy && !near.provisional());
}

fn event(action: Action, details: Details) -> CaseEvent {
    CaseEvent {
        action,
        actor: Actor {
            role: Role::County,
            name: String::new(),
        },
        at_ms: 0,
        reason: String::new(),
        ground: None,
        details,
        evidence: String::new(),
    }
}

/// The clocks that run at `stage` after `events`, the first due first.
fn running(stage: Stage, events: &[CaseEvent], issued: &[Deadline], today: &str) -> Vec<String> {
    let views = running_clocks(
        stage,
        &answered_steps(events),
        issued,
        None,
        day(today),
        &builtin::calendar(),
    );
    views.into_iter().map(|view| view.clock_id).collect()
}

/// After each of these events these clocks run.
fn run_in_turn(stage: Stage, issued: &[Deadline], events: &[(CaseEvent, &[&str])]) {
    let mut happened = Vec::new();
    for (event, clocks) in events {
        happened.push(event.clone());
        let ids = running(stage, &happened, issued, "2026-05-11");
        assert_eq!(ids, *clocks, "{event:?}");
    }
}

#[test]
fn the_clock_of_a_data_check_runs_from_the_request_to_the_answer() {
    let asked = issued(SchemeId::DIBAO, &[(Step::DataCheckStart, "2026-05-06")]);
    let event = |action| event(action, Details::Check { fits: true });
    let running = |events: &[CaseEvent]| running(Stage::Survey, events, &asked, "2026-05-07").len();
    let [request, answer] = [Action::RequestDataCheck, Action::ReturnDataCheck].map(event);
    assert_eq!(running(std::slice::from_ref(&request)), 1);
    assert_eq!(running(&[request.clone(), answer.clone()]), 0);
    assert_eq!(running(&[request.clone(), answer, request]), 1);
}

#[test]
fn the_clocks_of_a_support_run_until_what_they_wait_for_is_done() {
    let issued = issued(
        SchemeId::TEKUN,
        &[
            (Step::SelfCareAssessment, "2026-05-06"),
            (Step::EndNotice, "2026-05-07"),
            (Step::EndObjectionAnswer, "2026-05-08"),
        ],
    );
    let on_ending = |action| event(action, Details::EndingDecision { ends: true });
    let other = |action| event(action, Details::None);
    let events = [
        (other(Action::ReportSelfCare), &["T8"][..]),
        (on_ending(Action::PostEnding), &["T9", "T8"]),
        (other(Action::AssessSelfCare), &["T9"]),
        (on_ending(Action::ObjectToEnding), &["T10"]),
        (on_ending(Action::DecideOnEnding), &[]),
        (on_ending(Action::PostEnding), &["T9"]),
    ];
    for stage in [Stage::Confirmed, Stage::InPayment] {
        run_in_turn(stage, &issued, &events);
    }
}

#[test]
fn only_the_last_decision_is_appealed_against_once_the_person_was_told_of_it() {
    let issued = issued(
        SchemeId::DIBAO,
        &[
            (Step::AppealReview, "2026-05-06"),
            (Step::AppealCourt, "2026-05-06"),
            (Step::AppealCourtAfterReview, "2026-05-07"),
        ],
    );
    let other = |action| event(action, Details::None);
    let delivery = |notice| {
        let way = DeliveryWay::InPerson;
        let receiver = String::new();
        event(
            Action::Deliver,
            Details::Delivery {
                notice,
                way,
                receiver,
            },
        )
    };
    let events = [
        (other(Action::Confirm), &[][..]),
        (delivery(Notice::Confirmation), &["A1", "A2"]),
        (other(Action::Stop), &[]),
        (delivery(Notice::Change), &[]),
        (delivery(Notice::Stop), &["A1", "A2"]),
        (other(Action::DeliverReview), &["A3", "A1", "A2"]),
    ];
    run_in_turn(Stage::Stopped, &issued, &events);
}
