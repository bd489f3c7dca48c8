//! The log's entries in the order of their numbers, and where the one of a row is.

use std::hash::{BuildHasher, RandomState};

use hashbrown::{HashTable, hash_table::Entry};

use super::{Covered, Hash};

/// A million of them take some 70 MB: keys lie one behind the other, and a place is found without a copy of its key.
#[derive(Default)]
pub(super) struct Entries {
    log: Log,
    /// By kind and key.
    places: HashTable<usize>,
    hasher: RandomState,
}

#[derive(Default)]
struct Log {
    leaves: Vec<Hash>,
    /// `None` where an entry is missing.
    kinds: Vec<Option<Covered>>,
    keys: Vec<u8>,
    key_ends: Vec<usize>,
}

impl Log {
    fn push(&mut self, kind: Option<Covered>, key: &[u8], leaf: Hash) {
        self.leaves.push(leaf);
        self.kinds.push(kind);
        self.keys.extend_from_slice(key);
        self.key_ends.push(self.keys.len());
    }

    fn get(&self, place: usize) -> Option<(Covered, &[u8])> {
        let begin = match place.checked_sub(1) {
            Some(before) => *self.key_ends.get(before)?,
            None => 0,
        };
        let key = self.keys.get(begin..*self.key_ends.get(place)?)?;
        Some(((*self.kinds.get(place)?)?, key))
    }
}

impl Entries {
    pub(super) const fn len(&self) -> usize {
        self.log.leaves.len()
    }

    /// That of a missing entry is nothing but zeros.
    pub(super) fn leaves(&self) -> &[Hash] {
        &self.log.leaves
    }

    /// Kind and key of an entry; `None` if it is missing.
    pub(super) fn get(&self, place: usize) -> Option<(Covered, &[u8])> {
        self.log.get(place)
    }

    /// The place of the entry of the row with this key; the last, should there be several.
    pub(super) fn place_of(&self, kind: Covered, key: &[u8]) -> Option<usize> {
        let hash = self.hasher.hash_one((kind, key));
        let is_it = |place: &usize| self.log.get(*place) == Some((kind, key));
        self.places.find(hash, is_it).copied()
    }

    pub(super) fn push(&mut self, kind: Covered, key: &[u8], leaf: Hash) {
        let place = self.len();
        self.log.push(Some(kind), key, leaf);
        let (log, hasher) = (&self.log, &self.hasher);
        let entry = self.places.entry(
            hasher.hash_one((kind, key)),
            |other| log.get(*other) == Some((kind, key)),
            |other| {
                log.get(*other)
                    .map_or(0, |of_other| hasher.hash_one(of_other))
            },
        );
        match entry {
            Entry::Occupied(mut earlier) => *earlier.get_mut() = place,
            Entry::Vacant(vacant) => drop(vacant.insert(place)),
        }
    }

    /// Appends an entry that is missing.
    pub(super) fn push_missing(&mut self) {
        self.log.push(None, &[], [0; 32]);
    }
}
