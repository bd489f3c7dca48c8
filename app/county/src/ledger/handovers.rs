//! Papers that were handed in without an application.
//!
//! A handover names its case by the number on the application's slip. The two are joined when they are read, so it does not
//! matter which of them comes first.

use envelope::{KioskId, ObjectHash};
use relief::{Handover, KioskTime, SlipNumber};

use super::{
    Connection, LedgerError, Transaction,
    log::{self, Covered},
    sql::{FromValue, Row, ToValue, Value},
};
use crate::clock::UnixMs;

/// A handover in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandoverId(i64);

impl HandoverId {
    /// The id in an address of a staff page; whether the handover exists shows when it is looked up.
    pub(crate) const fn from_address(number: i64) -> Self {
        Self(number)
    }

    /// The number for an address of a staff page.
    pub(crate) const fn number(self) -> i64 {
        self.0
    }
}

impl ToValue for HandoverId {
    fn to_value(&self) -> Value<'_> {
        self.0.to_value()
    }
}

impl FromValue for HandoverId {
    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).map(Self)
    }
}

/// What the ledger knows of a handover without opening its record.
pub(crate) struct HandoverRow {
    pub(crate) id: HandoverId,
    pub(crate) kiosk: KioskId,
    pub(crate) record_hash: ObjectHash,
    pub(crate) slip_number: String,
    /// The slip number of its case; `None` for an office's papers.
    pub(crate) case_number: Option<String>,
    pub(crate) kiosk_time: KioskTime,
    pub(crate) received: UnixMs,
}

const COLUMNS: &str = "handovers.id, objects.kiosk, record_hash, slip_number, case_number,
    kiosk_boot, kiosk_tick_ms, kiosk_wall_ms, handovers.received_ms, county_ms, county_tick_ms
    FROM handovers JOIN objects ON objects.hash = record_hash
    LEFT JOIN exchanges ON exchanges.kiosk = objects.kiosk AND boot = kiosk_boot AND tick_ms = kiosk_tick_ms";

fn handover_row(row: &Row<'_>) -> Result<HandoverRow, LedgerError> {
    let case_number: String = row.get(4)?;
    Ok(HandoverRow {
        id: row.get(0)?,
        kiosk: row.get(1)?,
        record_hash: row.get(2)?,
        slip_number: row.get(3)?,
        case_number: Some(case_number).filter(|number| !number.is_empty()),
        kiosk_time: KioskTime {
            boot_id: row.get(5)?,
            tick_ms: row.get::<i64>(6)?.cast_unsigned(),
            wall_ms: row.get(7)?,
            county_ms: row.get(9)?,
            county_tick_ms: row.get::<Option<i64>>(10)?.map(i64::cast_unsigned),
        },
        received: row.get(8)?,
    })
}

/// Keeps a handover; one that is known changes nothing.
pub(crate) fn keep(
    tx: &Transaction<'_>,
    record_hash: ObjectHash,
    record: &Handover,
    received: UnixMs,
) -> Result<(), LedgerError> {
    let case_number = record.case.as_ref().map(SlipNumber::to_string);
    let id: Option<HandoverId> = tx.query_opt(
        "INSERT INTO handovers (submission_id, record_hash, slip_number, case_number, status_token_hash,
                                kiosk_boot, kiosk_tick_ms, kiosk_wall_ms, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (submission_id) DO NOTHING
         RETURNING id",
        &[
            &record.submission_id,
            &record_hash,
            &record.slip_number.to_string(),
            &case_number.unwrap_or_default(),
            &record.status_token_hash,
            &record.submitted.boot_id,
            &record.submitted.tick_ms.cast_signed(),
            &record.submitted.wall_ms,
            &received,
        ],
        |row| row.get(0),
    )?;
    let Some(id) = id else { return Ok(()) };
    log::enter(tx, Covered::Handover, &[&id]);
    for (ordinal, attachment) in (0_u32..).zip(&record.attachments) {
        tx.execute(
            "INSERT INTO handover_papers (handover_id, ordinal, hash) VALUES (?1, ?2, ?3)",
            &[&id, &ordinal, &attachment.hash],
        )?;
        log::enter(tx, Covered::HandoverPaper, &[&id, &ordinal]);
    }
    Ok(())
}

/// The handover of this id.
pub(crate) fn by_id(
    connection: &Connection,
    id: HandoverId,
) -> Result<Option<HandoverRow>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} WHERE handovers.id = ?1");
    connection.query_opt(&sql, &[&id], handover_row)
}

/// The handover whose slip carries the token with this hash.
pub(crate) fn by_token(
    connection: &Connection,
    token_hash: &[u8; 32],
) -> Result<Option<HandoverRow>, LedgerError> {
    let sql =
        format!("SELECT {COLUMNS} WHERE status_token_hash = ?1 ORDER BY handovers.id LIMIT 1");
    connection.query_opt(&sql, &[token_hash], handover_row)
}

/// What was handed in for the case of this slip number, in the order of arrival.
pub(crate) fn of_case(
    connection: &Connection,
    slip_number: &str,
) -> Result<Vec<HandoverRow>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} WHERE case_number = ?1 ORDER BY handovers.id");
    connection.query(&sql, &[&slip_number], handover_row)
}

/// What is in no case, before `before`, the newest first, at most `limit`.
pub(crate) fn of_no_case(
    connection: &Connection,
    before: Option<HandoverId>,
    limit: u32,
) -> Result<Vec<HandoverRow>, LedgerError> {
    let before = before.unwrap_or(HandoverId(i64::MAX));
    let sql = format!(
        "SELECT {COLUMNS} WHERE handovers.id < ?1
         AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.slip_number = case_number)
         ORDER BY handovers.id DESC LIMIT ?2"
    );
    connection.query(&sql, &[&before, &limit], handover_row)
}

/// Whether a handover names this object among its papers.
pub(crate) fn has_paper(
    connection: &Connection,
    id: HandoverId,
    hash: ObjectHash,
) -> Result<bool, LedgerError> {
    connection.query_value(
        "SELECT EXISTS (SELECT 1 FROM handover_papers WHERE handover_id = ?1 AND hash = ?2)",
        &[&id, &hash],
    )
}

/// How many of a handover's papers have not arrived.
pub(crate) fn papers_under_way(
    connection: &Connection,
    id: HandoverId,
) -> Result<u32, LedgerError> {
    connection.query_value(
        "SELECT count(*) FROM handover_papers WHERE handover_id = ?1
         AND NOT EXISTS (SELECT 1 FROM objects WHERE objects.hash = handover_papers.hash)",
        &[&id],
    )
}

#[cfg(test)]
mod tests {
    use crate::ledger::testing::{Place, lay_case, refuses};

    #[test]
    fn what_was_handed_in_is_neither_changed_nor_removed() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        ledger.write(lay_case).unwrap();
        ledger
            .write(|tx| {
                tx.execute(
                    "INSERT INTO handovers VALUES (1, ?1, ?2, 's', '', ?2, 0, 0, 0, 0)",
                    &[&[0; 16], &[0; 32]],
                )?;
                tx.execute("INSERT INTO handover_papers VALUES (1, 0, ?1)", &[&[0; 32]])
            })
            .unwrap();
        refuses(
            &ledger,
            &[
                "UPDATE handovers SET received_ms = 1",
                "DELETE FROM handovers",
                "UPDATE handover_papers SET ordinal = 1",
                "DELETE FROM handover_papers",
            ],
        );
    }
}
