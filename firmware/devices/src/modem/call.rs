//! An open call: the other end's bytes, the loss of the carrier, and hanging up.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::chat::Chat;
use super::drive::{Port, drive};
use super::script::Script;
use super::settings::Variables;
use crate::line::Line;
use crate::port::{Drain, is_silence};

/// How long hanging up may keep whoever drops the line: the two silences of an escape and two prompt answers.
/// What is not done by then, the next opening finds out.
const HANG_UP_WITHIN: Duration = Duration::from_secs(6);

/// How much is still read after the carrier is lost: what a port and its driver hold.
const AFTERMATH_BYTES_MAX: usize = 8 * 1024;

/// How much of what came last is remembered, to know a line by which a modem ends a call. It has room for one
/// such line and the answers to some bytes that were sent after it.
const TAIL_BYTES: usize = 128;

/// A call that a modem has open.
///
/// A read fails with [`ErrorKind::BrokenPipe`] once the call is over: the port shows no carrier any more, or the
/// modem says so in words and then nothing more, while the port does not show that there still is one.
/// Dropping it hangs up, which takes about two seconds where DTR cannot do it.
#[derive(Debug)]
pub struct ModemLine<P: Port> {
    port: P,
    script: Script,
    /// Came in one piece with the line that said the call is open.
    pending: VecDeque<u8>,
    /// The LF that ends that line is still to come.
    lf_to_come: bool,
    tail: VecDeque<u8>,
    /// DCD was low before the call and high in it, so what it shows is the call.
    carrier_follows: bool,
    /// The carrier is lost, and so much may be read yet.
    aftermath: Option<usize>,
    over: bool,
    bits_per_second: u32,
    drain: Drain,
}

impl<P: Port> ModemLine<P> {
    pub(super) fn new(
        mut port: P,
        script: &Script,
        told_bits_per_second: Option<u32>,
        behind: (Vec<u8>, bool),
        carrier_before: Option<bool>,
    ) -> Self {
        let (pending, lf_to_come) = behind;
        let port_rate = port.bits_per_second();
        // A modem tells the call's rate or its port's; the slower of the two is what bytes leave at.
        let bits_per_second = told_bits_per_second
            .into_iter()
            .chain(port_rate)
            .min()
            .unwrap_or(u32::MAX);
        let carrier_follows = carrier_before == Some(false) && port.carrier() == Some(true);
        Self {
            port,
            script: script.clone(),
            pending: pending.into(),
            lf_to_come,
            tail: VecDeque::with_capacity(TAIL_BYTES),
            carrier_follows,
            aftermath: None,
            over: false,
            bits_per_second,
            drain: Drain::at(bits_per_second),
        }
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.pending.is_empty() {
            return self.pending.read(buffer);
        }
        if self.carrier_follows && self.aftermath.is_none() && self.port.carrier() == Some(false) {
            self.aftermath = Some(AFTERMATH_BYTES_MAX);
        }
        if self.aftermath == Some(0) {
            return Err(ErrorKind::BrokenPipe.into());
        }
        match self.port.read(buffer) {
            Ok(count) => {
                if let Some(left) = &mut self.aftermath {
                    *left = left.saturating_sub(count);
                }
                Ok(count)
            }
            Err(error) if is_silence(&error) && (self.aftermath.is_some() || self.told_over()) => {
                Err(ErrorKind::BrokenPipe.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the last that came before this silence is the modem's word that the call is over.
    fn told_over(&mut self) -> bool {
        if self.carrier_follows && self.port.carrier() == Some(true) {
            return false;
        }
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        let Some(mut lines) = tail.strip_suffix(b"\r\n") else {
            return false;
        };
        // What was sent after the end is a command to the modem, and no good one.
        while let Some(before) = lines.strip_suffix(b"\r\n\r\nERROR") {
            lines = before;
        }
        self.script.lost.iter().any(|lost| {
            lines
                .strip_suffix(lost.as_bytes())
                .is_some_and(|before| before.ends_with(b"\r\n"))
        })
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.tail
            .extend(&bytes[bytes.len().saturating_sub(TAIL_BYTES)..]);
        let beyond = self.tail.len().saturating_sub(TAIL_BYTES);
        self.tail.drain(..beyond);
    }
}

impl<P: Port> Read for ModemLine<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.over {
            return Err(ErrorKind::BrokenPipe.into());
        }
        loop {
            let mut count = match self.read_some(buffer) {
                Ok(count) => count,
                Err(error) => {
                    self.over = !is_silence(&error);
                    return Err(error);
                }
            };
            if std::mem::take(&mut self.lf_to_come) && buffer[..count].first() == Some(&b'\n') {
                buffer.copy_within(1..count, 0);
                count -= 1;
                if count == 0 {
                    continue;
                }
            }
            self.remember(&buffer[..count]);
            return Ok(count);
        }
    }
}

impl<P: Port> Write for ModemLine<P> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.over {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let count = self.port.write(bytes)?;
        self.drain.wrote(count);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.port.flush()
    }
}

impl<P: Port> AsFd for ModemLine<P> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.port.as_fd()
    }
}

impl<P: Port> Line for ModemLine<P> {
    fn bits_per_second(&self) -> Option<u32> {
        Some(self.bits_per_second)
    }

    /// What the port has not sent, or what cannot have left at the call's own rate: a modem takes bytes
    /// faster than it sends them.
    fn waiting_to_send(&self) -> io::Result<usize> {
        Ok(self.port.waiting_to_send()?.max(self.drain.waiting()))
    }
}

impl<P: Port> Drop for ModemLine<P> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        // What has not left yet would stand before the escape.
        self.port.discard_unsent();
        let began = Instant::now();
        let chat = Chat::steps(
            &self.script,
            &self.script.hang_up.steps,
            &Variables::default(),
            Duration::ZERO,
        );
        let late = || HANG_UP_WITHIN < began.elapsed();
        // A port that fails is unplugged, and its call with it.
        let _ = drive(
            &mut self.port,
            chat,
            None,
            self.carrier_follows,
            &mut |_| {},
            &late,
        );
    }
}

#[cfg(test)]
mod tests;
