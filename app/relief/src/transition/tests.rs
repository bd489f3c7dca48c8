use super::*;
use crate::builtin;
use crate::codes::GroundCode;
use crate::event::{Actor, AppealWay, DeliveryWay};
use crate::fen::Fen;
use crate::scheme::SchemeId;
use crate::self_care::SelfCare;

mod after_the_decision;

/// 2026-11-23 in China.
const NOON_MS: i64 = 1_795_406_400_000;

fn event(role: Role, action: Action) -> CaseEvent {
    CaseEvent {
        action,
        actor: Actor {
            role,
            name: "甲".into(),
        },
        at_ms: NOON_MS,
        reason: "写明的理由".into(),
        ground: None,
        details: details(action),
        evidence: String::new(),
    }
}

/// What an ordinary event says beside its reason.
fn details(action: Action) -> Details {
    match action {
        Action::FinishSurvey => survey(&["甲", "乙"], "丙"),
        Action::ReturnDataCheck | Action::Recheck => Details::Check { fits: true },
        Action::Confirm | Action::ChangeSupport => award(2026, 12),
        Action::Appeal => Details::Appeal {
            way: AppealWay::Review,
        },
        Action::Deliver => delivery(Notice::Acceptance),
        Action::AssessSelfCare => Details::SelfCare {
            assessed: SelfCare::of(|_| true),
        },
        Action::DecideOnEnding => Details::EndingDecision { ends: true },
        Action::FindChange => Details::Change {
            happened: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
        },
        _ => Details::None,
    }
}

fn survey(investigators: &[&str], present: &str) -> Details {
    Details::Survey {
        investigators: investigators.iter().map(|&name| name.into()).collect(),
        present: present.into(),
    }
}

fn award(year: u16, month: u8) -> Details {
    Details::Award {
        monthly: Fen(30_000),
        from: Month::new(year, month).unwrap(),
    }
}

fn delivery(notice: Notice) -> Details {
    Details::Delivery {
        notice,
        way: DeliveryWay::InPerson,
        receiver: "丙".into(),
    }
}

/// Who does it in an ordinary case.
fn usual(action: Action) -> CaseEvent {
    let role = match action {
        Action::Submit | Action::Receive => Role::System,
        Action::BringPapers | Action::Withdraw => Role::Applicant,
        Action::Object | Action::Complain | Action::ObjectToEnding => Role::Public,
        Action::VisitHome
        | Action::ReturnDataCheck
        | Action::ChangeSupport
        | Action::Confirm
        | Action::Refuse
        | Action::StartPayment
        | Action::Stop => Role::County,
        _ => Role::Township,
    };
    event(role, action)
}

fn facts(scheme: SchemeId) -> CaseFacts {
    let schemes = builtin::schemes();
    CaseFacts {
        notice_until: NaiveDate::from_ymd_opt(2026, 11, 20),
        survey: Inquiry::Done,
        ..CaseFacts::of_scheme(schemes.get(scheme).unwrap())
    }
}

fn walk(facts: &CaseFacts, actions: &[Action]) -> Result<Stage, TransitionRefused> {
    actions.iter().try_fold(Stage::Submitted, |stage, action| {
        stage.after(&usual(*action), facts)
    })
}

use Action as A;

const TO_OPINION: [Action; 4] = [A::Receive, A::Accept, A::StartSurvey, A::GiveFirstOpinion];

#[test]
fn an_allowance_is_confirmed_and_paid() {
    let rest = [A::PostNotice, A::SendToCounty, A::Confirm, A::StartPayment];
    let all = [&TO_OPINION[..], &rest[..]].concat();
    assert_eq!(walk(&facts(SchemeId::DIBAO), &all), Ok(Stage::InPayment));
}

