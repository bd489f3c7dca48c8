//! A peer that says anything at all: nothing panics, and memory stays within its bound.

#![allow(unsafe_code, reason = "counting what is allocated takes an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use link::{
    BlockMap, Config, Disconnect, Event, MAX_OBJECT_LEN, ObjectId, Outbound, PEER_MEMORY_MAX,
    Priority, Session, Tick,
};
use proptest::prelude::*;

/// The system's allocator, counting what each thread holds.
struct Counting;

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

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that runs above what is held now while `work` runs.
fn most_allocated(work: impl FnOnce()) -> isize {
    let before = HELD.get();
    MOST.set(before);
    work();
    MOST.get() - before
}

fn seal(payload: &[u8]) -> Vec<u8> {
    let mut checked = payload.to_vec();
    checked.extend(
        crc::Crc::<u32>::new(&crc::CRC_32_ISCSI)
            .checksum(payload)
            .to_be_bytes(),
    );
    let mut frame = cobs::encode_vec(&checked);
    frame.push(0);
    frame
}

fn identify(bytes: &[u8]) -> ObjectId {
    let mut id = [0; 32];
    id[..4].copy_from_slice(
        &crc::Crc::<u32>::new(&crc::CRC_32_ISCSI)
            .checksum(bytes)
            .to_be_bytes(),
    );
    ObjectId(id)
}

fn record(seed: u8) -> Outbound {
    Outbound {
        id: ObjectId([seed; 32]),
        priority: Priority::Record,
        bytes: Arc::from(vec![seed; 700]),
        may_be_held: false,
    }
}

fn hello(nonce: u64, echo: u64) -> Vec<u8> {
    let mut payload = vec![1, 2, 1];
    payload.extend(nonce.to_be_bytes());
    payload.extend(echo.to_be_bytes());
    seal(&payload)
}

fn numbered(kind: u8, number: u16, fields: &[u8]) -> Vec<u8> {
    let mut payload = vec![0xc0];
    payload.extend(number.to_be_bytes());
    payload.push(kind);
    payload.extend(fields);
    seal(&payload)
}

