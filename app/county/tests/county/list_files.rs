//! Lists of other offices that the county's office takes in on its pages: a bank's pay list, and who died.

use std::fmt::Write as _;

use county::accounts::Act;
use relief::{
    Fact, Fen, IdNumber, PersonEntry, PersonName, Place, Words,
    household::{HouseholdEntered, HouseholdMember, SupportClass},
    payment::Payee,
    special_group::SpecialGroup,
};
use reqwest::blocking::Response;

use crate::{bench::Bench, http::Server, staff_pages::Browser};

const NUMBER: &str = "140428188001010013";

fn household(bench: &Bench) -> relief::EventId {
    let id_number = IdNumber::parse(NUMBER).expect("a synthetic number");
    let person = PersonEntry {
        id_number: Some(id_number),
        key: Some(bench.county.person_key(&id_number)),
        ..PersonEntry::named(PersonName::parse("张三丰").expect("a name"))
    };
    let entered = HouseholdEntered {
        place: Place {
            township: "140428100".into(),
            village: String::new(),
        },
        class: SupportClass::DibaoRural,
        members: vec![HouseholdMember {
            person,
            disabled: false,
        }],
        monthly: Fen(35_000),
        from: "2026-10".parse().expect("a month"),
        decided: "2026-09-20".parse().expect("a day"),
        institution: Words::default(),
        slip: None,
        applied: None,
    };
    let county = relief::Actor {
        role: relief::Role::County,
        name: "李科员".to_owned(),
    };
    let fact = Fact::HouseholdEntered(entered);
    let stated = bench.county.state(county, Words::default(), None, fact);
    stated.expect("a household")
}

const PAY_LISTS: &str = "/staff/pay-lists";
const PEOPLE_LISTS: &str = "/staff/people-lists";

/// Sends a page's form with these answers and this file.
fn upload(browser: &Browser<'_>, page: &str, answers: &[(&str, &str)], file: &str) -> Response {
    let mut body = String::new();
    for (name, value) in answers {
        write!(
            body,
            "--line\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .expect("text");
    }
    write!(
        body,
        "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{file}\r\n--line--\r\n"
    )
    .expect("text");
    let kind = "multipart/form-data; boundary=line";
    let sent = browser.send(page, kind, body.as_bytes());
    sent.expect("an answer")
}

const OF_NOVEMBER: [(&str, &str); 2] = [("class", "1"), ("from", "2026-11")];

#[test]
fn a_pay_list_is_taken_in_under_the_officers_name_and_shows_who_was_paid_late() {
    let bench = Bench::new();
    let paid = household(&bench);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    let file = format!("姓名,身份证号,金额,发放日期\n张三丰,{NUMBER},350,2026-11-13\n郭外人,,1,\n");
    let answer = upload(&browser, PAY_LISTS, &OF_NOVEMBER, &file);
    assert_eq!(answer.status(), 303);
    let event = answer.headers()["location"].to_str().expect("text");
    assert_eq!(event, "/staff/events/2");
    let stated = bench.county.county_events(|events| {
        let last = events.last().expect("an event");
        let Fact::PayListEntered(list) = &last.fact else {
            panic!("no pay list");
        };
        let evidence = last.evidence.as_ref().expect("the file");
        assert_eq!(
            (&*last.actor.name, &*evidence.reference),
            ("李科员", "list.csv")
        );
        let payees: Vec<bool> = list
            .lines
            .iter()
            .map(|line| line.payee == Payee::Household(paid))
            .collect();
        (list.from, list.to, payees, list.lines[1].on)
    });
    let month = "2026-11".parse().expect("a month");
    let today = "2026-11-23".parse().expect("a day");
    assert_eq!(
        stated.expect("the ledger"),
        (month, month, vec![true, false], today)
    );
    let seen = bench
        .county
        .accesses(None, 1)
        .expect("the ledger")
        .remove(0);
    assert_eq!((seen.act, &*seen.about), (Act::Stated, "2"));
    let page = browser.page("/staff/registers/payments?month=2026-11");
    assert!(
        page.contains("迟发3天") && page.contains("不在花名册上"),
        "{page}"
    );
    assert!(!page.contains(NUMBER));
}

#[test]
fn a_list_that_cannot_be_read_is_refused_whole_in_words_that_say_what_to_do() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    let good = "姓名,金额\n张三丰,350\n";
    let long = format!("姓名,金额\n{}", "张三丰,350\n".repeat(60_001));
    for (answers, file, code, words) in [
        (&OF_NOVEMBER[..1], good, 409, "“从哪个月”不对"),
        (
            &[("class", "9"), ("from", "2026-11")],
            good,
            409,
            "“类别”不对",
        ),
        (
            &OF_NOVEMBER,
            "姓名\n张三丰\n",
            409,
            "找不到这些列的标题：姓名、金额",
        ),
        (
            &OF_NOVEMBER,
            "姓名,金额\n张三丰,三百\n",
            409,
            "第2行的“金额”不是金额",
        ),
        (&OF_NOVEMBER, "PK no archive", 409, "这不是表格文件"),
        (&OF_NOVEMBER, &long, 409, "文件的行太多"),
        (&OF_NOVEMBER, &"x".repeat(5 << 20), 413, "文件太大"),
    ] {
        let answer = upload(&browser, PAY_LISTS, answers, file);
        assert_eq!(answer.status().as_u16(), code, "{words}");
        let page = answer.text().expect("a page");
        assert!(page.contains(words), "{words} is not in {page}");
    }
    assert_eq!(
        bench.county.county_events(<[_]>::len).expect("the ledger"),
        0
    );
}

