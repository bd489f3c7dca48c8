//! Twins of modems: a telephone modem and cellular modules, speaking the dialogue of each on a
//! pseudo-terminal, and joining it to another stream once a call is open.

mod commands;
mod conditions;
mod dialogue;
mod joint;

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::bell::Bell;
use super::pty_end::PtyEnd;
use super::wire::LineSettings;
use crate::line::Remedy;

pub use conditions::{CallFate, Conditions, ModemModel, Sim};

use dialogue::{Dialogue, World};
use joint::Joint;

/// The other end of a call: a socket, or one half of a pair of them inside the process.
pub trait FarStream: Read + Write + AsFd + Send {}

impl<S: Read + Write + AsFd + Send> FarStream for S {}

/// Finds the other end of a call: it is given the number, or `host:port`, and says who is there. Its streams
/// have to be non-blocking.
pub type Exchange = dyn Fn(&str) -> io::Result<Box<dyn FarStream>> + Send + Sync;

/// What a modem has been through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModemLog {
    /// The commands that it took, without their CR.
    pub commands: Vec<String>,
    /// Whom it called.
    pub calls: Vec<String>,
    /// How often its power was cycled.
    pub power_cycles: u32,
}

/// A modem. Dropping it unplugs it.
#[derive(Debug)]
pub struct Modem {
    path: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    switches: Mutex<Switches>,
    bell: Bell,
    stop: AtomicBool,
}

/// What is set from outside, and told.
#[derive(Debug)]
struct Switches {
    conditions: Conditions,
    log: ModemLog,
    power_cycle: bool,
    lose_carrier: bool,
    incoming: Option<Incoming>,
    in_call: bool,
}

/// A call that somebody makes to this modem.
struct Incoming(Box<dyn FarStream>);

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Incoming")
    }
}

