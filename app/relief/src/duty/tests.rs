use proptest::prelude::*;

use super::*;
use crate::builtin;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The duties of `id` due from `first` to `last`: the day named, the day at the latest, and what it is about.
fn due(duties: &Duties, settings: &Settings, id: &str, first: &str, last: &str) -> Vec<String> {
    duties
        .due_between(day(first), day(last), settings, &builtin::calendar())
        .into_iter()
        .filter(|date| date.id == id)
        .map(|date| {
            let mark = if date.due.provisional { "?" } else { "" };
            format!(
                "{} {}{mark} {}..{}",
                date.nominal, date.due.date, date.from, date.to
            )
        })
        .collect()
}

fn builtin_due(id: &str, first: &str, last: &str) -> Vec<String> {
    due(&builtin::duties(), &builtin::settings(), id, first, last)
}

#[test]
fn the_allowance_is_paid_by_the_tenth_and_before_it_where_that_is_a_day_of_rest() {
    assert_eq!(
        builtin_due("P1", "2026-01-01", "2026-06-30"),
        [
            // A Saturday; Friday is a working day.
            "2026-01-10 2026-01-09 2026-01-01..2026-01-31",
            "2026-02-10 2026-02-10 2026-02-01..2026-02-28",
            "2026-03-10 2026-03-10 2026-03-01..2026-03-31",
            "2026-04-10 2026-04-10 2026-04-01..2026-04-30",
            // A Sunday, and Saturday 2026-05-09 is a make-up working day.
            "2026-05-10 2026-05-09 2026-05-01..2026-05-31",
            "2026-06-10 2026-06-10 2026-06-01..2026-06-30",
        ]
    );
}

#[test]
fn support_is_paid_at_the_beginning_of_each_quarter() {
    for id in ["P2", "P3"] {
        assert_eq!(
            builtin_due(id, "2026-01-01", "2026-12-31"),
            [
                "2026-01-10 2026-01-09 2026-01-01..2026-03-31",
                "2026-04-10 2026-04-10 2026-04-01..2026-06-30",
                "2026-07-10 2026-07-10 2026-07-01..2026-09-30",
                // A Saturday, and a make-up working day.
                "2026-10-10 2026-10-10 2026-10-01..2026-12-31",
            ]
        );
    }
}

#[test]
fn villages_report_by_the_twentieth_and_townships_by_the_twenty_fifth() {
    assert_eq!(
        builtin_due("M1", "2026-09-01", "2026-10-31"),
        [
            // A Sunday, and a make-up working day.
            "2026-09-20 2026-09-20 2026-08-21..2026-09-20",
            "2026-10-20 2026-10-20 2026-09-21..2026-10-20",
        ]
    );
    assert_eq!(
        builtin_due("M2", "2026-09-01", "2026-10-31"),
        [
            // Friday 2026-09-25 is 中秋节.
            "2026-09-25 2026-09-24 2026-08-26..2026-09-25",
            // A Sunday.
            "2026-10-25 2026-10-23 2026-09-26..2026-10-25",
        ]
    );
}

#[test]
fn the_fortnightly_reports_of_the_campaign_begin_and_end_with_it() {
    assert_eq!(
        builtin_due("W2", "2024-01-01", "2024-12-31"),
        [
            "2024-05-14 2024-05-14 2024-04-30..2024-05-14",
            "2024-05-29 2024-05-29 2024-05-15..2024-05-29",
            "2024-06-14 2024-06-14 2024-05-30..2024-06-14",
            // A Saturday.
            "2024-06-29 2024-06-28 2024-06-15..2024-06-29",
            // A Sunday.
            "2024-07-14 2024-07-12 2024-06-30..2024-07-14",
            "2024-07-29 2024-07-29 2024-07-15..2024-07-29",
            "2024-08-14 2024-08-14 2024-07-30..2024-08-14",
            "2024-08-29 2024-08-29 2024-08-15..2024-08-29",
            // A Saturday and a Sunday, both make-up working days.
            "2024-09-14 2024-09-14 2024-08-30..2024-09-14",
            "2024-09-29 2024-09-29 2024-09-15..2024-09-29",
            "2024-10-14 2024-10-14 2024-09-30..2024-10-14",
            "2024-10-29 2024-10-29 2024-10-15..2024-10-29",
        ]
    );
    assert_eq!(
        builtin_due("W1", "2024-01-01", "2024-12-31"),
        Vec::<String>::new()
    );
}

#[test]
fn both_stage_reports_fall_on_a_fortnightly_day() {
    assert_eq!(
        builtin_due("S1", "2024-01-01", "2026-12-31"),
        ["2024-07-14 2024-07-12 2024-04-01..2024-07-14"]
    );
    assert_eq!(
        builtin_due("S2", "2024-01-01", "2026-12-31"),
        ["2024-10-14 2024-10-14 2024-04-01..2024-10-14"]
    );
}

const WEEKLY: &str = r#"
    edition = "county-1"
    set-by = "county"
    [[setting]]
    key = "progress-report"
    value = "weekly"
    source = "县里的文件"
    effective = "2024-06-01"
"#;

