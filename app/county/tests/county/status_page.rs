//! What the holder of a slip reads.

use county::proof::merkle;
use envelope::{CountyMessage, Kind, KioskId, KioskSigner, SlipCode, StatusToken, Suite};
use relief::{Action, Actor, Role, SchemeId};

use crate::{
    bench::{Bench, COUNTY, DAY_MS, noise, secret, signer},
    http::Server,
};

/// The page's words without its markup.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

fn page(server: &Server, slip: &SlipCode) -> String {
    let answer = server.slip(slip);
    assert_eq!(answer.status(), 200);
    answer.text().expect("a page")
}

#[test]
fn a_case_that_arrived_shows_its_times_and_that_it_is_not_accepted() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.submission(17, &[(Kind::Picture, noise(900))]);
    bench.deliver(&sent.sealed);
    let text = words(&page(&server, &sent.slip));
    assert_says(
        &text,
        &[
            "县里已收到，尚未受理",
            "申请已提交，尚未受理",
            "最低生活保障",
            &sent.record.slip_number.to_string(),
            "提交时间2026年11月23日 10:00",
            "县里收到2026年11月23日 10:05",
            "受理时间尚未受理",
            "没有要您补交的材料",
            "还有1页扫描件正在传往县里",
            "接下来乡镇（服务中心）会核对材料",
        ],
    );
}

#[test]
fn nothing_that_the_applicant_said_is_on_the_page() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.received(1);
    let html = page(&server, &sent.slip);
    for part in [
        "张",
        "三丰",
        "140428188001010013",
        "摔断",
        "某村",
        "鲍店",
        "热线",
        "<script",
        "http://",
        "https://",
    ] {
        assert!(!html.contains(part), "{part} is on the page");
    }
}

#[test]
fn a_true_slip_whose_record_is_under_way_says_so() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.submission(1, &[]);
    let text = words(&page(&server, &sent.slip));
    assert_says(
        &text,
        &[
            "已提交，尚未受理",
            "回执是真的",
            "县里还没有收到",
            "提交时间2026年11月23日 10:00",
        ],
    );
}

#[test]
fn forged_altered_foreign_and_meaningless_codes_each_get_their_page() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.received(1);

    let stranger = envelope::KioskSigner::from_seed(envelope::KioskId(3), [0xEE; 32]);
    let forged = SlipCode::issue(&stranger, StatusToken([1; 16]), COUNTY, 1, 1_795_399_200);
    let mut altered = sent.slip.clone();
    altered.counter = 2;
    let unknown = SlipCode::issue(&signer(9), StatusToken([1; 16]), COUNTY, 1, 1_795_399_200);
    let elsewhere = SlipCode::issue(&signer(3), StatusToken([1; 16]), 140_429, 1, 1_795_399_200);
    for (slip, status, heading) in [
        (forged, 403, "这张回执没有通过核对"),
        (altered, 403, "这张回执没有通过核对"),
        (unknown, 404, "查不到这张回执"),
        (elsewhere, 404, "查不到这张回执"),
    ] {
        let answer = server.slip(&slip);
        assert_eq!(answer.status(), status);
        assert!(answer.text().expect("a page").contains(heading));
    }
    for path in ["/S/HELLO", "/S/%F0%9F%90%BC", "/S/%FF"] {
        let answer = server.get(path);
        assert!(
            answer.status().is_client_error(),
            "{path}: {}",
            answer.status()
        );
    }
    assert!(
        server
            .get("/S/HELLO")
            .text()
            .expect("a page")
            .contains("看不懂这个二维码")
    );
}

#[test]
fn a_slip_of_a_kiosks_former_key_is_as_good_as_ever() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let [came, on_its_way] = [bench.received(1), bench.submission(2, &[])];
    let newer = KioskSigner::from_seed_in(Suite::Sm2, KioskId(3), [0x77; 32]);
    bench.county.enrol(&newer.public()).expect("the ledger");
    assert!(words(&page(&server, &came.slip)).contains("县里已收到，尚未受理"));
    assert!(words(&page(&server, &on_its_way.slip)).contains("回执是真的"));
    let of_the_newer = SlipCode::issue(&newer, StatusToken([9; 16]), COUNTY, 9, 1_795_399_200);
    assert!(words(&page(&server, &of_the_newer)).contains("回执是真的"));
}

#[test]
fn a_slip_of_a_revoked_key_is_named_and_proves_nothing_unless_its_record_came_before() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let [came, other] = [bench.received(1), bench.submission(2, &[])];
    let key = bench.kiosk.key_id();
    bench.county.revoke(KioskId(3), key).expect("the ledger");
    assert_says(
        &words(&page(&server, &came.slip)),
        &["县里已收到，尚未受理", "终端已经停用", "不受影响"],
    );
    let answer = server.slip(&other.slip);
    assert_eq!(answer.status(), 403);
    let text = words(&answer.text().expect("a page"));
    assert_says(&text, &["打印这张回执的终端已经停用", "县里没有收到"]);
    assert!(!text.contains("回执是真的"));
}

