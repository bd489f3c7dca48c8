use kiosk::flow::{FieldFault, Notice, Page, Pick, Touch};

use crate::story::{OTHER_MAN, Story, WOMAN};

#[test]
fn one_number_stands_for_one_person() {
    let mut story = Story::new();
    story.by_hand().touch(Touch::Next);
    story.add_member(1, "王小宝").answer(WOMAN);
    assert_eq!(story.visit.editor().fault, Some(FieldFault::SameNumber));
    story.touch(Touch::EraseAll).answer(OTHER_MAN);
    assert_eq!(story.page(), Page::Household);
    story.add_member(1, "王二宝").answer(OTHER_MAN);
    assert_eq!(story.visit.editor().fault, Some(FieldFault::SameNumber));
}

#[test]
fn a_member_may_be_without_number_and_be_taken_out_again() {
    let mut story = Story::new();
    story
        .by_hand()
        .touch(Touch::Next)
        .add_member(1, "王小宝")
        .touch(Touch::NoneOfThese)
        .touch(Touch::Choose(0));
    assert_eq!(story.page(), Page::Household);
    let [member] = story.answers().household.as_slice() else {
        panic!("not one member")
    };
    assert!(member.id_number.is_empty() && member.no_number_reason.is_some());
    story.touch(Touch::RemoveMember(0));
    assert!(story.answers().household.is_empty());
}

#[test]
fn the_household_is_full_at_its_limit() {
    let mut story = Story::new();
    story.by_hand().touch(Touch::Next);
    for n in 0..relief::record::MEMBERS_MAX {
        story.add_member(1, &format!("家人{n}"));
        story.touch(Touch::NoneOfThese).touch(Touch::Choose(0));
    }
    story.touch(Touch::AddMember);
    let limit = relief::record::MEMBERS_MAX;
    assert_eq!(story.visit.notice(), Some(&Notice::HouseholdFull { limit }));
    assert_eq!(story.answers().household.len(), limit);
}

#[test]
fn no_reason_no_next_step() {
    let mut story = Story::new();
    story
        .by_hand()
        .touch(Touch::Next)
        .touch(Touch::Next)
        .touch(Touch::Next);
    assert_eq!(story.page(), Page::Pick(Pick::Reasons));
    story
        .touch(Touch::Choose(1))
        .touch(Touch::Choose(1))
        .touch(Touch::Next);
    assert_eq!(
        story.page(),
        Page::Pick(Pick::Reasons),
        "ticked and unticked is no reason"
    );
}

#[test]
fn both_texts_must_be_ticked() {
    let mut story = Story::new();
    story
        .by_hand()
        .touch(Touch::Next)
        .touch(Touch::Next)
        .touch(Touch::Choose(0));
    story.touch(Touch::Next).touch(Touch::Choose(0));
    assert_eq!(story.page(), Page::Consents);
    story
        .touch(Touch::Next)
        .touch(Touch::Tick(0))
        .touch(Touch::Next);
    assert_eq!(story.page(), Page::Consents);
    story.touch(Touch::Tick(1)).touch(Touch::Next);
    assert_eq!(story.page(), Page::Paper);
}
