//! Which state of a definition a page was printed from.

use std::fmt;

use sha2::{Digest, Sha256};

/// One state of a form's definition: the first 32 bits of the SHA-256 of its content.
///
/// Comments and spacing of the file do not count, so that papers already printed stay readable after an edit of those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edition(u32);

impl Edition {
    pub(super) fn of(definition: &str) -> Result<Self, toml::de::Error> {
        let mut content: toml::Table = toml::from_str(definition)?;
        // An edition is what is printed; what it is for and what may not be left out can change without printing anew.
        for unprinted in ["required", "schemes", "short_title", "filed_under"] {
            content.remove(unprinted);
        }
        // Keys come out sorted, so the text is the same for every order, spacing and comment of the file.
        let hash = Sha256::digest(content.to_string());
        Ok(Self(u32::from_be_bytes([
            hash[0], hash[1], hash[2], hash[3],
        ])))
    }

    /// Reads the eight hexadecimal digits that [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| u32::from_str_radix(text, 16).ok().map(Self))
            .flatten()
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}
