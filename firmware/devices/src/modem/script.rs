//! The chat script of a modem model, as its file in `boards/modems` gives it.
//!
//! A script says how a call is opened, in phases of steps; how it is hung up; and what is done about a modem
//! that has failed several times in a row, from the mildest remedy to the strongest. Everything in it that
//! could wait has a bound, so that the longest opening is known before it begins.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::lines::Pattern;
use super::settings::{NAMES, Piece, pieces};
use crate::line::{OpenFault, Remedy, Step as LineStep};

/// The scripts that come with the kiosk, by their names.
const BUILT_IN: [(&str, &str); 4] = [
    ("pstn", include_str!("../../../../boards/modems/pstn.toml")),
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

/// No manual gives an answer more time than this (the network's refusal of data, 150 s).
const TIMEOUT_MAX: Duration = Duration::from_secs(180);
/// No pause of a manual is longer.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// What has failed so often will fail again; the remedies are for that.
const TRIES_MAX: u32 = 20;
/// Five minutes of looking for a network, at one look in a second.
const ROUNDS_MAX: u32 = 300;
/// Steps in all of a script's phases; ours have about thirty.
const STEPS_MAX: usize = 200;
/// A script whose failing takes longer than this would keep everything else from being tried.
const OPENING_MAX: Duration = Duration::from_secs(2 * 3600);
/// A modem's commands are one line; V.250 lets it take no more than this.
const COMMAND_BYTES_MAX: usize = 200;

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

/// How a call is ended.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HangUp {
    pub(super) steps: Vec<Step>,
}

/// One rung of the ladder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemedySteps {
    pub(super) kind: RemedyName,
    pub(super) after_failures: u32,
    pub(super) steps: Vec<Step>,
}

/// Steps that serve one end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phase {
    /// What staff are told.
    pub(super) stage: Option<Stage>,
    pub(super) steps: Vec<Step>,
    /// The phase is gone through again until a step has noted this.
    pub(super) until: Option<String>,
    #[serde(default = "one")]
    pub(super) rounds: u32,
    /// Between two rounds.
    #[serde(default)]
    pub(super) pause_ms: u64,
    /// What it is when the last round has not noted it.
    #[serde(default)]
    pub(super) fault: Fault,
}

/// One thing said, and what may be answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// Only if this was noted.
    pub(super) when: Option<String>,
    /// Only if this was not noted.
    pub(super) unless: Option<String>,
    /// The step fails at once if this was not noted.
    pub(super) require: Option<String>,
    /// Silence before anything is said.
    #[serde(default)]
    pub(super) pause_ms: u64,
    /// The command, without its CR.
    pub(super) send: Option<String>,
    /// Says `+++` between two silences instead.
    #[serde(default)]
    pub(super) escape: bool,
    /// Takes DTR away for so long.
    pub(super) dtr_low_ms: Option<u64>,
    /// Has the modem's power taken away and given back.
    #[serde(default)]
    pub(super) power_cycle: bool,
    /// How long is waited for an answer that ends the step.
    #[serde(default = "usual_timeout_ms")]
    pub(super) timeout_ms: u64,
    #[serde(default = "one")]
    pub(super) tries: u32,
    /// Between two tries.
    #[serde(default)]
    pub(super) again_ms: u64,
    /// Without any, the step ends when it has said what it says.
    #[serde(default = "ok")]
    pub(super) answers: BTreeMap<Pattern, Outcome>,
    /// Whether its failing is passed over.
    #[serde(default)]
    pub(super) optional: bool,
    /// What it is when the last try has no good answer.
    #[serde(default)]
    pub(super) fault: Fault,
}

fn one() -> u32 {
    1
}

/// What a command takes that asks nothing of a network.
fn usual_timeout_ms() -> u64 {
    3000
}

