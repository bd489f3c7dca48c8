//! Papers that were handed in without an application, and the case that they belong to.

use envelope::{ObjectHash, Opened, StatusToken};
use relief::{Handover, Kept};

use crate::{
    County, Paper, UnixMs,
    case::corrupt,
    ledger::{
        Connection, LedgerError, cases,
        handovers::{self, HandoverId, HandoverRow},
    },
    standing::{Timelines, made_at},
};

/// A handover with its record opened.
#[derive(Debug)]
pub struct HandoverView {
    /// The handover.
    pub id: HandoverId,
    /// The record as the kiosk sealed it.
    pub record: Kept<Handover>,
    /// Handed in at the kiosk, by its clock where that can be true.
    pub submitted: UnixMs,
    /// When the county's server had the record on disk.
    pub received: UnixMs,
    /// The papers that the record names.
    pub papers: Vec<Paper>,
}

/// What the holder of its slip may see of a handover: nothing of the case, for whoever knows a case's number can hand
/// papers in for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HandoverStatus {
    /// Number on its slip.
    pub(crate) slip_number: String,
    /// The number of the case that it was handed in for.
    pub(crate) case_number: Option<String>,
    /// Handed in at the kiosk.
    pub(crate) submitted: UnixMs,
    /// On the county's disk.
    pub(crate) received: UnixMs,
    /// Papers that are scanned but still on their way.
    pub(crate) papers_under_way: u32,
}

impl County {
    /// Handovers that are in no case, before `before`, the newest first, at most `limit`: those of offices, and those whose
    /// case has not come.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn handovers_of_no_case(
        &self,
        before: Option<HandoverId>,
        limit: u32,
    ) -> Result<Vec<HandoverView>, LedgerError> {
        self.ledger().read(|connection| {
            let rows = handovers::of_no_case(connection, before, limit)?;
            self.handover_views(connection, rows)
        })
    }

    /// The handover of this id, its record opened.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn handover(&self, id: HandoverId) -> Result<Option<HandoverView>, LedgerError> {
        self.ledger().read(|connection| {
            let row = handovers::by_id(connection, id)?;
            Ok(self.handover_views(connection, row)?.pop())
        })
    }

    /// A paper that the handover names, opened; `None` if it does not name it or it has not arrived.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn handover_paper(
        &self,
        id: HandoverId,
        hash: ObjectHash,
    ) -> Result<Option<Opened>, LedgerError> {
        self.ledger().read(|connection| {
            if handovers::has_paper(connection, id, hash)? {
                self.opened(connection, hash)
            } else {
                Ok(None)
            }
        })
    }

    /// The township that the case of a handover is in; `None` if it is in no case.
    pub(crate) fn township_of_handover(
        &self,
        id: HandoverId,
    ) -> Result<Option<String>, LedgerError> {
        self.ledger().read(|connection| {
            let row = handovers::by_id(connection, id)?;
            let Some(case_number) = row.and_then(|row| row.case_number) else {
                return Ok(None);
            };
            let case = cases::by_slip(connection, &case_number)?;
            Ok(case.map(|case| case.township))
        })
    }

    /// What the holder of this token may see of a handover; `None` while its record has not arrived.
    pub(crate) fn handover_status(
        &self,
        connection: &Connection,
        token: &StatusToken,
    ) -> Result<Option<HandoverStatus>, LedgerError> {
        let Some(row) = handovers::by_token(connection, &token.hash())? else {
            return Ok(None);
        };
        Ok(Some(HandoverStatus {
            submitted: made_at(connection, row.kiosk, row.kiosk_time, row.received)?,
            received: row.received,
            papers_under_way: handovers::papers_under_way(connection, row.id)?,
            slip_number: row.slip_number,
            case_number: row.case_number,
        }))
    }

    /// What was handed in for the case of this slip number, in the order of arrival.
    pub(crate) fn handovers_of(
        &self,
        connection: &Connection,
        slip_number: &str,
    ) -> Result<Vec<HandoverView>, LedgerError> {
        let rows = handovers::of_case(connection, slip_number)?;
        self.handover_views(connection, rows)
    }

    fn handover_views(
        &self,
        connection: &Connection,
        rows: impl IntoIterator<Item = HandoverRow>,
    ) -> Result<Vec<HandoverView>, LedgerError> {
        let mut timelines = Timelines::default();
        rows.into_iter()
            .map(|row| {
                let unreadable = || corrupt("handover", row.record_hash);
                let opened = self.opened(connection, row.record_hash)?;
                let plain = zeroize::Zeroizing::new(opened.ok_or_else(unreadable)?.plain);
                let record = Handover::from_cbor(&plain).map_err(|_| unreadable())?;
                Ok(HandoverView {
                    id: row.id,
                    submitted: timelines.corrected(
                        connection,
                        row.kiosk,
                        row.kiosk_time,
                        row.received,
                    )?,
                    received: row.received,
                    papers: Paper::all(connection, &record.attachments)?,
                    record,
                })
            })
            .collect()
    }
}
