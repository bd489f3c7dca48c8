use envelope::{ObjectHash, Sealed};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use crate::{ReadError, Store, SubmissionId, UnixMs, WriteError};

/// The wait after the first attempt; it doubles with each further one. Shorter than a person waits
/// at the kiosk, longer than a modem takes to dial.
pub const RETRY_FIRST_MS: i64 = 30_000;

/// The longest wait between two attempts, which go on for as long as it takes. A line that comes
/// back is used within a quarter of an hour, at less than a hundred attempts a day while it is away.
pub const RETRY_CAP_MS: i64 = 15 * 60_000;

/// The most objects that one listing returns. Those beyond it come up as these are delivered or
/// put off.
pub const LISTED_MAX: u32 = 1000;

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
    /// When it was queued.
    pub queued: UnixMs,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is due again.
    pub next_try: UnixMs,
}

impl Store {
    /// The unacknowledged objects that are due at `now`: urgent ones first, then those that have
    /// waited longest; at most [`LISTED_MAX`].
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn due_objects(&self, now: UnixMs) -> Result<Vec<OutboxObject>, ReadError> {
        // A time beyond the cap was set by a clock that has since been put back.
        let objects = self
            .reader()
            .prepare_cached(
                "SELECT o.hash, s.submission_id, o.priority, o.len, o.queued_ms, o.attempts, o.next_try_ms
                 FROM outbox AS o JOIN submission AS s ON s.id = o.submission
                 WHERE o.acknowledged_ms IS NULL AND (o.next_try_ms <= ?1 OR ?2 < o.next_try_ms)
                 ORDER BY o.priority, o.next_try_ms, o.id
                 LIMIT ?3",
            )?
            .query_map((now, now.0.saturating_add(RETRY_CAP_MS), LISTED_MAX), object)?
            .collect::<Result<_, _>>()?;
        Ok(objects)
    }

    /// The unacknowledged objects whether due or not, in the order of
    /// [`due_objects`](Self::due_objects); at most [`LISTED_MAX`].
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn all_unacknowledged(&self) -> Result<Vec<OutboxObject>, ReadError> {
        let objects = self
            .reader()
            .prepare_cached(
                "SELECT o.hash, s.submission_id, o.priority, o.len, o.queued_ms, o.attempts, o.next_try_ms
                 FROM outbox AS o JOIN submission AS s ON s.id = o.submission
                 WHERE o.acknowledged_ms IS NULL
                 ORDER BY o.priority, o.next_try_ms, o.id
                 LIMIT ?1",
            )?
            .query_map((LISTED_MAX,), object)?
            .collect::<Result<_, _>>()?;
        Ok(objects)
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
    pub fn mark_attempt(&mut self, hash: ObjectHash, now: UnixMs) -> Result<(), WriteError> {
        let tx = self.begin()?;
        let attempts: Option<u32> = tx
            .prepare_cached(
                "UPDATE outbox SET attempts = min(attempts + 1, 4294967295)
                 WHERE hash = ?1 AND acknowledged_ms IS NULL
                 RETURNING attempts",
            )?
            .query_row((hash.0,), |row| row.get(0))
            .optional()?;
        if let Some(attempts) = attempts {
            let next_try = UnixMs(now.0.saturating_add(retry_wait_ms(attempts)));
            tx.prepare_cached("UPDATE outbox SET next_try_ms = ?2 WHERE hash = ?1")?
                .execute((hash.0, next_try))?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Records that the county holds these objects, with the signed `message` that says so; the
    /// caller has verified it. Bytes go once every object of their submission is acknowledged;
    /// hashes, receipt and message stay.
    ///
    /// Hashes that are unknown or acknowledged before change nothing. Returns how many are new.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails; nothing is recorded then, and the county
    /// answers again when the object arrives again.
    pub fn acknowledge(
        &mut self,
        hashes: &[ObjectHash],
        message: &[u8],
        now: UnixMs,
    ) -> Result<usize, WriteError> {
        let tx = self.begin()?;
        let acknowledgement: i64 = tx
            .prepare_cached(
                "INSERT INTO acknowledgement (message, received_ms) VALUES (?1, ?2) RETURNING id",
            )?
            .query_row((message, now), |row| row.get(0))?;
        let mut new = 0;
        for hash in hashes {
            new += tx
                .prepare_cached(
                    "UPDATE outbox SET acknowledged_ms = ?2, acknowledgement = ?3
                     WHERE hash = ?1 AND acknowledged_ms IS NULL",
                )?
                .execute((hash.0, now, acknowledgement))?;
        }
        if new == 0 {
            return Ok(0); // dropping the transaction takes the message back
        }
        tx.prepare_cached(
            "DELETE FROM ciphertext
             WHERE object IN (
                 SELECT o.id
                 FROM outbox AS o
                 JOIN outbox AS named ON named.submission = o.submission
                 WHERE named.acknowledgement = ?1
                   AND NOT EXISTS (
                       SELECT 1 FROM outbox AS owed
                       WHERE owed.submission = o.submission AND owed.acknowledged_ms IS NULL
                   )
             )",
        )?
        .execute((acknowledgement,))?;
        tx.commit()?;
        Ok(new)
    }
}

/// The wait after the `attempts`-th attempt, milliseconds.
fn retry_wait_ms(attempts: u32) -> i64 {
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
        next_try: row.get(6)?,
    })
}

/// Queues an object inside the caller's transaction, due at once; `false` if it is there already.
pub(crate) fn push(
    tx: &Transaction<'_>,
    submission: i64,
    priority: u8,
    sealed: &Sealed,
    now: UnixMs,
) -> rusqlite::Result<bool> {
    let object: Option<i64> = tx
        .prepare_cached(
            "INSERT INTO outbox (submission, hash, priority, len, queued_ms, next_try_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5)
             ON CONFLICT (hash) DO NOTHING
             RETURNING id",
        )?
        .query_row(
            (
                submission,
                sealed.hash.0,
                priority,
                sealed.bytes.len() as i64,
                now,
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

pub(crate) fn make_all_due(connection: &Connection, now: UnixMs) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE outbox SET next_try_ms = ?1 WHERE acknowledged_ms IS NULL AND ?1 < next_try_ms",
        (now,),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour_and_stays_there() {
        let seconds: Vec<i64> = (1..=7).map(|n| retry_wait_ms(n) / 1000).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(retry_wait_ms(u32::MAX), RETRY_CAP_MS);
    }
}
