//! Waits until something changes in a folder.

use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

/// The changes in a folder since it was made.
pub(crate) struct FolderChanges(OwnedFd);

impl FolderChanges {
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let files = WatchFlags::CREATE | WatchFlags::MOVE | WatchFlags::DELETE;
        inotify::add_watch(&watch, folder, files | WatchFlags::ONLYDIR)?;
        Ok(Self(watch))
    }

    /// Waits for the next change, and takes all that there are then.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`] if nothing changes for so long.
    pub(crate) fn wait(&self, at_most: Duration) -> io::Result<()> {
        let timeout = Timespec::try_from(at_most).map_err(io::Error::other)?;
        let mut polled = [PollFd::new(&self.0, PollFlags::IN)];
        if poll(&mut polled, Some(&timeout))? == 0 {
            return Err(ErrorKind::TimedOut.into());
        }
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut changes = inotify::Reader::new(&self.0, &mut buffer);
        while changes.next().is_ok() {}
        Ok(())
    }
}
