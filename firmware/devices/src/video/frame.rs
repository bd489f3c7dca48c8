//! What a camera's frame is as a picture file, and as brightness alone.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageReader, Limits};

use crate::camera::Look;
use crate::page_source::{Page, Unfit};

/// Quality at which frames without compression are made JPEG: strokes of a pen keep their edges.
const QUALITY: u8 = 95;

/// Longer side of a picture that is looked at: beyond it is no camera, but something made to fill the memory.
const LOOK_SIDE_MAX: u32 = 8192;

/// A whole JPEG file out of a frame of Motion JPEG: with the Huffman tables that such frames leave out, and without what
/// the camera left behind the picture's end.
pub(super) fn jpeg_page(frame: &[u8]) -> Result<Page, Unfit> {
    let start_of_scan = find_scan(frame)?;
    let end = memchr::memmem::rfind(frame, &[0xFF, 0xD9]).ok_or(Unfit::CutOff)? + 2;
    if end < start_of_scan.at {
        return Err(Unfit::CutOff);
    }
    let mut bytes = Vec::with_capacity(end + HUFFMAN_TABLES.len());
    bytes.extend_from_slice(&frame[..start_of_scan.at]);
    if !start_of_scan.has_tables {
        bytes.extend_from_slice(&HUFFMAN_TABLES);
    }
    bytes.extend_from_slice(&frame[start_of_scan.at..end]);
    Page::new(bytes)
}

struct Scan {
    at: usize,
    has_tables: bool,
}

/// Walks the segments before the first scan.
fn find_scan(frame: &[u8]) -> Result<Scan, Unfit> {
    if !frame.starts_with(&[0xFF, 0xD8]) {
        return Err(Unfit::NotAPicture);
    }
    let mut at = 2;
    let mut has_tables = false;
    loop {
        let &[mark, kind, high, low] = frame
            .get(at..)
            .and_then(<[u8]>::first_chunk)
            .ok_or(Unfit::CutOff)?;
        match (mark, kind) {
            (0xFF, 0xDA) => return Ok(Scan { at, has_tables }),
            (0xFF, 0xC4) => has_tables = true,
            (0xFF, 0xC0..=0xCF | 0xDB..=0xFE) => {}
            // Bytes that fill up.
            (0xFF, 0xFF) => {
                at += 1;
                continue;
            }
            _ => return Err(Unfit::NotAPicture),
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
    }
}

/// A JPEG file out of a frame of YUYV, whose rows are `stride` bytes apart.
pub(super) fn yuyv_page(
    frame: &[u8],
    width: u32,
    height: u32,
    stride: usize,
) -> Result<Page, Unfit> {
    let rows = rows(frame, width, height, stride)?;
    let mut colours = Vec::with_capacity(width as usize * height as usize * 3);
    for row in rows {
        for pair in row.chunks_exact(4) {
            for luma in [pair[0], pair[2]] {
                colours.extend(colour(luma, pair[1], pair[3]));
            }
        }
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(&colours, width & !1, height, ExtendedColorType::Rgb8)
        // Only a size beyond the format's 65535 can fail, and memory takes everything.
        .map_err(|_| Unfit::NotAPicture)?;
    Page::new(bytes)
}

/// Brightness out of a frame of YUYV.
pub(super) fn yuyv_look(
    frame: &[u8],
    width: u32,
    height: u32,
    stride: usize,
) -> Result<Look, Unfit> {
    let rows = rows(frame, width, height, stride)?;
    let luma = rows
        .flat_map(|row| row.chunks_exact(2).map(|pixel| full_range(pixel[0])))
        .collect();
    Ok(Look::new(width & !1, height, luma))
}

/// Brightness out of a picture file.
pub(crate) fn decoded_look(bytes: &[u8]) -> Result<Look, Unfit> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| Unfit::NotAPicture)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LOOK_SIDE_MAX);
    limits.max_image_height = Some(LOOK_SIDE_MAX);
    reader.limits(limits);
    // Decoders for outside pictures may panic; a picture that makes them is no picture.
    let decoded = catch_unwind(AssertUnwindSafe(|| reader.decode().ok()));
    let grey = decoded
        .ok()
        .flatten()
        .ok_or(Unfit::NotAPicture)?
        .into_luma8();
    Ok(Look::new(grey.width(), grey.height(), grey.into_raw()))
}

/// The rows of a frame, each of whole pairs of pixels: an odd last column has no colour.
fn rows(
    frame: &[u8],
    width: u32,
    height: u32,
    stride: usize,
) -> Result<impl Iterator<Item = &[u8]>, Unfit> {
    let row_bytes = (width & !1) as usize * 2;
    let height = height as usize;
    let rows_bytes = stride
        .checked_mul(height.saturating_sub(1))
        .and_then(|bytes| bytes.checked_add(row_bytes));
    let whole = row_bytes > 0 && stride >= row_bytes && height > 0;
    if !whole || rows_bytes.is_none_or(|bytes| bytes > frame.len()) {
        return Err(Unfit::CutOff);
    }
    Ok(frame
        .chunks(stride)
        .take(height)
        .map(move |row| &row[..row_bytes]))
}

/// Cameras give brightness from 16 to 235.
fn full_range(luma: u8) -> u8 {
    let stretched = (i32::from(luma) - 16) * 255 / 219;
    stretched.clamp(0, 255) as u8
}

