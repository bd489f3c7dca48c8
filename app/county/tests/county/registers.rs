//! What staff state for the registers, and what it keeps officers from.

use county::{ActError, StateError, accounts::Office};
use relief::{
    Action, Actor, EventId, Fact, Fen, NearRelative, PersonEntry, PersonName, Place, RelationCode,
    Role, Words,
    county_event::{NotAdmitted, Withdrawn},
    household::{HouseholdEntered, HouseholdMember, SupportClass},
    near_relative::{
        Assisted, FoundBy, OfficialCategory, OfficialEntered, RelativeFiled, RelativeNamed,
    },
    payment::{LineState, PayLine, PayListEntered, Payee},
};

use crate::{
    bench::{Bench, DAY_MS, secret},
    http::Server,
    staff_pages::Browser,
};

fn officer(name: &str) -> Actor {
    Actor {
        role: Role::Township,
        name: name.to_owned(),
    }
}

fn words(text: &str) -> Words {
    Words::parse(text).unwrap()
}

fn state(bench: &Bench, fact: Fact) -> Result<EventId, StateError> {
    bench
        .county
        .state(officer("赵六"), words("核查结果"), None, fact)
}

fn official(bench: &Bench, name: &str) -> EventId {
    let entered = OfficialEntered {
        person: PersonEntry::named(PersonName::parse(name).unwrap()),
        category: OfficialCategory::Township,
        place: Place {
            township: "140428100".into(),
            village: String::new(),
        },
        post: words("民政助理员"),
        from: "2024-01-01".parse().unwrap(),
    };
    state(bench, Fact::OfficialEntered(entered)).unwrap()
}

#[test]
fn what_was_stated_is_there_after_a_restart_and_no_name_lies_in_the_file() {
    let bench = Bench::new();
    let id = official(&bench, "王大主任");
    let bench = bench.reboot();
    let names: Vec<String> = bench
        .county
        .county_events(|events| {
            events
                .iter()
                .filter_map(|event| match &event.fact {
                    Fact::OfficialEntered(one) if event.id == id => {
                        Some(one.person.name.as_str().to_owned())
                    }
                    _ => None,
                })
                .collect()
        })
        .unwrap();
    assert_eq!(names, ["王大主任"]);
    for file in ["county.db", "county.db-wal"] {
        let bytes = std::fs::read(bench.dir.path().join(file)).unwrap_or_default();
        for secret in ["王大主任", "民政助理员"] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} in {file}");
        }
    }
}

#[test]
fn what_the_rules_refuse_is_not_stated() {
    let bench = Bench::new();
    let nothing = Fact::Withdrawn(Withdrawn { event: EventId(77) });
    assert!(matches!(
        state(&bench, nothing),
        Err(StateError::NotAdmitted(NotAdmitted::NoSuchEvent))
    ));
    assert_eq!(bench.county.county_events(<[_]>::len).unwrap(), 0);
}

#[test]
fn an_application_is_entered_by_itself_and_its_officer_stands_back_from_a_relatives_case() {
    let mut bench = Bench::new();
    let chief = official(&bench, "王甲");
    let submission = bench.submission_with(1, &[], |record| {
        record.near_relative = NearRelative::Related {
            official_name: PersonName::parse("王甲").unwrap(),
            relation: RelationCode(2),
        };
    });
    bench.deliver(&submission.sealed);
    let view = bench.case(&submission);
    let today = "2026-11-23".parse().unwrap();
    let assisted = bench
        .county
        .registers(today, |registers| {
            let unfiled: Vec<_> = registers.near_relatives.unfiled().collect();
            assert_eq!(unfiled.len(), 1);
            assert_eq!(unfiled[0].official, Some(chief));
            unfiled[0].assisted
        })
        .unwrap();
    let act = |name| bench.county.act(view.id, Action::Accept, officer(name), "");
    assert!(matches!(act("王甲"), Err(ActError::Recused(recusal)) if recusal.official == chief));
    act("李乙").unwrap();
    let filed = |name| {
        let fact = Fact::RelativeFiled(RelativeFiled {
            assisted,
            official: chief,
            relation: Some(RelationCode(2)),
            found_by: FoundBy::Declared,
        });
        bench
            .county
            .state(officer(name), Words::default(), None, fact)
    };
    filed("李乙").unwrap();
    let left = bench.county.registers(today, |registers| {
        registers.near_relatives.unfiled().count()
    });
    assert_eq!(left.unwrap(), 0);
}

