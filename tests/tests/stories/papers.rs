//! Papers under the kiosk's camera: with an application, after it, and without one.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma, imageops};
use paper::{FillIn, Form, READ_DPI};
use relief::{BoxState, SlipNumber};
use sim::people::SIGNED_APPLICATION_JPEG;
use sim::world::{Way, slip_picture};

use crate::town::{HUSBAND, Town};

fn form<'t>(town: &'t Town, key: &str) -> &'t Form {
    let mut forms = town.world().forms().iter();
    forms.find(|form| form.key() == key).unwrap()
}

/// Lays a printed page under the camera, as a document camera sees it.
fn lay(town: &Town, key: &str, page: u8, fill: &FillIn) {
    let page = form(town, key).render_page(page, READ_DPI, fill).unwrap();
    let (width, height) = page.dimensions();
    let mut photo = GrayImage::from_pixel(width + 120, height + 120, Luma([70]));
    imageops::overlay(&mut photo, &page, 60, 60);
    let mut png = Cursor::new(Vec::new());
    photo.write_to(&mut png, ImageFormat::Png).unwrap();
    town.world().lay_photo(Some(png.into_inner()));
}

/// Touches the button that takes a picture, whatever it is called after the page before.
fn photograph(town: &Town) {
    const LABELS: [&str; 4] = ["拍照", "拍下一页", "重新拍照", "再拍一张"];
    let label = town.until("the button", |world| {
        let labels = world.labels();
        LABELS
            .into_iter()
            .find(|label| labels.iter().any(|shown| shown == label))
    });
    town.touch(label);
}

/// Submits an application without a page; the number and the photo of its slip.
fn applied(town: &Town) -> (SlipNumber, Vec<u8>) {
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    let number = town.submit_without_page();
    let slip = town.until("the slip", |world| world.slip(0));
    town.touch("完成");
    (number, slip_picture(&slip))
}

/// What was handed in for the case, once so much is there.
fn handed_in(town: &Town, case: SlipNumber, handovers: usize) -> county::CaseView {
    town.until("what was handed in", |world| {
        let case = world.with_county(|county| county.case_by_slip(case).unwrap());
        case.flatten()
            .filter(|case| case.handovers.len() == handovers)
    })
}

#[test]
fn several_forms_go_with_an_application_in_any_order() {
    let town = Town::joined_by(Way::Line);
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    lay(&town, "check_authorization", 2, &FillIn::blank());
    photograph(&town);
    town.see("第2页有了");
    town.see("第1页还缺");
    lay(&town, "commitment", 1, &FillIn::blank());
    photograph(&town);
    town.see("承诺书·齐");
    town.world()
        .lay_photo(Some(SIGNED_APPLICATION_JPEG.to_vec()));
    photograph(&town);
    town.see("低保申请书·齐");
    town.touch("核对授权书第1页以后再交");
    town.touch("提交");
    let number = town.slip_number();
    town.outbox_is_empty();
    let case = town.case(number);
    let pages: Vec<(&str, u8)> = case
        .application
        .pages
        .iter()
        .map(|page| (page.form.as_str(), page.page))
        .collect();
    assert_eq!(
        pages,
        [
            ("check_authorization", 2),
            ("commitment", 1),
            ("dibao_application", 1)
        ]
    );
    assert_eq!(case.papers.len(), 6);
    assert!(case.papers.iter().all(|paper| paper.arrived));
}

#[test]
fn papers_that_come_later_are_filed_to_the_case_of_their_slip() {
    let town = Town::joined_by(Way::Line);
    let (case, slip) = applied(&town);
    town.touch("交纸质材料");
    town.see("先放申请回执");
    town.world().lay_photo(Some(slip));
    photograph(&town);
    town.see(&format!("交材料：{case}"));
    let agreed = FillIn::blank().mark("signed_self");
    lay(&town, "commitment", 1, &agreed);
    photograph(&town);
    town.touch("交这1页");
    town.see("材料已收下");
    let labels = town.world().labels();
    let number: SlipNumber = labels
        .iter()
        .find_map(|label| label.parse().ok())
        .unwrap_or_else(|| panic!("no number among {labels:?}"));
    assert_ne!(number, case);
    town.until("the second slip", |world| world.slip(1));
    town.outbox_is_empty();

    let view = handed_in(&town, case, 1);
    let handover = &view.handovers[0];
    assert_eq!(handover.record.slip_number, number);
    assert!(handover.papers.iter().all(|paper| paper.arrived));
    let marked = handover.record.pages[0]
        .states
        .iter()
        .filter(|state| **state == BoxState::Marked);
    assert_eq!(marked.count(), 1);
    assert_eq!(town.cases(), 1);
}

#[test]
fn a_page_that_was_printed_for_a_case_needs_no_slip() {
    let town = Town::joined_by(Way::Network);
    let (case, slip) = applied(&town);
    let own = FillIn::blank().for_case(case.to_string());
    let other = SlipNumber::new(case.county(), case.kiosk(), 999_999).unwrap();
    let others = FillIn::blank().for_case(other.to_string());
    town.touch("交纸质材料");
    lay(&town, "check_authorization", 2, &own);
    photograph(&town);
    town.see(&format!("交材料：{case}"));
    lay(&town, "check_authorization", 1, &others);
    photograph(&town);
    town.see("这一页是另一个人的");
    town.touch("知道了");
    lay(&town, "check_authorization", 1, &own);
    photograph(&town);
    town.touch("交这2页");
    town.see("材料已收下");
    town.touch("完成");

    // Its slip says that it arrived, and is no application's.
    let receipt = town.until("the second slip", |world| world.slip(1));
    town.outbox_is_empty();
    assert_eq!(handed_in(&town, case, 1).handovers[0].record.pages.len(), 2);
    let receipt = slip_picture(&receipt);
    town.world().lay_photo(Some(receipt.clone()));
    town.touch_all(&["查进度", "放好了，请读取"]);
    town.see("材料已送到县民政局");
    town.touch_all(&["首页", "交纸质材料"]);
    photograph(&town);
    town.see("这是交材料的回执");
    town.touch("知道了");
    town.world().lay_photo(Some(slip));
    photograph(&town);
    town.see(&format!("交材料：{case}"));
}

#[test]
fn an_office_s_report_reaches_the_county_without_a_case() {
    let town = Town::joined_by(Way::Line);
    town.touch("交纸质材料");
    let pages = form(&town, "monthly_report").pages();
    for page in 1..=pages {
        lay(&town, "monthly_report", page, &FillIn::blank());
        photograph(&town);
        town.see(&format!("第{page}页有了"));
    }
    town.touch(&format!("交这{pages}页"));
    town.see("材料已收下");
    town.outbox_is_empty();
    let found = town
        .world()
        .with_county(|county| county.handovers_of_no_case(None, 10).unwrap())
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].record.pages.len(), usize::from(pages));
    assert_eq!(found[0].record.case, None);
}

#[test]
fn papers_of_a_kiosk_without_power_are_sent_after_it() {
    let mut town = Town::joined_by(Way::Line);
    let (case, _) = applied(&town);
    town.outbox_is_empty();
    town.world().set_county_off(true).unwrap();
    town.touch("交纸质材料");
    let own = FillIn::blank().for_case(case.to_string());
    lay(&town, "commitment", 1, &own);
    photograph(&town);
    town.touch("交这1页");
    town.see("材料已收下");
    town.power_off_and_on();
    town.outbox_is_empty();
    assert_eq!(handed_in(&town, case, 1).handovers.len(), 1);
}
