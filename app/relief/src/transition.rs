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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;
    use crate::event::Actor;
    use crate::scheme::SchemeId;

    /// 2026-11-23 in China.
    const NOON_MS: i64 = 1_795_406_400_000;

    fn event(role: Role, action: Action) -> CaseEvent {
        CaseEvent {
            action,
            actor: Actor {
                role,
                name: "甲".into(),
            },
            at_ms: NOON_MS,
            reason: "写明的理由".into(),
        }
    }

    /// Who does it in an ordinary case.
    fn usual(action: Action) -> CaseEvent {
        let role = match action {
            Action::Submit | Action::Receive => Role::System,
            Action::BringPapers | Action::Withdraw => Role::Applicant,
            Action::Object => Role::Public,
            Action::VisitHome
            | Action::Confirm
            | Action::Refuse
            | Action::StartPayment
            | Action::Stop => Role::County,
            _ => Role::Township,
        };
        event(role, action)
    }

    fn facts(scheme: SchemeId) -> CaseFacts {
        let schemes = builtin::schemes();
        CaseFacts {
            notice_until: NaiveDate::from_ymd_opt(2026, 11, 20),
            ..CaseFacts::of_scheme(schemes.get(scheme).unwrap())
        }
    }

    fn walk(facts: &CaseFacts, actions: &[Action]) -> Result<Stage, TransitionRefused> {
        actions.iter().try_fold(Stage::Submitted, |stage, action| {
            stage.after(&usual(*action), facts)
        })
    }

    use Action as A;

    const TO_OPINION: [Action; 4] = [A::Receive, A::Accept, A::StartSurvey, A::GiveFirstOpinion];

    #[test]
    fn an_allowance_is_confirmed_and_paid() {
        let rest = [A::PostNotice, A::SendToCounty, A::Confirm, A::StartPayment];
        let all = [&TO_OPINION[..], &rest[..]].concat();
        assert_eq!(walk(&facts(SchemeId::DIBAO), &all), Ok(Stage::InPayment));
    }

    #[test]
    fn a_refusal_ends_with_its_delivery() {
        let rest = [A::PostNotice, A::SendToCounty, A::Refuse, A::DeliverRefusal];
        let all = [&TO_OPINION[..], &rest[..]].concat();
        assert_eq!(
            walk(&facts(SchemeId::DIBAO), &all),
            Ok(Stage::RefusalDelivered)
        );
    }

    /// The whole table for 低保: what is not listed here is refused.
    #[test]
    fn these_and_only_these_steps_are_possible() {
        use Stage as S;
        let possible = [
            (S::Submitted, A::Receive, S::Received),
            (S::Received, A::AskForPapers, S::PapersMissing),
            (S::Received, A::Accept, S::Accepted),
            (S::Received, A::DoNotAccept, S::NotAccepted),
            (S::PapersMissing, A::BringPapers, S::Received),
            (S::PapersMissing, A::DoNotAccept, S::NotAccepted),
            (S::Accepted, A::StartSurvey, S::Survey),
            (S::Survey, A::GiveFirstOpinion, S::FirstOpinion),
            (S::FirstOpinion, A::PostNotice, S::Notice),
            (S::Notice, A::Object, S::Objection),
            (S::Notice, A::SendToCounty, S::SentToCounty),
            (S::Objection, A::GiveFirstOpinion, S::NewOpinion),
            (S::NewOpinion, A::PostNotice, S::Notice),
            (S::NewOpinion, A::SendToCounty, S::SentToCounty),
            (S::SentToCounty, A::VisitHome, S::HomeVisited),
            (S::SentToCounty, A::Confirm, S::Confirmed),
            (S::SentToCounty, A::Refuse, S::Refused),
            (S::HomeVisited, A::VisitHome, S::HomeVisited),
            (S::HomeVisited, A::Confirm, S::Confirmed),
            (S::HomeVisited, A::Refuse, S::Refused),
            (S::Refused, A::DeliverRefusal, S::RefusalDelivered),
            (S::Confirmed, A::StartPayment, S::InPayment),
            (S::Confirmed, A::Stop, S::Stopped),
            (S::InPayment, A::Stop, S::Stopped),
        ];
        let facts = facts(SchemeId::DIBAO);
        for stage in Stage::ALL {
            for action in Action::ALL {
                let expected = possible
                    .iter()
                    .find(|(from, by, _)| (*from, *by) == (stage, action))
                    .map(|(_, _, to)| *to)
                    .or_else(|| {
                        let ends = matches!(action, A::End | A::Withdraw) && stage.is_open();
                        ends.then_some(S::Ended)
                    });
                assert_eq!(
                    stage.after(&usual(action), &facts).ok(),
                    expected,
                    "{stage:?} {action:?}"
                );
            }
        }
    }

    #[test]
    fn every_action_of_every_role_at_every_stage_has_an_answer() {
        for scheme in builtin::schemes().all() {
            for township_confirms in [false, true] {
                let facts = CaseFacts {
                    township_confirms,
                    ..CaseFacts::of_scheme(scheme)
                };
                for stage in Stage::ALL {
                    for action in Action::ALL {
                        for role in [
                            Role::Applicant,
                            Role::Public,
                            Role::Township,
                            Role::County,
                            Role::System,
                        ] {
                            let after = stage.after(&event(role, action), &facts);
                            assert!(!stage.is_closed() || after.is_err());
                        }
                    }
                }
            }
        }
    }

    fn rule(stage: Stage, event: &CaseEvent, facts: &CaseFacts) -> Option<Refusal> {
        stage.after(event, facts).err().map(|refused| refused.rule)
    }

    #[test]
    fn only_the_township_accepts_and_only_the_county_confirms_unless_it_handed_the_power_down() {
        let mut facts = facts(SchemeId::DIBAO);
        for role in [Role::System, Role::County, Role::Applicant, Role::Public] {
            let accept = event(role, A::Accept);
            assert_eq!(
                rule(Stage::Received, &accept, &facts),
                Some(Refusal::NotThisRole)
            );
        }
        let confirm = event(Role::Township, A::Confirm);
        assert_eq!(
            rule(Stage::SentToCounty, &confirm, &facts),
            Some(Refusal::NotThisRole)
        );
        facts.township_confirms = true;
        assert_eq!(Stage::Notice.after(&confirm, &facts), Ok(Stage::Confirmed));
    }

    #[test]
    fn a_refusal_without_reasons_is_refused() {
        let facts = facts(SchemeId::DIBAO);
        for (stage, action) in [
            (Stage::SentToCounty, A::Refuse),
            (Stage::Received, A::DoNotAccept),
            (Stage::Received, A::AskForPapers),
            (Stage::InPayment, A::Stop),
            (Stage::Survey, A::End),
        ] {
            let silent = CaseEvent {
                reason: " ".into(),
                ..usual(action)
            };
            assert_eq!(rule(stage, &silent, &facts), Some(Refusal::ReasonMissing));
        }
    }

    #[test]
    fn missing_papers_are_asked_for_once() {
        let facts = facts(SchemeId::DIBAO);
        assert_eq!(
            rule(Stage::PapersMissing, &usual(A::AskForPapers), &facts),
            Some(Refusal::AskedOnce)
        );
    }

    #[test]
    fn a_file_leaves_only_after_the_notice_is_over() {
        let mut facts = facts(SchemeId::DIBAO);
        let send = usual(A::SendToCounty);
        assert_eq!(
            rule(Stage::FirstOpinion, &send, &facts),
            Some(Refusal::NoticeFirst)
        );
        for until in [None, NaiveDate::from_ymd_opt(2026, 11, 23)] {
            facts.notice_until = until;
            assert_eq!(
                rule(Stage::Notice, &send, &facts),
                Some(Refusal::NoticeRunning)
            );
        }
        facts.notice_until = NaiveDate::from_ymd_opt(2026, 11, 22);
        assert_eq!(rule(Stage::Notice, &send, &facts), None);
    }

    #[test]
    fn after_an_objection_extreme_hardship_is_posted_again_and_an_allowance_need_not_be() {
        let send = usual(A::SendToCounty);
        assert_eq!(
            rule(Stage::NewOpinion, &send, &facts(SchemeId::TEKUN)),
            Some(Refusal::NoticeAgain)
        );
        assert_eq!(
            rule(Stage::NewOpinion, &send, &facts(SchemeId::DIBAO)),
            None
        );
    }

    #[test]
    fn a_childs_case_is_never_posted_and_goes_on_without() {
        for scheme in [SchemeId::UNSUPPORTED_CHILD, SchemeId::ORPHAN] {
            let facts = facts(scheme);
            for stage in [Stage::FirstOpinion, Stage::NewOpinion] {
                assert_eq!(
                    rule(stage, &usual(A::PostNotice), &facts),
                    Some(Refusal::NeverPosted)
                );
            }
            let all = [&TO_OPINION[..], &[A::SendToCounty, A::Confirm]].concat();
            assert_eq!(walk(&facts, &all), Ok(Stage::Confirmed));
        }
    }

    #[test]
    fn near_relatives_and_complaints_need_the_countys_home_visit() {
        for (near_relative, complaint) in [(true, false), (false, true)] {
            let facts = CaseFacts {
                near_relative,
                complaint,
                ..facts(SchemeId::DIBAO)
            };
            for action in [A::Confirm, A::Refuse] {
                assert_eq!(
                    rule(Stage::SentToCounty, &usual(action), &facts),
                    Some(Refusal::HomeVisitFirst)
                );
                assert_eq!(rule(Stage::HomeVisited, &usual(action), &facts), None);
            }
        }
    }

    #[test]
    fn numbers_of_stages_and_actions_are_fixed_and_read_back() {
        for (number, stage) in (1..).zip(Stage::ALL) {
            assert_eq!(
                (stage.code(), Stage::from_code(number)),
                (number, Some(stage))
            );
        }
        for (number, action) in (1..).zip(Action::ALL) {
            assert_eq!(
                (action.code(), Action::from_code(number)),
                (number, Some(action))
            );
        }
        assert_eq!((Stage::from_code(0), Stage::from_code(19)), (None, None));
        assert_eq!((Action::from_code(0), Action::from_code(20)), (None, None));
        assert_eq!(
            (
                Stage::Accepted.code(),
                Stage::Ended.code(),
                Action::Accept.code()
            ),
            (4, 18, 5)
        );
    }
}
