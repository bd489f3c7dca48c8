//! The Merkle tree of RFC 9162 §2.1 with SHA-256: a root that stands for a whole log, and short proofs against it.
//!
//! Leaves are numbered from 0. The tree is never held whole: whoever keeps the log keeps its [`Place`]s, the roots of the
//! perfect subtrees, and everything else is computed from a few of them.

use sha2::{Digest, Sha256};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// The root of the perfect subtree over the leaves `index << level` up to `(index + 1) << level`, the last left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// 0 for a leaf; below 64.
    pub level: u32,
    /// Which of its level, from 0.
    pub index: u64,
}

/// The hash of a leaf. RFC 9162 §2.1.1: a leaf can't be passed off as a node.
#[must_use]
pub fn leaf(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(entry)
        .finalize()
        .into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The right edge of a growing tree: enough to append to it and to know its root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the perfect subtrees, the largest first, one for each bit set in `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The edge of a tree of `size` leaves, whose places `kept` gives.
    ///
    /// # Errors
    ///
    /// Those of `kept`.
    pub fn of<E>(size: u64, kept: impl FnMut(Place) -> Result<Hash, E>) -> Result<Self, E> {
        let peaks = peaks(0, size).map(kept).collect::<Result<_, E>>()?;
        Ok(Self { size, peaks })
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; `made` is told of every place that has become complete, the leaf's own first.
    pub fn push(&mut self, leaf: Hash, mut made: impl FnMut(Place, Hash)) {
        let mut place = Place {
            level: 0,
            index: self.size,
        };
        let mut hash = leaf;
        made(place, hash);
        while place.index % 2 == 1 {
            let left = self.peaks.pop();
            hash = node(
                &left.unwrap_or_else(|| unreachable!("a right child has a left")),
                &hash,
            );
            place = Place {
                level: place.level + 1,
                index: place.index / 2,
            };
            made(place, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root; of no leaves, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        joined(self.peaks.iter().copied()).unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// The places of the largest perfect subtrees that `begin..end` falls into, from the left, where `begin` is a multiple of
/// the largest power of two below `end - begin`, as in every split of RFC 9162.
fn peaks(begin: u64, end: u64) -> impl Iterator<Item = Place> {
    let mut at = begin;
    std::iter::from_fn(move || {
        let level = (end - at).checked_ilog2()?;
        let place = Place {
            level,
            index: at >> level,
        };
        at += 1 << level;
        Some(place)
    })
}

/// The root over subtrees from the left, each smaller than the one before.
fn joined(peaks: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    peaks.rev().reduce(|right, left| node(&left, &right))
}

/// Where a tree over `len` leaves is split: the largest power of two below `len`.
fn split(len: u64) -> u64 {
    1 << (len - 1).ilog2()
}

/// The root over `begin..end`, not empty, from kept places.
fn root_over<E>(
    begin: u64,
    end: u64,
    kept: &mut impl FnMut(Place) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let peaks = peaks(begin, end).map(kept).collect::<Result<Vec<_>, E>>()?;
    Ok(joined(peaks.into_iter()).unwrap_or_else(|| unreachable!("not empty")))
}

/// What proves that leaf `index` is in the tree of the first `size` leaves: RFC 9162 §2.1.3.1. Empty if it is not.
///
/// # Errors
///
/// Those of `kept`.
pub fn inclusion_path<E>(
    index: u64,
    size: u64,
    mut kept: impl FnMut(Place) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    let (mut begin, mut end) = (0, size);
    if end <= index {
        return Ok(path);
    }
    while 1 < end - begin {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(root_over(middle, end, &mut kept)?);
            end = middle;
        } else {
            path.push(root_over(begin, middle, &mut kept)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The way from a leaf up to the root, beside which the hashes of a path stand.
struct Climb {
    at: u64,
    /// The last place of the level.
    last: u64,
}

impl Climb {
    /// A step up; whether the sibling stands to the left. `None` at the root.
    fn step(&mut self) -> Option<bool> {
        if self.last == 0 {
            return None;
        }
        let to_the_left = self.at % 2 == 1 || self.at == self.last;
        // What has no sibling of its level is carried up as it is.
        while to_the_left && self.at.is_multiple_of(2) && self.at != 0 {
            self.rise();
        }
        self.rise();
        Some(to_the_left)
    }

    const fn rise(&mut self) {
        self.at >>= 1;
        self.last >>= 1;
    }

    const fn is_over(&self) -> bool {
        self.last == 0
    }
}

/// The root that `path` proves the leaf to be under, to be compared with a signed one: RFC 9162 §2.1.3.2. `None` if the
/// path has not the length that it must have.
#[must_use]
pub fn root_by_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if size <= index {
        return None;
    }
    let mut climb = Climb {
        at: index,
        last: size - 1,
    };
    let mut root = leaf;
    for sibling in path {
        root = match climb.step()? {
            true => node(sibling, &root),
            false => node(&root, sibling),
        };
    }
    climb.is_over().then_some(root)
}

/// What proves that the tree of the first `newer` leaves begins with that of the first `older`: RFC 9162 §2.1.4.1. Empty if
/// `older` is 0, or not below `newer`: then there is nothing to prove.
///
/// # Errors
///
/// Those of `kept`.
pub fn consistency_path<E>(
    older: u64,
    newer: u64,
    mut kept: impl FnMut(Place) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if older == 0 || newer <= older {
        return Ok(path);
    }
    let (mut begin, mut end) = (0, newer);
    while older != end {
        let middle = begin + split(end - begin);
        if older <= middle {
            path.push(root_over(middle, end, &mut kept)?);
            end = middle;
        } else {
            path.push(root_over(begin, middle, &mut kept)?);
            begin = middle;
        }
    }
    // The older root itself is known to whoever checks.
    if begin != 0 {
        path.push(root_over(begin, end, &mut kept)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` proves that the newer tree begins with the older one: RFC 9162 §2.1.4.2.
#[must_use]
pub fn is_consistent(older: (u64, Hash), newer: (u64, Hash), path: &[Hash]) -> bool {
    let ((older, older_root), (newer, newer_root)) = (older, newer);
    if older == newer {
        return path.is_empty() && older_root == newer_root;
    }
    if older == 0 || newer < older {
        return older == 0 && path.is_empty();
    }
    let mut rest = path.iter();
    let first = if older.is_power_of_two() {
        Some(&older_root)
    } else {
        rest.next()
    };
    let Some(&first) = first else { return false };
    let steps = (older - 1).trailing_ones();
    let mut climb = Climb {
        at: (older - 1) >> steps,
        last: (newer - 1) >> steps,
    };
    let (mut old, mut new) = (first, first);
    for sibling in rest {
        let Some(to_the_left) = climb.step() else {
            return false;
        };
        if to_the_left {
            old = node(sibling, &old);
            new = node(sibling, &new);
        } else {
            new = node(&new, sibling);
        }
    }
    climb.is_over() && old == older_root && new == newer_root
}

#[cfg(test)]
mod tests;
