//! What is stated of reports that are due by the calendar.

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::record::compact;

/// A report of the calendar was handed in, on the day of the event.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReportHandedIn {
    /// The duty's id in `duties.toml`, such as `W2`.
    #[n(0)]
    pub duty: String,
    /// The day by which it was due, as the notice names it.
    #[cbor(n(1), with = "compact::day")]
    pub nominal: NaiveDate,
    /// Code of the township that owes it.
    #[cbor(n(2), with = "compact::code")]
    pub township: String,
}