#[test]
fn a_refusal_ends_with_its_delivery() {
    let rest = [A::PostNotice, A::SendToCounty, A::Refuse, A::DeliverRefusal];
    let all = [&TO_OPINION[..], &rest[..]].concat();
    assert_eq!(
        walk(&facts(SchemeId::DIBAO), &all),
        Ok(Stage::RefusalDelivered)
    );
}

/// What may happen at many stages and leads to no other.
fn anywhere(stage: Stage, action: Action) -> bool {
    use Stage as S;
    let decided = [
        S::NotAccepted,
        S::Refused,
        S::RefusalDelivered,
        S::Confirmed,
        S::InPayment,
        S::Stopped,
    ];
    let unaccepted = [S::Submitted, S::Received, S::PapersMissing, S::NotAccepted];
    match action {
        A::Complain | A::FindNearRelative => stage.is_open(),
        A::Appeal => decided.contains(&stage),
        // The usual delivery is that of the acceptance.
        A::Deliver => !unaccepted.contains(&stage),
        _ => false,
    }
}

/// The whole table for 低保: what is not listed here is refused.
#[test]
fn these_and_only_these_steps_are_possible() {
    use Stage as S;
    let possible = [
        (S::Submitted, A::Receive, S::Received),
        (S::Received, A::AskForPapers, S::PapersMissing),
        (S::Received, A::Accept, S::Accepted),
        (S::Received, A::DoNotAccept, S::NotAccepted),
        (S::PapersMissing, A::BringPapers, S::Received),
        (S::PapersMissing, A::DoNotAccept, S::NotAccepted),
        (S::Accepted, A::StartSurvey, S::Survey),
        (S::Accepted, A::RequestDataCheck, S::Accepted),
        (S::Survey, A::RequestDataCheck, S::Survey),
        (S::Survey, A::FinishSurvey, S::Survey),
        (S::Survey, A::GiveFirstOpinion, S::FirstOpinion),
        (S::FirstOpinion, A::PostNotice, S::Notice),
        (S::Notice, A::Object, S::Objection),
        (S::Notice, A::SendToCounty, S::SentToCounty),
        (S::Objection, A::RequestDataCheck, S::Objection),
        (S::Objection, A::FinishSurvey, S::Objection),
        (S::Objection, A::GiveFirstOpinion, S::NewOpinion),
        (S::NewOpinion, A::PostNotice, S::Notice),
        (S::NewOpinion, A::SendToCounty, S::SentToCounty),
        (S::SentToCounty, A::VisitHome, S::HomeVisited),
        (S::SentToCounty, A::Confirm, S::Confirmed),
        (S::SentToCounty, A::Refuse, S::Refused),
        (S::HomeVisited, A::VisitHome, S::HomeVisited),
        (S::HomeVisited, A::Confirm, S::Confirmed),
        (S::HomeVisited, A::Refuse, S::Refused),
        (S::Refused, A::DeliverRefusal, S::RefusalDelivered),
        (S::Confirmed, A::StartPayment, S::InPayment),
        (S::Confirmed, A::Stop, S::Stopped),
        (S::InPayment, A::ChangeSupport, S::InPayment),
        (S::InPayment, A::Recheck, S::InPayment),
        (S::InPayment, A::Stop, S::Stopped),
        (S::Confirmed, A::FindChange, S::Confirmed),
        (S::InPayment, A::FindChange, S::InPayment),
    ];
    let facts = facts(SchemeId::DIBAO);
    for stage in Stage::ALL {
        for action in Action::ALL {
            let expected = possible
                .iter()
                .find(|(from, by, _)| (*from, *by) == (stage, action))
                .map(|(_, _, to)| *to)
                .or_else(|| {
                    let ends = matches!(action, A::End | A::Withdraw) && stage.is_open();
                    ends.then_some(S::Ended)
                })
                .or_else(|| anywhere(stage, action).then_some(stage));
            assert_eq!(
                stage.after(&usual(action), &facts).ok(),
                expected,
                "{stage:?} {action:?}"
            );
        }
    }
}

