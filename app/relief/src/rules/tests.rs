use proptest::prelude::*;

use super::*;
use crate::builtin;
use crate::calendar::DueDate;
use crate::clock::{Confidence, Due, Limit, NoLimit, Start};
use crate::rulebook::Rulebook;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-23")
}

/// The periods of the two national texts, one by one.
#[test]
fn the_clocks_of_allowance_and_extreme_hardship_are_those_of_the_law() {
    use Limit::{CalendarDays, Months, NextMonth, None, WorkingDays};
    let rules = builtin::rules();
    for (id, limit, starts, article) in [
        (
            "L1",
            None(NoLimit::NoNationalLimit),
            Start::Submission,
            "57号 第10条",
        ),
        ("L2", WorkingDays(3), Start::Acceptance, "57号 第15条"),
        ("L3", WorkingDays(3), Start::RequestReceived, "57号 第17条"),
        (
            "L4",
            None(NoLimit::CountyFixes),
            Start::Unstated,
            "83号 四（一）",
        ),
        ("L5", CalendarDays(7), Start::Posting, "57号 第19条"),
        (
            "L6",
            None(NoLimit::Promptly),
            Start::EndOfNotice,
            "57号 第19条",
        ),
        ("L7", WorkingDays(10), Start::FileReceived, "57号 第20条"),
        ("L8", WorkingDays(3), Start::Decision, "57号 第21条"),
        ("L9", WorkingDays(30), Start::Acceptance, "57号 第22条"),
        ("L9s", WorkingDays(45), Start::Acceptance, "57号 第22条"),
        ("L9a", WorkingDays(20), Start::Acceptance, "83号 四（一）"),
        ("L10", NextMonth, Start::Decision, "57号 第21条"),
        ("L11", Months(12), Start::LastCheck, "57号 第31条"),
        ("L12", Months(6), Start::LastCheck, "57号 第31条"),
        ("L13", Months(3), Start::Death, "83号 一（三）"),
        ("L14", Months(6), Start::Unstated, "83号 一（三）"),
        ("L15", Months(3), Start::Change, "83号 五（五）"),
        (
            "T1",
            None(NoLimit::NoNationalLimit),
            Start::Submission,
            "43号 第12条",
        ),
        ("T2", WorkingDays(15), Start::Acceptance, "43号 第13条"),
        ("T3", CalendarDays(7), Start::Posting, "43号 第15条"),
        ("T4", WorkingDays(15), Start::Objection, "43号 第15条"),
        ("T5", WorkingDays(15), Start::FileReceived, "43号 第16条"),
        ("T6", WorkingDays(3), Start::Decision, "43号 第18条"),
        ("T7", NextMonth, Start::Decision, "43号 第17条"),
        ("T8", WorkingDays(10), Start::Report, "43号 第23条"),
        ("T9", CalendarDays(7), Start::Posting, "43号 第26条"),
        ("T10", WorkingDays(15), Start::Objection, "43号 第26条"),
        ("T11", NextMonth, Start::Decision, "43号 第26条"),
        ("R1", WorkingDays(30), Start::Acceptance, "认定办法》 第8条"),
        (
            "R1s",
            WorkingDays(45),
            Start::Acceptance,
            "认定办法》 第8条",
        ),
        ("R2", Months(12), Start::Decision, "认定办法》 第10条"),
        ("C1", WorkingDays(15), Start::Receipt, "62号 二（二）"),
        ("C2", WorkingDays(15), Start::FileReceived, "62号 二（三）"),
        ("C3", NextMonth, Start::Decision, "62号 二（三）"),
    ] {
        let clock = rules
            .by_id(id, today())
            .unwrap_or_else(|| panic!("{id} is in force"));
        assert_eq!((clock.limit, clock.starts), (limit, starts), "{id}");
        assert!(clock.source.contains(article), "{id}: {}", clock.source);
        assert_eq!(clock.confidence, Confidence::Verified, "{id}");
        assert!(!clock.by_analogy, "{id}");
    }
}

#[test]
fn what_was_not_read_in_the_law_is_marked_so() {
    for clock in builtin::rules().clocks() {
        match clock.id.chars().next() {
            Some('B') => assert!(clock.by_analogy),
            Some('D') => assert_eq!(clock.confidence, Confidence::Secondary),
            Some('N') => assert_eq!(clock.limit, Limit::None(NoLimit::NotKnown)),
            _ => assert_eq!(clock.confidence, Confidence::Verified),
        }
    }
}

