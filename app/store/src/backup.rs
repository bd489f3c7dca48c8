//! A copy of the file while it is in use, by SQLite's online backup.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, backup::Backup};

use crate::{AuditAction, AuditActor, Moment, Store, WriteError};

/// Pages copied at a time; between two lots other writers have their turn.
const PAGES_AT_ONCE: i32 = 1000;

/// Why no backup was made. The file in use is as it was; what may lie at the place before stays there.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The copy could not be made.
    #[error("backup cannot be copied")]
    Copy(#[from] rusqlite::Error),
    /// The copy could not be put in its place.
    #[error("backup {} cannot be put in its place", path.display())]
    Place {
        /// The place.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The log could not say that it was made.
    #[error(transparent)]
    Note(#[from] WriteError),
}

impl Store {
    /// Writes a copy of the file to `path`: all of it or nothing, whatever ends the program.
    ///
    /// # Errors
    ///
    /// [`BackupError`]; an earlier backup at `path` is then still there.
    pub fn back_up(&mut self, path: &Path, now: Moment) -> Result<(), BackupError> {
        self.note(AuditActor::Kiosk, AuditAction::BackedUp, "", now)?;
        let place = |source| BackupError::Place {
            path: path.to_owned(),
            source,
        };
        let unfinished = with_suffix(path, ".unfinished");
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(place(error)),
            _ => {}
        }
        let mut copy = Connection::open(&unfinished)?;
        Backup::new(self.reader(), &mut copy)?.run_to_completion(
            PAGES_AT_ONCE,
            Duration::ZERO,
            None,
        )?;
        // A file in WAL mode would need its companions beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        copy.close().map_err(|(_, error)| error)?;
        let put = || {
            File::open(&unfinished)?.sync_all()?;
            fs::rename(&unfinished, path)?;
            sync_folder_of(path)
        };
        put().map_err(place)
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
