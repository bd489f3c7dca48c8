//! What is stated of people of special groups.

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::county_event::{EventId, Place};
use crate::fen::Fen;
use crate::lists::ListCode;
use crate::month::Month;
use crate::name::PersonName;
use crate::person_entry::PersonEntry;
use crate::record::compact;
use crate::words::Words;

/// The special groups. Source: 长子民发〔2024〕26号 三（五）.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum SpecialGroup {
    /// 死亡.
    #[n(1)]
    Died,
    /// 服刑.
    #[n(2)]
    Imprisoned,
    /// 在押.
    #[n(3)]
    Detained,
    /// 新增重残.
    #[n(4)]
    NewlyDisabled,
    /// 新增监测对象.
    #[n(5)]
    NewlyMonitored,
}

impl SpecialGroup {
    /// Every group, in the order of lists.
    pub const ALL: [Self; 5] = [
        Self::Died,
        Self::Imprisoned,
        Self::Detained,
        Self::NewlyDisabled,
        Self::NewlyMonitored,
    ];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Died => "死亡",
            Self::Imprisoned => "服刑",
            Self::Detained => "在押",
            Self::NewlyDisabled => "新增重残",
            Self::NewlyMonitored => "新增监测对象",
        }
    }

    /// Whether support for the person has to end, rather than to begin.
    #[must_use]
    pub const fn leaves(self) -> bool {
        matches!(self, Self::Died | Self::Imprisoned | Self::Detained)
    }
}

/// A disability as its certificate states it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Disability {
    /// Kind, of the list `disability`.
    #[n(0)]
    pub kind: ListCode,
    /// Level, 1 (heaviest) to 4.
    #[n(1)]
    pub level: u8,
    /// Number of the certificate; empty where not known.
    #[n(2)]
    pub certificate: Words,
}

/// Somebody of a special group was found. The event's number is the finding's from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PersonFound {
    /// Who.
    #[n(0)]
    pub person: PersonEntry,
    /// Where they live.
    #[n(1)]
    pub place: Place,
    /// Which group.
    #[n(2)]
    pub group: SpecialGroup,
    /// The day of the death, the committal, or the recognition.
    #[cbor(n(3), with = "compact::day")]
    pub happened: NaiveDate,
    /// How it became known, of the list `channel`.
    #[n(4)]
    pub through: ListCode,
    /// The household in support that they are or were a member of.
    #[n(5)]
    pub household: Option<EventId>,
    /// The disability, for [`SpecialGroup::NewlyDisabled`].
    #[n(6)]
    pub disability: Option<Disability>,
    /// Members of their household; 0 if not known.
    #[n(7)]
    pub family_size: u8,
}

/// The household of somebody found was checked again (家庭状况核查).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HouseholdRechecked {
    /// The finding.
    #[n(0)]
    pub found: EventId,
    /// The day.
    #[cbor(n(1), with = "compact::day")]
    pub on: NaiveDate,
    /// Who went.
    #[n(2)]
    pub by: Vec<PersonName>,
}

/// What is done about a death or an imprisonment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Measure {
    /// 停发.
    #[n(1)]
    Stopped,
    /// 减发.
    #[n(2)]
    Reduced,
    /// 增发.
    #[n(3)]
    Increased,
    /// 转类.
    #[n(4)]
    Reclassified,
    /// 不变.
    #[n(5)]
    Unchanged,
}

impl Measure {
    /// Every measure, in the order of lists.
    pub const ALL: [Self; 5] = [
        Self::Stopped,
        Self::Reduced,
        Self::Increased,
        Self::Reclassified,
        Self::Unchanged,
    ];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Stopped => "停发",
            Self::Reduced => "减发",
            Self::Increased => "增发",
            Self::Reclassified => "转类",
            Self::Unchanged => "不变",
        }
    }
}

/// What was done about a death or an imprisonment (处置).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PersonSettled {
    /// The finding.
    #[n(0)]
    pub found: EventId,
    /// What.
    #[n(1)]
    pub measure: Measure,
    /// The first month of it.
    #[n(2)]
    pub from: Month,
    /// What the household gets each month without the person: what was paid above it after the person left is owed back.
    #[n(3)]
    pub monthly: Fen,
    /// The day of the decision.
    #[cbor(n(4), with = "compact::day")]
    pub decided: NaiveDate,
    /// Funeral support of a destitute person (丧葬待遇), if it was given.
    #[n(5)]
    pub funeral: Option<Fen>,
}

/// A newly disabled or monitored person got support.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyApplied {
    /// The finding.
    #[n(0)]
    pub found: EventId,
    /// Which support, of the list `policy`.
    #[n(1)]
    pub policy: ListCode,
    /// Since when.
    #[cbor(n(2), with = "compact::day")]
    pub on: NaiveDate,
    /// Whether they had it before they were found.
    #[n(3)]
    pub had_before: bool,
}

/// A newly disabled or monitored person got no support; the event's reason says why.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyNotApplied {
    /// The finding.
    #[n(0)]
    pub found: EventId,
    /// Whether they are within the conditions all the same.
    #[n(1)]
    pub qualifies: bool,
}
