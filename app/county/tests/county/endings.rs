//! A support that ends, and a person's self-care that changes, as staff enter them and the holder of a slip reads them.

use county::Said;
use relief::{Action, Details, Fen, Month, Role, SchemeId, Stage};

use crate::{
    bench::{Bench, DAY_MS, Submission},
    http::Server,
    staff_pages::Browser,
};

const ACTIONS: &str = "/staff/cases/1/actions";

/// A case whose support is paid; it is 2026-12-01.
fn paid(bench: &mut Bench, scheme: SchemeId) -> Submission {
    let sent = bench.submission_for(scheme, 1, &[]);
    bench.deliver(&sent.sealed);
    bench.accept(&sent);
    bench.survey(&sent);
    let act = |bench: &Bench, action, role, details| {
        let said = Said {
            details,
            ..Said::default()
        };
        bench.act(&sent, role, action, said);
    };
    act(
        bench,
        Action::GiveFirstOpinion,
        Role::Township,
        Details::None,
    );
    if scheme != SchemeId::UNSUPPORTED_CHILD {
        act(bench, Action::PostNotice, Role::Township, Details::None);
    }
    bench.pass(8 * DAY_MS);
    act(bench, Action::SendToCounty, Role::Township, Details::None);
    let award = Details::Award {
        monthly: Fen(90_000),
        from: Month::new(2027, 1).expect("a month"),
    };
    act(bench, Action::Confirm, Role::County, award);
    act(bench, Action::StartPayment, Role::County, Details::None);
    sent
}

fn done(browser: &Browser<'_>, form: &str) {
    let answer = browser.post(ACTIONS, form);
    let code = answer.status().as_u16();
    assert_eq!(code, 303, "{form}: {}", answer.text().expect("a page"));
}

fn refused(browser: &Browser<'_>, form: &str, rule: &str) {
    let answer = browser.post(ACTIONS, form);
    let code = answer.status().as_u16();
    let page = answer.text().expect("a page");
    assert!(code == 409 && page.contains(rule), "{form}: {code} {page}");
}

#[track_caller]
fn assert_shows(page: &str, parts: &[&str], none_of: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for part in none_of {
        assert!(!page.contains(part), "{part} is in {page}");
    }
}

#[test]
fn a_destitute_persons_support_ends_only_after_its_notice_and_what_follows_an_objection() {
    let mut bench = Bench::new();
    let sent = paid(&mut bench, SchemeId::TEKUN);
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    let township = Browser::signed_in(&server, "township");
    let slip = || server.slip(&sent.slip).text().expect("a page");

    refused(&county, "action=17&reason=back", "终止救助要先公示");
    assert_shows(
        &county.page("/staff/cases/1"),
        &[
            "停止救助：现在不能办。终止救助要先公示。（民发〔2021〕43号 第26条）",
            "因为什么终止，公示上写的理由",
        ],
        &["登记对终止救助的异议"],
    );
    done(&county, "action=32&reason=back-at-work");
    assert_shows(
        &slip(),
        &[
            "正在享受救助",
            "终止救助前公示",
            "公示到2026年12月8日",
            "救助照常",
        ],
        &["back-at-work"],
    );
    refused(&county, "action=17&reason=back", "终止救助的公示还没满期");

    done(&township, "action=33&reason=still-ill");
    refused(&county, "action=17&reason=back", "异议还没有作出决定");
    refused(&county, "action=34&reason=heard", "要写明终止还是继续救助");
    assert_shows(
        &slip(),
        &[
            "对终止有异议的作出决定",
            "最迟2026年12月22日",
            "正在调查核实",
        ],
        &["still-ill", "公示到"],
    );
    done(&county, "action=34&outcome=ends&reason=heard");
    refused(&county, "action=17&reason=back", "要再公示一次");
    done(&township, "action=32&reason=back-at-work");

    bench.pass(8 * DAY_MS);
    let county = Browser::signed_in(&server, "county");
    done(&county, "action=17&reason=back-at-work");
    assert_eq!(bench.case(&sent).stage, Stage::Stopped);
    assert_shows(
        &county.page("/staff/cases/1"),
        &[
            "终止救助开始执行",
            "从2027年1月1日起",
            "终止救助，再公示一次",
        ],
        &[],
    );
    let appeals = [
        "<h2>不服的，可以申请行政复议</h2>",
        "<h2>不服的，可以向法院起诉</h2>",
    ];
    let page = slip();
    assert_shows(&page, &["已停止救助"], &["back-at-work", "heard"]);
    assert_shows(&page, &[], &appeals);
    done(&county, "action=28&notice=7&way=1&receiver=c");
    let page = slip();
    assert_shows(&page, &appeals, &["back-at-work", "heard"]);
    assert_shows(&page, &["从2027年1月1日起"], &[]);
}

