//! What is counted of the files that are sent.

use std::path::{Path, PathBuf};

use link::{Priority, Tick};

use crate::progress;

/// A file that the session has.
#[derive(Debug)]
pub(crate) struct UnderWay {
    path: PathBuf,
    priority: Priority,
    /// With its name.
    len: u32,
    acked: u32,
    /// What the other end had before this run began; not known until it has answered the offer.
    held_before: Option<u32>,
}

impl UnderWay {
    /// A file whose object has `len` bytes.
    pub(crate) fn new(path: PathBuf, priority: Priority, len: u32, may_be_held: bool) -> Self {
        Self {
            path,
            priority,
            len,
            acked: 0,
            held_before: (!may_be_held).then_some(0),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn priority(&self) -> Priority {
        self.priority
    }

    /// So many bytes of its object are at the other end.
    pub(crate) fn acked(&mut self, bytes: u32) {
        self.acked = bytes.min(self.len);
        self.held_before.get_or_insert(self.acked);
    }

    /// Bytes that are not at the other end.
    pub(crate) fn left(&self) -> u64 {
        u64::from(self.len - self.acked)
    }

    /// Bytes of the file among so many of its object.
    fn carried(&self, acked: u32) -> u64 {
        let name = self.path.file_name().unwrap_or_default();
        u64::from(acked).saturating_sub(1 + name.len() as u64)
    }
}

/// What has become of the files so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    planned: usize,
    planned_bytes: u64,
    delivered: usize,
    delivered_bytes: u64,
    /// Of the bytes delivered, those that the other end had before.
    held_bytes: u64,
    left: usize,
    began: Option<Tick>,
}

impl Tally {
    /// The other end was heard.
    pub(crate) fn began(&mut self, now: Tick) {
        self.began.get_or_insert(now);
    }

    /// A file of so many bytes is to go.
    pub(crate) fn planned(&mut self, bytes: u64) {
        self.planned += 1;
        self.planned_bytes += bytes;
    }

    /// A file was planned that is under way already.
    pub(crate) fn planned_twice(&mut self) {
        self.planned -= 1;
    }

    /// A file is at the other end.
    pub(crate) fn delivered(&mut self, file: &UnderWay) {
        self.delivered += 1;
        self.delivered_bytes += file.carried(file.len);
        self.held_bytes += file.carried(file.held_before.unwrap_or(file.len));
    }

    /// A file will not go.
    pub(crate) fn left_behind(&mut self) {
        self.left += 1;
    }

    pub(crate) fn has_left_any(&self) -> bool {
        0 < self.left
    }

    /// How things stand, with what is under way; the rate leaves out what the other end had before.
    pub(crate) fn status<'a>(
        &self,
        under_way: impl Iterator<Item = &'a UnderWay>,
        now: Tick,
        bits_per_second: u32,
    ) -> String {
        let Some(began) = self.began else {
            return "waiting for the other end".to_owned();
        };
        let mut bytes = self.delivered_bytes;
        let mut held_bytes = self.held_bytes;
        for file in under_way {
            bytes += file.carried(file.acked);
            held_bytes += file.carried(file.held_before.unwrap_or(file.acked));
        }
        let carried = bytes.saturating_sub(held_bytes);
        let rate = progress::rate(carried, now.since(began), bits_per_second);
        format!(
            "{} of {} files, {bytes} of {} bytes, {rate}",
            self.delivered, self.planned, self.planned_bytes
        )
    }
}
