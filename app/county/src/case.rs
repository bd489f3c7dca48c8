//! What is known of a case.

use chrono::NaiveDate;
use envelope::{Header, KioskStanding, ObjectHash, Opened, StatusToken};
use relief::{
    Action, Application, Attachment, CaseEvent, ClockView, Deadline, Ending, Kept, PublicNotice,
    Scheme, SchemeId, SlipNumber, Stage,
};

use crate::{
    County, HandoverView, UnixMs,
    ledger::{
        Connection, LedgerError,
        cases::{self, CaseId, CaseRow},
        deadlines, kiosks,
        log::{self, Covered},
        objects,
    },
    proof::LogPlace,
    standing::{Timelines, stage_of, submitted},
};

/// A case with its record opened. It holds everything that the applicant said: for staff, never for a log.
#[derive(Debug)]
pub struct CaseView {
    /// The case.
    pub id: CaseId,
    /// The record as the kiosk sealed it.
    pub application: Kept<Application>,
    /// What happened, in order.
    pub events: Vec<CaseEvent>,
    /// Where the case stands after them.
    pub stage: Stage,
    /// When the county's server had the record on disk.
    pub received: UnixMs,
    /// The papers that the record names.
    pub papers: Vec<Paper>,
    /// What was handed in for it afterwards, in the order of arrival.
    pub handovers: Vec<HandoverView>,
    /// The clocks that run, the first due first.
    pub clocks: Vec<ClockView>,
    /// Every deadline that the events issued, in order.
    pub deadlines: Vec<Deadline>,
}

/// A paper of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// What the record says of it.
    pub attachment: Kept<Attachment>,
    /// Whether it is here; it may come long after its record.
    pub arrived: bool,
}

impl Paper {
    /// The papers of a record.
    pub(crate) fn all(
        connection: &Connection,
        attachments: &[Kept<Attachment>],
    ) -> Result<Vec<Self>, LedgerError> {
        let papers = attachments.iter().map(|attachment| {
            let held = objects::held_for(connection, ObjectHash(attachment.hash))?;
            Ok(Self {
                attachment: attachment.clone(),
                arrived: held.is_some(),
            })
        });
        papers.collect()
    }
}

/// A case in a list: no answers, the name masked.
#[derive(Debug, Clone)]
pub struct CaseLine {
    /// The case.
    pub id: CaseId,
    /// Number on the slip.
    pub slip_number: String,
    /// What is applied for.
    pub scheme: SchemeId,
    /// Code of the township that is to accept it.
    pub township: String,
    /// Such as 张*.
    pub masked_name: String,
    /// Handed in at the kiosk.
    pub submitted: UnixMs,
    /// On the county's disk.
    pub received: UnixMs,
    /// Where it stands.
    pub stage: Stage,
    /// The clock that is due first.
    pub clock: Option<ClockView>,
}

/// What the holder of a slip may see.
#[derive(Debug, Clone)]
pub struct CaseStatus {
    /// Number on the slip.
    pub slip_number: String,
    /// What is applied for; `None` if this county's rules no longer list it.
    pub scheme: Option<Scheme>,
    /// Where the case stands.
    pub stage: Stage,
    /// Handed in at the kiosk, by its clock where that can be true.
    pub submitted: UnixMs,
    /// On the county's disk.
    pub received: UnixMs,
    /// Accepted by the township.
    pub accepted: Option<UnixMs>,
    /// The clocks that run, the first due first.
    pub clocks: Vec<ClockView>,
    /// Where an ending of the support stands.
    pub ending: Ending,
    /// Papers that are scanned but still on their way.
    pub papers_under_way: u32,
    /// Missing papers as the township named them, while the case waits for them.
    pub asked_for: Option<String>,
    /// Where the case is in the county's log; `None` for the seconds until it comes into it.
    pub log_place: Option<LogPlace>,
}

impl CaseStatus {
    /// Whether nothing but the stage may be shown: children's cases.
    #[must_use]
    pub fn stage_only(&self) -> bool {
        self.scheme
            .as_ref()
            .is_none_or(|scheme| scheme.public_notice == PublicNotice::Never)
    }
}

