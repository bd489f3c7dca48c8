//! What is stated of a household in support.

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::county_event::{EventId, Place};
use crate::fen::Fen;
use crate::month::Month;
use crate::person_entry::PersonEntry;
use crate::record::compact;
use crate::scheme::SchemeId;
use crate::slip_number::SlipNumber;
use crate::words::Words;

/// Which kind of money a household gets; each has a day of its own and a row of its own in the payment table.
///
/// Source: 长子民发〔2024〕26号 三（三）.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum SupportClass {
    /// 城市低保.
    #[n(1)]
    DibaoUrban,
    /// 农村低保.
    #[n(2)]
    DibaoRural,
    /// 特困分散供养: at home.
    #[n(3)]
    TekunScattered,
    /// 特困集中供养: in an institution, which gets the money.
    #[n(4)]
    TekunCollective,
}

impl SupportClass {
    /// Every class, in the order of the payment table.
    pub const ALL: [Self; 4] = [
        Self::DibaoUrban,
        Self::DibaoRural,
        Self::TekunScattered,
        Self::TekunCollective,
    ];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::DibaoUrban => "城市低保",
            Self::DibaoRural => "农村低保",
            Self::TekunScattered => "特困分散供养",
            Self::TekunCollective => "特困集中供养",
        }
    }

    /// The scheme that it belongs to.
    #[must_use]
    pub const fn scheme(self) -> SchemeId {
        match self {
            Self::DibaoUrban | Self::DibaoRural => SchemeId::DIBAO,
            Self::TekunScattered | Self::TekunCollective => SchemeId::TEKUN,
        }
    }

    /// The duty of `duties.toml` that says when it is paid.
    #[must_use]
    pub const fn duty_id(self) -> &'static str {
        match self {
            Self::DibaoUrban | Self::DibaoRural => "P1",
            Self::TekunScattered => "P2",
            Self::TekunCollective => "P3",
        }
    }
}

/// Somebody in a household.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HouseholdMember {
    /// Who.
    #[n(0)]
    pub person: PersonEntry,
    /// Whether a disability certificate is on file.
    #[n(1)]
    pub disabled: bool,
}

/// A household or person gets support (纳入). The event's number is the household's from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HouseholdEntered {
    /// Where.
    #[n(0)]
    pub place: Place,
    /// What kind of support.
    #[n(1)]
    pub class: SupportClass,
    /// Everybody who counts, the head first; at least one.
    #[n(2)]
    pub members: Vec<HouseholdMember>,
    /// What it gets each month.
    #[n(3)]
    pub monthly: Fen,
    /// The first month.
    #[n(4)]
    pub from: Month,
    /// The day of the decision.
    #[cbor(n(5), with = "compact::day")]
    pub decided: NaiveDate,
    /// The institution that gets the money, for [`SupportClass::TekunCollective`]; else empty.
    #[n(6)]
    pub institution: Words,
    /// The slip of the application, if it came through a kiosk.
    #[n(7)]
    pub slip: Option<SlipNumber>,
    /// The day of the application, where known.
    #[cbor(n(8), with = "compact::optional_day", has_nil)]
    pub applied: Option<NaiveDate>,
}

/// A household's amount is another one (增发、减发).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AmountSet {
    /// The household.
    #[n(0)]
    pub household: EventId,
    /// What it gets each month.
    #[n(1)]
    pub monthly: Fen,
    /// The first month of it.
    #[n(2)]
    pub from: Month,
    /// The day of the decision.
    #[cbor(n(3), with = "compact::day")]
    pub decided: NaiveDate,
}

/// A household's members are others.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MembersSet {
    /// The household.
    #[n(0)]
    pub household: EventId,
    /// Everybody who counts, the head first.
    #[n(1)]
    pub members: Vec<HouseholdMember>,
    /// The first month of it.
    #[n(2)]
    pub from: Month,
}

/// A household's support ends (停发).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HouseholdStopped {
    /// The household.
    #[n(0)]
    pub household: EventId,
    /// The first month without it.
    #[n(1)]
    pub from: Month,
    /// The day of the decision.
    #[cbor(n(2), with = "compact::day")]
    pub decided: NaiveDate,
}
