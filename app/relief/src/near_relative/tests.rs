use super::*;
use crate::codes::RelationCode;
use crate::county_event::samples::{County, day, household, member, name, person, place, words};
use crate::county_event::{EventId, Fact, NotAdmitted};
use crate::household::SupportClass;
use crate::scheme::SchemeId;
use crate::slip_number::SlipNumber;

/// What the official is to the applicant, of the built-in table.
const FATHER: RelationCode = RelationCode(2);
/// A relation that does not count by default.
const UNCLE: RelationCode = RelationCode(23);

fn official(county: &mut County, text: &str, key: u8, from: &str) -> EventId {
    let entered = OfficialEntered {
        person: person(text, key),
        category: OfficialCategory::Village,
        place: place(),
        post: words("村委会主任"),
        from: day(from),
    };
    county.state("2026-03-02", Fact::OfficialEntered(entered))
}

fn names(county: &mut County, official: EventId, key: u8, relation: RelationCode) {
    let relative = person("张三", key);
    county.state(
        "2026-03-03",
        Fact::RelativeNamed(RelativeNamed {
            official,
            relative,
            relation,
        }),
    );
}

fn application(
    county: &mut County,
    counter: u32,
    keys: &[u8],
    declared: Option<(&str, RelationCode)>,
) -> EventId {
    let application = ApplicationEntered {
        slip: SlipNumber::new(140_428, 1, counter).unwrap(),
        scheme: SchemeId::DIBAO,
        place: place(),
        persons: keys.iter().map(|key| person("张三", *key)).collect(),
        declared: declared.map(|(text, relation)| Declared {
            official_name: name(text),
            relation,
        }),
        applied: day("2026-03-05"),
    };
    county.state("2026-03-05", Fact::ApplicationEntered(application))
}

fn file(assisted: Assisted, official: EventId) -> Fact {
    Fact::RelativeFiled(RelativeFiled {
        assisted,
        official,
        relation: Some(FATHER),
        found_by: FoundBy::Declared,
    })
}

fn unfiled(county: &County) -> Vec<(EventId, Option<EventId>, FoundBy)> {
    county
        .on("2026-03-31")
        .near_relatives
        .unfiled()
        .map(|one| (one.assisted.event(), one.official, one.found_by))
        .collect()
}

#[test]
fn a_declared_relative_is_found_by_name_if_there_is_one_of_that_name() {
    let mut county = County::new();
    let chief = official(&mut county, "王主任", 50, "2024-01-01");
    let one = application(&mut county, 1, &[1], Some(("王主任", FATHER)));
    let nobody = application(&mut county, 2, &[2], Some(("赵某", FATHER)));
    application(&mut county, 3, &[3], Some(("王主任", UNCLE)));
    application(&mut county, 4, &[4], None);
    assert_eq!(
        unfiled(&county),
        [
            (one, Some(chief), FoundBy::Declared),
            (nobody, None, FoundBy::Declared)
        ]
    );
    // Two of one name: somebody must say which.
    official(&mut county, "王主任", 51, "2024-01-01");
    assert_eq!(unfiled(&county)[0], (one, None, FoundBy::Declared));
}

#[test]
fn a_relative_who_is_not_declared_is_found_by_the_key_of_the_number() {
    let mut county = County::new();
    let chief = official(&mut county, "王主任", 50, "2024-01-01");
    names(&mut county, chief, 7, FATHER);
    names(&mut county, chief, 8, UNCLE);
    let by_list = application(&mut county, 1, &[1, 7], None);
    application(&mut county, 2, &[8], None);
    let same = application(&mut county, 3, &[2, 50], None);
    let mut in_support = household(SupportClass::TekunScattered, 7, 700, "2026-02");
    in_support.members.push(member("李四", 3));
    let supported = county.state("2026-03-06", Fact::HouseholdEntered(in_support));
    assert_eq!(
        unfiled(&county),
        [
            (by_list, Some(chief), FoundBy::Matched),
            (same, Some(chief), FoundBy::SameHousehold),
            (supported, Some(chief), FoundBy::Matched),
        ]
    );
}

#[test]
fn a_new_official_makes_old_cases_filable_and_one_who_left_does_not() {
    let mut county = County::new();
    let one = application(&mut county, 1, &[7], None);
    assert_eq!(unfiled(&county), []);
    let chief = official(&mut county, "王主任", 50, "2026-03-01");
    names(&mut county, chief, 7, FATHER);
    assert_eq!(unfiled(&county), [(one, Some(chief), FoundBy::Matched)]);
    let left = OfficialLeft {
        official: chief,
        last: day("2026-03-20"),
    };
    county.state("2026-03-20", Fact::OfficialLeft(left));
    assert_eq!(unfiled(&county), []);
}

