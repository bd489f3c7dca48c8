//! The clocks that run on a case today.

use chrono::NaiveDate;

use crate::calendar::{Calendar, DueDate};
use crate::clock::{Clock, Condition, Due, Limit, Start, Step};
use crate::event::{Action, CaseEvent};
use crate::rules::Rules;
use crate::scheme::SchemeId;
use crate::stage::Stage;

/// The days that clocks count from. Submitted, received and accepted are never merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaseDates {
    /// Handed in at the kiosk.
    pub submitted: Option<NaiveDate>,
    /// Reached the county's server.
    pub received: Option<NaiveDate>,
    /// Accepted by the township.
    pub accepted: Option<NaiveDate>,
    /// First opinion posted, the latest time.
    pub posted: Option<NaiveDate>,
    /// Objection raised, the latest one.
    pub objected: Option<NaiveDate>,
    /// File sent to the county. It counts as received there the same day, the earliest that it can be.
    pub sent_to_county: Option<NaiveDate>,
    /// Confirmed or refused.
    pub decided: Option<NaiveDate>,
    /// Under which condition the whole procedure is counted.
    pub condition: Condition,
}

impl CaseDates {
    /// The dates that a case's events tell, under the ordinary condition.
    #[must_use]
    pub fn of_events(events: &[CaseEvent]) -> Self {
        let mut dates = Self::default();
        for event in events {
            let date = Some(event.date());
            match event.action {
                Action::Submit => dates.submitted = date,
                Action::Receive => dates.received = date,
                Action::Accept => dates.accepted = date,
                Action::PostNotice => dates.posted = date,
                Action::Object => dates.objected = date,
                Action::SendToCounty => dates.sent_to_county = date,
                Action::Confirm | Action::Refuse => dates.decided = date,
                Action::AskForPapers
                | Action::BringPapers
                | Action::DoNotAccept
                | Action::StartSurvey
                | Action::GiveFirstOpinion
                | Action::VisitHome
                | Action::DeliverRefusal
                | Action::StartPayment
                | Action::Stop
                | Action::End
                | Action::Withdraw => {}
            }
        }
        dates
    }

    /// The earliest day known of the case. Warnings count from it, so that a dead line does not eat the
    /// citizen's days.
    #[must_use]
    pub fn earliest(&self) -> Option<NaiveDate> {
        [self.submitted, self.received, self.accepted]
            .into_iter()
            .flatten()
            .min()
    }

    fn at(
        &self,
        start: Start,
        scheme: SchemeId,
        rules: &Rules,
        calendar: &Calendar,
    ) -> Option<NaiveDate> {
        match start {
            Start::Submission => self.submitted.or_else(|| self.earliest()),
            Start::Receipt => self.received.or(self.submitted),
            Start::Acceptance => self.accepted,
            Start::Posting => self.posted,
            Start::EndOfNotice => match rules.due(scheme, Step::Notice, self.posted?, calendar)? {
                Due::By(due) => Some(due.date),
                Due::From(_) | Due::NoLimit(_) => None,
            },
            Start::Objection => self.objected,
            Start::FileReceived => self.sent_to_county,
            Start::Decision => self.decided,
            Start::RequestReceived
            | Start::LastCheck
            | Start::Death
            | Start::Change
            | Start::Report
            | Start::Unstated => None,
        }
    }
}

/// Days left until a due date, 0 on the day itself, negative once it is past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaysLeft {
    /// Working days.
    Working(i32),
    /// Calendar days.
    Calendar(i32),
}

impl DaysLeft {
    /// The number, of whichever unit.
    #[must_use]
    pub const fn count(self) -> i32 {
        match self {
            Self::Working(days) | Self::Calendar(days) => days,
        }
    }
}

/// One running clock, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockView {
    /// The clock's name, such as `L9`.
    pub clock_id: String,
    /// The step.
    pub step: Step,
    /// The step in plain Chinese.
    pub title: String,
    /// How long it may take.
    pub limit: Limit,
    /// When it is due in law.
    pub due: Due,
    /// When it would be due had it started on the case's earliest day: the lamp warns by this one.
    pub warn_by: Option<DueDate>,
    /// What is left today until `due`.
    pub days_left: Option<DaysLeft>,
    /// Text and article.
    pub source: String,
    /// Whether the limit is only taken from another scheme's procedure that this one may follow.
    pub by_analogy: bool,
}

