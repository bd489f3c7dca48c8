//! The life of a case: what happens to it, in which order, and which rule forbids what.

use std::fmt;

use chrono::NaiveDate;

use crate::calendar::china_date;
use crate::scheme::{PublicNotice, Scheme};

/// Who did something, in the part that the rules give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The applicant or who acts for them.
    Applicant,
    /// Anybody of the village.
    Public,
    /// Staff of the township.
    Township,
    /// Staff of the county's civil-affairs bureau.
    County,
    /// The kiosk or the county's server itself.
    System,
}

/// Who did something.
#[derive(Clone, PartialEq, Eq)]
pub struct Actor {
    /// In which part.
    pub role: Role,
    /// Account or name.
    pub name: String,
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What is done to a case. The numbers stand in the county's ledger and are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Action {
    /// The kiosk took the application in; the first event of every case.
    Submit = 1,
    /// The county's server holds it.
    Receive = 2,
    /// All missing papers are named at once (一次性告知); the reason lists them.
    AskForPapers = 3,
    /// The missing papers came.
    BringPapers = 4,
    /// The township accepts (受理).
    Accept = 5,
    /// The township does not accept; the reason says why.
    DoNotAccept = 6,
    /// The survey begins.
    StartSurvey = 7,
    /// The township gives its first opinion.
    GiveFirstOpinion = 8,
    /// The first opinion is posted (公示).
    PostNotice = 9,
    /// Somebody objects to the posted opinion; the reason says why.
    Object = 10,
    /// The file goes to the county.
    SendToCounty = 11,
    /// The county visited the home.
    VisitHome = 12,
    /// The case is confirmed (确认).
    Confirm = 13,
    /// The case is refused; the reason is what the person gets in writing.
    Refuse = 14,
    /// The written refusal reached the person.
    DeliverRefusal = 15,
    /// Payment began.
    StartPayment = 16,
    /// Support stops; the reason is what the person gets in writing.
    Stop = 17,
    /// The procedure ends without decision; the reason says why.
    End = 18,
    /// The applicant takes the application back.
    Withdraw = 19,
}

impl Action {
    /// Every action, in the order of their numbers.
    pub const ALL: [Self; 19] = [
        Self::Submit,
        Self::Receive,
        Self::AskForPapers,
        Self::BringPapers,
        Self::Accept,
        Self::DoNotAccept,
        Self::StartSurvey,
        Self::GiveFirstOpinion,
        Self::PostNotice,
        Self::Object,
        Self::SendToCounty,
        Self::VisitHome,
        Self::Confirm,
        Self::Refuse,
        Self::DeliverRefusal,
        Self::StartPayment,
        Self::Stop,
        Self::End,
        Self::Withdraw,
    ];

    /// The number in the ledger.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The action of this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }

    const fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::AskForPapers
                | Self::DoNotAccept
                | Self::Object
                | Self::Refuse
                | Self::Stop
                | Self::End
        )
    }
}

/// Something that happened to a case. Events are only ever appended.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseEvent {
    /// What.
    pub action: Action,
    /// By whom.
    pub actor: Actor,
    /// When, Unix milliseconds UTC, as corrected by the county.
    pub at_ms: i64,
    /// Why, in words that the person may read; empty where no reason is asked.
    pub reason: String,
}

impl CaseEvent {
    /// The day in China on which it happened.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        china_date(self.at_ms)
    }
}

impl fmt::Debug for CaseEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaseEvent")
            .field("action", &self.action)
            .field("actor", &self.actor)
            .field("at_ms", &self.at_ms)
            .finish_non_exhaustive()
    }
}

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
        }
    }
}

/// Where a case stands. The numbers go to kiosks in status messages and are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stage {
    /// Handed in at a kiosk; not yet accepted by anybody.
    Submitted = 1,
    /// The county's server holds it; not yet accepted.
    Received = 2,
    /// Papers are missing and were asked for.
    PapersMissing = 3,
    /// The township accepted it.
    Accepted = 4,
    /// The township did not accept it.
    NotAccepted = 5,
    /// The survey is under way.
    Survey = 6,
    /// The township gave its first opinion.
    FirstOpinion = 7,
    /// The first opinion is posted.
    Notice = 8,
    /// Somebody objected; the township surveys again.
    Objection = 9,
    /// The township gave a new first opinion after an objection.
    NewOpinion = 10,
    /// The county reviews.
    SentToCounty = 11,
    /// The county reviews and has visited the home.
    HomeVisited = 12,
    /// Confirmed.
    Confirmed = 13,
    /// Refused; the written refusal is on its way.
    Refused = 14,
    /// The written refusal is delivered.
    RefusalDelivered = 15,
    /// Payment runs.
    InPayment = 16,
    /// Support was stopped.
    Stopped = 17,
    /// The procedure ended without a decision.
    Ended = 18,
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
    /// Every stage, in the order of their numbers.
    pub const ALL: [Self; 18] = [
        Self::Submitted,
        Self::Received,
        Self::PapersMissing,
        Self::Accepted,
        Self::NotAccepted,
        Self::Survey,
        Self::FirstOpinion,
        Self::Notice,
        Self::Objection,
        Self::NewOpinion,
        Self::SentToCounty,
        Self::HomeVisited,
        Self::Confirmed,
        Self::Refused,
        Self::RefusalDelivered,
        Self::InPayment,
        Self::Stopped,
        Self::Ended,
    ];

    /// The number in status messages.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The stage of this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }

    /// The stage in plain Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Submitted => "已提交，尚未受理",
            Self::Received => "县里已收到，尚未受理",
            Self::PapersMissing => "材料不全，请补材料",
            Self::Accepted => "已受理",
            Self::NotAccepted => "不予受理",
            Self::Survey => "正在调查家庭情况",
            Self::FirstOpinion => "乡镇已初审",
            Self::Notice => "正在公示",
            Self::Objection => "有异议，乡镇正在重新调查",
            Self::NewOpinion => "乡镇已重新初审",
            Self::SentToCounty => "县里正在审核",
            Self::HomeVisited => "县里已入户，正在审核",
            Self::Confirmed => "已确认",
            Self::Refused => "未获确认，书面告知正在送达",
            Self::RefusalDelivered => "未获确认，已书面告知",
            Self::InPayment => "正在享受救助",
            Self::Stopped => "已停止救助",
            Self::Ended => "已终止办理",
        }
    }

    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::NotAccepted | Self::RefusalDelivered | Self::Stopped | Self::Ended
        )
    }

    /// Whether a decision is still to be made.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !self.is_closed() && !matches!(self, Self::Confirmed | Self::Refused | Self::InPayment)
    }

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
                | Action::Withdraw,
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
        Action::End => matches!(role, Role::Township | Role::County),
        Action::Withdraw => matches!(role, Role::Applicant | Role::Township),
    }
}
