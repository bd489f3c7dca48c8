//! Cases, what belongs to them, and what happened to them.

use envelope::{KioskId, ObjectHash};
use relief::{Action, Actor, Application, CaseEvent, GroundCode, KioskTime, Role, SchemeId};
use rusqlite::{
    Connection, OptionalExtension, Row, ToSql, Transaction, params,
    types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef},
};

use super::LedgerError;
use crate::clock::UnixMs;

/// A case in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(i64);

impl CaseId {
    /// The id in an address of a staff page; whether the case exists shows when it is looked up.
    pub(crate) const fn from_address(number: i64) -> Self {
        Self(number)
    }

    /// The number for an address of a staff page.
    pub(crate) const fn number(self) -> i64 {
        self.0
    }
}

impl ToSql for CaseId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for CaseId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

/// What the ledger knows of a case without opening its record.
pub(crate) struct CaseRow {
    pub(crate) id: CaseId,
    pub(crate) kiosk: KioskId,
    pub(crate) record_hash: ObjectHash,
    pub(crate) slip_number: String,
    pub(crate) scheme: SchemeId,
    pub(crate) township: String,
    pub(crate) masked_name: String,
    pub(crate) kiosk_time: KioskTime,
    pub(crate) received: UnixMs,
}

const COLUMNS: &str =
    "cases.id, objects.kiosk, record_hash, slip_number, scheme, township, masked_name,
    kiosk_boot, kiosk_tick_ms, kiosk_wall_ms, cases.received_ms, county_ms, county_tick_ms
    FROM cases JOIN objects ON objects.hash = record_hash
    LEFT JOIN exchanges ON exchanges.kiosk = objects.kiosk AND boot = kiosk_boot AND tick_ms = kiosk_tick_ms";

fn case_row(row: &Row<'_>) -> rusqlite::Result<CaseRow> {
    Ok(CaseRow {
        id: row.get(0)?,
        kiosk: KioskId(row.get(1)?),
        record_hash: ObjectHash(row.get(2)?),
        slip_number: row.get(3)?,
        scheme: SchemeId(row.get(4)?),
        township: row.get(5)?,
        masked_name: row.get(6)?,
        kiosk_time: KioskTime {
            boot_id: row.get(7)?,
            tick_ms: row.get::<_, i64>(8)?.cast_unsigned(),
            wall_ms: row.get(9)?,
            county_ms: row.get(11)?,
            county_tick_ms: row.get::<_, Option<i64>>(12)?.map(i64::cast_unsigned),
        },
        received: row.get(10)?,
    })
}

/// Makes the case of a record; `None` if its submission has one already.
pub(crate) fn open(
    tx: &Transaction<'_>,
    record_hash: ObjectHash,
    record: &Application,
    received: UnixMs,
) -> Result<Option<CaseId>, LedgerError> {
    let id: Option<CaseId> = tx
        .prepare_cached(
            "INSERT INTO cases (submission_id, record_hash, slip_number, status_token_hash, scheme, township,
                                masked_name, kiosk_boot, kiosk_tick_ms, kiosk_wall_ms, received_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (submission_id) DO NOTHING
             RETURNING id",
        )?
        .query_row(
            params![
                record.submission_id,
                record_hash.0,
                record.slip_number.to_string(),
                record.status_token_hash,
                record.scheme.0,
                record.township,
                record.applicant.name.masked(),
                record.submitted.boot_id,
                record.submitted.tick_ms.cast_signed(),
                record.submitted.wall_ms,
                received,
            ],
            |row| row.get(0),
        )
        .optional()?;
    let Some(id) = id else { return Ok(None) };
    let mut statement =
        tx.prepare_cached("INSERT INTO attachments (case_id, ordinal, hash) VALUES (?1, ?2, ?3)")?;
    for (ordinal, attachment) in (0_u32..).zip(&record.attachments) {
        statement.execute(params![id, ordinal, attachment.hash])?;
    }
    Ok(Some(id))
}

/// Appends what happened; the row that it has.
pub(crate) fn append(
    tx: &Transaction<'_>,
    id: CaseId,
    event: &CaseEvent,
) -> Result<i64, LedgerError> {
    tx.prepare_cached(
        "INSERT INTO case_events (case_id, at_ms, role, actor, action, reason, ground)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        id,
        event.at_ms,
        role_number(event.actor.role),
        event.actor.name,
        event.action.code(),
        event.reason,
        event.ground.map(|ground| ground.0),
    ])?;
    Ok(tx.last_insert_rowid())
}

/// Everything that happened to a case, in order.
pub(crate) fn events(connection: &Connection, id: CaseId) -> Result<Vec<CaseEvent>, LedgerError> {
    let rows = event_rows(connection, id)?;
    Ok(rows.into_iter().map(|(_, event)| event).collect())
}

