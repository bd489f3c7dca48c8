//! `line recv`: takes what is offered, and has it written down.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use devices::bell::Bell;
use devices::talk::Talker;
use link::{BlockMap, Event, ObjectId, SHORT_LEN_MAX, Session, Tick, block_range};

use crate::keeper::{Job, Keeper, Reply};
use crate::object::{self, Object, Word};
use crate::open::{Carrier, Ended, OpenLine, Stopped};
use crate::progress::{self, Progress, disconnected, incompatible};
use crate::shelf::{Found, Outcome};

/// After the sender has said that this was all, it is listened to until it has been silent for so long: it asks
/// again within that if it did not hear our answer.
const LINGER: Duration = Duration::from_secs(2);

/// However much noise there is, it is not listened to for longer.
const LINGER_MAX: Duration = Duration::from_secs(30);

/// Receives files until the sender has said that this was all.
pub(crate) fn run(
    open: impl FnOnce() -> Result<OpenLine, Box<dyn Error>>,
    state: &Path,
    out: &Path,
) -> Result<Ended, Box<dyn Error>> {
    let bell = Arc::new(Bell::new()?);
    let mut line = open()?;
    // The line can begin to greet before the disk is looked at.
    let keeper = Keeper::start(state.to_path_buf(), out.to_path_buf(), Arc::clone(&bell))?;
    let mut receiver = Receiver::new(&line, keeper, Arc::clone(&bell))?;
    let carrier = line.talk(&mut receiver, &[bell.as_fd()])?;
    receiver.end(line.now(), carrier)
}

/// An object that is on offer.
#[derive(Debug)]
struct Coming {
    len: u32,
    /// Blocks of a short object; those of a long one are on disk.
    short: Option<Vec<u8>>,
    /// It failed its check once.
    was_damaged: bool,
}

/// After the sender said that this was all.
#[derive(Debug, Clone, Copy)]
struct Lingering {
    until: Tick,
    until_at_most: Tick,
}

struct Receiver {
    session: Session,
    keeper: Keeper,
    bell: Arc<Bell>,
    coming: HashMap<ObjectId, Coming>,
    lingering: Option<Lingering>,
    is_over: bool,
    fault: Option<Box<dyn Error>>,
    stopped: Stopped,
    progress: Progress,
    files: usize,
    file_bytes: u64,
    part_bytes: u64,
    refused: HashSet<ObjectId>,
    bits_per_second: u32,
    connected_at: Option<Tick>,
    kept_at: Option<Tick>,
}

impl Receiver {
    fn new(line: &OpenLine, keeper: Keeper, bell: Arc<Bell>) -> io::Result<Self> {
        let now = line.now();
        Ok(Self {
            session: line.session()?,
            keeper,
            bell,
            coming: HashMap::new(),
            lingering: None,
            is_over: false,
            fault: None,
            stopped: line.stopped(),
            progress: Progress::new(now)?,
            files: 0,
            file_bytes: 0,
            part_bytes: 0,
            refused: HashSet::new(),
            bits_per_second: line.bits_per_second(),
            connected_at: None,
            kept_at: None,
        })
    }

    fn act_on_events(&mut self, now: Tick) {
        while let Some(event) = self.session.poll_event() {
            self.act(now, event);
        }
    }

    fn act(&mut self, now: Tick, event: Event) {
        match event {
            Event::Connected => {
                self.connected_at.get_or_insert(now);
            }
            Event::Disconnected { reason } => {
                eprintln!("{}", disconnected(reason));
                self.coming.clear();
                self.keeper.ask(Job::Save);
            }
            Event::Incompatible { peer_version } => self.fault = Some(incompatible(peer_version)),
            Event::Offered { id, len, .. } => {
                self.lingering = None;
                let is_short = len as usize <= SHORT_LEN_MAX;
                let coming = Coming {
                    len,
                    short: is_short.then(|| vec![0; len as usize]),
                    was_damaged: false,
                };
                self.coming.insert(id, coming);
                self.keeper.ask(Job::Find(id, len));
            }
            Event::Block { id, index, bytes } => self.take_block(id, index, bytes),
            Event::Complete { id } => {
                let short = self.coming.get_mut(&id).map(|coming| coming.short.take());
                match short {
                    Some(Some(bytes)) => self.take_whole(now, id, bytes),
                    Some(None) => self.keeper.ask(Job::Finish(id)),
                    None => {}
                }
            }
            Event::Arrived { id, bytes, .. } => {
                self.lingering = None;
                self.part_bytes += bytes.len() as u64;
                self.take_whole(now, id, bytes);
            }
            Event::Withdrawn { id } => {
                self.coming.remove(&id);
                self.keeper.ask(Job::Save);
            }
            // Nothing is sent.
            Event::Progress { .. } | Event::Delivered { .. } | Event::Refused { .. } => {}
        }
    }

    fn take_block(&mut self, id: ObjectId, index: u32, bytes: Vec<u8>) {
        self.part_bytes += bytes.len() as u64;
        let Some(coming) = self.coming.get_mut(&id) else {
            return;
        };
        let Some(short) = &mut coming.short else {
            self.keeper.ask(Job::Write(id, index, bytes));
            return;
        };
        let place = short.get_mut(block_range(coming.len, index));
        // A block of another length leaves its place empty, and the id then tells.
        if let Some(place) = place.filter(|place| place.len() == bytes.len()) {
            place.copy_from_slice(&bytes);
        }
    }

