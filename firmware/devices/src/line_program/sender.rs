//! `line send`: feeds files to the session as it has room for them.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use devices::bell::Bell;
use devices::talk::Talker;
use link::{Event, ObjectId, Outbound, Priority, SendError, Session, Tick};

use crate::loader::{self, Load, LoadError, Loader};
use crate::object::{self, Word};
use crate::open::{Carrier, Ended, OpenLine, Stopped};
use crate::progress::{Progress, disconnected, incompatible};
use crate::spool::Spool;
use crate::tally::{Tally, UnderWay};

/// Files that are given and no longer than this are urgent.
const SHORT_FILE_LEN_MAX: u64 = 8 << 10;

/// Urgent files in the session at once: enough for a line that is long and fast.
const RECORDS_MAX: usize = 64;

/// Other files in the session at once.
const PICTURES_MAX: usize = 16;

/// The next of the other files is read when so little is left of those before: more than any line has on its
/// way, so that none falls idle between two files.
const PICTURES_LEFT: u64 = 128 << 10;

/// How long the other end may take to confirm that it heard that this was all. Everything is confirmed by then, so
/// nothing hangs on it.
const FINISH_WAIT: Duration = Duration::from_secs(10);

/// Sends files until there are none, or, with a spool, until a signal.
pub(crate) fn run(
    open: impl FnOnce() -> Result<OpenLine, Box<dyn Error>>,
    state: &Path,
    spool: Option<&Path>,
    files: &[PathBuf],
) -> Result<Ended, Box<dyn Error>> {
    for file in files {
        loader::header(file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let bell = Arc::new(Bell::new()?);
    let spool = spool
        .map(|folder| Spool::watch(folder, files))
        .transpose()?;
    let spool_bell = spool
        .as_ref()
        .map(|spool| spool.as_fd().try_clone_to_owned());
    let spool_bell = spool_bell.transpose()?;
    let mut line = open()?;
    let loader = Loader::start(state.to_path_buf(), Arc::clone(&bell))?;
    let mut sender = Sender::new(&line, loader, Arc::clone(&bell), spool)?;
    for file in files {
        sender.plan(file.clone());
    }
    sender.look_into_spool();
    sender.feed();
    let mut bells = vec![bell.as_fd()];
    bells.extend(spool_bell.as_ref().map(AsFd::as_fd));
    let carrier = line.talk(&mut sender, &bells)?;
    sender.end(line.now(), carrier)
}

/// Files of one priority.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<PathBuf>,
    loading: usize,
}

/// Telling the other end that this was all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finish {
    /// There is more to send, or will be.
    Open,
    /// It is being told; whatever comes of it, the run ends by then.
    Telling { id: ObjectId, until: Tick },
    /// It was told.
    Over,
}

struct Sender {
    session: Session,
    loader: Loader,
    bell: Arc<Bell>,
    spool: Option<Spool>,
    records: Queue,
    pictures: Queue,
    under_way: HashMap<ObjectId, UnderWay>,
    tally: Tally,
    finish: Finish,
    fault: Option<Box<dyn Error>>,
    stopped: Stopped,
    progress: Progress,
    bits_per_second: u32,
    finished_at: Option<Tick>,
}

impl Sender {
    fn new(
        line: &OpenLine,
        loader: Loader,
        bell: Arc<Bell>,
        spool: Option<Spool>,
    ) -> io::Result<Self> {
        let now = line.now();
        Ok(Self {
            session: line.session()?,
            loader,
            bell,
            spool,
            records: Queue::default(),
            pictures: Queue::default(),
            under_way: HashMap::new(),
            tally: Tally::default(),
            finish: Finish::Open,
            fault: None,
            stopped: line.stopped(),
            progress: Progress::new(now)?,
            bits_per_second: line.bits_per_second(),
            finished_at: None,
        })
    }

