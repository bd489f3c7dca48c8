//! `bilevel::decode` holds against any bytes, and what it accepts packs and unpacks to the same picture.
//!
//! The first two bytes are the sides of a small page, so that time goes into its rows; the rest is its data. With a
//! first byte of zero the rest is all of a packed page.
#![no_main]

use libfuzzer_sys::fuzz_target;
use paper::bilevel::{decode, encode};

fuzz_target!(|data: &[u8]| {
    let bytes = match data {
        [0, rest @ ..] => rest.to_vec(),
        [width, height, rest @ ..] => {
            [b"MBC1\0", &[*width][..], b"\0", &[*height], b"\0\xC8", rest].concat()
        }
        [] | [_] => return,
    };
    if let Ok(page) = decode(&bytes) {
        let again = encode(&page.picture, page.dpi).expect("a size that was unpacked");
        assert_eq!(decode(&again), Ok(page));
    }
});
