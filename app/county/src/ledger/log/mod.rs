//! The log: every row that is kept for good, as an entry of a Merkle tree.
//!
//! Whoever writes such a row says so by [`enter`], in the same transaction. A few seconds later [`seal`] takes all of them
//! up at once and a checkpoint is signed. What was written and never entered is found by whoever audits the ledger.

mod covered;

use std::collections::BTreeSet;

pub(crate) use covered::{Covered, Found};

use super::{
    Connection, LedgerError, Transaction,
    sql::{Query, Row, ToValue, Value},
};
use crate::{
    clock::UnixMs,
    proof::{
        Checkpoint, LogPlace,
        merkle::{self, Frontier, Hash, Place},
    },
};

/// Entries taken up by one transaction; more wait for the next, so that no line waits long behind it.
const SEALED_MAX: u32 = 512;

/// A row that was written, by its kind and key.
pub(super) type Entered = (Covered, Vec<u8>);

/// Notes that a row of `kind` with this key has been written.
pub(crate) fn enter(tx: &Transaction<'_>, kind: Covered, key: &[&dyn ToValue]) {
    tx.enter((kind, bytes_of(key)));
}

/// The bytes of a key.
fn bytes_of(key: &[&dyn ToValue]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in key {
        value.to_value().write_to(&mut bytes);
    }
    bytes
}

/// Lets rows wait to be taken up.
pub(super) fn write_entered(
    connection: &Connection,
    entered: &[Entered],
) -> Result<(), LedgerError> {
    for (kind, key) in entered {
        connection.insert(
            "INSERT INTO log_pending (kind, key) VALUES (?1, ?2)",
            &[&(*kind as u8), key],
        )?;
    }
    Ok(())
}

/// Enters every row of a ledger that is older than the log.
pub(crate) fn enter_older_rows(tx: &Transaction<'_>) -> Result<(), LedgerError> {
    let begun: bool = tx.query_value(
        "SELECT EXISTS (SELECT 1 FROM log_entries) OR EXISTS (SELECT 1 FROM log_pending)",
        &[],
    )?;
    if begun {
        return Ok(());
    }
    for kind in Covered::ALL {
        let mut keys = Vec::new();
        rows(tx, kind, |found| keys.push(found.key.to_vec()))?;
        for key in keys {
            tx.enter((kind, key));
        }
    }
    Ok(())
}

