//! Since when each file of a folder has been as it is.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::time::{Duration, Instant, SystemTime};

/// What changes when somebody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) length: u64,
    /// Of the writer's clock or the server's: compared with itself alone.
    pub(super) modified: SystemTime,
}

impl Shape {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        }
    }
}

/// How one file was last seen.
#[derive(Debug, Clone, Copy)]
struct Sighting {
    shape: Shape,
    since: Instant,
    read: bool,
}

/// Sightings by file name.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    seen: HashMap<OsString, Sighting>,
}

impl Sightings {
    /// Notes what lies in the folder now; what lies there no more is forgotten.
    pub(super) fn see(&mut self, now: Instant, files: &[(OsString, Shape)]) {
        let mut seen = HashMap::with_capacity(files.len());
        for &(ref name, shape) in files {
            let sighting = match self.seen.get(name) {
                Some(before) if before.shape == shape => *before,
                _ => Sighting {
                    shape,
                    since: now,
                    read: false,
                },
            };
            seen.insert(name.clone(), sighting);
        }
        self.seen = seen;
    }

    /// How long a file has been as it is.
    pub(super) fn rest(&self, now: Instant, name: &OsStr) -> Duration {
        self.seen
            .get(name)
            .map_or(Duration::ZERO, |seen| now.duration_since(seen.since))
    }

    /// Whether a file is to be read for the first time as it is; it need not be read again before it changes.
    pub(super) fn is_unread(&mut self, name: &OsStr) -> bool {
        self.seen
            .get_mut(name)
            .is_some_and(|seen| !std::mem::replace(&mut seen.read, true))
    }
}
