//! The record of papers that are handed in without an application.

use std::fmt;

use minicbor::{Decode, Encode};

use super::{
    ATTACHMENTS_MAX, Attachment, KioskTime, PAGE_ANSWERS_MAX, PAGES_MAX, PageBoxes, RecordError,
    TOKEN_CHARS_MAX, read, text_within, unknown_within, within, write,
};
use crate::kept::{Kept, Numbered};
use crate::slip_number::SlipNumber;

/// Papers handed in on their own: those that an application lacked, or an office's report.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Handover {
    /// Random, made once at capture; the county knows a repeated handover by it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub submission_id: [u8; 16],
    /// The number on its own slip.
    #[n(1)]
    pub slip_number: SlipNumber,
    /// The case that the papers belong to, by the number on the application's slip; `None` for an office's papers. Nothing
    /// but the paper says that there is such a case: the kiosk may know of none.
    #[n(2)]
    pub case: Option<SlipNumber>,
    /// When it was handed in.
    #[n(3)]
    pub submitted: Kept<KioskTime>,
    /// The papers.
    #[cbor(n(4), skip_if = "Vec::is_empty")]
    pub attachments: Vec<Kept<Attachment>>,
    /// Boxes read from its pages.
    #[cbor(n(5), skip_if = "Vec::is_empty")]
    pub pages: Vec<Kept<PageBoxes>>,
    /// SHA-256 of the status token that only its slip carries.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub status_token_hash: [u8; 32],
}

impl Numbered for Handover {
    const FIELDS: i64 = 7;
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover")
            .field("slip_number", &self.slip_number)
            .field("case", &self.case)
            .field("submitted", &self.submitted)
            .finish_non_exhaustive()
    }
}

impl Handover {
    /// Reads a record's bytes; any bytes may be given.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if they are not exactly one record within the limits.
    pub fn from_cbor(bytes: &[u8]) -> Result<Kept<Self>, RecordError> {
        read(bytes, Kept::<Self>::check_limits)
    }
}

impl Kept<Handover> {
    /// The record's bytes, with every field that a later build had put into it.
    ///
    /// # Errors
    ///
    /// [`RecordError::TooLong`], [`RecordError::TooLarge`] or [`RecordError::NotText`], so that nothing is sealed that the
    /// county would have to refuse.
    pub fn to_cbor(&self) -> Result<Vec<u8>, RecordError> {
        write(self, Self::check_limits)
    }

    fn check_limits(&self) -> Result<(), RecordError> {
        unknown_within(self)?;
        unknown_within(&self.submitted)?;
        papers_within(&self.attachments, &self.pages)
    }
}

/// Whether the papers of a record are within their limits.
pub(super) fn papers_within(
    attachments: &[Kept<Attachment>],
    pages: &[Kept<PageBoxes>],
) -> Result<(), RecordError> {
    within("attachments", attachments.len(), ATTACHMENTS_MAX)?;
    within("pages", pages.len(), PAGES_MAX)?;
    for attachment in attachments {
        text_within("media", &attachment.media, TOKEN_CHARS_MAX)?;
        unknown_within(attachment)?;
    }
    for page in pages {
        text_within("form", &page.form, TOKEN_CHARS_MAX)?;
        text_within("edition", &page.edition, TOKEN_CHARS_MAX)?;
        within("states", page.states.len(), PAGE_ANSWERS_MAX)?;
        unknown_within(page)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{AttachmentKind, BoxState};
    use super::*;

    fn sample() -> Kept<Handover> {
        Kept::from(Handover {
            submission_id: [7; 16],
            slip_number: SlipNumber::new(140_428, 3, 18).unwrap(),
            case: SlipNumber::new(140_428, 5, 2).ok(),
            submitted: KioskTime {
                boot_id: 4,
                tick_ms: 90_000,
                wall_ms: 1_795_363_200_000,
                county_ms: None,
                county_tick_ms: None,
            }
            .into(),
            attachments: vec![Kept::from(Attachment {
                hash: [1; 32],
                kind: AttachmentKind::FORM_INK,
                media: "application/x-ink".into(),
                len: 900,
            })],
            pages: vec![Kept::from(PageBoxes {
                form: "commitment".into(),
                edition: "00112233".into(),
                page: 1,
                states: vec![BoxState::Marked, BoxState::Clear],
            })],
            status_token_hash: [9; 32],
        })
    }

    #[test]
    fn a_handover_comes_back_as_it_was() {
        let of_an_office = Kept::from(Handover {
            case: None,
            ..(*sample()).clone()
        });
        for handover in [sample(), of_an_office] {
            let bytes = handover.to_cbor().unwrap();
            assert_eq!(Handover::from_cbor(&bytes), Ok(handover));
        }
    }

    #[test]
    fn every_field_number_is_pinned() {
        let bytes = sample().to_cbor().unwrap();
        let mut decoder = minicbor::Decoder::new(&bytes);
        let fields = decoder.map().unwrap().unwrap();
        let numbers: Vec<u8> = (0..fields)
            .map(|_| {
                let number = decoder.u8().unwrap();
                decoder.skip().unwrap();
                number
            })
            .collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn more_pages_than_the_county_takes_are_not_written() {
        let mut handover = sample();
        let page = handover.pages[0].clone();
        handover.pages = vec![page; PAGES_MAX + 1];
        assert_eq!(
            handover.to_cbor(),
            Err(RecordError::TooLong {
                field: "pages",
                got: PAGES_MAX + 1,
                limit: PAGES_MAX
            })
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Handover::from_cbor(&bytes);
        }
    }
}
