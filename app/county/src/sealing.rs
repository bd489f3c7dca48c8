//! The county's log: rows are taken up, checkpoints are signed, and kiosks hear of them.

use envelope::StatusToken;

use crate::{
    County,
    ledger::{
        LedgerError, Transaction, cases, downlink, kiosks,
        log::{self, Covered},
    },
    proof::{Checkpoint, Inclusion},
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
        let mut sealed = None;
        loop {
            let more = self.ledger().write(|tx| {
                let signer = self.keyring().current();
                let made = log::seal(tx, now, |checkpoint| checkpoint.sign(signer))?;
                match made {
                    Some(checkpoint) => self.tell_witnesses(tx, checkpoint)?,
                    None => return Ok::<_, LedgerError>(None),
                }
                Ok(made)
            })?;
            match more {
                Some(checkpoint) => sealed = Some(checkpoint),
                None => return Ok(sealed),
            }
        }
    }

    fn tell_witnesses(
        &self,
        tx: &Transaction<'_>,
        checkpoint: Checkpoint,
    ) -> Result<(), LedgerError> {
        let now = self.now();
        for kiosk in kiosks::all(tx)? {
            let told = downlink::last_queued(tx, kiosk, CHECKPOINT)?;
            if told.is_some_and(|told| now.0 - told.0 < TOLD_EVERY_MS) {
                continue;
            }
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

    /// What proves that the case behind this token is in the log; `None` while it is not.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn inclusion(&self, token: &StatusToken) -> Result<Option<Inclusion>, LedgerError> {
        self.ledger().read(|connection| {
            let Some(row) = cases::by_token(connection, &token.hash())? else {
                return Ok(None);
            };
            log::inclusion(connection, Covered::Case, &[&row.id])
        })
    }
}