#[test]
fn an_official_does_not_act_on_a_relatives_case_whether_it_is_registered_or_only_found() {
    let mut county = County::new();
    let chief = official(&mut county, "王主任", 50, "2024-01-01");
    let other = official(&mut county, "李会计", 51, "2024-01-01");
    names(&mut county, chief, 7, FATHER);
    let found = Assisted::Application(application(&mut county, 1, &[7], None));
    let free = Assisted::Application(application(&mut county, 2, &[9], None));
    let may = |county: &County, official, assisted| {
        county
            .on("2026-03-31")
            .near_relatives
            .may_act(official, assisted)
    };
    let refused = Err(Recusal {
        official: chief,
        relation: Some(FATHER),
    });
    assert_eq!(may(&county, chief, found), refused);
    assert_eq!(may(&county, other, found), Ok(()));
    assert_eq!(may(&county, chief, free), Ok(()));
    county.state("2026-03-10", file(free, chief));
    assert_eq!(may(&county, chief, free), refused);
    // Who left and came back under another number is the same person.
    let again = official(&mut county, "王主任", 50, "2026-03-01");
    assert!(may(&county, again, free).is_err());
}

#[test]
fn the_county_visits_the_home_with_two_people_before_anything_is_settled() {
    let mut county = County::new();
    let chief = official(&mut county, "王主任", 50, "2024-01-01");
    let assisted =
        Assisted::Application(application(&mut county, 1, &[1], Some(("王主任", FATHER))));
    let filing = county.state("2026-03-06", file(assisted, chief));
    assert_eq!(
        county.try_state("2026-03-06", file(assisted, chief)),
        Err(NotAdmitted::Twice)
    );
    assert_eq!(unfiled(&county), []);
    let settle = |result| Fact::FilingSettled(FilingSettled { filing, result });
    let early = county.try_state("2026-03-07", settle(FilingResult::Confirmed));
    assert_eq!(early, Err(NotAdmitted::VisitFirst));
    assert_eq!(NotAdmitted::VisitFirst.source(), "民发〔2021〕57号 第20条");
    let visit = |by: &[&str]| {
        Fact::FilingVisited(FilingVisited {
            filing,
            on: day("2026-03-10"),
            by: by.iter().map(|text| name(text)).collect(),
            qualifies: true,
        })
    };
    assert_eq!(
        county.try_state("2026-03-10", visit(&["赵六"])),
        Err(NotAdmitted::TwoVisitors)
    );
    county.state("2026-03-10", visit(&["赵六", "孙七"]));
    let instead = |text| {
        Fact::Recused(Recused {
            filing,
            instead: name(text),
        })
    };
    assert_eq!(
        county.try_state("2026-03-11", instead("王主任")),
        Err(NotAdmitted::SameOfficial)
    );
    county.state("2026-03-11", instead("李会计"));
    county.state("2026-03-12", settle(FilingResult::Confirmed));
    let registers = county.on("2026-03-12");
    let filing = registers.near_relatives.filing(filing).unwrap();
    assert_eq!((filing.visits.len(), filing.recusals.len()), (1, 1));
    assert_eq!(
        filing.result.map(|(result, _)| result),
        Some(FilingResult::Confirmed)
    );
    assert!(registers.near_relatives.concerns(assisted));
}

#[test]
fn a_county_may_register_relatives_of_applicants_for_the_allowance_only() {
    let mut county = County::new();
    let setting = "edition = \"t\"\nset-by = \"county\"\n[[setting]]\nkey = \"near-relative-scope\"\nvalue = \"dibao-only\"\nsource = \"x\"\n";
    let files = [("settings.toml".to_owned(), setting.to_owned())].into();
    county.book = county.book.clone().with_files(&files).unwrap();
    let chief = official(&mut county, "王主任", 50, "2024-01-01");
    names(&mut county, chief, 7, FATHER);
    let destitute = household(SupportClass::TekunScattered, 7, 700, "2026-02");
    county.state("2026-03-06", Fact::HouseholdEntered(destitute));
    assert_eq!(unfiled(&county), []);
    let dibao = household(SupportClass::DibaoRural, 7, 300, "2026-02");
    let dibao = county.state("2026-03-06", Fact::HouseholdEntered(dibao));
    assert_eq!(unfiled(&county), [(dibao, Some(chief), FoundBy::Matched)]);
}
