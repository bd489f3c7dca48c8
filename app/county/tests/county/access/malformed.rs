//! Input that no page of ours sends: it is refused, and brings no fault.

use county::gateway::Patience;
use reqwest::blocking::Response;

use super::{case_and_event, officers};
use crate::{bench::Bench, http::Server};

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
        "/staff/handovers/{}",
        "/staff/handovers/1/papers/{}",
        "/staff/handovers?before={}",
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
        "/staff/tables/3/file?kind={}",
        "/staff/tables/1/file?kind=pdf&from={}",
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
        "/staff/events/1/numbers",
        "/staff/events/x/numbers",
        "/staff/cases/99/actions",
        "/staff/cases/x/actions",
        "/staff/statements/lead-entered",
        "/staff/statements/village-reported",
        "/staff/statements/withdrawn",
        "/staff/statements/none",
        "/staff/pay-lists",
        "/staff/people-lists",
        "/staff/second-factor",
        "/staff/password",
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
        "code=",
        "code=%00%FF",
        "code=99999999999999999999",
        "old=%00&new=%00%00%00%00%00%00%00%00%00%00&again=%00%00%00%00%00%00%00%00%00%00",
        "old=a&new=%FF&again=%FF",
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
    for part in [
        "",
        "\r\n\r\n",
        "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\0\r\n--x--\r\n",
        "\r\nContent-Disposition: form-data; name=\"class\"\r\n\r\n\u{fffd}99999999999999999999\r\n--x",
        "\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--",
    ] {
        bodies.push(format!("--x{part}").into_bytes());
    }
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
