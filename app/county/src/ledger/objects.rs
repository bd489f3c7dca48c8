//! Sealed objects: arriving, held, refused.

use std::collections::BTreeMap;

use envelope::{Kind, KioskId, ObjectHash};
use link::{BlockMap, block_range};

use super::{
    Connection, LedgerError, Transaction,
    log::{self, Covered},
    sql::{Query, ToValue},
};
use crate::clock::UnixMs;

/// Objects that may be half here at once: two of each of 512 callers, 8 GB if all were of the longest kind. At this bound the
/// one longest untouched is dropped and its sender begins again.
pub(crate) const PARTIALS_MAX: u32 = 1024;

/// Refused objects that are kept; at this bound the oldest is dropped. Its sender still has it.
pub(crate) const REFUSED_MAX: u32 = 256;

/// An object that passed every check, with the bytes for its row.
pub(crate) struct Verified<'b> {
    pub(crate) hash: ObjectHash,
    pub(crate) kiosk: KioskId,
    pub(crate) kind: Kind,
    pub(crate) bytes: &'b [u8],
}

/// The kiosk whose object this is, if it is held.
pub(crate) fn held_for(
    connection: &Connection,
    hash: ObjectHash,
) -> Result<Option<KioskId>, LedgerError> {
    connection.query_opt(
        "SELECT kiosk FROM objects WHERE hash = ?1",
        &[&hash],
        |row| row.get(0),
    )
}

/// What is known of an object.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known {
    /// Whose it is, and its number, if it is held.
    pub(crate) held: Option<(KioskId, u64)>,
    /// Whether it was set aside.
    pub(crate) is_refused: bool,
    /// Whether blocks of it are expected.
    pub(crate) is_partial: bool,
}

/// Asks what is known of each of these objects; of others nothing is.
pub(crate) fn known<'q>(
    hashes: impl IntoIterator<Item = &'q ObjectHash>,
    all: &'q mut BTreeMap<ObjectHash, Known>,
) -> Query<'q> {
    Query::among(
        "SELECT hash, 1, kiosk, number FROM objects WHERE hash IN (?*)
         UNION ALL SELECT hash, 2, NULL, NULL FROM refused WHERE hash IN (?*)
         UNION ALL SELECT hash, 3, NULL, NULL FROM partials WHERE hash IN (?*)",
        hashes.into_iter().map(ToValue::to_value),
        |row| {
            let known = all.entry(row.get(0)?).or_default();
            match row.get(1)? {
                1_u8 => known.held = Some((row.get(2)?, row.get::<i64>(3)?.cast_unsigned())),
                2 => known.is_refused = true,
                _ => known.is_partial = true,
            }
            Ok(())
        },
    )
}

/// Hands the hash of every held object to `take`, and the bytes in its row.
pub(crate) fn each_held(
    connection: &Connection,
    mut take: impl FnMut(ObjectHash, &[u8]) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    connection.stream("SELECT hash, bytes FROM objects", &mut |row| {
        take(row.get(0)?, row.bytes(1)?)
    })
}

/// The bytes in the row of a held object.
pub(crate) fn in_row(
    connection: &Connection,
    hash: ObjectHash,
) -> Result<Option<Vec<u8>>, LedgerError> {
    connection.query_opt(
        "SELECT bytes FROM objects WHERE hash = ?1",
        &[&hash],
        |row| row.get(0),
    )
}

/// The number of an object among those of the kiosk; `None` if it is not held as one of its.
pub(crate) fn number(
    connection: &Connection,
    kiosk: KioskId,
    hash: ObjectHash,
) -> Result<Option<u64>, LedgerError> {
    let number: Option<i64> = connection.query_opt(
        "SELECT number FROM objects WHERE hash = ?1 AND kiosk = ?2",
        &[&hash, &kiosk],
        |row| row.get(0),
    )?;
    Ok(number.map(i64::cast_unsigned))
}

/// How many objects of the kiosk are held.
pub(crate) fn held_count(connection: &Connection, kiosk: KioskId) -> Result<u64, LedgerError> {
    let count: i64 = connection.query_value(
        "SELECT coalesce(max(number), 0) FROM objects WHERE kiosk = ?1",
        &[&kiosk],
    )?;
    Ok(count.cast_unsigned())
}

/// Keeps a verified object, which is not held, under the next number of its kiosk. `told` says that the kiosk hears of it as
/// soon as the transaction has committed.
pub(crate) fn hold(
    tx: &Transaction<'_>,
    object: &Verified<'_>,
    number: u64,
    told: bool,
    now: UnixMs,
) -> Result<(), LedgerError> {
    let Verified {
        hash,
        kiosk,
        kind,
        bytes,
    } = object;
    tx.insert(
        "INSERT INTO objects (hash, kiosk, kind, bytes, held_ms, number, acknowledged_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            hash,
            kiosk,
            &(*kind as u8),
            bytes,
            &now,
            &number.cast_signed(),
            &told.then_some(now),
        ],
    )?;
    log::enter(tx, Covered::Object, &[hash]);
    Ok(())
}

