//! Writes down how a talk goes: for pages at once, in the ledger now and then.

use std::time::Duration;

use envelope::KioskId;
use link::{Quality, Tick};

use super::{
    CallEnd, CallStatus, Counters, LastCall, Standing,
    statistics::{CallId, LineRecord},
};
use crate::{
    County, LedgerError,
    ledger::calls::{self, Addition},
};

/// How often figures of a call that goes on are written to the ledger: what a power cut can cost of them.
const NOTE_EVERY: Duration = Duration::from_secs(600);

/// The rate is that of so long at least: two keep-alives, so that an idle line shows what idling costs.
const RATE_OVER: Duration = Duration::from_secs(30);

/// What counts as one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Calls {
    /// The whole talk, from the first byte on: somebody has called.
    Talk,
    /// Each time that the ends of a cable hear each other.
    Meeting,
}

/// The figures of one talk.
pub(super) struct CallBook<'b> {
    county: &'b County,
    line: &'b LineRecord,
    calls: Calls,
    meetings: u64,
    /// What the session had counted when it was last looked at.
    counted: Counters,
    open: Option<OpenCall>,
}

struct OpenCall {
    id: CallId,
    status: CallStatus,
    /// What the session had counted when the call began.
    base: Counters,
    /// Both ends have heard each other: what did not even greet is not worth the disk's time.
    greeted: bool,
    noted_at: Tick,
    /// What of the call is in the ledger under its line, once that has begun.
    in_line: Option<Counters>,
    /// What is in it under its kiosk.
    in_kiosk: Option<(KioskId, Counters)>,
    rate_from: (Tick, u64),
}

impl<'b> CallBook<'b> {
    pub(super) fn new(county: &'b County, line: &'b LineRecord, calls: Calls, now: Tick) -> Self {
        let mut book = Self {
            county,
            line,
            calls,
            meetings: 0,
            counted: Counters::default(),
            open: None,
        };
        if calls == Calls::Talk {
            book.begin(now);
        }
        book
    }

    /// Takes note of how the talk stands; says when it has just become known which kiosk it is.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if figures were due in the ledger and it fails.
    pub(super) fn publish(
        &mut self,
        now: Tick,
        standing: &Standing,
    ) -> Result<Option<KioskId>, LedgerError> {
        if self.calls == Calls::Meeting {
            let met_again = standing.connections != self.meetings;
            if !standing.connected || met_again {
                self.end(standing.parted.map_or(CallEnd::HungUp, CallEnd::from));
            }
            if standing.connected && met_again {
                self.begin(now);
            }
        }
        self.meetings = standing.connections;
        self.counted = Counters {
            bytes_in: standing.link.bytes_received,
            bytes_out: standing.link.bytes_sent,
            frames_damaged: standing.link.frames_damaged,
            bytes_corrected: standing.link.bytes_corrected,
            packets_lost: standing.link.packets_lost,
            objects: standing.objects,
        };
        let Some(call) = &mut self.open else {
            return Ok(None);
        };
        call.greeted |= standing.connected;
        let counters = self.counted - call.base;
        let shown = standing
            .kiosk
            .filter(|kiosk| call.status.kiosk != Some(*kiosk));
        call.status.kiosk = standing.kiosk.or(call.status.kiosk);
        call.status.counters = counters;
        call.status.quality = standing.quality;
        let (from, bytes_then) = call.rate_from;
        let over = now.since(from);
        if RATE_OVER <= over {
            let micros = u64::try_from(over.as_micros()).unwrap_or(u64::MAX);
            let bytes = counters.bytes_in - bytes_then;
            call.status.bytes_per_second = Some(bytes.saturating_mul(1_000_000) / micros);
            call.rate_from = (now, counters.bytes_in);
        }
        self.line.publish(call.id, call.status, self.county.now());
        if shown.is_some() || NOTE_EVERY <= now.since(call.noted_at) {
            call.noted_at = now;
            call.note(self.county, self.line.name(), None)?;
        }
        Ok(shown)
    }

    fn begin(&mut self, now: Tick) {
        let began = self.county.now();
        self.open = Some(OpenCall {
            id: self.line.begin(began),
            status: CallStatus {
                began,
                kiosk: None,
                counters: Counters::default(),
                bytes_per_second: None,
                quality: Quality::default(),
            },
            base: self.counted,
            greeted: false,
            noted_at: now,
            in_line: None,
            in_kiosk: None,
            rate_from: (now, 0),
        });
    }

    /// The talk is over, or with a cable the meeting.
    pub(super) fn end(&mut self, end: CallEnd) {
        let Some(mut call) = self.open.take() else {
            return;
        };
        // A ledger that fails is told of by whoever has to keep an object; figures since the last note are lost then.
        let _ = call.note(self.county, self.line.name(), Some(end));
        self.line.end(call.id, end, self.county.now());
    }
}

impl OpenCall {
    fn note(
        &mut self,
        county: &County,
        line: &str,
        end: Option<CallEnd>,
    ) -> Result<(), LedgerError> {
        if !self.greeted {
            return Ok(());
        }
        let counters = self.status.counters;
        let last = LastCall {
            line: line.to_owned(),
            kiosk: self.status.kiosk,
            began: self.status.began,
            noted: county.now(),
            end,
        };
        let since = |noted: Option<Counters>| Addition {
            calls: u64::from(noted.is_none()),
            counters: counters - noted.unwrap_or_default(),
        };
        county.ledger().write(|tx| {
            calls::note_line(tx, &last, &since(self.in_line))?;
            if let Some(kiosk) = self.status.kiosk {
                let noted = self.in_kiosk.filter(|(noted, _)| *noted == kiosk);
                calls::note_kiosk(
                    tx,
                    kiosk,
                    &last,
                    &since(noted.map(|(_, counters)| counters)),
                )?;
            }
            Ok::<_, LedgerError>(())
        })?;
        self.in_line = Some(counters);
        self.in_kiosk = self.status.kiosk.map(|kiosk| (kiosk, counters));
        Ok(())
    }
}
