//! When a kiosk's boot and tick met the county's clock: what its times are corrected by.

use envelope::KioskId;
use relief::{Exchange, KioskTime};
use rusqlite::{Connection, Transaction, params};

use super::LedgerError;
use crate::clock::UnixMs;

/// The newest exchanges that are read for one kiosk: years of a busy one. Older ones bound only what is older.
const EXCHANGES_READ_MAX: u32 = 20_000;

/// Notes that something made at `made` was received now; of two receipts of the same the earlier counts.
pub(crate) fn note(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    made: &KioskTime,
    received: UnixMs,
) -> Result<(), LedgerError> {
    tx.prepare_cached(
        "INSERT INTO exchanges (kiosk, boot, tick_ms, wall_ms, county_ms, county_tick_ms, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (kiosk, boot, tick_ms)
         DO UPDATE SET received_ms = min(received_ms, excluded.received_ms)",
    )?
    .execute(params![
        kiosk.0,
        made.boot_id,
        made.tick_ms.cast_signed(),
        made.wall_ms,
        made.county_ms,
        made.county_tick_ms.map(u64::cast_signed),
        received,
    ])?;
    Ok(())
}

/// What is known of a kiosk's time.
pub(crate) fn of(connection: &Connection, kiosk: KioskId) -> Result<Vec<Exchange>, LedgerError> {
    let exchanges = connection
        .prepare_cached(
            "SELECT boot, tick_ms, wall_ms, county_ms, county_tick_ms, received_ms FROM exchanges
             WHERE kiosk = ?1 ORDER BY boot DESC, tick_ms DESC LIMIT ?2",
        )?
        .query_map((kiosk.0, EXCHANGES_READ_MAX), |row| {
            Ok(Exchange {
                made: KioskTime {
                    boot_id: row.get(0)?,
                    tick_ms: row.get::<_, i64>(1)?.cast_unsigned(),
                    wall_ms: row.get(2)?,
                    county_ms: row.get(3)?,
                    county_tick_ms: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
                },
                received_ms: row.get(5)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(exchanges)
}
