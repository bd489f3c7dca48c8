//! One file: what its readers see, what the platter has, and the changes in flight between the two.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use rand::{Rng, RngExt};

use super::trace::Tally;

/// A file of a disk that keeps only what was synced.
///
/// Readers see every change at once. The platter has a change for certain only after
/// [`sync`](Self::sync); until then [`cut`](Self::cut) decides what became of it:
///
/// - The length is the one after some of the changes, in their order: a journal of the file system
///   holds its first entries. A truncation is kept or not by that alone.
/// - Each sector, apart from all others, has some of the writes to it, in their order; the write
///   that follows may have torn it, which leaves one end new and the other old, or noise where it
///   wrote. So writes to different sectors reach the platter in any order.
/// - What was written after a truncation that is not kept lies where no file points to any more.
/// - Where the file became longer and the bytes did not follow are zeros or noise.
///
/// This is what SQLite counts on and no more: a sector is the least that a disk writes, its writing
/// is not atomic, length and content come in any order, and only a sync orders two writes. That the
/// rest of a torn sector stays as it was ("powersafe overwrite") is the one promise, since the log
/// relies on it: after a recovery it goes on in the middle of a sector. [`Tearing::Sector`] breaks it.
/// Source: <https://www.sqlite.org/atomiccommit.html> section 2,
/// <https://www.sqlite.org/psow.html>, <https://www.sqlite.org/fileformat2.html#walformat>.
#[derive(Default)]
pub(super) struct File {
    seen: Vec<u8>,
    durable: Vec<u8>,
    in_flight: Vec<Change>,
}

/// What the device under the files is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Platter {
    pub(super) sector_bytes: usize,
    pub(super) tearing: Tearing,
}

/// What a write that stops half way may spoil.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tearing {
    /// The bytes that it wrote.
    Write,
    /// The whole sector, with what was synced into it earlier. SQLite's log does not bear that.
    Sector,
}

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate { len: usize },
}

impl File {
    /// A file that is on the platter already.
    pub(super) fn stored(bytes: Vec<u8>) -> Self {
        Self {
            seen: bytes.clone(),
            durable: bytes,
            in_flight: Vec::new(),
        }
    }

    /// What readers see.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.seen
    }

    /// What is there after a cut that loses every change in flight.
    pub(super) fn durable_bytes(&self) -> &[u8] {
        &self.durable
    }

    /// Everything that a search of the disk could find, in pieces: what readers see, what the
    /// platter has, and each write in flight, also where a later one covers it.
    pub(super) fn every_piece(&self) -> impl Iterator<Item = &[u8]> {
        let writes = self.in_flight.iter().filter_map(|change| match change {
            Change::Write { bytes, .. } => Some(bytes.as_slice()),
            Change::Truncate { .. } => None,
        });
        [self.seen.as_slice(), self.durable.as_slice()]
            .into_iter()
            .chain(writes)
    }

    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let change = Change::Write {
            offset,
            bytes: bytes.to_vec(),
        };
        change.apply(&mut self.seen);
        self.in_flight.push(change);
    }

    /// Makes the file shorter; `len` at or beyond its end changes nothing.
    pub(super) fn truncate(&mut self, len: usize) {
        if len < self.seen.len() {
            self.seen.truncate(len);
            self.in_flight.push(Change::Truncate { len });
        }
    }

    /// Brings every change in flight to the platter.
    pub(super) fn sync(&mut self) {
        for change in mem::take(&mut self.in_flight) {
            change.apply(&mut self.durable);
        }
    }

    /// A sync that fails for good: each change in flight has reached the platter or not, and no
    /// later sync tries again, while readers still see all of them.
    pub(super) fn fail_sync(&mut self, platter: Platter, rng: &mut impl Rng, tally: &mut Tally) {
        let changes = mem::take(&mut self.in_flight);
        if !changes.is_empty() {
            settle(&mut self.durable, &changes, platter, rng, tally);
        }
    }

    /// Power is lost: readers see what the platter has.
    pub(super) fn cut(&mut self, platter: Platter, rng: &mut impl Rng, tally: &mut Tally) {
        self.fail_sync(platter, rng, tally);
        self.seen.clone_from(&self.durable);
    }

    /// Flips one bit of the stored file; one whose byte is still in flight is flipped for readers
    /// only, as the next sync overwrites it. `false` if there is no such byte.
    pub(super) fn flip_bit(&mut self, offset: usize, bit: u8) -> bool {
        let mask = 1 << (bit % 8);
        let mut flipped = false;
        for bytes in [&mut self.seen, &mut self.durable] {
            if let Some(byte) = bytes.get_mut(offset) {
                *byte ^= mask;
                flipped = true;
            }
        }
        flipped
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                if file.len() < *offset {
                    file.resize(*offset, 0);
                }
                let (covering, beyond) = bytes.split_at(bytes.len().min(file.len() - offset));
                file[*offset..offset + covering.len()].copy_from_slice(covering);
                file.extend_from_slice(beyond);
            }
            Self::Truncate { len } => file.truncate(*len),
        }
    }

    /// How long a file of `len` is after this.
    fn len_after(&self, len: usize) -> usize {
        match self {
            Self::Write { offset, bytes } => len.max(offset + bytes.len()),
            Self::Truncate { len } => *len,
        }
    }
}

