//! The kiosk's memory: one SQLite file with the slips it gave and the sealed objects it owes.
//!
//! # What it holds
//!
//! - The slip counter, which never gives one number twice.
//! - For each submission its slip number, scheme, time and slip address, and, once the county
//!   reports it, the stage of the case. No name, no ID number, no answer.
//! - For each sealed object its hash and priority, when it was queued and tried, and its bytes
//!   until the county's signed acknowledgements name every object of the submission. The hashes
//!   and the acknowledgements stay.
//!
//! A submission, its slip and its objects commit in one transaction, and [`Store::submit`] returns
//! only when that is on the disk. Submitting the same id again changes nothing and returns the
//! same receipt.
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
//! Time is an argument. Wall time may jump, so it decides no order here and a retry is never
//! further off than [`RETRY_CAP_MS`] by the clock of the day.
//!
//! # Damage
//!
//! A card may damage any page. [`salvage`] finds that out before the file is opened, and recovers
//! every row that is whole.

mod failure;
mod outbox;
mod receipt;
pub mod salvage;
mod schema;
mod store;
mod submission;
mod unix_ms;

pub use failure::{ReadError, WriteError};
pub use outbox::{LISTED_MAX, OutboxObject, RETRY_CAP_MS, RETRY_FIRST_MS};
pub use receipt::{Receipt, Status, StatusChange};
pub use store::{OpenError, Store};
pub use submission::{Submission, SubmissionId, SubmitError};
pub use unix_ms::UnixMs;
