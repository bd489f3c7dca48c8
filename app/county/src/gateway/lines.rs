//! Serves lines: each by a thread that opens its port, again and again if need be.

use std::{
    io,
    sync::{Arc, atomic::AtomicBool},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use envelope::KioskId;
use link::{Escape, Tick};

use super::{
    CallEnd, LineError, LineSettings, LineState, Patience,
    modem::{self, Answering, Due, Farewell, Heard},
    port::{Bell, Carrier, Port},
    statistics::LineRecord,
    talk::{Caller, READ_LEN, Talk},
    tcp,
};
use crate::{County, LedgerError, ledger::calls};

/// Between a line's first failure and the next try: a plug that was pulled by mistake is back by then.
const RETRY_FIRST: Duration = Duration::from_secs(1);

/// Between later tries the wait doubles up to this: a port that comes back is found within a minute.
const RETRY_LONGEST: Duration = Duration::from_secs(60);

/// DTR stays down so long before a modem's port is opened again; modems take 50 ms for a wish to hang up.
const HANG_UP_PAUSE: Duration = Duration::from_millis(500);

/// Lines that are being served. Dropping it ends them.
#[derive(Debug)]
pub struct Lines {
    bell: Arc<Bell>,
    threads: Vec<JoinHandle<()>>,
}

/// A call that a modem has put through.
struct Incoming {
    /// Its rate, as far as the modem tells.
    bits_per_second: Option<u32>,
    /// What of it was read already.
    first: Vec<u8>,
}

/// What every thread of a line has.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) county: County,
    pub(super) line: Arc<LineRecord>,
    pub(super) bell: Arc<Bell>,
    pub(super) patience: Patience,
}

impl County {
    /// Serves these lines until they are [stopped](Lines::stop); they are then what [`lines`](County::lines) tells of.
    ///
    /// A line that cannot be used now is no error: it is tried again until it can, and told of on standard error.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the system has no thread or no file left, [`LedgerError`] within one if the disk fails; nothing
    /// is served then.
    pub fn serve_lines(&self, lines: &[LineSettings], patience: Patience) -> io::Result<Lines> {
        let records = lines
            .iter()
            .map(|settings| {
                let name = settings.name();
                let totals = self
                    .ledger()
                    .read(|connection| calls::of_line(connection, &name))?;
                Ok(Arc::new(LineRecord::new(settings.clone(), totals)))
            })
            .collect::<Result<Vec<_>, LedgerError>>()
            .map_err(io::Error::other)?;
        self.switchboard().show(records.clone());
        // Dropped at an error below, which ends the lines before.
        let mut served = Lines {
            bell: Arc::new(Bell::new()?),
            threads: Vec::new(),
        };
        for line in records {
            let line = Served {
                county: self.clone(),
                line,
                bell: Arc::clone(&served.bell),
                patience,
            };
            served.threads.push(line.start()?);
        }
        Ok(served)
    }
}

impl Lines {
    /// Has all lines end, and does not wait for it.
    pub fn end(&self) {
        self.bell.ring();
    }

    /// Ends all lines and waits until they have: what arrived is on disk then, connections are closed, modems hung up.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.bell.ring();
        for thread in self.threads.drain(..) {
            // A line that panicked has said so on standard error.
            let _ = thread.join();
        }
    }
}

impl Served {
    fn start(self) -> io::Result<JoinHandle<()>> {
        let builder = thread::Builder::new().name(self.line.name().to_owned());
        match *self.line.settings() {
            LineSettings::Tcp {
                address,
                callers_max,
            } => {
                // The first try is made here, so that a caller who follows this one finds the address open.
                let first = tcp::listen(address);
                if let Ok(listener) = &first {
                    self.line
                        .listens_at(listener.local_addr()?, self.county.now());
                }
                let mut first = Some(first);
                builder.spawn(move || {
                    self.keep(|| {
                        let listener = first.take().unwrap_or_else(|| tcp::listen(address))?;
                        tcp::serve(&self, &listener, callers_max)
                    });
                })
            }
            LineSettings::Cable {
                bits_per_second,
                kiosk,
                ..
            } => builder.spawn(move || self.keep(|| self.cable(bits_per_second, kiosk))),
            LineSettings::Modem {
                bits_per_second, ..
            } => builder.spawn(move || self.keep(|| self.modem(bits_per_second))),
        }
    }

