use super::*;
use crate::county_event::samples::{County, day, household, month, person, place};
use crate::county_event::{EventId, Fact, NotAdmitted};
use crate::fen::Fen;
use crate::household::{HouseholdStopped, SupportClass};
use crate::lists::ListCode;
use crate::person_entry::PersonKey;

fn found(group: SpecialGroup, household: Option<EventId>, happened: &str) -> Fact {
    Fact::PersonFound(PersonFound {
        person: person("张三", 1),
        place: place(),
        group,
        happened: day(happened),
        through: ListCode(1),
        household,
        disability: None,
        family_size: 0,
    })
}

fn entered(county: &mut County, class: SupportClass) -> EventId {
    county.state(
        "2026-01-05",
        Fact::HouseholdEntered(household(class, 1, 300, "2026-02")),
    )
}

#[test]
fn a_death_in_a_household_on_the_allowance_has_three_months_and_others_have_no_number() {
    for (class, group, last) in [
        (
            SupportClass::DibaoRural,
            SpecialGroup::Died,
            Some("2026-07-15"),
        ),
        (SupportClass::DibaoRural, SpecialGroup::Imprisoned, None),
        (SupportClass::TekunScattered, SpecialGroup::Died, None),
    ] {
        let mut county = County::new();
        let id = entered(&mut county, class);
        let id = county.state("2026-04-20", found(group, Some(id), "2026-04-15"));
        let registers = county.on("2026-04-20");
        let special = registers.special_groups.get(id).unwrap();
        let deadline = special.deadline(&registers.roster, &county.book);
        let due = deadline
            .and_then(|deadline| deadline.last_day())
            .map(|due| due.date);
        assert_eq!(due, last.map(day), "{class:?} {group:?}");
        assert!(!special.is_settled());
    }
}

#[test]
fn the_same_death_is_entered_once_and_settled_once() {
    let mut county = County::new();
    let id = entered(&mut county, SupportClass::DibaoRural);
    let death = || found(SpecialGroup::Died, Some(id), "2026-04-15");
    let event = county.state("2026-04-20", death());
    assert_eq!(
        county.try_state("2026-04-21", death()),
        Err(NotAdmitted::Twice)
    );
    let settled = || {
        Fact::PersonSettled(PersonSettled {
            found: event,
            measure: Measure::Stopped,
            from: month("2026-05"),
            monthly: Fen::ZERO,
            decided: day("2026-04-22"),
            funeral: None,
        })
    };
    county.state("2026-04-22", settled());
    assert_eq!(
        county.try_state("2026-04-23", settled()),
        Err(NotAdmitted::Twice)
    );
    assert!(
        county
            .on("2026-04-23")
            .special_groups
            .get(event)
            .unwrap()
            .is_settled()
    );
}

#[test]
fn a_new_disability_certificate_is_answered_with_support_or_a_reason() {
    let mut county = County::new();
    let no_certificate = found(SpecialGroup::NewlyDisabled, None, "2026-04-15");
    assert_eq!(
        county.try_state("2026-04-20", no_certificate),
        Err(NotAdmitted::NotOfThisKind)
    );
    let id = county.state(
        "2026-04-20",
        found(SpecialGroup::NewlyMonitored, None, "2026-04-15"),
    );
    let no = Fact::PolicyNotApplied(PolicyNotApplied {
        found: id,
        qualifies: false,
    });
    assert!(
        !county
            .on("2026-04-21")
            .special_groups
            .get(id)
            .unwrap()
            .is_settled()
    );
    county.state("2026-04-22", no);
    assert!(
        county
            .on("2026-04-22")
            .special_groups
            .get(id)
            .unwrap()
            .is_settled()
    );
    let measure = Fact::HouseholdStopped(HouseholdStopped {
        household: id,
        from: month("2026-05"),
        decided: day("2026-04-22"),
    });
    assert_eq!(
        county.try_state("2026-04-22", measure),
        Err(NotAdmitted::NoSuchEvent)
    );
}

#[test]
fn a_list_of_deaths_is_matched_with_households_that_are_still_paid() {
    let mut county = County::new();
    let running = entered(&mut county, SupportClass::DibaoRural);
    let mut other = household(SupportClass::DibaoRural, 2, 300, "2026-02");
    other.members[0].person = person("李四", 2);
    let stopped = county.state("2026-01-05", Fact::HouseholdEntered(other));
    county.state(
        "2026-02-10",
        Fact::HouseholdStopped(HouseholdStopped {
            household: stopped,
            from: month("2026-03"),
            decided: day("2026-02-10"),
        }),
    );
    let row = |key, group| Listed {
        key: PersonKey([key; 32]),
        group,
        happened: day("2026-04-15"),
    };
    let list = [
        row(2, SpecialGroup::Died),
        row(1, SpecialGroup::Died),
        row(3, SpecialGroup::Died),
        row(3, SpecialGroup::NewlyMonitored),
    ];
    let registers = county.on("2026-04-20");
    assert_eq!(
        matched(&list, &registers.roster, &registers.special_groups),
        [
            Match {
                row: 1,
                household: Some(running)
            },
            Match {
                row: 3,
                household: None
            },
        ]
    );
    // What is known already is not matched again.
    county.state(
        "2026-04-20",
        found(SpecialGroup::Died, Some(running), "2026-04-15"),
    );
    let registers = county.on("2026-04-20");
    assert_eq!(
        matched(&list[..2], &registers.roster, &registers.special_groups),
        []
    );
}
