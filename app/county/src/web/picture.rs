//! Scanned papers as a browser shows them.

use std::io::Cursor;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use image::ImageFormat;
use paper::bilevel;

/// A paper ready for the browser.
pub(super) struct Picture {
    media: &'static str,
    bytes: Vec<u8>,
}

/// The paper's bytes in a form that a browser shows as a picture; ink is unpacked for it.
///
/// The bytes say what they are, not the record. What is no picture is offered as a file, so that nothing in it is
/// ever run or drawn as a page.
pub(super) fn shown(plain: Vec<u8>) -> Picture {
    let (media, bytes) = match plain.as_slice() {
        [0xFF, 0xD8, 0xFF, ..] => ("image/jpeg", plain),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ("image/png", plain),
        _ => match unpacked_ink(&plain) {
            Some(png) => ("image/png", png),
            None => ("application/octet-stream", plain),
        },
    };
    Picture { media, bytes }
}

fn unpacked_ink(plain: &[u8]) -> Option<Vec<u8>> {
    let ink = bilevel::decode(plain).ok()?;
    let mut png = Cursor::new(Vec::new());
    ink.picture.write_to(&mut png, ImageFormat::Png).ok()?;
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
