//! A folder into which a scanner or a phone puts files, over the network or from a stick.
//!
//! Such writers announce nothing, and a folder that is a network mount reports no events, so the folder is looked at again
//! and again. A file is whole when it has lain unchanged for [`SETTLED_AFTER`] and ends as its format does; neither alone is
//! enough, for writers pause, and some set a file's length first and fill it afterwards.
//!
//! No file is deleted before [`WatchedFolder::forget_taken`]. Until then what was handed on lies in the folder's `taken`, and
//! what is no page in `aside`, each with a text beside it that says why. What lies in `taken` when the folder is opened was
//! handed on by somebody who did not live to keep it, and is taken again.

mod sightings;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};

use crate::page_source::{
    LOOK_EVERY, Page, PageFault, PageSource, PictureFormat, Step, Told, Unfit, Wanted,
};
use sightings::{Shape, Sightings};

/// How long a file must lie unchanged before it is looked into: longer than writers pause between two blocks, and the
/// coarsest time stamp (two seconds, on FAT) has moved on.
pub const SETTLED_AFTER: Duration = Duration::from_secs(3);

/// How long an unfinished file may lie unchanged before nobody is expected to write on: a phone that walked out of reach
/// of the network comes back sooner, or never.
pub const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// Files looked at in one go. Others are seen once these are done with.
const FILES_MAX: usize = 500;

/// Numbers tried to give a moved file a name of its own.
const NAMES_MAX: u32 = 10_000;

/// What writers call a file while they write it.
const UNFINISHED_NAMES: [&str; 6] = [".part", ".partial", ".tmp", ".crdownload", ".filepart", "~"];

/// A folder whose files are pages.
#[derive(Debug)]
pub struct WatchedFolder {
    folder: PathBuf,
    sightings: Sightings,
    taken: Vec<PathBuf>,
}

/// What one look at the folder found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Pages handed on.
    pub pages: u16,
    /// Files that are not whole yet.
    pub unfinished: usize,
}

impl WatchedFolder {
    /// Opens a folder that exists; its `taken` and `aside` are made, and what lies in `taken` goes back.
    ///
    /// # Errors
    ///
    /// [`PageFault::Unplugged`] if it is not there, [`PageFault::Denied`] if we may not move files in it.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, PageFault> {
        let opened = Self {
            folder: folder.into(),
            sightings: Sightings::default(),
            taken: Vec::new(),
        };
        opened.prepare().map_err(|error| fault(&error))?;
        Ok(opened)
    }

    fn prepare(&self) -> io::Result<()> {
        for kept in [self.taken_folder(), self.aside_folder()] {
            match fs::create_dir(&kept) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        for entry in fs::read_dir(self.taken_folder())? {
            move_into(&entry?.path(), &self.folder)?;
        }
        Ok(())
    }

    fn taken_folder(&self) -> PathBuf {
        self.folder.join("taken")
    }

    fn aside_folder(&self) -> PathBuf {
        self.folder.join("aside")
    }

    /// Deletes the files of all pages handed on so far: they are kept elsewhere now.
    ///
    /// # Errors
    ///
    /// As for [`WatchedFolder::open`]; what could not be deleted is tried again by the next call.
    pub fn forget_taken(&mut self) -> Result<(), PageFault> {
        while let Some(path) = self.taken.last() {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fault(&error)),
                _ => {}
            }
            self.taken.pop();
        }
        Ok(())
    }

    /// Looks once at the folder at the time `now`, hands on what is whole, oldest first, and moves aside what is no page.
    ///
    /// # Errors
    ///
    /// [`PageFault::Unplugged`], [`PageFault::Denied`] or [`PageFault::Failed`], of the folder; a single file never is a
    /// reason.
    pub fn look(
        &mut self,
        now: Instant,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
    ) -> Result<Look, PageFault> {
        let mut look = Look {
            pages: 0,
            unfinished: 0,
        };
        let files = self.files().map_err(|error| fault(&error))?;
        self.sightings.see(now, &files);
        for (name, shape) in files {
            let rest = self.sightings.rest(now, &name);
            if look.pages >= wanted.pages_max || rest < SETTLED_AFTER {
                look.unfinished += 1;
                continue;
            }
            if !self.sightings.is_unread(&name) && rest < ABANDONED_AFTER {
                look.unfinished += 1;
                continue;
            }
            let path = self.folder.join(&name);
            let verdict = match read_whole(&path, shape, wanted.page_bytes_max) {
                Ok(Some(bytes)) => judge(bytes, rest),
                Err(_) if rest >= ABANDONED_AFTER => Verdict::Unfit(Unfit::Unreadable),
                // Changing under our eyes, or a disk that stumbles.
                Ok(None) | Err(_) => Verdict::Unfinished,
            };
            match verdict {
                Verdict::Unfinished => look.unfinished += 1,
                Verdict::Page(page) => {
                    let kept =
                        move_into(&path, &self.taken_folder()).map_err(|error| fault(&error))?;
                    self.taken.push(kept);
                    look.pages += 1;
                    told(Told::Page(page));
                }
                Verdict::Unfit(unfit) => {
                    self.set_aside(&path, unfit)
                        .map_err(|error| fault(&error))?;
                    told(Told::Doing(Step::SetAside(unfit)));
                }
            }
        }
        Ok(look)
    }

    fn set_aside(&self, path: &Path, unfit: Unfit) -> io::Result<()> {
        let aside = self.aside_folder();
        let moved = move_into(path, &aside)?;
        let mut name = moved.file_name().unwrap_or_default().to_owned();
        name.push(".why.txt");
        fs::write(free_path(&aside, &name)?, format!("{unfit}\n"))
    }

    /// The folder's files by age, then name.
    fn files(&self) -> io::Result<Vec<(OsString, Shape)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            // Gone since it was listed, or no plain file: links, pipes and folders are nothing that a writer puts down.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if !metadata.is_file() || is_unfinished(&name) {
                continue;
            }
            files.push((name, Shape::of(&metadata)));
            if files.len() == FILES_MAX {
                break;
            }
        }
        files.sort_by(|a, b| (a.1.modified, &a.0).cmp(&(b.1.modified, &b.0)));
        Ok(files)
    }
}

