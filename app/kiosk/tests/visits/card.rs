use kiosk::flow::{CardFault, Effect, Field, FieldFault, Input, Notice, Page, Pick, Touch};
use relief::IdNumberError;

use crate::story::{Story, card};

#[test]
fn a_card_answers_all_but_township_and_telephone() {
    let mut story = Story::new();
    story.begin().tell(Input::CardRead(card("王秀英")));
    assert_eq!(story.page(), Page::Pick(Pick::Township));
    story.touch(Touch::Choose(0)).touch(Touch::NoneOfThese);
    assert_eq!(story.page(), Page::Who);
    assert!(story.answers().from_card);
    assert_eq!(story.answers().nation_code, Some(13));
    assert_eq!(
        story.answers().address.as_deref(),
        Some("山西省长子县丹朱镇东大街村一组12号")
    );
}

#[test]
fn a_changed_card_answer_is_no_longer_the_cards() {
    let mut story = Story::new();
    story.begin().tell(Input::CardRead(card("王秀英")));
    story
        .touch(Touch::Choose(0))
        .touch(Touch::NoneOfThese)
        .touch(Touch::Edit(2));
    assert_eq!(story.page(), Page::Type(Field::Address));
    story.touch(Touch::Next);
    assert!(
        story.answers().from_card,
        "confirming without a change is no change"
    );
    story.touch(Touch::Edit(2)).answer("东头");
    assert!(!story.answers().from_card);
    assert_eq!(
        story.answers().address.as_deref(),
        Some("山西省长子县丹朱镇东大街村一组12号东头")
    );
}

#[test]
fn the_reader_is_watched_only_while_a_card_is_asked_for() {
    let mut story = Story::new();
    story.begin();
    assert!(matches!(
        story.effects.last(),
        Some(Effect::WatchIdReader(true))
    ));
    story.tell(Input::CardRead(card("王秀英")));
    assert!(matches!(
        story.effects.last(),
        Some(Effect::WatchIdReader(false))
    ));
    let before = story.effects.len();
    story.tell(Input::CardRead(card("李四")));
    assert_eq!(
        story.answers().name.as_deref(),
        Some("王秀英"),
        "a late card changes nothing"
    );
    assert_eq!(story.effects.len(), before);
}

#[test]
fn a_card_that_fails_leaves_the_person_where_they_were() {
    let mut story = Story::new();
    story.begin().tell(Input::CardFailed(CardFault::Unreadable));
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Card(CardFault::Unreadable))
    );
    story.touch(Touch::Dismiss);
    assert_eq!((story.page(), story.visit.notice()), (Page::Identify, None));
    let mut bad = card("王秀英");
    bad.id_number = "140428188002290028".to_owned();
    story.tell(Input::CardRead(bad));
    let fault = FieldFault::IdNumber(IdNumberError::CheckDigit);
    assert_eq!(story.visit.notice(), Some(&Notice::CardRefused(fault)));
    assert_eq!(story.answers().name, None);
}

#[test]
fn rare_characters_of_names_are_kept_whether_or_not_the_screen_can_draw_them() {
    for (name, unshown) in [("王㛃", 0), ("龚䶮𬭎", 0), ("王𠮷", 0), ("张\u{2B73A}", 1)] {
        let mut story = Story::new();
        story.begin().tell(Input::CardRead(card(name)));
        let drawn = name.chars().filter(|c| !kiosk::font::covers(*c)).count();
        let expected = (drawn > 0).then_some(Notice::UnshownCharacters { count: drawn });
        assert_eq!(story.visit.notice(), expected.as_ref(), "{name}");
        assert!(drawn >= unshown, "{name}");
        assert_eq!(story.answers().name.as_deref(), Some(name));
    }
}
