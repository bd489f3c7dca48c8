//! Calls by every model's script against its twin.

mod bench;
mod calls;
mod faults;
mod ladder;
