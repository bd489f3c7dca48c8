use rusqlite::{ErrorCode, ffi};

/// Why the file could not be read. The kiosk shows a fault to staff; there is nothing to retry.
#[derive(Debug, thiserror::Error)]
#[error("store cannot be read")]
pub struct ReadError(#[from] rusqlite::Error);

/// Why a small change was not made. Nothing of it is in the file.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No room; the change can be made again after room is made.
    #[error("disk has no room for the store")]
    DiskFull,
    /// Any other failure of the file or the disk.
    #[error("store cannot be written")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        if is_disk_full(&error) {
            Self::DiskFull
        } else {
            Self::Sqlite(error)
        }
    }
}

/// Whether the cause is want of room: the page limit or a write that the disk had no space for
/// (`SQLITE_FULL`), or no space to lengthen the WAL's index (`SQLITE_IOERR_SHMSIZE`).
///
/// Source: <https://www.sqlite.org/rescode.html>.
pub(crate) fn is_disk_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| {
        failure.code == ErrorCode::DiskFull || failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE
    })
}
