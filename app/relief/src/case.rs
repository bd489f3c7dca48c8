//! The clocks that run on a case today: its deadlines, and what is left of them.

use chrono::NaiveDate;

use crate::calendar::{Calendar, DueDate};
use crate::clock::{Due, Limit, Step};
use crate::codes::GroundCode;
use crate::deadline::{Deadline, current};
use crate::ending::Ending;
use crate::event::{Action, CaseEvent, Details, Notice};
use crate::stage::Stage;

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
    /// What is left today until `due`, or since the clock stands still.
    pub days_left: Option<DaysLeft>,
    /// Since when the clock stands still, because papers are awaited; `due` moves by as many days once they come.
    pub stands_since: Option<NaiveDate>,
    /// The ground on which a special case takes longer.
    pub ground: Option<GroundCode>,
    /// Text and article.
    pub source: String,
    /// Whether the limit is only taken from another scheme's procedure that this one may follow.
    pub by_analogy: bool,
    /// Edition of the rules that it came from.
    pub edition: String,
}

impl ClockView {
    /// Whether the due date is counted into a year without a published holiday notice.
    #[must_use]
    pub fn provisional(&self) -> bool {
        self.due.provisional()
    }
}

/// Every clock that runs at `stage` of a case with these deadlines, the first due first, those without a date last.
///
/// `answered` are the steps that are done although the case stands where it stood ([`answered_steps`]). `awaited_since` is the day on which papers were asked for that have not come, if waiting for them does not count: the
/// clocks stand still since then. Nothing is counted here but what is left; a deadline is what it was issued as.
#[must_use]
pub fn running_clocks(
    stage: Stage,
    answered: &[Step],
    issued: &[Deadline],
    awaited_since: Option<NaiveDate>,
    today: NaiveDate,
    calendar: &Calendar,
) -> Vec<ClockView> {
    let steps = steps_ahead(stage);
    let mut views: Vec<ClockView> = current(issued)
        .into_iter()
        .filter(|deadline| steps.contains(&deadline.step) && !answered.contains(&deadline.step))
        .map(|deadline| view(deadline, awaited_since, today, calendar))
        .collect();
    views.sort_by_key(|view| match view.due {
        Due::By(due) => (due.date, steps.iter().position(|step| *step == view.step)),
        Due::From(day) => (day, None),
        Due::NoLimit(_) => (NaiveDate::MAX, None),
    });
    views
}

/// The steps whose clocks do not run although the case stands where they may: these events have done them, or not begun them.
#[must_use]
pub fn answered_steps(events: &[CaseEvent]) -> Vec<Step> {
    let is_answered = |asked, answered| {
        let of_both = |event: &&CaseEvent| [asked, answered].contains(&event.action);
        let last = events.iter().rev().find(of_both);
        last.is_some_and(|event| event.action == answered)
    };
    let ending = Ending::of(events);
    let decided = events.iter().rposition(is_a_decision);
    let since = decided.map_or(&[][..], |place| &events[place..]);
    let was_told = since
        .iter()
        .any(|event| tells_of(event) == Some(since[0].action));
    let was_reviewed = since
        .iter()
        .any(|event| event.action == Action::DeliverReview);
    [
        (
            Step::DataCheckStart,
            is_answered(Action::RequestDataCheck, Action::ReturnDataCheck),
        ),
        (
            Step::SelfCareAssessment,
            is_answered(Action::ReportSelfCare, Action::AssessSelfCare),
        ),
        (Step::EndNotice, ending != Ending::Posted),
        (Step::EndObjectionAnswer, ending != Ending::Objected),
        // Of an earlier decision nobody appeals any more.
        (Step::AppealReview, !was_told),
        (Step::AppealCourt, !was_told),
        (Step::AppealCourtAfterReview, !was_reviewed),
    ]
    .into_iter()
    .filter(|(_, answered)| *answered)
    .map(|(step, _)| step)
    .collect()
}

/// Whether the person can appeal against it.
fn is_a_decision(event: &CaseEvent) -> bool {
    Notice::ALL
        .into_iter()
        .any(|notice| notice.is_of_a_decision() && notice.tells_of() == event.action)
}

/// What the person was told in writing by `event`.
const fn tells_of(event: &CaseEvent) -> Option<Action> {
    match (event.action, &event.details) {
        (Action::DeliverRefusal, _) => Some(Action::Refuse),
        (Action::Deliver, Details::Delivery { notice, .. }) => Some(notice.tells_of()),
        _ => None,
    }
}

/// The steps whose clocks can run while a case stands at `stage`.
const fn steps_ahead(stage: Stage) -> &'static [Step] {
    match stage {
        Stage::Submitted | Stage::Received | Stage::PapersMissing => {
            &[Step::PapersCheck, Step::FirstOpinion, Step::Whole]
        }
        Stage::Accepted => &[
            Step::SurveyStart,
            Step::DataCheckStart,
            Step::FirstOpinion,
            Step::Whole,
        ],
        Stage::Survey => &[Step::DataCheckStart, Step::FirstOpinion, Step::Whole],
        Stage::FirstOpinion | Stage::NewOpinion => &[Step::Whole],
        Stage::Notice => &[Step::Notice, Step::SendToCounty, Step::Whole],
        Stage::Objection => &[Step::ObjectionAnswer, Step::Whole],
        Stage::SentToCounty | Stage::HomeVisited => &[Step::CountyOpinion, Step::Whole],
        Stage::Refused => &[Step::RefusalNotice],
        Stage::RefusalDelivered | Stage::NotAccepted => &[
            Step::AppealReview,
            Step::AppealCourt,
            Step::AppealCourtAfterReview,
        ],
        Stage::Stopped => &[
            Step::EndEffect,
            Step::AppealReview,
            Step::AppealCourt,
            Step::AppealCourtAfterReview,
        ],
        Stage::Confirmed => &[
            Step::PaymentStart,
            Step::SelfCareAssessment,
            Step::EndNotice,
            Step::EndObjectionAnswer,
        ],
        Stage::InPayment => &[
            Step::RecheckUnsteady,
            Step::Recheck,
            Step::SelfCareAssessment,
            Step::EndNotice,
            Step::EndObjectionAnswer,
        ],
        Stage::Ended => &[],
    }
}

fn view(
    deadline: &Deadline,
    awaited_since: Option<NaiveDate>,
    today: NaiveDate,
    calendar: &Calendar,
) -> ClockView {
    let stands_since = awaited_since.filter(|asked| {
        let last = deadline.last_day();
        deadline.start <= *asked && last.is_some_and(|last| *asked < last.date)
    });
    let counted_on = stands_since.unwrap_or(today);
    let days_left = match (deadline.due, deadline.limit) {
        (Due::By(due), Limit::WorkingDays(_)) => Some(DaysLeft::Working(
            calendar.working_days_left(counted_on, due.date),
        )),
        (Due::By(due), _) => {
            let days = due.date.signed_duration_since(counted_on).num_days();
            Some(DaysLeft::Calendar(i32::try_from(days).unwrap_or(i32::MAX)))
        }
        (Due::From(_) | Due::NoLimit(_), _) => None,
    };
    ClockView {
        clock_id: deadline.clock_id.clone(),
        step: deadline.step,
        title: deadline.title.clone(),
        limit: deadline.limit,
        due: deadline.due,
        warn_by: deadline.warn_by,
        days_left,
        stands_since,
        ground: deadline.ground,
        source: deadline.source.clone(),
        by_analogy: deadline.by_analogy,
        edition: deadline.edition.clone(),
    }
}

#[cfg(test)]
mod tests;
