//! The list of a bundle of any bytes, also under a true signature, is read or refused; one that is read is written
//! again to the same.
//!
//! The first byte says what the rest is: 0 a whole list; 1 and 2 the content of one, signed in that suite.
#![no_main]

use envelope::{BUNDLE_OBJECTS_MAX, Manifest, Suite};
use envelope_fuzz::{kiosk, manifest, public_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&way, rest)) = data.split_first() else {
        return;
    };
    let bytes = match way {
        0 => rest.to_vec(),
        1 => manifest(Suite::X25519, rest),
        2 => manifest(Suite::Sm2, rest),
        _ => return,
    };
    let Ok(read) = Manifest::verify(&bytes, public_of) else {
        return;
    };
    assert!(read.contents.objects.len() <= BUNDLE_OBJECTS_MAX);
    let again = read.contents.sign(kiosk(Suite::X25519));
    let again = again.expect("a list that was read is short enough to be written");
    assert_eq!(Manifest::verify(&again, public_of), Ok(read));
});
