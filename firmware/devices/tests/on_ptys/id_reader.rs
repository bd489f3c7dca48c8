use chrono::NaiveDate;
use devices::id_card::{CardError, IdCard, IdCardKind, Sex, TEXT_LEN, ValidTo};
use devices::id_reader::{IdReader, IdReaderError, SdtReader};
use devices::serial::SerialPort;
use devices::simulated;

use crate::open;

/// An invented resident with a number of nobody living.
fn resident(name: &str) -> IdCard {
    IdCard {
        kind: IdCardKind::Resident,
        name: name.to_owned(),
        sex: Sex::Male,
        nation_code: Some(1),
        birth: NaiveDate::from_ymd_opt(1883, 3, 3).expect("a day"),
        address: "山西省长子县丹朱镇示例村2号".to_owned(),
        number: "14042818830303001X".to_owned(),
        issuer: "长子县公安局".to_owned(),
        valid_from: NaiveDate::from_ymd_opt(2015, 6, 1),
        valid_to: ValidTo::LongTerm,
    }
}

fn bench() -> (simulated::SdtReader, SdtReader<SerialPort>) {
    let twin = simulated::SdtReader::start().expect("a twin");
    let driver = SdtReader::new(open(twin.path()));
    (twin, driver)
}

#[test]
fn names_with_rare_characters_arrive_whole() {
    let (twin, mut driver) = bench();
    for name in ["㛃", "䶮", "𬭎", "某㛃䶮𬭎", "阿某·买某某提·某某"] {
        twin.lay(&resident(name)).expect("a card");
        let card = driver.poll().expect("an answer").expect("a card");
        assert!(card == resident(name), "{name}");
    }
}

#[test]
fn a_card_is_reported_once_for_each_time_it_is_laid_down() {
    let (twin, mut driver) = bench();
    assert!(matches!(driver.poll(), Ok(None)));
    for _ in 0..2 {
        twin.lay(&resident("某䶮")).expect("a card");
        assert!(matches!(driver.poll(), Ok(Some(_))));
        assert!(matches!(driver.poll(), Ok(None)));
        twin.lift();
        assert!(matches!(driver.poll(), Ok(None)));
    }
}

#[test]
fn an_unknown_card_is_an_error_once_and_the_next_card_is_read() {
    let (twin, mut driver) = bench();
    let mut text = [0; TEXT_LEN];
    text[248] = b'Y';
    twin.lay_text(text);
    assert!(matches!(
        driver.poll(),
        Err(IdReaderError::Card(CardError::Kind { code: 0x59 }))
    ));
    assert!(matches!(driver.poll(), Ok(None)));
    twin.lay(&resident("某𬭎")).expect("a card");
    assert!(matches!(driver.poll(), Ok(Some(_))));
}

#[test]
fn what_another_program_left_unfinished_on_the_port_costs_one_search_at_most() {
    use std::io::Write;
    let (twin, driver) = bench();
    let mut port = driver.release();
    // The beginning of a command, then noise.
    port.write_all(&[0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x20])
        .expect("written");
    twin.lay(&resident("某㛃")).expect("a card");
    let mut driver = SdtReader::new(port);
    // The twin takes the first command for the rest of the unfinished one, as the module does.
    let read = (0..2).any(|_| matches!(driver.poll(), Ok(Some(_))));
    assert!(read);
}

#[test]
fn an_unplugged_reader_is_a_port_error() {
    let (twin, mut driver) = bench();
    drop(twin);
    assert!(matches!(driver.poll(), Err(IdReaderError::Port { .. })));
}
