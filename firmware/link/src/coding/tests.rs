//! Frames through every kind of damage.

use alloc::vec;

use proptest::prelude::*;

use super::*;

fn seal_with(payload: &[u8], strength: Strength, escape: Escape) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut writer = FrameWriter::new(strength, escape);
    writer.push(payload, &mut wire);
    writer.finish(&mut wire);
    wire
}

fn seal(payload: &[u8]) -> Vec<u8> {
    seal_with(payload, Strength::NONE, Escape::default())
}

fn feed(deframer: &mut Deframer, bytes: &[u8]) -> Vec<Result<Vec<u8>, CodingError>> {
    bytes
        .iter()
        .filter_map(|&byte| {
            deframer
                .push(byte)
                .map(|frame| frame.map(|payload| payload.bytes.to_vec()))
        })
        .collect()
}

fn strengths() -> impl Strategy<Value = Strength> {
    prop::sample::select(Strength::ALL.to_vec())
}

#[test]
fn a_frame_is_cobs_over_payload_and_checksum_and_ends_in_zero() {
    // The check value of CRC-32C is e3069283.
    assert_eq!(seal(b"123456789"), *b"\x0e123456789\xe3\x06\x92\x83\x00");
}

#[test]
fn parity_follows_the_checksum() {
    let wire = seal_with(b"123456789", Strength::GREETING, Escape::default());
    assert_eq!(wire[1..14], *b"123456789\xe3\x06\x92\x83");
    assert_eq!(wire.len(), 1 + 9 + 4 + 4 + 1);
}

#[test]
fn what_a_frame_costs() {
    let payload = [0xff; 1000];
    let cost = |strength| seal_with(&payload, strength, Escape::default()).len() - payload.len();
    // Checksum 4, code bytes 4 or 5, delimiter 1; parity of four or five codewords.
    assert_eq!(cost(Strength::NONE), 9);
    assert_eq!(
        Strength::ALL.map(cost),
        [9, 9 + 4 * 2, 10 + 4 * 4, 10 + 5 * 8, 10 + 5 * 16]
    );
}

#[test]
fn the_frame_after_a_flood_of_noise_is_read() {
    let mut wire = vec![0x55; 10_000];
    wire.push(DELIMITER);
    wire.extend(seal(b"here"));
    let mut deframer = Deframer::default();
    assert_eq!(
        feed(&mut deframer, &wire),
        [Err(CodingError::TooLong), Ok(b"here".to_vec())]
    );
    assert!(deframer.stuffed.capacity() <= 2 * MAX_STUFFED);
}

#[test]
fn a_dropped_byte_costs_one_frame_and_a_dropped_delimiter_at_most_two() {
    let wire = [seal(b"one"), seal(b"two"), seal(b"six")].concat();
    let each = wire.len() / 3;
    for at in 0..each - 1 {
        let mut damaged = wire.clone();
        damaged.remove(at);
        let frames = feed(&mut Deframer::default(), &damaged);
        assert!(frames.first().is_some_and(Result::is_err), "{at}");
        assert_eq!(
            frames[1..],
            [Ok(b"two".to_vec()), Ok(b"six".to_vec())],
            "{at}"
        );
    }
    let mut damaged = wire.clone();
    damaged.remove(each - 1);
    let frames = feed(&mut Deframer::default(), &damaged);
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[1..], [Ok(b"six".to_vec())]);
}

#[test]
fn a_greeting_that_is_escaped_is_read_before_anything_is_agreed() {
    let payload = [0x7d, 0x11, 0x2b, 0x13, 1, 2, 3];
    let wire = seal_with(&payload, Strength::GREETING, Escape::ALL);
    assert_eq!(
        feed(&mut Deframer::default(), &wire),
        [Ok(payload.to_vec())]
    );
}

proptest! {
    #[test]
    fn sealed_payloads_come_back(
        payload in prop::collection::vec(any::<u8>(), 0..=MAX_PAYLOAD), strength in strengths(),
        flow_control: bool, plus: bool,
    ) {
        let escape = Escape { flow_control, plus };
        let wire = seal_with(&payload, strength, escape);
        let mut deframer = Deframer::default();
        deframer.expect(escape);
        prop_assert_eq!(feed(&mut deframer, &wire), [Ok(payload)]);
    }

    #[test]
    fn a_frame_in_pieces_is_the_same_frame(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6), strength in strengths(),
    ) {
        let whole = pieces.concat();
        let mut wire = Vec::new();
        let mut writer = FrameWriter::new(strength, Escape::default());
        for piece in &pieces {
            writer.push(piece, &mut wire);
        }
        writer.finish(&mut wire);
        prop_assert_eq!(wire, seal_with(&whole, strength, Escape::default()));
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_never_pile_up(bytes: Vec<u8>) {
        let mut deframer = Deframer::default();
        let _ = feed(&mut deframer, &bytes);
        prop_assert!(deframer.stuffed.len() <= MAX_STUFFED);
    }

    #[test]
    fn a_flipped_bit_is_found_and_with_parity_put_right_unless_it_hits_the_stuffing(
        payload in prop::collection::vec(1..=255_u8, 1..=200), at: prop::sample::Index, bit in 0..8u8, strength in strengths(),
    ) {
        let mut wire = seal_with(&payload, strength, Escape::default());
        let at = 1 + at.index(payload.len());
        wire[at] ^= 1 << bit;
        let frames = feed(&mut Deframer::default(), &wire);
        if wire[at] != DELIMITER && strength != Strength::NONE {
            prop_assert_eq!(frames, [Ok(payload)]);
        } else {
            prop_assert!(frames.iter().all(|frame| frame.as_ref() != Ok(&payload)));
        }
    }
}
