//! Status messages owed to kiosks.

use envelope::KioskId;
use rusqlite::{Connection, Transaction};

use super::LedgerError;
use crate::clock::UnixMs;

/// A message that a kiosk has not got yet.
pub(crate) struct Owed {
    /// Row, for [`delivered`].
    pub(crate) id: i64,
    /// Signed bytes.
    pub(crate) message: Vec<u8>,
}

/// Queues a signed status message; one for the same slip that is still waiting is dropped for it.
///
/// Its number is above all that there were: left to itself, SQLite gives the highest row's number again once that row is
/// gone, and a message that is on its way would be taken for the one that replaces it.
pub(crate) fn push(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    slip_number: &str,
    message: &[u8],
    now: UnixMs,
) -> Result<(), LedgerError> {
    let highest: i64 = tx
        .prepare_cached("SELECT coalesce(max(id), 0) FROM downlink")?
        .query_row((), |row| row.get(0))?;
    tx.prepare_cached(
        "DELETE FROM downlink WHERE kiosk = ?1 AND slip_number = ?2 AND delivered_ms IS NULL",
    )?
    .execute((kiosk.0, slip_number))?;
    tx.prepare_cached(
        "INSERT INTO downlink (id, kiosk, slip_number, message, queued_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((highest + 1, kiosk.0, slip_number, message, now))?;
    Ok(())
}

/// The oldest messages that the kiosk has not got, at most `limit`.
pub(crate) fn owed(
    connection: &Connection,
    kiosk: KioskId,
    limit: u32,
) -> Result<Vec<Owed>, LedgerError> {
    let owed = connection
        .prepare_cached(
            "SELECT id, message FROM downlink
             WHERE kiosk = ?1 AND delivered_ms IS NULL ORDER BY id LIMIT ?2",
        )?
        .query_map((kiosk.0, limit), |row| {
            Ok(Owed {
                id: row.get(0)?,
                message: row.get(1)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(owed)
}

/// The newest messages that the kiosk has not got over a route that says so, oldest first, at most `limit`.
pub(crate) fn newest_owed(
    connection: &Connection,
    kiosk: KioskId,
    limit: u32,
) -> Result<Vec<Vec<u8>>, LedgerError> {
    let mut owed: Vec<Vec<u8>> = connection
        .prepare_cached(
            "SELECT message FROM downlink
             WHERE kiosk = ?1 AND delivered_ms IS NULL ORDER BY id DESC LIMIT ?2",
        )?
        .query_map((kiosk.0, limit), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    owed.reverse();
    Ok(owed)
}

/// The kiosk's end of the line has the message.
pub(crate) fn delivered(tx: &Transaction<'_>, id: i64, now: UnixMs) -> Result<(), LedgerError> {
    tx.prepare_cached(
        "UPDATE downlink SET delivered_ms = ?2 WHERE id = ?1 AND delivered_ms IS NULL",
    )?
    .execute((id, now))?;
    Ok(())
}