#[test]
fn a_relative_who_is_not_declared_is_found_by_the_key_and_makes_the_home_visit_necessary() {
    let mut bench = Bench::new();
    let chief = official(&bench, "王甲");
    let submission =
        bench.submission_with(1, &[], |record| record.near_relative = NearRelative::None);
    let number = submission
        .record
        .applicant
        .id_number
        .expect("the bench's applicant has a number");
    let named = RelativeNamed {
        official: chief,
        relative: PersonEntry {
            key: Some(bench.county.person_key(&number)),
            ..PersonEntry::named(submission.record.applicant.name.clone())
        },
        relation: RelationCode(2),
    };
    state(&bench, Fact::RelativeNamed(named)).unwrap();
    bench.deliver(&submission.sealed);
    let found = bench
        .county
        .registers("2026-11-23".parse().unwrap(), |registers| {
            registers
                .near_relatives
                .candidates()
                .iter()
                .map(|one| {
                    (
                        matches!(one.assisted, Assisted::Application(_)),
                        one.found_by,
                    )
                })
                .collect::<Vec<_>>()
        });
    assert_eq!(found.unwrap(), [(true, FoundBy::Matched)]);
    let view = bench.case(&submission);
    let refused = bench
        .county
        .act(view.id, Action::Accept, officer("王甲"), "");
    assert!(matches!(refused, Err(ActError::Recused(_))));
}

#[test]
fn a_county_without_the_secret_that_sealed_its_registers_does_not_open() {
    let bench = Bench::new();
    official(&bench, "王甲");
    let config = bench.county.config().clone();
    let stranger = envelope::CountySecret::from_seed([8; 64]);
    let clock = county::SystemClock;
    let opened = county::County::open(config, stranger, clock);
    assert!(matches!(
        opened.err(),
        Some(county::OpenError::RegisterKey(_))
    ));
    bench.reboot_with(secret());
}

/// The office of the township that these stories play in.
fn township_of_place() -> Office {
    Office::Township {
        township: "140428100".into(),
    }
}

/// A household on 300 yuan a month from December 2026 on, and the bank's list that paid it six days late.
fn paid_late(bench: &Bench) -> (EventId, EventId) {
    let entered = HouseholdEntered {
        place: Place {
            township: "140428100".into(),
            village: "140428100201".into(),
        },
        class: SupportClass::DibaoRural,
        members: vec![HouseholdMember {
            person: PersonEntry::named(PersonName::parse("欧阳某").unwrap()),
            disabled: false,
        }],
        monthly: Fen(30_000),
        from: "2026-12".parse().unwrap(),
        decided: "2026-11-20".parse().unwrap(),
        institution: Words::default(),
        slip: None,
        applied: None,
    };
    let household = state(bench, Fact::HouseholdEntered(entered)).unwrap();
    bench.pass(23 * DAY_MS);
    let list = PayListEntered {
        class: SupportClass::DibaoRural,
        from: "2026-12".parse().unwrap(),
        to: "2026-12".parse().unwrap(),
        lines: vec![PayLine {
            payee: Payee::Household(household),
            amount: Fen(30_000),
            on: "2026-12-16".parse().unwrap(),
            state: LineState::Paid,
        }],
    };
    (household, state(bench, Fact::PayListEntered(list)).unwrap())
}

#[test]
fn a_late_payment_stands_on_its_page_and_in_table_3_and_leads_to_the_banks_line() {
    let bench = Bench::new();
    let (household, list) = paid_late(&bench);
    let server = Server::start(&bench.county);
    let browser = Browser::signed_in(&server, "county");
    let overview = browser.page("/staff/registers");
    assert!(overview.contains("资金发放") && overview.contains("投诉举报线索"));
    let payments = browser.page("/staff/registers/payments?month=2026-12");
    assert!(payments.contains("迟发6天"), "{payments}");
    assert!(payments.contains("欧*") && !payments.contains("欧阳某"));
    assert!(payments.contains(&format!("/staff/events/{household}")));
    let about = "from=2026-12-01&to=2026-12-31&township=140428100";
    let table = browser.page(&format!("/staff/tables/3?{about}"));
    assert!(
        table.contains("300.00") && table.contains("迟发6天"),
        "{table}"
    );
    // What is paid comes from one line, and the page of its event points at it.
    let line = format!("/staff/events/{list}?line=0");
    assert!(table.contains(&line), "{table}");
    let event = browser.page(&line);
    assert!(
        event.contains("导入发放明细") && event.contains("→ 1"),
        "{event}"
    );
    // Who was not paid in time comes from the decision and the line.
    let sources = browser.page(&format!(
        "/staff/tables/3/figure?{about}&figure=not-in-full"
    ));
    for source in [household, list] {
        assert!(
            sources.contains(&format!("/staff/events/{source}")),
            "{sources}"
        );
    }
    let file = browser.get(&format!("/staff/tables/3/file?{about}"));
    assert_eq!(file.status(), 200);
    assert!(file.bytes().unwrap().starts_with(b"PK"));
}

