//! The chat script of a modem model, as its file in `boards/modems` gives it.
//!
//! A script says how a call is opened, in phases of steps; how it is hung up; and what is done about a modem
//! that has failed several times in a row, from the mildest remedy to the strongest. Everything in it that
//! could wait has a bound, so that the longest opening is known before it begins.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::lines::Pattern;
use super::settings::NAMES;

mod parts;

pub use parts::Fault;
pub(super) use parts::{HangUp, Outcome, Phase, RemedyName, RemedySteps, SETTLE_MAX, Step};

/// The scripts that come with the kiosk, by their names.
const BUILT_IN: [(&str, &str); 5] = [
    ("pstn", include_str!("../../../../boards/modems/pstn.toml")),
    (
        "pstn-answer",
        include_str!("../../../../boards/modems/pstn-answer.toml"),
    ),
    (
        "quectel-ec20",
        include_str!("../../../../boards/modems/quectel-ec20.toml"),
    ),
    (
        "quectel-ec200",
        include_str!("../../../../boards/modems/quectel-ec200.toml"),
    ),
    (
        "simcom-sim7600",
        include_str!("../../../../boards/modems/simcom-sim7600.toml"),
    ),
];

/// No pause of a manual is longer.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Five minutes of looking for a network, at one look in a second.
const ROUNDS_MAX: u32 = 300;
/// Steps in all of a script's phases; ours have about thirty.
const STEPS_MAX: usize = 200;
/// A script whose failing takes longer than this would keep everything else from being tried.
const OPENING_MAX: Duration = Duration::from_secs(2 * 3600);

/// How a modem model is spoken to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What people call the modem.
    pub model: String,
    /// The silence before and after `+++`.
    pub(super) guard_ms: u64,
    /// Whether RTS and CTS are wired and obeyed, as they must be where the port is faster than the call.
    pub(super) hardware_flow_control: bool,
    /// Lines by which the modem says, amid the call's bytes, that the call is over.
    pub(super) lost: Vec<String>,
    /// Lines that come unasked in between any others, and mean nothing unless a step waits for them.
    pub(super) unsolicited: Vec<Pattern>,
    /// Which faults count as the modem's, and so are remedied.
    pub(super) remedied: Vec<Fault>,
    /// What these lines mean in any step that does not say otherwise.
    pub(super) errors: BTreeMap<Pattern, Outcome>,
    /// The way to an open call; its last step ends connected.
    pub(super) open: Vec<Phase>,
    /// The way back.
    pub(super) hang_up: HangUp,
    /// What is done after so many failures in a row, in rising order.
    pub(super) remedies: Vec<RemedySteps>,
}

/// Why a script was refused.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// No script of this name comes with the kiosk.
    #[error("no modem script is named {name:?}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// It is not the TOML of a script.
    #[error("not a modem script")]
    Toml(#[from] Box<toml::de::Error>),
    /// Something in it is beyond a bound.
    #[error("{what} is {found}, allowed are at most {most}")]
    Bound {
        /// What it is.
        what: &'static str,
        /// How much it is.
        found: u128,
        /// How much it may be.
        most: u128,
    },
    /// A command asks for a value that there is not.
    #[error("{command:?} asks for {{{name}}}, there are {NAMES:?}")]
    Variable {
        /// The command.
        command: String,
        /// What it asks for.
        name: String,
    },
    /// A command that a modem could not be sent.
    #[error("{command:?} is not one line of ASCII text")]
    Command {
        /// The command.
        command: String,
    },
    /// A step waits for a note that no answer makes.
    #[error("nothing notes {note:?}")]
    Note {
        /// The note.
        note: String,
    },
    /// Nothing in it ends connected.
    #[error("no answer means connected")]
    NoEnd,
    /// The remedies' counts of failures do not rise.
    #[error("the remedies' after_failures do not rise from one to the next")]
    Ladder,
}

/// Made by us, not by a modem's answers: whether DTR has ended the call.
pub(super) const NOTE_DOWN: &str = "down";

