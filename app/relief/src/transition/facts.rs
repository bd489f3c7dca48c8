//! What a transition must know of a case beside its stage.

use chrono::NaiveDate;

use crate::clock::Step;
use crate::deadline::{Deadline, of_step};
use crate::ending::Ending;
use crate::event::{Action, AppealWay, CaseEvent, Details};
use crate::rulebook::Rulebook;
use crate::scheme::{PublicNotice, Scheme, SchemeId};

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
    /// Whether an ending of the support is posted before it.
    pub posts_endings: bool,
    /// The last day of the ending's notice that is posted now.
    pub end_notice_until: Option<NaiveDate>,
    /// Where an ending of the support stands.
    pub ending: Ending,
    /// Whether the scheme assesses the person's self-care.
    pub assesses_self_care: bool,
    /// Where a reported change of self-care stands.
    pub self_care: Inquiry,
    /// Where a review (行政复议) that the person asked for stands.
    pub review: Inquiry,
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
    /// The facts of a case whose scheme a newer kiosk knows and these rules do not: nothing of it is posted.
    const UNKNOWN_SCHEME: Self = Self {
        public_notice: PublicNotice::Never,
        notice_again_after_objection: false,
        near_relative: false,
        complaint: false,
        township_confirms: false,
        notice_until: None,
        extension: Extension::None,
        needs_award: false,
        needs_data_check: false,
        asked_for_papers: false,
        survey: Inquiry::Open,
        data_check: Inquiry::Open,
        posts_endings: false,
        end_notice_until: None,
        ending: Ending::None,
        assesses_self_care: false,
        self_care: Inquiry::Open,
        review: Inquiry::Open,
    };

    /// The facts of an ordinary case of `scheme`: no near relative, no complaint, the county confirms.
    #[must_use]
    pub const fn of_scheme(scheme: &Scheme) -> Self {
        Self {
            public_notice: scheme.public_notice,
            notice_again_after_objection: scheme.notice_again_after_objection,
            needs_award: scheme.award_source.is_some(),
            ..Self::UNKNOWN_SCHEME
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
            Action::ReportSelfCare => Self {
                self_care: Inquiry::Running,
                ..facts
            },
            Action::AssessSelfCare => Self {
                self_care: Inquiry::Done,
                ..facts
            },
            Action::Appeal if is_review(&event.details) => Self {
                review: Inquiry::Running,
                ..facts
            },
            Action::DeliverReview => Self {
                review: Inquiry::Done,
                ..facts
            },
            Action::PostEnding | Action::ObjectToEnding | Action::DecideOnEnding => Self {
                ending: facts.ending.after(event),
                ..facts
            },
            _ => facts,
        })
    }
}

const fn is_review(details: &Details) -> bool {
    matches!(
        details,
        Details::Appeal {
            way: AppealWay::Review
        }
    )
}

impl Rulebook {
    /// What a step on `day` must know of a case of `scheme` to which `events` happened and which has the deadlines
    /// `issued`, under the rules of the day. Of near relatives it knows only what the events say.
    #[must_use]
    pub fn case_facts(
        &self,
        scheme: SchemeId,
        events: &[CaseEvent],
        issued: &[Deadline],
        day: NaiveDate,
    ) -> CaseFacts {
        let has_clock = |step| self.deadline(scheme, step, day).is_some();
        let last_day = |step| Some(of_step(issued, step)?.last_day()?.date);
        let of_scheme = self
            .schemes
            .get(scheme)
            .map_or(CaseFacts::UNKNOWN_SCHEME, CaseFacts::of_scheme);
        let posts = of_scheme.public_notice != PublicNotice::Never;
        let facts = CaseFacts {
            needs_data_check: has_clock(Step::DataCheckStart),
            township_confirms: self.settings.township_confirms(scheme, day),
            notice_until: last_day(Step::Notice),
            extension: self.extension(scheme, issued),
            posts_endings: posts && has_clock(Step::EndNotice),
            end_notice_until: last_day(Step::EndNotice),
            assesses_self_care: has_clock(Step::SelfCareAssessment),
            ..of_scheme
        };
        facts.told_by(events)
    }
}
