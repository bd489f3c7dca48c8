//! Who is let in, how often may be tried, and what ends a session.

use county::accounts::Act;

use super::{acts, officers};
use crate::{
    bench::Bench,
    http::Server,
    staff_pages::{Browser, PASSWORD},
};

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
    assert_eq!(
        acts(&bench, 5),
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