#[test]
fn an_ending_that_is_decided_against_leaves_the_support_as_it_was() {
    let mut bench = Bench::new();
    let sent = paid(&mut bench, SchemeId::TEKUN);
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    done(&county, "action=32&reason=back-at-work");
    done(&county, "action=33&reason=still-ill");
    done(&county, "action=34&outcome=goes-on&reason=seen");
    refused(&county, "action=17&reason=back", "终止救助要先公示");
    assert_shows(
        &server.slip(&sent.slip).text().expect("a page"),
        &["正在享受救助"],
        &["终止"],
    );
}

#[test]
fn of_self_care_the_items_are_entered_the_grade_is_computed_and_the_slip_tells_neither() {
    let mut bench = Bench::new();
    let sent = paid(&mut bench, SchemeId::TEKUN);
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    let slip = || server.slip(&sent.slip).text().expect("a page");
    let hidden = ["fell", "丧失", "具备", "洗澡"];

    done(&county, "action=30&reason=fell");
    assert_shows(
        &slip(),
        &["重新评估生活自理能力", "最迟2026年12月15日"],
        &hidden,
    );
    refused(&county, "action=30&reason=fell", "还没有重新评估");
    let five = "action=31&eating=met&dressing=met&getting_up=met&toileting=unmet&walking=met";
    refused(&county, five, "六项要逐项写明");
    refused(&county, &format!("{five}&bathing="), "六项要逐项写明");
    done(&county, &format!("{five}&bathing=unmet"));
    assert_shows(
        &county.page("/staff/cases/1"),
        &["部分丧失生活自理能力", "不能自己做：上厕所、洗澡"],
        &["还剩10个工作日"],
    );
    assert_shows(&slip(), &["正在享受救助"], &hidden);
}

#[test]
fn a_childs_support_is_stopped_without_any_notice() {
    let mut bench = Bench::new();
    let sent = paid(&mut bench, SchemeId::UNSUPPORTED_CHILD);
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    refused(&county, "action=32&reason=grown", "儿童个案不公示");
    assert_shows(
        &county.page("/staff/cases/1"),
        &["公示终止救助：现在不能办。儿童个案不公示。"],
        &["登记生活自理能力变化"],
    );
    done(&county, "action=17&reason=grown");
    assert_eq!(bench.case(&sent).stage, Stage::Stopped);
}

#[test]
fn a_change_that_a_household_did_not_report_is_told_with_the_day_by_which_it_should_have() {
    let mut bench = Bench::new();
    let sent = paid(&mut bench, SchemeId::DIBAO);
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    let rule = "要写明是哪一天变的，不能晚于今天";
    refused(&county, "action=35&reason=bought-a-car&happened=x", rule);
    refused(
        &county,
        "action=35&reason=bought-a-car&happened=2026-12-02",
        rule,
    );
    done(&county, "action=35&reason=bought-a-car&happened=2026-06-30");
    assert_shows(
        &county.page("/staff/cases/1"),
        &["变化发生在2026年6月30日", "最迟应当在2026年9月30日报告"],
        &[],
    );
    assert_shows(
        &server.slip(&sent.slip).text().expect("a page"),
        &[],
        &["bought-a-car", "报告"],
    );
}
