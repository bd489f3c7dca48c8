//! Who may see and do what on the staff pages, and what becomes of input that no page sends.

use county::{
    accounts::{Act, Office},
    gateway::Patience,
};
use envelope::Kind;
use relief::{Fact, Phone, Place, Words, hotline::CallTaken};
use reqwest::{Method, blocking::Response};

use crate::{
    bench::{Bench, Submission, application, noise},
    http::Server,
    staff_pages::{Browser, PASSWORD},
};

const OTHER_TOWNSHIP: &str = "140428100";
const VILLAGE: &str = "140428101201";

/// One of each office, and one more of another township.
fn officers<'s>(server: &'s Server) -> [(&'static str, Browser<'s>); 6] {
    let township = application(3, 1).township.clone();
    let village = Office::Village {
        township: township.clone(),
        village: VILLAGE.to_owned(),
    };
    let other = Office::Township {
        township: OTHER_TOWNSHIP.to_owned(),
    };
    [
        ("village", Browser::of(server, "村甲", &village)),
        (
            "township",
            Browser::of(server, "镇乙", &Office::Township { township }),
        ),
        ("other township", Browser::of(server, "镇丙", &other)),
        ("county", Browser::of(server, "县丁", &Office::County)),
        ("auditor", Browser::of(server, "审戊", &Office::Auditor)),
        (
            "administrator",
            Browser::of(server, "管己", &Office::Administrator),
        ),
    ]
}

/// Case 1 with a paper, and event 2, a call from its township.
fn case_and_event(bench: &mut Bench) -> Submission {
    let sent = bench.submission(1, &[(Kind::Picture, noise(500))]);
    bench.deliver(&sent.sealed);
    bench.deliver(&sent.papers[0]);
    let call = Fact::CallTaken(CallTaken {
        place: Place {
            township: sent.record.township.clone(),
            village: String::new(),
        },
        kind: relief::ListCode(1),
        words: Words::parse("问进度").expect("words"),
        phone: None,
        answered: false,
    });
    let county = relief::Actor {
        role: relief::Role::County,
        name: "李科员".to_owned(),
    };
    let stated = bench.county.state(county, Words::default(), None, call);
    assert_eq!(stated.expect("an event").to_string(), "2");
    sent
}

#[test]
fn every_office_has_its_own_routes_and_places() {
    let mut bench = Bench::new();
    let sent = case_and_event(&mut bench);
    let server = Server::start(&bench.county);
    let officers = officers(&server);
    let paper = format!("/staff/cases/1/papers/{}", sent.papers[0].hash);
    let get = Method::GET;
    let post = Method::POST;
    // Village, township, another township, county, auditor, administrator. What changes something is refused by what is
    // sent where its officer may use it: 409 or 422, never 303.
    let table: &[(&Method, &str, &str, [u16; 6])] = &[
        (&get, "/staff", "", [303; 6]),
        (&get, "/staff/sign-in", "", [200; 6]),
        (&get, "/staff/cases", "", [403, 200, 200, 200, 200, 403]),
        (&get, "/staff/cases/1", "", [403, 200, 404, 200, 200, 403]),
        (&get, &paper, "", [403, 200, 404, 200, 403, 403]),
        (
            &get,
            "/staff/cases/1/notices/1",
            "",
            [403, 404, 404, 404, 403, 403],
        ),
        (
            &post,
            "/staff/cases/1/numbers",
            "reason=",
            [403, 409, 404, 409, 403, 403],
        ),
        (&get, "/staff/accesses", "", [403, 403, 403, 403, 200, 403]),
        (
            &post,
            "/staff/cases/1/actions",
            "action=14",
            [403, 409, 404, 409, 403, 403],
        ),
        (&get, "/staff/lines", "", [403, 403, 403, 200, 200, 200]),
        (&get, "/staff/registers", "", [200, 200, 200, 200, 200, 403]),
        (
            &get,
            "/staff/registers/leads",
            "",
            [403, 200, 200, 200, 200, 403],
        ),
        (
            &get,
            "/staff/registers/changes",
            "",
            [200, 200, 200, 200, 200, 403],
        ),
        (&get, "/staff/events/2", "", [404, 200, 404, 200, 200, 403]),
        (&get, "/staff/tables", "", [403, 200, 200, 200, 200, 403]),
        (&get, "/staff/tables/3", "", [403, 200, 200, 200, 200, 403]),
        (
            &get,
            "/staff/tables/3/file",
            "",
            [403, 200, 200, 200, 200, 403],
        ),
        (
            &get,
            "/staff/tables/3/figure?figure=none",
            "",
            [403, 404, 404, 404, 404, 403],
        ),
        (
            &get,
            "/staff/statements/lead-entered",
            "",
            [403, 200, 200, 200, 403, 403],
        ),
        (
            &get,
            "/staff/statements/village-reported",
            "",
            [200, 200, 200, 200, 403, 403],
        ),
        (
            &get,
            "/staff/statements/withdrawn?of=2",
            "",
            [403, 403, 403, 200, 403, 403],
        ),
        (
            &post,
            "/staff/statements/lead-entered",
            "",
            [403, 409, 409, 409, 403, 403],
        ),
        (
            &post,
            "/staff/statements/call-settled",
            "of=x",
            [403, 409, 409, 409, 403, 403],
        ),
        (&get, "/staff/accounts", "", [403, 403, 403, 403, 403, 200]),
        (
            &post,
            "/staff/accounts",
            "name=&office=county",
            [403, 403, 403, 403, 403, 409],
        ),
        (
            &post,
            "/staff/accounts/reset",
            "name=none",
            [403, 403, 403, 403, 403, 409],
        ),
        (
            &post,
            "/staff/accounts/disable",
            "name=none",
            [403, 403, 403, 403, 403, 409],
        ),
    ];
    for (method, path, form, expected) in table {
        let codes = officers.each_ref().map(|(_, browser)| {
            let answer = if *method == Method::POST {
                browser.post(path, form)
            } else {
                browser.get(path)
            };
            answer.status().as_u16()
        });
        assert_eq!(&codes, expected, "{method} {path}");
    }
    assert_eq!(bench.case(&sent).events.len(), 2, "nothing was done");
}

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
        // Every page that links lead to.
        let mut seen = vec!["/staff".to_owned()];
        let mut next = 0;
        while let Some(path) = seen.get(next).cloned() {
            next += 1;
            let answer = browser.get(&path);
            if let Some(to) = answer.headers().get("location") {
                seen.push(to.to_str().expect("text").to_owned());
                continue;
            }
            let page = String::from_utf8_lossy(&answer.bytes().expect("a body")).into_owned();
            for full in full {
                assert!(!page.contains(full), "{office} sees {full} on {path}");
            }
            for link in page.split("href=\"/staff").skip(1) {
                let link = format!("/staff{}", link.split('"').next().expect("its end"));
                let link = link.replace("&amp;", "&");
                if !seen.contains(&link) && seen.len() < 300 {
                    seen.push(link);
                }
            }
        }
        assert!(1 < next, "{office} sees pages");
        let case = seen.iter().any(|path| path == "/staff/cases/1");
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