fn ok() -> BTreeMap<Pattern, Outcome> {
    Pattern::try_from("OK".to_owned())
        .map(|pattern| (pattern, Outcome::Next))
        .into_iter()
        .collect()
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Outcome {
    /// The step is done.
    Next,
    /// The step is tried again, if a try is left.
    Again,
    /// More is to come.
    Ignore,
    /// The call is open; what follows are the other end's bytes.
    Connected,
    /// It tells the signal's strength; more is to come.
    Signal,
    /// It tells the network's name; more is to come.
    Operator,
    /// It is worth remembering under this name; more is to come.
    Note(String),
    /// Opening has failed.
    Fault(Fault),
}

impl TryFrom<String> for Outcome {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.as_str() {
            "next" => Self::Next,
            "again" => Self::Again,
            "ignore" => Self::Ignore,
            "connected" => Self::Connected,
            "signal" => Self::Signal,
            "operator" => Self::Operator,
            other => match other.strip_prefix("note:") {
                Some(note) => Self::Note(note.to_owned()),
                None => {
                    Self::Fault(Fault::named(other).ok_or(format!("unknown outcome {other:?}"))?)
                }
            },
        })
    }
}

/// What a script can say has gone wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// See [`OpenFault::Busy`].
    Busy,
    /// See [`OpenFault::NoCarrier`].
    NoCarrier,
    /// See [`OpenFault::NoDialTone`].
    NoDialTone,
    /// See [`OpenFault::NoAnswer`].
    NoAnswer,
    /// See [`OpenFault::SimMissing`].
    SimMissing,
    /// See [`OpenFault::SimLocked`].
    SimLocked,
    /// See [`OpenFault::NotRegistered`].
    NotRegistered,
    /// See [`OpenFault::DataRefused`].
    DataRefused,
    /// See [`OpenFault::Refused`].
    Refused,
    /// See [`OpenFault::Silent`].
    #[default]
    Silent,
}

impl Fault {
    fn named(name: &str) -> Option<Self> {
        use serde::de::value::{Error, StrDeserializer};
        Self::deserialize(StrDeserializer::<Error>::new(name)).ok()
    }
}

impl From<Fault> for OpenFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Busy => Self::Busy,
            Fault::NoCarrier => Self::NoCarrier,
            Fault::NoDialTone => Self::NoDialTone,
            Fault::NoAnswer => Self::NoAnswer,
            Fault::SimMissing => Self::SimMissing,
            Fault::SimLocked => Self::SimLocked,
            Fault::NotRegistered => Self::NotRegistered,
            Fault::DataRefused => Self::DataRefused,
            Fault::Refused => Self::Refused,
            Fault::Silent => Self::Silent,
        }
    }
}

/// A phase's name for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    SettingUp,
    CheckingSim,
    Registering,
    JoiningData,
    Dialling,
    Connecting,
}

impl From<Stage> for LineStep {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::SettingUp => Self::SettingUp,
            Stage::CheckingSim => Self::CheckingSim,
            Stage::Registering => Self::Registering,
            Stage::JoiningData => Self::JoiningData,
            Stage::Dialling => Self::Dialling,
            Stage::Connecting => Self::Connecting,
        }
    }
}

/// A remedy's name in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RemedyName {
    HangUp,
    Reattach,
    FlightMode,
    Reset,
    PowerCycle,
}

impl From<RemedyName> for Remedy {
    fn from(name: RemedyName) -> Self {
        match name {
            RemedyName::HangUp => Self::HangUp,
            RemedyName::Reattach => Self::Reattach,
            RemedyName::FlightMode => Self::FlightMode,
            RemedyName::Reset => Self::Reset,
            RemedyName::PowerCycle => Self::PowerCycle,
        }
    }
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
    /// A script that comes with the kiosk: `pstn`, `quectel-ec20`, `quectel-ec200`, `simcom-sim7600`.
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

/// The longest that is waited for a modem to fall silent before something is said again.
pub(super) const SETTLE_MAX: Duration = Duration::from_secs(3);

impl Phase {
    fn longest(&self, guard: Duration) -> Duration {
        let round: Duration = self.steps.iter().map(|step| step.longest(guard)).sum();
        (round + Duration::from_millis(self.pause_ms)) * self.rounds.max(1)
    }
}

impl Step {
    fn longest(&self, guard: Duration) -> Duration {
        let guards = if self.escape {
            guard * 2
        } else {
            Duration::ZERO
        };
        let said = Duration::from_millis(self.pause_ms + self.dtr_low_ms.unwrap_or(0)) + guards;
        let heard = Duration::from_millis(self.timeout_ms + self.again_ms) + SETTLE_MAX;
        (said + heard) * self.tries.max(1)
    }

