//! What became of destitute persons' supports in the year: told by the deadlines that were issued, and counted again from
//! what happened by walking over the days.

use std::fmt;

use chrono::{Days, NaiveDate};
use relief::{Action, Calendar, CaseEvent, Deadline, Due, Step, deadline::of_step};

use super::story::Support;

/// What happened, and how much of it late or too early.
#[derive(Default, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Supports {
    reported: usize,
    assessed_late: usize,
    posted: usize,
    objected: usize,
    decided_late: usize,
    stopped: usize,
    stopped_early: usize,
}

impl fmt::Display for Supports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} changes of self-care reported, {} assessed late; {} endings posted, {} objected to, {} decided on late; \
             {} supports stopped, {} before their notice was over",
            self.reported,
            self.assessed_late,
            self.posted,
            self.objected,
            self.decided_late,
            self.stopped,
            self.stopped_early
        )
    }
}

impl Supports {
    /// As the deadlines tell.
    pub(super) fn told<'s>(supports: impl Iterator<Item = &'s Support>) -> Self {
        let mut told = Self::default();
        for support in supports {
            // Each step's deadlines in the order of their issue; what is open at the time is the last one issued before.
            let due_before = |step, day: NaiveDate| {
                let before: Vec<Deadline> = support
                    .issued
                    .iter()
                    .filter(|deadline| deadline.start <= day)
                    .cloned()
                    .collect();
                match of_step(&before, step)?.due {
                    Due::By(due) => Some(due.date),
                    Due::From(_) | Due::NoLimit(_) => None,
                }
            };
            let is_late = |step, day| due_before(step, day).is_some_and(|due| due < day);
            for event in &support.events {
                let day = event.date();
                match event.action {
                    Action::ReportSelfCare => told.reported += 1,
                    Action::PostEnding => told.posted += 1,
                    Action::ObjectToEnding => told.objected += 1,
                    Action::AssessSelfCare => {
                        told.assessed_late += usize::from(is_late(Step::SelfCareAssessment, day));
                    }
                    Action::DecideOnEnding => {
                        told.decided_late += usize::from(is_late(Step::EndObjectionAnswer, day));
                    }
                    Action::Stop => {
                        told.stopped += 1;
                        told.stopped_early += usize::from(!is_late(Step::EndNotice, day));
                    }
                    _ => {}
                }
            }
        }
        told
    }

    /// As what happened tells, without stages, facts and deadlines.
    pub(super) fn recounted<'s>(
        supports: impl Iterator<Item = &'s Support>,
        calendar: &Calendar,
    ) -> Self {
        let works = |day: &NaiveDate| calendar.is_working_day(*day).working;
        let working_days = |from: NaiveDate, to: NaiveDate| {
            from.iter_days()
                .skip(1)
                .take_while(|day| *day <= to)
                .filter(works)
                .count()
        };
        let mut counted = Self::default();
        for support in supports {
            let times = |action| of_action(&support.events, action).count();
            counted.reported += times(Action::ReportSelfCare);
            counted.posted += times(Action::PostEnding);
            counted.objected += times(Action::ObjectToEnding);
            counted.stopped += times(Action::Stop);
            let late = |done, asked, limit_days| {
                of_action(&support.events, done)
                    .filter(|place| {
                        let asked = before(&support.events, *place, &[asked]);
                        let day = support.events[*place].date();
                        asked.is_some_and(|asked| limit_days < working_days(asked.date(), day))
                    })
                    .count()
            };
            counted.assessed_late += late(Action::AssessSelfCare, Action::ReportSelfCare, 10);
            counted.decided_late += late(Action::DecideOnEnding, Action::ObjectToEnding, 15);
            counted.stopped_early += of_action(&support.events, Action::Stop)
                .filter(|place| {
                    let said = [
                        Action::PostEnding,
                        Action::ObjectToEnding,
                        Action::DecideOnEnding,
                    ];
                    let Some(said) = before(&support.events, *place, &said) else {
                        return true;
                    };
                    let seventh = said.date() + Days::new(7);
                    let over = seventh.iter_days().find(works);
                    let day = support.events[*place].date();
                    said.action != Action::PostEnding || over.is_none_or(|over| day <= over)
                })
                .count();
        }
        counted
    }
}

/// The places of an action's events.
fn of_action(events: &[CaseEvent], action: Action) -> impl Iterator<Item = usize> {
    events
        .iter()
        .enumerate()
        .filter(move |(_, event)| event.action == action)
        .map(|(place, _)| place)
}

/// The last event of these actions before the one at `place`.
fn before<'e>(events: &'e [CaseEvent], place: usize, actions: &[Action]) -> Option<&'e CaseEvent> {
    events[..place]
        .iter()
        .rev()
        .find(|event| actions.contains(&event.action))
}