#[test]
fn a_disabled_account_and_one_with_another_password_end_their_sessions() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let [_, (_, township), _, (_, county), _, (_, administrator)] = officers(&server);
    let form = |name: &str| format!("name={name}");
    assert_eq!(township.get("/staff/cases").status(), 200);
    let disabled = administrator.post("/staff/accounts/disable", &form("%E9%95%87%E4%B9%99"));
    assert_eq!(disabled.status(), 303);
    assert_eq!(township.get("/staff/cases").status(), 303);
    assert_eq!(
        Browser::guest(&server).sign_in("镇乙", PASSWORD).status(),
        403
    );
    let reset = administrator.post("/staff/accounts/reset", &form("%E5%8E%BF%E4%B8%81"));
    let page = reset.text().expect("a page");
    let password = page
        .split("的密码：<strong class=\"number\">")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .expect("a password that is shown once");
    assert_eq!(county.get("/staff/cases").status(), 303);
    assert_eq!(
        Browser::guest(&server).sign_in("县丁", PASSWORD).status(),
        403
    );
    assert_eq!(
        Browser::guest(&server).sign_in("县丁", password).status(),
        303
    );
    assert!(!administrator.page("/staff/accounts").contains(password));
    let own = administrator.post("/staff/accounts/disable", &form("%E7%AE%A1%E5%B7%B1"));
    assert_eq!(own.status(), 409);
    let acts: Vec<Act> = bench
        .county
        .accesses(None, 5)
        .expect("the ledger")
        .into_iter()
        .map(|access| access.act)
        .collect();
    assert_eq!(
        acts,
        [
            Act::SignedIn,
            Act::SignInRefused,
            Act::ResetPassword,
            Act::SignInRefused,
            Act::DisabledAccount
        ]
    );
}

#[test]
fn passwords_cannot_be_guessed_by_trying() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    Browser::signed_in(&server, "township");
    let guest = Browser::guest(&server);
    let tried: Vec<u16> = (0..11)
        .map(|_| guest.sign_in("王经办", "guessed").status().as_u16())
        .collect();
    assert_eq!(tried, [[403; 10].as_slice(), &[429]].concat());
    assert_eq!(guest.sign_in("王经办", PASSWORD).status(), 429);
    bench.pass(15 * 60 * 1000);
    assert_eq!(guest.sign_in("王经办", PASSWORD).status(), 303);
}

#[test]
fn a_session_that_nobody_uses_ends() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    bench.pass(29 * 60 * 1000);
    assert_eq!(browser.get("/staff/cases").status(), 200);
    bench.pass(30 * 60 * 1000);
    assert_eq!(browser.get("/staff/cases").status(), 303);
}

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

