//! Full numbers of the registers' events: masked on every page, shown for a reason that the auditor reads.

use county::accounts::Act;
use relief::{
    Actor, EventId, Fact, Fen, IdNumber, ListCode, Month, PersonEntry, PersonName, Phone, Place,
    RelationCode, Role, Words,
    hotline::CallTaken,
    household::{HouseholdEntered, HouseholdMember, MembersSet, SupportClass},
    lead::LeadEntered,
    lists::FocusItem,
    monthly_report::{Change, VillageReported},
    near_relative::{OfficialCategory, OfficialEntered, RelativeNamed},
    special_group::{PersonFound, SpecialGroup},
};

use super::{VILLAGE, case_and_event, officers, pages};
use crate::{
    bench::{Bench, application},
    http::Server,
};

/// The `index`-th synthetic number.
fn number(index: u32) -> IdNumber {
    "0123456789X"
        .chars()
        .find_map(|check| IdNumber::parse(&format!("14042818900101{index:03}{check}")).ok())
        .expect("one of the check digits")
}

fn person(bench: &Bench, index: u32) -> PersonEntry {
    let number = number(index);
    PersonEntry {
        id_number: Some(number),
        key: Some(bench.county.person_key(&number)),
        ..PersonEntry::named(PersonName::parse("李某某").expect("a name"))
    }
}

fn words(text: &str) -> Words {
    Words::parse(text).expect("words")
}

fn state(bench: &Bench, fact: Fact) -> EventId {
    let county = Actor {
        role: Role::County,
        name: "李科员".to_owned(),
    };
    let stated = bench.county.state(county, words("登记"), None, fact);
    stated.expect("an admitted fact")
}

/// An event of each kind that enters somebody, and the numbers that it holds.
fn events(bench: &Bench) -> Vec<(EventId, Vec<String>)> {
    let place = Place {
        township: application(3, 1).township.clone(),
        village: VILLAGE.to_owned(),
    };
    let today = "2026-11-20".parse().expect("a day");
    let month = Month::new(2026, 11).expect("a month");
    let member = |index| HouseholdMember {
        person: person(bench, index),
        disabled: false,
    };
    let full = |indices: &[u32]| {
        let numbers = indices.iter().map(|index| number(*index));
        numbers.map(|number| number.as_str().to_owned()).collect()
    };
    let household = state(
        bench,
        Fact::HouseholdEntered(HouseholdEntered {
            place: place.clone(),
            class: SupportClass::DibaoRural,
            members: vec![member(1), member(2)],
            monthly: Fen(30_000),
            from: month,
            decided: today,
            institution: Words::default(),
            slip: None,
            applied: None,
        }),
    );
    let official = state(
        bench,
        Fact::OfficialEntered(OfficialEntered {
            person: person(bench, 3),
            category: OfficialCategory::Village,
            place: place.clone(),
            post: words("村主任"),
            from: today,
        }),
    );
    let phone = Phone::parse("13800000001").expect("a telephone");
    let others = [
        (
            Fact::MembersSet(MembersSet {
                household,
                members: vec![member(2), member(4)],
                from: month,
            }),
            full(&[2, 4]),
        ),
        (
            Fact::RelativeNamed(RelativeNamed {
                official,
                relative: person(bench, 5),
                relation: RelationCode(2),
            }),
            full(&[5]),
        ),
        (
            Fact::VillageReported(VillageReported {
                place: place.clone(),
                month,
                changes: vec![Change {
                    household: None,
                    person: person(bench, 6),
                    kind: ListCode(1),
                    words: words("外出务工"),
                }],
            }),
            full(&[6]),
        ),
        (
            Fact::PersonFound(PersonFound {
                person: person(bench, 7),
                place: place.clone(),
                group: SpecialGroup::Died,
                happened: today,
                through: ListCode(1),
                household: None,
                disability: None,
                family_size: 1,
            }),
            full(&[7]),
        ),
        (
            Fact::LeadEntered(LeadEntered {
                by: Some(person(bench, 8)),
                place: place.clone(),
                through: ListCode(1),
                focus: FocusItem(1),
                words: words("没有按月发"),
                received: today,
                repeats: None,
                skipped_level: false,
            }),
            full(&[8]),
        ),
        (
            Fact::CallTaken(CallTaken {
                place,
                kind: ListCode(1),
                words: words("问进度"),
                phone: Some(phone),
                answered: false,
            }),
            vec![phone_text()],
        ),
    ];
    let mut events = vec![(household, full(&[1, 2])), (official, full(&[3]))];
    events.extend(others.map(|(fact, numbers)| (state(bench, fact), numbers)));
    events
}

fn phone_text() -> String {
    "13800000001".to_owned()
}

#[test]
fn an_event_masks_whom_it_names_until_a_reason_is_remembered() {
    let mut bench = Bench::new();
    case_and_event(&mut bench);
    let events = events(&bench);
    let all: Vec<&String> = events.iter().flat_map(|(_, numbers)| numbers).collect();
    let server = Server::start(&bench.county);
    let officers = officers(&server);
    for (office, browser) in &officers {
        let pages = pages(browser);
        for (path, page) in &pages {
            let shown: Vec<_> = all.iter().filter(|full| page.contains(**full)).collect();
            assert!(shown.is_empty(), "{office} sees {shown:?} on {path}");
        }
        let sees_events = pages
            .iter()
            .any(|(path, _)| path.starts_with("/staff/events"));
        assert_eq!(
            sees_events,
            *office != "administrator" && *office != "other township"
        );
    }
    let [_, (_, township), (_, other), (_, county), (_, auditor), _] = &officers;
    for (id, numbers) in &events {
        let path = format!("/staff/events/{id}/numbers");
        for (browser, offered) in [(township, true), (county, true), (auditor, false)] {
            let page = browser.page(&format!("/staff/events/{id}"));
            assert_eq!(page.contains(&path), offered, "{page}");
        }
        assert_eq!(other.post(&path, "reason=ok").status(), 404);
        for reason in ["reason=", "reason=+", "reason=x", "reason=%00%00"] {
            assert_eq!(township.post(&path, reason).status(), 409);
        }
        let asked = bench.county.accesses(None, 1).expect("the ledger");
        assert_ne!(asked[0].act, Act::UnmaskedEvent, "nothing was shown");
        let shown = township.post(&path, "reason=check").text().expect("a page");
        for full in &all {
            assert_eq!(shown.contains(*full), numbers.contains(full), "{shown}");
        }
        let last = bench
            .county
            .accesses(None, 1)
            .expect("the ledger")
            .remove(0);
        assert_eq!(
            (last.act, &*last.name, &*last.about, &*last.reason),
            (Act::UnmaskedEvent, "镇乙", &*id.to_string(), "check")
        );
    }
    let accesses = auditor.page("/staff/accesses");
    assert_eq!(accesses.matches("看登记的完整号码").count(), events.len());
    assert!(!all.iter().any(|full| accesses.contains(*full)));
}
