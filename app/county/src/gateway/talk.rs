//! Drives a [`Gateway`] over an open port.
//!
//! One turn reads once, at most [`READ_LEN`] bytes, has the gateway write what they bring to the ledger, and only then
//! reads again. So a line waits for its turn at the ledger with its bytes in the kernel, whose buffer is bounded, and its
//! sender waits with it.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use envelope::KioskId;
use link::{Escape, Pacer, Tick};

use super::{
    CallEnd, Gateway, LineError, Patience,
    call_book::{CallBook, Calls},
    modem::Farewell,
    port::{Bell, Port},
    statistics::LineRecord,
};
use crate::County;

/// Bytes read at once. A fast line brings some 17 blocks so, which one transaction writes; what a turn at the ledger can
/// take is bounded by it.
pub(super) const READ_LEN: usize = 4096;

/// Bytes put together for a TCP caller before it has taken the earlier ones.
const TCP_WRITE_LEN: usize = 4096;

/// Rest of a line that has more to send than its port may hold ahead.
const PACE: Duration = Duration::from_millis(20);

/// What is different if somebody has called, and can be hung up on.
pub(super) struct Caller<'t> {
    pub(super) patience: Patience,
    /// The modem says when the carrier is gone.
    pub(super) farewell: Option<Farewell>,
    /// Set from elsewhere when the kiosk has called again.
    pub(super) replaced: &'t AtomicBool,
    /// Told which kiosk it is.
    pub(super) shown: &'t dyn Fn(KioskId),
}

/// One talk over an open port.
pub(super) struct Talk<'t> {
    pub(super) county: &'t County,
    pub(super) line: &'t LineRecord,
    pub(super) port: &'t Port,
    pub(super) bell: &'t Bell,
    /// The rate at which the port sends; `None` if it lets its writer wait.
    pub(super) bits_per_second: Option<u32>,
    /// Bytes that the line acts on.
    pub(super) escape: Escape,
    pub(super) wired_to: Option<KioskId>,
    /// `None` for a cable.
    pub(super) caller: Option<Caller<'t>>,
}

impl Talk<'_> {
    /// Talks until the other end hangs up or is hung up on, or the county stops. `first` are bytes that were read already.
    ///
    /// # Errors
    ///
    /// [`LineError`] if the ledger fails, or the port of a cable. What arrived is kept all the same.
    pub(super) fn run(mut self, first: &[u8]) -> Result<CallEnd, LineError> {
        let start = Instant::now();
        let tick = || Tick(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
        let nonce = getrandom::u64()?;
        let gateway = Gateway::over(
            self.escape,
            self.county.clone(),
            self.wired_to,
            nonce,
            tick(),
        );
        let calls = if self.caller.is_some() {
            Calls::Talk
        } else {
            Calls::Meeting
        };
        let mut book = CallBook::new(self.county, self.line, calls, tick());
        let ended = match self.turns(gateway, &mut book, first, tick) {
            Err(LineError::Port(_)) if self.caller.is_some() => Ok(CallEnd::HungUp),
            ended => ended,
        };
        book.end(match &ended {
            Ok(end) => *end,
            Err(LineError::Port(_) | LineError::Modem(_)) => CallEnd::PortFailed,
            Err(LineError::Ledger(_) | LineError::Random(_)) => CallEnd::LedgerFailed,
        });
        ended
    }

    fn turns(
        &mut self,
        mut gateway: Gateway,
        book: &mut CallBook<'_>,
        first: &[u8],
        tick: impl Fn() -> Tick,
    ) -> Result<CallEnd, LineError> {
        let mut outlet = Outlet::new(self.bits_per_second);
        let mut buffer = [0; READ_LEN];
        gateway.handle_bytes(tick(), first)?;
        loop {
            if self.bell.has_rung() {
                return Ok(CallEnd::Stopped);
            }
            if let Some(caller) = &self.caller
                && caller.replaced.load(Ordering::Acquire)
            {
                return Ok(CallEnd::Replaced);
            }
            let count = self.port.read(&mut buffer)?;
            let now = tick();
            if 0 < count {
                gateway.handle_bytes(now, &buffer[..count])?;
            }
            if gateway.deadline().is_some_and(|deadline| deadline <= now) {
                gateway.handle_timeout(now)?;
            }
            let standing = gateway.standing();
            let shown = book.publish(now, &standing)?;
            let mut deadline = gateway.deadline();
            if let Some(caller) = &mut self.caller {
                if let Some(kiosk) = shown {
                    (caller.shown)(kiosk);
                }
                if let Some(farewell) = &mut caller.farewell
                    && farewell.heard_in(&buffer[..count])
                {
                    return Ok(CallEnd::HungUp);
                }
                if let Some((at, end)) = caller.patience.ends(&standing) {
                    if at <= now {
                        return Ok(end);
                    }
                    deadline = Some(deadline.map_or(at, |deadline| deadline.min(at)));
                }
            }
            let flow = outlet.send(&mut gateway, self.port, now)?;
            let goes_on = flow == Flow::Paced && self.bits_per_second.is_none();
            if count == READ_LEN || goes_on {
                continue;
            }
            let now = tick();
            let wait = deadline.map(|deadline| deadline.since(now));
            let wait = match flow {
                Flow::Paced => Some(wait.map_or(PACE, |wait| wait.min(PACE))),
                Flow::Idle | Flow::Full => wait,
            };
            self.port.wait(flow == Flow::Full, wait, self.bell)?;
        }
    }
}

/// Bytes on their way into the port.
struct Outlet {
    pacer: Option<Pacer>,
    waiting: Vec<u8>,
}

/// What sending waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// There is nothing more to send.
    Idle,
    /// The port has no room.
    Full,
    /// Enough waits in the port for now.
    Paced,
}

impl Outlet {
    fn new(bits_per_second: Option<u32>) -> Self {
        Self {
            pacer: bits_per_second.map(Pacer::new),
            waiting: Vec::new(),
        }
    }

    fn send(&mut self, gateway: &mut Gateway, port: &Port, now: Tick) -> io::Result<Flow> {
        let room = match &self.pacer {
            Some(pacer) => pacer.room(now).min(READ_LEN),
            None => TCP_WRITE_LEN,
        }
        .saturating_sub(self.waiting.len());
        let taken = gateway.poll_transmit(now, room, &mut self.waiting);
        if !self.waiting.is_empty() {
            let written = port.write(&self.waiting)?;
            self.waiting.drain(..written);
            if let Some(pacer) = &mut self.pacer {
                pacer.sent(now, written);
            }
        }
        Ok(if !self.waiting.is_empty() {
            Flow::Full
        } else if taken < room {
            Flow::Idle
        } else {
            Flow::Paced
        })
    }
}
