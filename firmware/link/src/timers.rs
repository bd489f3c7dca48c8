//! What a session waits for.

use crate::Tick;

/// Each kind of wait; at most one of a kind runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The greeting was not answered.
    Hello,
    /// Frames wait to be acknowledged by us.
    Ack,
    /// An acknowledgement by the peer is overdue.
    Probe,
    /// The line has been idle.
    KeepAlive,
    /// The peer has not been heard.
    Silent,
    /// On a half-duplex line: the peer has not said that it is our turn.
    Turn,
}

impl Timer {
    pub(crate) const ALL: [Self; 6] = [
        Self::Hello,
        Self::Ack,
        Self::Probe,
        Self::KeepAlive,
        Self::Silent,
        Self::Turn,
    ];
}

/// When each wait ends.
#[derive(Debug, Default)]
pub(crate) struct Timers([Option<Tick>; Timer::ALL.len()]);

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Tick) {
        self.0[timer as usize] = Some(at);
    }

    /// Sets the timer unless it ends earlier already.
    pub(crate) fn set_by(&mut self, timer: Timer, at: Tick) {
        let current = &mut self.0[timer as usize];
        *current = Some(current.map_or(at, |current| current.min(at)));
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.0[timer as usize].is_some()
    }

    /// Stops the timer; true if it had ended by `now`.
    pub(crate) fn take_ended(&mut self, timer: Timer, now: Tick) -> bool {
        let current = &mut self.0[timer as usize];
        current.take_if(|at| *at <= now).is_some()
    }

    /// The earliest end.
    pub(crate) fn next(&self) -> Option<Tick> {
        self.0.iter().flatten().min().copied()
    }
}
