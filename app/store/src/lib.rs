//! The kiosk's memory: one SQLite file with the slips it gave and the sealed objects it owes.
//!
//! # What it holds
//!
//! - The slip counter, which never gives one number twice.
//! - For each submission its slip number, scheme, time and slip address, and, once the county
//!   reports it, the stage of the case. No name, no ID number, no answer.
//! - For each sealed object its hash and priority, when it was queued and tried, and its bytes
//!   until the county's signed acknowledgements name every object of the submission and the time of
//!   [`Retention`] is over. The hashes and the acknowledgements stay.
//! - Sealed parts of the visit in hand, whose key is in memory alone.
//! - For each route the bytes of each month, and how it last stood.
//! - A log of who did what, each row bound to the one before by a hash.
//!
//! A submission, its slip and its objects commit in one transaction, and [`Store::submit`] returns
//! only when that is on the disk. Submitting the same id again changes nothing and returns the
//! same receipt. An acknowledged object is owed again if the county turns out to have lost it, as
//! after it was restored from a backup: [`Store::acknowledge`] tells by the numbers that it gives.
//!
//! # Locking
//!
//! One [`Store`] owns the file in one thread; SQLite serialises a second process that opens it, such
//! as a tool that exports.
//!
//! # Compatibility
//!
//! The schema is a list of numbered steps, append-only; `user_version` counts the steps done. A
//! newer file opens in an older build, so a step only adds what older queries do not see.
//!
//! # Filesystem
//!
//! The file is readable by its owner alone. It runs in WAL mode with `synchronous = FULL`: each
//! commit is synced, and the two companions `-wal` and `-shm` belong to it.
//!
//! Room for one submission is held in a file beside it, so that a submission begun can always be
//! finished; see [`Store::has_room`].
//!
//! Time is an argument, a [`Moment`]. The wall clock may jump, so it decides nothing here: order is
//! that of the rows, retries are counted in boot and tick, and retention goes by the county's clock.
//!
//! # Damage
//!
//! A card may damage any page. [`salvage`] finds that out before the file is opened, and recovers
//! every row that is whole.

mod acknowledgement;
mod audit;
mod backup;
mod county_key;
mod county_rules;
mod county_time;
mod draft;
mod failure;
mod moment;
mod outbox;
mod receipt;
mod reserve;
mod retention;
mod route;
pub mod salvage;
#[cfg(test)]
mod sample;
mod schema;
mod store;
mod submission;
mod unix_ms;

pub use acknowledgement::{AcknowledgeOutcome, Acknowledged};
pub use audit::{AuditAction, AuditActor, AuditError, AuditRow};
pub use backup::BackupError;
pub use county_key::COUNTY_KEYS_MAX;
pub use county_time::CountyTime;
pub use draft::DRAFT_PARTS_MAX;
pub use failure::{ReadError, WriteError};
pub use moment::Moment;
pub use outbox::{
    LISTED_MAX, OWED_MAX, OutboxObject, RETRY_CAP_MS, RETRY_FIRST_MS, RETRY_REFUSED_MS, SetAside,
    Unacknowledged,
};
pub use receipt::{Receipt, Status, StatusChange};
pub use reserve::RESERVE_BYTES;
pub use retention::{Pruned, Retention};
pub use route::{MONTHS_KEPT, Month, ROUTES_KEPT, RouteCondition, RouteNote, RouteStood};
pub use store::{OpenError, Store};
pub use submission::{SUBMISSION_BYTES_MAX, Submission, SubmissionId, SubmitError};
pub use unix_ms::UnixMs;