/// Forgets the blocks of an object that is whole, and that it was refused.
pub(crate) fn forget(
    tx: &Transaction<'_>,
    hash: ObjectHash,
    known: &Known,
) -> Result<(), LedgerError> {
    if known.is_partial {
        drop_partial(tx, hash)?;
    }
    if known.is_refused {
        tx.execute("DELETE FROM refused WHERE hash = ?1", &[&hash])?;
    }
    Ok(())
}

/// The kiosk was told that these are held.
pub(crate) fn told(
    tx: &Transaction<'_>,
    hashes: &[ObjectHash],
    now: UnixMs,
) -> Result<(), LedgerError> {
    for hash in hashes {
        tx.execute(
            "UPDATE objects SET acknowledged_ms = ?2 WHERE hash = ?1 AND acknowledged_ms IS NULL",
            &[hash, &now],
        )?;
    }
    Ok(())
}

/// Objects of which the kiosk was never told, oldest first, at most `limit`.
pub(crate) fn untold(
    connection: &Connection,
    kiosk: KioskId,
    limit: u32,
) -> Result<Vec<ObjectHash>, LedgerError> {
    connection.query(
        "SELECT hash FROM objects
         WHERE kiosk = ?1 AND acknowledged_ms IS NULL ORDER BY number LIMIT ?2",
        &[&kiosk, &limit],
        |row| row.get(0),
    )
}

/// The objects of a kiosk that arrived last, newest first, at most `limit`.
pub(crate) fn newest(
    connection: &Connection,
    kiosk: KioskId,
    limit: u32,
) -> Result<Vec<ObjectHash>, LedgerError> {
    connection.query(
        "SELECT hash FROM objects WHERE kiosk = ?1 ORDER BY number DESC LIMIT ?2",
        &[&kiosk, &limit],
        |row| row.get(0),
    )
}

/// Which blocks of an object are here; `None` if none was ever expected.
pub(crate) fn partial(
    connection: &Connection,
    hash: ObjectHash,
) -> Result<Option<BlockMap>, LedgerError> {
    let len: Option<u32> = connection.query_opt(
        "SELECT len FROM partials WHERE hash = ?1",
        &[&hash],
        |row| row.get(0),
    )?;
    let Some(len) = len else { return Ok(None) };
    let mut map = BlockMap::empty(len);
    let held = connection.query(
        "SELECT ix FROM partial_blocks WHERE hash = ?1",
        &[&hash],
        |row| row.get(0),
    )?;
    for index in held {
        map.insert(index);
    }
    Ok(Some(map))
}

/// Expects an object of `len` bytes and says what is here of it already.
///
/// Blocks that came under another length are dropped: one of the two senders is wrong, and the hash
/// decides at the end.
pub(crate) fn expect(
    tx: &Transaction<'_>,
    hash: ObjectHash,
    len: u32,
    now: UnixMs,
) -> Result<BlockMap, LedgerError> {
    if let Some(map) = partial(tx, hash)? {
        if map.len_bytes() == len {
            touch(tx, hash, now)?;
            return Ok(map);
        }
        drop_partial(tx, hash)?;
    }
    tx.execute(
        "DELETE FROM partials WHERE hash IN
           (SELECT hash FROM partials ORDER BY touched_ms DESC LIMIT ?2 OFFSET ?1)",
        &[&(PARTIALS_MAX - 1), &i64::MAX],
    )?;
    tx.execute(
        "INSERT INTO partials (hash, len, touched_ms) VALUES (?1, ?2, ?3)",
        &[&hash, &len, &now],
    )?;
    Ok(BlockMap::empty(len))
}

/// Keeps blocks of an expected object. A block that is here already stays as it is; one that lies past
/// the end or has another length than its place asks for is passed over.
///
/// Returns what is here now, or `None` if the object is not expected.
pub(crate) fn add_blocks<'b>(
    tx: &Transaction<'_>,
    hash: ObjectHash,
    blocks: impl IntoIterator<Item = (u32, &'b [u8])>,
    now: UnixMs,
) -> Result<Option<BlockMap>, LedgerError> {
    let Some(mut map) = partial(tx, hash)? else {
        return Ok(None);
    };
    for (index, bytes) in blocks {
        let fits = block_range(map.len_bytes(), index).len() == bytes.len();
        if fits && map.insert(index) {
            tx.execute(
                "INSERT INTO partial_blocks (hash, ix, bytes) VALUES (?1, ?2, ?3)",
                &[&hash, &index, &bytes],
            )?;
        }
    }
    touch(tx, hash, now)?;
    Ok(Some(map))
}

