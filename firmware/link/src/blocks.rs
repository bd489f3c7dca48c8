//! How an object is cut into blocks, and which of them are there.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// Bytes in every block but an object's last.
///
/// A packet is cut short for something urgent at the end of a block, which takes 0.25 s at 9600 bit/s; and a packet of one
/// block is short enough for any line on which a call holds.
pub const BLOCK_LEN: usize = 240;

/// The number of blocks of an object of `len` bytes.
#[must_use]
pub fn block_count(len: u32) -> u32 {
    len.div_ceil(BLOCK_LEN as u32)
}

/// Where block `index` of an object of `len` bytes lies; empty past the end.
#[must_use]
pub fn block_range(len: u32, index: u32) -> Range<usize> {
    let len = len as usize;
    let start = (index as usize).saturating_mul(BLOCK_LEN).min(len);
    start..start.saturating_add(BLOCK_LEN).min(len)
}

/// Which blocks of one object are held, one bit each.
///
/// The receiving owner keeps it beside the bytes and hands it back in `accept`, which is how a transfer
/// goes on after a hang-up, a reboot, or another path that carried a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockMap {
    len: u32,
    held: u32,
    bits: Vec<u8>,
}

impl BlockMap {
    /// No block held yet of an object of `len` bytes.
    #[must_use]
    pub fn empty(len: u32) -> Self {
        let bytes = block_count(len).div_ceil(8) as usize;
        Self {
            len,
            held: 0,
            bits: vec![0; bytes],
        }
    }

    /// Every block held of an object of `len` bytes.
    #[must_use]
    pub fn full(len: u32) -> Self {
        let mut map = Self::empty(len);
        for index in 0..map.blocks() {
            map.insert(index);
        }
        map
    }

    /// The map kept as [`BlockMap::as_bytes`]; `None` if `bytes` is not the map of an object of `len` bytes.
    #[must_use]
    pub fn from_bytes(len: u32, bytes: &[u8]) -> Option<Self> {
        let blocks = block_count(len);
        if bytes.len() != blocks.div_ceil(8) as usize {
            return None;
        }
        let held: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
        let map = Self {
            len,
            held,
            bits: bytes.to_vec(),
        };
        let beyond = (blocks..blocks.next_multiple_of(8)).any(|index| map.bit(index));
        (!beyond).then_some(map)
    }

    /// Block 0 in the lowest bit of the first byte; unused high bits of the last byte are 0.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bits
    }

    /// The object's length in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> u32 {
        self.len
    }

    /// How many blocks the object has.
    #[must_use]
    pub fn blocks(&self) -> u32 {
        block_count(self.len)
    }

    /// How many of them are held.
    #[must_use]
    pub fn held(&self) -> u32 {
        self.held
    }

    /// Whether every block is held.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.held == self.blocks()
    }

    /// Whether block `index` is held; never for one past the end.
    #[must_use]
    pub fn contains(&self, index: u32) -> bool {
        index < self.blocks() && self.bit(index)
    }

    /// Marks block `index`; false if it was held already or lies past the end.
    pub fn insert(&mut self, index: u32) -> bool {
        if index >= self.blocks() || self.bit(index) {
            return false;
        }
        if let Some(byte) = self.bits.get_mut(index as usize / 8) {
            *byte |= 1 << (index % 8);
            self.held += 1;
        }
        true
    }

    /// Unmarks block `index`; false if it was not held.
    pub fn remove(&mut self, index: u32) -> bool {
        if !self.contains(index) {
            return false;
        }
        if let Some(byte) = self.bits.get_mut(index as usize / 8) {
            *byte &= !(1 << (index % 8));
            self.held -= 1;
        }
        true
    }

    /// The first held block.
    #[must_use]
    pub fn first(&self) -> Option<u32> {
        let byte = self.bits.iter().position(|&byte| byte != 0)?;
        let bit = self.bits.get(byte)?.trailing_zeros();
        Some(u32::try_from(byte).ok()? * 8 + bit)
    }

    /// The last held block.
    #[must_use]
    pub fn last(&self) -> Option<u32> {
        let byte = self.bits.iter().rposition(|&byte| byte != 0)?;
        let bit = 7 - self.bits.get(byte)?.leading_zeros();
        Some(u32::try_from(byte).ok()? * 8 + bit)
    }

    /// How many blocks from `from` on are all held, or all missing.
    pub(crate) fn run(&self, from: u32, held: bool) -> u32 {
        (from..self.blocks())
            .take_while(|&index| self.bit(index) == held)
            .count() as u32
    }

    fn bit(&self, index: u32) -> bool {
        self.bits
            .get(index as usize / 8)
            .is_some_and(|byte| byte & (1 << (index % 8)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_block_is_shorter_and_nothing_lies_past_it() {
        assert_eq!(block_count(481), 3);
        assert_eq!(block_range(481, 1), 240..480);
        assert_eq!(block_range(481, 2), 480..481);
        assert_eq!(block_range(481, 3), 481..481);
        assert_eq!(block_range(481, u32::MAX), 481..481);
    }

    #[test]
    fn a_map_counts_each_block_once() {
        let mut map = BlockMap::empty(10 * BLOCK_LEN as u32);
        assert!(map.insert(9));
        assert!(!map.insert(9));
        assert!(!map.insert(10));
        assert_eq!((map.held(), map.first()), (1, Some(9)));
        assert!(map.remove(9));
        assert!(!map.remove(9));
        assert_eq!((map.held(), map.first()), (0, None));
    }

    #[test]
    fn a_kept_map_comes_back_and_a_foreign_one_does_not() {
        let mut map = BlockMap::empty(10 * BLOCK_LEN as u32);
        map.insert(0);
        map.insert(8);
        assert_eq!(map.as_bytes(), [0b0000_0001, 0b0000_0001]);
        assert_eq!(BlockMap::from_bytes(2400, map.as_bytes()), Some(map));
        assert_eq!(BlockMap::from_bytes(2400, &[0, 0b0000_0100]), None);
        assert_eq!(BlockMap::from_bytes(2400, &[0]), None);
    }
}
