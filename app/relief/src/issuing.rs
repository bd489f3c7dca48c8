//! Which deadlines an event issues, under the rules in force on its day.

use chrono::NaiveDate;

use crate::calendar::Pause;
use crate::clock::{Clock, Condition, Due, Limit, Start, Step};
use crate::deadline::{Cause, Deadline, current, of_step};
use crate::event::{Action, CaseEvent, Details};
use crate::rulebook::Rulebook;
use crate::scheme::SchemeId;
use crate::settings::Dated;
use crate::transition::Extension;

impl Rulebook {
    /// The deadlines that `event` issues in a case of `scheme` to which `before` happened and which has the deadlines
    /// `issued`, in the order in which they were.
    ///
    /// Each clock that the event starts is issued under the rules of the event's day. Papers that come move every
    /// deadline that was running while they were awaited; a special case gets its longer limit.
    #[must_use]
    pub fn deadlines(
        &self,
        scheme: SchemeId,
        before: &[CaseEvent],
        issued: &[Deadline],
        event: &CaseEvent,
    ) -> Vec<Deadline> {
        let day = event.date();
        match event.action {
            Action::BringPapers => self.after_papers(before, issued, day),
            Action::Extend => self.extended(scheme, issued, event).into_iter().collect(),
            // What the household should have reported counts from the day on which it changed.
            Action::FindChange => self.report_of_change(scheme, event).into_iter().collect(),
            _ => self.started(scheme, before, event),
        }
    }

    /// Provisional deadlines that these rules' calendar can count firmly by now, each to take the place of the one of
    /// its step.
    #[must_use]
    pub fn settled(&self, issued: &[Deadline]) -> Vec<Deadline> {
        let current = current(issued);
        let mut settled: Vec<Deadline> = current
            .iter()
            .filter_map(|deadline| deadline.settled(&self.calendar))
            .collect();
        // What begins when the notice is over begins where its end has moved to.
        let notice = settled
            .iter()
            .find(|deadline| deadline.step == Step::Notice);
        if let Some(end) = notice.and_then(Deadline::last_day) {
            for deadline in settled
                .iter_mut()
                .filter(|deadline| deadline.starts == Start::EndOfNotice)
            {
                deadline.start = end.date;
                *deadline = deadline.clone().counted(&self.calendar);
            }
        }
        settled
    }

    /// Whether the whole procedure of a case with these deadlines may be given the special limit.
    #[must_use]
    pub fn extension(&self, scheme: SchemeId, issued: &[Deadline]) -> Extension {
        let Some(whole) = of_step(issued, Step::Whole) else {
            return Extension::None;
        };
        if whole.condition == Condition::Special {
            return Extension::Given;
        }
        match (self.special(scheme, whole.start), whole.last_day()) {
            (Some(_), Some(last)) => Extension::Until(last.date),
            _ => Extension::None,
        }
    }

    fn started(&self, scheme: SchemeId, before: &[CaseEvent], event: &CaseEvent) -> Vec<Deadline> {
        let day = event.date();
        let mut steps: Vec<Step> = Vec::new();
        for clock in self.clocks.clocks() {
            if !steps.contains(&clock.step) {
                steps.push(clock.step);
            }
        }
        let warns_since = before
            .iter()
            .filter(|event| matches!(event.action, Action::Submit | Action::Receive))
            .map(CaseEvent::date)
            .chain([day])
            .min();
        let mut deadlines: Vec<Deadline> = Vec::new();
        for step in steps {
            let condition = if step == Step::Whole && self.settings.township_confirms(scheme, day) {
                Condition::TownshipConfirms
            } else {
                Condition::Ordinary
            };
            let Some(clock) = self.clocks.clock(scheme, step, condition, day) else {
                continue;
            };
            if !is_started_by(clock, event) {
                continue;
            }
            let mut deadline = self.issue(clock, day, warns_since);
            if clock.starts == Start::EndOfNotice {
                // Posting starts what begins when the notice is over, for its end is known then.
                let Some(notice) = self.deadline(scheme, Step::Notice, day) else {
                    continue;
                };
                let Some(end) = notice.last_day() else {
                    continue;
                };
                deadline = self.issue(clock, end.date, None);
                if let Due::By(due) = &mut deadline.due {
                    due.provisional |= end.provisional;
                }
            }
            deadlines.push(deadline);
        }
        deadlines
    }

    fn after_papers(
        &self,
        before: &[CaseEvent],
        issued: &[Deadline],
        day: NaiveDate,
    ) -> Vec<Deadline> {
        let Some(asked) = papers_awaited_since(before) else {
            return Vec::new();
        };
        if !self.settings.pauses_for_papers(asked) {
            return Vec::new();
        }
        let pause = Pause {
            asked,
            brought: day,
        };
        current(issued)
            .into_iter()
            .filter(|deadline| !deadline.step.is_a_right())
            .filter_map(|deadline| deadline.after_pause(pause, &self.calendar))
            .collect()
    }

    fn report_of_change(&self, scheme: SchemeId, event: &CaseEvent) -> Option<Deadline> {
        match event.details {
            Details::Change { happened } => self.deadline(scheme, Step::ReportChange, happened),
            _ => None,
        }
    }

