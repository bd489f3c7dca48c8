//! The rectification list.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    ProblemClosed, ProblemEntered, ProblemProgressed, ProblemState, StaffSanctioned, SystemImproved,
};
use crate::county_event::{EventId, Fact, Log};
use crate::payment::MoneyRecovered;
use crate::punctuality::Punctuality;
use crate::words::Words;

/// A problem that was found.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    /// Its number.
    pub id: EventId,
    /// What was found.
    pub entered: &'a ProblemEntered,
    /// The day on which it was entered.
    pub on: NaiveDate,
    /// What was done, each with the event, its day and its words.
    pub progress: Vec<(&'a ProblemProgressed, &'a Words, EventId, NaiveDate)>,
    /// That it was accepted as done, and the event.
    pub closed: Option<(&'a ProblemClosed, EventId)>,
    /// Staff dealt with, each with the event and its day.
    pub sanctions: Vec<(&'a StaffSanctioned, EventId, NaiveDate)>,
    /// Rules made or mended, each with the event and its day.
    pub improved: Vec<(&'a SystemImproved, EventId, NaiveDate)>,
    /// Money that came back, each with the event and its day.
    pub recovered: Vec<(&'a MoneyRecovered, EventId, NaiveDate)>,
}

impl Problem<'_> {
    /// How far it is.
    #[must_use]
    pub fn state(&self) -> ProblemState {
        self.progress
            .last()
            .map_or(ProblemState::NotBegun, |(progress, ..)| progress.state)
    }

    /// The day on which it was done, if it is.
    #[must_use]
    pub fn done(&self) -> Option<NaiveDate> {
        self.progress
            .last()
            .filter(|(progress, ..)| {
                matches!(progress.state, ProblemState::Done | ProblemState::GoesOn)
            })
            .map(|(progress, ..)| progress.on)
            .or_else(|| self.closed.map(|(closed, _)| closed.on))
    }

    /// How it stands against its day.
    #[must_use]
    pub fn stands(&self, today: NaiveDate) -> Punctuality {
        Punctuality::of(self.entered.due, self.done(), today)
    }
}

/// All problems.
#[derive(Debug, Clone)]
pub struct Problems<'a> {
    problems: BTreeMap<EventId, Problem<'a>>,
}

impl<'a> Problems<'a> {
    /// What these events say.
    #[must_use]
    pub fn of(log: &Log<'a>) -> Self {
        let mut problems: BTreeMap<EventId, Problem<'a>> = BTreeMap::new();
        for event in log.iter() {
            let (id, on) = (event.id, event.date());
            match &event.fact {
                Fact::ProblemEntered(entered) => {
                    let problem = Problem {
                        id,
                        entered,
                        on,
                        progress: Vec::new(),
                        closed: None,
                        sanctions: Vec::new(),
                        improved: Vec::new(),
                        recovered: Vec::new(),
                    };
                    problems.insert(id, problem);
                }
                Fact::ProblemProgressed(progress) => {
                    if let Some(problem) = problems.get_mut(&progress.problem) {
                        problem.progress.push((progress, &event.reason, id, on));
                    }
                }
                Fact::ProblemClosed(closed) => {
                    if let Some(problem) = problems.get_mut(&closed.problem) {
                        problem.closed = Some((closed, id));
                    }
                }
                Fact::StaffSanctioned(sanction) => {
                    if let Some(problem) = problems.get_mut(&sanction.problem) {
                        problem.sanctions.push((sanction, id, on));
                    }
                }
                Fact::SystemImproved(improved) => {
                    if let Some(problem) = problems.get_mut(&improved.problem) {
                        problem.improved.push((improved, id, on));
                    }
                }
                Fact::MoneyRecovered(money) => {
                    let problem = money.problem.and_then(|problem| problems.get_mut(&problem));
                    if let Some(problem) = problem {
                        problem.recovered.push((money, id, on));
                    }
                }
                _ => {}
            }
        }
        Self { problems }
    }

    /// Every problem, in the order in which they were entered.
    pub fn problems(&self) -> impl Iterator<Item = &Problem<'a>> {
        self.problems.values()
    }

    /// The problem of this number.
    #[must_use]
    pub fn get(&self, id: EventId) -> Option<&Problem<'a>> {
        self.problems.get(&id)
    }
}
