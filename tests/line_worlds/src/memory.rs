//! What a session allocates.

#![allow(unsafe_code, reason = "counting what is allocated takes an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::Deref;

use link::Session;

/// The system's allocator, counting what each thread holds. It counts only in a program that makes it its own:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: line_worlds::memory::Counting = line_worlds::memory::Counting;
/// ```
#[derive(Debug)]
pub struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    let held = HELD.get() + change;
    HELD.set(held);
    MOST.set(MOST.get().max(held));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What `work` leaves allocated, and the most that it held above what was held before.
pub fn allocated<T>(work: impl FnOnce() -> T) -> (T, isize, isize) {
    let before = HELD.get();
    MOST.set(before);
    let done = work();
    (done, HELD.get() - before, MOST.get() - before)
}

/// A session, and what it holds in memory. What its owner takes out of it or puts into it is allocated and dropped
/// inside [`with`](Self::with) as well, so that nothing is counted on one side only.
#[derive(Debug)]
pub struct Metered {
    session: Session,
    held_bytes: isize,
    most_bytes: isize,
}

impl Metered {
    /// A session that `make` makes.
    pub fn new(make: impl FnOnce() -> Session) -> Self {
        let (session, held_bytes, most_bytes) = allocated(make);
        Self {
            session,
            held_bytes,
            most_bytes,
        }
    }

    /// Works with the session.
    pub fn with<T>(&mut self, work: impl FnOnce(&mut Session) -> T) -> T {
        let session = &mut self.session;
        let (done, change, most) = allocated(|| work(session));
        self.most_bytes = self.most_bytes.max(self.held_bytes + most);
        self.held_bytes += change;
        done
    }

    /// The most that it has held, in bytes; 0 where nobody counts.
    #[must_use]
    pub fn most_bytes(&self) -> usize {
        usize::try_from(self.most_bytes).unwrap_or(0)
    }
}

impl Deref for Metered {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
