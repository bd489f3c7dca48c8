//! A whole small conversation, byte by byte. It changes only together with the protocol version.

use std::sync::Arc;

use link::{BlockMap, Config, Event, ObjectId, Outbound, Priority, Session, Tick};

fn identify(_: &[u8]) -> ObjectId {
    ObjectId([0xee; 32])
}

/// What goes over the line, each frame for itself. All frames bear parity behind their checksum, as little was acknowledged
/// yet: four bytes, eight where a record ends.
type Conversation<'a> = &'a [(&'a str, &'a [&'a str])];

/// An object that may be held, so it is offered by its name.
const OFFERED: Conversation<'_> = &[
    // A delimiter against noise, then Hello: version 2, no flag, own nonce, nothing heard.
    (
        "up  ",
        &[
            "00",
            "03010209aaaaaaaaaaaaaaaa01010101010101095c65ed369b17fb9600",
        ],
    ),
    // Hello: own nonce, the other's nonce.
    (
        "down",
        &[
            "00",
            "03010219bbbbbbbbbbbbbbbbaaaaaaaaaaaaaaaad0ec77097970551d00",
        ],
    ),
    // Hello: connected; 7d31 is an escaped 11. Then packet number 0, asking, with Offer: channel 4, a record of 4 bytes, its id.
    (
        "up  ",
        &[
            "00",
            "1c010201aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbf6229cfe77d37d310100",
            "02a0020430040104eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee4b712ec937f6282685c5e81f00",
        ],
    ),
    // Packet number 0, asking, with Ack of number 0, and Accept: channel 4, round 0, from block 0, one run, 1 missing, 0 held.
    (
        "down",
        &["02a002020101010201020502040103010109165b41fe77631e5a00"],
    ),
    // Packet number 1, asking, with Ack of number 0, and Data of channel 4 from block 0.
    (
        "up  ",
        &["04a0010201020a02010284011174657374fdcb0134285fcd24278c2d2100"],
    ),
    // Packet number 1 with Ack of number 1, and Confirm; nobody waits for its acknowledgement.
    ("down", &["04800102020103010202060a04261aabd1dbbaab0f00"]),
];

/// An object that was never sent goes out at once.
const SHORT: Conversation<'_> = &[
    (
        "up  ",
        &[
            "00",
            "03010209aaaaaaaaaaaaaaaa01010101010101095c65ed369b17fb9600",
        ],
    ),
    (
        "down",
        &[
            "00",
            "03010219bbbbbbbbbbbbbbbbaaaaaaaaaaaaaaaad0ec77097970551d00",
        ],
    ),
    // Hello: connected. Then packet number 0, asking, with Short: channel 4, a record of 4 bytes, the bytes.
    (
        "up  ",
        &[
            "00",
            "1c010201aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbf6229cfe77d37d310100",
            "02a002c4121174657374a457b1d14a15036137184ba900",
        ],
    ),
    // Packet number 0 with Ack of number 0, and Confirm.
    ("down", &["02800202010101020102060a045f54fada1c31098e00"]),
];

fn transmit(session: &mut Session, now: Tick) -> Vec<u8> {
    let mut bytes = Vec::new();
    session.poll_transmit(now, usize::MAX, &mut bytes);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(may_be_held: bool, expected: Conversation<'_>) {
    let mut now = Tick(0);
    let mut kiosk = Session::new(Config::default(), identify, 0xaaaa_aaaa_aaaa_aaaa, now);
    let mut county = Session::new(Config::default(), identify, 0xbbbb_bbbb_bbbb_bbbb, now);
    let id = ObjectId([0xee; 32]);
    kiosk
        .send(Outbound {
            id,
            priority: Priority::Record,
            bytes: Arc::from(*b"test"),
            may_be_held,
        })
        .expect("one object fits");

    let mut conversation = Vec::new();
    for _ in 0..6 {
        now = Tick(now.0 + 10_000);
        let up = transmit(&mut kiosk, now);
        county.handle_bytes(now, &up);
        while let Some(event) = county.poll_event() {
            match event {
                Event::Offered { id, len, .. } => {
                    county.accept(id, BlockMap::empty(len)).expect("offered");
                }
                Event::Complete { id } | Event::Arrived { id, .. } => {
                    county.confirm(id).expect("complete");
                }
                _ => {}
            }
        }
        let down = transmit(&mut county, now);
        kiosk.handle_bytes(now, &down);
        conversation.extend(
            [("up  ", up), ("down", down)].map(|(way, bytes)| format!("{way} {}", hex(&bytes))),
        );
    }
    assert_eq!(
        std::iter::from_fn(|| kiosk.poll_event()).last(),
        Some(Event::Delivered { id })
    );
    conversation.retain(|line| line.len() > "down ".len());
    let expected: Vec<String> = expected
        .iter()
        .map(|(way, frames)| format!("{way} {}", frames.concat()))
        .collect();
    assert_eq!(conversation, expected);
}

#[test]
fn an_object_that_may_be_held_crosses_in_these_bytes() {
    check(true, OFFERED);
}

#[test]
fn a_short_object_crosses_in_these_bytes() {
    check(false, SHORT);
}

#[test]
fn a_damaged_greeting_is_not_answered_and_an_unknown_version_is_reported() {
    let mut session = Session::new(Config::default(), identify, 1, Tick(0));
    transmit(&mut session, Tick(0));
    let hello = |version: u8| {
        let mut payload = vec![1, version, 0];
        payload.extend([9; 8]);
        payload.extend([0; 8]);
        seal(&payload)
    };
    let mut damaged = hello(2);
    damaged[5] ^= 1;
    session.handle_bytes(Tick(1), &damaged);
    assert_eq!(hex(&transmit(&mut session, Tick(1))), "");
    assert_eq!(session.stats().frames_damaged, 1);

    session.handle_bytes(Tick(2), &hello(0));
    session.handle_bytes(Tick(2), &hello(0));
    assert_eq!(
        session.poll_event(),
        Some(Event::Incompatible { peer_version: 0 })
    );
    assert_eq!(session.poll_event(), None);
    assert_eq!(hex(&transmit(&mut session, Tick(2))), "");

    session.handle_bytes(Tick(3), &hello(3));
    assert_ne!(
        hex(&transmit(&mut session, Tick(3))),
        "",
        "a newer peer comes down to our version"
    );
}

/// Frames as any other program would make them.
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
