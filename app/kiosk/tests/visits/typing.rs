use kiosk::flow::{
    Effect, Field, FieldFault, Input, Notice, Page, Pick, StatusOutcome, StatusQuery, Touch, Typed,
};
use relief::{IdNumberError, NameError, SlipNumber};

use crate::story::Story;

#[test]
fn a_wrong_number_is_refused_with_its_reason_and_nothing_is_lost() {
    let mut story = Story::new();
    story.begin().touch(Touch::TypeByHand).answer("王秀英");
    for (line, error) in [
        ("", IdNumberError::Empty),
        ("1404281880", IdNumberError::Length { got: 10 }),
        ("140428188001010014", IdNumberError::CheckDigit),
        ("140428188102290018", IdNumberError::BirthDate),
    ] {
        story.touch(Touch::EraseAll).answer(line);
        assert_eq!(story.page(), Page::Type(Field::IdNumber));
        assert_eq!(
            story.visit.editor().fault,
            Some(FieldFault::IdNumber(error)),
            "{line}"
        );
        assert_eq!(story.visit.editor().text(), line);
    }
    story.touch(Touch::EraseAll).answer("14042818830303001x");
    assert_eq!(
        story.page(),
        Page::Type(Field::Address),
        "a small x is as good"
    );
    assert_eq!(story.answers().name.as_deref(), Some("王秀英"));
}

#[test]
fn an_empty_and_an_endless_name_are_refused_with_their_lengths() {
    let mut story = Story::new();
    story.begin().touch(Touch::TypeByHand).answer("");
    assert_eq!(
        story.visit.editor().fault,
        Some(FieldFault::Name(NameError::Empty))
    );
    story.answer(&"长".repeat(200));
    let fault = FieldFault::Name(NameError::TooLong {
        chars: 200,
        limit: 50,
    });
    assert_eq!(story.visit.editor().fault, Some(fault));
    story.touch(Touch::Erase);
    assert_eq!(
        story.visit.editor().fault,
        None,
        "typing on takes the complaint away"
    );
}

#[test]
fn pinyin_becomes_a_name_one_character_at_a_time() {
    let mut story = Story::new();
    story.begin().touch(Touch::TypeByHand);
    for key in "wang".chars() {
        story.touch(Touch::Type(Typed(key.to_string())));
    }
    assert_eq!(story.visit.editor().candidates()[0], '王');
    story.touch(Touch::Candidate(0));
    story.touch(Touch::Type(Typed("jie".to_owned())));
    while !story.visit.editor().candidates().contains(&'㛃') {
        assert!(
            story.visit.editor().more_candidates().1,
            "the rare character is not offered"
        );
        story.touch(Touch::CandidatesForward);
    }
    let place = story
        .visit
        .editor()
        .candidates()
        .iter()
        .position(|c| *c == '㛃')
        .unwrap();
    story.touch(Touch::Candidate(place)).touch(Touch::Next);
    assert_eq!(story.answers().name.as_deref(), Some("王㛃"));
}

#[test]
fn letters_that_are_no_character_yet_are_erased_before_characters_are() {
    let mut story = Story::new();
    story.begin().touch(Touch::TypeByHand);
    story.touch(Touch::Type(Typed("王li".to_owned())));
    story.touch(Touch::Erase).touch(Touch::Erase);
    assert_eq!(
        (story.visit.editor().text(), story.visit.editor().letters()),
        ("王", "")
    );
    story.touch(Touch::Erase);
    assert_eq!(story.visit.editor().text(), "");
}

#[test]
fn a_person_without_a_number_tells_why_and_when_born() {
    let mut story = Story::new();
    story
        .begin()
        .touch(Touch::TypeByHand)
        .answer("王小宝")
        .touch(Touch::NoneOfThese);
    assert_eq!(story.page(), Page::Pick(Pick::NoNumberReason));
    story.touch(Touch::Choose(1));
    assert_eq!(story.page(), Page::Pick(Pick::Sex));
    story.touch(Touch::Choose(0));
    assert_eq!(story.page(), Page::Type(Field::BirthDate));
    story.answer("20260230");
    assert_eq!(story.visit.editor().fault, Some(FieldFault::BirthDate));
    story.touch(Touch::EraseAll).answer("20260228");
    assert_eq!(story.page(), Page::Type(Field::Address));
    assert_eq!(story.answers().birth.as_deref(), Some("20260228"));
}

#[test]
fn a_slip_number_is_checked_before_it_is_looked_up() {
    let mut story = Story::new();
    story.touch(Touch::Status).touch(Touch::TypeByHand);
    let number = SlipNumber::new(140_428, 3, 17).unwrap().to_string();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let wrong = format!("{}1", &digits[..15]);
    if wrong != digits {
        story.answer(&wrong);
        assert!(matches!(
            story.visit.editor().fault,
            Some(FieldFault::SlipNumber(_))
        ));
    }
    story.touch(Touch::EraseAll).answer(&digits);
    let asked = matches!(
        story.effects.last(),
        Some(Effect::LookUpStatus(StatusQuery::SlipNumber(asked))) if *asked == number
    );
    assert!(asked);
    story.tell(Input::StatusFound(StatusOutcome::Unknown));
    assert_eq!(story.visit.notice(), Some(&Notice::UnknownSlip));
}
