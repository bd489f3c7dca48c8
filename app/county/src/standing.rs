//! Where a case stands, read from what happened to it and from its deadlines.

use std::collections::{BTreeMap, btree_map::Entry};

use envelope::KioskId;
use relief::{
    Action, Application, CaseEvent, CaseFacts, ClockView, Deadline, Exchange, KioskTime,
    NearRelative, Stage, Timeline, answered_steps, papers_awaited_since, running_clocks,
};

use crate::{
    County, UnixMs,
    ledger::{
        Connection, LedgerError,
        cases::{CaseId, CaseRow},
        exchanges,
    },
};

impl County {
    /// What a step of the case, to which `events` happened, must know beside its stage. `concerned` says whether the
    /// registers know of a near relative in office.
    pub(crate) fn facts(
        &self,
        row: &CaseRow,
        record: &Application,
        events: &[CaseEvent],
        issued: &[Deadline],
        concerned: bool,
    ) -> CaseFacts {
        let book = self.rulebook();
        let today = self.today();
        let near_relative = match &record.near_relative {
            NearRelative::None => false,
            // A relation that no table lists is registered rather than overlooked.
            NearRelative::Related { relation, .. } => {
                book.settings.registers_near_relatives(row.scheme, today)
                    && book
                        .codes
                        .near_relative(*relation)
                        .is_none_or(|kind| kind.counts_on(today))
            }
        };
        let facts = book.case_facts(row.scheme, events, issued, today);
        CaseFacts {
            near_relative: facts.near_relative || near_relative || concerned,
            ..facts
        }
    }

    /// The clocks that run on a case with these events and deadlines, the first due first.
    pub(crate) fn clocks(
        &self,
        stage: Stage,
        events: &[CaseEvent],
        issued: &[Deadline],
    ) -> Vec<ClockView> {
        let book = self.rulebook();
        let awaited_since =
            papers_awaited_since(events).filter(|asked| book.settings.pauses_for_papers(*asked));
        running_clocks(
            stage,
            &answered_steps(events),
            issued,
            awaited_since,
            self.today(),
            &book.calendar,
        )
    }
}

/// The stage that the events lead to, by the order of steps alone.
pub(crate) fn stage_of(id: CaseId, events: &[CaseEvent]) -> Result<Stage, LedgerError> {
    events
        .iter()
        .filter(|event| event.action != Action::Submit)
        .try_fold(Stage::Submitted, |stage, event| {
            stage
                .following(event.action)
                .ok_or_else(|| LedgerError::Corrupt {
                    what: "order of events",
                    place: format!("case {}: {:?} at {stage:?}", id.number(), event.action),
                })
        })
}

/// What is known of the kiosks' times, laid out once for each kiosk of a list.
#[derive(Default)]
pub(crate) struct Timelines(BTreeMap<KioskId, Timeline>);

impl Timelines {
    /// When the case was handed in: by the kiosk's clock where that can be true, else by what the kiosk's and the
    /// county's messages say together.
    pub(crate) fn submitted(
        &mut self,
        connection: &Connection,
        row: &CaseRow,
    ) -> Result<UnixMs, LedgerError> {
        self.corrected(connection, row.kiosk, row.kiosk_time, row.received)
    }

    /// The same of anything that `kiosk` made at `made`.
    pub(crate) fn corrected(
        &mut self,
        connection: &Connection,
        kiosk: KioskId,
        made: KioskTime,
        received: UnixMs,
    ) -> Result<UnixMs, LedgerError> {
        let timeline = match self.0.entry(kiosk) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Timeline::new(exchanges::of(connection, kiosk)?)),
        };
        Ok(corrected(timeline, made, received))
    }
}

/// When something was made that `kiosk` made at `made`. It reads less than [`Timelines`], which are for lists.
pub(crate) fn made_at(
    connection: &Connection,
    kiosk: KioskId,
    made: KioskTime,
    received: UnixMs,
) -> Result<UnixMs, LedgerError> {
    let mut around = Vec::new();
    connection.ask([exchanges::around(kiosk, &made, &mut around)])?;
    Ok(corrected(&Timeline::new(around), made, received))
}

/// When a case was handed in.
pub(crate) fn submitted(connection: &Connection, row: &CaseRow) -> Result<UnixMs, LedgerError> {
    made_at(connection, row.kiosk, row.kiosk_time, row.received)
}

pub(crate) fn corrected(timeline: &Timeline, made: KioskTime, received: UnixMs) -> UnixMs {
    let exchange = Exchange {
        made,
        received_ms: received.0,
    };
    UnixMs(timeline.correct(&exchange).time_ms)
}
