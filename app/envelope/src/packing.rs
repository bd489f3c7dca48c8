use zeroize::Zeroizing;
use zstd::zstd_safe::CParameter;

use crate::header::{Kind, Packing};

/// The most plain bytes that one object carries: 8 MiB.
///
/// A full-colour photo of an A4 page at 300 dpi is 2 to 4 MB as JPEG. The bound is what a receiver
/// is willing to hold in memory for one object, whatever the object claims.
pub const MAX_PLAIN_LEN: usize = 8 << 20;

/// Records are a few hundred bytes, for which zstd's best level takes well under a millisecond.
const RECORD_LEVEL: i32 = 19;
/// Ink and pictures arrive compressed by their own codecs, so more effort gains nothing.
const IMAGE_LEVEL: i32 = 3;

/// Why the bytes inside an opened object do not unpack.
///
/// They are signed and sealed, so the kiosk that packed them is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// More plain bytes than this build holds for one object.
    #[error("content unpacks to {got} bytes, limit is {MAX_PLAIN_LEN}")]
    TooLong {
        /// Bytes claimed or present.
        got: u64,
    },
    /// The frame does not say how long its content is.
    #[error("compressed content does not state its length")]
    NoLength,
    /// The frame is damaged, or its content has another length than it states.
    #[error("compressed content is damaged")]
    Damaged,
}

/// Record dictionary 1: what records have in common, in the order that zstd's trainer gives it.
///
/// `examples/record_dictionary` makes it. Objects in the field were packed with these very bytes, so they
/// never change: a better dictionary is another file with the next packing number, and this one stays.
const RECORD_DICTIONARY_1: &[u8] = include_bytes!("dictionaries/record_1.dict");

/// The four bytes that begin every zstd frame, RFC 8878 §3.1.1; the packing number says as much.
const FRAME_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Compresses `plain` in whichever way makes it shortest, or not at all. `plain` is at most
/// [`MAX_PLAIN_LEN`].
///
/// A way that fails is passed over: the plain bytes are always right.
pub(crate) fn pack(kind: Kind, plain: &[u8]) -> (Packing, Zeroizing<Vec<u8>>) {
    let ways = match kind {
        Kind::Record => [
            with_dictionary(plain).map(|packed| (Packing::RecordDictionary1, packed)),
            alone(plain, RECORD_LEVEL).map(|packed| (Packing::Zstd, packed)),
        ],
        Kind::ClockReport | Kind::Handover => [
            alone(plain, RECORD_LEVEL).map(|packed| (Packing::Zstd, packed)),
            None,
        ],
        Kind::Ink | Kind::Picture => [
            alone(plain, IMAGE_LEVEL).map(|packed| (Packing::Zstd, packed)),
            None,
        ],
    };
    ways.into_iter()
        .flatten()
        .filter(|(_, packed)| packed.len() < plain.len())
        .min_by_key(|(_, packed)| packed.len())
        .unwrap_or_else(|| (Packing::Plain, Zeroizing::new(plain.to_vec())))
}

fn alone(plain: &[u8], level: i32) -> Option<Zeroizing<Vec<u8>>> {
    // What does not fit into the plain bytes' own length is of no use.
    let mut packed = Zeroizing::new(vec![0; plain.len()]);
    let len = zstd::bulk::compress_to_buffer(plain, &mut packed, level).ok()?;
    packed.truncate(len);
    Some(packed)
}

fn with_dictionary(plain: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut compressor =
        zstd::bulk::Compressor::with_dictionary(RECORD_LEVEL, RECORD_DICTIONARY_1).ok()?;
    // The packing number names the dictionary.
    compressor
        .set_parameter(CParameter::DictIdFlag(false))
        .ok()?;
    let mut frame = Zeroizing::new(vec![0; plain.len() + FRAME_MAGIC.len()]);
    let len = compressor.compress_to_buffer(plain, &mut frame[..]).ok()?;
    Some(Zeroizing::new(
        frame[..len].strip_prefix(&FRAME_MAGIC)?.to_vec(),
    ))
}