#[test]
fn every_action_of_every_role_at_every_stage_has_an_answer() {
    for scheme in builtin::schemes().all() {
        for township_confirms in [false, true] {
            let facts = CaseFacts {
                township_confirms,
                ..CaseFacts::of_scheme(scheme)
            };
            for stage in Stage::ALL {
                for action in Action::ALL {
                    for role in [
                        Role::Applicant,
                        Role::Public,
                        Role::Township,
                        Role::County,
                        Role::System,
                    ] {
                        let after = stage.after(&event(role, action), &facts);
                        let stays = matches!(action, A::Deliver | A::Appeal | A::DeliverReview);
                        assert!(
                            !stage.is_closed() || after.is_err() || stays && after == Ok(stage)
                        );
                    }
                }
            }
        }
    }
}

fn rule(stage: Stage, event: &CaseEvent, facts: &CaseFacts) -> Option<Refusal> {
    stage.after(event, facts).err().map(|refused| refused.rule)
}

#[test]
fn only_the_township_accepts_and_only_the_county_confirms_unless_it_handed_the_power_down() {
    let mut facts = facts(SchemeId::DIBAO);
    for role in [Role::System, Role::County, Role::Applicant, Role::Public] {
        let accept = event(role, A::Accept);
        assert_eq!(
            rule(Stage::Received, &accept, &facts),
            Some(Refusal::NotThisRole)
        );
    }
    let confirm = event(Role::Township, A::Confirm);
    assert_eq!(
        rule(Stage::SentToCounty, &confirm, &facts),
        Some(Refusal::NotThisRole)
    );
    facts.township_confirms = true;
    assert_eq!(Stage::Notice.after(&confirm, &facts), Ok(Stage::Confirmed));
}

#[test]
fn a_refusal_without_reasons_is_refused() {
    let facts = facts(SchemeId::DIBAO);
    for (stage, action) in [
        (Stage::SentToCounty, A::Refuse),
        (Stage::Received, A::DoNotAccept),
        (Stage::Received, A::AskForPapers),
        (Stage::InPayment, A::Stop),
        (Stage::Survey, A::End),
    ] {
        let silent = CaseEvent {
            reason: " ".into(),
            ..usual(action)
        };
        assert_eq!(rule(stage, &silent, &facts), Some(Refusal::ReasonMissing));
    }
}

#[test]
fn missing_papers_are_asked_for_once() {
    let facts = facts(SchemeId::DIBAO);
    assert_eq!(
        rule(Stage::PapersMissing, &usual(A::AskForPapers), &facts),
        Some(Refusal::AskedOnce)
    );
}

#[test]
fn a_file_leaves_only_after_the_notice_is_over() {
    let mut facts = facts(SchemeId::DIBAO);
    let send = usual(A::SendToCounty);
    assert_eq!(
        rule(Stage::FirstOpinion, &send, &facts),
        Some(Refusal::NoticeFirst)
    );
    for until in [None, NaiveDate::from_ymd_opt(2026, 11, 23)] {
        facts.notice_until = until;
        assert_eq!(
            rule(Stage::Notice, &send, &facts),
            Some(Refusal::NoticeRunning)
        );
    }
    facts.notice_until = NaiveDate::from_ymd_opt(2026, 11, 22);
    assert_eq!(rule(Stage::Notice, &send, &facts), None);
}

#[test]
fn after_an_objection_extreme_hardship_is_posted_again_and_an_allowance_need_not_be() {
    let send = usual(A::SendToCounty);
    assert_eq!(
        rule(Stage::NewOpinion, &send, &facts(SchemeId::TEKUN)),
        Some(Refusal::NoticeAgain)
    );
    assert_eq!(
        rule(Stage::NewOpinion, &send, &facts(SchemeId::DIBAO)),
        None
    );
}

