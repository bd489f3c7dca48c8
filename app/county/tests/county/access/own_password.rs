//! Officers change their own password.

use county::accounts::Act;

use super::acts;
use crate::{
    bench::Bench,
    http::Server,
    staff_pages::{Browser, PASSWORD},
};

const PAGE: &str = "/staff/password";

fn change(browser: &Browser<'_>, old: &str, new: &str, again: &str) -> (u16, String) {
    let answer = browser.post(PAGE, &format!("old={old}&new={new}&again={again}"));
    (answer.status().as_u16(), answer.text().expect("a page"))
}

#[test]
fn a_changed_password_ends_the_other_sessions_and_goes_on_in_its_own() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let elsewhere = Browser::signed_in(&server, "township");
    let browser = Browser::signed_in(&server, "township");
    let new = "another-password";
    for (old, new, again, words) in [
        (PASSWORD, new, "another-passworD", "两次填的新密码不一样"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码和原密码一样"),
        (PASSWORD, "123456789", "123456789", "新密码要10到100个字"),
        ("wrong", new, new, "原密码不对"),
        ("", new, new, "原密码不对"),
    ] {
        let (code, page) = change(&browser, old, new, again);
        assert!(
            code == 409 && page.contains(words),
            "{words}: {code} {page}"
        );
    }
    assert_eq!(elsewhere.get("/staff/cases").status(), 200);
    let (code, page) = change(&browser, PASSWORD, new, new);
    assert!(code == 200 && page.contains("密码已经改好"), "{page}");
    assert_eq!(elsewhere.get("/staff/cases").status(), 303);
    assert_eq!(browser.get("/staff/cases").status(), 200);
    let guest = Browser::guest(&server);
    assert_eq!(guest.sign_in("王经办", PASSWORD).status(), 403);
    assert_eq!(guest.sign_in("王经办", new).status(), 303);
    assert_eq!(
        acts(&bench, 5),
        [
            Act::SignedIn,
            Act::SignInRefused,
            Act::ChangedPassword,
            Act::ChangeRefused,
            Act::ChangeRefused,
        ]
    );
}

#[test]
fn whoever_finds_an_open_session_cannot_guess_its_password() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    let new = "another-password";
    let tried: Vec<u16> = (0..11)
        .map(|_| change(&browser, "guessed", new, new).0)
        .collect();
    assert_eq!(tried, [[409; 10].as_slice(), &[429]].concat());
    assert_eq!(change(&browser, PASSWORD, new, new).0, 429);
}
