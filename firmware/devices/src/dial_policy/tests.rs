use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of March")
}

/// A moment: so many hours of running, and a time in March by the wall clock.
fn at(running_hours: u32, day: u32, time: &str) -> Now {
    let time = NaiveTime::parse_from_str(time, "%H:%M").expect("a time");
    Now {
        running: HOUR * running_hours,
        wall: date(day).and_time(time),
    }
}

fn rules(calls_per_day: u32) -> DialRules {
    DialRules {
        calls_per_day,
        kept_for_urgent: 1,
        cheap_hours: None,
    }
}

fn policy(rules: DialRules) -> DialPolicy {
    DialPolicy::new(rules, Kept::default())
}

/// Makes urgent calls until no more are allowed, and says how many.
fn call_all(policy: &mut DialPolicy, now: Now) -> u32 {
    let mut calls = 0;
    while policy.decide(now, true) == Decision::DialNow {
        policy.began(now);
        policy.opened();
        calls += 1;
        assert!(calls < 1000);
    }
    calls
}

#[test]
fn a_day_has_its_calls_and_the_last_are_kept_for_what_is_urgent() {
    let mut policy = policy(rules(3));
    let now = at(0, 1, "09:00");
    for _ in 0..2 {
        assert_eq!(policy.decide(now, false), Decision::DialNow);
        policy.began(now);
        policy.opened();
    }
    assert_eq!(policy.decide(now, false), Decision::BudgetSpent);
    assert_eq!(policy.decide(now, true), Decision::DialNow);
    policy.began(now);
    assert_eq!(policy.decide(now, true), Decision::BudgetSpent);
    assert_eq!(policy.decide(at(15, 2, "00:00"), false), Decision::DialNow);
}

#[test]
fn waits_grow_with_each_failure_of_a_kind_up_to_a_bound_and_end_with_a_call_that_opens() {
    let now = at(5, 1, "09:00");
    for (failure, expected_seconds) in [
        (Failure::Busy, [30, 60, 120, 240, 480, 900, 900]),
        (Failure::NoAnswer, [120, 240, 480, 960, 1920, 3840, 7200]),
        (Failure::NoCarrier, [120, 240, 480, 960, 1920, 3600, 3600]),
        (Failure::NotDialled, [20, 40, 80, 160, 320, 600, 600]),
    ] {
        let mut policy = policy(rules(100));
        for seconds in expected_seconds {
            policy.began(now);
            policy.failed(now, failure, 0);
            let until = now.running + Duration::from_secs(seconds);
            assert_eq!(
                policy.decide(now, true),
                Decision::WaitUntil(until),
                "{failure:?}"
            );
        }
        policy.opened();
        assert_eq!(policy.decide(now, true), Decision::DialNow);
        policy.failed(now, failure, u32::MAX);
        let spread = now.running + Duration::from_secs(expected_seconds[0]).mul_f64(1.25);
        assert_eq!(policy.decide(now, true), Decision::WaitUntil(spread));
    }
}

#[test]
fn what_was_never_dialled_costs_no_call() {
    let mut policy = policy(rules(3));
    let now = at(0, 1, "09:00");
    policy.began(now);
    policy.failed(now, Failure::NotDialled, 0);
    assert_eq!(policy.calls_left(), 3);
    policy.began(now);
    policy.failed(now, Failure::Busy, 0);
    assert_eq!(policy.calls_left(), 2);
}

#[test]
fn what_is_not_urgent_waits_for_the_cheap_hours() {
    let hours = CheapHours::try_from(["21:00".to_owned(), "07:00".to_owned()]).expect("hours");
    let rules = DialRules {
        cheap_hours: Some(hours),
        ..rules(10)
    };
    let mut policy = policy(rules);
    for (time, wait_minutes) in [
        ("06:59", None),
        ("07:00", Some(14 * 60)),
        ("12:30", Some(8 * 60 + 30)),
        ("20:59", Some(1)),
        ("21:00", None),
        ("00:00", None),
    ] {
        let now = at(1, 1, time);
        let expected = match wait_minutes {
            None => Decision::DialNow,
            Some(minutes) => Decision::WaitUntil(now.running + Duration::from_secs(60 * minutes)),
        };
        assert_eq!(policy.decide(now, false), expected, "{time}");
        assert_eq!(policy.decide(now, true), Decision::DialNow);
    }
    let day = CheapHours::try_from(["12:00".to_owned(), "14:00".to_owned()]).expect("hours");
    let time = |text| NaiveTime::parse_from_str(text, "%H:%M").expect("a time");
    assert_eq!(day.wait(time("15:00")), 21 * HOUR);
    assert_eq!(day.wait(time("13:00")), Duration::ZERO);
    assert!(CheapHours::try_from(["21".to_owned(), "25:00".to_owned()]).is_err());
}