fn offer(number: u16, channel: u16, len: u32, id: [u8; 32]) -> Vec<u8> {
    let mut fields = channel.to_be_bytes().to_vec();
    fields.push(3);
    let mut rest = len;
    while 0x80 <= rest {
        fields.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    fields.push(rest as u8);
    fields.extend(id);
    numbered(4, number, &fields)
}

fn connected() -> Session {
    let mut session = Session::new(Config::default(), identify, 5, Tick(0));
    session.handle_bytes(Tick(0), &hello(9, 5));
    assert_eq!(session.poll_event(), Some(Event::Connected));
    session
}

/// Accepts whatever is offered, as the most generous owner would.
fn accept_all(session: &mut Session) {
    while let Some(event) = session.poll_event() {
        match event {
            Event::Offered { id, len, .. } => {
                let _ = session.accept(id, BlockMap::empty(len));
            }
            Event::Complete { id } => {
                let _ = session.restart(id);
            }
            _ => {}
        }
    }
}

fn id_of(number: u32) -> [u8; 32] {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    id
}

const BOUND: isize = PEER_MEMORY_MAX as isize;

#[test]
fn offers_without_end_hold_no_more_than_the_bound() {
    let most = most_allocated(|| {
        let mut session = connected();
        for number in 0..50_000_u32 {
            let channel = number as u16;
            session.handle_bytes(
                Tick(1),
                &offer(number as u16, channel, MAX_OBJECT_LEN, id_of(number)),
            );
            if number % 3 == 0 {
                accept_all(&mut session);
            }
            if number % 5 == 0 {
                session.poll_transmit(Tick(1), 1000, &mut Vec::new());
            }
        }
    });
    assert!(most < BOUND, "{most} bytes");
}

#[test]
fn blocks_that_no_one_collects_hold_no_more_than_the_bound_and_come_again() {
    let mut handed_over = 0;
    let most = most_allocated(|| {
        let mut session = connected();
        session.handle_bytes(Tick(1), &offer(0, 0, MAX_OBJECT_LEN, id_of(1)));
        accept_all(&mut session);
        for index in 0..5000_u16 {
            let mut fields = vec![0, (index & 0x7f) as u8 | 0x80, (index >> 7) as u8];
            fields.extend([7; link::BLOCK_LEN]);
            session.handle_bytes(Tick(1), &numbered(0x80, index + 1, &fields));
        }
        handed_over = std::iter::from_fn(|| session.poll_event()).count();
    });
    assert!(most < BOUND, "{most} bytes");
    assert_eq!(
        handed_over,
        link::MAX_EVENTS,
        "the others are not acknowledged"
    );
}

#[test]
fn greetings_and_refused_offers_without_end_hold_no_more_than_the_bound() {
    let most = most_allocated(|| {
        let mut session = connected();
        for number in 0..50_000_u32 {
            session.handle_bytes(
                Tick(1),
                &offer(number as u16, number as u16, u32::MAX, id_of(number)),
            );
        }
        for nonce in 100..50_000 {
            session.handle_bytes(Tick(1), &hello(nonce, nonce - 94));
        }
    });
    assert!(most < BOUND, "{most} bytes");
}

#[test]
fn noise_without_a_delimiter_holds_no_more_than_two_frames() {
    let noise = vec![0x55; 1 << 20];
    let mut session = connected();
    let most = most_allocated(|| session.handle_bytes(Tick(1), &noise));
    assert!(most < 16_000, "{most} bytes");
}

#[test]
fn a_peer_that_talks_but_acknowledges_nothing_is_left() {
    let mut session = connected();
    session.send(record(1)).expect("one fits");
    let reason = (0..1000_u16).find_map(|second| {
        let now = Tick(u64::from(second) * 1_000_000);
        session.handle_bytes(now, &numbered(3, second, &[]));
        session.handle_timeout(now);
        session.poll_transmit(now, 1000, &mut Vec::new());
        match session.poll_event() {
            Some(Event::Disconnected { reason }) => Some((reason, 45 < second && second < 120)),
            _ => None,
        }
    });
    assert_eq!(reason, Some((Disconnect::Unanswered, true)));
}

/// A payload that begins like a frame, so that the checksum and the kind let it through.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![any::<u8>(), 1..9_u8, 0x80..0x84_u8, Just(0x65)];
    (
        first,
        prop::collection::vec(prop_oneof![any::<u8>(), 0..3_u8], 0..60),
    )
        .prop_map(|(first, rest)| {
            let mut payload = vec![first];
            payload.extend(rest);
            payload
        })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(chunks: Vec<Vec<u8>>) {
        let mut session = connected();
        for (step, chunk) in chunks.iter().enumerate() {
            let now = Tick(step as u64 * 10_000_000);
            session.handle_bytes(now, chunk);
            session.handle_timeout(now);
            accept_all(&mut session);
            session.poll_transmit(now, 100, &mut Vec::new());
        }
    }

    #[test]
    fn arbitrary_frames_never_panic(
        payloads in prop::collection::vec(payload(), 0..60), step_ms in prop_oneof![Just(1_u64), 1..20_000_u64],
    ) {
        let mut session = connected();
        for seed in 0..3 {
            session.send(record(seed)).expect("three fit");
        }
        for (step, payload) in payloads.iter().enumerate() {
            let now = Tick(step as u64 * step_ms * 1000);
            session.handle_bytes(now, &seal(payload));
            session.handle_timeout(now);
            prop_assert!(session.deadline().is_none_or(|deadline| now < deadline));
            accept_all(&mut session);
            let mut out = Vec::new();
            let written = session.poll_transmit(now, 90, &mut out);
            prop_assert!(written == out.len() && written <= 90);
        }
    }
}
