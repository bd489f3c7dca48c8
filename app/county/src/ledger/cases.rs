//! Cases, what belongs to them, and what happened to them.

use std::collections::BTreeSet;

use envelope::{KioskId, ObjectHash};
use relief::{
    Action, Actor, Application, CaseEvent, Details, GroundCode, KioskTime, Role, SchemeId,
};

use super::{
    Connection, LedgerError, Transaction,
    log::{self, Covered},
    sql::{FromValue, Numbered, Query, Row, ToValue, Value},
};
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

impl ToValue for CaseId {
    fn to_value(&self) -> Value<'_> {
        self.0.to_value()
    }
}

impl FromValue for CaseId {
    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).map(Self)
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

fn case_row(row: &Row<'_>) -> Result<CaseRow, LedgerError> {
    Ok(CaseRow {
        id: row.get(0)?,
        kiosk: row.get(1)?,
        record_hash: row.get(2)?,
        slip_number: row.get(3)?,
        scheme: SchemeId(row.get(4)?),
        township: row.get(5)?,
        masked_name: row.get(6)?,
        kiosk_time: KioskTime {
            boot_id: row.get(7)?,
            tick_ms: row.get::<i64>(8)?.cast_unsigned(),
            wall_ms: row.get(9)?,
            county_ms: row.get(11)?,
            county_tick_ms: row.get::<Option<i64>>(12)?.map(i64::cast_unsigned),
        },
        received: row.get(10)?,
    })
}

/// Every case, the oldest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<CaseRow>, LedgerError> {
    connection.query(
        &format!("SELECT {COLUMNS} ORDER BY cases.id"),
        &[],
        case_row,
    )
}

/// Asks which of these submissions have a case.
pub(crate) fn known<'q>(
    submission_ids: impl IntoIterator<Item = &'q [u8; 16]>,
    all: &'q mut BTreeSet<[u8; 16]>,
) -> Query<'q> {
    Query::among(
        "SELECT submission_id FROM cases WHERE submission_id IN (?*)",
        submission_ids.into_iter().map(ToValue::to_value),
        |row| {
            all.insert(row.get(0)?);
            Ok(())
        },
    )
}

/// Makes the case of a record of `kiosk`, whose submission has none.
pub(crate) fn open(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    record_hash: ObjectHash,
    record: &Application,
    received: UnixMs,
) -> Result<CaseRow, LedgerError> {
    let row = CaseRow {
        id: CaseId(tx.next_number(Numbered::Cases)?),
        kiosk,
        record_hash,
        slip_number: record.slip_number.to_string(),
        scheme: record.scheme,
        township: record.township.clone(),
        masked_name: record.applicant.name.masked(),
        kiosk_time: *record.submitted,
        received,
    };
    tx.insert(
        "INSERT INTO cases (id, submission_id, record_hash, slip_number, status_token_hash, scheme, township,
                            masked_name, kiosk_boot, kiosk_tick_ms, kiosk_wall_ms, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        &[
            &row.id,
            &record.submission_id,
            &record_hash,
            &row.slip_number,
            &record.status_token_hash,
            &row.scheme.0,
            &row.township,
            &row.masked_name,
            &row.kiosk_time.boot_id,
            &row.kiosk_time.tick_ms.cast_signed(),
            &row.kiosk_time.wall_ms,
            &received,
        ],
    )?;
    log::enter(tx, Covered::Case, &[&row.id]);
    for (ordinal, attachment) in (0_u32..).zip(&record.attachments) {
        tx.insert(
            "INSERT INTO attachments (case_id, ordinal, hash) VALUES (?1, ?2, ?3)",
            &[&row.id, &ordinal, &attachment.hash],
        )?;
        log::enter(tx, Covered::Attachment, &[&row.id, &ordinal]);
    }
    Ok(row)
}

/// Appends what happened; the row that it has.
pub(crate) fn append(
    tx: &Transaction<'_>,
    id: CaseId,
    event: &CaseEvent,
) -> Result<i64, LedgerError> {
    let number = tx.next_number(Numbered::CaseEvents)?;
    tx.insert(
        "INSERT INTO case_events (id, case_id, at_ms, role, actor, action, reason, ground, details, evidence)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &[
            &number,
            &id,
            &event.at_ms,
            &role_number(event.actor.role),
            &event.actor.name,
            &event.action.code(),
            &event.reason,
            &event.ground.map(|ground| ground.0),
            &event.details.to_cbor().as_deref(),
            &event.evidence,
        ],
    )?;
    log::enter(tx, Covered::CaseEvent, &[&number]);
    Ok(number)
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
    connection.query(
        "SELECT id, at_ms, role, actor, action, reason, ground, details, evidence
         FROM case_events WHERE case_id = ?1 ORDER BY id",
        &[&id],
        |row| {
            let number: i64 = row.get(0)?;
            let corrupt = |what| LedgerError::Corrupt {
                what,
                place: format!("case_events {number}"),
            };
            let event = CaseEvent {
                at_ms: row.get(1)?,
                actor: Actor {
                    role: role_of(row.get(2)?).ok_or_else(|| corrupt("role"))?,
                    name: row.get(3)?,
                },
                action: Action::from_code(row.get(4)?).ok_or_else(|| corrupt("action"))?,
                reason: row.get(5)?,
                ground: row.get::<Option<u8>>(6)?.map(GroundCode),
                details: match row.get::<Option<Vec<u8>>>(7)? {
                    None => Details::None,
                    Some(bytes) => Details::from_cbor(&bytes).map_err(|_| corrupt("details"))?,
                },
                evidence: row.get(8)?,
            };
            Ok((number, event))
        },
    )
}

