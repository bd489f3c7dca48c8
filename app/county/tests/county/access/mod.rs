//! Who may see and do what on the staff pages, and what becomes of input that no page sends.

mod malformed;
mod numbers;
mod own_password;
mod privacy;
mod remembered;
mod routes;
mod second_factor;
mod signing_in;

use county::accounts::{Act, Office};
use envelope::Kind;
use relief::{Fact, Place, Words, hotline::CallTaken};

use crate::{
    bench::{Bench, Submission, application, noise},
    http::Server,
    staff_pages::Browser,
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

/// Every page that links lead an officer to, with its address.
fn pages(browser: &Browser<'_>) -> Vec<(String, String)> {
    let mut seen = vec!["/staff".to_owned()];
    let mut pages = Vec::new();
    while let Some(path) = seen.get(pages.len()).cloned() {
        let answer = browser.get(&path);
        if let Some(to) = answer.headers().get("location") {
            seen.push(to.to_str().expect("text").to_owned());
            pages.push((path, String::new()));
            continue;
        }
        let page = String::from_utf8_lossy(&answer.bytes().expect("a body")).into_owned();
        for link in page.split("href=\"/staff").skip(1) {
            let link = format!("/staff{}", link.split('"').next().expect("its end"));
            let link = link.replace("&amp;", "&");
            if !seen.contains(&link) && seen.len() < 300 {
                seen.push(link);
            }
        }
        pages.push((path, page));
    }
    pages
}

/// What was done last, the newest first.
fn acts(bench: &Bench, count: u32) -> Vec<Act> {
    let accesses = bench.county.accesses(None, count).expect("the ledger");
    accesses.into_iter().map(|access| access.act).collect()
}
