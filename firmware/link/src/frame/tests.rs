//! The wire format, pinned by literal bytes, and what holds for all of it.

use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::coding::MAX_PAYLOAD;

fn check(frame: Frame<'_>, payload: &[u8]) {
    let mut emitted = Vec::new();
    frame.emit(&mut emitted);
    assert_eq!(emitted, payload, "emit {frame:?}");
    assert_eq!(Frame::parse(payload), Ok(frame), "parse");
}

fn numbered(number: u8, body: Body<'_>) -> Frame<'_> {
    Frame::Numbered {
        number: WireNumber::Narrow(number),
        poll: false,
        body,
    }
}

#[test]
fn hello_bytes() {
    let hello = Hello {
        version: 1,
        settled: true,
        nonce: 0x0102_0304_0506_0708,
        echo: 0x1112_1314_1516_1718,
    };
    let payload = [
        1, 1, 1, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x11, 0x12, 0x13, 0x14, 0x15,
        0x16, 0x17, 0x18,
    ];
    check(Frame::Hello(hello), &payload);

    let mut longer = payload.to_vec();
    longer.push(9);
    assert_eq!(
        Frame::parse(&longer),
        Ok(Frame::Hello(hello)),
        "a later version's Hello begins the same"
    );
}

#[test]
fn ack_bytes() {
    let ack = Ack {
        newest: 0x1234,
        delay_ms: 300,
        run: 5,
        bitmap: vec![0b0000_0101],
    };
    check(
        Frame::Ack(ack.clone()),
        &[2, 0x12, 0x34, 0xac, 0x02, 5, 0b0000_0101],
    );
    let covered: Vec<u64> = (0..12).filter(|&behind| ack.covers(behind)).collect();
    assert_eq!(
        covered,
        [0, 1, 2, 3, 4, 5, 7, 9],
        "6 is the gap, bit 0 stands for 7"
    );
}

#[test]
fn ping_bytes_with_each_flag() {
    check(numbered(7, Body::Ping), &[3, 7]);
    check(
        Frame::Numbered {
            number: WireNumber::Narrow(7),
            poll: true,
            body: Body::Ping,
        },
        &[0x23, 7],
    );
    check(
        Frame::Numbered {
            number: WireNumber::Wide(0x0107),
            poll: true,
            body: Body::Ping,
        },
        &[0x63, 1, 7],
    );
}

#[test]
fn offer_bytes() {
    let id = ObjectId([0xab; 32]);
    let mut payload = vec![4, 7, 0x01, 0x02, 1, 0x80, 0x80, 0x01];
    payload.extend([0xab; 32]);
    check(
        numbered(
            7,
            Body::Offer {
                channel: 0x0102,
                id,
                priority: Priority::Record,
                len: 16384,
            },
        ),
        &payload,
    );
    for (number, priority) in [
        Priority::Control,
        Priority::Record,
        Priority::Ink,
        Priority::Picture,
    ]
    .into_iter()
    .enumerate()
    {
        payload[4] = number as u8;
        check(
            numbered(
                7,
                Body::Offer {
                    channel: 0x0102,
                    id,
                    priority,
                    len: 16384,
                },
            ),
            &payload,
        );
    }
    payload[4] = 4;
    assert_eq!(
        Frame::parse(&payload),
        Err(FrameError::Priority { number: 4 })
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
        numbered(
            7,
            Body::Accept {
                channel: 3,
                round: 1,
                from: 0,
                runs,
            },
        ),
        &[5, 7, 0, 3, 1, 0, 0, 0xc8, 0x01, 0xfa, 0x04, 0],
    );
}

#[test]
fn confirm_refuse_and_cancel_bytes() {
    check(
        numbered(7, Body::Confirm { channel: 0x0102 }),
        &[6, 7, 1, 2],
    );
    check(numbered(7, Body::Refuse { channel: 0x0102 }), &[7, 7, 1, 2]);
    check(numbered(7, Body::Cancel { channel: 0x0102 }), &[8, 7, 1, 2]);
}

#[test]
fn data_bytes() {
    check(
        numbered(
            7,
            Body::Data {
                slot: 31,
                index: 130,
                bytes: b"ab",
            },
        ),
        &[0x9f, 7, 0x82, 0x01, b'a', b'b'],
    );
    let wide = Frame::Numbered {
        number: WireNumber::Wide(0xfffe),
        poll: true,
        body: Body::Data {
            slot: 2,
            index: 0,
            bytes: b"a",
        },
    };
    check(wide, &[0xe2, 0xff, 0xfe, 0, b'a']);
}

#[test]
fn what_is_not_understood_is_refused() {
    for (payload, error) in [
        (&[][..], FrameError::Short),
        (&[0, 7], FrameError::Kind { kind: 0 }),
        (&[9, 7], FrameError::Kind { kind: 9 }),
        (&[6, 7, 1], FrameError::Short),
        (&[6, 7, 1, 2, 3], FrameError::Long { extra: 1 }),
        (&[0x80, 7, 0xff, 0xff, 0xff, 0xff, 0x1f], FrameError::Varint),
        (&[0x80, 7, 0xff, 0xff, 0xff, 0xff, 0xff], FrameError::Varint),
    ] {
        assert_eq!(Frame::parse(payload), Err(error), "{payload:?}");
    }
}

fn body() -> impl Strategy<Value = Body<'static>> {
    let runs = prop::collection::vec(any::<(u32, u32)>(), 0..10);
    let channel = any::<u16>;
    prop_oneof![
        Just(Body::Ping),
        (channel(), any::<[u8; 32]>(), 0..4_usize, any::<u32>()).prop_map(
            |(channel, id, class, len)| {
                Body::Offer {
                    channel,
                    id: ObjectId(id),
                    priority: Priority::ALL[class],
                    len,
                }
            }
        ),
        (channel(), any::<u8>(), any::<u32>(), runs).prop_map(|(channel, round, from, runs)| {
            let runs = runs
                .into_iter()
                .map(|(missing, held)| Run { missing, held })
                .collect();
            Body::Accept {
                channel,
                round,
                from,
                runs,
            }
        }),
        channel().prop_map(|channel| Body::Confirm { channel }),
        channel().prop_map(|channel| Body::Refuse { channel }),
        channel().prop_map(|channel| Body::Cancel { channel }),
        (0..32_u8, any::<u32>(), 0..=crate::BLOCK_LEN).prop_map(|(slot, index, len)| {
            Body::Data {
                slot,
                index,
                bytes: &[0xa5; crate::BLOCK_LEN][..len],
            }
        }),
    ]
}

proptest! {
    #[test]
    fn emitted_frames_parse_back(body in body(), number: u16, wide: bool, poll: bool) {
        let number = if wide { WireNumber::Wide(number) } else { WireNumber::Narrow(number as u8) };
        let frame = Frame::Numbered { number, poll, body };
        let mut payload = Vec::new();
        frame.emit(&mut payload);
        prop_assert_eq!(Frame::parse(&payload), Ok(frame));
    }

    #[test]
    fn arbitrary_payloads_never_panic(payload in prop::collection::vec(any::<u8>(), 0..MAX_PAYLOAD)) {
        if let Ok(Frame::Ack(ack)) = Frame::parse(&payload) {
            let _ = (ack.covers(0), ack.covers(u64::from(ack.run) + 1), ack.covers(u64::MAX));
        }
    }
}
