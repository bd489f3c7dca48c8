//! How a modem's twin and its surroundings are.

use std::time::Duration;

use crate::line::Remedy;

/// Whose dialogue it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModemModel {
    /// Any telephone modem by V.250.
    Telephone,
    /// Quectel EC20.
    QuectelEc20,
    /// Quectel EC200.
    QuectelEc200,
    /// SIMCom SIM7600.
    SimcomSim7600,
}

/// What a SIM is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sim {
    /// It asks for no PIN.
    Ready,
    /// None is in.
    Missing,
    /// It asks for this PIN, and lets so many be tried yet.
    Locked {
        /// The right one.
        pin: String,
        /// Wrong ones left.
        tries: u8,
    },
}

/// What becomes of a telephone call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFate {
    /// A modem answers, if the exchange has one at the number.
    Answered,
    /// The other end is in another call.
    Busy,
    /// Something answers that is no modem for us.
    NoCarrier,
    /// The line is dead.
    NoDialTone,
    /// It rings and rings.
    NoAnswer,
    /// A person picks up.
    Voice,
}

/// How the modem and its surroundings are; every field may be changed at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions {
    /// The SIM, of a cellular module.
    pub sim: Sim,
    /// How often the registration is asked after until it is there, from the module's start on.
    pub looks_until_registered: u32,
    /// The strength as `AT+CSQ` tells it: 0 to 31, or 99.
    pub signal: u8,
    /// What becomes of telephone calls.
    pub fate: CallFate,
    /// Whether the network gives data connections.
    pub data: bool,
    /// Data connections fail until this has been done to the module.
    pub stuck_until: Option<Remedy>,
    /// The module takes nothing and says nothing, until its power is cycled.
    pub hung: bool,
    /// The stored profile has numeric result codes.
    pub numeric: bool,
    /// Each command's answer comes so much later.
    pub late_by: Duration,
    /// Unsolicited lines come before each answer and in the middle of it.
    pub chatty: bool,
    /// The silence that an escape stands between.
    pub guard: Duration,
}

impl Default for Conditions {
    /// All is well, and silence is a second.
    fn default() -> Self {
        Self {
            sim: Sim::Ready,
            looks_until_registered: 0,
            signal: 20,
            fate: CallFate::Answered,
            data: true,
            stuck_until: None,
            hung: false,
            numeric: false,
            late_by: Duration::ZERO,
            chatty: false,
            guard: Duration::from_secs(1),
        }
    }
}
