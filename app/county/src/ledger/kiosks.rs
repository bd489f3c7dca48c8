//! Kiosks whose signatures count.

use envelope::{KioskId, KioskPublic};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::LedgerError;
use crate::clock::UnixMs;

/// Takes a kiosk in, or gives it another key.
pub(crate) fn enrol(
    tx: &Transaction<'_>,
    kiosk: &KioskPublic,
    now: UnixMs,
) -> Result<(), LedgerError> {
    tx.prepare_cached(
        "INSERT INTO kiosks (id, public_key, enrolled_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET public_key = ?2, enrolled_ms = ?3 WHERE public_key <> ?2",
    )?
    .execute((kiosk.id().0, kiosk.to_bytes(), now))?;
    Ok(())
}

/// The key of a kiosk; `None` if it was never enrolled.
pub(crate) fn find(
    connection: &Connection,
    id: KioskId,
) -> Result<Option<KioskPublic>, LedgerError> {
    let key: Option<Vec<u8>> = connection
        .prepare_cached("SELECT public_key FROM kiosks WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    key.map(|bytes| {
        KioskPublic::from_bytes(&bytes).map_err(|_| LedgerError::Corrupt {
            what: "public key",
            place: format!("kiosks {id}"),
        })
    })
    .transpose()
}