    /// A file is to go.
    fn plan(&mut self, path: PathBuf) {
        let len = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        let is_urgent = match &self.spool {
            Some(_) => path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"u")),
            None => len <= SHORT_FILE_LEN_MAX,
        };
        self.tally.planned(len);
        let queue = if is_urgent {
            &mut self.records
        } else {
            &mut self.pictures
        };
        queue.waiting.push_back(path);
    }

    fn look_into_spool(&mut self) {
        let new = self.spool.as_mut().map(Spool::take_new);
        match new.transpose() {
            Ok(paths) => paths.into_iter().flatten().for_each(|path| self.plan(path)),
            Err(error) => self.fault = Some(error.into()),
        }
    }

    /// Has files read that the session has room for.
    fn feed(&mut self) {
        let count = |priority| {
            let is_of = |file: &&UnderWay| file.priority() == priority;
            self.under_way.values().filter(is_of).count()
        };
        let mut records = count(Priority::Record) + self.records.loading;
        while records < RECORDS_MAX
            && let Some(path) = self.records.waiting.pop_front()
        {
            self.loader.ask(path, Priority::Record);
            self.records.loading += 1;
            records += 1;
        }
        let left: u64 = self
            .under_way
            .values()
            .filter(|file| file.priority() == Priority::Picture)
            .map(UnderWay::left)
            .sum();
        // One is read at a time, as its length is not known before.
        let may_load = left < PICTURES_LEFT && count(Priority::Picture) < PICTURES_MAX;
        if may_load
            && self.pictures.loading == 0
            && let Some(path) = self.pictures.waiting.pop_front()
        {
            self.loader.ask(path, Priority::Picture);
            self.pictures.loading += 1;
        }
    }

    fn take_loads(&mut self) {
        while let Some(load) = self.loader.load() {
            let queue = match load.priority {
                Priority::Record => &mut self.records,
                _ => &mut self.pictures,
            };
            queue.loading -= 1;
            self.send(load);
        }
    }

    fn send(&mut self, load: Load) {
        let loaded = match load.outcome {
            Ok(loaded) => loaded,
            Err(error @ LoadError::State(_)) => {
                self.fault = Some(error.into());
                return;
            }
            Err(error) => {
                eprintln!("{}: {error}", load.path.display());
                self.tally.left_behind();
                return;
            }
        };
        let len = u32::try_from(loaded.bytes.len()).unwrap_or(u32::MAX);
        let outbound = Outbound {
            id: loaded.id,
            priority: load.priority,
            bytes: loaded.bytes,
            may_be_held: loaded.may_be_held,
        };
        match self.session.send(outbound) {
            Ok(()) => {
                let file = UnderWay::new(load.path, load.priority, len, loaded.may_be_held);
                self.under_way.insert(loaded.id, file);
            }
            // The same name with the same content, moved in twice.
            Err(SendError::AlreadyQueued) => self.tally.planned_twice(),
            Err(error) => {
                eprintln!("{}: {error}", load.path.display());
                self.tally.left_behind();
            }
        }
    }

    fn act_on_events(&mut self, now: Tick) {
        while let Some(event) = self.session.poll_event() {
            self.act(now, event);
        }
        self.feed();
        self.finish_if_all_went(now);
    }

    fn act(&mut self, now: Tick, event: Event) {
        match event {
            Event::Connected => self.tally.began(now),
            Event::Disconnected { reason } => eprintln!("{}", disconnected(reason)),
            Event::Incompatible { peer_version } => self.fault = Some(incompatible(peer_version)),
            Event::Progress {
                id, acked_bytes, ..
            } => {
                if let Some(file) = self.under_way.get_mut(&id) {
                    file.acked(acked_bytes);
                }
            }
            Event::Delivered { id } => {
                if let Some(file) = self.under_way.remove(&id) {
                    self.tally.delivered(&file);
                }
                self.told(id);
            }
            Event::Refused { id } => {
                if let Some(file) = self.under_way.remove(&id) {
                    eprintln!("{}: refused by the other end", file.path().display());
                    self.tally.left_behind();
                }
                self.told(id);
            }
            // Nothing is wanted from the other end.
            Event::Offered { id, .. } | Event::Arrived { id, .. } => {
                let _ = self.session.refuse(id);
            }
            Event::Block { .. } | Event::Complete { .. } | Event::Withdrawn { .. } => {}
        }
    }

    fn told(&mut self, delivered: ObjectId) {
        if matches!(self.finish, Finish::Telling { id, .. } if id == delivered) {
            self.finish = Finish::Over;
        }
    }

    fn has_all_gone(&self) -> bool {
        let is_empty = |queue: &Queue| queue.waiting.is_empty() && queue.loading == 0;
        is_empty(&self.records) && is_empty(&self.pictures) && self.under_way.is_empty()
    }

    /// Tells the other end that this was all.
    fn finish_if_all_went(&mut self, now: Tick) {
        if self.finish != Finish::Open || self.spool.is_some() || !self.has_all_gone() {
            return;
        }
        self.finished_at = Some(now);
        // Without a number of its own it would be the word that an earlier run said.
        let number = getrandom::u64().unwrap_or(now.0).to_be_bytes();
        let bytes = object::word(Word::Finished, &number);
        let id = object::identify(&bytes);
        let outbound = Outbound {
            id,
            priority: Priority::Control,
            bytes: bytes.into(),
            may_be_held: false,
        };
        self.finish = match self.session.send(outbound) {
            Ok(()) => Finish::Telling {
                id,
                until: now + FINISH_WAIT,
            },
            Err(_) => Finish::Over,
        };
    }

    fn status(&self, now: Tick) -> String {
        self.tally
            .status(self.under_way.values(), now, self.bits_per_second)
    }

    fn end(mut self, now: Tick, carrier: Carrier) -> Result<Ended, Box<dyn Error>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let now = self.finished_at.unwrap_or(now);
        let stats = self.session.stats();
        eprintln!("{}", self.status(now));
        eprintln!(
            "{} bytes on the line in {} frames, {} packets lost",
            stats.bytes_sent, stats.frames_sent, stats.packets_lost
        );
        let all_told = matches!(self.finish, Finish::Telling { .. } | Finish::Over);
        if carrier == Carrier::Lost && !all_told {
            eprintln!("the line has hung up");
            return Ok(Ended::HungUp);
        }
        if self.stopped.is_set() && !(all_told || self.spool.is_some() && self.has_all_gone()) {
            return Ok(Ended::Stopped);
        }
        Ok(if self.tally.has_left_any() {
            Ended::SomeLeft
        } else {
            Ended::Done
        })
    }
}

impl Talker for Sender {
    fn handle_bytes(&mut self, now: Tick, bytes: &[u8]) {
        self.session.handle_bytes(now, bytes);
        self.act_on_events(now);
    }

    fn handle_timeout(&mut self, now: Tick) {
        self.session.handle_timeout(now);
        if matches!(self.finish, Finish::Telling { until, .. } if until <= now) {
            self.finish = Finish::Over;
        }
        let status = self.status(now);
        self.progress.tell(now, || status);
        self.act_on_events(now);
    }

    fn handle_bell(&mut self, now: Tick) {
        self.bell.hush();
        self.look_into_spool();
        self.take_loads();
        self.act_on_events(now);
    }

    fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize {
        self.session.poll_transmit(now, room, out)
    }

    fn deadline(&self) -> Option<Tick> {
        let until = match self.finish {
            Finish::Telling { until, .. } => Some(until),
            _ => None,
        };
        let deadlines = [self.session.deadline(), until, Some(self.progress.due())];
        deadlines.into_iter().flatten().min()
    }

    fn is_over(&self) -> bool {
        self.finish == Finish::Over || self.fault.is_some() || self.stopped.is_set()
    }
}
