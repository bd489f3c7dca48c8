//! What is known of each line and each call: figures that threads of lines write down and pages read.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    ops::{Add, Sub},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use envelope::KioskId;
use link::Quality;

use super::LineSettings;
use crate::UnixMs;

/// Why a call ended. The numbers are in the ledger and only ever appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CallEnd {
    /// The other end hung up, or the carrier was lost.
    HungUp = 1,
    /// Nothing was heard for 45 seconds.
    PeerSilent = 2,
    /// What was sent was not acknowledged any more.
    Unanswered = 3,
    /// The kiosk started anew and its next call has begun.
    PeerRestarted = 4,
    /// The caller did not speak the protocol.
    NoGreeting = 5,
    /// The caller sent and offered nothing by which it could be known.
    Stranger = 6,
    /// The caller speaks versions of the protocol that this build does not.
    Incompatible = 7,
    /// The kiosk called again.
    Replaced = 8,
    /// The port failed, say because it was unplugged.
    PortFailed = 9,
    /// The county's disk failed.
    LedgerFailed = 10,
    /// The county was stopped.
    Stopped = 11,
}

impl CallEnd {
    const ALL: [Self; 11] = [
        Self::HungUp,
        Self::PeerSilent,
        Self::Unanswered,
        Self::PeerRestarted,
        Self::NoGreeting,
        Self::Stranger,
        Self::Incompatible,
        Self::Replaced,
        Self::PortFailed,
        Self::LedgerFailed,
        Self::Stopped,
    ];

    /// The end with this number in the ledger.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|end| *end as u8 == number)
    }
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Bytes that came.
    pub bytes_in: u64,
    /// Bytes that were sent.
    pub bytes_out: u64,
    /// Frames that came damaged, or noise between frames.
    pub frames_damaged: u64,
    /// Bytes that came wrong and were put right by what is sent along for it.
    pub bytes_corrected: u64,
    /// Packets that were sent and did not arrive.
    pub packets_lost: u64,
    /// Objects that came to be held.
    pub objects: u64,
}

impl Add for Counters {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.each(other, u64::saturating_add)
    }
}

impl Sub for Counters {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.each(other, u64::saturating_sub)
    }
}

impl Counters {
    fn each(self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            bytes_in: with(self.bytes_in, other.bytes_in),
            bytes_out: with(self.bytes_out, other.bytes_out),
            frames_damaged: with(self.frames_damaged, other.frames_damaged),
            bytes_corrected: with(self.bytes_corrected, other.bytes_corrected),
            packets_lost: with(self.packets_lost, other.packets_lost),
            objects: with(self.objects, other.objects),
        }
    }
}

/// One call, or one time that the two ends of a cable have heard each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallStatus {
    /// Since when.
    pub began: UnixMs,
    /// Who; `None` until the kiosk has shown itself.
    pub kiosk: Option<KioskId>,
    /// What was counted so far.
    pub counters: Counters,
    /// Bytes that came in a second, of late; `None` in the first seconds.
    pub bytes_per_second: Option<u64>,
    /// What the line does to what is sent.
    pub quality: Quality,
}

/// The last call, which may go on still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCall {
    /// Over which line.
    pub line: String,
    /// Who; `None` if it did not show itself.
    pub kiosk: Option<KioskId>,
    /// When it began.
    pub began: UnixMs,
    /// When it ended, or when it was last known to go on.
    pub noted: UnixMs,
    /// Why it ended; `None` while it goes on, and if the county was switched off during it.
    pub end: Option<CallEnd>,
}

/// All calls together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// How many. Those in which nobody greeted are forgotten when the county is started anew.
    pub calls: u64,
    /// What was counted in all of them.
    pub counters: Counters,
    /// The last one.
    pub last: Option<LastCall>,
}

/// Whether a line can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// It is being opened for the first time.
    Opening,
    /// It does not open, or failed; it is tried again and again.
    Closed {
        /// Since when.
        since: UnixMs,
        /// The system's words.
        why: String,
    },
    /// It is open, and a kiosk may come.
    Open {
        /// Since when.
        since: UnixMs,
    },
    /// The county has ended it.
    Stopped,
}

/// One line, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineStatus {
    /// What it is.
    pub settings: LineSettings,
    /// Whether it can be used.
    pub state: LineState,
    /// Where it listens, if it is a TCP address that is open.
    pub address: Option<SocketAddr>,
    /// Calls that go on.
    pub calls: Vec<CallStatus>,
    /// Callers that were hung up on at once for want of room, since the county was started.
    pub turned_away: u64,
    /// All calls together, those before the county was started and those that go on among them.
    pub totals: Totals,
}

/// What is known of one kiosk's calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KioskContact {
    /// Whose.
    pub kiosk: KioskId,
    /// The line over which it talks now.
    pub talks_on: Option<String>,
    /// All calls together.
    pub totals: Totals,
}

/// What the county knows of its lines.
#[derive(Debug, Default)]
pub(crate) struct Switchboard {
    lines: Mutex<Vec<Arc<LineRecord>>>,
}

impl Switchboard {
    /// Shows these lines, and no others any more.
    pub(super) fn show(&self, records: Vec<Arc<LineRecord>>) {
        *lock(&self.lines) = records;
    }

    pub(crate) fn lines(&self) -> Vec<LineStatus> {
        let records = lock(&self.lines).clone();
        records.iter().map(|record| record.status()).collect()
    }
}

