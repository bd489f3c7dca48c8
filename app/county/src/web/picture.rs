//! Scanned papers as a browser shows them.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use envelope::Kind;

/// A paper ready for the browser.
pub(super) struct Picture {
    media: &'static str,
    bytes: Vec<u8>,
}

/// The paper's bytes in a form that a browser shows as a picture. What is no picture is offered as a file,
/// so that nothing in it is ever run or drawn as a page.
pub(super) fn shown(kind: Kind, plain: Vec<u8>) -> Picture {
    let _ = kind;
    let media = match plain.as_slice() {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
        _ => "application/octet-stream",
    };
    Picture {
        media,
        bytes: plain,
    }
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