    fn check(&self) -> Result<(), ScriptError> {
        bound("tries", self.tries.into(), TRIES_MAX.into())?;
        bound(
            "timeout_ms",
            self.timeout_ms.into(),
            TIMEOUT_MAX.as_millis(),
        )?;
        for pause_ms in [self.pause_ms, self.again_ms, self.dtr_low_ms.unwrap_or(0)] {
            bound("a pause in ms", pause_ms.into(), PAUSE_MAX.as_millis())?;
        }
        let Some(command) = &self.send else {
            return Ok(());
        };
        bound(
            "a command's length",
            command.len() as u128,
            COMMAND_BYTES_MAX as u128,
        )?;
        if command.bytes().any(|byte| !matches!(byte, b' '..=b'~')) {
            return Err(ScriptError::Command {
                command: command.clone(),
            });
        }
        for piece in pieces(command) {
            if let Piece::Name(name) = piece
                && !NAMES.contains(&name)
            {
                return Err(ScriptError::Variable {
                    command: command.clone(),
                    name: name.to_owned(),
                });
            }
        }
        Ok(())
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
mod tests {
    use super::*;

    #[test]
    fn every_script_that_comes_with_the_kiosk_is_sound_and_ends_in_time() {
        for (name, _) in BUILT_IN {
            let script = Script::named(name).expect(name);
            let longest = script.longest_opening();
            assert!(longest < Duration::from_secs(3600), "{name}: {longest:?}");
        }
        let error = Script::named("no-such").expect_err("unknown");
        assert_eq!(error.to_string(), "no modem script is named \"no-such\"");
    }

    /// The telephone modem's script with one text put in the place of another.
    fn with(old: &str, new: &str) -> Result<Script, ScriptError> {
        let text = BUILT_IN[0].1;
        assert!(text.contains(old), "{old}");
        Script::parse(&text.replace(old, new))
    }

    #[test]
    fn a_script_that_cannot_be_carried_out_says_why() {
        for (old, new, words) in [
            (
                "timeout_ms = 75000",
                "timeout_ms = 999999",
                "timeout_ms is 999999, allowed are at most 180000",
            ),
            (
                "tries = 3",
                "tries = 1000",
                "tries is 1000, allowed are at most 20",
            ),
            (
                "ATDT{number}",
                "ATDT{nummer}",
                "\"ATDT{nummer}\" asks for {nummer}, there are [\"number\", \"host\", \"port\", \"apn\", \"pin\"]",
            ),
            (
                "\"ATZ\"",
                "\"AT\\r\"",
                "\"AT\\r\" is not one line of ASCII text",
            ),
            (
                "unless = \"down\"",
                "unless = \"up\"",
                "nothing notes \"up\"",
            ),
            (
                "after_failures = 2",
                "after_failures = 9",
                "the remedies' after_failures do not rise from one to the next",
            ),
            ("\"connected\"", "\"next\"", "no answer means connected"),
        ] {
            let error = with(old, new).expect_err(new);
            assert_eq!(error.to_string(), words);
        }
        let error = with("\"busy\"", "\"bussy\"").expect_err("no such outcome");
        assert!(matches!(error, ScriptError::Toml(_)), "{error}");
    }

    #[test]
    fn the_ladder_is_climbed_rung_by_rung_and_its_top_is_seldom_done_again() {
        let script = Script::named("quectel-ec20").expect("a script");
        let climbed = |has_power_switch: bool| -> Vec<Option<Remedy>> {
            (1..=16)
                .map(|failures| {
                    script
                        .remedy(failures, has_power_switch)
                        .map(|rung| rung.kind.into())
                })
                .collect()
        };
        let mut expected = vec![None; 16];
        expected[0] = Some(Remedy::HangUp);
        expected[1] = Some(Remedy::Reattach);
        expected[3] = Some(Remedy::FlightMode);
        expected[5] = Some(Remedy::Reset);
        let mut without_switch = expected.clone();
        without_switch[11] = Some(Remedy::Reset);
        assert_eq!(climbed(false), without_switch);
        expected[7] = Some(Remedy::PowerCycle);
        expected[15] = Some(Remedy::PowerCycle);
        assert_eq!(climbed(true), expected);
    }
}