/// The case of this id.
pub(crate) fn by_id(connection: &Connection, id: CaseId) -> Result<Option<CaseRow>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} WHERE cases.id = ?1");
    connection.query_opt(&sql, &[&id], case_row)
}

/// The case with this slip number; the latest, should a restored kiosk have counted a number twice.
pub(crate) fn by_slip(connection: &Connection, slip: &str) -> Result<Option<CaseRow>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} WHERE slip_number = ?1 ORDER BY cases.id DESC LIMIT 1");
    connection.query_opt(&sql, &[&slip], case_row)
}

/// The case whose slip carries the token with this hash.
pub(crate) fn by_token(
    connection: &Connection,
    token_hash: &[u8; 32],
) -> Result<Option<CaseRow>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} WHERE status_token_hash = ?1 ORDER BY cases.id LIMIT 1");
    connection.query_opt(&sql, &[token_hash], case_row)
}

/// Cases of a township, or of all, before `before`, the newest first, at most `limit`.
pub(crate) fn newest(
    connection: &Connection,
    township: Option<&str>,
    before: Option<CaseId>,
    limit: u32,
) -> Result<Vec<CaseRow>, LedgerError> {
    let before = before.unwrap_or(CaseId(i64::MAX));
    let (first, last) = ("SELECT", "cases.id < ?1 ORDER BY cases.id DESC LIMIT ?2");
    match township {
        None => connection.query(
            &format!("{first} {COLUMNS} WHERE {last}"),
            &[&before, &limit],
            case_row,
        ),
        Some(township) => connection.query(
            &format!("{first} {COLUMNS} WHERE township = ?3 AND {last}"),
            &[&before, &limit, &township],
            case_row,
        ),
    }
}

/// How many of a case's papers have not arrived, those counted that were handed in for it afterwards.
pub(crate) fn papers_under_way(
    connection: &Connection,
    id: CaseId,
    slip_number: &str,
) -> Result<u32, LedgerError> {
    connection.query_value(
        "SELECT count(*) FROM (
             SELECT hash FROM attachments WHERE case_id = ?1
             UNION ALL
             SELECT hash FROM handover_papers JOIN handovers ON handovers.id = handover_id WHERE case_number = ?2
         ) AS papers
         WHERE NOT EXISTS (SELECT 1 FROM objects WHERE objects.hash = papers.hash)",
        &[&id, &slip_number],
    )
}

/// Whether a case's record names this object among its papers.
pub(crate) fn has_paper(
    connection: &Connection,
    id: CaseId,
    hash: ObjectHash,
) -> Result<bool, LedgerError> {
    connection.query_value(
        "SELECT EXISTS (SELECT 1 FROM attachments WHERE case_id = ?1 AND hash = ?2)",
        &[&id, &hash],
    )
}

pub(super) const fn role_number(role: Role) -> u8 {
    match role {
        Role::Applicant => 1,
        Role::Public => 2,
        Role::Township => 3,
        Role::County => 4,
        Role::System => 5,
        Role::Village => 6,
    }
}

pub(super) fn role_of(number: u8) -> Option<Role> {
    [
        Role::Applicant,
        Role::Public,
        Role::Township,
        Role::County,
        Role::System,
        Role::Village,
    ]
    .into_iter()
    .find(|role| role_number(*role) == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::{Place, lay_case, refuses};

    #[test]
    fn what_happened_is_neither_changed_nor_removed() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        ledger.write(lay_case).unwrap();
        refuses(
            &ledger,
            &[
                "UPDATE case_events SET at_ms = 1",
                "DELETE FROM case_events",
                "DELETE FROM cases",
            ],
        );
    }

    #[test]
    fn roles_keep_their_numbers() {
        let numbers: Vec<_> = (0..8).map(role_of).collect();
        assert_eq!(
            numbers,
            [
                None,
                Some(Role::Applicant),
                Some(Role::Public),
                Some(Role::Township),
                Some(Role::County),
                Some(Role::System),
                Some(Role::Village),
                None
            ]
        );
    }
}
