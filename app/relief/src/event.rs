//! What happens to a case, by whom, when and why.

use std::fmt;

use chrono::NaiveDate;

use crate::calendar::china_date;
use crate::codes::GroundCode;

mod details;

pub use details::{AppealWay, DETAILS_BYTES_MAX, DeliveryWay, Details, DetailsError, Notice};

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
    /// Staff of a village committee.
    Village,
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
    /// The whole procedure is given the special limit; [`CaseEvent::ground`] says on which ground.
    Extend = 20,
    /// The township asks the county to check the household against other registers (信息核对).
    RequestDataCheck = 21,
    /// The county tells what the check came to: [`Details::Check`]; the reason says what does not fit.
    ReturnDataCheck = 22,
    /// The survey at the household's home is done: [`Details::Survey`].
    FinishSurvey = 23,
    /// Somebody complains of the procedure; the reason says of what.
    Complain = 24,
    /// A near relative among staff or committee was found whom the applicant did not declare; the reason says who.
    FindNearRelative = 25,
    /// The household gets more or less from a month on: [`Details::Award`]; the reason is what it gets in writing.
    ChangeSupport = 26,
    /// The household's means were checked again (核查): [`Details::Check`]; the reason says what does not fit.
    Recheck = 27,
    /// A notice other than a refusal reached the person: [`Details::Delivery`].
    Deliver = 28,
    /// The person turned to another authority: [`Details::Appeal`].
    Appeal = 29,
    /// A change of the person's self-care is reported; the reason says of what.
    ReportSelfCare = 30,
    /// The person's self-care was assessed: [`Details::SelfCare`].
    AssessSelfCare = 31,
    /// The ending of the support is posted (公示); the reason is what it would end for.
    PostEnding = 32,
    /// Somebody objects to the posted ending; the reason says why.
    ObjectToEnding = 33,
    /// The objection to the ending is decided on: [`Details::EndingDecision`]; the reason says why.
    DecideOnEnding = 34,
    /// A major change in the household was found that it had not reported: [`Details::Change`]; the reason says which.
    FindChange = 35,
    /// The outcome of the review that the person asked for reached them.
    DeliverReview = 36,
}

impl Action {
    /// Every action, in the order of their numbers.
    pub const ALL: [Self; 36] = [
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
        Self::Extend,
        Self::RequestDataCheck,
        Self::ReturnDataCheck,
        Self::FinishSurvey,
        Self::Complain,
        Self::FindNearRelative,
        Self::ChangeSupport,
        Self::Recheck,
        Self::Deliver,
        Self::Appeal,
        Self::ReportSelfCare,
        Self::AssessSelfCare,
        Self::PostEnding,
        Self::ObjectToEnding,
        Self::DecideOnEnding,
        Self::FindChange,
        Self::DeliverReview,
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

    /// Whether it needs a reason in words that the person may read.
    #[must_use]
    pub const fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::AskForPapers
                | Self::DoNotAccept
                | Self::Object
                | Self::Refuse
                | Self::Stop
                | Self::End
                | Self::Extend
                | Self::Complain
                | Self::FindNearRelative
                | Self::ChangeSupport
                | Self::ReportSelfCare
                | Self::PostEnding
                | Self::ObjectToEnding
                | Self::DecideOnEnding
                | Self::FindChange
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
    /// On which ground the case may take longer; only with [`Action::Extend`].
    pub ground: Option<GroundCode>,
    /// What else the action says; [`Details::None`] where it says nothing more.
    pub details: Details,
    /// What shows it: a document's number, a scanned paper; empty where nothing is named.
    pub evidence: String,
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
