use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use crate::deadline::Deadline;
use crate::event::{Action, Actor, CaseEvent, Details, Role};
use crate::rulebook::Rulebook;
use crate::scheme::SchemeId;
use crate::self_care::SelfCare;
use crate::stage::Stage;
use crate::transition::{Refusal, TransitionRefused};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// A support that is paid.
struct Support {
    book: Rulebook,
    stage: Stage,
    events: Vec<CaseEvent>,
    issued: Vec<Deadline>,
}

impl Support {
    fn take(
        &mut self,
        day: NaiveDate,
        action: Action,
        details: Details,
    ) -> Result<Vec<Deadline>, TransitionRefused> {
        let since = day.signed_duration_since(NaiveDate::default()).num_days();
        let event = CaseEvent {
            action,
            actor: Actor {
                role: Role::Township,
                name: "甲".into(),
            },
            at_ms: since * DAY_MS + DAY_MS / 6,
            reason: "写明的理由".into(),
            ground: None,
            details,
            evidence: String::new(),
        };
        let scheme = SchemeId::TEKUN;
        let facts = self
            .book
            .case_facts(scheme, &self.events, &self.issued, day);
        self.stage = self.stage.after(&event, &facts)?;
        let new = self
            .book
            .deadlines(scheme, &self.events, &self.issued, &event);
        self.issued.extend(new.clone());
        self.events.push(event);
        Ok(new)
    }

    /// The day on which `working_days` of them have gone by after `day`, found one after the other.
    fn after(&self, day: NaiveDate, working_days: usize) -> NaiveDate {
        day.iter_days()
            .skip(1)
            .filter(|day| self.book.calendar.is_working_day(*day).working)
            .nth(working_days - 1)
            .unwrap()
    }

    /// The rule that forbids to stop on `day`, by what happened alone and by counting days one after the other.
    fn forbids_stop(&self, day: NaiveDate) -> Option<Refusal> {
        let last = self.events.iter().rev().find(|event| {
            matches!(
                event.action,
                Action::PostEnding | Action::ObjectToEnding | Action::DecideOnEnding
            )
        });
        let Some(last) = last else {
            return Some(Refusal::EndNoticeFirst);
        };
        match (last.action, &last.details) {
            (Action::PostEnding, _) => {
                let seventh = last.date() + Days::new(7);
                let over = seventh
                    .iter_days()
                    .find(|day| self.book.calendar.is_working_day(*day).working)
                    .unwrap();
                (day <= over).then_some(Refusal::EndNoticeRunning)
            }
            (Action::ObjectToEnding, _) => Some(Refusal::EndObjectionOpen),
            (_, Details::EndingDecision { ends: true }) => Some(Refusal::EndNoticeAgain),
            _ => Some(Refusal::EndNoticeFirst),
        }
    }
}

fn steps() -> impl Strategy<Value = (u64, Action, bool)> {
    let actions = prop::sample::select(vec![
        Action::PostEnding,
        Action::PostEnding,
        Action::ObjectToEnding,
        Action::DecideOnEnding,
        Action::Stop,
        Action::ReportSelfCare,
        Action::AssessSelfCare,
        Action::Appeal,
    ]);
    (0..6_u64, actions, any::<bool>())
}

proptest! {
    #[test]
    fn no_support_stops_but_after_a_whole_notice_that_nobody_s_objection_is_open_to(
        first in 0..500_u64,
        steps in prop::collection::vec(steps(), 1..40),
    ) {
        let mut support = Support {
            book: Rulebook::builtin(),
            stage: Stage::InPayment,
            events: Vec::new(),
            issued: Vec::new(),
        };
        let mut day = NaiveDate::from_ymd_opt(2024, 6, 1).unwrap() + Days::new(first);
        for (later, action, flag) in steps {
            day = day + Days::new(later);
            let details = match action {
                Action::DecideOnEnding => Details::EndingDecision { ends: flag },
                Action::AssessSelfCare => Details::SelfCare { assessed: SelfCare::of(|_| flag) },
                Action::Appeal => Details::Appeal { way: crate::event::AppealWay::Review },
                _ => Details::None,
            };
            let (before, forbidden) = (support.stage, support.forbids_stop(day));
            let taken = support.take(day, action, details);
            let rule = taken.as_ref().err().map(|refused| refused.rule);
            if before == Stage::Stopped {
                prop_assert_eq!(rule, (action != Action::Appeal).then_some(Refusal::Closed));
                continue;
            }
            if action == Action::Stop {
                prop_assert_eq!(rule, forbidden);
            }
            if taken.is_err() {
                continue;
            }
            let last_day = taken
                .unwrap()
                .first()
                .and_then(|deadline| Some((deadline.clock_id.clone(), deadline.last_day()?.date)));
            let expected = match action {
                Action::ReportSelfCare => Some(("T8".to_owned(), support.after(day, 10))),
                Action::ObjectToEnding => Some(("T10".to_owned(), support.after(day, 15))),
                Action::PostEnding => continue,
                _ => None,
            };
            prop_assert_eq!(last_day, expected);
        }
    }
}
