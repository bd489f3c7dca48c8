//! What is masked, whose copy a file is, and what an officer of another place does not see.

use county::accounts::Act;
use relief::Phone;

use super::{VILLAGE, case_and_event, officers, pages};
use crate::{
    bench::{Bench, application},
    http::Server,
};

#[test]
fn full_numbers_are_on_no_page_but_for_a_reason_that_the_auditor_reads() {
    let mut bench = Bench::new();
    let phone = Phone::parse("13800000000").expect("a telephone");
    let sent = bench.submission_with(1, &[], |record| {
        record.applicant.phone = Some(phone.clone());
    });
    bench.deliver(&sent.sealed);
    let number = sent.record.applicant.id_number.expect("a number");
    let full = [number.as_str(), phone.as_str()];
    let server = Server::start(&bench.county);
    let officers = officers(&server);
    for (office, browser) in &officers {
        let pages = pages(browser);
        for (path, page) in &pages {
            for full in full {
                assert!(!page.contains(full), "{office} sees {full} on {path}");
            }
        }
        assert!(1 < pages.len(), "{office} sees pages");
        let case = pages.iter().any(|(path, _)| path == "/staff/cases/1");
        assert_eq!(
            case,
            ["township", "county", "auditor"].contains(office),
            "{office}"
        );
    }
    let [_, (_, township), _, _, (_, auditor), _] = &officers;
    let path = "/staff/cases/1/numbers";
    assert_eq!(township.post(path, "reason=+").status(), 409);
    let shown = township.post(path, "reason=%E6%A0%B8%E5%AF%B9");
    let shown = shown.text().expect("a page");
    assert!(full.iter().all(|full| shown.contains(full)), "{shown}");
    let accesses = auditor.page("/staff/accesses");
    assert_eq!(accesses.matches("看完整号码").count(), 1, "{accesses}");
    assert!(accesses.contains("镇乙") && accesses.contains("核对"));
    assert!(!full.iter().any(|full| accesses.contains(full)));
}

#[test]
fn a_file_that_is_taken_away_says_whose_copy_it_is() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let [_, (_, township), ..] = officers(&server);
    let file = township.get("/staff/tables/3/file?from=2026-11-01&to=2026-11-14");
    let bytes = file.bytes().expect("a file");
    let last = bench
        .county
        .accesses(None, 1)
        .expect("the ledger")
        .remove(0);
    assert_eq!((last.act, &*last.name), (Act::Exported, "镇乙"));
    assert_eq!(last.about, "3 2026-11-01 2026-11-14 鲍店镇");
    let rows = county::spreadsheet::read_rows(&bytes).expect("a sheet");
    let mark = format!("第{}号导出　镇乙　2026-11-23 10:05", last.id);
    assert_eq!(
        rows.last().and_then(|row| row.first()),
        Some(&mark),
        "{rows:?}"
    );
    let printed = township.get("/staff/tables/3/file?kind=pdf&from=2026-11-01&to=2026-11-14");
    assert_eq!(printed.headers()["content-type"], "application/pdf");
    assert!(printed.bytes().expect("a file").starts_with(b"%PDF"));
    let printed = bench.county.accesses(None, 1).expect("the ledger");
    assert_eq!(
        (printed[0].act, printed[0].id),
        (Act::Exported, last.id + 1)
    );
}

#[test]
fn an_officer_of_another_township_sees_nothing_of_a_case_and_states_nothing_about_one() {
    let mut bench = Bench::new();
    case_and_event(&mut bench);
    let server = Server::start(&bench.county);
    let [_, (_, own), (_, other), (_, county), ..] = officers(&server);
    for (browser, sees) in [(&own, true), (&other, false), (&county, true)] {
        assert_eq!(browser.page("/staff/cases").contains("张*"), sees);
        let hotline = browser.page("/staff/registers/hotline");
        assert_eq!(hotline.contains("/staff/events/2"), sees, "{hotline}");
        // The township of the address is not the officer's to choose.
        let table = browser.page("/staff/tables/3?township=140428101");
        assert_eq!(table.contains("鲍店镇"), sees, "{table}");
    }
    let settled = "of=2&reason=ok";
    let refused = other.post("/staff/statements/call-settled", settled);
    assert_eq!(refused.status(), 409);
    assert!(
        refused
            .text()
            .expect("a page")
            .contains("不是您那个地方的事")
    );
    assert_eq!(
        own.post("/staff/statements/call-settled", settled).status(),
        303
    );
}

#[test]
fn a_village_reports_for_itself_alone() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let [(_, village), (_, township), ..] = officers(&server);
    let path = "/staff/statements/village-reported";
    let township_code = application(3, 1).township.clone();
    let report = |village| format!("township={township_code}&village={village}&month=2026-11");
    let refused = village.post(path, &report("140428101202"));
    assert_eq!(refused.status(), 409);
    assert_eq!(village.post(path, &report(VILLAGE)).status(), 303);
    assert_eq!(township.post(path, &report("140428101202")).status(), 303);
    let page = "/staff/registers/monthly-reports?month=2026-11";
    assert!(village.page(page).contains(VILLAGE) && !village.page(page).contains("140428101202"));
    assert!(township.page(page).contains("140428101202"));
    assert_eq!(village.get("/staff/events/1").status(), 200);
    assert_eq!(village.get("/staff/events/2").status(), 404);
}
