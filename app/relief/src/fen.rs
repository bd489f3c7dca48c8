//! Money in 分, hundredths of a yuan.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use minicbor::{Decode, Encode};

/// An amount in 分, negative only where something is taken back or missing.
///
/// Sums saturate: an amount beyond ninety quadrillion yuan is a fault of the entry, and its check says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Fen(pub i64);

/// Why text is no amount. No variant carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FenError {
    /// Not digits with at most one point, a thousands separator, 元 or ¥.
    #[error("amount is no number of yuan")]
    NotANumber,
    /// More than two places behind the point, so that something would be lost.
    #[error("amount has more than two decimal places")]
    TooFine,
    /// More than [`Fen::ENTRY_MAX`].
    #[error("amount is over {} yuan", Fen::ENTRY_MAX.0 / 100)]
    TooLarge,
}

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most that one entry may name, a hundred million yuan: more than a county's allowance of a month.
    pub const ENTRY_MAX: Self = Self(10_000_000_000);

    /// Whether an entry may name it: from nothing to [`Self::ENTRY_MAX`].
    #[must_use]
    pub fn is_an_entry(self) -> bool {
        (Self::ZERO..=Self::ENTRY_MAX).contains(&self)
    }

    /// What of it is above nothing.
    #[must_use]
    pub fn or_zero(self) -> Self {
        self.max(Self::ZERO)
    }
}

/// Reads an amount in yuan as people and banks write it: `1234`, `1,234.50`, `¥12.3`, `12元`; full-width digits too.
///
/// [`FenError`] if it is no amount of at least nothing that an entry may name.
impl FromStr for Fen {
    type Err = FenError;

    fn from_str(text: &str) -> Result<Self, FenError> {
        let text: String = text
            .trim()
            .trim_start_matches(['¥', '￥'])
            .trim_end_matches('元')
            .chars()
            .filter(|c| !matches!(c, ',' | '，' | ' '))
            .map(|c| match c {
                '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
                '．' => '.',
                c => c,
            })
            .collect();
        let (yuan, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if yuan.is_empty() || !digits(yuan) || !digits(decimals) {
            return Err(FenError::NotANumber);
        }
        let decimals = decimals.trim_end_matches('0');
        if 2 < decimals.len() {
            return Err(FenError::TooFine);
        }
        let yuan: i64 = yuan.parse().map_err(|_| FenError::TooLarge)?;
        let fen: i64 = format!("{decimals:0<2}").parse().unwrap_or(0);
        let amount = yuan
            .checked_mul(100)
            .and_then(|whole| whole.checked_add(fen))
            .map(Self)
            .ok_or(FenError::TooLarge)?;
        if Self::ENTRY_MAX < amount {
            return Err(FenError::TooLarge);
        }
        Ok(amount)
    }
}

/// In yuan with two places, such as `1234.50`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

impl Add for Fen {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Fen {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Fen {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_people_and_banks_write_them() {
        for (text, fen) in [
            ("0", 0),
            ("523", 52_300),
            ("523.5", 52_350),
            ("1,046.07", 104_607),
            (" ¥12.30 ", 1_230),
            ("12元", 1_200),
            ("１２．３４", 1_234),
            ("7.100", 710),
        ] {
            assert_eq!(text.parse::<Fen>(), Ok(Fen(fen)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_and_never_rounded() {
        for text in ["", "元", "-5", "1.2.3", "12a", ".5", "NaN"] {
            assert_eq!(text.parse::<Fen>(), Err(FenError::NotANumber), "{text}");
        }
        assert_eq!("0.005".parse::<Fen>(), Err(FenError::TooFine));
        assert_eq!("100000000.01".parse::<Fen>(), Err(FenError::TooLarge));
        assert_eq!("9".repeat(40).parse::<Fen>(), Err(FenError::TooLarge));
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_as_it_is_shown(fen in 0..=Fen::ENTRY_MAX.0) {
            prop_assert_eq!(Fen(fen).to_string().parse(), Ok(Fen(fen)));
        }

        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = text.parse::<Fen>();
        }
    }
}
