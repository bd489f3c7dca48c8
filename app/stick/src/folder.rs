use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

use envelope::PART_SUFFIX;

use crate::StickError;

/// Entries of a folder that are looked at: twenty times what a full bundle has, and some ten megabytes of memory. Of more,
/// those are seen that the system tells first.
const ENTRIES_MAX: usize = 100_000;

/// A folder on a stick, there or not. Names are of files in it, without a way.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

/// How much more a stick takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that are free.
    pub free: u64,
    /// What a file takes is a multiple of this many bytes.
    pub block: u64,
}

impl Room {
    /// The room that a file of `len` bytes takes.
    #[must_use]
    pub const fn taken_by(&self, len: u64) -> u64 {
        match len.checked_next_multiple_of(self.block) {
            Some(taken) => taken,
            None => len,
        }
    }
}

impl Folder {
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn below(&self, name: &str) -> Self {
        Self::at(self.path.join(name))
    }

    /// Names and lengths in bytes of the files, sorted by name; none if the folder is not there. Names that are no text
    /// are none of ours.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`].
    pub fn files(&self) -> Result<Vec<(String, u64)>, StickError> {
        self.entries(|kind| kind.is_file())
    }

    pub(crate) fn folders(&self) -> Result<Vec<String>, StickError> {
        let folders = self.entries(|kind| kind.is_dir())?;
        Ok(folders.into_iter().map(|(name, _)| name).collect())
    }

    fn entries(&self, wanted: fn(fs::FileType) -> bool) -> Result<Vec<(String, u64)>, StickError> {
        let read = || -> io::Result<Vec<(String, u64)>> {
            let mut entries = Vec::new();
            for entry in fs::read_dir(&self.path)?.take(ENTRIES_MAX) {
                let entry = entry?;
                if wanted(entry.file_type()?) {
                    let len = entry.metadata()?.len();
                    entries.extend(entry.file_name().into_string().ok().map(|name| (name, len)));
                }
            }
            entries.sort();
            Ok(entries)
        };
        match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read.map_err(self.failed("")),
        }
    }

    /// The bytes of a file, of a longer one `len_max` and one more, which nobody believes; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`].
    pub fn read(&self, name: &str, len_max: usize) -> Result<Option<Vec<u8>>, StickError> {
        let read = || {
            let mut bytes = Vec::new();
            File::open(self.path.join(name))?
                .take(len_max as u64 + 1)
                .read_to_end(&mut bytes)?;
            Ok::<_, io::Error>(bytes)
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(name)(error)),
        }
    }

    /// Makes the folder and those on the way to it.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`].
    pub fn make(&self) -> Result<(), StickError> {
        fs::create_dir_all(&self.path).map_err(self.failed(""))
    }

    /// Puts a whole file in its place; one that was there before stays until then. An attempt that was interrupted goes
    /// on from where its bytes end or differ.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`]; what is written by then lies under the name with [`PART_SUFFIX`], except on a full stick,
    /// which is to have room for others.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StickError> {
        let part = self.path.join(format!("{name}{PART_SUFFIX}"));
        let write = || {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&part)?;
            let mut there = Vec::new();
            (&file).take(bytes.len() as u64).read_to_end(&mut there)?;
            let same = there.iter().zip(bytes).take_while(|(a, b)| a == b).count();
            file.set_len(same as u64)?;
            file.seek(SeekFrom::Start(same as u64))?;
            file.write_all(&bytes[same..])?;
            file.sync_all()?;
            fs::rename(&part, self.path.join(name))
        };
        write().map_err(|error| {
            if error.kind() == io::ErrorKind::StorageFull {
                // What cannot be removed either is in the way as before, which the next visit sees.
                let _ = fs::remove_file(&part);
            }
            self.failed(name)(error)
        })
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`].
    pub fn remove(&self, name: &str) -> Result<(), StickError> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(name)(error)),
            _ => Ok(()),
        }
    }

    /// Makes sure that names that came and went in the folder outlive a pulled stick.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`].
    pub fn sync(&self) -> Result<(), StickError> {
        let sync = || File::open(&self.path)?.sync_all();
        sync().map_err(self.failed(""))
    }

    /// How much more the stick takes.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`].
    pub fn room(&self) -> Result<Room, StickError> {
        let disk =
            rustix::fs::statvfs(&self.path).map_err(|error| self.failed("")(error.into()))?;
        Ok(Room {
            free: disk.f_bavail.saturating_mul(disk.f_frsize),
            block: disk.f_frsize.max(1),
        })
    }

    fn failed(&self, name: &str) -> impl FnOnce(io::Error) -> StickError + use<> {
        let path = if name.is_empty() {
            self.path.clone()
        } else {
            self.path.join(name)
        };
        move |source| StickError::Failed { path, source }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> (Folder, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        (Folder::at(dir.path().to_owned()), dir)
    }

    #[test]
    fn files_are_listed_by_name_and_what_is_no_file_is_passed_over() {
        let (folder, dir) = folder();
        fs::write(dir.path().join("b"), [0; 7]).unwrap();
        fs::write(dir.path().join("a"), []).unwrap();
        fs::create_dir(dir.path().join("c")).unwrap();
        symlink("/etc/passwd", dir.path().join("d")).unwrap();
        let files = folder.files().unwrap();
        assert_eq!(files, [("a".to_owned(), 0), ("b".to_owned(), 7)]);
        assert_eq!(folder.folders().unwrap(), ["c"]);
        assert_eq!(folder.below("none").files().unwrap(), []);
    }

    #[test]
    fn a_file_beyond_the_limit_is_read_one_byte_too_far() {
        let (folder, dir) = folder();
        fs::write(dir.path().join("a"), [1; 9]).unwrap();
        assert_eq!(folder.read("a", 9).unwrap(), Some(vec![1; 9]));
        assert_eq!(folder.read("a", 8).unwrap(), Some(vec![1; 9]));
        assert_eq!(folder.read("a", 3).unwrap(), Some(vec![1; 4]));
        assert_eq!(folder.read("b", 3).unwrap(), None);
    }

    #[test]
    fn whatever_an_interrupted_attempt_left_the_next_puts_the_whole_file_in_its_place() {
        let (folder, dir) = folder();
        let whole = b"what is to be there";
        for left in [
            "",
            "what is",
            "what was to be",
            "what is to be there and more",
        ] {
            fs::write(dir.path().join("a.part"), left).unwrap();
            folder.put("a", whole).unwrap();
            assert_eq!(fs::read(dir.path().join("a")).unwrap(), whole, "{left:?}");
            assert!(!dir.path().join("a.part").exists());
        }
    }

    #[test]
    fn a_file_in_its_place_stays_until_the_new_one_is_whole() {
        let (folder, dir) = folder();
        folder.put("a", b"old").unwrap();
        // What stands in the way of the part.
        fs::create_dir(dir.path().join("a.part")).unwrap();
        assert!(folder.put("a", b"new").is_err());
        assert_eq!(folder.read("a", 9).unwrap(), Some(b"old".to_vec()));
    }

    #[test]
    fn a_file_takes_whole_blocks() {
        let room = Room {
            free: 0,
            block: 512,
        };
        assert_eq!(
            [0, 1, 512, 513].map(|len| room.taken_by(len)),
            [0, 512, 512, 1024]
        );
        assert_eq!(room.taken_by(u64::MAX), u64::MAX);
    }
}
