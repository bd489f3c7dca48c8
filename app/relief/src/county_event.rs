//! What the county's registers are made of: one list of events, apart from those of cases, to which is only ever appended.
//!
//! An event says who stated which [`Fact`], when, why, and on what evidence. Registers, comparisons and tables are
//! computed from the list, so that each of their figures can name the events that it comes from. A fact that was wrong
//! is taken back by another event ([`Fact::Withdrawn`]) and stays readable.
//!
//! Facts are CBOR with numbered kinds and fields, both append-only. A kind that this build does not know is refused: a
//! figure that leaves it out would be wrong without saying so. The bytes are never written again, so that a field of a
//! later build stays where it is.

mod admission;
mod fact;
mod log;
mod not_admitted;
mod references;

use std::fmt;

use chrono::NaiveDate;
use minicbor::{Decode, Decoder, Encode};

use crate::calendar::china_date;
use crate::event::Actor;
use crate::record::compact;
use crate::words::Words;

pub use fact::{FACT_BYTES_MAX, Fact, FactError};
pub use log::Log;
pub use not_admitted::NotAdmitted;
pub use references::Wanted;

/// The place of an event in the county's list. Later events have larger numbers; some numbers may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct EventId(pub u64);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a figure comes from: an event, or a line of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    /// The event.
    pub event: EventId,
    /// The line, from 0, of an event that holds a list.
    pub line: Option<u32>,
}

impl From<EventId> for Source {
    fn from(event: EventId) -> Self {
        Self { event, line: None }
    }
}

impl Source {
    /// The line `index` of the list of `event`.
    #[must_use]
    pub fn line(event: EventId, index: usize) -> Self {
        Self {
            event,
            line: u32::try_from(index).ok(),
        }
    }
}

/// What an event rests on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Evidence {
    /// Number or title of the document, as people call it.
    #[n(0)]
    pub reference: Words,
    /// SHA-256 of the file that was taken in.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sha256: Option<[u8; 32]>,
}

/// Something that somebody stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyEvent {
    /// Its place in the list.
    pub id: EventId,
    /// By whom.
    pub actor: Actor,
    /// When it was stated, Unix milliseconds UTC, by the county's clock.
    pub at_ms: i64,
    /// Why; may be empty where no reason is asked.
    pub reason: Words,
    /// On what it rests, if on a document.
    pub evidence: Option<Evidence>,
    /// What was stated.
    pub fact: Fact,
}

impl CountyEvent {
    /// What is kept of it beside its number, who stated it and when: bytes that hold people's data, to be sealed.
    ///
    /// # Errors
    ///
    /// [`FactError::TooLarge`].
    pub fn to_cbor(&self) -> Result<Vec<u8>, FactError> {
        // Tells a fact that is too large from one that is not.
        self.fact.to_cbor()?;
        minicbor::to_vec((&self.reason, &self.evidence, &self.fact))
            .map_err(|_| FactError::Malformed)
    }

    /// Puts an event together again from [`Self::to_cbor`] and what was kept beside it.
    ///
    /// # Errors
    ///
    /// [`FactError`] if these are no bytes that a build up to this one wrote.
    pub fn from_cbor(
        id: EventId,
        actor: Actor,
        at_ms: i64,
        bytes: &[u8],
    ) -> Result<Self, FactError> {
        let mut d = Decoder::new(bytes);
        let (reason, evidence, fact) = d.decode().map_err(|_| FactError::Malformed)?;
        match bytes.len() - d.position() {
            0 => Ok(Self {
                id,
                actor,
                at_ms,
                reason,
                evidence,
                fact,
            }),
            extra => Err(FactError::Trailing { extra }),
        }
    }

    /// The day in China on which it was stated.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        china_date(self.at_ms)
    }
}

/// Where somebody lives or something happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Place {
    /// Code of the township.
    #[cbor(n(0), with = "compact::code")]
    pub township: String,
    /// Code of the village or residents' committee; empty if it is not known or not one.
    #[cbor(n(1), with = "compact::code")]
    pub village: String,
}

/// An earlier event is taken back: it counts for nothing from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Withdrawn {
    /// Which.
    #[n(0)]
    pub event: EventId,
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
