//! Telephone numbers. Many elders have none, so a number is optional wherever it is asked.

use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::digits;
use crate::record::compact::is_text;

/// The most digits that are read before a number counts as too long: 0086 and a fixed number of twelve.
const DIGITS_MAX: usize = 17;

/// Why a typed number was refused. No variant carries the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing was entered.
    #[error("phone number is empty")]
    Empty,
    /// A character that is no digit.
    #[error("phone number has no digit at place {place}")]
    NotADigit {
        /// The place, counted from 1, spaces and hyphens not counted.
        place: usize,
    },
    /// It begins like a mobile number but has not eleven digits.
    #[error("mobile number has {got} digits, needs 11")]
    MobileLength {
        /// Digits found.
        got: usize,
    },
    /// A fixed number without its area code (seven or eight digits).
    #[error("fixed number lacks its area code")]
    NoAreaCode,
    /// It begins with an area code but has the wrong number of digits after it.
    #[error("fixed number has {got} digits with its area code")]
    FixedLength {
        /// Digits found.
        got: usize,
    },
    /// Neither a mobile nor a fixed number.
    #[error("not a mobile or fixed number")]
    Unknown,
}

/// A mobile number (`13000000000`) or a fixed one with its area code (`0355-0000000`).
///
/// Shapes: mobile `1[3-9]` and nine digits; fixed an area code of three digits (`010`, `02x`) or four
/// and seven or eight digits. Whether the number rings is not known.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads a number as typed: full-width digits, spaces, hyphens, brackets, `+86` and `0086` are accepted.
    ///
    /// # Errors
    ///
    /// [`PhoneError`], so that the screen can say what is missing.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let unbracketed: String = text
            .chars()
            .filter(|c| !matches!(c, '(' | ')' | '（' | '）'))
            .take(64)
            .collect();
        let mut chars = digits::compact(&unbracketed, DIGITS_MAX + 1);
        if matches!(chars.first(), Some('+' | '＋')) {
            chars.splice(..1, ['0', '0']);
        }
        if chars.is_empty() {
            return Err(PhoneError::Empty);
        }
        if let Some(index) = chars.iter().position(|c| !c.is_ascii_digit()) {
            return Err(PhoneError::NotADigit { place: index + 1 });
        }
        let all: String = chars.into_iter().collect();
        let number = all.strip_prefix("0086").unwrap_or(&all);
        let got = number.len();
        match number.as_bytes() {
            [b'1', b'3'..=b'9', ..] if got == 11 => Ok(Self(number.to_owned())),
            [b'0', b'1' | b'2', ..] => Self::fixed(number, 3),
            [b'0', b'3'..=b'9', ..] => Self::fixed(number, 4),
            [b'2'..=b'8', ..] if got == 7 || got == 8 => Err(PhoneError::NoAreaCode),
            [b'1', b'3'..=b'9', ..] => Err(PhoneError::MobileLength { got }),
            _ => Err(PhoneError::Unknown),
        }
    }

    fn fixed(number: &str, area_len: usize) -> Result<Self, PhoneError> {
        let local_len = number.len().saturating_sub(area_len);
        if local_len != 7 && local_len != 8 {
            return Err(PhoneError::FixedLength { got: number.len() });
        }
        let (area, local) = number.split_at(area_len);
        Ok(Self(format!("{area}-{local}")))
    }

    /// The number: eleven digits, or area code, hyphen and local number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number for slips and lists: four digits hidden, the last four shown.
    #[must_use]
    pub fn masked(&self) -> String {
        let cut = self.0.len().saturating_sub(4);
        let shown = self.0.find('-').map_or(3, |hyphen| hyphen + 1);
        format!(
            "{}{}{}",
            &self.0[..shown],
            "*".repeat(cut - shown),
            &self.0[cut..]
        )
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(hidden)")
    }
}

/// Its digits as a number: a mobile number has eleven and begins with 1, and what a fixed number loses is
/// the 0 before its area code.
impl<C> Encode<C> for Phone {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let digits = self.0.bytes().filter(u8::is_ascii_digit);
        e.u64(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))?
            .ok()
    }
}

