//! What a visit ends with becomes sealed objects: the papers first, then the record that names them by hash.

use envelope::{
    CountyPublic, CryptoRng, Kind, KioskSigner, SealError, Sealed, SlipCode, SlipUrlError,
    StatusToken,
};
use relief::{Attachment, AttachmentKind, Kept, KioskTime, RecordError, SlipNumber};
use store::{Submission, SubmissionId, UnixMs};
use zeroize::Zeroizing;

use crate::flow::{DraftError, Finished, RecordIds, ScanBytes, ScanKind};

/// Who submits to whom, and under which number.
pub struct Submitter<'a> {
    /// Signs.
    pub signer: &'a KioskSigner,
    /// Can open.
    pub county: &'a CountyPublic,
    /// Where status pages are.
    pub status_base_url: &'a str,
    /// The number on the slip.
    pub slip_number: SlipNumber,
    /// When the person touched 提交.
    pub submitted: KioskTime,
}

/// Why a draft could not be sealed. Nothing is stored; the person is asked to review.
#[derive(Debug, thiserror::Error)]
pub enum SealDraftError {
    /// An answer does not pass the record's rules.
    #[error("draft is no application: {0}")]
    Draft(#[from] DraftError),
    /// The record is beyond its limits.
    #[error("record: {0}")]
    Record(#[from] RecordError),
    /// Nothing can be sealed to the county's key.
    #[error("seal: {0}")]
    Seal(#[from] SealError),
    /// A scanned page cannot be read back from the kiosk's file; it has to be scanned again.
    #[error("scanned page cannot be read back")]
    PageGone,
    /// The settings hold an address that no slip can carry.
    #[error("status address: {0}")]
    Url(#[from] SlipUrlError),
}

/// Line priorities of the objects; [`link::Priority`] has the same numbers.
const RECORD: u8 = link::Priority::Record as u8;
const INK: u8 = link::Priority::Ink as u8;
const PICTURE: u8 = link::Priority::Picture as u8;

/// Seals what is handed in and gives everything that has to become durable with it. `kept` reads what the visit keeps in the
/// kiosk's file.
///
/// # Errors
///
/// [`SealDraftError`]; nothing has left memory then.
pub fn seal(
    finished: &Finished,
    submitter: &Submitter<'_>,
    kept: impl Fn(u32) -> Option<Zeroizing<Vec<u8>>>,
    rng: &mut impl CryptoRng,
) -> Result<Submission, SealDraftError> {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    let token = StatusToken::random(rng);
    let number = submitter.slip_number;
    let shown_ms = shown_ms(&submitter.submitted);
    let submitted_s = u64::try_from(shown_ms / 1000).unwrap_or(0);
    let code = SlipCode::issue(
        submitter.signer,
        token.clone(),
        number.county(),
        number.counter(),
        submitted_s,
    );

    let mut attachments = Vec::new();
    let mut objects: Vec<(u8, Sealed)> = Vec::new();
    for scan in finished.paper().iter().flat_map(|page| &page.scans) {
        let (kind, attachment, priority) = match scan.kind {
            ScanKind::Ink => (Kind::Ink, AttachmentKind::FORM_INK, INK),
            ScanKind::Picture => (Kind::Picture, AttachmentKind::FORM_PICTURE, PICTURE),
        };
        let read_back;
        let bytes = match &scan.bytes {
            ScanBytes::Here(bytes) => bytes,
            ScanBytes::Kept(part) => {
                read_back = kept(*part).ok_or(SealDraftError::PageGone)?;
                &*read_back
            }
        };
        let sealed = envelope::seal(kind, bytes, submitter.signer, submitter.county, rng)?;
        attachments.push(Kept::from(Attachment {
            hash: sealed.hash.0,
            kind: attachment,
            media: scan.media.clone(),
            len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        }));
        objects.push((priority, sealed));
    }

    let ids = RecordIds {
        submission_id: id,
        slip_number: number,
        submitted: submitter.submitted,
        attachments,
        status_token_hash: token.hash(),
    };
    let (kind, scheme, record) = match finished {
        Finished::Application(draft) => {
            let record = draft.to_application(ids)?.to_cbor()?;
            (Kind::Record, Some(draft.scheme.0), record)
        }
        Finished::Handover(draft) => (Kind::Handover, None, draft.to_handover(ids).to_cbor()?),
    };
    let record = Zeroizing::new(record);
    let sealed = envelope::seal(kind, &record, submitter.signer, submitter.county, rng)?;
    objects.insert(0, (RECORD, sealed));

    Ok(Submission {
        submission_id: SubmissionId(id),
        slip_number: number.to_string(),
        scheme,
        submitted: UnixMs(shown_ms),
        slip_url: code.to_url(submitter.status_base_url)?,
        objects,
    })
}

/// The time on the slip, Unix milliseconds: the wall clock's, but not before what the county has told, as after a start
/// without a clock chip. The record keeps what the clocks said.
fn shown_ms(time: &KioskTime) -> i64 {
    let since_ms = time
        .county_tick_ms
        .map_or(0, |tick_ms| time.tick_ms.saturating_sub(tick_ms));
    let told_ms = time
        .county_ms
        .map(|county_ms| county_ms.saturating_add_unsigned(since_ms));
    told_ms.map_or(time.wall_ms, |told_ms| told_ms.max(time.wall_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_never_dated_before_what_the_county_has_told() {
        let unset = KioskTime {
            boot_id: 7,
            tick_ms: 90_000,
            wall_ms: 5_000,
            county_ms: None,
            county_tick_ms: None,
        };
        let told = |county_tick_ms| KioskTime {
            county_ms: Some(1_795_420_800_000),
            county_tick_ms,
            ..unset
        };
        assert_eq!(shown_ms(&unset), 5_000);
        assert_eq!(shown_ms(&told(Some(60_000))), 1_795_420_830_000);
        assert_eq!(shown_ms(&told(None)), 1_795_420_800_000);
        let set = KioskTime {
            wall_ms: 1_795_500_000_000,
            ..told(Some(60_000))
        };
        assert_eq!(shown_ms(&set), 1_795_500_000_000);
    }
}