impl Script {
    /// A script that comes with the kiosk: `pstn`, `pstn-answer`, `quectel-ec20`, `quectel-ec200`, `simcom-sim7600`.
    ///
    /// # Errors
    ///
    /// [`ScriptError::Unknown`] if there is none of this name.
    pub fn named(name: &str) -> Result<Self, ScriptError> {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(text),
            None => Err(ScriptError::Unknown {
                name: name.to_owned(),
            }),
        }
    }

    /// Reads a script and checks that it can be carried out and ends.
    ///
    /// # Errors
    ///
    /// See [`ScriptError`].
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let script: Self = toml::from_str(text).map_err(Box::new)?;
        script.check()?;
        Ok(script)
    }

    /// How long opening takes at most, whatever the modem says or does not say.
    #[must_use]
    pub fn longest_opening(&self) -> Duration {
        self.open
            .iter()
            .map(|phase| phase.longest(self.guard()))
            .sum()
    }

    pub(super) fn guard(&self) -> Duration {
        Duration::from_millis(self.guard_ms)
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.open
            .iter()
            .flat_map(|phase| &phase.steps)
            .chain(&self.hang_up.steps)
            .chain(self.remedies.iter().flat_map(|remedy| &remedy.steps))
    }

    fn check(&self) -> Result<(), ScriptError> {
        bound(
            "the guard time in ms",
            self.guard_ms.into(),
            PAUSE_MAX.as_millis(),
        )?;
        bound(
            "the number of steps",
            self.steps().count() as u128,
            STEPS_MAX as u128,
        )?;
        for phase in &self.open {
            bound("rounds", phase.rounds.into(), ROUNDS_MAX.into())?;
            bound("pause_ms", phase.pause_ms.into(), PAUSE_MAX.as_millis())?;
        }
        for step in self.steps() {
            step.check()?;
        }
        let noted = |note: &str| {
            note == NOTE_DOWN
                || self
                    .steps()
                    .flat_map(|step| step.answers.values())
                    .any(|outcome| matches!(outcome, Outcome::Note(made) if made == note))
        };
        let waited_for = self
            .steps()
            .flat_map(|step| [&step.when, &step.unless, &step.require])
            .chain(self.open.iter().map(|phase| &phase.until))
            .flatten();
        for note in waited_for {
            if !noted(note) {
                return Err(ScriptError::Note { note: note.clone() });
            }
        }
        bound(
            "the longest opening in s",
            self.longest_opening().as_secs().into(),
            OPENING_MAX.as_secs().into(),
        )?;
        let connects = |step: &Step| {
            step.answers
                .values()
                .any(|outcome| *outcome == Outcome::Connected)
        };
        if !self
            .open
            .last()
            .and_then(|phase| phase.steps.last())
            .is_some_and(connects)
        {
            return Err(ScriptError::NoEnd);
        }
        if self.remedies.is_sorted_by(|one, next| {
            0 < one.after_failures && one.after_failures < next.after_failures
        }) {
            Ok(())
        } else {
            Err(ScriptError::Ladder)
        }
    }

    /// What is done first when opening has failed so often in a row: the rung that is reached just now, or,
    /// past the top, the top one again each time the failures have doubled its count. In between nothing: a
    /// remedy needs some tries to show that it helped. Power-cycling is left out for a modem that has no switch.
    pub(super) fn remedy(&self, failures: u32, has_power_switch: bool) -> Option<&RemedySteps> {
        let mut rungs = self
            .remedies
            .iter()
            .filter(|rung| has_power_switch || rung.kind != RemedyName::PowerCycle);
        let top = rungs.clone().next_back()?;
        if top.after_failures < failures {
            return failures.is_multiple_of(top.after_failures).then_some(top);
        }
        rungs.find(|rung| rung.after_failures == failures)
    }
}

fn bound(what: &'static str, found: u128, most: u128) -> Result<(), ScriptError> {
    if found <= most {
        Ok(())
    } else {
        Err(ScriptError::Bound { what, found, most })
    }
}

#[cfg(test)]
mod tests;
