//! The log of who did what, each row bound to the one before by a hash.
//!
//! # After damage
//!
//! What a recovery of a damaged file cannot bring over stays missing, and each gap shows as a break: the first row
//! behind it does not follow. Appending goes on from the last row that is there. Since rows lost at the end would
//! leave no trace, a recovery that cannot rule that out leaves one number unused and appends a row of its own, the
//! seam, which is a break by that number; its subject is how many breaks were before it. So no loss goes unseen, and a
//! break that came later is one more than the seam tells, or stands behind it. See [`Store::audit_breaks`].

use std::collections::VecDeque;

use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use sha2::{Digest, Sha256};

use crate::{Moment, ReadError, Store, UnixMs, WriteError};

/// Who did it. Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum AuditActor {
    /// The kiosk by itself.
    Kiosk = 1,
    /// A person at the screen.
    Person = 2,
    /// Staff at the kiosk.
    Staff = 3,
    /// The county, by a signed message.
    County = 4,
}

/// What was done. Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum AuditAction {
    /// The kiosk started.
    Started = 1,
    /// A submission became durable; the subject is its slip number.
    Submitted = 2,
    /// The county acknowledged an object; the subject is its name.
    Acknowledged = 3,
    /// The county refused an object; the subject is its name.
    Refused = 4,
    /// The county has lost an object that it had acknowledged, and gets it again; the subject is its name.
    AskedAgain = 5,
    /// Ciphertext beyond its time was deleted; the subject is how many objects.
    Pruned = 6,
    /// A bundle was written to a stick; the subject is how many objects.
    BundleWritten = 7,
    /// A slip was printed; the subject is its number.
    SlipPrinted = 8,
    /// A backup of the file was written.
    BackedUp = 9,
    /// The file was damaged and rebuilt; the subject is how many rows were lost.
    Rebuilt = 10,
    /// The county's next key was learnt; the subject is its id.
    CountyKeyLearnt = 11,
    /// Receipts beyond their time were deleted; the subject is how many.
    ReceiptsPruned = 12,
    /// The file was damaged and the log lost rows before this one, how many cannot be known; the subject is how many
    /// breaks it had before.
    LogLost = 13,
    /// Acknowledged ciphertext was deleted before its time, because a submission needed the room; the subject is how
    /// many objects.
    RoomMade = 14,
    /// The county's log stood so at a checkpoint; the subject is how many entries it had and the root in hexadecimal.
    CheckpointHeard = 15,
    /// The county's own rule files came; the subject is the edition that they make.
    RulesLearnt = 16,
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place, from 1.
    pub id: i64,
    /// When.
    pub at: Moment,
    /// Number of the [`AuditActor`].
    pub actor: u8,
    /// Number of the [`AuditAction`]; one that this build does not know was written by a later one.
    pub action: u8,
    /// What it was done to: a slip number, an object's name, a count.
    pub subject: String,
    hash: [u8; 32],
}

/// The log does not hold together: a row was lost with a damaged page, or changed, taken out or put in behind the
/// kiosk's back.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The first row whose hash does not follow from what is before it.
    #[error("audit log is broken at row {id}")]
    Broken {
        /// Its place.
        id: i64,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Rows read at once while the chain is checked.
const ROWS_READ: u32 = 1000;

impl Store {
    /// Appends to the log what was done outside the file.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn note(
        &mut self,
        actor: AuditActor,
        action: AuditAction,
        subject: &str,
        now: Moment,
    ) -> Result<(), WriteError> {
        Ok(self.change(|tx| append(tx, actor, action, subject, now))?)
    }

    /// Keeps in the log how the county's own log stood at a checkpoint, as `size root`; the one heard last, heard again,
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn hear_checkpoint(&mut self, checkpoint: &str, now: Moment) -> Result<(), WriteError> {
        let (actor, action) = (AuditActor::County, AuditAction::CheckpointHeard);
        Ok(self.change(|tx| {
            let last: Option<String> = tx
                .prepare_cached(
                    "SELECT subject FROM audit WHERE action = ?1 ORDER BY id DESC LIMIT 1",
                )?
                .query_row([action as u8], |row| row.get(0))
                .optional()?;
            if last.as_deref() == Some(checkpoint) {
                return Ok(());
            }
            append(tx, actor, action, checkpoint, now)
        })?)
    }

    /// The rows after the one of number `after`, oldest first; at most `limit`.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditRow>, ReadError> {
        Ok(rows(self.reader(), after, limit)?.into())
    }

    /// Checks the whole log and returns how many rows it has.
    ///
    /// # Errors
    ///
    /// [`AuditError::Broken`] at the first row that does not follow.
    pub fn verify_audit(&self) -> Result<u64, AuditError> {
        let mut chain = Chain::new(self.reader());
        while let Some((id, follows)) = chain.next().map_err(ReadError::from)? {
            if !follows {
                return Err(AuditError::Broken { id });
            }
        }
        Ok(chain.count)
    }

    /// The number of each row that does not follow from what is before it. Behind a break the log is checked on from
    /// the row as it stands.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn audit_breaks(&self) -> Result<Vec<i64>, ReadError> {
        Ok(breaks(self.reader())?)
    }
}

/// A walk along the log.
struct Chain<'a> {
    connection: &'a Connection,
    read: VecDeque<AuditRow>,
    last: i64,
    previous: [u8; 32],
    count: u64,
}

