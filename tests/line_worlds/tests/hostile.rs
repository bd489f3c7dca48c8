//! A peer that says anything at all: nothing panics, and memory stays within its bound.

use std::sync::Arc;

use line_worlds::memory::{Counting, allocated};
use link::{
    BLOCK_LEN, BlockMap, Config, Disconnect, Event, MAX_OBJECT_LEN, MAX_OPEN, MAX_QUEUED, ObjectId,
    Outbound, PEER_MEMORY_MAX, Priority, SHORT_LEN_MAX, Session, Tick,
};
use proptest::prelude::*;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that runs above what is held now while `work` runs.
fn most_allocated(work: impl FnOnce()) -> isize {
    let ((), _, most) = allocated(work);
    most
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
    fields.extend(varint(len));
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

fn varint(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while 0x80 <= value {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A short object of `len` bytes, of which `here` come in its first packet.
fn short(number: u16, channel: u16, len: u32, here: usize) -> Vec<u8> {
    let mut fields = vec![(channel >> 5) as u8];
    fields.extend(varint(len << 2 | 1));
    let mut bytes = vec![0; here];
    if let Some(first) = bytes.first_chunk_mut() {
        *first = number.to_be_bytes();
    }
    fields.extend(bytes);
    numbered(0xc0 | (channel & 0x1f) as u8, number, &fields)
}

/// Blocks of zeros from `first` on.
fn data(number: u16, channel: u16, first: u32, blocks: usize) -> Vec<u8> {
    let mut fields = vec![(channel >> 5) as u8];
    fields.extend(varint(first));
    fields.extend(vec![0; blocks * BLOCK_LEN]);
    numbered(0x80 | (channel & 0x1f) as u8, number, &fields)
}

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
fn blocks_at_the_end_of_all_numbers_belong_to_no_object() {
    let mut session = connected();
    session.handle_bytes(Tick(1), &offer(0, 0, MAX_OBJECT_LEN, id_of(1)));
    accept_all(&mut session);
    for first in [u32::MAX - 1, u32::MAX] {
        session.handle_bytes(Tick(1), &data(1, 0, first, 3));
    }
    assert_eq!(session.stats().blocks_received, 0);
    assert_eq!(session.poll_event(), None);
}

#[test]
fn short_objects_that_no_one_collects_hold_no_more_than_the_bound() {
    for len in [1, 240, 1500, SHORT_LEN_MAX as u32] {
        let most = most_allocated(|| {
            let mut session = connected();
            for number in 0..5000 {
                session.handle_bytes(Tick(1), &short(number, number, len, len as usize));
            }
        });
        assert!(most < BOUND, "{most} bytes for objects of {len}");
    }
}

#[test]
fn the_worst_mix_holds_no_more_than_the_bound() {
    let most = most_allocated(|| {
        let mut session = connected();
        // Maps of the longest objects in all slots but one, and short objects one after the other in that.
        for channel in 1..MAX_OPEN as u16 {
            let id = id_of(u32::from(channel));
            session.handle_bytes(Tick(1), &offer(channel - 1, channel, MAX_OBJECT_LEN, id));
        }
        accept_all(&mut session);
        session.poll_transmit(Tick(1), 100_000, &mut Vec::new());
        for number in 32..5000 {
            let object = short(number, number << 5, SHORT_LEN_MAX as u32, SHORT_LEN_MAX);
            session.handle_bytes(Tick(1), &object);
        }
    });
    assert!(most < BOUND, "{most} bytes");
}

#[test]
fn short_objects_that_never_become_whole_hold_no_more_than_the_bound() {
    for len in [SHORT_LEN_MAX as u32, SHORT_LEN_MAX as u32 + 1, u32::MAX] {
        let most = most_allocated(|| {
            let mut session = connected();
            for number in 0..50_000 {
                session.handle_bytes(Tick(1), &short(number, number, len, BLOCK_LEN));
                if number % 7 == 0 {
                    accept_all(&mut session);
                    session.poll_transmit(Tick(1), 1000, &mut Vec::new());
                }
            }
        });
        assert!(most < BOUND, "{most} bytes for objects of {len}");
    }
}

#[test]
fn blocks_that_come_before_an_answer_hold_no_more_than_the_bound() {
    let most = most_allocated(|| {
        let mut session = connected();
        let mut number = 0..;
        for round in 0..40_u16 {
            for slot in 0..MAX_OPEN as u16 {
                let channel = round << 5 | slot;
                let id = id_of(u32::from(channel) + 1);
                let next = number.next().unwrap_or(0);
                session.handle_bytes(Tick(1), &offer(next, channel, MAX_OBJECT_LEN, id));
                for first in 0..8 {
                    let next = number.next().unwrap_or(0);
                    session.handle_bytes(Tick(1), &data(next, channel, first * 16, 16));
                }
            }
            // The owner looks at last, and the offers are over by then.
            if round % 8 == 7 {
                accept_all(&mut session);
            }
        }
    });
    assert!(most < BOUND, "{most} bytes");
}

/// A peer that lets us send: it acknowledges everything, asks for every other block of everything, again and again.
#[test]
fn a_receiver_that_asks_for_everything_again_and_again_holds_no_more_than_the_bound() {
    let bytes: Arc<[u8]> = vec![7; MAX_OBJECT_LEN as usize].into();
    let most = most_allocated(|| {
        let mut session = connected();
        for seed in 0..MAX_QUEUED as u32 {
            let object = Outbound {
                id: ObjectId(id_of(seed)),
                priority: Priority::ALL[seed as usize % 4],
                bytes: Arc::clone(&bytes),
                may_be_held: seed % 2 == 0,
            };
            session.send(object).expect("so many fit");
        }
        let mut out = Vec::with_capacity(4096);
        for number in 0..4000_u16 {
            let now = Tick(u64::from(number) * 50_000);
            session.handle_timeout(now);
            while session.poll_event().is_some() {}
            out.clear();
            session.poll_transmit(now, 4096, &mut out);
            let channel = number % 64;
            let mut fields = channel.to_be_bytes().to_vec();
            fields.push((number / 64) as u8);
            fields.extend(varint(u32::from(number % 5) * 1000));
            fields.extend(varint(1500));
            for _ in 0..1500 {
                fields.extend([1, 1]);
            }
            session.handle_bytes(now, &numbered(5, number * 2, &fields));
            let mut ack = (number * 3).to_be_bytes().to_vec();
            ack.extend([0, 100, 0, 0]);
            session.handle_bytes(now, &numbered(2, number * 2 + 1, &ack));
        }
    });
    let own = MAX_QUEUED as isize * 256 + 4096;
    assert!(most < BOUND + own, "{most} bytes");
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
            fields.extend([7; BLOCK_LEN]);
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

/// A payload that begins like a packet and goes on with what begins like items, so that the checksum and the kinds let it
/// through.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let head = prop_oneof![
        Just(vec![2]),
        any::<u8>().prop_map(|number| vec![0x80, number]),
        any::<u8>().prop_map(|number| vec![0xa0, number]),
        (0..3_u8, any::<u8>()).prop_map(|(high, low)| vec![0xc0, high, low]),
        prop::collection::vec(any::<u8>(), 1..20),
    ];
    let kind = prop_oneof![2..10_u8, 0x80..0x84_u8, any::<u8>()];
    let field = prop_oneof![0..3_u8, Just(0x80), any::<u8>()];
    let item = (kind, prop::collection::vec(field, 0..14))
        .prop_map(|(kind, fields)| [vec![kind], fields].concat());
    (head, prop::collection::vec(item, 0..8))
        .prop_map(|(head, items)| [head, items.concat()].concat())
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
