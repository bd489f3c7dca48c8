//! Holds a conversation over a line: reads, writes and waits for one that speaks in bytes and time.
//!
//! Little is ever handed to the line ahead of its rate, so that what becomes urgent overtakes soon; and enough
//! that a late wake-up leaves no gap.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::time::Duration;

use link::Tick;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use crate::line::Line;
use crate::port::is_silence;

/// One who talks: a [`link::Session`] and its owner.
pub trait Talker {
    /// Takes bytes that arrived.
    fn handle_bytes(&mut self, now: Tick, bytes: &[u8]);

    /// Lets waits that ended by `now` take effect; early calls are harmless.
    fn handle_timeout(&mut self, now: Tick);

    /// One of the bells rang. Whoever is called takes its rings, or it is called again at once.
    fn handle_bell(&mut self, now: Tick);

    /// Appends at most `room` bytes for the line to `out` and returns how many. Fewer than `room` means that
    /// there is nothing more to send now.
    fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize;

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    fn deadline(&self) -> Option<Tick>;

    /// Whether there is nothing more to say; looked at after each of the other calls.
    fn is_over(&self) -> bool;
}

/// What may wait in a port, as time on its line: the longest that a frame of an urgent object waits there.
const BACKLOG: Duration = Duration::from_millis(100);

/// The port is filled up again when only so much of [`BACKLOG`] is left: how late a wake-up may come before
/// the line falls idle.
const REFILL_AT: Duration = Duration::from_millis(60);

/// Most bytes that may wait in a port: below the 4096 that a serial driver of Linux holds, so that a write
/// never waits.
const BACKLOG_BYTES_MAX: usize = 3840;

/// Fewest bytes that may wait in a port, so that slow lines are not fed byte by byte.
const BACKLOG_BYTES_MIN: usize = 32;

/// What is handed at once to a line without a rate of its own, which then says when it takes more.
const PIECE_BYTES: usize = 2048;

/// Most that is read at once.
const READ_BYTES: usize = 4096;