/// What is known of one line; shared by those who serve it.
#[derive(Debug)]
pub(super) struct LineRecord {
    settings: LineSettings,
    name: String,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    state: LineState,
    address: Option<SocketAddr>,
    calls: BTreeMap<CallId, CallStatus>,
    next_call: u64,
    /// The call that `totals.last` tells of, while it goes on.
    last_call: Option<CallId>,
    turned_away: u64,
    totals: Totals,
}

/// Names a call among those of its line since the county was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CallId(u64);

impl LineRecord {
    pub(super) fn new(settings: LineSettings, totals: Totals) -> Self {
        Self {
            name: settings.name(),
            settings,
            now: Mutex::new(Now {
                state: LineState::Opening,
                address: None,
                calls: BTreeMap::new(),
                next_call: 0,
                last_call: None,
                turned_away: 0,
                totals,
            }),
        }
    }

    pub(super) fn settings(&self) -> &LineSettings {
        &self.settings
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn set_state(&self, state: LineState) {
        lock(&self.now).state = state;
    }

    /// It failed, or does not open; whether that is news.
    pub(super) fn closed(&self, why: String, at: UnixMs) -> bool {
        let mut now = lock(&self.now);
        match &now.state {
            LineState::Closed { why: known, .. } if *known == why => false,
            LineState::Closed { since, .. } => {
                let since = *since;
                now.state = LineState::Closed { since, why };
                true
            }
            LineState::Opening | LineState::Open { .. } | LineState::Stopped => {
                now.state = LineState::Closed { since: at, why };
                true
            }
        }
    }

    pub(super) fn listens_at(&self, address: SocketAddr, since: UnixMs) {
        let mut now = lock(&self.now);
        now.state = LineState::Open { since };
        now.address = Some(address);
    }

    pub(super) fn turned_away(&self) {
        lock(&self.now).turned_away += 1;
    }

    /// A call begins.
    pub(super) fn begin(&self, began: UnixMs) -> CallId {
        let mut now = lock(&self.now);
        let call = CallId(now.next_call);
        now.next_call += 1;
        now.last_call = Some(call);
        now.totals.calls += 1;
        now.totals.last = Some(LastCall {
            line: self.name.clone(),
            kiosk: None,
            began,
            noted: began,
            end: None,
        });
        let status = CallStatus {
            began,
            kiosk: None,
            counters: Counters::default(),
            bytes_per_second: None,
            quality: Quality::default(),
        };
        now.calls.insert(call, status);
        call
    }

    /// How a call stands now.
    pub(super) fn publish(&self, call: CallId, status: CallStatus, at: UnixMs) {
        let mut now = lock(&self.now);
        let before = now.calls.insert(call, status);
        let counted = status.counters - before.map_or_else(Counters::default, |b| b.counters);
        now.totals.counters = now.totals.counters + counted;
        if now.last_call == Some(call)
            && let Some(last) = &mut now.totals.last
        {
            (last.kiosk, last.noted) = (status.kiosk, at);
        }
    }

    /// A call has ended.
    pub(super) fn end(&self, call: CallId, end: CallEnd, at: UnixMs) {
        let mut now = lock(&self.now);
        let Some(status) = now.calls.remove(&call) else {
            return;
        };
        now.last_call = None;
        now.totals.last = Some(LastCall {
            line: self.name.clone(),
            kiosk: status.kiosk,
            began: status.began,
            noted: at,
            end: Some(end),
        });
    }

    fn status(&self) -> LineStatus {
        let now = lock(&self.now);
        LineStatus {
            settings: self.settings.clone(),
            state: now.state.clone(),
            address: now.address,
            calls: now.calls.values().copied().collect(),
            turned_away: now.turned_away,
            totals: now.totals.clone(),
        }
    }
}

/// A panic under these locks leaves figures that are still figures.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> LineRecord {
        let tcp = LineSettings::Tcp {
            address: "127.0.0.1:1".parse().unwrap(),
            callers_max: 2,
        };
        LineRecord::new(tcp, Totals::default())
    }

    fn call(began: UnixMs, kiosk: u16, bytes_in: u64) -> CallStatus {
        CallStatus {
            began,
            kiosk: Some(KioskId(kiosk)),
            counters: Counters {
                bytes_in,
                ..Counters::default()
            },
            bytes_per_second: None,
            quality: Quality::default(),
        }
    }

    #[test]
    fn the_sums_of_a_line_hold_calls_that_go_on_and_calls_that_ended() {
        let line = record();
        let first = line.begin(UnixMs(1));
        let second = line.begin(UnixMs(2));
        line.publish(first, call(UnixMs(1), 3, 100), UnixMs(3));
        line.publish(second, call(UnixMs(2), 4, 10), UnixMs(3));
        line.publish(first, call(UnixMs(1), 3, 150), UnixMs(4));
        line.end(first, CallEnd::HungUp, UnixMs(5));
        let status = line.status();
        assert_eq!(status.totals.calls, 2);
        assert_eq!(status.totals.counters.bytes_in, 160);
        assert_eq!(status.calls, [call(UnixMs(2), 4, 10)]);
        let last = status.totals.last.unwrap();
        assert_eq!(last.kiosk, Some(KioskId(3)));
        assert_eq!((last.noted, last.end), (UnixMs(5), Some(CallEnd::HungUp)));
    }

    #[test]
    fn every_end_is_found_by_its_number() {
        for (number, end) in (1..).zip(CallEnd::ALL) {
            assert_eq!(CallEnd::from_number(number), Some(end));
        }
        assert_eq!(CallEnd::from_number(0), None);
        assert_eq!(CallEnd::from_number(12), None);
    }
}
