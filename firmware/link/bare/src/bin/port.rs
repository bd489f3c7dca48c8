//! The least that a device needs to be one end of a line: a port, a clock and a session. It exists to be measured; the
//! registers are those of no real device.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr::{addr_of_mut, read_volatile, write_volatile};

use cortex_m_rt::entry;
use embedded_alloc::LlffHeap;
use link::{BlockMap, Config, Event, Session, Tick};
use link_bare::identify;
use panic_halt as _;

const HEAP_BYTES: usize = 48 << 10;

/// A clock in microseconds, a received byte with a flag above it, and the sender's register with its flag.
const CLOCK: *const u32 = 0x4000_0000 as *const u32;
const RECEIVED: *const u32 = 0x4000_0004 as *const u32;
const SENDING: *mut u32 = 0x4000_0008 as *mut u32;
const FLAG: u32 = 0x100;

#[global_allocator]
static HEAP: LlffHeap = LlffHeap::empty();

#[entry]
fn main() -> ! {
    static mut MEMORY: [MaybeUninit<u8>; HEAP_BYTES] = [MaybeUninit::uninit(); HEAP_BYTES];
    // SAFETY: the memory is used for nothing else, and this runs once.
    unsafe { HEAP.init(addr_of_mut!(*MEMORY) as usize, HEAP_BYTES) };

    let config = Config {
        window_bytes: 4 << 10,
        max_object_len: 64 << 10,
        ..Config::default()
    };
    let mut session = Session::new(config, identify, u64::from(clock()), now());
    let mut out = Vec::new();
    loop {
        let now = now();
        // SAFETY: the register may be read at any time.
        let received = unsafe { read_volatile(RECEIVED) };
        if received & FLAG != 0 {
            session.handle_bytes(now, &[received as u8]);
        }
        session.handle_timeout(now);
        while let Some(event) = session.poll_event() {
            let _ = match event {
                Event::Offered { id, len, .. } => session.accept(id, BlockMap::empty(len)),
                Event::Complete { id } | Event::Arrived { id, .. } => session.confirm(id),
                _ => Ok(()),
            };
        }
        // SAFETY: as above; a byte may be written while the flag is not set.
        if unsafe { read_volatile(SENDING) } & FLAG == 0 {
            out.clear();
            if session.poll_transmit(now, 1, &mut out) == 1 {
                // SAFETY: as above.
                unsafe { write_volatile(SENDING, u32::from(out[0])) };
            }
        }
    }
}

fn clock() -> u32 {
    // SAFETY: the register may be read at any time.
    unsafe { read_volatile(CLOCK) }
}

fn now() -> Tick {
    Tick(u64::from(clock()))
}
