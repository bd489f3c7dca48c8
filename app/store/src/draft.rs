//! Parts of the visit in hand that are too bulky to hold in memory twice, such as scanned pages.
//!
//! They come sealed with a key that the caller holds in memory and destroys when the person has gone; without it they
//! are noise, which the next visit or start deletes.

use rusqlite::OptionalExtension;

use crate::{ReadError, Store, WriteError};

/// Parts that one visit may keep: more pages than any application has. One more is refused as a full disk is.
pub const DRAFT_PARTS_MAX: u32 = 64;

impl Store {
    /// Keeps a sealed part under its number; a part that was there under it goes.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails, or `part` is [`DRAFT_PARTS_MAX`] or more.
    pub fn put_draft(&mut self, part: u32, sealed: &[u8]) -> Result<(), WriteError> {
        if DRAFT_PARTS_MAX <= part {
            return Err(WriteError::DiskFull);
        }
        // Held room is for what is submitted: a visit can hold its parts in memory.
        let tx = self.begin()?;
        tx.prepare_cached("INSERT OR REPLACE INTO draft (part, sealed) VALUES (?1, ?2)")?
            .execute((part, sealed))?;
        tx.commit()?;
        Ok(())
    }

    /// The sealed part of this number.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn draft(&self, part: u32) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self
            .reader()
            .prepare_cached("SELECT sealed FROM draft WHERE part = ?1")?
            .query_row((part,), |row| row.get(0))
            .optional()?)
    }

    /// Deletes every part, at the end of a visit and at each start.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails; without their key the parts are noise all the same.
    pub fn drop_drafts(&mut self) -> Result<(), WriteError> {
        self.change(|tx| tx.execute("DELETE FROM draft", ()))?;
        Ok(())
    }
}
