//! Room on the disk that is set aside, so that a submission begun can always be finished.
//!
//! A file beside the store holds the room. As long as it stands in full, new applications are taken; when a commit
//! finds the disk full, the file is emptied and the commit made again in its room.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::submission::SUBMISSION_BYTES_MAX;

/// The room that is kept: a submission's bytes once in the log and once in the file, and as much as both need for
/// their pages, the lists and an acknowledgement.
pub const RESERVE_BYTES: u64 = 2 * SUBMISSION_BYTES_MAX + (8 << 20);

/// The part of it that is kept for what is written down beside submissions: acknowledgements and attempts for weeks.
const NOTES_BYTES: u64 = 2 << 20;

/// How much of the held room is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// What a submission needs; room for notes stays.
    Submission,
    /// Everything.
    All,
}

/// The file that holds the room.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    /// The reserve of the store at `store`; nothing is touched yet.
    pub(crate) fn beside(store: &Path) -> Self {
        let mut name = store.file_name().unwrap_or_default().to_owned();
        name.push("-reserve");
        Self {
            path: store.with_file_name(name),
        }
    }

    /// Whether the room is held in full.
    pub(crate) fn is_held(&self) -> bool {
        RESERVE_BYTES <= self.held_bytes()
    }

    /// Blocks, since a file's length alone holds no room.
    fn held_bytes(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.blocks() * 512)
    }

    /// Takes the room, if the disk has it; of what is missing nothing is taken if not all of it is there.
    pub(crate) fn take(&self) -> io::Result<()> {
        if self.is_held() {
            return Ok(());
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.path)?;
        let before = self.held_bytes();
        let taken = fill(&file).and_then(|()| file.sync_all());
        if taken.is_err() {
            file.set_len(before)?;
        }
        taken
    }

    /// Gives room up for a commit that needs it; `false` if there was none to give.
    pub(crate) fn release(&self, room: Room) -> io::Result<bool> {
        let kept = match room {
            Room::Submission => NOTES_BYTES,
            Room::All => 0,
        };
        if self.held_bytes() <= kept {
            return Ok(false);
        }
        let file = OpenOptions::new().write(true).open(&self.path)?;
        file.set_len(kept)?;
        Ok(true)
    }
}

fn fill(file: &File) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    Ok(fallocate(file, FallocateFlags::empty(), 0, RESERVE_BYTES)?)
}
