//! How long the kiosk keeps what the county has acknowledged.

use rusqlite::Transaction;

use crate::{AuditAction, AuditActor, Moment, Store, WriteError, audit, county_time};

/// How long what is acknowledged stays, in days by the county's clock, which no jump of the kiosk's changes.
///
/// What is not acknowledged stays, whatever the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Sealed bytes, so that a county restored from a backup can ask for them again. A full disk may end it earlier.
    pub ciphertext_days: u32,
    /// Slip, hashes and acknowledgement; `None` keeps them for good.
    pub receipt_days: Option<u32>,
}

impl Default for Retention {
    /// A month of sealed bytes, longer than any sensible distance of two backups; receipts for good.
    fn default() -> Self {
        Self {
            ciphertext_days: 30,
            receipt_days: None,
        }
    }
}

/// What [`Store::prune`] deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Objects whose bytes went.
    pub objects: usize,
    /// Receipts that went, with their hashes.
    pub receipts: usize,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Store {
    /// Deletes what is acknowledged and beyond its time.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails; nothing is deleted then.
    pub fn prune(&mut self, retention: &Retention, now: Moment) -> Result<Pruned, WriteError> {
        Ok(self.change(|tx| {
            let Some(newest) = county_time::newest(tx)? else {
                return Ok(Pruned::default()); // the county has said nothing yet, so nothing is acknowledged
            };
            let before = |days: u32| newest.0.saturating_sub(i64::from(days) * DAY_MS);
            let pruned = Pruned {
                objects: drop_ciphertext(tx, before(retention.ciphertext_days))?,
                receipts: match retention.receipt_days {
                    Some(days) => drop_receipts(tx, before(days))?,
                    None => 0,
                },
            };
            for (action, count) in [
                (AuditAction::Pruned, pruned.objects),
                (AuditAction::ReceiptsPruned, pruned.receipts),
            ] {
                if 0 < count {
                    audit::append(tx, AuditActor::Kiosk, action, &count.to_string(), now)?;
                }
            }
            Ok(pruned)
        })?)
    }
}

/// Deletes the bytes of submissions that are acknowledged in full and were so at or before `county_ms`.
fn drop_ciphertext(tx: &Transaction<'_>, county_ms: i64) -> rusqlite::Result<usize> {
    tx.prepare_cached(
        "DELETE FROM ciphertext WHERE NOT EXISTS (
             SELECT 1 FROM outbox AS mine
             JOIN outbox AS mate ON mate.submission = mine.submission
             LEFT JOIN acknowledgement AS a ON a.id = mate.acknowledgement
             WHERE mine.id = ciphertext.object
               AND (mate.acknowledged_ms IS NULL OR ?1 < ifnull(a.county_ms, a.received_ms))
         )",
    )?
    .execute((county_ms,))
}

/// Deletes the bytes of the oldest submissions that are acknowledged in full, until `bytes` are free or none is left;
/// how many objects went.
pub(crate) fn drop_oldest_ciphertext(tx: &Transaction<'_>, bytes: u64) -> rusqlite::Result<usize> {
    let settled: Vec<(i64, i64)> = tx
        .prepare_cached(
            "SELECT o.submission, sum(o.len) FROM outbox AS o
             JOIN ciphertext AS c ON c.object = o.id
             WHERE NOT EXISTS (
                 SELECT 1 FROM outbox AS mate
                 WHERE mate.submission = o.submission AND mate.acknowledged_ms IS NULL
             )
             GROUP BY o.submission ORDER BY o.submission",
        )?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let (mut freed, mut dropped) = (0, 0);
    for (submission, len) in settled {
        if bytes <= freed {
            break;
        }
        dropped += tx
            .prepare_cached(
                "DELETE FROM ciphertext
                 WHERE object IN (SELECT id FROM outbox WHERE submission = ?1)",
            )?
            .execute((submission,))?;
        freed += len.unsigned_abs();
    }
    Ok(dropped)
}

/// Deletes receipts whose bytes are gone and whose last acknowledgement was signed at or before `county_ms`. One
/// without an object, as damage may leave it, stays: nothing says that the county has it.
fn drop_receipts(tx: &Transaction<'_>, county_ms: i64) -> rusqlite::Result<usize> {
    let settled: Vec<i64> = tx
        .prepare_cached(
            "SELECT s.id FROM submission AS s
             WHERE EXISTS (SELECT 1 FROM outbox AS o WHERE o.submission = s.id)
               AND NOT EXISTS (
                 SELECT 1 FROM outbox AS o
                 LEFT JOIN acknowledgement AS a ON a.id = o.acknowledgement
                 LEFT JOIN ciphertext AS c ON c.object = o.id
                 WHERE o.submission = s.id
                   AND (o.acknowledged_ms IS NULL OR c.object IS NOT NULL
                        OR ?1 < ifnull(a.county_ms, a.received_ms))
             )",
        )?
        .query_map((county_ms,), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in &settled {
        tx.prepare_cached("DELETE FROM outbox WHERE submission = ?1")?
            .execute((id,))?;
        tx.prepare_cached("DELETE FROM submission WHERE id = ?1")?
            .execute((id,))?;
    }
    tx.prepare_cached(
        "DELETE FROM acknowledgement
         WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.acknowledgement = acknowledgement.id)",
    )?
    .execute(())?;
    Ok(settled.len())
}
