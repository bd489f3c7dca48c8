//! The number on a slip: short enough to read out over the telephone, checked against slips of the tongue.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::digits;
use crate::record::compact::is_text;

/// County code (6), kiosk (3), counter (6), check digit (1).
const DIGITS: usize = 16;

/// How many numbers three digits give a county's kiosks.
const KIOSKS: u64 = SlipNumber::KIOSK_MAX as u64 + 1;
/// How many numbers six digits give a kiosk's slips.
const COUNTERS: u64 = SlipNumber::COUNTER_MAX as u64 + 1;

/// Why a slip number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlipNumberError {
    /// Too few or too many digits; `got` stops counting at 40.
    #[error("slip number has {got} digits, needs {DIGITS}")]
    Length {
        /// Digits found, spaces and hyphens not counted.
        got: usize,
    },
    /// A character that is no digit.
    #[error("slip number has no digit at place {place}")]
    NotADigit {
        /// The place, counted from 1, spaces and hyphens not counted.
        place: usize,
    },
    /// The last digit does not follow from the others: a digit is wrong or two are swapped.
    #[error("slip number does not match its check digit")]
    CheckDigit,
    /// A part does not fit its digits.
    #[error("slip number part {part} is {got}, at most {limit} fits")]
    OutOfRange {
        /// `county`, `kiosk` or `counter`.
        part: &'static str,
        /// The value given.
        got: u32,
        /// The largest that fits.
        limit: u32,
    },
}

/// A slip's number, written `140428-003-000017-1`.
///
/// The last digit is H. M. Damm's check digit over the fifteen before it. It catches every wrong digit
/// and every swap of neighbours, and being decimal it can be typed on a number pad.
///
/// Source: H. M. Damm, "Total anti-symmetrische Quasigruppen", dissertation, Marburg 2004.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlipNumber {
    county: u32,
    kiosk: u16,
    counter: u32,
}

impl SlipNumber {
    /// The largest county code.
    pub const COUNTY_MAX: u32 = 999_999;
    /// The largest number of a kiosk within its county.
    pub const KIOSK_MAX: u16 = 999;
    /// The largest counter: a kiosk that writes 100 slips a day lasts 27 years.
    pub const COUNTER_MAX: u32 = 999_999;

    /// The number of the `counter`th slip of a kiosk.
    ///
    /// # Errors
    ///
    /// [`SlipNumberError::OutOfRange`] if a part does not fit its digits.
    pub const fn new(county: u32, kiosk: u16, counter: u32) -> Result<Self, SlipNumberError> {
        if county > Self::COUNTY_MAX {
            return Err(SlipNumberError::OutOfRange {
                part: "county",
                got: county,
                limit: Self::COUNTY_MAX,
            });
        }
        if kiosk > Self::KIOSK_MAX {
            return Err(SlipNumberError::OutOfRange {
                part: "kiosk",
                got: kiosk as u32,
                limit: Self::KIOSK_MAX as u32,
            });
        }
        if counter > Self::COUNTER_MAX {
            return Err(SlipNumberError::OutOfRange {
                part: "counter",
                got: counter,
                limit: Self::COUNTER_MAX,
            });
        }
        Ok(Self {
            county,
            kiosk,
            counter,
        })
    }

    /// The county's division code of six digits.
    #[must_use]
    pub const fn county(self) -> u32 {
        self.county
    }

    /// The kiosk within the county.
    #[must_use]
    pub const fn kiosk(self) -> u16 {
        self.kiosk
    }

    /// The slip within the kiosk.
    #[must_use]
    pub const fn counter(self) -> u32 {
        self.counter
    }

    /// The check digit, 0 to 9.
    #[must_use]
    pub fn check_digit(self) -> u8 {
        let body = format!("{:06}{:03}{:06}", self.county, self.kiosk, self.counter);
        damm(body.bytes().map(|b| b - b'0'))
    }
}

impl fmt::Display for SlipNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:06}-{:03}-{:06}-{}",
            self.county,
            self.kiosk,
            self.counter,
            self.check_digit()
        )
    }
}

impl FromStr for SlipNumber {
    type Err = SlipNumberError;

    /// Reads a number as typed: hyphens and spaces may be missing, digits may be full-width.
    fn from_str(text: &str) -> Result<Self, SlipNumberError> {
        let chars = digits::compact(text, 40);
        if let Some(index) = chars.iter().position(|c| !c.is_ascii_digit()) {
            return Err(SlipNumberError::NotADigit { place: index + 1 });
        }
        if chars.len() != DIGITS {
            return Err(SlipNumberError::Length { got: chars.len() });
        }
        let digits: Vec<u8> = chars.iter().map(|c| *c as u8 - b'0').collect();
        if damm(digits.iter().copied()) != 0 {
            return Err(SlipNumberError::CheckDigit);
        }
        let number = |part: &[u8]| part.iter().fold(0_u32, |n, d| n * 10 + u32::from(*d));
        let kiosk = u16::try_from(number(&digits[6..9])).unwrap_or(u16::MAX);
        Self::new(number(&digits[..6]), kiosk, number(&digits[9..15]))
    }
}

/// The fifteen digits before the check digit, which follows from them, as a number.
impl<C> Encode<C> for SlipNumber {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let kiosk = u64::from(self.county) * KIOSKS + u64::from(self.kiosk);
        e.u64(kiosk * COUNTERS + u64::from(self.counter))?.ok()
    }
}

