//! What the receiver keeps on disk: parts of files that are on their way, whole files, and what is held for good.
//!
//! ```text
//! STATE/<id>.part   bytes of the object, each block at its place
//! STATE/<id>.map    its length (4 bytes, big endian) and which blocks the part holds
//! STATE/held        ids of objects that are held for good, 32 bytes each
//! OUT/<name>        whole files
//! OUT/.<id>         a whole file before it has its name
//! ```
//!
//! A map names a block only after the block is on disk. Bits are only ever added to a map, so one that was
//! half written names less than it could, never more. What disks do to the bytes after that, the id tells.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use link::{BlockMap, ObjectId, block_count, block_range};

use crate::object::{self, Object, ObjectError};

/// A map is saved when it has so many blocks more than the saved one, but for short objects: a hundredth of them.
/// They are lost by a kill, not by a hang-up.
fn save_after_blocks(len: u32) -> u32 {
    /// Below this a save costs more than what it saves.
    const BLOCKS_MIN: u32 = 8;
    (block_count(len) / 100).max(BLOCKS_MIN)
}

/// Parts that are kept; when one more begins, the one that grew least recently goes. A sender has 32 on its way at once.
const PARTS_MAX: usize = 64;

/// Ids that are remembered as held; the oldest half is forgotten when there are more. 2 MB of disk.
const HELD_MAX: usize = 1 << 16;

const ID_LEN: usize = 32;

/// The receiver's folders.
#[derive(Debug)]
pub(crate) struct Shelf {
    state: PathBuf,
    out: PathBuf,
    out_folder: File,
    held: Held,
    parts: HashMap<ObjectId, Part>,
}

/// What is here of an object that is offered.
#[derive(Debug)]
pub(crate) enum Found {
    /// All of it, for good.
    Held,
    /// These blocks.
    Part(BlockMap),
}

/// What became of an object that came whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The file has its name and is on disk.
    Kept {
        /// Its name.
        name: String,
        /// Its length in bytes.
        len: u64,
    },
    /// It was here already.
    Held,
    /// Its bytes are not those that its id names; its part is forgotten.
    Damaged,
    /// It is nothing that is taken here.
    Refused(ObjectError),
}

#[derive(Debug)]
struct Part {
    bytes: File,
    saved_map: File,
    map: BlockMap,
    unsaved_blocks: u32,
}

impl Shelf {
    /// Opens the folders, making them if they are not there.
    pub(crate) fn open(state: &Path, out: &Path) -> io::Result<Self> {
        fs::create_dir_all(state)?;
        fs::create_dir_all(out)?;
        Ok(Self {
            state: state.to_path_buf(),
            out: out.to_path_buf(),
            out_folder: File::open(out)?,
            held: Held::open(&state.join("held"))?,
            parts: HashMap::new(),
        })
    }

    /// Looks for an object of `len` bytes and gets ready to write blocks of it.
    pub(crate) fn find(&mut self, id: ObjectId, len: u32) -> io::Result<Found> {
        if self.held.contains(id) {
            return Ok(Found::Held);
        }
        if len as usize <= link::SHORT_LEN_MAX {
            // Its blocks wait in memory: what a hang-up loses of it is less than a second of a slow line.
            return Ok(Found::Part(BlockMap::empty(len)));
        }
        if let Some(part) = self.parts.get(&id)
            && part.map.len_bytes() == len
        {
            return Ok(Found::Part(part.map.clone()));
        }
        self.make_room()?;
        let part = self.open_part(id, len)?;
        let map = part.map.clone();
        self.parts.insert(id, part);
        Ok(Found::Part(map))
    }

    /// Writes a block of an object that was found before; others are ignored.
    pub(crate) fn write(&mut self, id: ObjectId, index: u32, bytes: &[u8]) -> io::Result<()> {
        let Some(part) = self.parts.get_mut(&id) else {
            return Ok(());
        };
        let place = block_range(part.map.len_bytes(), index);
        if place.len() == bytes.len() && !bytes.is_empty() {
            part.bytes.write_all_at(bytes, place.start as u64)?;
            part.unsaved_blocks += u32::from(part.map.insert(index));
        }
        Ok(())
    }

    /// Saves the maps that have grown enough since they were saved.
    pub(crate) fn save_grown(&mut self) -> io::Result<()> {
        for part in self.parts.values_mut() {
            if save_after_blocks(part.map.len_bytes()) <= part.unsaved_blocks {
                part.save()?;
            }
        }
        Ok(())
    }

    /// Saves every map.
    pub(crate) fn save_all(&mut self) -> io::Result<()> {
        self.parts.values_mut().try_for_each(Part::save)
    }

    /// Makes a file of a part that is complete.
    pub(crate) fn finish(&mut self, id: ObjectId) -> io::Result<Outcome> {
        let Some(part) = self.parts.get(&id) else {
            return Ok(Outcome::Damaged);
        };
        let mut bytes = vec![0; part.map.len_bytes() as usize];
        part.bytes.read_exact_at(&mut bytes, 0)?;
        let outcome = self.keep(&[(id, &bytes)])?.pop();
        self.forget_part(id)?;
        Ok(outcome.unwrap_or(Outcome::Damaged))
    }

