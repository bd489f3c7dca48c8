//! The same behind the checksum: every stretch of the input is a payload in a frame that is whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use line_worlds::memory::Counting;
use link_fuzz::{Input, Listener, seal};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fuzz_target!(|data: &[u8]| {
    let mut listener = Listener::connected();
    let mut input = Input(data);
    while !input.is_empty() {
        if input.byte() % 4 != 0 {
            listener.hear(&seal(input.bytes()));
        } else {
            listener.go_on(&mut input);
        }
    }
});
