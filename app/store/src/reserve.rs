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
        // Blocks, since a file's length alone holds no room.
        fs::metadata(&self.path).is_ok_and(|file| RESERVE_BYTES <= file.blocks() * 512)
    }

    /// Takes the room, if the disk has it; a part of it is given back.
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
        let taken = fill(&file).and_then(|()| file.sync_all());
        if taken.is_err() {
            file.set_len(0)?;
        }
        taken
    }

    /// Gives the room up for a commit that needs it.
    pub(crate) fn release(&self) -> io::Result<()> {
        match OpenOptions::new().write(true).open(&self.path) {
            Ok(file) => file.set_len(0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn fill(file: &File) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    Ok(fallocate(file, FallocateFlags::empty(), 0, RESERVE_BYTES)?)
}
