//! Kiosks, their keys, and which of the county's keys they trust.

use std::collections::{BTreeMap, BTreeSet};

use envelope::{KeyId, KioskId, KioskPublic, KioskStanding};

use super::{
    Connection, LedgerError, Transaction,
    log::{self, Covered},
    sql::{Query, ToValue},
};
use crate::clock::UnixMs;

/// A key that a kiosk was taken in with.
pub(crate) struct KioskKey {
    pub(crate) public: KioskPublic,
    /// When it was taken in.
    pub(crate) enrolled: UnixMs,
    /// When it ceased to count; `None` while it counts.
    pub(crate) revoked: Option<UnixMs>,
}

/// Takes a kiosk in with this key, beside those it has. A key that is here already changes nothing.
///
/// False if the key was revoked before: it stays so.
pub(crate) fn enrol(
    tx: &Transaction<'_>,
    kiosk: &KioskPublic,
    now: UnixMs,
) -> Result<bool, LedgerError> {
    tx.execute(
        "INSERT INTO kiosks (id) VALUES (?1) ON CONFLICT (id) DO NOTHING",
        &[&kiosk.id()],
    )?;
    let is_new = tx.insert_new(
        "INSERT INTO kiosk_keys (kiosk, public_key, enrolled_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (kiosk, public_key) DO NOTHING",
        &[&kiosk.id(), &kiosk.to_bytes(), &now],
    )?;
    if is_new {
        let key: [&dyn ToValue; 2] = [&kiosk.id(), &kiosk.to_bytes()];
        log::enter(tx, Covered::KioskKey, &key);
    }
    tx.query_value(
        "SELECT revoked_ms IS NULL FROM kiosk_keys WHERE kiosk = ?1 AND public_key = ?2",
        &[&kiosk.id(), &kiosk.to_bytes()],
    )
}

/// Revokes a key for good. False if the kiosk has no such key, or it is revoked already.
pub(crate) fn revoke(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    key: KeyId,
    now: UnixMs,
) -> Result<bool, LedgerError> {
    let Some(found) = find(tx, kiosk, key)?.filter(|found| found.revoked.is_none()) else {
        return Ok(false);
    };
    tx.execute(
        "UPDATE kiosk_keys SET revoked_ms = ?3 WHERE kiosk = ?1 AND public_key = ?2",
        &[&kiosk, &found.public.to_bytes(), &now],
    )?;
    let key: [&dyn ToValue; 2] = [&kiosk, &found.public.to_bytes()];
    log::enter(tx, Covered::Revocation, &key);
    Ok(true)
}

/// The keys of a kiosk, newest first; none if it was never taken in.
pub(crate) fn keys(connection: &Connection, kiosk: KioskId) -> Result<Vec<KioskKey>, LedgerError> {
    connection.query(
        "SELECT public_key, revoked_ms, enrolled_ms FROM kiosk_keys WHERE kiosk = ?1 ORDER BY enrolled_ms DESC, public_key",
        &[&kiosk],
        |row| {
            Ok(KioskKey {
                public: public_key(kiosk, row.bytes(0)?)?,
                enrolled: row.get(2)?,
                revoked: row.get(1)?,
            })
        },
    )
}

fn public_key(kiosk: KioskId, bytes: &[u8]) -> Result<KioskPublic, LedgerError> {
    KioskPublic::from_bytes(bytes).map_err(|_| LedgerError::Corrupt {
        what: "public key",
        place: format!("kiosk_keys {kiosk}"),
    })
}

/// The key of a kiosk that has this id.
pub(crate) fn find(
    connection: &Connection,
    kiosk: KioskId,
    key: KeyId,
) -> Result<Option<KioskKey>, LedgerError> {
    let keys = keys(connection, kiosk)?;
    Ok(keys.into_iter().find(|found| found.public.key_id() == key))
}

/// What a signature with this key counts for now.
pub(crate) fn standing(
    connection: &Connection,
    kiosk: KioskId,
    key: KeyId,
) -> Result<KioskStanding, LedgerError> {
    Ok(match find(connection, kiosk, key)? {
        Some(KioskKey {
            revoked: Some(_), ..
        }) => KioskStanding::Revoked,
        Some(KioskKey {
            public,
            revoked: None,
            ..
        }) => KioskStanding::Accepted(public),
        None => KioskStanding::Unknown,
    })
}

/// An object of the kiosk came sealed to this key of the county's.
pub(crate) fn sealed_to(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    county_key: KeyId,
) -> Result<(), LedgerError> {
    tx.execute(
        "UPDATE kiosks SET county_key = ?2 WHERE id = ?1 AND county_key IS DISTINCT FROM ?2",
        &[&kiosk, &county_key.0],
    )?;
    Ok(())
}