impl ClockView {
    /// Whether the due date is counted into a year without a published holiday notice.
    #[must_use]
    pub const fn provisional(&self) -> bool {
        matches!(
            self.due,
            Due::By(DueDate {
                provisional: true,
                ..
            })
        )
    }
}

/// The clock to show: the running one that is due first, or the one that says that there is no limit.
///
/// `None` if no rule speaks of what comes next.
#[must_use]
pub fn current_clock(
    scheme: SchemeId,
    stage: Stage,
    dates: &CaseDates,
    today: NaiveDate,
    rules: &Rules,
    calendar: &Calendar,
) -> Option<ClockView> {
    running_clocks(scheme, stage, dates, today, rules, calendar)
        .into_iter()
        .next()
}

/// Every clock that runs at `stage`, the first due first, those without a date last.
///
/// A clock whose starting event has not happened does not run: before acceptance no clock that counts
/// from acceptance is shown. A case that is handed in but not accepted thus shows that there is no limit,
/// where the rules set none.
#[must_use]
pub fn running_clocks(
    scheme: SchemeId,
    stage: Stage,
    dates: &CaseDates,
    today: NaiveDate,
    rules: &Rules,
    calendar: &Calendar,
) -> Vec<ClockView> {
    let mut views: Vec<ClockView> = steps_ahead(stage)
        .iter()
        .filter_map(|step| {
            // A case stays under the rule of the day on which it was handed in.
            let day = dates.earliest().unwrap_or(today);
            let clock = rules.clock(scheme, *step, dates.condition, day)?;
            view(clock, scheme, dates, today, rules, calendar)
        })
        .collect();
    views.sort_by_key(|view| match view.due {
        Due::By(due) => due.date,
        Due::From(day) => day,
        Due::NoLimit(_) => NaiveDate::MAX,
    });
    views
}

/// The steps whose clocks can run while a case stands at `stage`.
const fn steps_ahead(stage: Stage) -> &'static [Step] {
    match stage {
        Stage::Submitted | Stage::Received | Stage::PapersMissing => {
            &[Step::PapersCheck, Step::FirstOpinion, Step::Whole]
        }
        Stage::Accepted => &[Step::SurveyStart, Step::FirstOpinion, Step::Whole],
        Stage::Survey => &[Step::FirstOpinion, Step::Whole],
        Stage::FirstOpinion | Stage::NewOpinion => &[Step::Whole],
        Stage::Notice => &[Step::Notice, Step::SendToCounty, Step::Whole],
        Stage::Objection => &[Step::ObjectionAnswer, Step::Whole],
        Stage::SentToCounty | Stage::HomeVisited => &[Step::CountyOpinion, Step::Whole],
        Stage::Refused => &[Step::RefusalNotice],
        Stage::Confirmed => &[Step::PaymentStart],
        Stage::NotAccepted
        | Stage::RefusalDelivered
        | Stage::InPayment
        | Stage::Stopped
        | Stage::Ended => &[],
    }
}

