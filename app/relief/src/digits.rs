//! Reading digits as people type them: full-width forms, and the spaces and hyphens that group them.

/// `c` as an ASCII character if it is a full-width digit or letter, itself otherwise.
pub(crate) fn narrow(c: char) -> char {
    match c {
        '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => {
            char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c)
        }
        _ => c,
    }
}

/// Whether `c` only groups digits: a space of any width, or a hyphen or dash of any shape.
pub(crate) fn groups(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}')
}

/// `text` narrowed and without the characters that only group, at most `limit` characters of it.
///
/// The bound keeps a hostile string from being copied whole; a caller passes one more than it accepts.
pub(crate) fn compact(text: &str, limit: usize) -> Vec<char> {
    text.chars()
        .filter(|c| !groups(*c))
        .map(narrow)
        .take(limit)
        .collect()
}