    /// Serves a line again and again until the county stops.
    fn keep(&self, mut serve: impl FnMut() -> Result<(), LineError>) {
        let mut wait = RETRY_FIRST;
        while !self.bell.has_rung() {
            let began = Instant::now();
            let Err(error) = serve() else {
                wait = RETRY_FIRST;
                continue;
            };
            // What has worked for a while is worth an early try.
            if RETRY_LONGEST < began.elapsed() {
                wait = RETRY_FIRST;
            }
            // A log that is read a week later tells of each fault once.
            if self.line.closed(error.to_string(), self.county.now()) {
                eprintln!("county: line {}: {error}", self.line.name());
            }
            self.bell.wait(wait);
            wait = (wait * 2).min(RETRY_LONGEST);
        }
        self.line.set_state(LineState::Stopped);
    }

    fn open(&self) -> LineState {
        LineState::Open {
            since: self.county.now(),
        }
    }

    fn cable(&self, bits_per_second: u32, wired_to: Option<KioskId>) -> Result<(), LineError> {
        let port = self.tty(bits_per_second)?;
        self.line.set_state(self.open());
        let talk = Talk {
            county: &self.county,
            line: &self.line,
            port: &port,
            bell: &self.bell,
            bits_per_second: Some(bits_per_second),
            escape: Escape::default(),
            wired_to,
            caller: None,
        };
        talk.run(&[]).map(|_stopped| ())
    }

    fn tty(&self, bits_per_second: u32) -> io::Result<Port> {
        match self.line.settings() {
            LineSettings::Cable { tty, .. } | LineSettings::Modem { tty, .. } => {
                Port::open_tty(tty, bits_per_second)
            }
            LineSettings::Tcp { .. } => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Sets the modem, waits for a call, serves it, and hangs up.
    fn modem(&self, bits_per_second: u32) -> Result<(), LineError> {
        let port = self.tty(bits_per_second)?;
        let Some(call) = self.wait_for_call(&port)? else {
            return Ok(());
        };
        let rate = call.bits_per_second.unwrap_or(bits_per_second);
        let talk = Talk {
            county: &self.county,
            line: &self.line,
            port: &port,
            bell: &self.bell,
            bits_per_second: Some(rate.min(bits_per_second)),
            escape: modem::ESCAPE,
            wired_to: None,
            caller: Some(Caller {
                patience: self.patience,
                farewell: Some(Farewell::default()),
                replaced: &AtomicBool::new(false),
                shown: &|_| {},
            }),
        };
        let ended = talk.run(&call.first)?;
        drop(port);
        if ended != CallEnd::Stopped {
            self.bell.wait(HANG_UP_PAUSE);
        }
        Ok(())
    }

    /// `None` if the county stops.
    fn wait_for_call(&self, port: &Port) -> Result<Option<Incoming>, LineError> {
        let start = Instant::now();
        let tick = || Tick(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
        let mut modem = Answering::new(tick());
        let mut buffer = [0; READ_LEN];
        let mut to_send: &[u8] = &[];
        while !self.bell.has_rung() {
            let count = port.read(&mut buffer)?;
            let mut bytes = &buffer[..count];
            while !bytes.is_empty() {
                match modem.hear(tick(), &mut bytes) {
                    Heard::Nothing => {}
                    Heard::Set => {
                        port.set_carrier(Carrier::Watched)?;
                        self.line.set_state(self.open());
                    }
                    Heard::Refused => return Err(LineError::Modem("does not know its settings")),
                    Heard::Call { bits_per_second } => {
                        return Ok(Some(Incoming {
                            bits_per_second,
                            first: bytes.to_vec(),
                        }));
                    }
                }
            }
            match modem.due(tick()) {
                Due::Nothing => {}
                Due::Send(settings) => to_send = settings,
                Due::Silent => return Err(LineError::Modem("does not answer")),
            }
            to_send = &to_send[port.write(to_send)?..];
            let wait = modem.deadline().since(tick());
            port.wait(!to_send.is_empty(), Some(wait), &self.bell)?;
        }
        Ok(None)
    }
}
