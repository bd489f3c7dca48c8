//! Scanned papers as a browser shows them.

use std::io::Cursor;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use image::ImageFormat;
use paper::{GrayImage, bilevel, travel};

use crate::rulebook;

/// A paper ready for the browser.
pub(super) struct Picture {
    media: &'static str,
    bytes: Vec<u8>,
}

/// The paper's bytes in a form that a browser shows as a picture. Ink is laid onto its blank for it, and says so.
///
/// The bytes say what they are, not the record. What is no picture is offered as a file, so that nothing in it is
/// ever run or drawn as a page.
pub(super) fn shown(plain: Vec<u8>) -> Picture {
    let (media, bytes) = match plain.as_slice() {
        [0xFF, 0xD8, 0xFF, ..] => ("image/jpeg", plain),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ("image/png", plain),
        _ => match drawn(&plain) {
            Some(png) => ("image/png", png),
            None => ("application/octet-stream", plain),
        },
    };
    Picture { media, bytes }
}

fn drawn(plain: &[u8]) -> Option<Vec<u8>> {
    let picture = match travel::unpack(plain) {
        Ok(parts) => travel::rebuild(&parts, rulebook::printed_forms(), rulebook::typeface()?),
        Err(_) => bilevel::decode(plain).ok()?.picture,
    };
    png(&picture)
}

fn png(picture: &GrayImage) -> Option<Vec<u8>> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).ok()?;
    Some(png.into_inner())
}

impl IntoResponse for Picture {
    fn into_response(self) -> Response {
        let how = if self.media.starts_with("image/") {
            "inline"
        } else {
            "attachment; filename=\"paper.bin\""
        };
        (
            [
                (header::CONTENT_TYPE, self.media),
                (header::CONTENT_DISPOSITION, how),
            ],
            self.bytes,
        )
            .into_response()
    }
}
