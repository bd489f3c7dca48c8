//! The county's log: rows are taken up, checkpoints are signed, and kiosks hear of them.

use envelope::StatusToken;

use crate::{
    County, UnixMs,
    ledger::{
        LedgerError, Transaction, cases, downlink,
        log::{self, Covered},
    },
    proof::{Checkpoint, LogPlace, merkle::Hash},
};

/// Kiosks hear of a checkpoint this often: each then is a witness of the log as it stood on that day.
const TOLD_EVERY_MS: i64 = 24 * 3600 * 1000;

/// What a checkpoint is queued under for a kiosk, where news of a case has its slip's number.
const CHECKPOINT: &str = "";

impl County {
    /// Takes up what was written since the last time and signs a checkpoint; all kiosks hear of one a day. `None` if
    /// nothing waited.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn seal_log(&self) -> Result<Option<Checkpoint>, LedgerError> {
        let now = self.now();
        let signer = self.keyring().current();
        let mut sealed = None;
        // A checkpoint takes up so many rows at most.
        while self.ledger().read(log::is_pending)? {
            let made = self.ledger().write(|tx| {
                let made = log::seal(tx, now, |checkpoint| checkpoint.sign(signer))?;
                if let Some(checkpoint) = made {
                    self.tell_witnesses(tx, checkpoint, now)?;
                }
                Ok::<_, LedgerError>(made)
            })?;
            // Another server may have come first.
            sealed = made.or(sealed);
        }
        Ok(sealed)
    }

    fn tell_witnesses(
        &self,
        tx: &Transaction<'_>,
        checkpoint: Checkpoint,
        now: UnixMs,
    ) -> Result<(), LedgerError> {
        let since = UnixMs(now.0 - TOLD_EVERY_MS);
        for kiosk in downlink::not_told_since(tx, CHECKPOINT, since)? {
            let message = checkpoint.sign(self.signing_for(tx, kiosk)?);
            downlink::push(tx, kiosk, CHECKPOINT, &message, now)?;
        }
        Ok(())
    }

    /// The newest checkpoint, as a signed message; `None` while the log is empty.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn newest_checkpoint(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        let newest = self.ledger().read(log::newest_checkpoint)?;
        Ok(newest.map(|checkpoint| checkpoint.message))
    }

    /// Where the case behind this token is in the log, and the hashes beside its way to the root: what proves that it is
    /// there. `None` while it is not.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn inclusion(
        &self,
        token: &StatusToken,
    ) -> Result<Option<(LogPlace, Vec<Hash>)>, LedgerError> {
        self.ledger().read(|connection| {
            let Some(row) = cases::by_token(connection, &token.hash())? else {
                return Ok(None);
            };
            let Some(place) = log::place_of(connection, Covered::Case, &[&row.id])? else {
                return Ok(None);
            };
            let path = log::path(connection, &place)?;
            Ok(Some((place, path)))
        })
    }
}
