//! Opens calls with one modem, and climbs the ladder of remedies when it keeps failing.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::call::ModemLine;
use super::chat::{Chat, End};
use super::drive::{Driven, Port, drive};
use super::power::{PowerSettings, PowerSwitch};
use super::script::{Fault, RemedyName, RemedySteps, Script, ScriptError};
use super::settings::Variables;
use crate::line::{Line, OpenFault, Opener, Step};
use crate::port::say;
use crate::serial::{OpenError, READ_TIMEOUT, SerialPort};

/// How long a module that was started anew may take until its USB port is there again.
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// How often is looked whether it is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What is set for a modem.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModemSettings {
    /// Its port, such as `/dev/ttyUSB2`.
    pub path: PathBuf,
    /// The port's rate.
    pub bits_per_second: u32,
    /// Its script: the name of one that comes with the kiosk, or a file's path, known by its `/`.
    pub script: String,
    /// Whether RTS and CTS are wired, if it is not as the script takes it: a module on three wires never gets
    /// leave to send, a fast port without them loses bytes.
    pub hardware_flow_control: Option<bool>,
    /// Whom to call and with which SIM.
    #[serde(default)]
    pub call: Variables,
    /// The switch before its power, if there is one.
    pub power: Option<PowerSettings>,
}

/// Why a modem cannot be used as it is set.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The script's file cannot be read.
    #[error("cannot read the modem script {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The script is not sound.
    #[error("the modem script {name:?} cannot be used")]
    Script {
        /// Its name or path.
        name: String,
        /// What is wrong with it.
        source: ScriptError,
    },
    /// The script needs what is not set.
    #[error("a {model} needs {name:?} to be set")]
    Missing {
        /// The script's model.
        model: String,
        /// What is missing.
        name: String,
    },
}

/// Opens calls with one modem.
#[derive(Debug)]
pub struct ModemOpener {
    path: PathBuf,
    bits_per_second: u32,
    script: Script,
    variables: Variables,
    power: Option<Box<dyn PowerSwitch>>,
    /// Openings in a row that failed by the modem's fault.
    failures: u32,
}

impl ModemOpener {
    /// A modem as it is set. Nothing is opened yet.
    ///
    /// # Errors
    ///
    /// See [`SettingsError`].
    pub fn from_settings(settings: &ModemSettings) -> Result<Self, SettingsError> {
        let script = if settings.script.contains('/') {
            let path = Path::new(&settings.script);
            let text = std::fs::read_to_string(path).map_err(|source| SettingsError::File {
                path: path.into(),
                source,
            })?;
            Script::parse(&text)
        } else {
            Script::named(&settings.script)
        };
        let mut script = script.map_err(|source| SettingsError::Script {
            name: settings.script.clone(),
            source,
        })?;
        if let Some(wired) = settings.hardware_flow_control {
            script.hardware_flow_control = wired;
        }
        let power = settings
            .power
            .clone()
            .map(|power| Box::new(power) as Box<dyn PowerSwitch>);
        Self::new(
            &settings.path,
            settings.bits_per_second,
            script,
            settings.call.clone(),
            power,
        )
    }

    /// A modem at `path`, spoken to by `script`.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Missing`] if the script needs a variable that has no value.
    pub fn new(
        path: &Path,
        bits_per_second: u32,
        script: Script,
        variables: Variables,
        power: Option<Box<dyn PowerSwitch>>,
    ) -> Result<Self, SettingsError> {
        let missing = script
            .open
            .iter()
            .flat_map(|phase| &phase.steps)
            .filter(|step| step.when.is_none())
            .filter_map(|step| step.send.as_deref())
            .find_map(|command| variables.fill(command).err());
        if let Some(name) = missing {
            return Err(SettingsError::Missing {
                model: script.model.clone(),
                name: name.to_owned(),
            });
        }
        Ok(Self {
            path: path.into(),
            bits_per_second,
            script,
            variables,
            power,
            failures: 0,
        })
    }

