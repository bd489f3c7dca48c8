//! What staff state for the registers, and what it keeps officers from.

use county::{ActError, StateError};
use relief::{
    Action, Actor, EventId, Fact, NearRelative, PersonEntry, PersonName, Place, RelationCode, Role,
    Words,
    county_event::{NotAdmitted, Withdrawn},
    near_relative::{
        Assisted, FoundBy, OfficialCategory, OfficialEntered, RelativeFiled, RelativeNamed,
    },
};

use crate::bench::{Bench, STAFF_KEY, secret};

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
    let key = county::keys::StaffKey::new(STAFF_KEY);
    let opened = county::County::open(config, stranger, key, clock);
    assert!(matches!(
        opened.err(),
        Some(county::OpenError::RegisterKey(_))
    ));
    bench.reboot_with(secret());
}
