//! Citizens' identity numbers (公民身份号码, GB 11643-1999).

use std::fmt;

use chrono::{Datelike, NaiveDate};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::digits;
use crate::record::compact::is_text;

/// How many characters a number has.
pub const ID_NUMBER_LEN: usize = 18;
/// The digits before the check digit.
const BODY_LEN: usize = ID_NUMBER_LEN - 1;

/// Nobody living or on file was born before it; an earlier year is a slip of the finger.
const EARLIEST_BIRTH_YEAR: i32 = 1800;

/// Why a typed or read identity number was refused.
///
/// No variant carries the number or a part of it, so an error may be shown and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    /// Nothing was entered.
    #[error("identity number is empty, needs {ID_NUMBER_LEN} characters")]
    Empty,
    /// Too short or too long; `got` stops counting at 40. Old 15-digit numbers end here too.
    #[error("identity number has {got} characters, needs {ID_NUMBER_LEN}")]
    Length {
        /// Characters found, spaces and hyphens not counted.
        got: usize,
    },
    /// A character that is no digit, or an X before the last place.
    #[error("identity number has no digit at place {place}")]
    NotADigit {
        /// The place, counted from 1.
        place: usize,
    },
    /// The eighth to fourteenth digits are no day of the calendar, or one before 1800.
    #[error("identity number holds no real date of birth")]
    BirthDate,
    /// The last character does not follow from the others: some digit is wrong.
    #[error("identity number does not match its check digit")]
    CheckDigit,
}

/// Sex as GB/T 2261.1 numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Sex {
    /// Unknown (0).
    #[n(0)]
    Unknown,
    /// Male (1).
    #[n(1)]
    Male,
    /// Female (2).
    #[n(2)]
    Female,
    /// Not stated (9).
    #[n(9)]
    Unstated,
}

impl Sex {
    /// The code of GB/T 2261.1.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Male => 1,
            Self::Female => 2,
            Self::Unstated => 9,
        }
    }

    /// The sex that `code` of GB/T 2261.1 stands for.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Unknown),
            1 => Some(Self::Male),
            2 => Some(Self::Female),
            9 => Some(Self::Unstated),
            _ => None,
        }
    }
}

/// An identity number whose form, birth date and check digit are right.
///
/// The address code at its front is not checked: it is the place of first registration and stays on a
/// card after the place is renamed, and residents from 港澳台 carry 81, 82 and 83.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdNumber([u8; ID_NUMBER_LEN]);

impl IdNumber {
    /// Reads a number as typed: full-width digits, `x` and `Ｘ`, spaces and hyphens are accepted.
    ///
    /// # Errors
    ///
    /// [`IdNumberError`], the first fault from left to right; the check digit is judged last.
    ///
    /// Source: GB 11643-1999 (check digit: ISO 7064 MOD 11-2).
    pub fn parse(text: &str) -> Result<Self, IdNumberError> {
        let chars = digits::compact(text, 40);
        if chars.is_empty() {
            return Err(IdNumberError::Empty);
        }
        if chars.len() != ID_NUMBER_LEN {
            return Err(IdNumberError::Length { got: chars.len() });
        }
        let mut bytes = [0_u8; ID_NUMBER_LEN];
        for (index, (byte, c)) in bytes.iter_mut().zip(&chars).enumerate() {
            let c = c.to_ascii_uppercase();
            let last = index == ID_NUMBER_LEN - 1;
            if !(c.is_ascii_digit() || (last && c == 'X')) {
                return Err(IdNumberError::NotADigit { place: index + 1 });
            }
            *byte = c as u8;
        }
        if birth(&bytes).is_none() {
            return Err(IdNumberError::BirthDate);
        }
        let [body @ .., last] = &bytes;
        if check_digit(body) != *last {
            return Err(IdNumberError::CheckDigit);
        }
        Ok(Self(bytes))
    }

    /// The eighteen characters, the last one `X` in upper case where it is ten.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII digits and X are ever stored.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The sex that the seventeenth digit tells: odd is male.
    #[must_use]
    pub const fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 {
            Sex::Male
        } else {
            Sex::Female
        }
    }

    /// The date of birth.
    #[must_use]
    pub fn birth(&self) -> NaiveDate {
        // `parse` refuses a number without one.
        birth(&self.0).unwrap_or_default()
    }

    /// Full years of age on `day`, or `None` if `day` lies before the birth.
    #[must_use]
    pub fn age_on(&self, day: NaiveDate) -> Option<u32> {
        day.years_since(self.birth())
    }

    /// The number for screens and lists: six digits, eight stars, four characters.
    #[must_use]
    pub fn masked(&self) -> String {
        let text = self.as_str();
        format!("{}********{}", &text[..6], &text[14..])
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber(hidden)")
    }
}

/// The first seventeen digits as a number; the check digit follows from them.
impl<C> Encode<C> for IdNumber {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let digits = self.0[..BODY_LEN]
            .iter()
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        e.u64(digits)?.ok()
    }
}

/// The number of seventeen digits, or all eighteen characters as text.
impl<'b, C> Decode<'b, C> for IdNumber {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let text = if is_text(d)? {
            d.str()?.to_owned()
        } else {
            let mut text = format!("{:0BODY_LEN$}", d.u64()?);
            // A check digit of any other number of digits would be one of nothing; `parse` tells the length.
            if let Ok(body) = text.as_bytes().try_into() {
                text.push(char::from(check_digit(body)));
            }
            text
        };
        Self::parse(&text).map_err(decode::Error::message)
    }
}

