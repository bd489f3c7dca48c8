//! A clock (时限): how long one step may take, since when that holds, and by which article.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, DueDate, Pause, RestDay, next_month};
use crate::in_force::in_force;
use crate::scheme::SchemeId;

/// A step that has a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Check of the papers; what is missing is told once and completely (一次性告知).
    PapersCheck,
    /// Papers sent on to the place that decides.
    Forwarding,
    /// Start of the survey of the household's means (家庭经济状况调查).
    SurveyStart,
    /// The county starts the check against other registers (信息核对).
    DataCheckStart,
    /// The township's first opinion (初审).
    FirstOpinion,
    /// Public notice of the first opinion (公示).
    Notice,
    /// Answer to an objection: new survey and new first opinion.
    ObjectionAnswer,
    /// File sent to the county.
    SendToCounty,
    /// The county's opinion.
    CountyOpinion,
    /// Written refusal with reasons delivered.
    RefusalNotice,
    /// Result told back to the place where the application was made.
    Feedback,
    /// The whole procedure.
    Whole,
    /// Payment or support starts.
    PaymentStart,
    /// How long a decision holds.
    Validity,
    /// Re-check (核查) of households whose means hardly change.
    Recheck,
    /// Re-check of households with unsteady income or members able to work.
    RecheckUnsteady,
    /// Re-check and change of the allowance after a member's death.
    AfterDeath,
    /// Support goes on for a while after a member found work (渐退期).
    PhaseOut,
    /// The household reports a major change.
    ReportChange,
    /// New assessment of self-care (生活自理能力).
    SelfCareAssessment,
    /// Public notice of an ending of support.
    EndNotice,
    /// Answer to an objection to an ending.
    EndObjectionAnswer,
    /// An ending takes effect.
    EndEffect,
    /// The person asks for a review by the next authority (行政复议).
    AppealReview,
    /// The person goes to court (行政诉讼).
    AppealCourt,
    /// The person goes to court against the outcome of a review.
    AppealCourtAfterReview,
    /// Who complains is told in writing that the complaint is here and what becomes of it (信访).
    ComplaintReceipt,
    /// The complaint is dealt with and answered.
    ComplaintAnswer,
    /// Who complained asks for a re-examination (复查).
    ComplaintReviewRequest,
    /// The next authority answers the re-examination.
    ComplaintReview,
    /// Who complained asks for the last examination (复核).
    ComplaintFinalRequest,
    /// The authority above it answers the last examination.
    ComplaintFinalReview,
}

impl Step {
    /// The step's name, as in the rule files.
    #[must_use]
    pub fn key(self) -> String {
        // A unit variant's JSON is its name in quotes.
        serde_json::to_string(&self).map_or_else(|_| String::new(), |name| name.replace('"', ""))
    }

    /// Whether it is the person's right to take the step, so that nobody is late when its day is past.
    #[must_use]
    pub const fn is_a_right(self) -> bool {
        matches!(
            self,
            Self::AppealReview
                | Self::AppealCourt
                | Self::AppealCourtAfterReview
                | Self::ComplaintReviewRequest
                | Self::ComplaintFinalRequest
        )
    }

    /// Whether the step is a public notice (公示), which lasts until its last day.
    #[must_use]
    pub const fn is_a_notice(self) -> bool {
        matches!(self, Self::Notice | Self::EndNotice)
    }
}

/// What a clock runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A case of one of the clock's schemes.
    #[default]
    Case,
    /// A complaint (信访事项), of whichever scheme.
    Complaint,
}

/// The event that starts a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// The application is handed in.
    Submission,
    /// The application reaches the office.
    Receipt,
    /// The township accepts it (受理).
    Acceptance,
    /// The township's request reaches the county.
    RequestReceived,
    /// The notice is posted.
    Posting,
    /// The notice is over.
    EndOfNotice,
    /// An objection is raised.
    Objection,
    /// The file reaches the county.
    FileReceived,
    /// The decision is made.
    Decision,
    /// The last check of the household.
    LastCheck,
    /// A member's death.
    Death,
    /// A major change in the household.
    Change,
    /// A report reaches the office.
    Report,
    /// The written decision or answer reaches the person.
    Delivery,
    /// The outcome of a review reaches the person.
    ReviewDelivery,
    /// The text behind this file names no starting event.
    Unstated,
}

/// Under which circumstances a clock runs instead of the ordinary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// The ordinary one.
    #[default]
    Ordinary,
    /// A special case, on one of the grounds of [`crate::Codes::extension_grounds`], which is stored with it.
    Special,
    /// The township has the power to confirm.
    TownshipConfirms,
}

/// Who set a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetBy {
    /// A national text.
    National,
    /// The county.
    County,
}

