use proptest::prelude::*;

use super::*;
use crate::builtin;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn firm(text: &str) -> DueDate {
    DueDate {
        date: day(text),
        provisional: false,
    }
}

fn provisional(text: &str) -> DueDate {
    DueDate {
        date: day(text),
        provisional: true,
    }
}

/// The ends agree in two independent lists of holidays, NateScarlet/holiday-cn and LKI/chinese-calendar; every day of
/// the three years is compared in `tests/peers/calendar_peer.py`.
#[test]
fn working_days_are_counted_over_holidays_and_make_up_days() {
    let calendar = builtin::calendar();
    for (start, n, end) in [
        ("2024-02-08", 3, "2024-02-19"),
        ("2024-04-28", 3, "2024-05-06"),
        ("2024-04-30", 3, "2024-05-08"),
        ("2024-05-06", 20, "2024-05-31"),
        ("2024-05-06", 30, "2024-06-17"),
        ("2024-05-06", 45, "2024-07-08"),
        ("2024-09-27", 3, "2024-10-08"),
        ("2024-09-30", 10, "2024-10-18"),
        ("2025-01-24", 10, "2025-02-13"),
        ("2025-09-26", 10, "2025-10-16"),
        ("2026-02-13", 10, "2026-03-05"),
        ("2026-04-30", 30, "2026-06-15"),
        ("2026-09-18", 3, "2026-09-22"),
    ] {
        assert_eq!(
            calendar.add_working_days(day(start), n, &[]),
            firm(end),
            "{start} + {n}"
        );
        assert_eq!(
            calendar.working_days_left(day(start), day(end)),
            i32::from(n)
        );
    }
}

#[test]
fn each_published_year_has_its_number_of_working_days() {
    let calendar = builtin::calendar();
    for (year, count) in [(2024, 251), (2025, 248), (2026, 248)] {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let kinds = first
            .iter_days()
            .take_while(|date| date.year() == year)
            .map(|date| calendar.is_working_day(date));
        assert_eq!(
            kinds
                .filter(|kind| kind.working && !kind.provisional)
                .count(),
            count
        );
    }
    assert_eq!(calendar.last_published_year(), Some(2026));
}

#[test]
fn counting_past_the_last_published_year_says_that_it_is_provisional() {
    let calendar = builtin::calendar();
    assert_eq!(
        calendar.add_working_days(day("2026-12-21"), 10, &[]),
        provisional("2027-01-05")
    );
    assert_eq!(
        calendar.add_working_days(day("2026-12-21"), 8, &[]),
        firm("2026-12-31")
    );
    // 2026-12-31 is the seventh day, a Thursday.
    assert_eq!(
        calendar.add_calendar_days(day("2026-12-24"), 7, &[], RestDay::Later),
        firm("2026-12-31")
    );
    assert_eq!(
        calendar.add_calendar_days(day("2026-12-25"), 7, &[], RestDay::Later),
        provisional("2027-01-04")
    );
    assert!(
        calendar
            .add_working_days(day("2023-12-28"), 1, &[])
            .provisional
    );
}

#[test]
fn without_a_notice_only_the_fixed_days_of_the_law_are_off() {
    let calendar = builtin::calendar();
    for (date, working) in [
        ("2027-01-01", false),
        ("2027-05-01", false),
        ("2028-05-02", false),
        ("2023-05-02", true),
        ("2027-10-01", false),
        ("2029-10-03", false),
        ("2027-10-04", true),
        ("2027-01-02", false),
    ] {
        assert_eq!(
            calendar.is_working_day(day(date)),
            DayKind {
                working,
                provisional: true
            },
            "{date}"
        );
    }
}

#[test]
fn the_eve_of_spring_festival_2024_is_a_working_day() {
    assert!(
        builtin::calendar()
            .is_working_day(day("2024-02-09"))
            .working
    );
}

#[test]
fn a_notice_of_seven_days_ends_on_the_seventh_or_rolls_over_rest_days() {
    let calendar = builtin::calendar();
    assert_eq!(
        calendar.add_calendar_days(day("2026-11-23"), 7, &[], RestDay::Later),
        firm("2026-11-30")
    );
    // The seventh day is Saturday 2026-11-28.
    assert_eq!(
        calendar.add_calendar_days(day("2026-11-21"), 7, &[], RestDay::Later),
        firm("2026-11-30")
    );
    // The seventh day is 2026-10-01, and the holiday lasts to the seventh.
    assert_eq!(
        calendar.add_calendar_days(day("2026-09-24"), 7, &[], RestDay::Later),
        firm("2026-10-08")
    );
    // Sunday 2026-09-20 is a make-up working day.
    assert_eq!(
        calendar.add_calendar_days(day("2026-09-13"), 7, &[], RestDay::Later),
        firm("2026-09-20")
    );
}

