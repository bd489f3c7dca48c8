//! The county's own rule files, as its newest message brought them.

use rusqlite::OptionalExtension;

use crate::{AuditAction, AuditActor, Moment, ReadError, Store, UnixMs, WriteError, audit};

impl Store {
    /// The signed message with the files; `None` before the first one.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn county_rules(&self) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self
            .reader()
            .prepare_cached("SELECT message FROM county_rules")?
            .query_row((), |row| row.get(0))
            .optional()?)
    }

    /// Keeps a message whose signature the caller has verified; `false` if a later one is known. `edition` is for the log.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn keep_county_rules(
        &mut self,
        message: &[u8],
        as_of: UnixMs,
        edition: &str,
        now: Moment,
    ) -> Result<bool, WriteError> {
        Ok(self.change(|tx| {
            let kept = tx
                .prepare_cached(
                    "INSERT INTO county_rules (only_row, as_of_ms, message) VALUES (1, ?1, ?2)
                     ON CONFLICT (only_row) DO UPDATE SET as_of_ms = ?1, message = ?2 WHERE as_of_ms < ?1",
                )?
                .execute((as_of, message))?;
            if kept == 0 {
                return Ok(false);
            }
            let (actor, action) = (AuditActor::County, AuditAction::RulesLearnt);
            audit::append(tx, actor, action, edition, now)?;
            Ok(true)
        })?)
    }
}
