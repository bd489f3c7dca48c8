//! Status messages owed to kiosks.

use envelope::{KioskId, ObjectHash};
use relief::HEARD_MAX;

use super::{Connection, LedgerError, Transaction, sql::Numbered};
use crate::clock::UnixMs;

/// A message that a kiosk has not got yet.
pub(crate) struct Owed {
    /// Row, for [`delivered`].
    pub(crate) id: i64,
    /// Signed bytes.
    pub(crate) message: Vec<u8>,
}

/// Queues a signed status message; it takes the place of one for the same slip that is still waiting.
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
    let id = tx.next_number(Numbered::Downlink)?;
    tx.insert(
        "INSERT INTO downlink (id, kiosk, slip_number, message, queued_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (kiosk, slip_number) WHERE delivered_ms IS NULL
         DO UPDATE SET id = excluded.id, message = excluded.message, queued_ms = excluded.queued_ms",
        &[&id, &kiosk, &slip_number, &message, &now],
    )?;
    Ok(())
}

/// Whether something was queued for a kiosk under this slip number after `since`.
pub(crate) fn was_told_since(
    connection: &Connection,
    kiosk: KioskId,
    slip_number: &str,
    since: UnixMs,
) -> Result<bool, LedgerError> {
    connection.query_value(
        "SELECT EXISTS (SELECT 1 FROM downlink WHERE kiosk = ?1 AND slip_number = ?2 AND ?3 < queued_ms)",
        &[&kiosk, &slip_number, &since],
    )
}

/// The kiosks for which nothing was queued under this slip number after `since`.
pub(crate) fn not_told_since(
    connection: &Connection,
    slip_number: &str,
    since: UnixMs,
) -> Result<Vec<KioskId>, LedgerError> {
    connection.query(
        "SELECT id FROM kiosks WHERE NOT EXISTS (
             SELECT 1 FROM downlink WHERE kiosk = kiosks.id AND slip_number = ?1 AND ?2 < queued_ms)
         ORDER BY id",
        &[&slip_number, &since],
        |row| row.get(0),
    )
}

/// The oldest messages that the kiosk has not got, at most `limit`.
pub(crate) fn owed(
    connection: &Connection,
    kiosk: KioskId,
    limit: u32,
) -> Result<Vec<Owed>, LedgerError> {
    connection.query(
        "SELECT id, message FROM downlink
         WHERE kiosk = ?1 AND delivered_ms IS NULL ORDER BY id LIMIT ?2",
        &[&kiosk, &limit],
        |row| {
            Ok(Owed {
                id: row.get(0)?,
                message: row.get(1)?,
            })
        },
    )
}

/// The newest messages that the kiosk has not got over a route that says so, oldest first, at most `limit`.
pub(crate) fn newest_owed(
    connection: &Connection,
    kiosk: KioskId,
    limit: u32,
) -> Result<Vec<Vec<u8>>, LedgerError> {
    let mut owed = connection.query(
        "SELECT message FROM downlink
         WHERE kiosk = ?1 AND delivered_ms IS NULL ORDER BY id DESC LIMIT ?2",
        &[&kiosk, &limit],
        |row| row.get(0),
    )?;
    owed.reverse();
    Ok(owed)
}

/// The kiosk has the messages that begin so: see [`relief::KioskCondition::heard`].
pub(crate) fn heard(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    beginnings: &[u64],
    now: UnixMs,
) -> Result<(), LedgerError> {
    if beginnings.is_empty() {
        return Ok(());
    }
    for Owed { id, message } in owed(tx, kiosk, NEWS_MAX)? {
        if beginnings.contains(&ObjectHash::of(&message).beginning()) {
            delivered(tx, id, now)?;
        }
    }
    Ok(())
}

/// Messages that a kiosk is given at once over a route on which only its next report says what it got.
pub(crate) const NEWS_MAX: u32 = HEARD_MAX as u32;

/// The kiosk's end of the line has the message.
pub(crate) fn delivered(tx: &Transaction<'_>, id: i64, now: UnixMs) -> Result<(), LedgerError> {
    tx.execute(
        "UPDATE downlink SET delivered_ms = ?2 WHERE id = ?1 AND delivered_ms IS NULL",
        &[&id, &now],
    )?;
    Ok(())
}
