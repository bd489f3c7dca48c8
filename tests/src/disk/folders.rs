//! Names of files: which file a path leads to, now and after a cut.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::{Rng, RngExt};

/// A file of one disk, whatever it is called; a new one gets a new number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(pub(super) u64);

/// The entries of all folders.
///
/// Making and deleting an entry is in flight until its folder is synced; a sync of the file itself
/// does not do it. That is all POSIX promises, and SQLite's Unix VFS counts on no more: it syncs
/// the folder with the first sync of a journal or a log, and after a deletion if told to. After a
/// cut each name leads where some of its changes, in their order, took it; one name tells nothing
/// about another. A deleted file is there whole or not at all.
/// Source: <https://www.sqlite.org/atomiccommit.html> sections 2 and 3.4.
#[derive(Default)]
pub(super) struct Folders {
    seen: BTreeMap<Arc<str>, FileId>,
    durable: BTreeMap<Arc<str>, FileId>,
    in_flight: Vec<Entry>,
}

/// Where a name leads from now on; `None`: nowhere.
struct Entry {
    path: Arc<str>,
    file: Option<FileId>,
}

impl Folders {
    pub(super) fn find(&self, path: &str) -> Option<FileId> {
        self.seen.get(path).copied()
    }

    /// The paths that lead to a file, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Arc<str>> {
        self.seen.keys()
    }

    /// Paths and files as they are after a cut that loses every change in flight.
    pub(super) fn durable(&self) -> impl Iterator<Item = (&Arc<str>, FileId)> {
        self.durable.iter().map(|(path, file)| (path, *file))
    }

    /// Whether a name leads to the file, or may do so after a cut.
    pub(super) fn mentions(&self, file: FileId) -> bool {
        let in_flight = self.in_flight.iter().filter_map(|entry| entry.file);
        let named = self.seen.values().chain(self.durable.values()).copied();
        named.chain(in_flight).any(|other| other == file)
    }

    pub(super) fn make(&mut self, path: Arc<str>, file: FileId) {
        self.change(path, Some(file));
    }

    pub(super) fn delete(&mut self, path: Arc<str>) {
        self.change(path, None);
    }

    fn change(&mut self, path: Arc<str>, file: Option<FileId>) {
        let entry = Entry { path, file };
        entry.apply(&mut self.seen);
        self.in_flight.push(entry);
    }

    /// Brings the changes in the folder that holds `path` to the platter.
    pub(super) fn sync_around(&mut self, path: &str) {
        let folder = folder(path);
        let durable = &mut self.durable;
        self.in_flight.retain(|entry| {
            let elsewhere = self::folder(&entry.path) != folder;
            if !elsewhere {
                entry.apply(durable);
            }
            elsewhere
        });
    }

    /// Power is lost.
    pub(super) fn cut(&mut self, rng: &mut impl Rng) {
        let mut names: BTreeMap<Arc<str>, Vec<Entry>> = BTreeMap::new();
        for entry in self.in_flight.drain(..) {
            names.entry(entry.path.clone()).or_default().push(entry);
        }
        for changes in names.values() {
            let kept = rng.random_range(0..=changes.len());
            if let Some(newest) = changes[..kept].last() {
                newest.apply(&mut self.durable);
            }
        }
        self.seen.clone_from(&self.durable);
    }
}

impl Entry {
    fn apply(&self, entries: &mut BTreeMap<Arc<str>, FileId>) {
        match self.file {
            Some(file) => entries.insert(self.path.clone(), file),
            None => entries.remove(&self.path),
        };
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const OLD: FileId = FileId(1);
    const NEW: FileId = FileId(2);

    /// Where `path` leads after a cut, over many seeds.
    fn outcomes(path: &str, make: impl Fn() -> Folders) -> Vec<Option<FileId>> {
        let after_cut = |seed| {
            let mut folders = make();
            folders.cut(&mut ChaCha8Rng::seed_from_u64(seed));
            folders.find(path)
        };
        let mut found: Vec<_> = (0..100).map(after_cut).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn with_old(path: &str) -> Folders {
        let mut folders = Folders::default();
        folders.make(path.into(), OLD);
        folders.sync_around(path);
        folders
    }

    #[test]
    fn a_new_file_that_no_sync_of_its_folder_followed_may_be_gone() {
        let made = || {
            let mut folders = Folders::default();
            folders.make("/a/log".into(), NEW);
            folders
        };
        assert_eq!(outcomes("/a/log", made), [None, Some(NEW)]);
        let other_folder_synced = || {
            let mut folders = made();
            folders.sync_around("/b/log");
            folders
        };
        assert_eq!(outcomes("/a/log", other_folder_synced), [None, Some(NEW)]);
        let neighbour_synced = || {
            let mut folders = made();
            folders.sync_around("/a/other");
            folders
        };
        assert_eq!(outcomes("/a/log", neighbour_synced), [Some(NEW)]);
    }

    #[test]
    fn a_deleted_file_may_come_back_until_its_folder_is_synced() {
        let deleted = || {
            let mut folders = with_old("/journal");
            folders.delete("/journal".into());
            assert_eq!(folders.find("/journal"), None);
            assert!(folders.mentions(OLD));
            folders
        };
        assert_eq!(outcomes("/journal", deleted), [None, Some(OLD)]);
        let synced = || {
            let mut folders = deleted();
            folders.sync_around("/journal");
            assert!(!folders.mentions(OLD));
            folders
        };
        assert_eq!(outcomes("/journal", synced), [None]);
    }

    #[test]
    fn a_file_made_anew_is_the_old_one_none_or_the_new_one() {
        let made_anew = || {
            let mut folders = with_old("/log");
            folders.delete("/log".into());
            folders.make("/log".into(), NEW);
            folders
        };
        assert_eq!(outcomes("/log", made_anew), [None, Some(OLD), Some(NEW)]);
    }
}
