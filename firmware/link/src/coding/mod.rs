//! Payloads to frames on the wire and back: CRC-32C behind, parity over both, COBS around, escapes where the line needs
//! them, one zero byte as the end.

mod parity;
mod stuffing;

use alloc::vec::Vec;
use core::fmt;

use crc::{CRC_32_ISCSI, Crc, Digest};

pub(crate) use parity::Strength;
pub use stuffing::Escape;

use parity::{CODEWORD_LEN, PARITY_LEN_MAX, ParityEncoder, correct};
use stuffing::{Stuffer, Unescaper, unstuff};

static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Bytes of the checksum behind every payload.
pub(crate) const CRC_LEN: usize = 4;

/// Ends every frame; COBS keeps it out of them, so the receiver finds the next frame after any damage.
pub(crate) const DELIMITER: u8 = 0;

/// Longest payload: what waits for the frame's checksum is longer on its way, and a receiver holds one frame.
pub(crate) const MAX_PAYLOAD: usize = 4096;

/// Longest frame between two delimiters once its escapes are undone; what grows past it is noise and is dropped up to the
/// next delimiter.
const MAX_STUFFED: usize = {
    let checked = MAX_PAYLOAD + CRC_LEN;
    let coded = checked + checked.div_ceil(CODEWORD_LEN - PARITY_LEN_MAX) * PARITY_LEN_MAX;
    coded + coded / 254 + 1
};

/// Frames up to this length may be greetings of a peer that escapes what we do not know of yet.
const GREETING_LEN_MAX: usize = 80;

/// Why bytes between two delimiters were not a frame.
///
/// Each is the line's doing (or that of a peer that is none), so the session counts it and goes on; what
/// was lost is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CodingError {
    #[error("frame is longer than {MAX_STUFFED} bytes")]
    TooLong,
    #[error("frame has a group that runs past its end")]
    Stuffing,
    #[error("frame of {len} bytes fails its checksum and cannot be put right")]
    Damaged { len: usize },
}

/// Writes one frame piece by piece, so that it can end wherever something more urgent comes up.
pub(crate) struct FrameWriter {
    checksum: Digest<'static, u32>,
    parity: ParityEncoder,
    in_codeword: usize,
    stuffer: Stuffer,
}

impl fmt::Debug for FrameWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The checksum's state has no picture of its own.
        f.debug_struct("FrameWriter")
            .field("parity", &self.parity)
            .finish_non_exhaustive()
    }
}

impl FrameWriter {
    pub(crate) fn new(strength: Strength, escape: Escape) -> Self {
        Self {
            checksum: CRC.digest(),
            parity: ParityEncoder::new(strength),
            in_codeword: 0,
            stuffer: Stuffer::new(escape),
        }
    }

    /// Appends `payload` to the frame; most of it goes to `out` at once.
    pub(crate) fn push(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.checksum.update(payload);
        for &byte in payload {
            self.code(byte, out);
        }
    }

    /// Ends the frame with checksum, parity and delimiter.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) {
        let checksum = self.checksum.clone().finalize();
        for byte in checksum.to_be_bytes() {
            self.code(byte, out);
        }
        if 0 < self.in_codeword {
            self.end_codeword(out);
        }
        self.stuffer.finish(out);
    }

    fn code(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.parity.push(byte);
        self.stuffer.push(byte, out);
        self.in_codeword += 1;
        if self.in_codeword == self.parity.strength().data_len() {
            self.end_codeword(out);
        }
    }

    fn end_codeword(&mut self, out: &mut Vec<u8>) {
        self.in_codeword = 0;
        let (parity, len) = self.parity.take();
        for &byte in parity.iter().take(len) {
            self.stuffer.push(byte, out);
        }
    }
}

/// A payload that arrived.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Payload<'a> {
    pub(crate) bytes: &'a [u8],
    /// Bytes of its frame that were wrong and have been put right.
    pub(crate) corrected: usize,
}

/// Collects bytes until a delimiter; holds at most one frame of them.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    unescaper: Unescaper,
    stuffed: Vec<u8>,
    overflown: bool,
    decoded: Vec<u8>,
    payload: Vec<u8>,
    /// What the last frame bore: the next one most likely bears it too.
    strength: Strength,
}

