//! Carries whole objects over any byte stream: a serial line, a modem call, a TCP connection.
#![no_std]

extern crate alloc;

mod blocks;
mod config;
mod event;
mod object;
mod session;
mod tick;

pub use blocks::{BLOCK_LEN, BlockMap, block_count, block_range};
pub use config::{
    Config, MAX_ANSWERS, MAX_EVENTS, MAX_FLIGHT_FRAMES, MAX_OBJECT_LEN, MAX_OPEN, MAX_QUEUED,
};
pub use event::{AnswerError, Disconnect, Event, SendError};
pub use object::{ObjectId, Priority};
pub use session::Session;
pub use tick::Tick;
