//! What a session tells its owner, and why it refuses a call.

use alloc::vec::Vec;

use crate::{ObjectId, Priority};

/// Something the owner needs to know; drained with `poll_event`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Both sides have heard each other; offers start to flow.
    Connected,
    /// The peer is gone or has restarted. Receiving starts again with new offers; what was being sent is
    /// offered again by itself after the next `Connected`.
    Disconnected {
        /// What ended the connection.
        reason: Disconnect,
    },
    /// The peer speaks no version that this build speaks; nothing will be exchanged with it.
    Incompatible {
        /// The newest version it speaks.
        peer_version: u8,
    },

    /// Receiving: the peer has an object. Answer with `accept`, `already_held` or `refuse`.
    Offered {
        /// Its name.
        id: ObjectId,
        /// How urgent the peer holds it.
        priority: Priority,
        /// Its length in bytes, 1 to `Config::max_object_len`.
        len: u32,
    },
    /// Receiving: a block that was not held before; the owner writes it to disk at `index * BLOCK_LEN`.
    Block {
        /// The object it belongs to.
        id: ObjectId,
        /// Its place.
        index: u32,
        /// Its bytes; `BLOCK_LEN` of them, fewer in the last block.
        bytes: Vec<u8>,
    },
    /// Receiving: every block has been handed over. Check the whole, then `confirm`, `restart` or `refuse`.
    Complete {
        /// The object that is whole.
        id: ObjectId,
    },
    /// Receiving: an object of at most [`SHORT_LEN_MAX`](crate::SHORT_LEN_MAX) bytes is here, whole. Answer with `confirm`,
    /// `already_held` (both tell the peer to forget it) or `refuse`.
    Arrived {
        /// Its name, made from its bytes.
        id: ObjectId,
        /// How urgent the peer held it.
        priority: Priority,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// Receiving: the peer has taken its offer back.
    Withdrawn {
        /// The object that will not come.
        id: ObjectId,
    },

    /// Sending: how far the object is at the peer. Several steps may come as one event.
    Progress {
        /// The object.
        id: ObjectId,
        /// Bytes that the peer has.
        acked_bytes: u32,
        /// The object's length in bytes.
        len: u32,
    },
    /// Sending: the peer's owner has confirmed the object; it is forgotten here.
    Delivered {
        /// The object.
        id: ObjectId,
    },
    /// Sending: the peer's owner does not want the object, or it is longer than the peer takes; it is
    /// forgotten here.
    Refused {
        /// The object.
        id: ObjectId,
    },
}

/// What ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// Nothing was heard for `Config::silent_after`.
    PeerSilent,
    /// The peer greeted with a new nonce: it rebooted or lost the connection on its side.
    PeerRestarted,
    /// The peer is heard, but it acknowledges nothing any more.
    Unanswered,
    /// The owner said that the line is down.
    LineDown,
}

/// Why an object was not taken for sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// An object without bytes cannot be sent.
    #[error("object is empty")]
    Empty,
    /// The object is longer than any session carries.
    #[error("object has {len} bytes, at most {limit} can be sent")]
    TooLong {
        /// Its length in bytes.
        len: usize,
        /// The longest allowed.
        limit: u32,
    },
    /// The object is already on its way; nothing changes.
    #[error("object is already queued")]
    AlreadyQueued,
    /// The queue is full; try again after the next `Delivered` or `Refused`.
    #[error("queue holds {limit} objects already")]
    Full {
        /// [`MAX_QUEUED`](crate::MAX_QUEUED).
        limit: usize,
    },
}

/// Why an answer to an offer was not taken; the owner drops it, as the offer comes again if it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The object is not on offer: withdrawn, answered for good, or the connection ended since.
    #[error("object is not on offer")]
    NotOffered,
    /// The object was accepted before.
    #[error("object is already accepted")]
    AlreadyAccepted,
    /// The block map is that of an object of another length.
    #[error("block map is for {map_len} bytes, the object has {len}")]
    WrongLength {
        /// What the map was made for, in bytes.
        map_len: u32,
        /// What was offered, in bytes.
        len: u32,
    },
    /// The object is not complete yet, so it can be neither confirmed nor restarted.
    #[error("object has {held} of {blocks} blocks")]
    Incomplete {
        /// Blocks held.
        held: u32,
        /// Blocks needed.
        blocks: u32,
    },
}
