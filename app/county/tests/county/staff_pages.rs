//! What staff see and do.

use county::{
    accounts::{AccountError, Office},
    gateway::{LineSettings, Patience},
    totp::TotpSecret,
};
use envelope::Kind;
use link::Priority;
use relief::{BoxState, PageAnswer, PageBoxes};
use reqwest::blocking::Response;

use crate::{
    bench::{Bench, DAY_MS, NOW, application, noise, signer},
    http::Server,
    kiosk::Caller,
};

/// What invented officers sign in with.
pub(crate) const PASSWORD: &str = "invented-password";

pub(crate) struct Browser<'s> {
    server: &'s Server,
    cookie: String,
}

impl<'s> Browser<'s> {
    /// 王经办 of the township that invented applications are for, or 李科员 of the county.
    pub(crate) fn signed_in(server: &'s Server, role: &str) -> Self {
        match role {
            "township" => Self::of(
                server,
                "王经办",
                &Office::Township {
                    township: application(3, 1).township.clone(),
                },
            ),
            "county" => Self::of(server, "李科员", &Office::County),
            role => panic!("nobody is {role}"),
        }
    }

    /// The officer of this name, whose account is made if there is none, with a second factor where the office needs one.
    pub(crate) fn of(server: &'s Server, name: &str, office: &Office) -> Self {
        let made = server
            .county
            .make_account(None, name, office, PASSWORD, &[7; 16]);
        assert!(matches!(made, Ok(_) | Err(AccountError::Taken)), "{made:?}");
        let browser = Self::with_password(server, name, PASSWORD);
        if office.needs_second_factor() {
            let code = browser.offered_secret().code_at(NOW);
            assert_eq!(browser.show_code(&code), 303);
        }
        browser
    }

    /// Whoever this password signs in.
    pub(crate) fn with_password(server: &'s Server, name: &str, password: &str) -> Self {
        let guest = Self::guest(server);
        let answer = guest.sign_in(name, password);
        assert_eq!(answer.status(), 303);
        let set = answer.headers()["set-cookie"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(set.contains("; HttpOnly; SameSite=Strict;"), "{set}");
        let cookie = set.split(';').next().expect("a cookie").to_owned();
        Self { server, cookie }
    }

    /// Somebody who has not signed in.
    pub(crate) fn guest(server: &'s Server) -> Self {
        Self {
            server,
            cookie: String::new(),
        }
    }

    pub(crate) fn sign_in(&self, name: &str, password: &str) -> Response {
        let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.post(
            "/staff/sign-in",
            &format!("name={name}&password={password}"),
        )
    }

    /// The secret that the page of the second factor offers.
    pub(crate) fn offered_secret(&self) -> TotpSecret {
        let page = self.page("/staff/second-factor");
        let text = page
            .split("<strong class=\"number secret\">")
            .nth(1)
            .and_then(|rest| rest.split('<').next())
            .expect("a secret");
        TotpSecret::from_text(&text.replace(' ', "")).expect("a secret")
    }

    /// Shows a code of the second factor; the answer's status.
    pub(crate) fn show_code(&self, code: &str) -> u16 {
        let answer = self.post("/staff/second-factor", &format!("code={code}"));
        answer.status().as_u16()
    }

    pub(crate) fn post(&self, path: &str, form: &str) -> Response {
        self.post_from(path, form, &self.server.url(""))
    }

    pub(crate) fn post_from(&self, path: &str, form: &str, origin: &str) -> Response {
        self.server
            .client
            .post(self.server.url(path))
            .header("cookie", &self.cookie)
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
            .send()
            .expect("an answer")
    }

    /// A body of any kind to a page of ours.
    pub(crate) fn send(&self, path: &str, kind: &str, body: &[u8]) -> reqwest::Result<Response> {
        let request = self.server.client.post(self.server.url(path));
        let request = match kind {
            "" => request,
            kind => request.header("content-type", kind),
        };
        request
            .header("cookie", &self.cookie)
            .header("origin", self.server.url(""))
            .body(body.to_vec())
            .send()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.server
            .client
            .get(self.server.url(path))
            .header("cookie", &self.cookie)
            .send()
            .expect("an answer")
    }

    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().expect("a page")
    }
}

