use super::Rebuild;
use crate::{AuditAction, audit};

impl Rebuild<'_> {
    /// The log as far as it is whole. Its rows are numbered, so one lost in the middle shows; of those
    /// lost at the end nothing tells, so that unless its tree is whole a seam follows.
    pub(super) fn audit(&mut self) -> rusqlite::Result<()> {
        let Some((table, _)) = self.edition.table("audit") else {
            return Ok(());
        };
        self.bring("audit")?;
        // In a file patched together the tree may be whole and of an earlier moment.
        let end_is_known = match self.views {
            [(_, harvest)] => harvest.is_whole[table],
            _ => false,
        };
        if !end_is_known {
            audit::append_seam(self.connection)?;
        }
        Ok(())
    }

    /// Whether receipts were deleted, as far as the log still says, so that their rows are not lost.
    pub(super) fn receipts_went(&self) -> rusqlite::Result<bool> {
        if self.edition.table("audit").is_none() {
            return Ok(false);
        }
        self.connection
            .prepare_cached("SELECT 1 FROM audit WHERE action = ?1")?
            .exists((AuditAction::ReceiptsPruned as u8,))
    }
}
