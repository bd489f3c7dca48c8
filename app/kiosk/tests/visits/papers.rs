use std::sync::Arc;

use kiosk::flow::{
    BadPhoto, Double, Effect, Input, Mark, MarkedPhoto, MissingPages, Notice, Page, PaperFault,
    PaperOutcome, PaperPage, PhotoFault, PhotoFinding, Pick, ScanProgress, Touch, TrayReport,
    TrayWant, Waiting,
};
use kiosk::views::{PageView, PaperView, view};
use relief::{BoxState, SlipNumber};

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

/// Page `number` of a form of two.
fn of_two(number: u8, edit: impl FnOnce(&mut PaperPage)) -> Input {
    let mut page = page(Mark::Marked).as_ref().clone();
    page.page = number;
    page.pages = 2;
    edit(&mut page);
    Input::PhotoRead(PaperOutcome::Read(Arc::new(page)))
}

fn shown(story: &Story) -> PaperView {
    match view(&story.visit).page {
        PageView::Paper(paper) => *paper,
        other => panic!("{other:?}"),
    }
}

fn at_papers() -> Story {
    let mut story = Story::new();
    story.up_to_review();
    story.edit(Page::Paper);
    story
}

fn dropped(story: &Story) -> usize {
    let drops = |effect: &&Effect| matches!(effect, Effect::DropScans(_));
    story.effects.iter().filter(drops).count()
}

#[test]
fn pages_come_in_any_order_and_the_missing_one_is_named() {
    let mut story = at_papers();
    story.touch(Touch::TakePhoto).tell(of_two(2, |_| {}));
    let paper = shown(&story);
    let chips: Vec<(&str, bool)> = paper
        .pages
        .iter()
        .map(|chip| (chip.label.as_str(), chip.here))
        .collect();
    assert_eq!(chips, [("第1页还缺", false), ("第2页有了", true)]);
    assert!(
        paper.verdict.contains("还缺低保申请书第1页"),
        "{}",
        paper.verdict
    );
    assert_eq!(
        (paper.next.as_str(), paper.photo.as_str()),
        ("", "拍下一页")
    );
    story.touch(Touch::Next);
    assert_eq!(story.page(), Page::Paper);
    story.touch(Touch::TakePhoto).tell(of_two(1, |_| {}));
    story.touch(Touch::Next).touch(Touch::Next);
    let pages: Vec<u8> = story
        .submitted_draft()
        .paper
        .iter()
        .map(|page| page.page)
        .collect();
    assert_eq!(pages, [1, 2]);
}

#[test]
fn what_is_here_goes_and_the_rest_comes_later() {
    let mut story = at_papers();
    story.touch(Touch::TakePhoto).tell(of_two(2, |_| {}));
    assert_eq!(shown(&story).later, "低保申请书第1页以后再交");
    story.touch(Touch::PaperLater).touch(Touch::Next);
    assert_eq!(story.submitted_draft().paper.len(), 1);
}

#[test]
fn of_two_photos_of_a_page_one_is_kept_and_the_person_is_told() {
    let mut story = at_papers();
    story.touch(Touch::TakePhoto).tell(of_two(1, |_| {}));
    story.touch(Touch::TakePhoto).tell(of_two(1, |_| {}));
    assert_eq!(story.visit.papers().double, Some(Double::Old));
    assert!(shown(&story).verdict.contains("用原来的"));
    assert_eq!(dropped(&story), 1);
}

#[test]
fn another_sheet_of_a_page_waits_for_a_word() {
    let other = |page: &mut PaperPage| page.fields[0].state = Mark::Clear;
    for (takes_new, touch) in [(true, Touch::Home), (false, Touch::Dismiss)] {
        let mut story = at_papers();
        story.touch(Touch::TakePhoto).tell(of_two(1, |_| {}));
        story.touch(Touch::TakePhoto).tell(of_two(1, other));
        assert_eq!(story.visit.notice(), Some(&Notice::OtherSheet { page: 1 }));
        story.touch(Touch::Next);
        assert!(story.visit.notice().is_some(), "only a choice answers");
        story.touch(touch);
        let kept = story.visit.shown_page().expect("page 1 is shown").fields[0].state;
        let want = if takes_new { Mark::Clear } else { Mark::Marked };
        assert_eq!((kept, dropped(&story)), (want, 1));
    }
}

#[test]
fn a_page_of_another_case_is_not_taken() {
    let mut story = at_papers();
    let of = |counter| {
        let case = SlipNumber::new(140_428, 3, counter).expect("a number");
        move |page: &mut PaperPage| page.case_ref = Some(case.to_string())
    };
    story.touch(Touch::TakePhoto).tell(of_two(1, of(17)));
    story.touch(Touch::TakePhoto).tell(of_two(2, of(18)));
    assert_eq!(story.visit.notice(), Some(&Notice::OtherCase));
    assert_eq!(dropped(&story), 1);
}

