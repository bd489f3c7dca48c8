use store::{Receipt, SubmissionId, SubmitError};

use crate::bench::{Bench, NOW, assert_absent, assert_whole, hashes, later};

#[test]
fn a_submission_comes_back_whole_after_a_restart() {
    let mut bench = Bench::new();
    let submission = bench.submission(1, 5000);
    let receipt = bench.submit(&submission).unwrap();
    let expected = Receipt {
        submission_id: SubmissionId([1; 16]),
        slip_number: "140428-003-000001-C".to_owned(),
        scheme: Some(1),
        submitted: later(1).wall,
        slip_url: "HTTP://10.0.0.2:8080/S/1".to_owned(),
        delivered: None,
        status: None,
    };
    assert_eq!(receipt, expected);

    bench.restart();
    assert_whole(&bench.store, &submission);
    assert_eq!(bench.store.receipts().unwrap(), [expected]);
}

#[test]
fn submitting_the_same_id_again_returns_the_first_receipt_and_doubles_nothing() {
    let mut bench = Bench::new();
    let first = bench.submission(1, 100);
    let receipt = bench.submit(&first).unwrap();
    assert_eq!(bench.submit(&first).unwrap(), receipt);

    // Sealed anew after a crash, under a slip number minted anew.
    let mut again = bench.submission(2, 100);
    again.submission_id = first.submission_id;
    assert_eq!(bench.submit(&again).unwrap(), receipt);
    assert_absent(&bench.store, &again);
    assert_whole(&bench.store, &first);
    assert_eq!(bench.store.receipts().unwrap().len(), 1);
    assert_eq!(bench.store.all_unacknowledged(NOW).unwrap().len(), 2);
}

#[test]
fn a_slip_number_of_another_submission_is_refused() {
    let mut bench = Bench::new();
    let first = bench.submission(1, 100);
    bench.submit(&first).unwrap();
    let mut second = bench.submission(2, 100);
    second.slip_number.clone_from(&first.slip_number);
    let refused = bench.submit(&second).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "slip number 140428-003-000001-C belongs to another submission"
    );
    assert_eq!(bench.store.all_unacknowledged(NOW).unwrap().len(), 2);
    assert_whole(&bench.store, &first);
}

#[test]
fn an_object_of_another_submission_is_refused_with_everything_beside_it() {
    let mut bench = Bench::new();
    let first = bench.submission(1, 100);
    bench.submit(&first).unwrap();
    let mut second = bench.submission(2, 100);
    second.objects[1] = first.objects[1].clone();
    let refused = bench.submit(&second).unwrap_err();
    assert!(matches!(refused, SubmitError::ObjectTaken { hash } if hash == hashes(&first)[1]));
    assert_eq!(bench.store.receipt(&second.slip_number).unwrap(), None);
    assert_eq!(bench.store.sealed(hashes(&second)[0]).unwrap(), None);
}

#[test]
fn a_submission_of_nothing_is_refused() {
    let mut bench = Bench::new();
    let mut submission = bench.submission(1, 0);
    submission.objects.clear();
    assert!(matches!(
        bench.submit(&submission),
        Err(SubmitError::NoObjects)
    ));
    assert_eq!(bench.store.receipts().unwrap(), []);
}

#[test]
fn a_priority_that_no_wire_knows_is_refused() {
    let mut bench = Bench::new();
    let mut submission = bench.submission(1, 0);
    submission.objects[0].0 = 4;
    assert!(matches!(
        bench.submit(&submission),
        Err(SubmitError::Sqlite(_))
    ));
    assert_absent(&bench.store, &submission);
}
