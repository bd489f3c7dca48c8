//! Deadlines are facts: rules that change, a ledger that is older, holidays that are published.

use std::fs;

use county::Said;
use relief::{Action, Actor, Cause, ClockView, Due, GroundCode, Role, Step};

use crate::bench::{Bench, DAY_MS, Submission};

const SHORTER: &str = r#"
    edition = "county-1"
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
    effective = "2026-11-24"
"#;

/// An invented notice: the new year's holiday lasts until Tuesday 2027-01-05.
const HOLIDAYS_2027: &str = r#"{"years":{"2027":{"status":"official","work":[],"off":[
    {"date":"2027-01-01"},{"date":"2027-01-04"},{"date":"2027-01-05"}]}}}"#;

fn bench_with_rules() -> Bench {
    Bench::with(|config| config.rules_dir = Some(config.data_dir.join("rules")))
}

fn lay_rules(bench: &Bench, name: &str, text: &str) {
    let dir = bench.dir.path().join("rules");
    fs::create_dir_all(&dir).expect("a folder");
    fs::write(dir.join(name), text).expect("a file");
}

fn whole(bench: &Bench, sent: &Submission) -> ClockView {
    let clocks = bench.case(sent).clocks;
    let mut of_step = clocks.into_iter().filter(|clock| clock.step == Step::Whole);
    of_step.next().expect("a clock of the whole procedure")
}

fn last_day(clock: &ClockView) -> (String, bool) {
    match clock.due {
        Due::By(due) => (due.date.to_string(), due.provisional),
        other => panic!("{other:?} is no last day"),
    }
}

fn officer(role: Role) -> Actor {
    Actor {
        role,
        name: "王经办".to_owned(),
    }
}

#[test]
fn a_rule_that_changes_moves_no_deadline_and_holds_for_the_next_case() {
    let mut bench = bench_with_rules();
    let before = bench.received(1);
    bench.accept(&before);
    let issued = whole(&bench, &before);
    let edition = bench.county.rulebook().edition().to_owned();
    assert_eq!(issued.edition, edition);

    lay_rules(&bench, "clocks.toml", SHORTER);
    let mut bench = bench.reboot();
    assert_ne!(bench.county.rulebook().edition(), edition);
    assert_eq!(whole(&bench, &before), issued);
    bench.pass(DAY_MS);
    let after = bench.received(2);
    bench.accept(&after);
    let shorter = whole(&bench, &after);
    assert_eq!(shorter.edition, bench.county.rulebook().edition());
    assert_eq!(last_day(&issued), ("2027-01-05".to_owned(), true));
    assert_eq!(last_day(&shorter), ("2026-12-29".to_owned(), false));
    assert_eq!(last_day(&whole(&bench, &before)), last_day(&issued));
}

/// Takes out of a ledger what builds without deadlines did not write.
fn forget_deadlines(bench: &Bench) {
    bench.tell_store(
        "DROP TRIGGER deadlines_remain;
         DROP TRIGGER event_rules_remain;
         DELETE FROM deadlines;
         DELETE FROM event_rules;",
        "DROP TRIGGER deadlines_remain ON deadlines;
         DROP TRIGGER event_rules_remain ON event_rules;
         DELETE FROM deadlines;
         DELETE FROM event_rules;",
    );
}

#[test]
fn a_ledger_older_than_deadlines_issues_them_once() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    bench.accept(&sent);
    let issued = bench.case(&sent).deadlines;
    assert!(!issued.is_empty());
    forget_deadlines(&bench);
    for _ in 0..2 {
        bench = bench.reboot();
        assert_eq!(bench.case(&sent).deadlines, issued);
    }
}

#[test]
fn a_provisional_deadline_is_settled_once_its_years_holidays_are_published() {
    let mut bench = bench_with_rules();
    let sent = bench.received(1);
    bench.accept(&sent);
    let issued = bench.case(&sent).deadlines;
    assert_eq!(
        last_day(&whole(&bench, &sent)),
        ("2027-01-05".to_owned(), true)
    );
    lay_rules(&bench, "holidays.json", HOLIDAYS_2027);
    for _ in 0..2 {
        bench = bench.reboot();
        assert_eq!(
            last_day(&whole(&bench, &sent)),
            ("2027-01-07".to_owned(), false)
        );
        let deadlines = bench.case(&sent).deadlines;
        assert_eq!(deadlines[..issued.len()], issued);
        let settled: Vec<_> = deadlines[issued.len()..]
            .iter()
            .map(|deadline| (deadline.step, deadline.cause))
            .collect();
        assert_eq!(settled, [(Step::Whole, Cause::HolidaysPublished)]);
    }
}

#[test]
fn a_special_case_takes_longer_on_a_ground_that_the_tables_know() {
    let mut bench = bench_with_rules();
    lay_rules(&bench, "holidays.json", HOLIDAYS_2027);
    bench = bench.reboot();
    let sent = bench.received(1);
    bench.accept(&sent);
    let id = bench.case(&sent).id;
    let extend = |ground| {
        let said = Said {
            ground: Some(GroundCode(ground)),
            ..Said::reason("户口在外县")
        };
        let officer = officer(Role::Township);
        bench.county.act_with(id, Action::Extend, officer, said)
    };
    assert!(extend(77).is_err());
    assert!(extend(2).is_ok());
    assert!(extend(2).is_err());
    let whole = whole(&bench, &sent);
    assert_eq!(last_day(&whole), ("2027-01-28".to_owned(), false));
    assert_eq!(whole.ground, Some(GroundCode(2)));
    let last = bench.case(&sent).events.pop().expect("an event");
    assert_eq!(
        (last.action, last.ground),
        (Action::Extend, Some(GroundCode(2)))
    );
}

#[test]
fn who_is_refused_is_told_until_when_to_appeal() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    bench.accept(&sent);
    let id = bench.case(&sent).id;
    let act = |action, role, reason: &str| {
        let done = bench.county.act(id, action, officer(role), reason);
        done.unwrap_or_else(|error| panic!("{action:?}: {error}"));
    };
    bench.survey(&sent);
    act(Action::GiveFirstOpinion, Role::Township, "");
    act(Action::PostNotice, Role::Township, "");
    bench.pass(8 * DAY_MS);
    act(Action::SendToCounty, Role::Township, "");
    act(Action::Refuse, Role::County, "收入超过标准");
    act(Action::DeliverRefusal, Role::Township, "");
    let clocks = bench.status(&sent).clocks;
    let told: Vec<_> = clocks
        .iter()
        .map(|clock| (clock.step, last_day(clock).0))
        .collect();
    // Delivered on 2026-12-01; 60 days end on Saturday 2027-01-30.
    assert_eq!(
        told,
        [
            (Step::AppealReview, "2027-02-01".to_owned()),
            (Step::AppealCourt, "2027-06-01".to_owned())
        ]
    );
}
