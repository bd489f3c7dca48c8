use super::*;
use crate::county_event::samples::{County, month, person, place, words};
use crate::county_event::{Fact, NotAdmitted, Place};
use crate::lists::ListCode;
use crate::punctuality::Punctuality;

fn villages() -> Vec<Place> {
    ["140428100201", "140428100202"]
        .into_iter()
        .map(|village| Place {
            township: "140428100".into(),
            village: village.into(),
        })
        .collect()
}

fn report(changes: usize) -> Fact {
    Fact::VillageReported(VillageReported {
        place: place(),
        month: month("2026-04"),
        changes: vec![
            Change {
                household: None,
                person: person("张三", 1),
                kind: ListCode(5),
                words: words("住院"),
            };
            changes
        ],
    })
}

#[test]
fn villages_report_by_the_20th_and_the_township_by_the_25th() {
    let mut county = County::new();
    let id = county.state("2026-04-22", report(2));
    let registers = county.on("2026-04-27");
    let stands = registers
        .monthly_reports
        .villages(month("2026-04"), &villages(), &county.book);
    // 20 April 2026 is a Monday; 25 April a Saturday, so that the township has until the 24th.
    assert_eq!(stands[0].stands, Punctuality::Late { days: 2 });
    assert_eq!(
        (
            stands[0].changes,
            stands[0].reported.map(|(event, _)| event)
        ),
        (2, Some(id))
    );
    assert_eq!(stands[1].stands, Punctuality::Overdue { days: 7 });
    let townships = registers.monthly_reports.townships(
        month("2026-04"),
        &villages(),
        &["140428100".to_owned()],
        &county.book,
    );
    assert_eq!(townships[0].stands, Punctuality::Overdue { days: 3 });
    assert_eq!(
        (townships[0].villages_missing, townships[0].unchecked),
        (1, 1)
    );
}

#[test]
fn a_report_without_changes_is_one() {
    let mut county = County::new();
    county.state("2026-04-18", report(0));
    let registers = county.on("2026-04-20");
    let stands = registers
        .monthly_reports
        .villages(month("2026-04"), &villages(), &county.book);
    assert_eq!(stands[0].stands, Punctuality::InTime);
    assert_eq!(stands[1].stands, Punctuality::Ahead { days: 0 });
}

#[test]
fn a_change_is_open_until_the_county_acts_and_one_that_is_not_so_needs_nothing() {
    let mut county = County::new();
    let report = county.state("2026-04-18", report(2));
    let check = |wrong| Fact::VillageReportChecked(VillageReportChecked { report, wrong });
    assert_eq!(
        county.try_state("2026-04-21", check(vec![2])),
        Err(NotAdmitted::NoSuchEvent)
    );
    county.state("2026-04-21", check(vec![1]));
    let settle = |line| {
        Fact::ChangeSettled(ChangeSettled {
            report,
            line,
            outcome: ChangeOutcome::Increased,
        })
    };
    let open = |county: &County| -> Vec<bool> {
        county
            .on("2026-04-30")
            .monthly_reports
            .changes()
            .map(|change| change.is_open())
            .collect()
    };
    assert_eq!(open(&county), [true, false]);
    assert_eq!(
        county.try_state("2026-04-22", settle(1)),
        Err(NotAdmitted::NotOfThisKind)
    );
    county.state("2026-04-22", settle(0));
    assert_eq!(open(&county), [false, false]);
    assert_eq!(
        county.try_state("2026-04-23", settle(0)),
        Err(NotAdmitted::Twice)
    );
}
