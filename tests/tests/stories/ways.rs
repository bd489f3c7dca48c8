//! The ways to the county: what crosses them, what they survive.

use std::fs;

use relief::{Action, Actor, AttachmentKind, PersonName, Role, Stage};
use sim::world::{LineSettings, Way};

use crate::town::{HUSBAND, RARE_NAME, Town};

#[test]
fn an_application_and_its_page_reach_the_county_over_the_line() {
    let town = Town::joined_by(Way::Line);
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    let number = town.submit_with_page();
    town.outbox_is_empty();

    let case = town.case(number);
    assert_eq!(
        case.application.applicant.name,
        PersonName::parse("王建国").unwrap()
    );
    assert!(case.papers.iter().all(|paper| paper.arrived));
    let kinds: Vec<_> = case
        .papers
        .iter()
        .map(|paper| paper.attachment.kind)
        .collect();
    assert_eq!(
        kinds,
        [AttachmentKind::FORM_INK, AttachmentKind::FORM_PICTURE]
    );
}

#[test]
fn an_application_reaches_the_county_over_the_network() {
    let town = Town::joined_by(Way::Network);
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    let number = town.submit_without_page();
    town.outbox_is_empty();
    assert_eq!(town.case(number).application.slip_number, number);
}

#[test]
fn a_name_in_rare_characters_crosses_whole() {
    let town = Town::joined_by(Way::Line);
    town.begin_with_card(RARE_NAME);
    town.answer_as_one_alone();
    let number = town.submit_without_page();
    assert_eq!(
        town.case(number).application.applicant.name,
        PersonName::parse("欧阳㛃䶮𬭎").unwrap()
    );
}

#[test]
fn a_page_on_a_noisy_line_that_is_cut_arrives_whole() {
    let town = Town::joined_by(Way::Line);
    let clean = town.world().line();
    town.world()
        .set_line(LineSettings {
            bit_error_rate: 1e-4,
            ..clean
        })
        .unwrap();
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    let number = town.submit_with_page();
    let (before, _) = town.world().line_bytes();
    town.until("the page", |world| {
        (before + 10_000 < world.line_bytes().0).then_some(())
    });
    town.world()
        .set_line(LineSettings {
            cut: true,
            ..town.world().line()
        })
        .unwrap();
    town.until("lost bytes", |world| {
        (2_000 < world.lost_bytes()).then_some(())
    });
    town.world().set_line(clean).unwrap();
    town.outbox_is_empty();
    assert!(town.case(number).papers.iter().all(|paper| paper.arrived));
}

#[test]
fn a_county_that_is_off_gets_the_application_when_it_is_back() {
    let town = Town::joined_by(Way::Line);
    town.world().set_county_off(true).unwrap();
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    let number = town.submit_without_page();
    town.touch("完成");
    town.see("待发送 1 件，已存好");
    assert_eq!(town.world().waiting_objects(), 1);
    town.world().set_county_off(false).unwrap();
    town.outbox_is_empty();
    assert_eq!(town.case(number).application.slip_number, number);
    town.see("线路正常，全部送达");
}

#[test]
fn what_was_queued_before_the_power_went_is_sent_after_it() {
    let mut town = Town::joined_by(Way::Line);
    town.world().set_county_off(true).unwrap();
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    let number = town.submit_without_page();
    town.power_off_and_on();
    town.outbox_is_empty();
    assert_eq!(town.case(number).application.slip_number, number);
    assert_eq!(town.cases(), 1);
}

#[test]
fn a_kiosk_that_was_off_hears_what_happened_to_its_cases() {
    let mut town = Town::joined_by(Way::Line);
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    let number = town.submit_without_page();
    town.outbox_is_empty();
    let case = town.case(number).id;
    town.world()
        .set_line(LineSettings {
            cut: true,
            ..town.world().line()
        })
        .unwrap();
    let officer = Actor {
        role: Role::Township,
        name: "示例经办人".to_owned(),
    };
    let accepted = town
        .world()
        .with_county(|county| county.act(case, Action::Accept, officer, ""));
    assert_eq!(accepted.unwrap().unwrap(), Stage::Accepted);
    town.power_off_and_on();
    town.until("the news", |world| {
        world.kiosk_knows(Stage::Accepted).then_some(())
    });
}

#[test]
fn no_name_number_or_address_stands_readable_in_any_file() {
    let town = Town::joined_by(Way::Line);
    town.begin_with_card(HUSBAND);
    town.answer_as_one_alone();
    town.submit_without_page();
    town.outbox_is_empty();
    let mut searched = 0;
    for entry in fs::read_dir(town.kiosk_dir().join("kiosk")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for secret in ["王建国", "140428188001010013", "石哲镇某某村"] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in the kiosk's folder");
        }
        searched += bytes.len();
    }
    assert!(0 < searched);
}

#[test]
fn a_hotline_that_the_county_sets_stands_on_the_first_page() {
    let local = "hotline = \"000-0000\"\noffice = \"\"\nhours = \"\"\n";
    Town::with_rules(Way::Line, &[("local.toml", local)]).see("救助热线 000-0000");
}