#[test]
fn without_a_session_every_staff_page_sends_to_sign_in() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Picture, noise(500))]);
    bench.deliver(&sent.sealed);
    bench.deliver(&sent.papers[0]);
    let server = Server::start(&bench.county);
    let paper = format!("/staff/cases/1/papers/{}", sent.papers[0].hash);
    for path in [
        "/staff/cases",
        "/staff/cases/1",
        &paper,
        "/staff/registers",
        "/staff/registers/leads",
        "/staff/tables",
        "/staff/tables/3",
        "/staff/tables/3/file",
        "/staff/tables/3/figure",
        "/staff/events/1",
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status(), 303);
        assert_eq!(answer.headers()["location"], "/staff/sign-in");
    }
    let guest = Browser::guest(&server);
    assert_eq!(
        guest.post("/staff/cases/1/actions", "action=5").status(),
        303
    );
    Browser::signed_in(&server, "township");
    for (name, password) in [
        ("王经办", "invented-passworD"),
        ("王经辦", PASSWORD),
        ("", ""),
    ] {
        let wrong = guest.sign_in(name, password);
        assert_eq!(wrong.status(), 403);
        assert!(wrong.text().expect("a page").contains("姓名或者密码不对"));
    }
}

#[test]
fn the_list_masks_names_and_the_case_page_reads_the_answers_back() {
    let mut bench = Bench::new();
    bench.received(17);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    let list = browser.page("/staff/cases");
    assert!(list.contains("张*") && !list.contains("张三丰"));
    assert!(list.contains("鲍店镇"));
    let case = browser.page("/staff/cases/1");
    for part in [
        "张三丰",
        "140428********0013",
        "腿摔断了，种不了地。",
        "授权核对家庭经济状况",
        "刷身份证",
    ] {
        assert!(case.contains(part), "{part} is not on the page");
    }
    assert!(!case.contains("140428188001010013"));
}

#[test]
fn an_officer_accepts_a_case_and_its_clock_runs_under_that_name() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    assert!(browser.page("/staff/cases/1").contains("一次性告知补材料"));
    let answer = browser.post("/staff/cases/1/actions", "action=5");
    assert_eq!(
        (
            answer.status().as_u16(),
            &answer.headers()["location"].to_str().expect("text")
        ),
        (303, &"/staff/cases/1")
    );
    let page = browser.page("/staff/cases/1");
    for part in ["已受理", "王经办", "还剩3个工作日", "还剩30个工作日"] {
        assert!(page.contains(part), "{part} is not on the page");
    }
    let status = bench.status(&sent);
    assert_eq!(status.accepted, Some(NOW));
}

#[test]
fn a_step_that_the_rules_forbid_is_refused_with_the_rule_and_changes_nothing() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    assert!(browser.page("/staff/cases/1").contains("受理：由乡镇办"));
    let answer = browser.post("/staff/cases/1/actions", "action=5");
    assert_eq!(answer.status(), 409);
    assert!(
        answer
            .text()
            .expect("a page")
            .contains("这一步不归您这个岗位办")
    );
    let township = Browser::signed_in(&server, "township");
    let answer = township.post("/staff/cases/1/actions", "action=3&reason=");
    assert!(answer.text().expect("a page").contains("要写明理由"));
    assert_eq!(bench.case(&sent).events.len(), 2);
}

#[test]
fn a_special_case_takes_longer_once_its_ground_is_chosen() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    bench.accept(&sent);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    let page = browser.page("/staff/cases/1");
    for part in [
        "特殊情况，延长办理",
        "是哪一种特殊情况",
        "人户分离",
        "调查难度大",
    ] {
        assert!(page.contains(part), "{part} is not on the page");
    }
    let without = browser.post("/staff/cases/1/actions", "action=20&reason=%E5%AE%B6");
    assert_eq!(without.status(), 409);
    assert!(
        without
            .text()
            .expect("a page")
            .contains("要写明是哪一种特殊情况")
    );
    let with = browser.post(
        "/staff/cases/1/actions",
        "action=20&ground=2&reason=%E5%AE%B6",
    );
    assert_eq!(with.status(), 303);
    let page = browser.page("/staff/cases/1");
    for part in ["还剩45个工作日", "特殊情况：人户分离", "已经延长过一次"] {
        assert!(page.contains(part), "{part} is not on the page");
    }
}

