//! What was seen and done on the staff pages: only appended, and covered by the log.

use super::{
    Connection, LedgerError, Transaction,
    log::{self, Covered},
};
use crate::{
    accounts::{Access, Account, Act},
    clock::UnixMs,
};

/// The office of who works at the county's machine itself.
const AT_THE_MACHINE: u8 = 0;

/// Remembers what somebody saw or did; its number.
pub(crate) fn append(
    tx: &Transaction<'_>,
    at: UnixMs,
    who: Option<&Account>,
    act: Act,
    about: &str,
    reason: &str,
) -> Result<i64, LedgerError> {
    let id: i64 = tx.query_value(
        "INSERT INTO accesses (at_ms, name, office, act, about, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        &[
            &at,
            &who.map_or("", |who| who.name.as_str()),
            &who.map_or(AT_THE_MACHINE, |who| who.office.number()),
            &(act as u8),
            &about,
            &reason,
        ],
    )?;
    log::enter(tx, Covered::Access, &[&id]);
    Ok(id)
}

/// What was seen and done before `before`, the newest first, at most `limit`.
pub(crate) fn newest(
    connection: &Connection,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Access>, LedgerError> {
    connection.query(
        "SELECT id, at_ms, name, act, about, reason FROM accesses WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
        &[&before.unwrap_or(i64::MAX), &limit],
        |row| {
            let id: i64 = row.get(0)?;
            Ok(Access {
                id,
                at: row.get(1)?,
                name: row.get(2)?,
                act: Act::from_number(row.get(3)?).ok_or_else(|| LedgerError::Corrupt {
                    what: "act",
                    place: format!("accesses {id}"),
                })?,
                about: row.get(4)?,
                reason: row.get(5)?,
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::{Place, refuses};

    #[test]
    fn what_was_seen_is_neither_changed_nor_removed() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let laid: Result<_, LedgerError> = ledger.write(|tx| {
            append(tx, UnixMs(5), None, Act::MadeAccount, "王甲", "")?;
            append(tx, UnixMs(6), None, Act::DisabledAccount, "王甲", "")
        });
        let last = laid.unwrap();
        let seen = ledger
            .read(|connection| newest(connection, Some(last), 9))
            .unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].act, &*seen[0].about), (Act::MadeAccount, "王甲"));
        let changes = ["UPDATE accesses SET reason = 'x'", "DELETE FROM accesses"];
        refuses(&ledger, &changes);
    }
}
