//! The county's end of lines: cables, modems that answer calls, and TCP.
//!
//! [`Gateway`] translates between a [`link::Session`] and the ledger and touches no port. [`County::serve_lines`] serves
//! any number of lines, each by a thread of its own that sleeps until its port has something: what goes wrong on one
//! line disturbs no other. All of them meet in the ledger, which gives turns in the order in which it is asked.
//!
//! # Bounds
//!
//! A line reads at most 4 KB and reads no further until the ledger has what they bring. So it holds what its session may
//! ([`link::PEER_MEMORY_MAX`], whatever the peer does), what it has to say (below 512 KB: 256 messages of some 1.5 KB,
//! 1024 hashes) and two buffers of 4 KB: [`LINE_MEMORY_MAX`] together. One object at a time in the whole county
//! is put together and opened. What a sender has sent beyond that waits in the kernel, 128 KB for a TCP caller, and then
//! at the sender.

mod call_book;
mod lines;
mod modem;
mod patience;
mod port;
mod session;
mod settings;
mod statistics;
mod talk;
mod tcp;

use std::io;

pub use lines::Lines;
pub use patience::Patience;
pub use session::{Gateway, Standing};
pub use settings::{CALLERS_MAX, LineSettings, LineSettingsError};
pub(crate) use statistics::Switchboard;
pub use statistics::{
    CallEnd, CallStatus, Counters, KioskContact, LastCall, LineState, LineStatus, Totals,
};

use crate::{
    County,
    ledger::{LedgerError, calls},
};

/// The most memory that one line or one TCP caller takes, whatever comes over it and however slow the ledger is; its
/// thread's stack apart.
pub const LINE_MEMORY_MAX: usize = link::PEER_MEMORY_MAX + ((512 + 8) << 10);

/// Why a line is not served any more; it is opened again after a while.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The port does not open, is gone, or is broken.
    #[error("port failed: {0}")]
    Port(#[from] io::Error),
    /// The modem does not answer, or does not know the settings.
    #[error("modem {0}")]
    Modem(&'static str),
    /// The disk failed; the kiosk keeps its objects.
    #[error("ledger failed: {0}")]
    Ledger(#[from] LedgerError),
    /// The machine gives no randomness for the session's nonce.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

impl County {
    /// What the lines do that the county serves.
    #[must_use]
    pub fn lines(&self) -> Vec<LineStatus> {
        self.switchboard().lines()
    }

    /// When each kiosk was last heard over a line, and what came of it; those that never were among them.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn kiosk_contacts(&self) -> Result<Vec<KioskContact>, LedgerError> {
        let mut contacts = self.ledger().read(calls::of_kiosks)?;
        for line in self.lines() {
            for call in &line.calls {
                let caller = contacts
                    .iter_mut()
                    .find(|contact| Some(contact.kiosk) == call.kiosk);
                if let Some(contact) = caller {
                    contact.talks_on = Some(line.settings.name());
                }
            }
        }
        Ok(contacts)
    }
}
