//! `travel::unpack` holds against any bytes, and what it accepts is rebuilt as a picture.
//!
//! With a first byte of zero the rest is all of the parts. Otherwise it is what follows the ink: a small ink layer stands
//! before it, so that time goes into the crops.
#![no_main]

use libfuzzer_sys::fuzz_target;
use paper::{GrayImage, NOTO_SANS_SC, Typeface, bilevel, travel};

fuzz_target!(|data: &[u8]| {
    let bytes = match data {
        [0, rest @ ..] => rest.to_vec(),
        [bend, rest @ ..] => {
            let bend = u32::from(*bend);
            let ink = GrayImage::from_fn(96, 64, |x, y| {
                [[0], [255]][usize::from((x * 7 + y * bend) % 61 > 12)].into()
            });
            let ink = bilevel::encode(&ink, 200).expect("a small page");
            let len = (ink.len() as u32).to_be_bytes();
            [b"MPP10123ABCD\x01\x04form\0", &len[..], &ink, rest].concat()
        }
        [] => return,
    };
    let Ok(parts) = travel::unpack(&bytes) else {
        return;
    };
    let (w, h) = parts.ink.dimensions();
    for crop in &parts.crops {
        assert!(crop.x + crop.picture.width() <= w && crop.y + crop.picture.height() <= h);
    }
    let typeface = Typeface::parse(NOTO_SANS_SC).expect("the project's font");
    let page = travel::rebuild(&parts, &[], &typeface);
    assert!(page.width() == w && page.height() > h);
});
