use std::collections::BTreeMap;

use super::*;
use crate::clock::Subject;
use crate::codes::GroundCode;
use crate::event::{Actor, AppealWay, DeliveryWay, Details, Notice, Role};

const DAY_MS: i64 = 24 * 3600 * 1000;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A case of which only events and deadlines matter.
struct Bench {
    book: Rulebook,
    scheme: SchemeId,
    events: Vec<CaseEvent>,
    issued: Vec<Deadline>,
}

impl Bench {
    fn new(scheme: SchemeId) -> Self {
        Self {
            book: Rulebook::builtin(),
            scheme,
            events: Vec::new(),
            issued: Vec::new(),
        }
    }

    fn with_rules(scheme: SchemeId, files: &[(&str, &str)]) -> Self {
        let mut bench = Self::new(scheme);
        bench.change_rules(files);
        bench
    }

    fn change_rules(&mut self, files: &[(&str, &str)]) {
        let files: BTreeMap<String, String> = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        self.book = Rulebook::builtin().with_files(&files).unwrap();
    }

    /// `action` at noon of the day; what it issues, as `clock: last day`.
    fn on(&mut self, date: &str, action: Action) -> Vec<String> {
        self.on_ground(date, action, None)
    }

    fn on_ground(&mut self, date: &str, action: Action, ground: Option<GroundCode>) -> Vec<String> {
        self.happens(date, action, Details::None, ground)
    }

    /// The same of an event that says more.
    fn on_saying(&mut self, date: &str, action: Action, details: Details) -> Vec<String> {
        self.happens(date, action, details, None)
    }

    fn happens(
        &mut self,
        date: &str,
        action: Action,
        details: Details,
        ground: Option<GroundCode>,
    ) -> Vec<String> {
        let days = day(date)
            .signed_duration_since(day("1970-01-01"))
            .num_days();
        let event = CaseEvent {
            action,
            actor: Actor {
                role: Role::Township,
                name: "甲".into(),
            },
            at_ms: days * DAY_MS + DAY_MS / 6,
            reason: String::new(),
            details,
            evidence: String::new(),
            ground,
        };
        let new = self
            .book
            .deadlines(self.scheme, &self.events, &self.issued, &event);
        self.events.push(event);
        let told = new.iter().map(told).collect();
        self.issued.extend(new);
        told
    }
}

fn told(deadline: &Deadline) -> String {
    let id = &deadline.clock_id;
    match deadline.due {
        Due::By(due) => format!(
            "{id}: {}{}",
            due.date,
            if due.provisional { "?" } else { "" }
        ),
        Due::From(day) => format!("{id}: from {day}"),
        Due::NoLimit(_) => format!("{id}: no limit"),
    }
}

#[test]
fn each_event_of_an_allowance_issues_its_clocks() {
    let mut case = Bench::new(SchemeId::DIBAO);
    let nothing: [&str; 0] = [];
    for (date, action, issued) in [
        ("2026-04-28", Action::Submit, &["L1: no limit"][..]),
        ("2026-04-29", Action::Receive, &nothing),
        (
            "2026-04-30",
            Action::Accept,
            &["L2: 2026-05-08", "L4: no limit", "L9: 2026-06-15"],
        ),
        ("2026-05-06", Action::StartSurvey, &nothing),
        ("2026-05-06", Action::RequestDataCheck, &["L3: 2026-05-09"]),
        ("2026-05-08", Action::ReturnDataCheck, &nothing),
        ("2026-05-11", Action::FinishSurvey, &nothing),
        ("2026-05-12", Action::GiveFirstOpinion, &nothing),
        (
            "2026-05-13",
            Action::PostNotice,
            &["L5: 2026-05-20", "L6: no limit"],
        ),
        ("2026-05-21", Action::SendToCounty, &["L7: 2026-06-04"]),
        ("2026-05-25", Action::VisitHome, &nothing),
        ("2026-05-28", Action::Confirm, &["L10: from 2026-06-01"]),
        (
            "2026-06-01",
            Action::StartPayment,
            &["L11: 2027-06-01?", "L12: 2026-12-01"],
        ),
        (
            "2026-11-30",
            Action::Recheck,
            &["L11: 2027-11-30?", "L12: 2027-05-31?"],
        ),
    ] {
        assert_eq!(case.on(date, action), issued, "{action:?}");
    }
    let whole = of_step(&case.issued, Step::Whole).unwrap();
    let warn_by = whole.warn_by.map(|due| due.date);
    assert_eq!(
        warn_by,
        Some(day("2026-06-11")),
        "counted from the kiosk's day"
    );
}