#[test]
fn every_register_and_table_has_a_page_and_what_is_none_is_not_found() {
    let bench = Bench::new();
    paid_late(&bench);
    let server = Server::start(&bench.county);
    let browser = Browser::of(&server, "赵经办", &township_of_place());
    let overview = browser.page("/staff/registers");
    let tables = browser.page("/staff/tables?from=2026-12-01&to=2026-12-31");
    assert!(
        tables.contains("本期到期应发1户次、300.00元，实发300.00元，未及时足额1户次。"),
        "{tables}"
    );
    let mut pages = 0;
    for page in [&overview, &tables] {
        for link in page.split("href=\"").skip(1) {
            let link = link.split('"').next().unwrap().replace("&amp;", "&");
            if link.starts_with("/staff/registers/") || link.starts_with("/staff/tables/") {
                browser.page(&link);
                pages += 1;
            }
        }
    }
    assert_eq!(pages, 11 + 7);
    for path in [
        "/staff/registers/none",
        "/staff/tables/9",
        "/staff/tables/3/figure?figure=none",
        "/staff/tables/3/figure?figure=paid&row=99",
        "/staff/events/99",
        "/staff/events/18446744073709551615",
    ] {
        assert_eq!(browser.get(path).status(), 404, "{path}");
    }
}

#[test]
fn a_complaint_is_entered_verified_and_answered_on_pages_and_what_is_refused_says_why() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    let overview = county.page("/staff/registers");
    assert!(overview.contains("/staff/statements/lead-entered"));
    let entered = "township=140428100&village=&person=%E6%AC%A7%E9%98%B3%E6%9F%90+140428188001010013\
        &through=5&focus=1&words=%E5%8F%8D%E6%98%A0&received=2026-11-20&repeats=&skipped=0";
    let answer = county.post("/staff/statements/lead-entered", entered);
    assert_eq!(answer.status(), 303);
    let page = answer.headers()["location"].to_str().unwrap().to_owned();
    let lead = page.rsplit('/').next().unwrap().to_owned();
    let shown = county.page(&page);
    assert!(
        shown.contains("欧阳某（140428********0013）") && shown.contains("来信来访"),
        "{shown}"
    );
    // Not before it is verified.
    let early = county.post(
        "/staff/statements/lead-answered",
        &format!("of={lead}&on=2026-11-21"),
    );
    assert_eq!(early.status(), 409);
    let early = early.text().unwrap();
    assert!(
        early.contains("线索要先核实，再答复（长子民发〔2024〕26号 五（五））"),
        "{early}"
    );
    let wrong = county.post(
        "/staff/statements/lead-verified",
        &format!("of={lead}&on=x&by=a&verdict=0"),
    );
    assert_eq!(wrong.status(), 409);
    assert!(wrong.text().unwrap().contains("“核实日期”不对"));
    let verified = format!("of={lead}&on=2026-11-21&by=a%E3%80%81b&verdict=0&reason=ok&evidence=1");
    assert_eq!(
        county
            .post("/staff/statements/lead-verified", &verified)
            .status(),
        303
    );
    let answered = format!("of={lead}&on=2026-11-22");
    assert_eq!(
        county
            .post("/staff/statements/lead-answered", &answered)
            .status(),
        303
    );
    let leads = county.page("/staff/registers/leads");
    assert!(
        leads.contains("属实") && leads.contains("2026-11-22"),
        "{leads}"
    );
}

