//! A conversation over an open line, one turn at a time.

use std::io::{self, ErrorKind};

use devices::line::Line;
use devices::serial::is_silence;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use link::Pacer;

use super::Bell;
use super::conversation::Conversation;
use crate::appliance::clock::Clock;

/// What may wait in a connection that pushes back: a second at 128 kbit/s, so that something urgent is not far behind.
const CONNECTION_BACKLOG_BYTES: usize = 16 << 10;

/// What an IP network adds to a piece of bytes that is handed to it: the headers of a packet and of the packet that
/// acknowledges it. Operators count them.
const HEADERS_BYTES: u64 = 80;

/// A line that is open.
pub(crate) struct LineTalk {
    line: Box<dyn Line>,
    /// For a line with a rate of its own.
    pacer: Option<Pacer>,
    heard: Box<[u8; 4096]>,
    said: Vec<u8>,
}

impl LineTalk {
    pub(crate) fn new(line: Box<dyn Line>) -> Self {
        Self {
            pacer: line.bits_per_second().map(Pacer::new),
            line,
            heard: Box::new([0; 4096]),
            said: Vec::new(),
        }
    }

    /// What the line is said to carry.
    pub(crate) fn nominal_bytes_per_second(&self) -> Option<u32> {
        // Eight bits of ten are of the byte.
        self.line.bits_per_second().map(|bits| bits / 10)
    }

    /// Hears what there is, waiting for it a moment, and says nothing.
    pub(crate) fn hear(&mut self) -> io::Result<&[u8]> {
        match self.line.read(&mut self.heard[..]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(&self.heard[..count]),
            Err(error) if is_silence(&error) => Ok(&[]),
            Err(error) => Err(error),
        }
    }

    /// Hears what there is, waiting for it a moment, and says what there is to say; the bytes that this cost.
    pub(crate) fn turn(
        &mut self,
        conversation: &mut Conversation,
        clock: &Clock,
        bell: &Bell,
    ) -> (u64, io::Result<()>) {
        let mut moved = 0;
        let done = self.take_turn(conversation, clock, bell, &mut moved);
        (moved, done)
    }

    fn take_turn(
        &mut self,
        conversation: &mut Conversation,
        clock: &Clock,
        bell: &Bell,
        moved: &mut u64,
    ) -> io::Result<()> {
        let headers = if self.pacer.is_none() {
            HEADERS_BYTES
        } else {
            0
        };
        let heard = self.hear()?;
        if !heard.is_empty() {
            *moved += heard.len() as u64 + headers;
            conversation.handle_bytes(clock.now(), heard);
        }
        if bell.take_ring() {
            conversation.wake();
        }
        let now = clock.now();
        if conversation.deadline() <= now.tick {
            conversation.handle_timeout(now);
        }
        conversation.report_clock(now, &mut UnwrapErr(SysRng));
        let room = match &self.pacer {
            Some(pacer) => pacer.room(now.tick),
            None => CONNECTION_BACKLOG_BYTES.saturating_sub(self.line.waiting_to_send()?),
        };
        self.said.clear();
        let count = conversation.poll_transmit(now, room, &mut self.said);
        if let Some(pacer) = &mut self.pacer {
            pacer.sent(now.tick, count);
        }
        if 0 < count {
            *moved += headers;
        }
        self.write_all(bell, moved)
    }

    /// Writes all, for as long as the line takes it or the bell lets it.
    fn write_all(&mut self, bell: &Bell, moved: &mut u64) -> io::Result<()> {
        let mut bytes = self.said.as_slice();
        while !bytes.is_empty() && !bell.stopped() {
            match self.line.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    *moved += count as u64;
                    bytes = &bytes[count..];
                }
                Err(error) if is_silence(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
