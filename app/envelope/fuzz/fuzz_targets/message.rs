//! A county message of any bytes, also under a true signature, is read or refused; and what a kiosk learns from it is
//! a key.
//!
//! The first byte says what the rest is: 0 a whole message; 1 and 2 the content of one, signed in that suite.
#![no_main]

use envelope::{CountyMessage, CountyTrust, KioskId, Suite, TRUSTED_MAX};
use envelope_fuzz::{county, message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&way, rest)) = data.split_first() else {
        return;
    };
    let bytes = match way {
        0 => rest.to_vec(),
        1 => message(Suite::X25519, rest),
        2 => message(Suite::Sm2, rest),
        _ => return,
    };
    let mut trust = CountyTrust::new(county(Suite::X25519).public());
    trust.add(county(Suite::Sm2).public());
    if let Ok(read) = trust.verify(&bytes) {
        // What was read is written and read again to the same.
        let again = read.sign(county(Suite::X25519));
        let public = county(Suite::X25519).public();
        assert_eq!(CountyMessage::verify(&again, &public), Ok(read));
    }
    let _ = trust.learn(&bytes, KioskId(3));
    assert!((2..=TRUSTED_MAX).contains(&trust.keys().len()));
});