/// How kindly one cut treats the changes in flight. Drawn once for a file, so that cuts which keep
/// nearly everything, nearly nothing, or a mixture all come up, however many sectors there are.
struct Mercy {
    keep_of_16: u32,
    tear_of_16: u32,
}

impl Mercy {
    fn draw(rng: &mut impl Rng) -> Self {
        Self {
            keep_of_16: rng.random_range(0..=16),
            tear_of_16: [0, 0, 1, 4][rng.random_range(0..4)],
        }
    }

    /// How many of `count` changes are kept.
    fn kept(&self, count: usize, rng: &mut impl Rng) -> usize {
        if rng.random_ratio(self.keep_of_16, 16) {
            count
        } else {
            rng.random_range(0..count)
        }
    }
}

/// Changes in flight on their way to the platter, and what of the file's length is kept.
struct Settling<'a> {
    changes: &'a [Change],
    mercy: Mercy,
    tearing: Tearing,
    /// The length is the one after this many changes.
    kept_lengths: usize,
    /// Which of the changes are truncations, and to which length.
    truncations: Vec<(usize, usize)>,
}

/// Leaves in `durable` what a cut may make of it and `changes`, of which there is at least one.
fn settle(
    durable: &mut Vec<u8>,
    changes: &[Change],
    platter: Platter,
    rng: &mut impl Rng,
    tally: &mut Tally,
) {
    let Platter {
        sector_bytes,
        tearing,
    } = platter;
    let mercy = Mercy::draw(rng);
    let kept_lengths = mercy.kept(changes.len(), rng);
    let mut truncations = Vec::new();
    let mut writes_by_sector: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        match change {
            Change::Write { offset, bytes } => {
                let last = (offset + bytes.len() - 1) / sector_bytes;
                for sector in offset / sector_bytes..=last {
                    writes_by_sector.entry(sector).or_default().push(index);
                }
            }
            Change::Truncate { len } => truncations.push((index, *len)),
        }
    }
    let settling = Settling {
        changes,
        mercy,
        tearing,
        kept_lengths,
        truncations,
    };
    let settled: Vec<Sector> = writes_by_sector
        .into_iter()
        .map(|(number, writes)| {
            let mut sector = Sector::read(durable, number, sector_bytes);
            sector.settle(&settling, &writes, rng, tally);
            sector
        })
        .collect();

    let (mut len, mut shortest) = (durable.len(), durable.len());
    for change in &changes[..kept_lengths] {
        len = change.len_after(len);
        shortest = shortest.min(len);
    }
    durable.truncate(shortest);
    durable.resize(len, 0);
    for Sector { start, bytes, .. } in settled {
        if start < len {
            let end = len.min(start + bytes.len());
            durable[start..end].copy_from_slice(&bytes[..end - start]);
        }
    }
}

