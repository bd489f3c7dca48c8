//! Papers that are handed in without an application.

use std::sync::Arc;

use kiosk::flow::{
    Effect, Finished, GivenFor, HandoverDraft, Input, LineReport, Mark, MissingPages, Notice, Page,
    PaperFault, PaperOutcome, PaperPage, SubmitFault, Touch,
};
use kiosk::views::{PageView, PaperView, view};
use relief::SlipNumber;

use crate::story::{Story, ids, page, slip};

/// The case of the slip.
const CASE: u32 = 17;

fn number(counter: u32) -> SlipNumber {
    SlipNumber::new(140_428, 3, counter).unwrap()
}

/// Page `page` of the form `form`, which has `pages`, printed for a case or blank.
fn sheet(form: &str, number: u8, pages: u8, case: Option<SlipNumber>) -> Input {
    let sheet = PaperPage {
        form: form.to_owned(),
        page: number,
        pages,
        case_ref: case.map(|case| case.to_string()),
        ..page(Mark::Marked).as_ref().clone()
    };
    Input::PhotoRead(PaperOutcome::Read(Arc::new(sheet)))
}

fn begun() -> Story {
    let mut story = Story::new();
    story.touch(Touch::HandIn);
    assert_eq!(story.page(), Page::Handover);
    story
}

/// Takes a photo that turns out so.
fn lay(story: &mut Story, outcome: Input) {
    story.touch(Touch::TakePhoto).tell(outcome);
}

fn lay_slip(story: &mut Story, counter: u32) {
    let slip = PaperOutcome::Slip(number(counter));
    lay(story, Input::PhotoRead(slip));
}

fn shown(story: &Story) -> PaperView {
    match view(&story.visit).page {
        PageView::Paper(paper) => *paper,
        other => panic!("{other:?}"),
    }
}

fn handed_over(story: &Story) -> Option<&HandoverDraft> {
    story.effects.iter().find_map(|effect| match effect {
        Effect::Submit(finished) => match &**finished {
            Finished::Handover(draft) => Some(draft),
            Finished::Application(_) => panic!("an application was submitted"),
        },
        _ => None,
    })
}

#[test]
fn pages_go_to_the_case_of_the_slip_that_lies_with_them() {
    let mut story = begun();
    lay_slip(&mut story, CASE);
    lay(&mut story, sheet("check_authorization", 2, 2, None));
    assert_eq!(
        story.visit.missing_pages(),
        [MissingPages {
            form: "check_authorization".to_owned(),
            pages: vec![1]
        }]
    );
    lay(&mut story, sheet("commitment", 1, 1, None));
    lay(&mut story, sheet("check_authorization", 1, 2, None));
    assert_eq!(shown(&story).next, "交这3页");
    story.touch(Touch::Next);
    assert_eq!(story.page(), Page::Submitting);

    let draft = handed_over(&story).expect("papers were handed in");
    let record = draft.to_handover(ids());
    assert_eq!(record.case, Some(number(CASE)));
    let pages: Vec<(&str, u8)> = record
        .pages
        .iter()
        .map(|page| (page.form.as_str(), page.page))
        .collect();
    assert_eq!(
        pages,
        [
            ("check_authorization", 1),
            ("check_authorization", 2),
            ("commitment", 1)
        ]
    );

    let mut info = slip();
    info.given_for = GivenFor::Handover {
        case: Some(number(CASE).to_string()),
    };
    story.tell(Input::Submitted(info));
    assert_eq!(story.page(), Page::Slip);
    assert_eq!(view(&story.visit).header.title, "材料已收下");
    assert!(story.visit.page_sets().is_none());
}

#[test]
fn the_number_on_a_page_says_whose_it_is() {
    let mut story = begun();
    lay(&mut story, sheet("commitment", 1, 1, Some(number(CASE))));
    assert_eq!(story.answers().case, Some(number(CASE)));
    story.touch(Touch::Next);
    let draft = handed_over(&story).expect("papers were handed in");
    assert_eq!(draft.case, Some(number(CASE)));
}

#[test]
fn blank_pages_wait_until_it_is_known_whose_they_are() {
    let mut story = begun();
    lay(&mut story, sheet("commitment", 1, 1, None));
    let paper = shown(&story);
    assert_eq!(
        (paper.next.as_str(), paper.by_hand.as_str()),
        ("", "输入编号")
    );
    assert!(
        paper.verdict.contains("请放上申请回执"),
        "{}",
        paper.verdict
    );
    story.touch(Touch::Next);
    assert_eq!(story.page(), Page::Handover);

    story.touch(Touch::TypeByHand);
    let digits: String = number(CASE)
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    story.answer(&digits);
    assert_eq!(story.page(), Page::Handover);
    let paper = shown(&story);
    assert_eq!(
        (paper.next.as_str(), paper.by_hand.as_str()),
        ("交这1页", "")
    );
}

#[test]
fn what_is_missing_may_come_another_time() {
    let mut story = begun();
    lay(
        &mut story,
        sheet("check_authorization", 2, 2, Some(number(CASE))),
    );
    let paper = shown(&story);
    assert!(
        paper.verdict.contains("还缺核对授权书第1页"),
        "{}",
        paper.verdict
    );
    assert_eq!(
        (paper.next.as_str(), paper.later.as_str()),
        ("", "先交这1页")
    );
    story.touch(Touch::PaperLater);
    let draft = handed_over(&story).expect("papers were handed in");
    assert_eq!(draft.paper.len(), 1);
}

