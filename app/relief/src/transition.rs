//! The order of a case's life: which step follows which, and which rule forbids what.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::event::{Action, CaseEvent, Details, Notice, Role};
use crate::month::Month;
use crate::scheme::{PublicNotice, Scheme};
use crate::stage::Stage;

mod refusal;

pub use refusal::Refusal;

/// What a transition must know of the case beside its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseFacts {
    /// Whether the scheme has a public notice.
    pub public_notice: PublicNotice,
    /// Whether a new first opinion after an objection is posted again.
    pub notice_again_after_objection: bool,
    /// Whether the case is registered for a near relative among staff or committee.
    pub near_relative: bool,
    /// Whether there was a complaint while the county reviewed.
    pub complaint: bool,
    /// Whether the power to confirm is handed down to the township.
    pub township_confirms: bool,
    /// The last day of the notice that is posted now.
    pub notice_until: Option<NaiveDate>,
    /// Whether the whole procedure may be given the special limit.
    pub extension: Extension,
    /// Whether a confirmation must name what the household gets.
    pub needs_award: bool,
    /// Whether the county checks the household against other registers before the first opinion.
    pub needs_data_check: bool,
    /// Whether the papers that are missing were named before.
    pub asked_for_papers: bool,
    /// Where the survey stands.
    pub survey: Inquiry,
    /// Where the check against other registers stands.
    pub data_check: Inquiry,
}

/// Where something that has to be found out stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inquiry {
    /// Not begun.
    Open,
    /// Under way.
    Running,
    /// Its outcome is here.
    Done,
}

/// Whether the whole procedure may be given the special limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// No rule has a special limit for the scheme.
    None,
    /// Until the ordinary one ends on this day.
    Until(NaiveDate),
    /// It has it already.
    Given,
}

impl CaseFacts {
    /// The facts of an ordinary case of `scheme`: no near relative, no complaint, the county confirms.
    #[must_use]
    pub const fn of_scheme(scheme: &Scheme) -> Self {
        Self {
            public_notice: scheme.public_notice,
            notice_again_after_objection: scheme.notice_again_after_objection,
            near_relative: false,
            complaint: false,
            township_confirms: false,
            notice_until: None,
            extension: Extension::None,
            needs_award: scheme.award_source.is_some(),
            needs_data_check: false,
            asked_for_papers: false,
            survey: Inquiry::Open,
            data_check: Inquiry::Open,
        }
    }

    /// These facts, with what the events of the case add to them.
    #[must_use]
    pub fn told_by(self, events: &[CaseEvent]) -> Self {
        events.iter().fold(self, |facts, event| match event.action {
            Action::AskForPapers => Self {
                asked_for_papers: true,
                ..facts
            },
            // After an objection the township surveys again.
            Action::StartSurvey | Action::Object => Self {
                survey: Inquiry::Running,
                ..facts
            },
            Action::FinishSurvey => Self {
                survey: Inquiry::Done,
                ..facts
            },
            Action::RequestDataCheck => Self {
                data_check: Inquiry::Running,
                ..facts
            },
            Action::ReturnDataCheck => Self {
                data_check: Inquiry::Done,
                ..facts
            },
            Action::Complain => Self {
                complaint: true,
                ..facts
            },
            Action::FindNearRelative => Self {
                near_relative: true,
                ..facts
            },
            _ => facts,
        })
    }
}

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
            | (Self::InPayment, A::ChangeSupport | A::Recheck) => self,
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
                A::Appeal,
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
        if self.is_closed() && !matches!(action, Action::Deliver | Action::Appeal) {
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
        Action::Object | Action::Complain => !matches!(role, Role::System),
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
        | Action::Deliver => matches!(role, Role::County | Role::Township),
        Action::End | Action::Extend => matches!(role, Role::Township | Role::County),
        Action::Withdraw => matches!(role, Role::Applicant | Role::Township),
        Action::Appeal => !matches!(role, Role::Public | Role::System),
    }
}

#[cfg(test)]
mod tests;
