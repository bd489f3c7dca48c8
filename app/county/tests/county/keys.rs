//! Keys that change, on either side.

use county::intake::{Completion, Offer};
use envelope::{
    CountyKeyring, CountyMessage, CountySecret, CountyTrust, Kind, KioskId, KioskSigner, Sealed,
    Suite,
};

use crate::bench::{Bench, application, secret};

const KIOSK: KioskId = KioskId(3);

fn record(counter: u32) -> Vec<u8> {
    application(KIOSK.0, counter).to_cbor().expect("a record")
}

fn new_secret() -> CountySecret {
    CountySecret::from_seed([10; 64])
}

fn new_key() -> KioskSigner {
    KioskSigner::from_seed(KIOSK, [0x77; 32])
}

/// The county's acknowledgement of one object, as bytes.
fn acknowledgement(bench: &Bench, object: &Sealed) -> Vec<u8> {
    bench
        .county
        .acknowledgement(KIOSK, &[object.hash])
        .expect("the ledger")
}

/// Why an object that came whole is not taken.
fn refusal(bench: &Bench, object: &Sealed) -> String {
    bench.deliver(object);
    let len = u32::try_from(object.bytes.len()).expect("a short object");
    match bench.county.offer(object.hash, len).expect("an offer") {
        Offer::Refused { reason } => reason.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_county_with_new_keys_opens_and_answers_what_was_sealed_to_the_old_ones() {
    let mut bench = Bench::new();
    let before = bench.received(1);
    let on_its_way = bench.submission(2, &[]);
    let mut bench = bench.reboot_with(CountyKeyring::new(new_secret(), vec![secret()]));

    bench.deliver(&on_its_way.sealed);
    assert_eq!(bench.case_count(), 2);
    assert_eq!(bench.case(&before).application, before.record);
    let mut trust = CountyTrust::new(secret().public());
    let answer = acknowledgement(&bench, &on_its_way.sealed);
    assert!(matches!(
        trust.verify(&answer),
        Ok(CountyMessage::Acknowledgement { .. })
    ));

    let news = bench.county.key_news(KIOSK).expect("the ledger");
    let news = news.expect("the kiosk seals to the former key");
    assert_eq!(trust.learn(&news, KIOSK), Ok(true));
    let newest = trust.newest(Suite::X25519).expect("a key").clone();
    let signer = KioskSigner::from_seed(KIOSK, [3; 32]);
    let sealed = bench.seal_to(Kind::Record, &record(3), &signer, &newest);
    bench.deliver(&sealed);
    assert_eq!(bench.case_count(), 3);
    let answer = acknowledgement(&bench, &sealed);
    assert!(CountyMessage::verify(&answer, &new_secret().public()).is_ok());
    assert_eq!(bench.county.key_news(KIOSK).expect("the ledger"), None);
}

#[test]
fn a_county_without_the_old_secret_names_the_key_it_lacks() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[]);
    let bench = bench.reboot_with(new_secret());
    let reason = refusal(&bench, &sent.sealed);
    let key = secret().key_id();
    assert_eq!(
        reason,
        format!("object of kiosk 003 is sealed to county key {key}, which is none of ours")
    );
}

#[test]
fn a_kiosk_with_a_new_key_is_heard_under_both() {
    let mut bench = Bench::new();
    assert!(bench.county.enrol(&new_key().public()).expect("the ledger"));
    for (counter, signer) in [(1, KioskSigner::from_seed(KIOSK, [3; 32])), (2, new_key())] {
        let sealed = bench.seal(Kind::Record, &record(counter), &signer);
        bench.deliver(&sealed);
    }
    assert_eq!(bench.case_count(), 2);
}

#[test]
fn what_comes_with_a_revoked_key_is_set_aside_and_what_came_before_stays_readable() {
    let mut bench = Bench::new();
    let before = bench.received(1);
    let after = bench.submission(2, &[]);
    let key = bench.kiosk.key_id();
    assert!(bench.county.revoke(KIOSK, key).expect("the ledger"));
    assert_eq!(
        refusal(&bench, &after.sealed),
        format!("key {key} of kiosk 003 is revoked")
    );
    assert_eq!(bench.case_count(), 1);
    assert_eq!(bench.case(&before).application, before.record);
    assert!(
        !bench
            .county
            .enrol(&bench.kiosk.public())
            .expect("the ledger")
    );
    assert_eq!(
        bench
            .county
            .complete(after.sealed.hash)
            .expect("the ledger"),
        Completion::NotOffered
    );
}

#[test]
fn kiosk_and_county_work_in_suite_2() {
    let county = || CountySecret::from_seed_in(Suite::Sm2, [9; 64]);
    let kiosk = KioskSigner::from_seed_in(Suite::Sm2, KIOSK, [3; 32]);
    let mut bench = Bench::new().reboot_with(county());
    assert!(bench.county.enrol(&kiosk.public()).expect("the ledger"));
    let sealed = bench.seal_to(Kind::Record, &record(1), &kiosk, &county().public());
    bench.deliver(&sealed);
    assert_eq!(bench.case_count(), 1);
    let answer = acknowledgement(&bench, &sealed);
    assert!(CountyMessage::verify(&answer, &county().public()).is_ok());
}