impl<'a> Chain<'a> {
    const fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            read: VecDeque::new(),
            last: 0,
            previous: [0; 32],
            count: 0,
        }
    }

    /// The number of the next row, and whether it follows from the one before.
    fn next(&mut self) -> rusqlite::Result<Option<(i64, bool)>> {
        if self.read.is_empty() {
            self.read = rows(self.connection, self.last, ROWS_READ)?;
        }
        let Some(row) = self.read.pop_front() else {
            return Ok(None);
        };
        let hash = chained(
            &self.previous,
            row.id,
            row.at,
            row.actor,
            row.action,
            &row.subject,
        );
        let follows = row.id == self.last + 1 && row.hash == hash;
        (self.last, self.previous, self.count) = (row.id, row.hash, self.count + 1);
        Ok(Some((row.id, follows)))
    }
}

fn breaks(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut chain = Chain::new(connection);
    let mut breaks = Vec::new();
    while let Some((id, follows)) = chain.next()? {
        if !follows {
            breaks.push(id);
        }
    }
    Ok(breaks)
}

fn rows(connection: &Connection, after: i64, limit: u32) -> rusqlite::Result<VecDeque<AuditRow>> {
    connection
        .prepare_cached(
            "SELECT id, boot, tick_ms, wall_ms, actor, action, subject, hash FROM audit
             WHERE ?1 < id ORDER BY id LIMIT ?2",
        )?
        .query_map((after, limit), audit_row)?
        .collect()
}

/// Appends a row inside the caller's transaction, so that it is there exactly when what it tells of is.
pub(crate) fn append(
    tx: &Transaction<'_>,
    actor: AuditActor,
    action: AuditAction,
    subject: &str,
    now: Moment,
) -> rusqlite::Result<()> {
    let last = last(tx)?;
    let (id, previous) = last.map_or((1, [0; 32]), |last| (last.id + 1, last.hash));
    insert(tx, id, &previous, (actor, action, subject), now)
}

/// Appends the seam that a recovery leaves behind rows that may have been the last or not. It has the time of the row
/// before, since a recovery has no clock.
pub(crate) fn append_seam(connection: &Connection) -> rusqlite::Result<()> {
    /// Before the kiosk has ever started.
    const NEVER: Moment = Moment {
        boot: 0,
        tick_ms: 0,
        wall: UnixMs(0),
    };
    let breaks = breaks(connection)?.len().to_string();
    let (id, previous, at) = match last(connection)? {
        Some(last) => (last.id + 2, last.hash, last.at),
        None => (2, [0; 32], NEVER),
    };
    let told = (AuditActor::Kiosk, AuditAction::LogLost, breaks.as_str());
    insert(connection, id, &previous, told, at)
}

fn insert(
    connection: &Connection,
    id: i64,
    previous: &[u8; 32],
    (actor, action, subject): (AuditActor, AuditAction, &str),
    at: Moment,
) -> rusqlite::Result<()> {
    let hash = chained(previous, id, at, actor as u8, action as u8, subject);
    connection
        .prepare_cached(
            "INSERT INTO audit (id, boot, tick_ms, wall_ms, actor, action, subject, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            id,
            at.boot,
            at.tick(),
            at.wall,
            actor as u8,
            action as u8,
            subject,
            hash,
        ))?;
    Ok(())
}

fn last(connection: &Connection) -> rusqlite::Result<Option<AuditRow>> {
    connection
        .prepare_cached(
            "SELECT id, boot, tick_ms, wall_ms, actor, action, subject, hash FROM audit
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row((), audit_row)
        .optional()
}

/// SHA-256 over the row before and this row's fields, numbers big-endian, the subject last.
fn chained(
    previous: &[u8; 32],
    id: i64,
    at: Moment,
    actor: u8,
    action: u8,
    subject: &str,
) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"mingbai audit\x01")
        .chain_update(previous)
        .chain_update(id.to_be_bytes())
        .chain_update(at.boot.to_be_bytes())
        .chain_update(at.tick().to_be_bytes())
        .chain_update(at.wall.0.to_be_bytes())
        .chain_update([actor, action])
        .chain_update(subject)
        .finalize()
        .into()
}

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        id: row.get(0)?,
        at: Moment {
            boot: row.get(1)?,
            tick_ms: row.get::<_, i64>(2)?.cast_unsigned(),
            wall: UnixMs(row.get(3)?),
        },
        actor: row.get(4)?,
        action: row.get(5)?,
        subject: row.get(6)?,
        hash: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_and_actions_keep_their_numbers() {
        let actors = [
            AuditActor::Kiosk,
            AuditActor::Person,
            AuditActor::Staff,
            AuditActor::County,
        ];
        assert_eq!(actors.map(|actor| actor as u8), [1, 2, 3, 4]);
        let actions = [
            AuditAction::Started,
            AuditAction::Submitted,
            AuditAction::Acknowledged,
            AuditAction::Refused,
            AuditAction::AskedAgain,
            AuditAction::Pruned,
            AuditAction::BundleWritten,
            AuditAction::SlipPrinted,
            AuditAction::BackedUp,
            AuditAction::Rebuilt,
            AuditAction::CountyKeyLearnt,
            AuditAction::ReceiptsPruned,
            AuditAction::LogLost,
            AuditAction::RoomMade,
            AuditAction::CheckpointHeard,
            AuditAction::RulesLearnt,
        ];
        let numbers: Vec<u8> = actions.iter().map(|action| *action as u8).collect();
        assert_eq!(numbers, (1..=16).collect::<Vec<u8>>());
    }

    #[test]
    fn a_row_is_bound_to_the_one_before_by_these_bytes() {
        let at = Moment {
            boot: 2,
            tick_ms: 3,
            wall: UnixMs(4),
        };
        let first = chained(&[0; 32], 1, at, 2, 2, "140428-003-000001-C");
        let expected = Sha256::digest(
            [
                b"mingbai audit\x01".as_slice(),
                &[0; 32],
                &[
                    0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0,
                    0, 4, 2, 2,
                ],
                b"140428-003-000001-C",
            ]
            .concat(),
        );
        assert_eq!(first, <[u8; 32]>::from(expected));
    }
}
