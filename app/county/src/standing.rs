//! Where a case stands, read from what happened to it and from its deadlines.

use std::collections::{BTreeMap, btree_map::Entry};

use envelope::KioskId;
use relief::{
    Action, Application, CaseEvent, CaseFacts, ClockView, Deadline, Exchange, Extension, Inquiry,
    KioskTime, NearRelative, PublicNotice, Stage, Step, Timeline, answered_steps, deadline,
    papers_awaited_since, running_clocks,
};

use crate::{
    County, UnixMs,
    ledger::{
        Connection, LedgerError,
        cases::{CaseId, CaseRow},
        exchanges,
    },
};

/// The facts of a case whose scheme a newer kiosk knows and this county's rules do not: nothing of it is posted.
const UNKNOWN_SCHEME: CaseFacts = CaseFacts {
    public_notice: PublicNotice::Never,
    notice_again_after_objection: false,
    near_relative: false,
    complaint: false,
    township_confirms: false,
    notice_until: None,
    extension: Extension::None,
    needs_award: false,
    needs_data_check: false,
    asked_for_papers: false,
    survey: Inquiry::Open,
    data_check: Inquiry::Open,
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
        let of_scheme = book
            .schemes
            .get(row.scheme)
            .map_or(UNKNOWN_SCHEME, CaseFacts::of_scheme);
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
        let notice = deadline::of_step(issued, Step::Notice);
        let needs_data_check = book.deadline(row.scheme, Step::DataCheckStart, today);
        let facts = CaseFacts {
            near_relative: near_relative || concerned,
            needs_data_check: needs_data_check.is_some(),
            township_confirms: book.settings.township_confirms(row.scheme, today),
            notice_until: notice.and_then(|notice| Some(notice.last_day()?.date)),
            extension: book.extension(row.scheme, issued),
            ..of_scheme
        };
        facts.told_by(events)
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