#[test]
fn every_clock_names_a_scheme_that_exists() {
    let schemes = builtin::schemes();
    for clock in builtin::rules().clocks() {
        assert_eq!(
            clock.schemes.is_empty(),
            clock.subject == Subject::Complaint,
            "{}",
            clock.id
        );
        for scheme in &clock.schemes {
            assert!(schemes.get(*scheme).is_some(), "{}", clock.id);
        }
    }
}

#[test]
fn no_clock_of_a_childs_case_is_a_notice() {
    let rules = builtin::rules();
    for scheme in [SchemeId::UNSUPPORTED_CHILD, SchemeId::ORPHAN] {
        for step in [Step::Notice, Step::EndNotice] {
            assert_eq!(
                rules.clock(scheme, step, Condition::Ordinary, today()),
                None
            );
        }
    }
}

#[test]
fn a_step_is_due_by_its_unit() {
    let book = Rulebook::builtin();
    let due = |scheme, step, start: &str| {
        let deadline = book.deadline(scheme, step, day(start))?;
        Some(deadline.due)
    };
    let by = |text| {
        Some(Due::By(DueDate {
            date: day(text),
            provisional: false,
        }))
    };
    assert_eq!(
        due(SchemeId::DIBAO, Step::Whole, "2026-04-30"),
        by("2026-06-15")
    );
    assert_eq!(
        due(SchemeId::DIBAO, Step::Notice, "2026-09-24"),
        by("2026-10-08")
    );
    assert_eq!(due(SchemeId::ORPHAN, Step::Notice, "2026-03-16"), None);
    assert_eq!(
        due(SchemeId::DIBAO, Step::PaymentStart, "2026-04-30"),
        Some(Due::From(day("2026-05-01")))
    );
    assert_eq!(
        due(
            SchemeId::DISABILITY_LIVING,
            Step::PaymentStart,
            "2026-04-30"
        ),
        Some(Due::From(day("2026-04-01")))
    );
}

#[test]
fn three_months_after_a_death_are_the_matching_day_or_the_months_end_or_the_next_working_day() {
    let book = Rulebook::builtin();
    let after = |death| {
        let deadline = book.deadline(SchemeId::DIBAO, Step::AfterDeath, day(death));
        deadline.unwrap()
    };
    for (death, last) in [
        ("2026-03-16", "2026-06-16"),
        ("2024-11-30", "2025-02-28"),
        // 2024-05-30 and 05-31 both end with August's, a Friday and a Saturday.
        ("2024-05-30", "2024-08-30"),
        ("2024-05-31", "2024-09-02"),
        // 2026-10-01 begins a holiday of seven days.
        ("2026-07-01", "2026-10-08"),
        // 2026-02-28 is a working Saturday.
        ("2025-11-28", "2026-02-28"),
    ] {
        assert_eq!(
            after(death).last_day().map(|due| due.date),
            Some(day(last)),
            "{death}"
        );
    }
    assert!(after("2026-10-15").provisional());
}

#[test]
fn a_complaint_is_answered_within_60_days_or_90_where_it_takes_longer() {
    let book = Rulebook::builtin();
    for (step, condition, start, last) in [
        // The fifteenth day is Sunday 2026-03-01, and the Saturday before it a working one.
        (
            Step::ComplaintReceipt,
            Condition::Ordinary,
            "2026-02-14",
            "2026-03-02",
        ),
        (
            Step::ComplaintAnswer,
            Condition::Ordinary,
            "2026-03-02",
            "2026-05-06",
        ),
        (
            Step::ComplaintAnswer,
            Condition::Special,
            "2026-03-02",
            "2026-06-01",
        ),
        (
            Step::ComplaintReview,
            Condition::Ordinary,
            "2026-06-01",
            "2026-07-01",
        ),
    ] {
        let deadline = book.complaint_deadline(step, condition, day(start));
        let due = deadline.and_then(|deadline| deadline.last_day());
        assert_eq!(due.map(|due| due.date), Some(day(last)), "{step:?} {start}");
    }
}

