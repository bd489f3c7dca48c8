//! The ending of a support (终止救助供养) that has to be posted before: where it stands, and which rule forbids its next step.
//!
//! Source: 民发〔2021〕43号 Art 26.

use chrono::NaiveDate;

use crate::event::{Action, CaseEvent, Details};
use crate::transition::Refusal;

/// Where the ending of a support stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ending {
    /// None is on its way.
    #[default]
    None,
    /// It is posted.
    Posted,
    /// Somebody objected to it, and nothing is decided yet.
    Objected,
    /// After an objection it was decided to end the support all the same.
    Upheld,
}

impl Ending {
    /// Where it stands after these events of a case.
    #[must_use]
    pub fn of(events: &[CaseEvent]) -> Self {
        events.iter().fold(Self::None, Self::after)
    }

    /// Where it stands after `event`.
    #[must_use]
    pub fn after(self, event: &CaseEvent) -> Self {
        match (event.action, &event.details) {
            (Action::PostEnding, _) => Self::Posted,
            (Action::ObjectToEnding, _) => Self::Objected,
            (Action::DecideOnEnding, Details::EndingDecision { ends: true }) => Self::Upheld,
            (Action::DecideOnEnding | Action::Stop, _) => Self::None,
            _ => self,
        }
    }

    /// Whether `action` may follow on `day`, while the notice that is posted lasts until `until`.
    pub(crate) fn allows(
        self,
        action: Action,
        day: NaiveDate,
        until: Option<NaiveDate>,
    ) -> Result<(), Refusal> {
        // Without a known end nobody can say that the notice is over.
        let runs = until.is_none_or(|last| day <= last);
        match (action, self) {
            (Action::Stop, Self::None) => Err(Refusal::EndNoticeFirst),
            (Action::Stop, Self::Upheld) => Err(Refusal::EndNoticeAgain),
            (Action::Stop | Action::PostEnding, Self::Posted) if runs => {
                Err(Refusal::EndNoticeRunning)
            }
            (Action::Stop | Action::PostEnding, Self::Objected) => Err(Refusal::EndObjectionOpen),
            (Action::ObjectToEnding, Self::Posted)
            | (Action::DecideOnEnding, Self::Objected)
            | (Action::Stop | Action::PostEnding, _) => Ok(()),
            _ => Err(Refusal::OutOfOrder),
        }
    }
}

#[cfg(test)]
mod tests;