#[test]
fn a_refusal_issues_its_delivery_and_the_delivery_what_can_be_done_against_it() {
    let mut case = Bench::new(SchemeId::DIBAO);
    case.on("2026-05-21", Action::Submit);
    assert_eq!(case.on("2026-06-01", Action::Refuse), ["L8: 2026-06-04"]);
    // 60 days end on Sunday 2026-08-02.
    assert_eq!(
        case.on("2026-06-03", Action::DeliverRefusal),
        ["A1: 2026-08-03", "A2: 2026-12-03"]
    );
}

#[test]
fn a_support_that_ends_says_from_when() {
    let mut case = Bench::new(SchemeId::TEKUN);
    assert_eq!(
        case.on("2026-06-01", Action::Stop),
        ["T11: from 2026-07-01"]
    );
    assert_eq!(
        case.on("2026-06-01", Action::Confirm),
        ["T7: from 2026-07-01"]
    );
    assert_eq!(
        case.on("2026-06-01", Action::PostNotice),
        ["T3: 2026-06-08"]
    );
    assert_eq!(case.on("2026-06-02", Action::Object), ["T4: 2026-06-24"]);
    assert_eq!(
        case.on("2026-06-01", Action::PostEnding),
        ["T9: 2026-06-08"]
    );
    assert_eq!(
        case.on("2026-06-02", Action::ObjectToEnding),
        ["T10: 2026-06-24"]
    );
    assert!(case.on("2026-06-10", Action::DecideOnEnding).is_empty());
    assert_eq!(
        case.on("2026-06-10", Action::PostEnding),
        ["T9: 2026-06-17"]
    );
}

#[test]
fn a_report_of_changed_self_care_says_until_when_it_is_assessed() {
    let mut case = Bench::new(SchemeId::TEKUN);
    // The dragon-boat festival is Friday 2026-06-19.
    assert_eq!(
        case.on("2026-06-15", Action::ReportSelfCare),
        ["T8: 2026-06-30"]
    );
    assert!(case.on("2026-06-18", Action::AssessSelfCare).is_empty());
}

#[test]
fn a_case_takes_45_days_on_its_ground_from_the_day_it_was_accepted() {
    let mut case = Bench::new(SchemeId::DIBAO);
    case.on("2026-04-28", Action::Submit);
    assert_eq!(
        case.book.extension(case.scheme, &case.issued),
        Extension::None
    );
    case.on("2026-04-30", Action::Accept);
    assert_eq!(
        case.book.extension(case.scheme, &case.issued),
        Extension::Until(day("2026-06-15"))
    );
    let ground = Some(GroundCode(2));
    assert_eq!(
        case.on_ground("2026-05-20", Action::Extend, ground),
        ["L9s: 2026-07-07"]
    );
    let whole = of_step(&case.issued, Step::Whole).unwrap();
    assert_eq!(
        (whole.ground, whole.cause, whole.start),
        (ground, Cause::Extension, day("2026-04-30"))
    );
    assert_eq!(
        case.book.extension(case.scheme, &case.issued),
        Extension::Given
    );
}

#[test]
fn a_scheme_without_a_special_limit_takes_no_longer() {
    let mut case = Bench::new(SchemeId::TEMPORARY);
    assert_eq!(case.on("2026-04-30", Action::Accept), ["N2: no limit"]);
    assert_eq!(
        case.book.extension(case.scheme, &case.issued),
        Extension::None
    );
    assert!(
        case.on_ground("2026-05-20", Action::Extend, Some(GroundCode(1)))
            .is_empty()
    );
}

const TOWNSHIP: &str = r#"
    edition = "county-1"
    set-by = "county"
    [[setting]]
    key = "confirming-power"
    value = "township"
    schemes = [1]
    source = "县里的文件"
    effective = "2026-06-01"
