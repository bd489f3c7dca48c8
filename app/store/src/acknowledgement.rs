//! What the county says it holds, and how a county that has gone back to an older backup gives itself away.
//!
//! The county numbers the objects that it holds of a kiosk, 1, 2, 3 …, in the order in which it came to hold them, and
//! says in each acknowledgement the number of each object and how many it holds. After a county was restored from a
//! backup, it holds fewer than it said before, and gives numbers to new objects that others had. Either sign makes the
//! kiosk owe the objects in question again, as long as it still has their bytes.

use envelope::ObjectHash;
use rusqlite::{OptionalExtension, Transaction};

use crate::{AuditAction, AuditActor, Moment, Store, UnixMs, WriteError, audit, county_time};

/// An acknowledgement that the caller has verified.
#[derive(Debug, Clone, Copy)]
pub struct Acknowledged<'a> {
    /// The signed bytes as they came, kept as proof.
    pub message: &'a [u8],
    /// The county's clock when it signed.
    pub county: UnixMs,
    /// The objects that the county holds.
    pub hashes: &'a [ObjectHash],
    /// The number of each, in the order of `hashes`; shorter or empty if the county does not number.
    pub numbers: &'a [u64],
    /// How many objects of this kiosk the county holds, if it says so.
    pub held: Option<u64>,
}

/// What an acknowledgement changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AcknowledgeOutcome {
    /// Objects that are acknowledged and were not before.
    pub new: usize,
    /// Objects that were acknowledged before and are owed again.
    pub asked_again: usize,
}

impl Store {
    /// Records that the county holds these objects, with the signed message that says so.
    ///
    /// Their bytes stay for the time of [`Retention`](crate::Retention), so that the county can ask for them again;
    /// hashes, receipt and message stay for good. Hashes that are unknown or acknowledged before change nothing.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails; nothing is recorded then, and the county
    /// answers again when the object arrives again.
    pub fn acknowledge(
        &mut self,
        acknowledged: &Acknowledged<'_>,
        now: Moment,
    ) -> Result<AcknowledgeOutcome, WriteError> {
        Ok(self.change(|tx| {
            // An older message that comes late says nothing of what the county holds now.
            let newest = county_time::newest(tx)?.is_none_or(|newest| newest <= acknowledged.county);
            county_time::hear(tx, acknowledged.county, now)?;
            let id: i64 = tx
                .prepare_cached(
                    "INSERT INTO acknowledgement (message, received_ms, county_ms) VALUES (?1, ?2, ?3) RETURNING id",
                )?
                .query_row((acknowledged.message, now.wall, acknowledged.county), |row| {
                    row.get(0)
                })?;

            let mut asked_again = 0;
            if let Some(number) = given_twice(tx, acknowledged)? {
                asked_again += ask_again_from(tx, number, acknowledged.hashes, now)?;
            }
            if let Some(held) = acknowledged.held.filter(|_| newest) {
                asked_again += ask_again_from(tx, held.saturating_add(1), acknowledged.hashes, now)?;
            }
            let mut numbers = acknowledged.numbers.iter().copied();
            let mut new = 0;
            for hash in acknowledged.hashes {
                let number = numbers.next().and_then(|number| i64::try_from(number).ok());
                let fresh = tx
                    .prepare_cached(
                        "UPDATE outbox SET acknowledged_ms = ?2, acknowledgement = ?3, refusal = NULL, blocks_held = NULL
                         WHERE hash = ?1 AND acknowledged_ms IS NULL",
                    )?
                    .execute((hash.0, now.wall, id))?;
                if 0 < fresh {
                    let (actor, action) = (AuditActor::County, AuditAction::Acknowledged);
                    audit::append(tx, actor, action, &hash.to_string(), now)?;
                }
                new += fresh;
                tx.prepare_cached(
                    "UPDATE outbox SET number = ?2
                     WHERE hash = ?1 AND acknowledged_ms IS NOT NULL AND number IS NOT ?2 AND ?2 IS NOT NULL",
                )?
                .execute((hash.0, number))?;
            }
            if new == 0 {
                // Proof of nothing that an earlier message does not prove.
                tx.prepare_cached("DELETE FROM acknowledgement WHERE id = ?1")?
                    .execute((id,))?;
            }
            Ok(AcknowledgeOutcome { new, asked_again })
        })?)
    }
}

/// The lowest number of the message that another object has already.
fn given_twice(
    tx: &Transaction<'_>,
    acknowledged: &Acknowledged<'_>,
) -> rusqlite::Result<Option<u64>> {
    let mut lowest = None;
    for (hash, number) in acknowledged.hashes.iter().zip(acknowledged.numbers) {
        let taken = tx
            .prepare_cached("SELECT 1 FROM outbox WHERE number = ?1 AND hash <> ?2")?
            .query_row((i64::try_from(*number).ok(), hash.0), |_| Ok(()))
            .optional()?;
        if taken.is_some() {
            lowest = Some(lowest.map_or(*number, |lowest: u64| lowest.min(*number)));
        }
    }
    Ok(lowest)
}

/// Owes every object again that has `number` or a higher one, is not among `spared`, and still has its bytes here.
/// One without bytes stays acknowledged, with the county's signature as proof, and loses its number.
fn ask_again_from(
    tx: &Transaction<'_>,
    number: u64,
    spared: &[ObjectHash],
    now: Moment,
) -> rusqlite::Result<usize> {
    let Ok(number) = i64::try_from(number) else {
        return Ok(0);
    };
    let suspects: Vec<(i64, [u8; 32], bool)> = tx
        .prepare_cached(
            "SELECT id, hash, EXISTS (SELECT 1 FROM ciphertext WHERE object = id)
             FROM outbox WHERE ?1 <= number",
        )?
        .query_map((number,), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut asked_again = 0;
    for (id, hash, has_bytes) in suspects {
        let hash = ObjectHash(hash);
        if spared.contains(&hash) {
            continue;
        }
        if has_bytes {
            tx.prepare_cached(
                "UPDATE outbox SET acknowledged_ms = NULL, acknowledgement = NULL, number = NULL, due_boot = 0, due_tick_ms = 0
                 WHERE id = ?1",
            )?
            .execute((id,))?;
            let (actor, action) = (AuditActor::County, AuditAction::AskedAgain);
            audit::append(tx, actor, action, &hash.to_string(), now)?;
            asked_again += 1;
        } else {
            tx.prepare_cached("UPDATE outbox SET number = NULL WHERE id = ?1")?
                .execute((id,))?;
        }
    }
    Ok(asked_again)
}