/// Talks until `talker` is over. `bells` are descriptors that turn readable when `talker` is wanted;
/// `clock` is the one by which `talker` counts.
///
/// # Errors
///
/// What the line failed with: it has hung up, or its device is gone.
pub fn talk<L: Line + ?Sized>(
    line: &mut L,
    talker: &mut impl Talker,
    bells: &[BorrowedFd<'_>],
    clock: impl Fn() -> Tick,
) -> io::Result<()> {
    let mut mouth = Mouth::default();
    let mut heard = vec![0; READ_BYTES];
    // What a line read ahead while it was opened does not show on its descriptor.
    let mut look_first = true;
    while !talker.is_over() {
        let now = clock();
        if talker.deadline().is_some_and(|at| at <= now) {
            talker.handle_timeout(now);
        }
        let next = mouth.speak(line, talker, &clock)?;
        let ready = if std::mem::take(&mut look_first) {
            Ready {
                line: true,
                bell: false,
            }
        } else {
            let deadline = talker.deadline().map(|at| at.since(clock()));
            wait(line, bells, &next, deadline)?
        };
        if ready.bell {
            talker.handle_bell(clock());
        }
        if ready.line {
            match line.read(&mut heard) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => talker.handle_bytes(clock(), &heard[..count]),
                Err(error) if is_silence(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// When there is something to write again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Not before something else happens.
    Quiet,
    /// After so long, when the port has sent some of what it holds.
    After(Duration),
    /// When the line takes more.
    Writable,
}

/// What was taken from the talker, and of that what the line has taken.
#[derive(Debug, Default)]
struct Mouth {
    words: Vec<u8>,
    said: usize,
}

impl Mouth {
    /// Writes as much as the line should hold now.
    fn speak<L: Line + ?Sized>(
        &mut self,
        line: &mut L,
        talker: &mut impl Talker,
        clock: &impl Fn() -> Tick,
    ) -> io::Result<Next> {
        if self.said < self.words.len() {
            self.write(line)?;
            if self.said < self.words.len() {
                return Ok(Next::Writable);
            }
        }
        let room = match line.bits_per_second() {
            Some(bits_per_second) => {
                let backlog = Backlog::of(bits_per_second);
                let waiting = line.waiting_to_send()?;
                if let Some(wait) = backlog.wait(waiting) {
                    return Ok(Next::After(wait));
                }
                backlog.bytes - waiting
            }
            None => PIECE_BYTES,
        };
        self.words.clear();
        self.said = 0;
        let count = talker.poll_transmit(clock(), room, &mut self.words);
        self.write(line)?;
        if self.said < self.words.len() {
            return Ok(Next::Writable);
        }
        Ok(match line.bits_per_second() {
            _ if count < room => Next::Quiet,
            Some(_) => Next::After(BACKLOG - REFILL_AT),
            None => Next::Writable,
        })
    }

    fn write<L: Line + ?Sized>(&mut self, line: &mut L) -> io::Result<()> {
        let rest = self.words.get(self.said..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        match line.write(rest) {
            Ok(0) => Err(ErrorKind::WriteZero.into()),
            Ok(count) => {
                self.said += count;
                Ok(())
            }
            Err(error) if is_silence(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// How much may wait in a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Backlog {
    bytes: usize,
    /// When no more than this is left it is time to fill up.
    refill_at: usize,
    byte_time: Duration,
}

impl Backlog {
    fn of(bits_per_second: u32) -> Self {
        /// Start, eight of data, stop.
        const BITS_PER_BYTE: u32 = 10;
        let byte_time = Duration::from_secs(BITS_PER_BYTE.into()) / bits_per_second.max(1);
        let within = |time: Duration| {
            let bytes = time.as_nanos() / byte_time.as_nanos().max(1);
            usize::try_from(bytes).unwrap_or(usize::MAX)
        };
        let bytes = within(BACKLOG).clamp(BACKLOG_BYTES_MIN, BACKLOG_BYTES_MAX);
        let refill_at = within(REFILL_AT).min(bytes * 3 / 5);
        Self {
            bytes,
            refill_at,
            byte_time,
        }
    }

    /// How long until it is time to fill up a port in which `waiting` bytes wait; `None` if it is.
    fn wait(&self, waiting: usize) -> Option<Duration> {
        let ahead = waiting.checked_sub(self.refill_at)?;
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        (0 < ahead).then(|| self.byte_time.saturating_mul(ahead))
    }
}

/// What can be done without waiting.
struct Ready {
    line: bool,
    bell: bool,
}

fn wait<L: Line + ?Sized>(
    line: &L,
    bells: &[BorrowedFd<'_>],
    next: &Next,
    deadline: Option<Duration>,
) -> io::Result<Ready> {
    let (events, refill) = match next {
        Next::Quiet => (PollFlags::IN, None),
        Next::After(wait) => (PollFlags::IN, Some(*wait)),
        Next::Writable => (PollFlags::IN | PollFlags::OUT, None),
    };
    let mut polled = vec![PollFd::from_borrowed_fd(line.as_fd(), events)];
    polled.extend(
        bells
            .iter()
            .map(|bell| PollFd::from_borrowed_fd(*bell, PollFlags::IN)),
    );
    let timeout = refill.into_iter().chain(deadline).min();
    // A time-out beyond what the system can count is none.
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    match rustix::event::poll(&mut polled, timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    let mut ready = polled.iter().map(PollFd::revents);
    Ok(Ready {
        // A line that has hung up says so when it is read.
        line: ready
            .next()
            .is_some_and(|events| !events.difference(PollFlags::OUT).is_empty()),
        bell: ready.any(|events| !events.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_a_second_waits_in_a_port_and_a_slow_one_is_fed_in_pieces() {
        let bytes = |bits_per_second| Backlog::of(bits_per_second).bytes;
        assert_eq!(bytes(50), 32);
        assert_eq!(bytes(9600), 96);
        assert_eq!(bytes(115_200), 1152);
        assert_eq!(bytes(921_600), 3840);
        assert_eq!(bytes(0), 32);
        assert_eq!(bytes(u32::MAX), 3840);
    }

    #[test]
    fn a_port_is_filled_up_before_it_is_empty() {
        let backlog = Backlog::of(9600);
        assert_eq!(backlog.wait(57), None);
        assert_eq!(backlog.wait(0), None);
        let wait = backlog.wait(96).expect("full");
        assert!(
            Duration::from_millis(38) < wait
                && wait < BACKLOG - REFILL_AT + Duration::from_millis(2),
            "{wait:?}"
        );
    }
}
