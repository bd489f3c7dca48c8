//! What the registers are made of, and the key that it is sealed with, as they lie.

use envelope::KeyId;
use relief::{Actor, EventId};

use super::{
    Connection, LedgerError, Transaction,
    cases::{role_number, role_of},
    log::{self, Covered},
    sql::Numbered,
};
use crate::clock::UnixMs;

/// An event whose body is still sealed.
pub(crate) struct EventRow {
    pub(crate) id: EventId,
    pub(crate) at: UnixMs,
    pub(crate) actor: Actor,
    pub(crate) body: Vec<u8>,
}

/// Appends an event; its number.
pub(crate) fn append(
    tx: &Transaction<'_>,
    at: UnixMs,
    actor: &Actor,
    body: &[u8],
) -> Result<EventId, LedgerError> {
    let id = tx.next_number(Numbered::CountyEvents)?;
    tx.insert(
        "INSERT INTO county_events (id, at_ms, role, actor, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[&id, &at, &role_number(actor.role), &actor.name, &body],
    )?;
    log::enter(tx, Covered::CountyEvent, &[&id]);
    Ok(EventId(id.cast_unsigned()))
}

/// Every event behind `last`, in order.
pub(crate) fn after(connection: &Connection, last: EventId) -> Result<Vec<EventRow>, LedgerError> {
    connection.query(
        "SELECT id, at_ms, role, actor, body FROM county_events WHERE ?1 < id ORDER BY id",
        &[&last.0.cast_signed()],
        |row| {
            let id: i64 = row.get(0)?;
            let role =
                role_of(row.get(2)?).ok_or_else(|| corrupt("role", EventId(id.cast_unsigned())))?;
            Ok(EventRow {
                id: EventId(id.cast_unsigned()),
                at: row.get(1)?,
                actor: Actor {
                    role,
                    name: row.get(3)?,
                },
                body: row.get(4)?,
            })
        },
    )
}

/// The ledger has something in this event that no build of ours wrote.
pub(crate) fn corrupt(what: &'static str, id: EventId) -> LedgerError {
    LedgerError::Corrupt {
        what,
        place: format!("county_events {id}"),
    }
}

/// Whether there is an event at all.
pub(crate) fn any(connection: &Connection) -> Result<bool, LedgerError> {
    connection.query_value("SELECT EXISTS (SELECT 1 FROM county_events)", &[])
}

/// Drops a register key that nothing was sealed under.
pub(crate) fn forget_register_keys(tx: &Transaction<'_>) -> Result<(), LedgerError> {
    tx.execute("DELETE FROM register_keys", &[])?;
    Ok(())
}

/// The register key as each of the county's secrets seals it.
pub(crate) fn register_keys(connection: &Connection) -> Result<Vec<(KeyId, Vec<u8>)>, LedgerError> {
    connection.query("SELECT county_key, sealed FROM register_keys", &[], |row| {
        Ok((KeyId(row.get(0)?), row.get(1)?))
    })
}

/// Keeps the register key as one more secret seals it.
pub(crate) fn keep_register_key(
    tx: &Transaction<'_>,
    county_key: KeyId,
    sealed: &[u8],
) -> Result<(), LedgerError> {
    tx.execute(
        "INSERT INTO register_keys (county_key, sealed) VALUES (?1, ?2)",
        &[&county_key.0, &sealed],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use relief::Role;

    use super::*;
    use crate::ledger::testing::{Place, refuses};

    #[test]
    fn county_events_are_numbered_in_order_and_neither_changed_nor_removed() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let actor = Actor {
            role: Role::County,
            name: "李四".into(),
        };
        let laid: Result<_, LedgerError> = ledger.write(|tx| {
            let first = append(tx, UnixMs(5), &actor, b"one")?;
            Ok((first, append(tx, UnixMs(4), &actor, b"two")?))
        });
        let (first, second) = laid.unwrap();
        assert!(first < second);
        let rows = ledger.read(|connection| after(connection, first)).unwrap();
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!(
            (row.id, row.at, &row.body[..]),
            (second, UnixMs(4), &b"two"[..])
        );
        assert_eq!(row.actor, actor);
        let changes = [
            "UPDATE county_events SET actor = ''",
            "DELETE FROM county_events",
        ];
        refuses(&ledger, &changes);
    }
}
