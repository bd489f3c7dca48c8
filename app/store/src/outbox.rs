use envelope::{ObjectHash, Sealed};
use rusqlite::{OptionalExtension, Row, Transaction};

use crate::{
    AuditAction, AuditActor, Moment, ReadError, Store, SubmissionId, UnixMs, WriteError, audit,
};

/// The wait after the first attempt; it doubles with each further one. Shorter than a person waits
/// at the kiosk, longer than a modem takes to dial.
pub const RETRY_FIRST_MS: u64 = 30_000;

/// The longest wait between two attempts, which go on for as long as it takes. A line that comes
/// back is used within a quarter of an hour, at less than a hundred attempts a day while it is away.
pub const RETRY_CAP_MS: u64 = 15 * 60_000;

/// The wait after the county refused an object. What it lacks, such as the kiosk's enrolment, takes a person; once a
/// day costs nothing and needs nobody to think of it.
pub const RETRY_REFUSED_MS: u64 = 24 * 60 * 60_000;

/// The most objects that one listing returns. Those beyond it come up as these are delivered or
/// put off.
pub const LISTED_MAX: u32 = 1000;

/// The most objects that [`Store::all_unacknowledged`] returns: what a busy kiosk collects in a year without any way to
/// the county, in some ten megabytes of memory. Those beyond it come up as these are delivered.
pub const OWED_MAX: u32 = 100_000;

/// An object that the county has not acknowledged, without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxObject {
    /// The object's name.
    pub hash: ObjectHash,
    /// The submission it belongs to.
    pub submission_id: SubmissionId,
    /// 0 goes first, 3 last.
    pub priority: u8,
    /// Length of the sealed object, bytes.
    pub len: u32,
    /// When it was queued, by the wall clock of then.
    pub queued: UnixMs,
    /// How often it was tried.
    pub attempts: u32,
    /// The tick of the present boot from which on it is due; 0 if it is due since the kiosk started.
    pub due_tick_ms: u64,
}

/// An object that the county refuses. It is tried again once a day and after each start, and holds up nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The object's name.
    pub hash: ObjectHash,
    /// The slip that it belongs to.
    pub slip_number: String,
    /// Number of the county's reason, see `envelope::Refusal`.
    pub reason: u8,
    /// How often it was tried.
    pub attempts: u32,
}

/// What of one priority the county has not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unacknowledged {
    /// 0 goes first, 3 last.
    pub priority: u8,
    /// How many objects.
    pub objects: u32,
    /// All their bytes.
    pub bytes: u64,
}

const COLUMNS: &str = "o.hash, s.submission_id, o.priority, o.len, o.queued_ms, o.attempts,
    iif(o.due_boot = ?1, o.due_tick_ms, 0) AS due_tick_ms
    FROM outbox AS o JOIN submission AS s ON s.id = o.submission
    WHERE o.acknowledged_ms IS NULL";

