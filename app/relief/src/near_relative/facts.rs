//! What is stated of officials and their relatives.

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::codes::RelationCode;
use crate::county_event::{EventId, Place};
use crate::name::PersonName;
use crate::person_entry::PersonEntry;
use crate::record::compact;
use crate::scheme::SchemeId;
use crate::slip_number::SlipNumber;
use crate::words::Words;

/// Where an official works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum OfficialCategory {
    /// 县级经办: the county's bureau.
    #[n(1)]
    County,
    /// 乡镇经办: a township or service centre.
    #[n(2)]
    Township,
    /// 村（居）委成员.
    #[n(3)]
    Village,
}

impl OfficialCategory {
    /// Every category, in the order of lists.
    pub const ALL: [Self; 3] = [Self::County, Self::Township, Self::Village];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::County => "县级经办",
            Self::Township => "乡镇经办",
            Self::Village => "村（居）委成员",
        }
    }
}

/// Somebody handles applications or sits on a village committee. The event's number is the official's from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfficialEntered {
    /// Who.
    #[n(0)]
    pub person: PersonEntry,
    /// Where they work.
    #[n(1)]
    pub category: OfficialCategory,
    /// The place they are in charge of; the township's code is empty for the county's staff.
    #[n(2)]
    pub place: Place,
    /// Unit and post.
    #[n(3)]
    pub post: Words,
    /// First day in it.
    #[cbor(n(4), with = "compact::day")]
    pub from: NaiveDate,
}

/// An official is no longer one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfficialLeft {
    /// Who.
    #[n(0)]
    pub official: EventId,
    /// The last day.
    #[cbor(n(1), with = "compact::day")]
    pub last: NaiveDate,
}

/// An official named a relative of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RelativeNamed {
    /// The official.
    #[n(0)]
    pub official: EventId,
    /// The relative.
    #[n(1)]
    pub relative: PersonEntry,
    /// What the official is to the relative, of [`crate::Codes::near_relatives`].
    #[n(2)]
    pub relation: RelationCode,
}

/// What an applicant declares of a near relative among the officials.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Declared {
    /// The official's name, as the applicant knows it.
    #[n(0)]
    pub official_name: PersonName,
    /// What the official is to the applicant.
    #[n(1)]
    pub relation: RelationCode,
}

/// An application came.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ApplicationEntered {
    /// The number on its slip.
    #[n(0)]
    pub slip: SlipNumber,
    /// What is applied for.
    #[n(1)]
    pub scheme: SchemeId,
    /// Where.
    #[n(2)]
    pub place: Place,
    /// The applicant and then the household, each matched against officials and their relatives.
    #[n(3)]
    pub persons: Vec<PersonEntry>,
    /// What the applicant declares; `None`: there is none.
    #[n(4)]
    pub declared: Option<Declared>,
    /// The day of the application.
    #[cbor(n(5), with = "compact::day")]
    pub applied: NaiveDate,
}

/// Who is supported or wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub enum Assisted {
    /// An application, by the event with which it was entered.
    #[n(0)]
    Application(#[n(0)] EventId),
    /// A household in support.
    #[n(1)]
    Household(#[n(0)] EventId),
}

impl Assisted {
    /// The event that entered it.
    #[must_use]
    pub const fn event(self) -> EventId {
        match self {
            Self::Application(event) | Self::Household(event) => event,
        }
    }
}

/// How a near relative came to light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum FoundBy {
    /// The applicant declared it.
    #[n(1)]
    Declared,
    /// A member of the household is on an official's list of relatives.
    #[n(2)]
    Matched,
    /// An official is a member of the household.
    #[n(3)]
    SameHousehold,
    /// Somebody told.
    #[n(4)]
    Reported,
}

impl FoundBy {
    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Declared => "申请人申报",
            Self::Matched => "比对发现",
            Self::SameHousehold => "与工作人员同户",
            Self::Reported => "他人反映",
        }
    }
}

/// A near relative is registered apart (备案登记). The event's number is the filing's from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RelativeFiled {
    /// Who is supported or wants to be.
    #[n(0)]
    pub assisted: Assisted,
    /// The official.
    #[n(1)]
    pub official: EventId,
    /// What the official is to them; `None` for an official of the household itself.
    #[n(2)]
    pub relation: Option<RelationCode>,
    /// How it came to light.
    #[n(3)]
    pub found_by: FoundBy,
}

/// The county visited the home. Source: 民发〔2021〕57号 第20条; by two people at least: 第16条.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FilingVisited {
    /// The filing.
    #[n(0)]
    pub filing: EventId,
    /// The day.
    #[cbor(n(1), with = "compact::day")]
    pub on: NaiveDate,
    /// Who went.
    #[n(2)]
    pub by: Vec<PersonName>,
    /// Whether the household is within the conditions.
    #[n(3)]
    pub qualifies: bool,
}

/// The official stands back, and somebody else has the case.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recused {
    /// The filing.
    #[n(0)]
    pub filing: EventId,
    /// Who has it instead.
    #[n(1)]
    pub instead: PersonName,
}

/// What became of a filing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum FilingResult {
    /// The support goes on.
    #[n(1)]
    Kept,
    /// The application was confirmed.
    #[n(2)]
    Confirmed,
    /// The application was refused.
    #[n(3)]
    Refused,
    /// The household does not qualify and left (清退).
    #[n(4)]
    LeftUnqualified,
}

impl FilingResult {
    /// Every result, in the order of lists.
    pub const ALL: [Self; 4] = [
        Self::Kept,
        Self::Confirmed,
        Self::Refused,
        Self::LeftUnqualified,
    ];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Kept => "继续保障",
            Self::Confirmed => "确认纳入",
            Self::Refused => "不予确认",
            Self::LeftUnqualified => "不符合条件退出",
        }
    }
}

/// What became of a filing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FilingSettled {
    /// The filing.
    #[n(0)]
    pub filing: EventId,
    /// What.
    #[n(1)]
    pub result: FilingResult,
}