/// The number of fifteen digits, or text as `Display` writes it.
impl<'b, C> Decode<'b, C> for SlipNumber {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if is_text(d)? {
            return d.str()?.parse().map_err(decode::Error::message);
        }
        let number = d.u64()?;
        let (kiosk, counter) = (number / COUNTERS, number % COUNTERS);
        let (county, kiosk) = (kiosk / KIOSKS, kiosk % KIOSKS);
        // Only the county can be too large for its digits here; what does not even fit its type is so too.
        let fit = |part| u32::try_from(part).unwrap_or(u32::MAX);
        Self::new(fit(county), kiosk as u16, fit(counter)).map_err(decode::Error::message)
    }
}

/// Damm's quasigroup of order ten; its diagonal is 0, so a number with its own check digit folds to 0.
const QUASIGROUP: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

fn damm(digits: impl Iterator<Item = u8>) -> u8 {
    digits.fold(0, |state, digit| {
        QUASIGROUP[usize::from(state)][usize::from(digit)]
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn damms_own_example_has_check_digit_4() {
        assert_eq!(damm([5, 7, 2].into_iter()), 4);
        assert_eq!(damm([5, 7, 2, 4].into_iter()), 0);
    }

    /// From every state, for every pair of digits: this is all there is, whatever the length.
    #[test]
    fn from_every_state_every_wrong_digit_and_every_swap_changes_the_sum() {
        let step = |state: u8, digit: u8| QUASIGROUP[usize::from(state)][usize::from(digit)];
        for state in 0..10 {
            for a in 0..10 {
                for b in (0..10).filter(|b| *b != a) {
                    assert_ne!(step(state, a), step(state, b), "digit {a} read as {b}");
                    assert_ne!(
                        step(step(state, a), b),
                        step(step(state, b), a),
                        "{a}{b} swapped"
                    );
                    // Two different sums stay different under the same next digit.
                    assert_ne!(step(a, state), step(b, state));
                }
            }
        }
    }

    #[test]
    fn every_wrong_digit_and_every_swap_in_a_written_number_is_caught() {
        for counter in (0..1000).chain([17, 99_999, 999_999]) {
            let number = SlipNumber::new(140_428, 3, counter).unwrap();
            let right: Vec<char> = number
                .to_string()
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            for place in 0..DIGITS {
                for digit in ('0'..='9').filter(|d| *d != right[place]) {
                    let mut wrong = right.clone();
                    wrong[place] = digit;
                    assert_eq!(
                        String::from_iter(wrong).parse::<SlipNumber>(),
                        Err(SlipNumberError::CheckDigit)
                    );
                }
                if place > 0 && right[place] != right[place - 1] {
                    let mut wrong = right.clone();
                    wrong.swap(place - 1, place);
                    assert_eq!(
                        String::from_iter(wrong).parse::<SlipNumber>(),
                        Err(SlipNumberError::CheckDigit)
                    );
                }
            }
        }
    }

    #[test]
    fn a_number_travels_as_its_first_fifteen_digits_and_is_read_from_text_too() {
        let number = SlipNumber::new(140_428, 3, 17).unwrap();
        let bytes = minicbor::to_vec(number).unwrap();
        assert_eq!(bytes, minicbor::to_vec(140_428_003_000_017_u64).unwrap());
        let text = minicbor::to_vec(number.to_string()).unwrap();
        for written in [bytes, text] {
            assert_eq!(minicbor::decode::<SlipNumber>(&written).unwrap(), number);
        }
        let largest = SlipNumber::new(999_999, 999, 999_999).unwrap();
        let bytes = minicbor::to_vec(largest).unwrap();
        assert_eq!(minicbor::decode::<SlipNumber>(&bytes).unwrap(), largest);
        for beyond in [1_000_000_000_000_000, u64::MAX] {
            let bytes = minicbor::to_vec(beyond).unwrap();
            assert!(minicbor::decode::<SlipNumber>(&bytes).is_err(), "{beyond}");
        }
    }

    #[test]
    fn a_number_is_written_in_four_groups_and_read_in_any_grouping() {
        let number = SlipNumber::new(140_428, 3, 17).unwrap();
        let written = number.to_string();
        assert_eq!(&written[..18], "140428-003-000017-");
        for typed in [
            written.clone(),
            written.replace('-', ""),
            written.replace('-', " "),
            format!(" {written} "),
        ] {
            assert_eq!(typed.parse(), Ok(number));
        }
    }

    #[test]
    fn each_fault_has_its_own_error() {
        assert_eq!(
            "140428".parse::<SlipNumber>(),
            Err(SlipNumberError::Length { got: 6 })
        );
        assert_eq!(
            "140428-O03".parse::<SlipNumber>(),
            Err(SlipNumberError::NotADigit { place: 7 })
        );
        assert_eq!(
            SlipNumber::new(140_428, 1000, 1),
            Err(SlipNumberError::OutOfRange {
                part: "kiosk",
                got: 1000,
                limit: 999
            })
        );
    }

    proptest! {
        #[test]
        fn a_written_number_reads_back(county in 0..=999_999_u32, kiosk in 0..=999_u16, counter in 0..=999_999_u32) {
            let number = SlipNumber::new(county, kiosk, counter).unwrap();
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,40}|[0-9-]{0,30}") {
            let _ = text.parse::<SlipNumber>();
        }
    }
}