#[test]
fn months_end_on_the_matching_day_or_the_months_last() {
    let calendar = builtin::calendar();
    assert_eq!(
        calendar.add_months(day("2026-03-16"), 3, &[], RestDay::Later),
        firm("2026-06-16")
    );
    assert_eq!(
        calendar.add_months(day("2024-11-30"), 3, &[], RestDay::Later),
        firm("2025-02-28")
    );
    // 2026-02-28 is a make-up working Saturday.
    assert_eq!(
        calendar.add_months(day("2025-11-30"), 3, &[], RestDay::Later),
        firm("2026-02-28")
    );
    // 2026-05-31 is a Sunday.
    assert_eq!(
        calendar.add_months(day("2026-02-28"), 3, &[], RestDay::Later),
        firm("2026-05-28")
    );
    assert_eq!(
        calendar.add_months(day("2026-01-31"), 4, &[], RestDay::Later),
        firm("2026-06-01")
    );
    assert_eq!(next_month(day("2026-12-31")), day("2027-01-01"));
    assert_eq!(next_month(day("2026-01-31")), day("2026-02-01"));
}

#[test]
fn days_left_shrink_to_zero_on_the_day_and_go_below_after_it() {
    let calendar = builtin::calendar();
    let due = day("2026-11-23");
    assert_eq!(calendar.working_days_left(day("2026-11-20"), due), 1);
    assert_eq!(calendar.working_days_left(due, due), 0);
    assert_eq!(calendar.working_days_left(day("2026-11-22"), due), 1);
    assert_eq!(calendar.working_days_left(day("2026-11-28"), due), -4);
}

#[test]
fn a_day_in_china_begins_at_16_hours_utc() {
    // 2026-11-22 15:59:59.999 and 16:00 UTC.
    assert_eq!(china_date(1_795_363_199_999), day("2026-11-22"));
    assert_eq!(china_date(1_795_363_200_000), day("2026-11-23"));
    assert_eq!(china_date(0), day("1970-01-01"));
    let _ = (china_date(i64::MIN), china_date(i64::MAX));
}

#[test]
fn a_file_that_contradicts_itself_is_refused() {
    let year = |off: &str, work: &str| {
        format!(
            r#"{{"years":{{"2026":{{"status":"official","off":[{{"date":"{off}"}}],"work":[{{"date":"{work}"}}]}}}}}}"#
        )
    };
    assert_eq!(
        Calendar::from_json(&year("2025-01-01", "2026-01-04")),
        Err(CalendarError::WrongYear {
            date: day("2025-01-01"),
            year: 2026
        })
    );
    assert_eq!(
        Calendar::from_json(&year("2026-01-04", "2026-01-04")),
        Err(CalendarError::Contradiction {
            date: day("2026-01-04")
        })
    );
    assert_eq!(
        Calendar::from_json(&year("2026-01-01", "2026-01-05")),
        Err(CalendarError::MakeUpOnWeekday {
            date: day("2026-01-05")
        })
    );
    assert!(matches!(
        Calendar::from_json("{"),
        Err(CalendarError::Syntax { line: 1, .. })
    ));
}

fn pause(asked: &str, brought: &str) -> Pause {
    Pause {
        asked: day(asked),
        brought: day(brought),
    }
}

#[test]
fn days_of_a_pause_do_not_count_and_those_around_it_do() {
    let calendar = builtin::calendar();
    let due = |pauses: &[Pause]| {
        calendar
            .add_working_days(day("2026-11-02"), 10, pauses)
            .date
    };
    assert_eq!(due(&[]), day("2026-11-16"));
    // Asked for and brought on one day: nothing was lost.
    assert_eq!(due(&[pause("2026-11-05", "2026-11-05")]), day("2026-11-16"));
    // From Thursday to Tuesday: Friday, Monday and Tuesday do not count.
    assert_eq!(due(&[pause("2026-11-05", "2026-11-10")]), day("2026-11-19"));
    // Over a weekend only: no working day is lost.
    assert_eq!(due(&[pause("2026-11-06", "2026-11-08")]), day("2026-11-16"));
    let twice = [
        pause("2026-11-05", "2026-11-10"),
        pause("2026-11-11", "2026-11-12"),
    ];
    assert_eq!(due(&twice), day("2026-11-20"));
    // After the last day nothing moves.
    assert_eq!(due(&[pause("2026-11-17", "2026-11-30")]), day("2026-11-16"));
}