#[test]
fn a_page_that_is_taken_out_makes_room_for_another() {
    let mut story = at_papers();
    story.touch(Touch::TakePhoto).tell(of_two(1, |_| {}));
    story.touch(Touch::TakePhoto).tell(of_two(2, |_| {}));
    story.touch(Touch::ShowPage(0));
    assert_eq!(story.visit.shown_page().map(|page| page.page), Some(1));
    story.touch(Touch::DropPage);
    assert_eq!(shown(&story).next, "");
    let missing = MissingPages {
        form: "dibao_application".to_owned(),
        pages: vec![1],
    };
    assert_eq!(story.visit.missing_pages(), [missing]);
    story.touch(Touch::ShowPage(0)).touch(Touch::ShowPage(7));
    assert!(story.visit.shown_page().is_none());
}

#[test]
fn a_photo_that_cannot_be_read_shows_where_and_says_what_to_do() {
    let mut story = at_papers();
    let bad = BadPhoto {
        findings: vec![
            PhotoFinding {
                fault: PhotoFault::CutOff,
                labels: Vec::new(),
            },
            PhotoFinding {
                fault: PhotoFault::Glare,
                labels: vec!["性别：男".to_owned()],
            },
        ],
        marked: MarkedPhoto {
            width: 1,
            height: 1,
            rgb: vec![1, 2, 3],
        },
    };
    story
        .touch(Touch::TakePhoto)
        .tell(Input::PhotoRead(PaperOutcome::Bad(Arc::new(bad))));
    let paper = shown(&story);
    assert_eq!(
        paper.wrong,
        [
            "纸没有拍全。请把纸往中间放，四个角都露出来。",
            "有反光。“性别：男”看不清。请把纸挪一点，避开灯光，再拍一次。",
        ]
    );
    assert!(paper.marked.is_some() && paper.next.is_empty());
    assert_eq!(paper.photo, "重新拍照");
    // A good photo after it is all that remains.
    story.touch(Touch::TakePhoto).tell(of_two(1, |_| {}));
    assert!(shown(&story).wrong.is_empty());
}

#[test]
fn the_tray_is_watched_on_the_papers_page_and_a_photo_comes_by_itself() {
    let mut story = at_papers();
    let watches = |story: &Story| -> Vec<bool> {
        let watches = story.effects.iter().filter_map(|effect| match effect {
            Effect::WatchTray(watch) => Some(*watch),
            _ => None,
        });
        watches.collect()
    };
    assert_eq!(watches(&story).last(), Some(&true));
    story.tell(Input::Tray(TrayReport::Wants(TrayWant::HandAway)));
    assert_eq!(shown(&story).hint, "请把手拿开。");
    story.tell(Input::Tray(TrayReport::Taking));
    assert_eq!(story.visit.waiting(), Waiting::Photo);
    story.tell(of_two(1, |_| {}));
    assert_eq!(story.visit.shown_page().map(|page| page.page), Some(1));
    story.touch(Touch::Back);
    assert_eq!(watches(&story).last(), Some(&false));
}

#[test]
fn a_slow_scan_shows_how_far_it_is_and_can_be_stopped() {
    let mut story = at_papers();
    story.touch(Touch::TakePhoto);
    assert_eq!(shown(&story).stop, "", "a camera is done at once");
    story.tell(Input::Scanning(ScanProgress::WarmingUp));
    assert!(shown(&story).busy.contains("正在准备"));
    story.wait(70_000);
    story.tell(Input::Scanning(ScanProgress::Scanning(Some(45))));
    assert!(story.visit.idle_warning_s().is_none(), "the device works");
    let paper = shown(&story);
    assert!(paper.busy.ends_with("45%"), "{}", paper.busy);
    assert_eq!((paper.stop.as_str(), paper.photo.as_str()), ("停下", ""));
    story.touch(Touch::StopPhoto);
    assert!(matches!(story.effects.last(), Some(Effect::StopPhoto)));
    story.tell(Input::PhotoRead(PaperOutcome::Refused(PaperFault::Stopped)));
    assert_eq!(
        (story.visit.waiting(), story.visit.notice()),
        (Waiting::Nothing, None)
    );
    // What the device says afterwards is about no page.
    story.tell(Input::Scanning(ScanProgress::WarmingUp));
    assert_eq!(story.visit.papers().progress, None);
    assert_eq!(shown(&story).photo, "拍照");
}

#[test]
fn what_is_wrong_with_the_device_is_said_with_what_to_do() {
    for (fault, words) in [
        (PaperFault::Jammed, "卡纸了"),
        (PaperFault::CoverOpen, "盖子没有合上"),
        (PaperFault::NoCamera, "电源和连接线"),
        (PaperFault::NoNetwork, "电源和网线"),
        (PaperFault::Busy, "正在被别人使用"),
    ] {
        let mut story = at_papers();
        story
            .touch(Touch::TakePhoto)
            .tell(Input::PhotoRead(PaperOutcome::Refused(fault)));
        let notice = view(&story.visit).notice.expect("a notice");
        assert!(notice.body.contains(words), "{}", notice.body);
    }
}
