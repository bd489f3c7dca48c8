use std::sync::Arc;

use kiosk::flow::{
    Effect, Input, Mark, Notice, Page, PaperFault, PaperOutcome, Pick, Touch, Waiting,
};
use relief::BoxState;

use crate::story::{Story, ids, page};

#[test]
fn a_photo_of_something_else_is_said_and_another_may_be_taken() {
    let mut story = Story::new();
    story.up_to_review();
    story
        .edit(Page::Paper)
        .touch(Touch::TakePhoto)
        .touch(Touch::TakePhoto);
    let taken = story
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::TakePhoto))
        .count();
    assert_eq!(taken, 1, "one picture at a time");
    assert_eq!(story.visit.waiting(), Waiting::Photo);
    story.tell(Input::PhotoRead(PaperOutcome::Refused(
        PaperFault::NotOurForm,
    )));
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Paper(PaperFault::NotOurForm))
    );
    story.touch(Touch::Dismiss).touch(Touch::TakePhoto);
    story
        .tell(Input::PhotoRead(PaperOutcome::Read(page(Mark::Marked))))
        .touch(Touch::Next);
    story.touch(Touch::Next);
    let record = story.submitted_draft().to_application(ids()).unwrap();
    let [page] = &record.pages[..] else {
        panic!("{} pages", record.pages.len());
    };
    assert_eq!((page.edition.as_str(), page.page), ("1", 1));
    assert_eq!(page.states, vec![BoxState::Marked, BoxState::Marked]);
}

#[test]
fn a_page_of_another_form_is_refused_and_a_changed_scheme_asks_for_its_own() {
    let mut story = Story::new();
    story.up_to_review();
    let mut other = page(Mark::Marked).as_ref().clone();
    other.form = "another".to_owned();
    story
        .edit(Page::Paper)
        .touch(Touch::TakePhoto)
        .tell(Input::PhotoRead(PaperOutcome::Read(Arc::new(other))));
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Paper(PaperFault::OtherForm))
    );
    story.touch(Touch::Dismiss).touch(Touch::TakePhoto);
    story
        .tell(Input::PhotoRead(PaperOutcome::Read(page(Mark::Marked))))
        .touch(Touch::Next);
    story.edit(Page::Pick(Pick::Scheme)).touch(Touch::Choose(1));
    assert_eq!(story.page(), Page::Review);
    story.touch(Touch::Next);
    assert_eq!(story.page(), Page::Paper);
}

#[test]
fn a_photo_that_comes_after_the_page_was_left_is_dropped() {
    let mut story = Story::new();
    story.up_to_review();
    story
        .edit(Page::Paper)
        .touch(Touch::TakePhoto)
        .touch(Touch::Back);
    story.tell(Input::PhotoRead(PaperOutcome::Refused(PaperFault::Blurred)));
    assert_eq!((story.page(), story.visit.notice()), (Page::Review, None));
}