impl Store {
    /// The unacknowledged objects that are due at `now`: urgent ones first, then those that have
    /// been due longest, then the older; at most [`LISTED_MAX`]. The wall clock plays no part. What has lost its bytes
    /// to a damaged card cannot be sent and stays among [`all_unacknowledged`](Self::all_unacknowledged).
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn due_objects(&self, now: Moment) -> Result<Vec<OutboxObject>, ReadError> {
        let objects = self
            .reader()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} AND (o.due_boot <> ?1 OR o.due_tick_ms <= ?2)
                   AND EXISTS (SELECT 1 FROM ciphertext WHERE object = o.id)
                 ORDER BY o.priority, 7, o.id LIMIT ?3"
            ))?
            .query_map((now.boot, now.tick(), LISTED_MAX), object)?
            .collect::<Result<_, _>>()?;
        Ok(objects)
    }

    /// The unacknowledged objects whether due or not, in the order of
    /// [`due_objects`](Self::due_objects); at most [`OWED_MAX`].
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn all_unacknowledged(&self, now: Moment) -> Result<Vec<OutboxObject>, ReadError> {
        self.first_unacknowledged(now, OWED_MAX)
    }

    /// The first `count` of [`all_unacknowledged`](Self::all_unacknowledged).
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn first_unacknowledged(
        &self,
        now: Moment,
        count: u32,
    ) -> Result<Vec<OutboxObject>, ReadError> {
        let objects = self
            .reader()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} ORDER BY o.priority, 7, o.id LIMIT ?2"
            ))?
            .query_map((now.boot, count), object)?
            .collect::<Result<_, _>>()?;
        Ok(objects)
    }

    /// How much the county has not acknowledged, by priority, the most urgent first.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn unacknowledged_by_priority(&self) -> Result<Vec<Unacknowledged>, ReadError> {
        let owed = self
            .reader()
            .prepare_cached(
                "SELECT priority, count(*), sum(len) FROM outbox WHERE acknowledged_ms IS NULL
                 GROUP BY priority ORDER BY priority",
            )?
            .query_map((), |row| {
                Ok(Unacknowledged {
                    priority: row.get(0)?,
                    objects: row.get(1)?,
                    bytes: row.get::<_, i64>(2)?.unsigned_abs(),
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(owed)
    }

    /// How many submissions have an object that the county has not acknowledged.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn waiting(&self) -> Result<u32, ReadError> {
        Ok(self
            .reader()
            .prepare_cached(
                "SELECT count(DISTINCT submission) FROM outbox WHERE acknowledged_ms IS NULL",
            )?
            .query_row((), |row| row.get(0))?)
    }

    /// The objects that the county refuses, oldest first; at most [`LISTED_MAX`].
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn set_aside(&self) -> Result<Vec<SetAside>, ReadError> {
        let refused = self
            .reader()
            .prepare_cached(
                "SELECT o.hash, s.slip_number, o.refusal, o.attempts
                 FROM outbox AS o JOIN submission AS s ON s.id = o.submission
                 WHERE o.acknowledged_ms IS NULL AND o.refusal IS NOT NULL
                 ORDER BY o.id LIMIT ?1",
            )?
            .query_map((LISTED_MAX,), |row| {
                Ok(SetAside {
                    hash: ObjectHash(row.get(0)?),
                    slip_number: row.get(1)?,
                    reason: row.get(2)?,
                    attempts: row.get(3)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(refused)
    }

    /// The sealed object of this name; `None` if it is not here or its bytes are no longer kept.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn sealed(&self, hash: ObjectHash) -> Result<Option<Sealed>, ReadError> {
        let bytes = self
            .reader()
            .prepare_cached(
                "SELECT c.bytes
                 FROM ciphertext AS c JOIN outbox AS o ON o.id = c.object
                 WHERE o.hash = ?1",
            )?
            .query_row((hash.0,), |row| row.get(0))
            .optional()?;
        Ok(bytes.map(|bytes| Sealed { hash, bytes }))
    }

    /// Counts an attempt to deliver the object at `now` and puts the next one off: by
    /// [`RETRY_FIRST_MS`], doubled with each attempt up to [`RETRY_CAP_MS`]. It never gives up.
    ///
    /// An object that is not waiting is left as it is.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn mark_attempt(&mut self, hash: ObjectHash, now: Moment) -> Result<(), WriteError> {
        Ok(self.change(|tx| match count_attempt(tx, hash)? {
            Some(attempts) => put_off(tx, hash, retry_wait_ms(attempts), now),
            None => Ok(()),
        })?)
    }

    /// Sets an object aside that the county refuses: it is shown with the number of the reason, and due again after
    /// [`RETRY_REFUSED_MS`] or the next start.
    ///
    /// An object that is not waiting is left as it is.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn refuse(&mut self, hash: ObjectHash, reason: u8, now: Moment) -> Result<(), WriteError> {
        Ok(self.change(|tx| {
            if count_attempt(tx, hash)?.is_none() {
                return Ok(());
            }
            put_off(tx, hash, RETRY_REFUSED_MS, now)?;
            let before: Option<u8> = tx
                .prepare_cached("SELECT refusal FROM outbox WHERE hash = ?1")?
                .query_row((hash.0,), |row| row.get(0))?;
            if before == Some(reason) {
                return Ok(());
            }
            tx.prepare_cached("UPDATE outbox SET refusal = ?2 WHERE hash = ?1")?
                .execute((hash.0, reason))?;
            let (actor, action) = (AuditActor::County, AuditAction::Refused);
            audit::append(tx, actor, action, &hash.to_string(), now)
        })?)
    }

    /// Makes everything that waits due at once, as staff may ask after a repair.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn try_all_now(&mut self) -> Result<(), WriteError> {
        self.change(|tx| {
            tx.execute(
                "UPDATE outbox SET due_boot = 0, due_tick_ms = 0 WHERE acknowledged_ms IS NULL",
                (),
            )
        })?;
        Ok(())
    }

    /// Keeps the block map that the county last told of an object, as progress that survives a restart.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn set_blocks_held(&mut self, hash: ObjectHash, map: &[u8]) -> Result<(), WriteError> {
        self.change(|tx| {
            tx.prepare_cached(
                "UPDATE outbox SET blocks_held = ?2 WHERE hash = ?1 AND acknowledged_ms IS NULL",
            )?
            .execute((hash.0, map))
        })?;
        Ok(())
    }

    /// The block map that the county last told of an object that it has not acknowledged.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn blocks_held(&self, hash: ObjectHash) -> Result<Option<Vec<u8>>, ReadError> {
        let map = self
            .reader()
            .prepare_cached(
                "SELECT blocks_held FROM outbox WHERE hash = ?1 AND acknowledged_ms IS NULL",
            )?
            .query_row((hash.0,), |row| row.get(0))
            .optional()?;
        Ok(map.flatten())
    }
}

