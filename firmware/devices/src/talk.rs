//! Holds a conversation over a line: reads, writes and waits for one that speaks in bytes and time.
//!
//! Little is handed to the line ahead of its rate, so that what becomes urgent overtakes soon; how little, `pace` says.

mod pace;

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::time::Duration;

use link::Tick;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use crate::line::Line;
use crate::port::is_silence;
use pace::{Pace, Step};

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

/// What is handed at once to a line without a rate of its own, which then says when it takes more.
const PIECE_BYTES: usize = 2048;

/// After so long without a byte a read is made though nothing shows: some lines notice their end only so. It may take
/// as long as the line's reads wait.
const LISTEN_EVERY: Duration = Duration::from_secs(1);

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
    let rate = line.bits_per_second();
    let mut mouth = Mouth {
        words: Vec::new(),
        said: 0,
        pace: rate.map(|rate| Pace::new(rate, clock())),
    };
    let mut heard = vec![0; READ_BYTES];
    // What a line read ahead while it was opened does not show on its descriptor either.
    let mut listen_at = clock();
    while !talker.is_over() {
        let now = clock();
        if talker.deadline().is_some_and(|at| at <= now) {
            talker.handle_timeout(now);
        }
        let next = mouth.speak(line, talker, &clock)?;
        let now = clock();
        let deadline = talker.deadline().map_or(listen_at, |at| at.min(listen_at));
        let ready = wait(line, bells, next, deadline.since(now))?;
        if ready.bell {
            talker.handle_bell(clock());
        }
        if ready.line || listen_at <= clock() {
            match line.read(&mut heard) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => talker.handle_bytes(clock(), &heard[..count]),
                Err(error) if is_silence(&error) => {}
                Err(error) => return Err(error),
            }
            listen_at = clock() + LISTEN_EVERY;
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
#[derive(Debug)]
struct Mouth {
    words: Vec<u8>,
    said: usize,
    /// Of a line that has a rate of its own.
    pace: Option<Pace>,
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
        let began = clock();
        let room = match &mut self.pace {
            Some(pace) => match pace.step(began, line.waiting_to_send()?) {
                Step::Wait(wait) => return Ok(Next::After(wait)),
                Step::Fill(room) => room,
            },
            None => PIECE_BYTES,
        };
        self.words.clear();
        self.said = 0;
        let count = talker.poll_transmit(began, room, &mut self.words);
        self.write(line)?;
        if self.said < self.words.len() {
            return Ok(Next::Writable);
        }
        let has_more = count == room;
        Ok(match &mut self.pace {
            Some(pace) => {
                let wait = pace.filled(began, clock(), count, has_more);
                if has_more {
                    Next::After(wait)
                } else {
                    Next::Quiet
                }
            }
            None if has_more => Next::Writable,
            None => Next::Quiet,
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

/// What can be done without waiting.
struct Ready {
    line: bool,
    bell: bool,
}

fn wait<L: Line + ?Sized>(
    line: &L,
    bells: &[BorrowedFd<'_>],
    next: Next,
    deadline: Duration,
) -> io::Result<Ready> {
    let (events, refill) = match next {
        Next::Quiet => (PollFlags::IN, None),
        Next::After(wait) => (PollFlags::IN, Some(wait)),
        Next::Writable => (PollFlags::IN | PollFlags::OUT, None),
    };
    let mut polled = vec![PollFd::from_borrowed_fd(line.as_fd(), events)];
    polled.extend(
        bells
            .iter()
            .map(|bell| PollFd::from_borrowed_fd(*bell, PollFlags::IN)),
    );
    let timeout = refill.map_or(deadline, |refill| refill.min(deadline));
    // A time-out beyond what the system can count is none.
    let timeout = Timespec::try_from(timeout).ok();
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
