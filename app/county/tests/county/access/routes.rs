//! Every route by every office.

use reqwest::Method;

use super::{case_and_event, officers};
use crate::{bench::Bench, handovers::handover, http::Server};

#[test]
fn every_office_has_its_own_routes_and_places() {
    let mut bench = Bench::new();
    let sent = case_and_event(&mut bench);
    let server = Server::start(&bench.county);
    let officers = officers(&server);
    let paper = format!("/staff/cases/1/papers/{}", sent.papers[0].hash);
    let late = handover(&mut bench, 9, Some(sent.record.slip_number));
    bench.deliver(&late.record);
    bench.deliver(&late.paper);
    let late_paper = format!("/staff/handovers/1/papers/{}", late.paper.hash);
    let get = Method::GET;
    let post = Method::POST;
    // Village, township, another township, county, auditor, administrator. What changes something is refused by what is
    // sent where its officer may use it: 400, 409 or 422, never 303.
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
        (
            &post,
            "/staff/events/1/numbers",
            "reason=",
            [403, 409, 404, 409, 403, 403],
        ),
        (
            &post,
            "/staff/events/2/numbers",
            "reason=ok",
            [403, 404, 404, 404, 403, 403],
        ),
        (&get, "/staff/accesses", "", [403, 403, 403, 403, 200, 403]),
        (
            &post,
            "/staff/cases/1/actions",
            "action=14",
            [403, 409, 404, 409, 403, 403],
        ),
        (&get, "/staff/handovers", "", [403, 403, 403, 200, 200, 403]),
        (
            &get,
            "/staff/handovers/1",
            "",
            [403, 403, 403, 200, 200, 403],
        ),
        (&get, &late_paper, "", [403, 200, 404, 200, 403, 403]),
        (&get, "/staff/lines", "", [403, 403, 403, 200, 200, 200]),
        (&get, "/staff/kiosks", "", [403, 403, 403, 200, 200, 200]),
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
        (&get, "/staff/second-factor", "", [200; 6]),
        (
            &post,
            "/staff/second-factor",
            "code=000000",
            [403, 403, 403, 403, 403, 303],
        ),
        (&get, "/staff/password", "", [200; 6]),
        (&post, "/staff/password", "old=a&new=b&again=c", [409; 6]),
        (&get, "/staff/pay-lists", "", [403, 403, 403, 200, 403, 403]),
        (
            &post,
            "/staff/pay-lists",
            "class=1",
            [403, 403, 403, 400, 403, 403],
        ),
        (
            &get,
            "/staff/people-lists",
            "",
            [403, 403, 403, 200, 403, 403],
        ),
        (
            &post,
            "/staff/people-lists",
            "group=0",
            [403, 403, 403, 400, 403, 403],
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
