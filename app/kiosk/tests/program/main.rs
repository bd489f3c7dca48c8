//! The program `kiosk` as staff run it: what it does, says, and ends with.

mod bench;
mod keys;
mod outbox;
mod page;
mod slips;
