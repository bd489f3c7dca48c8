//! Stories on the real screen: fingers, keys and words, with the clock moved by hand.

mod bench;

use std::{
    sync::{
        Arc,
        mpsc::{channel, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use bench::{Bench, card};
use kiosk::{
    display::{KIOSK_SIZE, Pointer},
    flow::{Effect, FlowContent, Input, PaperFault, PaperOutcome, SubmitFault},
    ui_thread::{self, UiMessage},
};

/// From the first page to the question of the applicant's name.
fn to_name(bench: &mut Bench) {
    bench.press_all(&["我要申请", "低保", "我知道了，继续", "手工输入"]);
}

/// From the first page to the review, with the card and nobody else in the household.
fn to_review(bench: &mut Bench) {
    bench.press_all(&["我要申请", "低保", "我知道了，继续"]);
    bench.tell(Input::CardRead(card()));
    bench.press_all(&[
        "丹朱镇",
        "没有电话",
        "对，下一步",
        "只有我一人，下一步",
        "家里有人生病",
        "下一步",
    ]);
    bench.press_all(&[
        "没有",
        "我同意授权核对",
        "我承诺所填属实",
        "下一步",
        "没有签，以后再交",
    ]);
}

#[test]
fn a_finger_on_a_button_does_what_the_button_says() {
    let mut bench = Bench::new();
    let apply = bench
        .controls()
        .into_iter()
        .find(|control| control.label == "我要申请")
        .unwrap();
    let (x, y) = (apply.x + apply.width / 2.0, apply.y + apply.height / 2.0);
    bench.send(UiMessage::Pointer(Pointer::Down(x, y)));
    bench.wait(150);
    bench.send(UiMessage::Pointer(Pointer::Up(x, y)));
    bench.sees("您想申请哪一项？");
}

#[test]
fn a_finger_that_slides_off_a_button_touches_nothing() {
    let mut bench = Bench::new();
    let apply = bench
        .controls()
        .into_iter()
        .find(|control| control.label == "我要申请")
        .unwrap();
    bench.send(UiMessage::Pointer(Pointer::Down(
        apply.x + 20.0,
        apply.y + 20.0,
    )));
    bench.send(UiMessage::Pointer(Pointer::Move(
        apply.x - 40.0,
        apply.y - 40.0,
    )));
    bench.send(UiMessage::Pointer(Pointer::Up(
        apply.x - 40.0,
        apply.y - 40.0,
    )));
    bench.sees("看明白卡");
}

#[test]
fn each_bad_line_is_answered_in_plain_words_beside_it() {
    let mut bench = Bench::new();
    to_name(&mut bench);
    bench.press("确定");
    bench.sees("还没有写名字");
    bench.key_text(&"长".repeat(200));
    bench.press("确定");
    bench.sees("写了200个字，最多50个字");
    for _ in 0..199 {
        bench.key_text("\u{8}");
    }
    bench.press("确定");
    bench.sees("您的身份证号是多少？");
    bench.keys("140428188001010014");
    bench.press("确定");
    bench.sees("号码里有数字按错了");
    bench.press("全部清除");
    bench.keys("140428188102290018");
    bench.press("确定");
    bench.sees("出生日期不对");
    bench.press("全部清除");
    bench.keys("14042818830303001X");
    bench.press("确定");
    bench.sees("您家住在哪里？");
}

#[test]
fn a_rare_name_is_written_with_the_keys_on_the_screen() {
    let mut bench = Bench::new();
    to_name(&mut bench);
    for (letters, character) in [("gong", "龚"), ("yan", "䶮"), ("hong", "𬭎")] {
        bench.keys(letters);
        while !bench.labels().iter().any(|label| label == character) {
            bench.press("后面的字");
        }
        bench.press(character);
    }
    bench.press("确定");
    assert_eq!(
        bench.kiosk.visit().answers().name.as_deref(),
        Some("龚䶮𬭎")
    );
}

#[test]
fn a_character_without_a_shape_is_drawn_as_a_box_and_kept_as_it_is() {
    let mut bench = Bench::new();
    to_name(&mut bench);
    bench.key_text("王\u{31350}");
    bench.press("确定");
    bench.sees("名字里有少见的字");
    bench.press_all(&["知道了", "返回"]);
    let typed = kiosk::views::view(bench.kiosk.visit()).page;
    let kiosk::views::PageView::Typing(typed) = typed else {
        panic!("not the name")
    };
    assert_eq!(typed.text, "王□");
    assert_eq!(
        bench.kiosk.visit().answers().name.as_deref(),
        Some("王\u{31350}")
    );
}

#[test]
fn confirm_is_dead_while_letters_wait_for_their_character() {
    let mut bench = Bench::new();
    to_name(&mut bench);
    bench.keys("wang");
    let confirm = bench
        .controls()
        .into_iter()
        .find(|control| control.label == "确定")
        .unwrap();
    assert!(!confirm.enabled);
    bench.press("王");
    let confirm = bench
        .controls()
        .into_iter()
        .find(|control| control.label == "确定")
        .unwrap();
    assert!(confirm.enabled);
}

#[test]
fn a_photo_of_something_else_and_a_full_disk_are_told_with_what_to_do() {
    let mut bench = Bench::new();
    to_review(&mut bench);
    bench.press("返回");
    bench.press("拍照");
    bench.tell(Input::PhotoRead(PaperOutcome::Refused(
        PaperFault::NotOurForm,
    )));
    bench.sees("镜头下面的不是我们的表格");
    bench.press_all(&["知道了", "没有签，以后再交", "提交"]);
    bench.tell(Input::SubmitFailed(SubmitFault::DiskFull));
    bench.sees("您填的都还在");
    bench.press_all(&["知道了", "提交"]);
    let tries = bench
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Submit(_)))
        .count();
    assert_eq!(tries, 2);
}

#[test]
fn every_page_of_an_application_says_which_step_it_is() {
    let mut bench = Bench::new();
    to_review(&mut bench);
    let mut steps = Vec::new();
    while bench.kiosk.visit().page().step().is_some() {
        steps.push(bench.kiosk.visit().page().step().unwrap());
        bench.press("返回");
    }
    assert_eq!(steps.first(), Some(&8));
    assert_eq!(steps.last(), Some(&1));
    assert!(
        steps.is_sorted_by(|later, earlier| later >= earlier),
        "{steps:?}"
    );
}

#[test]
fn one_key_repaints_a_small_part_of_the_screen() {
    let mut bench = Bench::new();
    to_name(&mut bench);
    bench.press_all(&["w", "a"]);
    let mut painted = 0;
    bench
        .kiosk
        .handle(UiMessage::Key("n".to_owned()), bench.now, |update| {
            painted += update
                .dirty
                .iter()
                .map(|part| part.width * part.height)
                .sum::<u32>();
        });
    let whole = KIOSK_SIZE.width * KIOSK_SIZE.height;
    assert!(
        painted > 0 && painted < whole / 3,
        "{painted} of {whole} pixels"
    );
}

#[test]
fn an_input_that_changes_nothing_paints_nothing() {
    let mut bench = Bench::new();
    let before = bench.frames;
    for _ in 0..10 {
        bench.wait(1_000);
    }
    assert_eq!(bench.frames, before);
    assert_eq!(
        bench.kiosk.idle_for(bench.now),
        None,
        "the first page needs no waking"
    );
}

#[test]
fn the_screen_of_one_visit_is_drawn_the_same_way_twice() {
    let draw = || {
        let mut bench = Bench::new();
        to_review(&mut bench);
        bench.snapshot()
    };
    // A thread has one display, so each drawing has its own thread.
    let [one, other] = [thread::spawn(draw), thread::spawn(draw)].map(|t| t.join().unwrap());
    assert!(one == other);
}

#[test]
fn the_thread_draws_answers_and_stops_when_told() {
    let (sender, inputs) = channel();
    let (effect_sender, effects) = channel();
    let ui = thread::spawn(move || {
        let content = Arc::new(FlowContent::builtin());
        let mut frames = 0;
        let ended = ui_thread::run(
            KIOSK_SIZE,
            content,
            Instant::now(),
            &inputs,
            |effect| effect_sender.send(effect).unwrap(),
            |_| frames += 1,
        );
        ended.unwrap();
        frames
    });
    let press = |label: &str| {
        let (reply, answer) = sync_channel(1);
        sender
            .send(UiMessage::Press(label.to_owned(), reply))
            .unwrap();
        answer.recv().unwrap().unwrap();
    };
    for label in ["我要申请", "低保", "我知道了，继续"] {
        press(label);
    }
    let effect = effects.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(matches!(effect, Effect::WatchIdReader(true)));
    let (reply, picture) = sync_channel(1);
    sender.send(UiMessage::Snapshot(reply)).unwrap();
    let picture = picture.recv().unwrap();
    assert_eq!(picture.rgb.len(), 1280 * 800 * 3);
    sender.send(UiMessage::Stop).unwrap();
    assert!(ui.join().unwrap() >= 4);
}

#[test]
fn a_second_display_on_one_thread_is_refused() {
    let _bench = Bench::new();
    let again = kiosk::display::Display::install(KIOSK_SIZE);
    assert!(matches!(
        again,
        Err(kiosk::display::DisplayError::AlreadyInstalled)
    ));
}