#[test]
fn a_county_that_reports_weekly_from_a_day_on_changes_nothing_before_it_and_leaves_no_day_out() {
    let settings = builtin::settings().overridden_by(Settings::parse(WEEKLY).unwrap());
    let of = |id| {
        due(
            &builtin::duties(),
            &settings,
            id,
            "2024-05-20",
            "2024-06-20",
        )
    };
    assert_eq!(of("W2"), ["2024-05-29 2024-05-29 2024-05-15..2024-05-29"]);
    assert_eq!(
        of("W1"),
        [
            "2024-06-07 2024-06-07 2024-05-30..2024-06-07",
            "2024-06-14 2024-06-14 2024-06-08..2024-06-14",
        ]
    );
}

#[test]
fn a_weekly_day_within_a_holiday_is_reported_on_before_it() {
    let settings = builtin::settings().overridden_by(Settings::parse(WEEKLY).unwrap());
    assert_eq!(
        due(
            &builtin::duties(),
            &settings,
            "W1",
            "2024-09-28",
            "2024-10-11"
        ),
        [
            "2024-10-04 2024-09-30 2024-09-28..2024-10-04",
            "2024-10-11 2024-10-11 2024-10-05..2024-10-11"
        ]
    );
}

const GOES_ON: &str = r#"
    edition = "county-1"
    set-by = "county"
    [[duty]]
    id = "W2"
    kind = "report"
    title = "工作进展双周报"
    from = "乡镇"
    to = "县民政局"
    every = "month"
    days = [29, 14]
    source = "县里的文件"
    effective = "2025-02-01"
"#;

#[test]
fn february_reports_on_its_last_day_unless_the_county_leaves_it_out() {
    let duties = builtin::duties().overridden_by(Duties::parse(GOES_ON).unwrap());
    let of = |settings: &Settings| due(&duties, settings, "W2", "2025-01-01", "2025-03-20");
    assert_eq!(
        of(&builtin::settings()),
        [
            "2025-02-14 2025-02-14 2025-01-30..2025-02-14",
            "2025-02-28 2025-02-28 2025-02-15..2025-02-28",
            "2025-03-14 2025-03-14 2025-03-01..2025-03-14",
        ]
    );
    let left_out = WEEKLY
        .replace("progress-report", "short-month")
        .replace("weekly", "left-out");
    let settings = builtin::settings().overridden_by(Settings::parse(&left_out).unwrap());
    assert_eq!(
        of(&settings),
        [
            "2025-02-14 2025-02-14 2025-01-30..2025-02-14",
            "2025-03-14 2025-03-14 2025-02-15..2025-03-14",
        ]
    );
}

#[test]
fn a_leap_years_february_has_its_twenty_ninth() {
    let duties = Duties::parse(&GOES_ON.replace("2025-02-01", "2024-01-01")).unwrap();
    assert_eq!(
        due(
            &duties,
            &builtin::settings(),
            "W2",
            "2024-02-20",
            "2024-03-01"
        ),
        ["2024-02-29 2024-02-29 2024-02-15..2024-02-29"]
    );
}

#[test]
fn a_day_moved_over_the_edge_of_the_time_asked_about_is_found_by_where_it_moved() {
    // 2026-10-10 is a working Saturday; 2027-01-10 is a Sunday of a year without a notice.
    assert_eq!(
        builtin_due("P1", "2027-01-08", "2027-01-08"),
        ["2027-01-10 2027-01-08? 2027-01-01..2027-01-31"]
    );
    assert!(builtin_due("P1", "2027-01-09", "2027-01-31").is_empty());
}

#[test]
fn a_broken_duty_is_refused_by_its_id() {
    let id = || "W2".to_owned();
    for (from, to, error) in [
        ("[29, 14]", "[]", DutiesError::Days { id: id() }),
        ("[29, 14]", "[32]", DutiesError::Days { id: id() }),
        ("\"month\"", "\"week\"", DutiesError::Days { id: id() }),
        ("\"month\"", "\"once\"", DutiesError::Days { id: id() }),
        ("县里的文件", "", DutiesError::NoSource { id: id() }),
        (
            "effective = \"2025-02-01\"",
            "effective = \"2025-02-01\"\nuntil = \"2025-01-31\"",
            DutiesError::EndsBeforeItBegins { id: id() },
        ),
        (
            "every = \"month\"",
            "every = \"month\"\nonly-when = { key = \"progress-report\", value = \"daily\" }",
            DutiesError::OnlyWhen {
                id: id(),
                key: SettingKey::ProgressReport,
                value: "daily".into(),
            },
        ),
    ] {
        assert_eq!(Duties::parse(&GOES_ON.replace(from, to)), Err(error));
    }
    let twice = format!("{GOES_ON}{}", &GOES_ON[GOES_ON.find("[[duty]]").unwrap()..]);
    assert_eq!(
        Duties::parse(&twice),
        Err(DutiesError::Duplicate { id: id() })
    );
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = Duties::parse(&text);
    }

    #[test]
    fn no_day_is_left_between_two_reports_and_none_is_told_twice(offset in 0..700_u64) {
        let first = day("2024-01-01") + Days::new(offset);
        let duties = builtin::duties();
        let dates = duties.due_between(first, first + Days::new(120), &builtin::settings(), &builtin::calendar());
        let reports: Vec<_> = dates.iter().filter(|date| date.id == "M1").collect();
        for pair in reports.windows(2) {
            prop_assert_eq!(pair[0].to.succ_opt(), Some(pair[1].from));
        }
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic(back: bool) {
        let edge = if back { NaiveDate::MIN } else { NaiveDate::MAX };
        let _ = builtin::duties().due_between(edge, edge, &builtin::settings(), &builtin::calendar());
    }
}
