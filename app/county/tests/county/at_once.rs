//! Objects that many bring at the same moment.

use std::thread;

use county::{
    County, LedgerError,
    intake::{ObjectRefused, Taken},
};
use envelope::{CountyMessage, KioskId, OpenError, Sealed};

use crate::bench::{Bench, Submission, secret, signer};

const SUBMISSIONS: u32 = 24;
const KIOSK: KioskId = KioskId(3);

/// Brings each object on a thread of its own, all at once.
fn take_at_once<'o>(
    county: &County,
    objects: impl Iterator<Item = &'o Sealed>,
) -> Vec<Result<Taken, LedgerError>> {
    thread::scope(|threads| {
        let taken: Vec<_> = objects
            .map(|object| threads.spawn(|| county.take_whole(object.hash, &object.bytes)))
            .collect();
        taken
            .into_iter()
            .map(|taken| taken.join().expect("no panic"))
            .collect()
    })
}

#[test]
fn each_is_held_once_and_all_are_numbered_without_a_gap() {
    let mut bench = Bench::new();
    let sent: Vec<Submission> = (1..=SUBMISSIONS)
        .map(|counter| bench.submission(counter, &[]))
        .collect();
    let twice = sent
        .iter()
        .chain(&sent)
        .map(|submission| &submission.sealed);
    let taken = take_at_once(&bench.county, twice);
    let count = |wanted: Taken| {
        taken
            .iter()
            .flatten()
            .filter(|taken| **taken == wanted)
            .count()
    };
    let each = SUBMISSIONS as usize;
    assert_eq!(count(Taken::New { kiosk: KIOSK }), each);
    assert_eq!(count(Taken::Known { kiosk: KIOSK }), each);
    assert_eq!(bench.case_count(), each);

    let hashes: Vec<_> = sent.iter().map(|sent| sent.sealed.hash).collect();
    let message = bench.county.acknowledgement(KIOSK, &hashes);
    let message = CountyMessage::verify(&message.expect("the ledger"), &secret().public());
    let Ok(CountyMessage::Acknowledgement {
        numbers: Some(mut numbers),
        ..
    }) = message
    else {
        panic!("another message: {message:?}");
    };
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=u64::from(SUBMISSIONS)).collect::<Vec<_>>());
}

#[test]
fn one_that_the_store_does_not_take_spoils_no_other() {
    const REFUSED: &str = "140428999";
    let mut bench = Bench::new();
    let refuse = format!(
        "CREATE TRIGGER refuse BEFORE INSERT ON cases WHEN NEW.township = '{REFUSED}'
         BEGIN SELECT RAISE(ABORT, 'refused'); END;"
    );
    let check = format!("ALTER TABLE cases ADD CONSTRAINT refuse CHECK (township <> '{REFUSED}')");
    bench.tell_store(&refuse, &check);
    let sent: Vec<Submission> = (1..=SUBMISSIONS)
        .map(|counter| {
            bench.submission_with(counter, &[], |record| {
                if counter == 5 {
                    record.township = REFUSED.to_owned();
                }
            })
        })
        .collect();
    let new = |taken: &Result<Taken, LedgerError>| matches!(taken, Ok(Taken::New { kiosk: KIOSK }));
    let taken = take_at_once(&bench.county, sent.iter().map(|sent| &sent.sealed));
    for (counter, taken) in (1..).zip(&taken) {
        assert_eq!(new(taken), counter != 5, "{counter}: {taken:?}");
    }
    assert_eq!(bench.case_count(), sent.len() - 1);

    bench.tell_store(
        "DROP TRIGGER refuse",
        "ALTER TABLE cases DROP CONSTRAINT refuse",
    );
    let again = take_at_once(&bench.county, [&sent[4].sealed].into_iter());
    assert!(again.iter().all(new), "{again:?}");
    assert_eq!(bench.case_count(), sent.len());
}

#[test]
fn a_key_that_another_server_revoked_counts_no_more_at_once() {
    let mut bench = Bench::new();
    let before = bench.received(1);
    let other_server = bench.second_server();
    let key = signer(KIOSK.0).public().key_id();
    other_server.revoke(KIOSK, key).expect("the ledger");
    let after = bench.submission(2, &[]);
    let [before, after] = [&before, &after].map(|sent| {
        let Sealed { hash, bytes } = &sent.sealed;
        bench.county.take_whole(*hash, bytes).expect("the ledger")
    });
    assert_eq!(before, Taken::Known { kiosk: KIOSK });
    let reason = ObjectRefused::Envelope(OpenError::RevokedKey { kiosk: KIOSK, key });
    assert_eq!(after, Taken::Refused { reason });
    assert_eq!(bench.rows("refused"), 1);
    assert_eq!(bench.case_count(), 1);
}
