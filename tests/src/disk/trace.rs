//! What happened on a disk: counted always, listed if asked for.

use std::fmt;
use std::mem;
use std::sync::Arc;

/// What SQLite asks a disk to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Opens a file that is there.
    Open,
    /// Makes a file.
    Make,
    /// Asks whether a file is there.
    Access,
    /// Asks for a file's length.
    Length,
    /// Reads.
    Read,
    /// Writes.
    Write,
    /// Makes a file shorter.
    Truncate,
    /// Brings a file to the platter.
    Sync,
    /// Removes a file's name.
    Delete,
    /// Adds a region to the memory that a file's connections share.
    Memory,
}

impl Operation {
    const ALL: [Self; 10] = [
        Self::Open,
        Self::Make,
        Self::Access,
        Self::Length,
        Self::Read,
        Self::Write,
        Self::Truncate,
        Self::Sync,
        Self::Delete,
        Self::Memory,
    ];

    /// Whether a cut before it and one after it can differ.
    pub(super) fn changes_disk(self) -> bool {
        match self {
            Self::Make | Self::Write | Self::Truncate | Self::Sync | Self::Delete => true,
            Self::Open | Self::Access | Self::Length | Self::Read | Self::Memory => false,
        }
    }

    /// Whether a full disk refuses it.
    pub(super) fn needs_room(self) -> bool {
        matches!(self, Self::Write | Self::Memory)
    }
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As asked, or with an answer such as "not there" that is no fault.
    Done,
    /// The device reported an error.
    Failed,
    /// No room.
    Full,
    /// Power went, or was away already.
    Off,
}

/// One line of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// SQLite asked for something.
    Asked {
        /// What.
        operation: Operation,
        /// Of which file.
        path: Arc<str>,
        /// From which byte; 0 where it has no meaning.
        offset: u64,
        /// How many bytes, or the new length of a truncated file; 0 where it has no meaning.
        len: u64,
        /// How it ended.
        outcome: Outcome,
    },
    /// Power was lost.
    Cut,
    /// Power came back.
    PowerOn,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked {
                operation,
                path,
                offset,
                len,
                outcome,
            } => write!(f, "{operation:?} {path} {offset}+{len} {outcome:?}"),
            Self::Cut => write!(f, "power cut"),
            Self::PowerOn => write!(f, "power on"),
        }
    }
}

/// How often what happened since the disk was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    operations: [u64; Operation::ALL.len()],
    /// Power cuts.
    pub cuts: u64,
    /// Operations that failed with a device error.
    pub failed: u64,
    /// Operations that found no room.
    pub full: u64,
    /// Bits flipped.
    pub flipped_bits: u64,
    /// What cuts and failed syncs made of the sectors in flight.
    pub sectors: Tally,
}

impl Counters {
    /// How often this was asked for.
    pub fn of(&self, operation: Operation) -> u64 {
        self.operations[operation as usize]
    }

    /// How often each was asked for.
    pub fn operations(&self) -> impl Iterator<Item = (Operation, u64)> {
        Operation::ALL.into_iter().zip(self.operations)
    }
}

/// Sectors with writes in flight, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Every write is on the platter.
    pub kept_sectors: u64,
    /// At least the last write is not.
    pub forgotten_sectors: u64,
    /// A write stopped half way.
    pub torn_sectors: u64,
}

/// Counters, and the list if it is kept.
#[derive(Default)]
pub(super) struct Log {
    pub(super) counters: Counters,
    events: Option<Vec<Event>>,
}

impl Log {
    /// Begins to keep the list, or drops it.
    pub(super) fn keep_events(&mut self, keep: bool) {
        self.events = keep.then(Vec::new);
    }

    pub(super) fn take_events(&mut self) -> Vec<Event> {
        self.events.as_mut().map(mem::take).unwrap_or_default()
    }

    pub(super) fn asked(
        &mut self,
        operation: Operation,
        path: &Arc<str>,
        (offset, len): (u64, u64),
        outcome: Outcome,
    ) {
        self.counters.operations[operation as usize] += 1;
        match outcome {
            Outcome::Failed => self.counters.failed += 1,
            Outcome::Full => self.counters.full += 1,
            Outcome::Done | Outcome::Off => {}
        }
        if let Some(events) = &mut self.events {
            events.push(Event::Asked {
                operation,
                path: path.clone(),
                offset,
                len,
                outcome,
            });
        }
    }

    pub(super) fn cut(&mut self) {
        self.counters.cuts += 1;
        if let Some(events) = &mut self.events {
            events.push(Event::Cut);
        }
    }

    pub(super) fn power_on(&mut self) {
        if let Some(events) = &mut self.events {
            events.push(Event::PowerOn);
        }
    }
}
