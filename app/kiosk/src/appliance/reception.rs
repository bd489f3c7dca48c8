//! Takes in what a visit ends with: a number, the seal, and the file, so that a slip may be shown.

use envelope::CryptoRng;
use relief::SlipNumber;
use store::{Receipt, Store, Submission, SubmitError, WriteError};

use super::Identity;
use super::clock::Now;
use super::submission::{self, SealDraftError, Submitter};
use super::visit_drafts::VisitDrafts;
use crate::flow::{Finished, QrModules, SubmitFault};
use crate::slip;
use crate::uplink::outbox::county_trust;

/// Takes applications and papers in, one at a time.
///
/// A disk that fails in the middle of a commit may have kept it or not. The person is told that nothing was stored and
/// touches 提交 again, so the same is stored again as the same submission, sealed once: it is then in the file
/// once, whatever the first attempt left.
#[derive(Default)]
pub struct Reception {
    failed: Option<(Finished, Submission)>,
}

/// A submission that is on the disk.
pub struct TakenIn {
    /// What the kiosk remembers of it.
    pub receipt: Receipt,
    /// The square code of its slip.
    pub qr: QrModules,
}

impl Reception {
    /// Takes `finished` in; when it returns, the person may be thanked.
    ///
    /// # Errors
    ///
    /// [`SubmitFault`]; the person is told that nothing was stored, and may try again.
    pub fn take_in(
        &mut self,
        finished: &Finished,
        drafts: &VisitDrafts,
        store: &mut Store,
        identity: &Identity,
        now: Now,
        rng: &mut impl CryptoRng,
    ) -> Result<TakenIn, SubmitFault> {
        let submission = match self.failed.take() {
            Some((failed, submission)) if failed == *finished => submission,
            _ => seal(finished, drafts, store, identity, now, rng)?,
        };
        // Whatever may fail comes before the file is written: a person who is told of a fault submits again.
        let qr = slip::qr_modules(&submission.slip_url).map_err(|_| SubmitFault::StoreBroken)?;
        match store.submit(&submission, now.moment) {
            Ok(receipt) => Ok(TakenIn { receipt, qr }),
            Err(error) => {
                self.failed = Some((finished.clone(), submission));
                Err(match error {
                    SubmitError::DiskFull { .. } => SubmitFault::DiskFull,
                    SubmitError::TooLong { .. }
                    | SubmitError::NoObjects
                    | SubmitError::SlipTaken { .. }
                    | SubmitError::ObjectTaken { .. }
                    | SubmitError::Sqlite(_) => SubmitFault::StoreBroken,
                })
            }
        }
    }

    /// The person has gone.
    pub fn forget(&mut self) {
        self.failed = None;
    }
}

fn seal(
    finished: &Finished,
    drafts: &VisitDrafts,
    store: &mut Store,
    identity: &Identity,
    now: Now,
    rng: &mut impl CryptoRng,
) -> Result<Submission, SubmitFault> {
    let counter = store.next_slip_counter().map_err(|error| match error {
        WriteError::DiskFull => SubmitFault::DiskFull,
        WriteError::Sqlite(_) => SubmitFault::StoreBroken,
    })?;
    let Identity {
        signer,
        county,
        county_code,
        status_base_url,
    } = identity;
    let slip_number = SlipNumber::new(*county_code, signer.id().0, counter)
        .map_err(|_| SubmitFault::StoreBroken)?;
    let unreadable = |_| SubmitFault::StoreBroken;
    let trust = county_trust(store, county).map_err(unreadable)?;
    let submitter = Submitter {
        signer,
        // The county may have named no key of the kiosk's algorithms; sealing says so.
        county: trust.newest(signer.suite()).unwrap_or(county),
        status_base_url,
        slip_number,
        submitted: now.told(store.county_time().map_err(unreadable)?),
    };
    let kept = |part| drafts.get(store, part);
    submission::seal(finished, &submitter, kept, rng).map_err(|error| match error {
        SealDraftError::Draft(_) | SealDraftError::Record(_) => SubmitFault::Rejected,
        SealDraftError::Seal(_) | SealDraftError::Url(_) | SealDraftError::PageGone => {
            SubmitFault::StoreBroken
        }
    })
}
