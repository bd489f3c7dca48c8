//! What a session takes of a microcontroller's memory: two of them talk to each other, and what one allocates is counted.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::fmt::Write as _;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;
use core::ptr::{addr_of_mut, read_volatile, write_volatile};
use core::sync::atomic::{AtomicIsize, Ordering::Relaxed};
use core::time::Duration;

use cortex_m_rt::entry;
use embedded_alloc::LlffHeap;
use link::{BlockMap, Config, Event, Outbound, Priority, Session, Tick};
use link_bare::{Console, exit, identify};

/// Both sessions, the objects, and bytes on their way.
const HEAP_BYTES: usize = 1 << 20;

/// What is looked at for the stack's depth.
const STACK_BYTES: usize = 32 << 10;

const PAINT: u8 = 0xa5;

macro_rules! tell {
    ($($what:tt)*) => {{
        let _ = writeln!(Console, $($what)*);
    }};
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    tell!("{info}");
    exit(false)
}

struct Counting {
    heap: LlffHeap,
    held: AtomicIsize,
    most: AtomicIsize,
}

impl Counting {
    fn count(&self, change: isize) {
        let held = self.held.load(Relaxed) + change;
        self.held.store(held, Relaxed);
        self.most.store(self.most.load(Relaxed).max(held), Relaxed);
    }
}

// SAFETY: every call goes to the heap unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { self.heap.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.count(-(layout.size() as isize));
        // SAFETY: the caller's promises are passed on.
        unsafe { self.heap.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting {
    heap: LlffHeap::empty(),
    held: AtomicIsize::new(0),
    most: AtomicIsize::new(0),
};

/// A session and what it holds on the heap.
struct Metered {
    session: Session,
    held: isize,
    most: isize,
}

impl Metered {
    fn with<T>(&mut self, work: impl FnOnce(&mut Session) -> T) -> T {
        let before = HEAP.held.load(Relaxed);
        HEAP.most.store(before, Relaxed);
        let done = work(&mut self.session);
        self.most = self.most.max(self.held + HEAP.most.load(Relaxed) - before);
        self.held += HEAP.held.load(Relaxed) - before;
        done
    }
}

#[entry]
fn main() -> ! {
    static mut MEMORY: [MaybeUninit<u8>; HEAP_BYTES] = [MaybeUninit::uninit(); HEAP_BYTES];
    // SAFETY: the memory is used for nothing else, and this runs once.
    unsafe { HEAP.heap.init(addr_of_mut!(*MEMORY) as usize, HEAP_BYTES) };

    let small = Config {
        window_bytes: 4 << 10,
        max_object_len: 64 << 10,
        ..Config::default()
    };
    tell!("a session itself: {} bytes", size_of::<Session>());
    tell!("{:<28}{:>10}{:>10}", "bytes at most", "heap", "stack");
    for (name, config) in [("window 4 KB", small), ("as by default", Config::default())] {
        for (work, sent, received) in [
            ("connected, at rest", &[][..], &[][..]),
            ("receives 60 KB", &[], &[60_000]),
            ("sends 60 KB", &[60_000], &[]),
            ("receives 30 records", &[], &[1500; 30]),
            ("sends 30 records", &[1500; 30], &[]),
            (
                "both ways 23 KB",
                &[20_000, 1500, 1500],
                &[20_000, 1500, 1500],
            ),
        ] {
            let (heap, stack) = most(config, sent, received);
            tell!("{name}: {work:<20}{heap:>10}{stack:>10}");
        }
    }
    exit(true)
}

/// The most that one of two sessions takes of heap and stack until all objects, given by their lengths, are delivered.
/// The objects' own bytes are the owner's, and so is the place where a session lies.
fn most(config: Config, sent: &[usize], received: &[usize]) -> (isize, usize) {
    let mut here = end(config, 1);
    let mut there = end(config, 2);
    let _objects = [queue(&mut here, sent, 1), queue(&mut there, received, 2)];
    paint_stack();
    talk(&mut here, &mut there, sent.len() + received.len());
    (here.most, painted_over())
}

fn end(config: Config, nonce: u64) -> Box<Metered> {
    Box::new(Metered {
        session: Session::new(config, identify, nonce, Tick(0)),
        held: 0,
        most: 0,
    })
}

/// Until `objects` are delivered, but a few seconds at least.
#[inline(never)]
fn talk(here: &mut Metered, there: &mut Metered, objects: usize) {
    let mut delivered = 0;
    let mut now = Tick(0);
    let mut bytes = Vec::new();
    while delivered < objects || now < Tick(5_000_000) {
        now = now + Duration::from_millis(10);
        assert!(now < Tick(600_000_000));
        delivered += carry(now, here, there, &mut bytes);
        delivered += carry(now, there, here, &mut bytes);
    }
    assert_eq!(delivered, objects);
}

/// What a line of 96 000 bit/s carries in ten milliseconds.
fn carry(now: Tick, from: &mut Metered, to: &mut Metered, bytes: &mut Vec<u8>) -> usize {
    bytes.clear();
    bytes.reserve(96);
    from.with(|session| session.poll_transmit(now, 96, bytes));
    to.with(|session| {
        session.handle_bytes(now, bytes);
        session.handle_timeout(now);
    });
    take_events(to)
}

fn queue(end: &mut Metered, lengths: &[usize], salt: u8) -> Vec<Arc<[u8]>> {
    let objects: Vec<Arc<[u8]>> = lengths
        .iter()
        .enumerate()
        .map(|(index, len)| Arc::from(vec![index as u8 ^ salt << 6; *len]))
        .collect();
    for bytes in &objects {
        let object = Outbound {
            id: identify(bytes),
            priority: Priority::Record,
            bytes: Arc::clone(bytes),
            may_be_held: false,
        };
        assert!(end.with(|session| session.send(object)).is_ok());
    }
    objects
}

/// Answers what is to be answered; how many objects the peer has confirmed.
fn take_events(end: &mut Metered) -> usize {
    let mut delivered = 0;
    end.with(|session| {
        while let Some(event) = session.poll_event() {
            let answer = match event {
                Event::Offered { id, len, .. } => session.accept(id, BlockMap::empty(len)),
                Event::Complete { id } | Event::Arrived { id, .. } => session.confirm(id),
                Event::Delivered { .. } => {
                    delivered += 1;
                    Ok(())
                }
                _ => Ok(()),
            };
            assert!(answer.is_ok());
        }
    });
    delivered
}

/// Below the caller's frame, with a margin for what this function itself needs.
#[inline(never)]
fn stack_places() -> impl Iterator<Item = *mut u8> {
    let here = 0_u32;
    let top = &raw const here as usize - 512;
    (top - STACK_BYTES..top).map(|place| place as *mut u8)
}

fn paint_stack() {
    for place in stack_places() {
        // SAFETY: nothing lives below the stack pointer, and the margin is wider than this loop's frame.
        unsafe { write_volatile(place, PAINT) };
    }
}

fn painted_over() -> usize {
    let untouched = stack_places()
        // SAFETY: the places were written by `paint_stack`.
        .take_while(|place| unsafe { read_volatile(*place) } == PAINT)
        .count();
    STACK_BYTES - untouched + 512
}
