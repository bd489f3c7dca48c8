//! Codes that an officer's telephone shows for half a minute each, beside the password.
//!
//! Source: RFC 6238 and RFC 4226, as the authenticator programs of telephones do it: HMAC-SHA-1, steps of 30 seconds, six
//! digits.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::UnixMs;

/// Bytes of a secret: as many as the hash has, which RFC 4226 recommends.
pub const SECRET_LEN: usize = 20;

/// What is written with percent signs in a part of an address: all but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How long a code counts.
pub const STEP_MS: i64 = 30_000;

/// Digits of a code.
const DIGITS: usize = 6;

/// Steps that the telephone's clock may be behind the county's or ahead of it.
const STEPS_APART_MAX: i64 = 1;

/// What the telephone and the county both know.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_LEN]>);

impl TotpSecret {
    /// A secret of random bytes.
    #[must_use]
    pub fn new(random: [u8; SECRET_LEN]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// The secret that [`text`](Self::text) gave; `None` for any other text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        Self::from_bytes(&bytes)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self::new(bytes.try_into().ok()?))
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// As people type it into a telephone: 32 letters and digits.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&*self.0))
    }

    /// The address that a telephone reads as a code on the screen. `issuer` and `account` are what it shows beside the code.
    #[must_use]
    pub fn address(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (escaped(issuer), escaped(account));
        let secret = self.text();
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}",
            &*secret
        ))
    }

    /// The code of this moment.
    #[must_use]
    pub fn code_at(&self, now: UnixMs) -> String {
        self.code(step_at(now))
    }

    /// The step whose code was shown, if it is that of now or next to it.
    pub(crate) fn step_of(&self, shown: &str, now: UnixMs) -> Option<i64> {
        let shown: String = shown.chars().filter(|c| !c.is_whitespace()).collect();
        let now = step_at(now);
        (-STEPS_APART_MAX..=STEPS_APART_MAX)
            .map(|apart| now.saturating_add(apart))
            .find(|step| is_same(self.code(*step).as_bytes(), shown.as_bytes()))
    }

    fn code(&self, step: i64) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(&*self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(&step.to_be_bytes());
        let hash: [u8; 20] = mac.finalize().into_bytes().into();
        let at = usize::from(hash[19] & 0x0f);
        let number =
            u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
        format!("{:0DIGITS$}", number % 10_u32.pow(DIGITS as u32))
    }
}

fn step_at(now: UnixMs) -> i64 {
    now.0.div_euclid(STEP_MS)
}

/// Compares without telling by the time it takes where they differ.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// As a part of an address.
fn escaped(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, ESCAPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::new(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().code_at(UnixMs(seconds * 1000)), code);
        }
    }

    #[test]
    fn a_code_counts_in_its_step_and_the_ones_next_to_it() {
        let code = secret().code_at(UnixMs(59_000));
        let step = |ms| secret().step_of(&code, UnixMs(ms));
        assert_eq!(
            (step(0), step(59_999), step(89_999)),
            (Some(1), Some(1), Some(1))
        );
        assert_eq!((step(-1), step(90_000)), (None, None));
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(secret().step_of(&spaced, UnixMs(59_000)), Some(1));
        for wrong in [
            "",
            "28708",
            "2870820",
            "２８７０８２",
            "287083",
            "28708\u{0}",
        ] {
            assert_eq!(secret().step_of(wrong, UnixMs(59_000)), None, "{wrong}");
        }
        // A clock that went mad takes nobody down.
        assert_eq!(secret().step_of(&code, UnixMs(i64::MAX)), None);
        assert_eq!(secret().step_of(&code, UnixMs(i64::MIN)), None);
    }

    #[test]
    fn a_secret_is_text_of_32_characters_and_an_address_with_escaped_names() {
        let text = secret().text();
        assert_eq!(*text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(TotpSecret::from_text(&text) == Some(secret()));
        assert!(TotpSecret::from_text("GEZDGNBV").is_none());
        assert_eq!(
            *secret().address("县 A", "管:甲"),
            "otpauth://totp/%E5%8E%BF%20A:%E7%AE%A1%3A%E7%94%B2\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E5%8E%BF%20A"
        );
    }
}
