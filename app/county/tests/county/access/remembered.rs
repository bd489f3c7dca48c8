//! What was seen and done, as the auditor reads it.

use county::accounts::Act;

use super::case_and_event;
use crate::{bench::Bench, http::Server, staff_pages::Browser};

#[test]
fn what_is_seen_and_done_is_remembered_under_the_officers_name_and_covered_by_the_log() {
    let mut bench = Bench::new();
    let sent = case_and_event(&mut bench);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    browser.page("/staff/cases/1");
    browser.get(&format!("/staff/cases/1/papers/{}", sent.papers[0].hash));
    browser.post("/staff/cases/1/actions", "action=5");
    browser.page("/staff/events/2");
    let seen: Vec<(String, Act, String)> = bench
        .county
        .accesses(None, 4)
        .expect("the ledger")
        .into_iter()
        .map(|access| (access.name, access.act, access.about))
        .collect();
    let by = |act, about: String| ("王经办".to_owned(), act, about);
    assert_eq!(
        seen,
        [
            by(Act::SawEvent, "2".to_owned()),
            by(Act::ActedOnCase, "1".to_owned()),
            by(Act::SawPaper, format!("1 {}", sent.papers[0].hash)),
            by(Act::SawCase, "1".to_owned()),
        ]
    );
    bench.seal_log();
    assert_eq!(bench.rows("log_pending"), 0);
    assert!(bench.rows("accesses") < bench.rows("log_entries"));
}
