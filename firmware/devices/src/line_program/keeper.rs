//! The thread that writes what arrives to disk, so that a slow disk does not hold the line up.

use std::io;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

use devices::bell::Bell;
use link::ObjectId;

use crate::shelf::{Found, Outcome, Shelf};

/// Jobs that wait for the disk: 240 KB of blocks. At this bound the line waits for the disk.
const JOBS_MAX: usize = 1024;

/// Whole objects that share the wait for the disk.
const KEPT_AT_ONCE_MAX: usize = 64;

/// Maps that have grown a little are saved when nothing has come for so long.
const SAVE_WHEN_QUIET: Duration = Duration::from_secs(2);

/// What the keeper is asked to do.
#[derive(Debug)]
pub(crate) enum Job {
    /// Look for an object of so many bytes that is offered; answered by [`Reply::Found`].
    Find(ObjectId, u32),
    /// Write a block.
    Write(ObjectId, u32, Vec<u8>),
    /// Make a file of an object whose blocks have all been written; answered by [`Reply::Done`].
    Finish(ObjectId),
    /// Make a file of an object that came at once; answered by [`Reply::Done`].
    Keep(ObjectId, Vec<u8>),
    /// Save all maps: nothing comes for now.
    Save,
}

/// What the keeper answers.
#[derive(Debug)]
pub(crate) enum Reply {
    /// What is here of an object.
    Found(ObjectId, Found),
    /// What became of an object that came whole.
    Done(ObjectId, Outcome),
    /// The disk failed, and with it the keeper.
    Failed(io::Error),
}

/// The thread, from outside. Dropping it saves everything.
#[derive(Debug)]
pub(crate) struct Keeper {
    jobs: Option<SyncSender<Job>>,
    replies: Receiver<Reply>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread, which opens the receiver's folders and rings the bell with each answer.
    pub(crate) fn start(state: PathBuf, out: PathBuf, bell: Arc<Bell>) -> io::Result<Self> {
        let (jobs, received) = mpsc::sync_channel(JOBS_MAX);
        let (answer, replies) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || {
                let mouth = Mouth { answer, bell };
                let worked = Shelf::open(&state, &out).and_then(|shelf| {
                    let whole = Vec::new();
                    let mut work = Work {
                        shelf,
                        mouth: &mouth,
                        whole,
                    };
                    work.run(&received)
                });
                if let Err(error) = worked {
                    mouth.reply(Reply::Failed(error));
                }
            })?;
        Ok(Self {
            jobs: Some(jobs),
            replies,
            thread: Some(thread),
        })
    }

    /// Hands over a job; waits while too many wait already.
    pub(crate) fn ask(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // A keeper that has failed has said so and takes no more.
            let _ = jobs.send(job);
        }
    }

    /// The next answer, if there is one.
    pub(crate) fn reply(&self) -> Option<Reply> {
        self.replies.try_recv().ok()
    }

    /// Waits until all that was handed over is done and saved.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.stop();
        self.replies.try_iter().try_for_each(|reply| match reply {
            Reply::Failed(error) => Err(error),
            _ => Ok(()),
        })
    }

    fn stop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A keeper that panicked has said so; what it saved is on disk.
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How the thread answers.
struct Mouth {
    answer: mpsc::Sender<Reply>,
    bell: Arc<Bell>,
}

impl Mouth {
    fn reply(&self, reply: Reply) {
        // Nobody to answer to means that the program ends.
        let _ = self.answer.send(reply);
        self.bell.ring();
    }
}

struct Work<'a> {
    shelf: Shelf,
    mouth: &'a Mouth,
    /// Objects that came at once and wait for the disk together.
    whole: Vec<(ObjectId, Vec<u8>)>,
}

impl Work<'_> {
    fn run(&mut self, jobs: &Receiver<Job>) -> io::Result<()> {
        loop {
            match jobs.recv_timeout(SAVE_WHEN_QUIET) {
                Ok(job) => self.act(job)?,
                Err(RecvTimeoutError::Timeout) => self.shelf.save_all()?,
                Err(RecvTimeoutError::Disconnected) => return self.shelf.save_all(),
            }
            // What waits behind shares the wait for the disk.
            while self.whole.len() < KEPT_AT_ONCE_MAX
                && let Ok(job) = jobs.try_recv()
            {
                self.act(job)?;
            }
            self.keep_whole()?;
            self.shelf.save_grown()?;
        }
    }

    fn act(&mut self, job: Job) -> io::Result<()> {
        match job {
            Job::Find(id, len) => {
                let found = self.shelf.find(id, len)?;
                self.mouth.reply(Reply::Found(id, found));
            }
            Job::Write(id, index, bytes) => self.shelf.write(id, index, &bytes)?,
            Job::Finish(id) => {
                let outcome = self.shelf.finish(id)?;
                self.mouth.reply(Reply::Done(id, outcome));
            }
            Job::Keep(id, bytes) => self.whole.push((id, bytes)),
            Job::Save => self.shelf.save_all()?,
        }
        Ok(())
    }

    fn keep_whole(&mut self) -> io::Result<()> {
        let whole = mem::take(&mut self.whole);
        let objects: Vec<_> = whole.iter().map(|(id, bytes)| (*id, &bytes[..])).collect();
        let outcomes = self.shelf.keep(&objects)?;
        for ((id, _), outcome) in whole.iter().zip(outcomes) {
            self.mouth.reply(Reply::Done(*id, outcome));
        }
        Ok(())
    }
}