impl Deframer {
    /// From now on the peer escapes these.
    pub(crate) fn expect(&mut self, escape: Escape) {
        if self.unescaper.escape() != escape {
            self.unescaper = Unescaper::new(escape);
        }
    }

    /// Takes one byte; the payload of a frame if that byte ended one. Empty frames are skipped: a delimiter
    /// before a frame only cuts off what noise put there.
    pub(crate) fn push(&mut self, byte: u8) -> Option<Result<Payload<'_>, CodingError>> {
        let byte = self.unescaper.push(byte)?;
        if byte != DELIMITER {
            if self.stuffed.len() < MAX_STUFFED {
                self.stuffed.push(byte);
            } else {
                self.overflown = true;
            }
            return None;
        }
        if self.stuffed.is_empty() {
            return None;
        }
        let overflown = core::mem::take(&mut self.overflown);
        let opened = if overflown {
            Err(CodingError::TooLong)
        } else {
            self.open()
        };
        self.stuffed.clear();
        Some(opened.map(|corrected| Payload {
            bytes: &self.payload,
            corrected,
        }))
    }

    /// Forgets what has been collected, and what the peer escapes.
    pub(crate) fn reset(&mut self) {
        self.stuffed.clear();
        self.overflown = false;
        self.unescaper = Unescaper::default();
    }

    fn open(&mut self) -> Result<usize, CodingError> {
        let failed = match self.open_stuffed() {
            Ok(corrected) => return Ok(corrected),
            Err(failed) => failed,
        };
        let is_escaped =
            self.unescaper.escape() == Escape::default() && self.stuffed.len() <= GREETING_LEN_MAX;
        if is_escaped {
            let mut unescaper = Unescaper::new(Escape::ALL);
            self.stuffed.retain_mut(|byte| {
                let meant = unescaper.push(*byte);
                *byte = meant.unwrap_or(*byte);
                meant.is_some()
            });
            return self.open_stuffed().map_err(|_| failed);
        }
        Err(failed)
    }

    /// A frame does not say which parity it bears: each strength is tried, whole frames first, the checksum decides.
    fn open_stuffed(&mut self) -> Result<usize, CodingError> {
        self.decoded.clear();
        unstuff(&self.stuffed, &mut self.decoded).ok_or(CodingError::Stuffing)?;
        let last = self.strength;
        let order = || {
            core::iter::once(last).chain(
                Strength::ALL
                    .into_iter()
                    .filter(move |strength| *strength != last),
            )
        };
        for strength in order() {
            if self.strip(strength) {
                self.strength = strength;
                return Ok(0);
            }
        }
        for strength in order().filter(|strength| *strength != Strength::NONE) {
            if let Some(corrected) = self.correct(strength) {
                self.strength = strength;
                return Ok(corrected);
            }
        }
        Err(CodingError::Damaged {
            len: self.decoded.len(),
        })
    }

    /// Puts everything but parity and checksum into `payload`; false if the checksum is wrong.
    fn strip(&mut self, strength: Strength) -> bool {
        self.payload.clear();
        for codeword in self.decoded.chunks(CODEWORD_LEN) {
            let Some(data_len) = codeword.len().checked_sub(strength.parity_len()) else {
                return false;
            };
            self.payload
                .extend_from_slice(codeword.get(..data_len).unwrap_or_default());
        }
        self.check()
    }

    /// As [`Self::strip`], with every codeword put right; how many bytes were wrong.
    fn correct(&mut self, strength: Strength) -> Option<usize> {
        self.payload.clear();
        let mut corrected = 0;
        for codeword in self.decoded.chunks(CODEWORD_LEN) {
            let mut right = [0; CODEWORD_LEN];
            let right = right.get_mut(..codeword.len())?;
            right.copy_from_slice(codeword);
            corrected += correct(right, strength)?;
            let data_len = codeword.len().checked_sub(strength.parity_len())?;
            self.payload.extend_from_slice(right.get(..data_len)?);
        }
        self.check().then_some(corrected)
    }

    fn check(&mut self) -> bool {
        let Some((payload, checksum)) = self.payload.split_last_chunk::<CRC_LEN>() else {
            return false;
        };
        let is_whole = u32::from_be_bytes(*checksum) == CRC.checksum(payload);
        let len = payload.len();
        self.payload.truncate(len);
        is_whole
    }
}

#[cfg(test)]
mod tests;
