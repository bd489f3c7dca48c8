//! Putting a damaged file aside and a new one in its place, so that a power cut between any two
//! steps leaves what the next start goes on from.
//!
//! | files there | what is done next |
//! |---|---|
//! | `kiosk.db`, damaged | its log, then the file itself, get the name `.recovering` |
//! | `.recovering`, no `kiosk.db` | a new file is built as `.building`, synced, and named `kiosk.db` |
//! | `.recovering` and `kiosk.db` | the log, then the file itself, get the name `.damaged-<n>` |
//!
//! A log without its file is thus a move half done. The name `.building` means nothing at a start:
//! such a file is built anew. Names are synced after each change. No byte of the damaged file is
//! written: it is read below SQLite, which would take its log apart.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, MAIN_DB, config::DbConfig};

use super::{
    bytes::OnDisk,
    damaged::Damaged,
    files::{Folder, Names, RealFolder, len_of, log_index_of, log_of},
    health::{Finding, Health, check},
    log::Log,
    rebuild::Rebuilt,
    report::Report,
};
use crate::{ReadError, failure::is_disk_full, schema};

/// How many damaged files are kept. They are still sealed, and a person with better tools may find
/// more in them; but a failing card damages one file after the other, and they take the room that
/// new submissions need. The oldest goes first.
pub const DAMAGED_KEPT_MAX: u32 = 4;

/// Why a damaged file was not recovered. Its bytes are where they were, or beside it under the name
/// `.recovering`, and the next start tries again.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// Not a file of this program, as far as it can be read. It is left alone.
    #[error("{} shows no trace of a kiosk's store", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// No room for the new file.
    #[error("disk has no room to recover store {}", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be made, named or reached.
    #[error("files of store {} cannot be changed", path.display())]
    Files {
        /// The store's file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The new file cannot be written.
    #[error("store {} cannot be rebuilt", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The new file was read back and is damaged as well: the card does not keep what it is given.
    #[error("rebuilt store {} is damaged as well", path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What was found.
        health: Health,
    },
    /// The file cannot be checked.
    #[error("store {} cannot be checked", path.display())]
    Check {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: ReadError,
    },
}

/// Makes the file at `path` sound before it is opened: goes on with a recovery that was cut off, or
/// checks the file and recovers it if it is damaged. `None` if there was nothing to do.
///
/// A file of another program, one that is open elsewhere, or none, is left alone.
///
/// # Errors
///
/// [`RecoverError`] except `NotOurs`.
pub fn make_sound(path: &Path) -> Result<Option<Report>, RecoverError> {
    if !is_under_way(path)? && inspect(path)?.is_sound() {
        return Ok(None);
    }
    match recover(path) {
        Err(RecoverError::NotOurs { .. }) => Ok(None),
        other => other.map(Some),
    }
}

/// Checks the file at `path` as SQLite and as its log see it, and changes nothing of either.
///
/// A file that is open elsewhere counts as sound: whoever opened it has checked it, and it must not
/// be moved under their hands.
///
/// # Errors
///
/// [`RecoverError::Files`] and [`RecoverError::Check`].
pub fn inspect(path: &Path) -> Result<Health, RecoverError> {
    let at = Failing { path };
    let found = |findings| Ok(Health { findings });
    if len_of(path).map_err(|source| at.files(source))? == 0 {
        // SQLite would remove the log.
        let log = read_log(path).map_err(|source| at.files(source))?;
        let lost = !log.seen.is_empty() || log.beyond.is_some();
        return found(lost.then_some(Finding::Emptied).into_iter().collect());
    }
    let connection = Connection::open(path).map_err(|source| at.sqlite(source))?;
    if is_open_elsewhere(&connection).map_err(|source| at.sqlite(source))? {
        return found(Vec::new());
    }
    let log = read_log(path).map_err(|source| at.files(source))?;
    if log.beyond.is_some() {
        return found(vec![Finding::Log]);
    }
    let health = check(&connection).map_err(|source| RecoverError::Check {
        path: path.to_owned(),
        source,
    })?;
    // Known only once the first page is read.
    let readonly = connection.is_readonly(MAIN_DB).unwrap_or(false);
    if readonly && health.is_sound() && !is_readonly(path).map_err(|source| at.files(source))? {
        return found(vec![Finding::ReadOnly]);
    }
    Ok(health)
}

