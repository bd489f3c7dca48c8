//! What a test looks at and does to a disk behind the back of its programs.

use std::sync::Arc;

use rand::{Rng, RngExt};

use super::{Inode, Volume};
use crate::disk::Snapshot;
use crate::disk::file::File;
use crate::disk::folders::{FileId, Folders};

impl Volume {
    pub(in crate::disk) fn fill_with_noise(&mut self, bytes: &mut [u8]) {
        self.noise.fill_bytes(bytes);
    }

    pub(in crate::disk) fn paths(&self) -> impl Iterator<Item = &Arc<str>> {
        self.folders.paths()
    }

    pub(in crate::disk) fn bytes(&self, path: &str) -> Option<&[u8]> {
        let inode = self.files.get(&self.folders.find(path)?)?;
        Some(inode.file.bytes())
    }

    /// Everything that a search could find, in pieces, deleted files that may come back included.
    pub(in crate::disk) fn every_piece(&self) -> impl Iterator<Item = &[u8]> {
        self.files
            .values()
            .flat_map(|inode| inode.file.every_piece())
    }

    /// Flips this many bits of a file, drawn at random; `false` if it has none.
    pub(in crate::disk) fn flip_bits(&mut self, path: &str, count: u32) -> bool {
        let Some(file) = self.folders.find(path) else {
            return false;
        };
        let Some(inode) = self.files.get_mut(&file) else {
            return false;
        };
        let len = inode.file.bytes().len();
        if len == 0 {
            return false;
        }
        for _ in 0..count {
            let offset = self.fate.random_range(0..len);
            inode.file.flip_bit(offset, self.fate.random_range(0..8));
            self.log.counters.flipped_bits += 1;
        }
        true
    }

    pub(in crate::disk) fn snapshot(&self) -> Snapshot {
        let files = self.folders.durable().filter_map(|(path, file)| {
            let inode = self.files.get(&file)?;
            Some((path.clone(), inode.file.durable_bytes().to_vec()))
        });
        Snapshot {
            files: files.collect(),
        }
    }

    /// Has the snapshot's files and no others, all on the platter; no handle is good any more.
    pub(in crate::disk) fn restore(&mut self, snapshot: &Snapshot) {
        self.handles.clear();
        self.files.clear();
        self.folders = Folders::default();
        for (path, bytes) in &snapshot.files {
            let file = FileId(self.number());
            let inode = Inode {
                file: File::stored(bytes.clone()),
                ..Inode::default()
            };
            self.files.insert(file, inode);
            self.folders.make(path.clone(), file);
            self.folders.sync_around(path);
        }
    }
}
