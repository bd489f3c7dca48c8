use super::*;
use crate::county_event::NotAdmitted;
use crate::county_event::samples::{County, day};

fn report(duty: &str, nominal: &str) -> Fact {
    Fact::ReportHandedIn(ReportHandedIn {
        duty: duty.into(),
        nominal: day(nominal),
        township: "140428100".into(),
    })
}

#[test]
fn progress_and_stage_reports_of_a_month_stand_as_handed_in_late_or_owed() {
    let mut county = County::new();
    county.state("2024-07-12", report("W2", "2024-07-14"));
    county.state("2024-07-16", report("S1", "2024-07-14"));
    let registers = county.on("2024-07-31");
    let townships = ["140428100".to_owned()];
    let owed = owed_reports(
        &registers.log,
        &townships,
        day("2024-07-01"),
        day("2024-07-31"),
        &county.book,
    );
    let stands: Vec<(String, String)> = owed
        .iter()
        .map(|one| {
            (
                format!("{} {}", one.duty.id, one.duty.due.date),
                one.stands.words(),
            )
        })
        .collect();
    // 14 July 2024 is a Sunday: both are due on Friday.
    let expected = [
        ("S1 2024-07-12", "迟4天"),
        ("W2 2024-07-12", "按时"),
        ("W2 2024-07-29", "已超期2天"),
    ];
    assert_eq!(
        stands,
        expected.map(|(id, words)| (id.to_owned(), words.to_owned()))
    );
}

#[test]
fn a_report_is_handed_in_once_and_only_where_one_is_owed() {
    let mut county = County::new();
    county.state("2024-07-12", report("W2", "2024-07-14"));
    let again = county.try_state("2024-07-13", report("W2", "2024-07-14"));
    assert_eq!(again, Err(NotAdmitted::Twice));
    for (duty, nominal) in [
        ("W2", "2024-07-15"),
        ("W1", "2024-07-12"),
        ("Z9", "2024-07-14"),
    ] {
        let refused = county.try_state("2024-07-15", report(duty, nominal));
        assert_eq!(refused, Err(NotAdmitted::Code), "{duty} {nominal}");
    }
}
