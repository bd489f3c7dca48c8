//! A session holds against any bytes, at any time, whatever its owner does meanwhile: no panic, no deadline in the past, no
//! more memory than stated.
#![no_main]

use libfuzzer_sys::fuzz_target;
use line_worlds::memory::Counting;
use link_fuzz::{Input, Listener};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fuzz_target!(|data: &[u8]| {
    let mut listener = Listener::connected();
    let mut input = Input(data);
    while !input.is_empty() {
        if input.byte() % 3 == 0 {
            listener.hear(input.bytes());
        } else {
            listener.go_on(&mut input);
        }
    }
});
