use envelope::{ObjectHash, Sealed};
use rusqlite::{OptionalExtension, Transaction};

use crate::{
    AuditAction, AuditActor, Moment, Receipt, Store, UnixMs, WriteError, audit,
    failure::is_disk_full, outbox, receipt, reserve::Room, retention,
};

/// The most that the sealed objects of one submission have together, bytes: far above a signed form as ink and in
/// black and white, and room for several photos. The room held on the disk is measured by it.
pub const SUBMISSION_BYTES_MAX: u64 = 8 << 20;

/// Stands in the file for a submission that applies for nothing; schemes are numbered from 1.
pub(crate) const NO_SCHEME: u16 = 0;

/// The random number that a submission is known by on every path, made once at capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubmissionId(pub [u8; 16]);

/// What becomes durable at once when a person submits.
#[derive(Clone)]
pub struct Submission {
    /// Known on every path; the same again changes nothing.
    pub submission_id: SubmissionId,
    /// As printed, from a counter that [`Store::next_slip_counter`] gave.
    pub slip_number: String,
    /// The number of the scheme; `None` for papers without an application.
    pub scheme: Option<u16>,
    /// When the person submitted, by the kiosk's clock.
    pub submitted: UnixMs,
    /// What the slip's QR code says.
    pub slip_url: String,
    /// The sealed objects with their priorities, 0 (first) to 3; at least one.
    pub objects: Vec<(u8, Sealed)>,
}

/// Why a submission did not happen. Nothing of it is in the file, and the screen says so.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// No room. Below a page limit room comes as the county acknowledges, on a full disk as files
    /// are removed; the same submission can then be made.
    #[error("disk has no room for a submission of {needed_bytes} bytes")]
    DiskFull {
        /// Bytes of the sealed objects.
        needed_bytes: u64,
    },
    /// More than the room that is held for one submission.
    #[error("submission has {got_bytes} bytes, at most {SUBMISSION_BYTES_MAX} are taken")]
    TooLong {
        /// Bytes of the sealed objects.
        got_bytes: u64,
    },
    /// Nothing to send.
    #[error("submission has no objects")]
    NoObjects,
    /// The slip number belongs to another submission.
    #[error("slip number {slip_number} belongs to another submission")]
    SlipTaken {
        /// The number.
        slip_number: String,
    },
    /// The object belongs to another submission, or stands twice in this one.
    #[error("object {hash} is in the outbox already")]
    ObjectTaken {
        /// The object.
        hash: ObjectHash,
    },
    /// Any other failure of the file or the disk.
    #[error("submission cannot be written")]
    Sqlite(#[source] rusqlite::Error),
}

impl Store {
    /// The next slip counter, from 1. It is on the disk before it is returned, so no number is
    /// given twice; one given for a submission that never happens stays unused.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails, or the counter is used up.
    pub fn next_slip_counter(&mut self) -> Result<u32, WriteError> {
        let counter = self.change(|tx| {
            tx.query_row(
                "UPDATE slip_counter SET last = last + 1 RETURNING last",
                (),
                |row| row.get(0),
            )
        })?;
        Ok(counter)
    }

    /// Makes a submission durable: its slip and all its objects, or nothing. When it returns,
    /// they are on the disk and the person may be thanked.
    ///
    /// A submission whose id is in the file already changes nothing; the receipt is the first one's.
    ///
    /// # Errors
    ///
    /// [`SubmitError`]; nothing of the submission is then in the file.
    pub fn submit(&mut self, submission: &Submission, now: Moment) -> Result<Receipt, SubmitError> {
        if submission.objects.is_empty() {
            return Err(SubmitError::NoObjects);
        }
        let bytes = submission.len_bytes();
        if SUBMISSION_BYTES_MAX < bytes {
            return Err(SubmitError::TooLong { got_bytes: bytes });
        }
        let mut made = self.submit_whole(submission, now);
        if is_want_of_room(&made) && self.release_room(Room::Submission) {
            made = self.submit_whole(submission, now);
        }
        if is_want_of_room(&made) && self.make_room(bytes, now) {
            made = self.submit_whole(submission, now);
        }
        if is_want_of_room(&made) {
            return Err(SubmitError::DiskFull {
                needed_bytes: bytes,
            });
        }
        made
    }

    /// Makes room for `bytes` of what the county holds already; `false` if there is nothing of it.
    fn make_room(&mut self, bytes: u64, now: Moment) -> bool {
        let mut make = || -> rusqlite::Result<bool> {
            let tx = self.begin()?;
            let dropped = retention::drop_oldest_ciphertext(&tx, bytes)?;
            if dropped == 0 {
                return Ok(false);
            }
            let (actor, action) = (AuditActor::Kiosk, AuditAction::RoomMade);
            audit::append(&tx, actor, action, &dropped.to_string(), now)?;
            tx.commit()?;
            Ok(true)
        };
        make().unwrap_or(false)
    }

    fn submit_whole(
        &mut self,
        submission: &Submission,
        now: Moment,
    ) -> Result<Receipt, SubmitError> {
        let tx = self.begin()?;
        if let Some(first) = receipt::by_submission(&tx, submission.submission_id)? {
            return Ok(first);
        }
        insert(&tx, submission, now)?;
        let receipt = receipt::by_submission(&tx, submission.submission_id)?;
        tx.commit()?;
        receipt.ok_or(SubmitError::Sqlite(rusqlite::Error::QueryReturnedNoRows))
    }
}

fn is_want_of_room(made: &Result<Receipt, SubmitError>) -> bool {
    matches!(made, Err(SubmitError::Sqlite(error)) if is_disk_full(error))
}

impl Submission {
    fn len_bytes(&self) -> u64 {
        self.objects
            .iter()
            .map(|(_, sealed)| sealed.bytes.len() as u64)
            .sum()
    }
}

impl From<rusqlite::Error> for SubmitError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Writes the submission and its outbox inside the caller's transaction.
pub(crate) fn insert(
    tx: &Transaction<'_>,
    submission: &Submission,
    now: Moment,
) -> Result<(), SubmitError> {
    let id: Option<i64> = tx
        .prepare_cached(
            "INSERT INTO submission (submission_id, slip_number, scheme, submitted_ms, slip_url)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (slip_number) DO NOTHING
             RETURNING id",
        )?
        .query_row(
            (
                submission.submission_id.0,
                &submission.slip_number,
                submission.scheme.unwrap_or(NO_SCHEME),
                submission.submitted,
                &submission.slip_url,
            ),
            |row| row.get(0),
        )
        .optional()?;
    let Some(id) = id else {
        return Err(SubmitError::SlipTaken {
            slip_number: submission.slip_number.clone(),
        });
    };
    for (priority, sealed) in &submission.objects {
        if !outbox::push(tx, id, *priority, sealed, now)? {
            return Err(SubmitError::ObjectTaken { hash: sealed.hash });
        }
    }
    let (actor, action) = (AuditActor::Person, AuditAction::Submitted);
    audit::append(tx, actor, action, &submission.slip_number, now)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{NOW, submission};

    #[test]
    fn a_process_that_ends_before_the_commit_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        let submission = submission(1, 200_000);

        let mut store = Store::open(&path).unwrap();
        let tx = store.begin().unwrap();
        insert(&tx, &submission, NOW).unwrap();
        drop(tx);
        drop(store);

        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.receipts().unwrap(), []);
        assert_eq!(store.all_unacknowledged(NOW).unwrap(), []);
        store.submit(&submission, NOW).unwrap();
        assert_eq!(store.receipts().unwrap().len(), 1);
    }
}
