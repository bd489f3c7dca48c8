//! Payloads to frames on the wire and back: CRC-32C behind, COBS around, one zero byte as the end.

use alloc::vec::Vec;

use crc::{CRC_32_ISCSI, Crc};

use crate::blocks::BLOCK_LEN;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
const CRC_LEN: usize = 4;

/// Ends every frame; COBS keeps it out of them, so the receiver finds the next frame after any damage.
pub(crate) const DELIMITER: u8 = 0;

/// Longest payload: a full block behind the widest header (flags 1, number 2, block index 3).
pub(crate) const MAX_PAYLOAD: usize = 6 + BLOCK_LEN;

/// Longest frame between two delimiters; what grows past it is noise and is dropped up to the next delimiter.
const MAX_ENCODED: usize = cobs::max_encoding_length(MAX_PAYLOAD + CRC_LEN);

/// Why bytes between two delimiters were not a frame.
///
/// Each is the line's doing (or that of a peer that is none), so the session counts it and goes on; what
/// was lost is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CodingError {
    #[error("frame is longer than {MAX_ENCODED} bytes")]
    TooLong,
    #[error("frame has a group that runs past its end")]
    Stuffing,
    #[error("frame of {len} bytes is too short for a checksum")]
    TooShort { len: usize },
    #[error("frame checksum is {got:#010x}, computed {want:#010x}")]
    Checksum { got: u32, want: u32 },
}

/// Appends `payload` as one frame with its delimiter.
pub(crate) fn seal(payload: &[u8], out: &mut Vec<u8>) {
    let mut checked = Vec::with_capacity(payload.len() + CRC_LEN);
    checked.extend_from_slice(payload);
    checked.extend_from_slice(&CRC.checksum(payload).to_be_bytes());
    out.extend_from_slice(&cobs::encode_vec(&checked));
    out.push(DELIMITER);
}

/// Collects bytes until a delimiter; holds at most [`MAX_ENCODED`] of them.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    buffer: Vec<u8>,
    overflown: bool,
    handed_over: bool,
}

impl Deframer {
    /// Takes one byte; the payload of a frame if that byte ended one. Empty frames are skipped: a delimiter
    /// before a frame only cuts off what noise put there.
    pub(crate) fn push(&mut self, byte: u8) -> Option<Result<&[u8], CodingError>> {
        if self.handed_over {
            self.reset();
        }
        if byte != DELIMITER {
            if self.buffer.len() < MAX_ENCODED {
                self.buffer.push(byte);
            } else {
                self.overflown = true;
            }
            return None;
        }
        if self.buffer.is_empty() {
            return None;
        }
        self.handed_over = true;
        if self.overflown {
            return Some(Err(CodingError::TooLong));
        }
        Some(open(&mut self.buffer))
    }

    /// Forgets what has been collected.
    pub(crate) fn reset(&mut self) {
        self.buffer.clear();
        self.overflown = false;
        self.handed_over = false;
    }
}

fn open(encoded: &mut [u8]) -> Result<&[u8], CodingError> {
    let len = cobs::decode_in_place(encoded).map_err(|_| CodingError::Stuffing)?;
    let decoded = encoded.get(..len).ok_or(CodingError::Stuffing)?;
    let (payload, crc) = decoded
        .split_last_chunk::<CRC_LEN>()
        .ok_or(CodingError::TooShort { len })?;
    let got = u32::from_be_bytes(*crc);
    let want = CRC.checksum(payload);
    if got == want {
        Ok(payload)
    } else {
        Err(CodingError::Checksum { got, want })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn feed(deframer: &mut Deframer, bytes: &[u8]) -> Vec<Result<Vec<u8>, CodingError>> {
        bytes
            .iter()
            .filter_map(|&byte| deframer.push(byte).map(|frame| frame.map(<[u8]>::to_vec)))
            .collect()
    }

    #[test]
    fn a_frame_is_cobs_over_payload_and_checksum_and_ends_in_zero() {
        let mut wire = Vec::new();
        seal(b"123456789", &mut wire);
        // The check value of CRC-32C is e3069283.
        assert_eq!(wire, *b"\x0e123456789\xe3\x06\x92\x83\x00");
    }

    #[test]
    fn a_full_block_costs_four_checksum_and_two_framing_bytes() {
        let mut wire = Vec::new();
        seal(&[0xff; MAX_PAYLOAD], &mut wire);
        assert_eq!(wire.len(), MAX_PAYLOAD + 6);
    }

    #[test]
    fn the_frame_after_a_flood_of_noise_is_read() {
        let mut wire = vec![0x55; 10_000];
        wire.push(DELIMITER);
        seal(b"here", &mut wire);
        let mut deframer = Deframer::default();
        assert_eq!(
            feed(&mut deframer, &wire),
            [Err(CodingError::TooLong), Ok(b"here".to_vec())]
        );
        assert!(deframer.buffer.capacity() <= 2 * MAX_ENCODED);
    }

    #[test]
    fn a_dropped_byte_costs_one_frame_and_a_dropped_delimiter_two() {
        let mut wire = Vec::new();
        for payload in [b"one", b"two", b"six"] {
            seal(payload, &mut wire);
        }
        let each = wire.len() / 3;
        for at in 0..each - 1 {
            let mut damaged = wire.clone();
            damaged.remove(at);
            let frames = feed(&mut Deframer::default(), &damaged);
            assert!(frames.first().is_some_and(Result::is_err), "{at}");
            assert_eq!(
                frames[1..],
                [Ok(b"two".to_vec()), Ok(b"six".to_vec())],
                "{at}"
            );
        }
        let mut damaged = wire.clone();
        damaged.remove(each - 1);
        let frames = feed(&mut Deframer::default(), &damaged);
        assert!(frames.first().is_some_and(Result::is_err));
        assert_eq!(frames[1..], [Ok(b"six".to_vec())]);
    }

    proptest! {
        #[test]
        fn sealed_payloads_come_back(payload in prop::collection::vec(any::<u8>(), 0..=MAX_PAYLOAD)) {
            let mut wire = Vec::new();
            seal(&payload, &mut wire);
            prop_assert_eq!(feed(&mut Deframer::default(), &wire), [Ok(payload)]);
        }

        #[test]
        fn arbitrary_bytes_never_panic_and_never_pile_up(bytes: Vec<u8>) {
            let mut deframer = Deframer::default();
            let _ = feed(&mut deframer, &bytes);
            prop_assert!(deframer.buffer.len() <= MAX_ENCODED);
        }

        #[test]
        fn one_flipped_bit_is_always_found(
            payload in prop::collection::vec(any::<u8>(), 0..=MAX_PAYLOAD), at: prop::sample::Index, bit in 0..8u8,
        ) {
            let mut wire = Vec::new();
            seal(&payload, &mut wire);
            let last = wire.len() - 1;
            let at = at.index(last);
            wire[at] ^= 1 << bit;
            for frame in feed(&mut Deframer::default(), &wire).into_iter().flatten() {
                prop_assert_ne!(frame, payload.clone());
            }
        }
    }
}