    /// A short object is whole.
    fn take_whole(&mut self, now: Tick, id: ObjectId, bytes: Vec<u8>) {
        match object::read(&bytes) {
            Ok(Object::Word(word)) if object::identify(&bytes) == id => {
                // An answer that comes too late is dropped: the word is said again.
                let _ = self.session.confirm(id);
                self.coming.remove(&id);
                if word == Word::Finished {
                    self.lingering = Some(Lingering {
                        until: now + LINGER,
                        until_at_most: now + LINGER_MAX,
                    });
                }
            }
            _ => self.keeper.ask(Job::Keep(id, bytes)),
        }
    }

    fn take_replies(&mut self, now: Tick) {
        while let Some(reply) = self.keeper.reply() {
            match reply {
                Reply::Found(id, found) => {
                    // The offer may be gone by now; it then comes again.
                    let _ = match found {
                        Found::Held => self.session.already_held(id),
                        Found::Part(map) => self.accept(id, map),
                    };
                }
                Reply::Done(id, outcome) => self.answer(now, id, outcome),
                Reply::Failed(error) => {
                    self.fault = Some(format!("cannot write what arrives: {error}").into());
                }
            }
        }
    }

    fn accept(&mut self, id: ObjectId, map: BlockMap) -> Result<(), link::AnswerError> {
        let have = u64::from(map.held()) * link::BLOCK_LEN as u64;
        if 0 < have {
            eprintln!(
                "going on: about {have} of {} bytes are here",
                map.len_bytes()
            );
        }
        self.session.accept(id, map)
    }

    fn answer(&mut self, now: Tick, id: ObjectId, outcome: Outcome) {
        let coming = self.coming.remove(&id);
        // The offer may be gone by now; it then comes again.
        let _ = match outcome {
            Outcome::Kept { len, .. } => {
                self.files += 1;
                self.file_bytes += len;
                self.kept_at = Some(now);
                self.session.confirm(id)
            }
            Outcome::Held => self.session.already_held(id),
            Outcome::Damaged => self.take_again(id, coming),
            Outcome::Refused(error) => {
                if self.refused.insert(id) {
                    eprintln!("refused: {error}");
                }
                self.session.refuse(id)
            }
        };
    }

    /// All of an object that failed its check is sent again, once.
    fn take_again(
        &mut self,
        id: ObjectId,
        coming: Option<Coming>,
    ) -> Result<(), link::AnswerError> {
        let Some(coming) = coming.filter(|coming| !coming.was_damaged) else {
            eprintln!("refused: an object arrived twice with bytes that are not those of its name");
            return self.session.refuse(id);
        };
        let is_short = coming.len as usize <= SHORT_LEN_MAX;
        self.keeper.ask(Job::Find(id, coming.len));
        let coming = Coming {
            short: is_short.then(|| vec![0; coming.len as usize]),
            was_damaged: true,
            ..coming
        };
        self.coming.insert(id, coming);
        self.session.restart(id)
    }

    fn status(&self, now: Tick) -> String {
        let Some(connected_at) = self.connected_at else {
            return "waiting for the other end".to_owned();
        };
        let rate = progress::rate(
            self.part_bytes,
            now.since(connected_at),
            self.bits_per_second,
        );
        format!(
            "{} files, {} bytes; {} bytes with parts, {rate}",
            self.files, self.file_bytes, self.part_bytes
        )
    }

    fn end(mut self, now: Tick, carrier: Carrier) -> Result<Ended, Box<dyn Error>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        eprintln!("{}", self.status(self.kept_at.unwrap_or(now)));
        let stats = self.session.stats();
        eprintln!(
            "{} frames, {} damaged, {} bytes put right, {} blocks came twice",
            stats.frames_received,
            stats.frames_damaged,
            stats.bytes_corrected,
            stats.blocks_repeated
        );
        let is_done = self.is_over || self.lingering.is_some();
        let is_stopped = self.stopped.is_set();
        self.keeper.finish()?;
        Ok(match carrier {
            _ if is_done => Ended::Done,
            Carrier::Lost => {
                eprintln!("the line has hung up");
                Ended::HungUp
            }
            Carrier::Up if is_stopped => Ended::Stopped,
            Carrier::Up => Ended::Done,
        })
    }
}

impl Talker for Receiver {
    fn handle_bytes(&mut self, now: Tick, bytes: &[u8]) {
        if let Some(lingering) = &mut self.lingering {
            lingering.until = (now + LINGER).min(lingering.until_at_most);
        }
        self.session.handle_bytes(now, bytes);
        self.act_on_events(now);
    }

    fn handle_timeout(&mut self, now: Tick) {
        self.session.handle_timeout(now);
        self.act_on_events(now);
        self.is_over = self.lingering.is_some_and(|until| until.until <= now);
        let status = self.status(now);
        self.progress.tell(now, || status);
    }

    fn handle_bell(&mut self, now: Tick) {
        self.bell.hush();
        self.take_replies(now);
        self.act_on_events(now);
    }

    fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize {
        self.session.poll_transmit(now, room, out)
    }

    fn deadline(&self) -> Option<Tick> {
        let until = self.lingering.map(|lingering| lingering.until);
        let deadlines = [self.session.deadline(), until, Some(self.progress.due())];
        deadlines.into_iter().flatten().min()
    }

    fn is_over(&self) -> bool {
        self.is_over || self.fault.is_some() || self.stopped.is_set()
    }
}
