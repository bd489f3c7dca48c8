//! `open` holds against any bytes, also behind a true signature and inside a true seal.
//!
//! The first byte says what the rest is: 0 a whole object; 1 and 2 all of one between header and signature, signed
//! in that suite; 3 to 5 packed content under packing 0 to 2, sealed and signed in suite 1.
#![no_main]

use envelope::{Header, MAX_PLAIN_LEN, Suite};
use envelope_fuzz::{header, object_around, open, sign_object};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&way, rest)) = data.split_first() else {
        return;
    };
    let bytes = match way {
        0 => rest.to_vec(),
        1 | 2 => {
            let suite = if way == 1 { Suite::X25519 } else { Suite::Sm2 };
            let mut bytes = [&header(suite, 1, 0), rest].concat();
            sign_object(suite, &mut bytes);
            bytes
        }
        3..=5 => object_around(1, way - 3, rest),
        _ => return,
    };
    let _ = Header::parse(&bytes);
    if let Ok(opened) = open(&bytes) {
        assert!(opened.plain.len() <= MAX_PLAIN_LEN);
    }
});