#[test]
fn complaints_have_the_clocks_of_the_petition_regulation() {
    use Limit::CalendarDays;
    let rules = builtin::rules();
    for (step, condition, days, starts) in [
        (
            Step::ComplaintReceipt,
            Condition::Ordinary,
            15,
            Start::Receipt,
        ),
        (
            Step::ComplaintAnswer,
            Condition::Ordinary,
            60,
            Start::Acceptance,
        ),
        (
            Step::ComplaintAnswer,
            Condition::Special,
            90,
            Start::Acceptance,
        ),
        (
            Step::ComplaintReviewRequest,
            Condition::Ordinary,
            30,
            Start::Delivery,
        ),
        (
            Step::ComplaintReview,
            Condition::Ordinary,
            30,
            Start::RequestReceived,
        ),
        (
            Step::ComplaintFinalRequest,
            Condition::Ordinary,
            30,
            Start::ReviewDelivery,
        ),
        (
            Step::ComplaintFinalReview,
            Condition::Ordinary,
            30,
            Start::RequestReceived,
        ),
    ] {
        let clock = rules.complaint_clock(step, condition, today()).unwrap();
        assert_eq!((clock.limit, clock.starts), (CalendarDays(days), starts));
        assert!(clock.source.contains("信访工作条例"));
        assert_eq!(rules.clock(SchemeId::DIBAO, step, condition, today()), None);
    }
    assert_eq!(
        rules.complaint_clock(Step::Whole, Condition::Ordinary, today()),
        None
    );
    assert_eq!(
        rules.complaint_clock(
            Step::ComplaintReceipt,
            Condition::Ordinary,
            day("2022-04-30")
        ),
        None
    );
}

#[test]
fn a_rule_does_not_hold_before_its_first_day() {
    let rules = builtin::rules();
    let whole = |on| rules.clock(SchemeId::RIGID, Step::Whole, Condition::Ordinary, day(on));
    assert_eq!(whole("2024-12-31"), None);
    assert!(whole("2025-01-01").is_some());
}

const COUNTY: &str = r#"
    edition = "county-1"
    set-by = "county"
    [[clock]]
    id = "L4"
    schemes = [1]
    step = "first-opinion"
    title = "调查完，提出初审意见"
    limit = 12
    unit = "working-days"
    starts = "acceptance"
    source = "县里的文件"
    confidence = "verified"
    effective = "2026-06-01"
"#;

#[test]
fn a_countys_clock_wins_from_its_first_day_on() {
    let rules = builtin::rules().overridden_by(Rules::parse(COUNTY).unwrap());
    let limit = |on: &str| {
        let clock = rules.clock(
            SchemeId::DIBAO,
            Step::FirstOpinion,
            Condition::Ordinary,
            day(on),
        );
        clock.map(|clock| (clock.limit, clock.set_by))
    };
    let national = (Limit::None(NoLimit::CountyFixes), SetBy::National);
    assert_eq!(limit("2026-05-31"), Some(national));
    assert_eq!(
        limit("2026-06-01"),
        Some((Limit::WorkingDays(12), SetBy::County))
    );
    assert_eq!(
        rules.by_id("L4", today()).map(|clock| clock.set_by),
        Some(SetBy::County)
    );
    assert_eq!(rules.edition(), "2026-11+county-1");
}

#[test]
fn a_broken_file_is_refused_with_the_clock_at_fault() {
    let id = || "L4".to_owned();
    for (from, to, error) in [
        ("limit = 12", "", RulesError::LimitMissing { id: id() }),
        (
            "limit = 12",
            "limit = 0",
            RulesError::LimitMissing { id: id() },
        ),
        (
            "limit = 12",
            "limit = 401",
            RulesError::LimitMissing { id: id() },
        ),
        (
            "working-days",
            "next-month",
            RulesError::LimitUnused { id: id() },
        ),
        ("县里的文件", " ", RulesError::NoSource { id: id() }),
        ("schemes = [1]", "", RulesError::Subject { id: id() }),
        (
            "schemes = [1]",
            "schemes = [1]\nsubject = \"complaint\"",
            RulesError::Subject { id: id() },
        ),
        (
            "effective = \"2026-06-01\"",
            "effective = \"2026-06-01\"\nuntil = \"2026-05-31\"",
            RulesError::EndsBeforeItBegins { id: id() },
        ),
    ] {
        assert_eq!(Rules::parse(&COUNTY.replace(from, to)), Err(error));
    }
    let twice = format!("{COUNTY}{}", &COUNTY[COUNTY.find("[[clock]]").unwrap()..]);
    assert_eq!(
        Rules::parse(&twice),
        Err(RulesError::Duplicate { id: id() })
    );
    for (from, to) in [
        ("working-days", "fortnights"),
        ("title", "titel"),
        ("[1]", "1"),
    ] {
        assert!(matches!(
            Rules::parse(&COUNTY.replace(from, to)),
            Err(RulesError::Syntax(_))
        ));
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = Rules::parse(&text);
    }
}