#[test]
fn a_township_states_what_is_its_own_and_nothing_from_elsewhere_is_taken() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let township = Browser::of(&server, "赵经办", &township_of_place());
    let overview = township.page("/staff/registers");
    assert!(overview.contains("/staff/statements/village-reported"));
    assert!(!overview.contains("/staff/statements/household-entered"));
    let path = "/staff/statements/household-entered";
    assert_eq!(township.get(path).status(), 403);
    assert_eq!(township.post(path, "township=140428100").status(), 403);
    assert_eq!(township.get("/staff/statements/none").status(), 404);
    let report = "township=140428100&village=140428100201&month=2026-11";
    let path = "/staff/statements/village-reported";
    let elsewhere = township.post_from(path, report, "https://elsewhere.example");
    assert_eq!(elsewhere.status(), 403);
    assert_eq!(township.post(path, report).status(), 303);
    let reports = township.page("/staff/registers/monthly-reports?month=2026-11");
    assert!(reports.contains("迟3天"), "{reports}");
}

#[test]
fn a_village_reports_several_changes_on_one_form_and_the_township_says_which_are_not_so() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    let path = "/staff/statements/village-reported";
    let begun = "township=140428100&village=140428100201&month=2026-11&changes=3\
                 &person-1=张三&kind-1=1&words-1=找到工作&person-3=李四";
    // More rows keep what is filled in, and state nothing.
    let more = county.post(path, &format!("{begun}&more=changes"));
    assert_eq!(more.status(), 200);
    let page = more.text().expect("a page");
    for kept in ["value=\"张三\"", "value=\"李四\"", "name=\"person-6\""] {
        assert!(page.contains(kept), "{kept} is not in {page}");
    }
    assert!(!page.contains("name=\"person-7\""));
    let refused = county.post(path, begun);
    assert_eq!(refused.status(), 409);
    let page = refused.text().expect("a page");
    assert!(page.contains("第3条的“变动”不对"), "{page}");
    let whole = format!("{begun}&kind-3=6&words-3=老人去世");
    assert_eq!(county.post(path, &whole).status(), 303);
    let page = county.page("/staff/events/1");
    assert!(
        page.contains("第1条 张三") && page.contains("第2条 李四") && page.contains("：老人去世"),
        "{page}"
    );
    let check = "/staff/statements/village-report-checked";
    for (wrong, words) in [("0", "不对"), ("一", "不对"), ("3", "没有登记成")] {
        let refused = county.post(check, &format!("of=1&wrong={wrong}"));
        assert_eq!(refused.status(), 409);
        let page = refused.text().expect("a page");
        assert!(page.contains(words), "{wrong}: {page}");
    }
    assert_eq!(county.post(check, "of=1&wrong=1、2").status(), 303);
    let page = county.page("/staff/events/2");
    assert!(page.contains("第1条") && page.contains("第2条"), "{page}");
}

/// Every form is shown to the county's staff, and an empty one is answered with what is wrong, never with a fault.
#[test]
fn every_form_has_a_page_and_takes_nothing_that_is_empty() {
    let bench = Bench::new();
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    for (key, needs_more) in [
        ("household-entered", true),
        ("official-entered", true),
        ("village-reported", true),
        ("township-reported", true),
        ("report-handed-in", true),
        ("person-found", true),
        ("lead-entered", true),
        ("problem-entered", true),
        ("call-taken", true),
        ("amount-set", true),
        ("members-set", true),
        ("household-stopped", true),
        ("money-recovered", true),
        ("household-filed", true),
        ("application-filed", true),
        ("official-left", true),
        ("relative-named", true),
        ("filing-visited", true),
        ("recused", true),
        ("filing-settled", true),
        ("village-report-checked", false),
        ("change-settled", true),
        ("household-rechecked", true),
        ("person-settled", true),
        ("policy-applied", true),
        ("policy-not-applied", true),
        ("lead-told", true),
        ("lead-verified", true),
        ("lead-answered", true),
        ("lead-extended", false),
        ("lead-handed-over", true),
        ("problem-progressed", true),
        ("problem-closed", true),
        ("staff-sanctioned", true),
        ("system-improved", true),
        ("call-settled", false),
        ("withdrawn", false),
    ] {
        let path = format!("/staff/statements/{key}");
        let page = county.page(&path);
        assert_eq!(page.contains("required"), needs_more, "{key}");
        for form in ["", "of=1", "of=x&reason=y"] {
            assert_eq!(county.post(&path, form).status(), 409, "{key} {form}");
        }
    }
}
