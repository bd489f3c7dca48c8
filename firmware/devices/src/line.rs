//! What every way to the other end looks like once it is open, and how one is opened: over a cable, by a
//! call, by a connection.
//!
//! | Way | [`Opener`] |
//! |---|---|
//! | a cable between two serial ports | [`CableOpener`](crate::serial::CableOpener) |
//! | TCP over whatever network the machine has | [`TcpOpener`](crate::tcp::TcpOpener) |
//! | a call or a connection by a modem | [`ModemOpener`](crate::modem::ModemOpener) |

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

/// An open way for bytes to the other end: a cable, a call, a connection.
///
/// Reads and writes move what can be moved at once, else wait for a short while and then fail with
/// [`TimedOut`](io::ErrorKind::TimedOut), which is silence and not the line's end. Every other error is: the
/// carrier is lost, the far side has closed, the device is unplugged. Dropping a line hangs up.
///
/// The descriptor is there to wait on: it is readable while a read has something to return at once, but for
/// what was read ahead while the line was being opened, which the first read returns. A line may notice its end
/// only by a read that finds silence.
pub trait Line: Read + Write + AsFd + Send {
    /// The rate at which bytes leave, if the line has one of its own; `None` where the far side pushes back.
    fn bits_per_second(&self) -> Option<u32>;

    /// Written bytes that have not left yet.
    ///
    /// # Errors
    ///
    /// The system's, when the device is gone.
    fn waiting_to_send(&self) -> io::Result<usize>;
}

/// Something that can open a line when one is wanted: a port, a modem, the network.
pub trait Opener: Send {
    /// Opens the line; calls `progress` with each step so that staff can see it; `stop` is looked at
    /// between steps, and every second inside one, but not while a name is looked up or a power switch works.
    ///
    /// # Errors
    ///
    /// See [`OpenFault`]. None of them is for ever: the same opener may be asked again.
    fn open(
        &mut self,
        progress: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Line>, OpenFault>;
}

/// What is being done to open a line, in the order in which it happens; a way has only some of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The port is being opened.
    OpeningPort,
    /// What went wrong before is being put right first.
    Recovering(Remedy),
    /// The modem is being set up.
    SettingUp,
    /// The SIM is being looked at and unlocked.
    CheckingSim,
    /// The network is being looked for.
    Registering,
    /// How well the network is heard.
    Heard(Signal),
    /// The network is being asked for a data connection.
    JoiningData,
    /// A call from the other end is being waited for.
    AwaitingCall,
    /// The number is being called.
    Dialling,
    /// The connection to the other end is being opened.
    Connecting,
}

/// What may put a modem right, from the mildest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// End whatever call or connection the modem may still hold.
    HangUp,
    /// Leave the data connection and join it anew.
    Reattach,
    /// Turn the radio off and on.
    FlightMode,
    /// Have the module start anew by a command.
    Reset,
    /// Take the module's power away and give it back.
    PowerCycle,
}

/// How well a network is heard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signal {
    /// Strength in dBm, from −113 (hardly) to −51 (as good as it gets); `None` while the modem knows none.
    pub dbm: Option<i16>,
    /// The network's own name.
    pub operator: Option<String>,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dbm {
            Some(dbm) => write!(f, "{dbm} dBm")?,
            None => f.write_str("no signal")?,
        }
        match &self.operator {
            Some(operator) => write!(f, ", {operator}"),
            None => Ok(()),
        }
    }
}

/// Why a line could not be opened, told apart by what is to be done about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// There is no device: unplugged, or its path is wrong.
    #[error("no modem or port is there")]
    Absent,
    /// The far end is in another call.
    #[error("the number is busy")]
    Busy,
    /// The call was made and no modem answered, or it was lost while it was being made.
    #[error("no carrier: no modem answered the call")]
    NoCarrier,
    /// The telephone line is dead or not plugged in.
    #[error("no dial tone on the telephone line")]
    NoDialTone,
    /// It rang and nobody answered.
    #[error("no answer to the call")]
    NoAnswer,
    /// No SIM is in the modem.
    #[error("no SIM in the modem")]
    SimMissing,
    /// The SIM wants a PIN that the settings lack, does not take the one they have, or wants its PUK.
    #[error("the SIM is locked: its PIN is missing or wrong")]
    SimLocked,
    /// No network takes the SIM: no reception, or it is not paid for.
    #[error("not registered on any mobile network")]
    NotRegistered,
    /// The network gives no data connection: the APN is wrong, or the tariff has none.
    #[error("the mobile network gave no data connection")]
    DataRefused,
    /// The other end, or the way to it, refuses the connection.
    #[error("the other end refused the connection")]
    Refused,
    /// The modem does not answer, or not in a way that fits its script.
    #[error("the modem does not answer")]
    Silent,
    /// The one who asked for the line wants it no more.
    #[error("stopped while opening")]
    Stopped,
    /// Anything else that the system reported.
    #[error("cannot open the line")]
    System(#[from] io::Error),
}
