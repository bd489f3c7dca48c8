use kiosk::flow::{Effect, Finished, Input, Notice, Page, PrinterReport, SubmitFault, Touch};
use relief::{IdNumber, NearRelative, Phone, Sex};

use crate::story::{MAN, Story, WOMAN, ids, slip};

#[test]
fn the_record_holds_exactly_what_was_typed() {
    let mut story = Story::new();
    story.up_to_review().touch(Touch::Next);
    let content = story.visit.content();
    let record = story.submitted_draft().to_application(ids()).unwrap();
    assert_eq!(record.scheme, content.schemes[0].id);
    assert_eq!(record.card_edition, content.schemes[0].card_edition);
    assert_eq!(record.township, content.townships[2].code);
    let person = &record.applicant;
    assert_eq!(person.name.entered(), "王秀英");
    assert_eq!(person.sex, Sex::Female);
    assert_eq!(person.nation_code, None);
    assert_eq!(person.birth.to_string(), "1880-02-29");
    assert_eq!(person.address, "丹朱镇东街1号");
    assert_eq!(person.id_number.as_ref().map(IdNumber::as_str), Some(WOMAN));
    assert_eq!(person.no_number_reason, None);
    assert_eq!(
        person.phone.as_ref().map(Phone::as_str),
        Some("13000000000")
    );
    assert!(!person.from_card);
    let [member] = record.household.as_slice() else {
        panic!("not one member")
    };
    assert_eq!(member.name.entered(), "李大山");
    assert_eq!(member.relation, content.relations[0].code);
    assert_eq!(member.id_number.as_ref().map(IdNumber::as_str), Some(MAN));
    assert_eq!(
        record.reasons,
        vec![content.reasons[0].code, content.reasons[3].code]
    );
    assert_eq!(record.reason_text, "房子被水淹了");
    match &record.near_relative {
        NearRelative::Related {
            official_name,
            relation,
        } => {
            assert_eq!(official_name.entered(), "赵国强");
            assert_eq!(*relation, content.official_relations[3].code);
        }
        NearRelative::None => panic!("the official is lost"),
    }
    let kinds: Vec<u8> = record
        .consents
        .iter()
        .map(|consent| consent.kind.0)
        .collect();
    assert_eq!(kinds, vec![1, 2, 3]);
    assert!(
        record
            .consents
            .iter()
            .all(|consent| !consent.text_edition.is_empty())
    );
    assert!(
        record
            .consents
            .is_sorted_by_key(|consent| consent.shown_tick_ms)
    );
    assert!(record.pages.is_empty());
    let bytes = record.to_cbor().unwrap();
    assert_eq!(relief::Application::from_cbor(&bytes).unwrap(), record);
}

#[test]
fn a_full_disk_loses_nothing_and_says_so() {
    let mut story = Story::new();
    story.up_to_review().touch(Touch::Next);
    assert_eq!(story.page(), Page::Submitting);
    story.tell(Input::SubmitFailed(SubmitFault::DiskFull));
    assert_eq!(story.page(), Page::Review);
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Submit(SubmitFault::DiskFull))
    );
    story.touch(Touch::Dismiss).touch(Touch::Next);
    let drafts: Vec<&Finished> = story
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Submit(finished) => Some(&**finished),
            _ => None,
        })
        .collect();
    assert!(
        drafts.len() == 2 && drafts[0] == drafts[1],
        "the second try is the same draft"
    );
}

#[test]
fn nobody_is_thanked_before_the_submission_is_stored() {
    let mut story = Story::new();
    story.up_to_review().touch(Touch::Next);
    story
        .touch(Touch::Home)
        .touch(Touch::Back)
        .touch(Touch::Next)
        .wait(500_000);
    assert_eq!(
        story.page(),
        Page::Submitting,
        "neither touch nor time ends the storing"
    );
    story.tell(Input::Submitted(slip()));
    assert_eq!(story.page(), Page::Slip);
    let printed = matches!(story.effects.last(), Some(Effect::PrintSlip(number)) if *number == slip().slip_number);
    assert!(printed);
    assert_eq!(
        story.answers().name,
        None,
        "nothing readable stays once it is sealed"
    );
}

#[test]
fn the_slip_survives_a_printer_without_paper_and_is_printed_again_on_request() {
    let mut story = Story::new();
    story
        .up_to_review()
        .touch(Touch::Next)
        .tell(Input::Submitted(slip()));
    let prints = |story: &Story| {
        story
            .effects
            .iter()
            .filter(|effect| matches!(effect, Effect::PrintSlip(_)))
            .count()
    };
    story.touch(Touch::PrintAgain);
    assert_eq!(prints(&story), 1, "not while it is printing");
    story
        .tell(Input::PrinterReport(PrinterReport::NoPaper))
        .touch(Touch::PrintAgain);
    assert_eq!(prints(&story), 2);
    story
        .tell(Input::PrinterReport(PrinterReport::Printed))
        .touch(Touch::Next);
    assert_eq!((story.page(), story.visit.slip()), (Page::Home, None));
    assert!(matches!(story.effects.last(), Some(Effect::Wipe)));
}
