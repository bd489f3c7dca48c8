//! What follows a decision: its notice, reviews, and the ending of a support.

use super::*;

#[test]
fn a_notice_is_delivered_once_it_was_decided_what_it_tells() {
    let facts = facts(SchemeId::DIBAO);
    let deliver = |notice| CaseEvent {
        details: delivery(notice),
        ..usual(A::Deliver)
    };
    for (stage, notice, refused) in [
        (
            Stage::Received,
            Notice::Acceptance,
            Some(Refusal::NoSuchNotice),
        ),
        (Stage::PapersMissing, Notice::MissingPapers, None),
        (Stage::NotAccepted, Notice::NonAcceptance, None),
        (
            Stage::NotAccepted,
            Notice::Acceptance,
            Some(Refusal::NoSuchNotice),
        ),
        (Stage::Survey, Notice::Acceptance, None),
        (Stage::InPayment, Notice::Confirmation, None),
        (Stage::InPayment, Notice::Stop, Some(Refusal::NoSuchNotice)),
        (Stage::Stopped, Notice::Stop, None),
    ] {
        assert_eq!(
            rule(stage, &deliver(notice), &facts),
            refused,
            "{stage:?} {notice:?}"
        );
    }
    let to_nobody = CaseEvent {
        details: Details::Delivery {
            notice: Notice::Acceptance,
            way: DeliveryWay::Post,
            receiver: String::new(),
        },
        ..usual(A::Deliver)
    };
    assert_eq!(
        rule(Stage::Survey, &to_nobody, &facts),
        Some(Refusal::DeliveryMissing)
    );
}

/// A destitute person's support, of which no ending is posted.
fn destitute() -> CaseFacts {
    CaseFacts {
        posts_endings: true,
        end_notice_until: NaiveDate::from_ymd_opt(2026, 11, 22),
        assesses_self_care: true,
        ..facts(SchemeId::TEKUN)
    }
}

#[test]
fn a_support_ends_after_its_notice_and_after_the_answer_to_an_objection_and_another_notice() {
    let decided = |ends| CaseEvent {
        details: Details::EndingDecision { ends },
        ..usual(A::DecideOnEnding)
    };
    let none = destitute();
    let posted = none.told_by(&[usual(A::PostEnding)]);
    let running = CaseFacts {
        end_notice_until: NaiveDate::from_ymd_opt(2026, 11, 23),
        ..posted
    };
    let undated = CaseFacts {
        end_notice_until: None,
        ..posted
    };
    let objected = posted.told_by(&[usual(A::ObjectToEnding)]);
    let upheld = objected.told_by(&[decided(true)]);
    let dropped = objected.told_by(&[decided(false)]);
    for (facts, post, object, decide, stop) in [
        (
            none,
            None,
            Some(Refusal::OutOfOrder),
            Some(Refusal::OutOfOrder),
            Some(Refusal::EndNoticeFirst),
        ),
        (
            running,
            Some(Refusal::EndNoticeRunning),
            None,
            Some(Refusal::OutOfOrder),
            Some(Refusal::EndNoticeRunning),
        ),
        (
            undated,
            Some(Refusal::EndNoticeRunning),
            None,
            Some(Refusal::OutOfOrder),
            Some(Refusal::EndNoticeRunning),
        ),
        (posted, None, None, Some(Refusal::OutOfOrder), None),
        (
            objected,
            Some(Refusal::EndObjectionOpen),
            Some(Refusal::OutOfOrder),
            None,
            Some(Refusal::EndObjectionOpen),
        ),
        (
            upheld,
            None,
            Some(Refusal::OutOfOrder),
            Some(Refusal::OutOfOrder),
            Some(Refusal::EndNoticeAgain),
        ),
        (
            dropped,
            None,
            Some(Refusal::OutOfOrder),
            Some(Refusal::OutOfOrder),
            Some(Refusal::EndNoticeFirst),
        ),
    ] {
        for stage in [Stage::Confirmed, Stage::InPayment] {
            for (action, refused) in [
                (A::PostEnding, post),
                (A::ObjectToEnding, object),
                (A::DecideOnEnding, decide),
                (A::Stop, stop),
            ] {
                let found = rule(stage, &usual(action), &facts);
                assert_eq!(found, refused, "{:?} {action:?}", facts.ending);
            }
        }
    }
    let silent = CaseEvent {
        details: Details::None,
        ..usual(A::DecideOnEnding)
    };
    assert_eq!(
        rule(Stage::InPayment, &silent, &objected),
        Some(Refusal::EndingDecisionMissing)
    );
}

