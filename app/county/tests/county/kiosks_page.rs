//! The page of kiosks: what came from each, and nothing that no kiosk told.

use envelope::Kind;
use relief::{FaultCode, KioskCondition, KioskTime};

use crate::{
    bench::{Bench, application, noise, signer},
    http::Server,
    staff_pages::Browser,
};

/// What the page says of a kiosk behind this word.
fn said<'p>(page: &'p str, kiosk: &str, word: &str) -> &'p str {
    let card = page
        .split("<section class=\"card\">")
        .find(|card| card.contains(&format!("终端 <span class=\"number\">{kiosk}</span>")))
        .unwrap_or_else(|| panic!("{kiosk} is not in {page}"));
    let rest = card.split(&format!("<dt>{word}</dt><dd>")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("{word} is not in {card}"));
    rest.split("</dd>").next().expect("its end")
}

#[test]
fn the_page_of_kiosks_tells_what_came_from_each_and_guesses_nothing() {
    let mut bench = Bench::new();
    bench.county.enrol(&signer(4).public()).expect("the ledger");
    let sent = bench.submission(1, &[(Kind::Picture, noise(500)), (Kind::Ink, noise(600))]);
    bench.deliver(&sent.sealed);
    bench.deliver(&sent.papers[0]);
    // Where the case stands waits for the kiosk, and so does the checkpoint of the log.
    bench.seal_log();
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    assert!(
        browser
            .page("/staff/cases")
            .contains("href=\"/staff/kiosks\"")
    );
    let page = browser.page("/staff/kiosks");
    for (word, words) in [
        ("登记", "2026年11月23日 10:05"),
        ("上次有消息", "2026年11月23日 10:05"),
        ("线路", "未报告"),
        ("县里收到", "2件"),
        ("还在路上的材料", "1页"),
        ("等着告诉它的消息", "2条"),
        ("终端的钟", "准"),
        ("终端里的队列", "未报告"),
        ("打印纸", "未报告"),
        ("设备故障", "未报告"),
        ("规则版本", "未报告"),
        ("明白卡版本", "test（最近一件申请用的）"),
    ] {
        assert_eq!(said(&page, "003", word), words, "{word}");
    }
    for (word, words) in [
        ("上次有消息", "还没有"),
        ("县里收到", "0件"),
        ("终端的钟", "未报告"),
        ("明白卡版本", "未报告"),
    ] {
        assert_eq!(said(&page, "004", word), words, "{word}");
    }
    assert!(!page.contains("张") && !page.contains("作废"), "{page}");

    let kiosk = signer(4).public();
    let revoked = bench.county.revoke(kiosk.id(), kiosk.key_id());
    assert!(revoked.expect("the ledger"));
    let page = browser.page("/staff/kiosks");
    assert!(said(&page, "004", "密钥").contains("作废"), "{page}");
    assert!(!said(&page, "003", "密钥").contains("作废"), "{page}");
}

/// Kiosk 3 tells how it stands, at a tick of its boot.
fn report(bench: &mut Bench, tick_ms: u64, condition: &KioskCondition) {
    let made = KioskTime {
        tick_ms,
        ..*application(3, 1).submitted
    };
    let report = condition.report(made).expect("a report");
    let sealed = bench.seal(Kind::ClockReport, &report, &signer(3));
    bench.deliver(&sealed);
}

#[test]
fn a_kiosk_that_tells_how_it_stands_is_shown_as_it_told_last() {
    let mut bench = Bench::new();
    let well = KioskCondition {
        waiting: 0,
        refused: 0,
        faults: Vec::new(),
        rules_edition: bench.county.rulebook().edition().to_owned(),
        card_editions: bench.county.rulebook().card_editions(),
        program_version: "0.1.0".to_owned(),
        heard: Vec::new(),
    };
    let ill = KioskCondition {
        waiting: 12,
        refused: 1,
        faults: vec![
            FaultCode::PAPER_OUT,
            FaultCode::CARD_READER_FAILS,
            FaultCode(200),
        ],
        rules_edition: "2025-01 00000000".to_owned(),
        card_editions: "2025-01".to_owned(),
        program_version: "0.0.9".to_owned(),
        heard: Vec::new(),
    };
    report(&mut bench, 70_000, &ill);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    let page = browser.page("/staff/kiosks");
    for (word, words) in [
        ("上次有消息", "2026年11月23日 10:05"),
        ("终端里的队列", "12件没有送到<strong>，1件县里不收</strong>"),
        ("打印纸", "<strong>没有纸了</strong>"),
        ("设备故障", "<strong>身份证读卡器不工作，故障200</strong>"),
        (
            "规则版本",
            "2025-01 00000000<strong>，和县里的不一样</strong>",
        ),
        ("明白卡版本", "2025-01<strong>，和县里的不一样</strong>"),
        ("程序版本", "0.0.9"),
        ("报告的时间", "2026年11月23日 10:05"),
    ] {
        assert_eq!(said(&page, "003", word), words, "{word}");
    }
    report(&mut bench, 80_000, &well);
    // What was sealed before comes later, over another way.
    report(&mut bench, 75_000, &ill);
    let page = browser.page("/staff/kiosks");
    for (word, words) in [
        ("终端里的队列", "0件没有送到"),
        ("打印纸", "够用"),
        ("设备故障", "没有"),
        ("程序版本", "0.1.0"),
    ] {
        assert_eq!(said(&page, "003", word), words, "{word}");
    }
    assert!(!page.contains("和县里的不一样"), "{page}");
}
