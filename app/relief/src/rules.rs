//! All clocks together, read from `assets/rules/clocks.toml`.
//!
//! The national file is the default; a county's file is laid over it with [`Rules::overridden_by`], and wins
//! where both speak of the same step.

use chrono::NaiveDate;

use crate::clock::{Clock, Condition, SetBy, Step, Subject};
use crate::clock_file::File;
use crate::scheme::SchemeId;

/// Why a file of clocks was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// Not TOML, or not of this shape.
    #[error("clocks file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A unit that counts has no number, or 0, or more than [`LIMIT_MAX`].
    #[error("clock {id} needs a limit from 1 to {LIMIT_MAX}")]
    LimitMissing {
        /// The clock.
        id: String,
    },
    /// A unit that does not count has a number.
    #[error("clock {id} has a limit but its unit does not count")]
    LimitUnused {
        /// The clock.
        id: String,
    },
    /// The source is empty.
    #[error("clock {id} names no source")]
    NoSource {
        /// The clock.
        id: String,
    },
    /// A clock on cases names no scheme, or one on complaints names some.
    #[error("clock {id} needs schemes if it runs on cases, and none if it runs on complaints")]
    Subject {
        /// The clock.
        id: String,
    },
    /// The last day is before the first.
    #[error("clock {id} ends before it begins")]
    EndsBeforeItBegins {
        /// The clock.
        id: String,
    },
    /// Two clocks with the same id hold from the same day.
    #[error("clock {id} stands twice for the same first day")]
    Duplicate {
        /// The clock.
        id: String,
    },
}

/// The longest limit that is taken for meant, in its unit; more is a slip.
pub const LIMIT_MAX: u16 = 400;

/// All clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    edition: String,
    clocks: Vec<Clock>,
}

impl Rules {
    /// Reads `clocks.toml`.
    ///
    /// # Errors
    ///
    /// [`RulesError`] with the place in the file or the clock at fault.
    pub fn parse(toml: &str) -> Result<Self, RulesError> {
        let file: File = toml::from_str(toml)?;
        let mut clocks: Vec<Clock> = Vec::with_capacity(file.clock.len());
        for row in file.clock {
            let clock = row.into_clock(file.set_by)?;
            if clocks
                .iter()
                .any(|other| other.id == clock.id && other.effective == clock.effective)
            {
                return Err(RulesError::Duplicate { id: clock.id });
            }
            clocks.push(clock);
        }
        Ok(Self {
            edition: file.edition,
            clocks,
        })
    }

    /// These rules with a county's laid over them. The county's clock wins wherever both have one in force
    /// for the same scheme, step and condition; the edition names both.
    #[must_use]
    pub fn overridden_by(mut self, county: Self) -> Self {
        self.edition = format!("{}+{}", self.edition, county.edition);
        self.clocks.extend(county.clocks);
        self
    }

    /// The file's edition.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Every clock, in the order of the file.
    #[must_use]
    pub fn clocks(&self) -> &[Clock] {
        &self.clocks
    }

    /// The clock of this id that is in force on `day`; the county's before the national one, the later
    /// before the earlier.
    #[must_use]
    pub fn by_id(&self, id: &str, day: NaiveDate) -> Option<&Clock> {
        best(
            self.clocks
                .iter()
                .filter(|clock| clock.id == id && clock.in_force(day)),
        )
    }

    /// The clock of a step that is in force on `day`. A step that has none for `condition` has the ordinary one.
    #[must_use]
    pub fn clock(
        &self,
        scheme: SchemeId,
        step: Step,
        condition: Condition,
        day: NaiveDate,
    ) -> Option<&Clock> {
        let of = |condition: Condition| {
            best(self.clocks.iter().filter(move |clock| {
                clock.step == step
                    && clock.condition == condition
                    && clock.schemes.contains(&scheme)
                    && clock.in_force(day)
            }))
        };
        of(condition).or_else(|| of(Condition::Ordinary))
    }

    /// The clock of a step of complaints that is in force on `day`, as [`Self::clock`].
    #[must_use]
    pub fn complaint_clock(
        &self,
        step: Step,
        condition: Condition,
        day: NaiveDate,
    ) -> Option<&Clock> {
        let of = |condition: Condition| {
            best(self.clocks.iter().filter(move |clock| {
                clock.subject == Subject::Complaint
                    && clock.step == step
                    && clock.condition == condition
                    && clock.in_force(day)
            }))
        };
        of(condition).or_else(|| of(Condition::Ordinary))
    }
}

fn best<'a>(clocks: impl Iterator<Item = &'a Clock>) -> Option<&'a Clock> {
    clocks.max_by_key(|clock| (clock.set_by == SetBy::County, clock.effective))
}

#[cfg(test)]
mod tests;
