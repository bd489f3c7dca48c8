//! What came over lines and from kiosks, added up over all calls.

use envelope::KioskId;

use super::{
    Connection, LedgerError, Transaction,
    sql::{Row, ToValue},
};
use crate::gateway::{CallEnd, Counters, KioskContact, LastCall, Totals};

/// What a call adds to the sums of its line or its kiosk.
pub(crate) struct Addition {
    /// 1 the first time that the call is noted, else 0.
    pub(crate) calls: u64,
    /// What was counted since the call was last noted.
    pub(crate) counters: Counters,
}

/// Adds to the sums of the line over which `call` goes.
pub(crate) fn note_line(
    tx: &Transaction<'_>,
    call: &LastCall,
    addition: &Addition,
) -> Result<(), LedgerError> {
    let sql = note_sql("line_calls", "line", "last_kiosk");
    note(tx, &sql, (&call.line, &call.kiosk), call, addition)
}

/// Adds to the sums of the kiosk that makes `call`.
pub(crate) fn note_kiosk(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    call: &LastCall,
    addition: &Addition,
) -> Result<(), LedgerError> {
    let sql = note_sql("kiosk_calls", "kiosk", "last_line");
    note(tx, &sql, (&kiosk, &call.line), call, addition)
}

/// The two tables differ in whose sums they hold, and in who was at the other end last.
fn note_sql(table: &str, of: &str, other_end: &str) -> String {
    format!(
        "INSERT INTO {table} ({of}, {other_end}, calls, bytes_in, bytes_out, frames_damaged, bytes_corrected,
                              packets_lost, objects, last_began_ms, last_noted_ms, last_end)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT ({of}) DO UPDATE SET
             {other_end} = ?2, calls = {table}.calls + ?3,
             bytes_in = {table}.bytes_in + ?4, bytes_out = {table}.bytes_out + ?5,
             frames_damaged = {table}.frames_damaged + ?6, bytes_corrected = {table}.bytes_corrected + ?7,
             packets_lost = {table}.packets_lost + ?8, objects = {table}.objects + ?9,
             last_began_ms = ?10, last_noted_ms = ?11, last_end = ?12"
    )
}

fn note(
    tx: &Transaction<'_>,
    sql: &str,
    (of, other_end): (&dyn ToValue, &dyn ToValue),
    call: &LastCall,
    addition: &Addition,
) -> Result<(), LedgerError> {
    let Counters {
        bytes_in,
        bytes_out,
        frames_damaged,
        bytes_corrected,
        packets_lost,
        objects,
    } = addition.counters;
    tx.execute(
        sql,
        &[
            of,
            other_end,
            &whole(addition.calls),
            &whole(bytes_in),
            &whole(bytes_out),
            &whole(frames_damaged),
            &whole(bytes_corrected),
            &whole(packets_lost),
            &whole(objects),
            &call.began,
            &call.noted,
            &call.end.map(|end| end as u8),
        ],
    )?;
    Ok(())
}

/// The sums of a line.
pub(crate) fn of_line(connection: &Connection, line: &str) -> Result<Totals, LedgerError> {
    let totals = connection.query_opt(
        "SELECT calls, bytes_in, bytes_out, frames_damaged, bytes_corrected, packets_lost, objects,
                last_began_ms, last_noted_ms, last_end, last_kiosk
         FROM line_calls WHERE line = ?1",
        &[&line],
        |row| totals(row, line.to_owned(), row.get(10)?),
    )?;
    Ok(totals.unwrap_or_default())
}

/// The sums of every kiosk that was taken in or has called, in their order.
pub(crate) fn of_kiosks(connection: &Connection) -> Result<Vec<KioskContact>, LedgerError> {
    connection.query(
        "SELECT calls, bytes_in, bytes_out, frames_damaged, bytes_corrected, packets_lost, objects,
                last_began_ms, last_noted_ms, last_end, last_line, id
         FROM kiosks LEFT JOIN kiosk_calls ON kiosk = id ORDER BY id",
        &[],
        |row| {
            let kiosk = row.get(11)?;
            let totals = match row.get::<Option<String>>(10)? {
                Some(line) => totals(row, line, Some(kiosk))?,
                None => Totals::default(),
            };
            Ok(KioskContact {
                kiosk,
                talks_on: None,
                totals,
            })
        },
    )
}

fn totals(row: &Row<'_>, line: String, kiosk: Option<KioskId>) -> Result<Totals, LedgerError> {
    let count = |index| Ok::<_, LedgerError>(row.get::<i64>(index)?.cast_unsigned());
    let end: Option<u8> = row.get(9)?;
    let last = LastCall {
        line,
        kiosk,
        began: row.get(7)?,
        noted: row.get(8)?,
        end: end.and_then(CallEnd::from_number),
    };
    Ok(Totals {
        calls: count(0)?,
        counters: Counters {
            bytes_in: count(1)?,
            bytes_out: count(2)?,
            frames_damaged: count(3)?,
            bytes_corrected: count(4)?,
            packets_lost: count(5)?,
            objects: count(6)?,
        },
        last: Some(last),
    })
}

/// Sums stay far below 2^63.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use envelope::KioskSigner;

    use super::*;
    use crate::{
        clock::UnixMs,
        ledger::{kiosks, testing::with_ledger},
    };

    #[test]
    fn what_is_noted_twice_is_added_and_the_last_call_is_the_last_noted() {
        with_ledger(|tx| {
            let signer = KioskSigner::from_seed(KioskId(3), [1; 32]);
            kiosks::enrol(tx, &signer.public(), UnixMs(1))?;
            let idle = KioskSigner::from_seed(KioskId(4), [2; 32]);
            kiosks::enrol(tx, &idle.public(), UnixMs(1))?;
            let counters = Counters {
                bytes_in: 10,
                bytes_out: 2,
                frames_damaged: 3,
                bytes_corrected: 4,
                packets_lost: 5,
                objects: 6,
            };
            let mut call = LastCall {
                line: "/dev/ttyS0".to_owned(),
                kiosk: Some(KioskId(3)),
                began: UnixMs(7),
                noted: UnixMs(8),
                end: None,
            };
            for (calls, end) in [(1, None), (0, Some(CallEnd::Replaced))] {
                call.end = end;
                let addition = Addition { calls, counters };
                note_line(tx, &call, &addition)?;
                note_kiosk(tx, KioskId(3), &call, &addition)?;
            }
            let totals = Totals {
                calls: 1,
                counters: counters + counters,
                last: Some(call),
            };
            assert_eq!(of_line(tx, "/dev/ttyS0")?, totals);
            assert_eq!(of_line(tx, "/dev/ttyS1")?, Totals::default());
            let contact = |kiosk, totals| KioskContact {
                kiosk: KioskId(kiosk),
                talks_on: None,
                totals,
            };
            let contacts = [contact(3, totals), contact(4, Totals::default())];
            assert_eq!(of_kiosks(tx)?, contacts);
            Ok(())
        });
    }
}