#[test]
fn a_childs_case_is_never_posted_and_goes_on_without() {
    for scheme in [SchemeId::UNSUPPORTED_CHILD, SchemeId::ORPHAN] {
        let facts = facts(scheme);
        for stage in [Stage::FirstOpinion, Stage::NewOpinion] {
            assert_eq!(
                rule(stage, &usual(A::PostNotice), &facts),
                Some(Refusal::NeverPosted)
            );
        }
        let all = [&TO_OPINION[..], &[A::SendToCounty, A::Confirm]].concat();
        assert_eq!(walk(&facts, &all), Ok(Stage::Confirmed));
    }
}

#[test]
fn near_relatives_and_complaints_need_the_countys_home_visit() {
    for (near_relative, complaint) in [(true, false), (false, true)] {
        let facts = CaseFacts {
            near_relative,
            complaint,
            ..facts(SchemeId::DIBAO)
        };
        for action in [A::Confirm, A::Refuse] {
            assert_eq!(
                rule(Stage::SentToCounty, &usual(action), &facts),
                Some(Refusal::HomeVisitFirst)
            );
            assert_eq!(rule(Stage::HomeVisited, &usual(action), &facts), None);
        }
    }
}

#[test]
fn a_case_takes_longer_once_on_a_named_ground_and_before_its_limit_is_past() {
    use Stage as S;
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let with = |extension| CaseFacts {
        extension,
        ..facts(SchemeId::DIBAO)
    };
    let extend = |ground| CaseEvent {
        ground,
        ..usual(A::Extend)
    };
    let grounded = extend(Some(GroundCode(2)));
    for (extension, event, refused) in [
        (Extension::Until(today), &grounded, None),
        (
            Extension::Until(today),
            &extend(None),
            Some(Refusal::GroundMissing),
        ),
        (
            Extension::Until(today.pred_opt().unwrap()),
            &grounded,
            Some(Refusal::ExtendedTooLate),
        ),
        (Extension::Given, &grounded, Some(Refusal::ExtendedOnce)),
        (Extension::None, &grounded, Some(Refusal::NoExtension)),
    ] {
        assert_eq!(rule(Stage::Survey, event, &with(extension)), refused);
    }
    let facts = with(Extension::Until(today));
    for stage in Stage::ALL {
        let runs = matches!(
            stage,
            S::Accepted
                | S::Survey
                | S::FirstOpinion
                | S::Notice
                | S::Objection
                | S::NewOpinion
                | S::SentToCounty
                | S::HomeVisited
        );
        assert_eq!(stage.after(&grounded, &facts).ok(), runs.then_some(stage));
    }
}

#[test]
fn numbers_of_stages_and_actions_are_fixed_and_read_back() {
    for (number, stage) in (1..).zip(Stage::ALL) {
        assert_eq!(
            (stage.code(), Stage::from_code(number)),
            (number, Some(stage))
        );
    }
    for (number, action) in (1..).zip(Action::ALL) {
        assert_eq!(
            (action.code(), Action::from_code(number)),
            (number, Some(action))
        );
    }
    assert_eq!((Stage::from_code(0), Stage::from_code(19)), (None, None));
    assert_eq!((Action::from_code(0), Action::from_code(37)), (None, None));
    assert_eq!(
        (
            Stage::Accepted.code(),
            Stage::Ended.code(),
            Action::Accept.code()
        ),
        (4, 18, 5)
    );
}

#[test]
fn missing_papers_that_came_are_not_followed_by_others() {
    let asked = facts(SchemeId::DIBAO).told_by(&[usual(A::AskForPapers), usual(A::BringPapers)]);
    assert_eq!(
        rule(Stage::Received, &usual(A::AskForPapers), &asked),
        Some(Refusal::AskedOnce)
    );
    assert_eq!(rule(Stage::Received, &usual(A::Accept), &asked), None);
}

