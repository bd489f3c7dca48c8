//! What is set for one modem: whom to call and with which SIM.
//!
//! Each value is checked when it is read, and holds nothing that could end a command or a quoted argument,
//! or begin another command: no quotation mark, no CR, no `;`, no `{`. So a value can be put into a command as it is.

use std::fmt;

use serde::Deserialize;

/// Why a value was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// It is empty, or longer than modems take.
    #[error("has {bytes} characters, allowed are 1 to {most}")]
    Length {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// A character in it has no business there.
    #[error("has the character {found:?} at {at}, which does not belong in {place}")]
    Character {
        /// The character.
        found: char,
        /// How many characters stand before it.
        at: usize,
        /// What was to be read.
        place: &'static str,
    },
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $place:literal, $most:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = ValueError;

            fn try_from(text: String) -> Result<Self, ValueError> {
                checked(text, $place, $most, $allowed).map(Self)
            }
        }

        impl $name {
            /// As it is put into a command.
            pub(super) fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

fn checked(
    text: String,
    place: &'static str,
    most: usize,
    allowed: fn(char) -> bool,
) -> Result<String, ValueError> {
    if let Some((at, found)) = text.chars().enumerate().find(|&(_, found)| !allowed(found)) {
        return Err(ValueError::Character { found, at, place });
    }
    // Everything allowed is ASCII.
    match text.len() {
        bytes if (1..=most).contains(&bytes) => Ok(text),
        bytes => Err(ValueError::Length { bytes, most }),
    }
}

checked_text!(
    /// A telephone number as V.250 dials it: digits, `*`, `#`, `+`, and `,` (wait a little) or `W` (wait for a dial
    /// tone) behind an exchange. No `;`, which would make a voice call of it.
    Number, "a telephone number", 40,
    |found| found.is_ascii_digit() || "*#+,W".contains(found)
);
checked_text!(
    /// A name or IPv4 address of the other end.
    Host, "a host name", 100,
    |found| found.is_ascii_alphanumeric() || ".-".contains(found)
);
checked_text!(
    /// An access point name, such as `CMNET`.
    Apn, "an access point name", 63,
    |found| found.is_ascii_alphanumeric() || ".-_".contains(found)
);
checked_text!(
    /// A SIM's PIN. It is never printed.
    Pin, "a PIN", 8,
    |found| found.is_ascii_digit()
);

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Apn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

/// What goes into a script's commands; which of them a script needs is its own affair.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variables {
    /// `{number}`
    pub number: Option<Number>,
    /// `{host}`
    pub host: Option<Host>,
    /// `{port}`
    pub port: Option<u16>,
    /// `{apn}`
    pub apn: Option<Apn>,
    /// `{pin}`
    pub pin: Option<Pin>,
}

/// The names under which scripts ask for variables.
pub(super) const NAMES: [&str; 5] = ["number", "host", "port", "apn", "pin"];

impl Variables {
    fn value(&self, name: &str) -> Option<String> {
        match name {
            "number" => self
                .number
                .as_ref()
                .map(|number| number.as_str().to_owned()),
            "host" => self.host.as_ref().map(|host| host.as_str().to_owned()),
            "port" => self.port.map(|port| port.to_string()),
            "apn" => self.apn.as_ref().map(|apn| apn.as_str().to_owned()),
            "pin" => self.pin.as_ref().map(|pin| pin.as_str().to_owned()),
            _ => None,
        }
    }

    /// Puts the values into a command; a name without a value is told instead.
    pub(super) fn fill<'a>(&self, command: &'a str) -> Result<String, &'a str> {
        let mut filled = String::new();
        for piece in pieces(command) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Name(name) => filled.push_str(&self.value(name).ok_or(name)?),
            }
        }
        Ok(filled)
    }
}

/// A stretch of a command, or a name that a value takes the place of.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Takes a command apart at its `{name}`s; a brace without its partner is text.
pub(super) fn pieces(command: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = command;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let opened = rest.find('{').unwrap_or(rest.len());
        if 0 < opened {
            let (text, behind) = rest.split_at(opened);
            rest = behind;
            return Some(Piece::Text(text));
        }
        match rest.find('}') {
            Some(closed) => {
                let name = &rest[1..closed];
                rest = &rest[closed + 1..];
                Some(Piece::Name(name))
            }
            None => Some(Piece::Text(std::mem::take(&mut rest))),
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_that_could_leave_their_command_are_refused_and_say_where() {
        for wrong in [
            "12;",
            "12\r",
            "12\"",
            "12{apn}",
            "12\nAT+CFUN=0",
            "ATH",
            "一二",
        ] {
            assert!(Number::try_from(wrong.to_owned()).is_err(), "{wrong}");
            assert!(Host::try_from(format!("{wrong};")).is_err(), "{wrong}");
            assert!(Apn::try_from(format!("{wrong}\"")).is_err(), "{wrong}");
            assert!(Pin::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        let error = Apn::try_from("CM\"NET".to_owned()).expect_err("a quotation mark");
        assert_eq!(
            error.to_string(),
            "has the character '\"' at 2, which does not belong in an access point name"
        );
        let error = Pin::try_from("123456789".to_owned()).expect_err("too long");
        assert_eq!(error.to_string(), "has 9 characters, allowed are 1 to 8");
    }

    #[test]
    fn a_pin_is_not_printed() {
        let pin = Pin::try_from("1234".to_owned()).expect("a PIN");
        let variables = Variables {
            pin: Some(pin),
            ..Variables::default()
        };
        assert!(!format!("{variables:?}").contains("1234"));
    }

    #[test]
    fn values_are_filled_in_and_missing_ones_told() {
        let variables: Variables =
            toml::from_str("host = \"county.example\"\nport = 7001").expect("settings");
        assert_eq!(
            variables.fill("=\"{host}\",{port}").as_deref(),
            Ok("=\"county.example\",7001")
        );
        assert_eq!(variables.fill("\"{apn}\""), Err("apn"));
        assert_eq!(variables.fill("a{b").as_deref(), Ok("a{b"));
    }

    proptest! {
        #[test]
        fn no_value_that_is_taken_holds_what_ends_or_begins_a_command(text: String) {
            let taken = [
                Number::try_from(text.clone()).map(|value| value.0),
                Host::try_from(text.clone()).map(|value| value.0),
                Apn::try_from(text.clone()).map(|value| value.0),
                Pin::try_from(text).map(|value| value.0),
            ];
            for value in taken.into_iter().flatten() {
                let breaking = ['"', ';', '\r', '\n', '{', '}', '\''];
                prop_assert!(!value.contains(breaking), "value holds what breaks a command");
                prop_assert!(value.is_ascii());
            }
        }
    }
}
