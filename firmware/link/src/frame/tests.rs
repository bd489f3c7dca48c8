//! The wire format, pinned by literal bytes, and what holds for all of it.

use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::coding::MAX_PAYLOAD;

fn items(payload: &[u8]) -> Vec<Result<Item<'_>, FrameError>> {
    match Frame::parse(payload) {
        Ok(Frame::Packet(packet)) => packet.items.collect(),
        other => panic!("{other:?} is no packet"),
    }
}

fn check(item: Item<'_>, bytes: &[u8]) {
    let mut emitted = Vec::new();
    item.emit(&mut emitted);
    assert_eq!(emitted, bytes, "emit {item:?}");
    let payload = [&[UNNUMBERED], bytes].concat();
    assert_eq!(items(&payload), [Ok(item)], "parse");
}

#[test]
fn hello_bytes() {
    let hello = Hello {
        version: 2,
        settled: true,
        escape: Escape::default(),
        nonce: 0x0102_0304_0506_0708,
        echo: 0x1112_1314_1516_1718,
    };
    let mut payload = vec![2, 0x01];
    payload.extend(0x0102_0304_0506_0708_u64.to_be_bytes());
    payload.extend(0x1112_1314_1516_1718_u64.to_be_bytes());
    payload.insert(0, 1);
    let mut emitted = Vec::new();
    hello.emit(&mut emitted);
    assert_eq!(emitted, payload);
    assert_eq!(Frame::parse(&payload), Ok(Frame::Hello(hello)));

    payload[2] = 0x06;
    payload.push(9);
    let later = Hello {
        settled: false,
        escape: Escape::ALL,
        ..hello
    };
    assert_eq!(
        Frame::parse(&payload),
        Ok(Frame::Hello(later)),
        "a later version's Hello begins the same"
    );
}

#[test]
fn packet_heads() {
    let check = |head: Option<Head>, bytes: &[u8]| {
        let mut emitted = Vec::new();
        Head::emit(head, &mut emitted);
        assert_eq!(emitted, bytes);
        let Ok(Frame::Packet(packet)) = Frame::parse(bytes) else {
            panic!("{bytes:?} is no packet");
        };
        assert_eq!(packet.head, head);
    };
    let head = |number, poll| Some(Head { number, poll });
    check(None, &[2]);
    check(head(WireNumber::Narrow(7), false), &[0x80, 7]);
    check(head(WireNumber::Narrow(7), true), &[0xa0, 7]);
    check(head(WireNumber::Wide(0x0107), false), &[0xc0, 1, 7]);
    check(head(WireNumber::Wide(0x0107), true), &[0xe0, 1, 7]);
}

#[test]
fn ack_bytes() {
    let ack = Ack {
        newest: 0x1234,
        delay_ms: 300,
        run: 5,
        reach: 12,
        corrected: 130,
        bitmap: vec![0b0000_0101],
    };
    check(
        Item::Ack(ack.clone()),
        &[2, 0x12, 0x34, 0xac, 0x02, 5, 12, 0x82, 0x01, 0b0000_0101],
    );
    assert!(ack.reaches(11) && !ack.reaches(12));
    let covered: Vec<u64> = (0..12).filter(|&behind| ack.covers(behind)).collect();
    assert_eq!(
        covered,
        [0, 1, 2, 3, 4, 5, 7, 9],
        "6 is the gap, bit 0 stands for 7"
    );
}

#[test]
fn offer_and_ping_bytes() {
    check(Item::Ping, &[3]);
    let id = ObjectId([0xab; 32]);
    for (number, priority) in Priority::ALL.into_iter().enumerate() {
        let mut bytes = vec![4, 0x01, 0x02, number as u8, 0x80, 0x80, 0x01];
        bytes.extend([0xab; 32]);
        check(
            Item::Offer {
                channel: 0x0102,
                id,
                priority,
                len: 16384,
            },
            &bytes,
        );
    }
    assert_eq!(
        items(&[2, 4, 0, 0, 4, 1]),
        [Err(FrameError::Priority { number: 4 })]
    );
}

#[test]
fn accept_bytes() {
    let runs = vec![
        Run {
            missing: 0,
            held: 200,
        },
        Run {
            missing: 634,
            held: 0,
        },
    ];
    check(
        Item::Accept {
            channel: 3,
            round: 1,
            from: 0,
            runs,
        },
        &[5, 0, 3, 1, 0, 2, 0, 0xc8, 0x01, 0xfa, 0x04, 0],
    );
}

#[test]
fn confirm_refuse_and_cancel_bytes() {
    check(Item::Confirm { channel: 0x0102 }, &[6, 1, 2]);
    check(Item::Refuse { channel: 0x0102 }, &[7, 1, 2]);
    check(Item::Cancel { channel: 0x0102 }, &[8, 1, 2]);
}

#[test]
fn short_bytes() {
    check(
        Item::Short {
            stream: Stream::of(0x25),
            priority: Priority::Record,
            len: 3,
            bytes: b"abc",
        },
        &[0xc5, 1, 13, b'a', b'b', b'c'],
    );
    // A short object ends where its length says, and the next item follows.
    let two = [0x80, 0, 0xc5, 1, 13, b'a', b'b', b'c', 6, 1, 2];
    assert_eq!(items(&two)[1..], [Ok(Item::Confirm { channel: 0x0102 })]);
    // One that is longer than the packet has the rest of the packet.
    let cut = [0x80, 0, 0xc5, 1, 101, b'a'];
    assert!(matches!(
        items(&cut)[..],
        [Ok(Item::Short {
            len: 25,
            bytes: b"a",
            ..
        })]
    ));
}