/// The same, each with its row.
pub(crate) fn event_rows(
    connection: &Connection,
    id: CaseId,
) -> Result<Vec<(i64, CaseEvent)>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, at_ms, role, actor, action, reason, ground FROM case_events WHERE case_id = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([id])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let place = |what| LedgerError::Corrupt {
            what,
            place: format!("case_events {}", row.get::<_, i64>(0).unwrap_or_default()),
        };
        let event = CaseEvent {
            at_ms: row.get(1)?,
            actor: Actor {
                role: role_of(row.get(2)?).ok_or_else(|| place("role"))?,
                name: row.get(3)?,
            },
            action: Action::from_code(row.get(4)?).ok_or_else(|| place("action"))?,
            reason: row.get(5)?,
            ground: row.get::<_, Option<u8>>(6)?.map(GroundCode),
        };
        events.push((row.get(0)?, event));
    }
    Ok(events)
}

/// The case of this id.
pub(crate) fn by_id(connection: &Connection, id: CaseId) -> Result<Option<CaseRow>, LedgerError> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} WHERE cases.id = ?1"))?
        .query_row([id], case_row)
        .optional()?)
}

/// The case with this slip number; the latest, should a restored kiosk have counted a number twice.
pub(crate) fn by_slip(connection: &Connection, slip: &str) -> Result<Option<CaseRow>, LedgerError> {
    Ok(connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE slip_number = ?1 ORDER BY cases.id DESC LIMIT 1"
        ))?
        .query_row([slip], case_row)
        .optional()?)
}

/// The case whose slip carries the token with this hash.
pub(crate) fn by_token(
    connection: &Connection,
    token_hash: &[u8; 32],
) -> Result<Option<CaseRow>, LedgerError> {
    Ok(connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE status_token_hash = ?1 ORDER BY cases.id LIMIT 1"
        ))?
        .query_row([token_hash], case_row)
        .optional()?)
}

/// Cases before `before`, the newest first, at most `limit`.
pub(crate) fn newest(
    connection: &Connection,
    before: Option<CaseId>,
    limit: u32,
) -> Result<Vec<CaseRow>, LedgerError> {
    let before = before.unwrap_or(CaseId(i64::MAX));
    Ok(connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE cases.id < ?1 ORDER BY cases.id DESC LIMIT ?2"
        ))?
        .query_map((before, limit), case_row)?
        .collect::<Result<_, _>>()?)
}

/// How many of a case's papers have not arrived.
pub(crate) fn papers_under_way(connection: &Connection, id: CaseId) -> Result<u32, LedgerError> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM attachments WHERE case_id = ?1
             AND NOT EXISTS (SELECT 1 FROM objects WHERE objects.hash = attachments.hash)",
        )?
        .query_row([id], |row| row.get(0))?)
}

/// Whether a case's record names this object among its papers.
pub(crate) fn has_paper(
    connection: &Connection,
    id: CaseId,
    hash: ObjectHash,
) -> Result<bool, LedgerError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM attachments WHERE case_id = ?1 AND hash = ?2)",
        )?
        .query_row((id, hash.0), |row| row.get(0))?)
}

const fn role_number(role: Role) -> u8 {
    match role {
        Role::Applicant => 1,
        Role::Public => 2,
        Role::Township => 3,
        Role::County => 4,
        Role::System => 5,
    }
}

fn role_of(number: u8) -> Option<Role> {
    [
        Role::Applicant,
        Role::Public,
        Role::Township,
        Role::County,
        Role::System,
    ]
    .into_iter()
    .find(|role| role_number(*role) == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;

    #[test]
    fn what_happened_is_neither_changed_nor_removed() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&dir.path().join("county.db"), None).unwrap();
        let refused: Result<Vec<bool>, LedgerError> = ledger.write(|tx| {
            tx.execute_batch(
                "INSERT INTO kiosks (id) VALUES (3);
                 INSERT INTO objects (hash, kiosk, kind, bytes, held_ms, number) VALUES (zeroblob(32), 3, 1, x'00', 0, 1);
                 INSERT INTO cases VALUES (1, zeroblob(16), zeroblob(32), 's', zeroblob(32), 1, 't', 'n', 0, 0, 0, 0);
                 INSERT INTO case_events VALUES (1, 1, 0, 5, '', 1, '', NULL);",
            )?;
            Ok([
                "UPDATE case_events SET at_ms = 1",
                "DELETE FROM case_events",
                "DELETE FROM cases",
            ]
            .map(|change| tx.execute(change, []).is_err())
            .to_vec())
        });
        assert_eq!(refused.unwrap(), [true, true, true]);
    }

    #[test]
    fn roles_keep_their_numbers() {
        let numbers: Vec<_> = (0..7).map(role_of).collect();
        assert_eq!(
            numbers,
            [
                None,
                Some(Role::Applicant),
                Some(Role::Public),
                Some(Role::Township),
                Some(Role::County),
                Some(Role::System),
                None
            ]
        );
    }
}