#[test]
fn papers_of_two_people_never_go_together() {
    let other = number(CASE + 1);
    // A page of another, a slip of another after a page, and a slip of another after a slip and a page.
    for first_is_slip in [false, true] {
        let mut story = begun();
        if first_is_slip {
            lay_slip(&mut story, CASE);
            lay(&mut story, sheet("commitment", 1, 1, None));
        } else {
            lay(&mut story, sheet("commitment", 1, 1, Some(number(CASE))));
        }
        lay(&mut story, sheet("power_of_attorney", 1, 1, Some(other)));
        assert_eq!(story.visit.notice(), Some(&Notice::OtherCase));
        story.touch(Touch::Dismiss);
        lay_slip(&mut story, CASE + 1);
        assert_eq!(story.visit.notice(), Some(&Notice::OtherCase));
        story.touch(Touch::Dismiss).touch(Touch::Next);
        let draft = handed_over(&story).expect("papers were handed in");
        assert_eq!((draft.case, draft.paper.len()), (Some(number(CASE)), 1));
    }
    // Without a page the wrong slip is simply changed for the right one.
    let mut story = begun();
    lay_slip(&mut story, CASE + 1);
    lay_slip(&mut story, CASE);
    assert_eq!(story.answers().case, Some(number(CASE)));
}

#[test]
fn an_office_s_report_needs_no_case_and_goes_with_none() {
    let mut story = begun();
    lay(&mut story, sheet("monthly_report", 1, 1, None));
    assert_eq!(shown(&story).next, "交这1页");
    for outcome in [
        sheet("commitment", 1, 1, None),
        Input::PhotoRead(PaperOutcome::Slip(number(CASE))),
    ] {
        lay(&mut story, outcome);
        assert_eq!(
            story.visit.notice(),
            Some(&Notice::Paper(PaperFault::Apart))
        );
        story.touch(Touch::Dismiss);
    }
    story.touch(Touch::Next);
    let draft = handed_over(&story).expect("papers were handed in");
    assert_eq!((draft.case, draft.paper.len()), (None, 1));

    let mut story = begun();
    lay_slip(&mut story, CASE);
    lay(&mut story, sheet("monthly_report", 1, 1, None));
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Paper(PaperFault::Apart))
    );
}

#[test]
fn a_number_of_another_county_is_not_taken() {
    let elsewhere = SlipNumber::new(140_429, 3, CASE).unwrap();
    for outcome in [
        Input::PhotoRead(PaperOutcome::Slip(elsewhere)),
        sheet("commitment", 1, 1, Some(elsewhere)),
    ] {
        let mut story = begun();
        lay(&mut story, outcome);
        assert_eq!(
            story.visit.notice(),
            Some(&Notice::Paper(PaperFault::OtherCounty))
        );
        assert!(story.answers().case.is_none() && story.visit.page_sets().is_none());
    }
}

#[test]
fn a_slip_is_no_page_of_an_application() {
    let mut story = Story::new();
    story.up_to_review().edit(Page::Paper);
    lay_slip(&mut story, CASE);
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Paper(PaperFault::NotOurForm))
    );
}

#[test]
fn a_page_too_many_is_said_before_it_is_lost() {
    let mut story = begun();
    lay_slip(&mut story, CASE);
    for form in ["check_authorization", "commitment"] {
        for number in 1..=8 {
            lay(&mut story, sheet(form, number, 8, None));
        }
    }
    lay(&mut story, sheet("power_of_attorney", 1, 1, None));
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Paper(PaperFault::TooMany))
    );
    story.touch(Touch::Dismiss).touch(Touch::Next);
    let draft = handed_over(&story).expect("papers were handed in");
    assert_eq!(draft.paper.len(), 16);
}

#[test]
fn papers_that_could_not_be_stored_are_still_here() {
    let mut story = begun();
    lay(&mut story, sheet("commitment", 1, 1, Some(number(CASE))));
    story
        .touch(Touch::Next)
        .tell(Input::SubmitFailed(SubmitFault::DiskFull));
    assert_eq!(story.page(), Page::Handover);
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Submit(SubmitFault::DiskFull))
    );
    story.touch(Touch::Dismiss).touch(Touch::Next);
    assert_eq!(story.page(), Page::Submitting);
}

#[test]
fn leaving_with_papers_asks_first_and_then_forgets_them() {
    for leaves in [Touch::Home, Touch::Back] {
        let mut story = begun();
        lay(&mut story, sheet("commitment", 1, 1, Some(number(CASE))));
        story.touch(leaves);
        assert_eq!(story.visit.notice(), Some(&Notice::LeaveApplication));
        story.touch(Touch::Home);
        assert_eq!(story.page(), Page::Home);
        assert!(story.visit.page_sets().is_none() && story.answers().case.is_none());
    }
}

#[test]
fn a_full_disk_takes_no_papers() {
    let mut story = Story::new();
    story.tell(Input::LineReport(LineReport {
        disk_full: true,
        ..LineReport::default()
    }));
    story.touch(Touch::HandIn);
    assert_eq!(
        (story.page(), story.visit.notice()),
        (Page::Home, Some(&Notice::NoRoom))
    );
}
