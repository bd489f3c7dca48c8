//! County keys that the county itself announced, beside the one from the settings.

use crate::{AuditAction, AuditActor, Moment, ReadError, Store, WriteError, audit};

/// Learnt keys that are kept; a county changes its key once in years.
pub const COUNTY_KEYS_MAX: u32 = 16;

impl Store {
    /// The announced keys, the newest last, as [`envelope::CountyPublic`] writes them.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn county_keys(&self) -> Result<Vec<Vec<u8>>, ReadError> {
        let keys = self
            .reader()
            .prepare_cached("SELECT public_key FROM county_key ORDER BY id")?
            .query_map((), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(keys)
    }

    /// Keeps a key that the county announced under a signature which the caller has verified; `false` if it is known.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn learn_county_key(
        &mut self,
        public_key: &[u8],
        key_id: &str,
        now: Moment,
    ) -> Result<bool, WriteError> {
        Ok(self.change(|tx| {
            let learnt = tx
                .prepare_cached(
                    "INSERT INTO county_key (public_key, heard_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute((public_key, now.wall))?;
            if learnt == 0 {
                return Ok(false);
            }
            tx.prepare_cached(
                "DELETE FROM county_key WHERE id NOT IN (SELECT id FROM county_key ORDER BY id DESC LIMIT ?1)",
            )?
            .execute((COUNTY_KEYS_MAX,))?;
            let (actor, action) = (AuditActor::County, AuditAction::CountyKeyLearnt);
            audit::append(tx, actor, action, key_id, now)?;
            Ok(true)
        })?)
    }
}
