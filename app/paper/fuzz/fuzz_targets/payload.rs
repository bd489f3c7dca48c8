//! `Payload::parse` holds against any text, with a right check behind it too, and what it accepts prints as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use paper::Payload;

/// CRC-16/IBM-3740, as the code's documentation names it.
fn check(text: &str) -> u16 {
    text.bytes().fold(0xFFFF, |crc: u16, byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
        })
    })
}

fuzz_target!(|text: &str| {
    let _ = Payload::parse(text);
    let text = format!("MB1:{text}");
    let text = format!("{text}:{:04X}", check(&text));
    if let Ok(payload) = Payload::parse(&text) {
        assert_eq!(Payload::parse(&payload.text()), Ok(payload));
    }
});