    /// Makes files of whole objects. They are on disk, under their names, when this returns.
    pub(crate) fn keep(&mut self, objects: &[(ObjectId, &[u8])]) -> io::Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(objects.len());
        let mut kept = Vec::new();
        for &(id, bytes) in objects {
            let outcome = if self.held.contains(id) {
                Outcome::Held
            } else if object::identify(bytes) != id {
                Outcome::Damaged
            } else {
                match object::read(bytes) {
                    Ok(Object::File { name, bytes }) => {
                        self.keep_file(id, name, bytes)?;
                        kept.push(id);
                        let (name, len) = (name.to_owned(), bytes.len() as u64);
                        Outcome::Kept { name, len }
                    }
                    // Words are short and never come here.
                    Ok(Object::Word(_)) => Outcome::Refused(ObjectError::Short),
                    Err(error) => Outcome::Refused(error),
                }
            };
            outcomes.push(outcome);
        }
        if !kept.is_empty() {
            self.out_folder.sync_all()?;
            self.held.add(&kept)?;
        }
        Ok(outcomes)
    }

    /// A file of the same name, from before, gives way.
    fn keep_file(&self, id: ObjectId, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unnamed = self.out.join(format!(".{}", hex::encode(id.0)));
        let file = File::create(&unnamed)?;
        file.write_all_at(bytes, 0)?;
        file.sync_data()?;
        fs::rename(unnamed, self.out.join(name))
    }

    fn path(&self, id: ObjectId, extension: &str) -> PathBuf {
        let name = hex::encode(id.0);
        self.state.join(name).with_extension(extension)
    }

    fn open_part(&self, id: ObjectId, len: u32) -> io::Result<Part> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let bytes = options.open(self.path(id, "part"))?;
        let mut saved_map = options.open(self.path(id, "map"))?;
        let mut saved = Vec::new();
        saved_map.read_to_end(&mut saved)?;
        let known = saved
            .split_first_chunk()
            .filter(|(saved_len, _)| u32::from_be_bytes(**saved_len) == len)
            .and_then(|(_, bits)| BlockMap::from_bytes(len, bits));
        let map = match known {
            Some(map) => map,
            None => {
                saved_map.set_len(0)?;
                BlockMap::empty(len)
            }
        };
        bytes.set_len(len.into())?;
        Ok(Part {
            bytes,
            saved_map,
            map,
            unsaved_blocks: 0,
        })
    }

    fn forget_part(&mut self, id: ObjectId) -> io::Result<()> {
        self.parts.remove(&id);
        // The map goes first: without it the part holds nothing.
        for extension in ["map", "part"] {
            match fs::remove_file(self.path(id, extension)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Sees to it that there is room for one more part.
    fn make_room(&mut self) -> io::Result<()> {
        let mut parts = Vec::new();
        for entry in fs::read_dir(&self.state)? {
            let entry = entry?;
            let name = entry.file_name();
            let id = name
                .to_str()
                .and_then(|name| name.strip_suffix(".part"))
                .and_then(|name| <[u8; ID_LEN]>::try_from(hex::decode(name).ok()?).ok());
            if let Some(id) = id {
                parts.push((entry.metadata()?.modified()?, ObjectId(id)));
            }
        }
        parts.sort_unstable();
        let too_many = (parts.len() + 1).saturating_sub(PARTS_MAX);
        for (_, id) in parts.into_iter().take(too_many) {
            self.forget_part(id)?;
        }
        Ok(())
    }
}

impl Part {
    fn save(&mut self) -> io::Result<()> {
        if self.unsaved_blocks == 0 {
            return Ok(());
        }
        self.bytes.sync_data()?;
        let len = self.map.len_bytes().to_be_bytes();
        let saved = [&len, self.map.as_bytes()].concat();
        self.saved_map.write_all_at(&saved, 0)?;
        self.saved_map.sync_data()?;
        self.unsaved_blocks = 0;
        Ok(())
    }
}

/// Ids on disk; an id that was half written when the power failed is overwritten.
#[derive(Debug)]
pub(crate) struct Held {
    file: File,
    ids: HashSet<ObjectId>,
    /// Ids in the file, also those that are there twice.
    written: u64,
}

impl Held {
    /// Opens the list, which is empty if there is none.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut all: Vec<_> = bytes
            .as_chunks::<ID_LEN>()
            .0
            .iter()
            .map(|id| ObjectId(*id))
            .collect();
        if HELD_MAX < all.len() {
            all.drain(..all.len() - HELD_MAX / 2);
            let bytes: Vec<u8> = all.iter().flat_map(|id| id.0).collect();
            file.write_all_at(&bytes, 0)?;
            file.set_len(bytes.len() as u64)?;
            file.sync_data()?;
        }
        Ok(Self {
            file,
            written: all.len() as u64,
            ids: all.into_iter().collect(),
        })
    }

    pub(crate) fn contains(&self, id: ObjectId) -> bool {
        self.ids.contains(&id)
    }

    /// Adds ids; they are on disk when this returns.
    pub(crate) fn add(&mut self, ids: &[ObjectId]) -> io::Result<()> {
        self.note(ids)?;
        self.file.sync_data()
    }

    /// Adds ids; the system writes them to disk in its own time.
    pub(crate) fn note(&mut self, ids: &[ObjectId]) -> io::Result<()> {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
        self.file
            .write_all_at(&bytes, self.written * ID_LEN as u64)?;
        self.written += ids.len() as u64;
        self.ids.extend(ids);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