"#;

#[test]
fn a_township_that_confirms_has_20_days_from_the_day_on_which_it_may() {
    let files = [("settings.toml", TOWNSHIP)];
    let mut case = Bench::with_rules(SchemeId::DIBAO, &files);
    assert!(
        case.on("2026-05-29", Action::Accept)
            .contains(&"L9: 2026-07-13".to_owned())
    );
    let mut case = Bench::with_rules(SchemeId::DIBAO, &files);
    assert!(
        case.on("2026-06-01", Action::Accept)
            .contains(&"L9a: 2026-06-30".to_owned())
    );
    assert_eq!(
        case.on_ground("2026-06-02", Action::Extend, Some(GroundCode(1))),
        ["L9s: 2026-08-04"]
    );
}

#[test]
fn a_childs_clock_stands_still_while_papers_are_awaited() {
    let mut case = Bench::new(SchemeId::UNSUPPORTED_CHILD);
    assert_eq!(case.on("2026-11-02", Action::Submit), ["N1: no limit"]);
    assert_eq!(case.on("2026-11-02", Action::Receive), ["C1: 2026-11-23"]);
    assert!(case.on("2026-11-05", Action::AskForPapers).is_empty());
    assert_eq!(papers_awaited_since(&case.events), Some(day("2026-11-05")));
    assert_eq!(
        case.on("2026-11-10", Action::BringPapers),
        ["C1: 2026-11-26"]
    );
    assert_eq!(papers_awaited_since(&case.events), None);
}

#[test]
fn a_county_that_counts_the_waiting_moves_nothing() {
    let counted = TOWNSHIP
        .replace("confirming-power", "days-waiting-for-papers")
        .replace("\"township\"", "\"counted\"")
        .replace("schemes = [1]", "");
    let mut case = Bench::with_rules(SchemeId::UNSUPPORTED_CHILD, &[("settings.toml", &counted)]);
    case.on("2026-11-02", Action::Receive);
    case.on("2026-11-05", Action::AskForPapers);
    assert!(case.on("2026-11-10", Action::BringPapers).is_empty());
}

const SHORTER: &str = r#"
    edition = "county-2"
    set-by = "county"
    [[clock]]
    id = "L9"
    schemes = [1]
    step = "whole"
    title = "全部办完"
    limit = 25
    unit = "working-days"
    starts = "acceptance"
    source = "县里的文件"
    confidence = "verified"
    effective = "2026-06-01"
    [[clock]]
    id = "L6"
    schemes = [1]
    step = "send-to-county"
    title = "公示完，材料送县里"
    limit = 2
    unit = "working-days"
    starts = "end-of-notice"
    source = "县里的文件"
    confidence = "verified"
    effective = "2026-06-01"
"#;

#[test]
fn a_rule_that_changes_leaves_every_issued_deadline_as_it_was() {
    let mut case = Bench::new(SchemeId::DIBAO);
    case.on("2026-05-26", Action::Submit);
    case.on("2026-05-29", Action::Accept);
    let before = case.issued.clone();
    let old_edition = case.book.edition().to_owned();

    case.change_rules(&[("clocks.toml", SHORTER)]);
    assert_eq!(case.issued, before);
    assert!(case.book.settled(&case.issued).is_empty());
    // What starts under the new rules follows them.
    assert_eq!(
        case.on("2026-06-08", Action::PostNotice),
        ["L5: 2026-06-15", "L6: 2026-06-17"]
    );
    assert_eq!(case.issued[..before.len()], before);
    let whole = of_step(&case.issued, Step::Whole).unwrap();
    let notice = of_step(&case.issued, Step::Notice).unwrap();
    assert_eq!(
        (told(whole).as_str(), &whole.edition),
        ("L9: 2026-07-13", &old_edition)
    );
    assert_eq!(notice.edition, case.book.edition());
    assert_ne!(notice.edition, old_edition);

    let mut later = Bench::with_rules(SchemeId::DIBAO, &[("clocks.toml", SHORTER)]);
    assert!(
        later
            .on("2026-06-01", Action::Accept)
            .contains(&"L9: 2026-07-07".to_owned())
    );
}