/// Hands every row of a kind to `take`.
pub(crate) fn rows(
    connection: &Connection,
    kind: Covered,
    mut take: impl FnMut(&Found<'_>),
) -> Result<(), LedgerError> {
    let mut entry = Vec::new();
    connection.stream(&kind.select_all(), &mut |row| {
        take(&kind.read(&row, &mut entry)?);
        Ok(())
    })
}

/// A row that waits to be taken up.
pub(crate) struct Pending {
    id: i64,
    pub(crate) kind: Covered,
    pub(crate) key: Vec<u8>,
}

/// Rows that wait, the first written first.
pub(crate) fn pending(connection: &Connection, limit: u32) -> Result<Vec<Pending>, LedgerError> {
    connection.query(
        "SELECT id, kind, key FROM log_pending ORDER BY id LIMIT ?1",
        &[&limit],
        |row| {
            let id = row.get(0)?;
            Ok(Pending {
                id,
                kind: kind_of(row.get(1)?, || format!("log_pending {id}"))?,
                key: row.get(2)?,
            })
        },
    )
}

/// Whether any rows wait.
pub(crate) fn is_pending(connection: &Connection) -> Result<bool, LedgerError> {
    connection.query_value("SELECT EXISTS (SELECT 1 FROM log_pending)", &[])
}

fn kind_of(number: u8, place: impl FnOnce() -> String) -> Result<Covered, LedgerError> {
    Covered::from_number(number).ok_or_else(|| corrupt("kind", place()))
}

const fn corrupt(what: &'static str, place: String) -> LedgerError {
    LedgerError::Corrupt { what, place }
}

/// Takes waiting rows up into the log, and keeps the checkpoint that `sign` signs. `None` if none wait.
pub(crate) fn seal(
    tx: &Transaction<'_>,
    now: UnixMs,
    sign: impl FnOnce(&Checkpoint) -> Vec<u8>,
) -> Result<Option<Checkpoint>, LedgerError> {
    let waiting = pending(tx, SEALED_MAX)?;
    let Some(last) = waiting.last().map(|row| row.id) else {
        return Ok(None);
    };
    let mut frontier = Frontier::of(size(tx)?, |place| node(tx, place))?;
    let mut entered = entered(tx, &waiting)?;
    for (Pending { kind, key, .. }, leaf) in waiting.iter().zip(leaves_now(tx, &waiting)?) {
        // A row that was entered twice is one entry.
        if !entered.insert((*kind, key.clone())) {
            continue;
        }
        let number = frontier.size().cast_signed();
        tx.insert(
            "INSERT INTO log_entries (number, kind, key, leaf) VALUES (?1, ?2, ?3, ?4)",
            &[&number, &(*kind as u8), key, &leaf],
        )?;
        let mut made = Vec::new();
        frontier.push(leaf, |place, hash| made.push((place, hash)));
        for (place, hash) in made.into_iter().filter(|(place, _)| 0 < place.level) {
            tx.insert(
                "INSERT INTO log_nodes (level, ix, hash) VALUES (?1, ?2, ?3)",
                &[&place.level, &place.index.cast_signed(), &hash],
            )?;
        }
    }
    tx.execute("DELETE FROM log_pending WHERE id <= ?1", &[&last])?;
    let checkpoint = Checkpoint {
        size: frontier.size(),
        root: frontier.root(),
        taken_ms: now.0,
    };
    tx.execute(
        "INSERT INTO log_checkpoints (number, size, taken_ms, message)
         VALUES ((SELECT coalesce(max(number), 0) + 1 FROM log_checkpoints), ?1, ?2, ?3)
         ON CONFLICT (size) DO NOTHING",
        &[&checkpoint.size.cast_signed(), &now, &sign(&checkpoint)],
    )?;
    Ok(Some(checkpoint))
}

/// Those of these rows that are in the log already.
fn entered(connection: &Connection, rows: &[Pending]) -> Result<BTreeSet<Entered>, LedgerError> {
    let mut found = vec![false; rows.len()];
    connection.ask(rows.iter().zip(&mut found).map(|(row, found)| {
        Query::new(
            "SELECT 1 FROM log_entries WHERE kind = ?1 AND key = ?2",
            vec![Value::Integer(row.kind as i64), Value::Bytes(&row.key)],
            |_| {
                *found = true;
                Ok(())
            },
        )
    }))?;
    let entered = rows.iter().zip(found).filter(|(_, found)| *found);
    Ok(entered
        .map(|(row, _)| (row.kind, row.key.clone()))
        .collect())
}

/// The leaves of rows as they stand, in their order.
fn leaves_now(connection: &Connection, rows: &[Pending]) -> Result<Vec<Hash>, LedgerError> {
    let place = |row: &Pending| format!("{} {}", row.kind.table(), hex::encode(&row.key));
    let mut leaves = vec![None; rows.len()];
    let queries = rows.iter().zip(&mut leaves).map(|(pending, leaf)| {
        let key = Value::read_all(&pending.key).ok_or_else(|| corrupt("key", place(pending)))?;
        let take = |row: &Row<'_>| {
            *leaf = Some(pending.kind.read(row, &mut Vec::new())?.leaf);
            Ok(())
        };
        Ok(Query::new(pending.kind.select_one(), key, take))
    });
    let queries = queries.collect::<Result<Vec<_>, LedgerError>>()?;
    connection.ask(queries)?;
    let leaves = rows.iter().zip(leaves);
    leaves
        .map(|(row, leaf)| leaf.ok_or_else(|| corrupt("row", place(row))))
        .collect()
}

/// How many entries there are.
pub(crate) fn size(connection: &Connection) -> Result<u64, LedgerError> {
    let size: i64 =
        connection.query_value("SELECT coalesce(max(number) + 1, 0) FROM log_entries", &[])?;
    Ok(size.cast_unsigned())
}

/// How many rows hold entries, whatever their numbers.
pub(crate) fn count(connection: &Connection) -> Result<u64, LedgerError> {
    let count: i64 = connection.query_value("SELECT count(*) FROM log_entries", &[])?;
    Ok(count.cast_unsigned())
}

