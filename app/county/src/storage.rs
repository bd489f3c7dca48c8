//! Where a county's ledger is kept, its backups, and its way into another store.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::{
    County, CountyConfig, OpenError,
    ledger::{Bucket, Copied, CopyError, Ledger, LedgerError},
};

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// The file `county.db` in the data folder.
    Sqlite,
    /// The county's tables in the database of [`CountyConfig::postgres`].
    Postgres,
}

/// Why no backup was made; the ledger is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The copy could not be made.
    #[error("ledger cannot be copied: {0}")]
    Copy(#[from] CopyError),
    /// Something is there already.
    #[error("{} is there already and stays; name another file", .0.display())]
    Exists(PathBuf),
    /// The copy cannot be put there.
    #[error("backup cannot be written: {0}")]
    File(#[from] io::Error),
}

/// Why a ledger did not get to its new place; the old one is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The store that it is in or the one that it should get to is unusable.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no ledger to begin with.
    #[error("there is no ledger at {}", .0.display())]
    Absent(PathBuf),
    /// It is there.
    #[error("from and to are the same store")]
    Same,
    /// It could not be copied.
    #[error("ledger cannot be copied: {0}")]
    Copy(#[from] CopyError),
    /// It could not be put there.
    #[error(transparent)]
    Write(#[from] BackupError),
}

impl CountyConfig {
    /// The store that the settings name.
    #[must_use]
    pub fn store(&self) -> Store {
        match self.postgres {
            Some(_) => Store::Postgres,
            None => Store::Sqlite,
        }
    }

    fn ledger_file(&self) -> PathBuf {
        self.data_dir.join("county.db")
    }

    /// Opens the ledger in this store; what is not there is made.
    pub(crate) fn open_ledger(&self, store: Store) -> Result<Ledger, OpenError> {
        if self.vfs.is_none() {
            fs::create_dir_all(&self.data_dir).map_err(OpenError::DataDir)?;
        }
        let bucket = self
            .bucket
            .as_ref()
            .map(|settings| Bucket::of_county(settings, self.county_code))
            .transpose()
            .map_err(LedgerError::from)?;
        let ledger = match store {
            Store::Sqlite => Ledger::open_file(&self.ledger_file(), self.vfs.as_deref())?,
            Store::Postgres => {
                let settings = self.postgres.as_ref().ok_or(OpenError::NoPostgres)?;
                let connect = settings.config().map_err(OpenError::Password)?;
                Ledger::open_postgres(connect, self.county_code, settings.connections)?
            }
        };
        Ok(ledger.with_bucket(bucket))
    }
}

impl County {
    /// Writes a copy of the ledger to a new SQLite file at `path`, whole or not at all, while the ledger is in use. Pages
    /// that lie in a bucket are in it.
    ///
    /// A county that goes on from such a copy asks kiosks again for what came since; they keep it for a month.
    ///
    /// # Errors
    ///
    /// [`BackupError`] if something is there, or the disk fails.
    pub fn back_up(&self, path: &Path) -> Result<(), BackupError> {
        write_copy(self.ledger(), path)?;
        Ok(())
    }
}

/// Puts the ledger of a backup into the store that the settings name, which has none yet. No server may run.
///
/// # Errors
///
/// [`MoveError`] if the file is no ledger, the store has one already, or one of them fails.
pub fn restore(config: &CountyConfig, file: &Path) -> Result<Vec<Copied>, MoveError> {
    if !file.exists() {
        return Err(MoveError::Absent(file.to_owned()));
    }
    // A backup of an older build is brought up to date; the file itself stays as it is.
    let opened = config.data_dir.join("restored.unfinished");
    fs::create_dir_all(&config.data_dir).map_err(OpenError::DataDir)?;
    fs::copy(file, &opened).map_err(BackupError::File)?;
    let copied = Ledger::open_file(&opened, None)
        .map_err(|error| OpenError::Ledger(error).into())
        .and_then(|ledger| put(&ledger, config, config.store()));
    fs::remove_file(&opened).map_err(BackupError::File)?;
    copied
}

/// Moves the ledger from one store to another, which has none yet. No server may run; the old store stays as it is and
/// is out of use from then on.
///
/// # Errors
///
/// [`MoveError`] if there is no ledger, the other store has one already, or one of them fails.
pub fn migrate(config: &CountyConfig, from: Store, to: Store) -> Result<Vec<Copied>, MoveError> {
    if from == to {
        return Err(MoveError::Same);
    }
    if from == Store::Sqlite && !config.ledger_file().exists() {
        return Err(MoveError::Absent(config.ledger_file()));
    }
    put(&config.open_ledger(from)?, config, to)
}

fn put(ledger: &Ledger, config: &CountyConfig, to: Store) -> Result<Vec<Copied>, MoveError> {
    Ok(match to {
        Store::Sqlite => write_copy(ledger, &config.ledger_file())?,
        Store::Postgres => ledger.copy_to(&config.open_ledger(to)?)?,
    })
}

/// Writes a copy of the ledger to a new file, whole or not at all.
fn write_copy(ledger: &Ledger, path: &Path) -> Result<Vec<Copied>, BackupError> {
    if path.exists() {
        return Err(BackupError::Exists(path.to_owned()));
    }
    let unfinished = beside(path, ".unfinished");
    // What an earlier attempt left, its journal included.
    for part in ["", "-wal", "-shm"] {
        match fs::remove_file(beside(&unfinished, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let copy = Ledger::open_file(&unfinished, None).map_err(CopyError::from)?;
    let copied = ledger.copy_to(&copy)?;
    // The last one to close it leaves one file.
    drop(copy);
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(copied)
}

/// The path with more at its end.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}