#[test]
fn where_no_rule_posts_an_ending_a_support_stops_without_and_a_childs_is_never_posted() {
    for (scheme, refused) in [
        (SchemeId::DIBAO, Refusal::NotOfScheme),
        (SchemeId::UNSUPPORTED_CHILD, Refusal::NeverPosted),
        (SchemeId::ORPHAN, Refusal::NeverPosted),
    ] {
        let facts = facts(scheme);
        let post = usual(A::PostEnding);
        assert_eq!(rule(Stage::InPayment, &post, &facts), Some(refused));
        assert_eq!(rule(Stage::InPayment, &usual(A::Stop), &facts), None);
    }
}

#[test]
fn a_reported_change_of_self_care_is_assessed_item_by_item_before_another_is_taken() {
    let (report, assess) = (usual(A::ReportSelfCare), usual(A::AssessSelfCare));
    let none = destitute();
    assert_eq!(rule(Stage::InPayment, &report, &none), None);
    let reported = none.told_by(std::slice::from_ref(&report));
    assert_eq!(
        rule(Stage::InPayment, &report, &reported),
        Some(Refusal::AssessmentOpen)
    );
    let silent = CaseEvent {
        details: Details::None,
        ..assess.clone()
    };
    assert_eq!(
        rule(Stage::InPayment, &silent, &reported),
        Some(Refusal::ItemsMissing)
    );
    for stage in [
        Stage::Survey,
        Stage::Objection,
        Stage::Confirmed,
        Stage::InPayment,
    ] {
        assert_eq!(stage.after(&assess, &reported), Ok(stage));
    }
    let assessed = reported.told_by(std::slice::from_ref(&assess));
    assert_eq!(rule(Stage::InPayment, &report, &assessed), None);
    for event in [&report, &assess] {
        assert_eq!(
            rule(Stage::InPayment, event, &facts(SchemeId::DIBAO)),
            Some(Refusal::NotOfScheme)
        );
    }
}

#[test]
fn what_a_rule_allows_is_also_the_order_that_a_ledger_is_read_by() {
    for facts in [facts(SchemeId::DIBAO), destitute()] {
        for stage in Stage::ALL {
            for action in Action::ALL {
                if let Ok(next) = stage.after(&usual(action), &facts) {
                    assert_eq!(stage.following(action), Some(next), "{stage:?} {action:?}");
                }
            }
        }
    }
}

#[test]
fn the_outcome_of_a_review_comes_once_after_it_was_asked_for() {
    let court = CaseEvent {
        details: Details::Appeal {
            way: AppealWay::Court,
        },
        ..usual(A::Appeal)
    };
    let (appeal, outcome) = (usual(A::Appeal), usual(A::DeliverReview));
    let nothing = facts(SchemeId::DIBAO);
    for (events, refused) in [
        (&[][..], Some(Refusal::NoReview)),
        (&[court][..], Some(Refusal::NoReview)),
        (std::slice::from_ref(&appeal), None),
        (&[appeal.clone(), outcome.clone()], Some(Refusal::NoReview)),
    ] {
        let facts = nothing.told_by(events);
        for stage in [Stage::Stopped, Stage::RefusalDelivered, Stage::InPayment] {
            assert_eq!(rule(stage, &outcome, &facts), refused);
        }
    }
}

#[test]
fn a_change_that_was_not_reported_has_a_day_that_is_not_ahead() {
    let found = |details| CaseEvent {
        details,
        ..usual(A::FindChange)
    };
    let on = |day| {
        found(Details::Change {
            happened: NaiveDate::from_ymd_opt(2026, 11, day).unwrap(),
        })
    };
    for (event, refused) in [
        (on(23), None),
        (on(24), Some(Refusal::ChangeDayMissing)),
        (found(Details::None), Some(Refusal::ChangeDayMissing)),
    ] {
        let facts = facts(SchemeId::DIBAO);
        assert_eq!(rule(Stage::InPayment, &event, &facts), refused);
    }
}