#[test]
fn an_opinion_follows_a_survey_by_two_with_a_member_of_the_household() {
    let before = CaseFacts::of_scheme(builtin::schemes().get(SchemeId::DIBAO).unwrap());
    let opinion = usual(A::GiveFirstOpinion);
    assert_eq!(
        rule(Stage::Survey, &opinion, &before),
        Some(Refusal::SurveyFirst)
    );
    for (investigators, present) in [
        (&["甲"][..], "丙"),
        (&["甲", " 甲 "], "丙"),
        (&["甲", ""], "丙"),
        (&["甲", "乙"], " "),
    ] {
        let alone = CaseEvent {
            details: survey(investigators, present),
            ..usual(A::FinishSurvey)
        };
        assert_eq!(
            rule(Stage::Survey, &alone, &before),
            Some(Refusal::SurveyByTwo)
        );
    }
    let begun = before.told_by(&[usual(A::StartSurvey)]);
    assert_eq!(
        rule(Stage::Survey, &opinion, &begun),
        Some(Refusal::SurveyFirst)
    );
    let done = begun.told_by(&[usual(A::FinishSurvey)]);
    assert_eq!(rule(Stage::Survey, &opinion, &done), None);
    let objected = done.told_by(&[usual(A::Object)]);
    assert_eq!(
        rule(Stage::Objection, &opinion, &objected),
        Some(Refusal::SurveyFirst)
    );
}

#[test]
fn an_opinion_waits_for_the_check_against_other_registers() {
    let mut facts = facts(SchemeId::DIBAO);
    let (opinion, answer) = (usual(A::GiveFirstOpinion), usual(A::ReturnDataCheck));
    assert_eq!(rule(Stage::Survey, &opinion, &facts), None);
    facts.needs_data_check = true;
    assert_eq!(
        rule(Stage::Survey, &opinion, &facts),
        Some(Refusal::DataCheckFirst)
    );
    assert_eq!(
        rule(Stage::Survey, &answer, &facts),
        Some(Refusal::DataCheckNotAsked)
    );
    let asked = facts.told_by(&[usual(A::RequestDataCheck)]);
    assert_eq!(
        rule(Stage::Survey, &opinion, &asked),
        Some(Refusal::DataCheckFirst)
    );
    let silent = CaseEvent {
        details: Details::Check { fits: false },
        reason: String::new(),
        ..answer.clone()
    };
    assert_eq!(
        rule(Stage::Survey, &silent, &asked),
        Some(Refusal::OutcomeMissing)
    );
    assert_eq!(rule(Stage::Survey, &answer, &asked), None);
    assert_eq!(
        rule(Stage::Survey, &opinion, &asked.told_by(&[answer])),
        None
    );
}

#[test]
fn a_confirmation_names_the_amount_from_the_next_month_on_where_the_rule_asks_for_it() {
    let with = |details| CaseEvent {
        details,
        ..usual(A::Confirm)
    };
    for (scheme, event, refused) in [
        (
            SchemeId::DIBAO,
            with(Details::None),
            Some(Refusal::AwardMissing),
        ),
        (
            SchemeId::DIBAO,
            with(award(2026, 11)),
            Some(Refusal::AwardMonth),
        ),
        (
            SchemeId::DIBAO,
            with(award(2027, 1)),
            Some(Refusal::AwardMonth),
        ),
        (SchemeId::DIBAO, with(award(2026, 12)), None),
        (SchemeId::MARGINAL, with(Details::None), None),
    ] {
        assert_eq!(rule(Stage::SentToCounty, &event, &facts(scheme)), refused);
    }
}

#[test]
fn what_is_found_later_makes_the_countys_home_visit_due() {
    for found in [A::Complain, A::FindNearRelative] {
        let facts = facts(SchemeId::DIBAO).told_by(&[usual(found)]);
        assert_eq!(
            rule(Stage::SentToCounty, &usual(A::Confirm), &facts),
            Some(Refusal::HomeVisitFirst)
        );
    }
}
