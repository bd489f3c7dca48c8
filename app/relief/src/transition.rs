//! The order of a case's life: which step follows which, and which rule forbids what.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::event::{Action, CaseEvent, Details, Notice, Role};
use crate::month::Month;
use crate::scheme::PublicNotice;
use crate::stage::Stage;

mod facts;
mod refusal;

pub use facts::{CaseFacts, Extension, Inquiry};
pub use refusal::Refusal;

/// A step that the rules refuse; the person at the screen reacts, the case stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{action:?} is refused at {stage:?}: {rule:?}")]
pub struct TransitionRefused {
    /// Where the case stands.
    pub stage: Stage,
    /// What was tried.
    pub action: Action,
    /// The rule.
    pub rule: Refusal,
}

impl Stage {
    /// The stage after `event`.
    ///
    /// # Errors
    ///
    /// [`TransitionRefused`] naming the rule. First comes who may do it, then the order and the facts, and last what the
    /// event must say.
    pub fn after(self, event: &CaseEvent, facts: &CaseFacts) -> Result<Self, TransitionRefused> {
        let stage = self.prospect(event.action, event.actor.role, event.date(), facts)?;
        self.says_enough(event, facts)
            .map(|()| stage)
            .map_err(|rule| self.refused(event.action, rule))
    }

    /// The stage that `action` by `role` on `day` leads to, if its event says what it must.
    ///
    /// # Errors
    ///
    /// [`TransitionRefused`] naming the rule that forbids it whatever the event says.
    pub fn prospect(
        self,
        action: Action,
        role: Role,
        day: NaiveDate,
        facts: &CaseFacts,
    ) -> Result<Self, TransitionRefused> {
        self.allowed(action, role, day, facts)
            .map_err(|rule| self.refused(action, rule))
    }

    const fn refused(self, action: Action, rule: Refusal) -> TransitionRefused {
        TransitionRefused {
            stage: self,
            action,
            rule,
        }
    }

    /// The stage that follows by the order of steps alone; `None` if the step does not follow this stage.
    ///
    /// Whether a step was right is asked once, when its event is appended; a ledger is read by the order alone, so that a
    /// rule or a fact that changed since makes no case unreadable.
    #[must_use]
    pub const fn following(self, action: Action) -> Option<Self> {
        use Action as A;
        let next = match (self, action) {
            (Self::Submitted, A::Receive) | (Self::PapersMissing, A::BringPapers) => Self::Received,
            (Self::Received, A::AskForPapers) => Self::PapersMissing,
            (Self::Received, A::Accept) => Self::Accepted,
            (Self::Received | Self::PapersMissing, A::DoNotAccept) => Self::NotAccepted,
            (Self::Accepted, A::StartSurvey) => Self::Survey,
            (
                Self::Accepted | Self::Survey | Self::Objection,
                A::RequestDataCheck | A::ReturnDataCheck,
            )
            | (Self::Survey | Self::Objection, A::FinishSurvey)
            | (Self::InPayment, A::ChangeSupport | A::Recheck)
            | (
                Self::Confirmed | Self::InPayment,
                A::ReportSelfCare
                | A::PostEnding
                | A::ObjectToEnding
                | A::DecideOnEnding
                | A::FindChange,
            )
            | (
                Self::Survey | Self::Objection | Self::Confirmed | Self::InPayment,
                A::AssessSelfCare,
            ) => self,
            (Self::Survey, A::GiveFirstOpinion) => Self::FirstOpinion,
            (Self::FirstOpinion | Self::NewOpinion, A::PostNotice) => Self::Notice,
            (Self::Notice, A::Object) => Self::Objection,
            (Self::Objection, A::GiveFirstOpinion) => Self::NewOpinion,
            (Self::FirstOpinion | Self::Notice | Self::NewOpinion, A::SendToCounty) => {
                Self::SentToCounty
            }
            (Self::SentToCounty | Self::HomeVisited, A::VisitHome) => Self::HomeVisited,
            (
                Self::FirstOpinion
                | Self::Notice
                | Self::NewOpinion
                | Self::SentToCounty
                | Self::HomeVisited,
                A::Confirm,
            ) => Self::Confirmed,
            (
                Self::FirstOpinion
                | Self::Notice
                | Self::NewOpinion
                | Self::SentToCounty
                | Self::HomeVisited,
                A::Refuse,
            ) => Self::Refused,
            (Self::Refused, A::DeliverRefusal) => Self::RefusalDelivered,
            (Self::Confirmed, A::StartPayment) => Self::InPayment,
            (Self::Confirmed | Self::InPayment, A::Stop) => Self::Stopped,
            (
                Self::Accepted
                | Self::Survey
                | Self::FirstOpinion
                | Self::Notice
                | Self::Objection
                | Self::NewOpinion
                | Self::SentToCounty
                | Self::HomeVisited,
                A::Extend,
            )
            | (
                Self::NotAccepted
                | Self::Refused
                | Self::RefusalDelivered
                | Self::Confirmed
                | Self::InPayment
                | Self::Stopped,
                A::Appeal | A::DeliverReview,
            )
            | (_, A::Deliver) => self,
            (stage, A::Complain | A::FindNearRelative) if stage.is_open() => stage,
            (stage, A::End | A::Withdraw) if stage.is_open() => Self::Ended,
            _ => return None,
        };
        Some(next)
    }