/// A sector on its way through the changes to it.
struct Sector {
    start: usize,
    bytes: Vec<u8>,
    /// Whether the platter had nothing of it before.
    is_new: bool,
}

impl Sector {
    fn read(durable: &[u8], number: usize, sector_bytes: usize) -> Self {
        let start = number * sector_bytes;
        let old = durable.get(start..).unwrap_or_default();
        let old = &old[..old.len().min(sector_bytes)];
        let mut bytes = vec![0; sector_bytes];
        bytes[..old.len()].copy_from_slice(old);
        Self {
            start,
            bytes,
            is_new: old.is_empty(),
        }
    }

    /// Takes the first few of `writes`, which are the changes that touch this sector, and every
    /// truncation that is kept.
    fn settle(
        &mut self,
        settling: &Settling<'_>,
        writes: &[usize],
        rng: &mut impl Rng,
        tally: &mut Tally,
    ) {
        let end = self.start + self.bytes.len();
        let cutting = settling.truncations.iter().copied();
        let cutting = cutting.filter(|(_, len)| *len < end);
        let (kept, unkept): (Vec<_>, Vec<_>) =
            cutting.partition(|(index, _)| *index < settling.kept_lengths);
        let visible = unkept.first().map_or(writes.len(), |(index, _)| {
            writes.partition_point(|write| write < index)
        });
        let writes = &writes[..visible];

        let torn = !writes.is_empty() && rng.random_ratio(settling.mercy.tear_of_16, 16);
        let kept_writes = match writes.len() {
            0 => 0,
            count if torn => rng.random_range(0..count),
            count => settling.mercy.kept(count, rng),
        };
        let mut truncations = kept.into_iter().peekable();
        for write in &writes[..kept_writes] {
            while let Some((_, len)) = truncations.next_if(|(index, _)| index < write) {
                self.zero_from(len);
            }
            self.overwrite(&settling.changes[*write]);
        }
        for (_, len) in truncations {
            self.zero_from(len);
        }

        if torn {
            self.tear(
                &settling.changes[writes[kept_writes]],
                settling.tearing,
                rng,
            );
            tally.torn_sectors += 1;
        } else if kept_writes == visible && !writes.is_empty() {
            tally.kept_sectors += 1;
        } else {
            tally.forgotten_sectors += 1;
            if kept_writes == 0 && self.is_new && rng.random() {
                rng.fill_bytes(&mut self.bytes);
            }
        }
    }

    /// The write stops before its end: from either end, or nobody knows what it left.
    fn tear(&mut self, write: &Change, tearing: Tearing, rng: &mut impl Rng) {
        let old = self.bytes.clone();
        self.overwrite(write);
        let written = self.overlap(write);
        let at = rng.random_range(written.clone());
        match rng.random_range(0..3) {
            0 => self.bytes[at..].copy_from_slice(&old[at..]),
            1 => self.bytes[..at].copy_from_slice(&old[..at]),
            _ => match tearing {
                Tearing::Write => rng.fill_bytes(&mut self.bytes[written]),
                Tearing::Sector => rng.fill_bytes(&mut self.bytes),
            },
        }
    }

    fn overwrite(&mut self, write: &Change) {
        if let Change::Write { offset, bytes } = write {
            let written = self.overlap(write);
            let from = self.start + written.start - offset;
            let new = &bytes[from..from + written.len()];
            self.bytes[written].copy_from_slice(new);
        }
    }

    /// Which of the sector's bytes the write covers.
    fn overlap(&self, write: &Change) -> Range<usize> {
        let Change::Write { offset, bytes } = write else {
            return 0..0;
        };
        let from = offset.saturating_sub(self.start);
        let end = (offset + bytes.len()).saturating_sub(self.start);
        from..end.min(self.bytes.len())
    }

    fn zero_from(&mut self, len: usize) {
        let from = len.saturating_sub(self.start);
        if let Some(beyond) = self.bytes.get_mut(from..) {
            beyond.fill(0);
        }
    }
}

#[cfg(test)]
mod tests;