impl Modem {
    /// Plugs a modem in. `line` is how its calls are, and `exchange` finds their other ends.
    ///
    /// # Errors
    ///
    /// The system's, when there are no pseudo-terminals or threads left.
    pub fn plug_in(
        model: ModemModel,
        conditions: Conditions,
        line: LineSettings,
        exchange: Arc<Exchange>,
    ) -> io::Result<Self> {
        let end = PtyEnd::open()?;
        let path = end.path().to_path_buf();
        let shared = Arc::new(Shared {
            switches: Mutex::new(Switches {
                conditions,
                log: ModemLog::default(),
                power_cycle: false,
                lose_carrier: false,
                incoming: None,
                in_call: false,
            }),
            bell: Bell::new()?,
            stop: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("sim-modem".to_owned())
            .spawn(move || {
                let body = Body {
                    end,
                    dialogue: Dialogue::new(model),
                    joint: None,
                    line,
                    exchange,
                    to_user: Vec::new(),
                    ring_at: Duration::ZERO,
                };
                // An error of a pseudo-terminal that we hold both ends of leaves nothing to serve:
                // the modem is unplugged.
                let _ = body.run(&for_thread);
            })?;
        Ok(Self {
            path,
            shared,
            thread: Some(thread),
        })
    }

    /// Where the driver opens it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Changes how things are.
    pub fn change(&self, change: impl FnOnce(&mut Conditions)) {
        change(&mut self.shared.lock().conditions);
        self.shared.bell.ring();
    }

    /// The line of an open call goes dead.
    pub fn lose_carrier(&self) {
        self.shared.lock().lose_carrier = true;
        self.shared.bell.ring();
    }

    /// Somebody calls, in place of any other who still rings: it rings until it is answered. `far` has to be
    /// non-blocking.
    pub fn ring(&self, far: Box<dyn FarStream>) {
        self.shared.lock().incoming = Some(Incoming(far));
        self.shared.bell.ring();
    }

    /// Takes the power away and gives it back.
    pub fn cycle_power(&self) {
        self.shared.lock().power_cycle = true;
        self.shared.bell.ring();
    }

    /// What it has been through.
    #[must_use]
    pub fn log(&self) -> ModemLog {
        self.shared.lock().log.clone()
    }

    /// Whether a call is open.
    #[must_use]
    pub fn in_call(&self) -> bool {
        self.shared.lock().in_call
    }
}

impl Drop for Modem {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.bell.ring();
        if let Some(thread) = self.thread.take() {
            // A modem that panicked has said so on stderr; whoever waits for it sees it unplugged.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread owns.
struct Body {
    end: PtyEnd,
    dialogue: Dialogue,
    joint: Option<Joint>,
    line: LineSettings,
    exchange: Arc<Exchange>,
    /// Said, and not taken by the driver's side yet.
    to_user: Vec<u8>,
    /// When it rings next, if somebody calls.
    ring_at: Duration,
}

/// How often it rings; exchanges take five seconds.
const RING_EVERY: Duration = Duration::from_secs(1);

/// Lines reach a driver in pieces, as a UART hands them over.
const PIECE_BYTES: usize = 5;

/// What is held for a driver that does not read, before the call's bytes are held back.
const TO_USER_MAX: usize = 4096;

/// How soon the thread looks again while bytes are under way.
const STEP: Duration = Duration::from_millis(1);

impl Body {
    fn run(mut self, shared: &Shared) -> io::Result<()> {
        let began = Instant::now();
        while !shared.stop.load(Ordering::Acquire) {
            let now = began.elapsed();
            self.move_switches(&mut shared.lock(), now);
            self.serve_user(shared, now)?;
            if let Some(joint) = &mut self.joint {
                let held_back = TO_USER_MAX < self.to_user.len() || self.dialogue.is_answering();
                let over = joint.carry(now, held_back, &mut self.to_user);
                if over {
                    self.joint = None;
                    self.dialogue.call_is_over();
                    self.to_user.extend(self.dialogue.model().lost_line());
                }
            }
            self.dialogue.poll(now, &mut self.to_user);
            // Known before it is said: whoever hears of a call finds it.
            shared.lock().in_call = self.joint.is_some();
            let piece = if self.joint.is_some() {
                TO_USER_MAX
            } else {
                PIECE_BYTES
            };
            let written = self
                .end
                .write(&self.to_user[..self.to_user.len().min(piece)])?;
            self.to_user.drain(..written);
            self.wait(shared, began.elapsed(), 0 < written)?;
        }
        Ok(())
    }

    fn move_switches(&mut self, switches: &mut Switches, now: Duration) {
        if std::mem::take(&mut switches.power_cycle) {
            switches.conditions.hung = false;
            switches.log.power_cycles += 1;
            self.joint = None;
            self.to_user.clear();
            self.dialogue
                .restart(now, &mut switches.conditions, Remedy::PowerCycle);
        }
        if std::mem::take(&mut switches.lose_carrier) && self.joint.take().is_some() {
            self.dialogue.call_is_over();
            self.to_user.extend(self.dialogue.model().lost_line());
        }
        if switches.incoming.is_some() && self.joint.is_none() && self.ring_at <= now {
            self.ring_at = now + RING_EVERY;
            self.to_user.extend(b"\r\nRING\r\n");
        }
    }

    /// How much of what the driver says is taken now: what the call has room for, and of commands none while
    /// their answers are not read.
    fn room(&self) -> usize {
        match &self.joint {
            Some(joint) => joint.room(),
            None if TO_USER_MAX < self.to_user.len() => 0,
            None => TO_USER_MAX,
        }
    }

    /// Takes what the driver says, to the dialogue or to the call.
    fn serve_user(&mut self, shared: &Shared, now: Duration) -> io::Result<()> {
        let mut heard = [0; 1024];
        loop {
            let room = self.room().min(heard.len());
            let count = if room == 0 {
                0
            } else {
                self.end.read(&mut heard[..room])?
            };
            if count == 0 {
                return Ok(());
            }
            let mut switches = shared.lock();
            let Switches {
                conditions,
                log,
                incoming,
                ..
            } = &mut *switches;
            let mut world = Exchanging {
                exchange: &*self.exchange,
                line: self.line,
                joint: &mut self.joint,
                incoming,
                log,
                now,
            };
            self.dialogue.handle(
                now,
                &heard[..count],
                conditions,
                &mut world,
                &mut self.to_user,
            );
        }
    }

    fn wait(&self, shared: &Shared, now: Duration, more_to_say: bool) -> io::Result<()> {
        let joint = self.joint.as_ref();
        let user = if 0 < self.room() {
            PollFlags::IN
        } else {
            PollFlags::empty()
        };
        let mut polled = vec![
            PollFd::new(&self.end, user),
            PollFd::new(&shared.bell, PollFlags::IN),
        ];
        let held_back = TO_USER_MAX < self.to_user.len() || self.dialogue.is_answering();
        polled.extend(joint.and_then(|joint| joint.poll_fd(held_back)));
        let busy = more_to_say || !self.to_user.is_empty();
        let due = joint
            .and_then(Joint::deadline)
            .into_iter()
            .chain(self.dialogue.deadline())
            .chain(shared.lock().incoming.is_some().then_some(self.ring_at))
            .min();
        let timeout = due.map(|due| due.saturating_sub(now).max(STEP));
        let timeout = if busy { Some(STEP) } else { timeout };
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        match poll(&mut polled, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        shared.bell.hush();
        Ok(())
    }
}

/// The dialogue's way out.
struct Exchanging<'a> {
    exchange: &'a Exchange,
    line: LineSettings,
    joint: &'a mut Option<Joint>,
    incoming: &'a mut Option<Incoming>,
    log: &'a mut ModemLog,
    now: Duration,
}

impl World for Exchanging<'_> {
    fn took(&mut self, command: &str) {
        self.log.commands.push(command.to_owned());
    }

    fn call(&mut self, whom: &str) -> bool {
        self.log.calls.push(whom.to_owned());
        match (self.exchange)(whom) {
            Ok(far) => {
                *self.joint = Some(Joint::new(far, self.line, self.now));
                true
            }
            Err(_) => false,
        }
    }

    fn answer(&mut self) -> bool {
        match self.incoming.take() {
            Some(Incoming(far)) => {
                *self.joint = Some(Joint::new(far, self.line, self.now));
                true
            }
            None => false,
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        if let Some(joint) = &mut self.joint {
            joint.take(self.now, bytes);
        }
    }

    fn hang_up(&mut self) {
        *self.joint = None;
    }

    fn bits_per_second(&self) -> u32 {
        self.line.bits_per_second
    }
}
