use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The changes to a folder that a recovery makes, each of which a power cut may forbid.
pub(crate) trait Folder {
    /// Makes a file of no bytes that its owner alone can read.
    fn create(&mut self, file: &Path) -> io::Result<()>;
    /// Gives a file another name in the same folder, in one step.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file; none is as good.
    fn remove(&mut self, file: &Path) -> io::Result<()>;
    /// Waits until the file, or the names in the folder, are on the disk.
    fn sync(&mut self, path: &Path) -> io::Result<()>;
}

/// The system's.
pub(crate) struct RealFolder;

impl Folder for RealFolder {
    fn create(&mut self, file: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(file).map(drop)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&mut self, file: &Path) -> io::Result<()> {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync(&mut self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

/// The files beside the store that a recovery reads and writes.
pub(crate) struct Names {
    pub(crate) main: PathBuf,
    pub(crate) folder: PathBuf,
    /// The damaged file while its rows are brought over.
    pub(crate) recovering: PathBuf,
    /// The new file until it is whole.
    pub(crate) building: PathBuf,
}

impl Names {
    pub(crate) fn of(main: &Path) -> Self {
        let folder = main
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        Self {
            main: main.to_owned(),
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            recovering: with(main, ".recovering"),
            building: with(main, ".building"),
        }
    }

    /// The name that the next damaged file is kept under, and its number.
    pub(crate) fn next_damaged(&self) -> io::Result<(u32, PathBuf)> {
        let numbers = self.damaged_numbers()?;
        let last = numbers.iter().max().copied().unwrap_or(0);
        let number = last.saturating_add(1);
        Ok((number, self.damaged(number)))
    }

    /// The `number`th damaged file that was put aside.
    pub(crate) fn damaged(&self, number: u32) -> PathBuf {
        with(&self.main, &format!(".damaged-{number}"))
    }

    /// The numbers of the damaged files that are kept, in no order.
    pub(crate) fn damaged_numbers(&self) -> io::Result<Vec<u32>> {
        let mut prefix = self.main.file_name().unwrap_or_default().to_owned();
        prefix.push(".damaged-");
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let number = name
                .as_encoded_bytes()
                .strip_prefix(prefix.as_encoded_bytes());
            let number = number.and_then(|number| str::from_utf8(number).ok());
            numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
        }
        Ok(numbers)
    }
}

/// SQLite's name for the log of a file.
pub(crate) fn log_of(file: &Path) -> PathBuf {
    with(file, "-wal")
}

/// SQLite's name for the index of the log.
pub(crate) fn log_index_of(file: &Path) -> PathBuf {
    with(file, "-shm")
}

/// Bytes of the file; none if it is not there.
pub(crate) fn len_of(file: &Path) -> io::Result<u64> {
    match fs::metadata(file) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn with(file: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(end);
    name.into()
}
