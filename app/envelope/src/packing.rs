use zeroize::Zeroizing;

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

/// Compresses `plain` if that makes it shorter. `plain` is at most [`MAX_PLAIN_LEN`].
pub(crate) fn pack(kind: Kind, plain: &[u8]) -> (Packing, Zeroizing<Vec<u8>>) {
    let level = match kind {
        Kind::Record | Kind::ClockReport => RECORD_LEVEL,
        Kind::Ink | Kind::Picture => IMAGE_LEVEL,
    };
    // One byte less than the plain bytes have: a result that fits is shorter, and a failure of any
    // other cause leaves the plain bytes, which are always right.
    let mut packed = Zeroizing::new(vec![0; plain.len().saturating_sub(1)]);
    match zstd::bulk::compress_to_buffer(plain, &mut packed, level) {
        Ok(len) => {
            packed.truncate(len);
            (Packing::Zstd, packed)
        }
        Err(_) => (Packing::Plain, Zeroizing::new(plain.to_vec())),
    }
}

/// Undoes [`pack`], never holding more than [`MAX_PLAIN_LEN`] bytes.
pub(crate) fn unpack(
    packing: Packing,
    packed: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, UnpackError> {
    let bounded = |len: u64| match usize::try_from(len) {
        Ok(len) if len <= MAX_PLAIN_LEN => Ok(len),
        _ => Err(UnpackError::TooLong { got: len }),
    };
    match packing {
        Packing::Plain => bounded(packed.len() as u64).map(|_| packed),
        Packing::Zstd => {
            let stated = zstd::zstd_safe::get_frame_content_size(&packed)
                .map_err(|_| UnpackError::Damaged)?
                .ok_or(UnpackError::NoLength)?;
            let mut plain = Zeroizing::new(vec![0; bounded(stated)?]);
            match zstd::bulk::decompress_to_buffer(&packed, &mut plain) {
                Ok(len) if len == plain.len() => Ok(plain),
                _ => Err(UnpackError::Damaged),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unpack_frame(frame: Vec<u8>) -> Result<Vec<u8>, UnpackError> {
        unpack(Packing::Zstd, Zeroizing::new(frame)).map(|plain| plain.to_vec())
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
        assert_eq!(unpack_frame(bomb), Err(UnpackError::TooLong { got }));
    }

    #[test]
    fn a_frame_that_understates_its_length_is_refused() {
        // A content size in two bytes (value − 256) follows the magic number and the descriptor.
        let mut frame = zstd::bulk::compress(&vec![7; 5000], 19).unwrap();
        assert_eq!(frame[5..7], (5000u16 - 256).to_le_bytes());
        frame[5..7].copy_from_slice(&(1000u16 - 256).to_le_bytes());
        assert_eq!(unpack_frame(frame), Err(UnpackError::Damaged));
    }

    #[test]
    fn a_frame_without_its_length_is_refused() {
        // RFC 8878: magic, descriptor without content size, 1 KiB window, one last empty raw block.
        let frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x00, 0x01, 0x00, 0x00];
        assert_eq!(unpack_frame(frame), Err(UnpackError::NoLength));
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
            let _ = unpack_frame(bytes.clone());
            bytes.splice(0..0, [0x28, 0xb5, 0x2f, 0xfd]);
            let _ = unpack_frame(bytes);
        }
    }
}
