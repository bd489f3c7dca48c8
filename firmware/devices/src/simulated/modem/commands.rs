//! What each model answers to each command.

use super::dialogue::World;
use super::{CallFate, Conditions, ModemModel, Sim};
use crate::line::Remedy;

/// What a command brings.
#[derive(Debug)]
pub(super) enum Answer {
    /// A result code alone.
    Result(String),
    /// Lines and a result code; those that begin with `>` come behind it.
    Lines(Vec<String>, String),
    /// The call is open.
    Connected,
    /// The call, if any, is over; lines and a result code as above.
    Over(Vec<String>, String),
    /// The module starts anew.
    Restart,
    /// Not even a result code.
    Nothing,
}

/// What a modem has been told since it was started.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) model: ModemModel,
    pub(super) echo: bool,
    verbal: bool,
    numeric_errors: bool,
    unlocked: bool,
    looks: u32,
    radio: bool,
    joined: bool,
    transparent: bool,
}

impl ModemModel {
    pub(super) fn start_lines(self) -> &'static [&'static str] {
        match self {
            Self::Telephone => &[],
            Self::QuectelEc20 | Self::QuectelEc200 => &["RDY", "+CFUN: 1", "+QIND: PB DONE"],
            Self::SimcomSim7600 => &["RDY", "SMS DONE", "PB DONE"],
        }
    }

    /// What it says of itself in between.
    pub(super) fn chatter(self) -> &'static [&'static str] {
        match self {
            Self::Telephone => &["RING"],
            Self::QuectelEc20 | Self::QuectelEc200 => &["+CREG: 5", "+QIURC: \"pdpdeact\",2"],
            Self::SimcomSim7600 => &["+CREG: 5", "+CGREG: 5"],
        }
    }

    pub(super) fn lost_line(self) -> &'static [u8] {
        match self {
            Self::Telephone | Self::QuectelEc20 | Self::QuectelEc200 => b"\r\nNO CARRIER\r\n",
            Self::SimcomSim7600 => b"\r\nCLOSED\r\n",
        }
    }

    pub(super) fn connect_line(self, bits_per_second: u32) -> String {
        match self {
            Self::Telephone => format!("CONNECT {bits_per_second}"),
            Self::QuectelEc20 | Self::QuectelEc200 => "CONNECT".to_owned(),
            Self::SimcomSim7600 => "CONNECT 115200".to_owned(),
        }
    }
}

fn ok() -> Answer {
    Answer::Result("OK".to_owned())
}

fn error() -> Answer {
    Answer::Result("ERROR".to_owned())
}

fn result(text: &str) -> Answer {
    Answer::Result(text.to_owned())
}

fn told(line: impl Into<String>) -> Answer {
    Answer::Lines(vec![line.into()], "OK".to_owned())
}

impl Session {
    pub(super) fn new(model: ModemModel) -> Self {
        Self {
            model,
            echo: true,
            verbal: true,
            numeric_errors: false,
            unlocked: false,
            looks: 0,
            radio: true,
            joined: false,
            transparent: false,
        }
    }

    /// Something was done that might free a module that is stuck.
    pub(super) fn saw(&mut self, remedy: Remedy, conditions: &mut Conditions) {
        if conditions
            .stuck_until
            .is_some_and(|wanted| wanted <= remedy)
        {
            conditions.stuck_until = None;
        }
    }

    /// A result code as it is set to be told.
    pub(super) fn result(&self, text: &str) -> Vec<u8> {
        let number = match text {
            "OK" => "0",
            "NO CARRIER" => "3",
            "ERROR" => "4",
            "NO DIALTONE" => "6",
            "BUSY" => "7",
            "NO ANSWER" => "8",
            connect if connect.starts_with("CONNECT") => "1",
            _ => text,
        };
        if self.verbal {
            super::dialogue::framed(text)
        } else {
            format!("{number}\r").into_bytes()
        }
    }

