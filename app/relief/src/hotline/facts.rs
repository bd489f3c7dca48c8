//! What is stated of calls.

use minicbor::{Decode, Encode};

use crate::county_event::{EventId, Place};
use crate::lists::ListCode;
use crate::phone::Phone;
use crate::words::Words;

/// The hotline took a call, at the time of the event. The event's number is the call's from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CallTaken {
    /// What it was, of the list `call`.
    #[n(0)]
    pub kind: ListCode,
    /// The place that it is about; codes are empty where not known.
    #[n(1)]
    pub place: Place,
    /// What was asked or told.
    #[n(2)]
    pub words: Words,
    /// Where to call back.
    #[n(3)]
    pub phone: Option<Phone>,
    /// Whether it was answered at once.
    #[n(4)]
    pub answered: bool,
}

/// The caller was answered; the event's reason says what.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CallSettled {
    /// The call.
    #[n(0)]
    pub call: EventId,
}