fn view(
    clock: &Clock,
    scheme: SchemeId,
    dates: &CaseDates,
    today: NaiveDate,
    rules: &Rules,
    calendar: &Calendar,
) -> Option<ClockView> {
    let due = match clock.limit {
        Limit::None(no_limit) => Due::NoLimit(no_limit),
        _ => clock.due_from(dates.at(clock.starts, scheme, rules, calendar)?, calendar),
    };
    let counts_from_arrival = matches!(
        clock.starts,
        Start::Submission | Start::Receipt | Start::Acceptance
    );
    let warn_by = dates
        .earliest()
        .filter(|_| counts_from_arrival)
        .and_then(|earliest| match clock.due_from(earliest, calendar) {
            Due::By(due) => Some(due),
            Due::From(_) | Due::NoLimit(_) => None,
        });
    let days_left = match (due, clock.limit) {
        (Due::By(due), Limit::WorkingDays(_)) => Some(DaysLeft::Working(
            calendar.working_days_left(today, due.date),
        )),
        (Due::By(due), _) => {
            let days = due.date.signed_duration_since(today).num_days();
            Some(DaysLeft::Calendar(i32::try_from(days).unwrap_or(i32::MAX)))
        }
        (Due::From(_) | Due::NoLimit(_), _) => None,
    };
    Some(ClockView {
        clock_id: clock.id.clone(),
        step: clock.step,
        title: clock.title.clone(),
        limit: clock.limit,
        due,
        warn_by,
        days_left,
        source: clock.source.clone(),
        by_analogy: clock.by_analogy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;
    use crate::clock::NoLimit;
    use crate::event::{Actor, Role};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn clock(scheme: SchemeId, stage: Stage, dates: &CaseDates, today: &str) -> Option<ClockView> {
        current_clock(
            scheme,
            stage,
            dates,
            day(today),
            &builtin::rules(),
            &builtin::calendar(),
        )
    }

    fn ids(scheme: SchemeId, stage: Stage, dates: &CaseDates) -> Vec<String> {
        running_clocks(
            scheme,
            stage,
            dates,
            day("2026-11-23"),
            &builtin::rules(),
            &builtin::calendar(),
        )
        .into_iter()
        .map(|view| view.clock_id)
        .collect()
    }

    fn submitted() -> CaseDates {
        CaseDates {
            submitted: Some(day("2026-04-28")),
            ..CaseDates::default()
        }
    }

    fn accepted() -> CaseDates {
        CaseDates {
            received: Some(day("2026-04-29")),
            accepted: Some(day("2026-04-30")),
            ..submitted()
        }
    }

    #[test]
    fn before_acceptance_an_allowance_has_no_limit_and_says_so() {
        for stage in [Stage::Submitted, Stage::Received, Stage::PapersMissing] {
            let view = clock(SchemeId::DIBAO, stage, &submitted(), "2026-05-06").unwrap();
            assert_eq!(view.clock_id, "L1");
            assert_eq!(view.due, Due::NoLimit(NoLimit::NoNationalLimit));
            assert_eq!((view.days_left, view.warn_by), (None, None));
            assert_eq!(view.source, "民发〔2021〕57号 第10条");
        }
    }

    #[test]
    fn every_scheme_says_something_before_acceptance_and_after_it() {
        for scheme in builtin::schemes().all() {
            assert!(clock(scheme.id, Stage::Submitted, &submitted(), "2026-05-06").is_some());
            assert!(clock(scheme.id, Stage::Accepted, &accepted(), "2026-05-06").is_some());
        }
    }

    #[test]
    fn after_acceptance_the_survey_runs_first_and_the_whole_beside_it() {
        let view = clock(SchemeId::DIBAO, Stage::Accepted, &accepted(), "2026-05-06").unwrap();
        assert_eq!(view.clock_id, "L2");
        // 5 1 to 5 5 are off.
        assert_eq!(
            view.due,
            Due::By(DueDate {
                date: day("2026-05-08"),
                provisional: false
            })
        );
        assert_eq!(view.days_left, Some(DaysLeft::Working(2)));
        assert_eq!(
            ids(SchemeId::DIBAO, Stage::Accepted, &accepted()),
            ["L2", "L9", "L4"]
        );
    }

    #[test]
    fn the_lamp_warns_from_the_earliest_day_while_the_due_date_counts_from_acceptance() {
        let view = clock(
            SchemeId::DIBAO,
            Stage::FirstOpinion,
            &accepted(),
            "2026-05-06",
        )
        .unwrap();
        assert_eq!(view.clock_id, "L9");
        assert_eq!(
            view.due,
            Due::By(DueDate {
                date: day("2026-06-15"),
                provisional: false
            })
        );
        assert_eq!(
            view.warn_by,
            Some(DueDate {
                date: day("2026-06-11"),
                provisional: false
            })
        );
    }

    #[test]
    fn the_condition_changes_the_whole_limit() {
        let whole = |condition| {
            let dates = CaseDates {
                condition,
                ..accepted()
            };
            clock(SchemeId::DIBAO, Stage::FirstOpinion, &dates, "2026-05-06")
                .unwrap()
                .limit
        };
        assert_eq!(whole(Condition::Ordinary), Limit::WorkingDays(30));
        assert_eq!(whole(Condition::Special), Limit::WorkingDays(45));
        assert_eq!(whole(Condition::TownshipConfirms), Limit::WorkingDays(20));
    }

    #[test]
    fn each_stage_runs_its_clocks() {
        let dates = CaseDates {
            posted: Some(day("2026-05-18")),
            objected: Some(day("2026-05-19")),
            sent_to_county: Some(day("2026-05-26")),
            decided: Some(day("2026-06-01")),
            ..accepted()
        };
        let dibao = |stage| ids(SchemeId::DIBAO, stage, &dates);
        assert_eq!(dibao(Stage::Survey), ["L9", "L4"]);
        assert_eq!(dibao(Stage::Notice), ["L5", "L9", "L6"]);
        assert_eq!(dibao(Stage::Objection), ["L9"]);
        assert_eq!(dibao(Stage::SentToCounty), ["L7", "L9"]);
        assert_eq!(dibao(Stage::HomeVisited), ["L7", "L9"]);
        assert_eq!(dibao(Stage::Refused), ["L8"]);
        assert_eq!(dibao(Stage::Confirmed), ["L10"]);
        assert!(dibao(Stage::InPayment).is_empty());
        assert_eq!(ids(SchemeId::TEKUN, Stage::Objection, &dates), ["T4"]);
        assert_eq!(ids(SchemeId::TEKUN, Stage::Accepted, &dates), ["T2"]);
    }

    #[test]
    fn a_childs_case_counts_from_its_receipt_and_waits_for_no_acceptance() {
        let dates = CaseDates {
            received: Some(day("2026-11-02")),
            ..submitted()
        };
        let view = clock(
            SchemeId::UNSUPPORTED_CHILD,
            Stage::Received,
            &dates,
            "2026-11-23",
        )
        .unwrap();
        assert_eq!(view.clock_id, "C1");
        assert_eq!(
            view.due,
            Due::By(DueDate {
                date: day("2026-11-23"),
                provisional: false
            })
        );
        assert_eq!(view.days_left, Some(DaysLeft::Working(0)));
    }

    #[test]
    fn a_clock_past_its_day_counts_below_zero_and_a_far_one_is_provisional() {
        let dates = CaseDates {
            accepted: Some(day("2026-12-15")),
            ..CaseDates::default()
        };
        let view = clock(SchemeId::DIBAO, Stage::FirstOpinion, &dates, "2026-12-16").unwrap();
        assert!(view.provisional());
        let late = clock(SchemeId::DIBAO, Stage::Accepted, &dates, "2026-12-21").unwrap();
        assert_eq!(late.days_left.map(DaysLeft::count), Some(-1));
    }

    #[test]
    fn payment_starts_with_the_month_after_the_decision() {
        let dates = CaseDates {
            decided: Some(day("2026-06-01")),
            ..accepted()
        };
        let view = clock(SchemeId::DIBAO, Stage::Confirmed, &dates, "2026-06-02").unwrap();
        assert_eq!(view.due, Due::From(day("2026-07-01")));
    }

    #[test]
    fn a_limit_taken_by_analogy_says_so() {
        let view = clock(
            SchemeId::MARGINAL,
            Stage::Accepted,
            &accepted(),
            "2026-05-06",
        )
        .unwrap();
        assert!(view.by_analogy);
        assert!(
            !clock(SchemeId::DIBAO, Stage::Accepted, &accepted(), "2026-05-06")
                .unwrap()
                .by_analogy
        );
    }

    #[test]
    fn dates_are_read_from_events_and_the_last_posting_counts() {
        let event = |action, at_ms| CaseEvent {
            action,
            actor: Actor {
                role: Role::System,
                name: "甲".into(),
            },
            at_ms,
            reason: String::new(),
        };
        let dates = CaseDates::of_events(&[
            event(Action::Submit, 1_795_363_199_999),
            event(Action::Receive, 1_795_363_200_000),
            event(Action::PostNotice, 1_795_449_600_000),
            event(Action::PostNotice, 1_795_536_000_000),
        ]);
        assert_eq!(
            dates,
            CaseDates {
                submitted: Some(day("2026-11-22")),
                received: Some(day("2026-11-23")),
                posted: Some(day("2026-11-25")),
                ..CaseDates::default()
            }
        );
        assert_eq!(dates.earliest(), Some(day("2026-11-22")));
    }
}
