use core::fmt;

use minicbor::{Decoder, Encoder, decode, encode};
use sha2::{Digest, Sha256};

/// The name of a sealed object: the SHA-256 of all of its bytes.
///
/// It is what an acknowledgement lists and what the outbox is keyed by. Displayed as 64 lower-case
/// hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectHash(pub [u8; 32]);

impl ObjectHash {
    /// The first eight bytes as a number, the highest first: enough to tell a few messages apart.
    #[must_use]
    pub fn beginning(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// The name of these sealed bytes.
    #[must_use]
    pub fn of(sealed: &[u8]) -> Self {
        Self(Sha256::digest(sealed).into())
    }

    /// The name that is displayed as this text; `None` if none is.
    #[must_use]
    pub fn from_name(text: &str) -> Option<Self> {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for ObjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectHash({self})")
    }
}

impl<C> minicbor::Encode<C> for ObjectHash {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.bytes(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for ObjectHash {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let bytes = decoder.bytes()?;
        <[u8; 32]>::try_from(bytes)
            .map(Self)
            .map_err(|_| decode::Error::message("object hash is not 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_object_is_named_by_its_sha_256_in_hexadecimal() {
        assert_eq!(
            ObjectHash::of(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_is_not_64_lower_case_digits_names_no_object() {
        let name = ObjectHash::of(b"abc").to_string();
        for text in [
            "",
            &name[1..],
            &format!("{name}0"),
            &name.to_uppercase(),
            &name.replace('b', "g"),
            &"é".repeat(32),
        ] {
            assert_eq!(ObjectHash::from_name(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_displayed_name_is_read_back(hash: [u8; 32]) {
            let hash = ObjectHash(hash);
            prop_assert_eq!(ObjectHash::from_name(&hash.to_string()), Some(hash));
        }
    }
}
