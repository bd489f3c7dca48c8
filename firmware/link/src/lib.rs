//! Carries whole objects over any byte stream: a serial line, a modem call, a TCP connection.
//!
//! [`Session`] is one side of a line. It does no I/O, reads no clock and starts no thread: bytes and time
//! go in by call, bytes and [`Event`]s come out by poll. It does not know what it carries, and it keeps
//! nothing for the receiver: every block is handed over as it arrives, and the owner writes it down.
//!
//! - Damaged, dropped and inserted bytes cost the packets they hit; only those are sent again. On a noisy line packets get
//!   shorter and bear parity, by which most errors cost nothing; what the line does is measured as it goes.
//! - An urgent object overtakes at the next block; objects of one [`Priority`] share the line in turn.
//! - What was never sent goes out at once, without a round trip for the greeting or the offer. After a hang-up or a reboot of
//!   either side the receiver's owner tells with a [`BlockMap`] what it holds, and at most one block in fifty of an
//!   object goes out before that is known. The sender needs no memory of a transfer.
//! - An object is `Delivered` only when the receiver's owner has confirmed it; one that is held already is
//!   confirmed without being sent.
//! - Both directions run at once, on a half-duplex line in turns. An idle line carries some 35 bytes in
//!   [`Config::keep_alive`].
//! - No more is on its way than rate and round trip need, so that little waits in buffers in front of something urgent.
//!
//! # The wire, version 2
//!
//! **A frame** is a payload of at most 4096 bytes, its CRC-32C (big endian) and parity over both, all of it stuffed with COBS,
//! and one zero byte. Another zero byte goes before it when it is a `Hello` or the sender was silent for half a second. Empty
//! frames are skipped. A frame whose checksum is wrong is no frame.
//!
//! **Parity** is that of Reed-Solomon codewords of 255 bytes, of which the last 0, 2, 4, 8 or 16 are parity, directly behind
//! the bytes they protect; the last codeword of a frame is shorter. (Field: x^8 + x^4 + x^3 + x^2 + 1; generator roots 2^0 and
//! on.) A frame does not say how much parity it bears: the receiver tries what the last one bore and then the others, and the
//! checksum decides. A `Hello` bears 4 in a codeword.
//!
//! **Escapes**: where either side asks for it, bytes that the line would act on (XON 11, XOFF 13; `+` 2b; and then 7d itself)
//! are sent as 7d and the byte with its bit 20 flipped; XON and XOFF that arrive are then not ours and skipped. A `Hello` is
//! always escaped against all of them, and read either way.
//!
//! **Numbers**: `u16` and `u64` are big endian; `varint` is little endian base 128 with at most 32 bits.
//!
//! **The first byte** of a payload tells its kind:
//!
//! | First byte | Then | Meaning |
//! |---|---|---|
//! | 1 `Hello` | version 1 byte, flags 1 byte, nonce `u64`, echo `u64`, anything | who is here; the echo is the nonce heard from the other side or 0; flag 01: connected, 02: escape XON and XOFF, 04: escape `+` |
//! | 2 | items | a packet that only acknowledges |
//! | 80 | number 1 byte, items | a packet that is acknowledged; its number is the low 8 bits |
//! | c0 | number `u16`, items | the same with 16 bits |
//!
//! Bit 20 in the first byte of a packet asks for an acknowledgement at once. Each connection starts with packet 0, and the
//! receiver takes the nearest number to the one it expects. A packet arrives as a whole or not at all.
//!
//! **Items** of a packet, one after the other:
//!
//! | Kind | Fields | Meaning |
//! |---|---|---|
//! | 2 `Ack` | newest `u16`, delay in ms `varint`, run `varint`, reach `varint`, corrected `varint`, bitmap | the newest number that arrived, how long ago, how many just below it arrived as well, how many numbers from the newest on down this is about, how many wrong bytes parity has put right since the connection began; after the gap below the run, bit 0 of the bitmap's first byte is number `newest - run - 2`, bit 1 the one below, and so on to the end of the reach; what is in reach and not named did not arrive |
//! | 3 `Ping` | | asks for an acknowledgement of the whole history |
//! | 4 `Offer` | channel `u16`, priority 1 byte, length `varint`, id 32 bytes | the sender has this object |
//! | 5 `Accept` | channel `u16`, round 1 byte, from `varint`, count `varint`, then so many pairs of `varint` missing, held | the receiver wants the missing blocks of these runs, which begin at block `from`; a new round begins from block 0 and forgets the older one |
//! | 6 `Confirm` | channel `u16` | the receiver's owner has the object for good |
//! | 7 `Refuse` | channel `u16` | the receiver does not want it |
//! | 8 `Cancel` | channel `u16` | the sender takes it back |
//! | 80 + slot `Data` | generation 1 byte, index `varint`, bytes to the end of the packet | whole blocks from `index` on of the object on this channel; [`BLOCK_LEN`] bytes each, fewer in an object's last block |
//! | c0 + slot `Short` | generation 1 byte, length and priority `varint`, bytes | an object of at most 8 blocks on this channel, unasked and without its name, which its bytes make; the field is four times its length plus its priority; its first whole blocks follow, or all of it, as far as the packet goes |
//!
//! A channel is 32 times a generation of 8 bits plus a slot of 5; a slot carries one object at a time, and the next one has the
//! next generation.
//!
//! Priorities are 0 control, 1 record, 2 ink, 3 picture. All these numbers are only ever appended to.
//!
//! # The exchange
//!
//! Each side sends `Hello` until it has received one that echoes its nonce; it is then connected, and
//! answers every `Hello` without the connected flag. A `Hello` with a new nonce ends a connection, and the
//! side that ends one takes a new nonce itself, so bytes of an older connection are never taken for ones of
//! the new. Packets may follow the `Hello` that echoes the other's nonce; before it is answered they are taken only by a peer
//! that it connects. The lower of both versions is spoken.
//!
//! After an `Offer` blocks may go out from the object's end until the answer comes; then those that are missing, from the
//! start. Blocks of what was not announced are not acknowledged.
//!
//! A line keeps the order. So an `Ack` decides everything up to its newest: what it names arrived,
//! the rest is lost and goes out again under a new number. One that does not reach down to the oldest undecided packet decides
//! nothing, and the whole history is asked for. Packets that were not acknowledged are never
//! sent again because of a time-out; after the time an answer should have taken, measured as in RFC 6298,
//! a `Ping` asks for the `Ack`. An `Ack` waits up to a second for more packets, 30 ms after a gap, and not at all
//! when asked for, which the sender does four times in a window. A receiver that has no room for a packet does not
//! acknowledge it.
//!
//! # Bounds
//!
//! What a peer can make a session hold is below [`PEER_MEMORY_MAX`], whatever it sends. What its own owner can make it hold is
//! [`MAX_QUEUED`] objects, whose bytes are shared with the owner, and a block map for each that is open.
//!
//! # Where things are
//!
//! `coding` makes frames (`parity`, `stuffing`), `frame` says what they mean, `session` joins the rest: `outgoing` and
//! `incoming` keep the objects, `flight` and `arrivals` the packets of either direction, `shape` and `rate` what was
//! measured.
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
mod rate;
mod session;
mod shape;
mod stats;
mod tick;
mod timers;

pub use blocks::{BLOCK_LEN, BlockMap, block_count, block_range};
pub use coding::Escape;
pub use config::{
    Config, MAX_ANSWERS, MAX_EVENTS, MAX_FLIGHT_PACKETS, MAX_OBJECT_LEN, MAX_OPEN, MAX_QUEUED,
    MAX_UNASKED, PEER_MEMORY_MAX, SHORT_LEN_MAX,
};
pub use event::{AnswerError, Disconnect, Event, SendError};
pub use object::{Identify, ObjectId, Outbound, Priority};
pub use pacer::Pacer;
pub use session::Session;
pub use stats::{Quality, Stats};
pub use tick::Tick;

/// The version of the protocol that this build speaks.
pub const VERSION: u8 = 2;

/// The oldest version that this build still speaks.
pub const OLDEST_VERSION: u8 = 2;