/// The root of a perfect subtree.
pub(crate) fn node(connection: &Connection, place: Place) -> Result<Hash, LedgerError> {
    let index = place.index.cast_signed();
    let hash = if place.level == 0 {
        connection.query_opt(
            "SELECT leaf FROM log_entries WHERE number = ?1",
            &[&index],
            |row| row.get(0),
        )?
    } else {
        connection.query_opt(
            "SELECT hash FROM log_nodes WHERE level = ?1 AND ix = ?2",
            &[&place.level, &index],
            |row| row.get(0),
        )?
    };
    hash.ok_or_else(|| corrupt("node", format!("log_nodes {} {index}", place.level)))
}

/// Hands every kept root of a perfect subtree above the leaves to `take`.
pub(crate) fn nodes(
    connection: &Connection,
    mut take: impl FnMut(Place, Hash),
) -> Result<(), LedgerError> {
    connection.stream("SELECT level, ix, hash FROM log_nodes", &mut |row| {
        let place = Place {
            level: row.get(0)?,
            index: row.get::<i64>(1)?.cast_unsigned(),
        };
        take(place, row.get(2)?);
        Ok(())
    })
}

/// An entry of the log as it stands there.
pub(crate) struct Entry<'r> {
    pub(crate) number: u64,
    /// `None` if it is none.
    pub(crate) kind: Option<Covered>,
    pub(crate) key: &'r [u8],
    /// `None` if it is none.
    pub(crate) leaf: Option<Hash>,
}

/// Hands every entry to `take`, by number.
pub(crate) fn entries(
    connection: &Connection,
    mut take: impl FnMut(Entry<'_>),
) -> Result<(), LedgerError> {
    connection.stream(
        "SELECT number, kind, key, leaf FROM log_entries ORDER BY number",
        &mut |row| {
            take(Entry {
                number: row.get::<i64>(0)?.cast_unsigned(),
                kind: u8::try_from(row.get::<i64>(1)?)
                    .ok()
                    .and_then(Covered::from_number),
                key: row.bytes(2)?,
                leaf: row.bytes(3)?.try_into().ok(),
            });
            Ok(())
        },
    )
}

/// A checkpoint as it stands in the ledger, believed or not.
pub(crate) struct KeptCheckpoint {
    pub(crate) number: i64,
    pub(crate) size: u64,
    pub(crate) taken_ms: i64,
    /// Signed bytes.
    pub(crate) message: Vec<u8>,
}

/// Every checkpoint, the smallest first.
pub(crate) fn checkpoints(connection: &Connection) -> Result<Vec<KeptCheckpoint>, LedgerError> {
    connection.query(
        "SELECT number, size, taken_ms, message FROM log_checkpoints ORDER BY size",
        &[],
        kept_checkpoint,
    )
}

/// The newest checkpoint.
pub(crate) fn newest_checkpoint(
    connection: &Connection,
) -> Result<Option<KeptCheckpoint>, LedgerError> {
    connection.query_opt(
        "SELECT number, size, taken_ms, message FROM log_checkpoints ORDER BY size DESC LIMIT 1",
        &[],
        kept_checkpoint,
    )
}

fn kept_checkpoint(row: &Row<'_>) -> Result<KeptCheckpoint, LedgerError> {
    Ok(KeptCheckpoint {
        number: row.get(0)?,
        size: row.get::<i64>(1)?.cast_unsigned(),
        taken_ms: row.get(2)?,
        message: row.get(3)?,
    })
}

/// Where the row of this key is in the log; `None` while it is not.
pub(crate) fn place_of(
    connection: &Connection,
    kind: Covered,
    key: &[&dyn ToValue],
) -> Result<Option<LogPlace>, LedgerError> {
    let entry = connection.query_opt(
        "SELECT number, leaf FROM log_entries WHERE kind = ?1 AND key = ?2",
        &[&(kind as u8), &bytes_of(key)],
        |row| Ok((row.get::<i64>(0)?.cast_unsigned(), row.get(1)?)),
    )?;
    let (Some((number, leaf)), Some(newest)) = (entry, newest_checkpoint(connection)?) else {
        return Ok(None);
    };
    Ok(Some(LogPlace {
        number,
        leaf,
        size: newest.size,
        taken_ms: newest.taken_ms,
        checkpoint: newest.message,
    }))
}

/// The hashes beside the way from an entry to the root of its checkpoint.
pub(crate) fn path(connection: &Connection, place: &LogPlace) -> Result<Vec<Hash>, LedgerError> {
    merkle::inclusion_path(place.number, place.size, |place| node(connection, place))
}