fn touch(tx: &Transaction<'_>, hash: ObjectHash, now: UnixMs) -> Result<(), LedgerError> {
    tx.execute(
        "UPDATE partials SET touched_ms = ?2 WHERE hash = ?1",
        &[&hash, &now],
    )?;
    Ok(())
}

/// The blocks put together; `None` while one is missing.
pub(crate) fn assembled(
    connection: &Connection,
    hash: ObjectHash,
) -> Result<Option<Vec<u8>>, LedgerError> {
    let Some(map) = partial(connection, hash)?.filter(BlockMap::is_complete) else {
        return Ok(None);
    };
    let mut bytes = Vec::with_capacity(map.len_bytes() as usize);
    connection.query(
        "SELECT bytes FROM partial_blocks WHERE hash = ?1 ORDER BY ix",
        &[&hash],
        |row| {
            bytes.extend_from_slice(row.bytes(0)?);
            Ok(())
        },
    )?;
    Ok(Some(bytes))
}

/// Forgets the blocks of an object.
pub(crate) fn drop_partial(tx: &Transaction<'_>, hash: ObjectHash) -> Result<(), LedgerError> {
    tx.execute("DELETE FROM partials WHERE hash = ?1", &[&hash])?;
    Ok(())
}

/// Sets a whole object aside with the reason why it is refused, and forgets its blocks.
pub(crate) fn set_aside(
    tx: &Transaction<'_>,
    hash: ObjectHash,
    reason: &str,
    bytes: &[u8],
    now: UnixMs,
) -> Result<(), LedgerError> {
    tx.execute(
        "INSERT INTO refused (hash, reason, refused_ms, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hash) DO UPDATE SET reason = ?2, refused_ms = ?3",
        &[&hash, &reason, &now, &bytes],
    )?;
    tx.execute(
        "DELETE FROM refused WHERE hash IN
           (SELECT hash FROM refused ORDER BY refused_ms DESC LIMIT ?2 OFFSET ?1)",
        &[&REFUSED_MAX, &i64::MAX],
    )?;
    drop_partial(tx, hash)
}

/// The bytes of an object that was refused.
pub(crate) fn refused(
    connection: &Connection,
    hash: ObjectHash,
) -> Result<Option<Vec<u8>>, LedgerError> {
    connection.query_opt(
        "SELECT bytes FROM refused WHERE hash = ?1",
        &[&hash],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::with_ledger;

    fn hash(number: u32) -> ObjectHash {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        ObjectHash(hash)
    }

    #[test]
    fn the_object_longest_untouched_makes_room_for_a_new_one() {
        with_ledger(|tx| {
            for number in 0..PARTIALS_MAX {
                expect(tx, hash(number), 240, UnixMs(i64::from(number)))?;
            }
            add_blocks(tx, hash(0), [(0, [7; 240].as_slice())], UnixMs(1_000_000))?;
            expect(tx, hash(PARTIALS_MAX), 240, UnixMs(1_000_001))?;
            assert_eq!(partial(tx, hash(0))?.map(|map| map.held()), Some(1));
            assert_eq!(partial(tx, hash(1))?, None);
            assert_eq!(partial(tx, hash(2))?.map(|map| map.held()), Some(0));
            Ok(())
        });
    }

    #[test]
    fn the_oldest_refused_object_makes_room_for_a_new_one() {
        with_ledger(|tx| {
            for number in 0..=REFUSED_MAX {
                set_aside(
                    tx,
                    hash(number),
                    "forged",
                    b"bytes",
                    UnixMs(i64::from(number)),
                )?;
            }
            assert_eq!(refused(tx, hash(0))?, None);
            assert_eq!(refused(tx, hash(1))?.as_deref(), Some(b"bytes".as_slice()));
            Ok(())
        });
    }

    #[test]
    fn a_block_of_another_length_than_its_place_is_passed_over() {
        with_ledger(|tx| {
            expect(tx, hash(1), 250, UnixMs(0))?;
            let blocks: [(u32, &[u8]); 4] = [
                (0, &[0; 239]),
                (1, &[0; 11]),
                (2, &[0; 10]),
                (u32::MAX, &[0; 10]),
            ];
            assert_eq!(
                add_blocks(tx, hash(1), blocks, UnixMs(0))?.map(|map| map.held()),
                Some(0)
            );
            let blocks: [(u32, &[u8]); 2] = [(1, &[2; 10]), (0, &[1; 240])];
            assert_eq!(
                add_blocks(tx, hash(1), blocks, UnixMs(0))?.map(|map| map.held()),
                Some(2)
            );
            let whole = [vec![1; 240], vec![2; 10]].concat();
            assert_eq!(assembled(tx, hash(1))?, Some(whole));
            Ok(())
        });
    }
}