/// Undoes [`pack`], never holding more than [`MAX_PLAIN_LEN`] bytes.
pub(crate) fn unpack(
    packing: Packing,
    packed: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, UnpackError> {
    match packing {
        Packing::Plain => bounded(packed.len() as u64).map(|_| packed),
        Packing::Zstd => unpack_frame(&packed, &[]),
        Packing::RecordDictionary1 => {
            let mut frame = Zeroizing::new(Vec::with_capacity(FRAME_MAGIC.len() + packed.len()));
            frame.extend_from_slice(&FRAME_MAGIC);
            frame.extend_from_slice(&packed);
            unpack_frame(&frame, RECORD_DICTIONARY_1)
        }
    }
}

fn unpack_frame(frame: &[u8], dictionary: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnpackError> {
    let stated = zstd::zstd_safe::get_frame_content_size(frame)
        .map_err(|_| UnpackError::Damaged)?
        .ok_or(UnpackError::NoLength)?;
    let mut plain = Zeroizing::new(vec![0; bounded(stated)?]);
    let len = zstd::bulk::Decompressor::with_dictionary(dictionary)
        .and_then(|mut decompressor| decompressor.decompress_to_buffer(frame, &mut plain[..]))
        .map_err(|_| UnpackError::Damaged)?;
    if len == plain.len() {
        Ok(plain)
    } else {
        Err(UnpackError::Damaged)
    }
}

fn bounded(len: u64) -> Result<usize, UnpackError> {
    match usize::try_from(len) {
        Ok(len) if len <= MAX_PLAIN_LEN => Ok(len),
        _ => Err(UnpackError::TooLong { got: len }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    fn unpacked(packing: Packing, packed: &[u8]) -> Result<Vec<u8>, UnpackError> {
        unpack(packing, Zeroizing::new(packed.to_vec())).map(|plain| plain.to_vec())
    }

    /// Every bound holds for a frame alone and for one with a dictionary, which lacks its first four bytes.
    fn of_both_packings(frame: &[u8]) -> [Result<Vec<u8>, UnpackError>; 2] {
        [
            unpacked(Packing::Zstd, frame),
            unpacked(Packing::RecordDictionary1, &frame[4..]),
        ]
    }

    /// Objects in the field need these bytes. Another dictionary gets another packing number, the next
    /// that is free, in a file of its own; this one is never changed and never removed.
    #[test]
    fn record_dictionary_1_is_the_one_that_is_in_the_field() {
        let hash: String = Sha256::digest(RECORD_DICTIONARY_1)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hash,
            "7beab4f6f737c6cdf53456117bb8c4afd67776c1a462b3f9a621345e6b5412de"
        );
    }

    #[test]
    fn what_was_packed_with_record_dictionary_1_unpacks_for_ever() {
        let packed = [
            0x20, 0x31, 0x8d, 0x00, 0x00, 0x20, 0x64, 0x20, 0x20, 0x69, 0x03, 0xc0, 0xa2, 0x44,
            0x65, 0xc1, 0x64, 0x56, 0x04, 0x11, 0x6d, 0x02,
        ];
        let plain = b"dibao_application 2026-11 image/x-mingbai-bilevel";
        assert_eq!(
            unpacked(Packing::RecordDictionary1, &packed).as_deref(),
            Ok(&plain[..])
        );
    }

    #[test]
    fn records_take_the_shortest_packing_and_pictures_never_the_dictionary() {
        let alike = b"dibao_application image/x-mingbai-bilevel".repeat(3);
        assert_eq!(pack(Kind::Record, &alike).0, Packing::RecordDictionary1);
        for kind in [Kind::Ink, Kind::Picture] {
            assert_eq!(pack(kind, &alike).0, Packing::Zstd);
        }
        for plain in [&alike[..], &[7; 5000], b"2026-11"] {
            let (_, packed) = pack(Kind::Record, plain);
            let alone = alone(plain, RECORD_LEVEL).map_or(usize::MAX, |alone| alone.len());
            assert!(packed.len() <= alone.min(plain.len()));
        }
    }

    #[test]
    fn what_compression_would_lengthen_stays_plain() {
        for plain in [&b""[..], b"a", b"\x00\xff\x13\x80"] {
            let (packing, packed) = pack(Kind::Record, plain);
            assert_eq!(packing, Packing::Plain);
            assert_eq!(&packed[..], plain);
        }
    }

    #[test]
    fn a_frame_that_claims_more_than_the_limit_is_refused_before_any_room_is_made() {
        let bomb = zstd::bulk::compress(&vec![0; MAX_PLAIN_LEN + 1], 19).unwrap();
        assert!(bomb.len() < 2000);
        let got = MAX_PLAIN_LEN as u64 + 1;
        for refused in of_both_packings(&bomb) {
            assert_eq!(refused, Err(UnpackError::TooLong { got }));
        }
    }

    #[test]
    fn a_frame_that_understates_its_length_is_refused() {
        // A content size in two bytes (value − 256) follows the magic number and the descriptor.
        let mut frame = zstd::bulk::compress(&vec![7; 5000], 19).unwrap();
        assert_eq!(frame[5..7], (5000u16 - 256).to_le_bytes());
        frame[5..7].copy_from_slice(&(1000u16 - 256).to_le_bytes());
        for refused in of_both_packings(&frame) {
            assert_eq!(refused, Err(UnpackError::Damaged));
        }
    }

    #[test]
    fn a_frame_without_its_length_is_refused() {
        // RFC 8878: magic, descriptor without content size, 1 KiB window, one last empty raw block.
        let frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x00, 0x01, 0x00, 0x00];
        for refused in of_both_packings(&frame) {
            assert_eq!(refused, Err(UnpackError::NoLength));
        }
    }

    proptest! {
        #[test]
        fn packed_bytes_unpack_to_the_same(plain: Vec<u8>, repeats in 1usize..50) {
            let plain = plain.repeat(repeats);
            let (packing, packed) = pack(Kind::Record, &plain);
            prop_assert!(packed.len() <= plain.len());
            prop_assert_eq!(unpack(packing, packed).unwrap().to_vec(), plain);
        }

        #[test]
        fn arbitrary_frames_never_panic(mut bytes: Vec<u8>) {
            let _ = unpacked(Packing::RecordDictionary1, &bytes);
            let _ = unpacked(Packing::Zstd, &bytes);
            bytes.splice(0..0, FRAME_MAGIC);
            let _ = unpacked(Packing::Zstd, &bytes);
        }
    }
}