/// What stands in an address where a number, a name or a hash should.
fn strange_parts() -> Vec<String> {
    let mut parts: Vec<String> = [
        "0",
        "-1",
        "x",
        "%FF%FE",
        "%00",
        "..",
        "%2F",
        "1e9",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "99999999999999999999999",
        "%E5%BC%A0",
        "'--",
    ]
    .map(str::to_owned)
    .into();
    parts.push("f".repeat(64));
    parts.push("7".repeat(4000));
    parts
}

fn fine(answer: Response, what: &str) {
    let code = answer.status().as_u16();
    assert!(code < 500, "{code} for {what}");
    answer
        .bytes()
        .unwrap_or_else(|error| panic!("{what}: {error}"));
}

#[test]
fn no_address_and_no_question_brings_a_fault() {
    let mut bench = Bench::new();
    case_and_event(&mut bench);
    let lines = bench
        .county
        .serve_lines(&[], Patience::default())
        .expect("no lines");
    let server = Server::start(&bench.county);
    let officers = officers(&server);
    let routes = [
        "/S/{}",
        "/v1/objects/{}",
        "/v1/objects/{}?len={}",
        "/v1/acknowledgements/{}",
        "/v1/county-keys/{}",
        "/staff/cases/{}",
        "/staff/cases/1/papers/{}",
        "/staff/cases/1/notices/{}",
        "/staff/registers/{}",
        "/staff/events/{}",
        "/staff/events/2?line={}",
        "/staff/tables/{}",
        "/staff/tables/{}/file",
        "/staff/tables/3/figure?figure={}",
        "/staff/tables/3/figure?figure=paid&row={}",
        "/staff/statements/{}",
        "/staff/cases?before={}",
        "/staff/registers/payments?month={}",
        "/staff/registers/reports?month={}",
        "/staff/registers/monthly-reports?month={}",
        "/staff/tables?from={}",
        "/staff/tables/3?from={}&to={}",
        "/staff/tables/3?township={}",
        "/staff/tables/3/file?to={}",
        "/staff/statements/withdrawn?of={}",
        "/staff/accounts?{}={}",
    ];
    let mut parts = strange_parts();
    parts.extend(
        [
            "9999-12",
            "0000-01",
            "0001-01",
            "262143-12",
            "-262144-01",
            "2026-13",
            "9999-12-31",
            "262142-12-31",
            "0001-01-01",
            "-262143-01-01",
        ]
        .map(str::to_owned),
    );
    for route in routes {
        for part in &parts {
            let path = route.replace("{}", part);
            for (_, browser) in [&officers[3], &officers[5]] {
                fine(browser.get(&path), &path);
            }
        }
    }
    lines.stop();
}

#[test]
fn no_form_brings_a_fault() {
    let mut bench = Bench::new();
    case_and_event(&mut bench);
    let server = Server::start(&bench.county);
    let officers = officers(&server);
    let routes = [
        "/staff/sign-in",
        "/staff/cases/1/actions",
        "/staff/cases/1/numbers",
        "/staff/cases/99/actions",
        "/staff/cases/x/actions",
        "/staff/statements/lead-entered",
        "/staff/statements/village-reported",
        "/staff/statements/withdrawn",
        "/staff/statements/none",
        "/staff/accounts",
        "/staff/accounts/reset",
        "/staff/accounts/disable",
        "/staff/none",
    ];
    let mut bodies: Vec<Vec<u8>> = [
        "",
        "=",
        "&&&",
        "action=",
        "action=255",
        "action=256",
        "action=-1",
        "action=13&monthly=99999999999999999999&from=9999-99",
        "action=28&notice=99999999999999999999&way=1",
        "action=28&notice=0&way=0",
        "of=18446744073709551615",
        "of=99999999999999999999",
        "name=%FF%FE&password=%FF",
        "name=%00&password=%00",
        "name=a&office=village",
        "name=a&office=township&township=%27",
        "township=140428100&village=x&month=9999-99",
        "%",
        "%zz=1",
        "township=140428101&village=140428101201&month=9999-12",
        "action=5&action=6",
        "action=3&reason=%00",
        "action=23&investigator=%00&second_investigator=b&present=c",
        "reason=%00%00&name=a%00b",
    ]
    .map(|body| body.as_bytes().to_vec())
    .into();
    bodies.push(vec![0xff; 100]);
    bodies.push([b"reason=".as_slice(), &vec![b'a'; 200_000]].concat());
    bodies.push(vec![b'a'; county::web::BODY_MAX + 1]);
    for route in routes {
        for body in &bodies {
            for kind in [
                "application/x-www-form-urlencoded",
                "application/json",
                "multipart/form-data; boundary=x",
                "",
            ] {
                for (_, browser) in [&officers[3], &officers[5]] {
                    let start = String::from_utf8_lossy(&body[..body.len().min(40)]);
                    let what = format!("{route} {kind} {start}");
                    match browser.send(route, kind, body) {
                        Ok(answer) => fine(answer, &what),
                        // The server may hang up on what is long and not wanted before all of it is sent.
                        Err(_) if 100_000 < body.len() => {}
                        Err(error) => panic!("{what}: {error}"),
                    }
                }
            }
        }
    }
}