impl PageSource for WatchedFolder {
    /// Waits for a first page, then hands on all that come until none is unfinished.
    fn take(
        &mut self,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
        stop: &dyn Fn() -> bool,
    ) -> Result<(), PageFault> {
        told(Told::Doing(Step::Waiting));
        let mut left = wanted.clone();
        let mut since = Instant::now();
        loop {
            if stop() {
                return Err(PageFault::Stopped);
            }
            let now = Instant::now();
            let look = self.look(now, &left, told)?;
            if look.pages > 0 {
                left.pages_max -= look.pages;
                since = now;
            }
            let any = left.pages_max < wanted.pages_max;
            if left.pages_max == 0 || any && look.unfinished == 0 {
                return Ok(());
            }
            if now.duration_since(since) >= wanted.page_wait {
                return Err(if look.unfinished == 0 {
                    PageFault::NoPaper(wanted.place)
                } else {
                    PageFault::TooSlow {
                        waited: wanted.page_wait,
                    }
                });
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

enum Verdict {
    Page(Page),
    Unfinished,
    Unfit(Unfit),
}

/// What a file is that has rested for a while.
fn judge(read: Bytes, rest: Duration) -> Verdict {
    let bytes = match read {
        Bytes::All(bytes) => bytes,
        Bytes::MoreThan(bytes_max) => return Verdict::Unfit(Unfit::TooLarge { bytes_max }),
    };
    // A writer that sets the length first leaves zeros where it has not been yet.
    let begun = bytes.iter().take(8).any(|&byte| byte != 0);
    let foreign = begun && bytes.len() >= 8 && PictureFormat::of(&bytes).is_none();
    match Page::new(bytes) {
        Ok(page) => Verdict::Page(page),
        Err(unfit) if foreign || rest >= ABANDONED_AFTER => Verdict::Unfit(unfit),
        Err(_) => Verdict::Unfinished,
    }
}

enum Bytes {
    All(Vec<u8>),
    MoreThan(usize),
}

/// A file's bytes; `None` if it has no longer the shape in which it was seen.
fn read_whole(path: &Path, seen: Shape, bytes_max: usize) -> io::Result<Option<Bytes>> {
    if usize::try_from(seen.length).is_ok_and(|length| length > bytes_max) {
        return Ok(Some(Bytes::MoreThan(bytes_max)));
    }
    // Between listing and opening, a name may have become a link or a pipe.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let mut bytes = Vec::new();
    (&mut file).take(seen.length + 1).read_to_end(&mut bytes)?;
    let same = Shape::of(&file.metadata()?) == seen && bytes.len() as u64 == seen.length;
    Ok(same.then_some(Bytes::All(bytes)))
}

/// Moves a file into a folder of the same disk, under a name that no file there has, and gives its new path.
fn move_into(path: &Path, folder: &Path) -> io::Result<PathBuf> {
    let target = free_path(folder, path.file_name().unwrap_or(OsStr::new("file")))?;
    fs::rename(path, &target)?;
    Ok(target)
}

/// A path in `folder` that is free, with `name` or a number before it.
///
/// Nobody else puts files into our folders, so a free path stays free.
fn free_path(folder: &Path, name: &OsStr) -> io::Result<PathBuf> {
    let mut path = folder.join(name);
    for number in 2..NAMES_MAX {
        if fs::symlink_metadata(&path).is_err() {
            return Ok(path);
        }
        let mut numbered = OsString::from(format!("{number}-"));
        numbered.push(name);
        path = folder.join(numbered);
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn is_unfinished(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    name.starts_with('.') || UNFINISHED_NAMES.iter().any(|end| name.ends_with(end))
}

fn fault(error: &io::Error) -> PageFault {
    PageFault::of_device(error)
}

#[cfg(test)]
mod tests;