/// How surely a clock is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Read in the text itself or a full transcription.
    Verified,
    /// Read in another place's notice only.
    Secondary,
    /// Searched for and not found.
    NotFound,
}

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoLimit {
    /// The national text sets no number of days.
    NoNationalLimit,
    /// The national text leaves the number to the county.
    CountyFixes,
    /// The text says "promptly" (及时).
    Promptly,
    /// No text with a number was found.
    NotKnown,
}

impl NoLimit {
    /// The key of the sentence that tells people so.
    #[must_use]
    pub const fn wording_key(self) -> &'static str {
        match self {
            Self::NoNationalLimit => "clock.no-national-limit",
            Self::CountyFixes => "clock.county-fixes",
            Self::Promptly => "clock.promptly",
            Self::NotKnown => "clock.not-known",
        }
    }

    /// The sentence itself, in plain Chinese.
    #[must_use]
    pub const fn wording(self) -> &'static str {
        match self {
            Self::NoNationalLimit => "国家没有规定天数",
            Self::CountyFixes => "天数由县里定",
            Self::Promptly => "要及时办",
            Self::NotKnown => "天数请问窗口",
        }
    }
}

/// How long a step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Working days (工作日).
    WorkingDays(u16),
    /// Calendar days (天).
    CalendarDays(u16),
    /// Months.
    Months(u16),
    /// It begins with the month after the starting event.
    NextMonth,
    /// It counts from the month of the starting event.
    SameMonth,
    /// No number.
    None(NoLimit),
}

impl Limit {
    /// When a step with this limit is due if its starting event happened on `start`.
    #[must_use]
    pub fn due(
        self,
        start: NaiveDate,
        pauses: &[Pause],
        rest_day: RestDay,
        calendar: &Calendar,
    ) -> Due {
        match self {
            Self::WorkingDays(n) => Due::By(calendar.add_working_days(start, n, pauses)),
            Self::CalendarDays(n) => {
                Due::By(calendar.add_calendar_days(start, n, pauses, rest_day))
            }
            Self::Months(n) => Due::By(calendar.add_months(start, n, pauses, rest_day)),
            Self::NextMonth => Due::From(next_month(start)),
            Self::SameMonth => Due::From(start.with_day(1).unwrap_or(start)),
            Self::None(no_limit) => Due::NoLimit(no_limit),
        }
    }

    /// The ways in which plain Chinese says this limit; a text that names the clock uses one of them.
    #[must_use]
    pub fn phrases(self) -> Vec<String> {
        match self {
            Self::WorkingDays(n) => vec![format!("{n}个工作日")],
            Self::CalendarDays(n) => vec![format!("{n}天")],
            Self::Months(12) => vec!["12个月".into(), "每年".into(), "1年".into()],
            Self::Months(6) => vec!["6个月".into(), "每半年".into()],
            Self::Months(n) => vec![format!("{n}个月")],
            Self::NextMonth => vec!["下个月".into()],
            Self::SameMonth => vec!["当月".into()],
            Self::None(no_limit) => vec![no_limit.wording().into()],
        }
    }
}

/// When a step is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// On this day at the latest.
    By(DueDate),
    /// It takes effect from this day on.
    From(NaiveDate),
    /// Nobody set a number; it is said, never invented.
    NoLimit(NoLimit),
}

impl Due {
    /// The last day, if it has one.
    #[must_use]
    pub const fn last_day(self) -> Option<DueDate> {
        match self {
            Self::By(due) => Some(due),
            Self::From(_) | Self::NoLimit(_) => None,
        }
    }

    /// Whether the last day is counted into a year without a published holiday notice.
    #[must_use]
    pub fn provisional(self) -> bool {
        self.last_day().is_some_and(|due| due.provisional)
    }
}

/// One clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Stable name, such as `L2`; cards refer to it.
    pub id: String,
    /// What it runs on.
    pub subject: Subject,
    /// The schemes it holds for; empty if it runs on a complaint.
    pub schemes: Vec<SchemeId>,
    /// The step.
    pub step: Step,
    /// When it runs instead of the ordinary one.
    pub condition: Condition,
    /// The step in plain Chinese.
    pub title: String,
    /// How long.
    pub limit: Limit,
    /// Since when it counts.
    pub starts: Start,
    /// Text and article.
    pub source: String,
    /// Who set it.
    pub set_by: SetBy,
    /// How surely it is known.
    pub confidence: Confidence,
    /// Whether the scheme only *may* follow another one's procedure, from which it is taken.
    pub by_analogy: bool,
    /// First day on which it holds, where known.
    pub effective: Option<NaiveDate>,
    /// Last day on which it holds, if it ended.
    pub until: Option<NaiveDate>,
    /// What an editor must know.
    pub note: Option<String>,
}

impl Clock {
    pub(crate) fn in_force(&self, day: NaiveDate) -> bool {
        in_force(self.effective, self.until, day)
    }
}