/// The number, or text as [`Phone::as_str`] gives it.
impl<'b, C> Decode<'b, C> for Phone {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let text = if is_text(d)? {
            d.str()?.to_owned()
        } else {
            match d.u64()? {
                mobile @ 10_000_000_000..20_000_000_000 => mobile.to_string(),
                fixed => format!("0{fixed}"),
            }
        };
        Self::parse(&text).map_err(decode::Error::message)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, PhoneError> {
        Phone::parse(text).map(|phone| phone.as_str().to_owned())
    }

    #[test]
    fn mobile_and_fixed_numbers_are_read_however_they_are_grouped() {
        for (typed, number) in [
            ("13000000000", "13000000000"),
            ("130 0000 0000", "13000000000"),
            ("+86 130-0000-0000", "13000000000"),
            ("008613000000000", "13000000000"),
            ("１９９０００００００１", "19900000001"),
            ("0355-0000000", "0355-0000000"),
            ("(0355) 0000000", "0355-0000000"),
            ("03550000000", "0355-0000000"),
            ("010 00000000", "010-00000000"),
        ] {
            assert_eq!(read(typed).as_deref(), Ok(number), "{typed}");
        }
    }

    #[test]
    fn each_fault_has_its_own_error() {
        assert_eq!(read(" - "), Err(PhoneError::Empty));
        assert_eq!(
            read("1300000000a"),
            Err(PhoneError::NotADigit { place: 11 })
        );
        assert_eq!(
            read("1300000000"),
            Err(PhoneError::MobileLength { got: 10 })
        );
        assert_eq!(
            read("130000000001"),
            Err(PhoneError::MobileLength { got: 12 })
        );
        assert_eq!(read("8000000"), Err(PhoneError::NoAreaCode));
        assert_eq!(read("0355-000"), Err(PhoneError::FixedLength { got: 7 }));
        assert_eq!(read("12345"), Err(PhoneError::Unknown));
        assert_eq!(read("12000000000"), Err(PhoneError::Unknown));
    }

    #[test]
    fn a_mask_keeps_the_front_and_the_last_four() {
        assert_eq!(Phone::parse("13000001234").unwrap().masked(), "130****1234");
        assert_eq!(
            Phone::parse("0355-0001234").unwrap().masked(),
            "0355-***1234"
        );
        assert_eq!(
            format!("{:?}", Phone::parse("13000001234")),
            "Ok(Phone(hidden))"
        );
    }

    #[test]
    fn a_number_travels_as_its_digits_and_is_read_from_text_too() {
        for (text, digits) in [
            ("13000000000", 13_000_000_000_u64),
            ("0355-0000000", 3_550_000_000),
            ("0355-00000000", 35_500_000_000),
            ("010-00000000", 1_000_000_000),
            ("020-0000000", 200_000_000),
        ] {
            let phone = Phone::parse(text).unwrap();
            let bytes = minicbor::to_vec(&phone).unwrap();
            assert_eq!(bytes, minicbor::to_vec(digits).unwrap());
            assert_eq!(minicbor::decode::<Phone>(&bytes).unwrap(), phone);
            let written = minicbor::to_vec(text).unwrap();
            assert_eq!(minicbor::decode::<Phone>(&written).unwrap(), phone);
        }
    }

    proptest! {
        #[test]
        fn any_digits_are_a_number_that_writes_them_again_or_none(digits in 0_u64..100_000_000_000_000) {
            let bytes = minicbor::to_vec(digits).unwrap();
            if let Ok(phone) = minicbor::decode::<Phone>(&bytes) {
                prop_assert_eq!(minicbor::to_vec(&phone).unwrap(), bytes);
            }
        }

        #[test]
        fn arbitrary_text_never_panics_and_what_parses_parses_back(text in "\\PC{0,30}|[0-9+ -]{0,30}") {
            if let Ok(phone) = Phone::parse(&text) {
                let _ = phone.masked();
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone));
            }
        }
    }
}
