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
mod tests;
