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
        // Nothing counts, but a step after acceptance is not shown before it.
        Limit::None(no_limit) => match clock.starts {
            Start::Acceptance | Start::Unstated if dates.accepted.is_none() => return None,
            _ => Due::NoLimit(no_limit),
        },
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
mod tests;