    /// Openings in a row that have failed by the modem's fault.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    fn try_open(
        &mut self,
        progress: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Line>, OpenFault> {
        let rung = self
            .script
            .remedy(self.failures, self.power.is_some())
            .cloned();
        let mut port = match rung {
            Some(rung) => {
                progress(Step::Recovering(rung.kind.into()));
                self.recover(&rung, stop)?;
                progress(Step::OpeningPort);
                match rung.kind {
                    RemedyName::Reset | RemedyName::PowerCycle => self.port_when_back(stop)?,
                    RemedyName::HangUp | RemedyName::Reattach | RemedyName::FlightMode => {
                        self.port()?
                    }
                }
            }
            None => {
                progress(Step::OpeningPort);
                self.port()?
            }
        };
        let carrier_before = port.carrier();
        let chat = Chat::open(&self.script, &self.variables, Duration::ZERO);
        match drive(&mut port, chat, None, false, progress, stop) {
            Driven::Ended(
                End::Connected {
                    bits_per_second, ..
                },
                behind,
                lf_to_come,
            ) => {
                let line = ModemLine::new(
                    port,
                    &self.script,
                    bits_per_second,
                    (behind, lf_to_come),
                    carrier_before,
                );
                Ok(Box::new(line))
            }
            Driven::Ended(End::Failed(fault), ..) => {
                if fault == Fault::SimLocked {
                    // Each PIN that is refused brings the SIM nearer to being locked for good.
                    self.variables.pin = None;
                }
                Err(fault.into())
            }
            Driven::Ended(End::Done, ..) => Err(OpenFault::Silent),
            Driven::Stopped => {
                // Any character ends a dialling (V.250, 5.6.1); the port's closing takes DTR away.
                let _ = say(&mut port, b"\r", 0);
                Err(OpenFault::Stopped)
            }
            Driven::Failed(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                Err(OpenFault::Absent)
            }
            Driven::Failed(error) => Err(OpenFault::System(error)),
        }
    }

    fn port(&self) -> Result<SerialPort, OpenError> {
        let mut port = SerialPort::open(&self.path, self.bits_per_second, READ_TIMEOUT)?;
        if self.script.hardware_flow_control {
            // Ports without the wires refuse, and then the modem has to take bytes as they come.
            let _ = port.set_hardware_flow_control();
        }
        // Ports without the wire refuse, and modems behind them are set not to look.
        let _ = port.set_terminal_ready(true);
        Ok(port)
    }

    /// Opens a port that may have gone away with its module's start.
    fn port_when_back(&self, stop: &dyn Fn() -> bool) -> Result<SerialPort, OpenFault> {
        let began = Instant::now();
        loop {
            match self.port() {
                Err(OpenError::Absent { .. }) if began.elapsed() < BACK_WITHIN => {}
                other => return Ok(other?),
            }
            if stop() {
                return Err(OpenFault::Stopped);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Does what the rung says. Whether it helped shows in what follows.
    fn recover(&mut self, rung: &RemedySteps, stop: &dyn Fn() -> bool) -> Result<(), OpenFault> {
        match self.port() {
            Ok(mut port) => {
                let chat = Chat::steps(&self.script, &rung.steps, &self.variables, Duration::ZERO);
                let power = self.power.as_deref_mut();
                match drive(&mut port, chat, power, false, &mut |_| {}, stop) {
                    Driven::Stopped => Err(OpenFault::Stopped),
                    // A port goes away when its module starts anew.
                    Driven::Ended(..) | Driven::Failed(_) => Ok(()),
                }
            }
            Err(_) => {
                if let Some(power) = &mut self.power
                    && rung.kind == RemedyName::PowerCycle
                {
                    // A switch that fails leaves the modem as it was, which shows in what follows.
                    let _ = power.cycle();
                }
                Ok(())
            }
        }
    }
}

impl Opener for ModemOpener {
    fn open(
        &mut self,
        progress: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Line>, OpenFault> {
        if stop() {
            return Err(OpenFault::Stopped);
        }
        let opened = self.try_open(progress, stop);
        match &opened {
            Err(OpenFault::Stopped) => {}
            Err(fault) if is_remedied(fault, &self.script.remedied) => {
                self.failures = self.failures.saturating_add(1);
            }
            // The modem did its part, whatever became of the call.
            Ok(_) | Err(_) => self.failures = 0,
        }
        opened
    }
}

/// Whether a fault is the modem's, by its script; a port that fails always is, but not one that another
/// program holds or that this one may not open.
fn is_remedied(fault: &OpenFault, remedied: &[Fault]) -> bool {
    match fault {
        OpenFault::Absent => true,
        OpenFault::System(error) => error.raw_os_error().is_some(),
        OpenFault::Stopped => false,
        OpenFault::Busy => remedied.contains(&Fault::Busy),
        OpenFault::NoCarrier => remedied.contains(&Fault::NoCarrier),
        OpenFault::NoDialTone => remedied.contains(&Fault::NoDialTone),
        OpenFault::NoAnswer => remedied.contains(&Fault::NoAnswer),
        OpenFault::SimMissing => remedied.contains(&Fault::SimMissing),
        OpenFault::SimLocked => remedied.contains(&Fault::SimLocked),
        OpenFault::NotRegistered => remedied.contains(&Fault::NotRegistered),
        OpenFault::DataRefused => remedied.contains(&Fault::DataRefused),
        OpenFault::Refused => remedied.contains(&Fault::Refused),
        OpenFault::Silent => remedied.contains(&Fault::Silent),
    }
}
