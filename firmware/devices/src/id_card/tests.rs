use proptest::prelude::*;

use super::*;
use crate::simulated::{TextBlockError, text_block};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a calendar day")
}

/// An invented resident; the number has a birth in the 19th century, so it is nobody's.
fn resident(name: &str) -> IdCard {
    IdCard {
        kind: IdCardKind::Resident,
        name: name.to_owned(),
        sex: Sex::Female,
        nation_code: Some(1),
        birth: day(1880, 2, 29),
        address: "山西省长子县丹朱镇示例村1号".to_owned(),
        number: "140428188002290029".to_owned(),
        issuer: "长子县公安局".to_owned(),
        valid_from: Some(day(2010, 5, 1)),
        valid_to: ValidTo::LongTerm,
    }
}

fn put(block: &mut [u8; TEXT_LEN], offset: usize, units: &[u16]) {
    for (index, unit) in units.iter().enumerate() {
        block[offset + 2 * index..][..2].copy_from_slice(&unit.to_le_bytes());
    }
}

#[test]
fn a_residents_card_is_read_from_its_published_offsets() {
    let mut block = text_block(&resident("")).expect("a block");
    // 㛃 is in extension A, 䶮 at its end, 𬭎 (U+2CB4E) outside the basic plane.
    put(&mut block, 0, &[0x36C3, 0x4DAE, 0xD872, 0xDF4E]);
    put(&mut block, 32, &[0x34, 0x36]);
    let card = IdCard::parse(&block).expect("a card");
    assert_eq!(card.name, "㛃䶮𬭎");
    assert_eq!(card.nation_code, Some(46));
    assert_eq!(
        IdCard {
            name: String::new(),
            nation_code: Some(1),
            ..card
        },
        resident("")
    );
}

#[test]
fn a_name_fills_its_field_with_fifteen_units_and_rare_characters_take_two() {
    let fits = resident("𬭎𬭎𬭎𬭎𬭎𬭎𬭎䶮");
    assert_eq!(
        text_block(&fits).map(|block| IdCard::parse(&block)),
        Ok(Ok(fits))
    );
    let error = TextBlockError::TooLong {
        offset: 0,
        units: 16,
        limit: 15,
    };
    assert_eq!(text_block(&resident("𬭎𬭎𬭎𬭎𬭎𬭎𬭎𬭎")), Err(error));
}

#[test]
fn a_name_cut_inside_a_character_is_refused_and_not_shortened() {
    let mut block = text_block(&resident("某某某某某某某某某某某某某某")).expect("a block");
    put(&mut block, 28, &[0xD872]);
    assert_eq!(
        IdCard::parse(&block),
        Err(CardError::Text { field: Field::Name })
    );
}

#[test]
fn a_newer_card_type_is_named_before_its_fields_are_misread() {
    let mut block = [0xFF; TEXT_LEN];
    put(&mut block, 248, &[u16::from(b'Y')]);
    assert_eq!(IdCard::parse(&block), Err(CardError::Kind { code: 0x59 }));
}

#[test]
fn a_validity_that_ends_on_no_day_stops_nothing_but_a_birth_on_no_day_does() {
    let mut block = text_block(&resident("某㛃")).expect("a block");
    put(
        &mut block,
        204,
        &"20260229".encode_utf16().collect::<Vec<_>>(),
    );
    assert_eq!(
        IdCard::parse(&block).map(|card| card.valid_to),
        Ok(ValidTo::Unreadable)
    );
    put(
        &mut block,
        36,
        &"18810229".encode_utf16().collect::<Vec<_>>(),
    );
    assert_eq!(
        IdCard::parse(&block),
        Err(CardError::Code {
            field: Field::Birth
        })
    );
}

