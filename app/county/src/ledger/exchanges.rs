//! When a kiosk's boot and tick met the county's clock: what its times are corrected by.

use envelope::KioskId;
use relief::{Exchange, KioskTime};

use super::{Connection, LedgerError, Transaction};
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
    tx.execute(
        "INSERT INTO exchanges (kiosk, boot, tick_ms, wall_ms, county_ms, county_tick_ms, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (kiosk, boot, tick_ms)
         DO UPDATE SET received_ms = excluded.received_ms
         WHERE excluded.received_ms < exchanges.received_ms",
        &[
            &kiosk,
            &made.boot_id,
            &made.tick_ms.cast_signed(),
            &made.wall_ms,
            &made.county_ms,
            &made.county_tick_ms.map(u64::cast_signed),
            &received,
        ],
    )?;
    Ok(())
}

/// What is known of a kiosk's time.
pub(crate) fn of(connection: &Connection, kiosk: KioskId) -> Result<Vec<Exchange>, LedgerError> {
    connection.query(
        "SELECT boot, tick_ms, wall_ms, county_ms, county_tick_ms, received_ms FROM exchanges
         WHERE kiosk = ?1 ORDER BY boot DESC, tick_ms DESC LIMIT ?2",
        &[&kiosk, &EXCHANGES_READ_MAX],
        |row| {
            Ok(Exchange {
                made: KioskTime {
                    boot_id: row.get(0)?,
                    tick_ms: row.get::<i64>(1)?.cast_unsigned(),
                    wall_ms: row.get(2)?,
                    county_ms: row.get(3)?,
                    county_tick_ms: row.get::<Option<i64>>(4)?.map(i64::cast_unsigned),
                },
                received_ms: row.get(5)?,
            })
        },
    )
}
