//! Any text is a slip code or none; one that is, is written again to the same digits.
#![no_main]

use envelope::SlipCode;
use envelope_fuzz::{SUITES, kiosk};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(code) = SlipCode::parse(text) else {
        return;
    };
    for suite in SUITES {
        let _ = code.verify(&kiosk(suite).public());
    }
    let digits = code.to_payload();
    assert_eq!(SlipCode::parse(&digits), Ok(code));
});