#[test]
fn data_bytes() {
    let stream = Stream::of(0x1234);
    assert_eq!((stream.slot, stream.generation), (0x14, 0x91));
    assert_eq!(stream.channel(), 0x1234);
    check(
        Item::Data {
            stream,
            index: 130,
            bytes: b"ab",
        },
        &[0x94, 0x91, 0x82, 0x01, b'a', b'b'],
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    for (payload, error) in [
        (&[][..], FrameError::Short),
        (&[0, 7], FrameError::Kind { kind: 0 }),
        (&[9, 7], FrameError::Kind { kind: 9 }),
        (&[0x81, 7], FrameError::Kind { kind: 0x81 }),
        (&[0x80], FrameError::Short),
    ] {
        assert_eq!(Frame::parse(payload), Err(error), "{payload:?}");
    }
    for (item, error) in [
        (&[10][..], FrameError::Item { kind: 10 }),
        (&[0xa0, 1], FrameError::Item { kind: 0xa0 }),
        (&[6, 1], FrameError::Short),
        (&[0x80, 7, 0xff, 0xff, 0xff, 0xff, 0x1f], FrameError::Varint),
        (&[0x80, 7, 0xff, 0xff, 0xff, 0xff, 0xff], FrameError::Varint),
        (&[5, 0, 3, 1, 0, 0xff, 0xff, 0x03, 1], FrameError::Short),
    ] {
        let payload = [&[UNNUMBERED, 3], item].concat();
        assert_eq!(items(&payload), [Ok(Item::Ping), Err(error)], "{item:?}");
    }
}

fn item() -> impl Strategy<Value = Item<'static>> {
    const BYTES: &[u8] = &[0xa5; 2 * crate::BLOCK_LEN];
    let runs = prop::collection::vec(any::<(u32, u32)>(), 0..10);
    let channel = any::<u16>;
    let priority = || prop::sample::select(Priority::ALL.to_vec());
    let ack = (any::<(u16, u32, u32, u32)>(), 0..260_u32);
    prop_oneof![
        Just(Item::Ping),
        ack.prop_map(|((newest, delay_ms, run, corrected), more)| {
            let reach = run.saturating_add(more);
            Item::Ack(Ack {
                newest,
                delay_ms,
                run,
                reach,
                corrected,
                bitmap: vec![0xa5; Ack::bitmap_len(run, reach)],
            })
        }),
        (channel(), any::<[u8; 32]>(), priority(), any::<u32>()).prop_map(
            |(channel, id, priority, len)| {
                Item::Offer {
                    channel,
                    id: ObjectId(id),
                    priority,
                    len,
                }
            }
        ),
        (channel(), priority(), 0..BYTES.len()).prop_map(|(channel, priority, len)| {
            Item::Short {
                stream: Stream::of(channel),
                priority,
                len: len as u32,
                bytes: &BYTES[..len],
            }
        }),
        (channel(), any::<u8>(), any::<u32>(), runs).prop_map(|(channel, round, from, runs)| {
            let runs = runs
                .into_iter()
                .map(|(missing, held)| Run { missing, held })
                .collect();
            Item::Accept {
                channel,
                round,
                from,
                runs,
            }
        }),
        channel().prop_map(|channel| Item::Confirm { channel }),
        channel().prop_map(|channel| Item::Refuse { channel }),
        channel().prop_map(|channel| Item::Cancel { channel }),
    ]
}

proptest! {
    #[test]
    fn emitted_packets_parse_back(
        sent in prop::collection::vec(item(), 0..6), number: u16, wide: bool, poll: bool, channel: u16, index: u32,
        len in 0..=crate::BLOCK_LEN,
    ) {
        let number = if wide { WireNumber::Wide(number) } else { WireNumber::Narrow(number as u8) };
        let head = Some(Head { number, poll });
        let data = Item::Data {
            stream: Stream::of(channel),
            index,
            bytes: &[0xa5; crate::BLOCK_LEN][..len],
        };
        let mut payload = Vec::new();
        Head::emit(head, &mut payload);
        for item in sent.iter().chain([&data]) {
            item.emit(&mut payload);
        }
        let Ok(Frame::Packet(packet)) = Frame::parse(&payload) else {
            panic!("no packet");
        };
        prop_assert_eq!(packet.head, head);
        let parsed: Result<Vec<_>, _> = packet.items.collect();
        prop_assert_eq!(parsed, Ok(sent.into_iter().chain([data]).collect()));
    }

    #[test]
    fn arbitrary_payloads_never_panic(payload in prop::collection::vec(any::<u8>(), 0..MAX_PAYLOAD)) {
        if let Ok(Frame::Packet(packet)) = Frame::parse(&payload) {
            for item in packet.items {
                if let Ok(Item::Ack(ack)) = item {
                    let _ = (ack.covers(0), ack.covers(u64::from(ack.run) + 1), ack.covers(u64::MAX));
                }
            }
        }
    }
}
