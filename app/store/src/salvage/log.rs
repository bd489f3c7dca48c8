//! The write-ahead log: which of its pages count.
//!
//! A frame's checksum covers the frame and the checksum of the frame before it, as that one states
//! it. SQLite reads up to the first frame whose checksum fails. A frame behind a damaged one can
//! still be checked, against the checksum that its own predecessor states, and that makes a
//! difference between two ends that SQLite treats alike:
//!
//! - a power cut tears the last transaction; nobody was told that it is done, and nothing follows;
//! - a page of the card goes bad in the middle; whole transactions follow, each synced to the card
//!   before the next began.
//!
//! Source: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::collections::BTreeMap;

use super::{
    bytes::{Bytes, u32_at},
    pages::PAGE_LEN,
};

const HEADER_LEN: usize = 32;
const FRAME_HEADER_LEN: usize = 24;
const FRAME_LEN: usize = FRAME_HEADER_LEN + PAGE_LEN;
/// The first four bytes; the lowest bit says in which order checksums read the bytes.
const MAGIC: u32 = 0x377f_0682;

/// Page numbers, and where in the log the last committed bytes of each lie.
pub(crate) type LogPages = BTreeMap<u32, u64>;

/// What the log adds to the main file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Log {
    /// The pages that SQLite sees.
    pub(crate) seen: LogPages,
    /// The pages with those of the transactions that were durable and lie beyond a damaged frame;
    /// `None` unless there are any. SQLite drops these without a word.
    pub(crate) beyond: Option<LogPages>,
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

type Sum = (u32, u32);

struct Head {
    order: Order,
    salts: [u8; 8],
    /// Unknown if the header is damaged.
    sum: Option<Sum>,
}

struct Frame {
    offset: u64,
    page: u32,
    /// The last of a transaction.
    commits: bool,
    salts: [u8; 8],
    /// What it covers before its predecessor's sum is known.
    covered: Vec<u8>,
    stated: Sum,
}

impl Log {
    pub(crate) fn read(log: &dyn Bytes) -> Self {
        let frames = || (0u64..).map_while(|index| Frame::read(log, index));
        let header = Head::read(log);
        let header_is_sound = header.is_some();
        let Some(head) = header.or_else(|| Head::of_frames(&frames)) else {
            return Self::default();
        };
        Self::of(&judge(&head, frames()), header_is_sound)
    }

    fn of(frames: &[Judged], header_is_sound: bool) -> Self {
        let mut log = Self::default();
        let (mut beyond, mut any_beyond) = (LogPages::new(), false);
        let (mut unbroken, mut whole) = (header_is_sound, true);
        let mut transaction = Vec::new();
        let last_commit = frames
            .iter()
            .rposition(|frame| frame.trust != Trust::None && frame.commits);
        for (index, frame) in frames.iter().enumerate() {
            if frame.trust != Trust::Proved {
                (unbroken, whole) = (false, false);
            }
            if frame.trust == Trust::None {
                continue;
            }
            transaction.push((frame.page, frame.page_offset));
            if !frame.commits {
                continue;
            }
            // Each commit is synced before the next transaction begins.
            let was_durable = last_commit.is_some_and(|last| index < last);
            if whole || was_durable {
                beyond.extend(transaction.iter().copied());
                any_beyond |= !unbroken;
            }
            if unbroken {
                log.seen.extend(transaction.iter().copied());
            }
            transaction.clear();
            whole = true;
        }
        log.beyond = any_beyond.then_some(beyond);
        log
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Of another log, or damaged.
    None,
    /// Nothing can prove it, because the header of the frame before it is damaged. That makes it as
    /// good as a page of the main file, which has no checksum either.
    Unproved,
    Proved,
}

struct Judged {
    page: u32,
    page_offset: u64,
    commits: bool,
    trust: Trust,
}

fn judge(head: &Head, frames: impl Iterator<Item = Option<Frame>>) -> Vec<Judged> {
    let mut before = head.sum;
    let judged = frames.map(|frame| {
        let frame = frame.filter(|frame| frame.page != 0 && frame.salts == head.salts);
        let trust = match (&frame, before) {
            (None, _) => Trust::None,
            (Some(_), None) => Trust::Unproved,
            (Some(frame), Some(before)) if frame.follows(head.order, before) => Trust::Proved,
            (Some(_), Some(_)) => Trust::None,
        };
        before = frame.as_ref().map(|frame| frame.stated);
        let (page, offset, commits) = frame.map_or((0, 0, false), |frame| {
            (frame.page, frame.offset, frame.commits)
        });
        Judged {
            page,
            page_offset: offset + FRAME_HEADER_LEN as u64,
            commits,
            trust,
        }
    });
    judged.collect()
}

impl Head {
    fn read(log: &dyn Bytes) -> Option<Self> {
        let mut header = [0; HEADER_LEN];
        if !log.read(0, &mut header) {
            return None;
        }
        let order = match u32_at(&header, 0)? {
            MAGIC => Order::Little,
            magic if magic == MAGIC | 1 => Order::Big,
            _ => return None,
        };
        let stated = (u32_at(&header, 24)?, u32_at(&header, 28)?);
        let sound =
            u32_at(&header, 8)? as usize == PAGE_LEN && sum(order, (0, 0), &header[..24]) == stated;
        sound.then_some(Self {
            order,
            salts: *header[16..].first_chunk()?,
            sum: Some(stated),
        })
    }

