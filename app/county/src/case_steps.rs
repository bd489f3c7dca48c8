//! What is done to a case, and what of it is told to its kiosk.

use envelope::{CountyMessage, CountySecret, KeyId};
use relief::{
    Action, Actor, Application, CaseEvent, Deadline, Details, GroundCode, Role, Stage,
    TransitionRefused, near_relative::Recusal,
};

use crate::{
    County, UnixMs,
    ledger::{
        LedgerError, Transaction,
        cases::{self, CaseId, CaseRow},
        deadlines, downlink,
        objects::Verified,
    },
    standing::stage_of,
};

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
}
