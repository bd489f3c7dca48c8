//! What is stated of a problem and its rectification.

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use crate::county_event::{EventId, Place};
use crate::fen::Fen;
use crate::lists::{FocusItem, ListCode};
use crate::name::PersonName;
use crate::record::compact;
use crate::words::Words;

/// A problem was found. The event's number is the problem's from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProblemEntered {
    /// Which of the notice's focus items it belongs to.
    #[n(0)]
    pub focus: FocusItem,
    /// How it was found, of the list `origin`.
    #[n(1)]
    pub origin: ListCode,
    /// Where.
    #[n(2)]
    pub place: Place,
    /// What.
    #[n(3)]
    pub words: Words,
    /// Households concerned.
    #[n(4)]
    pub households: u32,
    /// Persons concerned.
    #[n(5)]
    pub persons: u32,
    /// Money concerned.
    #[n(6)]
    pub amount: Fen,
    /// What is to be done.
    #[n(7)]
    pub measures: Words,
    /// The unit in charge.
    #[n(8)]
    pub unit: Words,
    /// Its leader.
    #[n(9)]
    pub leader: Option<PersonName>,
    /// Who does it.
    #[n(10)]
    pub responsible: Option<PersonName>,
    /// By when.
    #[cbor(n(11), with = "compact::day")]
    pub due: NaiveDate,
    /// The complaint that led to it.
    #[n(12)]
    pub lead: Option<EventId>,
}

/// How far a rectification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum ProblemState {
    /// 未启动.
    #[n(1)]
    NotBegun,
    /// 整改中.
    #[n(2)]
    UnderWay,
    /// 已完成.
    #[n(3)]
    Done,
    /// 长期坚持.
    #[n(4)]
    GoesOn,
}

impl ProblemState {
    /// Every state, in the order of lists.
    pub const ALL: [Self; 4] = [Self::NotBegun, Self::UnderWay, Self::Done, Self::GoesOn];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotBegun => "未启动",
            Self::UnderWay => "整改中",
            Self::Done => "已完成",
            Self::GoesOn => "长期坚持",
        }
    }
}

/// How far it is; the event's reason says what was done.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProblemProgressed {
    /// The problem.
    #[n(0)]
    pub problem: EventId,
    /// The state.
    #[n(1)]
    pub state: ProblemState,
    /// The day.
    #[cbor(n(2), with = "compact::day")]
    pub on: NaiveDate,
    /// Money that was taken back with this step (追缴).
    #[n(3)]
    pub recovered: Fen,
    /// Money that was paid later with this step (补发).
    #[n(4)]
    pub made_up: Fen,
}

/// It was accepted as done (验收销号).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProblemClosed {
    /// The problem.
    #[n(0)]
    pub problem: EventId,
    /// The day.
    #[cbor(n(1), with = "compact::day")]
    pub on: NaiveDate,
    /// Who accepted it.
    #[n(2)]
    pub accepted_by: PersonName,
}

/// Staff were dealt with or punished (处理处分).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StaffSanctioned {
    /// The problem.
    #[n(0)]
    pub problem: EventId,
    /// How many persons.
    #[n(1)]
    pub persons: u32,
}

/// A rule was made or mended because of it (完善制度).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SystemImproved {
    /// The problem.
    #[n(0)]
    pub problem: EventId,
    /// The rule's title.
    #[n(1)]
    pub title: Words,
}
