use envelope::CountyPublic;
use rusqlite::types::Value;

use super::{Rebuild, row_at, shape};
use crate::AuditAction;

impl Rebuild<'_> {
    /// The keys that the county announced. Each stands in its row and in the index, and the log, which
    /// is there already, tells its id.
    ///
    /// Of a row and its index that say two things, only what the log names is taken, and what the
    /// index alone tells only if the log names it. The county announces its key again to a kiosk
    /// that does not know it.
    pub(super) fn county_keys(&mut self) -> rusqlite::Result<()> {
        let Some((table, shape)) = self.edition.table("county_key") else {
            return Ok(());
        };
        for (pages, place) in self.rows(table) {
            let Some(row) = row_at(pages, shape, place) else {
                continue;
            };
            if (self.indexes_agree(table, &row) || self.log_names(&row[1])?)
                && shape::insert(self.connection, shape, &row)?
            {
                *self.whole.entry(shape.name.clone()).or_default() += 1;
            }
        }
        for row in self.known_of_lost(&shape.name)? {
            if let Some(key) = self.known(&shape.name, row, "public_key")
                && self.log_names(&key)?
            {
                self.make(&shape.name, Some(row), &[("public_key", key)])?;
            }
        }
        Ok(())
    }

    fn log_names(&self, key: &Value) -> rusqlite::Result<bool> {
        let Value::Blob(key) = key else {
            return Ok(false);
        };
        let Ok(key) = CountyPublic::from_bytes(key) else {
            return Ok(false);
        };
        self.connection
            .prepare_cached("SELECT 1 FROM audit WHERE action = ?1 AND subject = ?2")?
            .exists((AuditAction::CountyKeyLearnt as u8, key.key_id().to_string()))
    }
}