/// Synthetic, of nobody in the roster.
const STRANGER: &str = "140428188002290029";

#[test]
fn who_of_a_list_of_the_dead_is_in_the_roster_is_entered_once_and_nothing_is_kept_of_the_others() {
    let bench = Bench::new();
    let paid = household(&bench);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    let file = format!(
        "姓名,身份证号,死亡日期\n郭外人,{STRANGER},2026-11-01\n张三丰,{NUMBER},2026-11-02\n张三丰,{NUMBER},2026-11-02\n"
    );
    let died = [("group", "0")];
    let answer = upload(&browser, PEOPLE_LISTS, &died, &file);
    assert_eq!(answer.status(), 200);
    let page = answer.text().expect("a page");
    assert!(page.contains("名单上2人，其中1人要办"), "{page}");
    assert!(
        page.contains("文件第3行：") && page.contains("/staff/events/2"),
        "{page}"
    );
    let found = bench.county.county_events(|events| {
        let [_, event] = events else {
            panic!("{} events", events.len());
        };
        let Fact::PersonFound(found) = &event.fact else {
            panic!("nobody was found");
        };
        (found.household, found.happened.to_string(), found.group)
    });
    let expected = (Some(paid), "2026-11-02".to_owned(), SpecialGroup::Died);
    assert_eq!(found.expect("the ledger"), expected);
    let again = upload(&browser, PEOPLE_LISTS, &died, &file);
    let page = again.text().expect("a page");
    assert!(page.contains("其中0人要办，没有登记什么"), "{page}");
    assert_eq!(
        bench.county.county_events(<[_]>::len).expect("the ledger"),
        2
    );
}

#[test]
fn a_list_of_people_of_whom_one_cannot_be_placed_is_refused_whole_until_a_township_is_named() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    let file = format!("姓名,身份证号,认定日期\n郭外人,{STRANGER},2026-11-01\n");
    let monitored = [("group", "4"), ("township", "")];
    let answer = upload(&browser, PEOPLE_LISTS, &monitored, &file);
    assert_eq!(answer.status(), 409);
    let page = answer.text().expect("a page");
    assert!(page.contains("第2行的人不在花名册上"), "{page}");
    let count = || bench.county.county_events(<[_]>::len).expect("the ledger");
    assert_eq!(count(), 0);
    let monitored = [("group", "4"), ("township", "140428100")];
    let answer = upload(&browser, PEOPLE_LISTS, &monitored, &file);
    assert_eq!(answer.status(), 200);
    assert_eq!(count(), 1);
    for (answers, words) in [
        (&[][..], "“名单上的人”不对"),
        (&[("group", "5")], "“名单上的人”不对"),
    ] {
        let answer = upload(&browser, PEOPLE_LISTS, answers, &file);
        assert_eq!(answer.status(), 409);
        let page = answer.text().expect("a page");
        assert!(page.contains(words), "{page}");
    }
}

#[test]
fn new_certificates_of_a_list_stand_in_the_register_with_their_kind_and_level() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    let disabled = [("group", "3"), ("township", "140428100")];
    let send = |file: &str| upload(&browser, PEOPLE_LISTS, &disabled, file);
    let no_level = format!("姓名,身份证号,发证日期\n郭外人,{STRANGER},2026-11-01\n");
    let page = send(&no_level).text().expect("a page");
    assert!(page.contains("找不到这些列的标题") && page.contains("残疾等级"));
    let listed = |level: &str| {
        format!(
            "姓名,身份证号,发证日期,残疾类别,残疾等级\n郭外人,{STRANGER},2026-11-01,肢体残疾,{level}\n"
        )
    };
    let page = send(&listed("重度")).text().expect("a page");
    assert!(page.contains("第2行的“残疾等级”不是残疾等级"), "{page}");
    let page = send(&listed("二级")).text().expect("a page");
    assert!(page.contains("名单上1人，其中1人要办"), "{page}");
    let found = bench.county.county_events(|events| {
        let [event] = events else {
            panic!("{} events", events.len());
        };
        let Fact::PersonFound(found) = &event.fact else {
            panic!("nobody was found");
        };
        let disability = found.disability.as_ref().expect("a disability");
        (found.group, disability.kind.0, disability.level)
    });
    assert_eq!(
        found.expect("the ledger"),
        (SpecialGroup::NewlyDisabled, 4, 2)
    );
}
