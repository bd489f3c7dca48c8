//! What an owner may set, and the bounds that it may not.

use core::time::Duration;

/// Objects that wait or are on their way at once, per session; one more makes `send` fail with
/// [`SendError::Full`](crate::SendError::Full). The owner's outbox holds the rest.
pub const MAX_QUEUED: usize = 256;

/// Objects that are offered at once in each direction; the rest waits at the sender.
pub const MAX_OPEN: usize = 32;

/// Longest object that any configuration may allow: its block map (8.7 KB) times [`MAX_OPEN`] is the most
/// that a peer can make a receiver hold.
pub const MAX_OBJECT_LEN: u32 = 16 << 20;

/// Events that wait for `poll_event`. At this bound frames are dropped unacknowledged, so the peer sends
/// them again once the owner has caught up.
pub const MAX_EVENTS: usize = 1024;

/// Our answers (grants, confirmations, refusals) that the peer has not acknowledged. At this bound its
/// offers are dropped unacknowledged until it has.
pub const MAX_ANSWERS: usize = 64;

/// Frames on their way without an acknowledgement; at this bound only probes are sent.
pub const MAX_FLIGHT_FRAMES: usize = 256;

/// How a session treats its line; the default fits everything from 9600 bit/s to a cellular stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Bytes on their way without an acknowledgement, at most; needs to cover rate x round trip plus what
    /// waits in the port. Larger values are cut by [`MAX_FLIGHT_FRAMES`].
    pub window_bytes: usize,
    /// Longest object taken from the peer, in bytes; longer ones are refused unasked. At most
    /// [`MAX_OBJECT_LEN`] counts.
    pub max_object_len: u32,
    /// After this much silence of the peer it is asked for a sign of life (10 bytes each way).
    pub keep_alive: Duration,
    /// After this much silence the peer counts as gone and the session greets again.
    pub silent_after: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            window_bytes: 64 << 10,
            max_object_len: MAX_OBJECT_LEN,
            keep_alive: Duration::from_secs(15),
            silent_after: Duration::from_secs(45),
        }
    }
}
