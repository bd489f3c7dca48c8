//! Modems: telephone modems with the V.250 command set, and cellular modules with transparent TCP.
//!
//! What differs from model to model is data: a chat [`Script`] for each in `boards/modems`. The interpreter
//! takes bytes and time and gives bytes and an outcome, and never touches a port; [`ModemOpener`] carries it
//! out at a serial port, and remembers how often in a row it failed, so that a modem that hangs is
//! hung up, detached, reset and in the end power-cycled.
//!
//! # Why not `atat`
//!
//! Its idea of a digester, a pure function from bytes to "answer, unsolicited line, prompt or nothing yet", is
//! taken over: lines are cut and judged before anything is waited for. The crate itself (0.25) does not fit. Its
//! commands, answers and unsolicited lines are Rust types made by macros, so a new model would be a new build
//! and not a new file; its client is asynchronous and brings embassy's time and queues and 25 crates more; and
//! its digester knows no result codes of a telephone modem (`BUSY`, `NO DIALTONE`, numeric ones) nor the end of the
//! dialogue at `CONNECT`, where the next byte is the other end's.

mod call;
mod chat;
mod drive;
mod lines;
mod opener;
mod power;
mod script;
mod settings;
mod told;

pub use call::ModemLine;
pub use drive::Port;
pub use lines::Pattern;
pub use opener::{ModemOpener, ModemSettings, SettingsError};
pub use power::{PowerSettings, PowerSwitch};
pub use script::{Fault, Script, ScriptError};
pub use settings::{Apn, Host, Number, Pin, ValueError, Variables};