fn birth(bytes: &[u8; ID_NUMBER_LEN]) -> Option<NaiveDate> {
    let number = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .fold(0_u32, |n, b| n * 10 + u32::from(b - b'0'))
    };
    let date =
        NaiveDate::from_ymd_opt(number(6..10).cast_signed(), number(10..12), number(12..14))?;
    (date.year() >= EARLIEST_BIRTH_YEAR).then_some(date)
}

fn check_digit(body: &[u8; BODY_LEN]) -> u8 {
    const WEIGHTS: [u32; BODY_LEN] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = WEIGHTS
        .iter()
        .zip(body)
        .map(|(w, b)| w * u32::from(b - b'0'))
        .sum();
    b"10X98765432"[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_standards_own_examples_and_the_synthetic_ones_parse() {
        for text in [
            "11010519491231002X",
            "440524188001010014",
            "140428188001010013",
            "140428188002290029",
            "14042818830303001X",
        ] {
            assert_eq!(
                IdNumber::parse(text).as_ref().map(IdNumber::as_str),
                Ok(text)
            );
        }
    }

    #[test]
    fn a_good_check_digit_does_not_excuse_an_impossible_date() {
        assert_eq!(
            IdNumber::parse("140428188102290018"),
            Err(IdNumberError::BirthDate)
        );
    }

    #[test]
    fn small_x_full_width_forms_and_grouping_are_accepted() {
        for text in [
            "14042818830303001x",
            "14042818830303001Ｘ",
            "１４０４２８１８８３０３０３００１ｘ",
            " 140428 18830303-001X ",
        ] {
            assert_eq!(
                IdNumber::parse(text).as_ref().map(IdNumber::as_str),
                Ok("14042818830303001X")
            );
        }
    }

    #[test]
    fn each_fault_has_its_own_error() {
        assert_eq!(IdNumber::parse("  "), Err(IdNumberError::Empty));
        assert_eq!(
            IdNumber::parse("14042818800101001"),
            Err(IdNumberError::Length { got: 17 })
        );
        assert_eq!(
            IdNumber::parse(&"1".repeat(9000)),
            Err(IdNumberError::Length { got: 40 })
        );
        assert_eq!(
            IdNumber::parse("1404281880O1010013"),
            Err(IdNumberError::NotADigit { place: 11 })
        );
        assert_eq!(
            IdNumber::parse("X40428188001010013"),
            Err(IdNumberError::NotADigit { place: 1 })
        );
        assert_eq!(
            IdNumber::parse("140428188001010014"),
            Err(IdNumberError::CheckDigit)
        );
    }

    #[test]
    fn sex_birth_age_and_mask_are_read_from_the_number() {
        let man = IdNumber::parse("140428188001010013").unwrap();
        assert_eq!(man.sex(), Sex::Male);
        assert_eq!(
            IdNumber::parse("140428188002290029").unwrap().sex(),
            Sex::Female
        );
        assert_eq!(man.birth(), NaiveDate::from_ymd_opt(1880, 1, 1).unwrap());
        assert_eq!(
            man.age_on(NaiveDate::from_ymd_opt(1899, 12, 31).unwrap()),
            Some(19)
        );
        assert_eq!(
            man.age_on(NaiveDate::from_ymd_opt(1879, 12, 31).unwrap()),
            None
        );
        assert_eq!(man.masked(), "140428********0013");
        assert!(!format!("{man:?}").contains("1404"));
    }

    #[test]
    fn every_wrong_digit_and_every_swap_of_unlike_neighbours_is_caught() {
        for number in ["140428188001010013", "14042818830303001X"] {
            let right: Vec<char> = number.chars().collect();
            for place in 0..ID_NUMBER_LEN {
                for digit in '0'..='9' {
                    let mut wrong = right.clone();
                    wrong[place] = digit;
                    if wrong != right {
                        assert!(IdNumber::parse(&String::from_iter(&wrong)).is_err());
                    }
                }
                if place > 0 && right[place] != right[place - 1] {
                    let mut wrong = right.clone();
                    wrong.swap(place - 1, place);
                    assert!(IdNumber::parse(&String::from_iter(&wrong)).is_err());
                }
            }
        }
    }

    #[test]
    fn a_number_travels_as_seventeen_digits_and_is_read_from_text_too() {
        for (text, digits) in [
            ("140428188001010013", 14_042_818_800_101_001_u64),
            ("14042818830303001X", 14_042_818_830_303_001),
            ("010428188001010014", 1_042_818_800_101_001),
        ] {
            let id = IdNumber::parse(text).unwrap();
            let bytes = minicbor::to_vec(id).unwrap();
            assert_eq!(bytes, minicbor::to_vec(digits).unwrap());
            assert_eq!(minicbor::decode::<IdNumber>(&bytes).unwrap(), id);
            let written = minicbor::to_vec(text).unwrap();
            assert_eq!(minicbor::decode::<IdNumber>(&written).unwrap(), id);
        }
    }

    #[test]
    fn digits_that_are_no_identity_number_are_not_read() {
        for digits in [
            0,
            1,
            14_042_818_810_229_001,
            100_000_000_000_000_000,
            u64::MAX,
        ] {
            let bytes = minicbor::to_vec(digits).unwrap();
            assert!(minicbor::decode::<IdNumber>(&bytes).is_err(), "{digits}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics_and_what_parses_parses_back(text: String) {
            if let Ok(id) = IdNumber::parse(&text) {
                prop_assert_eq!(IdNumber::parse(id.as_str()), Ok(id));
            }
        }

        #[test]
        fn eighteen_characters_of_digits_and_x_never_panic(text in "[0-9X]{18}") {
            let _ = IdNumber::parse(&text).map(|id| (id.birth(), id.sex(), id.masked()));
        }
    }
}
