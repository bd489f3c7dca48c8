use proptest::prelude::*;

use super::*;
use crate::builtin;
use crate::rulebook::Rulebook;
use crate::scheme::SchemeId;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn issued(step: Step, start: &str) -> Deadline {
    let book = Rulebook::builtin();
    let clock = book
        .clocks
        .clock(SchemeId::DIBAO, step, Condition::Ordinary, day(start))
        .unwrap();
    book.issue(clock, day(start), Some(day(start)))
}

fn last(deadline: &Deadline) -> String {
    deadline.last_day().unwrap().date.to_string()
}

fn pause(asked: &str, brought: &str) -> Pause {
    Pause {
        asked: day(asked),
        brought: day(brought),
    }
}

#[test]
fn a_notice_is_seven_whole_days_after_the_day_of_posting() {
    let notice = issued(Step::Notice, "2026-11-23");
    assert_eq!(
        (notice.first_day(), last(&notice).as_str()),
        (day("2026-11-24"), "2026-11-30")
    );
    // The seventh day is a Saturday.
    let notice = issued(Step::Notice, "2026-11-21");
    assert_eq!(
        (notice.first_day(), last(&notice).as_str()),
        (day("2026-11-22"), "2026-11-30")
    );
}

#[test]
fn papers_that_come_move_what_ran_while_they_were_awaited() {
    let calendar = builtin::calendar();
    let whole = issued(Step::Whole, "2026-09-01");
    assert_eq!(last(&whole), "2026-10-19");
    let paused = whole
        .after_pause(pause("2026-09-07", "2026-09-14"), &calendar)
        .unwrap();
    assert_eq!(
        (last(&paused).as_str(), paused.cause),
        ("2026-10-26", Cause::PapersBrought)
    );
    // A second pause is added to the first.
    let twice = paused
        .after_pause(pause("2026-09-16", "2026-09-17"), &calendar)
        .unwrap();
    assert_eq!(last(&twice), "2026-10-27");
    assert_eq!(
        twice.warn_by.map(|due| due.date.to_string()).as_deref(),
        Some("2026-10-27")
    );
    for outside in [
        pause("2026-08-28", "2026-08-31"),
        pause("2026-10-20", "2026-10-30"),
        pause("2026-09-07", "2026-09-07"),
    ] {
        assert_eq!(whole.after_pause(outside, &calendar), None, "{outside:?}");
    }
}

#[test]
fn only_a_provisional_deadline_is_settled_and_only_by_its_years_notice() {
    let calendar = builtin::calendar();
    let firm = issued(Step::Whole, "2026-09-01");
    let far = issued(Step::SurveyStart, "2026-12-30");
    assert!(far.provisional() && !firm.provisional());
    assert_eq!(
        (firm.settled(&calendar), far.settled(&calendar)),
        (None, None)
    );
    // An invented notice in which the new year's holiday lasts until Wednesday 2027-01-06.
    let days: Vec<String> = (1..=6)
        .map(|n| format!("{{\"date\":\"2027-01-0{n}\"}}"))
        .collect();
    let json = format!(
        "{{\"years\":{{\"2027\":{{\"status\":\"official\",\"off\":[{}],\"work\":[]}}}}}}",
        days.join(",")
    );
    let published = calendar.overridden_by(Calendar::from_json(&json).unwrap());
    assert_eq!(last(&far), "2027-01-05");
    let settled = far.settled(&published).unwrap();
    assert_eq!(
        (
            last(&settled).as_str(),
            settled.cause,
            settled.provisional()
        ),
        ("2027-01-08", Cause::HolidaysPublished, false)
    );
    assert_eq!(firm.settled(&published), None);
    assert_eq!(settled.settled(&published), None);
}

#[test]
fn of_each_step_the_last_issued_counts() {
    let first = issued(Step::Notice, "2026-11-02");
    let whole = issued(Step::Whole, "2026-10-12");
    let again = issued(Step::Notice, "2026-11-16");
    let all = [first, whole.clone(), again.clone()];
    assert_eq!(current(&all), [&again, &whole]);
    assert_eq!(of_step(&all, Step::Notice), Some(&again));
    assert_eq!(of_step(&all, Step::Feedback), None);
}

#[test]
fn the_kept_text_of_a_deadline_is_fixed() {
    let whole = issued(Step::Whole, "2026-04-30");
    let text = whole.to_json();
    let edition = Rulebook::builtin().edition().to_owned();
    assert_eq!(
        text,
        format!(
            "{{\"clock-id\":\"L9\",\"step\":\"whole\",\"condition\":\"ordinary\",\"title\":\"全部办完\",\
             \"limit\":{{\"working-days\":30}},\"starts\":\"acceptance\",\"start\":\"2026-04-30\",\
             \"rest-day\":\"later\",\"due\":{{\"by\":{{\"date\":\"2026-06-15\",\"provisional\":false}}}},\
             \"warn-by\":{{\"date\":\"2026-06-15\",\"provisional\":false}},\"warns-since\":\"2026-04-30\",\
             \"cause\":\"start\",\"source\":\"民发〔2021〕57号 第22条\",\"by-analogy\":false,\
             \"edition\":\"{edition}\"}}"
        )
    );
    assert_eq!(Deadline::from_json(&text), Ok(whole));
    assert_eq!(Deadline::from_json("{}"), Err(DeadlineError));
}

#[test]
fn every_clock_s_deadline_is_read_back_as_it_was_kept() {
    let book = Rulebook::builtin();
    for clock in book.clocks.clocks() {
        let mut deadline = book.issue(clock, day("2026-11-23"), Some(day("2026-11-20")));
        assert_eq!(
            Deadline::from_json(&deadline.to_json()),
            Ok(deadline.clone())
        );
        deadline.pauses = vec![pause("2026-11-24", "2026-11-25")];
        deadline.ground = Some(GroundCode(3));
        assert_eq!(Deadline::from_json(&deadline.to_json()), Ok(deadline));
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = Deadline::from_json(&text);
    }
}