#[test]
fn what_begins_after_a_provisional_notice_is_settled_with_it() {
    let mut case = Bench::with_rules(SchemeId::DIBAO, &[("clocks.toml", SHORTER)]);
    assert_eq!(
        case.on("2026-12-25", Action::PostNotice),
        ["L5: 2027-01-04?", "L6: 2027-01-06?"]
    );
    assert!(case.book.settled(&case.issued).is_empty());
    let year = r#"{"years":{"2027":{"status":"official","off":[
        {"date":"2027-01-01"},{"date":"2027-01-04"},{"date":"2027-01-05"}],"work":[{"date":"2027-01-09"}]}}}"#;
    case.change_rules(&[("clocks.toml", SHORTER), ("holidays.json", year)]);
    let settled = case.book.settled(&case.issued);
    assert_eq!(
        settled.iter().map(told).collect::<Vec<_>>(),
        ["L5: 2027-01-06", "L6: 2027-01-08"]
    );
    case.issued.extend(settled);
    assert!(case.book.settled(&case.issued).is_empty());
}

/// Every kind of event that an action can be, as far as deadlines ask.
fn all_events() -> Vec<(Action, Details)> {
    let mut events: Vec<_> = Action::ALL
        .into_iter()
        .map(|action| (action, Details::None))
        .collect();
    events.extend(Notice::ALL.map(|notice| (Action::Deliver, delivery(notice))));
    let happened = day("2026-06-01");
    events.push((Action::FindChange, Details::Change { happened }));
    events
}

fn delivery(notice: Notice) -> Details {
    Details::Delivery {
        notice,
        way: DeliveryWay::InPerson,
        receiver: String::new(),
    }
}

#[test]
fn every_clock_of_a_case_is_started_by_an_event_but_for_those_whose_start_no_text_names() {
    let book = Rulebook::builtin();
    let mut silent: Vec<&str> = Vec::new();
    for clock in book.clocks.clocks() {
        if clock.subject != Subject::Case || clock.condition != Condition::Ordinary {
            continue;
        }
        let starts = clock.schemes.iter().all(|scheme| {
            all_events().into_iter().any(|(action, details)| {
                let issued = Bench::new(*scheme).on_saying("2026-06-01", action, details);
                let prefix = format!("{}: ", clock.id);
                issued.iter().any(|told| told.starts_with(&prefix))
            })
        });
        if !starts {
            silent.push(&clock.id);
        }
    }
    // A death is found in the register of special groups, whoever of a household died; of the others no start is known.
    assert_eq!(silent, ["L13", "L14", "D1", "D2", "D3"]);
}

#[test]
fn a_written_decision_starts_the_appeal_and_the_outcome_of_a_review_what_follows_it() {
    let mut case = Bench::new(SchemeId::DIBAO);
    for notice in [Notice::MissingPapers, Notice::Acceptance] {
        let issued = case.on_saying("2026-06-03", Action::Deliver, delivery(notice));
        assert!(issued.is_empty(), "{issued:?}");
    }
    for notice in [
        Notice::NonAcceptance,
        Notice::Confirmation,
        Notice::Refusal,
        Notice::Change,
        Notice::Stop,
    ] {
        assert_eq!(
            case.on_saying("2026-06-03", Action::Deliver, delivery(notice)),
            ["A1: 2026-08-03", "A2: 2026-12-03"]
        );
    }
    let way = AppealWay::Review;
    assert!(
        case.on_saying("2026-06-10", Action::Appeal, Details::Appeal { way })
            .is_empty()
    );
    assert_eq!(
        case.on("2026-07-06", Action::DeliverReview),
        ["A3: 2026-07-21"]
    );
}

#[test]
fn what_a_household_should_have_reported_counts_from_its_change() {
    let mut case = Bench::new(SchemeId::DIBAO);
    let happened = day("2026-01-15");
    let found = |case: &mut Bench| {
        case.on_saying(
            "2026-06-03",
            Action::FindChange,
            Details::Change { happened },
        )
    };
    assert_eq!(found(&mut case), ["L15: 2026-04-15"]);
    assert!(found(&mut Bench::new(SchemeId::TEKUN)).is_empty());
}
