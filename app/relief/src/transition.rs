//! The order of a case's life: which step follows which, and which rule forbids what.

use chrono::NaiveDate;

use crate::event::{Action, CaseEvent, Role};
use crate::scheme::{PublicNotice, Scheme};
use crate::stage::Stage;

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
        }
    }
}

/// The rule that refuses a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The step does not follow this stage.
    OutOfOrder,
    /// The case is closed.
    Closed,
    /// The step is not this role's.
    NotThisRole,
    /// A reason must be given with it.
    ReasonMissing,
    /// Missing papers were already asked for; all must be named at once.
    AskedOnce,
    /// The first opinion must be posted before.
    NoticeFirst,
    /// The new first opinion must be posted again.
    NoticeAgain,
    /// The notice is not over.
    NoticeRunning,
    /// Such a case is never posted.
    NeverPosted,
    /// The county must visit the home before.
    HomeVisitFirst,
    /// No rule lets a case of this scheme take longer.
    NoExtension,
    /// The case has been given the special limit already.
    ExtendedOnce,
    /// The limit is past; what is late cannot be made timely.
    ExtendedTooLate,
    /// The ground on which the case takes longer must be named.
    GroundMissing,
}

impl Refusal {
    /// The text that the rule rests on; empty for mere order.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::OutOfOrder | Self::Closed => "",
            Self::NotThisRole => "民发〔2021〕57号 第2条",
            Self::ReasonMissing => {
                "民发〔2021〕57号 第21条、第32条；民发〔2021〕43号 第18条、第26条"
            }
            Self::AskedOnce => "民发〔2021〕57号 第10条；民发〔2021〕43号 第12条",
            Self::NoticeFirst | Self::NoticeRunning => {
                "民发〔2021〕57号 第19条；民发〔2021〕43号 第15条"
            }
            Self::NoticeAgain => "民发〔2021〕43号 第15条",
            Self::NeverPosted => "民发〔2019〕62号",
            Self::HomeVisitFirst => "民发〔2021〕57号 第20条",
            Self::NoExtension | Self::ExtendedOnce | Self::ExtendedTooLate => {
                "民发〔2021〕57号 第22条"
            }
            Self::GroundMissing => "民发〔2022〕83号 四（一）",
        }
    }

    /// The rule in one plain sentence for staff.
    #[must_use]
    pub const fn wording(self) -> &'static str {
        match self {
            Self::OutOfOrder => "这一步现在还轮不到。",
            Self::Closed => "这件事已经办结。",
            Self::NotThisRole => "这一步不归您这个岗位办。",
            Self::ReasonMissing => "要写明理由。",
            Self::AskedOnce => "缺的材料要一次说全，不能再补一次。",
            Self::NoticeFirst => "要先公示。",
            Self::NoticeAgain => "有异议重新初审的，要再公示一次。",
            Self::NoticeRunning => "公示还没满期。",
            Self::NeverPosted => "儿童个案不公示。",
            Self::HomeVisitFirst => "近亲属备案或有投诉的，县里要先入户。",
            Self::NoExtension => "这一类没有延长的规定。",
            Self::ExtendedOnce => "已经延长过一次。",
            Self::ExtendedTooLate => "时限已经过了，不能再延长。",
            Self::GroundMissing => "要写明是哪一种特殊情况。",
        }
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
    /// [`TransitionRefused`] naming the rule. First comes who may do it and with what reason, then the order.
    pub fn after(self, event: &CaseEvent, facts: &CaseFacts) -> Result<Self, TransitionRefused> {
        self.step(event, facts).map_err(|rule| TransitionRefused {
            stage: self,
            action: event.action,
            rule,
        })
    }

    fn step(self, event: &CaseEvent, facts: &CaseFacts) -> Result<Self, Refusal> {
        if self.is_closed() {
            return Err(Refusal::Closed);
        }
        if !may(event.actor.role, event.action, facts) {
            return Err(Refusal::NotThisRole);
        }
        if event.action.needs_reason() && event.reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        match (self, event.action) {
            (Self::Submitted, Action::Receive) | (Self::PapersMissing, Action::BringPapers) => {
                Ok(Self::Received)
            }
            (Self::Received, Action::AskForPapers) => Ok(Self::PapersMissing),
            (Self::PapersMissing, Action::AskForPapers) => Err(Refusal::AskedOnce),
            (Self::Received, Action::Accept) => Ok(Self::Accepted),
            (Self::Received | Self::PapersMissing, Action::DoNotAccept) => Ok(Self::NotAccepted),
            (Self::Accepted, Action::StartSurvey) => Ok(Self::Survey),
            (Self::Survey, Action::GiveFirstOpinion) => Ok(Self::FirstOpinion),
            (Self::FirstOpinion | Self::NewOpinion, Action::PostNotice) => {
                match facts.public_notice {
                    PublicNotice::Never => Err(Refusal::NeverPosted),
                    PublicNotice::Required | PublicNotice::CountyDecides => Ok(Self::Notice),
                }
            }
            (Self::Notice, Action::Object) => Ok(Self::Objection),
            (Self::Objection, Action::GiveFirstOpinion) => Ok(Self::NewOpinion),
            (Self::FirstOpinion | Self::Notice | Self::NewOpinion, Action::SendToCounty) => {
                self.is_ready_to_decide(event, facts)?;
                Ok(Self::SentToCounty)
            }
            (Self::SentToCounty | Self::HomeVisited, Action::VisitHome) => Ok(Self::HomeVisited),
            (Self::SentToCounty | Self::HomeVisited, Action::Confirm | Action::Refuse) => {
                if self == Self::SentToCounty && (facts.near_relative || facts.complaint) {
                    return Err(Refusal::HomeVisitFirst);
                }
                Ok(decided(event.action))
            }
            (
                Self::FirstOpinion | Self::Notice | Self::NewOpinion,
                Action::Confirm | Action::Refuse,
            ) if facts.township_confirms => {
                if facts.near_relative || facts.complaint {
                    return Err(Refusal::HomeVisitFirst);
                }
                self.is_ready_to_decide(event, facts)?;
                Ok(decided(event.action))
            }
            (Self::Refused, Action::DeliverRefusal) => Ok(Self::RefusalDelivered),
            (Self::Confirmed, Action::StartPayment) => Ok(Self::InPayment),
            (Self::Confirmed | Self::InPayment, Action::Stop) => Ok(Self::Stopped),
            (
                Self::Accepted
                | Self::Survey
                | Self::FirstOpinion
                | Self::Notice
                | Self::Objection
                | Self::NewOpinion
                | Self::SentToCounty
                | Self::HomeVisited,
                Action::Extend,
            ) => match facts.extension {
                Extension::None => Err(Refusal::NoExtension),
                Extension::Given => Err(Refusal::ExtendedOnce),
                Extension::Until(last) if last < event.date() => Err(Refusal::ExtendedTooLate),
                Extension::Until(_) if event.ground.is_none() => Err(Refusal::GroundMissing),
                Extension::Until(_) => Ok(self),
            },
            (stage, Action::End | Action::Withdraw) if stage.is_open() => Ok(Self::Ended),
            (
                _,
                Action::Submit
                | Action::Receive
                | Action::AskForPapers
                | Action::BringPapers
                | Action::Accept
                | Action::DoNotAccept
                | Action::StartSurvey
                | Action::GiveFirstOpinion
                | Action::PostNotice
                | Action::Object
                | Action::SendToCounty
                | Action::VisitHome
                | Action::Confirm
                | Action::Refuse
                | Action::DeliverRefusal
                | Action::StartPayment
                | Action::Stop
                | Action::End
                | Action::Withdraw
                | Action::Extend,
            ) => Err(Refusal::OutOfOrder),
        }
    }

    /// Whether the public notice is done with, where the scheme has one.
    fn is_ready_to_decide(self, event: &CaseEvent, facts: &CaseFacts) -> Result<(), Refusal> {
        match self {
            Self::FirstOpinion if facts.public_notice == PublicNotice::Required => {
                Err(Refusal::NoticeFirst)
            }
            Self::NewOpinion if facts.notice_again_after_objection => Err(Refusal::NoticeAgain),
            // Without a known end nobody can say that the notice is over.
            Self::Notice if facts.notice_until.is_none_or(|last| event.date() <= last) => {
                Err(Refusal::NoticeRunning)
            }
            _ => Ok(()),
        }
    }
}

const fn decided(action: Action) -> Stage {
    match action {
        Action::Confirm => Stage::Confirmed,
        _ => Stage::Refused,
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
        Action::Object => !matches!(role, Role::System),
        Action::VisitHome => matches!(role, Role::County),
        Action::Confirm | Action::Refuse => match role {
            Role::County => true,
            Role::Township => facts.township_confirms,
            Role::Applicant | Role::Public | Role::System => false,
        },
        Action::StartPayment | Action::Stop => matches!(role, Role::County | Role::Township),
        Action::End | Action::Extend => matches!(role, Role::Township | Role::County),
        Action::Withdraw => matches!(role, Role::Applicant | Role::Township),
    }
}

#[cfg(test)]
mod tests;
