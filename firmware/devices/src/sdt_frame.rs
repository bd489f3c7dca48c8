//! Frames of the second-generation ID-card reader module (SDT, SAM_A), found in a stream of bytes.
//!
//! `AA AA AA 96 69 | length, 2 bytes big-endian | body | checksum`. The length counts body and
//! checksum; the checksum is the XOR of everything between preamble and checksum. A command's body
//! is `CMD Para data…`, an answer's `SW1 SW2 SW3 data…`.

use std::ops::Range;

/// How every frame begins.
const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];

/// Preamble and length field.
const HEADER_LEN: usize = PREAMBLE.len() + 2;

/// The longest answer there is: text, photo and fingerprints (0x090A).
pub(crate) const LENGTH_MAX: u16 = 0x090A;

/// The shortest body is a command without data, `CMD Para`, and its checksum.
const LENGTH_MIN: u16 = 3;

/// Bytes of the longest frame.
pub(crate) const FRAME_MAX: usize = HEADER_LEN + LENGTH_MAX as usize;

/// Why something that began like a frame was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length field is one that no frame has.
    #[error("frame length is {got}, frames have {LENGTH_MIN} to {LENGTH_MAX}")]
    Length {
        /// As received.
        got: u16,
    },
    /// The bytes were damaged on the wire.
    #[error("frame checksum is {got:#04x}, computed {want:#04x}")]
    Checksum {
        /// As received.
        got: u8,
        /// Of the bytes received.
        want: u8,
    },
}

/// What a stretch of bytes holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// A whole frame: its body, and where the next bytes begin.
    Frame { body: Range<usize>, end: usize },
    /// Perhaps the beginning of a frame; nothing before `from` is of use any more.
    Partial {
        from: usize,
        damage: Option<FrameError>,
    },
}

/// Finds the first whole frame in `bytes`, passing over noise and over damaged frames.
///
/// A damaged frame is passed over by its first byte only, so that a true frame inside is still found.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let mut damage = None;
    for from in 0..bytes.len() {
        let rest = &bytes[from..];
        let seen = rest.len().min(PREAMBLE.len());
        if rest[..seen] != PREAMBLE[..seen] {
            continue;
        }
        if rest.len() < HEADER_LEN {
            return Scan::Partial { from, damage };
        }
        let length = u16::from_be_bytes([rest[5], rest[6]]);
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
            damage = Some(FrameError::Length { got: length });
            continue;
        }
        let end = HEADER_LEN + usize::from(length);
        if rest.len() < end {
            return Scan::Partial { from, damage };
        }
        let want = checksum(&rest[PREAMBLE.len()..end - 1]);
        let got = rest[end - 1];
        if got != want {
            damage = Some(FrameError::Checksum { got, want });
            continue;
        }
        return Scan::Frame {
            body: from + HEADER_LEN..from + end - 1,
            end: from + end,
        };
    }
    Scan::Partial {
        from: bytes.len(),
        damage,
    }
}

/// The frame around `body`, which must not be longer than frames are.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    debug_assert!(
        body.len() < usize::from(LENGTH_MAX),
        "body of {} bytes",
        body.len()
    );
    let mut bytes = Vec::with_capacity(HEADER_LEN + body.len() + 1);
    bytes.extend(PREAMBLE);
    bytes.extend((body.len() as u16 + 1).to_be_bytes());
    bytes.extend(body);
    bytes.push(checksum(&bytes[PREAMBLE.len()..]));
    bytes
}

fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_published_commands_come_out_byte_for_byte() {
        for (body, tail) in [
            ([0x10, 0xFF], [0x00, 0x03, 0x10, 0xFF, 0xEC]),
            ([0x20, 0x01], [0x00, 0x03, 0x20, 0x01, 0x22]),
            ([0x20, 0x02], [0x00, 0x03, 0x20, 0x02, 0x21]),
            ([0x30, 0x01], [0x00, 0x03, 0x30, 0x01, 0x32]),
        ] {
            assert_eq!(frame(&body), [&PREAMBLE[..], &tail].concat());
        }
    }

    #[test]
    fn a_frame_with_a_wrong_checksum_is_named_and_passed_over() {
        let mut bytes = frame(&[0, 0, 0x9F]);
        *bytes.last_mut().expect("a frame") ^= 1;
        let end = bytes.len();
        let damage = Some(FrameError::Checksum {
            got: 0x9A,
            want: 0x9B,
        });
        assert_eq!(scan(&bytes), Scan::Partial { from: end, damage });
        bytes.extend(frame(&[0, 0, 0x80]));
        assert_eq!(
            scan(&bytes),
            Scan::Frame {
                body: end + 7..end + 10,
                end: bytes.len()
            }
        );
    }

    #[test]
    fn a_length_that_no_frame_has_is_named_and_passed_over() {
        for got in [0, 1, 2, LENGTH_MAX + 1, u16::MAX] {
            let bytes = [&PREAMBLE[..], &got.to_be_bytes(), &[0; 8]].concat();
            let damage = Some(FrameError::Length { got });
            assert_eq!(
                scan(&bytes),
                Scan::Partial {
                    from: bytes.len(),
                    damage
                }
            );
        }
    }

    proptest! {
        #[test]
        fn a_frame_is_found_behind_any_noise_without_a_preamble(
            noise in prop::collection::vec(any::<u8>().prop_filter("may begin a preamble", |byte| *byte != 0xAA), 0..64),
            extra_preamble_bytes in 0..4_usize,
            body in prop::collection::vec(any::<u8>(), 2..600),
            tail: Vec<u8>,
        ) {
            let mut bytes = noise;
            bytes.extend(std::iter::repeat_n(0xAA, extra_preamble_bytes));
            bytes.extend(frame(&body));
            let end = bytes.len();
            bytes.extend(tail);
            prop_assert_eq!(scan(&bytes), Scan::Frame { body: end - 1 - body.len()..end - 1, end });
        }

        #[test]
        fn a_cut_frame_is_waited_for(body in prop::collection::vec(any::<u8>(), 2..600), cut in 0.0..1.0) {
            let whole = frame(&body);
            let cut = (whole.len() as f64 * cut) as usize;
            prop_assert_eq!(scan(&whole[..cut]), Scan::Partial { from: 0, damage: None });
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = scan(&bytes);
        }

        #[test]
        fn arbitrary_bytes_behind_a_preamble_never_panic(bytes: Vec<u8>) {
            let _ = scan(&[&PREAMBLE[..], &bytes].concat());
        }
    }
}
