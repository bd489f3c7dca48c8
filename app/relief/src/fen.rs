//! Money, in fen (分): whole numbers, so that sums are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use minicbor::{Decode, Encode};

/// An amount in fen, a hundredth of a yuan. Additions stop at the largest amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Fen(pub u64);

/// The text is no amount in yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("amount is not written in yuan, with at most two digits behind the point")]
pub struct FenError;

impl Fen {
    /// What remains after `other` is taken away; nothing if that is more.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Fen {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), Add::add)
    }
}

/// In yuan, with two digits behind the point.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Reads yuan such as `1234`, `1,234.5` and `1234.50`; a comma may stand before each third digit.
impl FromStr for Fen {
    type Err = FenError;

    fn from_str(text: &str) -> Result<Self, FenError> {
        let (yuan, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let groups: Vec<&str> = yuan.split(',').collect();
        let grouped = groups.len() == 1
            || (groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3));
        let digits = groups.concat();
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if !grouped
            || groups[0].is_empty()
            || !is_number(&digits)
            || !is_number(rest)
            || 2 < rest.len()
        {
            return Err(FenError);
        }
        let yuan: u64 = digits.parse().map_err(|_| FenError)?;
        let fen: u64 = format!("{rest:0<2}").parse().map_err(|_| FenError)?;
        yuan.checked_mul(100)
            .and_then(|whole| whole.checked_add(fen))
            .map(Self)
            .ok_or(FenError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn yuan_are_read_as_banks_write_them() {
        let read = ["0", "3.5", "1,234.50", "1234", "1,234,567.8", " 12 "].map(str::parse);
        let fen = [0, 350, 123_450, 123_400, 123_456_780, 1200].map(|fen| Ok(Fen(fen)));
        assert_eq!(read, fen);
        for wrong in [
            "",
            ".5",
            "1.234",
            "-1",
            "1,23",
            "1,2345",
            "一百",
            "1e3",
            "184467440737095517",
        ] {
            assert_eq!(wrong.parse::<Fen>(), Err(FenError), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(fen: u64) {
            prop_assert_eq!(Fen(fen).to_string().parse(), Ok(Fen(fen)));
        }
    }
}
