//! People's names as they stand in the household register.

use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// The longest name, in characters. 民委发〔2016〕33号 asks for at least 25; ethnic names with all their
/// parts are written longer, so twice that is given.
pub const NAME_CHARS_MAX: usize = 50;

/// The separator of name parts (间隔号), GB 18030 A1A4.
const SEPARATOR: char = '\u{00B7}';

/// Why a typed or read name was refused. No variant carries the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but spaces.
    #[error("name is empty")]
    Empty,
    /// More characters than a name field holds.
    #[error("name has {chars} characters, at most {limit} fit")]
    TooLong {
        /// Characters found.
        chars: usize,
        /// The most that fit, [`NAME_CHARS_MAX`].
        limit: usize,
    },
    /// A control, direction or zero-width character, an unassigned place, or a private-use one.
    #[error("character {place} of the name cannot be printed")]
    Unprintable {
        /// The place, counted from 1.
        place: usize,
    },
}

/// A name of 1 to [`NAME_CHARS_MAX`] Unicode characters, of any plane.
///
/// Points that stand between the parts of a name are brought to U+00B7, so that one person's name
/// compares equal however it was typed; [`PersonName::entered`] keeps what was typed, and is what a
/// record carries.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName {
    entered: String,
    text: String,
}

impl PersonName {
    /// Reads a name. Space around it goes; space within is kept as one space (Latin names have it).
    ///
    /// # Errors
    ///
    /// [`NameError`] if nothing is left, too much is, or a character has no printed form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(NameError::Empty);
        }
        let chars = trimmed.chars().count();
        if chars > NAME_CHARS_MAX {
            return Err(NameError::TooLong {
                chars,
                limit: NAME_CHARS_MAX,
            });
        }
        let mut normal = String::with_capacity(trimmed.len());
        for (index, c) in trimmed.chars().enumerate() {
            if matches!(c, ' ' | '\u{3000}') {
                if !normal.ends_with(' ') {
                    normal.push(' ');
                }
            } else if is_unprintable(c) {
                return Err(NameError::Unprintable { place: index + 1 });
            } else if is_separator(c) {
                normal.push(SEPARATOR);
            } else {
                normal.push(c);
            }
        }
        Ok(Self {
            entered: trimmed.to_owned(),
            text: normal,
        })
    }

    /// The name to show, print and compare.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name as it was typed or read, separators untouched.
    #[must_use]
    pub fn entered(&self) -> &str {
        &self.entered
    }

    /// The name for slips and lists: its first character, then one star, or two if more than one follow.
    /// A name of one character is a star alone.
    #[must_use]
    pub fn masked(&self) -> String {
        let mut chars = self.text.chars();
        match (chars.next(), chars.count()) {
            (Some(first), 1) => format!("{first}*"),
            (Some(first), 2..) => format!("{first}**"),
            _ => "*".to_owned(),
        }
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(hidden)")
    }
}

impl<C> Encode<C> for PersonName {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.entered)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for PersonName {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Self::parse(d.str()?).map_err(decode::Error::message)
    }
}

/// Points that people and readers use for the separator. Source: 民委发〔2016〕33号.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        SEPARATOR
            | '.'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{30FB}'
            | '\u{FF0E}'
            | '\u{FF65}'
    )
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(
            u32::from(c),
            0x00AD | 0x061C | 0x180E                     // soft hyphen, Arabic and Mongolian marks
            | 0x200B..=0x200F | 0x2028..=0x202E          // zero width and direction
            | 0x2060..=0x206F
            | 0xE000..=0xF8FF                            // private use
            | 0xFDD0..=0xFDEF | 0xFEFF | 0xFFF0..=0xFFFF // non-characters, byte order mark, specials
            | 0xE0000..=0xE00FF | 0xF0000..=0x0010_FFFF  // tags, private planes
        )
        || u32::from(c) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Result<String, NameError> {
        PersonName::parse(text).map(|name| name.as_str().to_owned())
    }

    #[test]
    fn rare_characters_of_every_plane_are_names() {
        for name in ["张㛃", "䶮", "𬭎飞", "李𠮷"] {
            assert_eq!(shown(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn every_look_alike_of_the_separator_becomes_u_00b7_and_the_original_is_kept() {
        for dot in ['·', '•', '‧', '・', '．', '.', '･', '∙', '⋅'] {
            let typed = format!("买买提{dot}吐尔逊");
            let name = PersonName::parse(&typed).unwrap();
            assert_eq!(name.as_str(), "买买提\u{B7}吐尔逊");
            assert_eq!(name.entered(), typed);
        }
    }

    #[test]
    fn each_fault_has_its_own_error() {
        assert_eq!(shown(" \u{3000} "), Err(NameError::Empty));
        assert_eq!(
            shown(&"长".repeat(200)),
            Err(NameError::TooLong {
                chars: 200,
                limit: 50
            })
        );
        assert!(shown(&"𬭎".repeat(50)).is_ok());
        for c in [
            '\u{7}',
            '\u{202E}',
            '\u{200B}',
            '\u{E863}',
            '\u{FFFD}',
            '\u{FFFF}',
            '\u{10FFFD}',
            '\n',
        ] {
            assert_eq!(
                shown(&format!("张{c}三")),
                Err(NameError::Unprintable { place: 2 }),
                "{c:?}"
            );
        }
    }

    #[test]
    fn a_mask_keeps_the_first_character_only() {
        for (name, masked) in [
            ("张三", "张*"),
            ("张小三", "张**"),
            ("𬭎飞", "𬭎*"),
            ("䶮", "*"),
            ("买买提·吐尔逊", "买**"),
        ] {
            assert_eq!(PersonName::parse(name).unwrap().masked(), masked);
        }
    }

    #[test]
    fn debug_does_not_show_the_name() {
        assert_eq!(
            format!("{:?}", PersonName::parse("张三")),
            "Ok(PersonName(hidden))"
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics_and_what_parses_parses_back(text: String) {
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert!(name.as_str().chars().count() <= NAME_CHARS_MAX);
                prop_assert_eq!(shown(name.as_str()), Ok(name.as_str().to_owned()));
                prop_assert_eq!(PersonName::parse(name.entered()), Ok(name));
            }
        }
    }
}
