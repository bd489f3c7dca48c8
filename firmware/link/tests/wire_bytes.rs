//! A whole small conversation, byte by byte. It changes only together with the protocol version.

use std::sync::Arc;

use link::{BlockMap, Config, Event, ObjectId, Priority, Session, Tick};

const CONVERSATION: [(&str, &[&str]); 6] = [
    // A delimiter against noise, then Hello: version 1, unsettled, own nonce, nothing heard.
    (
        "up  ",
        &["00", "0301010911111111111111110101010101010105f466387700"],
    ),
    // Hello: unsettled, own nonce, the other's nonce.
    (
        "down",
        &["00", "030101152222222222222222111111111111111167ee4ae200"],
    ),
    // Hello: settled. Then Offer number 0, asking: channel 4, a record of 4 bytes, its id.
    (
        "up  ",
        &[
            "00",
            "1801010111111111111111112222222222222222b374ce4500",
            "02240128040104eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee2cb9ab7400",
        ],
    ),
    // Ack of number 0. Then Accept number 0, asking: channel, round 0, from block 0, 1 missing, 0 held.
    (
        "down",
        &["0202010101053550a96d00", "0225010204010201051aee0e9e00"],
    ),
    // Ack of number 0. Then Data number 1, asking: slot 4, block 0.
    (
        "up  ",
        &["020201020a058f015a3b00", "03a4010974657374f71c70eb00"],
    ),
    // Ack of number 1. Then Confirm number 1.
    ("down", &["020202010601627ab81000", "0306010604eef95cd400"]),
];

fn transmit(session: &mut Session, now: Tick) -> Vec<u8> {
    let mut bytes = Vec::new();
    session.poll_transmit(now, usize::MAX, &mut bytes);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_object_of_four_bytes_crosses_in_these_bytes() {
    let mut now = Tick(0);
    let mut kiosk = Session::new(Config::default(), 0x1111_1111_1111_1111, now);
    let mut county = Session::new(Config::default(), 0x2222_2222_2222_2222, now);
    let id = ObjectId([0xee; 32]);
    kiosk
        .send(id, Priority::Record, Arc::from(*b"test"))
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
                Event::Complete { id } => county.confirm(id).expect("complete"),
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
    assert_eq!(
        conversation,
        CONVERSATION.map(|(way, frames)| format!("{way} {}", frames.concat()))
    );
}

#[test]
fn a_damaged_greeting_is_not_answered_and_an_unknown_version_is_reported() {
    let mut session = Session::new(Config::default(), 1, Tick(0));
    transmit(&mut session, Tick(0));
    let hello = |version: u8| {
        let mut payload = vec![1, version, 0];
        payload.extend([9; 8]);
        payload.extend([0; 8]);
        seal(&payload)
    };
    let mut damaged = hello(1);
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

    session.handle_bytes(Tick(3), &hello(2));
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
