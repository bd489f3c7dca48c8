//! What a second-generation ID card says of its holder, read from the 256 bytes of its text block.
//!
//! UTF-16, little-endian, each field padded with spaces. The cards issued to residents, to
//! residents from Hong Kong, Macao and Taiwan (港澳台居民居住证) and to foreigners (外国人永久居留身份证) lay the
//! block out differently; the type at offset 248 says which, and is looked at first.

use std::fmt;
use std::ops::Range;

use chrono::NaiveDate;

/// Bytes of a text block.
pub const TEXT_LEN: usize = 256;

/// Where the card's type stands, in every layout.
const TYPE: Range<usize> = 248..250;

/// One card, as it says itself: nothing here is checked against the ID number.
///
/// `Debug` prints the kind alone.
#[derive(Clone, PartialEq, Eq)]
pub struct IdCard {
    /// Which card it is, with what only that card carries.
    pub kind: IdCardKind,
    /// The holder's name: Chinese, or for a foreigner without a Chinese name the Latin one.
    pub name: String,
    /// As printed on the card.
    pub sex: Sex,
    /// Ethnic group (民族) by GB/T 3304, 1 to 99; only a resident's card carries one.
    pub nation_code: Option<u8>,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Registered address; empty on a foreigner's card.
    pub address: String,
    /// The card's number, 18 characters on a resident's card; its check digit is not verified here.
    pub number: String,
    /// The issuing office; a code on a foreigner's card.
    pub issuer: String,
    /// First day of validity; `None` when the card gives no calendar date.
    pub valid_from: Option<NaiveDate>,
    /// Last day of validity.
    pub valid_to: ValidTo,
}

/// The three cards that the reader module reads.
#[derive(Clone, PartialEq, Eq)]
pub enum IdCardKind {
    /// 居民身份证.
    Resident,
    /// 港澳台居民居住证, type `J`.
    HongKongMacaoTaiwan {
        /// Number of the travel permit (通行证).
        permit_number: String,
    },
    /// 外国人永久居留身份证 in the layout before 2023, type `I`.
    Foreigner {
        /// Name in Latin letters.
        latin_name: String,
        /// Three letters (ISO 3166).
        nationality: String,
    },
}

/// Sex by GB/T 2261.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Code 0.
    Unknown,
    /// Code 1.
    Male,
    /// Code 2.
    Female,
    /// Code 9.
    Unstated,
}

/// How long a card is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidTo {
    /// Up to and including this day.
    Day(NaiveDate),
    /// 长期, for holders of 46 and more at issue.
    LongTerm,
    /// The card gives no calendar date. Cards issued on 29 February can end on a 29 February that
    /// does not exist, and validity never stops an application, so this is no error.
    Unreadable,
}

/// The fields a card cannot be used without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The holder's name.
    Name,
    /// The sex code.
    Sex,
    /// The code of the ethnic group.
    Nation,
    /// Date of birth.
    Birth,
    /// Registered address.
    Address,
    /// The card's number.
    Number,
    /// The issuing office.
    Issuer,
    /// The travel permit's number, or a foreigner's Latin name or nationality.
    Extra,
}

/// Why a text block is no card that we can use. The person types their data instead.
///
/// Carries no text from the card, so that it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// A card in a layout that this build does not know.
    #[error("card type is {code:#06x}, known are resident, J and I")]
    Kind {
        /// The UTF-16 unit at offset 248.
        code: u16,
    },
    /// The field holds no text: an unpaired surrogate or a control character.
    #[error("the card's {field:?} field is not text")]
    Text {
        /// Which field.
        field: Field,
    },
    /// The field is blank.
    #[error("the card's {field:?} field is empty")]
    Empty {
        /// Which field.
        field: Field,
    },
    /// The field is no code or date of its table.
    #[error("the card's {field:?} field is outside its table")]
    Code {
        /// Which field.
        field: Field,
    },
}

impl IdCard {
    /// Reads a text block.
    ///
    /// # Errors
    ///
    /// See [`CardError`]. No bytes make it panic.
    pub fn parse(block: &[u8; TEXT_LEN]) -> Result<Self, CardError> {
        match u16::from_le_bytes([block[TYPE.start], block[TYPE.start + 1]]) {
            0x4A => Self::parse_hong_kong_macao_taiwan(block),
            0x49 => Self::parse_foreigner(block),
            // 'Y' is the foreigner's card of 2023, whose layout is not published.
            code @ 0x41..=0x5A => Err(CardError::Kind { code }),
            // A resident's card keeps this place in reserve.
            _ => Self::parse_resident(block),
        }
    }

    fn parse_resident(block: &[u8; TEXT_LEN]) -> Result<Self, CardError> {
        let mut card = Self::parse_common(block, IdCardKind::Resident)?;
        card.nation_code = Some(nation(block, 32..36)?);
        Ok(card)
    }