    pub(super) fn answer(
        &mut self,
        command: &str,
        conditions: &mut Conditions,
        world: &mut dyn World,
    ) -> Answer {
        match (self.model, command) {
            (_, "AT" | "AT&F") => ok(),
            (_, "ATH") => {
                world.hang_up();
                Answer::Over(Vec::new(), "OK".to_owned())
            }
            (ModemModel::Telephone, _) => self.telephone(command, conditions, world),
            (_, "ATE0V1") => {
                (self.echo, self.verbal) = (false, true);
                ok()
            }
            _ => self.cellular(command, conditions, world),
        }
    }

    fn telephone(
        &mut self,
        command: &str,
        conditions: &Conditions,
        world: &mut dyn World,
    ) -> Answer {
        if command == "ATZ" {
            self.echo = true;
            self.verbal = !conditions.numeric;
            return ok();
        }
        if command.starts_with("ATE0V1X4&C1&D2") {
            (self.echo, self.verbal) = (false, true);
            return ok();
        }
        if command == "ATA" {
            return if world.answer() {
                Answer::Connected
            } else {
                result("NO CARRIER")
            };
        }
        let Some(number) = command.strip_prefix("ATDT") else {
            return error();
        };
        match conditions.fate {
            CallFate::Answered if world.call(number) => Answer::Connected,
            CallFate::Answered | CallFate::NoCarrier => result("NO CARRIER"),
            CallFate::Busy => result("BUSY"),
            CallFate::NoDialTone => result("NO DIALTONE"),
            CallFate::NoAnswer => result("NO ANSWER"),
            CallFate::Voice => result("VOICE"),
        }
    }

    fn cellular(
        &mut self,
        command: &str,
        conditions: &mut Conditions,
        world: &mut dyn World,
    ) -> Answer {
        match command {
            "AT+CMEE=1" => {
                self.numeric_errors = true;
                ok()
            }
            "AT&C1&D1" | "AT+QISDE=0" => ok(),
            "AT+CPIN?" => self.sim(conditions),
            "AT+QPINC=\"SC\"" if self.is_quectel() => {
                told(format!("+QPINC: \"SC\",{},10", tries(conditions)))
            }
            "AT+SPIC" if !self.is_quectel() => {
                told(format!("+SPIC: {},10,0,10", tries(conditions)))
            }
            "AT+CSQ" => told(format!(
                "+CSQ: {},99",
                if self.radio { conditions.signal } else { 99 }
            )),
            "AT+CEREG?" => {
                self.looks = self.looks.saturating_add(1);
                told(format!(
                    "+CEREG: 0,{}",
                    if self.is_registered(conditions) { 1 } else { 2 }
                ))
            }
            "AT+CGREG?" => told(format!(
                "+CGREG: 0,{}",
                if self.is_registered(conditions) { 1 } else { 2 }
            )),
            "AT+COPS?" if self.is_registered(conditions) => told("+COPS: 0,0,\"CHN-TEST\",7"),
            "AT+COPS?" => told("+COPS: 0"),
            "AT+CGATT=0" => {
                self.joined = false;
                ok()
            }
            "AT+CGATT=1" => {
                self.saw(Remedy::Reattach, conditions);
                ok()
            }
            "AT+CFUN=0" => {
                (self.radio, self.joined) = (false, false);
                ok()
            }
            "AT+CFUN=1" => {
                self.radio = true;
                self.saw(Remedy::FlightMode, conditions);
                ok()
            }
            "AT+CFUN=1,1" if self.is_quectel() => Answer::Restart,
            "AT+CRESET" if !self.is_quectel() => Answer::Restart,
            _ => match command.strip_prefix("AT+CPIN=") {
                Some(pin) => self.try_pin(pin.trim_matches('"'), conditions),
                None if self.is_quectel() => self.quectel(command, conditions, world),
                None => self.simcom(command, conditions, world),
            },
        }
    }

    fn is_quectel(&self) -> bool {
        self.model != ModemModel::SimcomSim7600
    }

    fn is_registered(&self, conditions: &Conditions) -> bool {
        self.radio && conditions.looks_until_registered < self.looks
    }

