//! Proof against quiet changes: the county's log as a Merkle tree, and what can be shown of it.
//!
//! Everything that the ledger keeps for good is an entry of one log. Every few seconds in which something came, the county
//! signs how many entries there are and the root over them ([`Checkpoint`]). Kiosks, slips' holders and auditors who keep a
//! checkpoint can later show whether the ledger still agrees with it.

pub mod merkle;

use envelope::{CountyMessage, CountySecret};

use merkle::Hash;

/// How the log stood at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When, Unix milliseconds by the county's clock.
    pub taken_ms: i64,
}

impl Checkpoint {
    /// The checkpoint as a signed county message.
    #[must_use]
    pub fn sign(&self, county: &CountySecret) -> Vec<u8> {
        CountyMessage::Checkpoint {
            size: self.size,
            root: self.root,
            taken_ms: self.taken_ms,
        }
        .sign(county)
    }

    /// The checkpoint that a verified message is; `None` if it is another message.
    #[must_use]
    pub fn of_message(message: &CountyMessage) -> Option<Self> {
        match *message {
            CountyMessage::Checkpoint {
                size,
                root,
                taken_ms,
            } => Some(Self {
                size,
                root,
                taken_ms,
            }),
            _ => None,
        }
    }
}

/// Where an entry is in the log, under the newest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPlace {
    /// Its number, from 0.
    pub number: u64,
    /// Its hash.
    pub leaf: Hash,
    /// Entries under the checkpoint's root.
    pub size: u64,
    /// When the checkpoint was taken, Unix milliseconds by the county's clock.
    pub taken_ms: i64,
    /// The signed checkpoint.
    pub checkpoint: Vec<u8>,
}
