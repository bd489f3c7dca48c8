//! The text of a page's QR codes: which form, edition, page and case it is, in QR's alphanumeric set.
//!
//! ```text
//! MB1:DBSQ:9F3C1D27:11A:140428-003-000017-C:5E0B
//! |   |    |        ||| |                   CRC-16 of what stands before it, hexadecimal
//! |   |    |        ||| case reference, empty on a blank form
//! |   |    |        ||place on the page: A upper right, B lower left
//! |   |    |        |page count
//! |   |    |        page
//! |   |    edition, hexadecimal
//! |   form code
//! prefix and layout version
//! ```

use crc::{CRC_16_IBM_3740, Crc};

use crate::form::Edition;

const PREFIX: &str = "MB1";
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// The longest case reference: a slip number such as `140428-003-000017-C` has 19 characters. With it the text has
/// 46 characters, and a version 3 code at correction level Q holds 47.
pub const CASE_REF_LIMIT: usize = 19;

/// Which of the page's two codes it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Upper right.
    A,
    /// Lower left.
    B,
}

/// What a page's QR code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The form's four-letter code.
    pub code: String,
    /// The edition that was printed.
    pub edition: Edition,
    /// The page, from 1.
    pub page: u8,
    /// How many pages the form has.
    pub pages: u8,
    /// Which of the page's two codes this is.
    pub spot: Spot,
    /// The case that the page was printed for.
    pub case_ref: Option<String>,
}

/// Why a QR code's text is not a page of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The text does not start with our prefix: another paper's code.
    #[error("code does not begin with {PREFIX}")]
    Foreign,
    /// The check does not fit the text.
    #[error("code has check {got:#06x}, computed {want:#06x}")]
    Check {
        /// The check that was read.
        got: u16,
        /// The check of the text that was read.
        want: u16,
    },
    /// Prefix and check are right, and a part is not as this layout has it.
    #[error("code has {parts} parts, or a part of the wrong shape")]
    Shape {
        /// How many parts were found.
        parts: usize,
    },
}

impl Payload {
    /// The text to print.
    #[must_use]
    pub fn text(&self) -> String {
        let body = format!(
            "{PREFIX}:{}:{}:{}{}{}:{}",
            self.code,
            self.edition,
            self.page,
            self.pages,
            match self.spot {
                Spot::A => 'A',
                Spot::B => 'B',
            },
            self.case_ref.as_deref().unwrap_or_default(),
        );
        let check = CRC.checksum(body.as_bytes());
        format!("{body}:{check:04X}")
    }

    /// Reads a code's text back.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] says whether the code is another paper's, damaged, or of a layout that is not known here.
    pub fn parse(text: &str) -> Result<Self, PayloadError> {
        if text.split(':').next() != Some(PREFIX) {
            return Err(PayloadError::Foreign);
        }
        let parts: Vec<&str> = text.split(':').collect();
        let shape = PayloadError::Shape { parts: parts.len() };
        let [_, code, edition, place, case_ref, check] = parts[..] else {
            return Err(shape);
        };
        let got = u16::from_str_radix(check, 16).map_err(|_| shape)?;
        let want = CRC.checksum(&text.as_bytes()[..text.len() - check.len() - 1]);
        if got != want {
            return Err(PayloadError::Check { got, want });
        }
        let digit = |b: u8| (b'1'..=b'9').contains(&b).then(|| b - b'0');
        let &[page, pages, spot] = place.as_bytes() else {
            return Err(shape);
        };
        Ok(Self {
            code: code.to_owned(),
            edition: Edition::parse(edition).ok_or(shape)?,
            page: digit(page).ok_or(shape)?,
            pages: digit(pages).ok_or(shape)?,
            spot: match spot {
                b'A' => Spot::A,
                b'B' => Spot::B,
                _ => return Err(shape),
            },
            case_ref: (!case_ref.is_empty()).then(|| case_ref.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Payload {
        Payload {
            code: "DBSQ".into(),
            edition: Edition::parse("9F3C1D27").expect("eight hexadecimal digits"),
            page: 1,
            pages: 2,
            spot: Spot::B,
            case_ref: Some("140428-003-000017-C".into()),
        }
    }

    #[test]
    fn a_payload_reads_back_as_printed() {
        let text = payload().text();
        assert!(text.starts_with("MB1:DBSQ:9F3C1D27:12B:140428-003-000017-C:"));
        assert_eq!(text.len(), 46);
        assert_eq!(Payload::parse(&text), Ok(payload()));
    }

    #[test]
    fn a_changed_character_is_noticed() {
        let text = payload().text().replace("000017", "000018");
        assert!(matches!(
            Payload::parse(&text),
            Err(PayloadError::Check { .. })
        ));
    }

    #[test]
    fn another_papers_code_is_foreign() {
        assert_eq!(
            Payload::parse("https://example.org/MB1:"),
            Err(PayloadError::Foreign)
        );
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics(text: String, tail: String) {
            let _ = Payload::parse(&text);
            let _ = Payload::parse(&format!("{PREFIX}:{tail}"));
        }
    }
}
