//! Objects that come in one piece.

use county::intake::{Completion, ObjectRefused, Offer, Taken};
use envelope::{Kind, KioskId, MAX_SEALED_LEN, ObjectHash, OpenError};

use crate::bench::{Bench, noise, signer};

#[test]
fn a_whole_record_is_a_case_at_once_and_known_the_second_time() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[]);
    let take = || {
        bench
            .county
            .take_whole(sent.sealed.hash, &sent.sealed.bytes)
            .expect("the ledger")
    };
    let kiosk = KioskId(3);
    assert_eq!(take(), Taken::New { kiosk });
    assert_eq!(take(), Taken::Known { kiosk });
    assert_eq!(bench.case_count(), 1);
    assert_eq!(bench.case(&sent).application, sent.record);
}

#[test]
fn a_whole_object_ends_what_came_of_it_in_blocks() {
    let mut bench = Bench::new();
    let object = bench.seal(Kind::Ink, &noise(700), &signer(3));
    let len = u32::try_from(object.bytes.len()).expect("a short object");
    bench.county.offer(object.hash, len).expect("an offer");
    let first = &object.bytes[..link::BLOCK_LEN];
    bench
        .county
        .add_blocks(object.hash, [(0, first)])
        .expect("a block");
    let kiosk = KioskId(3);
    assert_eq!(
        bench.county.take_whole(object.hash, &object.bytes).unwrap(),
        Taken::New { kiosk }
    );
    assert_eq!(
        bench.county.offer(object.hash, len).unwrap(),
        Offer::Held { kiosk }
    );
    assert_eq!(
        bench.county.complete(object.hash).unwrap(),
        Completion::Held { kiosk }
    );
}

#[test]
fn whole_objects_that_are_none_change_nothing_and_a_strangers_is_set_aside() {
    let mut bench = Bench::new();
    let object = bench.seal(Kind::Ink, &noise(100), &signer(3));
    let take = |hash, bytes: &[u8]| bench.county.take_whole(hash, bytes).expect("the ledger");
    assert_eq!(take(object.hash, b"other bytes"), Taken::Damaged);
    let long = vec![0; MAX_SEALED_LEN + 1];
    for bytes in [&[][..], &long] {
        let len = u32::try_from(bytes.len()).expect("a length");
        let reason = ObjectRefused::Length { len };
        assert_eq!(
            take(ObjectHash::of(bytes), bytes),
            Taken::Refused { reason }
        );
    }
    let stranger = bench.seal(Kind::Ink, &noise(100), &signer(4));
    let take = |hash, bytes: &[u8]| bench.county.take_whole(hash, bytes).expect("the ledger");
    for _ in 0..2 {
        let taken = take(stranger.hash, &stranger.bytes);
        assert!(
            matches!(
                taken,
                Taken::Refused {
                    reason: ObjectRefused::Envelope(OpenError::UnknownKiosk { .. })
                }
            ),
            "{taken:?}"
        );
    }
    bench.county.enrol(&signer(4).public()).expect("the ledger");
    let len = u32::try_from(stranger.bytes.len()).expect("a short object");
    assert_eq!(
        bench.county.offer(stranger.hash, len).unwrap(),
        Offer::Held { kiosk: KioskId(4) }
    );
}
