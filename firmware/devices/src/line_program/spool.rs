//! A folder that is watched for files to send.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

/// The folder and its watch.
///
/// A file counts as there when it is moved in, not while it is being written: it is written elsewhere, or under a
/// name that begins with a dot, and then renamed. Files that lie there at the start count as well.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    watch: OwnedFd,
    known: HashSet<PathBuf>,
    /// The folder has to be looked through.
    overflowed: bool,
}

impl Spool {
    /// Begins to watch. `known` files are never told.
    pub(crate) fn watch(folder: &Path, known: &[PathBuf]) -> io::Result<Self> {
        let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        inotify::add_watch(&watch, folder, WatchFlags::MOVED_TO | WatchFlags::ONLYDIR)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            watch,
            known: known.iter().filter_map(|path| whole_path(path)).collect(),
            overflowed: true,
        })
    }

    /// Files that came since the last call, those of the first call in the order of their names. One whose name
    /// was there before has come again.
    pub(crate) fn take_new(&mut self) -> io::Result<Vec<PathBuf>> {
        let mut new = self.take_moved_in()?;
        new.retain(|path| !is_hidden(path) && path.is_file());
        self.known
            .extend(new.iter().filter_map(|path| whole_path(path)));
        if std::mem::take(&mut self.overflowed) {
            let entries = fs::read_dir(&self.folder)?;
            let mut lying: Vec<_> = entries
                .map(|entry| Ok(entry?.path()))
                .collect::<io::Result<_>>()?;
            lying.sort_unstable();
            lying.retain(|path| {
                let is_new = |path| self.known.insert(path);
                !is_hidden(path) && path.is_file() && whole_path(path).is_some_and(is_new)
            });
            new.extend(lying);
        }
        Ok(new)
    }

    fn take_moved_in(&mut self) -> io::Result<Vec<PathBuf>> {
        let mut moved_in = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.watch, &mut buffer);
        loop {
            match reader.next() {
                Ok(event) => {
                    self.overflowed |= event.events().contains(ReadFlags::QUEUE_OVERFLOW);
                    if let Some(name) = event.file_name() {
                        moved_in.push(self.folder.join(OsStr::from_bytes(name.to_bytes())));
                    }
                }
                Err(Errno::WOULDBLOCK) => return Ok(moved_in),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

impl AsFd for Spool {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.watch.as_fd()
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_none_or(|name| name.as_bytes().starts_with(b"."))
}

fn whole_path(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_there_and_what_is_moved_in_is_told_once() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = |name| folder.path().join(name);
        fs::write(path("p"), "").expect("written");
        fs::write(path("b"), "").expect("written");
        fs::write(path("a"), "").expect("written");
        fs::create_dir(path("folder")).expect("made");
        let mut spool = Spool::watch(folder.path(), &[path("p")]).expect("watched");
        assert_eq!(spool.take_new().expect("told"), [path("a"), path("b")]);
        assert_eq!(spool.take_new().expect("told"), [""; 0].map(path));

        fs::write(path(".u"), "").expect("written");
        assert_eq!(spool.take_new().expect("told"), [""; 0].map(path));
        fs::rename(path(".u"), path("u")).expect("moved in");
        assert_eq!(spool.take_new().expect("told"), [path("u")]);

        fs::write(path(".u"), "again").expect("written");
        fs::rename(path(".u"), path("u")).expect("moved in");
        assert_eq!(spool.take_new().expect("told"), [path("u")]);
    }
}
