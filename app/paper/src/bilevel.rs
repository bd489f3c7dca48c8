//! A page as black and white, packed without loss for a thin line.
//!
//! ```text
//! 'M' 'B' 'C' '1'   magic; 1 is the coding
//! u16 width         pixels, big-endian
//! u16 height
//! u16 dpi
//! bits              row by row, each coded with the chance that the pixels around it give it
//! ```
//!
//! Three contexts of growing size each give a chance, and a mixer that learns on the way weighs them. Where all around is
//! white, a chance by what is near serves for all pixels; there most of a page's pixels are.

use image::GrayImage;

use crate::arithmetic::{BitReader, BitWriter};
use crate::strokes;

/// The media type of packed pages, in records.
pub const MEDIA_TYPE: &str = "image/x-mingbai-bilevel";

const MAGIC: [u8; 4] = *b"MBC1";
const HEADER_LEN: usize = 10;

/// The most pixels packed: A4 at 300 dpi has 8.7 million. Bounds what a few bytes can make the reader unfold, and how
/// long it works on them.
pub const PIXELS_LIMIT: u32 = 9_000_000;

/// Whether pictures of this size are packed. Sides go into 16 bits.
fn is_packed(width: u32, height: u32) -> bool {
    let sides = 1..=u32::from(u16::MAX);
    sides.contains(&width)
        && sides.contains(&height)
        && u64::from(width) * u64::from(height) <= u64::from(PIXELS_LIMIT)
}

/// A page unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilevel {
    /// Its pixels: 0 is black, 255 white.
    pub picture: GrayImage,
    /// Its resolution.
    pub dpi: u16,
}

/// Why a picture is not packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// There are no pixels, or too many.
    #[error("picture has {width} x {height} pixels, needs 1 to {PIXELS_LIMIT} in all")]
    Size {
        /// Width found.
        width: u32,
        /// Height found.
        height: u32,
    },
}

/// Why bytes are not a packed page. The sender or the way damaged them; nothing of the page is usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end within the header.
    #[error("packed page needs {HEADER_LEN} bytes of header, has {have}")]
    Short {
        /// How many bytes there are.
        have: usize,
    },
    /// The bytes are something else.
    #[error("bytes do not begin as a packed page")]
    Magic,
    /// There are no pixels, or too many.
    #[error("packed page has {width} x {height} pixels, needs 1 to {PIXELS_LIMIT} in all")]
    Size {
        /// Width found.
        width: u32,
        /// Height found.
        height: u32,
    },
    /// The data end early, or go on after the last row.
    #[error("data of a packed page do not end with its {height} rows, {rows} were unpacked")]
    Data {
        /// Rows that could be unpacked.
        rows: u32,
        /// Rows that the header promises.
        height: u32,
    },
}

/// Packs `picture`: values below 128 are black.
///
/// # Errors
///
/// [`EncodeError::Size`] when there are no pixels or more than [`PIXELS_LIMIT`].
pub fn encode(picture: &GrayImage, dpi: u16) -> Result<Vec<u8>, EncodeError> {
    let (width, height) = picture.dimensions();
    if !is_packed(width, height) {
        return Err(EncodeError::Size { width, height });
    }
    let mut pixels: Vec<bool> = picture.as_raw().iter().map(|&v| v < 128).collect();
    let mut writer = BitWriter::new();
    strokes::code(&mut writer, &mut pixels, width as usize);
    let data = writer.finish();
    let mut out = Vec::with_capacity(HEADER_LEN + data.len());
    out.extend(MAGIC);
    for value in [width as u16, height as u16, dpi] {
        out.extend(value.to_be_bytes());
    }
    out.extend(data);
    Ok(out)
}

/// Unpacks what [`encode`] packed.
///
/// # Errors
///
/// [`DecodeError`] when the bytes are not a whole packed page.
pub fn decode(bytes: &[u8]) -> Result<Bilevel, DecodeError> {
    let Some((header, data)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return Err(DecodeError::Short { have: bytes.len() });
    };
    if header[..4] != MAGIC {
        return Err(DecodeError::Magic);
    }
    let value = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let (width, height, dpi) = (u32::from(value(4)), u32::from(value(6)), value(8));
    if !is_packed(width, height) {
        return Err(DecodeError::Size { width, height });
    }
    let mut pixels = vec![false; (width * height) as usize];
    let mut reader = BitReader::new(data);
    let rows = strokes::code(&mut reader, &mut pixels, width as usize) as u32;
    if rows < height || !reader.is_at_end() {
        return Err(DecodeError::Data { rows, height });
    }
    let pixels = pixels.iter().map(|&black| if black { 0 } else { 255 });
    let picture = GrayImage::from_raw(width, height, pixels.collect()).unwrap_or_default();
    Ok(Bilevel { picture, dpi })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture() -> impl Strategy<Value = GrayImage> {
        (1_u32..70, 1_u32..30).prop_flat_map(|(w, h)| {
            proptest::collection::vec(prop_oneof![Just(0_u8), Just(255)], (w * h) as usize)
                .prop_map(move |pixels| GrayImage::from_raw(w, h, pixels).expect("w x h pixels"))
        })
    }

    proptest! {
        #[test]
        fn a_picture_unpacks_as_it_was(picture in picture(), dpi: u16) {
            let bytes = encode(&picture, dpi).expect("within the limit");
            prop_assert_eq!(decode(&bytes), Ok(Bilevel { picture, dpi }));
        }

        #[test]
        fn arbitrary_bytes_never_panic(width: u16, height in 0_u16..60, data: Vec<u8>) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes.extend([0, 200]);
            bytes.extend(data);
            let _ = decode(&bytes);
            let _ = decode(&bytes[4..]);
        }
    }

    /// Diagonal strokes.
    fn hatched() -> GrayImage {
        GrayImage::from_fn(90, 60, |x, y| {
            image::Luma([if (x + 2 * y) % 23 < 5 { 0 } else { 255 }])
        })
    }

    #[test]
    fn half_of_a_page_and_a_page_with_a_tail_are_refused() {
        let bytes = encode(&hatched(), 200).expect("within the limit");
        let half = decode(&bytes[..bytes.len() / 2]);
        assert!(
            matches!(half, Err(DecodeError::Data { height: 60, .. })),
            "{half:?}"
        );
        let tail = decode(&[&bytes[..], b"tail"].concat());
        assert_eq!(
            tail,
            Err(DecodeError::Data {
                rows: 60,
                height: 60
            })
        );
    }

    #[test]
    fn the_header_is_pinned() {
        let bytes = encode(&hatched(), 200).expect("within the limit");
        assert_eq!(bytes[..10], *b"MBC1\x00\x5A\x00\x3C\x00\xC8");
    }
}
