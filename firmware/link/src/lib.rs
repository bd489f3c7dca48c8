//! Carries whole objects over any byte stream: a serial line, a modem call, a TCP connection.
//!
//! [`Session`] is one side of a line. It does no I/O, reads no clock and starts no thread: bytes and time
//! go in by call, bytes and [`Event`]s come out by poll. It does not know what it carries, and it keeps
//! nothing for the receiver: every block is handed over as it arrives, and the owner writes it down.
//!
//! - Damaged, dropped and inserted bytes cost the frames they hit; only those are sent again.
//! - An urgent object overtakes at the next frame; objects of one [`Priority`] share the line in turn.
//! - After a hang-up or a reboot of either side the receiver's owner tells with a [`BlockMap`] what it
//!   holds, and nothing of that is sent again. The sender needs no memory of a transfer.
//! - An object is `Delivered` only when the receiver's owner has confirmed it; one that is held already is
//!   confirmed without being sent.
//! - Both directions run at once. An idle line carries some 20 bytes in [`Config::keep_alive`].
//!
//! # The wire, version 1
//!
//! **A frame** is a payload of at most 246 bytes and its CRC-32C (big endian), stuffed with COBS, and one
//! zero byte. Another zero byte goes before it when it is a `Hello` or the sender was silent for half a
//! second. Empty frames are skipped. A frame whose checksum is wrong is no frame.
//!
//! **Numbers**: `u16` and `u64` are big endian; `varint` is little endian base 128 with at most 32 bits.
//!
//! **The first byte** of a payload:
//!
//! | Bits | Meaning |
//! |---|---|
//! | `0x80` | the frame is `Data`, and the low five bits are a slot; otherwise they are a kind |
//! | `0x40` | the frame number takes two bytes, not one |
//! | `0x20` | the sender asks for an acknowledgement at once |
//!
//! **Frames without a number** (`0x40` and `0x20` are not set):
//!
//! | Kind | Fields | Meaning |
//! |---|---|---|
//! | 1 `Hello` | version 1 byte, flags 1 byte, nonce `u64`, echo `u64`, anything | who is here; the echo is the nonce heard from the other side or 0; flag `0x01`: connected |
//! | 2 `Ack` | newest `u16`, delay in ms `varint`, run `varint`, bitmap | the newest number that arrived, how long ago, how many just below it arrived as well; after the gap there, bit 0 of the bitmap's first byte is number `newest - run - 2`, bit 1 the one below, and so on; what is not named did not arrive |
//!
//! **Frames with a number** (after the first byte, its low 8 or 16 bits; each connection starts at 0, and
//! the receiver takes the nearest number to the one it expects):
//!
//! | Kind | Fields | Meaning |
//! |---|---|---|
//! | 3 `Ping` | | asks for an acknowledgement of the whole history |
//! | 4 `Offer` | channel `u16`, priority 1 byte, length `varint`, id 32 bytes | the sender has this object |
//! | 5 `Accept` | channel `u16`, round 1 byte, from `varint`, then pairs of `varint` missing, held | the receiver wants the missing blocks of these runs, which begin at block `from`; a new round begins from block 0 and forgets the older one |
//! | 6 `Confirm` | channel `u16` | the receiver's owner has the object for good |
//! | 7 `Refuse` | channel `u16` | the receiver does not want it |
//! | 8 `Cancel` | channel `u16` | the sender takes it back |
//! | `Data` | index `varint`, bytes | block `index` of the object whose channel has the slot as its low five bits; [`BLOCK_LEN`] bytes, fewer in the last block |
//!
//! Priorities are 0 control, 1 record, 2 ink, 3 picture. All these numbers are only ever appended to.
//!
//! # The exchange
//!
//! Each side sends `Hello` until it has received one that echoes its nonce; it is then connected, and
//! answers every `Hello` without the connected flag. A `Hello` with a new nonce ends a connection, and the
//! side that ends one takes a new nonce itself, so bytes of an older connection are never taken for ones of
//! the new. The lower of both versions is spoken.
//!
//! A line keeps the order. So an `Ack` decides everything up to its newest number: what it names arrived,
//! the rest is lost and goes out again under a new number. Frames that were not acknowledged are never
//! sent again because of a time-out; after the time an answer should have taken, measured as in RFC 6298,
//! a `Ping` asks for the `Ack`. An `Ack` waits up to a second for more frames, 30 ms after a gap, and not at all
//! when asked for. A receiver that has no room for a frame does not acknowledge it.
//!
//! # Bounds
//!
//! What a peer can make a session hold is below 768 KB, whatever it sends: [`MAX_OPEN`] block maps, [`MAX_EVENTS`]
//! events and [`MAX_ANSWERS`] answers. What its own owner can make it hold is [`MAX_QUEUED`] objects, whose
//! bytes are shared with the owner, and a block map for each that is offered.
//!
//! # Not done
//!
//! Blocks have one length and the window one size; there is no forward error correction, no escaping for
//! XON/XOFF or `+++`, and a block waits for the answer to its object's offer.
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
mod pacer;
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
pub use pacer::Pacer;
pub use session::Session;
pub use stats::Stats;
pub use tick::Tick;

/// The version of the protocol that this build speaks.
pub const VERSION: u8 = 1;

/// The oldest version that this build still speaks.
pub const OLDEST_VERSION: u8 = 1;
