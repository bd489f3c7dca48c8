//! A person as the county's registers name them.

use std::fmt;

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::id_number::{IdNumber, Sex};
use crate::name::PersonName;
use crate::record::compact;

/// Keyed hash of an identity number (HMAC under a key that the county keeps).
///
/// Registers are matched by it, so that lists of other offices need not be kept with their numbers. Nothing here
/// computes it: who holds the key does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct PersonKey(#[cbor(with = "minicbor::bytes")] pub [u8; 32]);

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(hidden)")
    }
}

/// A person in a register.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PersonEntry {
    /// Name in the household register.
    #[n(0)]
    pub name: PersonName,
    /// Identity number, where the register must show one.
    #[n(1)]
    pub id_number: Option<IdNumber>,
    /// Its keyed hash; `None` for a person without number, who is never matched.
    #[n(2)]
    pub key: Option<PersonKey>,
    /// Date of birth, if there is no number to tell it.
    #[cbor(n(3), with = "compact::optional_day", has_nil)]
    pub birth: Option<NaiveDate>,
}

impl PersonEntry {
    /// Somebody of whom nothing but the name is known.
    #[must_use]
    pub const fn named(name: PersonName) -> Self {
        Self {
            name,
            id_number: None,
            key: None,
            birth: None,
        }
    }

    /// Date of birth, where known.
    #[must_use]
    pub fn born(&self) -> Option<NaiveDate> {
        self.id_number.map(|number| number.birth()).or(self.birth)
    }

    /// Full years of age on `day`, where known.
    #[must_use]
    pub fn age_on(&self, day: NaiveDate) -> Option<u32> {
        day.years_since(self.born()?)
    }

    /// Sex as the number tells it.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        self.id_number.map(|number| number.sex())
    }

    /// Whether both are surely the same person.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.key.is_some() && self.key == other.key
    }
}

impl fmt::Debug for PersonEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonEntry(hidden)")
    }
}
