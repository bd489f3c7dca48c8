//! The parts of a chat script: phases, steps, and what answers mean.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{PAUSE_MAX, ScriptError, bound};
use crate::line::{OpenFault, Remedy, Step as LineStep};
use crate::modem::lines::Pattern;
use crate::modem::settings::{NAMES, Piece, pieces};

/// A modem's commands are one line; V.250 lets it take no more than this.
const COMMAND_BYTES_MAX: usize = 200;
/// What has failed so often will fail again; the remedies are for that.
const TRIES_MAX: u32 = 20;
/// No manual gives an answer more time than this (the network's refusal of data, 150 s).
const TIMEOUT_MAX: Duration = Duration::from_secs(180);

/// The longest that is waited for a modem to fall silent before something is said again.
pub(in crate::modem) const SETTLE_MAX: Duration = Duration::from_secs(3);

/// How a call is ended.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::modem) struct HangUp {
    pub(in crate::modem) steps: Vec<Step>,
}

/// One rung of the ladder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::modem) struct RemedySteps {
    pub(in crate::modem) kind: RemedyName,
    pub(in crate::modem) after_failures: u32,
    pub(in crate::modem) steps: Vec<Step>,
}

/// Steps that serve one end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::modem) struct Phase {
    /// What staff are told.
    pub(in crate::modem) stage: Option<Stage>,
    pub(in crate::modem) steps: Vec<Step>,
    /// The phase is gone through again until a step has noted this.
    pub(in crate::modem) until: Option<String>,
    #[serde(default = "one")]
    pub(in crate::modem) rounds: u32,
    /// Between two rounds.
    #[serde(default)]
    pub(in crate::modem) pause_ms: u64,
    /// What it is when the last round has not noted it.
    #[serde(default)]
    pub(in crate::modem) fault: Fault,
}

/// One thing said, and what may be answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::modem) struct Step {
    /// Only if this was noted.
    pub(in crate::modem) when: Option<String>,
    /// Only if this was not noted.
    pub(in crate::modem) unless: Option<String>,
    /// The step fails at once if this was not noted.
    pub(in crate::modem) require: Option<String>,
    /// Silence before anything is said.
    #[serde(default)]
    pub(in crate::modem) pause_ms: u64,
    /// The command, without its CR.
    pub(in crate::modem) send: Option<String>,
    /// Says `+++` between two silences instead.
    #[serde(default)]
    pub(in crate::modem) escape: bool,
    /// Takes DTR away for so long.
    pub(in crate::modem) dtr_low_ms: Option<u64>,
    /// Has the modem's power taken away and given back.
    #[serde(default)]
    pub(in crate::modem) power_cycle: bool,
    /// How long is waited for an answer that ends the step.
    #[serde(default = "usual_timeout_ms")]
    pub(in crate::modem) timeout_ms: u64,
    #[serde(default = "one")]
    pub(in crate::modem) tries: u32,
    /// Between two tries.
    #[serde(default)]
    pub(in crate::modem) again_ms: u64,
    /// Without any, the step ends when it has said what it says.
    #[serde(default = "ok")]
    pub(in crate::modem) answers: BTreeMap<Pattern, Outcome>,
    /// Whether its failing is passed over.
    #[serde(default)]
    pub(in crate::modem) optional: bool,
    /// What it is when the last try has no good answer.
    #[serde(default)]
    pub(in crate::modem) fault: Fault,
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
pub(in crate::modem) enum Outcome {
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
pub(in crate::modem) enum Stage {
    SettingUp,
    CheckingSim,
    Registering,
    JoiningData,
    AwaitingCall,
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
            Stage::AwaitingCall => Self::AwaitingCall,
            Stage::Dialling => Self::Dialling,
            Stage::Connecting => Self::Connecting,
        }
    }
}

/// A remedy's name in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::modem) enum RemedyName {
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

impl Phase {
    pub(super) fn longest(&self, guard: Duration) -> Duration {
        let round: Duration = self.steps.iter().map(|step| step.longest(guard)).sum();
        (round + Duration::from_millis(self.pause_ms)) * self.rounds.max(1)
    }
}

impl Step {
    pub(super) fn longest(&self, guard: Duration) -> Duration {
        let guards = if self.escape {
            guard * 2
        } else {
            Duration::ZERO
        };
        let said = Duration::from_millis(self.pause_ms + self.dtr_low_ms.unwrap_or(0)) + guards;
        let heard = Duration::from_millis(self.timeout_ms + self.again_ms) + SETTLE_MAX;
        (said + heard) * self.tries.max(1)
    }

    pub(super) fn check(&self) -> Result<(), ScriptError> {
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