    fn allowed(
        self,
        action: Action,
        role: Role,
        day: NaiveDate,
        facts: &CaseFacts,
    ) -> Result<Self, Refusal> {
        let may_come_later = matches!(
            action,
            Action::Deliver | Action::Appeal | Action::DeliverReview
        );
        if self.is_closed() && !may_come_later {
            return Err(Refusal::Closed);
        }
        if !may(role, action, facts) {
            return Err(Refusal::NotThisRole);
        }
        if (self, action) == (Self::PapersMissing, Action::AskForPapers) {
            return Err(Refusal::AskedOnce);
        }
        let next = self.following(action).ok_or(Refusal::OutOfOrder)?;
        self.fits(action, day, facts).map(|()| next)
    }

    /// Whether the facts of the case allow a step that follows this stage.
    fn fits(self, action: Action, day: NaiveDate, facts: &CaseFacts) -> Result<(), Refusal> {
        match action {
            Action::AskForPapers if facts.asked_for_papers => Err(Refusal::AskedOnce),
            Action::ReturnDataCheck if facts.data_check != Inquiry::Running => {
                Err(Refusal::DataCheckNotAsked)
            }
            Action::GiveFirstOpinion if facts.survey != Inquiry::Done => Err(Refusal::SurveyFirst),
            Action::GiveFirstOpinion => match facts.data_check {
                Inquiry::Running => Err(Refusal::DataCheckFirst),
                Inquiry::Open if facts.needs_data_check => Err(Refusal::DataCheckFirst),
                Inquiry::Open | Inquiry::Done => Ok(()),
            },
            Action::PostNotice if facts.public_notice == PublicNotice::Never => {
                Err(Refusal::NeverPosted)
            }
            Action::SendToCounty => self.is_ready_to_decide(day, facts),
            Action::DeliverReview if facts.review != Inquiry::Running => Err(Refusal::NoReview),
            Action::ReportSelfCare | Action::AssessSelfCare if !facts.assesses_self_care => {
                Err(Refusal::NotOfScheme)
            }
            Action::ReportSelfCare if facts.self_care == Inquiry::Running => {
                Err(Refusal::AssessmentOpen)
            }
            Action::PostEnding if facts.public_notice == PublicNotice::Never => {
                Err(Refusal::NeverPosted)
            }
            Action::PostEnding if !facts.posts_endings => Err(Refusal::NotOfScheme),
            Action::Stop if !facts.posts_endings => Ok(()),
            Action::Stop | Action::PostEnding | Action::ObjectToEnding | Action::DecideOnEnding => {
                facts.ending.allows(action, day, facts.end_notice_until)
            }
            Action::Confirm | Action::Refuse => self.may_be_decided(day, facts),
            Action::Extend => match facts.extension {
                Extension::None => Err(Refusal::NoExtension),
                Extension::Given => Err(Refusal::ExtendedOnce),
                Extension::Until(last) if last < day => Err(Refusal::ExtendedTooLate),
                Extension::Until(_) => Ok(()),
            },
            Action::Deliver
                if !Notice::ALL
                    .into_iter()
                    .any(|notice| self.is_told_by(notice)) =>
            {
                Err(Refusal::NoSuchNotice)
            }
            _ => Ok(()),
        }
    }

    fn may_be_decided(self, day: NaiveDate, facts: &CaseFacts) -> Result<(), Refusal> {
        let by_county = matches!(self, Self::SentToCounty | Self::HomeVisited);
        if !by_county && !facts.township_confirms {
            return Err(Refusal::OutOfOrder);
        }
        if self != Self::HomeVisited && (facts.near_relative || facts.complaint) {
            return Err(Refusal::HomeVisitFirst);
        }
        if by_county {
            return Ok(());
        }
        self.is_ready_to_decide(day, facts)
    }

    /// Whether the public notice is done with, where the scheme has one.
    fn is_ready_to_decide(self, day: NaiveDate, facts: &CaseFacts) -> Result<(), Refusal> {
        match self {
            Self::FirstOpinion if facts.public_notice == PublicNotice::Required => {
                Err(Refusal::NoticeFirst)
            }
            Self::NewOpinion if facts.notice_again_after_objection => Err(Refusal::NoticeAgain),
            // Without a known end nobody can say that the notice is over.
            Self::Notice if facts.notice_until.is_none_or(|last| day <= last) => {
                Err(Refusal::NoticeRunning)
            }
            _ => Ok(()),
        }
    }

    /// Whether `notice` tells of something that was decided by this stage.
    #[must_use]
    pub const fn is_told_by(self, notice: Notice) -> bool {
        match notice {
            Notice::MissingPapers => matches!(self, Self::PapersMissing),
            Notice::Acceptance => !matches!(
                self,
                Self::Submitted | Self::Received | Self::PapersMissing | Self::NotAccepted
            ),
            Notice::NonAcceptance => matches!(self, Self::NotAccepted),
            Notice::Confirmation => {
                matches!(self, Self::Confirmed | Self::InPayment | Self::Stopped)
            }
            Notice::Refusal => matches!(self, Self::Refused | Self::RefusalDelivered),
            Notice::Change => matches!(self, Self::InPayment | Self::Stopped),
            Notice::Stop => matches!(self, Self::Stopped),
        }
    }