/// Takes the file for this connection alone, if it can be had; damage is told by the check.
fn is_open_elsewhere(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(Duration::ZERO)?;
    // A log that SQLite misreads must not be merged and removed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.query_row("PRAGMA locking_mode = EXCLUSIVE", (), |_| Ok(()))?;
    let read = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()));
    Ok(read.is_err_and(|error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)))
}

fn read_log(path: &Path) -> io::Result<Log> {
    Ok(Log::read(&OnDisk::open(&log_of(path))?))
}

/// Recovers every whole row of the damaged file at `path` into a new one in its place, or goes on
/// with that where it was cut off. The damaged file is kept beside it. The file must not be open
/// anywhere.
///
/// # Errors
///
/// [`RecoverError`]; a later call goes on.
pub fn recover(path: &Path) -> Result<Report, RecoverError> {
    recover_in(path, &mut RealFolder)
}

pub(crate) fn recover_in(path: &Path, folder: &mut impl Folder) -> Result<Report, RecoverError> {
    let names = Names::of(path);
    let at = Failing { path };
    if !is_under_way(path)? {
        with_damaged(&at, path, &log_of(path), |damaged| {
            let salvage = damaged.salvage().map_err(|source| at.sqlite(source))?;
            let ours = salvage.is_ours().map_err(|source| at.sqlite(source))?;
            ours.then_some(()).ok_or_else(|| RecoverError::NotOurs {
                path: path.to_owned(),
            })
        })?;
    }
    put_aside(&names, folder).map_err(|source| at.files(source))?;
    let log = log_put_aside(&names).map_err(|source| at.files(source))?;
    let rebuilt = with_damaged(&at, &names.recovering, &log, |damaged| {
        // One that is in place already was cut off before it was reported.
        if 0 < len_of(path).map_err(|source| at.files(source))? {
            let mut nowhere = Connection::open_in_memory().map_err(|source| at.sqlite(source))?;
            return fill(&mut nowhere, damaged).map_err(|source| at.sqlite(source));
        }
        let rebuilt = build(&names, &at, damaged, folder)?;
        put_in_place(&names, folder).map_err(|source| at.files(source))?;
        Ok(rebuilt)
    })?;
    let damaged = keep(&names, folder).map_err(|source| at.files(source))?;
    Ok(Report {
        damaged,
        tables: rebuilt.tables,
        objects_rebuilt: rebuilt.objects_rebuilt,
        incomplete: rebuilt.incomplete,
    })
}

/// Says which store failed.
struct Failing<'a> {
    path: &'a Path,
}

impl Failing<'_> {
    fn files(&self, source: io::Error) -> RecoverError {
        let path = self.path.to_owned();
        if source.kind() == io::ErrorKind::StorageFull {
            RecoverError::DiskFull { path }
        } else {
            RecoverError::Files { path, source }
        }
    }

    fn sqlite(&self, source: rusqlite::Error) -> RecoverError {
        let path = self.path.to_owned();
        if is_disk_full(&source) {
            RecoverError::DiskFull { path }
        } else {
            RecoverError::Sqlite { path, source }
        }
    }
}

fn is_readonly(file: &Path) -> io::Result<bool> {
    Ok(file.metadata()?.permissions().readonly())
}

fn is_under_way(path: &Path) -> Result<bool, RecoverError> {
    let recovering = Names::of(path).recovering;
    let there = recovering.try_exists();
    let there = there.and_then(|file| Ok(file || log_of(&recovering).try_exists()?));
    there.map_err(|source| Failing { path }.files(source))
}

