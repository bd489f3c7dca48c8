use kiosk::flow::{
    Effect, FlowContent, Input, Mark, Notice, Page, PaperOutcome, Pick, Touch, Typed,
};

use crate::story::{Story, card, page, slip};

#[test]
fn a_card_of_one_scheme_leads_straight_to_its_application() {
    let mut story = Story::new();
    story
        .touch(Touch::Cards)
        .touch(Touch::Choose(0))
        .touch(Touch::Section(2));
    assert_eq!(
        story.page(),
        Page::Card {
            card: 0,
            section: 2
        }
    );
    story.touch(Touch::Apply);
    assert_eq!(story.page(), Page::Privacy);
    assert_eq!(story.answers().scheme, Some(0));
}

#[test]
fn a_card_of_two_schemes_asks_which() {
    let content = FlowContent::builtin();
    let card = content
        .cards
        .iter()
        .position(|card| card.schemes.len() == 2)
        .unwrap();
    let mut story = Story::new();
    story
        .touch(Touch::Cards)
        .touch(Touch::Choose(card))
        .touch(Touch::Apply);
    assert_eq!(story.page(), Page::Pick(Pick::Scheme));
    assert_eq!(story.visit.offered_schemes(), content.cards[card].schemes);
    story.touch(Touch::Choose(1));
    assert_eq!(story.answers().scheme, Some(content.cards[card].schemes[1]));
}

#[test]
fn each_answer_can_be_changed_from_the_review_and_leads_back_there() {
    let mut story = Story::new();
    story.up_to_review();
    for (line, page) in story.answers().review_lines().into_iter().enumerate() {
        story.touch(Touch::Edit(line));
        assert_eq!(story.page(), page);
        match page {
            Page::Pick(Pick::Scheme) => story.touch(Touch::Choose(2)),
            Page::Pick(Pick::Township | Pick::NearRelative) => story.touch(Touch::Choose(0)),
            _ => story.touch(Touch::Next),
        };
        if page == Page::Paper {
            story.touch(Touch::PaperLater);
        }
        assert_eq!(story.page(), Page::Review, "after {page:?}");
    }
    story.touch(Touch::Next);
    assert_eq!(
        story.submitted_draft().scheme,
        story.visit.content().schemes[2].id
    );
    assert!(story.submitted_draft().near_relative.is_none());
}

#[test]
fn back_walks_the_way_that_was_come_and_keeps_every_answer() {
    let mut story = Story::new();
    story.up_to_review();
    let mut passed = vec![story.page()];
    while story.page() != Page::Home {
        story.touch(Touch::Back);
        passed.push(story.page());
        assert!(passed.len() < 30, "no way home: {passed:?}");
    }
    assert_eq!(story.answers().name.as_deref(), Some("王秀英"));
}

#[test]
fn going_home_in_the_middle_asks_first() {
    let mut story = Story::new();
    story.by_hand().touch(Touch::Home);
    assert_eq!(story.visit.notice(), Some(&Notice::LeaveApplication));
    story.touch(Touch::Dismiss);
    assert_eq!(story.page(), Page::Who);
    story.touch(Touch::Home).touch(Touch::Home);
    assert_eq!(story.page(), Page::Home);
    assert_eq!(story.answers().name, None);
    assert!(matches!(story.effects.last(), Some(Effect::Wipe)));
}

#[test]
fn no_touch_on_any_page_panics() {
    let touches = || {
        vec![
            Touch::Back,
            Touch::Next,
            Touch::Apply,
            Touch::Cards,
            Touch::Status,
            Touch::Choose(0),
            Touch::Choose(1),
            Touch::Choose(usize::MAX),
            Touch::SheetForward,
            Touch::SheetBack,
            Touch::Section(1),
            Touch::Section(usize::MAX),
            Touch::TypeByHand,
            Touch::Edit(0),
            Touch::Edit(usize::MAX),
            Touch::AddMember,
            Touch::RemoveMember(0),
            Touch::NoneOfThese,
            Touch::Tick(0),
            Touch::Tick(9),
            Touch::TakePhoto,
            Touch::PaperLater,
            Touch::ShowPage(0),
            Touch::DropPage,
            Touch::PrintAgain,
            Touch::Dismiss,
            Touch::Type(Typed("zh1X·王".to_owned())),
            Touch::Erase,
            Touch::Candidate(0),
            Touch::Candidate(99),
            Touch::CandidatesForward,
            Touch::CandidatesBack,
            Touch::EraseAll,
            Touch::Home,
        ]
    };
    let mut story = Story::new();
    // A walk that is the same each time and comes through most pages: each touch after each other.
    for n in 0..20_000_usize {
        let all = touches();
        let touch = all[(n * n + n / 7) % all.len()].clone();
        story.touch(touch);
        let _ = kiosk::views::view(&story.visit);
        match n % 11 {
            3 => story.tell(Input::CardRead(card("王秀英"))),
            5 => story.tell(Input::Submitted(slip())),
            7 => story.tell(Input::PhotoRead(PaperOutcome::Read(page(Mark::Unsure)))),
            _ => &mut story,
        };
    }
}