    /// Whether an event that may follow says what its action must.
    fn says_enough(self, event: &CaseEvent, facts: &CaseFacts) -> Result<(), Refusal> {
        let is_named = |name: &str| !name.trim().is_empty();
        let found = match (event.action, &event.details) {
            (action, _) if action.needs_reason() && !is_named(&event.reason) => {
                Some(Refusal::ReasonMissing)
            }
            (Action::Extend, _) if event.ground.is_none() => Some(Refusal::GroundMissing),
            (
                Action::FinishSurvey,
                Details::Survey {
                    investigators,
                    present,
                },
            ) => {
                let names: BTreeSet<&str> = investigators
                    .iter()
                    .map(|name| name.trim())
                    .filter(|name| !name.is_empty())
                    .collect();
                (names.len() < 2 || !is_named(present)).then_some(Refusal::SurveyByTwo)
            }
            (Action::FinishSurvey, _) => Some(Refusal::SurveyByTwo),
            (Action::ReturnDataCheck | Action::Recheck, Details::Check { fits }) => {
                (!fits && !is_named(&event.reason)).then_some(Refusal::OutcomeMissing)
            }
            (Action::ReturnDataCheck | Action::Recheck, _) => Some(Refusal::OutcomeMissing),
            (Action::Confirm, Details::Award { from, .. }) => {
                let next = Month::of(event.date()).plus(1);
                (*from != next).then_some(Refusal::AwardMonth)
            }
            (Action::Confirm, _) => facts.needs_award.then_some(Refusal::AwardMissing),
            (Action::ChangeSupport, Details::Award { .. })
            | (Action::Appeal, Details::Appeal { .. }) => None,
            (Action::ChangeSupport, _) => Some(Refusal::AwardMissing),
            (Action::Appeal, _) => Some(Refusal::AppealMissing),
            (
                Action::Deliver,
                Details::Delivery {
                    notice, receiver, ..
                },
            ) => {
                if self.is_told_by(*notice) {
                    (!is_named(receiver)).then_some(Refusal::DeliveryMissing)
                } else {
                    Some(Refusal::NoSuchNotice)
                }
            }
            (Action::Deliver, _) => Some(Refusal::DeliveryMissing),
            (Action::AssessSelfCare, Details::SelfCare { .. })
            | (Action::DecideOnEnding, Details::EndingDecision { .. }) => None,
            (Action::AssessSelfCare, _) => Some(Refusal::ItemsMissing),
            (Action::DecideOnEnding, _) => Some(Refusal::EndingDecisionMissing),
            (Action::FindChange, Details::Change { happened }) => {
                (event.date() < *happened).then_some(Refusal::ChangeDayMissing)
            }
            (Action::FindChange, _) => Some(Refusal::ChangeDayMissing),
            _ => None,
        };
        found.map_or(Ok(()), Err)
    }
}

/// Who does what. Source: 民发〔2021〕57号 Art 2 (the township accepts and gives the first opinion, the county
/// confirms unless it handed the power down), Art 21 (refusals go through the township).
const fn may(role: Role, action: Action, facts: &CaseFacts) -> bool {
    match action {
        Action::Submit | Action::Receive => matches!(role, Role::System),
        Action::BringPapers => matches!(role, Role::Applicant | Role::Township),
        Action::AskForPapers
        | Action::Accept
        | Action::DoNotAccept
        | Action::StartSurvey
        | Action::GiveFirstOpinion
        | Action::PostNotice
        | Action::SendToCounty
        | Action::DeliverRefusal => matches!(role, Role::Township),
        Action::RequestDataCheck | Action::FinishSurvey => matches!(role, Role::Township),
        Action::Object | Action::Complain | Action::ReportSelfCare | Action::ObjectToEnding => {
            !matches!(role, Role::System)
        }
        Action::FindNearRelative => {
            matches!(role, Role::Township | Role::County | Role::System)
        }
        Action::VisitHome | Action::ReturnDataCheck => matches!(role, Role::County),
        Action::Confirm | Action::Refuse => match role {
            Role::County => true,
            Role::Township => facts.township_confirms,
            Role::Applicant | Role::Public | Role::System | Role::Village => false,
        },
        Action::StartPayment
        | Action::Stop
        | Action::ChangeSupport
        | Action::Recheck
        | Action::AssessSelfCare
        | Action::PostEnding
        | Action::DecideOnEnding
        | Action::FindChange
        | Action::DeliverReview
        | Action::Deliver => matches!(role, Role::County | Role::Township),
        Action::End | Action::Extend => matches!(role, Role::Township | Role::County),
        Action::Withdraw => matches!(role, Role::Applicant | Role::Township),
        Action::Appeal => !matches!(role, Role::Public | Role::System),
    }
}

#[cfg(test)]
mod tests;