    /// What the damaged header must have said, from the first two frames that belong together.
    fn of_frames<I: Iterator<Item = Option<Frame>>>(frames: &impl Fn() -> I) -> Option<Self> {
        let mut before: Option<Frame> = None;
        for frame in frames() {
            if let (Some(before), Some(frame)) = (&before, &frame)
                && before.salts == frame.salts
            {
                for order in [Order::Little, Order::Big] {
                    if frame.follows(order, before.stated) {
                        let (salts, sum) = (frame.salts, None);
                        return Some(Self { order, salts, sum });
                    }
                }
            }
            before = frame;
        }
        None
    }
}

impl Frame {
    /// `None` beyond the end, `Some(None)` where the bytes cannot be read.
    fn read(log: &dyn Bytes, index: u64) -> Option<Option<Self>> {
        let offset = HEADER_LEN as u64 + index * FRAME_LEN as u64;
        if log.len() < offset + FRAME_LEN as u64 {
            return None;
        }
        let mut frame = vec![0; FRAME_LEN];
        if !log.read(offset, &mut frame) {
            return Some(None);
        }
        Some(Self::parse(offset, &frame))
    }

    fn parse(offset: u64, frame: &[u8]) -> Option<Self> {
        let mut covered = frame[..8].to_vec();
        covered.extend_from_slice(&frame[FRAME_HEADER_LEN..]);
        Some(Self {
            offset,
            page: u32_at(frame, 0)?,
            commits: u32_at(frame, 4)? != 0,
            salts: *frame[8..].first_chunk()?,
            covered,
            stated: (u32_at(frame, 16)?, u32_at(frame, 20)?),
        })
    }

    fn follows(&self, order: Order, before: Sum) -> bool {
        sum(order, before, &self.covered) == self.stated
    }
}

fn sum(order: Order, (mut first, mut second): Sum, bytes: &[u8]) -> Sum {
    let number = |word: [u8; 4]| match order {
        Order::Little => u32::from_le_bytes(word),
        Order::Big => u32::from_be_bytes(word),
    };
    for pair in bytes.as_chunks::<8>().0 {
        let [a, b, c, d, e, f, g, h] = *pair;
        first = first
            .wrapping_add(number([a, b, c, d]))
            .wrapping_add(second);
        second = second
            .wrapping_add(number([e, f, g, h]))
            .wrapping_add(first);
    }
    (first, second)
}
