use core::fmt;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    LISTED_MAX, Moment, ReadError, Store, SubmissionId, UnixMs, WriteError, county_time,
    submission::NO_SCHEME,
};

/// What the kiosk remembers of a submission: enough to print the slip again and to say where the
/// case stands, nothing about the person. `Debug` leaves the slip's address out, since its token
/// opens the status page.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Known on every path.
    pub submission_id: SubmissionId,
    /// As printed.
    pub slip_number: String,
    /// The number of the scheme; `None` for papers without an application.
    pub scheme: Option<u16>,
    /// When the person submitted, by the kiosk's clock.
    pub submitted: UnixMs,
    /// What the slip's QR code says.
    pub slip_url: String,
    /// When the last of its objects was acknowledged; `None` while any is owed.
    pub delivered: Option<UnixMs>,
    /// Where the case stands; `None` until the county reports it.
    pub status: Option<Status>,
}

/// Where a case stands, as the county last reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The number of the stage.
    pub stage: u8,
    /// When the running clock ends, as an ISO date; `None` when no clock runs.
    pub due: Option<String>,
    /// The time the report is about, by the county's clock.
    pub as_of: UnixMs,
}

/// What a report from the county changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusChange {
    /// It is the newest report of this case.
    Recorded,
    /// A report about a later time is here already.
    Outdated,
    /// No such slip here.
    UnknownSlip,
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("submission_id", &self.submission_id)
            .field("slip_number", &self.slip_number)
            .field("scheme", &self.scheme)
            .field("submitted", &self.submitted)
            .field("delivered", &self.delivered)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The receipt of this slip number, if the kiosk gave it.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn receipt(&self, slip_number: &str) -> Result<Option<Receipt>, ReadError> {
        let receipt = self
            .reader()
            .prepare_cached(&format!("{SELECT} WHERE s.slip_number = ?1"))?
            .query_row((slip_number,), receipt)
            .optional()?;
        Ok(receipt)
    }

    /// The receipts, newest first; at most [`LISTED_MAX`], the rest by slip number only.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn receipts(&self) -> Result<Vec<Receipt>, ReadError> {
        let receipts = self
            .reader()
            .prepare_cached(&format!("{SELECT} ORDER BY s.id DESC LIMIT ?1"))?
            .query_map((LISTED_MAX,), receipt)?
            .collect::<Result<_, _>>()?;
        Ok(receipts)
    }

    /// Records where a case stands. Of two reports the one about the later time holds, whichever
    /// comes first.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn set_status(
        &mut self,
        slip_number: &str,
        stage: u8,
        due: Option<&str>,
        as_of: UnixMs,
        now: Moment,
    ) -> Result<StatusChange, WriteError> {
        let (recorded, known) = self.change(|tx| {
            county_time::hear(tx, as_of, now)?;
            let recorded = tx
                .prepare_cached(
                    "UPDATE submission SET stage = ?2, due = ?3, as_of_ms = ?4
                     WHERE slip_number = ?1 AND (as_of_ms IS NULL OR as_of_ms <= ?4)",
                )?
                .execute((slip_number, stage, due, as_of))?;
            let known = tx
                .prepare_cached("SELECT 1 FROM submission WHERE slip_number = ?1")?
                .exists((slip_number,))?;
            Ok((recorded, known))
        })?;
        Ok(match (recorded, known) {
            (0, false) => StatusChange::UnknownSlip,
            (0, true) => StatusChange::Outdated,
            _ => StatusChange::Recorded,
        })
    }
}

const SELECT: &str = "
    SELECT s.submission_id, s.slip_number, s.scheme, s.submitted_ms, s.slip_url,
           s.stage, s.due, s.as_of_ms,
           (SELECT max(o.acknowledged_ms) FROM outbox AS o
            WHERE o.submission = s.id
            HAVING count(*) = count(o.acknowledged_ms))
    FROM submission AS s";

pub(crate) fn by_submission(
    connection: &Connection,
    id: SubmissionId,
) -> rusqlite::Result<Option<Receipt>> {
    connection
        .prepare_cached(&format!("{SELECT} WHERE s.submission_id = ?1"))?
        .query_row((id.0,), receipt)
        .optional()
}

fn receipt(row: &Row<'_>) -> rusqlite::Result<Receipt> {
    let status = match (row.get(5)?, row.get(7)?) {
        (Some(stage), Some(as_of)) => Some(Status {
            stage,
            due: row.get(6)?,
            as_of,
        }),
        _ => None,
    };
    Ok(Receipt {
        submission_id: SubmissionId(row.get(0)?),
        slip_number: row.get(1)?,
        scheme: Some(row.get(2)?).filter(|scheme| *scheme != NO_SCHEME),
        submitted: row.get(3)?,
        slip_url: row.get(4)?,
        delivered: row.get(8)?,
        status,
    })
}
