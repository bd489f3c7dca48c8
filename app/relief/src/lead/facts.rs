//! What is stated of a complaint.

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::county_event::{EventId, Place};
use crate::lists::{FocusItem, ListCode};
use crate::name::PersonName;
use crate::person_entry::PersonEntry;
use crate::record::compact;
use crate::words::Words;

/// A complaint or tip came (投诉举报线索). The event's number is the lead's from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LeadEntered {
    /// Who complains, with the real name (实名); `None`: nobody knows.
    #[n(0)]
    pub by: Option<PersonEntry>,
    /// The place that it is about.
    #[n(1)]
    pub place: Place,
    /// How it came, of the list `channel`.
    #[n(2)]
    pub through: ListCode,
    /// Which of the notice's focus items it belongs to.
    #[n(3)]
    pub focus: FocusItem,
    /// What is complained of.
    #[n(4)]
    pub words: Words,
    /// The day on which it came.
    #[cbor(n(5), with = "compact::day")]
    pub received: NaiveDate,
    /// An earlier complaint of the same person about the same thing (重复访).
    #[n(6)]
    pub repeats: Option<EventId>,
    /// Whether the level in charge was skipped (越级访).
    #[n(7)]
    pub skipped_level: bool,
}

/// Who complained was told that it is here and what becomes of it. Source: 《信访工作条例》 第23条.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LeadTold {
    /// The lead.
    #[n(0)]
    pub lead: EventId,
    /// The day, which is that of acceptance.
    #[cbor(n(1), with = "compact::day")]
    pub on: NaiveDate,
}

/// What was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Verdict {
    /// 属实.
    #[n(1)]
    True,
    /// 部分属实.
    #[n(2)]
    PartlyTrue,
    /// 不属实.
    #[n(3)]
    NotTrue,
}

impl Verdict {
    /// Every verdict, in the order of lists.
    pub const ALL: [Self; 3] = [Self::True, Self::PartlyTrue, Self::NotTrue];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::True => "属实",
            Self::PartlyTrue => "部分属实",
            Self::NotTrue => "不属实",
        }
    }
}

/// It was verified (逐一核实); the event's reason says what was found.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LeadVerified {
    /// The lead.
    #[n(0)]
    pub lead: EventId,
    /// The day.
    #[cbor(n(1), with = "compact::day")]
    pub on: NaiveDate,
    /// By whom.
    #[n(2)]
    pub by: Vec<PersonName>,
    /// What was found out.
    #[n(3)]
    pub verdict: Verdict,
}

/// Who complained was answered; for a complaint without name, it was dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LeadAnswered {
    /// The lead.
    #[n(0)]
    pub lead: EventId,
    /// The day.
    #[cbor(n(1), with = "compact::day")]
    pub on: NaiveDate,
}

/// The answer takes longer; the event's reason says why, and is told. Source: 《信访工作条例》 第34条.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LeadExtended {
    /// The lead.
    #[n(0)]
    pub lead: EventId,
}

/// It went to discipline inspection (移送纪检监察机构).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LeadHandedOver {
    /// The lead.
    #[n(0)]
    pub lead: EventId,
    /// The day.
    #[cbor(n(1), with = "compact::day")]
    pub on: NaiveDate,
    /// To whom.
    #[n(2)]
    pub to: Words,
}
