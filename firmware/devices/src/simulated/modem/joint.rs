//! An open call: the driver's bytes and the far stream's, each way at the line's rate.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::FarStream;
use crate::simulated::lane::Lane;
use crate::simulated::wire::LineSettings;

/// What is held for a far stream that does not take it.
const TO_FAR_MAX: usize = 4096;

/// A call and its line.
pub(super) struct Joint {
    far: Box<dyn FarStream>,
    up: Lane,
    down: Lane,
    to_far: Vec<u8>,
    far_is_gone: bool,
}

impl std::fmt::Debug for Joint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Joint")
    }
}

impl Joint {
    pub(super) fn new(far: Box<dyn FarStream>, line: LineSettings, now: Duration) -> Self {
        let lane = |stream| {
            let mut lane = Lane::new(
                line.bits_per_second,
                line.latency,
                line.transmit_buffer,
                line.bit_error_rate,
                (line.seed, stream),
            );
            lane.advance(now);
            lane
        };
        Self {
            far,
            up: lane(0),
            down: lane(1),
            to_far: Vec::new(),
            far_is_gone: false,
        }
    }

    /// How many bytes of the driver's it takes now.
    pub(super) fn room(&self) -> usize {
        if TO_FAR_MAX < self.to_far.len() {
            0
        } else {
            self.up.room()
        }
    }

    /// Takes at most [`Joint::room`] of the driver's bytes; any more are lost, as they are without flow control.
    pub(super) fn take(&mut self, now: Duration, bytes: &[u8]) {
        self.up.advance(now);
        let count = bytes.len().min(self.up.room());
        self.up.push(now, &bytes[..count]);
    }

    /// Moves what is due by `now`; whether the call is over, because the far end is gone and all it sent has come.
    pub(super) fn carry(&mut self, now: Duration, held_back: bool, to_user: &mut Vec<u8>) -> bool {
        self.up.advance(now);
        self.up.take_arrived(now, &mut self.to_far);
        while !self.to_far.is_empty() {
            match self.far.write(&self.to_far) {
                Ok(count) => drop(self.to_far.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.far_is_gone = true;
                    self.to_far.clear();
                }
            }
        }
        self.down.advance(now);
        let mut heard = [0; 1024];
        while !held_back && !self.far_is_gone && 0 < self.down.room() {
            let room = self.down.room().min(heard.len());
            match self.far.read(&mut heard[..room]) {
                Ok(0) => self.far_is_gone = true,
                Ok(count) => {
                    self.down.push(now, &heard[..count]);
                    self.down.advance(now);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => self.far_is_gone = true,
            }
        }
        self.down.take_arrived(now, to_user);
        self.far_is_gone && self.down.deadline().is_none()
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.up
            .deadline()
            .into_iter()
            .chain(self.down.deadline())
            .min()
    }

    /// What to wait for at the far stream; nothing, while nothing can be done about it.
    pub(super) fn poll_fd(&self, held_back: bool) -> Option<PollFd<'_>> {
        let mut wanted = PollFlags::empty();
        if !held_back && !self.far_is_gone && 0 < self.down.room() {
            wanted |= PollFlags::IN;
        }
        if !self.to_far.is_empty() {
            wanted |= PollFlags::OUT;
        }
        // A stream that has ended is reported whether it is waited for or not.
        (!wanted.is_empty()).then(|| PollFd::from_borrowed_fd(self.far.as_fd(), wanted))
    }
}
