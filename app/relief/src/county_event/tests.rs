use proptest::prelude::*;

use super::samples::{County, day, household, name, words};
use super::*;
use crate::household::{AmountSet, HouseholdStopped, SupportClass};
use crate::lists::{FocusItem, ListCode};
use crate::person_entry::PersonEntry;
use crate::table::random_events::lists;

#[test]
fn what_is_taken_back_counts_from_that_day_on_and_not_before() {
    let mut county = County::new();
    let id = county.state(
        "2026-03-02",
        Fact::HouseholdEntered(household(SupportClass::DibaoRural, 1, 300, "2026-04")),
    );
    county.state("2026-03-05", Fact::Withdrawn(Withdrawn { event: id }));
    assert!(county.on("2026-03-04").roster.get(id).is_some());
    assert!(county.on("2026-03-05").roster.get(id).is_none());
    // Nothing refers to what was taken back, nor takes it back again.
    let again = Fact::Withdrawn(Withdrawn { event: id });
    assert_eq!(
        county.try_state("2026-03-06", again),
        Err(NotAdmitted::NoSuchEvent)
    );
}

#[test]
fn what_a_later_event_refers_to_is_not_taken_back_before_it() {
    let mut county = County::new();
    let id = county.state(
        "2026-03-02",
        Fact::HouseholdEntered(household(SupportClass::DibaoRural, 1, 300, "2026-04")),
    );
    let stop = county.state(
        "2026-06-02",
        Fact::HouseholdStopped(HouseholdStopped {
            household: id,
            from: "2026-07".parse().unwrap(),
            decided: day("2026-06-01"),
        }),
    );
    let back = |event| Fact::Withdrawn(Withdrawn { event });
    assert_eq!(
        county.try_state("2026-06-03", back(id)),
        Err(NotAdmitted::StillNeeded)
    );
    county.state("2026-06-03", back(stop));
    county.state("2026-06-03", back(id));
}

#[test]
fn a_cut_needs_a_reason_a_real_amount_and_a_day_that_has_come() {
    let mut county = County::new();
    let id = county.state(
        "2026-03-02",
        Fact::HouseholdEntered(household(SupportClass::DibaoRural, 1, 300, "2026-04")),
    );
    let cut = |fen, decided: &str| {
        Fact::AmountSet(AmountSet {
            household: id,
            monthly: crate::fen::Fen(fen),
            from: "2026-05".parse().unwrap(),
            decided: day(decided),
        })
    };
    let mut silent = county.event("2026-04-20", cut(20_000, "2026-04-20"));
    silent.reason = Words::default();
    assert_eq!(
        county.on("2026-04-20").admit(&silent),
        Err(NotAdmitted::ReasonMissing)
    );
    assert_eq!(
        NotAdmitted::ReasonMissing.source(),
        "民发〔2021〕57号 第32条；国务院令第649号 第13条"
    );
    assert_eq!(
        county.try_state("2026-04-20", cut(-1, "2026-04-20")),
        Err(NotAdmitted::Amount)
    );
    assert_eq!(
        county.try_state("2026-04-20", cut(1, "2026-04-21")),
        Err(NotAdmitted::Ahead)
    );
    county.state("2026-04-20", cut(20_000, "2026-04-20"));
}

#[test]
fn an_event_shows_nothing_of_the_people_in_it() {
    let county = County::new();
    let event = county.event(
        "2026-03-02",
        Fact::HouseholdEntered(household(SupportClass::DibaoRural, 1, 300, "2026-04")),
    );
    let lead = crate::lead::LeadEntered {
        by: Some(PersonEntry::named(name("王某"))),
        place: samples::place(),
        through: ListCode(5),
        focus: FocusItem(1),
        words: words("村里的低保给了赵某"),
        received: day("2026-03-02"),
        repeats: None,
        skipped_level: false,
    };
    let shown = format!("{event:?} {lead:?}");
    for secret in ["张三", "李四", "王某", "赵某"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// The numbers of kinds and fields stand in the ledger for ever.
#[test]
fn the_bytes_of_facts_are_these() {
    let hex = |fact: &Fact| -> String {
        fact.to_cbor()
            .unwrap()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let event = EventId(7);
    assert_eq!(hex(&Fact::Withdrawn(Withdrawn { event })), "820081a10007");
    let place = "a2001a085ec344016c313430343238313030323031";
    let person = format!("a20066e5bca0e4b889025820{}", "01".repeat(32));
    let entered = Fact::HouseholdEntered(household(SupportClass::DibaoRural, 1, 300, "2026-04"));
    let expected = format!("820181a700{place}01020281a200{person}01f40319753004195efb051950210660");
    assert_eq!(hex(&entered), expected);
    assert_eq!(Fact::from_cbor(&entered.to_cbor().unwrap()), Ok(entered));
}

#[test]
fn a_kind_of_a_later_build_and_bytes_behind_a_fact_are_refused() {
    // Kind 200.
    let later = minicbor::to_vec((200_u8, [(); 0])).unwrap();
    assert_eq!(Fact::from_cbor(&later), Err(FactError::Malformed));
    let mut bytes = Fact::Withdrawn(Withdrawn { event: EventId(1) })
        .to_cbor()
        .unwrap();
    bytes.push(0);
    assert_eq!(
        Fact::from_cbor(&bytes),
        Err(FactError::Trailing { extra: 1 })
    );
    let bytes = FACT_BYTES_MAX + 1;
    assert_eq!(
        Fact::from_cbor(&vec![0; bytes]),
        Err(FactError::TooLarge { bytes })
    );
}

#[test]
fn a_field_of_a_later_build_is_passed_over() {
    let bytes = [0x82, 0x00, 0x81, 0xa2, 0x00, 0x07, 0x18, 0x63, 0x01];
    assert_eq!(
        Fact::from_cbor(&bytes),
        Ok(Fact::Withdrawn(Withdrawn { event: EventId(7) }))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn every_fact_reads_back_as_it_was_and_its_days_were_not_ahead(events in lists()) {
        for event in events {
            let bytes = event.fact.to_cbor().unwrap();
            prop_assert!(event.fact.last_happened().is_none_or(|day| day <= event.date()));
            prop_assert_eq!(Fact::from_cbor(&bytes), Ok(event.fact.clone()));
            let kept = event.to_cbor().unwrap();
            let back = CountyEvent::from_cbor(event.id, event.actor.clone(), event.at_ms, &kept);
            prop_assert_eq!(back, Ok(event));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Fact::from_cbor(&bytes);
    }
}
