//! When a kiosk's boot and tick met the county's clock: what its times are corrected by.

use envelope::KioskId;
use relief::{Exchange, KioskTime};

use super::{
    Connection, LedgerError, Transaction, Value,
    sql::{Query, Row},
};
use crate::clock::UnixMs;

/// The newest exchanges that are read for one kiosk: years of a busy one. Older ones bound only what is older.
const EXCHANGES_READ_MAX: u32 = 20_000;

/// Exchanges that are read of those before one.
const EXCHANGES_BEFORE: u32 = 16;

/// Notes that something made at `made` was received now; of two receipts of the same the earlier counts.
pub(crate) fn note(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    made: &KioskTime,
    received: UnixMs,
) -> Result<(), LedgerError> {
    tx.insert(
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

const COLUMNS: &str = "boot, tick_ms, wall_ms, county_ms, county_tick_ms, received_ms";

fn exchange(row: &Row<'_>) -> Result<Exchange, LedgerError> {
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
}

/// What is known of a kiosk's time.
pub(crate) fn of(connection: &Connection, kiosk: KioskId) -> Result<Vec<Exchange>, LedgerError> {
    connection.query(
        &format!(
            "SELECT {COLUMNS} FROM exchanges
             WHERE kiosk = ?1 ORDER BY boot DESC, tick_ms DESC LIMIT ?2"
        ),
        &[&kiosk, &EXCHANGES_READ_MAX],
        exchange,
    )
}

/// Asks what bounds the time of something made at `made`: all that was made later, and what was made last before. A kiosk
/// tells the newest county time that it has heard, so that what lies before these bounds no closer.
pub(crate) fn around<'q>(
    kiosk: KioskId,
    made: &KioskTime,
    all: &'q mut Vec<Exchange>,
) -> Query<'q> {
    let numbers = [
        kiosk.0.into(),
        made.boot_id.into(),
        made.tick_ms.cast_signed(),
        EXCHANGES_READ_MAX.into(),
        EXCHANGES_BEFORE.into(),
    ];
    Query::new(
        format!(
            "SELECT * FROM (SELECT {COLUMNS} FROM exchanges WHERE kiosk = ?1 AND (?2, ?3) < (boot, tick_ms)
                            ORDER BY boot, tick_ms LIMIT ?4) AS later
             UNION ALL
             SELECT * FROM (SELECT {COLUMNS} FROM exchanges WHERE kiosk = ?1 AND (boot, tick_ms) <= (?2, ?3)
                            ORDER BY boot DESC, tick_ms DESC LIMIT ?5) AS earlier"
        ),
        numbers.map(Value::Integer).to_vec(),
        |row| {
            all.push(exchange(row)?);
            Ok(())
        },
    )
}

#[cfg(test)]
mod tests {
    use relief::Timeline;

    use super::*;
    use crate::ledger::testing::with_ledger;

    /// Message `index` of a kiosk that starts anew after every 30; the county's clock goes on 100 s from one to the next,
    /// the kiosk's ticks a minute, and every seventh message is long under way.
    fn exchange(index: u32) -> Exchange {
        let tick_ms = 60_000 * u64::from(1 + index % 30);
        let county_ms = 1_800_000_000_000 + 100_000 * i64::from(index);
        let under_way_ms = if index.is_multiple_of(7) {
            5_000_000
        } else {
            20_000
        };
        Exchange {
            made: KioskTime {
                boot_id: 1 + index / 30,
                tick_ms,
                wall_ms: 0,
                county_ms: Some(county_ms - 30_000),
                county_tick_ms: Some(tick_ms - 10_000),
            },
            received_ms: county_ms + under_way_ms,
        }
    }

    #[test]
    fn what_lies_around_a_message_tells_its_time_as_well_as_all_that_there_is() {
        with_ledger(|tx| {
            let kiosk = KioskId(3);
            tx.execute("INSERT INTO kiosks (id) VALUES (3)", &[])?;
            let exchanges: Vec<Exchange> = (0..100).map(exchange).collect();
            for exchange in &exchanges {
                note(tx, kiosk, &exchange.made, UnixMs(exchange.received_ms))?;
            }
            let all = Timeline::new(of(tx, kiosk)?);
            let around = |exchange: &Exchange| {
                let mut found = Vec::new();
                tx.ask([around(kiosk, &exchange.made, &mut found)])?;
                Ok::<_, LedgerError>(found)
            };
            for exchange in &exchanges {
                let around = Timeline::new(around(exchange)?);
                assert_eq!(around.correct(exchange), all.correct(exchange));
            }
            let last = around(&exchanges[99])?;
            assert_eq!(last.len(), EXCHANGES_BEFORE as usize);
            Ok(())
        });
    }
}
