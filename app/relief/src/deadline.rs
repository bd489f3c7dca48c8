//! A deadline: what a clock came to when its starting event happened.
//!
//! A deadline is issued by an event and is a fact of it from then on, with the edition of the rules that it came from.
//! Rules that change later issue other deadlines, and leave this one as it is. Only a further event replaces it: papers
//! came after days that do not count, the case was given the special limit, or the holidays of its year were published.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, DueDate, Pause, RestDay};
use crate::clock::{Clock, Condition, Due, Limit, Start, Step};
use crate::codes::GroundCode;

/// Why a deadline was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Its starting event happened.
    Start,
    /// The case was given the special limit.
    Extension,
    /// Papers came that were waited for on days which do not count.
    PapersBrought,
    /// The holidays of a year were published into which a provisional deadline had been counted.
    HolidaysPublished,
}

/// A deadline of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deadline {
    /// The clock's name, such as `L9`.
    pub clock_id: String,
    /// The step.
    pub step: Step,
    /// Under which circumstances the limit holds.
    pub condition: Condition,
    /// The ground of a special case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<GroundCode>,
    /// The step in plain Chinese.
    pub title: String,
    /// How long it may take.
    pub limit: Limit,
    /// Since which event it counts.
    pub starts: Start,
    /// The day of that event.
    pub start: NaiveDate,
    /// Days that did not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// What happens to a last day of rest.
    pub rest_day: RestDay,
    /// When it is due.
    pub due: Due,
    /// When it would be due had it started on the case's earliest day: lamps warn by this one, so that a dead line does
    /// not eat the citizen's days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_by: Option<DueDate>,
    /// The case's earliest day, from which `warn_by` counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warns_since: Option<NaiveDate>,
    /// Why it was issued.
    pub cause: Cause,
    /// Text and article.
    pub source: String,
    /// Whether the limit is only taken from another scheme's procedure that this one may follow.
    #[serde(default)]
    pub by_analogy: bool,
    /// Edition of the rules that it came from, see [`crate::Rulebook::edition`].
    pub edition: String,
}

/// A kept deadline that no build of ours wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("deadline cannot be read")]
pub struct DeadlineError;

impl Deadline {
    /// What `clock` comes to from `start` on, under `edition` of the rules. `warns_since` is the case's earliest day,
    /// for a clock that counts from its arrival or acceptance.
    #[must_use]
    pub fn of_clock(
        clock: &Clock,
        start: NaiveDate,
        warns_since: Option<NaiveDate>,
        rest_day: RestDay,
        calendar: &Calendar,
        edition: &str,
    ) -> Self {
        let counts_from_arrival = matches!(
            clock.starts,
            Start::Submission | Start::Receipt | Start::Acceptance
        );
        Self {
            clock_id: clock.id.clone(),
            step: clock.step,
            condition: clock.condition,
            ground: None,
            title: clock.title.clone(),
            limit: clock.limit,
            starts: clock.starts,
            start,
            pauses: Vec::new(),
            rest_day,
            due: Due::From(start),
            warn_by: None,
            warns_since: warns_since.filter(|_| counts_from_arrival),
            cause: Cause::Start,
            source: clock.source.clone(),
            by_analogy: clock.by_analogy,
            edition: edition.to_owned(),
        }
        .counted(calendar)
    }

    /// The last day, if it has one.
    #[must_use]
    pub const fn last_day(&self) -> Option<DueDate> {
        self.due.last_day()
    }

    /// The first day that counts, the one after the starting event: of a public notice its first whole day.
    #[must_use]
    pub fn first_day(&self) -> NaiveDate {
        self.start.succ_opt().unwrap_or(self.start)
    }

    /// Whether it may move once a year's holidays are published.
    #[must_use]
    pub fn provisional(&self) -> bool {
        self.due.provisional()
    }

    /// The deadline that takes its place after papers were awaited for the days of `pause`; `None` if it did not run
    /// then: it began later, was over, or has no day.
    #[must_use]
    pub fn after_pause(&self, pause: Pause, calendar: &Calendar) -> Option<Self> {
        let due = self.last_day()?;
        let ran = self.start <= pause.asked && pause.asked < due.date;
        if !ran || pause.brought <= pause.asked {
            return None;
        }
        let mut paused = self.clone();
        paused.pauses.push(pause);
        paused.cause = Cause::PapersBrought;
        Some(paused.counted(calendar))
    }

    /// The deadline that takes the place of a provisional one when `calendar` can count it firmly; `None` if it was
    /// firm when it was issued, or still cannot be.
    #[must_use]
    pub fn settled(&self, calendar: &Calendar) -> Option<Self> {
        if !self.provisional() {
            return None;
        }
        let mut settled = self.clone();
        settled.cause = Cause::HolidaysPublished;
        let settled = settled.counted(calendar);
        (!settled.provisional()).then_some(settled)
    }

    /// The text in which it is kept; its keys are append-only.
    ///
    /// # Panics
    ///
    /// Never: every part of it has a text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a deadline has a text")
    }

    /// Reads what [`Self::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// [`DeadlineError`] if it is nothing that it writes.
    pub fn from_json(json: &str) -> Result<Self, DeadlineError> {
        serde_json::from_str(json).map_err(|_| DeadlineError)
    }

    pub(crate) fn counted(mut self, calendar: &Calendar) -> Self {
        let due = |start| self.limit.due(start, &self.pauses, self.rest_day, calendar);
        let warn_by = self.warns_since.and_then(|since| due(since).last_day());
        self.due = due(self.start);
        self.warn_by = warn_by;
        self
    }
}

/// The deadlines that count: of each step the one issued last.
#[must_use]
pub fn current(issued: &[Deadline]) -> Vec<&Deadline> {
    let mut current: Vec<&Deadline> = Vec::new();
    for deadline in issued {
        match current.iter_mut().find(|other| other.step == deadline.step) {
            Some(other) => *other = deadline,
            None => current.push(deadline),
        }
    }
    current
}

/// The deadline of `step` that counts.
#[must_use]
pub fn of_step(issued: &[Deadline], step: Step) -> Option<&Deadline> {
    issued.iter().rev().find(|deadline| deadline.step == step)
}

#[cfg(test)]
mod tests;