    fn sim(&self, conditions: &Conditions) -> Answer {
        match &conditions.sim {
            Sim::Missing if self.numeric_errors => result("+CME ERROR: 10"),
            Sim::Missing => error(),
            Sim::Locked { tries: 0, .. } => told("+CPIN: SIM PUK"),
            Sim::Locked { .. } if !self.unlocked => told("+CPIN: SIM PIN"),
            Sim::Ready | Sim::Locked { .. } => told("+CPIN: READY"),
        }
    }

    fn try_pin(&mut self, tried: &str, conditions: &mut Conditions) -> Answer {
        match &mut conditions.sim {
            Sim::Locked { pin, tries } if *pin == tried && 0 < *tries => {
                *tries = 3;
                self.unlocked = true;
                Answer::Lines(vec![">+CPIN: READY".to_owned()], "OK".to_owned())
            }
            Sim::Locked { tries, .. } => {
                *tries = tries.saturating_sub(1);
                result("+CME ERROR: 16")
            }
            Sim::Ready | Sim::Missing => error(),
        }
    }

    /// Whether a data connection is given now.
    fn join(&mut self, conditions: &Conditions) -> bool {
        self.joined =
            conditions.data && conditions.stuck_until.is_none() && self.is_registered(conditions);
        self.joined
    }

    fn quectel(&mut self, command: &str, conditions: &Conditions, world: &mut dyn World) -> Answer {
        match command {
            "AT+QIACT?" if self.joined => told("+QIACT: 1,1,1,\"10.0.0.2\""),
            "AT+QIACT?" => ok(),
            "AT+QIACT=1" if self.join(conditions) => ok(),
            "AT+QIACT=1" => error(),
            "AT+QIDEACT=1" => {
                self.joined = false;
                ok()
            }
            _ if command.starts_with("AT+QICSGP=1,1,\"") => ok(),
            _ if command.starts_with("AT+QICLOSE=0") => {
                world.hang_up();
                Answer::Over(Vec::new(), "OK".to_owned())
            }
            _ => match tcp(command, "AT+QIOPEN=1,0,\"TCP\",", ",0,2") {
                Some(whom) if self.joined && world.call(&whom) => Answer::Connected,
                _ => error(),
            },
        }
    }

    fn simcom(&mut self, command: &str, conditions: &Conditions, world: &mut dyn World) -> Answer {
        match command {
            "AT+NETOPEN?" => told(format!("+NETOPEN: {}", u8::from(self.joined))),
            // Only while the network is closed.
            "AT+CIPMODE=1" if !self.joined => {
                self.transparent = true;
                ok()
            }
            "AT+NETOPEN" if self.joined => Answer::Lines(
                vec!["+IP ERROR: Network is already opened".to_owned()],
                "ERROR".to_owned(),
            ),
            "AT+NETOPEN" => {
                let outcome = u8::from(!self.join(conditions));
                Answer::Lines(vec![format!(">+NETOPEN: {outcome}")], "OK".to_owned())
            }
            "AT+NETCLOSE" if self.joined => {
                self.joined = false;
                Answer::Lines(vec![">+NETCLOSE: 0".to_owned()], "OK".to_owned())
            }
            "AT+CIPCLOSE=0" => {
                world.hang_up();
                Answer::Over(vec![">+CIPCLOSE: 0,0".to_owned()], "OK".to_owned())
            }
            _ if command.starts_with("AT+CGDCONT=1,\"IP\",\"") => ok(),
            _ => match tcp(command, "AT+CIPOPEN=0,\"TCP\",", "") {
                Some(_) if !self.joined || !self.transparent => error(),
                Some(whom) if world.call(&whom) => Answer::Connected,
                Some(_) => result("CONNECT FAIL"),
                None if command.starts_with("AT+") => error(),
                None => Answer::Nothing,
            },
        }
    }
}

fn tries(conditions: &Conditions) -> u8 {
    match conditions.sim {
        Sim::Locked { tries, .. } => tries,
        Sim::Ready | Sim::Missing => 3,
    }
}

/// `host:port` out of `HEAD"host",port TAIL`.
fn tcp(command: &str, head: &str, tail: &str) -> Option<String> {
    let (host, port) = command
        .strip_prefix(head)?
        .strip_suffix(tail)?
        .strip_prefix('"')?
        .split_once("\",")?;
    Some(format!("{host}:{port}"))
}
