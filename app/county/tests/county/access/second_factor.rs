//! The code of a telephone beside the password.

use county::{
    UnixMs,
    accounts::{Act, Office},
    totp::STEP_MS,
};

use super::acts;
use crate::{
    bench::{Bench, NOW},
    http::Server,
    staff_pages::{Browser, PASSWORD},
};

const PAGE: &str = "/staff/second-factor";

fn location(answer: &reqwest::blocking::Response) -> &str {
    assert_eq!(answer.status(), 303);
    answer.headers()["location"].to_str().expect("text")
}

#[test]
fn an_administrator_does_nothing_before_a_second_factor_is_set_up() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let office = Office::Administrator;
    let made = bench
        .county
        .make_account(None, "管己", &office, PASSWORD, &[7; 16]);
    made.expect("an account");
    let browser = Browser::with_password(&server, "管己", PASSWORD);
    assert_eq!(location(&browser.get("/staff/accounts")), PAGE);
    let new = "name=a&office=administrator";
    assert_eq!(location(&browser.post("/staff/accounts", new)), PAGE);
    assert_eq!(location(&browser.get("/staff/password")), PAGE);
    assert_eq!(bench.county.accounts().expect("the ledger").len(), 1);

    let secret = browser.offered_secret();
    assert!(browser.page(PAGE).contains("<svg"));
    assert!(browser.offered_secret() == secret, "one secret a session");
    assert_eq!(browser.show_code("000000"), 403);
    assert_eq!(location(&browser.get("/staff/accounts")), PAGE);
    assert_eq!(browser.show_code(&secret.code_at(NOW)), 303);
    assert_eq!(browser.get("/staff/accounts").status(), 200);
    let page = browser.page(PAGE);
    assert!(page.contains("已经启用") && !page.contains(&*secret.text()));
    assert_eq!(
        acts(&bench, 3),
        [Act::SetSecondFactor, Act::CodeRefused, Act::SignedIn]
    );
}

#[test]
fn whoever_has_a_second_factor_shows_a_code_at_each_sign_in_and_each_code_once() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let first = Browser::signed_in(&server, "county");
    let secret = first.offered_secret();
    assert_eq!(first.show_code(&secret.code_at(NOW)), 303);
    assert_eq!(first.get("/staff/cases").status(), 200);

    let second = Browser::with_password(&server, "李科员", PASSWORD);
    for path in ["/staff", "/staff/cases", "/staff/password"] {
        assert_eq!(location(&second.get(path)), PAGE, "{path}");
    }
    assert!(!second.page(PAGE).contains(&*secret.text()));
    // The code that set it up is taken, and so is every earlier one.
    assert_eq!(second.show_code(&secret.code_at(NOW)), 403);
    let earlier = UnixMs(NOW.0 - STEP_MS);
    assert_eq!(second.show_code(&secret.code_at(earlier)), 403);
    bench.pass(STEP_MS);
    let next = secret.code_at(UnixMs(NOW.0 + STEP_MS));
    assert_eq!(second.show_code(&next), 303);
    assert_eq!(second.get("/staff/cases").status(), 200);
    let third = Browser::with_password(&server, "李科员", PASSWORD);
    assert_eq!(third.show_code(&next), 403);
    assert_eq!(location(&third.get("/staff/cases")), PAGE);
    assert_eq!(
        acts(&bench, 3),
        [Act::CodeRefused, Act::PasswordAccepted, Act::SignedIn]
    );
}

#[test]
fn codes_are_tried_as_rarely_as_passwords_and_the_right_password_forgives_none() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let first = Browser::signed_in(&server, "county");
    let secret = first.offered_secret();
    assert_eq!(first.show_code(&secret.code_at(NOW)), 303);
    let thief = Browser::with_password(&server, "李科员", PASSWORD);
    let tried: Vec<u16> = (0..10).map(|_| thief.show_code("000000")).collect();
    assert_eq!(tried, [[403; 9].as_slice(), &[429]].concat());
    let again = Browser::guest(&server).sign_in("李科员", PASSWORD);
    assert_eq!(again.status(), 429);
}

#[test]
fn a_reset_at_the_countys_machine_takes_the_second_factor_away_and_one_on_the_page_does_not() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    let secret = browser.offered_secret();
    assert_eq!(browser.show_code(&secret.code_at(NOW)), 303);
    let administrator = Browser::of(&server, "管己", &Office::Administrator);
    let name = "name=%E6%9D%8E%E7%A7%91%E5%91%98";
    let page = administrator.post("/staff/accounts/reset", name);
    let page = page.text().expect("a page");
    let password = page
        .split("的密码：<strong class=\"number\">")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .expect("a password");
    let browser = Browser::with_password(&server, "李科员", password);
    assert_eq!(location(&browser.get("/staff/cases")), PAGE);
    let reset = bench
        .county
        .reset_password(None, "李科员", PASSWORD, &[8; 16]);
    reset.expect("an account");
    assert_eq!(
        acts(&bench, 2),
        [Act::RemovedSecondFactor, Act::ResetPassword]
    );
    let browser = Browser::with_password(&server, "李科员", PASSWORD);
    assert_eq!(browser.get("/staff/cases").status(), 200);
}

#[test]
fn a_secret_lies_sealed_and_opens_for_the_same_county_alone() {
    let bench = Bench::new();
    let secret = {
        let server = Server::start(&bench.county);
        let browser = Browser::signed_in(&server, "county");
        let secret = browser.offered_secret();
        assert_eq!(browser.show_code(&secret.code_at(NOW)), 303);
        secret
    };
    assert_eq!(bench.rows("second_factors"), 1);
    let config = bench.county.config().clone();
    let stranger = envelope::CountySecret::from_seed([8; 64]);
    let opened = county::County::open(config, stranger, county::SystemClock);
    assert!(matches!(
        opened.err(),
        Some(county::OpenError::RegisterKey(_))
    ));
    for file in ["county.db", "county.db-wal"] {
        let bytes = std::fs::read(bench.dir.path().join(file)).unwrap_or_default();
        let text = secret.text();
        let raw = secret.as_bytes();
        for open in [text.as_bytes(), raw] {
            let found = bytes.windows(open.len()).any(|part| part == open);
            assert!(!found, "the secret lies open in {file}");
        }
    }
    let bench = bench.reboot();
    bench.pass(STEP_MS);
    let server = Server::start(&bench.county);
    let browser = Browser::with_password(&server, "李科员", PASSWORD);
    let code = secret.code_at(UnixMs(NOW.0 + STEP_MS));
    assert_eq!(browser.show_code(&code), 303);
}
