//! The newest time that the county has told, by its signed messages.

use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::{Moment, ReadError, Store, UnixMs};

/// A time that the county told, and when this kiosk heard it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountyTime {
    /// The county's clock; the true time is this or later.
    pub county: UnixMs,
    /// The boot in which it was heard.
    pub boot: u32,
    /// The tick of that boot.
    pub tick_ms: u64,
}

impl Store {
    /// The newest county time heard; `None` before the first message.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn county_time(&self) -> Result<Option<CountyTime>, ReadError> {
        let heard = self
            .reader()
            .prepare_cached("SELECT county_ms, boot, tick_ms FROM county_time")?
            .query_row((), |row| {
                Ok(CountyTime {
                    county: row.get(0)?,
                    boot: row.get(1)?,
                    tick_ms: row.get::<_, i64>(2)?.cast_unsigned(),
                })
            })
            .optional()?;
        Ok(heard)
    }
}

/// Notes a time that the county told; an older one than is known changes nothing.
pub(crate) fn hear(tx: &Transaction<'_>, county: UnixMs, now: Moment) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO county_time (only_row, county_ms, boot, tick_ms) VALUES (1, ?1, ?2, ?3)
         ON CONFLICT (only_row) DO UPDATE SET county_ms = ?1, boot = ?2, tick_ms = ?3 WHERE county_ms < ?1",
    )?
    .execute((county, now.boot, now.tick()))?;
    Ok(())
}

pub(crate) fn newest(connection: &Connection) -> rusqlite::Result<Option<UnixMs>> {
    connection
        .prepare_cached("SELECT county_ms FROM county_time")?
        .query_row((), |row| row.get(0))
        .optional()
}
