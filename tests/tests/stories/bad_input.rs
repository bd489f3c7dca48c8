//! What people and machines get wrong: each has its message, and nothing is lost.

use std::fs;
use std::path::Path;

use sim::world::Way;

use crate::town::{BAD_NUMBER, HUSBAND, Town};

#[test]
fn a_card_with_a_wrong_number_is_refused_in_words() {
    let town = Town::joined_by(Way::Line);
    town.begin_with_card(BAD_NUMBER);
    town.see("身份证上的内容不能用");
}

#[test]
fn a_number_with_a_wrong_check_digit_is_refused_and_can_be_corrected() {
    let town = Town::joined_by(Way::Line);
    town.touch_all(&["我要申请", "低保", "我知道了，继续", "手工输入"]);
    town.type_text("王建国");
    town.touch("确定");
    town.see("您的身份证号是多少？");
    town.keys("140428188001010014");
    town.touch("确定");
    town.see("号码里有数字按错了");
    town.touch("删一个");
    town.keys("3");
    town.touch("确定");
    town.see("您家住在哪里？");
}

#[test]
fn an_empty_name_is_asked_for_again() {
    let town = Town::joined_by(Way::Line);
    town.touch_all(&["我要申请", "低保", "我知道了，继续", "手工输入", "确定"]);
    town.see("还没有写名字");
}

#[test]
fn a_name_of_two_hundred_characters_is_refused_with_its_length() {
    let town = Town::joined_by(Way::Line);
    town.touch_all(&["我要申请", "低保", "我知道了，继续", "手工输入"]);
    town.type_text(&"王".repeat(200));
    town.touch("确定");
    town.see("名字太长");
}

#[test]
fn a_photo_of_something_else_is_refused_and_the_answers_stay() {
    let town = Town::joined_by(Way::Line);
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/paper/tests/photos");
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    town.see("拍照");
    town.world()
        .lay_photo(Some(fs::read(photos.join("table_top.jpg")).unwrap()));
    town.touch("拍照");
    town.see("这张纸没有收下");
    town.touch("知道了");
    town.hand_in_page();
    town.see("王建国");
}

#[test]
fn a_full_disk_is_said_and_the_same_draft_is_submitted_when_there_is_room() {
    let town = Town::joined_by(Way::Line);
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    town.hand_in_page();
    town.see("都填对了吗？");
    town.world().set_disk_full(true);
    town.touch("提交");
    town.see("机器的存储满了");
    assert_eq!(town.world().waiting_objects(), 0);
    town.touch("知道了");
    town.world().set_disk_full(false);
    town.touch("提交");
    let number = town.slip_number();
    town.outbox_is_empty();
    assert_eq!(town.case(number).application.slip_number, number);
    assert_eq!(town.cases(), 1);
}

#[test]
fn a_printer_without_paper_is_said_and_prints_again_with_new_paper() {
    let town = Town::joined_by(Way::Line);
    town.world().set_paper_out(true);
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    town.submit_without_page();
    town.see("打印机没有纸了");
    assert_eq!(town.world().slips(), 0);
    town.world().set_paper_out(false);
    town.touch("再打印一张");
    town.see("回执打好了");
    town.until("the slip", |world| (world.slips() == 1).then_some(()));
}
