//! What the chooser is told and says.

use link::{Priority, Tick};

/// What there is to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Something that goes over any route.
    pub urgent: bool,
    /// Ink or pictures.
    pub pictures: bool,
    /// Something is on its way, in either direction.
    pub under_way: bool,
}

/// What to do about the routes, told by their places in the order of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is held and nothing to be opened now.
    Rest,
    /// Go on with the held route.
    Hold,
    /// Let go of whatever is held, and open this one.
    Open(usize),
    /// Open this one, and only if it opens let go of the held one.
    Try(usize),
    /// Let go of the held one.
    LetGo,
}

/// What may go over a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Everything.
    All,
    /// Records and control: the month's budget does not hold more.
    BudgetSpent,
    /// Records and control: a better route is expected back, by then at the latest.
    BetterExpected {
        /// When pictures go over this one after all.
        until: Tick,
    },
}

impl Permit {
    /// The least urgent that may go.
    #[must_use]
    pub const fn least(self) -> Priority {
        match self {
            Self::All => Priority::Picture,
            Self::BudgetSpent | Self::BetterExpected { .. } => Priority::Record,
        }
    }
}

/// What the rules for calls say of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// It may be called.
    None,
    /// Not before then.
    Until(Tick),
    /// Not today any more.
    Today,
}

impl Bar {
    pub(super) fn is_over(self, now: Tick) -> bool {
        match self {
            Self::None => true,
            Self::Until(until) => until <= now,
            Self::Today => false,
        }
    }
}

/// How a route stands, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is against it; another is held, or there is nothing to bring.
    Resting,
    /// It is open and the county has not answered yet.
    Greeting,
    /// The county answers.
    Connected,
    /// It failed and is tried again then.
    Failed {
        /// When.
        retry_at: Tick,
    },
    /// It must not be called before then.
    Barred {
        /// When it may; `None`: not today.
        until: Option<Tick>,
    },
    /// Its device is not plugged in.
    Absent,
}
