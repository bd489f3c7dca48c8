//! What is known of a case, and what is done to it.

use chrono::NaiveDate;
use envelope::{
    CountyMessage, CountySecret, Header, KeyId, KioskStanding, ObjectHash, Opened, StatusToken,
};
use relief::{
    Action, Actor, Application, Attachment, CaseEvent, ClockView, Deadline, Details, Ending,
    GroundCode, Kept, PublicNotice, Role, Scheme, SchemeId, SlipNumber, Stage, TransitionRefused,
    near_relative::Recusal,
};

use crate::{
    County, HandoverView, UnixMs,
    ledger::{
        Connection, LedgerError, Transaction,
        cases::{self, CaseId, CaseRow},
        deadlines, downlink, kiosks,
        log::{self, Covered},
        objects::{self, Verified},
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

/// Why nothing was done to a case.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The rules refuse the step; the officer is shown which.
    #[error(transparent)]
    Refused(#[from] TransitionRefused),
    /// It is the case of a near relative of the officer.
    #[error(transparent)]
    Recused(#[from] Recusal),
    /// There is no such case.
    #[error("no such case")]
    NoCase,
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What the rules say of something that might be done to a case now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prospect {
    pub(crate) action: Action,
    /// Where it would lead if its event says what it must.
    pub(crate) outcome: Result<Stage, TransitionRefused>,
}

/// What an event says beside who did what and when.
#[derive(Default)]
pub struct Said {
    /// Why, in words that the person may read.
    pub reason: String,
    /// On which ground a case takes longer, one of [`relief::Codes::extension_grounds`].
    pub ground: Option<GroundCode>,
    /// What else the action says.
    pub details: Details,
    /// What shows it: a document's number, a scanned paper.
    pub evidence: String,
}

impl Said {
    /// A reason and nothing else.
    #[must_use]
    pub fn reason(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            ..Self::default()
        }
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

    /// Does something to a case, if the rules allow it, and queues the news for its kiosk.
    ///
    /// # Errors
    ///
    /// [`ActError`]; the case stays as it was.
    pub fn act(
        &self,
        id: CaseId,
        action: Action,
        actor: Actor,
        reason: &str,
    ) -> Result<Stage, ActError> {
        self.act_with(id, action, actor, Said::reason(reason))
    }

    /// The same with all that an event can say.
    ///
    /// # Errors
    ///
    /// [`ActError`]; the case stays as it was.
    pub fn act_with(
        &self,
        id: CaseId,
        action: Action,
        actor: Actor,
        said: Said,
    ) -> Result<Stage, ActError> {
        let known = |ground| self.rulebook().codes.extension_ground(ground);
        let event = CaseEvent {
            action,
            actor,
            at_ms: self.now().0,
            reason: said.reason.trim().to_owned(),
            ground: said.ground.and_then(known).map(|known| known.code),
            details: said.details,
            evidence: said.evidence.trim().to_owned(),
        };
        self.ledger().write(|tx| {
            let row = cases::by_id(tx, id)?.ok_or(ActError::NoCase)?;
            let record = self.record(tx, &row)?;
            let relatives = self.relatives(tx, record.slip_number, Some(&event.actor))?;
            relatives.may_act?;
            let mut events = cases::events(tx, id)?;
            let mut issued = deadlines::of_case(tx, id)?;
            let facts = self.facts(&row, &record, &events, &issued, relatives.concerned);
            let stage = stage_of(id, &events)?.after(&event, &facts)?;
            self.note(tx, &row, &events, &mut issued, &event)?;
            events.push(event);
            let signer = self.signing_for(tx, row.kiosk)?;
            self.tell_kiosk(tx, &row, &events, &issued, signer)?;
            Ok(stage)
        })
    }

    /// What the rules say of each thing that each of these roles might do to the case now.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub(crate) fn prospects<const ROLES: usize>(
        &self,
        id: CaseId,
        roles: [Role; ROLES],
    ) -> Result<[Vec<Prospect>; ROLES], LedgerError> {
        let today = self.today();
        self.ledger().read(|connection| {
            let Some(row) = cases::by_id(connection, id)? else {
                return Ok(roles.map(|_| Vec::new()));
            };
            let record = self.record(connection, &row)?;
            let events = cases::events(connection, id)?;
            let issued = deadlines::of_case(connection, id)?;
            let relatives = self.relatives(connection, record.slip_number, None)?;
            let facts = self.facts(&row, &record, &events, &issued, relatives.concerned);
            let stage = stage_of(id, &events)?;
            let prospect = |role, action| Prospect {
                action,
                outcome: stage.prospect(action, role, today, &facts),
            };
            Ok(roles.map(|role| {
                let all = Action::ALL.into_iter();
                all.map(|action| prospect(role, action)).collect()
            }))
        })
    }

    /// Makes the case of a record that was handed in at `submitted` and has just been kept.
    pub(crate) fn open_case(
        &self,
        tx: &Transaction<'_>,
        object: &Verified<'_>,
        county_key: KeyId,
        record: &Application,
        submitted: UnixMs,
        now: UnixMs,
    ) -> Result<(), LedgerError> {
        let row = cases::open(tx, object.kiosk, object.hash, record, now)?;
        let machine = |action, at: UnixMs| CaseEvent {
            action,
            actor: Actor {
                role: Role::System,
                name: String::new(),
            },
            at_ms: at.0,
            reason: String::new(),
            ground: None,
            details: Details::None,
            evidence: String::new(),
        };
        self.enter_application(tx, record, submitted, now)?;
        let mut events = Vec::new();
        let mut issued = Vec::new();
        for event in [
            machine(Action::Submit, submitted),
            machine(Action::Receive, now),
        ] {
            self.note(tx, &row, &events, &mut issued, &event)?;
            events.push(event);
        }
        self.tell_kiosk(
            tx,
            &row,
            &events,
            &issued,
            self.signing_to(Some(county_key)),
        )
    }

    pub(crate) fn status_delivered(&self, row: i64) -> Result<(), LedgerError> {
        let now = self.now();
        self.ledger().write(|tx| downlink::delivered(tx, row, now))
    }

    fn tell_kiosk(
        &self,
        tx: &Transaction<'_>,
        row: &CaseRow,
        events: &[CaseEvent],
        issued: &[Deadline],
        signer: &CountySecret,
    ) -> Result<(), LedgerError> {
        let now = self.now();
        let stage = stage_of(row.id, events)?;
        let due = self
            .clocks(stage, events, issued)
            .first()
            .and_then(|clock| Some(clock.due.last_day()?.date.to_string()));
        let message = CountyMessage::Status {
            slip_number: row.slip_number.clone(),
            stage: stage.code(),
            due,
            as_of_ms: now.0,
        };
        downlink::push(tx, row.kiosk, &row.slip_number, &message.sign(signer), now)
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
