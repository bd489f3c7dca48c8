//! What goes over the line: a file with its name in front, or a word between the two programs.
//!
//! ```text
//! file   length of the name, 1 to 255 (1 byte) | name, UTF-8 | the file's bytes
//! word   0                                     | which, 1 byte | anything
//! ```
//!
//! An object's id is the SHA-256 of all that. A word is never longer than what a session sends unasked.

use link::ObjectId;
use sha2::{Digest, Sha256};

/// Longest name that a file system takes; one byte holds it.
const NAME_LEN_MAX: usize = 255;

/// What an object says when its bytes are read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Object<'a> {
    /// A file.
    File {
        /// A base name that [`check_name`] has passed.
        name: &'a str,
        /// Its content.
        bytes: &'a [u8],
    },
    /// Something that the other program says.
    Word(Word),
}

/// What the programs say to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// All that there was to send has been confirmed; the receiver may end.
    Finished,
    /// Bytes to measure the line by, to be confirmed and forgotten.
    Probe,
}

/// Why an object is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ObjectError {
    #[error("object ends within its name")]
    Short,
    #[error("name is not UTF-8")]
    NotUtf8,
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("word {0} is unknown")]
    UnknownWord(u8),
}

/// Why a name is not one that a file may get here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    #[error("name is empty")]
    Empty,
    #[error("name has {0} bytes, at most {NAME_LEN_MAX} fit")]
    TooLong(usize),
    #[error("name holds a slash or a control character")]
    Character,
    #[error("name begins with a dot: such files are hidden, and the folder's own parts")]
    Dot,
}

/// Whether a file may have this name: a plain base name that means nothing else to the system, to a terminal
/// that shows it, or to the folder of arrivals, whose unfinished files begin with a dot.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    match name {
        "" => Err(NameError::Empty),
        name if NAME_LEN_MAX < name.len() => Err(NameError::TooLong(name.len())),
        name if name.starts_with('.') => Err(NameError::Dot),
        name if name.contains(|character: char| character == '/' || character.is_control()) => {
            Err(NameError::Character)
        }
        _ => Ok(()),
    }
}

/// The bytes before those of a file of this name.
pub(crate) fn file_header(name: &str) -> Result<Vec<u8>, NameError> {
    check_name(name)?;
    let len = u8::try_from(name.len()).map_err(|_| NameError::TooLong(name.len()))?;
    Ok([&[len], name.as_bytes()].concat())
}

/// A word and what follows it.
pub(crate) fn word(word: Word, rest: &[u8]) -> Vec<u8> {
    [&[0, word.number()], rest].concat()
}

/// Reads an object.
pub(crate) fn read(bytes: &[u8]) -> Result<Object<'_>, ObjectError> {
    let (&len, rest) = bytes.split_first().ok_or(ObjectError::Short)?;
    if len == 0 {
        let &number = rest.first().ok_or(ObjectError::Short)?;
        let word = Word::from_number(number).ok_or(ObjectError::UnknownWord(number))?;
        return Ok(Object::Word(word));
    }
    let (name, bytes) = rest
        .split_at_checked(usize::from(len))
        .ok_or(ObjectError::Short)?;
    let name = std::str::from_utf8(name).map_err(|_| ObjectError::NotUtf8)?;
    check_name(name)?;
    Ok(Object::File { name, bytes })
}

/// The name of an object for the session.
pub(crate) fn identify(bytes: &[u8]) -> ObjectId {
    ObjectId(Sha256::digest(bytes).into())
}

impl Word {
    /// Numbers are on the wire and only ever appended to.
    fn number(self) -> u8 {
        match self {
            Self::Finished => 1,
            Self::Probe => 2,
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        [Self::Finished, Self::Probe]
            .into_iter()
            .find(|word| word.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_name_and_its_bytes() {
        let mut bytes = file_header("a.txt").expect("a good name");
        bytes.extend(b"hello");
        assert_eq!(bytes, b"\x05a.txthello");
        let (name, content) = ("a.txt", &b"hello"[..]);
        assert_eq!(
            read(&bytes),
            Ok(Object::File {
                name,
                bytes: content
            })
        );
        assert_eq!(
            hex::encode(identify(&bytes).0),
            "834526bb0db4574608929ff9af67e6f23b968ca0d6d9e40b9d32f3a749a0d4f8"
        );
    }

    #[test]
    fn words_are_pinned() {
        assert_eq!(word(Word::Finished, b"xy"), b"\x00\x01xy");
        assert_eq!(word(Word::Probe, b""), b"\x00\x02");
        assert_eq!(read(b"\x00\x01xy"), Ok(Object::Word(Word::Finished)));
        assert_eq!(read(b"\x00\x02"), Ok(Object::Word(Word::Probe)));
        assert_eq!(read(b"\x00\x03"), Err(ObjectError::UnknownWord(3)));
    }

    #[test]
    fn objects_that_end_early_are_told() {
        for bytes in [&b""[..], b"\x00", b"\x01", b"\x03ab"] {
            assert_eq!(read(bytes), Err(ObjectError::Short), "{bytes:?}");
        }
        assert_eq!(read(b"\x01\xff"), Err(ObjectError::NotUtf8));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for (name, error) in [
            ("", NameError::Empty),
            (".", NameError::Dot),
            ("..", NameError::Dot),
            (".hidden", NameError::Dot),
            ("../etc/passwd", NameError::Dot),
            ("/etc/passwd", NameError::Character),
            ("a/b", NameError::Character),
            ("a\0b", NameError::Character),
            ("a\u{1b}[2J", NameError::Character),
        ] {
            assert_eq!(check_name(name), Err(error), "{name:?}");
        }
        assert_eq!(check_name(&"x".repeat(256)), Err(NameError::TooLong(256)));
        for name in ["a", "名单.pdf", "a..b", "a b", &"x".repeat(255)] {
            assert_eq!(check_name(name), Ok(()), "{name:?}");
        }
    }
}
