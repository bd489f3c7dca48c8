//! A page as black and white, packed without loss for a thin line.
//!
//! ```text
//! 'M' 'B' 'G' '4'   magic; 4 is the coding (ITU-T T.6, "Group 4")
//! u16 width         pixels, big-endian
//! u16 height
//! u16 dpi
//! T.6 data          most significant bit first, ends with EOFB
//! ```
//!
//! Source: ITU-T Recommendation T.6 (11/88).

use std::convert::Infallible;

use fax::decoder::{DecodeStatus, Group4Decoder, pels};
use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use image::GrayImage;

/// The media type of packed pages, in records.
pub const MEDIA_TYPE: &str = "image/x-mingbai-bilevel";

const MAGIC: [u8; 4] = *b"MBG4";
const HEADER_LEN: usize = 10;

/// The longest side packed: A4 at 600 dpi has 7016 pixels. Bounds what a few bytes can make the reader unfold.
pub const SIDE_LIMIT: u32 = 8000;

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
    /// A side is empty or too long.
    #[error("picture has {width} x {height} pixels, each side needs 1 to {SIDE_LIMIT}")]
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
    /// A side is empty or too long.
    #[error("packed page has {width} x {height} pixels, each side needs 1 to {SIDE_LIMIT}")]
    Size {
        /// Width found.
        width: u32,
        /// Height found.
        height: u32,
    },
    /// The data end early or hold a code that T.6 does not have.
    #[error("packed page breaks off after {rows} of {height} rows")]
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
/// [`EncodeError::Size`] when a side is empty or longer than [`SIDE_LIMIT`].
pub fn encode(picture: &GrayImage, dpi: u16) -> Result<Vec<u8>, EncodeError> {
    let (width, height) = picture.dimensions();
    let sides = 1..=SIDE_LIMIT;
    if !(sides.contains(&width) && sides.contains(&height)) {
        return Err(EncodeError::Size { width, height });
    }
    let mut encoder = Encoder::new(VecWriter::new());
    for row in picture.as_raw().chunks_exact(width as usize) {
        let colours = row.iter().map(|&v| match v {
            0..128 => Color::Black,
            128.. => Color::White,
        });
        let Ok(()) = encoder.encode_line(colours, width);
    }
    let Ok(writer) = encoder.finish();
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
    let sides = 1..=SIDE_LIMIT;
    if !(sides.contains(&width) && sides.contains(&height)) {
        return Err(DecodeError::Size { width, height });
    }
    let broken = |rows: u32| DecodeError::Data { rows, height };
    let reader = data.iter().copied().map(Ok::<u8, Infallible>);
    let mut decoder = Group4Decoder::new(reader, width).map_err(|_| broken(0))?;
    let mut pixels = Vec::new();
    for row in 0..height {
        match decoder.advance() {
            Ok(DecodeStatus::Incomplete) => {}
            Ok(DecodeStatus::End) | Err(_) => return Err(broken(row)),
        }
        pixels.extend(
            pels(decoder.transition(), width).map(|colour| match colour {
                Color::Black => 0,
                Color::White => 255,
            }),
        );
    }
    let picture = GrayImage::from_raw(width, height, pixels).ok_or_else(|| broken(height))?;
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
            let bytes = encode(&picture, dpi).expect("sides within the limit");
            prop_assert_eq!(decode(&bytes), Ok(Bilevel { picture, dpi }));
        }

        #[test]
        fn arbitrary_bytes_never_panic(width in 0_u16..9000, height in 0_u16..60, data: Vec<u8>) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes.extend([0, 200]);
            bytes.extend(data);
            let _ = decode(&bytes);
            let _ = decode(&bytes[4..]);
        }
    }

    #[test]
    fn the_header_is_pinned() {
        let white = GrayImage::from_pixel(3, 2, image::Luma([255]));
        let bytes = encode(&white, 200).expect("sides within the limit");
        assert_eq!(bytes[..10], *b"MBG4\x00\x03\x00\x02\x00\xC8");
    }
}
