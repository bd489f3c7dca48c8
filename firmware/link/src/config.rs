//! What an owner may set, and the bounds that it may not.

use core::time::Duration;

use crate::{BLOCK_LEN, Escape};

/// Objects that wait or are on their way at once, per session; one more makes `send` fail with
/// [`SendError::Full`](crate::SendError::Full). The owner's outbox holds the rest.
pub const MAX_QUEUED: usize = 256;

/// Objects that are offered at once in each direction; the rest waits at the sender.
pub const MAX_OPEN: usize = 32;

/// Longest object that any configuration may allow: its block map (8.7 KB) times [`MAX_OPEN`] is the most
/// that a peer can make a receiver hold.
pub const MAX_OBJECT_LEN: u32 = 16 << 20;

/// Events that wait for `poll_event`. At this bound packets are dropped unacknowledged, so the peer sends
/// them again once the owner has caught up.
pub const MAX_EVENTS: usize = 1024;

/// Our answers (grants, confirmations, refusals) that the peer has not acknowledged. At this bound its
/// offers are dropped unacknowledged until it has.
pub const MAX_ANSWERS: usize = 64;

/// Blocks of offered objects that came before the owner answered, over all offers. At this bound they are dropped
/// unacknowledged; an owner that answers as soon as it hears of an offer never meets it.
pub const MAX_UNASKED: usize = 128;

/// Longest object that is sent without its name and unasked, in bytes: eight blocks. The receiver gathers [`MAX_OPEN`] of
/// them.
pub const SHORT_LEN_MAX: usize = 8 * BLOCK_LEN;

/// The most bytes that a peer can make a session hold, whatever it sends: [`MAX_OPEN`] block maps of the longest objects
/// (280 KB), [`MAX_EVENTS`] blocks that the owner has not collected (330 KB), [`MAX_UNASKED`] blocks (36 KB), [`MAX_OPEN`]
/// short objects (62 KB), two frames and the answers.
pub const PEER_MEMORY_MAX: usize = 768 << 10;

/// Packets on their way without an acknowledgement; at this bound only probes are sent.
pub const MAX_FLIGHT_PACKETS: usize = 240;

/// How a session treats its line; the default fits everything from 1200 bit/s to a cellular stream; on
/// slower ones a packet takes so long that the two waits need to be longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Bytes on their way without an acknowledgement, at most; needs to cover rate x round trip plus what
    /// waits in the port. The session itself keeps less on its way where rate and round trip, which it measures, need less.
    pub window_bytes: usize,
    /// Longest object taken from the peer, in bytes; longer ones are refused unasked. At most
    /// [`MAX_OBJECT_LEN`] counts.
    pub max_object_len: u32,
    /// After this much silence of the peer it is asked for a sign of life (10 bytes each way).
    pub keep_alive: Duration,
    /// After this much silence the peer counts as gone and the session greets again.
    pub silent_after: Duration,
    /// What the line would act on. It is enough if one side knows; both then escape it.
    pub escape: Escape,
    /// Only one side can talk at a time: each says all that it has to say, or as much as eight seconds hold, and then asks for
    /// an acknowledgement, which makes it the other's turn. Both sides have to know.
    pub half_duplex: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            window_bytes: 128 << 10,
            max_object_len: MAX_OBJECT_LEN,
            keep_alive: Duration::from_secs(15),
            silent_after: Duration::from_secs(45),
            escape: Escape::default(),
            half_duplex: false,
        }
    }
}
