//! A finished draft becomes sealed objects: the papers first, then the record that names them by hash.

use envelope::{
    CountyPublic, CryptoRng, Kind, KioskSigner, SealError, Sealed, SlipCode, SlipUrlError,
    StatusToken,
};
use relief::{Attachment, AttachmentKind, Kept, KioskTime, RecordError, SlipNumber};
use store::{Submission, SubmissionId, UnixMs};
use zeroize::Zeroizing;

use crate::flow::{Draft, DraftError, RecordIds, ScanKind};

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
    /// The settings hold an address that no slip can carry.
    #[error("status address: {0}")]
    Url(#[from] SlipUrlError),
}

/// Line priorities of the objects; [`link::Priority`] has the same numbers.
const RECORD: u8 = link::Priority::Record as u8;
const INK: u8 = link::Priority::Ink as u8;
const PICTURE: u8 = link::Priority::Picture as u8;

/// Seals a draft and gives everything that has to become durable with it.
///
/// # Errors
///
/// [`SealDraftError`]; nothing has left memory then.
pub fn seal(
    draft: &Draft,
    submitter: &Submitter<'_>,
    rng: &mut impl CryptoRng,
) -> Result<Submission, SealDraftError> {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    let token = StatusToken::random(rng);
    let number = submitter.slip_number;
    let submitted_s = u64::try_from(submitter.submitted.wall_ms / 1000).unwrap_or(0);
    let code = SlipCode::issue(
        submitter.signer,
        token.clone(),
        number.county(),
        number.counter(),
        submitted_s,
    );

    let mut attachments = Vec::new();
    let mut objects: Vec<(u8, Sealed)> = Vec::new();
    for scan in draft.paper.iter().flat_map(|page| &page.scans) {
        let (kind, attachment, priority) = match scan.kind {
            ScanKind::Ink => (Kind::Ink, AttachmentKind::FORM_INK, INK),
            ScanKind::Picture => (Kind::Picture, AttachmentKind::FORM_PICTURE, PICTURE),
        };
        let sealed = envelope::seal(kind, &scan.bytes, submitter.signer, submitter.county, rng)?;
        attachments.push(Kept::from(Attachment {
            hash: sealed.hash.0,
            kind: attachment,
            media: scan.media.clone(),
            len: u32::try_from(scan.bytes.len()).unwrap_or(u32::MAX),
        }));
        objects.push((priority, sealed));
    }

    let application = draft.to_application(RecordIds {
        submission_id: id,
        slip_number: number,
        submitted: submitter.submitted,
        attachments,
        status_token_hash: token.hash(),
    })?;
    let record = Zeroizing::new(application.to_cbor()?);
    objects.insert(
        0,
        (
            RECORD,
            envelope::seal(
                Kind::Record,
                &record,
                submitter.signer,
                submitter.county,
                rng,
            )?,
        ),
    );

    Ok(Submission {
        submission_id: SubmissionId(id),
        slip_number: number.to_string(),
        scheme: draft.scheme.0,
        submitted: UnixMs(submitter.submitted.wall_ms),
        slip_url: code.to_url(submitter.status_base_url)?,
        objects,
    })
}
