//! Free text that somebody wrote about people: kept, shown to those who may see it, and never logged.

use std::fmt;
use std::ops::Deref;

use minicbor::{Decode, Decoder, Encode, decode};

/// Characters of one text: two printed pages.
pub const WORDS_CHARS_MAX: usize = 2000;

/// A text of at most [`WORDS_CHARS_MAX`] characters without space around it; it may be empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode)]
#[cbor(transparent)]
pub struct Words(String);

/// The text is too long. It does not carry the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("text has {chars} characters, at most {WORDS_CHARS_MAX} are allowed")]
pub struct WordsError {
    /// Characters found.
    pub chars: usize,
}

impl Words {
    /// Takes a text as typed; space around it goes.
    ///
    /// # Errors
    ///
    /// [`WordsError`] if it is too long.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let text = text.trim();
        let chars = text.chars().count();
        if WORDS_CHARS_MAX < chars {
            return Err(WordsError { chars });
        }
        Ok(Self(text.to_owned()))
    }
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(hidden)")
    }
}

impl<'b, C> Decode<'b, C> for Words {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Self::parse(d.str()?).map_err(decode::Error::message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_bounded_and_hidden() {
        let words = Words::parse(" 王甲说的话 \n").unwrap();
        assert_eq!(&*words, "王甲说的话");
        assert_eq!(format!("{words:?}"), "Words(hidden)");
        let chars = WORDS_CHARS_MAX + 1;
        let long = "话".repeat(chars);
        assert_eq!(Words::parse(&long), Err(WordsError { chars }));
        let bytes = minicbor::to_vec(&long).unwrap();
        assert!(minicbor::decode::<Words>(&bytes).is_err());
    }
}
