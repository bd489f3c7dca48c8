//! What is stated in and about the monthly report.

use minicbor::{Decode, Encode};

use crate::county_event::{EventId, Place};
use crate::lists::ListCode;
use crate::month::Month;
use crate::person_entry::PersonEntry;
use crate::words::Words;

/// Changes of one village in one month.
pub const CHANGES_MAX: usize = 500;

/// A change in a household (就业、收入、大额消费、受灾、大病、丧葬).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Change {
    /// The household, if it is in support.
    #[n(0)]
    pub household: Option<EventId>,
    /// Whom it is about.
    #[n(1)]
    pub person: PersonEntry,
    /// What kind, of the list `change`.
    #[n(2)]
    pub kind: ListCode,
    /// What happened.
    #[n(3)]
    pub words: Words,
}

/// A village gave its report of a month to the township; a report without changes is one too.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct VillageReported {
    /// The village.
    #[n(0)]
    pub place: Place,
    /// The month whose 20th it is due by.
    #[n(1)]
    pub month: Month,
    /// What changed.
    #[n(2)]
    pub changes: Vec<Change>,
}

/// The township checked a village's report.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct VillageReportChecked {
    /// The village's report.
    #[n(0)]
    pub report: EventId,
    /// Lines, from 0, that turned out not to be so.
    #[n(1)]
    pub wrong: Vec<u32>,
}

/// The township reported to the county.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TownshipReported {
    /// The township.
    #[n(0)]
    pub place: Place,
    /// The month whose 25th it is due by.
    #[n(1)]
    pub month: Month,
}

/// What the county did about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ChangeOutcome {
    /// Nothing had to change.
    #[n(1)]
    Nothing,
    /// The amount went up.
    #[n(2)]
    Increased,
    /// The amount went down.
    #[n(3)]
    Reduced,
    /// Support ended.
    #[n(4)]
    Stopped,
    /// The household was taken into support.
    #[n(5)]
    TakenIn,
}

impl ChangeOutcome {
    /// Every outcome, in the order of lists.
    pub const ALL: [Self; 5] = [
        Self::Nothing,
        Self::Increased,
        Self::Reduced,
        Self::Stopped,
        Self::TakenIn,
    ];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Nothing => "不变",
            Self::Increased => "增发",
            Self::Reduced => "减发",
            Self::Stopped => "停发",
            Self::TakenIn => "纳入",
        }
    }
}

/// What the county did about a reported change (县民政局根据动态情况办理相关手续).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChangeSettled {
    /// The village's report.
    #[n(0)]
    pub report: EventId,
    /// The line, from 0.
    #[n(1)]
    pub line: u32,
    /// What.
    #[n(2)]
    pub outcome: ChangeOutcome,
}