/// Counts an attempt at an object that is waiting, and returns how many there were with it.
fn count_attempt(tx: &Transaction<'_>, hash: ObjectHash) -> rusqlite::Result<Option<u32>> {
    tx.prepare_cached(
        "UPDATE outbox SET attempts = min(attempts + 1, 4294967295)
         WHERE hash = ?1 AND acknowledged_ms IS NULL
         RETURNING attempts",
    )?
    .query_row((hash.0,), |row| row.get(0))
    .optional()
}

fn put_off(
    tx: &Transaction<'_>,
    hash: ObjectHash,
    wait_ms: u64,
    now: Moment,
) -> rusqlite::Result<()> {
    let due_tick = i64::try_from(now.tick_ms.saturating_add(wait_ms)).unwrap_or(i64::MAX);
    tx.prepare_cached("UPDATE outbox SET due_boot = ?2, due_tick_ms = ?3 WHERE hash = ?1")?
        .execute((hash.0, now.boot, due_tick))?;
    Ok(())
}

/// The wait after the `attempts`-th attempt, milliseconds.
fn retry_wait_ms(attempts: u32) -> u64 {
    let doublings = attempts.saturating_sub(1).min(31);
    (RETRY_FIRST_MS << doublings).min(RETRY_CAP_MS)
}

fn object(row: &Row<'_>) -> rusqlite::Result<OutboxObject> {
    Ok(OutboxObject {
        hash: ObjectHash(row.get(0)?),
        submission_id: SubmissionId(row.get(1)?),
        priority: row.get(2)?,
        len: row.get(3)?,
        queued: row.get(4)?,
        attempts: row.get(5)?,
        due_tick_ms: row.get::<_, i64>(6)?.cast_unsigned(),
    })
}

/// Queues an object inside the caller's transaction, due at once; `false` if it is there already.
pub(crate) fn push(
    tx: &Transaction<'_>,
    submission: i64,
    priority: u8,
    sealed: &Sealed,
    now: Moment,
) -> rusqlite::Result<bool> {
    let object: Option<i64> = tx
        .prepare_cached(
            "INSERT INTO outbox (submission, hash, priority, len, queued_ms, next_try_ms, due_boot, due_tick_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
             ON CONFLICT (hash) DO NOTHING
             RETURNING id",
        )?
        .query_row(
            (
                submission,
                sealed.hash.0,
                priority,
                sealed.bytes.len() as i64,
                now.wall,
                now.boot,
                now.tick(),
            ),
            |row| row.get(0),
        )
        .optional()?;
    let Some(object) = object else {
        return Ok(false);
    };
    tx.prepare_cached("INSERT INTO ciphertext (object, bytes) VALUES (?1, ?2)")?
        .execute((object, &sealed.bytes))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour_and_stays_there() {
        let seconds: Vec<u64> = (1..=7).map(|n| retry_wait_ms(n) / 1000).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(retry_wait_ms(u32::MAX), RETRY_CAP_MS);
    }
}