#[test]
fn a_case_goes_from_survey_to_payment_by_what_each_step_must_say() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    bench.accept(&sent);
    let server = Server::start(&bench.county);
    let township = Browser::signed_in(&server, "township");
    let county = Browser::signed_in(&server, "county");
    let step = |browser: &Browser<'_>, form: &str| {
        let answer = browser.post("/staff/cases/1/actions", form);
        let code = answer.status().as_u16();
        (code, answer.text().expect("a page"))
    };
    let refused = |browser: &Browser<'_>, form: &str, rule: &str| {
        let (code, page) = step(browser, form);
        assert!(code == 409 && page.contains(rule), "{form}: {code} {page}");
    };
    let done = |browser: &Browser<'_>, form: &str| {
        let (code, page) = step(browser, form);
        assert_eq!(code, 303, "{form}: {page}");
    };
    done(&township, "action=7");
    refused(&township, "action=8", "要先完成入户调查");
    let page = township.page("/staff/cases/1");
    for field in ["second_investigator", "家里谁在场签字", "请县里核对信息"] {
        assert!(page.contains(field), "{field} is not on the page");
    }
    refused(
        &township,
        "action=23&investigator=a&present=c",
        "要两人以上",
    );
    done(
        &township,
        "action=23&investigator=a&second_investigator=b&present=c&evidence=D7",
    );
    refused(&township, "action=8", "信息核对的结果还没有回来");
    done(&township, "action=21");
    refused(&county, "action=22", "要写明符合还是不符合");
    done(&county, "action=22&outcome=fits");
    done(&township, "action=8");
    done(&township, "action=9");
    bench.pass(8 * DAY_MS);
    let township = Browser::signed_in(&server, "township");
    let county = Browser::signed_in(&server, "county");
    done(&township, "action=11");
    refused(&county, "action=13&monthly=&from=", "要写明每月多少钱");
    refused(&county, "action=13&monthly=300&from=2027-03", "下个月起发");
    done(&county, "action=13&monthly=350.50&from=2027-01");
    refused(
        &county,
        "action=28&notice=5&way=1&receiver=c",
        "还没有作出这份文书说的决定",
    );
    done(&county, "action=28&notice=4&way=1&receiver=c");
    let page = county.page("/staff/cases/1");
    for words in [
        "调查人：a、b",
        "凭据：D7",
        "家庭经济状况符合",
        "每月350.50元，从2027-01起",
        "确认通知书：当面交给本人，c收",
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
}

#[test]
fn papers_that_are_asked_for_stand_on_the_residents_page() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    let form = "action=3&reason=%E6%88%B7%E5%8F%A3%E6%9C%AC%3Cb%3E";
    assert_eq!(browser.post("/staff/cases/1/actions", form).status(), 303);
    let page = server.slip(&sent.slip).text().expect("a page");
    assert!(page.contains("材料不全，请补材料") && page.contains("户口本&lt;b&gt;"));
}

#[test]
fn a_change_from_another_site_is_refused_even_with_the_cookie() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    let answer = browser.post_from("/staff/cases/1/actions", "action=5", "https://evil.example");
    assert_eq!(answer.status(), 403);
    assert_eq!(browser.get("/staff/cases/1/actions").status(), 403);
    assert_eq!(bench.case(&sent).events.len(), 2);
}

#[test]
fn scanned_ink_is_shown_as_a_picture_and_unknown_bytes_only_as_a_file() {
    let mut bench = Bench::new();
    let page =
        image::GrayImage::from_fn(64, 48, |x, y| image::Luma([if x == y { 0 } else { 255 }]));
    let ink = paper::bilevel::encode(&page, 200).expect("a small page");
    let sent = bench.submission(
        1,
        &[
            (Kind::Ink, ink),
            (Kind::Picture, b"<html><script>".to_vec()),
        ],
    );
    bench.deliver(&sent.sealed);
    bench.deliver(&sent.papers[0]);
    bench.deliver(&sent.papers[1]);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    let shown = browser.get(&format!("/staff/cases/1/papers/{}", sent.papers[0].hash));
    assert_eq!(shown.headers()["content-type"], "image/png");
    let picture = image::load_from_memory(&shown.bytes().expect("a body"))
        .expect("a picture")
        .to_luma8();
    assert_eq!(picture, page);
    let other = browser.get(&format!("/staff/cases/1/papers/{}", sent.papers[1].hash));
    assert_eq!(other.headers()["content-type"], "application/octet-stream");
    assert!(
        other.headers()["content-disposition"]
            .to_str()
            .expect("text")
            .starts_with("attachment")
    );
    assert_eq!(
        browser
            .get(&format!("/staff/cases/1/papers/{}", sent.sealed.hash))
            .status(),
        404
    );
    assert_eq!(browser.get("/staff/cases/2").status(), 404);
}