/// What a kiosk's objects are judged and numbered by.
pub(crate) struct Sender {
    /// Its keys that count.
    pub(crate) keys: Vec<KeyId>,
    /// The county's key that it sealed to last; `None` before its first object.
    pub(crate) county_key: Option<KeyId>,
    /// How many of its objects are held.
    pub(crate) held: u64,
}

/// Asks which of these kiosks have a key that counts.
pub(crate) fn senders<'q>(
    kiosks: &'q BTreeSet<KioskId>,
    all: &'q mut BTreeMap<KioskId, Sender>,
) -> Query<'q> {
    Query::among(
        "SELECT id, public_key, county_key, (SELECT coalesce(max(number), 0) FROM objects WHERE kiosk = kiosks.id)
         FROM kiosks JOIN kiosk_keys ON kiosk = id WHERE revoked_ms IS NULL AND id IN (?*)",
        kiosks.iter().map(ToValue::to_value),
        |row| {
            let kiosk = row.get(0)?;
            let key = public_key(kiosk, row.bytes(1)?)?;
            let sender = Sender {
                keys: Vec::new(),
                county_key: row.get::<Option<[u8; 4]>>(2)?.map(KeyId),
                held: row.get::<i64>(3)?.cast_unsigned(),
            };
            all.entry(kiosk).or_insert(sender).keys.push(key.key_id());
            Ok(())
        },
    )
}

/// The county's key that the kiosk sealed to last; `None` before its first object.
pub(crate) fn county_key(
    connection: &Connection,
    kiosk: KioskId,
) -> Result<Option<KeyId>, LedgerError> {
    let key: Option<Option<[u8; 4]>> = connection.query_opt(
        "SELECT county_key FROM kiosks WHERE id = ?1",
        &[&kiosk],
        |row| row.get(0),
    )?;
    Ok(key.flatten().map(KeyId))
}

#[cfg(test)]
mod tests {
    use envelope::{KioskSigner, Suite};

    use super::*;
    use crate::ledger::testing::with_ledger;

    fn key(seed: u8) -> KioskPublic {
        KioskSigner::from_seed(KioskId(3), [seed; 32]).public()
    }

    #[test]
    fn a_second_key_stands_beside_the_first_and_the_newest_comes_first() {
        with_ledger(|tx| {
            let sm2 = KioskSigner::from_seed_in(Suite::Sm2, KioskId(3), [2; 32]).public();
            for (at, key) in [(1, key(1)), (2, sm2.clone()), (3, key(1))] {
                assert!(enrol(tx, &key, UnixMs(at))?);
            }
            let keys: Vec<_> = keys(tx, KioskId(3))?
                .into_iter()
                .map(|key| key.public)
                .collect();
            assert_eq!(keys, [sm2.clone(), key(1)]);
            for key in keys {
                let standing = standing(tx, KioskId(3), key.key_id())?;
                assert_eq!(standing, KioskStanding::Accepted(key));
            }
            let elsewhere = standing(tx, KioskId(4), sm2.key_id())?;
            assert_eq!(elsewhere, KioskStanding::Unknown);
            Ok(())
        });
    }

    #[test]
    fn a_revoked_key_stays_revoked_and_the_others_count() {
        with_ledger(|tx| {
            let (lost, other) = (key(1), key(2));
            for key in [&lost, &other] {
                enrol(tx, key, UnixMs(1))?;
            }
            assert!(revoke(tx, KioskId(3), lost.key_id(), UnixMs(2))?);
            assert!(!revoke(tx, KioskId(3), lost.key_id(), UnixMs(3))?);
            assert!(!revoke(tx, KioskId(3), key(9).key_id(), UnixMs(3))?);
            assert!(!enrol(tx, &lost, UnixMs(4))?);
            assert_eq!(
                standing(tx, KioskId(3), lost.key_id())?,
                KioskStanding::Revoked
            );
            assert_eq!(
                standing(tx, KioskId(3), other.key_id())?,
                KioskStanding::Accepted(other)
            );
            let found = find(tx, KioskId(3), lost.key_id())?.and_then(|key| key.revoked);
            assert_eq!(found, Some(UnixMs(2)));
            Ok(())
        });
    }

    #[test]
    fn a_kiosk_trusts_the_county_key_that_it_sealed_to_last() {
        with_ledger(|tx| {
            enrol(tx, &key(1), UnixMs(1))?;
            assert_eq!(county_key(tx, KioskId(3))?, None);
            for id in [[1; 4], [2; 4]] {
                sealed_to(tx, KioskId(3), KeyId(id))?;
                assert_eq!(county_key(tx, KioskId(3))?, Some(KeyId(id)));
            }
            assert_eq!(county_key(tx, KioskId(4))?, None);
            Ok(())
        });
    }
}
