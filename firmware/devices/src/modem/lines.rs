//! What a modem says, cut into lines, and the patterns that lines are held against.

use std::fmt;

use serde::Deserialize;

/// The longest line that is kept whole; the rest of a longer one is dropped. No answer that any script
/// waits for is half as long, and noise must not fill the memory.
pub(super) const LINE_BYTES_MAX: usize = 512;

/// Cuts bytes into lines at CR or LF, whichever comes; empty lines are none.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
}

impl Lines {
    /// Takes one byte; a whole line when this byte ends one. Bytes that are not ASCII text are dropped,
    /// which is what noise on a line and a wrong rate bring.
    pub(super) fn push(&mut self, byte: u8) -> Option<String> {
        match byte {
            b'\r' | b'\n' if self.line.is_empty() => None,
            b'\r' | b'\n' => {
                let line = String::from_utf8_lossy(&self.line).trim().to_owned();
                self.line.clear();
                (!line.is_empty()).then_some(line)
            }
            b' '..=b'~' if self.line.len() < LINE_BYTES_MAX => {
                self.line.push(byte);
                None
            }
            _ => None,
        }
    }

    /// Forgets what has come of a line that has not ended.
    pub(super) fn forget(&mut self) {
        self.line.clear();
    }
}

/// A line in which `?` stands for any one character, and `*` at the end for any rest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(String);

impl Pattern {
    /// Whether `line` fits.
    #[must_use]
    pub fn fits(&self, line: &str) -> bool {
        let (stem, line) = match self.0.strip_suffix('*') {
            Some(stem) => match line.as_bytes().get(..stem.len()) {
                Some(head) => (stem, head),
                None => return false,
            },
            None => (self.0.as_str(), line.as_bytes()),
        };
        stem.len() == line.len()
            && stem
                .bytes()
                .zip(line)
                .all(|(wanted, &seen)| wanted == b'?' || wanted == seen)
    }

    /// How much of a line it fixes: of two patterns that fit, the one that fixes more is meant.
    pub(super) fn weight(&self) -> usize {
        self.0.bytes().filter(|byte| !b"?*".contains(byte)).count()
    }
}

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let stem = text.strip_suffix('*').unwrap_or(&text);
        if stem.contains('*') {
            Err("a pattern has * only at its end")
        } else if stem.is_empty() || LINE_BYTES_MAX < text.len() {
            Err("a pattern fixes at least one character and is no longer than a line")
        } else if text.bytes().any(|byte| !matches!(byte, b' '..=b'~')) {
            Err("a pattern is ASCII text")
        } else {
            Ok(Self(text))
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut lines = Lines::default();
        bytes.iter().filter_map(|&byte| lines.push(byte)).collect()
    }

    #[test]
    fn lines_end_at_either_end_mark_and_empty_ones_are_none() {
        let said = b"AT\r\r\nOK\r\n\r\n+CSQ: 20,99\r\n0\r3\rpart";
        assert_eq!(lines(said), ["AT", "OK", "+CSQ: 20,99", "0", "3"]);
    }

    #[test]
    fn noise_neither_hides_an_answer_nor_grows_a_line() {
        assert_eq!(lines(b"\x00\xFF\xFEOK\x80\r"), ["OK"]);
        let mut long = vec![b'a'; 100_000];
        long.push(b'\r');
        assert_eq!(lines(&long)[0].len(), LINE_BYTES_MAX);
    }

    #[test]
    fn a_pattern_fits_a_whole_line_or_its_beginning() {
        for (pattern, line, fits) in [
            ("OK", "OK", true),
            ("OK", "OKAY", false),
            ("CONNECT*", "CONNECT", true),
            ("CONNECT*", "CONNECT 9600", true),
            ("CONNECT*", "CONN", false),
            ("+CREG: ?,1", "+CREG: 2,1", true),
            ("+CREG: ?,1", "+CREG: 2,10", false),
            ("+CREG: ?,1,*", "+CREG: 2,1,\"18A2\"", true),
            ("+CREG: ?,5,*", "+CREG: 5,\"18A2\",\"5\"", false),
        ] {
            let pattern = Pattern::try_from(pattern.to_owned()).expect("a pattern");
            assert_eq!(pattern.fits(line), fits, "{pattern:?} {line}");
        }
        for wrong in ["", "*", "a*b", "a\r"] {
            assert!(Pattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
