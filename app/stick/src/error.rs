use std::{io, path::PathBuf};

/// Why a stick was not read or written. What is on it by then stays, and the same can be done again.
#[derive(Debug, thiserror::Error)]
pub enum StickError {
    /// There is no such folder.
    #[error("{} is no folder: put the stick in and name the folder where it is mounted", path.display())]
    NotThere {
        /// The folder given.
        path: PathBuf,
    },
    /// It was pulled, is full, is write-protected, or fails.
    #[error("stick failed at {}: {}", path.display(), advice(source.kind()))]
    Failed {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl StickError {
    /// Whether the stick has no room for what was to be written.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Failed { source, .. } if source.kind() == io::ErrorKind::StorageFull)
    }
}

/// What the person with the stick can do.
const fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull => "it is full, remove other files from it",
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "it cannot be written, undo its write protection"
        }
        _ => "put it in again and repeat, nothing is lost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_says_what_to_do() {
        let failed = |kind| {
            StickError::Failed {
                path: "/media/stick".into(),
                source: io::Error::from(kind),
            }
            .to_string()
        };
        assert_eq!(
            failed(io::ErrorKind::StorageFull),
            "stick failed at /media/stick: it is full, remove other files from it"
        );
        assert_eq!(
            failed(io::ErrorKind::ReadOnlyFilesystem),
            "stick failed at /media/stick: it cannot be written, undo its write protection"
        );
        assert_eq!(
            failed(io::ErrorKind::NotFound),
            "stick failed at /media/stick: put it in again and repeat, nothing is lost"
        );
        let path = "/media/stick".into();
        assert_eq!(
            StickError::NotThere { path }.to_string(),
            "/media/stick is no folder: put the stick in and name the folder where it is mounted"
        );
    }
}
