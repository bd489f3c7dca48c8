use proptest::prelude::*;

use super::*;
use crate::{
    header::KioskId,
    message::{CountyMessage, MessageError},
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn county(number: u8) -> CountySecret {
    CountySecret::from_seed([number; 64])
}

fn kiosk_key(suite: Suite) -> KioskPublic {
    KioskSigner::from_seed_in(suite, KioskId(3), [0x11; 32]).public()
}

#[test]
fn public_keys_and_their_ids_are_these_bytes() {
    let kiosk = kiosk_key(Suite::X25519);
    assert_eq!(
        hex(&kiosk.to_bytes()),
        "010003d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737"
    );
    assert_eq!(kiosk.key_id().to_string(), "33f7d95f");
    let county = county(0x22).public();
    assert_eq!(
        hex(&county.to_bytes()),
        "01e3b9708aaa21a7f1e62a95ee28d1e5d60b0fceed6c68599013a54b318e9e0b15\
         a09aa5f47a6759802ff955f8dc2d2a14a5c99d23be97f864127ff9383455a4f0"
    );
    assert_eq!(county.key_id().to_string(), "ec71d6a0");
}

#[test]
fn public_keys_of_suite_2_and_their_ids_are_these_bytes() {
    let kiosk = kiosk_key(Suite::Sm2);
    assert_eq!(
        hex(&kiosk.to_bytes()),
        "020003039e954a14b79e38677f92104386ac294d55fbc4f608ec6cc423ecf336da0e962c"
    );
    assert_eq!(kiosk.key_id().to_string(), "e3b88faa");
    let county = CountySecret::from_seed_in(Suite::Sm2, [0x22; 64]).public();
    assert_eq!(
        hex(&county.to_bytes()),
        "0202e8865a14b07381db87e945cc57871dfdeb39ba3faf636a712a0b844076894572\
         03ad17c8a8859b7d33b3e47ba63d1eb9ac0631794de7e9adeef9cdf250966db37a"
    );
    assert_eq!(county.key_id().to_string(), "fba0c4db");
}

#[test]
fn public_keys_read_back() {
    for suite in [Suite::X25519, Suite::Sm2] {
        let kiosk = KioskSigner::from_seed_in(suite, KioskId(900), [7; 32]).public();
        assert_eq!(kiosk.suite(), suite);
        assert_eq!(KioskPublic::from_bytes(&kiosk.to_bytes()), Ok(kiosk));
        let county = CountySecret::from_seed_in(suite, [7; 64]).public();
        assert_eq!(county.suite(), suite);
        assert_eq!(CountyPublic::from_bytes(&county.to_bytes()), Ok(county));
    }
}

#[test]
fn what_is_no_safe_key_is_refused_by_reason() {
    for (bytes, need) in [(&[][..], 35), (&[1, 0, 3], 35), (&[2; 35], 36)] {
        let got = bytes.len();
        let length = Err(KeyError::Length { got, need });
        assert_eq!(KioskPublic::from_bytes(bytes), length);
    }
    let length = KeyError::Length { got: 66, need: 65 };
    assert_eq!(CountyPublic::from_bytes(&[1; 66]), Err(length));
    let length = KeyError::Length { got: 65, need: 67 };
    assert_eq!(CountyPublic::from_bytes(&[2; 65]), Err(length));

    let suite = KeyError::Suite { got: 3 };
    assert_eq!(KioskPublic::from_bytes(&[3; 35]), Err(suite));
    assert_eq!(CountyPublic::from_bytes(&[3; 65]), Err(suite));

    // The neutral element of suite 1, under which anyone can sign.
    let mut weak = [0; 35];
    weak[0] = 1;
    weak[3] = 1;
    assert_eq!(KioskPublic::from_bytes(&weak), Err(KeyError::Point));
}

#[test]
fn a_point_of_suite_2_has_one_form_only() {
    let key = kiosk_key(Suite::Sm2).to_bytes();
    for tag in 0..=255 {
        let mut other = key.clone();
        other[3] = tag;
        assert_eq!(
            KioskPublic::from_bytes(&other).is_ok(),
            [2, 3].contains(&tag),
            "tag {tag}"
        );
    }
    // The field's prime, in the place of a coordinate below it.
    let prime = [
        &[2, 0, 3, 2, 0xff, 0xff, 0xff, 0xfe],
        &[0xff; 16][..],
        &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
        &[0xff; 4],
    ]
    .concat();
    assert_eq!(KioskPublic::from_bytes(&prime), Err(KeyError::Point));
}

#[test]
fn the_second_half_of_a_countys_seed_changes_only_the_signing_key() {
    for (suite, signing_at) in [(Suite::X25519, 33), (Suite::Sm2, 34)] {
        let mut seed = [0x22; 64];
        let one = CountySecret::from_seed_in(suite, seed).public().to_bytes();
        seed[63] = 0;
        let other = CountySecret::from_seed_in(suite, seed).public().to_bytes();
        assert_eq!(one[..signing_at], other[..signing_at]);
        assert_ne!(one[signing_at..], other[signing_at..]);
    }
}

#[test]
fn a_seed_gives_a_key_for_what_lies_in_the_county_and_another_seed_another() {
    for suite in [Suite::X25519, Suite::Sm2] {
        let key = |number| *CountySecret::from_seed_in(suite, [number; 64]).key_at_rest();
        assert_eq!(key(7), key(7));
        assert_ne!(key(7), key(8));
        assert_ne!(key(7), [7; 32]);
    }
}

fn names(key: &CountyPublic, kiosk: u16) -> CountyMessage {
    CountyMessage::CountyKey {
        kiosk: KioskId(kiosk),
        public_key: key.to_bytes(),
    }
}

#[test]
fn a_kiosk_learns_a_key_from_one_it_trusts_and_then_trusts_both() {
    let (old, new) = (county(1), county(2));
    let mut trust = CountyTrust::new(old.public());
    let message = names(&new.public(), 3).sign(&old);
    assert_eq!(trust.learn(&message, KioskId(3)), Ok(true));
    assert_eq!(trust.learn(&message, KioskId(3)), Ok(false));
    assert_eq!(trust.newest(Suite::X25519), Some(&new.public()));
    for secret in [&old, &new] {
        let message = names(&new.public(), 3);
        assert_eq!(trust.verify(&message.sign(secret)), Ok(message));
    }
}

#[test]
fn a_key_that_no_trusted_one_signed_for_is_not_learnt() {
    let (old, stranger) = (county(1), county(9));
    let mut trust = CountyTrust::new(old.public());
    let before = trust.clone();
    let got = stranger.key_id();
    assert_eq!(
        trust.learn(&names(&stranger.public(), 3).sign(&stranger), KioskId(3)),
        Err(LearnError::Message(MessageError::CountyKey { got }))
    );
    let (got, here) = (KioskId(4), KioskId(3));
    assert_eq!(
        trust.learn(&names(&county(2).public(), 4).sign(&old), here),
        Err(LearnError::OtherKiosk { got, here })
    );
    let no_key = CountyMessage::CountyKey {
        kiosk: here,
        public_key: vec![1; 64],
    };
    assert_eq!(
        trust.learn(&no_key.sign(&old), here),
        Err(LearnError::Key(KeyError::Length { got: 64, need: 65 }))
    );
    let refusal = CountyMessage::Refusal {
        kiosk: here,
        hash: crate::ObjectHash([0; 32]),
        reason: crate::RefusalReason::Damaged,
        refused_ms: 0,
    };
    assert_eq!(
        trust.learn(&refusal.sign(&old), here),
        Err(LearnError::OtherMessage)
    );
    assert_eq!(trust, before);
}

#[test]
fn a_kiosk_seals_in_its_own_suite_though_the_county_moved_on() {
    let old = county(1);
    let new = CountySecret::from_seed_in(Suite::Sm2, [2; 64]);
    let mut trust = CountyTrust::new(old.public());
    assert_eq!(trust.newest(Suite::Sm2), None);
    assert_eq!(
        trust.learn(&names(&new.public(), 3).sign(&old), KioskId(3)),
        Ok(true)
    );
    assert_eq!(trust.newest(Suite::X25519), Some(&old.public()));
    assert_eq!(trust.newest(Suite::Sm2), Some(&new.public()));
    let message = names(&new.public(), 3);
    assert_eq!(trust.verify(&message.sign(&new)), Ok(message));
}

#[test]
fn the_oldest_key_makes_room_and_its_old_messages_are_no_longer_heard() {
    let secrets: Vec<_> = (1..).map(county).take(TRUSTED_MAX + 2).collect();
    let mut trust = CountyTrust::new(secrets[0].public());
    let messages: Vec<_> = secrets
        .windows(2)
        .map(|pair| names(&pair[1].public(), 3).sign(&pair[0]))
        .collect();
    for message in &messages {
        assert_eq!(trust.learn(message, KioskId(3)), Ok(true));
    }
    let kept: Vec<_> = secrets[2..].iter().map(CountySecret::public).collect();
    assert_eq!(trust.keys(), kept);
    for message in &messages {
        assert_ne!(trust.learn(message, KioskId(3)), Ok(true));
    }
    assert_eq!(trust.keys(), kept);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, kiosk: [u8; 33], county: [u8; 33]) {
        let _ = KioskPublic::from_bytes(&bytes);
        let _ = CountyPublic::from_bytes(&bytes);
        let _ = KioskPublic::from_bytes(&[&[1, 0, 3], &kiosk[1..]].concat());
        let _ = KioskPublic::from_bytes(&[&[2, 0, 3, 2], &kiosk[1..]].concat());
        let _ = CountyPublic::from_bytes(&[&[1], &kiosk[1..], &county[1..]].concat());
        let _ = CountyPublic::from_bytes(&[&[2, 2], &kiosk[1..], &[3], &county[1..]].concat());
    }
}