#[test]
fn ink_is_shown_on_its_blank_under_words_that_say_so() {
    let typeface = paper::Typeface::parse(paper::NOTO_SANS_SC).expect("the project's font");
    let toml = include_str!("../../../../assets/forms/dibao_application.toml");
    let form = paper::Form::parse(toml, typeface).expect("the project's form");
    let fill = paper::FillIn::blank().mark("reason_illness");
    let page = form
        .render(paper::READ_DPI, &fill)
        .expect("a fill that fits");
    let mut scan = image::GrayImage::from_pixel(page.width() + 80, page.height() + 80, [60].into());
    image::imageops::overlay(&mut scan, &page, 40, 40);
    let reading = paper::read(&scan, std::slice::from_ref(&form)).expect("a page that reads");

    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Ink, paper::travel::pack(&reading, &form))]);
    bench.deliver(&sent.sealed);
    bench.deliver(&sent.papers[0]);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    let shown = browser.get(&format!("/staff/cases/1/papers/{}", sent.papers[0].hash));
    assert_eq!(shown.headers()["content-type"], "image/png");
    let shown = image::load_from_memory(&shown.bytes().expect("a body"))
        .expect("a picture")
        .to_luma8();
    // The page below, the words above it.
    let strip_h = shown.height() - page.height();
    let below = image::imageops::crop_imm(&shown, 0, strip_h, page.width(), page.height());
    let miss = below
        .to_image()
        .iter()
        .zip(page.iter())
        .filter(|(a, b)| a.abs_diff(**b) > 128)
        .count();
    assert!(
        strip_h > 50 && miss < 60,
        "{miss} pixels are not as printed and ticked"
    );
}

#[test]
fn the_boxes_of_a_page_have_names_where_its_edition_is_known_and_are_never_guessed() {
    let mut bench = Bench::new();
    let form = include_str!("../../../../assets/forms/dibao_application.toml");
    let boxes = paper::FormBoxes::parse(form).expect("the project's form");
    let states = boxes.pages[0].iter().map(|field| match field.id.as_str() {
        "reason_illness" => BoxState::Marked,
        "signature_applicant" => BoxState::Unsure,
        _ => BoxState::Clear,
    });
    let known = PageBoxes {
        form: boxes.key.clone(),
        edition: boxes.edition.to_string(),
        page: 1,
        states: states.collect(),
    };
    let mut unknown = known.clone();
    unknown.edition = "00000000".to_owned();
    let mut record = application(3, 1);
    record.pages = vec![known.into(), unknown.into()];
    record.page_answers = vec![PageAnswer {
        field: "reason_labour".to_owned(),
        state: BoxState::Marked.code(),
    }];
    let plain = record.to_cbor().expect("a record");
    let sealed = bench.seal(Kind::Record, &plain, &signer(3));
    bench.deliver(&sealed);

    let server = Server::start(&bench.county);
    let page = Browser::signed_in(&server, "township").page("/staff/cases/1");
    for shown in [
        "困难原因：家里有人生病<",
        "申请人签名（看不清，请人工核对）",
        "困难原因：家里缺劳力<",
        "本县没有这一版表格（dibao_application 00000000）",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    assert_eq!(page.matches("家里有人生病<").count(), 2, "answer and box");
    assert!(!page.contains("没有配偶") && !page.contains("重病"));
}

#[test]
fn signing_out_ends_the_session() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "township");
    assert!(browser.page("/staff/cases").contains("还没有收到申请"));
    browser.post("/staff/sign-out", "");
    assert_eq!(browser.get("/staff/cases").status(), 303);
}

#[test]
fn the_page_of_lines_tells_of_lines_calls_and_kiosks_and_of_no_person() {
    let mut bench = Bench::new();
    bench.county.enrol(&signer(4).public()).expect("the ledger");
    let sent = bench.submission(1, &[]);
    let tcp = LineSettings::Tcp {
        address: "127.0.0.1:0".parse().expect("an address"),
        callers_max: 8,
    };
    let nothing_there = LineSettings::Cable {
        tty: bench.dir.path().join("tty0"),
        bits_per_second: 9600,
        kiosk: Some(envelope::KioskId(4)),
    };
    let lines = bench
        .county
        .serve_lines(&[tcp, nothing_there], Patience::default())
        .expect("threads");
    let address = bench.county.lines()[0].address.expect("an open address");
    let mut caller = Caller::over_tcp(address, 1);
    caller.kiosk.send(&sent.sealed, Priority::Record);
    caller
        .run_until(|caller| !caller.kiosk.acknowledged().is_empty())
        .expect("a county that listens");
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    assert!(
        browser
            .page("/staff/cases")
            .contains("href=\"/staff/lines\"")
    );
    let page = browser.page("/staff/lines");
    for words in [
        "tcp 127.0.0.1:0",
        "1台在通话",
        "<td class=\"number\">003</td><td>正在通话</td>",
        "<td class=\"number\">1件</td>",
        "连着终端004",
        "<td class=\"number\">004</td><td>还没有</td>",
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    assert!(!page.contains("张"), "{page}");
    lines.stop();
    let page = browser.page("/staff/lines");
    for words in ["现在没有终端在通话。", "县里的程序停了", "2026-11-23 10:05"] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
}