fn with_damaged<T>(
    at: &Failing<'_>,
    file: &Path,
    log: &Path,
    then: impl FnOnce(&Damaged<'_>) -> Result<T, RecoverError>,
) -> Result<T, RecoverError> {
    let main = OnDisk::open(file).map_err(|source| at.files(source))?;
    let log = OnDisk::open(log).map_err(|source| at.files(source))?;
    then(&Damaged::new(&main, &log))
}

fn put_aside(names: &Names, folder: &mut impl Folder) -> io::Result<()> {
    if names.recovering.try_exists()? {
        return Ok(());
    }
    let (log, aside) = (log_of(&names.main), log_of(&names.recovering));
    if log.try_exists()? && !aside.try_exists()? {
        folder.rename(&log, &aside)?;
        folder.sync(&names.folder)?;
    }
    if names.main.try_exists()? {
        folder.rename(&names.main, &names.recovering)?;
    } else {
        folder.create(&names.recovering)?;
    }
    folder.sync(&names.folder)
}

/// Where the log is: it gets its last name before the file does.
fn log_put_aside(names: &Names) -> io::Result<PathBuf> {
    let log = log_of(&names.recovering);
    if log.try_exists()? {
        return Ok(log);
    }
    Ok(log_of(&names.next_damaged()?.1))
}

/// Writes and syncs the new file under a name of its own.
fn build(
    names: &Names,
    at: &Failing<'_>,
    damaged: &Damaged<'_>,
    folder: &mut impl Folder,
) -> Result<Rebuilt, RecoverError> {
    let file = &names.building;
    let fresh = folder.remove(file).and_then(|()| folder.create(file));
    fresh.map_err(|source| at.files(source))?;
    let sqlite = |source| at.sqlite(source);
    let mut connection = Connection::open(file).map_err(sqlite)?;
    // One that is cut off is thrown away, and the file is synced when it is whole.
    connection
        .execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")
        .map_err(sqlite)?;
    let rebuilt = fill(&mut connection, damaged).map_err(sqlite)?;
    let health = check(&connection).map_err(|source| RecoverError::Check {
        path: file.clone(),
        source,
    })?;
    if !health.is_sound() {
        return Err(RecoverError::Unsound {
            path: at.path.to_owned(),
            health,
        });
    }
    drop(connection);
    folder.sync(file).map_err(|source| at.files(source))?;
    Ok(rebuilt)
}

/// Fills an empty file by the rules of the damaged one's edition, and brings it up to date.
fn fill(connection: &mut Connection, damaged: &Damaged<'_>) -> rusqlite::Result<Rebuilt> {
    let salvage = damaged.salvage()?;
    schema::migrate_to(connection, salvage.edition.version)?;
    let rebuilt = salvage.rebuild(connection)?;
    schema::migrate(connection)?;
    Ok(rebuilt)
}

fn put_in_place(names: &Names, folder: &mut impl Folder) -> io::Result<()> {
    // Both are of the damaged file; SQLite makes new ones.
    folder.remove(&log_index_of(&names.main))?;
    folder.remove(&log_of(&names.main))?;
    folder.rename(&names.building, &names.main)?;
    folder.sync(&names.folder)
}

/// Gives the damaged file its last name, and lets go of the oldest.
fn keep(names: &Names, folder: &mut impl Folder) -> io::Result<PathBuf> {
    let (number, damaged) = names.next_damaged()?;
    let log = log_of(&names.recovering);
    if log.try_exists()? {
        folder.rename(&log, &log_of(&damaged))?;
        folder.sync(&names.folder)?;
    }
    folder.rename(&names.recovering, &damaged)?;
    folder.sync(&names.folder)?;
    for old in names.damaged_numbers()? {
        if old.saturating_add(DAMAGED_KEPT_MAX) <= number {
            folder.remove(&log_of(&names.damaged(old)))?;
            folder.remove(&names.damaged(old))?;
        }
    }
    folder.sync(&names.folder)?;
    Ok(damaged)
}

#[cfg(test)]
mod tests;