#[test]
fn a_clock_that_goes_back_gives_no_day_twice() {
    let mut policy = policy(rules(2));
    assert_eq!(call_all(&mut policy, at(0, 2, "00:05")), 2);
    // Back over midnight and forth again.
    for _ in 0..5 {
        assert_eq!(call_all(&mut policy, at(1, 1, "23:55")), 0);
        assert_eq!(call_all(&mut policy, at(1, 2, "00:05")), 0);
    }
    assert_eq!(call_all(&mut policy, at(24, 3, "00:05")), 2);
}

#[test]
fn a_clock_that_was_a_year_ahead_for_a_minute_stops_calling_for_a_day_at_most() {
    let mut policy = policy(rules(2));
    assert_eq!(call_all(&mut policy, at(0, 1, "09:00")), 2);
    let ahead = Now {
        running: HOUR,
        wall: NaiveDate::from_ymd_opt(2027, 3, 1)
            .expect("a day")
            .and_hms_opt(10, 0, 0)
            .expect("a time"),
    };
    assert_eq!(call_all(&mut policy, ahead), 2);
    assert_eq!(call_all(&mut policy, at(2, 1, "11:00")), 0);
    assert_eq!(call_all(&mut policy, at(16, 2, "01:00")), 0);
    assert_eq!(call_all(&mut policy, at(25, 2, "10:00")), 2);
    assert_eq!(call_all(&mut policy, at(49, 3, "10:00")), 2);
}

#[test]
fn a_clock_that_runs_through_the_calendar_buys_no_calls() {
    let mut policy = policy(rules(2));
    let calls: u32 = (1..=30)
        .map(|day| call_all(&mut policy, at(1, day, "09:00")))
        .sum();
    assert_eq!(calls, 2 * CREDITS_PER_24_HOURS as u32);
}

#[test]
fn a_restart_is_no_new_day() {
    let mut policy = policy(rules(2));
    assert_eq!(call_all(&mut policy, at(0, 1, "09:00")), 2);
    let text = toml::to_string(policy.kept()).expect("text");
    let kept: Kept = toml::from_str(&text).expect("the same");
    assert_eq!(&kept, policy.kept());
    let mut restarted = DialPolicy::new(rules(2), kept);
    assert_eq!(call_all(&mut restarted, at(0, 1, "10:00")), 0);
    assert_eq!(call_all(&mut restarted, at(1, 2, "00:00")), 2);
}

#[test]
fn a_wait_goes_by_the_running_time_whatever_the_clock_does() {
    let mut policy = policy(rules(10));
    let now = at(1, 5, "09:00");
    policy.began(now);
    policy.failed(now, Failure::NoAnswer, 0);
    let until = Decision::WaitUntil(now.running + Duration::from_secs(120));
    for jumped in [at(1, 1, "09:00"), at(1, 28, "09:00")] {
        assert_eq!(policy.decide(jumped, true), until);
    }
    let later = Now {
        running: now.running + Duration::from_secs(120),
        ..now
    };
    assert_eq!(policy.decide(later, true), Decision::DialNow);
}

proptest! {
    #[test]
    fn however_a_clock_jumps_no_24_hours_have_more_than_two_days_calls(
        jumps in prop::collection::vec((0..6 * 3600_u64, 1..=31_u32, any::<bool>()), 1..200),
    ) {
        let calls_per_day = 5;
        let mut policy = policy(rules(calls_per_day));
        let mut running = Duration::ZERO;
        let mut made = Vec::new();
        for (seconds, day, urgent) in jumps {
            running += Duration::from_secs(seconds);
            let now = Now { running, wall: date(day).and_time(NaiveTime::MIN) };
            while policy.decide(now, urgent) == Decision::DialNow {
                policy.began(now);
                policy.opened();
                made.push(running);
            }
        }
        for (index, first) in made.iter().enumerate() {
            let within = made[index..].iter().take_while(|&&call| call < *first + DAY).count();
            // What was left of the credit before, and the two that one day may bring.
            prop_assert!(within <= (calls_per_day as usize) * (CREDITS_PER_24_HOURS + 1), "{within}");
        }
    }
}