#[test]
fn acceptance_starts_the_clock_and_an_overdue_one_says_by_how_much() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.received(1);
    bench.accept(&sent);
    let text = words(&page(&server, &sent.slip));
    assert_says(
        &text,
        &[
            "已受理",
            "受理时间2026年11月23日 10:05",
            "还剩3个工作日最迟2026年11月26日依据：民发〔2021〕57号",
        ],
    );
    assert!(!text.contains("王经办"));

    bench.pass(3 * DAY_MS);
    assert!(words(&page(&server, &sent.slip)).contains("今天到期"));
    bench.pass(4 * DAY_MS);
    assert!(words(&page(&server, &sent.slip)).contains("已超期2个工作日"));
}

#[test]
fn a_page_that_was_shown_before_tells_what_another_server_has_done_since() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.received(1);
    for _ in 0..2 {
        assert!(words(&page(&server, &sent.slip)).contains("受理时间尚未受理"));
    }
    let officer = Actor {
        role: Role::Township,
        name: "王经办".to_owned(),
    };
    let id = bench.case(&sent).id;
    let accepted = bench.second_server().act(id, Action::Accept, officer, "");
    accepted.expect("acceptance");
    assert!(words(&page(&server, &sent.slip)).contains("受理时间2026年11月23日 10:05"));
}

#[test]
fn of_a_childs_case_only_the_stage_is_shown() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.submission_for(SchemeId::ORPHAN, 1, &[]);
    bench.deliver(&sent.sealed);
    let text = words(&page(&server, &sent.slip));
    assert!(text.contains("县里已收到，尚未受理"));
    for part in ["孤儿", "2026", "140428", "依据"] {
        assert!(!text.contains(part), "{part} is in {text}");
    }
}

#[test]
fn a_scheme_that_this_county_does_not_know_yet_is_still_a_case() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.submission_for(SchemeId(999), 1, &[]);
    bench.deliver(&sent.sealed);
    assert!(words(&page(&server, &sent.slip)).contains("县里已收到，尚未受理"));
    bench.accept(&sent);
}

#[test]
fn a_kiosk_whose_clock_was_never_set_does_not_make_a_case_overdue() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[]);
    let mut record = sent.record.clone();
    record.submission_id = [8; 16];
    record.submitted.wall_ms = 60_000;
    let plain = record.to_cbor().expect("a record");
    let sealed = bench.seal(Kind::Record, &plain, &signer(3));
    bench.deliver(&sealed);
    let status = bench.status(&sent);
    assert_eq!(status.submitted, status.received);
}

#[test]
fn the_countys_hotline_is_shown_once_it_is_supplied() {
    let rules = tempfile::tempdir().expect("a temporary folder");
    let text = "hotline = \"000-0000\"\noffice = \"\"\nhours = \"\"\n";
    std::fs::write(rules.path().join("local.toml"), text).expect("a file");
    let mut bench = Bench::with(|config| config.rules_dir = Some(rules.path().to_owned()));
    let server = Server::start(&bench.county);
    let sent = bench.received(1);
    assert!(words(&page(&server, &sent.slip)).contains("社会救助服务热线：000-0000"));
}

#[test]
fn no_answer_lets_a_browser_run_keep_or_pass_on_anything() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    for path in ["/S/HELLO", "/staff/sign-in", "/nothing"] {
        let answer = server.get(path);
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .expect(name)
                .to_str()
                .expect("text")
                .to_owned()
        };
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("x-content-type-options"), "nosniff");
    }
}

#[test]
fn the_page_says_where_the_case_is_in_the_log_and_the_proof_holds_by_itself() {
    let mut bench = Bench::new();
    let others = bench.received(1);
    let sent = bench.received(2);
    bench.seal_log();
    bench.accept(&others);
    bench.seal_log();
    let server = Server::start(&bench.county);
    let text = words(&page(&server, &sent.slip));
    assert_says(
        &text,
        &["已经写进县里不能改动的总账", "2026年11月23日 10:05签名封存"],
    );

    let address = format!("/S/{}/proof", sent.slip.to_payload());
    let proof: serde_json::Value =
        serde_json::from_str(&server.get(&address).text().expect("a body")).expect("JSON");
    let hash = |value: &serde_json::Value| -> [u8; 32] {
        let digits = value.as_str().expect("digits");
        hex::decode(digits)
            .expect("digits")
            .try_into()
            .expect("a hash")
    };
    let path: Vec<_> = proof["path"]
        .as_array()
        .expect("a path")
        .iter()
        .map(hash)
        .collect();
    let number = |name: &str| proof[name].as_u64().expect("a number");
    let root = merkle::root_by_inclusion(
        hash(&proof["leaf"]),
        number("entry"),
        number("entries"),
        &path,
    );
    let message = hex::decode(proof["checkpoint"].as_str().expect("digits")).expect("digits");
    let signed = CountyMessage::verify(&message, &secret().public()).expect("the county's word");
    let CountyMessage::Checkpoint {
        size, root: signed, ..
    } = signed
    else {
        panic!("another message");
    };
    assert_eq!((size, root), (number("entries"), Some(signed)));
}

#[test]
fn before_the_case_is_in_the_log_there_is_no_proof() {
    let mut bench = Bench::new();
    let way = bench.submission(1, &[]);
    let server = Server::start(&bench.county);
    assert_eq!(
        server
            .get(&format!("/S/{}/proof", way.slip.to_payload()))
            .status(),
        404
    );
    assert_eq!(server.get("/S/NONSENSE/proof").status(), 404);
}