impl County {
    /// The latest case with this slip number, its record opened.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn case_by_slip(&self, slip: SlipNumber) -> Result<Option<CaseView>, LedgerError> {
        let slip = slip.to_string();
        self.ledger().read(|connection| {
            cases::by_slip(connection, &slip)?
                .map(|row| self.view(connection, row))
                .transpose()
        })
    }

    /// The case of this id, its record opened.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn case(&self, id: CaseId) -> Result<Option<CaseView>, LedgerError> {
        self.ledger().read(|connection| {
            cases::by_id(connection, id)?
                .map(|row| self.view(connection, row))
                .transpose()
        })
    }

    /// A paper that the case names, opened; `None` if the case does not name it or it has not arrived.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn paper(&self, id: CaseId, hash: ObjectHash) -> Result<Option<Opened>, LedgerError> {
        self.ledger().read(|connection| {
            if cases::has_paper(connection, id, hash)? {
                self.opened(connection, hash)
            } else {
                Ok(None)
            }
        })
    }

    /// What the holder of this token may see of the case; `None` while its record has not arrived.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn status(&self, token: &StatusToken) -> Result<Option<CaseStatus>, LedgerError> {
        self.ledger()
            .read(|connection| self.status_in(connection, token))
    }

    pub(crate) fn status_in(
        &self,
        connection: &Connection,
        token: &StatusToken,
    ) -> Result<Option<CaseStatus>, LedgerError> {
        let Some(row) = cases::by_token(connection, &token.hash())? else {
            return Ok(None);
        };
        let events = cases::events(connection, row.id)?;
        let stage = stage_of(row.id, &events)?;
        let asked_for = (stage == Stage::PapersMissing)
            .then(|| {
                events
                    .iter()
                    .rev()
                    .find(|event| event.action == Action::AskForPapers)
            })
            .flatten()
            .map(|event| event.reason.clone());
        Ok(Some(CaseStatus {
            scheme: self.rulebook().schemes.get(row.scheme).cloned(),
            stage,
            submitted: submitted(connection, &row)?,
            received: row.received,
            accepted: events
                .iter()
                .find(|event| event.action == Action::Accept)
                .map(|event| UnixMs(event.at_ms)),
            clocks: self.clocks(stage, &events, &deadlines::of_case(connection, row.id)?),
            ending: Ending::of(&events),
            papers_under_way: cases::papers_under_way(connection, row.id, &row.slip_number)?,
            asked_for,
            log_place: log::place_of(connection, Covered::Case, &[&row.id])?,
            slip_number: row.slip_number,
        }))
    }

    /// The township that a case is in.
    pub(crate) fn township_of_case(&self, id: CaseId) -> Result<Option<String>, LedgerError> {
        let row = self
            .ledger()
            .read(|connection| cases::by_id(connection, id))?;
        Ok(row.map(|row| row.township))
    }

    /// Cases before `before`, the newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn cases(&self, before: Option<CaseId>, limit: u32) -> Result<Vec<CaseLine>, LedgerError> {
        self.cases_in(None, before, limit)
    }

    /// The same of one township, or of all.
    pub(crate) fn cases_in(
        &self,
        township: Option<&str>,
        before: Option<CaseId>,
        limit: u32,
    ) -> Result<Vec<CaseLine>, LedgerError> {
        let mut timelines = Timelines::default();
        self.ledger().read(|connection| {
            cases::newest(connection, township, before, limit)?
                .into_iter()
                .map(|row| {
                    let events = cases::events(connection, row.id)?;
                    let stage = stage_of(row.id, &events)?;
                    Ok(CaseLine {
                        id: row.id,
                        scheme: row.scheme,
                        submitted: timelines.submitted(connection, &row)?,
                        received: row.received,
                        stage,
                        clock: self
                            .clocks(stage, &events, &deadlines::of_case(connection, row.id)?)
                            .into_iter()
                            .next(),
                        slip_number: row.slip_number,
                        township: row.township,
                        masked_name: row.masked_name,
                    })
                })
                .collect()
        })
    }

    fn view(&self, connection: &Connection, row: CaseRow) -> Result<CaseView, LedgerError> {
        let application = self.record(connection, &row)?;
        let events = cases::events(connection, row.id)?;
        let stage = stage_of(row.id, &events)?;
        let deadlines = deadlines::of_case(connection, row.id)?;
        let papers = Paper::all(connection, &application.attachments)?;
        let handovers = self.handovers_of(connection, &row.slip_number)?;
        Ok(CaseView {
            id: row.id,
            clocks: self.clocks(stage, &events, &deadlines),
            deadlines,
            application,
            events,
            stage,
            received: row.received,
            papers,
            handovers,
        })
    }

    pub(crate) fn record(
        &self,
        connection: &Connection,
        row: &CaseRow,
    ) -> Result<Kept<Application>, LedgerError> {
        let unreadable = || corrupt("record", row.record_hash);
        let opened = self
            .opened(connection, row.record_hash)?
            .ok_or_else(unreadable)?;
        let plain = zeroize::Zeroizing::new(opened.plain);
        Application::from_cbor(&plain).map_err(|_| unreadable())
    }

    /// Opens a held object again. It was verified when it came, so a failure means a changed file or a lost key of
    /// the county's. A key of the kiosk's that was revoked since still opens it.
    pub(crate) fn opened(
        &self,
        connection: &Connection,
        hash: ObjectHash,
    ) -> Result<Option<Opened>, LedgerError> {
        let Some(in_row) = objects::in_row(connection, hash)? else {
            return Ok(None);
        };
        let bytes = self.ledger().whole(hash, in_row)?;
        let header = Header::parse(&bytes).map_err(|_| corrupt("object", hash))?;
        let key = kiosks::find(connection, header.kiosk, header.kiosk_key)?;
        let standing = key.map_or(KioskStanding::Unknown, |key| {
            KioskStanding::Accepted(key.public)
        });
        envelope::open(&bytes, self.keyring(), |_, _| standing)
            .map(Some)
            .map_err(|_| corrupt("object", hash))
    }

    pub(crate) fn today(&self) -> NaiveDate {
        relief::china_date(self.now().0)
    }
}

pub(crate) fn corrupt(what: &'static str, hash: ObjectHash) -> LedgerError {
    LedgerError::Corrupt {
        what,
        place: format!("object {hash}"),
    }
}