#[test]
fn codes_outside_their_tables_are_refused() {
    let good = text_block(&resident("某㛃")).expect("a block");
    for (offset, text, field) in [
        (30, "3", Field::Sex),
        (30, " ", Field::Sex),
        (32, "00", Field::Nation),
        (32, "+1", Field::Nation),
        (32, "1 ", Field::Nation),
    ] {
        let mut block = good;
        put(&mut block, offset, &text.encode_utf16().collect::<Vec<_>>());
        assert_eq!(
            IdCard::parse(&block),
            Err(CardError::Code { field }),
            "{text:?} at {offset}"
        );
    }
}

#[test]
fn a_blank_card_is_refused_for_its_name() {
    for padding in [0x20, 0] {
        let mut block = [0; TEXT_LEN];
        put(&mut block, 0, &[padding; TEXT_LEN / 2]);
        assert_eq!(
            IdCard::parse(&block),
            Err(CardError::Empty { field: Field::Name })
        );
    }
}

#[test]
fn debug_output_holds_nothing_of_the_holder() {
    assert_eq!(
        format!("{:?}", resident("某㛃")),
        "IdCard { kind: Resident, .. }"
    );
}

fn text(units_max: usize) -> impl Strategy<Value = String> {
    let character = prop::sample::select(vec!['某', '㛃', '䶮', '𬭎', '·', 'A', '7']);
    prop::collection::vec(character, 1..=units_max / 2).prop_map(String::from_iter)
}

fn kind() -> impl Strategy<Value = IdCardKind> {
    prop_oneof![
        Just(IdCardKind::Resident),
        "[A-Z0-9]{0,9}".prop_map(|permit_number| IdCardKind::HongKongMacaoTaiwan { permit_number }),
        ("[A-Z]([A-Z, ]{0,58}[A-Z])?", "[A-Z]{3}").prop_map(|(latin_name, nationality)| {
            IdCardKind::Foreigner {
                latin_name,
                nationality,
            }
        }),
    ]
}

prop_compose! {
    /// Any card that can exist.
    fn card()(
        kind in kind(),
        name in text(15),
        sex in prop::sample::select(vec![Sex::Unknown, Sex::Male, Sex::Female, Sex::Unstated]),
        nation in 1..=99_u8,
        birth_days in 0..50_000_u64,
        address in text(35),
        number in "[0-9]{14}[0-9X]",
        office in "[0-9]{4}",
        valid_from in prop::option::of(Just(day(2016, 2, 29))),
        valid_to in prop::sample::select(vec![ValidTo::Day(day(2036, 2, 28)), ValidTo::LongTerm, ValidTo::Unreadable]),
    ) -> IdCard {
        let foreigner = matches!(kind, IdCardKind::Foreigner { .. });
        IdCard {
            nation_code: (kind == IdCardKind::Resident).then_some(nation),
            address: if foreigner { String::new() } else { address },
            birth: day(1880, 1, 1) + chrono::Days::new(birth_days),
            issuer: office,
            kind, name, sex, number, valid_from, valid_to,
        }
    }
}

proptest! {
    #[test]
    fn every_card_reads_back_as_it_was_written(card in card()) {
        let block = text_block(&card).expect("a block");
        prop_assert!(IdCard::parse(&block) == Ok(card));
    }

    #[test]
    fn arbitrary_blocks_never_panic(
        bytes in prop::collection::vec(any::<u8>(), TEXT_LEN),
        kind in prop::option::of(prop::sample::select(b"IJY ".to_vec())),
    ) {
        let mut block: [u8; TEXT_LEN] = bytes.try_into().expect("as many bytes");
        if let Some(kind) = kind {
            put(&mut block, 248, &[u16::from(kind)]);
        }
        let _ = IdCard::parse(&block);
    }

    #[test]
    fn a_card_with_one_damaged_byte_never_panics(card in card(), at in 0..TEXT_LEN, byte: u8) {
        let mut block = text_block(&card).expect("a block");
        block[at] = byte;
        let _ = IdCard::parse(&block);
    }
}
