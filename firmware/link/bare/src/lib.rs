//! What the programs share: names of objects, the console and the end of an emulated core, critical sections.
#![no_std]

use core::arch::asm;
use core::fmt;

use critical_section::RawRestoreState;
use link::ObjectId;
use sha2::{Digest, Sha256};

/// How owners name objects.
#[must_use]
pub fn identify(bytes: &[u8]) -> ObjectId {
    ObjectId(Sha256::digest(bytes).into())
}

/// Text to whoever emulates the core.
pub struct Console;

/// Semihosting: write a character, stop.
const WRITE_CHARACTER: usize = 0x03;
const EXIT: usize = 0x18;

/// Why it stops: the program has ended, or something it could not go on with.
const ENDED: usize = 0x2_0026;
const FAILED: usize = 0x2_0023;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            call_host(WRITE_CHARACTER, &raw const byte as usize);
        }
        Ok(())
    }
}

/// Ends the emulation.
pub fn exit(well: bool) -> ! {
    loop {
        call_host(EXIT, if well { ENDED } else { FAILED });
    }
}

fn call_host(operation: usize, argument: usize) {
    // SAFETY: the host reads the argument and returns a number; nothing else changes. The instruction is the one for
    // cores with an `A`, which is what qemu-arm emulates.
    unsafe { asm!("svc 0xab", inout("r0") operation => _, in("r1") argument, options(nostack)) };
}

struct NoInterrupts;
critical_section::set_impl!(NoInterrupts);

// SAFETY: there is one thread, and nothing interrupts it.
unsafe impl critical_section::Impl for NoInterrupts {
    unsafe fn acquire() -> RawRestoreState {
        false
    }

    unsafe fn release(_: RawRestoreState) {}
}
