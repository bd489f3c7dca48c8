//! What is stated of money that was paid.

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::county_event::EventId;
use crate::fen::Fen;
use crate::household::SupportClass;
use crate::month::Month;
use crate::person_entry::PersonEntry;
use crate::record::compact;
use crate::words::Words;

/// Lines of one pay list; a county has some ten thousand households.
pub const PAY_LINES_MAX: usize = 50_000;

/// Who got the money of a line.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Payee {
    /// A household of the roster.
    #[n(0)]
    Household(#[n(0)] EventId),
    /// An institution, for everybody whom it takes care of.
    #[n(1)]
    Institution(#[n(0)] Words),
    /// Somebody whom no household of the roster was found for.
    #[n(2)]
    Unmatched(#[n(0)] PersonEntry),
}

/// Whether the money arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum LineState {
    /// It did.
    #[n(1)]
    Paid,
    /// It came back (退票): the account is closed or does not exist.
    #[n(2)]
    Returned,
}

/// A line of a pay list.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PayLine {
    /// Who got it.
    #[n(0)]
    pub payee: Payee,
    /// How much.
    #[n(1)]
    pub amount: Fen,
    /// On which day.
    #[cbor(n(2), with = "compact::day")]
    pub on: NaiveDate,
    /// Whether it arrived.
    #[n(3)]
    pub state: LineState,
}

/// The bank told what it paid for a month or a quarter.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PayListEntered {
    /// What kind of money.
    #[n(0)]
    pub class: SupportClass,
    /// The first month that it is for.
    #[n(1)]
    pub from: Month,
    /// The last.
    #[n(2)]
    pub to: Month,
    /// The lines, in the order of the bank's file; at most [`PAY_LINES_MAX`].
    #[n(3)]
    pub lines: Vec<PayLine>,
}

/// Money that should not have been paid came back (追缴).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MoneyRecovered {
    /// The household that it was paid to.
    #[n(0)]
    pub household: EventId,
    /// How much.
    #[n(1)]
    pub amount: Fen,
    /// On which day.
    #[cbor(n(2), with = "compact::day")]
    pub on: NaiveDate,
    /// The person of a special group for whom it had been paid.
    #[n(3)]
    pub found: Option<EventId>,
    /// The problem of the rectification list that it belongs to.
    #[n(4)]
    pub problem: Option<EventId>,
}
