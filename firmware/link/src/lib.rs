//! Carries whole objects over any byte stream: a serial line, a modem call, a TCP connection.
#![no_std]

extern crate alloc;

mod arrivals;
mod blocks;
mod coding;
mod config;
mod event;
mod flight;
mod frame;
mod incoming;
mod object;
mod outgoing;
mod session;
mod stats;
mod tick;
mod timers;

pub use blocks::{BLOCK_LEN, BlockMap, block_count, block_range};
pub use config::{
    Config, MAX_ANSWERS, MAX_EVENTS, MAX_FLIGHT_FRAMES, MAX_OBJECT_LEN, MAX_OPEN, MAX_QUEUED,
};
pub use event::{AnswerError, Disconnect, Event, SendError};
pub use object::{ObjectId, Priority};
pub use session::Session;
pub use stats::Stats;
pub use tick::Tick;

/// The version of the protocol that this build speaks.
pub const VERSION: u8 = 1;

/// The oldest version that this build still speaks.
pub const OLDEST_VERSION: u8 = 1;