    fn parse_hong_kong_macao_taiwan(block: &[u8; TEXT_LEN]) -> Result<Self, CardError> {
        let permit_number = text(block, 220..238, Field::Extra)?;
        Self::parse_common(block, IdCardKind::HongKongMacaoTaiwan { permit_number })
    }

    /// The layout that both Chinese cards share.
    fn parse_common(block: &[u8; TEXT_LEN], kind: IdCardKind) -> Result<Self, CardError> {
        Ok(Self {
            kind,
            name: filled(block, 0..30, Field::Name)?,
            sex: sex(block, 30..32)?,
            nation_code: None,
            birth: birth(block, 36..52)?,
            address: text(block, 52..122, Field::Address)?,
            number: filled(block, 122..158, Field::Number)?,
            issuer: text(block, 158..188, Field::Issuer)?,
            valid_from: date(block, 188..204),
            valid_to: valid_to(block, 204..220),
        })
    }

    fn parse_foreigner(block: &[u8; TEXT_LEN]) -> Result<Self, CardError> {
        let latin_name = filled(block, 0..120, Field::Name)?;
        let chinese_name = text(block, 158..188, Field::Name)?;
        Ok(Self {
            name: if chinese_name.is_empty() {
                latin_name.clone()
            } else {
                chinese_name
            },
            kind: IdCardKind::Foreigner {
                latin_name,
                nationality: text(block, 152..158, Field::Extra)?,
            },
            sex: sex(block, 120..122)?,
            nation_code: None,
            birth: birth(block, 220..236)?,
            address: String::new(),
            number: filled(block, 122..152, Field::Number)?,
            issuer: text(block, 240..248, Field::Issuer)?,
            valid_from: date(block, 188..204),
            valid_to: valid_to(block, 204..220),
        })
    }
}

impl fmt::Debug for IdCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdCard")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IdCardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resident => "Resident",
            Self::HongKongMacaoTaiwan { .. } => "HongKongMacaoTaiwan",
            Self::Foreigner { .. } => "Foreigner",
        })
    }
}

/// A field without its padding, which is spaces, or zeros on some cards.
fn text(block: &[u8; TEXT_LEN], at: Range<usize>, field: Field) -> Result<String, CardError> {
    let units = block[at]
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let padded: String = char::decode_utf16(units)
        .collect::<Result<_, _>>()
        .map_err(|_| CardError::Text { field })?;
    let text = padded.trim_matches([' ', '\0', '\u{3000}']);
    if text.chars().any(char::is_control) {
        return Err(CardError::Text { field });
    }
    Ok(text.to_owned())
}

fn filled(block: &[u8; TEXT_LEN], at: Range<usize>, field: Field) -> Result<String, CardError> {
    let text = text(block, at, field)?;
    if text.is_empty() {
        Err(CardError::Empty { field })
    } else {
        Ok(text)
    }
}

fn sex(block: &[u8; TEXT_LEN], at: Range<usize>) -> Result<Sex, CardError> {
    match text(block, at, Field::Sex)?.as_str() {
        "0" => Ok(Sex::Unknown),
        "1" => Ok(Sex::Male),
        "2" => Ok(Sex::Female),
        "9" => Ok(Sex::Unstated),
        _ => Err(CardError::Code { field: Field::Sex }),
    }
}

fn nation(block: &[u8; TEXT_LEN], at: Range<usize>) -> Result<u8, CardError> {
    let code = text(block, at, Field::Nation)?;
    match code.parse() {
        Ok(number @ 1..=99) if code.len() == 2 && !code.starts_with('+') => Ok(number),
        _ => Err(CardError::Code {
            field: Field::Nation,
        }),
    }
}

fn birth(block: &[u8; TEXT_LEN], at: Range<usize>) -> Result<NaiveDate, CardError> {
    date(block, at).ok_or(CardError::Code {
        field: Field::Birth,
    })
}

fn valid_to(block: &[u8; TEXT_LEN], at: Range<usize>) -> ValidTo {
    match date(block, at.clone()) {
        Some(day) => ValidTo::Day(day),
        None if text(block, at, Field::Extra).as_deref() == Ok("长期") => ValidTo::LongTerm,
        None => ValidTo::Unreadable,
    }
}

/// Eight digits, YYYYMMDD, that are a day of the calendar.
fn date(block: &[u8; TEXT_LEN], at: Range<usize>) -> Option<NaiveDate> {
    let text = text(block, at, Field::Birth).ok()?;
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = text.parse().ok()?;
    NaiveDate::from_ymd_opt(
        i32::try_from(number / 10_000).ok()?,
        number / 100 % 100,
        number % 100,
    )
}

#[cfg(test)]
mod tests {
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
            "[A-Z0-9]{0,9}"
                .prop_map(|permit_number| IdCardKind::HongKongMacaoTaiwan { permit_number }),
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
}