/// Red, green and blue, by ITU-R BT.601 in the range of video, in 1/256.
fn colour(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let luma = 298 * (i32::from(luma) - 16) + 128;
    let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
    [
        luma + 409 * red,
        luma - 100 * blue - 208 * red,
        luma + 516 * blue,
    ]
    .map(|value| (value >> 8).clamp(0, 255) as u8)
}

/// The tables of ITU-T T.81, annex K.3, as one segment: what a frame without tables means.
#[rustfmt::skip]
pub(crate) const HUFFMAN_TABLES: [u8; 420] = [
    0xFF, 0xC4, 0x01, 0xA2, 0x00, 0x00, 0x01, 0x05, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x10, 0x00, 0x02, 0x01, 0x03, 0x03, 0x02,
    0x04, 0x03, 0x05, 0x05, 0x04, 0x04, 0x00, 0x00, 0x01, 0x7D, 0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31,
    0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52,
    0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A,
    0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57,
    0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5,
    0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7,
    0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8,
    0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0x01, 0x00, 0x03, 0x01, 0x01, 0x01, 0x01, 0x01,
    0x01, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A,
    0x0B, 0x11, 0x00, 0x02, 0x01, 0x02, 0x04, 0x04, 0x03, 0x04, 0x07, 0x05, 0x04, 0x04, 0x00, 0x01, 0x02, 0x77, 0x00, 0x01,
    0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14,
    0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25,
    0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46,
    0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A,
    0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94,
    0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6,
    0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8,
    0xD9, 0xDA, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::page_source::PictureFormat;

    /// A picture as the encoder makes it.
    fn jpeg() -> Vec<u8> {
        let pixels: Vec<u8> = (0..32 * 32 * 3).map(|at| (at * 7 % 251) as u8).collect();
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 90)
            .encode(&pixels, 32, 32, ExtendedColorType::Rgb8)
            .expect("a picture");
        bytes
    }

    fn without_tables(jpeg: &[u8]) -> Vec<u8> {
        let mut at = 2;
        let mut bytes = jpeg[..2].to_vec();
        while jpeg[at + 1] != 0xDA {
            let length = 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
            if jpeg[at + 1] != 0xC4 {
                bytes.extend_from_slice(&jpeg[at..at + length]);
            }
            at += length;
        }
        bytes.extend_from_slice(&jpeg[at..]);
        bytes
    }

    #[test]
    fn a_frame_without_tables_becomes_the_picture_that_it_was() {
        let whole = jpeg();
        let mut frame = without_tables(&whole);
        assert!(frame.len() < whole.len());
        frame.extend([0; 100]);
        let page = jpeg_page(&frame).expect("a page");
        let look = |bytes: &[u8]| decoded_look(bytes).expect("decoded");
        assert_eq!(look(page.bytes()), look(&whole));
        // One with tables stays as it is.
        assert_eq!(jpeg_page(&whole).expect("a page").bytes(), whole);
    }

    #[test]
    fn a_frame_that_is_cut_anywhere_is_no_page() {
        let frame = without_tables(&jpeg());
        for end in 0..frame.len() {
            assert!(jpeg_page(&frame[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn yuyv_keeps_its_colours_and_its_shape() {
        // Red at the left, white at the right, in rows with 4 bytes to spare.
        let row = [81, 90, 81, 240, 235, 128, 235, 128, 9, 9, 9, 9];
        let frame = row.repeat(16);
        let look = yuyv_look(&frame, 4, 16, 12).expect("a look");
        assert_eq!((look.width(), look.height()), (4, 16));
        assert_eq!(look.luma()[..4], [75, 75, 255, 255]);
        assert_eq!(colour(81, 90, 240), [255, 0, 0]);
        assert_eq!(colour(235, 128, 128), [255, 255, 255]);
        assert_eq!(colour(16, 128, 128), [0, 0, 0]);

        let page = yuyv_page(&frame, 4, 16, 12).expect("a page");
        assert_eq!(page.format(), PictureFormat::Jpeg);
        let picture = image::load_from_memory(page.bytes())
            .expect("a picture")
            .into_rgb8();
        assert_eq!(picture.dimensions(), (4, 16));
        let [red, green, blue] = picture.get_pixel(0, 8).0;
        assert!(red > 200 && green < 60 && blue < 60, "{red} {green} {blue}");
    }

    #[test]
    fn a_frame_shorter_than_its_rows_is_cut_off() {
        let frame = [128; 2 * 8 * 4];
        assert!(yuyv_look(&frame, 8, 4, 16).is_ok());
        for (width, height, stride) in [
            (8, 5, 16),
            (8, 4, 15),
            (10, 4, 16),
            (8, 4, usize::MAX),
            (8, u32::MAX, 16),
            (0, 4, 16),
            (8, 0, 16),
        ] {
            assert_eq!(yuyv_look(&frame, width, height, stride), Err(Unfit::CutOff));
            assert_eq!(yuyv_page(&frame, width, height, stride), Err(Unfit::CutOff));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_frames_never_panic(
            mut frame: Vec<u8>,
            width in 0..64_u32,
            height in 0..64_u32,
            stride in 0..200_usize,
        ) {
            let _ = yuyv_look(&frame, width, height, stride);
            let _ = jpeg_page(&frame);
            frame.splice(..0, [0xFF, 0xD8, 0xFF]);
            let _ = jpeg_page(&frame);
            let _ = decoded_look(&frame);
        }
    }
}