#[test]
fn a_pause_moves_calendar_days_and_months_by_its_days() {
    let calendar = builtin::calendar();
    let pauses = [pause("2026-11-05", "2026-11-10")];
    assert_eq!(
        calendar.add_calendar_days(day("2026-11-02"), 10, &pauses, RestDay::Later),
        firm("2026-11-17")
    );
    assert_eq!(
        calendar.add_months(day("2026-08-06"), 3, &pauses, RestDay::Later),
        firm("2026-11-11")
    );
    // It began before the period did: only its days within count.
    assert_eq!(
        calendar.add_calendar_days(day("2026-11-09"), 10, &pauses, RestDay::Later),
        firm("2026-11-20")
    );
}

#[test]
fn a_day_of_rest_moves_as_it_is_told() {
    let calendar = builtin::calendar();
    for (date, rest_day, moved) in [
        ("2026-10-10", RestDay::Earlier, firm("2026-10-10")),
        ("2026-10-03", RestDay::Earlier, firm("2026-09-30")),
        ("2026-10-03", RestDay::Later, firm("2026-10-08")),
        ("2026-10-03", RestDay::Stays, firm("2026-10-03")),
        ("2027-01-02", RestDay::Later, provisional("2027-01-04")),
        ("2027-01-02", RestDay::Earlier, provisional("2026-12-31")),
        ("2027-01-02", RestDay::Stays, firm("2027-01-02")),
        ("2026-12-31", RestDay::Stays, firm("2026-12-31")),
    ] {
        assert_eq!(calendar.moved(day(date), rest_day), moved, "{date}");
    }
}

#[test]
fn a_day_that_a_month_lacks_is_its_last() {
    for (year, month, day_of_month, date) in [
        (2024, 2, 29, "2024-02-29"),
        (2025, 2, 29, "2025-02-28"),
        (2025, 4, 31, "2025-04-30"),
        (2025, 4, 14, "2025-04-14"),
    ] {
        assert_eq!(day_or_month_end(year, month, day_of_month), Some(day(date)));
    }
    assert_eq!(day_or_month_end(2025, 13, 1), None);
    assert_eq!(day_or_month_end(2025, 1, 0), None);
}

#[test]
fn a_word_that_a_holiday_file_does_not_know_is_told() {
    let misspelt = builtin::HOLIDAYS_JSON.replacen("\"work\"", "\"wrok\"", 1);
    let error = Calendar::from_json(&misspelt).unwrap_err().to_string();
    assert!(error.contains("wrok"), "{error}");
}

proptest! {
    #[test]
    fn a_pause_of_working_days_moves_a_due_date_by_as_many(
        offset in 0..700_u64, n in 1..60_u16, begins in 0..40_u64, lasts in 0..60_u64
    ) {
        let calendar = builtin::calendar();
        let start = day("2024-01-01") + Days::new(offset);
        let asked = start + Days::new(begins);
        let pause = Pause { asked, brought: asked + Days::new(lasts) };
        let plain = calendar.add_working_days(start, n, &[]);
        let paused = calendar.add_working_days(start, n, &[pause]);
        let counted = start.iter_days().skip(1).take_while(|day| *day <= paused.date)
            .filter(|day| calendar.is_working_day(*day).working && !pause.covers(*day))
            .count();
        prop_assert_eq!(counted, usize::from(n));
        prop_assert!(plain.date <= paused.date);
        if plain.date <= asked {
            prop_assert_eq!(plain, paused);
        }
    }

    #[test]
    fn a_due_date_is_a_working_day_and_as_many_working_days_away(offset in 0..1095_u64, n in 1..200_u16) {
        let calendar = builtin::calendar();
        let start = day("2024-01-01") + Days::new(offset);
        let due = calendar.add_working_days(start, n, &[]);
        prop_assert!(calendar.is_working_day(due.date).working);
        prop_assert_eq!(calendar.working_days_left(start, due.date), i32::from(n));
        prop_assert_eq!(calendar.working_days_left(due.date, start), -i32::from(n));
        prop_assert_eq!(due.provisional, due.date.year() > 2026);
    }

    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = Calendar::from_json(&text);
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic(n: u16) {
        let calendar = builtin::calendar();
        for start in [NaiveDate::MIN, NaiveDate::MAX] {
            let _ = (
                calendar.add_calendar_days(start, n, &[], RestDay::Earlier),
                calendar.add_months(start, n, &[], RestDay::Later),
                next_month(start),
            );
            let _ = calendar.add_working_days(start, n.min(400), &[]);
        }
    }
}