    fn extended(
        &self,
        scheme: SchemeId,
        issued: &[Deadline],
        event: &CaseEvent,
    ) -> Option<Deadline> {
        let whole = of_step(issued, Step::Whole)?;
        let clock = self.special(scheme, whole.start)?;
        let mut deadline = Deadline {
            pauses: whole.pauses.clone(),
            ..self.issue(clock, whole.start, whole.warns_since)
        };
        deadline.ground = event.ground;
        deadline.cause = Cause::Extension;
        Some(deadline.counted(&self.calendar))
    }

    /// The special limit of the whole procedure for a case accepted on `day`; one that another condition only falls
    /// back from is none.
    fn special(&self, scheme: SchemeId, day: NaiveDate) -> Option<&Clock> {
        self.clocks
            .clock(scheme, Step::Whole, Condition::Special, day)
            .filter(|clock| clock.condition == Condition::Special)
    }

    /// The deadline of an ordinary step of `scheme` whose starting event happened on `start`; `None` if no rule of that
    /// day speaks of it. For what has its clock outside a case's procedure: a death, a re-check, a report of the house.
    #[must_use]
    pub fn deadline(&self, scheme: SchemeId, step: Step, start: NaiveDate) -> Option<Deadline> {
        let clock = self
            .clocks
            .clock(scheme, step, Condition::Ordinary, start)?;
        Some(self.issue(clock, start, None))
    }

    /// The same for a complaint (信访); [`Condition::Special`] is the answer that takes longer.
    #[must_use]
    pub fn complaint_deadline(
        &self,
        step: Step,
        condition: Condition,
        start: NaiveDate,
    ) -> Option<Deadline> {
        let clock = self.clocks.complaint_clock(step, condition, start)?;
        Some(self.issue(clock, start, None))
    }

    /// What `clock` comes to from `start` on, with these rules' calendar and settings.
    pub(crate) fn issue(
        &self,
        clock: &Clock,
        start: NaiveDate,
        warns_since: Option<NaiveDate>,
    ) -> Deadline {
        Deadline::of_clock(
            clock,
            start,
            warns_since,
            self.settings.rest_day(Dated::of_step(clock.step), start),
            &self.calendar,
            self.edition(),
        )
    }
}

/// Since when papers that were asked for are awaited; `None` if none are.
#[must_use]
pub fn papers_awaited_since(events: &[CaseEvent]) -> Option<NaiveDate> {
    events
        .iter()
        .rev()
        .find(|event| matches!(event.action, Action::AskForPapers | Action::BringPapers))
        .filter(|event| event.action == Action::AskForPapers)
        .map(CaseEvent::date)
}

fn is_started_by(clock: &Clock, event: &CaseEvent) -> bool {
    let undated = matches!(clock.limit, Limit::None(_));
    match event.action {
        Action::Submit => clock.starts == Start::Submission,
        Action::Receive => clock.starts == Start::Receipt,
        // A step of which nobody says since when it counts, nor how long it takes, is said with the others.
        Action::Accept => {
            clock.starts == Start::Acceptance || (clock.starts == Start::Unstated && undated)
        }
        Action::PostNotice => {
            matches!(clock.starts, Start::Posting | Start::EndOfNotice)
                && clock.step != Step::EndNotice
        }
        Action::PostEnding => clock.starts == Start::Posting && clock.step == Step::EndNotice,
        Action::Object => {
            clock.starts == Start::Objection && clock.step != Step::EndObjectionAnswer
        }
        Action::ObjectToEnding => {
            clock.starts == Start::Objection && clock.step == Step::EndObjectionAnswer
        }
        Action::ReportSelfCare => clock.starts == Start::Report,
        Action::SendToCounty => clock.starts == Start::FileReceived,
        Action::Confirm => {
            clock.starts == Start::Decision
                && !matches!(clock.step, Step::RefusalNotice | Step::EndEffect)
        }
        Action::Refuse => clock.starts == Start::Decision && clock.step == Step::RefusalNotice,
        Action::DeliverRefusal => clock.starts == Start::Delivery,
        Action::Deliver => match &event.details {
            Details::Delivery { notice, .. } => {
                notice.is_of_a_decision() && clock.starts == Start::Delivery
            }
            _ => false,
        },
        Action::DeliverReview => clock.starts == Start::ReviewDelivery,
        Action::RequestDataCheck => clock.starts == Start::RequestReceived,
        // What is paid is checked again from the day on which it began, and from each check.
        Action::StartPayment | Action::Recheck => clock.starts == Start::LastCheck,
        Action::Stop => clock.starts == Start::Decision && clock.step == Step::EndEffect,
        Action::AskForPapers
        | Action::BringPapers
        | Action::DoNotAccept
        | Action::StartSurvey
        | Action::GiveFirstOpinion
        | Action::VisitHome
        | Action::End
        | Action::Withdraw
        | Action::Extend
        | Action::ReturnDataCheck
        | Action::FinishSurvey
        | Action::Complain
        | Action::FindNearRelative
        | Action::ChangeSupport
        | Action::Appeal
        | Action::FindChange
        | Action::AssessSelfCare
        | Action::DecideOnEnding => false,
    }
}

#[cfg(test)]
mod tests;
